// Loops whose steps are run again from snapshots: states in every form, held against differences.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -I%S/../Inputs %s %sparsead_ldflags -o %t.san && %t.san | %FileCheck %s
// Every loop that is marked has snapshots, and nothing is taped.
// RUN: %sparsead_clang -std=c++20 -O1 -fsyntax-only -Rpass=sparsead -Rpass-missed=sparsead -I%S/../Inputs %s 2>&1 | %FileCheck %s --check-prefix=REMARK
// REMARK-NOT: {{records a tape|no snapshots}}
// REMARK: reverse mode runs steps of this loop again, from at most 3 snapshots of what it carries
// REMARK-NOT: {{records a tape|no snapshots}}
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check_gradient.hpp"
#include <array>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#define GRADIENT SPARSEAD_GRADIENT("return <- x[n]")

// What is carried is in registers.
GRADIENT double registers(int n, const double *x, int steps) {
  double a = x[0], b = x[1], f = 0;
  SPARSEAD_CHECKPOINT(3) for (int t = 0; t < steps; ++t) {
    const double c = a * b + 0.1 * x[2];
    b = 0.9 * a - 0.2 * b * b;
    a = std::sin(c);
    f += a * x[n - 1];
  }
  return f * a + b;
}

// Buffers that are swapped.
SPARSEAD_GRADIENT("return <- x[n]; u[n], v[n]") double swapped(int n, const double *x, double *u, double *v, int steps) {
  for (int i = 0; i < n; ++i)
    u[i] = x[i];
  SPARSEAD_CHECKPOINT(2) for (int t = 0; t < steps; ++t) {
    for (int i = 0; i < n; ++i)
      v[i] = u[i] - 0.1 * u[i] * u[(i + 1) % n] + (t == 2 ? x[0] : 0.0);
    std::swap(u, v);
  }
  return u[0] * u[n - 1];
}

// In place, by the caller's array; behind the loop the array changes again.
SPARSEAD_GRADIENT("return <- x[n]") double in_place(int n, double *x, int steps) {
  SPARSEAD_CHECKPOINT() for (int t = 0; t < steps; ++t)
    for (int i = 1; i < n; ++i)
      x[i] = 0.5 * x[i] * x[i - 1] + std::exp(-x[i]);
  const double f = x[n - 1] * x[1];
  for (int i = 0; i < n; ++i)
    x[i] *= f;
  return x[0] * x[n - 1];
}

// The end is not known before: a time step that depends on the state.
SPARSEAD_GRADIENT("return <- x[n]; u[n]") double adaptive(int n, const double *x, double *u, double end) {
  for (int i = 0; i < n; ++i)
    u[i] = x[i];
  double t = 0;
  int count = 0;
  SPARSEAD_CHECKPOINT(3) while (t < end && count < 40) {
    const double h = std::min(0.1 / (1 + u[0] * u[0]), end - t);
    for (int i = 0; i < n; ++i)
      u[i] += h * (u[(i + 1) % n] - u[i] * u[i]);
    t += h;
    ++count;
  }
  return u[0] * u[n - 1] + 0.01 * count;
}

// Tested at the end; left from the middle.
GRADIENT double tested_last(int n, const double *x, int steps) {
  double a = x[0];
  int t = 0;
  SPARSEAD_CHECKPOINT(2) do {
    a = a * x[t % n] + 0.3;
    if (a > 50)
      break;
    a = std::sqrt(1 + a * a);
  } while (++t < steps);
  return a * a;
}

// Memory of the function: on the stack, on the heap, in vectors that change places, rows of pointers.
GRADIENT double own_memory(int n, const double *x, int steps) {
  double local[4] = {x[0], x[1], x[2], 1};
  auto heap = std::make_unique<double[]>(n);
  std::vector<double> u(x, x + n), v(n);
  double *rows[3] = {u.data(), v.data(), heap.get()};
  SPARSEAD_CHECKPOINT(2) for (int t = 0; t < steps; ++t) {
    for (int i = 0; i < n; ++i)
      rows[(t + 1) % 3][i] = 0.8 * rows[t % 3][i] + 0.1 * local[i % 4] * rows[t % 3][(i + 1) % n];
    std::rotate(rows, rows + t % 2, rows + 3);
    local[t % 4] *= rows[t % 3][0];
    for (int i = 0; i < n; ++i)
      heap[i] += 0.01 * u[i] * v[i];
  }
  double f = 0;
  for (int i = 0; i < n; ++i)
    f += u[i] * heap[n - 1 - i] + v[i] * local[i % 4];
  return f;
}

