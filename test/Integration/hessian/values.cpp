// Sparse Hessians of functions in many styles.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check_hessian.hpp"
#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

SPARSEAD_HESSIAN("return <- x[n]")
double rosenbrock(int n, const double *x) {
  double f = 0;
  for (int i = 0; i + 1 < n; ++i) {
    const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
    f += 100 * a * a + b * b;
  }
  return f;
}

// Linear: nothing. A product: its pair. A square: the diagonal.
SPARSEAD_HESSIAN("return <- x[n]")
double linear(int n, const double *x, const double *c) {
  double f = 3;
  for (int i = 0; i < n; ++i)
    f += c[i] * x[i] - x[i] / 7 + std::fabs(x[i]) + std::fmax(x[i], 0.5);
  return f;
}
SPARSEAD_HESSIAN("return <- x[n]")
double pairs(int n, const double *x) { return x[0] * x[1] + x[2] * x[2] + x[3] - x[n - 1]; }

// A pair of a value that nobody uses does not count, and neither does what is overwritten.
SPARSEAD_HESSIAN("return <- x[n]; w[n]")
double dead(int n, const double *x, double *w) {
  for (int i = 0; i < n; ++i)
    w[i] = x[i] * x[(i + 1) % n];
  const double unused = w[0] * w[1];
  (void)unused;
  for (int i = 0; i < n; ++i)
    w[i] = x[i];
  return w[0] * w[1] + w[2];
}

// All of <cmath> that has second derivatives.
SPARSEAD_HESSIAN("return <- x[n]")
double functions(int n, const double *x) {
  double f = 0;
  int i = 0;
  auto next = [&] { return x[i++ % n]; };
  f += std::exp(next()) + std::exp2(next()) + std::expm1(next()) + std::log(next()) + std::log2(next());
  f += std::log10(next()) + std::log1p(next()) + std::sqrt(next()) + std::cbrt(next()) + std::sin(next());
  f += std::cos(next()) + std::tan(next()) + std::asin(next()) + std::acos(next()) + std::atan(next());
  f += std::sinh(next()) + std::cosh(next()) + std::tanh(next()) + std::asinh(next()) + std::acosh(1 + next());
  f += std::atanh(next()) + std::erf(next()) + std::erfc(next()) + std::tgamma(next()) + std::lgamma(next());
  f += std::pow(next(), 3) + std::pow(next(), 2.5) + std::pow(next(), -1.5) + 1 / next() + std::pow(2.0, next());
  f += std::floor(next()) + std::round(next());
  return f;
}
SPARSEAD_HESSIAN("return <- x[n]")
double binary(int, const double *x, [[maybe_unused]] int n) {
  return std::pow(x[0], x[1]) + std::atan2(x[2], x[3]) + std::hypot(x[4], x[5]) + std::fma(x[6], x[7], x[8]) +
         x[9] / x[10] + std::fmin(x[11], x[12]) * x[13];
}

// Elements on a mesh given by an index array, with helper functions and small local arrays.
struct mesh {
  int elements;
  const int *nodes; // three each
};
static double area_energy(const double (&q)[3]) {
  const double p = q[1] - q[0], r = q[2] - q[0];
  return std::sqrt(1 + p * p + r * r);
}
SPARSEAD_HESSIAN("return <- u[n]")
double surface(const mesh &m, int n, const double *u) {
  double f = 0;
  for (int e = 0; e < m.elements; ++e) {
    double q[3];
    for (int k = 0; k < 3; ++k)
      q[k] = u[m.nodes[3 * e + k]];
    f += area_energy(q);
  }
  return f + 0.0 * n;
}

// Through a nonlinear function of a sum: dense. Through a linear one: as the terms.
SPARSEAD_HESSIAN("return <- x[n]")
double log_of_sum(int n, const double *x) {
  double s = 0;
  for (int i = 0; i < n; ++i)
    s += std::exp(x[i]);
  return std::log(s);
}

// Branches on active data: both sides count; values of the side taken.
SPARSEAD_HESSIAN("return <- x[n]")
double huber(int n, const double *x) {
  double f = 0;
  for (int i = 0; i < n; ++i) {
    if (std::fabs(x[i]) < 1)
      f += x[i] * x[i] / 2;
    else
      f += std::fabs(x[i]) - 0.5;
  }
  return f;
}

// Time steps in place on a work array.
SPARSEAD_HESSIAN("return <- x[n]; w[n]")
double steps(int n, int times, const double *x, double *w) {
  std::copy(x, x + n, w);
  for (int t = 0; t < times; ++t)
    for (int i = 0; i < n; ++i)
      w[i] += 0.1 * std::sin(w[i]);
  return std::accumulate(w, w + n, 0.0);
}

// Constraints: weights choose.
SPARSEAD_HESSIAN("g[m] <- x[n]")
void constraints(int n, int m, const double *x, double *g) {
  for (int i = 0; i < m; ++i)
    g[i] = x[i] * x[i + 1] + std::sin(x[i + 2]) + x[n - 1];
}
SPARSEAD_HESSIAN("g[1] <- x[n]")
void one(int n, const double *x, double *g) { g[0] = n * x[0] * x[1]; }

