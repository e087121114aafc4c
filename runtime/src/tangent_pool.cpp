#include "sparsead/rt/tangent_pool.hpp"
#include "sparsead/rt/abi.hpp"
#include <new>

namespace sparsead::rt {

struct alignas(64) tangent_pool::header {
  std::int32_t size_class;
  bool live;
};

namespace {
/// Smallest power of two that holds the bytes: class c has 64 << c bytes.
std::int32_t class_of(std::int64_t bytes) {
  std::int32_t c = 0;
  while ((std::int64_t(64) << c) < bytes)
    ++c;
  return c;
}
} // namespace

tangent_pool::~tangent_pool() {
  for (header *block : blocks_)
    ::operator delete(block, std::align_val_t(64));
}

void *tangent_pool::allocate(std::int64_t bytes) {
  if (bytes < 0 || bytes > (std::int64_t(1) << 56))
    throw std::bad_alloc();
  const std::int32_t c = class_of(bytes);
  header *block;
  if (!free_[c].empty()) {
    block = free_[c].back();
    free_[c].pop_back();
  } else {
    if (blocks_.size() == blocks_.capacity())
      blocks_.reserve(2 * blocks_.size() + 8);
    const std::size_t size = sizeof(header) + (std::size_t(64) << c);
    block = ::new (::operator new(size, std::align_val_t(64))) header{c, true};
    blocks_.push_back(block);
  }
  block->live = true;
  if (!scopes_.empty())
    scoped_.push_back(block);
  return block + 1;
}

void tangent_pool::release(void *memory) {
  if (!memory)
    return;
  header *block = static_cast<header *>(memory) - 1;
  block->live = false;
  free_[block->size_class].push_back(block);
}

void tangent_pool::scope_end() {
  for (std::size_t k = scopes_.back(); k < scoped_.size(); ++k)
    if (scoped_[k]->live)
      release(scoped_[k] + 1);
  scoped_.resize(scopes_.back());
  scopes_.pop_back();
}

void tangent_pool::recycle() {
  scoped_.clear();
  scopes_.clear();
  for (header *block : blocks_)
    if (block->live)
      release(block + 1);
}

} // namespace sparsead::rt

extern "C" void *sparsead_rt_terms(std::int64_t bytes) { return ::operator new(static_cast<std::size_t>(bytes)); }
extern "C" void sparsead_rt_terms_free(void *memory) { ::operator delete(memory); }

extern "C" void *sparsead_rt_tangent_alloc(void *workspace, std::int64_t bytes) {
  return static_cast<sparsead::rt::tangent_pool *>(workspace)->allocate(bytes);
}

extern "C" void sparsead_rt_tangent_free(void *workspace, void *shadow) {
  static_cast<sparsead::rt::tangent_pool *>(workspace)->release(shadow);
}
