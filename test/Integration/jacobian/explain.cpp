// Why an entry is there: lines of source, exactly where the subscripts are affine.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++17 -O0 %s %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 %t.plan | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -O2 %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 %t.plan | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <vector>

SPARSEAD_JACOBIAN("r[n], s[1] <- u[n], p[1]; f[n]")
void chain(int n, const double *u, const double *p, double *f, double *r, double *s) {
  for (int i = 0; i < n; ++i)
    f[i] = u[i] * u[i];
  r[0] = u[0] - *p;
  for (int i = 1; i < n; ++i)
    r[i] = f[i] - f[i - 1];
  s[0] = u[n - 1];
}

SPARSEAD_JACOBIAN("r[m][n] <- u[m * n]")
void grid(int m, int n, const double *u, double r[][4]) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j)
      r[i][j] = u[i * n + j] * (j + 1 < n ? u[i * n + j + 1] : 1.0);
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void edges(int m, const int *a, const int *b, int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 0;
  for (int e = 0; e < m; ++e)
    r[a[e]] += u[a[e]] * u[b[e]];
}

SPARSEAD_JACOBIAN("r[n] <- u[n]", "mode=forward")
void chosen(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[int(u[i]) % n];
}

int main(int, char **argv) {
  using J = sparsead::jacobian<&chain>;
  const auto P = J::plan(6, nullptr, nullptr, nullptr, nullptr, nullptr);
  auto print = [](const auto &plan, int row, int col) { std::cout << plan.explain(row, col) << std::flush; };
  // CHECK: entry (4, 3) of the Jacobian of 'chain': r[4] depends on u[3]
  // CHECK-NEXT: explain.cpp:17: r[4] is stored
  // CHECK-NEXT: explain.cpp:17: from a value that is loaded here
  // CHECK-NEXT: explain.cpp:14: and was stored here
  // CHECK-NEXT: explain.cpp:14: u[3] is loaded
  // CHECK-NOT: explain.cpp:15
  print(P, 4, 3);
  // CHECK: entry (0, 6) of the Jacobian of 'chain': r[0] depends on p
  // CHECK-NEXT: explain.cpp:15: r[0] is stored
  // CHECK-NEXT: explain.cpp:15: p is loaded
  print(P, 0, 6);
  // CHECK: entry (3, 6) of the Jacobian of 'chain': r[3] does not depend on p
  print(P, 3, 6);
  // CHECK: entry (6, 5) of the Jacobian of 'chain': s depends on u[5]
  // CHECK-NEXT: explain.cpp:18: s is stored
  print(P, 6, 5);
  P.save(argv[1]);
  // CHECK: entry (4, 3) of the Jacobian of 'chain': r[4] depends on u[3]
  // CHECK-NEXT: explain.cpp:17: r[4] is stored
  print(J::load(argv[1]), 4, 3);

  const auto G = sparsead::jacobian<&grid>::plan(3, 4, nullptr, nullptr);
  // CHECK: entry (5, 6) of the Jacobian of 'grid': r[5] depends on u[6]
  // CHECK-NEXT: explain.cpp:25: r[5] is stored
  print(G, 5, 6);
  // CHECK: entry (7, 8) of the Jacobian of 'grid': r[7] does not depend on u[8]
  print(G, 7, 8);

  // Of indirect subscripts: the statements that may be meant.
  const int a[] = {0, 1}, b[] = {1, 2};
  const auto E = sparsead::jacobian<&edges>::plan(2, a, b, 3, nullptr, nullptr);
  // CHECK: entry (0, 1) of the Jacobian of 'edges': r[0] depends on u[1]
  // CHECK: explain.cpp:33: r[0] is stored
  // CHECK: subscripts are not affine
  print(E, 0, 1);
  const auto C = sparsead::jacobian<&chosen>::plan(3, nullptr, nullptr);
  // CHECK: entry (0, 2) of the Jacobian of 'chosen': r[0] depends on u[2]
  // CHECK: through which statements is not known
  print(C, 0, 2);
  try {
    P.explain(7, 0);
  } catch (const std::out_of_range &e) {
    // CHECK: entry (7, 0) of a matrix of 7 by 7
    std::printf("%s\n", e.what());
  }
}
