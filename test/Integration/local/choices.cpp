// Choices and local plans: what a side that is not taken depends on, its singular partials, roots at zero; pointers to
// arrays that are not there while planning. The local plan against vector forward mode.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O1 %s -o %t %sparsead_ldflags
// RUN: env SPARSEAD_VERIFY=1 %t | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 %s -o %t %sparsead_ldflags
// RUN: env SPARSEAD_VERIFY=1 %t | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

struct Swept;
#define BOTH(name)                                                                                                     \
  SPARSEAD_JACOBIAN("r[n] <- u[n], v[n]")                                                                              \
  SPARSEAD_JACOBIAN("r[n] <- u[n], v[n]", "mode=forward", "tag=Swept")                                                 \
  void name(int n, bool flag, const int *ptr, const double *u, const double *v, double *r)

// Of the two sides only one is in the pattern; the other's partial is infinite.
BOTH(quotient) {
  for (int i = 0; i < n; ++i) {
    double d = u[i] * (i % 2), t = v[i] / d;
    r[i] = flag || i % 2 == 0 ? v[i] : t;
  }
}
BOTH(active_side) {
  for (int i = 0; i < n; ++i) {
    double d = u[i] * (i % 2), t = v[i] / d, e = std::log(d) + std::pow(d, 0.5);
    r[i] = d == 0 ? v[i] : t + e;
  }
}
BOTH(norm) { // the norm of a vector at rest
  for (int i = 0; i < n; ++i) {
    double d = u[i] * (i % 2);
    r[i] = std::fmax(std::sqrt(d * d), v[i] - 9);
  }
}
BOTH(norm_in_branch) {
  for (int i = 0; i < n; ++i) {
    double d = u[i] * (i % 2), dd = d * d, x = 0;
    if (v[i] > -9)
      x = std::sqrt(dd) * std::exp(v[i]);
    r[i] = x;
  }
}
BOTH(empty_sum) { // nothing comes from u[i] where the loop has no iteration
  for (int i = 0; i < n; ++i) {
    double a = 0, scale = std::sqrt(u[i] * (i % 2));
    for (int k = ptr[i]; k < ptr[i + 1]; ++k)
      a += v[k % n] * scale;
    r[i] = a;
  }
}
BOTH(temporary) {
  std::vector<double> t(n);
  for (int i = 0; i < n; ++i)
    t[i] = flag ? u[i] : u[i] * v[n - 1 - i];
  for (int i = 0; i < n; ++i)
    r[i] = t[i] * (flag ? t[(i + 1) % n] : v[i]);
}
BOTH(join) { // two null pointers are not the same element
  for (int i = 0; i < n; ++i)
    r[i] = std::max<double>(i > 0 ? u[i - 1] : v[0], v[(i + n - 1) % n]);
}

template <auto F> void compare(const char *name) {
  const int n = 7;
  std::vector<int> ptr{0, 0, 2, 3, 3, 3, 6, 8};
  std::vector<double> u(n), v(n), r(n), s(n);
  const char *verdict = "ok";
  bool local = true;
  for (bool flag : {false, true}) {
    auto a = sparsead::jacobian<F>::plan(n, flag, ptr.data(), nullptr, nullptr, nullptr);
    auto b = sparsead::jacobian<F, Swept>::plan(n, flag, ptr.data(), u.data(), v.data(), r.data());
    local &= a.strategy() == sparsead::strategy::local;
    if (!std::equal(a.row_ptr().begin(), a.row_ptr().end(), b.row_ptr().begin(), b.row_ptr().end()) ||
        !std::equal(a.col_ind().begin(), a.col_ind().end(), b.col_ind().begin(), b.col_ind().end())) {
      verdict = "another pattern";
      continue;
    }
    for (int i = 0; i < n; ++i) {
      u[i] = 0.5 + i;
      v[i] = 1.5 - i * 0.25;
    }
    const double nan = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> x(a.nnz(), nan), y(a.nnz(), nan);
    a.values(x.data(), n, flag, ptr.data(), u.data(), v.data(), r.data());
    b.values(y.data(), n, flag, ptr.data(), u.data(), v.data(), s.data());
    for (std::size_t k = 0; k < x.size(); ++k)
      if (!(std::fabs(x[k] - y[k]) <= 1e-12 * (1 + std::fabs(y[k]))) && !(std::isinf(y[k]) && x[k] == y[k]) &&
          !(std::isnan(x[k]) && std::isnan(y[k]))) {
        std::printf("%s %d: %g, swept %g\n", name, int(k), x[k], y[k]);
        verdict = "other values";
      }
    if (r != s)
      verdict = "other outputs";
  }
  std::printf("%s: %s %s\n", name, local ? "local" : "swept", verdict);
}

int main() {
  compare<&quotient>("quotient");             // CHECK: {{^}}quotient: local ok
  compare<&active_side>("active_side");       // CHECK-NEXT: {{^}}active_side: local ok
  compare<&norm>("norm");                     // CHECK-NEXT: {{^}}norm: local ok
  compare<&norm_in_branch>("norm_in_branch"); // CHECK-NEXT: {{^}}norm_in_branch: local ok
  compare<&empty_sum>("empty_sum");           // CHECK-NEXT: {{^}}empty_sum: local ok
  compare<&temporary>("temporary");           // CHECK-NEXT: {{^}}temporary: local ok
  compare<&join>("join");                     // CHECK-NEXT: {{^}}join: {{(local|swept)}} ok
}
