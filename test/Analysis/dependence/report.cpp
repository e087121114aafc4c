// What the relation says about the matrix, as remarks.
// RUN: %sparsead_clang -std=c++17 -O2 -Rpass-analysis=sparsead -Rpass=sparsead -c %s -o %t.o 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>

// CHECK: report.cpp:[[@LINE+2]]:{{.*}}remark: structure: nnz = 3*n - 4 for sizes of at least 2, bandwidth 1 [-Rpass-analysis=sparsead]
// CHECK: report.cpp:[[@LINE+1]]:{{.*}}remark: coloring at compile time: u[i]: i mod 3 [-Rpass=sparsead]
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void band(int n, const double *u, double *r) {
  for (int i = 1; i < n - 1; ++i)
    r[i] = u[i - 1] * u[i] - u[i + 1];
  r[0] = u[0];
  r[n - 1] = u[n - 1];
}
