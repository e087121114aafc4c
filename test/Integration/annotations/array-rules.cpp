// SPARSEAD_RULE for functions of arrays: results and outputs, lengths from integers, either derivative, in every mode.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -Wall -Wextra -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -I%S/../Inputs %s %sparsead_ldflags -o %t.san && %t.san | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"
#include "check_gradient.hpp"
#include <vector>

// A number from a number and a table, by both derivatives; by one.
double lookup(double x, int k, const double *t);
double lookup_jvp(double x, int k, const double *t, double x_t, const double *t_t);
void lookup_vjp(double x, int k, const double *t, double y_a, double *x_a, double *t_a);
SPARSEAD_RULE(lookup, "return <- x, t[k]", "jvp=lookup_jvp", "vjp=lookup_vjp")
double norm(const double *v, long n, double scale);
double norm_jvp(const double *v, long n, double scale, const double *v_t);
SPARSEAD_RULE(norm, "return <- v[2*n]", "jvp=norm_jvp")

// An implicit solve: y + y^3 + coupling = b; its derivatives use the solution.
namespace implicit {
void solve(int n, const double *b, double *y, const int *calls);
void solve_vjp(int n, const double *b, const double *y, const int *calls, const double *y_a, double *b_a);
void solve_jvp(int n, const double *b, double *y, const int *calls, const double *b_t, double *y_t);
} // namespace implicit
SPARSEAD_RULE(implicit::solve, "y[n] <- b[n]", "vjp=implicit::solve_vjp")

// A result, an output by reference, an array, of a member function; the size is a reference.
struct model {
  double factor;
  double run(const int &n, const double *x, double a, double &sum, double *y) const;
};
double model_jvp(const model &m, const int &n, const double *x, double a, double &sum, double *y, const double *x_t, double a_t, double *sum_t,
                 double *y_t);
SPARSEAD_RULE(&model::run, "return, sum, y[n-1] <- x[n], a", "jvp=model_jvp")

SPARSEAD_JACOBIAN("r[n] <- u[n], t[k]")
void tables(int n, int k, const double *u, const double *t, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = lookup(u[i], k, t) * u[(i + 1) % n];
}
SPARSEAD_JACOBIAN("r[n] <- u[n], t[k]", "mode=forward")
void tables_forward(int n, int k, const double *u, const double *t, double *r) { tables(n, k, u, t, r); }
SPARSEAD_JACOBIAN("r[n] <- u[n], t[k]", "mode=reverse")
void tables_reverse(int n, int k, const double *u, const double *t, double *r) { tables(n, k, u, t, r); }

// Blocks of an array, solved each for itself: the pattern is blocks.
SPARSEAD_JACOBIAN("r[b*m] <- u[b*m]; w[b*m]")
void blocks(int b, int m, const double *u, double *w, double *r) {
  for (int i = 0; i < b; ++i)
    implicit::solve(m, u + i * m, w + i * m, nullptr);
  for (int i = 0; i < b * m; ++i)
    r[i] = w[i] * w[i];
}
// In a time loop, in place: the output is the input.
SPARSEAD_GRADIENT("return <- x[n]; u[n]")
double steps(int n, const double *x, double *u, int count) {
  for (int i = 0; i < n; ++i)
    u[i] = x[i];
  for (int t = 0; t < count; ++t) {
    implicit::solve(n, u, u, nullptr);
    for (int i = 0; i < n; ++i)
      u[i] += 0.1 * u[(i + 1) % n] * u[i];
  }
  return norm(u, n / 2, 1.5);
}
SPARSEAD_GRADIENT("return <- x[n]; u[n]")
double steps_again(int n, const double *x, double *u, int count) {
  for (int i = 0; i < n; ++i)
    u[i] = x[i];
  SPARSEAD_CHECKPOINT(2) for (int t = 0; t < count; ++t) {
    std::vector<double> v(u, u + n);
    implicit::solve(n, v.data(), u, nullptr);
    u[0] *= v[n - 1];
  }
  return norm(u, n / 2, 1.5);
}
SPARSEAD_JACOBIAN("r[n+1] <- x[n], a")
void members(const model &m, int n, const double *x, double a, double *r) {
  double sum = 0;
  r[n] = m.run(n, x, a, sum, r);
  r[n - 1] = sum * a;
}

