// The caller's arguments seen through an object map: where each block lies in memory, what may stand in for a null
// pointer, and what is refused.
#pragma once
#include "object_map.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace sparsead::rt {

/// Zeroed memory on a cache line's boundary.
class aligned_buffer {
public:
  aligned_buffer() = default;
  explicit aligned_buffer(std::size_t bytes);
  aligned_buffer(aligned_buffer &&) noexcept;
  aligned_buffer &operator=(aligned_buffer &&) noexcept;
  ~aligned_buffer();
  char *data() const { return data_; }
  std::size_t size() const { return size_; }

private:
  char *data_ = nullptr;
  std::size_t size_ = 0;
};

/// Kept in a workspace; binding again allocates nothing.
class binding {
public:
  /// plan: elements are not read, null pointers to them are fine, null tables get a stand-in.
  /// call: everything must be there, except plain outputs behind a pointer parameter: those get memory of the
  /// workspace. copy: as call, and arrays behind a pointer parameter are copies, so that they can be changed.
  /// values: as call, but plain outputs behind null pointers get no memory (the callee leaves them alone).
  enum class purpose { plan, call, copy, values };

  void lay_out(const object_map &map);
  /// Throws  std::invalid_argument naming the item whose pointer is null.
  void bind(const object_map &map, void *const *args, void *result, purpose why);
  /// Throws  std::invalid_argument naming both items, where one that is written overlaps another.
  void require_disjoint(const object_map &map);

  /// Has the caller given null pointers for all plain outputs behind pointers?
  bool outputs_unwanted(const object_map &map) const;
  /// Bound for `values`: have they no memory?
  bool left_out() const { return left_out_; }

  /// Throws  std::invalid_argument naming `what` and the item, where [begin, begin + count) overlaps an array of the
  /// call.
  void require_apart(const object_map &map, const char *what, const double *begin, std::int64_t count) const;

  void *const *args() const { return args_.data(); }
  char *base(const block_family &family, std::int64_t instance) const {
    return bases_[static_cast<std::size_t>(family.first + instance)];
  }
  /// Content of the blocks that a sweep may change and the next one needs.
  void save(const object_map &map, aligned_buffer &saved, bool everything) const;
  void restore(const object_map &map, const aligned_buffer &saved, bool everything) const;

private:
  struct interval {
    const char *begin, *end;
    std::int32_t item, family;
    bool written;
  };
  bool may_substitute(const object_map &map, const block_family &family) const;
  void bind_family(const object_map &map, std::size_t number, purpose why);
  char *stand_in(const block_family &family, std::size_t number, std::int64_t instance);

  std::vector<void *> args_;
  std::vector<void *> pointers_; // stand-ins for pointer parameters
  std::vector<char *> bases_;
  std::vector<aligned_buffer> stand_ins_; // per family
  std::vector<char> substituted_;         // per family: its blocks are stand-ins
  bool left_out_ = false;
  std::vector<interval> intervals_;
};

/// Calls visit(number, address, bytes) for each leaf of an item, in order; base(instance) is where the pointers to the
/// blocks of its family point: in the caller's memory, or in a shadow.
template <class Base, class Visit>
void for_each_leaf(const object_map &map, const object_layout &layout, Base &&base, Visit &&visit) {
  const block_family &family = map.families[static_cast<std::size_t>(layout.family)];
  const abi::object &object = *layout.object;
  std::int64_t number = 0;
  for (std::int64_t instance = 0; instance < family.count; ++instance) {
    char *const start = base(instance) + layout.offset;
    for_each_offset(layout.dims, [&](std::int64_t offset) {
      for (std::int32_t leaf = 0; leaf < object.num_leaves; ++leaf)
        visit(number++, start + offset + object.leaves[leaf].offset, object.leaves[leaf].bytes);
    });
  }
}

} // namespace sparsead::rt
