// Floating-point types without derivatives.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <cmath>

// CHECK: types.cpp:[[#@LINE+5]]:19: error: cannot differentiate arithmetic in this floating-point type (long double or half precision)
// CHECK: types.cpp:[[#@LINE+2]]:1: note: while differentiating 'extended' requested here
// CHECK: types.cpp:[[#@LINE+3]]:19: note: use double or float
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void extended(int n, const double *u, double *r) {
  long double x = u[0];
  r[0] = std::sin(x);
}

// CHECK: types.cpp:[[#@LINE+3]]:16: error: cannot differentiate arithmetic in this floating-point type
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void half(int n, const double *u, double *r) {
  _Float16 x = u[0];
  r[0] = x;
}

// Of inactive values, anything may be computed.
// CHECK-NOT: error:
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void inactive(int n, long double h, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * double(h * h);
}
