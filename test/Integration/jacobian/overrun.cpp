// A program that runs past the end of a local or inactive array does so in its derivative too, where
// AddressSanitizer reports it with the function's own line.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -g -O1 -fsanitize=address,undefined %s %sparsead_ldflags -o %t
// RUN: %t 8 | %FileCheck %s --check-prefix=FITS
// RUN: not %t 9 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <cstdio>
#include <cstdlib>
#include <vector>

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void weighted(int n, const double *w, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = w[i] * u[i] * u[i];
}

int main(int, char **argv) {
  int n = std::atoi(argv[1]);
  std::vector<double> u(9, 0.5), r(9), v(9), long_enough(9, 2.0);
  double *w = new double[8];
  for (int i = 0; i < 8; ++i)
    w[i] = 2;
  auto plan = sparsead::jacobian<&weighted>::plan(n, long_enough.data(), u.data(), r.data());
  std::printf("nnz %d\n", int(plan.nnz()));
  std::fflush(stdout);
  plan.values(v.data(), n, w, u.data(), r.data());
  std::printf("value %g\n", v[7]);
  delete[] w;
}
// FITS: nnz 8
// FITS: value 2
// CHECK: nnz 9
// CHECK: AddressSanitizer: heap-buffer-overflow
// CHECK: READ of size 8
// CHECK: weighted
// CHECK: located 0 bytes after 64-byte region