// What a step allocates goes with it.
GRADIENT double allocates(int n, const double *x, int steps) {
  std::vector<double> u(x, x + n);
  SPARSEAD_CHECKPOINT(2) for (int t = 0; t < steps; ++t) {
    std::vector<double> next(n);
    for (int i = 0; i < n; ++i)
      next[i] = u[i] + 0.1 * u[(i + n - 1) % n] * u[i];
    for (int i = 0; i < n; ++i)
      u[i] = next[i];
  }
  return u[0] + u[n - 1] * u[n / 2];
}

// The same in a loop whose end is not known.
GRADIENT double allocates_while(int n, const double *x, int steps) {
  std::vector<double> u(x, x + n);
  int t = 0;
  SPARSEAD_CHECKPOINT(2) while (t < steps && u[0] < 100) {
    std::vector<double> next(u);
    for (int i = 0; i < n; ++i)
      u[i] += 0.1 * next[(i + n - 1) % n] * next[i];
    ++t;
  }
  return u[0] + u[n - 1] * u[n / 2];
}

// Inside a function, and twice.
static void advance(int n, double *u, double k, int steps) {
  SPARSEAD_CHECKPOINT(2) for (int t = 0; t < steps; ++t) {
    double left = u[n - 1];
    for (int i = 0; i < n; ++i) {
      const double here = u[i];
      u[i] = here - k * here * left;
      left = here;
    }
  }
}
SPARSEAD_GRADIENT("return <- x[n], k; u[n]") double twice(int n, const double *x, double k, double *u, int steps) {
  std::copy(x, x + n, u);
  advance(n, u, k, steps);
  const double middle = u[1];
  u[1] = x[0] * u[2];
  advance(n, u, k * middle, steps);
  return u[0] * u[1];
}

// In a loop, in a branch, and one in another.
SPARSEAD_GRADIENT("return <- x[n]; u[n]") double nested(int n, const double *x, double *u, int steps) {
  double f = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < n; ++i)
      u[i] = x[i] * (1 + round * 0.1) + 0.1 * f;
    if (round != 1) {
      SPARSEAD_CHECKPOINT(2) for (int t = 0; t < steps; ++t) {
        SPARSEAD_CHECKPOINT(1) for (int s = 0; s < 4; ++s)
          u[(s + t) % n] = std::sin(u[s % n]) * u[(t + 1) % n] + 0.2 * f;
        u[0] += 0.1 * u[n - 1] * u[1];
      }
    }
    f += u[0] * u[1];
  }
  return f;
}

// Integers, counters and switches belong to the state; so does what the caller may look at.
struct progress {
  int count;
  double time;
  int last[2];
};
SPARSEAD_GRADIENT("return <- x[n]; u[n]")
double counters(int n, const double *x, double *u, int steps, progress *p) {
  static int calls = 0;
  calls = 0;
  for (int i = 0; i < n; ++i)
    u[i] = x[i];
  p->count = 0;
  p->time = 0;
  int flips = 0;
  bool up = true;
  SPARSEAD_CHECKPOINT(2) for (int t = 0; t < steps; ++t) {
    calls += 2;
    p->count += 1 + calls % 3;
    p->time += 0.5;
    p->last[0] = t;
    if (p->count % 2)
      up = !up, ++flips;
    for (int i = 0; i < n; ++i)
      u[i] = up ? u[i] * u[(i + flips) % n] : u[i] + 0.1 * p->time * u[(i + p->count) % n] * u[i];
  }
  return u[0] + u[n - 1];
}

