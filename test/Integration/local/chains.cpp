// Loops that hand work arrays on take turns, where addresses show what has to come first; what they compute stays the
// same. The sizes make several rounds.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -fno-access-control -I%S/../Inputs %s %sparsead_ldflags -o %t.O0
// RUN: env SPARSEAD_VERIFY=1 timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -fno-access-control -Rpass=sparsead -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 > %t.remarks 2>&1
// RUN: env SPARSEAD_VERIFY=1 timeout 60 %t.O2 | %FileCheck %s
// RUN: grep "remark:.*take turns" %t.remarks | sort -t: -k2,2n -k3,3n -u | %FileCheck %s --check-prefix=REMARK
// RUN: %sparsead_clang -std=c++20 -O2 -march=native -fno-access-control -I%S/../Inputs %s %sparsead_ldflags -o %t.native
// RUN: env SPARSEAD_VERIFY=1 timeout 60 %t.native | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O1 -fsanitize=address -fno-access-control -I%S/../Inputs %s %sparsead_ldflags -o %t.asan
// RUN: env SPARSEAD_VERIFY=1 timeout 120 %t.asan | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "same.hpp"
#include <cmath>
#include <cstdlib>

inline double face(double a, double b) { return 0.25 * (a * a + b * b) - 0.5 * std::sqrt(0.01 + a * b) * (b - a); }

