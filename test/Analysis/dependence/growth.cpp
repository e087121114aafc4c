// A dense Jacobian is warned of where it becomes dense, and only there; never where the relation may be too large.
// RUN: %sparsead_clang -std=c++17 -O2 -fno-caret-diagnostics -c %s -o %t.o 2>&1 | %FileCheck %s --implicit-check-not=warning:
// RUN: %sparsead_clang -std=c++17 -O2 -w -c %s -o %t.o 2>&1 | count 0
// RUN: not %sparsead_clang -std=c++17 -O2 -Werror -c %s -o %t.o 2>&1 | %FileCheck %s --check-prefix=ERROR
// ERROR: error: the Jacobian is not sparse
#include <sparsead/sparsead.hpp>

SPARSEAD_JACOBIAN("r[m] <- u[n]")
void product(int m, int n, const double *a, const double *u, double *r) {
  for (int i = 0; i < m; ++i) {
    double sum = 0;
    for (int j = 0; j < n; ++j)
      sum += a[i * n + j] * u[j];
    // CHECK: growth.cpp:[[@LINE+1]]:{{.*}}warning: the Jacobian is not sparse: its entries grow with the product of rows and columns because of this: {{.*}}r[i]{{.*}}u[p]
    r[i] = sum;
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void rank_one(int n, const double *u, double *r) {
  double sum = 0;
  for (int i = 0; i < n; ++i)
    sum += u[i] * u[i];
  for (int i = 0; i < n; ++i)
    r[i] = sum * sum; // CHECK: growth.cpp:[[@LINE]]:{{.*}}warning: the Jacobian is not sparse
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void arrow(int n, const double *u, double *r) {
  double sum = 0;
  for (int i = 0; i < n; ++i)
    sum += u[i] * u[i];
  r[0] = sum;
  for (int i = 1; i < n; ++i)
    r[i] = u[0] * u[i];
}

SPARSEAD_JACOBIAN("return <- u[n]")
double norm(int n, const double *u) {
  double sum = 0;
  for (int i = 0; i < n; ++i)
    sum += u[i] * u[i];
  return sum;
}

SPARSEAD_JACOBIAN("r[m] <- u[m*n]")
void rows(int m, int n, const double *u, double *r) {
  for (int i = 0; i < m; ++i) {
    double sum = 0;
    for (int j = 0; j < n; ++j)
      sum += u[i * n + j] * u[i * n + j];
    r[i] = sum;
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void chosen(int n, const int *near, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    double sum = 0;
    for (int j = 0; j < n; ++j)
      if (near[j] == i)
        sum += u[j] * u[j];
    r[i] = sum;
  }
}
