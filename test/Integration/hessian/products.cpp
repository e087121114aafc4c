// Hessians that are not local: products with compiled code, forward over reverse, against those with a record. No record
// is needed; values are kept between the sweeps, in loops of every kind.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs -Rpass-missed=sparsead -c %s -o %t.O0.o 2> %t.remarks
// RUN: %FileCheck %s --check-prefix=REMARK --input-file %t.remarks
// RUN: %sparsead_clang %t.O0.o %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -I%S/../Inputs %s %sparsead_ldflags -o %t.san && timeout 120 %t.san | %FileCheck %s
// REMARK-NOT: by a record
// REMARK: not local
// REMARK-NOT: by a record
// CHECK-NOT: FAIL
#include <sparsead/sparsead.hpp>
#include "compare_hessians.hpp"
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

// Rows of a sparse matrix, whose sums go into a nonlinear function.
BOTH("return <- w[n]")
double logistic(int m, int n, const int *row, const int *col, const double *a, const double *label, const double *w) {
  double f = 0;
  for (int i = 0; i < m; ++i) {
    double z = 0;
    for (int k = row[i]; k < row[i + 1]; ++k)
      z += a[k] * w[col[k]];
    f += std::log1p(std::exp(-label[i] * z));
  }
  for (int j = 0; j < n; ++j)
    f += 0.01 * w[j] * w[j];
  return f;
}
// The same with products that are nonlinear inside the row.
BOTH("return <- w[n]") double softmax(int m, int n, const int *row, const int *col, const double *w) {
  double f = 0.0 * n;
  for (int i = 0; i < m; ++i) {
    double top = -1e300, sum = 0;
    for (int k = row[i]; k < row[i + 1]; ++k)
      top = std::fmax(top, w[col[k]]);
    for (int k = row[i]; k < row[i + 1]; ++k)
      sum += std::exp(w[col[k]] - top);
    if (row[i] < row[i + 1])
      f += std::log(sum) + top - w[col[row[i]]];
  }
  return f;
}
// A value that every step changes, and one that some replace.
BOTH("return <- x[n]") double recurrence(int n, const double *x) {
  double s = 0.5, f = 0;
  for (int i = 0; i < n; ++i) {
    s = std::sin(s) * x[i] + 0.3;
    f += s * s;
  }
  return f;
}
BOTH("return <- x[n]") double replaced(int n, const int *mask, const double *x) {
  double s = 0, f = 0;
  for (int i = 0; i < n; ++i) {
    s = mask[i] ? x[i] * x[i] : s * x[i];
    f += std::cos(s);
  }
  return f;
}
// Nests: a value that is carried through both loops, one of the inner loop alone.
BOTH("return <- x[n]") double nest(int n, const double *x) {
  double f = 0, outer = 1;
  for (int i = 0; i < n; ++i) {
    double inner = x[i];
    for (int j = 0; j < i % 4; ++j)
      inner = inner * x[j] + outer;
    outer = 0.5 * outer + inner * x[i];
    f += outer * outer;
  }
  return f;
}
// Ends that depend on data, and on what is differentiated.
BOTH("return <- x[n]") double until(int n, const double *x) {
  double s = 1, f = 0;
  for (int i = 0; i < n && f < 100; ++i) {
    int k = 0;
    double t = x[i];
    while (t * t > 0.3 && k < 5) {
      t = 0.5 * t + 0.1 * s;
      ++k;
    }
    s = s * t + 0.2;
    f += s * s * t;
  }
  return f;
}
// Arrays that grow, are copied, and are left.
BOTH("return <- x[n]") double grown(int n, const double *x) {
  std::vector<double> v;
  for (int i = 0; i < n; ++i)
    v.push_back(i == 0 ? x[0] * x[0] : v.back() * 0.5 + x[i] * x[i - 1]);
  std::vector<double> w = v;
  double f = 0;
  for (std::size_t i = 0; i < w.size(); ++i)
    f += w[i] * w[i] * v[w.size() - 1 - i];
  return f;
}
BOTH("return <- x[n]") double rows_of_rows(int n, const double *x) {
  double f = 0;
  for (int i = 0; i < n; ++i) {
    std::vector<double> row(std::size_t(i % 3 + 1), x[i]);
    for (std::size_t k = 1; k < row.size(); ++k)
      row[k] = row[k - 1] * x[k];
    f += row.back() * row.front();
  }
  return f;
}
BOTH("return <- x[n]; w[n]") double copied(int n, const double *x, double *w) {
  double local[3] = {0, 0, 0};
  std::memcpy(w, x, std::size_t(n) * sizeof(double));
  for (int i = 1; i < n; ++i)
    w[i] = w[i] * w[i - 1];
  std::memmove(w, w + 1, std::size_t(n - 1) * sizeof(double));
  std::memcpy(local, w, sizeof(double));
  double f = 0;
  for (int i = 0; i < n; ++i)
    f += w[i] * w[i] * local[0];
  return f;
}
// Explicit steps with two buffers that change places.
BOTH("return <- u[n]; a[n], b[n]") double steps(int n, const double *u, double *a, double *b) {
  for (int i = 0; i < n; ++i)
    a[i] = u[i];
  double *now = a, *next = b;
  for (int t = 0; t < 3; ++t) {
    for (int i = 0; i < n; ++i) {
      const double left = i > 0 ? now[i - 1] : 0.0;
      next[i] = now[i] + 0.1 * left * now[i];
    }
    double *const other = now;
    now = next;
    next = other;
  }
  double f = 0;
  for (int i = 0; i < n; ++i)
    f += now[i] * now[i];
  return f;
}
// Outputs that are stored twice, that are read again, that are only added to; a result with members.
BOTH("g[n] <- x[n]") void again(int n, const double *x, double *g) {
  for (int i = 0; i < n; ++i)
    g[i] = x[i] * x[i];
  for (int i = 1; i < n; ++i)
    g[i] = g[i] * g[i - 1] + std::exp(x[i]);
}
BOTH("g[n] <- x[n]") void scaled(int n, const double *x, double *g) {
  double s = 0;
  for (int i = 0; i < n; ++i)
    s = 0.5 * s + x[i];
  for (int i = 0; i < n; ++i)
    g[i] *= s * x[i];
}
struct pair_of {
  double a, b;
};
BOTH("return <- x[n]") pair_of members(int n, const double *x) {
  pair_of r{1, 0};
  for (int i = 0; i < n; ++i) {
    r.a = 0.5 * r.a * x[i] + 0.5;
    r.b += r.a * x[i];
  }
  return r;
}
// Kinks and zeros in what is kept.
BOTH("return <- x[n]") double kinks(int n, const double *x) {
  double s = 0, f = 0;
  for (int i = 0; i < n; ++i) {
    s = std::fmax(0.5 * s, x[i]) + std::fabs(x[i]) * 0.1;
    f += std::sqrt(1 + s * s) * (s > 0.4 ? s : 0.0);
  }
  return f;
}
BOTH("return <- x[n]") double single(int n, const float *x) {
  float s = 0.5f, f = 0;
  for (int i = 0; i < n; ++i) {
    s = s * x[i] + 0.25f;
    f += s * s;
  }
  return f;
}

