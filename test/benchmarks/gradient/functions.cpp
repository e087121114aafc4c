#include "functions.hpp"
#include <cmath>

double rosenbrock(int n, const double *x) {
  double f = 0;
  for (int i = 0; i + 1 < n; ++i) {
    const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
    f += 100 * a * a + b * b;
  }
  return f;
}

double minimal_surface(int n, const double *x) {
  const double h = 1.0 / (n - 1);
  double area = 0;
  for (int i = 0; i + 1 < n; ++i)
    for (int j = 0; j + 1 < n; ++j) {
      const double a = x[i * n + j], b = x[i * n + j + 1], c = x[(i + 1) * n + j], d = x[(i + 1) * n + j + 1];
      const double p = (d - a) / h, q = (c - b) / h;
      area += std::sqrt(1 + 0.5 * (p * p + q * q));
    }
  return area * h * h;
}

double springs(int n, int m, const int *edges, const double *rest, const double *x) {
  double energy = 0;
  for (int e = 0; e < m; ++e) {
    const double *p = x + 3 * edges[2 * e], *q = x + 3 * edges[2 * e + 1];
    const double dx = p[0] - q[0], dy = p[1] - q[1], dz = p[2] - q[2];
    const double stretch = std::sqrt(dx * dx + dy * dy + dz * dz) - rest[e];
    energy += 0.5 * stretch * stretch;
  }
  for (int i = 0; i < n; ++i)
    energy += 0.1 * x[3 * i + 2];
  return energy;
}

double diffusion(int n, int steps, const double *u0, double *u, double *v) {
  for (int i = 0; i < n; ++i)
    u[i] = u0[i];
  for (int t = 0; t < steps; ++t) {
    v[0] = u[0];
    for (int i = 1; i + 1 < n; ++i)
      v[i] = u[i] + 0.1 * (u[i + 1] - 2 * u[i] + u[i - 1]) - 0.01 * u[i] * u[i] * u[i];
    v[n - 1] = u[n - 1];
    double *w = u;
    u = v;
    v = w;
  }
  double s = 0;
  for (int i = 0; i < n; ++i)
    s += u[i] * u[i];
  return s / n;
}
