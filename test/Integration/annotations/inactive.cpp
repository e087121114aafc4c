// SPARSEAD_INACTIVE on functions, parameters, variables, members and globals: no entry, and values as if what is marked
// were constant. Each function has a twin whose marked parts read a copy `c` of the inputs; it is differenced by u.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -Wall -Wextra -Werror %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined %s %sparsead_ldflags -o %t.san && %t.san | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>
#include <vector>

// Declared only: the definitions are at the end of the file and are not looked at.
SPARSEAD_INACTIVE double level(double x);
SPARSEAD_INACTIVE void watch(const double *u, int n);
SPARSEAD_INACTIVE int position(const double *table, int n, double x);
extern "C" SPARSEAD_INACTIVE double c_level(double x);

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void hidden(int n, const double *u, double *r) {
  watch(u, n);
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[i] * level(u[(i + 1) % n]) + c_level(u[i]);
}
void hidden_twin(int n, const double *u, const double *c, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[i] * level(c[(i + 1) % n]) + c_level(c[i]);
}

// The body has no derivative.
SPARSEAD_INACTIVE static double noise(double x) {
  static volatile double last;
  last = x;
  return 1 + last * last;
}
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void internal(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = noise(u[(i + 1) % n]) * u[i];
}
void internal_twin(int n, const double *u, const double *c, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = noise(c[(i + 1) % n]) * u[i];
}

template <class T> SPARSEAD_INACTIVE T generic(T x) { return std::exp(x); }
template <class T> struct model {
  SPARSEAD_INACTIVE T member(T x) const { return k * x; }
  SPARSEAD_INACTIVE static inline T shared(T x) { return x * x; }
  T k = 3;
};
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void members_and_templates(int n, const double *u, double *r) {
  model<double> m;
  for (int i = 0; i < n; ++i)
    r[i] = m.member(u[0]) * u[i] + generic(u[1]) - model<double>::shared(u[2]);
}
void members_and_templates_twin(int n, const double *u, const double *c, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 3 * c[0] * u[i] + std::exp(c[1]) - c[2] * c[2];
}

// What such a function writes.
SPARSEAD_INACTIVE static void split(double x, double *whole, int *k) {
  *whole = x * x;
  *k = int(x);
}
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void written(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    double whole;
    int k;
    split(u[i], &whole, &k);
    r[i] = whole * u[i] + k;
  }
}
void written_twin(int n, const double *u, const double *c, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = c[i] * c[i] * u[i] + int(c[i]);
}

// An index that is searched in inactive data is known when a plan is made.
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void searched(int n, const double *u, double *r) {
  const double table[] = {0, 1, 2, 3, 4, 5, 6};
  for (int i = 0; i < n; ++i)
    r[i] = 2 * u[position(table, 7, i + 0.5)];
}
void searched_twin(int n, const double *u, const double *, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 2 * u[i];
}

static double product(SPARSEAD_INACTIVE double a, double b) { return a * b; }
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void parameter(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = product(u[n - 1 - i], u[i]);
}
void parameter_twin(int n, const double *u, const double *c, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = c[n - 1 - i] * u[i];
}

