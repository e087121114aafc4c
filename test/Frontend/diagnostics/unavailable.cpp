// Annotations that are well formed, of functions or with options that this version cannot do.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++17 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>

// CHECK-DAG: unavailable.cpp:[[#@LINE+1]]:{{3[0-9]}}: error: the option 'pattern=local' is not available yet
SPARSEAD_JACOBIAN("return <- x", "pattern=local") double local_pattern(double x);

// CHECK-DAG: unavailable.cpp:[[#@LINE+1]]:1: error: functions with a variable number of arguments cannot be differentiated
SPARSEAD_JACOBIAN("return <- x") double variadic(double x, int n, ...);

// CHECK-DAG: unavailable.cpp:[[#@LINE+1]]:1: error: deleted functions cannot be differentiated
SPARSEAD_JACOBIAN("return <- x") double deleted(double x) = delete;

// CHECK-DAG: unavailable.cpp:[[#@LINE+2]]:3: error: constructors and destructors cannot be differentiated
struct Gone {
  SPARSEAD_JACOBIAN("this->x <- this->x") ~Gone() {}
  double x;
};
