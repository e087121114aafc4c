// Acyclic colorings against the definition, for random and known graphs; values by substitution.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <set>
#include <vector>

#include "sparsead/rt/acyclic_coloring.hpp"
#include "symmetric_graphs.h"

using namespace sparsead::rt;

namespace {

/// No two neighbours with one color, no cycle with two: for each pair of colors a forest, by union of its edges.
void expect_acyclic(const graph &g, const coloring_result &coloring) {
  const auto &c = coloring.colors;
  std::set<int> used;
  for (int v = 0; v < g.rows; ++v) {
    ASSERT_EQ(c[v] < 0, g.row_ptr[v] == g.row_ptr[v + 1]);
    if (c[v] >= 0)
      used.insert(c[v]);
  }
  ASSERT_EQ(int(used.size()), coloring.num_colors);
  ASSERT_TRUE(used.empty() || *used.rbegin() == coloring.num_colors - 1);
  for (int a = 0; a < coloring.num_colors; ++a)
    for (int b = 0; b <= a; ++b) {
      std::vector<int> up(g.rows);
      std::iota(up.begin(), up.end(), 0);
      std::function<int(int)> root = [&](int v) { return up[v] == v ? v : up[v] = root(up[v]); };
      for (int v = 0; v < g.rows; ++v)
        for (int k = g.row_ptr[v]; k < g.row_ptr[v + 1]; ++k) {
          const int w = g.col_ind[k];
          if (w >= v || std::minmax(c[v], c[w]) != std::minmax(a, b))
            continue;
          ASSERT_NE(c[v], c[w]);
          ASSERT_NE(root(v), root(w)) << "a cycle";
          up[root(v)] = root(w);
        }
    }
}

/// Values are small integers: sums and differences are exact.
void expect_substituted(const graph &g, const coloring_result &coloring) {
  auto value = [&](int i, int j) { return double(1 + (std::max(i, j) * 31 + std::min(i, j) * 17) % 1001); };
  const graph lower = lower_of(g);
  const auto plan = substitute(lower, g, coloring);
  std::vector<double> v(lower.col_ind.size()), product(std::size_t(coloring.num_colors));
  std::vector<std::vector<std::size_t>> by_row(g.rows);
  for (std::size_t k = 0; k < v.size(); ++k)
    by_row[plan.read.row[k]].push_back(k);
  for (int i = 0; i < g.rows; ++i) {
    for (int k = g.row_ptr[i]; k < g.row_ptr[i + 1]; ++k)
      product[coloring.colors[g.col_ind[k]]] += value(i, g.col_ind[k]);
    for (const std::size_t k : by_row[i])
      v[k] = product[plan.read.color[k]];
    std::fill(product.begin(), product.end(), 0.0);
  }
  plan.run(v.data());
  for (int i = 0; i < g.rows; ++i)
    for (int k = lower.row_ptr[i]; k < lower.row_ptr[i + 1]; ++k)
      ASSERT_EQ(v[k], value(i, lower.col_ind[k])) << i << ' ' << lower.col_ind[k];
}

int colors_of(const graph &g, const ordering *order = nullptr) {
  const coloring_result coloring = color_acyclic(g, order);
  expect_acyclic(g, coloring);
  expect_substituted(g, coloring);
  return coloring.num_colors;
}

TEST(AcyclicColoring, KnownCounts) {
  const int n = 40;
  EXPECT_EQ(colors_of(from(n, {})), 0);
  EXPECT_EQ(colors_of(from(n, diagonal(n))), 1);
  EXPECT_EQ(colors_of(from(n, tridiagonal(n))), 2);
  EXPECT_EQ(colors_of(from(n, arrow(n))), 2);
  EXPECT_EQ(colors_of(from(n, dense(n))), n);
  EXPECT_LE(colors_of(from(17 * 17, grid(17))), 4);
  entry_set cycle = tridiagonal(n);
  cycle.insert({n - 1, 0});
  EXPECT_EQ(colors_of(from(n, cycle)), 3);
}

TEST(AcyclicColoring, Depth) {
  auto depth = [](const graph &g) { return substitute(lower_of(g), g, color_acyclic(g)).depth; };
  EXPECT_EQ(depth(from(30, diagonal(30))), 0);
  EXPECT_EQ(depth(from(30, arrow(30))), 0);        // a star
  EXPECT_EQ(depth(from(31, tridiagonal(31))), 14); // from both ends
}

TEST(AcyclicColoring, RandomGraphs) {
  std::mt19937 random(5);
  for (int round = 0; round < 400; ++round) {
    const int n = 1 + int(random() % 30), edges = int(random() % unsigned(3 * n));
    entry_set entries;
    for (int e = 0; e < edges; ++e)
      entries.insert({int(random() % unsigned(n)), int(random() % unsigned(n))});
    const graph g = from(n, entries);
    const int best = colors_of(g);
    EXPECT_LE(best, color_star(g).num_colors + 1); // both are greedy
    for (const ordering order : {ordering::natural, ordering::largest_first, ordering::smallest_last,
                                 ordering::incidence_degree, ordering::random})
      colors_of(g, &order);
    if (testing::Test::HasFatalFailure())
      return;
  }
}

TEST(AcyclicColoring, FullRowsAreNotSlow) {
  const int n = 100000;
  for (const graph &g : {from(n, arrow(n)), from(n, bordered(n)), from(n, tridiagonal(n))}) {
    const auto start = std::chrono::steady_clock::now();
    const coloring_result coloring = color_acyclic(g);
    EXPECT_LE(coloring.num_colors, 5);
    substitute(lower_of(g), g, coloring);
    EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 10.0);
  }
}

} // namespace
