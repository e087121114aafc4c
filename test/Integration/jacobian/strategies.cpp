// One function, all ways to its Jacobian: the same structure, and the same values whatever is swept.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++17 -O0 %s %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 %t.plan | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -O2 %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 %t.plan | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined %s %sparsead_ldflags -o %t.san && timeout 120 %t.san %t.plan | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

// name##_w has the mode w; n, the subscripts and `in` are given, `x` and `y` what is differentiated.
#define WAYS(name, specification, parameters, body)                                                                    \
  SPARSEAD_JACOBIAN(specification, "mode=forward") void name##_f parameters body                                       \
  SPARSEAD_JACOBIAN(specification, "mode=reverse") void name##_r parameters body                                       \
  SPARSEAD_JACOBIAN(specification, "mode=bidirectional") void name##_b parameters body                                 \
  SPARSEAD_JACOBIAN(specification, "mode=bidirectional", "order=smallest_last") void name##_o parameters body          \
  SPARSEAD_JACOBIAN(specification) void name##_a parameters body
#define ARGUMENTS (int n, const int *p, const int *c, const double *x, double *y)

// A full row, a full column, and the diagonal.
WAYS(arrow, "y[n] <- x[n]", ARGUMENTS, {
  if (n > 0)
    y[0] = 0;
  for (int i = 0; i < n; ++i)
    y[0] += std::sin(x[i]) * x[i];
  for (int i = 1; i < n; ++i)
    y[i] = x[0] * x[i];
})
// Two of each, and a band.
WAYS(bordered, "y[n] <- x[n]", ARGUMENTS, {
  for (int i = 0; i < n; ++i)
    y[i] = 0;
  for (int i = 0; i < n && n > 1; ++i) {
    y[0] += x[i] * x[i];
    y[1] += std::cos(x[i]);
  }
  for (int i = 2; i < n; ++i)
    y[i] = x[0] * x[i] + x[1] * x[i - 1] + (i + 1 < n ? x[i + 1] * x[i + 1] : 0.0);
})
// Any structure: rows of products.
WAYS(rows, "y[n] <- x[n]", ARGUMENTS, {
  for (int i = 0; i < n; ++i) {
    double product = 1;
    for (int k = p[i]; k < p[i + 1]; ++k)
      product *= 1 + 0.1 * x[c[k]];
    y[i] = product;
  }
})
// A value that is carried from row to row, and reset: not local.
WAYS(carried, "y[n] <- x[n]", ARGUMENTS, {
  double before = 0;
  for (int i = 0; i < n; ++i) {
    before = i % 5 == 0 ? x[i] : 0.5 * before * x[i] + x[0];
    y[i] = before * before;
  }
  for (int i = 0; i < n; ++i)
    y[n - 1] += x[i] * x[i];
})
// In place: every element by two, and the first by all.
WAYS(in_place, "x[n] <- x[n]", (int n, const int *, const int *, double *x, double *), {
  double sum = 0;
  for (int i = 0; i < n; ++i)
    sum += x[i] * x[i];
  for (int i = n - 1; i > 0; --i)
    x[i] = x[i] * x[i - 1];
  if (n > 0)
    x[0] = sum;
})
// Several outputs: a number, an array, single precision; several inputs.
WAYS(several, "s, y[n], z[n] <- x[n], t", (int n, const double *x, double *y, double &s, float *z, double t), {
  s = 0;
  for (int i = 0; i < n; ++i) {
    s += x[i] * t;
    y[i] = x[i] * x[i] * t + (i > 0 ? x[i - 1] : 0.0);
    z[i] = float(3 * x[n - 1 - i]);
  }
})
// An infinite entry: the others of its color are what they are.
WAYS(infinite, "y[n] <- x[n]", ARGUMENTS, {
  if (n > 0)
    y[0] = 0;
  for (int i = 0; i < n; ++i)
    y[0] += x[i] * x[i];
  for (int i = 1; i < n; ++i)
    y[i] = std::sqrt(x[i]) * x[0];
})

struct matrix {
  std::vector<int> row_ptr, col_ind;
  std::vector<double> v, out;
};

const char *path;
std::mt19937 generator(3);

