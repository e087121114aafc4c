// The values that `values` computes are as accurate as those of the function itself.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O1 %s %sparsead_ldflags -o %t && %t | %FileCheck %s
// CHECK: expm1 ok
// CHECK: log1p ok
#include <sparsead/sparsead.hpp>
#include <cmath>
#include <cstdio>

SPARSEAD_JACOBIAN("y[2] <- x[2]")
void small(const double *x, double *y) {
  y[0] = std::expm1(x[0]);
  y[1] = std::log1p(x[1]);
}

int main() {
  double x[2] = {1e-12, 1e-12}, y[2], v[2];
  sparsead::jacobian<&small>::plan(x, y).values(v, x, y);
  std::printf("expm1 %s\n", std::fabs(y[0] / 1.0000000000005e-12 - 1) < 1e-15 ? "ok" : "FAIL");
  std::printf("log1p %s\n", std::fabs(y[1] / 9.999999999995e-13 - 1) < 1e-15 ? "ok" : "FAIL");
}
