// Shadow memory of one width: a tangent (or a mark) for every leaf, and a pointer for every pointer that leads to one.
#pragma once
#include "binding.hpp"
#include "object_map.hpp"
#include <cstdint>
#include <cstring>
#include <vector>

namespace sparsead::rt {

/// Writes every shadow pointer: place(family number, instance, offset) is where the shadow of that byte of a block
/// stands. The words beside them (a vector's end) get the shadow of what they point at.
template <class Place> void connect_shadows(const object_map &map, const binding &bound, Place &&place) {
  for (std::size_t f = 0; f < map.families.size(); ++f) {
    const block_family &family = map.families[f];
    if (family.parent < 0)
      continue;
    const std::size_t parent = static_cast<std::size_t>(family.parent);
    std::int64_t instance = 0;
    for (std::int64_t p = 0; p < map.families[parent].count; ++p)
      for_each_offset(family.slot_dims, [&](std::int64_t offset) {
        const char *pointer = place(f, instance++, 0);
        std::memcpy(place(parent, p, family.slot + offset), &pointer, sizeof pointer);
      });
  }
  for (std::size_t f = 0; f < map.families.size(); ++f) {
    const block_family &family = map.families[f];
    for (std::int64_t i = 0; !family.words.empty() && i < family.count; ++i) {
      const char *block = bound.base(family, i);
      if (!block)
        continue;
      for (const pointer_word &word : family.words) {
        const char *value, *shadow = nullptr;
        std::memcpy(&value, block + word.offset, sizeof value);
        for (std::size_t t = 0; t < map.families.size(); ++t) {
          const block_family &target = map.families[t];
          if (target.parent != static_cast<std::int32_t>(f) || !target.slot_dims.empty() || target.empty())
            continue;
          const char *base = bound.base(target, i);
          if (base && value >= base + target.lower && value <= base + target.upper)
            shadow = place(t, i, value - base);
        }
        std::memcpy(place(f, i, word.offset), &shadow, sizeof shadow);
      }
    }
  }
}

class shadow_tree {
public:
  /// Throws  std::bad_alloc, std::length_error.
  shadow_tree(const object_map &map, std::int32_t width);

  /// Writes the shadow pointers, those of a vector's end included (a sweep may have changed them).
  void connect(const object_map &map, const binding &bound);
  /// Zero tangents for all leaves of an item.
  void clear(const object_layout &layout);

  /// The shadow of what stands at `shadow` in the layout of width 1.
  char *at(std::int64_t shadow) const { return buffer_.data() + width_ * shadow; }
  void *const *roots() const { return roots_.data(); }
  void *result() const { return result_; }
  std::int32_t width() const { return width_; }

  /// Which seeds it holds: a sweep's number, or one of these.
  static constexpr std::int32_t none = -1, arbitrary = -2;
  std::int32_t seeds = none;
  const void *seeded_by = nullptr; ///< the schedule that `seeds` counts in
  /// The tangents of outputs that decompression leaves zero are zero.
  bool clean = true;

private:
  std::int32_t width_;
  aligned_buffer buffer_;
  std::vector<void *> roots_;
  void *result_ = nullptr;
};

} // namespace sparsead::rt