template <class Handle, class... A> matrix evaluate(std::vector<double> &x, std::vector<double> &y, bool in_place,
                                                    A &...args) {
  const std::vector<double> before = x;
  matrix m;
  auto plan = Handle::plan(args...);
  plan.save(path);
  for (const auto &P : {plan, Handle::load(path)}) {
    if (P.num_colors() != plan.num_colors() || P.strategy() != plan.strategy())
      std::printf("FAIL: read again\n");
    m.v.assign(std::size_t(P.nnz()), 99.0);
    for (int repeat = 0; repeat < 2; ++repeat) {
      x = before;
      std::fill(y.begin(), y.end(), -7.0);
      P.values(m.v.data(), args...);
    }
    m.out = in_place ? x : y;
    // Products leave the schedules as they were.
    std::vector<double> u(std::size_t(P.cols()), 0.5), w(std::size_t(P.rows()), 0.25), r(w), b(u), again(m.v.size());
    x = before;
    P.jvp(r.data(), u.data(), args...);
    x = before;
    P.vjp(b.data(), w.data(), args...);
    double forwards = 0, backwards = 0;
    for (const double t : r)
      forwards += 0.25 * t;
    for (const double t : b)
      backwards += 0.5 * t;
    if (std::isfinite(forwards) && std::fabs(forwards - backwards) > 1e-6 * (1 + std::fabs(forwards)))
      std::printf("FAIL: products %g %g\n", forwards, backwards);
    x = before;
    P.values(again.data(), args...);
    const auto same = [](double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; };
    if (!std::equal(again.begin(), again.end(), m.v.begin(), same))
      std::printf("FAIL: values after products\n");
    x = before;
  }
  m.row_ptr.assign(plan.row_ptr().begin(), plan.row_ptr().end());
  m.col_ind.assign(plan.col_ind().begin(), plan.col_ind().end());
  return m;
}

bool close(double a, double b, double tolerance) {
  return std::fabs(a - b) <= tolerance * (1 + std::fabs(a)) || a == b || (std::isnan(a) && std::isnan(b));
}
void compare(const std::string &name, const matrix &a, const matrix &b) {
  bool good = a.row_ptr == b.row_ptr && a.col_ind == b.col_ind && a.v.size() == b.v.size();
  for (std::size_t k = 0; good && k < a.v.size(); ++k)
    if (!(good = close(a.v[k], b.v[k], 1e-6)))
      std::printf("%zu: %g %g\n", k, a.v[k], b.v[k]);
  for (std::size_t k = 0; good && k < a.out.size(); ++k)
    good = close(a.out[k], b.out[k], 1e-12);
  if (!good)
    std::printf("FAIL: %s\n", name.c_str());
}

struct data {
  int n;
  std::vector<int> p{0}, c;
  std::vector<double> x, y;
  std::vector<float> z;
  double s = 0, t = 1.25;
  explicit data(int size, int full = 0) : n(size), x(std::size_t(size)), y(x), z(std::size_t(size)) {
    for (double &value : x)
      value = 0.5 + double(generator() % 1000) / 1000;
    for (int i = 0; i < n; ++i) {
      std::set<int> row;
      for (int e = int(generator() % 4); e > 0; --e)
        row.insert(int(generator() % unsigned(n)));
      if (i < full)
        for (int j = 0; j < n; j += 1 + int(generator() % 2))
          row.insert(j);
      if (full > 0 && i % 7 != 3)
        row.insert(n / 2);
      if (full > 0 && i % 7 == 5)
        row.clear();
      c.insert(c.end(), row.begin(), row.end());
      p.push_back(int(c.size()));
    }
  }
};

