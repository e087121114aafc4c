// Control flow: on sizes and tables it is followed, on active data both sides count.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"
#include <cassert>
#include <stdexcept>

SPARSEAD_JACOBIAN("r[n] <- u[n], v[n]")
void upwind(int n, const double *u, const double *v, double *r) {
  for (int i = 0; i < n; ++i) {
    int left = i ? i - 1 : i, right = i + 1 < n ? i + 1 : i;
    if (v[i] > 0)
      r[i] = v[i] * (u[i] - u[left]);
    else
      r[i] = v[i] * (u[right] - u[i]);
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void modes(int n, const int *mode, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    switch (mode[i]) {
    case 0: r[i] = 0; break;
    case 1: r[i] = u[i]; break;
    case 2: r[i] = u[0]; [[fallthrough]];
    case 3: r[i] += u[i] * u[n - 1]; break;
    default: r[i] = 3; continue;
    }
}

SPARSEAD_JACOBIAN("x[n] <- a[n]")
void newton(int n, const double *a, double *x) {
  for (int i = 0; i < n; ++i) {
    double y = 1, step;
    int count = 0;
    do {
      step = (y * y - a[i]) / (2 * y);
      y -= step;
    } while (std::fabs(step) > 1e-14 && ++count < 50);
    x[i] = y;
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
int guarded(int n, double h, const double *u, double *r) {
  if (n < 2)
    return -1;
  if (!(h > 0))
    throw std::invalid_argument("h");
  for (int i = 0; i < n; ++i) {
    assert(i < n);
    r[i] = u[i] / h;
    if (i == n - 2)
      break;
  }
  r[n - 1] = u[n - 1] * u[0];
  return 0;
}

SPARSEAD_JACOBIAN("y[m] <- x[m], table[n]")
void lookup(int m, int n, const double *x, const double *table, double *y) {
  for (int k = 0; k < m; ++k) {
    double t = x[k] * (n - 1);
    int i = int(t);
    if (i > n - 2)
      i = n - 2;
    y[k] = table[i] + (t - i) * (table[i + 1] - table[i]);
  }
}

static double horner(const double *c, int degree, double x) {
  return degree == 0 ? c[0] : c[0] + x * horner(c + 1, degree - 1, x);
}
SPARSEAD_JACOBIAN("return <- c[degree+1], x")
double polynomial(int degree, const double *c, double x) { return horner(c, degree, x); }

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void jumps(int n, const double *u, double *r) {
  int i = 0;
again:
  if (i == n)
    goto done;
  r[i] = u[i] * u[n - 1 - i];
  ++i;
  goto again;
done:
  r[0] += 1;
}

SPARSEAD_JACOBIAN("s[n] <- u[n]")
void bubble_sort(int n, const double *u, double *s) {
  for (int i = 0; i < n; ++i)
    s[i] = u[i];
  for (int i = 0; i < n; ++i)
    for (int j = 0; j + 1 < n; ++j)
      if (s[j] > s[j + 1]) {
        double t = s[j];
        s[j] = s[j + 1];
        s[j + 1] = t;
      }
}

SPARSEAD_JACOBIAN("return <- u[n]")
double first_above(int n, double limit, const double *u) {
  for (int i = 0; i < n; ++i)
    if (u[i] > limit)
      return u[i] * u[i];
  return 0;
}

int main() {
  using namespace check;
  int n = 7;
  std::vector<double> u = points(n), v = points(n, -0.95, 1.05), r(n);
  jacobian<&upwind>("upwind", (3 * n - 2) + n, {of(u), of(v)}, {of(r)}, n, u.data(), v.data(), r.data());
  {
    int mode[] = {1, 0, 2, 9, 1, 0, 1};
    jacobian<&modes>("modes", 1 + 0 + 3 + 0 + 1 + 0 + 1, {of(u)}, {of(r)}, n, mode, u.data(), r.data());
  }
  jacobian<&newton>("newton", n, {of(u)}, {of(r)}, n, u.data(), r.data());
  jacobian<&guarded>("guarded", n + 1, {of(u)}, {of(r)}, n, 0.5, u.data(), r.data());
  {
    std::vector<double> x = points(3, 0.05, 0.95), table = points(6), y(3);
    jacobian<&lookup>("lookup", 3 * (1 + 6), {of(x), of(table)}, {of(y)}, 3, 6, x.data(), table.data(), y.data());
  }
  {
    std::vector<double> c = points(5);
    double x = 0.7;
    jacobian<&polynomial>("polynomial", 6, {of(c), of(x)}, {returned()}, 4, c.data(), x);
  }
  jacobian<&jumps>("jumps", 2 * n - 1, {of(u)}, {of(r)}, n, u.data(), r.data());
  {
    std::vector<double> a = points(4), b(4);
    jacobian<&bubble_sort>("bubble_sort", 16, {of(a)}, {of(b)}, 4, a.data(), b.data());
  }
  jacobian<&first_above>("first_above", n, {of(u)}, {returned()}, n, 1.0, u.data());
  std::printf("done %d\n", failures);
}
