// Recursion on known data: exact patterns, depth, and an error where it does not fit into the stack.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: endless: while the structure is planned, a recursion does not fit into the stack
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"

static double horner(int k, int n, const double *c, double x) {
  return k == n ? 0.0 : c[k] + x * horner(k + 1, n, c, x);
}
SPARSEAD_JACOBIAN("return <- c[n], x")
double polynomial(int n, const double *c, double x) { return horner(0, n, c, x); }

static double tree(const double *u, int a, int b) {
  return b - a == 1 ? u[a] * u[a] : tree(u, a, (a + b) / 2) + tree(u, (a + b) / 2, b);
}
SPARSEAD_JACOBIAN("return <- u[n]")
double reduction(int n, const double *u) { return tree(u, 0, n); }
// The same function for another request.
SPARSEAD_JACOBIAN("r[2] <- u[n]")
void halves(int n, const double *u, double *r) {
  r[0] = tree(u, 0, n / 2);
  r[1] = tree(u, n / 2, n);
}

static double fibonacci(int k, double a, double b) {
  return k < 2 ? (k ? a : b) : fibonacci(k - 1, a, b) * 0.5 + fibonacci(k - 2, a, b);
}
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void twoCalls(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = fibonacci(10, u[i], u[(i + 1) % n]);
}

static double odd(int, double);
static double even(int k, double x) { return k == 0 ? x : x * odd(k - 1, x); }
static double odd(int k, double x) { return k == 0 ? 1 : x + even(k - 1, x); }
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void mutual(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = even(i, u[i]);
}

template <int N> double power(double x) {
  if constexpr (N == 0)
    return 1;
  else
    return x * power<N - 1>(x);
}
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void templates(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = power<7>(u[i]);
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void lambda(int n, const double *u, double *r) {
  auto f = [&](auto &self, int k) -> double { return k == 0 ? 1 : u[k - 1] * self(self, k - 1); };
  for (int i = 0; i < n; ++i)
    r[i] = f(f, i + 1);
}

static void scan(int i, int n, const double *u, double *r) {
  if (i == n)
    return;
  r[i] = u[i] * u[i] + (i ? 0.5 * r[i - 1] : 0);
  scan(i + 1, n, u, r);
}
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void tail(int n, const double *u, double *r) { scan(0, n, u, r); }

static double nested(int k, double x) { return k == 0 ? x : std::sin(nested(k - 1, x)); }
SPARSEAD_JACOBIAN("r[1] <- u[1]")
void deep(int depth, const double *u, double *r) { r[0] = nested(depth, u[0]); }

static double endless(int k, double x) { return k == -1 ? x : 1 + 0.5 * endless(k > 1000 ? 0 : k + 1, x); }
SPARSEAD_JACOBIAN("r[1] <- u[1]")
void never(const double *u, double *r) { r[0] = endless(0, u[0]); }

int main() {
  using namespace check;
  std::vector<double> u = points(8), r(8);
  double x = 0.4;
  jacobian<&polynomial>("polynomial", 9, {of(u), of(x)}, {returned()}, 8, u.data(), x);
  jacobian<&reduction>("reduction", 8, {of(u)}, {returned()}, 8, u.data());
  jacobian<&halves>("halves", 8, {of(u)}, {of(r.data(), 2)}, 8, u.data(), r.data());
  jacobian<&twoCalls>("twoCalls", 16, {of(u)}, {of(r)}, 8, u.data(), r.data());
  jacobian<&mutual>("mutual", 8, {of(u)}, {of(r)}, 8, u.data(), r.data());
  jacobian<&templates>("templates", 8, {of(u)}, {of(r)}, 8, u.data(), r.data());
  jacobian<&lambda>("lambda", 36, {of(u)}, {of(r)}, 8, u.data(), r.data());
  jacobian<&tail>("tail", 36, {of(u)}, {of(r)}, 8, u.data(), r.data());
  jacobian<&deep>("deep", 1, {of(u.data(), 1)}, {of(r.data(), 1)}, 10000, u.data(), r.data());
  std::vector<double> many(10000, 0.5);
  auto plan = sparsead::jacobian<&polynomial>::plan(10000, many.data(), x);
  failures += plan.nnz() != 10001;
  try {
    sparsead::jacobian<&never>::plan(u.data(), r.data());
    std::printf("FAIL: it ended\n");
  } catch (const std::runtime_error &e) {
    std::printf("endless: %s\n", e.what());
  }
  std::printf("done %d\n", failures);
}
