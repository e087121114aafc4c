// Dependences between array elements: neighbours, index arrays, chains, stages.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -I%S/../Inputs %s %sparsead_ldflags -o %t.san && %t.san | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"
#include <algorithm>

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void tridiagonal(int n, double nu, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    r[i] = -2 * nu * u[i];
    if (i > 0)
      r[i] += nu * u[i - 1] * u[i];
    if (i + 1 < n)
      r[i] += nu * u[i + 1];
  }
}

SPARSEAD_JACOBIAN("r[m*n] <- u[m*n]")
void torus(unsigned m, unsigned n, const double *u, double *r) {
  for (unsigned y = 0; y < m; ++y)
    for (unsigned x = 0; x < n; ++x)
      r[y * n + x] = u[y * n + (x + 1) % n] * u[y * n + (x + n - 1) % n] + u[(y + 1) % m * n + x] -
                     u[(y + m - 1) % m * n + x] * u[y * n + x];
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void edges(int n, int count, const int *from, const int *to, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 0;
  for (int e = 0; e < count; ++e) {
    double flux = std::sin(u[from[e]] - u[to[e]]);
    r[from[e]] += flux;
    r[to[e]] -= flux;
  }
}

SPARSEAD_JACOBIAN("x[n] <- x[n]")
void running_sum(long n, double *x) {
  for (long i = 1; i < n; ++i)
    x[i] += 0.1 * x[i - 1] * x[i - 1];
}

SPARSEAD_JACOBIAN("return <- a[n], b[n]")
double dot(int n, const double *a, const double *b) {
  double s = 0;
  for (int i = 0; i < n; ++i)
    s += a[i] * b[n - 1 - i];
  return s;
}

SPARSEAD_JACOBIAN("r[n] <- u[n]; t[n]")
void two_stages(int n, const double *u, double *t, double *r) {
  for (int i = 0; i < n; ++i)
    t[i] = u[i] * u[std::min(i + 1, n - 1)];
  for (int i = 0; i < n; ++i)
    r[i] = std::exp(t[i] - t[std::max(i - 1, 0)]);
}

SPARSEAD_JACOBIAN("y[rows] <- values[ptr[rows]], x[cols]")
void product(int rows, int cols, const int *ptr, const int *ind, const double *values, const double *x, double *y) {
  for (int i = 0; i < rows; ++i) {
    double s = 0;
    for (int k = ptr[i]; k < ptr[i + 1]; ++k)
      s += values[k] * x[ind[k]];
    y[i] = s;
  }
}

SPARSEAD_JACOBIAN("f[0:n] <- u[-1:n+1]")
void ghosts(int n, const double *u, double *f) {
  for (int i = 0; i < n; ++i)
    f[i] = u[i - 1] * u[i + 1];
}

SPARSEAD_JACOBIAN("c[n*n] <- a[n*n]")
void transposed_square(int n, const double *a, double *c) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j)
      *(c + i + j * n) = a[i * n + j] * a[i * n + j];
}

int main() {
  using namespace check;
  int n = 9;
  std::vector<double> u = points(n), r(n), t(n);
  jacobian<&tridiagonal>("tridiagonal", 3 * n - 2, {of(u)}, {of(r)}, n, 0.7, u.data(), r.data());
  {
    std::vector<double> a = points(20), b(20);
    jacobian<&torus>("torus", 5 * 20, {of(a)}, {of(b)}, 4u, 5u, a.data(), b.data());
  }
  {
    int from[] = {0, 1, 2, 3, 0}, to[] = {1, 2, 3, 4, 8}; // vertices 5, 6, 7 stay alone
    jacobian<&edges>("edges", 6 + 2 * 5, {of(u)}, {of(r)}, n, 5, from, to, u.data(), r.data());
  }
  jacobian<&running_sum>("running_sum", n * (n + 1) / 2, {of(u)}, {of(u)}, long(n), u.data());
  u = points(n);
  {
    std::vector<double> b = points(n, 0.1, 0.9);
    jacobian<&dot>("dot", 2 * n, {of(u), of(b)}, {returned()}, n, u.data(), b.data());
  }
  jacobian<&two_stages>("two_stages", 2 + 3 * (n - 2) + 2, {of(u)}, {of(r)}, n, u.data(), t.data(), r.data());
  {
    int ptr[] = {0, 2, 2, 5}, ind[] = {0, 3, 1, 2, 3};
    std::vector<double> values = points(5), x = points(4), y(3);
    jacobian<&product>("product", 10, {of(values), of(x)}, {of(y)}, 3, 4, ptr, ind, values.data(), x.data(), y.data());
  }
  {
    std::vector<double> g = points(n + 2);
    jacobian<&ghosts>("ghosts", 2 * n, {of(g)}, {of(r)}, n, g.data() + 1, r.data());
  }
  {
    std::vector<double> a = points(16), c(16);
    jacobian<&transposed_square>("transposed_square", 16, {of(a)}, {of(c)}, 4, a.data(), c.data());
  }
  std::printf("done %d\n", failures);
}
