// Conditions of several parts: the lifted control flow joins values that only one side has.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && timeout 20 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && timeout 20 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void logic(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    bool inner = i > 0 && i < n - 1 && (u[i] > u[i - 1] || u[i] > u[i + 1]);
    r[i] = inner ? u[i - 1] + u[i + 1] : u[i] < 0 ? -u[i] : 2 * u[i];
  }
}

int main() {
  using namespace check;
  int n = 7;
  std::vector<double> u = points(n), r(n);
  jacobian<&logic>("logic", 1 + 3 * (n - 2) + 1, {of(u)}, {of(r)}, n, u.data(), r.data());
  std::printf("done %d\n", failures);
}
