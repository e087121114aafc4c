// Where the items of a specification lie: blocks of memory, the pointers that lead to them, and the layout of their
// shadows. A pure function of the extents; it reads no active data.
#pragma once
#include "abi.hpp"
#include <cstdint>
#include <string>
#include <vector>

namespace sparsead::rt {

/// lower <= i < upper; i stands at i * stride.
struct dimension {
  std::int64_t lower, upper, stride;
  std::int64_t count() const { return upper - lower; }
};

/// A word of a block that holds a pointer which the extents read, beside the one that leads to the elements: the end
/// pointer of a vector.
struct pointer_word {
  std::int64_t offset;
};

/// All blocks of memory that one pointer path reaches: one per argument for a parameter object, m for the rows of a
/// T**. Bytes [lower, upper) from the pointer's value belong to a block. Instances are numbered row-major over the
/// slots.
struct block_family {
  std::int32_t parent = -1;  ///< family whose blocks hold the pointers; -1: a parameter object or the result
  std::int32_t argument = 0; ///< for those: its index, -1 the result
  std::int64_t slot = 0;     ///< where in a block of the parent the pointers stand
  std::vector<dimension> slot_dims;
  std::int64_t slots = 1; ///< pointers in one block of the parent
  std::int64_t count = 1; ///< instances
  std::int64_t first = 0; ///< number of the first instance among those of all families
  bool bounded = false;   ///< lower and upper hold
  std::int64_t lower = 0, upper = 0;
  std::int64_t origin = 0;  ///< lower, rounded down to a multiple of 8
  std::int64_t pitch = 0;   ///< bytes from one instance's shadow to the next, at one byte per byte
  std::int64_t shadow = 0;  ///< where the first instance's shadow begins, at one byte per byte
  std::int64_t covered = 0; ///< bytes of a block that are leaves or followed pointers
  bool opened_by_index = false;
  bool has_leaves = false, has_children = false;
  std::int32_t roles = 0;         ///< of the items with leaves in it
  std::int32_t reached_roles = 0; ///< of all items in it or behind it
  bool preserved = false;         ///< its content is restored between two sweeps
  const char *name = "";          ///< the first item in it or behind it
  std::vector<pointer_word> words;

  bool empty() const { return count == 0 || upper <= lower; }
  /// Nothing but pointers that lead to items.
  bool is_table() const { return has_children && !has_leaves && opened_by_index && covered >= upper - lower; }
};

/// Leaves at equal distances: leaf t (of `count`) has number first + t*step in its item and stands at offset + t*stride
/// in the shadow of width 1.
struct leaf_run {
  std::int64_t offset, stride, count, first, step;
  std::int32_t bytes;
};

/// One item of the specification.
struct object_layout {
  const abi::object *object = nullptr;
  std::int32_t family = 0;
  std::int64_t offset = 0;
  std::vector<dimension> dims;
  std::int64_t size = 0;             ///< active elements
  std::int64_t lower = 0, upper = 0; ///< bytes of a block from its first leaf to the end of its last
  bool contiguous = false;           ///< one run of doubles, side by side
  bool zero_first = false;           ///< an output whose tangents are zeroed before a sweep, not after decompression
  bool reseed = false;               ///< an input whose tangents a sweep may overwrite
  std::vector<leaf_run> runs;

  bool is(std::int32_t role) const { return (object->roles & role) != 0; }
};

/// What an extent came to: lower <= i < upper.
struct extent {
  std::int64_t lower, upper;
};

/// How large a map is; tells whether extents that come from elsewhere are those that it was made with.
struct map_size {
  std::int64_t rows, cols, bytes, instances;
};

class object_map {
public:
  /// Throws  std::invalid_argument, std::length_error (extents; rows or columns above index_max).
  object_map(const abi::jacobian_descriptor &descriptor, void *const *args, const int *read_only,
             std::int64_t index_max);
  /// The same from extents of an earlier map of the descriptor, one for each index step, none negative.
  /// Throws  std::invalid_argument where the size is not the expected one, before memory is taken in proportion to it.
  object_map(const abi::jacobian_descriptor &descriptor, std::vector<extent> extents, const int *read_only,
             std::int64_t index_max, const map_size *expected = nullptr);

  /// One for each index step of the descriptor, in its order.
  const std::vector<extent> &extents() const { return extents_; }
  map_size size() const { return {rows, cols, bytes, instances}; }

  /// Throws std::length_error that names plan<std::int64_t> where count > index_max.
  void require_fit(std::int64_t count, const char *what, std::int64_t index_max) const;

  /// Are the extents what they were?
  bool has_extents(void *const *args) const;
  /// Throws std::invalid_argument where an extent is not what it was.
  void require_same_extents(void *const *args) const;

  /// Shadow of byte `offset` from the pointer of an instance, at one byte per byte.
  static std::int64_t shadow_of(const block_family &family, std::int64_t instance, std::int64_t offset) {
    return family.shadow + instance * family.pitch + offset - family.origin;
  }

  const abi::jacobian_descriptor &descriptor;
  std::vector<block_family> families; ///< parents before children
  std::vector<object_layout> objects; ///< as in the descriptor
  std::vector<std::int32_t> roots;    ///< per argument: its family, -1 where nothing active is reached
  std::int32_t result_root = -1;
  std::int64_t bytes = 0;     ///< of all shadows, at one byte per byte
  std::int64_t instances = 0; ///< of all families
  std::int64_t rows = 0, cols = 0;
  bool regular = true; ///< every leaf of an input or output is a double, eight bytes aligned

private:
  std::int32_t root(std::int32_t argument);
  std::int32_t child(std::int32_t parent, std::int64_t slot, const std::vector<dimension> &dims, const char *name);
  void grow(block_family &family, std::int64_t lower, std::int64_t upper);
  void cover(block_family &family, std::int64_t offset, const std::vector<dimension> &dims, std::int64_t bytes,
             const char *name);
  void add(const abi::object &object, const extent *&next);
  void find_pointer_words(const abi::object &object);
  void lay_out();
  void make_runs(object_layout &layout);
  void classify(const int *read_only);

  std::vector<extent> extents_;
};

/// Calls visit(index…) for all combinations of the dimensions, row-major, as visit(offset): sum of i * stride.
template <class Visit> void for_each_offset(const std::vector<dimension> &dims, Visit &&visit) {
  for (const dimension &d : dims)
    if (d.count() <= 0)
      return;
  std::int64_t offset = 0;
  for (const dimension &d : dims)
    offset += d.lower * d.stride;
  if (dims.empty())
    return visit(offset);
  if (dims.size() == 1) {
    for (std::int64_t i = 0; i < dims[0].count(); ++i)
      visit(offset + i * dims[0].stride);
    return;
  }
  std::int64_t index[16] = {};
  for (;;) {
    visit(offset);
    std::size_t k = dims.size();
    for (;;) {
      if (k == 0)
        return;
      --k;
      offset += dims[k].stride;
      if (++index[k] < dims[k].count())
        break;
      offset -= index[k] * dims[k].stride;
      index[k] = 0;
    }
  }
}

} // namespace sparsead::rt