template <auto F, class... A> void compare_pairs(const char *name, std::vector<double> &x, A... args) {
  auto H = sparsead::hessian<F>::plan(args...);
  auto R = sparsead::hessian<F, Record>::plan(args...);
  std::vector<double> v(H.nnz()), w(v), lambda{0.7, -1.3};
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = 0.2 + 0.1 * double(i % 5);
  const pair_of a = H.values(v, lambda, args...), b = R.values(w, lambda, args...);
  bool good = a.a == b.a && a.b == b.b && v.size() == w.size();
  for (std::size_t k = 0; good && k < v.size(); ++k)
    good = std::fabs(v[k] - w[k]) <= 1e-12 * (1 + std::fabs(w[k]));
  if (!good)
    std::printf("FAIL %s\n", name), ++failures;
}

int main() {
  for (const int n : {13, 3, 2, 40}) {
    const int m = 3 * n;
    std::vector<double> x(n), a, label(m), w(n), b(n), g(n, 1.5);
    std::vector<int> row{0}, col, mask(n);
    for (int i = 0; i < m; ++i) {
      for (int k = 0; k < (i * 7) % 4; ++k) {
        col.push_back((i * i + 5 * k) % n);
        a.push_back(0.5 + 0.25 * double((i + k) % 5));
      }
      row.push_back(int(col.size()));
      label[i] = i % 2 ? 1 : -1;
    }
    for (int i = 0; i < n; ++i)
      mask[i] = i % 3 == 0;
    const int *r = row.data(), *c = col.data();
    // CHECK: logistic forward
    compare<&logistic>("logistic", x, 1, m, n, r, c, a.data(), label.data(), x.data());
    compare<&softmax>("softmax", x, 1, m, n, r, c, x.data());
    // CHECK: recurrence forward
    compare<&recurrence>("recurrence", x, 1, n, x.data());
    compare<&replaced>("replaced", x, 1, n, mask.data(), x.data());
    compare<&nest>("nest", x, 1, n, x.data());
    compare<&until>("until", x, 1, n, x.data());
    // CHECK: grown forward
    compare<&grown>("grown", x, 1, n, x.data());
    if (n > 2)
      compare<&rows_of_rows>("rows_of_rows", x, 1, n, x.data());
    compare<&copied>("copied", x, 1, n, x.data(), w.data());
    compare<&steps>("steps", x, 1, n, x.data(), w.data(), b.data());
    compare<&again>("again", x, n, n, x.data(), g.data());
    compare<&kinks>("kinks", x, 1, n, x.data());
    compare_pairs<&members>("members", x, n, x.data());
    std::vector<float> f(n);
    for (int i = 0; i < n; ++i)
      f[i] = 0.25f * float(i % 5);
    auto H = sparsead::hessian<&single>::plan(n, f.data());
    auto R = sparsead::hessian<&single, Record>::plan(n, f.data());
    std::vector<double> v(H.nnz()), u(v);
    H.values(v, n, f.data());
    R.values(u, n, f.data());
    for (std::size_t k = 0; k < v.size(); ++k)
      if (!(std::fabs(v[k] - u[k]) <= 1e-5 * (1 + std::fabs(u[k]))))
        std::printf("FAIL single: %g instead of %g\n", v[k], u[k]), ++failures;
    // An output that is only scaled is scaled once, whatever number of runs the products take.
    std::vector<double> lambda(n, 1.0), before(n), after(n);
    for (int i = 0; i < n; ++i) {
      x[i] = 0.5 + 0.1 * i;
      before[i] = after[i] = 1 + i;
    }
    auto S = sparsead::hessian<&scaled>::plan(n, x.data(), after.data());
    auto T = sparsead::hessian<&scaled, Record>::plan(n, x.data(), after.data());
    std::vector<double> s(S.nnz()), t(s);
    S.values(s, lambda, n, x.data(), after.data());
    scaled(n, x.data(), before.data());
    std::vector<double> third(n);
    for (int i = 0; i < n; ++i)
      third[i] = 1 + i;
    T.values(t, lambda, n, x.data(), third.data());
    for (std::size_t k = 0; k < s.size(); ++k)
      if (!(std::fabs(s[k] - t[k]) <= 1e-12 * (1 + std::fabs(t[k]))))
        std::printf("FAIL scaled: %g instead of %g\n", s[k], t[k]), ++failures;
    if (before != after || before != third)
      std::printf("FAIL scaled: the output\n"), ++failures;
  }
  // CHECK: done 0
  std::printf("done %d\n", failures);
}
