// std::max of two elements returns a reference to one of them: an entry for each, not for the whole array.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O1 -I%S/../Inputs %s %sparsead_ldflags -o %t && timeout 20 %t | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"
#include <algorithm>

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void larger(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = std::max(u[i], u[(i + 1) % n]);
}

int main() {
  using namespace check;
  std::vector<double> u = points(6), r(6);
  jacobian<&larger>("larger", 12, {of(u)}, {of(r)}, 6, u.data(), r.data());
  std::printf("done %d\n", failures);
}
