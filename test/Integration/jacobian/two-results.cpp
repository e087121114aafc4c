// Library functions that write a second result through a pointer, and others that few programs use.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"
#include <numeric>

template <class T>
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void mantissa(int n, const T *u, T *r) {
  for (int i = 0; i < n; ++i) {
    int e;
    T m = std::frexp(u[i], &e);
    r[i] = m * m + std::ldexp(m, e) + std::scalbn(u[i], 3) + T(e);
  }
}

template <class T>
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void parts(int n, const T *u, T *r) {
  for (int i = 0; i < n; ++i) {
    T whole;
    T fraction = std::modf(3 * u[i], &whole);
    r[i] = fraction * fraction + 10 * whole * fraction;
  }
}

// The whole part has no derivative: no entry.
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void whole(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    std::modf(u[i], &r[i]);
}

// Both results go into arrays of the caller.
SPARSEAD_JACOBIAN("s[n], c[n] <- u[n]")
void circle(int n, const double *u, double *s, double *c) {
  for (int i = 0; i < n; ++i)
    sincos(u[i], &s[i], &c[i]);
}
SPARSEAD_JACOBIAN("s[n] <- u[n]")
void circleFloat(int n, const float *u, float *s) {
  for (int i = 0; i < n; ++i) {
    float c;
    __builtin_sincosf(u[i], &s[i], &c);
    s[i] *= c;
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n], v[n]")
void quotient(int n, const double *u, const double *v, double *r) {
  for (int i = 0; i < n; ++i) {
    int q;
    r[i] = std::remquo(u[i], v[i], &q);
    r[i] *= q & 1 ? 2 : 3;
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void gammas(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    int sign;
    r[i] = lgamma_r(u[i], &sign);
    r[i] *= sign;
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void rare(int n, const double *u, double *r) {
  for (int i = 0; i + 2 < n; ++i)
    r[i] = std::hypot(u[i], u[i + 1], u[i + 2]) + std::lerp(u[i], 2.0, 0.3) + std::midpoint(u[i], 1.0) +
           std::fma(u[i], 2.0, 1.0) + std::nextafter(u[i], 2.0) + std::fdim(u[i], 0.1) + std::logb(u[i]) +
           std::abs(int(std::ilogb(u[i])));
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void special(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = std::legendre(3, u[i]) + std::beta(u[i], 2.0) + std::hermite(4, u[i]) + std::laguerre(2, u[i]) + j0(u[i]) +
           jn(2, u[i]) + y1(u[i]);
}

// Exact values, of both results: signs of zeros, infinities, subnormal numbers, the quotient's bits.
SPARSEAD_JACOBIAN("r[6] <- x[2]")
void exact(const double *x, double *r, int *q) {
  r[0] = std::frexp(x[0], &q[0]);
  r[1] = std::modf(x[0], &r[2]);
  r[3] = std::remquo(x[0], x[1], &q[1]);
  r[4] = lgamma_r(x[0], &q[2]);
  r[5] = 0;
}
static int wrong(double a, double b) {
  double x[2] = {a, b}, want[6], got[6], v[12];
  int wantQ[3], gotQ[3];
  exact(x, want, wantQ);
  sparsead::jacobian<&exact>::plan(x, got, gotQ).values(v, x, got, gotQ);
  bool same = true;
  for (int i = 0; i < 6; ++i)
    same &= (std::isnan(want[i]) && std::isnan(got[i])) || (want[i] == got[i] && std::signbit(want[i]) == std::signbit(got[i]));
  for (int i = 0; i < 3; ++i)
    same &= wantQ[i] == gotQ[i] || !std::isfinite(a);
  if (!same)
    std::printf("FAIL %g %g: %g/%d %g %g %g/%d %g/%d, want %g/%d %g %g %g/%d %g/%d\n", a, b, got[0], gotQ[0], got[1], got[2],
                got[3], gotQ[1], got[4], gotQ[2], want[0], wantQ[0], want[1], want[2], want[3], wantQ[1], want[4], wantQ[2]);
  return !same;
}

int main() {
  using namespace check;
  std::vector<double> u = points(6), v = points(6, 0.7, 1.9), r(6), s(6);
  std::vector<float> uf = points<float>(6), rf(6);
  const double spread[6] = {-3.7, 0.3, 5.2, -0.6, 9.1, 1.7};
  for (int i = 0; i < 6; ++i)
    u[i] = spread[i];
  jacobian<&mantissa<double>>("mantissa", 6, {of(u)}, {of(r)}, 6, u.data(), r.data());
  jacobian<&mantissa<float>>("mantissa float", 6, {of(uf)}, {of(rf)}, 6, uf.data(), rf.data());
  jacobian<&parts<double>>("parts", 6, {of(u)}, {of(r)}, 6, u.data(), r.data());
  jacobian<&parts<float>>("parts float", 6, {of(uf)}, {of(rf)}, 6, uf.data(), rf.data());
  jacobian<&whole>("whole", 0, {of(u)}, {of(r)}, 6, u.data(), r.data());
  jacobian<&circle>("circle", 12, {of(u)}, {of(r), of(s)}, 6, u.data(), r.data(), s.data());
  jacobian<&circleFloat>("circle float", 6, {of(uf)}, {of(rf)}, 6, uf.data(), rf.data());
  jacobian<&quotient>("quotient", 12, {of(u), of(v)}, {of(r)}, 6, u.data(), v.data(), r.data());
  jacobian<&gammas>("gammas", 6, {of(u)}, {of(r)}, 6, u.data(), r.data());
  jacobian<&rare>("rare", 12, {of(u)}, {of(r)}, 6, u.data(), r.data());
  u = points(6, 0.2, 0.9);
  jacobian<&special>("special", 6, {of(u)}, {of(r)}, 6, u.data(), r.data());
  const double inf = std::numeric_limits<double>::infinity();
  for (double a : {0.0, -0.0, 1.0, -2.0, -2.5, 0.75, -0.75, 1e300, -1e-310, 12345.678, inf, -inf})
    for (double b : {1.0, -0.3, 2.5, 1e-3, 1e308})
      failures += wrong(a, b);
  std::printf("done %d\n", failures);
}
