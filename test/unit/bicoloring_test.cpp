// Colorings of columns and rows against the definition, for random and known patterns.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <set>
#include <vector>

#include "sparsead/rt/bicoloring.hpp"

using namespace sparsead::rt;

namespace {

template <class Index = int> using rows_of = std::vector<std::set<Index>>;

template <class Index = int> csr_pattern<Index> from(Index cols, const rows_of<Index> &rows) {
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

/// `full` rows and columns at the beginning, and a band beside the diagonal.
csr_pattern<int> bordered(int n, int full, int reach) {
  csr_pattern<int> p{n, n, {0}, {}};
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < (i < full ? n : full); ++j)
      p.col_ind.push_back(j);
    for (int j = std::max(full, i - reach); i >= full && j <= std::min(n - 1, i + reach); ++j)
      p.col_ind.push_back(j);
    p.row_ptr.push_back(int(p.col_ind.size()));
  }
  return p;
}

void expect_numbering(const coloring_result &result, std::size_t size) {
  ASSERT_EQ(result.colors.size(), size);
  std::set<int> used(result.colors.begin(), result.colors.end());
  used.erase(-1);
  ASSERT_EQ(int(used.size()), result.num_colors);
  ASSERT_TRUE(used.empty() || (*used.begin() == 0 && *used.rbegin() == result.num_colors - 1));
}

/// Every entry is alone in its row among the columns of its color, or alone in its column among the rows of its color;
/// by looking at all of them.
template <class Index> void expect_cover(const csr_pattern<Index> &p, const bicoloring_result &coloring) {
  expect_numbering(coloring.columns, std::size_t(p.cols));
  expect_numbering(coloring.rows, std::size_t(p.rows));
  std::vector<std::vector<char>> dense(std::size_t(p.rows), std::vector<char>(std::size_t(p.cols)));
  for (Index i = 0; i < p.rows; ++i)
    for (Index k = p.row_ptr[i]; k < p.row_ptr[i + 1]; ++k)
      dense[i][p.col_ind[k]] = 1;
  const auto from_rows = read_from_rows(p, coloring);
  ASSERT_TRUE(from_rows);
  for (Index i = 0; i < p.rows; ++i)
    for (Index k = p.row_ptr[i]; k < p.row_ptr[i + 1]; ++k) {
      const Index j = p.col_ind[k];
      bool by_column = coloring.columns.colors[j] >= 0, by_row = coloring.rows.colors[i] >= 0;
      for (Index o = 0; o < p.cols; ++o)
        by_column &= o == j || !dense[i][o] || coloring.columns.colors[o] != coloring.columns.colors[j];
      for (Index o = 0; o < p.rows; ++o)
        by_row &= o == i || !dense[o][j] || coloring.rows.colors[o] != coloring.rows.colors[i];
      ASSERT_TRUE(by_column || by_row) << i << ' ' << j;
      ASSERT_EQ((*from_rows)[std::size_t(k)] != 0, !by_column) << i << ' ' << j;
    }
}

template <class Index>
bicoloring_result cover(const csr_pattern<Index> &p, double weight = 1, ordering order = ordering::natural) {
  bicoloring_result result = color_both(p, order, weight);
  expect_cover(p, result);
  EXPECT_LE(result.columns.num_colors + weight * result.rows.num_colors, color_columns(p, order).num_colors);
  return result;
}

void expect_counts(const csr_pattern<int> &p, int columns, int rows, double weight = 1) {
  const bicoloring_result result = cover(p, weight);
  EXPECT_EQ(result.columns.num_colors, columns);
  EXPECT_EQ(result.rows.num_colors, rows);
}

