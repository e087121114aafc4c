// Lattice colorings of the runtime: the search, and what a pattern makes of a lattice.
#include "sparsead/rt/coloring_lattice.hpp"
#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

using namespace sparsead::rt;

namespace {

std::vector<lattice_conflict> stencil(const std::vector<std::vector<std::int64_t>> &offsets) {
  std::vector<lattice_conflict> conflicts;
  for (const auto &x : offsets)
    for (const auto &y : offsets) {
      lattice_conflict c;
      for (std::size_t d = 0; d < x.size(); ++d)
        c.difference.push_back(x[d] - y[d]);
      if (x != y)
        conflicts.push_back(c);
    }
  return conflicts;
}

csr_pattern<std::int32_t> band(std::int32_t n, std::int32_t below, std::int32_t above) {
  csr_pattern<std::int32_t> pattern;
  pattern.rows = pattern.cols = n;
  pattern.row_ptr.push_back(0);
  for (std::int32_t i = 0; i < n; ++i) {
    for (std::int32_t j = std::max(0, i - below); j <= std::min(n - 1, i + above); ++j)
      pattern.col_ind.push_back(j);
    pattern.row_ptr.push_back(static_cast<std::int32_t>(pattern.col_ind.size()));
  }
  return pattern;
}

lattice_plan one_block(std::int64_t count, std::int64_t number, std::vector<std::int64_t> extents,
                       std::vector<std::int64_t> factors, std::int64_t colors) {
  lattice_plan plan;
  lattice_block block;
  block.count = count;
  block.number = number;
  block.extents = std::move(extents);
  block.factors = std::move(factors);
  block.colors = colors;
  plan.blocks.push_back(block);
  plan.num_colors = colors;
  return plan;
}

TEST(Lattice, FewestColors) {
  EXPECT_EQ(find_lattice(1, 1, stencil({{-1}, {0}, {1}}), 1, 64)->colors, 3);
  EXPECT_EQ(find_lattice(1, 1, stencil({{-2}, {-1}, {0}, {1}, {2}}), 1, 64)->colors, 5);
  // A gap: 0 and 3 may share a color where only 1 and 2 are between.
  EXPECT_EQ(find_lattice(1, 1, stencil({{0}, {2}}), 1, 64)->colors, 3);
  EXPECT_EQ(find_lattice(2, 1, stencil({{0, 0}, {1, 0}, {-1, 0}, {0, 1}, {0, -1}}), 1, 64)->colors, 5);
}

TEST(Lattice, NothingConflicts) { EXPECT_EQ(find_lattice(3, 1, {}, 1, 64)->colors, 1); }

TEST(Lattice, BlocksDifferInShifts) {
  lattice_conflict meet;
  meet.b = 1;
  meet.difference = {0};
  const auto found = find_lattice(1, 2, {meet}, 1, 64);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->colors, 2);
  EXPECT_NE(found->shifts[0], found->shifts[1]);
}

TEST(Lattice, NoneWithinTheLimit) { EXPECT_FALSE(find_lattice(1, 1, stencil({{0}, {1}, {2}, {3}}), 1, 3)); }

TEST(Lattice, ColorsOfABand) {
  const auto colors = color_by_lattice(band(10, 1, 1), one_block(10, 0, {}, {1}, 3));
  ASSERT_TRUE(colors);
  EXPECT_EQ(colors->num_colors, 3);
  for (std::size_t j = 0; j < 10; ++j)
    EXPECT_EQ(colors->colors[j], static_cast<std::int32_t>(j % 3));
}

TEST(Lattice, WrongLatticeIsSeen) {
  EXPECT_FALSE(color_by_lattice(band(10, 1, 1), one_block(10, 0, {}, {1}, 2)));
  EXPECT_FALSE(color_by_lattice(band(10, 1, 1), one_block(9, 0, {}, {1}, 3))); // a column without a color
  EXPECT_FALSE(color_by_lattice(band(10, 1, 1), lattice_plan()));
}

TEST(Lattice, ColorsWithoutColumnsAreLeftOut) {
  const auto colors = color_by_lattice(band(2, 1, 1), one_block(2, 0, {}, {1}, 5));
  ASSERT_TRUE(colors);
  EXPECT_EQ(colors->num_colors, 2);
  csr_pattern<std::int32_t> empty = band(3, 0, 0);
  empty.row_ptr = {0, 1, 1, 2};
  empty.col_ind = {0, 2};
  const auto some = color_by_lattice(empty, one_block(3, 0, {}, {1}, 3));
  ASSERT_TRUE(some);
  EXPECT_EQ(some->colors[1], -1);
  EXPECT_EQ(some->num_colors, 2);
}

// Elements that do not begin at a row's first one: a block that starts inside of the index space.
TEST(Lattice, IndicesAreThoseOfTheElements) {
  for (std::int64_t number = 0; number < 15; ++number) {
    const std::int64_t count = 23;
    lattice_plan plan = one_block(count, number, {3, 2}, {1, 2, 3}, 7);
    const auto colors = color_by_lattice(band(count, 0, 0), plan);
    ASSERT_TRUE(colors);
    // All seven are used, so that none is renumbered.
    ASSERT_EQ(colors->num_colors, 7);
    for (std::int64_t k = 0; k < count; ++k) {
      const std::int64_t element = number + k;
      EXPECT_EQ(colors->colors[static_cast<std::size_t>(k)],
                (element / 6 + 2 * (element / 2 % 3) + 3 * (element % 2)) % 7);
    }
  }
}

} // namespace
