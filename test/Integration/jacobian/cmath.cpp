// Every function of <cmath> with a derivative, for double and float.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"

template <class T>
SPARSEAD_JACOBIAN("y[40] <- x[40]")
void unary(const T *x, T *y) {
  int k = 0;
  auto next = [&] { return x[k]; };
  auto put = [&](T v) { y[k++] = v; };
  put(std::sqrt(next()));
  put(std::cbrt(next()));
  put(std::exp(next()));
  put(std::exp2(next()));
  put(std::expm1(next()));
  put(std::log(next()));
  put(std::log2(next()));
  put(std::log10(next()));
  put(std::log1p(next()));
  put(std::sin(next()));
  put(std::cos(next()));
  put(std::tan(next()));
  put(std::asin(next()));
  put(std::acos(next()));
  put(std::atan(next()));
  put(std::sinh(next()));
  put(std::cosh(next()));
  put(std::tanh(next()));
  put(std::asinh(next()));
  put(std::acosh(1 + next()));
  put(std::atanh(next()));
  put(std::erf(next()));
  put(std::erfc(next()));
  put(std::tgamma(next()));
  put(std::lgamma(next()));
  put(std::fabs(-next()));
  put(std::abs(next()));
  put(std::pow(next(), T(2.5)));
  put(std::pow(next(), 3));
  put(std::pow(T(1.5), next()));
  put(std::ldexp(next(), 3));
  put(std::scalbn(next(), -2));
  put(std::scalbln(next(), 2));
  put(std::copysign(next(), T(-1)));
  put(std::fmod(next(), T(0.15)));
  put(std::remainder(next(), T(0.15)));
  put(std::fdim(next(), T(0.05)));
  put(std::nextafter(next(), T(2)));
  put(std::hypot(next(), T(3)));
  put(std::fma(next(), T(2), T(1)));
}

/// Piecewise constant: no entries.
template <class T>
SPARSEAD_JACOBIAN("y[14] <- x[14]")
void constant(const T *x, T *y) {
  y[0] = std::floor(x[0]);
  y[1] = std::ceil(x[1]);
  y[2] = std::trunc(x[2]);
  y[3] = std::round(x[3]);
  y[4] = std::rint(x[4]);
  y[5] = std::nearbyint(x[5]);
  y[6] = T(std::lround(x[6]));
  y[7] = T(std::llrint(x[7]));
  y[8] = T(std::ilogb(x[8]));
  y[9] = std::logb(x[9]);
  y[10] = T(int(x[10]));
  y[11] = std::copysign(T(2), x[11]);
  y[12] = T(std::signbit(x[12]));
  y[13] = T(std::isfinite(x[13]) + std::isnan(x[13]));
}

template <class T>
SPARSEAD_JACOBIAN("y[10] <- a[10], b[10]")
void binary(const T *a, const T *b, T *y) {
  y[0] = std::pow(a[0], b[0]);
  y[1] = std::atan2(a[1], b[1]);
  y[2] = std::hypot(a[2], b[2]);
  y[3] = std::fmod(a[3], b[3]);
  y[4] = std::remainder(a[4], b[4]);
  y[5] = std::fmax(a[5], b[5]);
  y[6] = std::fmin(a[6], b[6]);
  y[7] = std::fdim(b[7], a[7]);
  y[8] = std::fma(a[8], b[8], a[8]);
  y[9] = std::hypot(a[9], b[9], T(2));
}

/// Of the second argument only the sign, or only the direction.
template <class T>
SPARSEAD_JACOBIAN("y[2] <- a[2], b[2]")
void one_sided(const T *a, const T *b, T *y) {
  y[0] = std::copysign(a[0], b[0]);
  y[1] = std::nextafter(a[1], b[1]);
}

SPARSEAD_JACOBIAN("y[9] <- x[9]")
void bessel(const double *x, double *y) {
  y[0] = j0(x[0]);
  y[1] = j1(x[1]);
  y[2] = jn(3, x[2]);
  y[3] = y0(x[3]);
  y[4] = y1(x[4]);
  y[5] = yn(2, x[5]);
  y[6] = exp10(x[6]);
  y[7] = drem(x[7], 0.07);
  y[8] = std::lerp(1.0, 3.0, x[8]);
}

template <class T> void all(const char *type) {
  using namespace check;
  std::printf("%s\n", type);
  std::vector<T> x = points<T>(40, 0.2, 0.8), y(40);
  x[34] = T(0.2), x[35] = T(0.175); // away from the jumps of fmod and remainder
  jacobian<&unary<T>>("unary", 40, {of(x)}, {of(y)}, x.data(), y.data());
  std::vector<T> c = points<T>(14, 0.3, 0.45), d(14);
  jacobian<&constant<T>>("constant", 0, {of(c)}, {of(d)}, c.data(), d.data());
  std::vector<T> a = points<T>(10, 0.5, 0.6), b = points<T>(10, 0.8, 0.9), z(10);
  jacobian<&binary<T>>("binary", 20, {of(a), of(b)}, {of(z)}, a.data(), b.data(), z.data());
  jacobian<&one_sided<T>>("one_sided", 2, {of(a.data(), 2), of(b.data(), 2)}, {of(z.data(), 2)}, a.data(), b.data(),
                          z.data());
}

int main() {
  all<double>("double");
  all<float>("float");
  std::vector<double> x = check::points(9, 0.3, 0.9), y(9);
  x[7] = 0.08;
  check::jacobian<&bessel>("bessel", 9, {check::of(x)}, {check::of(y)}, x.data(), y.data());
  std::printf("done %d\n", check::failures);
}
