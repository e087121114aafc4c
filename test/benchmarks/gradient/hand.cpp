#include "functions.hpp"
#include <cmath>
#include <cstring>

double hand_rosenbrock(double *g, int n, const double *x) {
  double f = 0, carry = 0;
  for (int i = 0; i + 1 < n; ++i) {
    const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
    f += 100 * a * a + b * b;
    g[i] = carry - 400 * a * x[i] - 2 * b;
    carry = 200 * a;
  }
  g[n - 1] = carry;
  return f;
}

double hand_minimal_surface(double *g, int n, const double *x) {
  const double h = 1.0 / (n - 1);
  double area = 0;
  std::memset(g, 0, sizeof(double) * n * n);
  for (int i = 0; i + 1 < n; ++i)
    for (int j = 0; j + 1 < n; ++j) {
      const double a = x[i * n + j], b = x[i * n + j + 1], c = x[(i + 1) * n + j], d = x[(i + 1) * n + j + 1];
      const double p = (d - a) / h, q = (c - b) / h, s = std::sqrt(1 + 0.5 * (p * p + q * q));
      area += s;
      const double w = 0.5 * h / s, dp = w * p, dq = w * q;
      g[i * n + j] -= dp;
      g[i * n + j + 1] -= dq;
      g[(i + 1) * n + j] += dq;
      g[(i + 1) * n + j + 1] += dp;
    }
  return area * h * h;
}

double hand_springs(double *g, int n, int m, const int *edges, const double *rest, const double *x) {
  double energy = 0;
  for (int i = 0; i < n; ++i) {
    g[3 * i] = g[3 * i + 1] = 0;
    g[3 * i + 2] = 0.1;
    energy += 0.1 * x[3 * i + 2];
  }
  for (int e = 0; e < m; ++e) {
    const double *p = x + 3 * edges[2 * e], *q = x + 3 * edges[2 * e + 1];
    double *gp = g + 3 * edges[2 * e], *gq = g + 3 * edges[2 * e + 1];
    const double dx = p[0] - q[0], dy = p[1] - q[1], dz = p[2] - q[2];
    const double length = std::sqrt(dx * dx + dy * dy + dz * dz), stretch = length - rest[e], k = stretch / length;
    energy += 0.5 * stretch * stretch;
    gp[0] += k * dx, gp[1] += k * dy, gp[2] += k * dz;
    gq[0] -= k * dx, gq[1] -= k * dy, gq[2] -= k * dz;
  }
  return energy;
}

double hand_diffusion(double *g, int n, int steps, const double *u0, double *states, double *bar, double *next) {
  std::memcpy(states, u0, sizeof(double) * n);
  for (int t = 0; t < steps; ++t) {
    const double *u = states + long(t) * n;
    double *v = states + long(t + 1) * n;
    v[0] = u[0];
    for (int i = 1; i + 1 < n; ++i)
      v[i] = u[i] + 0.1 * (u[i + 1] - 2 * u[i] + u[i - 1]) - 0.01 * u[i] * u[i] * u[i];
    v[n - 1] = u[n - 1];
  }
  const double *last = states + long(steps) * n;
  double s = 0;
  for (int i = 0; i < n; ++i) {
    s += last[i] * last[i];
    bar[i] = 2 * last[i] / n;
  }
  for (int t = steps; t-- > 0;) {
    const double *u = states + long(t) * n;
    auto inner = [&](int i) { return i > 0 && i + 1 < n ? bar[i] : 0.0; };
    for (int i : {0, 1, n - 2, n - 1})
      next[i] = (i == 0 || i == n - 1 ? bar[i] : (0.8 - 0.03 * u[i] * u[i]) * bar[i]) +
                0.1 * ((i > 0 ? inner(i - 1) : 0.0) + (i + 1 < n ? inner(i + 1) : 0.0));
    for (int i = 2; i + 2 < n; ++i)
      next[i] = (0.8 - 0.03 * u[i] * u[i]) * bar[i] + 0.1 * (bar[i - 1] + bar[i + 1]);
    double *w = bar;
    bar = next;
    next = w;
  }
  std::memcpy(g, bar, sizeof(double) * n);
  return s / n;
}
