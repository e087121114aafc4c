// Rows that are assigned again: what they got before does not count, and the plan stays local.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -fno-access-control -I%S/../Inputs %s %sparsead_ldflags -o %t.O0
// RUN: env SPARSEAD_VERIFY=1 timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -fno-access-control -I%S/../Inputs %s %sparsead_ldflags -o %t.O2
// RUN: env SPARSEAD_VERIFY=1 timeout 60 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "same.hpp"
#include <algorithm>

// Boundary rows after the loop.
inline void endsBody(int n, const double *u, double *r, double a) {
  for (int i = 0; i < n; ++i)
    r[i] = (i > 0 ? u[i - 1] : a) - 2 * u[i] + (i + 1 < n ? u[i + 1] * u[i] : a);
  r[0] = u[0] - a;
  r[n - 1] = u[n - 1] * u[n - 2];
}
TWINS(ends, "r[n] <- u[n]", (int n, const double *u, double *r, double a), (n, u, r, a))

// Rows of the interior, too, with other columns than before and with none.
inline void deepEndsBody(int n, const double *u, double *r, double a) {
  for (int i = 1; i < n - 1; ++i)
    r[i] = u[i - 1] - 2 * u[i] + u[i + 1] * u[i];
  r[0] = r[1] = a;
  r[n - 2] = u[0] * u[5];
  r[n - 1] = u[n - 1] - a;
}
TWINS(deepEnds, "r[n] <- u[n]", (int n, const double *u, double *r, double a), (n, u, r, a))

// In the middle of the interior.
inline void middleBody(int n, const double *u, double *r, int k) {
  for (int i = 1; i < n - 1; ++i)
    r[i] = u[i - 1] - 2 * u[i] + u[i + 1] * u[i];
  r[0] = r[n - 1] = 0;
  r[k] = u[k] * u[k];
}
TWINS(middle, "r[n] <- u[n]", (int n, const double *u, double *r, int k), (n, u, r, k))

// A source added to one row of the interior.
inline void sourceBody(int n, const double *u, double *r, int k) {
  for (int i = 1; i < n - 1; ++i)
    r[i] = u[i - 1] - 2 * u[i] + u[i + 1] * u[i];
  r[0] = r[n - 1] = 0;
  r[k] += u[0] * u[0];
}
TWINS(source, "r[n] <- u[n]", (int n, const double *u, double *r, int k), (n, u, r, k))

// The frame of a grid; the loop over its lower and upper rows is fast but for the corners.
inline void frameBody(int n, int m, const double *u, double *r) {
  for (int j = 0; j < m; ++j)
    for (int i = 0; i < n; ++i) {
      const int k = j * n + i;
      double s = -4 * u[k] * u[k];
      if (i > 0)
        s += u[k - 1];
      if (i + 1 < n)
        s += u[k + 1];
      if (j > 0)
        s += u[k - n];
      if (j + 1 < m)
        s += u[k + n] * u[k];
      r[k] = s;
    }
  for (int i = 0; i < n; ++i) {
    r[i] = u[i] - 1;
    r[(m - 1) * n + i] = u[(m - 1) * n + i] - u[(m - 2) * n + i];
  }
  for (int j = 0; j < m; ++j) {
    r[j * n] = u[j * n] - 2;
    r[j * n + n - 1] = u[j * n + n - 1] * u[j * n + n - 2];
  }
}
TWINS(frame, "r[n*m] <- u[n*m]", (int n, int m, const double *u, double *r), (n, m, u, r))

// An inactive condition: the compiler's store forwarding makes two assignments of it.
inline void flaggedBody(int n, const double *u, double *r, const int *flag) {
  for (int i = 0; i < n; ++i) {
    r[i] = u[i] * u[i];
    if (flag[i])
      r[i] += 3 * u[(i + 1) % n];
  }
}
TWINS(flagged, "r[n] <- u[n]", (int n, const double *u, double *r, const int *flag), (n, u, r, flag))

inline void replacedBody(int n, const double *u, double *r, const int *flag) {
  for (int i = 0; i < n; ++i) {
    r[i] = u[i] * u[i];
    if (flag[i])
      r[i] = u[(i + 2) % n];
  }
}
TWINS(replaced, "r[n] <- u[n]", (int n, const double *u, double *r, const int *flag), (n, u, r, flag))

