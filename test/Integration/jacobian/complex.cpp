// Functions of complex numbers, in every quadrant, on both sides of the unit circle and on the real axis.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <complex>
#include <sparsead/sparsead.hpp>
#include "check.hpp"

template <class T> using C = std::complex<T>;

/// Both parts of the result, or one.
template <class T> T *put(T *y, C<T> v) {
  *y++ = v.real();
  *y++ = v.imag();
  return y;
}
template <class T> T *put(T *y, T v) {
  *y++ = v;
  return y;
}

// 20 functions with two parts, 3 with one; a function of 2 numbers each.
template <class T>
SPARSEAD_JACOBIAN("y[43] <- x[2]")
void all(const T *x, T *y) {
  C<T> z(x[0], x[1]);
  y = put(y, std::exp(z));
  y = put(y, std::log(z));
  y = put(y, std::log10(z));
  y = put(y, std::sqrt(z));
  y = put(y, std::sin(z));
  y = put(y, std::cos(z));
  y = put(y, std::tan(z));
  y = put(y, std::sinh(z));
  y = put(y, std::cosh(z));
  y = put(y, std::tanh(z));
  y = put(y, std::asin(z));
  y = put(y, std::acos(z));
  y = put(y, std::atan(z));
  y = put(y, std::asinh(z));
  y = put(y, std::acosh(z));
  y = put(y, std::atanh(z));
  y = put(y, std::pow(z, T(1.5)));
  y = put(y, std::pow(T(1.5), z));
  y = put(y, std::pow(z, C<T>(T(0.5), T(0.25))));
  y = put(y, std::pow(z, 3));
  y = put(y, std::abs(z));
  y = put(y, std::arg(z));
  y = put(y, std::norm(z));
}

SPARSEAD_JACOBIAN("y[4] <- x[2]")
void simple(const double *x, double *y) {
  C<double> z(x[0], x[1]);
  C<double> p = std::proj(z), c = std::conj(z);
  y[0] = p.real();
  y[1] = p.imag();
  y[2] = c.real();
  y[3] = c.imag();
}

// Each element sees its own two numbers only.
SPARSEAD_JACOBIAN("r[2 * n] <- u[2 * n]")
void field(int n, const double *u, double *r) {
  auto *z = reinterpret_cast<const C<double> *>(u);
  auto *w = reinterpret_cast<C<double> *>(r);
  for (int k = 0; k < n; ++k)
    w[k] = std::polar(std::abs(z[k]), 2 * std::arg(z[k])) / std::sqrt(1.0 + z[k] * z[k]);
}

// The functions of C, with C's own type.
SPARSEAD_JACOBIAN("r[2] <- u[2]")
void cnames(const double *u, double *r) {
  double _Complex z = __builtin_complex(u[0], u[1]);
  z = __builtin_cexp(z) * __builtin_csqrt(z) + __builtin_cabs(z);
  r[0] = __builtin_creal(z);
  r[1] = __builtin_cimag(z);
}

// |z| has no derivative at zero, √z an infinite one, z² a plain one.
SPARSEAD_JACOBIAN("r[2] <- u[2]")
void root(const double *u, double *r) {
  C<double> w = std::sqrt(C<double>(u[0], u[1]));
  r[0] = w.real();
  r[1] = w.imag();
}

// On the real axis, where derivatives across it count too.
SPARSEAD_JACOBIAN("y[14] <- x[2]")
void axis(const double *x, double *y) {
  C<double> z(x[0], x[1]);
  y = put(y, std::pow(z, 2.5));
  y = put(y, std::pow(z, 0.5));
  y = put(y, std::sqrt(z));
  y = put(y, std::log(z));
  y = put(y, std::asin(z));
  y = put(y, std::atanh(z));
  y = put(y, std::tanh(z));
}

int main() {
  using namespace check;
  std::vector<double> real{0.5, 0}, onAxis(14);
  jacobian<&axis>("axis", 28, {of(real)}, {of(onAxis)}, real.data(), onAxis.data());
  std::vector<double> far{30, 0.5};
  jacobian<&axis>("far", 28, {of(far)}, {of(onAxis)}, far.data(), onAxis.data());
  for (auto [re, im] : {std::pair{0.6, 0.7}, {-0.6, 0.7}, {0.6, -0.7}, {-0.6, -0.7}, {1.7, 0.4}, {-1.7, 0.4},
                        {1.7, -2.4}, {0.7, 0.72}, {0.8, 0.6}}) {
    std::vector<double> x{re, im}, y(43);
    std::vector<float> xf{float(re), float(im)}, yf(43);
    std::string at = std::to_string(re) + "," + std::to_string(im);
    jacobian<&all<double>>(("double " + at).c_str(), 86, {of(x)}, {of(y)}, x.data(), y.data());
    jacobian<&all<float>>(("float " + at).c_str(), 86, {of(xf)}, {of(yf)}, xf.data(), yf.data());
    jacobian<&cnames>("C names", 4, {of(x)}, {of(y.data(), 2)}, x.data(), y.data());
    jacobian<&simple>("simple", 4, {of(x)}, {of(y.data(), 4)}, x.data(), y.data());
  }
  std::vector<double> u = points(8), r(8);
  jacobian<&field>("field", 16, {of(u)}, {of(r)}, 4, u.data(), r.data());

  double zero[2] = {0, 0}, at[2];
  auto plan = sparsead::jacobian<&root>::plan(zero, at);
  std::vector<double> v(plan.nnz());
  plan.values(v.data(), zero, at);
  bool infinite = at[0] == 0 && at[1] == 0;
  for (int i = 0; i < 2; ++i)
    infinite &= !std::isfinite(v[plan.row_ptr()[i] + i]);
  failures += !infinite;
  std::printf("done %d\n", failures);
}
