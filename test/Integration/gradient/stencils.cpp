// Loops over overlapping elements, whose reverse adds by strips: one strip, several, ends of all lengths; buffers that
// change places.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O3 -march=native -I%S/../Inputs %s %sparsead_ldflags -o %t.O3 && %t.O3 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -I%S/../Inputs %s %sparsead_ldflags -o %t.san && %t.san | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O1 -fsyntax-only -Rpass-missed=sparsead -I%S/../Inputs %s 2>&1 | %FileCheck %s --check-prefix=REMARK --allow-empty
// REMARK-NOT: records a tape
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check_gradient.hpp"
#include <utility>
#include <vector>

// What follows keeps the loops from being run forward and back at once.
static double tail(int n, const double *v) {
  double f = 1;
  for (int i = 0; i < n; ++i)
    f = 0.9 * f + v[i] * f * 0.1;
  return f;
}

SPARSEAD_GRADIENT("return <- u[n]; v[n]") double three_points(int n, const double *u, double *v) {
  v[0] = u[0];
  for (int i = 1; i + 1 < n; ++i)
    v[i] = u[i] * u[i] + 0.3 * u[i + 1] - std::sin(u[i - 1]);
  v[n - 1] = u[n - 1] * u[0];
  return tail(n, v);
}

SPARSEAD_GRADIENT("return <- u[n]; v[n]") double far_points(int n, const double *u, double *v) {
  for (int i = 0; i < n; ++i)
    v[i] = 0.1 * u[i];
  for (long i = n - 20; i >= 3; --i) // downwards, with holes
    v[i] = u[i - 3] * u[i + 12] + u[i + 19];
  return tail(n, v);
}

SPARSEAD_GRADIENT("return <- u[n]; v[n]") double species(int n, const double *u, double *v) {
  const int m = n / 2;
  for (int i = 0; i < n; ++i)
    v[i] = u[i];
  for (int i = 1; i + 1 < m; ++i) {
    const double a = u[2 * i], b = u[2 * i + 1];
    v[2 * i] = a + 0.1 * (u[2 * i - 2] - 2 * a + u[2 * i + 2]) - a * b;
    v[2 * i + 1] = b + 0.2 * (u[2 * i - 1] - 2 * b + u[2 * i + 3]) + a * b * b;
  }
  return tail(n, v);
}

SPARSEAD_GRADIENT("return <- u[m*m], k; v[m*m]") double plane(int m, const double *u, double k, double *v) {
  for (int i = 0; i < m * m; ++i)
    v[i] = u[i];
  for (int i = 1; i + 1 < m; ++i)
    for (int j = 1; j + 1 < m; ++j)
      v[i * m + j] = k * u[i * m + j] * (u[i * m + j - 1] + u[i * m + j + 1]) + 0.1 * u[(i - 1) * m + j] * u[(i + 1) * m + j];
  return tail(m * m, v);
}

SPARSEAD_GRADIENT("return <- u[n]; v[n]") double several_steps(int n, const double *u, double *v, int stride) {
  for (int i = 0; i < n; ++i)
    v[i] = u[i];
  for (int i = 4; i + 4 < n; i += 3) // every third
    v[i] = u[i - 3] * u[i + 3] + u[i] * u[i + 4];
  for (int i = 1; stride * (i + 1) < n; ++i) // a stride that is known when the program runs
    v[stride * i] += u[stride * i + stride] * u[stride * i - stride];
  return tail(n, v);
}

SPARSEAD_GRADIENT("return <- u[n]; v[n]") float single(int n, const float *u, float *v) {
  for (int i = 0; i + 2 < n; ++i)
    v[i] = u[i] * u[i + 1] + u[i + 2];
  float f = 0;
  for (int i = 0; i + 2 < n; ++i)
    f = 0.5f * f + v[i];
  return f;
}

