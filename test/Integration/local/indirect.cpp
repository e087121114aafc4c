// Single executions: loops over index arrays, recorded by parts of the rows. No marks are asked (SPARSEAD_RUNS=1 makes
// that an error), and marks agree (SPARSEAD_VERIFY=1).
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O2 -fno-access-control -I%S/../Inputs %s %sparsead_ldflags -o %t
// RUN: env SPARSEAD_VERIFY=1 SPARSEAD_RUNS=1 timeout 120 %t | %FileCheck %s
// The same from marks.
// RUN: env SPARSEAD_RUNS=0 timeout 120 %t | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "same.hpp"
#include <algorithm>
#include <random>
#include <vector>

// Two sites of one kind, the second of which repeats the partials of the first.
inline void edgesBody(int n, int m, const int *a, const int *b, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 0;
  for (int e = 0; e < m; ++e) {
    const double f = (u[a[e]] - u[b[e]]) * u[b[e]];
    r[a[e]] += f;
    r[b[e]] -= f;
  }
}
TWINS(edges, "r[n] <- u[n]", (int n, int m, const int *a, const int *b, const double *u, double *r),
      (n, m, a, b, u, r))

// Sites with different numbers of slots, on rows that a loop has computed before.
inline void trianglesBody(int n, int m, const int *t, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[n - 1 - i];
  for (int e = 0; e + 2 < m; e += 3) {
    const double x = u[t[e]], y = u[t[e + 1]], z = u[t[e + 2]];
    r[t[e]] += x * y * z;
    r[t[e + 1]] -= y * y;
    r[t[e + 2]] += z * x - u[t[e]];
  }
}
TWINS(triangles, "r[n] <- u[n]", (int n, int m, const int *t, const double *u, double *r), (n, m, t, u, r))

// Elements of structures: distances that are no powers of two.
struct point {
  double x, y, z;
};
inline void trussBody(int n, int m, const int *a, const int *b, const point *p, point *f) {
  for (int i = 0; i < n; ++i)
    f[i].x = f[i].y = f[i].z = 0;
  for (int e = 0; e < m; ++e) {
    const point &p0 = p[a[e]], &p1 = p[b[e]];
    const double dx = p0.x - p1.x, dy = p0.y - p1.y, dz = p0.z - p1.z, s = dx * dx + dy * dy + dz * dz;
    f[a[e]].x += s * dx;
    f[a[e]].y += s * dy;
    f[a[e]].z += dz * dx;
    f[b[e]].x -= s * dx;
  }
}
TWINS(truss, "f[n] <- p[n]", (int n, int m, const int *a, const int *b, const point *p, point *f), (n, m, a, b, p, f))

// What is assigned again is forgotten, in a loop of its own and in the same one.
inline void overwrittenBody(int n, int m, const int *a, const int *b, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i];
  for (int e = 0; e < m; ++e)
    r[a[e]] += u[b[e]];
  for (int e = 0; e < m; e += 3)
    r[b[e]] = u[a[e]] * u[a[e]];
  for (int e = 0; e < m / 2; ++e) {
    r[b[e]] = 1.0;
    r[a[e]] += u[b[e]] * u[a[e]];
  }
}
TWINS(overwritten, "r[n] <- u[n]", (int n, int m, const int *a, const int *b, const double *u, double *r),
      (n, m, a, b, u, r))

// Sites that some iterations leave out, slots that known choices leave out, more columns than a vector has.
inline void chosenBody(int n, int m, const int *a, const int *b, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 0.5;
  for (int e = 0; e < m; ++e) {
    const double d = e % 2 ? u[a[e]] : 0.25;
    if (e % 3 != 0)
      r[a[e]] += d * u[b[e]];
    if (e % 5 < 2)
      r[b[e] / 40] += u[a[e]] * (u[b[e]] + u[(a[e] + e) % n]);
  }
}
TWINS(chosen, "r[n] <- u[n]", (int n, int m, const int *a, const int *b, const double *u, double *r),
      (n, m, a, b, u, r))

// One array per field.
inline void fieldsBody(int n, int m, const int *a, const int *b, const double **u, double **r) {
  for (int k = 0; k < 3; ++k)
    for (int i = 0; i < n; ++i)
      r[k][i] = 0;
  for (int e = 0; e < m; ++e)
    r[e % 3][a[e]] += u[e % 3][b[e]] * u[(e + 1) % 3][a[e]];
}
TWINS(fields, "r[3][n] <- u[3][n]", (int n, int m, const int *a, const int *b, const double **u, double **r),
      (n, m, a, b, u, r))

// Sums over lists, one of them in two parts, and a row that has nearly all columns.
inline void sumsBody(int n, const int *begin, const int *index, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    double s = 0, t = 1;
    for (int k = begin[i]; k < begin[i + 1]; ++k)
      s += u[index[k]] * u[i];
    for (int k = begin[i / 2]; k < begin[i / 2 + 1]; ++k)
      t += u[index[k]];
    r[i] = s * t;
  }
  double all = 0;
  for (int i = 0; i < n; i += 2)
    all += u[n - 1 - i] * u[n - 1 - i];
  r[n / 2] += all;
}
TWINS(sums, "r[n] <- u[n]", (int n, const int *begin, const int *index, const double *u, double *r),
      (n, begin, index, u, r))

int main() {
  std::mt19937 random(7);
  for (int n : {1, 2, 5, 40, 700, 5000}) {
    const int m = 3 * n;
    std::vector<int> a(m), b(m), order(n), begin{0};
    for (int i = 0; i < n; ++i)
      order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    for (int e = 0; e < m; ++e) { // of a mesh in odd order, and some chords
      a[e] = order[e / 3];
      b[e] = order[e % 7 ? (e / 3 + 1 + e % 3 * 9) % n : int(random() % n)];
    }
    for (int i = 0; i < n; ++i)
      begin.push_back(begin.back() + (i % 50 ? i % 4 : 40 % (2 * n)));
    std::vector<int> index(begin.back());
    for (int &k : index)
      k = int(random() % n);
    std::vector<double> u(n), r(n);
    for (int i = 0; i < n; ++i)
      u[i] = 0.3 + 0.1 * double(i % 7);
    const long any = -2;
    SAME(edges, any, r, n, m, a.data(), b.data(), u.data(), r.data());
    SAME(triangles, any, r, n, m, a.data(), u.data(), r.data());
    SAME(overwritten, any, r, n, m, a.data(), b.data(), u.data(), r.data());
    SAME(chosen, any, r, n, m, a.data(), b.data(), u.data(), r.data());
    SAME(sums, any, r, n, begin.data(), index.data(), u.data(), r.data());
    std::vector<point> p(n, point{0.5, 0.25, 0.125}), f(n);
    std::vector<double> none;
    SAME(truss, any, none, n, m, a.data(), b.data(), p.data(), f.data());
    std::vector<double> values(3 * n, 0.4), results(3 * n);
    const double *from[] = {values.data() + 2 * n, values.data(), values.data() + n};
    double *to[] = {results.data(), results.data() + 2 * n, results.data() + n};
    SAME(fields, any, results, n, m, a.data(), b.data(), from, to);
  }
  std::printf("done %d\n", check::failures);
}
