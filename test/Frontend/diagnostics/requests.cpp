// Requests that cannot be met, whatever the function does.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>

// CHECK-DAG: requests.cpp:[[#@LINE+1]]:3: error: 'sparsead::jacobian' needs a derivative specification, as in "r[n] <- u[n]"
[[sparsead::jacobian]] void empty(double x);

// CHECK-DAG: requests.cpp:[[#@LINE+1]]:22: error: 'sparsead::jacobian' takes ordinary string literals only
[[sparsead::jacobian(3)]] void number(double x);

// CHECK-DAG: requests.cpp:[[#@LINE+1]]:10: error: 'sparsead::jacobian' can only be written in front of a function declaration
struct [[sparsead::jacobian("r <- u")]] Type {};