// The loop reads memory that changes behind it, in every round of an outer loop.
SPARSEAD_GRADIENT("return <- x[n]; c[n], u[n]") double later(int n, const double *x, double *c, double *u, int steps) {
  double f = 0;
  for (int i = 0; i < n; ++i)
    u[i] = x[i], c[i] = 1 + 0.1 * x[n - 1 - i];
  for (int round = 0; round < 2; ++round) {
    SPARSEAD_CHECKPOINT(2) for (int t = 0; t < steps; ++t)
      for (int i = 0; i < n; ++i)
        u[i] = 0.5 * u[i] + 0.3 * c[i] * u[(i + 1) % n] * u[i];
    for (int i = 0; i < n; ++i)
      c[i] = u[n - 1 - i] * c[i];
    f += u[0];
  }
  for (int i = 0; i < n; ++i)
    c[i] += 1;
  return f * u[1];
}

// In templates; floats; a range.
template <int Snapshots, class T> T power(int n, const T *x, T a) {
  SPARSEAD_CHECKPOINT(Snapshots) for (int t = 0; t < n; ++t)
    a = a * a * T(0.3) + x[t];
  return a;
}
GRADIENT float in_template(int n, const float *x) { return power<2>(n, x, x[0]); }
GRADIENT double range(int n, const double *x) {
  const std::array<int, 7> order{0, 2, 1, 0, 3, 3, 1};
  double a = 1;
  constexpr int few = 2;
  SPARSEAD_CHECKPOINT(few) for (int k : order)
    a = std::cos(a) * x[k % n] + a * 0.1;
  return a;
}

// Output is written once.
GRADIENT double prints(int n, const double *x, int steps) {
  double a = x[0];
  SPARSEAD_CHECKPOINT(1) for (int t = 0; t < steps; ++t) {
    std::printf("step %d\n", t);
    a = a * a * x[1 % n] + 0.1;
  }
  return a;
}

int main() {
  using check::of, check::returned;
  const int n = 5;
  double x[n] = {0.7, 0.4, -0.3, 0.9, 0.2}, u[n], v[n], c[n];
  float single[n] = {0.7f, 0.4f, -0.3f, 0.9f, 0.2f};
  for (int steps : {0, 1, 2, 3, 4, 7, 12}) {
    check::gradient<&registers>("registers", {of(x, n)}, returned(), {}, n, x, steps);
    check::gradient<&swapped>("swapped", {of(x, n)}, returned(),
                              {of(u, n), of(v, n)}, n, x, u, v, steps);
    check::gradient<&in_place>("in place", {of(x, n)}, returned(), {}, n, x, steps);
    check::gradient<&adaptive>("adaptive", {of(x, n)}, returned(), {of(u, n)}, n, x, u,
                               0.073 * steps);
    check::gradient<&tested_last>("tested last", {of(x, n)}, returned(), {}, n, x, steps);
    check::gradient<&own_memory>("own memory", {of(x, n)}, returned(), {}, n, x, steps);
    check::gradient<&allocates>("allocates", {of(x, n)}, returned(), {}, n, x, steps);
    check::gradient<&allocates_while>("allocates while", {of(x, n)}, returned(), {}, n, x, steps);
    double k = 0.15;
    check::gradient<&twice>("twice", {of(x, n), of(k)}, returned(),
                            {of(u, n)}, n, x, k, u, steps);
    check::gradient<&nested>("nested", {of(x, n)}, returned(), {of(u, n)}, n, x, u, steps);
    progress p{}, want{};
    counters(n, x, u, steps, &want);
    check::gradient<&counters>("counters", {of(x, n)}, returned(), {of(u, n)}, n, x, u,
                               steps, &p);
    if (p.count != want.count || p.time != want.time || p.last[0] != want.last[0])
      std::printf("counters FAIL: left at %d, not %d\n", p.count, want.count);
    check::gradient<&later>("later", {of(x, n)}, returned(), {of(c, n), of(u, n)},
                            n, x, c, u, steps);
  }
  check::gradient<&in_template>("in template", {of(single, n)}, returned(), {}, n, single);
  check::gradient<&range>("range", {of(x, n)}, returned(), {}, n, x);
  std::printf("done %d\n", check::failures);
  // CHECK-NEXT: step 0
  // CHECK-NEXT: step 1
  // CHECK-NEXT: step 2
  // CHECK-NEXT: step 3
  // CHECK-NEXT: prints
  double g[n];
  sparsead::gradient<&prints>::value_and_grad(g, n, x, 4);
  std::printf("prints\n");
}