#define COMPARE(name, in_place, ...)                                                                                   \
  {                                                                                                                    \
    const matrix f = evaluate<sparsead::jacobian<&name##_f>>(d.x, d.y, in_place, __VA_ARGS__);                         \
    compare(#name " reverse", f, evaluate<sparsead::jacobian<&name##_r>>(d.x, d.y, in_place, __VA_ARGS__));            \
    compare(#name " bidirectional", f, evaluate<sparsead::jacobian<&name##_b>>(d.x, d.y, in_place, __VA_ARGS__));      \
    compare(#name " in an order", f, evaluate<sparsead::jacobian<&name##_o>>(d.x, d.y, in_place, __VA_ARGS__));        \
    compare(#name " auto", f, evaluate<sparsead::jacobian<&name##_a>>(d.x, d.y, in_place, __VA_ARGS__));               \
  }

template <class Plan> void report(const char *name, const Plan &P) {
  std::printf("%s: %s %d\n", name, to_string(P.strategy()), int(P.num_colors()));
}

int main(int, char **argv) {
  path = argv[1];
  // CHECK-NOT: FAIL
  for (const int n : {0, 1, 2, 3, 17, 40}) {
    data d(n, n > 3 ? 2 : 0);
    const int *p = d.p.data(), *c = d.c.data();
    double *x = d.x.data(), *y = d.y.data();
    COMPARE(arrow, false, d.n, p, c, x, y)
    if (n > 0)
      COMPARE(carried, false, d.n, p, c, x, y)
    if (n != 1)
      COMPARE(bordered, false, d.n, p, c, x, y)
    COMPARE(in_place, true, d.n, p, c, x, y)
    float *z = d.z.data();
    COMPARE(several, false, d.n, x, y, d.s, z, d.t)
    if (n > 5)
      d.x[5] = 0;
    COMPARE(infinite, false, d.n, p, c, x, y)
  }
  for (int round = 0; round < 30; ++round) {
    data d(1 + int(generator() % 30), round % 4);
    const int *p = d.p.data(), *c = d.c.data();
    double *x = d.x.data(), *y = d.y.data();
    COMPARE(rows, false, d.n, p, c, x, y)
  }

  data d(5000, 0);
  const int *p = d.p.data(), *c = d.c.data();
  double *x = d.x.data(), *y = d.y.data();
  // CHECK: arrow: bidirectional 3
  const auto A = sparsead::jacobian<&arrow_b>::plan(d.n, p, c, x, y);
  report("arrow", A);
  // CHECK-NEXT: 2 and 1 colors, 1 row
  const auto colored = A.row_colors();
  std::printf("%d and %d colors, %d row\n", 1 + *std::max_element(A.column_colors().begin(), A.column_colors().end()),
              1 + *std::max_element(colored.begin(), colored.end()),
              int(std::count_if(colored.begin(), colored.end(), [](int color) { return color >= 0; })));
  // CHECK-NEXT: Jacobian 5000×5000, nnz=14998, sparsity 99.9%, bidirectional, 3 colors
  std::printf("%s\n", A.summary().c_str());
  // CHECK-NEXT: check 1
  data small(50, 0);
  const auto S = sparsead::jacobian<&arrow_b>::plan(small.n, p, c, x, y);
  std::printf("check %d\n", S.check(small.n, p, c, small.x.data(), y).ok);
  // CHECK-NEXT: bordered: bidirectional 7
  report("bordered", sparsead::jacobian<&bordered_b>::plan(d.n, p, c, x, y));
  // Local where it can be; else by cost.
  // CHECK-NEXT: arrow: local
  report("arrow", sparsead::jacobian<&arrow_a>::plan(d.n, p, c, x, y));
  // CHECK-NEXT: carried: bidirectional
  const auto C = sparsead::jacobian<&carried_a>::plan(d.n, p, c, x, y);
  report("carried", C);
  // CHECK-NEXT: bidirectional, {{[0-9]}} + 1 colors of columns and rows, costs about {{[0-9.]+}} calls of the function; forward, 5000 + 0 colors
  std::printf("%s\n", C.strategy_reason().c_str());

  // CHECK-NEXT: large: bidirectional 3
  // CHECK-NEXT: quick 1
  data large(100000, 0);
  std::vector<double> v(299998);
  const auto start = std::chrono::steady_clock::now();
  const auto L = sparsead::jacobian<&arrow_b>::plan(large.n, nullptr, nullptr, large.x.data(), large.y.data());
  report("large", L);
  L.values(v, large.n, nullptr, nullptr, large.x.data(), large.y.data());
  L.save(path);
  sparsead::jacobian<&arrow_b>::load(path).values(v, large.n, nullptr, nullptr, large.x.data(), large.y.data());
  std::printf("quick %d\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() < 10);
  // CHECK-NEXT: end
  std::printf("end\n");
}
