// Flags that change how the front end generates arithmetic: the derivative is that of ordinary arithmetic.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++17 -ftrapv %s %sparsead_ldflags -o %t && %t | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -fwrapv -O2 %s %sparsead_ldflags -o %t && %t | %FileCheck %s
// RUN: not %sparsead_clang -std=c++17 -frounding-math -c %s -o %t 2>&1 | %FileCheck %s --check-prefix=REFUSED
// RUN: not %sparsead_clang -std=c++17 -ffp-model=strict -c %s -o %t 2>&1 | %FileCheck %s --check-prefix=REFUSED
// REFUSED: overflow-modes.cpp:12:1: error: cannot differentiate under '-frounding-math', '-ffp-model=strict'
// REFUSED: note: compile this file with
#include <cstdio>
#include <sparsead/sparsead.hpp>

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void product(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[(i + 1) % n];
}

int main() {
  double u[4] = {1, 2, 3, 4}, r[4], v[8];
  auto plan = sparsead::jacobian<&product>::plan(4, u, r);
  plan.values(v, 4, u, r);
  std::printf("%ld entries, %g %g\n", long(plan.nnz()), v[0], v[7]);
}
// CHECK: 8 entries, 2 1
