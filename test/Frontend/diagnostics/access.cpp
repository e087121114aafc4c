// Volatile and atomic accesses to active memory; variadic functions.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <atomic>
#include <cstdarg>

// CHECK: access.cpp:[[#@LINE+5]]:19: error: cannot differentiate a volatile or atomic access to active memory
// CHECK: access.cpp:[[#@LINE+2]]:1: note: while differentiating 'is_volatile' requested here
// CHECK: access.cpp:[[#@LINE+3]]:19: note: copy through an ordinary variable
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void is_volatile(int n, const double *u, double *r) {
  volatile double x = u[0];
  r[0] = x;
}

// CHECK: access.cpp:[[#@LINE+4]]:33: error: cannot differentiate an atomic operation on active memory
// CHECK: access.cpp:[[#@LINE+3]]:33: note: use an ordinary variable
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void is_atomic(int n, const double *u, double *r) {
  std::atomic_ref<double>(r[0]).fetch_add(u[0]);
}

static double sum(int n, ...) {
  va_list ap;
  va_start(ap, n);
  double s = 0;
  for (int i = 0; i < n; ++i)
    s += va_arg(ap, double);
  va_end(ap);
  return s;
}
// CHECK: access.cpp:[[#@LINE+4]]:10: error: cannot differentiate this call to 'sum': its signature has no derivative here
// CHECK: access.cpp:[[#@LINE+3]]:10: note: pass scalars, pointers or references instead
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void variadic(int n, const double *u, double *r) {
  r[0] = sum(2, u[0], u[1]);
}
