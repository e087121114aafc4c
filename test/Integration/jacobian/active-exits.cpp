// Loops that active data ends, and addresses that active data chooses: exact patterns.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && timeout 20 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && timeout 20 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>

#include "check.hpp"
#include <algorithm>

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void break_before(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    if (u[i] < 0)
      break;
    r[i] = u[i] * u[i];
  }
}

// The result is an error code that nobody asked the derivative of.
SPARSEAD_JACOBIAN("r[n] <- u[n]")
int error_code(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    if (!(u[i] > 0))
      return i + 1;
    r[i] = std::log(u[i]);
  }
  return 0;
}

SPARSEAD_JACOBIAN("r[n] <- x[n]")
void scan(int n, const double *x, double *r) {
  for (int i = 0; i < n; ++i) {
    double s = 0;
    int j = i;
    while (j < n && s < 2.0)
      s += x[j++];
    r[i] = s;
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[2*n]")
void swapped_pointers(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    double a[2] = {u[2 * i], u[2 * i + 1]};
    double *p = &a[0], *q = &a[1];
    if (*q > *p)
      std::swap(p, q);
    *q -= *p;
    r[i] = *p * *q;
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n], v[n]")
void chosen_array(int n, const double *u, const double *v, double *r) {
  for (int i = 0; i < n; ++i) {
    const double *p = u[i] < 0.5 ? u + i : v + i;
    r[i] = *p;
  }
}

// The sentinel keeps the inner loop inside; the inspector does not know its value's effect.
SPARSEAD_JACOBIAN("r[3] <- u[3]")
void insertion(const double *u, double *r) {
  double t[4] = {-1e300, u[0], u[1], u[2]};
  for (int i = 1; i < 4; ++i) {
    double v = t[i];
    int j = i;
    while (v < t[j - 1]) {
      t[j] = t[j - 1];
      --j;
    }
    t[j] = v;
  }
  for (int k = 0; k < 3; ++k)
    r[k] = t[k + 1];
}

int main() {
  using namespace check;
  int n = 6;
  std::vector<double> u = points(n), v = points(n), w = points(2 * n), r(n);
  jacobian<&break_before>("break_before", n, {of(u)}, {of(r)}, n, u.data(), r.data());
  jacobian<&error_code>("error_code", n, {of(u)}, {of(r)}, n, u.data(), r.data());
  jacobian<&scan>("scan", n * (n + 1) / 2, {of(u)}, {of(r)}, n, u.data(), r.data());
  jacobian<&swapped_pointers>("swapped_pointers", 2 * n, {of(w)}, {of(r)}, n, w.data(), r.data());
  jacobian<&chosen_array>("chosen_array", 2 * n, {of(u), of(v)}, {of(r)}, n, u.data(), v.data(), r.data());
  std::vector<double> three = points(3), sorted(3);
  jacobian<&insertion>("insertion", 9, {of(three)}, {of(sorted)}, three.data(), sorted.data());

  // Linear in the length of the loop.
  const int many = 20000;
  std::vector<double> x(many, 1.1), y(many);
  if (sparsead::jacobian<&break_before>::plan(many, x.data(), y.data()).nnz() != many)
    ++failures;
  std::printf("done %d\n", failures);
}