// Two buffers, three, in a loop whose end is not known; one of them may be the other's part only by name.
SPARSEAD_GRADIENT("return <- x[n]; u[n], v[n]") double two_buffers(int n, const double *x, double *u, double *v, int steps) {
  for (int i = 0; i < n; ++i)
    u[i] = x[i], v[i] = 0;
  for (int t = 0; t < steps; ++t) {
    v[0] = u[0];
    for (int i = 1; i + 1 < n; ++i)
      v[i] = u[i] + 0.1 * (u[i - 1] - 2 * u[i] + u[i + 1]) - 0.05 * u[i] * u[i];
    v[n - 1] = u[n - 1];
    std::swap(u, v);
  }
  return tail(n, u);
}
SPARSEAD_GRADIENT("return <- x[n]; u[n], v[n], w[n]")
double three_buffers(int n, const double *x, double *u, double *v, double *w, double end) {
  for (int i = 0; i < n; ++i)
    u[i] = x[i], v[i] = 0.5 * x[i], w[i] = 0;
  double t = 0;
  while (t < end) {
    for (int i = 1; i + 1 < n; ++i)
      w[i] = 2 * u[i] - v[i] + 0.1 * (u[i - 1] - 2 * u[i] + u[i + 1]) * u[i];
    double *old = v;
    v = u;
    u = w;
    w = old;
    t += 0.3;
  }
  return tail(n, u) + v[n / 2];
}
// In every second step the buffers are one: no order may be taken for granted.
SPARSEAD_GRADIENT("return <- x[n]; u[n], v[n]") double one_buffer(int n, const double *x, double *u, double *v, int steps) {
  for (int i = 0; i < n; ++i)
    u[i] = v[i] = x[i];
  double *from = u, *to = v;
  for (int t = 0; t < steps; ++t) {
    for (int i = 1; i + 1 < n; ++i)
      to[i] = from[i] + 0.1 * from[i - 1] * from[i + 1];
    double *other = to;
    to = t % 2 ? from : to;
    from = other;
  }
  return tail(n, from);
}
// The order of places is turned: what was read is written in the next step, and both in the third.
SPARSEAD_GRADIENT("return <- x[n]; u[n], v[n]") double late(int n, const double *x, double *u, double *v, int steps) {
  for (int i = 0; i < n; ++i)
    u[i] = v[i] = x[i];
  double *a = u, *b = v, *c = u;
  for (int t = 0; t < steps; ++t) {
    for (int i = 1; i + 1 < n; ++i)
      b[i] = c[i] + 0.1 * c[i - 1] * a[i + 1];
    double *first = a;
    a = b;
    b = c;
    c = first;
  }
  return tail(n, u) + tail(n, v);
}

int main() {
  using check::of, check::returned;
  for (int n : {8, 17, 18, 24, 257, 258, 300, 530}) {
    std::vector<double> u = check::points(n), v(n), x = u, w(n);
    std::vector<float> us(u.begin(), u.end()), vs(n);
    check::gradient<&three_points>("three points", {of(u)}, returned(), {of(v)}, n, u.data(), v.data());
    if (n > 20)
      check::gradient<&far_points>("far points", {of(u)}, returned(), {of(v)}, n, u.data(), v.data());
    check::gradient<&species>("species", {of(u.data(), n - n % 2)}, returned(), {of(v)}, n - n % 2, u.data(), v.data());
    for (int stride : {1, 2, 3})
      check::gradient<&several_steps>("several steps", {of(u)}, returned(), {of(v)}, n, u.data(), v.data(), stride);
    if (n < 30)
      check::gradient<&single>("single", {of(us)}, returned(), {of(vs)}, n, us.data(), vs.data());
    for (int steps : {1, 2, 5}) {
      check::gradient<&two_buffers>("two buffers", {of(x)}, returned(), {of(u), of(v)}, n, x.data(), u.data(), v.data(),
                                    steps);
      check::gradient<&three_buffers>("three buffers", {of(x)}, returned(), {of(u), of(v), of(w)}, n, x.data(), u.data(),
                                      v.data(), w.data(), 0.3 * steps - 0.1);
      check::gradient<&one_buffer>("one buffer", {of(x)}, returned(), {of(u), of(v)}, n, x.data(), u.data(), v.data(),
                                   steps);
      check::gradient<&late>("late", {of(x)}, returned(), {of(u), of(v)}, n, x.data(), u.data(), v.data(), steps);
    }
  }
  for (int m : {4, 19, 21, 40}) {
    std::vector<double> u = check::points(m * m), v(u.size());
    double k = 0.3;
    check::gradient<&plane>("plane", {of(u), of(k)}, returned(), {of(v)}, m, u.data(), k, v.data());
  }
  std::printf("done %d\n", check::failures);
}
