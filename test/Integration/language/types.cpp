// Parameter and result types.
// RUN: %sparsead_clang -std=c++20 -O0 %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
#include "Inputs/show.hpp"
#include <cmath>
#include <complex>

// CHECK: deduced_result 1x1 1 ok
SPARSEAD_JACOBIAN("return <- x")
constexpr auto deduced_result(double x) { return x * x; }

// CHECK: no_except 1x1 1 ok
SPARSEAD_JACOBIAN("return <- x")
[[nodiscard]] double no_except(double x) noexcept { return x * x; }

// CHECK: complex_numbers 1x1 1 ok
SPARSEAD_JACOBIAN("r <- x")
void complex_numbers(double x, double &r) {
  std::complex<double> z(x, 2 * x), w = z * z / std::complex<double>(1, x);
  r = std::norm(w) + std::real(w * w);
}

// CHECK: static_with_guard 1x1 1 ok
SPARSEAD_JACOBIAN("r <- x")
void static_with_guard(int n, double x, double &r) {
  static double cache = std::sqrt(double(n));
  r = cache * x;
}

// CHECK: reference_result 1x1 1 ok
SPARSEAD_JACOBIAN("r <- x")
double &reference_result(double x, double &r) {
  r = x * x;
  return r;
}

struct Big {
  double a[10];
  Big(const Big &) = default;
  Big() = default;
  ~Big() {}
};
// CHECK: class_result 10x10 11 ok
SPARSEAD_JACOBIAN("return <- x")
Big class_result(Big x) {
  x.a[1] *= x.a[0];
  return x;
}

struct Cst {
  const double a;
  double b;
};
// CHECK: const_members 2x1 2 ok
SPARSEAD_JACOBIAN("return <- x")
Cst const_members(double x) { return {x, x * x}; }

// CHECK: integers 1x1 1 ok
SPARSEAD_JACOBIAN("r <- x")
void integers(double x, double &r, bool flag, char c, unsigned char uc, short s, long l, unsigned long long ul,
              __int128 big) {
  r = flag ? x * c : x * (uc + s + l + ul + (double)big);
}

enum class E : char { A, B };
// CHECK: enumeration 1x1 1 ok
SPARSEAD_JACOBIAN("r <- x")
void enumeration(double x, double &r, E e) { r = e == E::A ? x : x * x; }

extern double gl;
double gl = 2;
const double gc = 3;
inline double gi = 4;
static double gs = 5;
thread_local double tl = 6;
// CHECK: globals 1x1 1 ok
SPARSEAD_JACOBIAN("r <- x")
void globals(double x, double &r) { r = x * gl * gc * gi * gs * tl; }

// CHECK: restricted 2x1 2 ok
SPARSEAD_JACOBIAN("r[2] <- x")
void restricted(double x, double *__restrict r) {
  r[0] = x;
  r[1] = x * x;
}

int main() {
  double r = 0, rr[2];
  Big b;
  for (int i = 0; i < 10; ++i)
    b.a[i] = i;
  gl = 7, gi = 8, gs = 9, tl = 10; // the derivative reads the user's own variables
  show("deduced_result", sparsead::jacobian<&deduced_result>::plan(0.5), 0.5);
  show("no_except", sparsead::jacobian<&no_except>::plan(0.5), 0.5);
  show("complex_numbers", sparsead::jacobian<&complex_numbers>::plan(0.5, r), 0.5, r);
  show("static_with_guard", sparsead::jacobian<&static_with_guard>::plan(3, 0.5, r), 3, 0.5, r);
  show("reference_result", sparsead::jacobian<&reference_result>::plan(0.5, r), 0.5, r);
  show("class_result", sparsead::jacobian<&class_result>::plan(b), b);
  show("const_members", sparsead::jacobian<&const_members>::plan(0.5), 0.5);
  show("integers", sparsead::jacobian<&integers>::plan(0.5, r, true, 'a', 'b', 3, 4L, 5ULL, (__int128)6), 0.5, r, true,
       'a', 'b', 3, 4L, 5ULL, (__int128)6);
  show("enumeration", sparsead::jacobian<&enumeration>::plan(0.5, r, E::B), 0.5, r, E::B);
  show("globals", sparsead::jacobian<&globals>::plan(0.5, r), 0.5, r);
  show("restricted", sparsead::jacobian<&restricted>::plan(0.5, rr), 0.5, rr);
  double v;
  sparsead::jacobian<&globals>::plan(0.5, r).values(&v, 0.5, r);
  // CHECK: 15120
  std::printf("%g\n", v);
}
