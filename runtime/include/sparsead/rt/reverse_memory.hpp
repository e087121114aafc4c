// What an adjoint keeps between its sweeps: values of the primal, and memory that the function has released.
#pragma once
#include "tangent_pool.hpp"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sparsead::rt {

/// `void *workspace` of an adjoint_function points at one (at its base class). For one thread at a time.
class reverse_memory : public tangent_pool {
public:
  reverse_memory() = default;
  ~reverse_memory();

  /// Forgets what an evaluation that ended in an exception has left.
  void start();
  /// Releases what the function wanted to release.
  void finish();

  /// A stack of blocks that lie in chunks; a chunk is never moved. Throws std::bad_alloc.
  void *push(std::int64_t bytes) {
    const std::size_t size = rounded(bytes);
    if (size > static_cast<std::size_t>(limit_ - top_))
      next_chunk(size);
    char *const block = top_;
    top_ += size;
    return block;
  }
  void *pop(std::int64_t bytes) {
    const std::size_t size = rounded(bytes);
    if (size > static_cast<std::size_t>(top_ - begin_))
      previous_chunk();
    return top_ -= size;
  }
  void postpone(void *pointer, std::int32_t kind, std::int64_t alignment) {
    if (pointer)
      postponed_.push_back({pointer, kind, alignment});
  }

  /// Bytes that the stack has taken so far.
  std::size_t reserved() const;

private:
  static std::size_t rounded(std::int64_t bytes) { return (static_cast<std::size_t>(bytes) + 7) / 8 * 8; }
  struct chunk {
    char *data;
    std::size_t size, used;
  };
  struct released {
    void *pointer;
    std::int32_t kind;
    std::int64_t alignment;
  };
  void next_chunk(std::size_t size);
  void previous_chunk();
  void enter(std::size_t number);

  std::vector<chunk> chunks_;
  std::size_t current_ = 0; ///< number of chunks in use
  char *begin_ = nullptr, *top_ = nullptr, *limit_ = nullptr;
  std::vector<released> postponed_;
};

} // namespace sparsead::rt
