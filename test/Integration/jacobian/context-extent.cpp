// An extent behind a pointer: what the pointer leads to is inactive, whatever the extent is of.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t && timeout 20 %t | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>

#include "check.hpp"

struct network {
  int n, edges;
  const int *a, *b;
  const double *stiffness;
};

SPARSEAD_JACOBIAN("force[2*s->n] <- x[2*s->n]")
void springs(const network *s, const double *x, double *force) {
  double *p = force;
  while (p != force + 2 * s->n)
    *p++ = 0;
  for (int e = 0; e < s->edges; ++e)
    for (int k = 0; k < 2; ++k) {
      const double d = s->stiffness[e] * (x[2 * s->b[e] + k] - x[2 * s->a[e] + k]);
      force[2 * s->a[e] + k] += d;
      force[2 * s->b[e] + k] -= d;
    }
}

int main() {
  using namespace check;
  const int a[] = {0, 1}, b[] = {1, 2};
  const double stiffness[] = {1, 2};
  network s{3, 2, a, b, stiffness};
  std::vector<double> x = points(6), force(6);
  jacobian<&springs>("springs", 2 * 7, {of(x)}, {of(force)}, &s, x.data(), force.data());
  std::printf("done %d\n", failures);
}
