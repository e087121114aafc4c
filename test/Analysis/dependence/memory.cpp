// Dependences through memory that the function writes, as formulas.
// RUN: %sparsead_clang -std=c++17 -O2 -fplugin-arg-sparsead-dump=pattern -Rpass-analysis=sparsead -c %s -o %t.o > %t.out 2> %t.err
// RUN: %FileCheck %s < %t.out
// RUN: %FileCheck --check-prefix=REMARK %s < %t.err
#include <sparsead/sparsead.hpp>
#include <vector>

// Through a work array: composition.
// CHECK-LABEL: Jacobian of 'flux'
// CHECK-SAME: { r[i] -> u[i - 1] : 1 <= i < n; r[i] -> u[i] : 2 <= n and 0 <= i < n; r[i] -> u[i + 1] : 0 <= i < n - 1 }
SPARSEAD_JACOBIAN("r[n] <- u[n]; w[n]")
void flux(int n, const double *u, double *r, double *w) {
  for (int i = 0; i < n - 1; ++i)
    w[i] = u[i] * u[i + 1];
  for (int i = 1; i < n - 1; ++i)
    r[i] = w[i] - w[i - 1];
  r[0] = w[0];
  r[n - 1] = w[n - 2];
}

// A buffer that is used twice: the second reader does not see the first writer.
// CHECK-LABEL: Jacobian of 'reused'
// CHECK-SAME: { r[i] -> u[i] : 1 <= i < n - 1; v[i] -> u[i - 1] : 1 <= i < n - 1; v[i] -> u[i + 1] : 1 <= i < n - 1 }
SPARSEAD_JACOBIAN("r[n], v[n] <- u[n]")
void reused(int n, const double *u, double *r, double *v) {
  std::vector<double> t(n);
  for (int i = 1; i < n - 1; ++i)
    t[i] = u[i - 1] + u[i + 1];
  for (int i = 1; i < n - 1; ++i)
    v[i] = t[i] * t[i];
  for (int i = 1; i < n - 1; ++i)
    t[i] = u[i];
  for (int i = 1; i < n - 1; ++i)
    r[i] = t[i] * t[i];
}

// What a row had before it was assigned again does not count.
// CHECK-LABEL: Jacobian of 'overwritten'
// CHECK-SAME: { r[i] -> u[i + 1] : i = 0 and i < n; r[i] -> u[i] : 1 <= i < n }
SPARSEAD_JACOBIAN("r[n] <- u[n + 1]")
void overwritten(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[i];
  r[0] = u[1];
}

// In place: elements behind are new, elements ahead are old.
// CHECK-LABEL: Jacobian of 'ahead'
// CHECK-SAME: { u[i] -> u[i + 1] : 0 <= i < n - 1; u[i] -> u[i] : 0 <= i < n }
SPARSEAD_JACOBIAN("u[n] <- u[n]")
void ahead(int n, double *u) {
  for (int i = 0; i < n - 1; ++i)
    u[i] = u[i] * u[i] + u[i + 1];
}

// CHECK-LABEL: Jacobian of 'behind'
// CHECK-SAME: u[i] -> u[p - 1] : exists p : i < n and 1 <= p and 0 <= i - p
// REMARK: memory.cpp:[[@LINE+5]]:{{.*}}remark: the dependence relation may be too large: the value of an element goes from one iteration to the next
SPARSEAD_JACOBIAN("u[n] <- u[n]")
void behind(int n, double *u) {
  for (int i = 1; i < n; ++i)
    // The sweep.
    u[i] = u[i] * u[i] + u[i - 1];
}

// Sums: in a register, and in memory.
// CHECK-LABEL: Jacobian of 'prefix'
// CHECK-SAME: { r[i] -> u[i] : 0 <= i < n; r[i] -> u[p] : exists p : i < n and 1 <= i - p and 0 <= p }
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void prefix(int n, const double *u, double *r) {
  double s = 0;
  for (int i = 0; i < n; ++i) {
    s += u[i] * u[i];
    r[i] = s;
  }
}

// CHECK-LABEL: Jacobian of 'dense'
// CHECK-SAME: { r[i] -> x[p] : exists p : 0 <= i < m and 0 <= p < n }
SPARSEAD_JACOBIAN("r[m] <- x[n]")
void dense(int m, int n, const double *a, const double *x, double *r) {
  for (int i = 0; i < m; ++i) {
    r[i] = 0;
    for (int j = 0; j < n; ++j)
      r[i] += a[i * n + j] * x[j];
  }
}

// Values that move on by one iteration.
// CHECK-LABEL: Jacobian of 'rotating'
// CHECK-SAME: { r[i] -> u[i + 1] : 0 <= i < n; r[i] -> u[i] : 0 <= i < n }
SPARSEAD_JACOBIAN("r[n] <- u[n + 1]")
void rotating(int n, const double *u, double *r) {
  double last = u[0];
  for (int i = 0; i < n; ++i) {
    double next = u[i + 1];
    r[i] = last * next;
    last = next;
  }
}

// Not affine: a remark at the access.
// CHECK-LABEL: Jacobian of 'indirect' (r[m] <- x[n]): no relation at compile time
// REMARK: memory.cpp:[[@LINE+4]]:{{.*}}remark: no dependence relation at compile time: the subscript of 'x' is indirect: it is loaded from an array
SPARSEAD_JACOBIAN("r[m] <- x[n]")
void indirect(int m, int n, const int *c, const double *x, double *r) {
  for (int i = 0; i < m; ++i)
    r[i] = x[c[i]];
}
