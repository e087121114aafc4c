// The caret stands at the offending token inside the string.
// REQUIRES: plugin
// RUN: not %sparsead_clang -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>

// CHECK: caret.cpp:[[#@LINE+3]]:28: error: 'uu' is not a parameter of 'f'
// CHECK-NEXT: SPARSEAD_JACOBIAN("r[n] <- uu[n]")
// CHECK-NEXT: {{^ *\|? *}}^
SPARSEAD_JACOBIAN("r[n] <- uu[n]")
void f(int n, const double *u, double *r) {}