int main() {
  using check::of, check::returned;
  const int n = 6, k = 4;
  auto u = check::points(n), t = check::points(k), r = u;
  check::jacobian<&tables>("tables", n * (2 + k), {of(u), of(t)}, {of(r)}, n, k, u.data(), t.data(), r.data());
  check::jacobian<&tables_forward>("tables, forward", n * (2 + k), {of(u), of(t)}, {of(r)}, n, k, u.data(), t.data(), r.data());
  check::jacobian<&tables_reverse>("tables, reverse", n * (2 + k), {of(u), of(t)}, {of(r)}, n, k, u.data(), t.data(), r.data());
  auto w = u;
  check::jacobian<&blocks>("blocks", 3 * 4, {of(u)}, {of(r)}, 3, 2, u.data(), w.data(), r.data());
  for (int count : {0, 1, 3, 5}) {
    check::gradient<&steps>("steps", {of(u)}, returned(), {of(w)}, n, u.data(), w.data(), count);
    check::gradient<&steps_again>("steps again", {of(u)}, returned(), {of(w)}, n, u.data(), w.data(), count);
  }
  model m{0.7};
  double a = 0.3;
  std::vector<double> more(n + 1);
  check::jacobian<&members>("members", (n + 1) * (n + 1), {of(u), of(a)}, {of(more)}, m, n, u.data(), a, more.data());
  std::printf("done %d\n", check::failures);
}

double lookup(double x, int k, const double *t) {
  double s = 0;
  for (int i = k; i-- > 0;)
    s = s * x + t[i];
  return s;
}
double lookup_jvp(double x, int k, const double *t, double x_t, const double *t_t) {
  double s = 0, d = 0;
  for (int i = k; i-- > 0;) {
    d = d * x + s * x_t + t_t[i];
    s = s * x + t[i];
  }
  return d;
}
void lookup_vjp(double x, int k, const double *t, double y_a, double *x_a, double *t_a) {
  double p = 1;
  for (int i = 0; i < k; ++i) {
    t_a[i] += p * y_a;
    if (i + 1 < k)
      *x_a += (i + 1) * p * t[i + 1] * y_a;
    p *= x;
  }
}
double norm(const double *v, long n, double scale) {
  double s = 0;
  for (long i = 0; i < 2 * n; ++i)
    s += scale * v[i] * v[i];
  return s;
}
double norm_jvp(const double *v, long n, double scale, const double *v_t) {
  double s = 0;
  for (long i = 0; i < 2 * n; ++i)
    s += 2 * scale * v[i] * v_t[i];
  return s;
}
// y[i] + y[i]^3 + 0.2 y[i - 1] = b[i]
void implicit::solve(int n, const double *b, double *y, const int *) {
  for (int i = 0; i < n; ++i) {
    const double right = b[i] - (i ? 0.2 * y[i - 1] : 0.0);
    double z = 0;
    for (int k = 0; k < 50; ++k)
      z -= (z * z * z + z - right) / (3 * z * z + 1);
    y[i] = z;
  }
}
void implicit::solve_vjp(int n, const double *, const double *y, const int *, const double *y_a, double *b_a) {
  double carried = 0;
  for (int i = n; i-- > 0;) {
    const double d = (y_a[i] - 0.2 * carried) / (3 * y[i] * y[i] + 1);
    b_a[i] += d;
    carried = d;
  }
}
double model::run(const int &n, const double *x, double a, double &sum, double *y) const {
  sum = 0;
  for (int i = 0; i < n; ++i)
    sum += x[i] * a;
  for (int i = 0; i + 1 < n; ++i)
    y[i] = factor * x[i] * x[n - 1] + sum;
  return sum * sum;
}
double model_jvp(const model &m, const int &n, const double *x, double a, double &, double *, const double *x_t, double a_t, double *sum_t,
                 double *y_t) {
  double s = 0, d = 0;
  for (int i = 0; i < n; ++i) {
    s += x[i] * a;
    d += x_t[i] * a + x[i] * a_t;
  }
  *sum_t = d;
  for (int i = 0; i + 1 < n; ++i)
    y_t[i] = m.factor * (x_t[i] * x[n - 1] + x[i] * x_t[n - 1]) + d;
  return 2 * s * d;
}
