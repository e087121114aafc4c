// Subscripts of structured grids: what is known about them at compile time, as formulas.
// RUN: %sparsead_clang -std=c++17 -O2 -fplugin-arg-sparsead-dump=pattern -c %s -o %t.o | %FileCheck %s
#include <algorithm>
#include <sparsead/sparsead.hpp>

// A band, and boundary rows that are part of it.
// CHECK-LABEL: Jacobian of 'burgers'
// CHECK-SAME: { r[i] -> u[i] : 0 <= i < n; r[i] -> u[i - 1] : 1 <= i < n - 1; r[i] -> u[i + 1] : 1 <= i < n - 1 }
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void burgers(int n, double nu, const double *u, double *r) {
  for (int i = 1; i < n - 1; ++i)
    r[i] = nu * (u[i - 1] - 2 * u[i] + u[i + 1]) - u[i] * (u[i + 1] - u[i - 1]);
  r[0] = u[0] - 1;
  r[n - 1] = u[n - 1];
}

// Guards at the boundary, in two dimensions.
// CHECK-LABEL: Jacobian of 'guarded'
// CHECK-SAME: r[_, N], u[_, N] : {
// CHECK-SAME: r[i, j] -> u[i, j] : 0 <= i < N and 0 <= j < N;
// CHECK-SAME: r[i, j] -> u[i - 1, j] : 1 <= i < N and 0 <= j < N;
// CHECK-SAME: r[i, j] -> u[i + 1, j] : 0 <= i < N - 1 and 0 <= j < N;
// CHECK-SAME: r[i, j] -> u[i, j - 1] : 0 <= i < N and 1 <= j < N;
// CHECK-SAME: r[i, j] -> u[i, j + 1] : 0 <= j < N - 1 and 0 <= i < N }
SPARSEAD_JACOBIAN("r[N*N] <- u[N*N]")
void guarded(int N, const double *u, double *r) {
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < N; ++j) {
      double s = 4 * u[i * N + j];
      if (i > 0)
        s -= u[(i - 1) * N + j];
      if (i < N - 1)
        s -= u[(i + 1) * N + j];
      if (j > 0)
        s -= u[i * N + j - 1];
      if (j < N - 1)
        s -= u[i * N + j + 1];
      r[i * N + j] = s * s;
    }
}

// Around the corner, in the two usual ways, with two species per cell.
// CHECK-LABEL: Jacobian of 'periodic'
// CHECK-SAME: r[_, N, 2], u[_, N, 2] : {
// CHECK-SAME: r[i, j, k] -> u[i - N + 1, j, k] : N - 1 <= i < N and 0 <= j < N and 0 <= k < 2;
// CHECK-SAME: r[i, j, k] -> u[i, 0, k] : j + 1 = N and 0 <= i < N and 0 <= k < 2;
SPARSEAD_JACOBIAN("r[2*N*N] <- u[2*N*N]")
void periodic(int N, const double *u, double *r) {
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < N; ++j) {
      int ip = (i + 1) % N, im = (i + N - 1) % N, jp = j == N - 1 ? 0 : j + 1, jm = j == 0 ? N - 1 : j - 1;
      int c = 2 * (i * N + j);
      for (int s = 0; s < 2; ++s)
        r[c + s] = u[2 * (ip * N + j) + s] + u[2 * (im * N + j) + s] + u[2 * (i * N + jp) + s] +
                   u[2 * (i * N + jm) + s] - 4 * u[c + s] + u[c] * u[c] * u[c + 1];
    }
}

// Ghost cells: rows of m + 2.
// CHECK-LABEL: Jacobian of 'ghosts'
// CHECK-SAME: r[_, m + 2], u[_, m + 2] : {
// CHECK-SAME: r[i, j] -> u[i, j - 1] : 1 <= i < n + 1 and 1 <= j < m + 1;
SPARSEAD_JACOBIAN("r[(n+2)*(m+2)] <- u[(n+2)*(m+2)]")
void ghosts(int n, int m, const double *u, double *r) {
  int s = m + 2;
  for (int i = 1; i <= n; ++i)
    for (int j = 1; j <= m; ++j)
      r[i * s + j] = u[i * s + j] + u[i * s + j - 1] + u[(i + 1) * s + j];
}

// Three dimensions, and structures.
// CHECK-LABEL: Jacobian of 'solid'
// CHECK-SAME: r[_, ny, nx], u[_, ny, nx] : {
// CHECK-SAME: r[i, j, k] -> u[i - 1, j, k] : 1 <= k < nx - 1 and 1 <= j < ny - 1 and 1 <= i < nz - 1;
SPARSEAD_JACOBIAN("r[nx*ny*nz] <- u[nx*ny*nz]")
void solid(int nx, int ny, int nz, const double *u, double *r) {
  auto id = [&](int i, int j, int k) { return (k * ny + j) * nx + i; };
  for (int k = 1; k < nz - 1; ++k)
    for (int j = 1; j < ny - 1; ++j)
      for (int i = 1; i < nx - 1; ++i)
        r[id(i, j, k)] = u[id(i, j, k)] - u[id(i, j, k - 1)] * u[id(i + 1, j, k)];
}

// CHECK-LABEL: Jacobian of 'cells'
// CHECK-SAME: r[_, m, 2], u[_, m, 2] : {
// CHECK-SAME: r[i, j, k] -> u[i, j, k + 1] : k = 0 and 1 <= i < n - 1 and 1 <= j < m - 1;
// CHECK-SAME: r[i, j, k] -> u[i, j + 1, k] : k = 1 and 1 <= i < n - 1 and 1 <= j < m - 1 }
struct Cell {
  double x, y;
};
SPARSEAD_JACOBIAN("r[n*m] <- u[n*m]")
void cells(int n, int m, const Cell *u, Cell *r) {
  for (int i = 1; i < n - 1; ++i)
    for (int j = 1; j < m - 1; ++j) {
      r[i * m + j].x = u[i * m + j].x * u[i * m + j].y;
      r[i * m + j].y = u[i * m + j].x + u[i * m + j + 1].y;
    }
}

// Neighbours that stay inside.
// CHECK-LABEL: Jacobian of 'clamped'
// CHECK-SAME: r[i] -> u[i - 1] : 1 <= i < n;
// CHECK-SAME: r[i] -> u[i + 1] : 0 <= i < n - 1
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void clamped(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[std::max(i - 1, 0)] * u[std::min(i + 1, n - 1)];
}
