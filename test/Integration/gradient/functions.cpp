// Gradients of functions in many forms: what is an output, what are inputs, where the function stands.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -I%S/../Inputs %s %sparsead_ldflags -o %t.san && %t.san | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check_gradient.hpp"
#include <array>
#include <numeric>
#include <stdexcept>
#include <vector>

SPARSEAD_GRADIENT("return <- x[n]")
double rosenbrock(int n, const double *x) {
  double f = 0;
  for (int i = 0; i + 1 < n; ++i) {
    const double a = x[i + 1] - x[i] * x[i], b = 1 - x[i];
    f += 100 * a * a + b * b;
  }
  return f;
}

struct data {
  int n;
  const double *u;
  double scale;
};
SPARSEAD_GRADIENT("return <- d.u[n], p[m]")
double several(const data &d, int n, int m, const double *p) {
  double f = 0;
  for (int i = 0; i < n; ++i)
    f += d.scale * std::sin(d.u[i]) * p[i % m];
  return f;
}

SPARSEAD_GRADIENT("f[1] <- x[n]")
int by_pointer(int n, const double *x, double *f) {
  *f = 1;
  for (int i = 0; i < n; ++i)
    *f *= 1 + x[i] * x[i];
  return 0;
}

SPARSEAD_GRADIENT("f <- x[n], a")
void by_reference(int n, const double *x, double a, double &f) {
  f = 0;
  for (int i = 0; i < n; ++i)
    f += std::exp(-a * x[i]);
}

SPARSEAD_GRADIENT("f[1] <- x[n], f[1]")
void adds(int n, const double *x, double *f) {
  for (int i = 0; i < n; ++i)
    *f += x[i] * *f;
}

SPARSEAD_GRADIENT("return <- u[n]; w[n]")
double work(int n, const double *u, double *w) {
  for (int i = 0; i < n; ++i)
    w[i] = u[i] * u[(i + 1) % n];
  double f = 0;
  for (int i = 0; i < n; ++i)
    f += w[i] * w[n - 1 - i];
  return f;
}

SPARSEAD_GRADIENT("return <- u[n]")
double destroys(int n, double *u) {
  for (int sweep = 0; sweep < 3; ++sweep)
    for (int i = 1; i < n; ++i)
      u[i] = u[i] * u[i - 1] + 0.5;
  return u[n - 1];
}

SPARSEAD_GRADIENT("return <- x")
double containers(const std::vector<double> &x) { return std::inner_product(x.begin(), x.end(), x.rbegin(), 1.0); }

SPARSEAD_GRADIENT("return <- x")
float singles(const std::array<float, 5> &x) {
  float f = 0;
  for (float v : x)
    f += v * v * v;
  return f;
}

struct result {
  int iterations;
  double f;
};
SPARSEAD_GRADIENT("return.f <- x[3]")
result structure(const double *x) { return {7, x[0] * x[1] / x[2]}; }

struct model {
  int n;
  double *w;
  SPARSEAD_GRADIENT("return <- w[n], x[n]") double loss(const double *x) const {
    double f = 0;
    for (int i = 0; i < n; ++i)
      f += w[i] * x[i] * x[i];
    return f;
  }
  SPARSEAD_GRADIENT("return <- x[n]") static double norm(int n, const double *x) {
    double f = 0;
    for (int i = 0; i < n; ++i)
      f += x[i] * x[i];
    return std::sqrt(f);
  }
  SPARSEAD_GRADIENT("return <- x[2]") double operator()(const double *x) const { return x[0] / (n + x[1]); }
};

template <class T, int N> SPARSEAD_GRADIENT("return <- x[N]") T power(const T *x) {
  T f = 1;
  for (int i = 0; i < N; ++i)
    f *= std::pow(x[i], i + 1);
  return f;
}

SPARSEAD_GRADIENT("return <- x[n]", "tag=Gx")
SPARSEAD_GRADIENT("return <- y[n]", "tag=Gy")
SPARSEAD_JACOBIAN("return <- x[n], y[n]")
double tagged(int n, const double *x, const double *y) {
  double f = 0;
  for (int i = 0; i < n; ++i)
    f += std::cos(x[i]) * y[i];
  return f;
}

SPARSEAD_GRADIENT("return <- x[n]") static double constant(int n, [[maybe_unused]] const double *x) { return n; }

