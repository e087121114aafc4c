// What a derivative cannot see, and what it shall not see: an equation of state from a library, with its derivative in
// hand (SPARSEAD_RULE); a limiter, a log and an index search that are held fixed (SPARSEAD_INACTIVE).
#include "compare.hpp"

// As if from a library: declared here, defined at the end of this file.
double pressure(double rho, double gamma);
double pressure_jvp(double rho, double gamma, double rho_t);
SPARSEAD_RULE(pressure, "return <- rho", "jvp=pressure_jvp")

// Which interval of the table a place lies in: no derivative, and no body to be looked at.
SPARSEAD_INACTIVE int interval(int n, const double *table, double x);
SPARSEAD_INACTIVE void progress(int n, const double *u);

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void residual(int n, int intervals, const double *table, const double *gamma, const double *u, double *r) {
  progress(n, u);
  for (int i = 0; i < n; ++i) {
    const int k = interval(intervals, table, double(i) / n);
    const int next = i + 1 < n ? i + 1 : i;
    // Frozen: the weight is a number, whatever it was made of.
    SPARSEAD_INACTIVE const double weight = 1 / (1 + u[i] * u[i]);
    r[i] = weight * (pressure(u[next], gamma[k]) - u[i]);
  }
}

double pressure(double rho, double gamma) { return std::pow(rho, gamma); }
double pressure_jvp(double rho, double gamma, double rho_t) { return gamma * std::pow(rho, gamma - 1) * rho_t; }
int interval(int n, const double *table, double x) {
  return static_cast<int>(std::upper_bound(table, table + n, x) - table) - 1;
}
void progress(int n, const double *u) { std::cout << "evaluated at u[" << n - 1 << "] = " << u[n - 1] << '\n'; }

int main() {
  const int n = 100;
  const std::vector<double> table{0, 0.25, 0.5}, gamma{1.4, 1.5, 5.0 / 3};
  std::vector<double> u(n), r(n);
  for (int i = 0; i < n; ++i)
    u[i] = 1 + 0.5 * std::sin(0.1 * i);
  const auto plan = sparsead::jacobian<&residual>::plan(n, 3, table.data(), gamma.data(), nullptr, nullptr);
  std::vector<double> values(plan.nnz());
  plan.values(values, n, 3, table.data(), gamma.data(), u.data(), r.data());

  std::vector<entry> hand;
  for (int i = 0; i < n; ++i) {
    const int next = i + 1 < n ? i + 1 : i;
    const double weight = 1 / (1 + u[i] * u[i]), g = gamma[i < 25 ? 0 : i < 50 ? 1 : 2];
    hand.push_back({i, next, weight * g * std::pow(u[next], g - 1)});
    hand.push_back({i, i, -weight});
  }
  // Differences would vary the weight as well: the comparison is with the derivative written by hand alone.
  return compare(plan, values, hand, {true, 0, 0, 0, "not asked: finite differences know of no frozen weight"});
}
