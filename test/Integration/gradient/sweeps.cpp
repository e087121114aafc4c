// What a reverse sweep must bring back: carried and overwritten values, decisions, numbers of iterations, memory that is
// gone.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -I%S/../Inputs %s %sparsead_ldflags -o %t.san && %t.san | %FileCheck %s
// The tape is taken for recursion only, and says so.
// RUN: %sparsead_clang -std=c++20 -O1 -fsyntax-only -Rpass=sparsead -Rpass-missed=sparsead -I%S/../Inputs %s 2>&1 | %FileCheck %s --check-prefix=REMARK
// REMARK-NOT: records a tape: {{[^a]|a[^ ]|a [^r]}}
// REMARK-DAG: records a tape: a recursion
// REMARK-DAG: reverse mode keeps 8 bytes in each iteration
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check_gradient.hpp"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#define GRADIENT SPARSEAD_GRADIENT("return <- x[n]")

GRADIENT double product(int n, const double *x) {
  double f = 1;
  for (int i = 0; i < n; ++i)
    f *= x[i] + 0.1 * f;
  return f;
}

GRADIENT double nested(int n, const double *x) { // results of inner loops, used nonlinearly
  double f = 0;
  for (int i = 0; i < n; ++i) {
    double s = 0;
    for (int j = 0; j <= i; ++j)
      s += x[j] * x[i - j];
    f += std::sin(s) * x[i];
  }
  return f;
}

SPARSEAD_GRADIENT("return <- x[n]; u[n], v[n]") double steps(int n, const double *x, double *u, double *v) {
  for (int i = 0; i < n; ++i)
    u[i] = x[i];
  for (int t = 0; t < 4; ++t) {
    for (int i = 0; i < n; ++i)
      v[i] = u[i] - 0.1 * u[i] * u[(i + 1) % n] + (t == 2 ? x[0] : 0.0);
    std::swap(u, v);
  }
  return u[0] * u[n - 1];
}

SPARSEAD_GRADIENT("return <- x[n]") double in_place(int n, double *x) {
  for (int t = 0; t < 3; ++t)
    for (int i = 1; i < n; ++i)
      x[i] = x[i] * x[i - 1] + std::exp(-x[i]);
  return x[n - 1] + x[1];
}

GRADIENT double until(int n, const double *x) { // a while loop whose end depends on active data
  double a = 1, b = x[0];
  int k = 0;
  while (a * b < 50) {
    a += x[++k % n] * b;
    b *= 1.1;
  }
  return a * b + k;
}

GRADIENT double newton(int n, const double *x) { // convergence in the middle of a body
  double s = 0;
  for (int i = 0; i < n; ++i)
    s += x[i] * x[i];
  double y = s;
  for (;;) {
    const double z = 0.5 * (y + s / y);
    if (std::fabs(z - y) < 1e-15 * z)
      break;
    y = z;
  }
  return y * x[0];
}

GRADIENT double branches(int n, const double *x) {
  double f = 0, last = 1;
  for (int i = 0; i < n; ++i) {
    if (x[i] > 1)
      last = x[i] * last;
    else if (i % 3 == 0)
      continue;
    else
      f += last * last;
    switch (i % 4) {
    case 0: f += x[i]; break;
    case 1: f *= x[i]; break;
    case 2: f -= std::log(x[i]) * f; break;
    default: last = f;
    }
    if (f > 200)
      return f * last;
  }
  return f;
}

GRADIENT double heap(int n, const double *x) { // memory that comes and goes
  double f = 0;
  for (int i = 0; i < n; ++i) {
    std::unique_ptr<double[]> w(new double[i + 2]);
    double *z = static_cast<double *>(std::malloc(sizeof(double) * 3));
    w[0] = 1;
    for (int j = 0; j <= i; ++j)
      w[j + 1] = w[j] * x[j];
    z[i % 3] = w[i + 1] * x[i];
    f += z[i % 3] * w[i];
    std::free(z);
  }
  return f;
}

GRADIENT double grows(int n, const double *x) {
  std::vector<double> a;
  std::vector<std::vector<double>> rows;
  for (int i = 0; i < n; ++i) {
    a.push_back(x[i] * x[i]);
    rows.push_back(a);
  }
  double f = 0;
  for (const auto &row : rows)
    for (double v : row)
      f += v * row.back();
  return f;
}

