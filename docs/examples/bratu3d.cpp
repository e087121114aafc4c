// A Bratu problem with solution-dependent conductivity in three dimensions: seven points, fluxes in a helper function,
// zero on the boundary.
#include "compare.hpp"

/// Conductivity 1 + m^2 at the mean m, times the difference.
static double flux(double a, double b) {
  const double m = 0.5 * (a + b);
  return (1 + m * m) * (b - a);
}

SPARSEAD_JACOBIAN("r[N*N*N] <- u[N*N*N]")
void bratu(int N, double lambda, const double *u, double *r) {
  const int row = N, layer = N * N;
  for (int z = 0; z < N; ++z)
    for (int y = 0; y < N; ++y)
      for (int x = 0; x < N; ++x) {
        const int k = z * layer + y * row + x;
        double sum = lambda * std::exp(u[k]);
        sum += flux(u[k], x > 0 ? u[k - 1] : 0.0);
        sum += flux(u[k], x < N - 1 ? u[k + 1] : 0.0);
        sum += flux(u[k], y > 0 ? u[k - row] : 0.0);
        sum += flux(u[k], y < N - 1 ? u[k + row] : 0.0);
        sum += flux(u[k], z > 0 ? u[k - layer] : 0.0);
        sum += flux(u[k], z < N - 1 ? u[k + layer] : 0.0);
        r[k] = sum;
      }
}

int main() {
  const int N = 12, n = N * N * N;
  const double lambda = 0.05;
  std::vector<double> u(n), r(n);
  for (int k = 0; k < n; ++k)
    u[k] = 0.5 + 0.4 * std::sin(0.37 * k);

  const auto plan = sparsead::jacobian<&bratu>::plan(N, lambda, nullptr, nullptr);
  std::vector<double> values(plan.nnz());
  plan.values(values, N, lambda, u.data(), r.data());

  std::vector<entry> hand;
  const int steps[6][3] = {{-1, 0, 0}, {1, 0, 0}, {0, -1, 0}, {0, 1, 0}, {0, 0, -1}, {0, 0, 1}};
  for (int z = 0; z < N; ++z)
    for (int y = 0; y < N; ++y)
      for (int x = 0; x < N; ++x) {
        const int k = (z * N + y) * N + x;
        double diagonal = lambda * std::exp(u[k]);
        for (const auto &s : steps) {
          const int X = x + s[0], Y = y + s[1], Z = z + s[2];
          const bool inside = X >= 0 && X < N && Y >= 0 && Y < N && Z >= 0 && Z < N;
          const int other = (Z * N + Y) * N + X;
          const double a = u[k], b = inside ? u[other] : 0.0, m = 0.5 * (a + b);
          diagonal += m * (b - a) - (1 + m * m);
          if (inside)
            hand.push_back({k, other, m * (b - a) + (1 + m * m)});
        }
        hand.push_back({k, k, diagonal});
      }
  return compare(plan, values, hand, plan.check(N, lambda, u.data(), r.data()));
}
