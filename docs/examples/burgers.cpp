// The viscous Burgers equation in one dimension, central differences, zero at both ends. Besides the values: products
// with the Jacobian and with its transpose.
#include "compare.hpp"

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void burgers(int n, double nu, const double *u, double *r) {
  const double h = 1.0 / (n + 1);
  for (int i = 0; i < n; ++i) {
    const double left = i > 0 ? u[i - 1] : 0.0;
    const double right = i < n - 1 ? u[i + 1] : 0.0;
    const double convection = u[i] * (right - left) / (2 * h);
    const double diffusion = nu * (right - 2 * u[i] + left) / (h * h);
    r[i] = convection - diffusion;
  }
}

int main() {
  const int n = 1000;
  const double nu = 0.02, h = 1.0 / (n + 1);
  std::vector<double> u(n), r(n);
  for (int i = 0; i < n; ++i)
    u[i] = std::sin(3 * (i + 1) * h) + 0.3 * std::cos(40 * (i + 1) * h);

  const auto plan = sparsead::jacobian<&burgers>::plan(n, nu, nullptr, nullptr);
  std::vector<double> values(plan.nnz());
  plan.values(values, n, nu, u.data(), r.data());

  // For any w and d: w . (J d) = (transpose(J) w) . d
  std::vector<double> d(n), w(n), jd(n), jw(n);
  for (int i = 0; i < n; ++i) {
    d[i] = std::cos(0.7 * i);
    w[i] = std::sin(1.1 * i);
  }
  plan.jvp(jd, d, n, nu, u.data(), r.data());
  plan.vjp(jw, w, n, nu, u.data(), r.data());
  double left_side = 0, right_side = 0, size = 0;
  for (int i = 0; i < n; ++i) {
    left_side += w[i] * jd[i];
    right_side += jw[i] * d[i];
    size += std::fabs(w[i] * jd[i]);
  }
  std::cout << "w.(Jd) = " << left_side << ", (J'w).d = " << right_side << '\n';
  if (!(std::fabs(left_side - right_side) <= 1e-12 * size)) {
    std::cout << "wrong: the products disagree\n";
    return 1;
  }

  std::vector<entry> hand;
  for (int i = 0; i < n; ++i) {
    const double left = i > 0 ? u[i - 1] : 0.0, right = i < n - 1 ? u[i + 1] : 0.0;
    if (i > 0)
      hand.push_back({i, i - 1, -u[i] / (2 * h) - nu / (h * h)});
    hand.push_back({i, i, (right - left) / (2 * h) + 2 * nu / (h * h)});
    if (i < n - 1)
      hand.push_back({i, i + 1, u[i] / (2 * h) - nu / (h * h)});
  }
  return compare(plan, values, hand, plan.check(n, nu, u.data(), r.data()));
}
