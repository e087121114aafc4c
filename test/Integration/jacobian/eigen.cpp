// Eigen's packets negate by flipping sign bits and take minima in assembly: it is arithmetic all the same.
// REQUIRES: plugin, eigen
// RUN: %sparsead_clang -std=c++17 -O0 %eigen -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -O2 %eigen -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 | %FileCheck %s
// CHECK: negate nnz 7 ok 1
// CHECK: magnitude nnz 7 ok 1
// CHECK: bounds nnz 7 ok 1
// CHECK: single nnz 7 ok 1
// CHECK: negate4 nnz 16 ok 1
// CHECK: kept 1
#include <Eigen/Dense>
#include <cstdio>
#include <sparsead/sparsead.hpp>
#include <vector>

using In = Eigen::Map<const Eigen::VectorXd>;
using Out = Eigen::Map<Eigen::VectorXd>;

SPARSEAD_JACOBIAN("y[n] <- x[n]") void negate(int n, const double *x, double *y) { Out(y, n) = -In(x, n); }

SPARSEAD_JACOBIAN("y[n] <- x[n]") void magnitude(int n, const double *x, double *y) {
  Out(y, n) = In(x, n).cwiseAbs() + 2 * (-In(x, n)).cwiseAbs2();
}

SPARSEAD_JACOBIAN("y[n] <- x[n]") void bounds(int n, const double *x, double *y) {
  Out(y, n) = In(x, n).cwiseMax(-0.25).cwiseMin(0.5) * 3;
}

SPARSEAD_JACOBIAN("y[n] <- x[n]") void single(int n, const float *x, float *y) {
  Eigen::Map<Eigen::VectorXf>(y, n) = -Eigen::Map<const Eigen::VectorXf>(x, n).cwiseMax(-0.25f);
}

SPARSEAD_JACOBIAN("y[16] <- x[16]") void negate4(const double *x, double *y) {
  Eigen::Map<Eigen::Matrix4d> out(y);
  Eigen::Map<const Eigen::Matrix4d> in(x);
  out = in * -1.0;
  out.row(0) = -in.row(0);
}

int main() {
  const int n = 7;
  std::vector<double> x = {-1, -0.7, -0.1, 0.2, 0.4, 0.9, 1.3}, y(n), m(16), r(16);
  std::vector<float> xf(x.begin(), x.end()), yf(n);
  for (int i = 0; i < 16; ++i)
    m[i] = (i % 5 == 0) * 3 + 0.1 * i;
  auto report = [](const char *name, const auto &plan, auto... args) {
    std::printf("%s nnz %d ok %d\n", name, int(plan.nnz()), int(plan.check(args...).ok));
  };
  const double *u = x.data();
  report("negate", sparsead::jacobian<&negate>::plan(n, u, y.data()), n, u, y.data());
  report("magnitude", sparsead::jacobian<&magnitude>::plan(n, u, y.data()), n, u, y.data());
  report("bounds", sparsead::jacobian<&bounds>::plan(n, u, y.data()), n, u, y.data());
  const float *uf = xf.data();
  report("single", sparsead::jacobian<&single>::plan(n, uf, yf.data()), n, uf, yf.data());
  const double *um = m.data();
  report("negate4", sparsead::jacobian<&negate4>::plan(um, r.data()), um, r.data());
  // The results are those of the function.
  auto P = sparsead::jacobian<&bounds>::plan(n, u, y.data());
  std::vector<double> v(P.nnz()), direct(n);
  P.values(v.data(), n, u, y.data());
  bounds(n, u, direct.data());
  std::printf("kept %d\n", int(y == direct));
}
