// Every kind of function that can be annotated, through its handle, unoptimised and optimised.
// RUN: %sparsead_clang -std=c++23 -O0 %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++23 -O2 %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
#include <array>
#include <cmath>
#include <cstdio>
#include <sparsead/sparsead.hpp>

template <class Plan, class... A> void show(const char *name, const Plan &plan, A &&...args) {
  auto report = plan.check(args...);
  std::printf("%s %ldx%ld %ld %s%s\n", name, long(plan.rows()), long(plan.cols()), long(plan.nnz()),
              report.ok ? "ok" : "WRONG ", report.ok ? "" : report.text.c_str());
}

SPARSEAD_JACOBIAN("return <- x")
double scalar(double x) { return std::sin(x) * std::exp(x); }

struct Mixed {
  float a, b;
  int k;
  double d;
};
SPARSEAD_JACOBIAN("return <- p")
double by_value(Mixed p) { return p.a * p.b + p.k * p.d; }

struct Vec {
  double x, y, z;
};
inline Vec operator+(const Vec &a, const Vec &b) { return {a.x + b.x, a.y + b.y, a.z * b.z}; }
SPARSEAD_JACOBIAN("return <- a, b")
Vec aggregate_result(Vec a, const Vec &b) { return a + b; }

template <class T, int N> SPARSEAD_JACOBIAN("y <- x[N]") void templated(const T *x, T (&y)[N]) {
  for (int i = 0; i < N; ++i)
    y[i] = x[i] * x[(i + 1) % N];
}

struct Grid {
  int n;
  double c;
  SPARSEAD_JACOBIAN("r[n] <- u[n]")
  static void static_member(int n, const double *u, double *r) {
    for (int i = 0; i < n; ++i)
      r[i] = 2 * u[i];
  }
  SPARSEAD_JACOBIAN("r[n] <- u[n]")
  virtual void virtual_member(const double *u, double *r) const {
    for (int i = 0; i < n; ++i)
      r[i] = c * u[i];
  }
  SPARSEAD_JACOBIAN("r[n] <- u[n]")
  void operator()(const double *u, double *r) const {
    for (int i = 0; i < n; ++i)
      r[i] = c * u[i] * u[i];
  }
  virtual ~Grid() = default;
};

template <class T> struct Scale {
  T s;
  SPARSEAD_JACOBIAN("y <- x") void apply(const T &x, T &y) { y = s * x; }
};

static const double table[4] = {1, 2, 3, 4};
static double offsets[4] = {1, 2, 3, 4};
SPARSEAD_JACOBIAN("r[n] <- u[n]")
static void with_tables(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = (table[i & 3] + offsets[i & 3]) * u[i];
}

namespace {
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void unnamed_namespace(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[n - 1 - i];
}
} // namespace

SPARSEAD_JACOBIAN("y <- x")
void arrays(const std::array<double, 3> &x, std::array<double, 3> &y) {
  y = x;
  y[1] *= x[0];
}

SPARSEAD_JACOBIAN("r[n] <- u[n]", "tag=ByU")
SPARSEAD_JACOBIAN("r[n] <- c", "tag=ByC") void tagged(int n, double c, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = c * u[i];
}

extern "C" SPARSEAD_JACOBIAN("r[n] <- u[n]") int c_linkage(int n, const double *u, double *r) {
  if (n < 0)
    return -1;
  for (int i = 0; i < n; ++i)
    r[i] = u[i];
  return 0;
}

SPARSEAD_JACOBIAN("r[n] <- u[n]") void declared_first(int n, const double *u, double *r);
void declared_first(int count, const double *in, double *out) {
  for (int i = 0; i < count; ++i)
    out[i] = in[i] * in[i];
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void overloaded(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i];
}
void overloaded(int, const float *, float *) {}

int main() {
  using sparsead::jacobian;
  double u[4] = {0.3, 0.7, 1.1, 0.9}, r[4] = {};
  // CHECK: scalar 1x1 1 ok
  show("scalar", jacobian<&scalar>::plan(0.5), 0.5);
  // CHECK: by_value 1x3 3 ok
  Mixed mixed{0.5f, 0.25f, 3, 2.0};
  show("by_value", jacobian<&by_value>::plan(mixed), mixed);
  // CHECK: aggregate_result 3x6 6 ok
  Vec a{1, 2, 3}, b{4, 5, 6};
  show("aggregate_result", jacobian<&aggregate_result>::plan(a, b), a, b);
  // CHECK: templated 3x3 6 ok
  double y[3];
  show("templated", jacobian<&templated<double, 3>>::plan(u, y), u, y);
  Grid grid;
  grid.n = 4;
  grid.c = 0.5;
  // CHECK: static_member 4x4 4 ok
  show("static_member", jacobian<&Grid::static_member>::plan(4, u, r), 4, u, r);
  // CHECK: virtual_member 4x4 4 ok
  show("virtual_member", jacobian<&Grid::virtual_member>::plan(grid, u, r), grid, u, r);
  // CHECK: call_operator 4x4 4 ok
  show("call_operator", jacobian<&Grid::operator()>::plan(grid, u, r), grid, u, r);
  // CHECK: member_of_template 1x1 1 ok
  Scale<double> scale{3};
  show("member_of_template", jacobian<&Scale<double>::apply>::plan(scale, u[0], r[0]), scale, u[0], r[0]);
  // CHECK: with_tables 4x4 4 ok
  offsets[2] = 0.5; // the derivative reads the user's own variable
  show("with_tables", jacobian<&with_tables>::plan(4, u, r), 4, u, r);
  // CHECK: unnamed_namespace 4x4 8 ok
  show("unnamed_namespace", jacobian<&unnamed_namespace>::plan(4, u, r), 4, u, r);
  // CHECK: arrays 3x3 4 ok
  std::array<double, 3> x{1, 2, 3}, z{};
  show("arrays", jacobian<&arrays>::plan(x, z), x, z);
  // CHECK: by_u 4x4 4 ok
  show("by_u", jacobian<&tagged, struct ByU>::plan(4, 0.5, u, r), 4, 0.5, u, r);
  // CHECK: by_c 4x1 4 ok
  show("by_c", jacobian<&tagged, struct ByC>::plan(4, 0.5, u, r), 4, 0.5, u, r);
  // CHECK: c_linkage 4x4 4 ok
  show("c_linkage", jacobian<&c_linkage>::plan(4, u, r), 4, u, r);
  // CHECK: declared_first 4x4 4 ok
  show("declared_first", jacobian<&declared_first>::plan(4, u, r), 4, u, r);
  // CHECK: overloaded 4x4 4 ok
  constexpr void (*chosen)(int, const double *, double *) = &overloaded;
  show("overloaded", jacobian<chosen>::plan(4, u, r), 4, u, r);
  // CHECK: lambda 1x1 1 ok
  double k = 2;
  auto square = [k] SPARSEAD_JACOBIAN("y <- x")(double x, double &y) { y = k * x * x; };
  show("lambda", jacobian<&decltype(square)::operator()>::plan(square, 3.0, r[0]), square, 3.0, r[0]);
  // CHECK: second_lambda 1x1 1 ok
  auto cube = [] SPARSEAD_JACOBIAN("y <- x")(double x, double &y) { y = x * x * x; };
  show("second_lambda", jacobian<&decltype(cube)::operator()>::plan(cube, 3.0, r[0]), cube, 3.0, r[0]);
}
