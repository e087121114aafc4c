// A hundred thousand steps of a system that reacts and diffuses: as few steps are run again as theory has it, memory
// is what the snapshots say, and the gradient is that of a sweep that keeps everything.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O2 %s %sparsead_ldflags -o %t && %t | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done
#include <sparsead/sparsead.hpp>
#include <sparsead/rt/revolve.hpp>
#include <sparsead/rt/workspace_state.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <sys/resource.h>
#include <utility>
#include <vector>

static long count = 0;
SPARSEAD_INACTIVE static void tick();
void tick() { ++count; }

/// u' = D u'' + u (1 - u) - u v, v' = u v - k v.
static void step(int n, const double *u, double *next, double k) {
  tick();
  for (int i = 0; i < n; ++i) {
    const double a = u[2 * i], b = u[2 * i + 1];
    const double l = u[2 * (i > 0 ? i - 1 : i)], r = u[2 * (i + 1 < n ? i + 1 : i)];
    next[2 * i] = a + 0.01 * (l - 2 * a + r) + 1e-3 * (a * (1 - a) - a * b);
    next[2 * i + 1] = b + 1e-3 * (a * b - k * b);
  }
}
static double goal(int n, const double *u) {
  double s = 0;
  for (int i = 0; i < n; ++i)
    s += u[2 * i] * u[2 * i] + 0.1 * u[2 * i + 1];
  return s;
}

#define SYSTEM(name, mark)                                                                                             \
  SPARSEAD_GRADIENT("return <- x[m], k; u[m], v[m]")                                                                   \
  double name(int n, int m, const double *x, double k, double *u, double *v, int steps) {                              \
    std::memcpy(u, x, sizeof(double) * std::size_t(m));                                                                \
    mark for (int t = 0; t < steps; ++t) {                                                                             \
      step(n, u, v, k);                                                                                                \
      std::swap(u, v);                                                                                                 \
    }                                                                                                                  \
    return goal(n, u);                                                                                                 \
  }
SYSTEM(keeps, )
SYSTEM(ten, SPARSEAD_CHECKPOINT(10))
SYSTEM(chosen, SPARSEAD_CHECKPOINT())

static double peak() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return double(usage.ru_maxrss) * 1024;
}

template <auto F> static void run(const char *name, int n, int steps, long slots, const std::vector<double> &want) {
  const int m = 2 * n;
  std::vector<double> x(std::size_t(m), 0), u(x), v(x), g(std::size_t(m) + 1);
  for (int i = 0; i < m; ++i)
    x[std::size_t(i)] = 0.5 + 0.3 * std::sin(i);
  sparsead::workspace w;
  const double before = peak();
  count = 0;
  sparsead::gradient<F>::value_and_grad(w, g.data(), n, m, x.data(), 0.4, u.data(), v.data(), steps);
  const double grown = peak() - before;
  const auto &memory = w.state().reverse;
  // Forward as far as the end, with what follows as one step more; each step once more on its way back.
  const long theory = sparsead::rt::revolve::forward_steps(steps + 1, slots) + steps;
  if (count != theory)
    std::printf("%s FAIL: %ld steps, %ld by theory\n", name, count, theory);
  // A snapshot holds both arrays and what the loop carries: two addresses and their shadows; the last state is kept, too.
  const std::size_t bound = std::size_t(slots + 1) * std::size_t(2 * 8 * m + 64);
  if (memory.snapshots.reserved() > bound || memory.snapshots.most_held() > std::size_t(slots))
    std::printf("%s FAIL: %zu bytes, at most %zu expected\n", name, memory.snapshots.reserved(), bound);
  if (grown > double(bound) + 4e6)
    std::printf("%s FAIL: the process has grown by %g bytes\n", name, grown);
  for (std::size_t i = 0; i < want.size(); ++i)
    if (!(std::fabs(g[i] - want[i]) <= 1e-11 * (1 + std::fabs(want[i])))) {
      std::printf("%s FAIL: element %zu is %.17g, not %.17g\n", name, i, g[i], want[i]);
      break;
    }
  std::printf("%s: %.2f steps per step, %zu KiB\n", name, double(count) / steps, memory.snapshots.reserved() >> 10);
}

int main() {
  const int n = 8, steps = 100000;
  run<&ten>("ten, long", n, steps, 10, {});
  run<&chosen>("chosen, long", n, steps, 448, {}); // the square root of twice the steps
  // What is kept otherwise is 16 doubles for each step.
  std::vector<double> x(2 * n, 0), u(x), v(x), want(2 * n + 1);
  for (int i = 0; i < 2 * n; ++i)
    x[std::size_t(i)] = 0.5 + 0.3 * std::sin(i);
  sparsead::gradient<&keeps>::value_and_grad(want.data(), n, 2 * n, x.data(), 0.4, u.data(), v.data(), steps);
  run<&ten>("ten", n, steps, 10, want);
  run<&chosen>("chosen", n, steps, 448, want);
  std::printf("done\n");
}
