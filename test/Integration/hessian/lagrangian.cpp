// The Hessian of a Lagrangian: the union of two structures; and what is refused at run time.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 %s %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <tuple>
#include <vector>

SPARSEAD_HESSIAN("return <- x[n]")
double objective(int n, const double *x) {
  double f = 0;
  for (int i = 0; i < n; ++i)
    f += std::pow(x[i] - 1, 4);
  return f;
}
SPARSEAD_HESSIAN("g[m] <- x[n]")
void constraints(int n, int m, const double *x, double *g) {
  for (int i = 0; i < m; ++i)
    g[i] = x[i] * x[i + 1] * x[i + 1] + n;
}
SPARSEAD_HESSIAN("g[2] <- x[3]") void other(const double *x, double *g) {
  g[0] = x[0] * x[1];
  g[1] = x[2] * x[2];
}

template <class F> void refuse(F f) {
  try {
    f();
    std::printf("not refused\n");
  } catch (const std::exception &e) {
    std::printf("%s\n", e.what());
  }
}

template <class Index> void run(sparsead::triangle which) {
  const int n = 6, m = 5;
  std::vector<double> x(n), lambda(m), none;
  for (int i = 0; i < n; ++i)
    x[i] = 0.2 * i + 0.3;
  for (int i = 0; i < m; ++i)
    lambda[i] = 1.5 - i;
  using L = sparsead::lagrangian_hessian<&objective, &constraints>;
  const double *xs = x.data();
  double *const no_g = nullptr;
  const auto P = L::plan<Index>(which, std::forward_as_tuple(n, nullptr), std::forward_as_tuple(n, m, nullptr, nullptr));
  std::vector<double> v(std::size_t(P.nnz()), 99), w(n), d(n);
  const double sigma = 0.75;
  P.values(v, sigma, lambda, std::forward_as_tuple(n, xs), std::forward_as_tuple(n, m, xs, no_g));
  double worst = 0;
  std::vector<double> dense(n * n);
  for (int i = 0; i < n; ++i) {
    dense[i * n + i] = sigma * 12 * std::pow(x[i] - 1, 2) + (i > 0 ? lambda[i - 1] * 2 * x[i - 1] : 0);
    if (i > 0)
      dense[i * n + i - 1] = dense[(i - 1) * n + i] = lambda[i - 1] * 2 * x[i];
  }
  int entries = 0;
  for (int i = 0; i < n; ++i)
    for (auto k = P.row_ptr()[i]; k < P.row_ptr()[i + 1]; ++k, ++entries)
      worst = std::fmax(worst, std::fabs(v[std::size_t(k)] - dense[i * n + P.col_ind()[k]]));
  for (int j = 0; j < n; ++j)
    d[j] = j - 1.7;
  P.hvp(w, d, sigma, lambda, std::forward_as_tuple(n, xs), std::forward_as_tuple(n, m, xs, no_g));
  for (int i = 0; i < n; ++i) {
    double sum = 0;
    for (int j = 0; j < n; ++j)
      sum += dense[i * n + j] * d[j];
    worst = std::fmax(worst, std::fabs(w[i] - sum));
  }
  std::printf("%d entries, %s\n", entries, worst < 1e-12 ? "right" : "WRONG");
}

int main() {
  // CHECK: 11 entries, right
  run<std::int32_t>(sparsead::triangle::lower);
  // CHECK-NEXT: 16 entries, right
  run<std::int32_t>(sparsead::triangle::full);
  // CHECK-NEXT: 11 entries, right
  run<std::int64_t>(sparsead::triangle::lower);
  const auto P = sparsead::hessian<&objective>::plan(50, nullptr);
  // CHECK-NEXT: Hessian 50×50, nnz=50, sparsity 98.0%, lower triangle, local
  std::cout << P.summary() << std::endl;

  std::vector<double> x(6, 1.0), g(5), v(10), lambda(5, 1.0);
  const auto C = sparsead::hessian<&constraints>::plan(6, 5, nullptr, nullptr);
  // CHECK-NEXT: Hessian of 'constraints': the function has 5 outputs; give a weight for each of them
  refuse([&] { C.values(v, 6, 5, x.data(), g.data()); });
  // CHECK-NEXT: 'weights': 4 elements given, 5 wanted
  lambda.pop_back();
  refuse([&] { C.values(v, lambda, 6, 5, x.data(), g.data()); });
  // CHECK-NEXT: 'values': 3 elements given, 10 wanted
  lambda.push_back(1);
  std::vector<double> few(3);
  refuse([&] { C.values(few, lambda, 6, 5, x.data(), g.data()); });
  // CHECK-NEXT: 'direction': 3 elements given, 6 wanted
  refuse([&] { C.hvp(x, few, lambda, 6, 5, x.data(), g.data()); });
  // CHECK-NEXT: Lagrangian of 'objective' and 'other': the functions have 6 and 3 inputs
  refuse([&] {
    sparsead::lagrangian_hessian<&objective, &other>::plan(std::forward_as_tuple(6, nullptr),
                                                           std::forward_as_tuple(nullptr, nullptr));
  });
  // CHECK-NEXT: Lagrangian of 'other' and 'objective': the objective has 2 outputs, not one
  refuse([&] {
    sparsead::lagrangian_hessian<&other, &objective>::plan(std::forward_as_tuple(nullptr, nullptr),
                                                           std::forward_as_tuple(3, nullptr));
  });
  // CHECK-NEXT: 'x': extent 'n' is -2
  refuse([&] { sparsead::hessian<&objective>::plan(-2, nullptr); });
}
