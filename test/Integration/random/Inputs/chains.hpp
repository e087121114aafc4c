// Runs what chains.py writes: two plans of one function, entry by entry, and the function's own results, for several
// sizes.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sparsead/sparsead.hpp>
#include <vector>

inline int bad = 0, local = 0, plans = 0;

struct vectors {
  int n, m;
  std::vector<double> u, r;
  vectors(int n, int m) : n(n), m(m), u(n * m), r(n * m, -1.0) {
    for (int i = 0; i < n * m; ++i)
      u[i] = 0.4 + 0.1 * ((i * 5) % 7) + 1e-3 * (i % 11);
  }
};

template <class Chosen, class Forward> void compare(const char *name, bool plane) {
  for (const int n : {1, 2, 3, 6, 40, 700, 5000}) {
    const int m = plane ? std::min(n, 90) : 1, rows = plane ? std::min(n, 110) : n;
    vectors x(rows, m), y(rows, m);
    const auto plan = Chosen::plan(rows, m, rows / 2, x.u.data(), x.r.data());
    const auto forward = Forward::plan(rows, m, rows / 2, y.u.data(), y.r.data());
    ++plans;
    local += plan.strategy() == sparsead::strategy::local;
    bool same = std::equal(plan.row_ptr().begin(), plan.row_ptr().end(), forward.row_ptr().begin()) &&
                std::equal(plan.col_ind().begin(), plan.col_ind().end(), forward.col_ind().begin());
    std::vector<double> v(plan.nnz()), w(forward.nnz()), alone(plan.nnz());
    for (int repeat = 0; repeat < 2; ++repeat)
      plan.values(v, rows, m, rows / 2, x.u.data(), x.r.data());
    plan.values(alone, rows, m, rows / 2, x.u.data(), static_cast<double *>(nullptr));
    forward.values(w, rows, m, rows / 2, y.u.data(), y.r.data());
    auto close = [](double a, double b) { return std::fabs(a - b) <= 1e-10 * (1 + std::fabs(b)); };
    same = same && x.r == y.r && std::equal(v.begin(), v.end(), w.begin(), close) &&
           std::equal(alone.begin(), alone.end(), w.begin(), close);
    if (!same) {
      ++bad;
      std::printf("FAIL %s, %d x %d (%s)\n", name, rows, m, to_string(plan.strategy()));
    }
  }
}

inline int report() {
  std::printf("%d bad; %d of %d plans are local\n", bad, local, plans);
  return bad != 0;
}
