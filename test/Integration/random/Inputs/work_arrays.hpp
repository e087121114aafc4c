// Runs what work_arrays.py writes: two plans of one function, entry by entry, for several sizes.
#pragma once
#include <cmath>
#include <cstdio>
#include <map>
#include <sparsead/sparsead.hpp>
#include <utility>
#include <vector>

inline int bad = 0, local = 0, plans = 0;

using entries = std::map<std::pair<int, int>, double>;

struct arrays {
  int n;
  std::vector<int> q;
  std::vector<double> u, a, b, r;
  explicit arrays(int n) : n(n), q(n), u(n), a(n, 0.5), b(n, 0.25), r(n) {
    for (int i = 0; i < n; ++i) {
      q[i] = (i * 7 + 3) % n;
      u[i] = 0.3 + 0.1 * ((i * 5) % 7);
    }
  }
  template <class Plan> entries values(const Plan &plan) {
    std::vector<double> v(plan.nnz());
    plan.values(v, n, q.data(), u.data(), a.data(), b.data(), r.data());
    entries result;
    for (int i = 0; i < plan.rows(); ++i)
      for (int k = plan.row_ptr()[i]; k < plan.row_ptr()[i + 1]; ++k)
        result[{i, plan.col_ind()[k]}] = v[k];
    return result;
  }
  template <class J> auto plan() { return J::plan(n, q.data(), u.data(), a.data(), b.data(), r.data()); }
};

template <class Chosen, class Forward> void compare(const char *name) {
  for (const int n : {1, 2, 3, 5, 8, 13}) {
    arrays x(n), y(n);
    const auto plan = x.plan<Chosen>();
    ++plans;
    local += plan.strategy() == sparsead::strategy::local;
    const entries chosen = x.values(plan), forward = y.values(y.plan<Forward>());
    bool same = true;
    for (const auto &[at, value] : forward) {
      const auto found = chosen.find(at);
      same &= found != chosen.end() && std::fabs(found->second - value) <= 1e-9 * (1 + std::fabs(value));
    }
    for (const auto &[at, value] : chosen)
      same &= value == 0 || forward.count(at) > 0;
    if (!same) {
      ++bad;
      std::printf("FAIL %s, n = %d (%s)\n", name, n, to_string(plan.strategy()));
    }
  }
}

inline int report() {
  std::printf("%d bad; %d of %d plans are local\n", bad, local, plans);
  return bad != 0;
}
