// Sorts of active data: recursion and loops whose ends depend on it come to rest; groups of three stay apart.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O1 -I%S/../Inputs %s %sparsead_ldflags -o %t && timeout 60 %t | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <algorithm>
#include <sparsead/sparsead.hpp>
#include "check.hpp"

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void sorted(int n, const double *u, double *r) {
  std::copy(u, u + n, r);
  std::sort(r, r + n);
}
// The same instance of the library's recursion in another request.
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void sortedTwice(int n, const double *u, double *r) {
  std::copy(u, u + n, r);
  std::sort(r, r + n);
  std::sort(r, r + n);
}
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void median(int n, const double *u, double *r) {
  std::copy(u, u + n, r);
  std::nth_element(r, r + n / 2, r + n);
}
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void threes(int n, const double *u, double *r) {
  std::copy(u, u + n, r);
  for (double *p = r; p + 3 <= r + n; p += 3) {
    if (p[0] > p[1])
      std::swap(p[0], p[1]);
    if (p[1] > p[2])
      std::swap(p[1], p[2]);
    if (p[0] > p[1])
      std::swap(p[0], p[1]);
  }
}
static void quick(double *a, int low, int high) {
  if (low >= high)
    return;
  double pivot = a[high];
  int k = low;
  for (int i = low; i < high; ++i)
    if (a[i] < pivot)
      std::swap(a[i], a[k++]);
  std::swap(a[k], a[high]);
  quick(a, low, k - 1);
  quick(a, k + 1, high);
}
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void quicksort(int n, const double *u, double *r) {
  std::copy(u, u + n, r);
  quick(r, 0, n - 1);
}
// What a call that is left out would have returned depends on everything.
static double depth(int d, double x) { return x > 3 ? x : depth(d + 1, 1.5 * x) + 0.1 * depth(d + 2, 2 * x); }
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void leftOut(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = depth(0, u[i]);
}

int main() {
  using namespace check;
  auto run = [&]<auto F>(const char *name, int n, long nnz) {
    std::vector<double> u = points(n), r(n);
    jacobian<F>(name, nnz, {of(u)}, {of(r)}, n, u.data(), r.data());
  };
  run.operator()<&sorted>("sorted 16", 16, 256);
  run.operator()<&sorted>("sorted 17", 17, 17 * 17);
  run.operator()<&sorted>("sorted 40", 40, 1600);
  run.operator()<&sortedTwice>("sortedTwice", 20, 400);
  run.operator()<&median>("median 4", 4, 16);
  run.operator()<&median>("median 20", 20, 400);
  run.operator()<&threes>("threes", 9, 27);
  run.operator()<&quicksort>("quicksort", 20, 400);
  run.operator()<&leftOut>("leftOut", 4, 16);
  std::printf("done %d\n", failures);
}
