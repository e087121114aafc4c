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

  /// Blocks allocated between the two calls, which may be nested, are given back by the second.
  void scope_begin() { scopes_.push_back(scoped_.size()); }
  void scope_end();

private:
  struct header;
  std::vector<header *> blocks_;   // all
  std::vector<header *> free_[64]; // by size class
  std::vector<header *> scoped_;   // allocated in open scopes
  std::vector<std::size_t> scopes_;
};

} // namespace sparsead::rt
