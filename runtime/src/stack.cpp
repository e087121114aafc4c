#include <cstdint>
#include <pthread.h>
#include <sparsead/rt/stack.hpp>
#include <stdexcept>

namespace {

struct bounds {
  std::uintptr_t low = 0, high = 0;

  bounds() {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
      return;
    void *start = nullptr;
    std::size_t size = 0;
    if (pthread_attr_getstack(&attributes, &start, &size) == 0) {
      low = reinterpret_cast<std::uintptr_t>(start);
      high = low + size;
    }
    pthread_attr_destroy(&attributes);
  }
};

} // namespace

bool sparsead::rt::stack_is_low() noexcept {
  constexpr std::uintptr_t reserve = 256 * 1024;
  thread_local const bounds stack;
  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return here >= stack.low && here < stack.high && here - stack.low < reserve;
}

extern "C" void sparsead_rt_check_stack() {
  if (sparsead::rt::stack_is_low())
    throw std::runtime_error("a recursion does not fit into the stack: its derivative needs a larger one (ulimit -s)");
}
