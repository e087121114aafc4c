// Several sums, which go on into each other, into outputs, and into other things.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 %s %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include <cmath>
#include <cstdio>
#include <vector>

static double terms(int n, const double *x, double a) {
  double s = 0;
  for (int i = 0; i + 1 < n; ++i)
    s += std::sin(a * x[i]) * x[i + 1];
  return s;
}

#define G SPARSEAD_GRADIENT("return <- x[n]")
G double two(int n, const double *x) { return terms(n, x, 1) + terms(n, x, 2); }
G double difference(int n, const double *x) { return terms(n, x, 1) - terms(n, x, 2); }
G double negative(int n, const double *x) { return -terms(n, x, 1) - 3 * terms(n, x, 2); }
G double scaled(int n, const double *x) {
  const double h = 1.0 / n;
  return (terms(n, x, 1) * h + 2) * h + terms(n, x, 2) * 0.5;
}
// What the first sum is multiplied with comes later.
G double scaled_later(int n, const double *x, const double *c) {
  const double s = terms(n, x, 1);
  double h = 0;
  for (int i = 0; i < n; ++i)
    h += c[i];
  return s * h + terms(n, x, 2);
}
G double squared(int n, const double *x) {
  const double s = terms(n, x, 1), t = terms(n, x, 2);
  return s * s + t;
}
G double both_ways(int n, const double *x) {
  const double s = terms(n, x, 1);
  return s + std::exp(0.1 * s) + terms(n, x, 3);
}
G double mean_first(int n, const double *x) {
  double mean = 0;
  for (int i = 0; i < n; ++i)
    mean += x[i];
  mean /= n;
  double s = 0;
  for (int i = 0; i < n; ++i)
    s += (x[i] - mean) * (x[i] - mean) * x[i];
  return s + terms(n, x, 1);
}
G double sometimes(int n, const double *x) {
  double f = terms(n, x, 1);
  if (x[0] > 0.2)
    f += terms(n, x, 2);
  return f * 2;
}
SPARSEAD_GRADIENT("r[1] <- x[n]") void stored(int n, const double *x, double *r) {
  r[0] = terms(n, x, 1);
  r[0] += terms(n, x, 2);
}
SPARSEAD_GRADIENT("r[1] <- x[n]") void stored_twice(int n, const double *x, double *r) {
  r[0] = terms(n, x, 1);
  r[0] = 2 * terms(n, x, 2) + 0.5 * r[0];
}
// The array changes between the sums, or after them.
SPARSEAD_GRADIENT("return <- x[n]") double changed(int n, double *x) {
  double f = terms(n, x, 1);
  for (int i = 0; i < n; ++i)
    x[i] *= x[i];
  return f + terms(n, x, 1);
}
SPARSEAD_GRADIENT("return <- x[n]; w[n]") double reused(int n, const double *x, double *w) {
  for (int i = 0; i < n; ++i)
    w[i] = x[i] * x[i];
  double f = terms(n, w, 1);
  for (int i = 0; i < n; ++i)
    w[i] = 1 / (1 + x[i]);
  return f + terms(n, w, 2);
}
// A sum whose terms use a sum.
G double nested(int n, const double *x) {
  double f = 0;
  for (int i = 0; i < n; ++i) {
    double s = 0;
    for (int j = 0; j < i; ++j)
      s += x[j] * x[i];
    f += s * s;
  }
  return f + terms(n, x, 1);
}

// What looks like a sum and uses what it carries once more.
G double shrinking(int n, const double *x) {
  double f = 1;
  for (int i = 0; i < n; ++i)
    f = f + x[i] * x[i] - 0.1 * f;
  return f;
}
G double doubling(int n, const double *x) {
  double f = 0.5;
  for (int i = 0; i < n; ++i)
    f = (f + std::sin(x[i])) + f;
  return f;
}
G double snapshot(int n, const double *x) {
  double f = 1;
  for (int i = 0; i < n; ++i) {
    double s = f;
    for (int j = 0; j <= i; ++j)
      s += x[j] * x[i];
    f = s - 0.2 * f;
  }
  return f;
}
G double either(int n, const double *x) {
  double f = 0.3, h = 0;
  for (int i = 0; i < n; ++i) {
    double t;
    if (i % 2) {
      t = f;
    } else {
      t = x[i];
      f += std::exp(x[i]) * x[i];
    }
    h += t * t;
  }
  return f + h;
}

static int failures = 0;
template <auto F, class Call> void check(const char *name, Call call) {
  for (const int n : {9, 2, 1}) {
    std::vector<double> x(n), g(n, 5);
    for (int i = 0; i < n; ++i)
      x[i] = 0.3 + 0.1 * i;
    std::vector<double> at(x);
    const double f = call(g.data(), n, at.data(), true);
    at = x;
    const double plain = call(nullptr, n, at.data(), false);
    bool right = std::fabs(f - plain) <= 1e-13 * (1 + std::fabs(plain));
    for (int j = 0; j < n; ++j) {
      double sides[2];
      for (const int side : {0, 1}) {
        at = x;
        at[j] += side ? 1e-5 : -1e-5;
        sides[side] = call(nullptr, n, at.data(), false);
      }
      const double want = (sides[1] - sides[0]) / 2e-5;
      if (!(std::fabs(g[j] - want) <= 1e-7 * (1 + std::fabs(want))))
        right = false, std::printf("FAIL %s n=%d: %d is %.12g instead of %.12g\n", name, n, j, g[j], want);
    }
    failures += !right;
  }
}

int main() {
  const double c[9] = {1, 0.5, 2, -1, 0.25, 3, 1, 1, 0.5};
#define PLAIN(f)                                                                                                       \
  check<&f>(#f, [](double *g, int n, double *x, bool derive) {                                                         \
    return derive ? sparsead::gradient<&f>::value_and_grad(g, n, x) : f(n, x);                                         \
  })
  PLAIN(two);
  PLAIN(difference);
  PLAIN(negative);
  PLAIN(scaled);
  PLAIN(squared);
  PLAIN(both_ways);
  PLAIN(mean_first);
  PLAIN(sometimes);
  PLAIN(changed);
  PLAIN(nested);
  PLAIN(shrinking);
  PLAIN(doubling);
  PLAIN(snapshot);
  PLAIN(either);
  check<&scaled_later>("scaled_later", [&](double *g, int n, double *x, bool derive) {
    return derive ? sparsead::gradient<&scaled_later>::value_and_grad(g, n, x, c) : scaled_later(n, x, c);
  });
  check<&stored>("stored", [](double *g, int n, double *x, bool derive) {
    double r = 3;
    derive ? (void)sparsead::gradient<&stored>::value_and_grad(g, n, x, &r) : stored(n, x, &r);
    return r;
  });
  check<&stored_twice>("stored_twice", [](double *g, int n, double *x, bool derive) {
    double r = 3;
    derive ? (void)sparsead::gradient<&stored_twice>::value_and_grad(g, n, x, &r) : stored_twice(n, x, &r);
    return r;
  });
  check<&reused>("reused", [](double *g, int n, double *x, bool derive) {
    std::vector<double> w(n);
    return derive ? sparsead::gradient<&reused>::value_and_grad(g, n, x, w.data()) : reused(n, x, w.data());
  });
  std::printf("done %d\n", failures);
}
