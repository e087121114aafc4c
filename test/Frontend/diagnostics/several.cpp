// One error for each line of a function, not one for each function.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>

double first(double), second(double);

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void residual(int n, const double *u, double *r) {
  // CHECK: several.cpp:[[#@LINE+1]]:10: error: cannot differentiate a call to 'first'
  r[0] = first(u[0]);
  // CHECK: several.cpp:[[#@LINE+1]]:10: error: cannot differentiate a call to 'second'
  r[1] = second(u[1]);
}
