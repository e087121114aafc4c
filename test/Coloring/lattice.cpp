// Colorings that are known at compile time, as formulas.
// RUN: %sparsead_clang -std=c++17 -O2 -fplugin-arg-sparsead-dump=coloring -c %s -o %t.o | %FileCheck %s
#include <sparsead/sparsead.hpp>

// CHECK: Jacobian of 'tridiagonal' (r[n] <- u[n]): u[i]: i mod 3{{$}}
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void tridiagonal(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = (i > 0 ? u[i - 1] : 0) - 2 * u[i] + (i < n - 1 ? u[i + 1] : 0);
}

// CHECK: Jacobian of 'pentadiagonal' (r[n] <- u[n]): u[i]: i mod 5{{$}}
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void pentadiagonal(int n, const double *u, double *r) {
  for (int i = 2; i < n - 2; ++i)
    r[i] = u[i - 2] - u[i - 1] + u[i] - u[i + 1] * u[i + 2];
}

// Through a temporary: the band is wider.
// CHECK: Jacobian of 'composed' (r[n] <- u[n]; w[n]): u[i]: i mod 5{{$}}
SPARSEAD_JACOBIAN("r[n] <- u[n]; w[n]")
void composed(int n, const double *u, double *r, double *w) {
  for (int i = 1; i < n - 1; ++i)
    w[i] = u[i - 1] * u[i] + u[i + 1];
  for (int i = 2; i < n - 2; ++i)
    r[i] = w[i - 1] - w[i] + w[i + 1];
}

// CHECK: Jacobian of 'five' {{.*}}: u[i, j]: (i + 2*j) mod 5{{$}}
SPARSEAD_JACOBIAN("r[N*N] <- u[N*N]")
void five(int N, const double *u, double *r) {
  for (int i = 1; i < N - 1; ++i)
    for (int j = 1; j < N - 1; ++j)
      r[i * N + j] = u[i * N + j] - u[(i - 1) * N + j] - u[(i + 1) * N + j] - u[i * N + j - 1] - u[i * N + j + 1];
}

// CHECK: Jacobian of 'around' {{.*}}: u[i, j]: (i + 2*j) mod 5 where 5 divides M and N{{$}}
SPARSEAD_JACOBIAN("r[M*N] <- u[M*N]")
void around(int M, int N, const double *u, double *r) {
  for (int i = 0; i < M; ++i)
    for (int j = 0; j < N; ++j)
      r[i * N + j] = u[i * N + j] - u[(i + 1) % M * N + j] - u[(i + M - 1) % M * N + j] -
                     u[i * N + (j == 0 ? N - 1 : j - 1)] * u[i * N + (j == N - 1 ? 0 : j + 1)];
}

// CHECK: Jacobian of 'nine' {{.*}}: u[i, j]: (i + 3*j) mod 9{{$}}
SPARSEAD_JACOBIAN("r[N*N] <- u[N*N]")
void nine(int N, const double *u, double *r) {
  for (int i = 1; i < N - 1; ++i)
    for (int j = 1; j < N - 1; ++j) {
      double s = 0;
      for (int a = -1; a <= 1; ++a)
        for (int b = -1; b <= 1; ++b)
          s += u[(i + a) * N + j + b] * u[i * N + j];
      r[i * N + j] = s;
    }
}

// CHECK: Jacobian of 'seven' {{.*}}: u[i, j, k]: (i + 2*j + 3*k) mod 7{{$}}
SPARSEAD_JACOBIAN("r[N*N*N] <- u[N*N*N]")
void seven(int N, const double *u, double *r) {
  for (int i = 1; i < N - 1; ++i)
    for (int j = 1; j < N - 1; ++j)
      for (int k = 1; k < N - 1; ++k)
        r[(i * N + j) * N + k] = u[(i * N + j) * N + k] - u[((i - 1) * N + j) * N + k] - u[((i + 1) * N + j) * N + k] -
                                 u[(i * N + j - 1) * N + k] - u[(i * N + j + 1) * N + k] -
                                 u[(i * N + j) * N + k - 1] * u[(i * N + j) * N + k + 1];
}

// CHECK: Jacobian of 'cube' {{.*}}: u[i, j, k]: (i + 3*j + 9*k) mod 27{{$}}
SPARSEAD_JACOBIAN("r[N*N*N] <- u[N*N*N]")
void cube(int N, const double *u, double *r) {
  for (int i = 1; i < N - 1; ++i)
    for (int j = 1; j < N - 1; ++j)
      for (int k = 1; k < N - 1; ++k) {
        double s = 0;
        for (int a = -1; a <= 1; ++a)
          for (int b = -1; b <= 1; ++b)
            for (int c = -1; c <= 1; ++c)
              s += u[((i + a) * N + j + b) * N + k + c] * u[(i * N + j) * N + k];
        r[(i * N + j) * N + k] = s;
      }
}

// Two species in one array, coupled in each cell: six columns in a row.
// CHECK: Jacobian of 'species' {{.*}}: u[i, j]: {{.*}} mod 4{{$}}
SPARSEAD_JACOBIAN("r[2*n] <- u[2*n]")
void species(int n, const double *u, double *r) {
  for (int i = 1; i < n - 1; ++i) {
    double reaction = u[2 * i] * u[2 * i] * u[2 * i + 1];
    r[2 * i] = u[2 * i - 2] - u[2 * i] + u[2 * i + 2] + reaction;
    r[2 * i + 1] = u[2 * i - 1] - u[2 * i + 1] + u[2 * i + 3] - reaction;
  }
}

// Two arrays; shifts keep them apart.
// CHECK: Jacobian of 'pair' {{.*}}: {{.*}} mod 4; {{.*}} mod 4{{$}}
SPARSEAD_JACOBIAN("r[n] <- u[n], v[n]")
void pair(int n, const double *u, const double *v, double *r) {
  for (int i = 1; i < n; ++i)
    r[i] = u[i - 1] * v[i - 1] + u[i] * v[i];
}

// Parameters that all rows share have colors of their own.
// CHECK: Jacobian of 'parameters' (r[n] <- u[n], p[2], q[m]): {{.*}}p[i]: i mod 2
// CHECK-SAME: u[i]: i mod 2
// CHECK-SAME: q: one color each
SPARSEAD_JACOBIAN("r[n] <- u[n], p[2], q[m]")
void parameters(int n, int m, const double *u, const double *p, const double *q, double *r) {
  double s = 0;
  for (int k = 0; k < m; ++k)
    s += q[k] * q[k];
  for (int i = 1; i < n; ++i)
    r[i] = p[0] * u[i] + p[1] * u[i - 1] + s;
}

// A sum over everything has none.
// CHECK: Jacobian of 'sum' {{.*}}: no coloring at compile time
SPARSEAD_JACOBIAN("return <- u[n]")
double sum(int n, const double *u) {
  double s = 0;
  for (int i = 0; i < n; ++i)
    s += u[i] * u[i];
  return s;
}
