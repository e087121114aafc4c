// Functions as they are written in several fields, each local: small local arrays and loops of constant length, stores on
// both sides of a branch on active data, outputs that are read again, sums beside stores, stages through work arrays whose
// rows share columns. Against the same functions under mode=forward.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -fno-access-control -I%S/../Inputs %s -o %t %sparsead_ldflags
// RUN: env SPARSEAD_VERIFY=1 %t | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -fno-access-control -I%S/../Inputs %s -o %t %sparsead_ldflags
// RUN: env SPARSEAD_VERIFY=1 %t | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include "same.hpp"
#include <algorithm>
#include <cmath>
#include <vector>


// Elements: gather, compute in local arrays, scatter.
static inline void elementsBody(int n, int m, const int *tri, const double *xy, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 0;
  for (int e = 0; e < m; ++e) {
    int v[3];
    double ue[3], x[3], y[3], re[3], gx = 0, gy = 0;
    for (int a = 0; a < 3; ++a) {
      v[a] = tri[3 * e + a];
      ue[a] = u[v[a]], x[a] = xy[2 * v[a]], y[a] = xy[2 * v[a] + 1];
    }
    double bx[3] = {y[1] - y[2], y[2] - y[0], y[0] - y[1]}, by[3] = {x[2] - x[1], x[0] - x[2], x[1] - x[0]};
    for (int a = 0; a < 3; ++a)
      gx += bx[a] * ue[a], gy += by[a] * ue[a];
    for (int a = 0; a < 3; ++a)
      re[a] = (gx * bx[a] + gy * by[a]) / std::sqrt(1.0 + gx * gx + gy * gy);
    for (int a = 0; a < 3; ++a)
      r[v[a]] += re[a];
  }
}
TWINS(elements, "r[n] <- u[n]", (int n, int m, const int *tri, const double *xy, const double *u, double *r),
      (n, m, tri, xy, u, r))

// Shooting: four stages of a helper that works in arrays.
static inline void dynamics(const double *x, double u, double *dx) {
  double s = std::sin(x[1]), c = std::cos(x[1]), d = 1.0 + 0.3 * s * s;
  dx[0] = x[2];
  dx[1] = x[3];
  dx[2] = (u + 0.3 * s * (0.5 * x[3] * x[3] + 9.81 * c)) / d;
  dx[3] = (-u * c - 0.15 * x[3] * x[3] * c * s - 12 * s) / (0.5 * d);
}
static inline void shootingBody(int n, double h, const double *z, double *r) {
  for (int k = 0; k < n; ++k) {
    double x[4], k1[4], k2[4], k3[4], k4[4], t[4];
    for (int i = 0; i < 4; ++i)
      x[i] = z[5 * k + i];
    double u = z[5 * k + 4];
    dynamics(x, u, k1);
    for (int i = 0; i < 4; ++i)
      t[i] = x[i] + 0.5 * h * k1[i];
    dynamics(t, u, k2);
    for (int i = 0; i < 4; ++i)
      t[i] = x[i] + 0.5 * h * k2[i];
    dynamics(t, u, k3);
    for (int i = 0; i < 4; ++i)
      t[i] = x[i] + h * k3[i];
    dynamics(t, u, k4);
    for (int i = 0; i < 4; ++i)
      r[4 * k + i] = x[i] + h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]) - z[5 * (k + 1) + i];
  }
}
TWINS(shooting, "r[4*n] <- z[5*n+5]", (int n, double h, const double *z, double *r), (n, h, z, r))

