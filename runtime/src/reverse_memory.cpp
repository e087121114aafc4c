#include "sparsead/rt/reverse_memory.hpp"
#include "sparsead/rt/abi.hpp"
#include "sparsead/rt/object_map.hpp"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace sparsead::rt {
namespace {
constexpr std::size_t first_chunk = std::size_t(1) << 16;
} // namespace

reverse_memory::~reverse_memory() {
  finish();
  for (const chunk &c : chunks_)
    ::operator delete(c.data, std::align_val_t(64));
}

void reverse_memory::enter(std::size_t number) {
  current_ = number;
  begin_ = top_ = limit_ = nullptr;
  if (number == 0)
    return;
  const chunk &c = chunks_[number - 1];
  begin_ = c.data;
  top_ = c.data + c.used;
  limit_ = c.data + c.size;
}

void reverse_memory::start(const object_map *map, const binding *bound) {
  finish();
  recycle();
  for (chunk &c : chunks_)
    c.used = 0;
  enter(0);
  snapshots.clear();
  sites_.clear();
  steps_.clear();
  map_ = map;
  bound_ = bound;
}

void reverse_memory::release(const released &r) {
  const auto alignment = std::align_val_t(static_cast<std::size_t>(r.alignment));
  if (r.kind == 0)
    std::free(r.pointer);
  else if (r.kind == 2 && r.alignment == 0)
    ::operator delete[](r.pointer);
  else if (r.kind == 2)
    ::operator delete[](r.pointer, alignment);
  else if (r.alignment == 0)
    ::operator delete(r.pointer);
  else
    ::operator delete(r.pointer, alignment);
}

void reverse_memory::finish() {
  for (const released &r : postponed_)
    release(r);
  postponed_.clear();
}

void reverse_memory::step_begin() {
  steps_.push_back({postponed_.size(), sites_.size()});
  scope_begin();
}

void reverse_memory::step_end() {
  const step from = steps_.back();
  steps_.pop_back();
  for (std::size_t k = from.postponed; k < postponed_.size(); ++k)
    release(postponed_[k]);
  postponed_.resize(from.postponed);
  sites_.resize(from.sites);
  scope_end();
}

void reverse_memory::add_site(std::int64_t site, bool with_shadow) {
  for (const allocation &a : sites_)
    if (a.site == site) {
      snapshots.add(a.data, a.bytes);
      if (with_shadow)
        snapshots.add(a.shadow, a.bytes);
    }
}

void reverse_memory::add_argument(std::int32_t argument) {
  auto root_of = [&](const block_family *family) {
    while (family->parent >= 0)
      family = &map_->families[static_cast<std::size_t>(family->parent)];
    return family->argument;
  };
  for (const block_family &family : map_->families)
    if (family.has_leaves && !family.empty() && root_of(&family) == argument)
      for (std::int64_t k = 0; k < family.count; ++k)
        if (char *const base = bound_->base(family, k))
          snapshots.add(base + family.lower, family.upper - family.lower);
}

void reverse_memory::next_chunk(std::size_t size) {
  if (current_ > 0)
    chunks_[current_ - 1].used = static_cast<std::size_t>(top_ - begin_);
  // A chunk that is too small is in the way of the larger one that is made for it once; the next run finds both.
  std::size_t number = current_;
  while (number < chunks_.size() && chunks_[number].size < size)
    ++number;
  if (number == chunks_.size()) {
    const std::size_t last = chunks_.empty() ? first_chunk / 2 : chunks_.back().size;
    const std::size_t bytes = std::max(2 * last, size);
    chunks_.reserve(chunks_.size() + 1);
    chunks_.push_back({static_cast<char *>(::operator new(bytes, std::align_val_t(64))), bytes, 0});
  }
  for (std::size_t k = current_; k < number; ++k)
    chunks_[k].used = 0;
  chunks_[number].used = 0;
  enter(number + 1);
}

void reverse_memory::previous_chunk() {
  std::size_t number = current_ - 1;
  while (number > 0 && chunks_[number - 1].used == 0)
    --number;
  enter(number);
}

std::size_t reverse_memory::reserved() const {
  std::size_t bytes = 0;
  for (const chunk &c : chunks_)
    bytes += c.size;
  return bytes;
}

namespace {

/// Elements in the order in which none is read after its adjoint has been added to.
template <class T> void adjoint_copy(void *to, void *from, std::int64_t bytes) {
  if (to == from)
    return;
  // Elements stand at multiples of their size, from the beginning of the shadow.
  const std::ptrdiff_t skip =
      static_cast<std::ptrdiff_t>((sizeof(T) - reinterpret_cast<std::uintptr_t>(to) % sizeof(T)) % sizeof(T));
  T *const target = reinterpret_cast<T *>(static_cast<char *>(to) + skip);
  T *const source = reinterpret_cast<T *>(static_cast<char *>(from) + skip);
  const std::int64_t count = bytes > skip ? (bytes - skip) / static_cast<std::int64_t>(sizeof(T)) : 0;
  auto move = [&](std::int64_t k) {
    const T adjoint = target[k];
    target[k] = 0;
    source[k] += adjoint;
  };
  if (target > source)
    for (std::int64_t k = 0; k < count; ++k)
      move(k);
  else
    for (std::int64_t k = count; k-- > 0;)
      move(k);
}

reverse_memory &memory(void *workspace) {
  return *static_cast<reverse_memory *>(static_cast<tangent_pool *>(workspace));
}

} // namespace
} // namespace sparsead::rt

extern "C" void *sparsead_rt_push(void *workspace, std::int64_t bytes) {
  return sparsead::rt::memory(workspace).push(bytes);
}

extern "C" void *sparsead_rt_pop(void *workspace, std::int64_t bytes) {
  return sparsead::rt::memory(workspace).pop(bytes);
}

extern "C" void sparsead_rt_postpone_free(void *workspace, void *pointer, std::int32_t kind, std::int64_t alignment) {
  sparsead::rt::memory(workspace).postpone(pointer, kind, alignment);
}

extern "C" void sparsead_rt_adjoint_copy_f64(void *to, void *from, std::int64_t bytes) {
  if (from)
    return sparsead::rt::adjoint_copy<double>(to, from, bytes);
  std::memset(to, 0, static_cast<std::size_t>(bytes));
}

extern "C" void sparsead_rt_adjoint_copy_f32(void *to, void *from, std::int64_t bytes) {
  if (from)
    return sparsead::rt::adjoint_copy<float>(to, from, bytes);
  std::memset(to, 0, static_cast<std::size_t>(bytes));
}
