// Windows of temporaries, for loops that take turns.
#include "sparsead/rt/abi.hpp"
#include <algorithm>
#include <cstdint>
#include <cstring>

namespace {

struct window {
  char *memory;
  std::int64_t begin, end, apart, copies, zeroed;
};
static_assert(sizeof(window) == 6 * sizeof(std::int64_t));

constexpr std::int64_t line = 64, page = 4096;

/// Bytes per copy: room to slide, so that what is left of it is moved every other time at most. Not a multiple of the
/// size of a page, or the copies would compete for the same lines of the first cache.
std::int64_t room(std::int64_t bytes) {
  const std::int64_t whole = (2 * bytes + page - 1) / page * page;
  return whole + 5 * line;
}

} // namespace

void sparsead_rt_window(void *workspace, std::int64_t *words, std::int64_t begin, std::int64_t end) {
  window &w = *reinterpret_cast<window *>(words);
  begin &= -line; // elements stand as they do in the array
  begin = w.memory ? std::max(begin, w.begin) : begin;
  end = std::max(begin, end);
  const std::int64_t kept = std::max(w.end - begin, std::int64_t(0));
  if (!w.memory || end - begin > w.apart) {
    const std::int64_t apart = room(std::max(end - begin, kept));
    char *const memory = static_cast<char *>(sparsead_rt_tangent_alloc(workspace, apart * w.copies));
    if (w.memory) {
      for (std::int64_t k = 0; k < w.copies; ++k)
        std::memcpy(memory + k * apart, w.memory + k * w.apart + (begin - w.begin), static_cast<std::size_t>(kept));
      sparsead_rt_tangent_free(workspace, w.memory);
    }
    w.memory = memory;
    w.apart = apart;
    w.begin = begin;
    w.end = begin + kept;
  } else if (end - w.begin > w.apart) {
    for (std::int64_t k = 0; k < w.copies; ++k) {
      char *const copy = w.memory + k * w.apart;
      std::memmove(copy, copy + (begin - w.begin), static_cast<std::size_t>(kept));
    }
    w.begin = begin;
    w.end = begin + kept;
  }
  if (end > w.end) {
    if (w.zeroed)
      for (std::int64_t k = 0; k < w.copies; ++k)
        std::memset(w.memory + k * w.apart + (w.end - w.begin), 0, static_cast<std::size_t>(end - w.end));
    w.end = end;
  }
}