// A rotation by an angle that may be zero, written to an array on both sides of a branch on active data.
static inline void rotate(const double *w, const double *x, double *out) {
  double t = w[0] * w[0] + w[1] * w[1] + w[2] * w[2];
  if (t > 1e-20) {
    double a = std::sqrt(t), c = std::cos(a), s = std::sin(a), k[3] = {w[0] / a, w[1] / a, w[2] / a};
    double d[3] = {k[1] * x[2] - k[2] * x[1], k[2] * x[0] - k[0] * x[2], k[0] * x[1] - k[1] * x[0]};
    double p = (k[0] * x[0] + k[1] * x[1] + k[2] * x[2]) * (1 - c);
    for (int i = 0; i < 3; ++i)
      out[i] = x[i] * c + d[i] * s + k[i] * p;
  } else {
    out[0] = x[0] + w[1] * x[2] - w[2] * x[1];
    out[1] = x[1] + w[2] * x[0] - w[0] * x[2];
    out[2] = x[2] + w[0] * x[1] - w[1] * x[0];
  }
}
static inline void projectionBody(int n, const int *camera, const double *z, double *r) {
  for (int k = 0; k < n; ++k) {
    double p[3];
    rotate(z + 3 * camera[k], z + 3 * k, p);
    r[2 * k] = p[0] / (2 + p[2] * p[2]);
    r[2 * k + 1] = p[1] / (2 + p[2] * p[2]);
  }
}
TWINS(projection, "r[2*n] <- z[3*n]", (int n, const int *camera, const double *z, double *r), (n, camera, z, r))

// Fluxes whose store stands on each of four sides.
static inline void riemannBody(int n, const double *u, double *r, double *f) {
  f[0] = f[n] = 0;
  for (int i = 1; i < n; ++i) {
    double a = u[i - 1], b = u[i];
    if (a > b)
      f[i] = a + b > 0 ? 0.5 * a * a : 0.5 * b * b;
    else if (a > 0)
      f[i] = 0.5 * a * a;
    else if (b < 0)
      f[i] = 0.5 * b * b;
    else
      f[i] = 0;
  }
  for (int i = 0; i < n; ++i)
    r[i] = f[i] - f[i + 1];
}
TWINS(riemann, "r[n] <- u[n]; f[n+1]", (int n, const double *u, double *r, double *f), (n, u, r, f))

// Complementarity: the smaller of two residuals.
static inline void obstacleBody(int n, const double *psi, const double *u, double *r) {
  for (int i = 1; i < n - 1; ++i) {
    double a = 2 * u[i] - u[i - 1] - u[i + 1] + u[i] * u[i], b = u[i] - psi[i];
    if (b < a)
      r[i] = b;
    else
      r[i] = a;
  }
  r[0] = u[0] - psi[0];
  r[n - 1] = u[n - 1] - psi[n - 1];
}
TWINS(obstacle, "r[n] <- u[n]", (int n, const double *psi, const double *u, double *r), (n, psi, u, r))

// The residual of an implicit step: the right-hand side is stored in r and read there.
static inline void implicitBody(int n, double dt, const double *old, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    double a = i > 0 ? u[i - 1] : 0, b = i + 1 < n ? u[i + 1] : 0;
    r[i] = a - 2 * u[i] + b + u[i] * (1 - u[i]);
  }
  for (int i = 0; i < n; ++i)
    r[i] = u[i] - old[i] - dt * r[i];
}
TWINS(implicit, "r[n] <- u[n]", (int n, double dt, const double *old, const double *u, double *r), (n, dt, old, u, r))

