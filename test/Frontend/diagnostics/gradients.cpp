// What cannot be a gradient, and handles that do not fit their function.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>

// CHECK-DAG: gradients.cpp:[[#@LINE+2]]:20: error: a gradient is the derivative of one number, but the number of elements of 'r' is not known when this file is compiled
// CHECK-DAG: gradients.cpp:[[#@LINE+1]]:20: note: for several outputs use SPARSEAD_JACOBIAN("r[n] <- u[n]")
SPARSEAD_GRADIENT("r[n] <- u[n]") void several(int n, const double *u, double *r);

// CHECK-DAG: gradients.cpp:[[#@LINE+1]]:77: error: a gradient is the derivative of one number, but 'a' is not the only output
SPARSEAD_GRADIENT("a[1] <- u[n]; w[n]", "tag=One") SPARSEAD_GRADIENT("a[1], return <- u[n]") double two(int n, const double *u, double *a, double *w);

// CHECK-DAG: gradients.cpp:[[#@LINE+1]]:20: error: a gradient is the derivative of one number, but 'a' has 3 elements
SPARSEAD_GRADIENT("a[3] <- u[n]") void three(int n, const double *u, double *a);

struct pair { double x, y; };
// CHECK-DAG: gradients.cpp:[[#@LINE+1]]:20: error: a gradient is the derivative of one number, but 'return' has 2 elements
SPARSEAD_GRADIENT("return <- x") pair both(double x);

// CHECK-DAG: gradients.cpp:[[#@LINE+2]]:34: error: the option 'mode=reverse' means nothing for a gradient
// CHECK-DAG: gradients.cpp:[[#@LINE+1]]:34: note: leave it out: a gradient takes one reverse sweep
SPARSEAD_GRADIENT("return <- x", "mode=reverse") double option(double x);

// CHECK-DAG: gradients.cpp:[[#@LINE+2]]:38: error: several gradient specifications of 'twice' need distinct tags
// CHECK-DAG: gradients.cpp:[[#@LINE+1]]:38: note: add an option, as in SPARSEAD_GRADIENT("return <- x", "tag=J1")
[[sparsead::gradient("return <- y"), sparsead::gradient("return <- x")]] double twice(double x, double y) { return x * y; }

// CHECK-DAG: gradients.cpp:[[#@LINE+1]]:30: error: 'z' is not a parameter of 'misspelt'
SPARSEAD_GRADIENT("return <- z") double misspelt(double x);

// CHECK-DAG: gradients.cpp:[[#@LINE+1]]:1: error: functions with a variable number of arguments cannot be differentiated
SPARSEAD_GRADIENT("return <- x") double variadic(double x, int n, ...);
