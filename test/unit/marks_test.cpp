// Sets of columns against std::set.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

#include "sparsead/rt/marks.hpp"

using sparsead::rt::marks;

namespace {

std::vector<int> columns(marks &m, int mark) {
  std::vector<int> out;
  m.flatten(mark, out);
  return out;
}

TEST(Marks, SmallMarksAreAbsorbed) {
  marks m(10);
  EXPECT_EQ(m.unite(0, 0), 0);
  EXPECT_EQ(m.unite(0, 1), 1);
  EXPECT_EQ(m.unite(1, 0), 1);
  EXPECT_EQ(m.unite(1, 7), 7);
  EXPECT_EQ(m.unite(7, 0), 7);
  EXPECT_EQ(m.unite(7, 7), 7);
  EXPECT_EQ(m.words(), 0);
  const int list[] = {0, 1, 0};
  EXPECT_EQ(m.unite(list, 3), 1);
  EXPECT_EQ(m.unite(list, 1), 0);
  EXPECT_EQ(m.unite(list, 0), 0);
  EXPECT_TRUE(columns(m, 0).empty());
  EXPECT_TRUE(columns(m, 1).empty());
  EXPECT_EQ(columns(m, 2), std::vector<int>{0});
}

TEST(Marks, ContainmentOrder) {
  marks m(10);
  const int pair = m.unite(3, 5);
  EXPECT_TRUE(m.contains(0, 0));
  EXPECT_FALSE(m.contains(0, 1));
  EXPECT_TRUE(m.contains(1, 0));
  EXPECT_FALSE(m.contains(1, 3));
  EXPECT_TRUE(m.contains(3, 1));
  EXPECT_TRUE(m.contains(pair, 3));
  EXPECT_TRUE(m.contains(pair, pair));
  EXPECT_FALSE(m.contains(3, pair));
}

TEST(Marks, AnOperandThatContainsTheOtherIsTheResult) {
  marks m(100);
  int set = 2;
  for (int j = 1; j < 20; ++j)
    set = m.unite(set, 2 + j);
  const auto words = m.words();
  EXPECT_EQ(m.unite(set, 7), set);
  EXPECT_EQ(m.unite(9, set), set);
  const int list[] = {3, set, 11};
  EXPECT_EQ(m.unite(list, 3), set);
  EXPECT_EQ(m.words(), words);
}

TEST(Marks, RandomUnionsAgreeWithStdSet) {
  std::mt19937 random(7);
  for (int round = 0; round < 40; ++round) {
    const int n = round % 4 == 0 ? 300 : 5 + int(random() % 200);
    marks m(n);
    std::vector<int> names = {0, 1};
    std::vector<std::set<int>> sets = {{}, {}};
    for (int j = 0; j < n; ++j) {
      names.push_back(2 + j);
      sets.push_back({j});
    }
    auto pick = [&] { return std::size_t(random() % 3 ? random() % names.size() : names.size() - 1 - random() % 4); };
    for (int step = 0; step < 600; ++step) {
      const std::size_t a = pick(), b = pick();
      std::set<int> expected = sets[a];
      int name;
      if (random() % 3) {
        name = m.unite(names[a], names[b]);
        expected.insert(sets[b].begin(), sets[b].end());
      } else {
        std::vector<int> list = {names[a]};
        for (int k = int(random() % 12); k-- > 0;) {
          const std::size_t c = pick();
          list.push_back(names[c]);
          expected.insert(sets[c].begin(), sets[c].end());
        }
        name = m.unite(list.data(), int(list.size()));
      }
      names.push_back(name);
      sets.push_back(expected);
      EXPECT_TRUE(m.plausible(name));
      if (step % 5 == 0) {
        const std::size_t c = pick();
        ASSERT_EQ(columns(m, names[c]), std::vector<int>(sets[c].begin(), sets[c].end()));
      }
      const std::size_t c = pick(), d = pick();
      const bool inside = std::includes(sets[c].begin(), sets[c].end(), sets[d].begin(), sets[d].end());
      if (names[c] > 1 && names[d] > 1)
        ASSERT_EQ(m.contains(names[c], names[d]), inside);
      if (random() % 20 == 0) {
        const int visible = m.visible_as_byte(names[c]);
        if (names[c])
          ASSERT_NE(visible & 0xff, 0);
        ASSERT_EQ(columns(m, visible), std::vector<int>(sets[c].begin(), sets[c].end()));
      }
    }
    for (std::size_t i = 0; i < names.size(); ++i)
      ASSERT_EQ(columns(m, names[i]), std::vector<int>(sets[i].begin(), sets[i].end()));
  }
}

TEST(Marks, GatherIsAUnionOfMany) {
  marks m(1000);
  m.begin_gather();
  m.gather(1);
  EXPECT_EQ(m.end_gather(), 1);
  m.begin_gather();
  for (int j = 999; j >= 0; j -= 3)
    m.gather(2 + j);
  const int all = m.end_gather();
  EXPECT_EQ(columns(m, all).size(), 334u);
  const auto words = m.words();
  m.begin_gather();
  m.gather(all);
  EXPECT_EQ(m.end_gather(all), all);
  EXPECT_EQ(m.words(), words);
}

/// s += u[i] over a million different columns: linear memory, no recursion.
TEST(Marks, LongAccumulation) {
  const int n = 1000000;
  marks m(n);
  int sum = 0;
  for (int i = 0; i < n; ++i)
    sum = m.unite(sum, 2 + (i * 7919LL) % n);
  EXPECT_LT(m.words(), 12LL * n);
  const std::vector<int> all = columns(m, sum);
  ASSERT_EQ(int(all.size()), n);
  for (int i = 0; i < n; ++i)
    ASSERT_EQ(all[std::size_t(i)], i);
}

/// A chain through very few columns does not grow, whatever is asked of it along the way.
TEST(Marks, RepeatedTermsDoNotGrow) {
  marks m(100);
  int sum = 0;
  std::vector<int> partial;
  for (int i = 0; i < 200000; ++i) {
    sum = m.unite(sum, 2 + i % 40);
    partial.push_back(sum);
  }
  EXPECT_LT(m.words(), 10000);
  EXPECT_EQ(columns(m, sum).size(), 40u);
  for (std::size_t i = partial.size(); i-- > 0;)
    ASSERT_EQ(columns(m, partial[i]).size(), std::min<std::size_t>(i + 1, 40));
}

TEST(Marks, DeepNodesNeedNoStack) {
  const int n = 400000;
  marks m(n);
  std::vector<int> blocks;
  for (int i = 0; i + 40 <= n; i += 40) {
    int block = 0;
    for (int j = i; j < i + 40; ++j)
      block = m.unite(block, 2 + j);
    blocks.push_back(block);
  }
  int left = 0, right = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    left = m.unite(left, blocks[i]);
    right = m.unite(blocks[blocks.size() - 1 - i], right);
  }
  EXPECT_EQ(columns(m, left).size(), std::size_t(n));
  EXPECT_EQ(columns(m, right), columns(m, left));
  EXPECT_TRUE(m.contains(left, right));
}

/// Records of every length come past the one name that no set may have (an arena that starts just below it).
TEST(Marks, NoSetIsNamedLikeTheBytesOfOne) {
  for (int step = 2; step <= 7; ++step) {
    const int n = marks::bytes_of_one - 4000;
    marks m(n);
    for (int i = 0; i < 3000; ++i) {
      std::vector<int> singles;
      for (int k = 0; k < step; ++k)
        singles.push_back(2 + i + k);
      const int set = m.unite(singles.data(), step);
      ASSERT_NE(set, int(marks::bytes_of_one));
      ASSERT_EQ(columns(m, set).size(), std::size_t(step)) << i;
    }
  }
}

} // namespace
