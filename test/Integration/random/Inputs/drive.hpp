// What random functions work on, and how their derivatives are held against each other: the plan that the compiler
// chooses against vector forward mode, for several sizes, data, and states of the outputs before the call.
#pragma once
#include <sparsead/sparsead.hpp>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

struct Pair {
  double a, b;
};
struct Context {
  int n, nx, low, high, shift;
  bool flag;
  int mode;
  double nu;
  const int *index;          // into [0, n), with repetitions
  const int *order;          // a permutation
  const int *begin, *column; // rows of a sparse matrix
  const double *weight;      // its values
  const double *table;
  const double *const *rows; // active
};
struct Swept;

#define SPECIFICATION                                                                                                  \
  "r[c.n], q[c.n], h[c.n] <- u[c.n], v[c.n], g[c.n], s[c.n], c.rows[2][c.n]; w[c.n]"
#ifndef MODE
#define MODE "mode=auto"
#endif
#define FUNCTION(name)                                                                                                 \
  SPARSEAD_JACOBIAN(SPECIFICATION, MODE)                                                                               \
  SPARSEAD_JACOBIAN(SPECIFICATION, "mode=forward", "tag=Swept")                                                        \
  void name(const Context &c, const double *u, const double *v, const float *g, const Pair *s, double *r, double *q,   \
            float *h, double *w)

inline double square(double x) { return x * x; }
inline double mix(double a, double b, double t) { return a + t * (b - a); }
inline void put(double &x, double v) { x = v; }
inline int wrap(int i, int n) {
  while (i < 0)
    i += n;
  while (i >= n)
    i -= n;
  return i;
}
inline double flux(double a, double b) {
  if (a > b)
    return 0.5 * a * a;
  return a + b < 0 ? 0.5 * b * b : 0.25 * a * b;
}
inline double upwind(const double *u, int i, int n) {
  double a = u[i], b = i > 0 ? u[i - 1] : 0.0;
  return a > 0 ? a * (a - b) : a * ((i + 1 < n ? u[i + 1] : 0.0) - a);
}
inline void split(double a, double b, double &x, double &y) {
  x = a * b;
  y = a - b;
  if (a > 2.5)
    y = b;
}

/// Arguments of one call.
struct State {
  std::vector<double> u, v, table, weight, r, q, w, row0, row1;
  std::vector<float> g, h;
  std::vector<Pair> s;
  std::vector<int> index, order, begin, column;
  const double *rows[2];
  const double *second; // v, or u once more
  Context c;

  State(int n, unsigned seed) {
    std::mt19937 random(seed);
    auto number = [&] { return std::uniform_real_distribution<double>(-1.5, 1.5)(random); };
    for (auto *x : {&u, &v, &r, &q, &w, &row0, &row1, &table})
      x->resize(n + 1);
    g.resize(n + 1), h.resize(n + 1), s.resize(n + 1);
    index.resize(n + 1), order.resize(n + 1), begin.resize(n + 2);
    for (int i = 0; i < n; ++i)
      index[i] = int(random() % n), order[i] = i;
    if (n > 0 && seed % 2 == 0)
      std::shuffle(order.begin(), order.begin() + n, random);
    for (int i = 0; i < n; ++i)
      begin[i + 1] = begin[i] + int(random() % 4);
    begin[n + 1] = begin[n];
    column.resize(begin[n] + 1), weight.resize(begin[n] + 1);
    for (int k = 0; k < begin[n]; ++k)
      column[k] = int(random() % n), weight[k] = number();
    for (double &x : table)
      x = number();
    rows[0] = row0.data(), rows[1] = row1.data();
    const int nx = n >= 6 && n % 3 == 0 ? 3 : n >= 4 && n % 2 == 0 ? 2 : 1;
    c = {n, n >= 36 && n % 4 == 0 ? n / 4 : nx, int(random() % 3), n - int(random() % 3), int(random() % 5) - 2,
         random() % 2 == 0, int(random() % 3), number(), index.data(), order.data(), begin.data(), column.data(),
         weight.data(), table.data(), rows};
    second = seed % 3 == 0 ? u.data() : v.data(); // inputs may be one array
  }
  void inputs(unsigned seed) {
    std::mt19937 random(seed);
    auto number = [&] { return seed ? std::uniform_real_distribution<double>(-1.5, 1.5)(random) : NAN; };
    for (auto *x : {&u, &v, &row0, &row1})
      for (double &y : *x)
        y = number();
    for (float &y : g)
      y = float(number());
    for (Pair &y : s)
      y = {number(), number()};
  }
  void outputs(unsigned seed) {
    std::mt19937 random(seed);
    auto number = [&] { return seed ? std::uniform_real_distribution<double>(-1.5, 1.5)(random) : NAN; };
    for (auto *x : {&r, &q})
      for (double &y : *x)
        y = number();
    for (float &y : h)
      y = float(number());
    std::fill(w.begin(), w.end(), NAN);
  }
  std::vector<double> results() const {
    std::vector<double> all(r);
    all.insert(all.end(), q.begin(), q.end());
    all.insert(all.end(), h.begin(), h.end());
    return all;
  }
  template <class F> auto with(F f) {
    return f(c, u.data(), second, g.data(), s.data(), r.data(), q.data(), h.data(), w.data());
  }
};

