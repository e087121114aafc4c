// Holds a Jacobian against central differences: exact number of entries, ascending columns, values, no entry missing, the
// function's own results, and a plan that does not read active data. Include <sparsead/sparsead.hpp> first.
#pragma once
#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace check {

/// A block of columns or rows: n elements of one type.
struct item {
  void *data;
  long n;
  bool single;

  double get(long k) const { return single ? double(static_cast<float *>(data)[k]) : static_cast<double *>(data)[k]; }
  void set(long k, double v) const {
    if (single)
      static_cast<float *>(data)[k] = float(v);
    else
      static_cast<double *>(data)[k] = v;
  }
};
inline item of(double *p, long n = 1) { return {p, n, false}; }
inline item of(float *p, long n = 1) { return {p, n, true}; }
inline item of(double &x) { return {&x, 1, false}; }
template <class C> auto of(C &c) -> decltype(of(c.data(), long(c.size()))) { return of(c.data(), long(c.size())); }

/// Where a function's result goes: the output block `return`.
inline double result = 0;
inline item returned() { return of(&result); }

using items = std::vector<item>;

inline std::vector<double> gather(const items &list) {
  std::vector<double> all;
  for (const item &i : list)
    for (long k = 0; k < i.n; ++k)
      all.push_back(i.get(k));
  return all;
}
inline void scatter(const items &list, const std::vector<double> &all) {
  std::size_t at = 0;
  for (const item &i : list)
    for (long k = 0; k < i.n; ++k)
      i.set(k, all[at++]);
}

inline int failures = 0;