// Everything twice; the second time it is fast.
inline void twiceBody(int n, const double *u, double *r) {
  for (int i = 1; i < n - 1; ++i)
    r[i] = u[i - 1] * u[i + 1];
  for (int i = 0; i < n; ++i)
    r[i] = (i > 0 ? u[i - 1] : 0.0) - 2 * u[i] + (i + 1 < n ? u[i + 1] : 0.0);
}
TWINS(twice, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// Filled afterwards, and added to.
inline void filledBody(int n, int k, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[(i + 1) % n];
  std::fill(r, r + k, 0.0);
  r[2] += u[4];
}
TWINS(filled, "r[n] <- u[n]", (int n, int k, const double *u, double *r), (n, k, u, r))

// A sum whose terms are dead, and sums again.
inline void sumsBody(int n, const double *u, double *r, int reset) {
  double s = 0;
  for (int i = 0; i < n; ++i)
    s += u[i] * u[i];
  r[0] = s;
  r[1] = 2;
  if (reset)
    r[0] = u[3];
  double t = 0;
  for (int i = 2; i < n; ++i)
    t += u[i];
  r[1] = t * t;
}
TWINS(sums, "r[2] <- u[n]", (int n, const double *u, double *r, int reset), (n, u, r, reset))

// Added to in steps; LLVM keeps the first store, because u might be the same array.
inline void stepsBody(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[i] * u[i];
  for (int i = 1; i < n - 1; ++i) {
    r[i] += 2 * (u[i] - u[i - 1]);
    r[i] -= (u[i + 1] - u[i]) * (u[i + 1] - u[i]);
  }
}
TWINS(steps, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// The terms depend on an output that is overwritten before the sum is stored: the sum must not be made again there.
inline void chosenBody(int n, const double *u, double *q) {
  for (int i = 1; i < n; ++i)
    q[i] = u[i] - 0.9;
  double s = 0;
  for (int i = 1; i < n; ++i)
    if (q[i] > 0)
      s += u[i] * u[i];
  q[1] = -u[1];
  q[2] = -u[2];
  q[0] = s;
}
TWINS(chosen, "q[n] <- u[n]", (int n, const double *u, double *q), (n, u, q))

// Values from both sides of a branch on active data.
inline void branchesBody(int n, const double *u, double *r) {
  for (int i = 1; i < n; ++i)
    r[i] = u[i] > 0.9 ? u[i] * u[i - 1] : u[i - 1];
  r[0] = 0;
  r[1] = u[0];
  r[n / 2] = u[1] * u[2];
}
TWINS(branches, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// Under a condition on active data it is not known which one counts: swept, and right.
inline void conditionalBody(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[i];
  if (u[0] > 0.1)
    r[3] = std::sin(u[1]);
}
TWINS(conditional, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

int main() {
  const std::vector<double> u = check::points(400);
  const std::vector<int> flag = {0, 1, 1, 0, 1, 0, 0, 0, 1, 0, 1, 1};
  std::vector<double> r(400);
  for (int n : {3, 5, 6, 40}) {
    const long fast = n - 2 < 4 ? 0 : 3 * (n - 2);
    SAME(ends, fast, r, n, u.data(), r.data(), 0.5);
    SAME(twice, fast, r, n, u.data(), r.data());
  }
  SAME(deepEnds, 3 * (40 - 4), r, 40, u.data(), r.data(), 0.5);
  SAME(middle, 3 * (38 - 15), r, 40, u.data(), r.data(), 15);
  SAME(middle, 3 * 29, r, 40, u.data(), r.data(), 30);
  SAME(source, 3 * (38 - 15), r, 40, u.data(), r.data(), 15);
  SAME(source, 3 * 29, r, 40, u.data(), r.data(), 30);
  SAME(frame, 5 * 18 * 13 + 3 * 18, r, 20, 15, u.data(), r.data());
  SAME(frame, 0, r, 5, 7, u.data(), r.data());
  SAME(flagged, -2, r, 12, u.data(), r.data(), flag.data());
  SAME(replaced, -2, r, 12, u.data(), r.data(), flag.data());
  SAME(filled, -2, r, 30, 7, u.data(), r.data());
  r.resize(2);
  SAME(sums, -2, r, 50, u.data(), r.data(), 0);
  SAME(sums, -2, r, 50, u.data(), r.data(), 1);
  r.resize(400);
  SAME(chosen, -1, r, 30, u.data(), r.data());
  SAME(steps, -2, r, 30, u.data(), r.data());
  SAME(branches, -2, r, 30, u.data(), r.data());
  SAME(conditional, -1, r, 30, u.data(), r.data());
  std::printf("done %d\n", check::failures);
}