inline int failures = 0;
inline long plans = 0, local_plans = 0;

inline bool same(double a, double b, double scale) {
  if (std::isnan(a) || std::isnan(b))
    return std::isnan(a) && std::isnan(b);
  return a == b || std::fabs(a - b) <= 2e-6 * (scale + std::fabs(a)); // some of it is float
}

template <auto F, class Other, class Call> void drive(const char *name, Call call) {
  int why = 0;
  bool local = false;
  auto fail = [&](int n, const char *what, long k = -1, double a = 0, double b = 0) {
    if (why++ < 2)
      std::printf("FAIL %s n=%d: %s %ld: %.17g, forward %.17g\n", name, n, what, k, a, b);
  };
  auto compare = [&](int n, const char *what, const std::vector<double> &a, const std::vector<double> &b,
                     double scale = 1) {
    for (std::size_t k = 0; k < a.size(); ++k)
      if (!same(a[k], b[k], scale))
        fail(n, what, long(k), a[k], b[k]);
  };
  for (int n : {0, 1, 2, 3, 4, 7, 12, 37, 60})
    for (unsigned seed = 1; seed <= (n < 2 ? 1 : 2); ++seed) {
      State state(n, seed * 131 + n);
      auto values = [&](auto &plan, std::vector<double> &to) {
        state.with([&](auto... x) { plan.values(to.data(), x...); });
      };
      try {
        state.inputs(0), state.outputs(0); // the structure does not depend on them
        auto a = n == 7 ? sparsead::jacobian<F>::plan(state.c, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
                                                      nullptr, nullptr)
                        : state.with([](auto... x) { return sparsead::jacobian<F>::plan(x...); });
        auto b = state.with([](auto... x) { return sparsead::jacobian<F, Other>::plan(x...); });
        ++plans;
        local_plans += a.strategy() == sparsead::strategy::local;
        local |= n >= 7 && a.strategy() == sparsead::strategy::local;
        if (a.nnz() != b.nnz() || !std::equal(a.row_ptr().begin(), a.row_ptr().end(), b.row_ptr().begin()) ||
            !std::equal(a.col_ind().begin(), a.col_ind().end(), b.col_ind().begin())) {
          fail(n, "pattern", long(a.nnz()), double(a.nnz()), double(b.nnz()));
          continue;
        }
        for (unsigned round = 0; round < 3; ++round) {
          const unsigned before = round == 2 ? 0 : 5 + round; // outputs: at last NaN
          std::vector<double> va(a.nnz() + 1, NAN), again(va), vb(va);
          state.inputs(seed * 10 + round);
          state.outputs(before);
          state.with(call);
          const auto plain = state.results();
          state.outputs(before), values(a, va);
          compare(n, "result", state.results(), plain);
          state.outputs(before), values(a, again);
          state.outputs(before), values(b, vb);
          compare(n, "forward's result", state.results(), plain);
          double scale = 1;
          for (double x : vb)
            scale = std::max(scale, std::isfinite(x) ? std::fabs(x) : 0);
          compare(n, "value", va, vb, scale);
          if (std::memcmp(va.data(), again.data(), va.size() * sizeof(double)) != 0 && before)
            fail(n, "values differ when evaluated again");
          if (!std::isnan(va.back()))
            fail(n, "written beyond the values");
          if (round > 0 || n > 12)
            continue;
          std::vector<double> du(a.cols()), rbar(a.rows()), ya(a.rows()), yb(ya), ua(a.cols()), ub(ua);
          for (std::size_t k = 0; k < du.size(); ++k)
            du[k] = std::sin(double(k + 1));
          for (std::size_t k = 0; k < rbar.size(); ++k)
            rbar[k] = std::cos(double(k));
          state.outputs(before), state.with([&](auto... x) { a.jvp(ya.data(), du.data(), x...); });
          state.outputs(before), state.with([&](auto... x) { b.jvp(yb.data(), du.data(), x...); });
          compare(n, "jvp", ya, yb, scale);
          state.outputs(before), state.with([&](auto... x) { a.vjp(ua.data(), rbar.data(), x...); });
          state.outputs(before), state.with([&](auto... x) { b.vjp(ub.data(), rbar.data(), x...); });
          compare(n, "vjp", ua, ub, scale);
          // The reverse sweep is the forward sweep transposed.
          std::vector<double> want(b.cols(), 0.0);
          for (std::size_t i = 0; i < rbar.size(); ++i)
            for (auto k = b.row_ptr()[i]; k < b.row_ptr()[i + 1]; ++k)
              want[std::size_t(b.col_ind()[std::size_t(k)])] += vb[std::size_t(k)] * rbar[i];
          compare(n, "vjp against values", ub, want, 8 * scale);
        }
      } catch (const std::exception &x) {
        if (!why++)
          std::printf("FAIL %s n=%d: %s\n", name, n, x.what());
      }
    }
  failures += why > 0;
  if (std::getenv("STRATEGY"))
    std::printf("%s %s\n", name, local ? "local" : "swept");
}

inline int finish() {
  std::printf("%d bad; %ld of %ld plans are local\n", failures, local_plans, plans);
  return failures != 0;
}
