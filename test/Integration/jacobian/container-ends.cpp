// Elements of a container reached from its end, and of an array from a pointer behind it.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O1 -I%S/../Inputs %s %sparsead_ldflags -o %t && timeout 20 %t | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"
#include <algorithm>

SPARSEAD_JACOBIAN("return <- x")
double back(const std::vector<double> &x) { return x.back() * x.front(); }

SPARSEAD_JACOBIAN("return <- x")
double backwards(const std::vector<double> &x) {
  double s = 0;
  for (auto it = x.rbegin(); it != x.rend(); ++it)
    s = s * 0.5 + *it;
  return s;
}

SPARSEAD_JACOBIAN("y <- y")
void reversed(std::vector<double> &y) { std::reverse(y.begin(), y.end()); }

int main() {
  using namespace check;
  std::vector<double> x = points(5);
  jacobian<&back>("back", 2, {of(x)}, {returned()}, x);
  jacobian<&backwards>("backwards", 5, {of(x)}, {returned()}, x);
  jacobian<&reversed>("reversed", 5, {of(x)}, {of(x)}, x);
  std::printf("done %d\n", failures);
}
