// What an adjoint keeps between its sweeps: values of the primal, and memory that the function has released.
#pragma once
#include "checkpoints.hpp"
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

  /// Forgets what an evaluation that ended in an exception has left. The arguments of the call, if marked loops may
  /// change them.
  void start(const object_map *map = nullptr, const binding *bound = nullptr);
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

  /// Of loops whose steps are run again.
  checkpoints snapshots;
  /// What a step of such a loop allocates goes when it ends.
  void step_begin();
  void step_end();
  /// Memory that a place in the program has allocated, with its shadow.
  void allocated(std::int64_t site, void *data, void *shadow, std::int64_t bytes) {
    sites_.push_back({site, static_cast<char *>(data), static_cast<char *>(shadow), bytes});
  }
  /// To the state of the loop: all memory from such a place; all memory that a parameter's items lie in.
  void add_site(std::int64_t site, bool with_shadow);
  void add_argument(std::int32_t argument);

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
  struct allocation {
    std::int64_t site;
    char *data, *shadow;
    std::int64_t bytes;
  };
  struct step {
    std::size_t postponed, sites;
  };
  void release(const released &r);
  void next_chunk(std::size_t size);
  void previous_chunk();
  void enter(std::size_t number);

  std::vector<chunk> chunks_;
  std::size_t current_ = 0; ///< number of chunks in use
  char *begin_ = nullptr, *top_ = nullptr, *limit_ = nullptr;
  std::vector<released> postponed_;
  std::vector<allocation> sites_;
  std::vector<step> steps_;
  const object_map *map_ = nullptr;
  const binding *bound_ = nullptr;
};

} // namespace sparsead::rt