// Single stores before, between: the last element is stored before the rounds need it.
inline void fluxBody(int n, const double *u, double *r) {
  double *f = new double[n + 1];
  f[0] = face(0.5, u[0]);
  for (int i = 1; i < n; ++i)
    f[i] = face(u[i - 1], u[i]);
  f[n] = face(u[n - 1], 0.5);
  for (int i = 0; i < n; ++i) // REMARK: chains.cpp:[[@LINE]]:{{.*}} 2 loops take turns, the last one here, and only a window is kept of 1 array
    r[i] = f[i + 1] - f[i];
  delete[] f;
}
TWINS(flux, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// The first elements are stored between the loops, and needed at once: one round.
inline void lateBody(int n, const double *u, double *r) {
  double *f = new double[n + 2];
  for (int i = 0; i < n; ++i)
    f[i + 2] = u[i] * u[i];
  f[0] = f[2] * u[1];
  f[1] = f[3] - f[0];
  for (int i = 0; i < n; ++i) // REMARK: chains.cpp:[[@LINE]]:{{.*}} 2 loops take turns
    r[i] = f[i] * f[i + 2];
  delete[] f;
}
TWINS(late, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// An array is written again: the third loop may not write what the second still has to read.
inline void againBody(int n, const double *u, double *r) {
  double *a = static_cast<double *>(std::calloc(n + 9, sizeof(double))), *b = new double[n];
  for (int i = 0; i < n; ++i)
    a[i + 4] = u[i] * u[i];
  for (int i = 0; i < n; ++i)
    b[i] = a[i] * a[i + 8];
  for (int i = 0; i < n; ++i)
    a[i] = b[i] + u[i];
  for (int i = 0; i < n; ++i) // REMARK: chains.cpp:[[@LINE]]:{{.*}} 4 loops take turns, the last one here, and only a window is kept of 2 arrays
    r[i] = a[i] * b[i] + a[i + 1];
  std::free(a);
  delete[] b;
}
TWINS(again, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// Rows of a grid whose length is known when the function runs, another one per array.
inline void gridBody(int n, int m, const double *u, double *r) {
  double *x = new double[n * (m + 1)], *y = new double[(n + 1) * m];
  for (int j = 0; j < n; ++j) {
    x[j * (m + 1)] = 0;
    for (int i = 1; i < m; ++i)
      x[j * (m + 1) + i] = face(u[j * m + i - 1], u[j * m + i]);
    x[j * (m + 1) + m] = 0;
  }
  for (int j = 0; j <= n; ++j)
    for (int i = 0; i < m; ++i)
      y[j * m + i] = j == 0 || j == n ? 0.0 : face(u[(j - 1) * m + i], u[j * m + i]);
  for (int j = 0; j < n; ++j) // REMARK: chains.cpp:[[@LINE+1]]:{{.*}} 3 loops take turns, the last one here, and only a window is kept of 2 arrays
    for (int i = 0; i < m; ++i)
      r[j * m + i] = x[j * (m + 1) + i + 1] - x[j * (m + 1) + i] + y[(j + 1) * m + i] - y[j * m + i];
  delete[] x;
  delete[] y;
}
TWINS(grid, "r[n*m] <- u[n*m]", (int n, int m, const double *u, double *r), (n, m, u, r))

// The caller's array keeps what the loops write; a distance that is known when the function runs.
inline void shiftedBody(int n, int k, const double *u, double *w, double *r) {
  for (int i = 0; i < n; ++i)
    w[i] = u[i] * u[i];
  for (int i = 0; i < n - k; ++i) // REMARK: chains.cpp:[[@LINE]]:{{.*}} 2 loops take turns, the last one here [
    r[i] = w[i] * w[i + k];
  for (int i = n - k; i < n; ++i)
    r[i] = w[i];
}
TWINS(shifted, "r[n] <- u[n]; w[n]", (int n, int k, const double *u, double *w, double *r), (n, k, u, w, r))

// No chains: against the order, through an index, periodic, and with more outputs than the last loop's before.
// REMARK-NOT: take turns
inline void reversedBody(int n, const double *u, double *r) {
  double *f = new double[n];
  for (int i = 0; i < n; ++i)
    f[i] = u[i] * u[i];
  for (int i = 0; i < n; ++i)
    r[i] = f[n - 1 - i] * u[i];
  delete[] f;
}
TWINS(reversed, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))
inline void indirectBody(int n, const int *q, const double *u, double *r) {
  double *f = new double[n];
  for (int i = 0; i < n; ++i)
    f[q[i]] = u[i] * u[i];
  for (int i = 0; i < n; ++i)
    r[i] = f[i] * u[i];
  delete[] f;
}
TWINS(indirect, "r[n] <- u[n]", (int n, const int *q, const double *u, double *r), (n, q, u, r))
inline void periodicBody(int n, const double *u, double *r) {
  double *f = new double[n];
  for (int i = 0; i < n; ++i)
    f[i] = u[i] * u[i];
  for (int i = 0; i < n; ++i)
    r[i] = f[(i + 1) % n] - f[i];
  delete[] f;
}
TWINS(periodic, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// Rows of nine entries, by strips where vectors are wide enough: of any number of iterations.
inline void wideBody(int n, const double *u, double *r) {
  for (int i = 4; i < n - 4; ++i)
    r[i] = u[i - 4] * u[i + 4] + u[i - 3] * u[i + 3] + u[i - 2] * u[i + 2] + u[i - 1] * u[i + 1] + 3 * u[i];
}
TWINS(wide, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// The first loop carries a count and a largest index from round to round.
inline void countedBody(int n, const double *u, double *r) {
  double *f = new double[n + 1];
  int steep = 0, largest = -1;
  for (int i = 0; i <= n; ++i) {
    f[i] = face(i > 0 ? u[i - 1] : 0.5, i < n ? u[i] : 0.5);
    if (f[i] > 0.2) {
      ++steep;
      largest = i;
    }
  }
  for (int i = 0; i < n; ++i) // REMARK: chains.cpp:[[@LINE]]:{{.*}} 2 loops take turns, the last one here, and only a window is kept of 1 array
    r[i] = f[i + 1] - f[i];
  r[n] = steep + 0.5 * largest;
  delete[] f;
}
TWINS(counted, "r[n+1] <- u[n]", (int n, const double *u, double *r), (n, u, r))

int main() {
  for (const int n : {1, 2, 5, 40, 1000, 3000}) {
    std::vector<double> u(n), r(n), w(n);
    std::vector<int> q(n);
    for (int i = 0; i < n; ++i) {
      u[i] = 0.5 + 0.1 * ((i * 7) % 9);
      q[i] = n - 1 - i;
    }
    SAME(flux, -2, r, n, u.data(), r.data());
    if (n > 2)
      SAME(late, -2, r, n, u.data(), r.data());
    SAME(again, -2, r, n, u.data(), r.data());
    SAME(shifted, -2, r, n, n / 3, u.data(), w.data(), r.data());
    SAME(reversed, -2, r, n, u.data(), r.data());
    SAME(indirect, -2, r, n, q.data(), u.data(), r.data());
    SAME(periodic, -2, r, n, u.data(), r.data());
    std::vector<double> more(n + 1);
    SAME(counted, -2, more, n, u.data(), more.data());
  }
  for (const int n : {9, 10, 11, 12, 13, 15, 16, 75, 76, 77, 200}) {
    std::vector<double> u(n), r(n);
    for (int i = 0; i < n; ++i)
      u[i] = 0.5 + 0.1 * ((i * 7) % 9);
    SAME(wide, n > 11 ? 9 * (n - 8) : -2, r, n, u.data(), r.data());
  }
  for (const int n : {1, 2, 7, 60}) {
    const int m = 3 * n / 2 + 1;
    std::vector<double> u(n * m), r(n * m);
    for (int i = 0; i < n * m; ++i)
      u[i] = 0.5 + 0.1 * ((i * 7) % 9);
    SAME(grid, -2, r, n, m, u.data(), r.data());
  }
  std::printf("done %d\n", check::failures);
  return check::failures != 0;
}
