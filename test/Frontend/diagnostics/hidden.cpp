// A function whose body is not visible: the call, who asked, the way there, the way out.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <cmath>
#include <iostream>

double table(double t);
namespace lib {
template <class T> T lookup(T t, int k);
}

// CHECK: hidden.cpp:[[#@LINE+7]]:16: error: cannot differentiate a call to 'table': its body is not visible here
// CHECK: {{^ *\| *}}^{{$}}
// CHECK: hidden.cpp:[[#@LINE+2]]:1: note: while differentiating 'residual' requested here
// CHECK: hidden.cpp:[[#@LINE+4]]:16: note: include its definition, or write the computation here
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void residual(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 2 * table(u[i]);
}

// CHECK: hidden.cpp:[[#@LINE+4]]:45: error: cannot differentiate a call to 'lib::lookup<double>'
// CHECK: hidden.cpp:[[#@LINE+7]]:12: note: called from here
// CHECK: hidden.cpp:[[#@LINE+3]]:1: note: while differentiating 'helped' requested here
// CHECK: hidden.cpp:[[#@LINE+1]]:45: note: include its definition
static double helper(double x) { return 1 + lib::lookup(x, 3); }
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void helped(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = helper(u[i]);
}

// In a system header the error stands where the user's code enters it.
// CHECK: hidden.cpp:[[#@LINE+4]]:10: error: cannot differentiate a call to 'nexttowardf'
// CHECK: cmath:{{.*}} note: in code that was inlined from here
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void in_header(int n, const double *u, double *r) {
  r[0] = std::nexttoward(float(u[0]), 1.0L);
}

// Output, and hidden functions of inactive values, are no obstacle.
// CHECK-NOT: error:
extern "C" int printf(const char *, ...);
double coefficient(int k);
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void fine(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    r[i] = coefficient(i) * u[i];
    printf("%g\n", r[i]);
    std::cout << r[i] << "\n";
  }
}
