// A derivative is instrumented as its primal is: an overrun inside it is reported, with -g too.
// RUN: %sparsead_clang -std=c++17 -g -O1 -fsanitize=address %s %sparsead_ldflags -o %t
// RUN: not %t 2>&1 | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -g -O0 -fsanitize=address,undefined -DFITS %s %sparsead_ldflags -o %t.fits
// RUN: %t.fits | %FileCheck %s --check-prefix=FITS
#include <cstdio>
#include <sparsead/sparsead.hpp>

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void residual(int n, const double *w, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = w[i] * u[i];
}

int main() {
  int n = 5;
  double *u = new double[n](), *r = new double[n]();
#ifdef FITS
  double *w = new double[n]();
#else
  double *w = new double[n - 1]();
#endif
  auto plan = sparsead::jacobian<&residual>::plan(n, w, u, r);
  double values[5];
  plan.values(values, n, w, u, r);
  std::printf("nnz %ld\n", long(plan.nnz()));
  delete[] u;
  delete[] r;
  delete[] w;
}
// CHECK: AddressSanitizer: heap-buffer-overflow
// CHECK: residual
// FITS: nnz 5
