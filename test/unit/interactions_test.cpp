// Pairs that marks carry, and the structure of Hessians, against dense tables of what depends on what.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <utility>
#include <vector>

#include "sparsead/rt/symmetric_structure.hpp"

using sparsead::rt::csr_pattern;
using sparsead::rt::interactions;
using sparsead::rt::marks;

namespace {

using table = std::set<std::pair<int, int>>;

table entries(const csr_pattern<std::int32_t> &pattern) {
  table result;
  for (int i = 0; i < pattern.rows; ++i)
    for (int k = pattern.row_ptr[i]; k < pattern.row_ptr[i + 1]; ++k) {
      EXPECT_TRUE(k == pattern.row_ptr[i] || pattern.col_ind[k - 1] < pattern.col_ind[k]);
      result.insert({i, pattern.col_ind[k]});
    }
  return result;
}

table lower(const table &all) {
  table result;
  for (const auto &[i, j] : all)
    result.insert({std::max(i, j), std::min(i, j)});
  return result;
}

TEST(Interactions, AProductCouplesItsFactorsOnly) {
  marks m(10);
  m.keep_interactions();
  const int xy = m.interact(2, 5); // x0 x3
  EXPECT_TRUE(m.contains(m.unite(xy, 2), xy));
  EXPECT_FALSE(m.contains(2, xy));
  EXPECT_EQ(m.interact(1, 5), 0);
  EXPECT_EQ(m.interact(0, 5), 0);
  std::vector<int> columns;
  m.flatten(xy, columns);
  EXPECT_TRUE(columns.empty());
  const int list[] = {2, 5, xy};
  const int value = m.unite(list, 3);
  m.flatten(value, columns);
  EXPECT_EQ(columns, (std::vector<int>{0, 3}));
  EXPECT_EQ(entries(sparsead::rt::symmetric_structure<std::int32_t>(m, {value}, false, "f")), (table{{3, 0}}));
  EXPECT_EQ(entries(sparsead::rt::symmetric_structure<std::int32_t>(m, {value}, true, "f")), (table{{3, 0}, {0, 3}}));
  EXPECT_TRUE(entries(sparsead::rt::symmetric_structure<std::int32_t>(m, {2, 1, 0}, true, "f")).empty());
}

// A loop stops when its marks stop growing: the same operation on the same columns adds nothing.
TEST(Interactions, RepeatedProductsAreOne) {
  marks m(100);
  m.keep_interactions();
  int carried = 2;
  for (int round = 0; round < 5000; ++round) {
    const int few[] = {3, 5, 9, carried};
    const int value = m.unite(few, 4); // under a new name each time
    const int next = m.unite(value, m.interact(value, value));
    if (m.contains(carried, next)) {
      EXPECT_LT(round, 5);
      return;
    }
    carried = m.unite(carried, next);
  }
  FAIL() << "no end";
}

// A square of a sum couples all; a sum of squares nothing; both in linear time and memory.
TEST(Interactions, SumsAreLinear) {
  const int n = 300000;
  marks m(n);
  m.keep_interactions();
  int sum = 1;
  for (int j = 0; j < n; ++j)
    sum = m.unite(sum, m.unite(2 + j, m.interact(2 + j, 2 + j)));
  EXPECT_LT(m.words(), 60 * std::int64_t(n));
  const auto pattern = sparsead::rt::symmetric_structure<std::int32_t>(m, {sum}, true, "f");
  ASSERT_EQ(pattern.col_ind.size(), std::size_t(n));
  for (int j = 0; j < n; ++j)
    ASSERT_EQ(pattern.col_ind[j], j);
  const auto with = m.interact(sum, 2 + 7); // an arrow
  EXPECT_EQ(sparsead::rt::symmetric_structure<std::int32_t>(m, {m.unite(sum, with)}, false, "f").col_ind.size(),
            std::size_t(2 * n - 1));
}

TEST(Interactions, RandomPrograms) {
  std::mt19937 random(3);
  auto below = [&](int n) { return int(random() % unsigned(n)); };
  for (int round = 0; round < 300; ++round) {
    const int n = 1 + below(round % 3 == 0 ? 90 : 12), steps = 1 + below(60);
    marks m(n);
    m.keep_interactions();
    struct value {
      int mark;
      std::set<int> columns;
      table pairs;
    };
    std::vector<value> values{{1, {}, {}}, {0, {}, {}}};
    for (int j = 0; j < n; ++j)
      values.push_back({2 + j, {j}, {}});
    for (int k = 0; k < steps; ++k) {
      const value &a = values[below(int(values.size()))], &b = values[below(int(values.size()))];
      value r = a;
      r.columns.insert(b.columns.begin(), b.columns.end());
      r.pairs.insert(b.pairs.begin(), b.pairs.end());
      int product = 0;
      if (below(3)) { // a b, or f(a)
        const value &c = below(2) ? b : a;
        product = m.interact(a.mark, c.mark);
        for (const int i : a.columns)
          for (const int j : c.columns) {
            r.pairs.insert({i, j});
            r.pairs.insert({j, i});
          }
      }
      if (below(2)) {
        const int list[] = {a.mark, b.mark, product};
        r.mark = m.unite(list, 3);
      } else if (below(2)) {
        m.begin_gather();
        for (const int part : {a.mark, b.mark, product})
          m.gather(part);
        r.mark = m.end_gather(a.mark);
      } else {
        r.mark = m.visible_as_byte(m.unite(m.unite(a.mark, product), b.mark));
      }
      ASSERT_TRUE(m.plausible(r.mark));
      ASSERT_TRUE(m.contains(r.mark, a.mark));
      ASSERT_TRUE(m.contains(r.mark, product));
      values.push_back(r);
    }
    for (int k = 0; k < 10; ++k) {
      const value &a = values[below(int(values.size()))], &b = values[below(int(values.size()))];
      std::vector<int> columns;
      m.flatten(a.mark, columns);
      ASSERT_EQ(columns, std::vector<int>(a.columns.begin(), a.columns.end()));
      table both = a.pairs;
      both.insert(b.pairs.begin(), b.pairs.end());
      ASSERT_EQ(entries(sparsead::rt::symmetric_structure<std::int32_t>(m, {a.mark, b.mark}, true, "f")), both);
      ASSERT_EQ(entries(sparsead::rt::symmetric_structure<std::int32_t>(m, {a.mark, b.mark}, false, "f")), lower(both));
      if (m.contains(a.mark, b.mark) && b.mark > 1) // exact in one direction
        for (const auto &pair : b.pairs)
          ASSERT_TRUE(a.pairs.count(pair));
    }
  }
}

} // namespace