// One output from others, and from itself.
static inline void totalBody(int n, const double *u, double *r) {
  for (int i = 0; i < n - 1; ++i)
    r[i] = u[i] * u[i + 1];
  r[n - 1] = r[0] * r[n - 2] + u[0];
  r[0] = std::sin(r[0]) + u[n - 1];
  r[1] *= 3;
}
TWINS(total, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// A sum in the loop that also stores.
static inline void budgetBody(int n, const double *u, double *r) {
  double s = 0, t = 0;
  for (int i = 0; i < n - 2; ++i) {
    r[i] = u[i] * u[i] - 1;
    s += u[i] * u[i + 1];
    if (i % 3 == 0)
      t -= std::exp(u[i]);
  }
  r[n - 2] = s - 1;
  r[n - 1] = s * t;
}
TWINS(budget, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

// Forces on points with components: one element's members are added to beside each other.
struct vector {
  double x, y;
  vector operator+(vector o) const { return {x + o.x, y + o.y}; }
  vector operator-(vector o) const { return {x - o.x, y - o.y}; }
  vector operator*(double s) const { return {x * s, y * s}; }
};
static inline void springsBody(int n, int m, const int *a, const vector *p, vector *f) {
  for (int i = 0; i < n; ++i)
    f[i] = vector{0, -9.81};
  for (int s = 0; s < m; ++s) {
    vector d = p[a[2 * s]] - p[a[2 * s + 1]];
    vector force = d * (1 - 1 / std::sqrt(0.1 + d.x * d.x + d.y * d.y));
    f[a[2 * s]] = f[a[2 * s]] - force;
    f[a[2 * s + 1]] = f[a[2 * s + 1]] + force;
  }
}
TWINS(springs, "f[n] <- p[n]", (int n, int m, const int *a, const vector *p, vector *f), (n, m, a, p, f))

// Two stages through the same work arrays: slopes, fluxes, a stage. Rows of partials that share their columns.
static inline double limited(double a, double b) {
  double p = a * b;
  return p > 0 ? 2 * p / (a + b) : 0;
}
static inline void stage(int n, double dt, const double *base, const double *u, double *s, double *f, double *out) {
  for (int i = 0; i < n; ++i)
    s[i] = limited(u[i] - u[(i + n - 1) % n], u[(i + 1) % n] - u[i]);
  for (int i = 0; i < n; ++i) {
    int l = (i + n - 1) % n;
    double a = u[l] + 0.5 * s[l], b = u[i] - 0.5 * s[i];
    f[i] = 0.25 * (a * a + b * b) - 0.5 * std::max(std::fabs(a), std::fabs(b)) * (b - a);
  }
  for (int i = 0; i < n; ++i)
    out[i] = base[i] - dt * (f[(i + 1) % n] - f[i]);
}
static inline void stagesBody(int n, double dt, const double *u, double *r, double *s, double *f, double *t) {
  stage(n, dt, u, u, s, f, t);
  stage(n, dt, u, t, s, f, r);
}
TWINS(stages, "r[n] <- u[n]; s[n], f[n], t[n]",
      (int n, double dt, const double *u, double *r, double *s, double *f, double *t), (n, dt, u, r, s, f, t))

// Not local, and right: an element depends on the one before it, which depends on ...
static inline void recurrenceBody(int n, const double *u, double *r) {
  r[0] = u[0];
  for (int i = 1; i < n; ++i)
    r[i] = 0.5 * r[i - 1] + u[i] * u[i];
}
TWINS(recurrence, "r[n] <- u[n]", (int n, const double *u, double *r), (n, u, r))

int main() {
  const int n = 24, m = 40;
  std::vector<double> u(4 * n), v(4 * n), xy(2 * n), s(n + 1), f(n + 1), t(n), r;
  std::vector<int> tri(3 * m), camera(n);
  for (int i = 0; i < 4 * n; ++i)
    u[i] = std::sin(1.0 + 5 * i), v[i] = 0.3 * std::cos(3.0 * i);
  for (int i = 0; i < 2 * n; ++i)
    xy[i] = std::sin(2.0 * i * i);
  for (int k = 0; k < 3 * m; ++k)
    tri[k] = (k * 5 + k / 7) % n;
  for (int i = 0; i < n; ++i)
    camera[i] = (i * 5 + 1) % n;
  u[6] = u[7] = u[8] = 0; // a rotation at rest
  auto length = [&](int k) { r.assign(k, 0); return r.data(); };
  // CHECK: elements ok
  SAME(elements, -2, r, n, m, tri.data(), xy.data(), u.data(), length(n));
  // CHECK: shooting ok
  SAME(shooting, -2, r, 9, 0.1, u.data(), length(36));
  // CHECK: projection ok
  SAME(projection, -2, r, n, camera.data(), u.data(), length(2 * n));
  // CHECK: riemann ok
  SAME(riemann, -2, r, n, u.data(), length(n), f.data());
  // CHECK: obstacle ok
  SAME(obstacle, -2, r, n, v.data(), u.data(), length(n));
  // CHECK: implicit ok
  SAME(implicit, -2, r, n, 0.1, v.data(), u.data(), length(n));
  // CHECK: total ok
  SAME(total, -2, r, n, u.data(), length(n));
  // CHECK: budget ok
  SAME(budget, -2, r, n, u.data(), length(n));
  // CHECK: springs ok
  SAME(springs, -2, r, n, m, tri.data(), (const vector *)u.data(), (vector *)length(2 * n));
  // CHECK: stages ok
  SAME(stages, -2, r, n, 0.1, u.data(), length(n), s.data(), f.data(), t.data());
  // CHECK: recurrence ok
  SAME(recurrence, -1, r, n, u.data(), length(n));
}
