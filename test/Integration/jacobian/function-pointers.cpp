// Calls through pointers where every function that may be meant is known here.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"

static double square(double x) { return x * x; }
static double cube(double x) { return x * x * x; }
static double sine(double x) { return std::sin(x); }
static double product(double a, double b) { return a * b; }
static double sum(double a, double b) { return a + b; }
using Function = double (*)(double);

static const Function table[3] = {square, cube, sine};
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void constantTable(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = table[i % 3](u[i]);
}

static constexpr Function library[] = {std::exp, std::cos};
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void libraryTable(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = library[i % 2](u[i]);
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void choice(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    Function f = i % 2 ? square : cube;
    r[i] = f(u[i]) + f(2 * u[i]);
  }
}

static double apply(Function f, double x) { return f(x); }
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void assigned(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    Function f = nullptr;
    switch (i % 3) {
    case 0:
      f = square;
      break;
    case 1:
      f = cube;
      break;
    default:
      f = sine;
    }
    r[i] = apply(f, u[i]);
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void byActiveData(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    Function f = u[i] > 1 ? square : cube;
    r[i] = f(u[i]);
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void localTable(int n, const double *u, double *r) {
  Function local[] = {square, cube, sine};
  for (int i = 0; i < n; ++i)
    r[i] = local[i % 3](u[i]);
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void filledTable(int n, const double *u, double *r) {
  Function local[2];
  local[0] = square;
  local[1] = n > 3 ? sine : cube;
  for (int i = 0; i < n; ++i)
    r[i] = local[i % 2](u[i]);
}

struct Methods {
  Function f;
  int factor;
  double (*g)(double, double);
};
static const Methods methods[2] = {{square, 2, product}, {cube, 3, sum}};
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void methodTable(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    const Methods &m = methods[i & 1];
    r[i] = m.f(u[i]) * m.factor + m.g(u[i], u[0]);
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void swapped(int n, const double *u, double *r) {
  Methods m[2] = {{square, 2, product}, {cube, 3, sum}};
  for (int i = 0; i < n; ++i) {
    std::swap(m[0], m[1]);
    r[i] = m[0].f(u[i]) * m[0].factor;
  }
}

struct Scale {
  double k;
  double once(double x) const { return k * x; }
  double twice(double x) const { return k * x * x; }
};
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void member(int n, const double *u, double *r) {
  Scale s{2};
  auto always = &Scale::once;
  for (int i = 0; i < n; ++i) {
    auto p = i % 2 ? &Scale::once : &Scale::twice;
    r[i] = (s.*p)(u[i]) + (s.*always)(u[i]);
  }
}
static constexpr double (Scale::*const members[])(double) const = {&Scale::once, &Scale::twice};
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void memberTable(int n, const double *u, double *r) {
  Scale s{3};
  for (int i = 0; i < n; ++i)
    r[i] = (s.*members[i % 2])(u[i]);
}

struct Base {
  virtual double f(double) const = 0;
  virtual ~Base() = default;
};
struct Square : Base {
  double f(double x) const override { return x * x; }
};
struct Cube : Base {
  double k = 3;
  double f(double x) const override { return k * x * x * x; }
};
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void virtualChoice(int n, const double *u, double *r) {
  Square a;
  Cube b;
  for (int i = 0; i < n; ++i) {
    const Base &x = i % 2 ? static_cast<const Base &>(a) : b;
    r[i] = x.f(u[i]);
  }
}

// A table that calls itself: recursion that known data ends.
static double down(int, double);
static double around(int k, double x) { return k % 2 ? x * down(k, x) : down(k, x) + x; }
static double stop(int, double x) { return x; }
static double (*const steps[2])(int, double) = {stop, around};
static double down(int k, double x) { return steps[k > 0](k - 1, x); }
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void recursive(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = down(i, u[i]);
}

int main() {
  using namespace check;
  std::vector<double> u = points(7), r(7);
  auto run = [&]<auto F>(const char *name, long nnz) { jacobian<F>(name, nnz, {of(u)}, {of(r)}, 7, u.data(), r.data()); };
#define RUN(f) run.operator()<&f>(#f, 7)
  RUN(constantTable);
  RUN(libraryTable);
  RUN(choice);
  RUN(assigned);
  RUN(byActiveData);
  RUN(localTable);
  RUN(filledTable);
  RUN(swapped);
  RUN(member);
  RUN(memberTable);
  RUN(virtualChoice);
  RUN(recursive);
  run.operator()<&methodTable>("methodTable", 13);
  std::printf("done %d\n", failures);
}
