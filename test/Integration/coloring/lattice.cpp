// Lattice colorings, each held against a slow oracle at many sizes: all pairs of columns that share a row. Where the
// lattice is known to be best the number of colors is that of the longest row.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O1 %s -o %t %sparsead_ldflags && timeout 120 %t | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done
#include <sparsead/sparsead.hpp>
#include <algorithm>
#include <cstdio>
#include <set>
#include <vector>

struct Natural;
#define SPECIFIED(text)                                                                                                \
  SPARSEAD_JACOBIAN(text, "mode=forward")                                                                              \
  SPARSEAD_JACOBIAN(text, "mode=forward", "order=natural", "tag=Natural")

SPECIFIED("r[n] <- u[n]")
void tridiagonal(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = (i > 0 ? u[i - 1] : 0) - 2 * u[i] + (i < n - 1 ? u[i + 1] : 0);
}
SPECIFIED("r[n] <- u[n]")
void pentadiagonal(int n, const double *u, double *r) {
  for (int i = 2; i < n - 2; ++i)
    r[i] = u[i - 2] - u[i - 1] + u[i] - u[i + 1] * u[i + 2];
}
SPECIFIED("r[n] <- u[n]")
void ring(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[(i + 1) % n] - u[i] * u[(i + n - 1) % n];
}
SPECIFIED("r[m*n] <- u[m*n]")
void five(int m, int n, const double *u, double *r) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      double s = u[i * n + j];
      if (i > 0)
        s -= u[(i - 1) * n + j];
      if (i < m - 1)
        s -= u[(i + 1) * n + j];
      if (j > 0)
        s -= u[i * n + j - 1];
      if (j < n - 1)
        s -= u[i * n + j + 1];
      r[i * n + j] = s * s;
    }
}
SPECIFIED("r[m*n] <- u[m*n]")
void torus(int m, int n, const double *u, double *r) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j)
      r[i * n + j] = u[i * n + j] - u[(i + 1) % m * n + j] - u[(i + m - 1) % m * n + j] -
                     u[i * n + (j == 0 ? n - 1 : j - 1)] * u[i * n + (j == n - 1 ? 0 : j + 1)];
}
SPECIFIED("r[m*n] <- u[m*n]")
void nine(int m, int n, const double *u, double *r) {
  for (int i = 1; i < m - 1; ++i)
    for (int j = 1; j < n - 1; ++j) {
      double s = 0;
      for (int a = -1; a <= 1; ++a)
        for (int b = -1; b <= 1; ++b)
          s += u[(i + a) * n + j + b] * u[i * n + j];
      r[i * n + j] = s;
    }
}
SPECIFIED("r[n*n*n] <- u[n*n*n]")
void seven(int n, const double *u, double *r) {
  for (int i = 1; i < n - 1; ++i)
    for (int j = 1; j < n - 1; ++j)
      for (int k = 1; k < n - 1; ++k)
        r[(i * n + j) * n + k] = u[(i * n + j) * n + k] - u[((i - 1) * n + j) * n + k] - u[((i + 1) * n + j) * n + k] -
                                 u[(i * n + j - 1) * n + k] - u[(i * n + j + 1) * n + k] -
                                 u[(i * n + j) * n + k - 1] * u[(i * n + j) * n + k + 1];
}
SPECIFIED("r[n*n*n] <- u[n*n*n]")
void cube(int n, const double *u, double *r) {
  for (int i = 1; i < n - 1; ++i)
    for (int j = 1; j < n - 1; ++j)
      for (int k = 1; k < n - 1; ++k) {
        double s = 0;
        for (int a = -1; a <= 1; ++a)
          for (int b = -1; b <= 1; ++b)
            for (int c = -1; c <= 1; ++c)
              s += u[((i + a) * n + j + b) * n + k + c] * u[(i * n + j) * n + k];
        r[(i * n + j) * n + k] = s;
      }
}
SPECIFIED("r[2*n*n] <- u[2*n*n]")
void reaction(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      int ip = (i + 1) % n, im = (i + n - 1) % n, jp = (j + 1) % n, jm = (j + n - 1) % n, c = 2 * (i * n + j);
      for (int s = 0; s < 2; ++s)
        r[c + s] = u[2 * (ip * n + j) + s] + u[2 * (im * n + j) + s] + u[2 * (i * n + jp) + s] +
                   u[2 * (i * n + jm) + s] - 4 * u[c + s] + u[c] * u[c] * u[c + 1];
    }
}
SPECIFIED("r[n] <- u[n], v[n], p[2]")
void several(int n, const double *u, const double *v, const double *p, double *r) {
  for (int i = 1; i < n; ++i)
    r[i] = p[0] * u[i - 1] * v[i - 1] + p[1] * u[i] * v[i];
}
// An array whose indices do not begin at 0.
SPECIFIED("r[2:n] <- u[1:n+1]")
void offset(int n, const double *u, double *r) {
  for (int i = 2; i < n; ++i)
    r[i] = u[i - 1] * u[i] - u[i + 1];
}
// Coarse from fine.
SPECIFIED("r[n] <- u[2*n+1]")
void restricted(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[2 * i] + 2 * u[2 * i + 1] * u[2 * i + 2];
}

