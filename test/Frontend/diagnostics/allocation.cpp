// Sizes that depend on active data: the runtime's shadows would not know them when a plan is made.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -w -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <cstdlib>

// CHECK: allocation.cpp:[[#@LINE+6]]:25: error: cannot differentiate an allocation whose size depends on active data
// CHECK: allocation.cpp:[[#@LINE+2]]:1: note: while differentiating 'heap' requested here
// CHECK: allocation.cpp:[[#@LINE+4]]:25: note: allocate an upper bound that does not depend on active data
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void heap(int n, const double *u, double *r) {
  int m = int(u[0]) + n;
  double *t = (double *)malloc(m * sizeof(double));
  for (int i = 0; i < n; ++i)
    t[i] = u[i] * u[i];
  for (int i = 0; i < n; ++i)
    r[i] = t[i];
  free(t);
}

// CHECK: allocation.cpp:[[#@LINE+5]]:3: error: cannot differentiate an array whose size depends on active data
// CHECK: allocation.cpp:[[#@LINE+4]]:3: note: use an upper bound that does not depend on active data
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void stack(int n, const double *u, double *r) {
  int m = int(u[0]) + n;
  double t[m];
  for (int i = 0; i < n; ++i)
    t[i] = u[i] * u[i];
  for (int i = 0; i < n; ++i)
    r[i] = t[i];
}
