// The surface of least area over a square with given heights on its boundary: Newton's method with a gradient and a
// sparse Hessian. The heights are those of Scherk's surface, log(cos x / cos y), which is the answer.
#include <Eigen/SparseCholesky>
#include <cmath>
#include <cstdio>
#include <sparsead/sparsead.hpp>
#include <vector>

static double scherk(int i, int j, int N) {
  const double x = 2.0 * (i + 1) / (N + 1) - 1, y = 2.0 * (j + 1) / (N + 1) - 1;
  return std::log(std::cos(x) / std::cos(y));
}

/// Two triangles in each cell; x: heights of the N*N inner points.
SPARSEAD_GRADIENT("return <- x[N*N]") SPARSEAD_HESSIAN("return <- x[N*N]") double area(int N, const double *x) {
  const double h = 2.0 / (N + 1);
  auto height = [=](int i, int j) { return i >= 0 && j >= 0 && i < N && j < N ? x[j * N + i] : scherk(i, j, N); };
  double sum = 0;
  for (int j = -1; j < N; ++j)
    for (int i = -1; i < N; ++i) {
      const double a = height(i, j), b = height(i + 1, j), c = height(i, j + 1), d = height(i + 1, j + 1);
      const double p = (b - a) / h, q = (c - a) / h, s = (d - c) / h, t = (d - b) / h;
      sum += 0.5 * h * h * (std::sqrt(1 + p * p + q * q) + std::sqrt(1 + s * s + t * t));
    }
  return sum;
}

int main() {
  const int N = 60, n = N * N;
  std::vector<double> x(n, 0.0);
  const auto plan = sparsead::hessian<&area>::plan(N, nullptr);
  std::printf("%s\n", plan.summary().c_str());
  // The lower triangle by rows is the upper one by columns, which is as good for a symmetric matrix.
  Eigen::VectorXd gradient(n);
  std::vector<double> values(plan.nnz());
  const Eigen::Map<const Eigen::SparseMatrix<double>> hessian(n, n, plan.nnz(), plan.row_ptr().data(),
                                                              plan.col_ind().data(), values.data());
  Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>, Eigen::Upper> solver;
  solver.analyzePattern(hessian);
  double norm = 1;
  int steps = 0;
  for (; steps < 20 && norm > 1e-10; ++steps) {
    const double now = sparsead::gradient<&area>::value_and_grad(gradient.data(), N, x.data());
    norm = gradient.norm();
    plan.values(values, N, x.data());
    solver.factorize(hessian);
    const Eigen::VectorXd step = solver.solve(gradient);
    std::printf("%d: area %.8f, gradient %.1e\n", steps, now, norm);
    for (int k = 0; k < n; ++k)
      x[k] -= step[k];
  }
  double error = 0;
  for (int j = 0; j < N; ++j)
    for (int i = 0; i < N; ++i)
      error = std::fmax(error, std::fabs(x[j * N + i] - scherk(i, j, N)));
  std::printf("distance to Scherk's surface: %.1e\n", error);
  const bool ok = norm <= 1e-10 && error < 1e-4;
  std::puts(ok ? "ok" : "NOT ok");
  return ok ? 0 : 1;
}
