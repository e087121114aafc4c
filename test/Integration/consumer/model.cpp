#include "model.hpp"
#include <sparsead/sparsead.hpp>
#include <sstream>

SPARSEAD_JACOBIAN("y[n-1] <- x[n]", "mode=forward")
static void squaredDifferences(int n, const double *x, double *y) {
  for (int i = 0; i < n - 1; ++i)
    y[i] = (x[i + 1] - x[i]) * (x[i + 1] - x[i]);
}

std::string summary(int n) {
  using J = sparsead::jacobian<&squaredDifferences>;
  auto plan = J::plan(n, nullptr, nullptr);
  std::vector<double> x(n), y(n - 1), v(plan.nnz());
  for (int i = 0; i < n; ++i)
    x[i] = 0.5 * i * i;
  plan.values(v.data(), n, x.data(), y.data());
  for (int i = 0; i < n - 1; ++i) {
    double d = 2 * (x[i + 1] - x[i]);
    if (v[2 * i] != -d || v[2 * i + 1] != d)
      return "wrong value in row " + std::to_string(i);
  }
  std::ostringstream text;
  text << plan;
  return text.str().substr(0, text.str().find('\n'));
}
