// OpenMP regions are differentiated as one thread runs them.
// RUN: %sparsead_clang -std=c++17 -O1 -fopenmp %s %sparsead_ldflags -o %t && %t | %FileCheck %s
#include "Inputs/show.hpp"
#include <omp.h>

// CHECK: parallel_for 5x5 10 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void parallel_for(int n, const double *u, double *r) {
#pragma omp parallel for
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[(i + 1) % n];
}

// CHECK: chunks 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void chunks(int n, const double *u, double *r) {
#pragma omp parallel for schedule(static, 2)
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[i];
}

// CHECK: reduction 1x5 5 ok
SPARSEAD_JACOBIAN("return <- u[n]")
double reduction(int n, const double *u) {
  double s = 0;
#pragma omp parallel for reduction(+ : s) schedule(dynamic, 2)
  for (int i = 0; i < n; ++i)
    s += u[i] * u[i];
#pragma omp simd reduction(+ : s)
  for (int i = 0; i < n; ++i)
    s += u[i];
  return s;
}

// CHECK: synchronisation 5x5 6 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void synchronisation(int n, const double *u, double *r) {
#pragma omp parallel num_threads(4)
  {
#pragma omp single
    for (int i = 0; i < n; ++i)
      r[i] = 0;
#pragma omp for nowait collapse(2)
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < 2; ++j) {
#pragma omp atomic
        r[i] += u[i] * u[i] * j;
      }
#pragma omp barrier
#pragma omp critical
    if (omp_get_thread_num() == 0)
      r[0] += 0.25 * u[1];
  }
}

int main() {
  const int n = 5;
  double u[5] = {0.3, 0.7, 0.65, 0.95, 0.2}, r[5] = {};
  SHOW(parallel_for);
  SHOW(chunks);
  show("reduction", sparsead::jacobian<&reduction>::plan(n, u), n, u);
  SHOW(synchronisation);
}
