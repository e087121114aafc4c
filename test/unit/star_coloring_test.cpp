// Star colorings against the definition, for random and known graphs; every entry is recovered from compressed
// products.
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <set>
#include <vector>

#include "sparsead/rt/star_coloring.hpp"
#include "symmetric_graphs.h"

using namespace sparsead::rt;

namespace {

/// No two neighbours and no path of four vertices with two colors, by looking at all of them.
void expect_star(const graph &g, const coloring_result &coloring) {
  const auto &c = coloring.colors;
  auto neighbours = [&](int v) {
    std::vector<int> list;
    for (int k = g.row_ptr[v]; k < g.row_ptr[v + 1]; ++k)
      if (g.col_ind[k] != v)
        list.push_back(g.col_ind[k]);
    return list;
  };
  std::set<int> used;
  for (int b = 0; b < g.rows; ++b) {
    ASSERT_EQ(c[b] < 0, g.row_ptr[b] == g.row_ptr[b + 1]);
    if (c[b] >= 0)
      used.insert(c[b]);
    for (const int d : neighbours(b)) {
      ASSERT_NE(c[b], c[d]);
      for (const int a : neighbours(b))
        for (const int e : neighbours(d))
          if (a != d && e != b && a != e)
            ASSERT_FALSE(c[a] == c[d] && c[e] == c[b]) << a << ' ' << b << ' ' << d << ' ' << e;
    }
  }
  ASSERT_EQ(int(used.size()), coloring.num_colors);
  ASSERT_TRUE(used.empty() || *used.rbegin() == coloring.num_colors - 1);
}

void expect_recovered(const graph &g, const coloring_result &coloring) {
  auto value = [&](int i, int j) { return 1.0 + std::max(i, j) * 1000.0 + std::min(i, j); };
  std::vector<std::vector<double>> product(g.rows, std::vector<double>(coloring.num_colors));
  for (int i = 0; i < g.rows; ++i)
    for (int k = g.row_ptr[i]; k < g.row_ptr[i + 1]; ++k)
      product[i][coloring.colors[g.col_ind[k]]] += value(i, g.col_ind[k]);
  const graph lower = lower_of(g);
  for (const graph *shown : {&g, static_cast<const graph *>(&lower)}) {
    const auto recovery = recover_star(*shown, g, coloring);
    for (int i = 0; i < g.rows; ++i)
      for (int k = shown->row_ptr[i]; k < shown->row_ptr[i + 1]; ++k)
        ASSERT_EQ(product[recovery.row[k]][recovery.color[k]], value(i, shown->col_ind[k])) << i << ' ' << k;
  }
}

int colors_of(const graph &g, const ordering *order = nullptr) {
  const coloring_result coloring = color_star(g, order);
  expect_star(g, coloring);
  expect_recovered(g, coloring);
  return coloring.num_colors;
}

TEST(StarColoring, KnownCounts) {
  const int n = 40;
  EXPECT_EQ(colors_of(from(n, {})), 0);
  EXPECT_EQ(colors_of(from(n, diagonal(n))), 1);
  EXPECT_EQ(colors_of(from(n, tridiagonal(n))), 3);
  EXPECT_EQ(colors_of(from(n, arrow(n))), 2);
  EXPECT_EQ(colors_of(from(n, dense(n))), n);
  EXPECT_LE(colors_of(from(17 * 17, grid(17))), 7);
}

TEST(StarColoring, RandomGraphs) {
  std::mt19937 random(5);
  for (int round = 0; round < 400; ++round) {
    const int n = 1 + int(random() % 30), edges = int(random() % unsigned(3 * n));
    std::set<std::pair<int, int>> entries;
    for (int e = 0; e < edges; ++e)
      entries.insert({int(random() % unsigned(n)), int(random() % unsigned(n))});
    const graph g = from(n, entries);
    colors_of(g);
    for (const ordering order : {ordering::natural, ordering::largest_first, ordering::smallest_last,
                                 ordering::incidence_degree, ordering::random})
      colors_of(g, &order);
    if (testing::Test::HasFatalFailure())
      return;
  }
}

// Neither an arrow nor a band with a border makes it quadratic.
TEST(StarColoring, FullRowsAreNotSlow) {
  const int n = 100000;
  const graph g = from(n, bordered(n));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_LE(color_star(g).num_colors, 6);
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 10.0);
}

} // namespace
