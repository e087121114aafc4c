#include "sparsead/rt/binding.hpp"
#include <algorithm>
#include <cstring>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace sparsead::rt {

aligned_buffer::aligned_buffer(std::size_t bytes) : size_(bytes) {
  if (bytes == 0)
    return;
  data_ = static_cast<char *>(::operator new(bytes, std::align_val_t(64)));
  std::memset(data_, 0, bytes);
}
aligned_buffer::aligned_buffer(aligned_buffer &&other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
aligned_buffer &aligned_buffer::operator=(aligned_buffer &&other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}
aligned_buffer::~aligned_buffer() {
  if (data_)
    ::operator delete(data_, std::align_val_t(64));
}

void binding::lay_out(const object_map &map) {
  args_.assign(map.roots.size() + 1, nullptr);
  pointers_.assign(map.roots.size() + 1, nullptr);
  bases_.assign(static_cast<std::size_t>(map.instances), nullptr);
  stand_ins_.clear();
  stand_ins_.resize(map.families.size());
  substituted_.assign(map.families.size(), 0);
  intervals_.clear();
}

/// Its blocks can be replaced without touching the caller's memory: the one pointer to them is a parameter, or stands
/// in a block that is replaced itself.
bool binding::may_substitute(const object_map &map, const block_family &family) const {
  const block_family &parent = map.families[static_cast<std::size_t>(family.parent)];
  if (parent.parent >= 0)
    return substituted_[static_cast<std::size_t>(family.parent)] != 0;
  return parent.argument >= 0 && !parent.has_leaves && family.slot == 0 && family.slot_dims.empty() &&
         map.descriptor.argument_sizes[parent.argument] == 8;
}

bool binding::outputs_unwanted(const object_map &map) const {
  bool any = false;
  for (std::size_t f = 0; f < map.families.size(); ++f) {
    const block_family &family = map.families[f];
    if (family.parent < 0 || !(family.roles & abi::role_output) || family.empty())
      continue;
    const block_family &parent = map.families[static_cast<std::size_t>(family.parent)];
    if (parent.parent >= 0 || parent.argument < 0)
      continue;
    if (!substituted_[f])
      return false;
    any = true;
  }
  return any;
}

char *binding::stand_in(const block_family &family, std::size_t number, std::int64_t instance) {
  aligned_buffer &buffer = stand_ins_[number];
  const std::size_t bytes = static_cast<std::size_t>(family.count * family.pitch);
  if (buffer.size() < bytes)
    buffer = aligned_buffer(bytes);
  return buffer.data() + instance * family.pitch - family.origin;
}

void binding::bind_family(const object_map &map, std::size_t number, purpose why) {
  const block_family &family = map.families[number];
  const block_family &parent = map.families[static_cast<std::size_t>(family.parent)];
  const bool can = may_substitute(map, family);
  const bool only_outputs = family.reached_roles == abi::role_output;
  std::int64_t instance = 0;
  for (std::int64_t p = 0; p < parent.count; ++p) {
    char *const block = base(parent, p);
    for_each_offset(family.slot_dims, [&](std::int64_t offset) {
      char *&place = bases_[static_cast<std::size_t>(family.first + instance)];
      char **const slot = block ? reinterpret_cast<char **>(block + family.slot + offset) : nullptr;
      char *pointer = nullptr;
      if (slot)
        std::memcpy(&pointer, slot, sizeof pointer);
      place = pointer;
      const std::int64_t current = instance++;
      if (family.empty())
        return;
      const bool elements_only = !family.has_children && family.covered >= family.upper - family.lower;
      bool replace = false;
      if (!pointer) {
        if (why == purpose::plan && elements_only)
          return;
        replace = can && (why == purpose::plan ? family.is_table() : only_outputs);
        if (!replace)
          throw std::invalid_argument("'" + std::string(family.name) + "' is a null pointer" +
                                      (why == purpose::plan ? ", and what planning reads lies behind it" : ""));
      } else if (why == purpose::copy && can && !family.has_children) {
        replace = true;
      }
      if (!replace)
        return;
      if (why == purpose::values && !pointer && parent.parent < 0) { // nobody touches it
        substituted_[number] = 1;
        left_out_ = true;
        return;
      }
      place = stand_in(family, number, current);
      if (!pointer)
        std::memset(place + family.origin, 0, static_cast<std::size_t>(family.pitch));
      else
        std::memcpy(place + family.lower, pointer + family.lower,
                    static_cast<std::size_t>(family.upper - family.lower));
      substituted_[number] = 1;
      if (parent.parent >= 0) {
        std::memcpy(slot, &place, sizeof place);
      } else {
        void *&stand_in_pointer = pointers_[static_cast<std::size_t>(parent.argument)];
        stand_in_pointer = place;
        args_[static_cast<std::size_t>(parent.argument)] = &stand_in_pointer;
      }
    });
  }
}

void binding::bind(const object_map &map, void *const *args, void *result, purpose why) {
  std::copy(args, args + map.roots.size(), args_.begin());
  std::fill(substituted_.begin(), substituted_.end(), char(0));
  left_out_ = false;
  for (std::size_t k = 0; k < map.roots.size(); ++k)
    if (map.roots[k] >= 0 && !args[k])
      throw std::invalid_argument("'" + std::string(map.descriptor.argument_names[k]) + "' is a null reference");
  for (std::size_t k = 0; k < map.families.size(); ++k) {
    const block_family &family = map.families[k];
    if (family.parent >= 0)
      bind_family(map, k, why);
    else
      bases_[static_cast<std::size_t>(family.first)] =
          static_cast<char *>(family.argument < 0 ? result : args[family.argument]);
  }
}

void binding::require_apart(const object_map &map, const char *what, const double *begin, std::int64_t count) const {
  const std::less<const char *> before;
  const char *const from = reinterpret_cast<const char *>(begin), *const to =
                                                                      reinterpret_cast<const char *>(begin + count);
  for (const object_layout &layout : map.objects) {
    const block_family &family = map.families[static_cast<std::size_t>(layout.family)];
    if (layout.size == 0 || layout.object->argument < 0)
      continue;
    for (std::int64_t i = 0; i < family.count; ++i)
      if (const char *const pointer = base(family, i);
          pointer && before(from, pointer + layout.upper) && before(pointer + layout.lower, to))
        throw std::invalid_argument("the " + std::string(what) + " overlaps '" + layout.object->name +
                                    "': it must lie apart from the arrays of the call");
  }
}

void binding::require_disjoint(const object_map &map) {
  intervals_.clear();
  for (std::size_t k = 0; k < map.objects.size(); ++k) {
    const object_layout &layout = map.objects[k];
    const block_family &family = map.families[static_cast<std::size_t>(layout.family)];
    if (layout.size == 0 || layout.object->argument < 0)
      continue;
    if (!base(family, 0) && substituted_[static_cast<std::size_t>(layout.family)])
      continue;
    const bool written = layout.is(abi::role_output) || layout.is(abi::role_work);
    for (std::int64_t i = 0; i < family.count; ++i) {
      const char *pointer = base(family, i);
      intervals_.push_back(
          {pointer + layout.lower, pointer + layout.upper, static_cast<std::int32_t>(k), layout.family, written});
    }
  }
  std::sort(intervals_.begin(), intervals_.end(), [](const interval &a, const interval &b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
  });
  auto clash = [&](const interval &a, const interval &b) {
    const interval &output = a.written ? a : b, &other = a.written ? b : a;
    throw std::invalid_argument("'" + std::string(map.objects[static_cast<std::size_t>(output.item)].object->name) +
                                "' overlaps '" + map.objects[static_cast<std::size_t>(other.item)].object->name +
                                "': an array that is written must lie apart from the others");
  };
  // The interval that reaches furthest, and the one that does among those of other families; both again for written
  // ones: what begins before their ends overlaps.
  const interval *furthest[2][2] = {};
  for (const interval &now : intervals_) {
    for (const int only_written : {0, 1}) {
      if (!only_written && !now.written)
        continue;
      for (const interval *seen : furthest[only_written])
        if (seen && seen->family != now.family && now.begin < seen->end)
          clash(*seen, now);
    }
    for (const int only_written : {0, 1}) {
      if (only_written && !now.written)
        continue;
      const interval *(&top)[2] = furthest[only_written];
      if (!top[0] || now.end > top[0]->end) {
        if (top[0] && top[0]->family != now.family)
          top[1] = top[0];
        top[0] = &now;
      } else if (now.family != top[0]->family && (!top[1] || now.end > top[1]->end)) {
        top[1] = &now;
      }
    }
  }
}

void binding::save(const object_map &map, aligned_buffer &saved, bool everything) const {
  const std::size_t needed = static_cast<std::size_t>(map.bytes);
  if (saved.size() < needed)
    saved = aligned_buffer(needed);
  for (const block_family &family : map.families) {
    if (family.empty() || !(everything ? family.has_leaves : family.preserved) ||
        (family.parent < 0 && family.argument < 0))
      continue;
    for (std::int64_t i = 0; i < family.count; ++i)
      std::memcpy(saved.data() + object_map::shadow_of(family, i, family.lower), base(family, i) + family.lower,
                  static_cast<std::size_t>(family.upper - family.lower));
  }
}

void binding::restore(const object_map &map, const aligned_buffer &saved, bool everything) const {
  for (const block_family &family : map.families) {
    if (family.empty() || !(everything ? family.has_leaves : family.preserved) ||
        (family.parent < 0 && family.argument < 0))
      continue;
    const std::size_t bytes = static_cast<std::size_t>(family.upper - family.lower);
    for (std::int64_t i = 0; i < family.count; ++i) {
      char *const block = base(family, i) + family.lower;
      const char *const old = saved.data() + object_map::shadow_of(family, i, family.lower);
      if (std::memcmp(block, old, bytes) != 0) // inputs may be in memory that cannot be written
        std::memcpy(block, old, bytes);
    }
  }
}

} // namespace sparsead::rt
