// Styles of C++: algorithms, templates, operators, classes, lambdas.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++23 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++23 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"
#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <tuple>

SPARSEAD_JACOBIAN("return <- a, b")
double algorithms(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0) + std::accumulate(a.begin(), a.end(), 0.0);
}

SPARSEAD_JACOBIAN("y <- x")
void transformed(const std::vector<double> &x, std::vector<double> &y) {
  std::transform(x.begin(), x.end(), y.begin(), [](double v) { return v * v; });
  std::rotate(y.begin(), y.begin() + 1, y.begin() + 3);
}

struct Vec3 {
  double x, y, z;
  friend Vec3 operator+(Vec3 a, const Vec3 &b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
  friend Vec3 operator*(double s, const Vec3 &a) { return {s * a.x, s * a.y, s * a.z}; }
  friend Vec3 cross(const Vec3 &a, const Vec3 &b) {
    return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
  }
};
SPARSEAD_JACOBIAN("return <- a, b")
Vec3 crossed(const Vec3 &a, const Vec3 &b) { return cross(a, b); }

struct Central {
  static double slope(double l, double, double r) { return (r - l) / 2; }
};
struct Upwind {
  static double slope(double l, double m, double) { return m - l; }
};
template <class Scheme, int N>
SPARSEAD_JACOBIAN("f <- u")
void advect(const std::array<double, N> &u, std::array<double, N> &f) {
  for (int i = 0; i < N; ++i)
    f[i] = u[i] * Scheme::slope(u[(i + N - 1) % N], u[i], u[(i + 1) % N]);
}

struct Law {
  virtual ~Law() = default;
  virtual double flux(double u) const = 0;
};
struct Burgers final : Law {
  double flux(double u) const override { return u * u / 2; }
};
class Model {
public:
  explicit Model(int n) : n(n), scale(n, 0.5) {}
  SPARSEAD_JACOBIAN("r[n] <- u[n]")
  void operator()(const double *u, double *r) const {
    for (int i = 0; i < n; ++i)
      r[i] = scale[i] * law.flux(u[i]) - flux(u, i);
  }

private:
  double flux(const double *u, int i) const { return i ? law.flux(u[i - 1]) : 0; }
  int n;
  std::vector<double> scale;
  Burgers law;
};

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void modern(int n, const double *u, double *r) {
  auto minmax = [](double a, double b) { return std::make_pair(a * b, a + b); };
  auto owned = std::make_unique<double[]>(n);
  std::span<double> t(owned.get(), n);
  for (auto &v : t)
    v = 1;
  for (int i = 0; i < n; ++i) {
    auto [product, sum] = minmax(u[i], u[n - 1]);
    t[i] = product;
    std::optional<double> maybe;
    if (i % 2)
      maybe = sum;
    r[i] = t[i] + maybe.value_or(0);
  }
}

template <class F> struct Sum {
  F f;
  int terms;
  double operator()(double x) const {
    double s = 0;
    for (int k = 1; k <= terms; ++k)
      s += f(x, k);
    return s;
  }
};
SPARSEAD_JACOBIAN("y <- x")
void composed(const double &x, double &y) {
  Sum series{[](double v, int k) { return std::pow(v, k) / k; }, 4};
  y = series(x);
}

struct Scope {
  double &value;
  explicit Scope(double &v) : value(v) { value *= 2; }
  ~Scope() { value += 1; }
};
SPARSEAD_JACOBIAN("x <- x")
void destructors(double &x) {
  Scope outer(x);
  {
    Scope inner(x);
    x *= x;
  }
}

int main() {
  using namespace check;
  std::vector<double> a = points(5), b = points(5, 0.2, 0.9);
  jacobian<&algorithms>("algorithms", 10, {of(a), of(b)}, {returned()}, std::span<const double>(a),
                        std::span<const double>(b));
  jacobian<&transformed>("transformed", 5, {of(a)}, {of(b)}, a, b);
  {
    std::array<double, 6> u{0.3, 0.5, 0.2, 0.9, 0.4, 0.7}, f{};
    jacobian<&advect<Central, 6>>("central", 18, {of(u)}, {of(f)}, u, f);
    jacobian<&advect<Upwind, 6>>("upwind", 12, {of(u)}, {of(f)}, u, f);
  }
  {
    std::vector<double> u = points(5), r(5);
    Model model(5);
    jacobian<&Model::operator()>("model", 9, {of(u)}, {of(r)}, model, u.data(), r.data());
    jacobian<&modern>("modern", 9, {of(u)}, {of(r)}, 5, u.data(), r.data());
  }
  {
    double x = 0.6, y = 0;
    jacobian<&composed>("composed", 1, {of(x)}, {of(y)}, x, y);
    jacobian<&destructors>("destructors", 1, {of(x)}, {of(x)}, x);
  }
  {
    double k = 3, x = 0.4, y = 0;
    auto lambda = [&k] SPARSEAD_JACOBIAN("y <- x") (double x, double &y) { y = k * x * x; };
    auto plan = sparsead::jacobian<&decltype(lambda)::operator()>::plan(lambda, x, y);
    double v = 0;
    plan.values(&v, lambda, x, y);
    std::printf("lambda %s\n", std::fabs(v - 2.4) < 1e-14 ? "ok" : "FAIL");
    Vec3 p{0.3, 0.4, 0.5}, q{1, 2, 3};
    auto crossing = sparsead::jacobian<&crossed>::plan(p, q);
    std::printf("crossed %s\n", crossing.nnz() == 12 && crossing.check(p, q).ok ? "ok" : "FAIL");
  }
  std::printf("done %d\n", failures);
}
