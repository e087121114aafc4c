// Bits of active values taken as integers.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <cmath>

union Bits {
  double d;
  unsigned long u;
};

// CHECK: bits.cpp:[[#@LINE+7]]:9: error: cannot differentiate a value that is rebuilt from the bits of an active value (union, reinterpret_cast or memcpy punning of integers)
// CHECK: bits.cpp:[[#@LINE+2]]:1: note: while differentiating 'neighbour' requested here
// CHECK: bits.cpp:[[#@LINE+5]]:9: note: use floating-point operations such as std::copysign or std::frexp
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void neighbour(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    Bits b = {u[i]};
    b.u += 1;
    r[i] = b.d;
  }
}

// Tests of bits, and unions that hold one thing at a time, are no obstacle.
// CHECK-NOT: error:
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void classified(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    Bits b;
    b.d = u[i] * u[i];
    r[i] = std::signbit(u[i]) || std::isnan(u[i]) ? 0 : b.d;
  }
}
