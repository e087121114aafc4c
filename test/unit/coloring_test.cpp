// Colorings against a quadratic oracle and against known counts.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>

#include "sparsead/rt/coloring.hpp"

using namespace sparsead::rt;

namespace {

const ordering all_orderings[] = {ordering::natural,          ordering::largest_first, ordering::smallest_last,
                                  ordering::incidence_degree, ordering::random,        ordering::best};

template <class Index = int> csr_pattern<Index> from_sets(Index cols, const std::vector<std::set<Index>> &rows) {
  csr_pattern<Index> p;
  p.rows = Index(rows.size());
  p.cols = cols;
  p.row_ptr.push_back(0);
  for (const auto &row : rows) {
    p.col_ind.insert(p.col_ind.end(), row.begin(), row.end());
    p.row_ptr.push_back(Index(p.col_ind.size()));
  }
  return p;
}

csr_pattern<int> banded(int n, int below, int above) {
  std::vector<std::set<int>> rows{std::size_t(n)};
  for (int i = 0; i < n; ++i)
    for (int j = std::max(0, i - below); j <= std::min(n - 1, i + above); ++j)
      rows[std::size_t(i)].insert(j);
  return from_sets(n, rows);
}

csr_pattern<int> five_point(int n, bool periodic) {
  csr_pattern<int> p{n * n, n * n, {0}, {}};
  std::set<int> row;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      row = {i * n + j};
      const int steps[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
      for (auto &s : steps) {
        int a = i + s[0], b = j + s[1];
        if (periodic)
          a = (a + n) % n, b = (b + n) % n;
        if (a >= 0 && a < n && b >= 0 && b < n)
          row.insert(a * n + b);
      }
      p.col_ind.insert(p.col_ind.end(), row.begin(), row.end());
      p.row_ptr.push_back(int(p.col_ind.size()));
    }
  return p;
}

csr_pattern<int> arrowhead(int n) {
  csr_pattern<int> p{n, n, {0}, {}};
  for (int i = 0; i < n; ++i) {
    if (i == 0) {
      for (int j = 0; j < n; ++j)
        p.col_ind.push_back(j);
    } else {
      p.col_ind.push_back(0);
      p.col_ind.push_back(i);
    }
    p.row_ptr.push_back(int(p.col_ind.size()));
  }
  return p;
}

/// Two columns of one row have two colors; every color is used; a column without entries has none.
template <class Index> void verify(const csr_pattern<Index> &p, const coloring_result &c) {
  ASSERT_EQ(c.colors.size(), std::size_t(p.cols));
  std::vector<char> nonempty(std::size_t(p.cols), 0), used(std::size_t(c.num_colors), 0);
  for (Index j : p.col_ind)
    nonempty[std::size_t(j)] = 1;
  for (std::size_t j = 0; j < c.colors.size(); ++j) {
    ASSERT_EQ(c.colors[j] >= 0, nonempty[j] != 0) << j;
    ASSERT_GE(c.colors[j], -1);
    ASSERT_LT(c.colors[j], c.num_colors);
    if (c.colors[j] >= 0)
      used[std::size_t(c.colors[j])] = 1;
  }
  ASSERT_TRUE(std::all_of(used.begin(), used.end(), [](char u) { return u; }));
  std::vector<Index> row_of(std::size_t(c.num_colors), -1);
  for (Index i = 0; i < p.rows; ++i)
    for (Index k = p.row_ptr[i]; k < p.row_ptr[i + 1]; ++k) {
      Index &seen = row_of[std::size_t(c.colors[std::size_t(p.col_ind[k])])];
      ASSERT_NE(seen, i) << "two columns of row " << i << " share a color";
      seen = i;
    }
}

TEST(Coloring, KnownCounts) {
  for (ordering o : all_orderings) {
    EXPECT_EQ(color_columns(banded(50, 0, 0), o).num_colors, 1);
    EXPECT_EQ(color_columns(banded(20, 20, 20), o).num_colors, 20);
    EXPECT_EQ(color_columns(csr_pattern<int>{3, 0, {0, 0, 0, 0}, {}}, o).num_colors, 0);
    EXPECT_EQ(color_columns(csr_pattern<int>{0, 3, {0}, {}}, o).colors, (std::vector<std::int32_t>{-1, -1, -1}));
    EXPECT_EQ(color_columns(arrowhead(300), o).num_colors, 300);
    EXPECT_EQ(color_rows(arrowhead(300), o).num_colors, 300);
  }
  EXPECT_EQ(color_columns(banded(50, 1, 1), ordering::natural).num_colors, 3);
  EXPECT_EQ(color_columns(banded(50, 1, 1), ordering::best).num_colors, 3);
  EXPECT_EQ(color_columns(banded(50, 0, 1), ordering::best).num_colors, 2);
  for (int n : {3, 5, 8, 16, 17, 31, 50}) {
    for (bool periodic : {false, true}) {
      const auto p = five_point(n, periodic);
      const auto c = color_columns(p, ordering::best);
      verify(p, c);
      EXPECT_LE(c.num_colors, periodic ? 9 : 7) << n;
      EXPECT_GE(c.num_colors, n < 3 ? 1 : 5) << n;
    }
  }
}

TEST(Coloring, RandomPatternsAndAllOrderings) {
  std::mt19937 random(3);
  for (int round = 0; round < 60; ++round) {
    const int rows = int(random() % 80), cols = 1 + int(random() % 300);
    std::vector<std::set<int>> sets{std::size_t(rows)};
    for (auto &row : sets) {
      // A few rows are longer than the limit between short and long.
      int length = random() % 8 == 0 ? int(random() % unsigned(cols + 1)) : int(random() % 6);
      while (length-- > 0)
        row.insert(int(random() % unsigned(cols)));
    }
    const auto p = from_sets(cols, sets);
    std::int32_t best = 1 << 30;
    for (ordering o : all_orderings) {
      const auto c = color_columns(p, o);
      verify(p, c);
      const auto r = color_rows(p, o);
      verify(transpose(p), r);
      if (o == ordering::best)
        EXPECT_LE(c.num_colors, best);
      best = std::min(best, c.num_colors);
      EXPECT_EQ(color_columns(p, o).colors, c.colors) << "not deterministic";
    }
  }
}

TEST(Coloring, GreedyInNaturalOrderIsTheOracles) {
  std::mt19937 random(11);
  for (int round = 0; round < 20; ++round) {
    const int n = 150;
    std::vector<std::set<int>> sets{std::size_t(n)};
    for (auto &row : sets)
      for (int k = random() % 10 == 0 ? 100 : 4; k-- > 0;)
        row.insert(int(random() % n));
    const auto p = from_sets(n, sets);
    std::vector<std::int32_t> expected(n, -1);
    for (int j = 0; j < n; ++j) {
      std::set<int> taken;
      bool any = false;
      for (auto &row : sets)
        if (row.count(j)) {
          any = true;
          for (int k : row)
            taken.insert(expected[std::size_t(k)]);
        }
      if (any)
        for (expected[std::size_t(j)] = 0; taken.count(expected[std::size_t(j)]);)
          ++expected[std::size_t(j)];
    }
    EXPECT_EQ(color_columns(p, ordering::natural).colors, expected);
  }
}

TEST(Coloring, IndexTypesAgree) {
  const auto p = five_point(20, true);
  csr_pattern<std::int64_t> q{
      p.rows, p.cols, {p.row_ptr.begin(), p.row_ptr.end()}, {p.col_ind.begin(), p.col_ind.end()}};
  for (ordering o : all_orderings)
    EXPECT_EQ(color_columns(p, o).colors, color_columns(q, o).colors);
}

/// Dense rows do not make it quadratic: 10^5 columns in one row, with and without a second row that holds nearly all.
TEST(Coloring, DenseRowsStayLinear) {
  const int n = 100000;
  auto p = arrowhead(n);
  p.cols = n + 1; // a column of its own keeps the shortcut for a single row away
  p.col_ind.push_back(n);
  p.row_ptr.push_back(int(p.col_ind.size()));
  ++p.rows;
  for (int j = 0; j < n; j += 2)
    p.col_ind.push_back(j);
  p.row_ptr.push_back(int(p.col_ind.size()));
  ++p.rows;
  const auto start = std::chrono::steady_clock::now();
  for (ordering o : all_orderings) {
    verify(p, color_columns(p, o));
    verify(transpose(p), color_rows(p, o));
  }
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 20.0);
}

} // namespace
