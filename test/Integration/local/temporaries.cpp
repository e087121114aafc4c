// Work arrays between inputs and outputs: partials by the same column share a lane of their elements' rows, and what is
// not stored is zero. Short loops over neighbors and components are unrolled.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -fno-access-control -I%S/../Inputs %s %sparsead_ldflags -o %t.O0
// RUN: env SPARSEAD_VERIFY=1 timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -fno-access-control -I%S/../Inputs %s %sparsead_ldflags -o %t.O2
// RUN: env SPARSEAD_VERIFY=1 timeout 60 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "same.hpp"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

// Limited slopes, then fluxes, then a divergence; the boundary cells of s have no slope.
inline double minmod(double a, double b) { return a * b <= 0 ? 0.0 : std::fabs(a) < std::fabs(b) ? a : b; }
inline double speed(double l, double r) { return 0.25 * (l * l + r * r) - 0.5 * std::max(std::fabs(l), std::fabs(r)) * (r - l); }
inline void limitedBody(int n, int m, const double *u, double *r) {
  double *s = new double[n * m], *f = new double[n * (m + 1)];
  for (int j = 0; j < m; ++j)
    for (int i = 0; i < n; ++i)
      s[j * n + i] = j > 0 && j < m - 1 ? minmod(u[j * n + i] - u[(j - 1) * n + i], u[(j + 1) * n + i] - u[j * n + i]) : 0.0;
  for (int j = 0; j <= m; ++j)
    for (int i = 0; i < n; ++i) {
      const int k = j * n + i;
      if (j == 0)
        f[k] = 0.5 * u[k] * u[k];
      else if (j == m)
        f[k] = 0.5 * u[k - n] * u[k - n];
      else
        f[k] = speed(u[k - n] + 0.5 * s[k - n], u[k] - 0.5 * s[k]);
    }
  for (int j = 0; j < m; ++j)
    for (int i = 0; i < n; ++i)
      r[j * n + i] = f[(j + 1) * n + i] - f[j * n + i];
  delete[] s;
  delete[] f;
}
TWINS(limited, "r[n*m] <- u[n*m]", (int n, int m, const double *u, double *r), (n, m, u, r))

// Rows that hold less than their neighbors: constants, a copy, a fill, and elements that nobody has stored. Each second
// evaluation finds what the first has left.
inline void mixedBody(int n, const double *u, double *r, double a, int k) {
  double *f = static_cast<double *>(std::calloc(n, sizeof(double)));
  for (int i = 1; i < n - 1; ++i)
    f[i] = u[i - 1] * u[i] + u[i + 1];
  f[k] = a;
  f[k + 1] = u[k + 1];
  std::memset(f + k + 3, 0, 2 * sizeof(double));
  for (int i = 1; i < n - 1; ++i)
    r[i] = f[i] * f[i + 1] + f[i - 1] * u[i];
  r[0] = r[n - 1] = f[0] * f[n - 1];
  std::free(f);
}
TWINS(mixed, "r[n] <- u[n]", (int n, const double *u, double *r, double a, int k), (n, u, r, a, k))

// The caller's work array, of which some elements are data.
inline void presetBody(int n, const double *u, double *w, double *r) {
  for (int i = 1; i < n; ++i)
    if (i % 3 != 0)
      w[i] = u[i] * u[i - 1];
  for (int i = 1; i < n - 1; ++i)
    r[i] = w[i] * w[i - 1] + w[i + 1] * u[i - 1];
  r[0] = r[n - 1] = 0;
}
TWINS(preset, "r[n] <- u[n]; w[n]", (int n, const double *u, double *w, double *r), (n, u, w, r))

// One temporary after the other.
inline void stagesBody(int n, const double *u, double *r) {
  double *a = new double[n], *b = new double[n];
  a[0] = b[0] = a[n - 1] = b[n - 1] = 1;
  for (int i = 1; i < n - 1; ++i)
    a[i] = u[i - 1] * u[i + 1];
  for (int i = 1; i < n - 1; ++i)
    b[i] = a[i - 1] + a[i] * u[i] + a[i + 1];
  for (int i = 0; i < n; ++i)
    r[i] = (i > 0 ? b[i - 1] : 0.0) * b[i];
  delete[] a;
  delete[] b;
}
TWINS(stages, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// Two ways to the same temporary: through its index, and backwards.
inline void backwardsBody(int n, const double *u, double *r) {
  double *f = new double[n];
  for (int i = 0; i < n; ++i)
    f[n - 1 - i] = u[i] * u[n - 1 - i];
  for (int i = 0; i < n; ++i)
    r[i] = f[i] * u[i] * u[n - 1 - i];
  delete[] f;
}
TWINS(backwards, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// Neighbors in space by short loops, with weights in a table and a local array.
inline void neighborsBody(int n, const double *u, double *r) {
  const double weight[3] = {0.0, 0.5, 0.25};
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i) {
      double sum = 0, part[3] = {0, 0, 0};
      for (int b = -1; b <= 1; ++b)
        for (int a = -1; a <= 1; ++a) {
          const bool inside = i + a >= 0 && i + a < n && j + b >= 0 && j + b < n;
          const double v = inside ? u[(j + b) * n + i + a] : 0.0;
          part[b + 1] += weight[std::abs(a) + std::abs(b)] * v * u[j * n + i];
        }
      for (int b = 0; b < 3; ++b)
        sum += part[b] * part[b];
      r[j * n + i] = sum;
    }
}
TWINS(neighbors, "r[n*n] <- u[n*n]", (int n, const double *u, double *r), (n, u, r))

int main() {
  const std::vector<double> u = check::points(400);
  std::vector<double> r(400), w(400, 0.75);
  SAME(limited, 5 * 20 * 16, r, 20, 20, u.data(), r.data());
  SAME(limited, -2, r, 3, 4, u.data(), r.data());
  SAME(mixed, -2, r, 40, u.data(), r.data(), 0.25, 12);
  SAME(preset, -2, r, 60, u.data(), w.data(), r.data());
  SAME(stages, -2, r, 40, u.data(), r.data());
  SAME(backwards, -2, r, 41, u.data(), r.data());
  SAME(neighbors, 9 * 18 * 18, r, 20, u.data(), r.data());
  SAME(neighbors, -2, r, 2, u.data(), r.data());
  std::printf("done %d\n", check::failures);
}