GRADIENT double copies(int n, const double *x) {
  double a[16], b[16] = {};
  std::memcpy(a, x, n * sizeof(double));
  for (int t = 0; t < 3; ++t) {
    std::memmove(a + 1, a, (n - 1) * sizeof(double));
    a[0] = a[1] * a[n - 1];
    std::memcpy(b + t, a + 2, 3 * sizeof(double));
    std::memmove(b, b + 1, 6 * sizeof(double));
    a[3] = b[1] * b[2];
  }
  double f = 0;
  for (int i = 0; i < 8; ++i)
    f += a[i % n] * b[i];
  std::memset(a, 0, sizeof a);
  return f + a[0];
}

GRADIENT double scattered(int n, const double *x) { // sums in memory, hit in any order
  double s[4] = {1, 1, 1, 1};
  for (int i = 0; i < n; ++i) {
    s[i * i % 4] += x[i] * x[(i + 1) % n];
    s[(i + 3) % 4] -= std::sin(x[i]);
  }
  for (int i = 0; i < n; ++i)
    s[i % 4] *= 1 + x[i] / 8;
  return s[0] * s[1] + s[2] * s[3];
}

struct state {
  double p[2];
  double hits;
};
GRADIENT double records(int n, const double *x) {
  state a{{x[0], x[1]}, 0};
  for (int i = 0; i < n; ++i) {
    state b = a;
    b.p[i % 2] = a.p[1 - i % 2] * x[i];
    b.hits += x[i];
    if (x[i] > 0.5)
      a = b;
  }
  return a.p[0] * a.p[1] + a.hits;
}

GRADIENT double norm(int n, const double *x) { // at rest: the derivative that forward mode gives, not NaN
  double s = 0;
  for (int i = 0; i < n; ++i)
    s += x[i] * x[i];
  return std::sqrt(s);
}

GRADIENT double unchosen(int n, const double *x) { // the infinite slope stands on a side that is not taken
  std::vector<double> w(n);
  double f = 0;
  for (int i = 0; i < n; ++i)
    w[i] = std::sqrt(x[i] - x[0]);
  for (int i = 0; i < n; ++i)
    f += x[i] > x[0] ? w[i] * x[i] : x[i];
  return f;
}

__attribute__((noinline)) double helper(double *w, double y) {
  double t[3] = {y, y * y, *w};
  for (int k = 1; k < 3; ++k)
    t[k] += t[k - 1] * y;
  *w += t[2];
  return t[1];
}
GRADIENT double calls(int n, const double *x) {
  double w = 0.5, f = 0;
  for (int i = 0; i < n; ++i)
    f += helper(&w, x[i]) * w;
  return f;
}

__attribute__((noinline)) double power(double y, int k) { return k == 0 ? 1 : y * power(y, k - 1); }
GRADIENT double recursive(int n, const double *x) { return power(x[0], n) * x[1]; }

GRADIENT double downwards(int n, const double *x) {
  double f = x[n - 1];
  for (unsigned char i = (unsigned char)(n - 1); i > 0; i -= 2) {
    f = f * x[i] + x[i - 1];
    if (i < 2)
      break;
  }
  for (long k = -3; k < n; k += 3)
    f *= 1 + x[k < 0 ? 0 : k] * 0.01;
  return f;
}

int main() {
  using check::of, check::returned;
  auto x = check::points(8), u = x, v = x;
#define CHECK(NAME, ...) check::gradient<&NAME>(#NAME, {of(x)}, returned(), {}, 8, x.data() __VA_OPT__(, ) __VA_ARGS__)
  CHECK(product);
  CHECK(nested);
  CHECK(in_place);
  CHECK(until);
  CHECK(newton);
  CHECK(branches);
  CHECK(heap);
  CHECK(grows);
  CHECK(copies);
  CHECK(scattered);
  CHECK(records);
  CHECK(norm);
  CHECK(calls);
  CHECK(recursive);
  CHECK(downwards);
  check::gradient<&steps>("steps", {of(x)}, returned(), {}, 8, x.data(), u.data(), v.data());
  std::vector<double> rest(8, 0.0), g(8, 7.0);
  if (sparsead::gradient<&norm>::value_and_grad(g, 8, rest.data()) != 0 || g != rest)
    ++check::failures, std::printf("norm at rest FAIL %g\n", g[0]);
  x[0] = 0.25;
  sparsead::gradient<&unchosen>::value_and_grad(g, 8, x.data());
  bool finite = true;
  for (double d : g)
    finite &= std::isfinite(d);
  if (!finite)
    ++check::failures, std::printf("unchosen FAIL %g\n", g[0]);
  std::printf("done %d\n", check::failures);
}
