// Assembly that no active data passes through: barriers, pauses, counters.
// RUN: %sparsead_clang -std=c++17 -O0 %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -O2 %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
#include "Inputs/show.hpp"

// CHECK: barrier 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void barrier(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    asm volatile("" ::: "memory");
    r[i] = u[i] * u[i];
    asm volatile("nop");
    asm volatile("" : : "g"(i) : "memory");
  }
}

/// Keeps the optimiser from seeing where a value comes from, as benchmarks do.
template <class T> static void hide(T &value) { asm volatile("" : "+m"(value) : : "memory"); }
template <class T> static T opaque(T value) {
  asm volatile("" : "+r"(value));
  return value;
}
// CHECK: hidden 5x5 9 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void hidden(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    double x = u[i];
    hide(x);
    asm volatile("" : : "r,m"(x) : "memory");
    long k = opaque(long(i));
    double a = u[k], b = u[0];
    asm("" : "+x"(a), "+x"(b));
    r[i] = x * a + b;
  }
}

// CHECK: number 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void number(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    int k = i;
#if defined(__x86_64__)
    asm("addl $1, %0" : "+r"(k));
#else
    asm("add %w0, %w0, #1" : "+r"(k));
#endif
    if (u[i] > 0.5)
      asm volatile("nop");
    r[i] = k * u[k - 1];
  }
}

int main() {
  const int n = 5;
  double u[5] = {0.3, 0.7, 0.65, 0.95, 0.2}, r[5] = {};
  SHOW(barrier);
  SHOW(hidden);
  SHOW(number);
}
