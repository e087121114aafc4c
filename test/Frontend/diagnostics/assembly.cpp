// Inline assembly.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>

// CHECK: assembly.cpp:[[#@LINE+7]]:5: error: cannot differentiate inline assembly (asm)
// CHECK: assembly.cpp:[[#@LINE+2]]:1: note: while differentiating 'root' requested here
// CHECK: assembly.cpp:[[#@LINE+5]]:5: note: write this computation in C++, or move it out of the differentiated function
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void root(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    double x = u[i];
    asm("sqrtsd %0, %0" : "+x"(x));
    r[i] = x;
  }
}