static double sum(int n, SPARSEAD_INACTIVE const double *a) {
  double s = 0;
  for (int i = 0; i < n; ++i)
    s += a[i];
  return s;
}
static double ends(SPARSEAD_INACTIVE std::span<const double> a) { return a[0] + a.back(); }
static double head(SPARSEAD_INACTIVE const std::array<double, 2> &a) { return a[0] * a[1]; }
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void pointers(int n, const double *u, double *r) {
  const double s = sum(n, u) + ends(std::span(u, std::size_t(n))) + head({u[0], u[1]});
  for (int i = 0; i < n; ++i)
    r[i] = s * u[i];
}
void pointers_twin(int n, const double *u, const double *c, double *r) {
  double s = c[0] + c[n - 1] + c[0] * c[1];
  for (int i = 0; i < n; ++i)
    s += c[i];
  for (int i = 0; i < n; ++i)
    r[i] = s * u[i];
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void variables(int n, const double *u, double *r) {
  SPARSEAD_INACTIVE double scale = 0;
  for (int i = 0; i < n; ++i)
    scale += u[i] * u[i];
  for (int i = 0; i < n; ++i) {
    SPARSEAD_INACTIVE const double &x = u[(i + 2) % n];
    r[i] = scale * u[i] + x;
  }
}
void variables_twin(int n, const double *u, const double *c, double *r) {
  double scale = 0;
  for (int i = 0; i < n; ++i)
    scale += c[i] * c[i];
  for (int i = 0; i < n; ++i)
    r[i] = scale * u[i] + c[(i + 2) % n];
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void arrays(int n, const double *u, double *r) {
  SPARSEAD_INACTIVE std::vector<double> w(static_cast<std::size_t>(n));
  SPARSEAD_INACTIVE double t[8];
  for (int i = 0; i < n; ++i) {
    w[static_cast<std::size_t>(i)] = std::sin(u[i]);
    t[i] = u[i] * u[0];
  }
  double most = 0;
  for (double v : w)
    most += v;
  for (int i = 0; i < n; ++i)
    r[i] = (w[static_cast<std::size_t>(n - 1 - i)] + most + t[i]) * u[i];
}
void arrays_twin(int n, const double *u, const double *c, double *r) {
  double most = 0;
  for (int i = 0; i < n; ++i)
    most += std::sin(c[i]);
  for (int i = 0; i < n; ++i)
    r[i] = (std::sin(c[n - 1 - i]) + most + c[i] * c[0]) * u[i];
}

struct state {
  double u;
  SPARSEAD_INACTIVE double limiter;
};
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void fields(int n, const double *u, double *r) {
  std::vector<state> s(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i)
    s[static_cast<std::size_t>(i)] = {u[i], u[(i + 1) % n]};
  for (int i = 0; i < n; ++i) {
    const state a = s[static_cast<std::size_t>(i)];
    r[i] = a.u * a.limiter;
  }
}
void fields_twin(int n, const double *u, const double *c, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * c[(i + 1) % n];
}

// A global that is marked may receive active values.
SPARSEAD_INACTIVE static double latest[5];
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void globals(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    latest[i] = u[i] * 2;
  for (int i = 0; i < n; ++i)
    r[i] = latest[(i + 1) % n] * u[i];
}
void globals_twin(int n, const double *u, const double *c, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 2 * c[(i + 1) % n] * u[i];
}

struct context {
  double norm;
};
static context shared;
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void in_context(int n, const double *u, double *r, SPARSEAD_INACTIVE context &c = shared) {
  c.norm = std::sqrt(u[0] * u[0] + u[1]);
  for (int i = 0; i < n; ++i)
    r[i] = u[i] / c.norm;
}
void in_context_twin(int n, const double *u, const double *c, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] / std::sqrt(c[0] * c[0] + c[1]);
}

// A lambda's parameter; a pointer that is carried by a loop.
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void carried(int n, const double *u, double *r) {
  auto weigh = [&](SPARSEAD_INACTIVE double w, int i) { return w * u[i]; };
  SPARSEAD_INACTIVE const double *p = u;
  for (int i = 0; i < n; ++i)
    r[i] = weigh(u[0], i) + *p++;
}
void carried_twin(int n, const double *u, const double *c, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = c[0] * u[i] + c[i];
}

// A loop whose reverse must keep what the function returned.
SPARSEAD_JACOBIAN("r[n] <- u[n]", "mode=forward")
void recurrence(int n, const double *u, double *r) {
  double f = 1;
  for (int i = 0; i < n; ++i) {
    const double damping = noise(u[i]);
    f = f * damping / 8 + u[i] * u[i];
    r[i] = f;
  }
}
void recurrence_twin(int n, const double *u, const double *c, double *r) {
  double f = 1;
  for (int i = 0; i < n; ++i) {
    f = f * noise(c[i]) / 8 + u[i] * u[i];
    r[i] = f;
  }
}

double level(double x) { return std::cos(x) + 2; }
extern "C" double c_level(double x) { return x * x; }
void watch(const double *u, int n) {
  if (!u || std::isnan(u[n - 1])) // never while planning
    std::puts("FAIL");
}
int position(const double *table, int n, double x) {
  return int(std::upper_bound(table, table + n, x) - table) - 1;
}

static constexpr int n = 5;
static int failures = 0;

template <auto F, auto Twin, class... Rest> static void check(const char *name, long nnz, Rest &...rest) {
  const double u[n] = {1.2, 2.3, 0.7, 1.9, 3.1};
  double r[n], plus[n], minus[n], dense[n][n], x[n];
  auto P = sparsead::jacobian<F>::plan(n, nullptr, nullptr, rest...);
  std::vector<double> v(static_cast<std::size_t>(P.nnz()));
  P.values(v.data(), n, u, r, rest...);
  for (int j = 0; j < n; ++j) {
    auto at = [&](double h, double *to) {
      std::copy(u, u + n, x);
      x[j] += h;
      Twin(n, x, u, to);
    };
    at(1e-6, plus);
    at(-1e-6, minus);
    for (int i = 0; i < n; ++i)
      dense[i][j] = (plus[i] - minus[i]) / 2e-6;
  }
  auto close = [](double a, double b) { return std::abs(a - b) < 1e-6 * (1 + std::abs(a)); };
  bool ok = long(P.nnz()) == nnz;
  double ones[n], weights[n], forward[n], back[n];
  for (int i = 0; i < n; ++i) {
    ones[i] = 1;
    weights[i] = 1 + i;
  }
  P.jvp(forward, ones, n, u, r, rest...);
  P.vjp(back, weights, n, u, r, rest...);
  for (int i = 0; i < n; ++i) {
    double row = 0, column = 0;
    for (int j = 0; j < n; ++j) {
      row += dense[i][j];
      column += weights[j] * dense[j][i];
    }
    ok = ok && close(row, forward[i]) && close(column, back[i]);
  }
  for (int i = 0; i < n; ++i)
    for (int k = P.row_ptr()[i]; k < P.row_ptr()[i + 1]; ++k) {
      ok = ok && close(dense[i][P.col_ind()[k]], v[static_cast<std::size_t>(k)]);
      dense[i][P.col_ind()[k]] = 0;
    }
  for (auto &row : dense)
    for (double d : row)
      ok = ok && std::abs(d) < 1e-7;
  Twin(n, u, u, plus);
  for (int i = 0; i < n; ++i)
    ok = ok && close(plus[i], r[i]);
  std::printf("%s nnz %ld %s\n", name, long(P.nnz()), ok ? "ok" : "FAIL");
  failures += !ok;
}
#define CHECK(f, nnz, ...) check<&f, &f##_twin>(#f, nnz __VA_OPT__(, ) __VA_ARGS__)

int main() {
  CHECK(hidden, 5);
  CHECK(internal, 5);
  CHECK(members_and_templates, 5);
  CHECK(written, 5);
  CHECK(searched, 5);
  CHECK(parameter, 5);
  CHECK(pointers, 5);
  CHECK(variables, 5);
  CHECK(arrays, 5);
  CHECK(fields, 5);
  CHECK(globals, 5);
  CHECK(in_context, 5, shared);
  CHECK(carried, 5);
  CHECK(recurrence, 15);
  std::printf("done %d\n", failures);
}
