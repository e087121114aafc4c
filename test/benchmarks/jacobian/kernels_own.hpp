// Problems beside the frozen ones, as templates like those of frozen/kernels.hpp.
#pragma once
#include "../frozen/bench.hpp"
#include <cmath>

/// The value alone, for tests: T may be a dual number.
inline double plain(double x) { return x; }

namespace K {

/// Dense first row and dense first column.
template <class T> void arrowhead(int n, const T *u, T *r) {
  using std::exp;
  T sum(0.0);
  for (int i = 0; i < n; ++i)
    sum += u[i] * u[i];
  r[0] = sum;
  for (int i = 1; i < n; ++i)
    r[i] = u[0] * u[i] + exp(-1.0 * u[i]);
}

/// 27 points: nonlinear diffusion between all neighbors in space, weighted by distance; zero outside.
template <class T> void stencil27(int, const T *u, T *r) {
  const int N = ctx.N, N2 = N * N;
  const double weight[4] = {0.0, 0.6, 0.25, 0.1};
  for (int z = 0; z < N; ++z)
    for (int y = 0; y < N; ++y)
      for (int x = 0; x < N; ++x) {
        const int k = z * N2 + y * N + x;
        T sum(0.0);
        for (int dz = -1; dz <= 1; ++dz)
          for (int dy = -1; dy <= 1; ++dy)
            for (int dx = -1; dx <= 1; ++dx) {
              const int distance = std::abs(dx) + std::abs(dy) + std::abs(dz);
              if (distance == 0)
                continue;
              const bool inside = x + dx >= 0 && x + dx < N && y + dy >= 0 && y + dy < N && z + dz >= 0 && z + dz < N;
              const T b = inside ? u[k + dz * N2 + dy * N + dx] : T(0.0);
              sum += weight[distance] * hflux<T>(u[k], b);
            }
        r[k] = sum;
      }
}

template <class T> T minmod(const T &a, const T &b) {
  if (plain(a) * plain(b) <= 0.0)
    return T(0.0);
  return std::fabs(plain(a)) < std::fabs(plain(b)) ? a : b;
}

template <class T> T van_leer(const T &a, const T &b) {
  if (plain(a) * plain(b) <= 0.0)
    return T(0.0);
  return 2.0 * (a * b) / (a + b);
}

/// Local Lax-Friedrichs flux of Burgers' equation.
template <class T> T burgers_flux(const T &left, const T &right) {
  const T l = plain(left) < 0.0 ? -1.0 * left : left, r = plain(right) < 0.0 ? -1.0 * right : right;
  const T speed = plain(l) < plain(r) ? r : l;
  return 0.25 * (left * left + right * right) - 0.5 * speed * (right - left);
}

/// 2-D Burgers on N x N cells in two stages, limited slopes (minmod along x, van Leer along y) and fluxes through the
/// faces; outflow on all sides. n = N * N.
template <class T> void limiter(int n, const T *u, T *r) {
  const int N = ctx.N;
  T *sx = new T[n], *sy = new T[n], *fx = new T[n + N], *fy = new T[n + N];
  for (int j = 0; j < N; ++j)
    for (int i = 0; i < N; ++i) {
      const int k = j * N + i;
      sx[k] = i > 0 && i < N - 1 ? minmod<T>(u[k] - u[k - 1], u[k + 1] - u[k]) : T(0.0);
      sy[k] = j > 0 && j < N - 1 ? van_leer<T>(u[k] - u[k - N], u[k + N] - u[k]) : T(0.0);
    }
  for (int j = 0; j < N; ++j) { // face i of row j: left of cell i
    const int k = j * N;
    T *f = fx + j * (N + 1);
    f[0] = 0.5 * (u[k] * u[k]);
    for (int i = 1; i < N; ++i)
      f[i] = burgers_flux<T>(u[k + i - 1] + 0.5 * sx[k + i - 1], u[k + i] - 0.5 * sx[k + i]);
    f[N] = 0.5 * (u[k + N - 1] * u[k + N - 1]);
  }
  for (int j = 0; j <= N; ++j) // face below cell (i, j)
    for (int i = 0; i < N; ++i) {
      const int k = j * N + i;
      if (j == 0)
        fy[k] = 0.5 * (u[k] * u[k]);
      else if (j == N)
        fy[k] = 0.5 * (u[k - N] * u[k - N]);
      else
        fy[k] = burgers_flux<T>(u[k - N] + 0.5 * sy[k - N], u[k] - 0.5 * sy[k]);
    }
  for (int j = 0; j < N; ++j)
    for (int i = 0; i < N; ++i) {
      const int k = j * N + i;
      r[k] = fx[k + j + 1] - fx[k + j] + fy[k + N] - fy[k];
    }
  delete[] sx;
  delete[] sy;
  delete[] fx;
  delete[] fy;
}

} // namespace K
