// Recursion that ends on active data, and one that a known depth ends at the latest.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O1 -I%S/../Inputs %s %sparsead_ldflags -o %t && timeout 20 %t | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"

static double until(double x, int depth) { return x > 1 || depth > 5 ? x : until(2 * x, depth + 1) + x; }
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void bounded(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = until(u[i], 0);
}

int main() {
  using namespace check;
  std::vector<double> u = points(6), r(6);
  jacobian<&bounded>("bounded", 6, {of(u)}, {of(r)}, 6, u.data(), r.data());
  std::printf("done %d\n", failures);
}
