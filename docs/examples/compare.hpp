// What the examples share: the comparison of a plan with a Jacobian written by hand and with finite differences.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iostream>
#include <sparsead/sparsead.hpp>
#include <vector>

struct entry {
  int row, col;
  double value;
};

/// Prints the summary line and what was found; returns what main returns.
/// hand: every entry that may be nonzero, in any order; those with one place are added up.
/// values: in the plan's CSR order.
template <class Plan>
int compare(const Plan &plan, const std::vector<double> &values, std::vector<entry> hand,
            const sparsead::check_report &report) {
  std::cout << plan.summary() << "\ncheck: " << (report.ok ? "ok, " : "WRONG, ") << report.text << '\n';

  std::sort(hand.begin(), hand.end(),
            [](const entry &a, const entry &b) { return a.row != b.row ? a.row < b.row : a.col < b.col; });
  std::vector<entry> merged;
  for (const entry &e : hand) {
    if (!merged.empty() && merged.back().row == e.row && merged.back().col == e.col)
      merged.back().value += e.value;
    else
      merged.push_back(e);
  }

  bool same = merged.size() == static_cast<std::size_t>(plan.nnz());
  double largest = 0, difference = 0;
  std::size_t k = 0;
  for (int i = 0; same && i < plan.rows(); ++i) {
    for (auto p = plan.row_ptr()[i]; same && p < plan.row_ptr()[i + 1]; ++p, ++k) {
      same = merged[k].row == i && merged[k].col == plan.col_ind()[p];
      largest = std::max(largest, std::fabs(merged[k].value));
      difference = std::max(difference, std::fabs(merged[k].value - values[p]));
    }
  }
  if (!same) {
    std::cout << "wrong: the pattern is not the one written by hand, which has " << merged.size() << " entries\n";
    return 1;
  }
  std::cout << "maximum difference to the Jacobian written by hand: " << difference << '\n';
  if (!(difference <= 1e-13 * std::max(1.0, largest)) || !report.ok) {
    std::cout << "wrong\n";
    return 1;
  }
  std::cout << "ok\n";
  return 0;
}