template <auto F, class Tag = void, class... A>
void jacobian(const char *name, long nnz, const items &in, const items &out, A &&...args) {
  std::string why;
  auto fail = [&](const std::string &text) {
    if (why.empty())
      why = text;
  };
  const std::vector<double> x = gather(in), before = gather(out);
  const long m = long(before.size()), n = long(x.size());
  bool single = false;
  for (const item &i : in)
    single |= i.single;
  for (const item &i : out)
    single |= i.single;
  const double h = single ? 0x1p-6 : 0x1p-10, tolerance = single ? 2e-3 : 1e-7,
               exact = single ? 1e-6 : 1e-12;

  auto call = [&](const std::vector<double> &at) {
    scatter(out, before);
    scatter(in, at);
    if constexpr (std::is_convertible_v<std::invoke_result_t<decltype(F), A &...>, double>)
      result = double(std::invoke(F, args...));
    else
      std::invoke(F, args...);
    return gather(out);
  };
  auto difference = [&](long j, double step) {
    std::vector<double> at = x;
    at[j] = x[j] + step;
    std::vector<double> up = call(at);
    at[j] = x[j] - step;
    std::vector<double> down = call(at);
    for (long i = 0; i < m; ++i)
      up[i] = (up[i] - down[i]) / (2 * step);
    return up;
  };
  std::vector<std::vector<double>> columns;
  for (long j = 0; j < n; ++j) { // Richardson: an error of fourth order
    std::vector<double> fine = difference(j, h), coarse = difference(j, 2 * h);
    for (long i = 0; i < m; ++i)
      fine[i] = (4 * fine[i] - coarse[i]) / 3;
    columns.push_back(fine);
  }
  const std::vector<double> plain = call(x);

  try {
    scatter(out, before);
    scatter(in, std::vector<double>(n, std::numeric_limits<double>::quiet_NaN()));
    auto plan = sparsead::jacobian<F, Tag>::plan(args...);
    scatter(out, before);
    scatter(in, x);
    if (long(plan.rows()) != m || long(plan.cols()) != n)
      fail("shape " + std::to_string(plan.rows()) + "x" + std::to_string(plan.cols()));
    if (long(plan.nnz()) != nnz)
      fail("nnz " + std::to_string(plan.nnz()) + ", want " + std::to_string(nnz));
    std::vector<double> v(plan.nnz() + 1);
    for (int repeat = 0; repeat < 2 && why.empty(); ++repeat) {
      scatter(out, before);
      scatter(in, x);
      if constexpr (std::is_convertible_v<std::invoke_result_t<decltype(F), A &...>, double>)
        result = double(plan.values(v.data(), args...));
      else
        plan.values(v.data(), args...);
      std::vector<double> after = gather(out);
      for (long i = 0; i < m; ++i)
        if (!(std::fabs(after[i] - plain[i]) <= exact * (1 + std::fabs(plain[i]))))
          fail("result " + std::to_string(i));
      for (long i = 0; i < m; ++i) {
        std::vector<double> row(n, 0);
        long last = -1;
        for (long k = long(plan.row_ptr()[i]); k < long(plan.row_ptr()[i + 1]); ++k) {
          long j = long(plan.col_ind()[k]);
          if (j <= last)
            fail("columns of row " + std::to_string(i));
          last = j;
          row[j] = v[k];
        }
        for (long j = 0; j < n; ++j)
          if (!(std::fabs(row[j] - columns[j][i]) <= tolerance * (1 + std::fabs(columns[j][i]))))
            fail("(" + std::to_string(i) + "," + std::to_string(j) + "): " + std::to_string(row[j]) + ", differences give " +
                 std::to_string(columns[j][i]));
      }
    }
    // Products: forward and reverse sweeps against the values; so each is the other transposed.
    if (why.empty()) {
      const double rounding = single ? 1e-4 : 1e-10;
      std::vector<double> du(n + 1), w(m + 1), rbar(m + 1), ubar(n + 1), want(m), size(m), wantBar(n), sizeBar(n);
      for (long j = 0; j < n; ++j)
        du[j] = std::cos(1.0 + 3 * j);
      for (long i = 0; i < m; ++i)
        rbar[i] = std::sin(2.0 + 5 * i);
      for (long i = 0; i < m; ++i)
        for (long k = long(plan.row_ptr()[i]); k < long(plan.row_ptr()[i + 1]); ++k) {
          const long j = long(plan.col_ind()[k]);
          want[i] += v[k] * du[j], size[i] += std::fabs(v[k] * du[j]);
          wantBar[j] += v[k] * rbar[i], sizeBar[j] += std::fabs(v[k] * rbar[i]);
        }
      for (int repeat = 0; repeat < 2; ++repeat) {
        scatter(out, before);
        scatter(in, x);
        plan.jvp(w.data(), du.data(), args...);
        scatter(out, before);
        scatter(in, x);
        if constexpr (std::is_convertible_v<std::invoke_result_t<decltype(F), A &...>, double>)
          result = double(plan.vjp(ubar.data(), rbar.data(), args...));
        else
          plan.vjp(ubar.data(), rbar.data(), args...);
        std::vector<double> after = gather(out);
        for (long i = 0; i < m; ++i) {
          if (!(std::fabs(w[i] - want[i]) <= rounding * (1 + size[i])))
            fail("jvp " + std::to_string(i) + ": " + std::to_string(w[i]) + ", values give " + std::to_string(want[i]));
          if (!(std::fabs(after[i] - plain[i]) <= exact * (1 + std::fabs(plain[i]))))
            fail("result " + std::to_string(i) + " of vjp");
        }
        for (long j = 0; j < n; ++j)
          if (!(std::fabs(ubar[j] - wantBar[j]) <= rounding * (1 + sizeBar[j])))
            fail("vjp " + std::to_string(j) + ": " + std::to_string(ubar[j]) + ", values give " +
                 std::to_string(wantBar[j]));
      }
    }
  } catch (const std::exception &e) {
    fail(e.what());
  }
  failures += !why.empty();
  std::printf("%s %s%s\n", name, why.empty() ? "ok" : "FAIL: ", why.c_str());
  std::fflush(stdout);
}

/// Values spread over (lo, hi), the same in every run.
template <class T = double> std::vector<T> points(long n, double lo = 0.3, double hi = 1.7) {
  std::vector<T> x(n);
  for (long k = 0; k < n; ++k)
    x[k] = T(lo + (hi - lo) * std::fmod(0.618033988749895 * (k + 1), 1.0));
  return x;
}

} // namespace check
