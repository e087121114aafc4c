// Stores of the same value to several outputs: one list of partials, with signs.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -fno-access-control -I%S/../Inputs %s %sparsead_ldflags -o %t.O0
// RUN: env SPARSEAD_VERIFY=1 timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -fno-access-control -I%S/../Inputs %s %sparsead_ldflags -o %t.O2
// RUN: env SPARSEAD_VERIFY=1 timeout 60 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: edges buffer 2
// CHECK: springs buffer 3
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "same.hpp"
#include <cmath>

inline void edgesBody(int n, int m, const int *a, const int *b, const double *w, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 0;
  for (int e = 0; e < m; ++e) {
    const double mean = 0.5 * (u[a[e]] + u[b[e]]), f = w[e] * (u[b[e]] - u[a[e]]) * (1 + mean * mean);
    r[a[e]] += f;
    r[b[e]] -= f;
  }
}
TWINS(edges, "r[n] <- u[n]", (int n, int m, const int *a, const int *b, const double *w, const double *u, double *r),
      (n, m, a, b, w, u, r))

// Three outputs, one of them twice, and a value that only looks like it.
inline void springsBody(int n, int m, const int *a, const int *b, const double *w, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 1;
  for (int e = 0; e < m; ++e) {
    const int c = (a[e] + b[e]) % n;
    const double f = w[e] * std::sin(u[a[e]] * u[b[e]] + u[c]);
    r[a[e]] += f;
    r[b[e]] -= f;
    r[c] = r[c] - f;
    r[a[e]] += -f;
    r[c] += f;
  }
}
TWINS(springs, "r[n] <- u[n]", (int n, int m, const int *a, const int *b, const double *w, const double *u, double *r),
      (n, m, a, b, w, u, r))

// Under conditions, in one side each and after both; f itself chooses by active values.
inline void cracksBody(int n, int m, const int *a, const int *b, const double *w, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 0;
  for (int e = 0; e < m; ++e) {
    const double d = u[b[e]] - u[a[e]], f = d > 0 ? w[e] * d * d : 0.0;
    if (w[e] > 0.5) {
      r[a[e]] += f;
      r[b[e]] -= f;
    }
    if (w[e] > 0.9) {
      r[a[e]] -= f;
    } else {
      r[b[e]] += f;
      r[a[e]] += f;
    }
    r[a[e]] -= f;
  }
}
TWINS(cracks, "r[n] <- u[n]", (int n, int m, const int *a, const int *b, const double *w, const double *u, double *r),
      (n, m, a, b, w, u, r))

// The same value assigned to two arrays.
inline void copiesBody(int n, const int *p, const double *u, double *r, double *s) {
  for (int i = 0; i < n; ++i) {
    const double f = u[p[i]] * u[p[i] / 2];
    r[p[i]] = f;
    s[i] = -f;
  }
}
TWINS(copies, "r[n], s[n] <- u[n]", (int n, const int *p, const double *u, double *r, double *s), (n, p, u, r, s))

/// Doubles of the buffer for each edge.
template <auto Function, class... A> void buffer(const char *name, int m, A... args) {
  const auto plan = sparsead::jacobian<Function>::plan(args...);
  std::printf("%s buffer %ld\n", name, long(plan.core_->program_->buffer_size() - 1) / m);
}

int main() {
  const int n = 60, m = 200;
  const std::vector<double> u = check::points(n);
  std::vector<double> r(n), w(m);
  std::vector<int> a(m), b(m), p(n);
  for (int e = 0; e < m; ++e) {
    a[e] = e * 7 % n;
    b[e] = (e * 11 + 3) % n; // edges come several times, and some are loops
    w[e] = 0.1 * (e % 13) - 0.2;
  }
  for (int i = 0; i < n; ++i)
    p[i] = (i * 17 + 5) % n;
  SAME(edges, -2, r, n, m, a.data(), b.data(), w.data(), u.data(), r.data());
  SAME(springs, -2, r, n, m, a.data(), b.data(), w.data(), u.data(), r.data());
  SAME(cracks, -2, r, n, m, a.data(), b.data(), w.data(), u.data(), r.data());
  std::vector<double> s(n);
  SAME(copies, -2, r, n, p.data(), u.data(), r.data(), s.data());
  buffer<&edges>("edges", m, n, m, a.data(), b.data(), w.data(), u.data(), r.data());
  buffer<&springs>("springs", m, n, m, a.data(), b.data(), w.data(), u.data(), r.data());
  std::printf("done %d\n", check::failures);
}
