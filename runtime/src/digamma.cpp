// ψ(x) = Γ'(x)/Γ(x), the derivative of lgamma, and ψ1(x), its second.
#include <cmath>
#include <limits>

#include "sparsead/rt/abi.hpp"

namespace {

constexpr double pi = 3.141592653589793238462643383279502884;

/// ψ(x) ~ ln x - 1/(2x) - Σ B_2k / (2k x^2k), x >= 10: the first omitted term is below 1e-17.
double asymptotic(double x) {
  const double inverse = 1.0 / x, t = inverse * inverse;
  const double series =
      t * (1.0 / 12 -
           t * (1.0 / 120 -
                t * (1.0 / 252 -
                     t * (1.0 / 240 - t * (1.0 / 132 - t * (691.0 / 32760 - t * (1.0 / 12 - t * 3617.0 / 8160)))))));
  return std::log(x) - 0.5 * inverse - series;
}

/// 1 <= x <= 2: rational in the distance from the positive root, so that the relative error stays small near it.
/// The root's head and tail are subtracted one after the other.
double near_root(double x) {
  constexpr double root_head = 1.4616321449683622;
  constexpr double root_tail = 9.549995429965697e-17;
  // ψ(x) = ψ(x) - ψ(x0) = Σ_{k>=0} (x - x0) / ((k + x)(k + x0)), the tail of the sum by the asymptotic series'
  // difference.
  const double d = (x - root_head) - root_tail;
  double sum = 0;
  for (int k = 15; k >= 0; --k)
    sum += 1.0 / ((k + x) * (k + root_head));
  const double a = x + 16, b = root_head + 16;
  // ln(a/b) and the differences of the powers of 1/a and 1/b, each with the factor d taken out.
  const double u = 1 / a, v = 1 / b, s = u * u, t = v * v;
  const double uv = u * v, step = -(u + v) * uv; // (s - t) / d
  // Σ c_k (s^k - t^k) / d by Horner on pairs: (s^k - t^k)/(s - t) = Σ s^i t^(k-1-i)
  const double c[] = {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760};
  double power_sum = 0, power_t = 1, series = 0;
  for (double coefficient : c) {
    power_sum = power_sum * s + power_t;
    power_t *= t;
    series += coefficient * power_sum;
  }
  const double logarithm = std::log1p(d / b);
  return d * sum + logarithm + 0.5 * d * uv - series * step * d;
}

} // namespace

extern "C" double sparsead_rt_digamma(double x) {
  if (std::isnan(x))
    return x;
  if (std::isinf(x))
    return x > 0 ? x : std::numeric_limits<double>::quiet_NaN();
  double result = 0;
  if (x <= 0) {
    const double nearest = std::round(x), d = x - nearest;
    if (d == 0)
      return std::numeric_limits<double>::quiet_NaN();
    // Reflection: ψ(x) = ψ(1 - x) - π / tan(π x); the fraction is exact, so the tangent is good near the poles.
    result = -pi / std::tan(pi * d);
    x = 1 - x;
  }
  if (x >= 10)
    return result + asymptotic(x);
  if (x < 1) {
    result -= 1 / x;
    x += 1;
  }
  double shift = 0;
  while (x > 2) {
    x -= 1;
    shift += 1 / x;
  }
  return result + (near_root(x) + shift);
}

/// From above 12 by ψ1(x) ~ 1/x + 1/(2x²) + Σ B_2k / x^(2k+1); below by ψ1(x) = ψ1(x + 1) + 1/x² and reflection.
extern "C" double sparsead_rt_trigamma(double x) {
  if (std::isnan(x))
    return x;
  if (std::isinf(x))
    return x > 0 ? 0.0 : std::numeric_limits<double>::quiet_NaN();
  if (x < 0.5) {
    const double d = x - std::round(x);
    if (d == 0)
      return std::numeric_limits<double>::infinity();
    const double s = std::sin(pi * d);
    return (pi / s) * (pi / s) - sparsead_rt_trigamma(1 - x);
  }
  double sum = 0;
  for (; x < 12; x += 1)
    sum += 1 / (x * x);
  const double inverse = 1 / x, t = inverse * inverse;
  const double series =
      t *
      (1.0 / 6 -
       t * (1.0 / 30 -
            t * (1.0 / 42 - t * (1.0 / 30 - t * (5.0 / 66 - t * (691.0 / 2730 - t * (7.0 / 6 - t * 3617.0 / 510)))))));
  return sum + inverse * (1 + 0.5 * inverse + series);
}
