// Bits of active values stored as integers in an array that the specification names.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <cstring>

// CHECK: bits-stored.cpp:[[#@LINE+8]]:5: error: cannot differentiate a store of the bits of an active value as an integer
// CHECK: bits-stored.cpp:[[#@LINE+1]]:1: note: while differentiating 'negated' requested here
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void negated(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    unsigned long k;
    std::memcpy(&k, &u[i], 8);
    k ^= 1ul << 63;
    std::memcpy(&r[i], &k, 8);
  }
}
