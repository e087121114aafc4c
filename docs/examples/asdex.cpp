// Squared differences: the smallest useful example. Two neighbouring columns share a row, so two colors are enough for
// any n.
#include "compare.hpp"

SPARSEAD_JACOBIAN("y[n-1] <- x[n]", "mode=forward")
void squared_differences(int n, const double *x, double *y) {
  for (int i = 0; i < n - 1; ++i)
    y[i] = (x[i + 1] - x[i]) * (x[i + 1] - x[i]);
}

int main() {
  const int n = 50;
  std::vector<double> x(n), y(n - 1);
  for (int i = 0; i < n; ++i)
    x[i] = 0.01 * i * i;

  const auto plan = sparsead::jacobian<&squared_differences>::plan(n, nullptr, nullptr);
  std::vector<double> values(plan.nnz());
  plan.values(values, n, x.data(), y.data());

  std::vector<entry> hand;
  for (int i = 0; i < n - 1; ++i) {
    const double d = 2 * (x[i + 1] - x[i]);
    hand.push_back({i, i, -d});
    hand.push_back({i, i + 1, d});
  }
  return compare(plan, values, hand, plan.check(n, x.data(), y.data()));
}