// Structs, containers, classes, floats, a value that is updated in place.
struct body {
  double position[2];
  int id;
  double charge;
};
SPARSEAD_HESSIAN("return <- b[n]")
double coulomb(int n, const body *b) {
  double f = 0;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < i; ++j) {
      const double dx = b[i].position[0] - b[j].position[0], dy = b[i].position[1] - b[j].position[1];
      f += b[i].charge * b[j].charge / std::sqrt(dx * dx + dy * dy);
    }
  return f;
}
SPARSEAD_HESSIAN("return <- x, p[2]")
double containers(const std::vector<double> &x, const std::array<double, 2> &p) {
  double f = 0;
  for (std::size_t i = 1; i < x.size(); ++i)
    f += p[0] * x[i] * x[i - 1];
  return f + p[1];
}
struct model {
  double stiffness;
  std::vector<double> rest;
  SPARSEAD_HESSIAN("return <- x[n]") double energy(int n, const double *x) const {
    double f = 0;
    for (int i = 0; i + 1 < n; ++i)
      f += stiffness * std::pow(x[i + 1] - x[i] - rest[std::size_t(i)], 2);
    return f;
  }
};
SPARSEAD_HESSIAN("x[n] <- x[n]")
void in_place(int n, double *x) {
  for (int i = 0; i < n; ++i)
    x[i] = x[i] * x[i] * (i + 1);
}
template <class T>
SPARSEAD_HESSIAN("return <- x[n]")
T cubes(int n, const T *x) {
  T f = 0;
  for (int i = 0; i < n; ++i)
    f += x[i] * x[i] * x[i];
  return f;
}

int main() {
  using check::items;
  using check::of;
  using check::returned;
  std::vector<double> x(40), c(40, 0.7), w(40), g(40);
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = 0.31 + 0.017 * double((7 * i) % 29);
  auto first = [&](long n) { return items{of(x.data(), n)}; };
  const items value{returned()};
  int n = 8;
  check::hessian<&rosenbrock>("rosenbrock", 2 * n - 1, first(n), value, {}, n, x.data());
  check::hessian<&linear>("linear", 0, first(n), value, {}, n, x.data(), c.data());
  check::hessian<&pairs>("pairs", 2, first(n), value, {}, n, x.data());
  check::hessian<&dead>("dead", 1, first(6), value, {}, 6, x.data(), w.data());
  check::hessian<&functions>("functions", 30, first(32), value, {}, 32, x.data());
  check::hessian<&binary>("binary", 3 + 3 + 3 + 1 + 2 + 2, first(14), value, {}, 14, x.data(), 14);
  const int nodes[] = {0, 1, 2, 1, 2, 3, 3, 4, 0};
  const mesh m{3, nodes};
  check::hessian<&surface>("surface", 5 + 8, first(5), value, {}, m, 5, x.data());
  check::hessian<&log_of_sum>("log_of_sum", 6 * 7 / 2, first(6), value, {}, 6, x.data());
  std::vector<double> y{0.5, -2, 3, -0.1};
  check::hessian<&huber>("huber", 4, {of(y)}, value, {}, 4, y.data());
  check::hessian<&steps>("steps", 5, first(5), value, {}, 5, 4, x.data(), w.data());
  const std::vector<double> weights{0.5, -1, 0, 2, 1};
  check::hessian<&constraints>("constraints", 5 + 5, first(7), {of(g.data(), 5)}, weights, 7, 5, x.data(), g.data());
  check::hessian<&one>("one", 1, first(3), {of(g.data(), 1)}, {}, 3, x.data(), g.data());
  check::hessian<&one>("one, weighted", 1, first(3), {of(g.data(), 1)}, {-2.5}, 3, x.data(), g.data());
  std::vector<body> b(3);
  for (int i = 0; i < 3; ++i)
    b[std::size_t(i)] = {{0.3 * i, 1.0 + i * i}, i, 1.5 - 0.2 * i};
  items bodies;
  for (body &each : b) {
    bodies.push_back(of(each.position, 2));
    bodies.push_back(of(each.charge));
  }
  check::hessian<&coulomb>("coulomb", 9 * 10 / 2 - 3, bodies, value, {}, 3, b.data());
  std::vector<double> few(x.begin(), x.begin() + 5);
  std::array<double, 2> p{1.5, 2};
  check::hessian<&containers>("containers", 4 + 5, {of(few), of(p)}, value, {}, few, p);
  const model spring{2.0, {0.1, 0.2, 0.3, 0.4}};
  check::hessian<&model::energy>("model", 5 + 4, first(5), value, {}, spring, 5, x.data());
  check::hessian<&in_place>("in_place", 4, first(4), first(4), {1, 2, 0.5, -1}, 4, x.data());
  check::hessian<&cubes<double>>("cubes", 4, first(4), value, {}, 4, x.data());
  std::printf("done %d\n", check::failures);
}
