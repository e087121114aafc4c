// Graphs for the tests of symmetric colorings.
#pragma once
#include "sparsead/rt/layout.hpp"
#include <set>
#include <utility>

namespace {

using graph = sparsead::rt::csr_pattern<std::int32_t>;
using entry_set = std::set<std::pair<int, int>>;

graph from(int n, const entry_set &entries) {
  graph g;
  g.rows = g.cols = n;
  g.row_ptr.assign(1, 0);
  entry_set both;
  for (const auto &[i, j] : entries) {
    both.insert({i, j});
    both.insert({j, i});
  }
  auto at = both.begin();
  for (int i = 0; i < n; ++i) {
    for (; at != both.end() && at->first == i; ++at)
      g.col_ind.push_back(at->second);
    g.row_ptr.push_back(int(g.col_ind.size()));
  }
  return g;
}

/// Known ones, of n vertices.
inline entry_set diagonal(int n) {
  entry_set entries;
  for (int i = 0; i < n; ++i)
    entries.insert({i, i});
  return entries;
}
inline entry_set tridiagonal(int n) {
  entry_set entries = diagonal(n);
  for (int i = 1; i < n; ++i)
    entries.insert({i, i - 1});
  return entries;
}
inline entry_set arrow(int n) {
  entry_set entries = diagonal(n);
  for (int i = 0; i < n; ++i)
    entries.insert({i, n - 1});
  return entries;
}
inline entry_set dense(int n) {
  entry_set entries;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j <= i; ++j)
      entries.insert({i, j});
  return entries;
}
/// m by m, neighbours in four directions.
inline entry_set grid(int m) {
  entry_set entries = diagonal(m * m);
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < m; ++j) {
      if (i > 0)
        entries.insert({i * m + j, (i - 1) * m + j});
      if (j > 0)
        entries.insert({i * m + j, i * m + j - 1});
    }
  return entries;
}
/// A band with two full rows.
inline entry_set bordered(int n) {
  entry_set entries = tridiagonal(n);
  for (int i = 0; i < n; ++i) {
    entries.insert({i, n - 1});
    entries.insert({i, n - 2});
  }
  return entries;
}
inline graph lower_of(const graph &g) { return sparsead::rt::lower_triangle(g); }

} // namespace
