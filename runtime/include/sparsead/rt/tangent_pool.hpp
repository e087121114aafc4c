// Zeroed memory for the tangents of a function's own allocations: blocks are reused, so that the second sweep allocates
// nothing.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sparsead::rt {

/// `void *workspace` of a compiled kernel points at one. For one thread at a time.
class tangent_pool {
public:
  tangent_pool() = default;
  tangent_pool(const tangent_pool &) = delete;
  tangent_pool &operator=(const tangent_pool &) = delete;
  ~tangent_pool();

  /// Zeroed, on a cache line's boundary. Throws std::bad_alloc.
  void *allocate(std::int64_t bytes);
  void release(void *block);
  /// Takes back what a sweep has left (memory that the function did not free).
  void recycle();

private:
  struct header;
  std::vector<header *> blocks_;   // all
  std::vector<header *> free_[64]; // by size class
};

} // namespace sparsead::rt
