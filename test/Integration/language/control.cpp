// Fall-through, goto, recursion, exceptions, references returned by std::min and kin.
// RUN: %sparsead_clang -std=c++17 -O0 %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -O2 %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
#include "Inputs/show.hpp"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

// CHECK: fall_through 5x5 3 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void fall_through(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    double s = 0;
    switch (i % 4) {
    case 0:
      s += u[i];
    case 1:
      s *= 2;
      break;
    case 2:
      s = u[i] * u[i];
      break;
    default:
      s = 1;
    }
    r[i] = s;
  }
}

// CHECK: go_to 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void go_to(int n, const double *u, double *r) {
  int i = 0;
again:
  if (i < n) {
    r[i] = u[i] * 3;
    ++i;
    goto again;
  }
}

// CHECK: recursion 5x5 5 ok
static double ipow(double x, int k) { return k == 0 ? 1 : x * ipow(x, k - 1); }
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void recursion(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = ipow(u[i], 3);
}

// CHECK: min_max_clamp 5x5 10 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void min_max_clamp(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = std::max(std::min(u[i], 0.5), std::clamp(u[(i + 1) % n], 0.1, 0.9));
}

// CHECK: try_catch 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void try_catch(int n, const double *u, double *r) {
  try {
    for (int i = 0; i < n; ++i)
      r[i] = u[i];
    if (n < 0)
      throw 1;
  } catch (int) {
    r[0] = 0;
  }
}

// CHECK: printing 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void printing(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i];
  if (n == 77)
    std::printf("%g\n", r[0]);
}

// CHECK: template_recursion 5x5 5 ok
template <int K> struct Poly {
  static double ev(double x) { return 1 + x * Poly<K - 1>::ev(x); }
};
template <> struct Poly<0> {
  static double ev(double) { return 1; }
};
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void template_recursion(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = Poly<6>::ev(u[i]);
}

// CHECK: function_pointer 5x5 5 ok
static double sq(double x) { return x * x; }
template <class F> double apply(F f, double x) { return f(x); }
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void function_pointer(int n, const double *u, double *r) {
  double (*f)(double) = sq;
  for (int i = 0; i < n; ++i)
    r[i] = f(u[i]) + apply(sq, u[i]);
}

int main() {
  const int n = 5;
  double u[5] = {0.3, 0.7, 0.65, 0.95, 0.2}, r[5] = {};
  SHOW(fall_through);
  SHOW(go_to);
  SHOW(recursion);
  SHOW(min_max_clamp);
  SHOW(try_catch);
  SHOW(printing);
  SHOW(template_recursion);
  SHOW(function_pointer);
}
