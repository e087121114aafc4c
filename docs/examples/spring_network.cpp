// A net of springs that hangs from its corners: the potential energy over an edge list, minimised by Newton's method.
// Springs resist stretching and compression, so the Hessian need not be definite; its diagonal is raised where it is
// not.
#include <Eigen/SparseCholesky>
#include <cmath>
#include <cstdio>
#include <sparsead/sparsead.hpp>
#include <vector>

struct net {
  int nodes, edges;
  const int *ends;    ///< two per edge
  const double *rest; ///< lengths
  const char *fixed;  ///< per node
  double stiffness, weight;
};

SPARSEAD_GRADIENT("return <- x[3*s.nodes]")
SPARSEAD_HESSIAN("return <- x[3*s.nodes]") double energy(const net &s, const double *x) {
  double sum = 0;
  for (int e = 0; e < s.edges; ++e) {
    const double *p = x + 3 * s.ends[2 * e], *q = x + 3 * s.ends[2 * e + 1];
    const double dx = p[0] - q[0], dy = p[1] - q[1], dz = p[2] - q[2];
    const double stretch = std::sqrt(dx * dx + dy * dy + dz * dz) - s.rest[e];
    sum += 0.5 * s.stiffness * stretch * stretch;
  }
  for (int i = 0; i < s.nodes; ++i)
    sum += s.weight * x[3 * i + 2];
  return sum;
}

int main() {
  const int side = 15, nodes = side * side, n = 3 * nodes;
  std::vector<int> ends;
  for (int i = 0; i < side; ++i)
    for (int j = 0; j < side; ++j) {
      const int k = i * side + j;
      if (j + 1 < side)
        ends.insert(ends.end(), {k, k + 1});
      if (i + 1 < side)
        ends.insert(ends.end(), {k, k + side});
    }
  std::vector<double> rest(ends.size() / 2, 1.0), x(n);
  std::vector<char> fixed(nodes, 0);
  for (const int corner : {0, side - 1, nodes - side, nodes - 1})
    fixed[corner] = 1;
  for (int i = 0; i < side; ++i)
    for (int j = 0; j < side; ++j) {
      x[3 * (i * side + j)] = 0.9 * i;
      x[3 * (i * side + j) + 1] = 0.9 * j;
      x[3 * (i * side + j) + 2] = fixed[i * side + j] ? 0.0 : -0.5;
    }
  const net s{nodes, int(rest.size()), ends.data(), rest.data(), fixed.data(), 50.0, 0.2};

  const auto plan = sparsead::hessian<&energy>::plan(s, nullptr);
  std::printf("%s\n", plan.summary().c_str());
  Eigen::VectorXd gradient(n);
  std::vector<double> values(plan.nnz());
  auto evaluate = [&](const std::vector<double> &at) {
    const double f = sparsead::gradient<&energy>::value_and_grad(gradient.data(), s, at.data());
    for (int k = 0; k < n; ++k)
      if (fixed[k / 3])
        gradient[k] = 0;
    return f;
  };
  double now = evaluate(x), shift = 1;
  int steps = 0;
  for (; steps < 200 && gradient.norm() > 1e-9; ++steps) {
    plan.values(values, s, x.data());
    // Corners do not move: their rows and columns are those of the unit matrix.
    for (int i = 0; i < n; ++i)
      for (int k = plan.row_ptr()[i]; k < plan.row_ptr()[i + 1]; ++k) {
        const int j = plan.col_ind()[k];
        if (fixed[i / 3] || fixed[j / 3])
          values[k] = i == j ? 1.0 : 0.0;
        else if (i == j)
          values[k] += shift;
      }
    const Eigen::Map<const Eigen::SparseMatrix<double>> hessian(n, n, plan.nnz(), plan.row_ptr().data(),
                                                                plan.col_ind().data(), values.data());
    Eigen::SimplicialLLT<Eigen::SparseMatrix<double>, Eigen::Upper> solver(hessian);
    std::vector<double> next(x);
    bool better = solver.info() == Eigen::Success;
    if (better) {
      const Eigen::VectorXd step = solver.solve(gradient);
      for (int k = 0; k < n; ++k)
        next[k] -= step[k];
      const double then = evaluate(next);
      better = then <= now;
      if (better) {
        x = next;
        now = then;
      } else {
        evaluate(x);
      }
    }
    shift = better ? shift / 4 : 8 * shift + 1e-3;
    if (shift < 1e-6)
      shift = 0;
  }
  const double sag = -x[3 * (nodes / 2) + 2];
  std::printf("%d steps: energy %.6f, gradient %.1e, the middle hangs %.3f below the corners\n", steps, now,
              gradient.norm(), sag);
  const bool ok = gradient.norm() <= 1e-9 && sag > 0.5;
  std::puts(ok ? "ok" : "NOT ok");
  return ok ? 0 : 1;
}
