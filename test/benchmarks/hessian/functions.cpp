#include "functions.hpp"
#include <cmath>

double rosenbrock(int n, const double *x) {
  double f = 0;
  for (int i = 0; i < n - 1; ++i) {
    const double a = x[i] * x[i] - x[i + 1], b = x[i] - 1.0;
    f += 100.0 * a * a + b * b;
  }
  return f;
}

static double boundary(int i, int j, int N) {
  const double x = double(i + 1) / (N + 1), y = double(j + 1) / (N + 1);
  return x * x - y * y + 0.3 * x * y;
}

double minimal_surface(int N, const double *x) {
  const double h = 1.0 / (N + 1), ih = N + 1;
  double area = 0;
  for (int j = -1; j < N; ++j)
    for (int i = -1; i < N; ++i) {
      const double a = i >= 0 && j >= 0 ? x[j * N + i] : boundary(i, j, N);
      const double b = i < N - 1 && j >= 0 ? x[j * N + i + 1] : boundary(i + 1, j, N);
      const double c = i >= 0 && j < N - 1 ? x[(j + 1) * N + i] : boundary(i, j + 1, N);
      const double d = i < N - 1 && j < N - 1 ? x[(j + 1) * N + i + 1] : boundary(i + 1, j + 1, N);
      const double p = (b - a) * ih, q = (c - a) * ih, s = (d - c) * ih, t = (d - b) * ih;
      area += 0.5 * h * h * (std::sqrt(1.0 + p * p + q * q) + std::sqrt(1.0 + s * s + t * t));
    }
  return area;
}

double springs(int, int m, const int *edges, const double *rest, const double *x) {
  double energy = 0;
  for (int e = 0; e < m; ++e) {
    const double *p = x + 3 * edges[2 * e], *q = x + 3 * edges[2 * e + 1];
    const double dx = p[0] - q[0], dy = p[1] - q[1], dz = p[2] - q[2];
    const double stretch = std::sqrt(dx * dx + dy * dy + dz * dz) - rest[e];
    energy += 0.5 * stretch * stretch;
  }
  return energy;
}

double least_squares(int N, const double *u) {
  double s = 0;
  for (int j = 1; j < N - 1; ++j)
    for (int i = 1; i < N - 1; ++i) {
      const int k = j * N + i;
      const double r = 4 * u[k] - u[k - 1] - u[k + 1] - u[k - N] - u[k + N] + 0.1 * u[k] * u[k] * u[k];
      s += 0.5 * r * r;
    }
  return s;
}

void equations(int N, const double *u, double *g) {
  for (int j = 0; j < N; ++j)
    for (int i = 0; i < N; ++i) {
      const int k = j * N + i;
      const double west = i > 0 ? u[k - 1] : 0, east = i < N - 1 ? u[k + 1] : 0;
      const double south = j > 0 ? u[k - N] : 0, north = j < N - 1 ? u[k + N] : 0;
      g[k] = 4 * u[k] - west - east - south - north + u[k] * (east - west) + std::exp(u[k]);
    }
}