TEST(Bicoloring, KnownCounts) {
  for (const int n : {4, 5, 10, 60}) {
    expect_counts(bordered(n, 1, 0), 2, 1); // an arrow
    expect_counts(transpose(bordered(n, 1, 0)), 2, 1);
  }
  expect_counts(bordered(40, 2, 0), 3, 2);
  expect_counts(bordered(40, 2, 1), 5, 2);
  expect_counts(bordered(40, 0, 1), 3, 0); // nothing to gain
  expect_counts(bordered(40, 1, 0), 2, 1, 8.0);
  expect_counts(bordered(8, 1, 0), 8, 0, 8.0); // rows are too dear
  expect_counts(from(0, {}), 0, 0);
  expect_counts(from(3, {{}, {}, {}}), 0, 0);
  expect_counts(from(5, {{0, 1, 2, 3, 4}}), 0, 1); // a gradient
  expect_counts(from(1, {{0}, {0}, {0}, {0}}), 1, 0);
  // Rows that share nothing but a full column: that column, and one color of rows.
  rows_of<> long_rows;
  for (int i = 0; i < 10; ++i) {
    long_rows.emplace_back(std::set<int>{0});
    for (int j = 0; j < 12; ++j)
      long_rows.back().insert(1 + 12 * i + j);
  }
  expect_counts(from(121, long_rows), 1, 1);
  // A block of full rows beside one of full columns.
  rows_of<> blocks;
  for (int i = 0; i < 33; ++i) {
    blocks.emplace_back();
    for (int j = 0; j < 33; ++j)
      if (i < 3 ? j >= 3 : j < 3)
        blocks.back().insert(j);
  }
  expect_counts(from(33, blocks), 3, 3);
}

TEST(Bicoloring, DoesNotCover) {
  const csr_pattern<int> p = bordered(6, 1, 0);
  bicoloring_result c = cover(p);
  EXPECT_EQ(c.rows.colors[0], 0);
  c.rows.colors[0] = -1;
  EXPECT_FALSE(read_from_rows(p, c));
  c = cover(p);
  c.columns.colors[0] = c.columns.colors[1];
  EXPECT_FALSE(read_from_rows(p, c));
}

TEST(Bicoloring, RandomPatterns) {
  std::mt19937 random(7);
  auto below = [&](int n) { return int(random() % unsigned(n)); };
  for (int round = 0; round < 600; ++round) {
    const int m = 1 + below(25), n = 1 + below(25), entries = below(3 * (m + n));
    rows_of<> rows{std::size_t(m)};
    for (int e = 0; e < entries; ++e)
      rows[std::size_t(below(m))].insert(below(n));
    for (int full = below(3); full > 0; --full)
      for (int j = 0, i = below(m); j < n; ++j)
        rows[std::size_t(i)].insert(j);
    for (int full = below(3); full > 0; --full)
      for (int i = 0, j = below(n); i < m; ++i)
        rows[std::size_t(i)].insert(j);
    const csr_pattern<int> p = from(n, rows);
    for (const double weight : {0.5, 1.0, 3.0, 8.0})
      for (const ordering order : {ordering::natural, ordering::largest_first, ordering::smallest_last,
                                   ordering::incidence_degree, ordering::best})
        cover(p, weight, order);
    if (testing::Test::HasFatalFailure())
      return;
  }
}

TEST(Bicoloring, SixtyFourBits) {
  rows_of<std::int64_t> rows{{0, 1, 2, 3, 4}, {0, 1}, {0, 2}, {0, 3}, {0, 4}};
  const bicoloring_result result = cover(from<std::int64_t>(5, rows));
  EXPECT_EQ(result.columns.num_colors + result.rows.num_colors, 3);
}

// Long edges keep sets of colors: the same rule as for short ones.
TEST(Bicoloring, LongRowsAndColumns) {
  std::mt19937 random(11);
  for (int round = 0; round < 20; ++round) {
    const int n = 150;
    rows_of<> rows{std::size_t(n)};
    for (int i = 0; i < n; ++i)
      for (int e = 0; e < 3; ++e)
        rows[std::size_t(i)].insert(int(random() % n));
    for (int t = 0; t < 3; ++t)
      for (int k = 0, i = int(random() % n), j = int(random() % n); k < n; ++k)
        if (random() % 4) {
          rows[std::size_t(i)].insert(k);
          rows[std::size_t(k)].insert(j);
        }
    cover(from(n, rows));
    cover(from(n, rows), 3.0, ordering::largest_first);
    if (testing::Test::HasFatalFailure())
      return;
  }
}

TEST(Bicoloring, FullRowsAreNotSlow) {
  const int n = 100000;
  for (const int full : {1, 3}) {
    const csr_pattern<int> p = bordered(n, full, 1);
    const auto start = std::chrono::steady_clock::now();
    const bicoloring_result result = color_both(p, ordering::natural, 1);
    EXPECT_EQ(result.columns.num_colors, full + 3);
    EXPECT_EQ(result.rows.num_colors, full);
    EXPECT_TRUE(read_from_rows(p, result));
    EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 10.0);
  }
}

} // namespace