template <class Plan> void hold(const char *name, int n, const Plan &plan, const Plan &natural, int best) {
  std::vector<std::set<int>> columns(plan.cols());
  int longest = 0;
  for (int i = 0; i < plan.rows(); ++i) {
    longest = std::max(longest, plan.row_ptr()[i + 1] - plan.row_ptr()[i]);
    for (int k = plan.row_ptr()[i]; k < plan.row_ptr()[i + 1]; ++k)
      columns[plan.col_ind()[k]].insert(i);
  }
  std::set<int> used;
  for (int a = 0; a < plan.cols(); ++a) {
    int color = plan.column_colors()[a];
    if ((color >= 0) == columns[a].empty() || color >= plan.num_colors())
      std::printf("FAIL %s n=%d: column %d has color %d\n", name, n, a, color);
    if (color >= 0)
      used.insert(color);
    for (int b = 0; b < a && color >= 0; ++b)
      if (plan.column_colors()[b] == color)
        for (int row : columns[a])
          if (columns[b].count(row))
            std::printf("FAIL %s n=%d: columns %d and %d of row %d have one color\n", name, n, a, b, row);
  }
  if (int(used.size()) != plan.num_colors())
    std::printf("FAIL %s n=%d: %d colors, %d of them used\n", name, n, plan.num_colors(), int(used.size()));
  if (plan.num_colors() < longest || (best && plan.num_colors() > best))
    std::printf("FAIL %s n=%d: %d colors, where %d are enough\n", name, n, plan.num_colors(), best);
  if (plan.num_colors() > natural.num_colors())
    std::printf("FAIL %s n=%d: %d colors, greedy has %d\n", name, n, plan.num_colors(), natural.num_colors());
}

#define HOLD(name, best, n, ...)                                                                                       \
  hold(#name, n, sparsead::jacobian<&name>::plan(__VA_ARGS__), sparsead::jacobian<&name, Natural>::plan(__VA_ARGS__),  \
       best)

int main() {
  double *none = nullptr;
  for (int n = 1; n < 24; ++n) {
    HOLD(tridiagonal, 3, n, n, none, none);
    HOLD(pentadiagonal, 5, n, n, none, none);
    HOLD(ring, n % 3 == 0 ? 3 : 0, n, n, none, none);
    HOLD(several, n > 1 ? 6 : 0, n, n, none, none, none, none);
    HOLD(restricted, 3, n, n, none, none);
    if (n > 2)
      HOLD(offset, 3, n, n, none, none);
  }
  for (int m = 1; m < 12; ++m)
    for (int n = 1; n < 12; ++n) {
      HOLD(five, 5, m * 100 + n, m, n, none, none);
      HOLD(nine, 9, m * 100 + n, m, n, none, none);
      HOLD(torus, m % 5 == 0 && n % 5 == 0 ? 5 : 0, m * 100 + n, m, n, none, none);
    }
  for (int n = 1; n < 8; ++n) {
    HOLD(seven, 7, n, n, none, none);
    HOLD(cube, 27, n, n, none, none);
  }
  for (int n = 1; n < 13; ++n)
    HOLD(reaction, 0, n, n, none, none);
  std::printf("done\n");
}
