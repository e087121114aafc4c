// Inactive long double data in the caller's memory: planning computes with what it stored, and leaves no trace.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O1 -I%S/../Inputs %s %sparsead_ldflags -o %t && timeout 20 %t | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>

#include "check.hpp"

struct notes {
  long double limit[2];
};

__attribute__((noinline)) static long double *slot(notes *p, int k) { return &p->limit[k & 1]; }

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void limited(int n, notes *p, const double *u, double *r) {
  *slot(p, n) = n;
  *slot(p, n + 1) = *slot(p, n) / 2;
  for (int i = 0; i < n; ++i)
    r[i] = i < *slot(p, n + 1) ? u[i] * u[n - 1 - i] : u[i];
}

int main() {
  using namespace check;
  int n = 6;
  notes p{{-1, -1}};
  std::vector<double> u = points(n), r(n);
  auto plan = sparsead::jacobian<&limited>::plan(n, &p, u.data(), r.data());
  if (plan.nnz() != 9 || p.limit[0] != -1 || p.limit[1] != -1) {
    std::printf("FAIL nnz %d, %Lg %Lg\n", int(plan.nnz()), p.limit[0], p.limit[1]);
    ++failures;
  }
  jacobian<&limited>("limited", 9, {of(u)}, {of(r)}, n, &p, u.data(), r.data());
  std::printf("done %d\n", failures);
}
