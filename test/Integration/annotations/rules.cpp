// SPARSEAD_RULE: functions whose bodies are hidden, or of no use, with derivatives by the user.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -Wall -Wextra -Werror -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -I%S/../Inputs %s %sparsead_ldflags -o %t.san && %t.san | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"
#include "check_gradient.hpp"
#include <array>
#include <span>

// Declared only; one input, a jvp.
double table(double x);
double table_jvp(double x, double x_t);
SPARSEAD_RULE(table, "return <- x", "jvp=table_jvp")

// Two inputs of three, and both derivatives; names with a namespace.
namespace gas {
double pressure(double rho, int kind, double e);
double pressure_jvp(double rho, int kind, double e, double rho_t, double e_t);
void pressure_vjp(double rho, int kind, double e, double p_a, double *rho_a, double *e_a);
} // namespace gas
SPARSEAD_RULE(gas::pressure, "return <- rho, e", "jvp=gas::pressure_jvp", "vjp=gas::pressure_vjp");

// C linkage; an implicit solve (y^3 + y = x) with a vjp only. The body is here, and is not looked at.
extern "C" {
static double root(double x, double scale) {
  double y = 0;
  for (int k = 0; k < 60; ++k)
    y -= (y * y * y + scale * y - x) / (3 * y * y + scale);
  return y;
}
static void root_vjp(double x, double scale, double y_a, double &x_a, double &scale_a) {
  const double y = root(x, scale), d = 1 / (3 * y * y + scale);
  x_a += d * y_a;
  scale_a += -y * d * y_a;
}
}
SPARSEAD_RULE(root, "return <- x, scale", "vjp=root_vjp")

// Data by pointer and by reference, which carries no derivative; overloaded derivatives; floats.
struct spline {
  std::array<double, 4> c;
  double at(double x) const;
};
double spline_jvp(const spline &s, double x, double x_t);
float spline_jvp(const float *s, float x, float x_t);
SPARSEAD_RULE(&spline::at, "return <- x", "jvp=spline_jvp")
float single(const float *s, float x);
SPARSEAD_RULE(single, "return <- x", "jvp = spline_jvp")

// One of several overloads, and an instance of a template.
double scaled(double x, double k);
int scaled(int x, int k);
template <class T> T scaled_jvp(T x, T k, T x_t) { return x_t * k * x; }
inline double twice_scaled(double x, double k, double x_t) { return scaled_jvp(x, k, x_t); }
SPARSEAD_RULE((double (*)(double, double))scaled, "return <- x", "jvp=twice_scaled")

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void looked_up(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 2 * table(u[i]) * u[(i + 1) % n];
}
SPARSEAD_JACOBIAN("r[n] <- u[n]", "mode=local")
void locally(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = gas::pressure(u[i], i % 2, u[(i + 1) % n]);
}
SPARSEAD_JACOBIAN("r[n] <- u[n]", "mode=forward")
void forwards(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = gas::pressure(u[i], 1, u[(i + 1) % n]) + root(u[i], 2 + i);
}
SPARSEAD_JACOBIAN("r[n] <- u[n]", "mode=reverse")
void backwards(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = gas::pressure(u[i], 1, u[(i + 1) % n]) + root(u[i], u[(i + 2) % n]);
}
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void data(int n, const spline &s, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = s.at(u[i]) * s.at(2);
}
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void floats(int n, const float *s, const float *u, float *r) {
  for (int i = 0; i < n; ++i)
    r[i] = single(s, u[i]);
}
SPARSEAD_JACOBIAN("r <- u")
void one(std::span<const double> u, std::span<double> r) {
  for (std::size_t i = 0; i < u.size(); ++i)
    r[i] = scaled(u[i], 3.0);
}
// Known while planning: the argument is no input.
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void coefficients(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = table(i) * u[int(root(i * (i * i + 1.0), 1.0) + 0.5)];
}
SPARSEAD_GRADIENT("return <- x[n]")
double energy(int n, const double *x) {
  double f = 1;
  for (int i = 0; i < n; ++i)
    f = f * 0.5 + root(x[i], 1 + f * f) * table(x[i]);
  return f;
}
// The data changes between the call and the reverse sweep.
SPARSEAD_GRADIENT("return <- x[n]")
double changing(int n, const double *x) {
  spline s{{1, 2, 3, 4}};
  double f = 0;
  for (int i = 0; i < n; ++i) {
    s.c[1] = i;
    f += s.at(x[i]);
  }
  return f;
}

double table(double x) { return std::sin(x); }
double table_jvp(double x, double x_t) { return std::cos(x) * x_t; }
double gas::pressure(double rho, int kind, double e) { return rho * rho * e + kind * e; }
double gas::pressure_jvp(double rho, int kind, double e, double rho_t, double e_t) {
  return 2 * rho * e * rho_t + (rho * rho + kind) * e_t;
}
void gas::pressure_vjp(double rho, int kind, double e, double p_a, double *rho_a, double *e_a) {
  *rho_a += 2 * rho * e * p_a;
  *e_a += (rho * rho + kind) * p_a;
}
double spline::at(double x) const { return c[0] + x * (c[1] + x * (c[2] + x * c[3])); }
double spline_jvp(const spline &s, double x, double x_t) {
  return (s.c[1] + x * (2 * s.c[2] + 3 * x * s.c[3])) * x_t;
}
float single(const float *s, float x) { return s[0] * x * x; }
float spline_jvp(const float *s, float x, float x_t) { return 2 * s[0] * x * x_t; }
double scaled(double x, double k) { return 0.5 * k * x * x; }
int scaled(int x, int k) { return k * x; }

int main() {
  std::vector<double> u{.3, .7, 1.1, 1.6, .9}, r(5);
  const int n = 5;
  check::jacobian<&looked_up>("looked_up", 10, {check::of(u)}, {check::of(r)}, n, u.data(), r.data());
  check::jacobian<&locally>("locally", 10, {check::of(u)}, {check::of(r)}, n, u.data(), r.data());
  check::jacobian<&forwards>("forwards", 10, {check::of(u)}, {check::of(r)}, n, u.data(), r.data());
  check::jacobian<&backwards>("backwards", 15, {check::of(u)}, {check::of(r)}, n, u.data(), r.data());
  const spline s{{1, .5, -.25, 2}};
  check::jacobian<&data>("data", 5, {check::of(u)}, {check::of(r)}, n, s, u.data(), r.data());
  std::vector<float> x{.5f, .25f, 2}, y(3), k{3};
  check::jacobian<&floats>("floats", 3, {check::of(x)}, {check::of(y)}, 3, k.data(), x.data(), y.data());
  check::jacobian<&one>("one", 5, {check::of(u)}, {check::of(r)}, std::span<const double>(u), std::span<double>(r));
  check::jacobian<&coefficients>("coefficients", 5, {check::of(u)}, {check::of(r)}, n, u.data(), r.data());
  check::gradient<&energy>("energy", {check::of(u)}, check::returned(), {}, n, u.data());
  check::gradient<&changing>("changing", {check::of(u)}, check::returned(), {}, n, u.data());
  std::printf("done %d\n", check::failures);
}
