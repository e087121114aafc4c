// Structures in closed form: no marks are asked (SPARSEAD_RUNS=1 makes that an error), and marks agree (SPARSEAD_VERIFY=1).
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -fno-access-control -I%S/../Inputs %s %sparsead_ldflags -o %t.O0
// RUN: env SPARSEAD_VERIFY=1 SPARSEAD_RUNS=1 timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -fno-access-control -I%S/../Inputs %s %sparsead_ldflags -o %t.O2
// RUN: env SPARSEAD_VERIFY=1 SPARSEAD_RUNS=1 timeout 60 %t.O2 | %FileCheck %s
// The same from marks.
// RUN: env SPARSEAD_RUNS=0 timeout 60 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "same.hpp"
#include <algorithm>
#include <vector>

inline void tridiagonalBody(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = (i > 0 ? u[i - 1] * u[i] : 0.0) - 2 * u[i] + (i + 1 < n ? u[i + 1] * u[i] : 1.0);
}
TWINS(tridiagonal, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

inline void periodicBody(unsigned n, const double *u, double *r) {
  for (unsigned i = 0; i < n; ++i)
    r[i] = u[(i + n - 1) % n] * u[i] - 2 * u[i] + u[(i + 1) % n] * u[(i + 2) % n];
}
TWINS(periodic, "r[n] <- u[n]", (unsigned n, const double *u, double *r), (n, u, r))

inline void clampedBody(long n, const double *u, double *r) {
  for (long i = 0; i < n; ++i)
    r[i] = u[std::max(i - 2, 0l)] * u[std::min(i + 1, n - 1)] - u[i];
}
TWINS(clamped, "r[n] <- u[n]", (long n, const double *u, double *r), (n, u, r))

// Two fields, two loops deep, with walls and with a frame.
inline void twoFieldsBody(int nx, int ny, const double *u, double *r) {
  const int m = nx * ny;
  const double *v = u + m;
  for (int j = 0; j < ny; ++j)
    for (int i = 0; i < nx; ++i) {
      const int k = j * nx + i, below = (j == 0 ? ny - 1 : j - 1) * nx + i;
      double s = u[k] * u[k] * v[k] - u[below];
      if (i > 0)
        s += u[k - 1];
      if (i < nx - 1 && j > 0)
        s += u[k + 1] * u[k];
      r[k] = s;
      r[m + k] = v[k] * u[k] + (i == 3 ? v[below] : 0.0);
    }
}
TWINS(twoFields, "r[2*nx*ny] <- u[2*nx*ny]", (int nx, int ny, const double *u, double *r), (nx, ny, u, r))

// By columns of the grid: rows take turns.
inline void columnsBody(int nx, int ny, const double *u, double *r) {
  for (int i = 0; i < nx; ++i)
    for (int j = 0; j < ny; ++j)
      r[j * nx + i] = u[j * nx + i] * u[j * nx + (i + 1) % nx];
}
TWINS(columns, "r[nx*ny] <- u[nx*ny]", (int nx, int ny, const double *u, double *r), (nx, ny, u, r))

struct pair {
  double p, q;
};
inline void membersBody(int n, const pair *u, double *r) {
  for (int i = 0; i + 1 < n; ++i) {
    r[2 * i] = u[i].p * u[i + 1].q - u[i].q;
    r[2 * i + 1] = u[i + 1].p * u[i].p;
  }
  r[2 * n - 2] = u[0].q;
  r[2 * n - 1] = u[n - 1].p;
}
TWINS(members, "r[2*n] <- u[n]", (int n, const pair *u, double *r), (n, u, r))

inline void backwardsBody(int n, const double *u, double *r) {
  for (int i = n - 1; i >= 0; --i)
    r[i] = u[n - 1 - i] * u[i];
}
TWINS(backwards, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// Two stages through arrays of the function's own; the ends are made elsewhere.
inline void stagesBody(int n, const double *u, double *r) {
  std::vector<double> f(n + 1);
  double *g = new double[n];
  f[0] = u[0] * u[0];
  for (int i = 1; i < n; ++i)
    f[i] = 0.5 * (u[i - 1] + u[i]) * u[i];
  f[n] = 0.25;
  for (int i = 0; i < n; ++i)
    g[i] = f[i + 1] - f[i] * u[i];
  for (int i = 0; i < n; ++i)
    r[i] = g[i] * g[(i + 1) % n] - (i > 0 ? g[i - 1] : 0.0);
  delete[] g;
}
TWINS(stages, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// Elements of a temporary that are written again.
inline void rewrittenBody(int n, int k, const double *u, double *r) {
  std::vector<double> t(n);
  for (int i = 0; i < n; ++i)
    t[i] = u[i] * u[n - 1 - i];
  t[k] = u[0];
  for (int i = k + 1; i < std::min(k + 6, n); ++i)
    t[i] = 3.0;
  for (int i = 0; i < n; ++i)
    r[i] = t[i] * u[i];
}
TWINS(rewritten, "r[n] <- u[n]", (int n, int k, const double *u, double *r), (n, k, u, r))

// Sums of several loops, a fill, a row twice.
inline void addedBody(int n, const double *u, double *r) {
  std::fill(r, r + n, 0.0);
  for (int i = 0; i + 1 < n; ++i)
    r[i] += u[i] * u[i + 1];
  for (int i = 1; i < n; ++i)
    r[i] -= u[i - 1] * u[i];
  r[n / 2] += u[0];
}
TWINS(added, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// Columns whose order changes on the way.
inline void crossingBody(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[n - 1 - i] + u[n / 3];
}
TWINS(crossing, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// Known choices, and one on active data.
inline void chosenBody(int n, bool flag, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    const double a = u[i], b = u[n - 1 - i];
    const double c = flag ? a : b, d = i % 2 ? a * a : 0.5;
    r[i] = c * d + (a > b ? u[0] : a);
  }
}
TWINS(chosen, "r[n] <- u[n]", (int n, bool flag, const double *u, double *r), (n, flag, u, r))

// Rows through a table, an index array, a sum over neighbours.
inline void indirectBody(int n, const int *begin, const int *index, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 0.5 * u[i];
  for (int i = 0; i < n; ++i) {
    double s = 0;
    for (int k = begin[i]; k < begin[i + 1]; ++k)
      s += (u[index[k]] - u[i]) * u[i];
    r[i] += s;
  }
  for (int k = 0; k < begin[n]; ++k)
    r[index[k]] -= u[k % n];
}
TWINS(indirect, "r[n] <- u[n]", (int n, const int *begin, const int *index, const double *u, double *r),
      (n, begin, index, u, r))

int main() {
  for (int n : {1, 2, 3, 4, 5, 6, 9, 17, 64, 130}) {
    std::vector<double> u(2 * n + 2), r(n);
    for (std::size_t k = 0; k < u.size(); ++k)
      u[k] = 0.3 + 0.1 * double(k % 7);
    const long any = -2;
    SAME(tridiagonal, n > 5 ? 3L * (n - 2) : any, r, n, u.data(), r.data());
    SAME(clamped, any, r, long(n), u.data(), r.data());
    SAME(backwards, any, r, n, u.data(), r.data());
    SAME(crossing, any, r, n, u.data(), r.data());
    SAME(chosen, any, r, n, n % 2 == 0, u.data(), r.data());
    SAME(added, any, r, n, u.data(), r.data());
    SAME(rewritten, any, r, n, n / 3, u.data(), r.data());
    if (n > 2) {
      SAME(periodic, any, r, unsigned(n), u.data(), r.data());
      SAME(stages, any, r, n, u.data(), r.data());
    }
    std::vector<pair> s(n, pair{0.5, 0.25});
    r.resize(2 * n);
    SAME(members, any, r, n, s.data(), r.data());
    std::vector<int> begin{0}, index;
    for (int i = 0; i < n; ++i) {
      for (int k = 0; k < i % 4; ++k)
        index.push_back((7 * i + 3 * k) % n);
      begin.push_back(int(index.size()));
    }
    r.resize(n);
    SAME(indirect, any, r, n, begin.data(), index.data(), u.data(), r.data());
  }
  for (auto [nx, ny] : {std::pair{1, 1}, {2, 3}, {7, 5}, {12, 9}}) {
    std::vector<double> u(2 * nx * ny, 0.7), r(2 * nx * ny);
    SAME(twoFields, -2, r, nx, ny, u.data(), r.data());
    r.resize(nx * ny);
    SAME(columns, -2, r, nx, ny, u.data(), r.data());
  }
  std::printf("done %d\n", check::failures);
}
