// Requests that cannot be met, whatever the function does.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>

// CHECK-DAG: requests.cpp:[[#@LINE+2]]:36: error: the option 'mode=local' is not available yet for a Hessian
// CHECK-DAG: requests.cpp:[[#@LINE+1]]:36: note: leave it out: a Hessian is computed by products with the colors of a star coloring
SPARSEAD_HESSIAN("return <- x[n]", "mode=local")
double action(int n, const double *x) { return n * x[0]; }

// CHECK-DAG: requests.cpp:[[#@LINE+1]]:3: error: 'sparsead::jacobian' needs a derivative specification, as in "r[n] <- u[n]"
[[sparsead::jacobian]] void empty(double x);

// CHECK-DAG: requests.cpp:[[#@LINE+1]]:22: error: 'sparsead::jacobian' takes ordinary string literals only
[[sparsead::jacobian(3)]] void number(double x);

// CHECK-DAG: requests.cpp:[[#@LINE+1]]:10: error: 'sparsead::jacobian' can only be written in front of a function declaration
struct [[sparsead::jacobian("r <- u")]] Type {};
