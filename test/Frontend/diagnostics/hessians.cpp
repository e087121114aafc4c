// What cannot be a Hessian, and handles that do not fit their function.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>

// CHECK-DAG: hessians.cpp:[[#@LINE+2]]:36: error: the option 'mode=reverse' is not available yet for a Hessian
// CHECK-DAG: hessians.cpp:[[#@LINE+1]]:36: note: use "mode=local" or "mode=forward" (products with the colors of a star coloring), or leave the option out
SPARSEAD_HESSIAN("return <- x[n]", "mode=reverse")
double action(int n, const double *x) { return n * x[0]; }

// CHECK-DAG: hessians.cpp:[[#@LINE+2]]:1: error: several Hessian specifications of 'twice' need distinct tags
SPARSEAD_HESSIAN("return <- x[n]")
SPARSEAD_HESSIAN("return <- x[1]") double twice(int n, const double *x) { return n * x[0]; }

SPARSEAD_JACOBIAN("return <- x[n]") double only(int n, const double *x) { return n * x[0] * x[1]; }
// CHECK-DAG: hessians.cpp:[[#@LINE+1]]:23: error: 'only' is not annotated with SPARSEAD_HESSIAN
auto wrong() { return sparsead::hessian<&only>::plan(3, nullptr); }
