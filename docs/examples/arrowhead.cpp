// An arrowhead: every unknown is tied to the first, and the first to all. The pattern has 3n-2 entries, but the dense
// first row holds every column, so that forward mode needs n colors; the accumulation of the row itself stays linear.
#include "compare.hpp"

SPARSEAD_JACOBIAN("r[n] <- u[n]", "mode=forward")
void arrowhead(int n, const double *u, double *r) {
  double sum = 0.0;
  for (int i = 0; i < n; ++i)
    sum += u[i] * u[i];
  r[0] = sum - 1.0;
  for (int i = 1; i < n; ++i)
    r[i] = u[0] * u[i] + std::exp(-u[i]);
}

int main() {
  const int n = 120;
  std::vector<double> u(n), r(n);
  for (int i = 0; i < n; ++i)
    u[i] = 1.0 / (i + 1);

  const auto plan = sparsead::jacobian<&arrowhead>::plan(n, nullptr, nullptr);
  std::vector<double> values(plan.nnz());
  plan.values(values, n, u.data(), r.data());
  std::cout << plan.spy(30);
  if (plan.num_colors() != n) {
    std::cout << "wrong: " << plan.num_colors() << " colors, where a dense row asks for " << n << '\n';
    return 1;
  }

  std::vector<entry> hand;
  for (int i = 0; i < n; ++i)
    hand.push_back({0, i, 2 * u[i]});
  for (int i = 1; i < n; ++i) {
    hand.push_back({i, 0, u[i]});
    hand.push_back({i, i, u[0] - std::exp(-u[i])});
  }
  return compare(plan, values, hand, plan.check(n, u.data(), r.data()));
}