template <class E, class Call> void throws(const char *name, const char *text, Call call) {
  std::string what = "nothing was thrown";
  try {
    call();
  } catch (const E &e) {
    what = e.what();
  } catch (const std::exception &e) {
    what = std::string("another exception: ") + e.what();
  }
  const bool fine = what.find(text) != std::string::npos;
  check::failures += !fine;
  std::printf("%s %s%s\n", name, fine ? "ok" : "FAIL: ", fine ? "" : what.c_str());
}

int main() {
  using check::of, check::returned;
  auto x = check::points(7), y = check::points(7, 0.5, 2.0), w = x;
  double f = 0.75, a = 0.4;
  check::gradient<&rosenbrock>("rosenbrock", {of(x)}, returned(), {}, 7, x.data());
  data d{7, x.data(), 1.5};
  check::gradient<&several>("several", {of(x), of(y.data(), 3)}, returned(), {}, d, 7, 3, y.data());
  check::gradient<&by_pointer>("by_pointer", {of(x)}, of(f), {}, 7, x.data(), &f);
  check::gradient<&by_reference>("by_reference", {of(x), of(a)}, of(f), {}, 7, x.data(), a, f);
  check::gradient<&adds>("adds", {of(x), of(f)}, of(f), {}, 7, x.data(), &f);
  check::gradient<&work>("work", {of(x)}, returned(), {of(w)}, 7, x.data(), w.data());
  check::gradient<&destroys>("destroys", {of(x)}, returned(), {}, 7, x.data());
  check::gradient<&containers>("containers", {of(x)}, returned(), {}, x);
  std::array<float, 5> s{0.5f, 1.25f, 0.75f, 1, 2};
  check::gradient<&singles>("singles", {of(s)}, returned(), {}, s);
  model m{7, w.data()};
  check::gradient<&model::loss>("member", {of(w), of(x)}, returned(), {}, m, x.data());
  check::gradient<&model::norm>("static member", {of(x)}, returned(), {}, 7, x.data());
  check::gradient<&model::operator()>("call operator", {of(x.data(), 2)}, returned(), {}, &m, x.data());
  check::gradient<&power<double, 4>>("template", {of(x.data(), 4)}, returned(), {}, x.data());
  check::gradient<&tagged, struct Gx>("tag x", {of(x)}, returned(), {}, 7, x.data(), y.data());
  check::gradient<&tagged, struct Gy>("tag y", {of(y)}, returned(), {}, 7, x.data(), y.data());
  check::gradient<&constant>("constant", {of(x)}, returned(), {}, 7, x.data());
  check::gradient<&constant>("no inputs", {of(x.data(), 0)}, returned(), {}, 0, x.data());

  std::vector<double> g(3);
  if (sparsead::gradient<&structure>::value_and_grad(g, x.data()) != x[0] * x[1] / x[2] ||
      std::fabs(g[2] + x[0] * x[1] / (x[2] * x[2])) > 1e-14)
    ++check::failures, std::printf("structure FAIL\n");

  // An output that nobody wants; other extents with the same workspace; a directed length.
  using B = sparsead::gradient<&by_pointer>;
  auto workspace = B::workspace();
  for (int n : {7, 3, 5}) {
    std::vector<double> h(n);
    const double value = B::value_and_grad(workspace, h, n, x.data(), nullptr);
    by_pointer(n, x.data(), &f);
    if (std::fabs(value - f) > 1e-14 || std::fabs(h[n - 1] - 2 * x[n - 1] * f / (1 + x[n - 1] * x[n - 1])) > 1e-12)
      ++check::failures, std::printf("extents FAIL\n");
  }
  throws<std::invalid_argument>("length", "3 elements given, 7 wanted", [&] { B::value_and_grad(g, 7, x.data(), &f); });
  throws<std::invalid_argument>("null", "'gradient' is a null pointer",
                                [&] { B::value_and_grad(nullptr, 7, x.data(), &f); });
  throws<std::invalid_argument>("null input", "'x' is a null pointer",
                                [&] { B::value_and_grad(g.data(), 3, nullptr, &f); });
  throws<std::invalid_argument>("negative", "'n'", [&] { B::value_and_grad(g.data(), -2, x.data(), &f); });
  throws<std::invalid_argument>("overlap", "the gradient overlaps 'x'",
                                [&] { B::value_and_grad(x.data() + 2, 3, x.data(), &f); });
  throws<std::invalid_argument>("alias", "overlaps", [&] { B::value_and_grad(g.data(), 3, x.data(), &x[1]); });
  std::printf("done %d\n", check::failures);
}
