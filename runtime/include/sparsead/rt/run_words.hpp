// The words of slots, as abi.hpp has them and as the record keeps them.
#pragma once
#include "run_record.hpp"

namespace sparsead::rt {

inline constexpr int lane_shift = 48;
inline constexpr std::int64_t address_bits = (std::int64_t(1) << lane_shift) - 1;
inline constexpr std::int64_t resolved_bit = std::int64_t(1) << 62, dead_bit = INT64_MIN;

/// -1: absent; -2 - c: c, if the row has it.
inline std::int32_t column_word(const run_column &c, std::int64_t t) {
  const auto column = static_cast<std::int32_t>(c.at(t));
  return column < 0 ? -1 : c.dead ? -2 - column : column;
}

} // namespace sparsead::rt
