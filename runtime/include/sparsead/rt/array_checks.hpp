// Checks of results and directions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace sparsead::rt {

/// `given`: -1 where the length is not known.
/// Throws  std::invalid_argument naming the array: another length than wanted, or a null pointer.
inline void require_array(const char *name, const void *data, std::ptrdiff_t given, std::int64_t wanted) {
  if (given >= 0 && given != wanted)
    throw std::invalid_argument("'" + std::string(name) + "': " + std::to_string(given) + " elements given, " +
                                std::to_string(wanted) + " wanted");
  if (!data && wanted > 0)
    throw std::invalid_argument("'" + std::string(name) + "' is a null pointer");
}

} // namespace sparsead::rt
