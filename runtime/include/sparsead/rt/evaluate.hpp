// Extents: integer programs of the compiled tables, run on the caller's arguments.
#pragma once
#include <cstdint>

namespace sparsead::rt {

/// Value of an extent program (abi.hpp); null is 0. `item` and `extent` as written are for messages.
/// Throws  std::invalid_argument: division by zero, a null pointer on the way; std::length_error: overflow of int64.
std::int64_t evaluate(const std::int64_t *program, void *const *args, const char *item, const char *extent);

/// a*b and a+b; throw std::length_error on overflow, naming the item.
std::int64_t checked_product(std::int64_t a, std::int64_t b, const char *item);
std::int64_t checked_sum(std::int64_t a, std::int64_t b, const char *item);

} // namespace sparsead::rt
