// A conservation law in two stages: fluxes at the faces go to a temporary array that the function allocates for itself,
// their differences to the residual. The annotation does not mention the temporary.
#include "compare.hpp"

/// The flux of Burgers' equation with smoothed Rusanov dissipation.
static double face_flux(double left, double right) {
  const double mean = 0.5 * (left + right);
  const double speed = std::sqrt(0.01 + mean * mean);
  return 0.25 * (left * left + right * right) - 0.5 * speed * (right - left);
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void balance(int n, const double *u, double *r) {
  double *face = new double[n + 1];
  face[0] = face_flux(0.0, u[0]);
  for (int i = 1; i < n; ++i)
    face[i] = face_flux(u[i - 1], u[i]);
  face[n] = face_flux(u[n - 1], 0.0);
  for (int i = 0; i < n; ++i)
    r[i] = face[i + 1] - face[i];
  delete[] face;
}

int main() {
  const int n = 500;
  std::vector<double> u(n), r(n);
  for (int i = 0; i < n; ++i)
    u[i] = 0.6 + 0.5 * std::sin(0.05 * i);

  const auto plan = sparsead::jacobian<&balance>::plan(n, nullptr, nullptr);
  std::vector<double> values(plan.nnz());
  plan.values(values, n, u.data(), r.data());

  std::vector<entry> hand;
  for (int f = 0; f <= n; ++f) { // face f lies between the cells f-1 and f
    const double a = f > 0 ? u[f - 1] : 0.0, b = f < n ? u[f] : 0.0;
    const double mean = 0.5 * (a + b), speed = std::sqrt(0.01 + mean * mean);
    const double slope = 0.25 * mean / speed * (b - a);
    const double by_a = 0.5 * a - slope + 0.5 * speed, by_b = 0.5 * b - slope - 0.5 * speed;
    for (const int cell : {f - 1, f}) {
      if (cell < 0 || cell >= n)
        continue;
      const double sign = cell == f - 1 ? 1.0 : -1.0;
      if (f > 0)
        hand.push_back({cell, f - 1, sign * by_a});
      if (f < n)
        hand.push_back({cell, f, sign * by_b});
    }
  }
  return compare(plan, values, hand, plan.check(n, u.data(), r.data()));
}
