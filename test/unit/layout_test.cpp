// CSC, COO and BSR of random patterns, and digamma's known values.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <set>
#include <stdexcept>

#include "sparsead/rt/abi.hpp"
#include "sparsead/rt/layout.hpp"

using namespace sparsead::rt;

namespace {

template <class Index> csr_pattern<Index> random_pattern(Index rows, Index cols, int percent, unsigned seed) {
  std::mt19937 random(seed);
  csr_pattern<Index> p;
  p.rows = rows;
  p.cols = cols;
  p.row_ptr.push_back(0);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < cols; ++j)
      if (int(random() % 100) < percent)
        p.col_ind.push_back(j);
    p.row_ptr.push_back(Index(p.col_ind.size()));
  }
  return p;
}

template <class Index> std::map<std::pair<Index, Index>, Index> entries(const csr_pattern<Index> &p) {
  std::map<std::pair<Index, Index>, Index> result;
  for (Index i = 0; i < p.rows; ++i)
    for (Index k = p.row_ptr[i]; k < p.row_ptr[i + 1]; ++k)
      result[{i, p.col_ind[k]}] = k;
  return result;
}

template <class Index> void check_all(Index rows, Index cols, int percent, unsigned seed) {
  const auto p = random_pattern<Index>(rows, cols, percent, seed);
  const auto expected = entries(p);

  const compressed_columns<Index> c = csc(p);
  ASSERT_EQ(c.ptr.size(), std::size_t(cols) + 1);
  std::size_t count = 0;
  for (Index j = 0; j < cols; ++j)
    for (Index k = c.ptr[j]; k < c.ptr[j + 1]; ++k, ++count) {
      ASSERT_EQ(expected.at({c.ind[k], j}), c.perm[k]);
      if (k > c.ptr[j])
        ASSERT_LT(c.ind[k - 1], c.ind[k]);
    }
  ASSERT_EQ(count, expected.size());

  const coo<Index> t(p);
  for (std::size_t k = 0; k < t.row.size(); ++k)
    ASSERT_EQ(expected.at({t.row[k], t.col[k]}), Index(k));
  ASSERT_EQ(t.row.size(), expected.size());

  const csr_pattern<Index> back = transpose(transpose(p));
  ASSERT_EQ(back.row_ptr, p.row_ptr);
  ASSERT_EQ(back.col_ind, p.col_ind);

  for (Index b : {Index(1), Index(2), Index(3), Index(6)}) {
    if (rows % b || cols % b) {
      EXPECT_THROW(bsr(p, b), std::invalid_argument);
      continue;
    }
    const compressed_blocks<Index> s = bsr(p, b);
    ASSERT_EQ(s.perm.size(), s.ind.size() * std::size_t(b * b));
    std::size_t found = 0;
    for (Index I = 0; I < rows / b; ++I)
      for (Index K = s.ptr[I]; K < s.ptr[I + 1]; ++K) {
        if (K > s.ptr[I])
          ASSERT_LT(s.ind[K - 1], s.ind[K]);
        bool any = false;
        for (Index r = 0; r < b; ++r)
          for (Index q = 0; q < b; ++q) {
            const auto e = expected.find({I * b + r, s.ind[K] * b + q});
            const Index at = s.perm[std::size_t((K * b + r) * b + q)];
            ASSERT_EQ(at, e == expected.end() ? Index(-1) : e->second);
            any |= at >= 0;
            found += at >= 0;
          }
        ASSERT_TRUE(any);
      }
    ASSERT_EQ(found, expected.size());
  }
}

TEST(Layout, RandomPatterns) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    check_all<std::int32_t>(6, 12, 30, seed);
    check_all<std::int64_t>(12, 6, 10, seed);
    check_all<std::int32_t>(7, 5, 60, seed);
    check_all<std::int32_t>(60, 240, 3, seed);
  }
  check_all<std::int32_t>(0, 0, 50, 1);
  check_all<std::int32_t>(6, 0, 50, 1);
  check_all<std::int32_t>(0, 6, 50, 1);
}

TEST(Layout, BlockSizeIsChecked) {
  csr_pattern<std::int32_t> p{4, 4, {0, 0, 0, 0, 0}, {}};
  EXPECT_THROW(bsr(p, 0), std::invalid_argument);
  EXPECT_THROW(bsr(p, 3), std::invalid_argument);
  EXPECT_EQ(bsr(p, 2).ind.size(), 0u);
  csr_pattern<std::int32_t> wide{60000, 60000, index_array<std::int32_t>(60001, 1), {0}};
  wide.row_ptr[0] = 0;
  EXPECT_THROW(bsr(wide, 60000), std::length_error);
}

TEST(Digamma, KnownValues) {
  const double gamma = 0.57721566490153286061;
  const struct {
    double x, value;
  } known[] = {
      {1, -gamma},
      {2, 1 - gamma},
      {0.5, -gamma - 2 * std::log(2.0)},
      {10, 2.2517525890667211077},
      {100, 4.6001618527380874002},
      {-0.5, 0.036489973978576520559},
      {-2.5, 1.1031566406452431872},
      {1.4616321449683623, 0},
      {1e-8, -1e8 - gamma + 1.6449340668482264e-8},
  };
  for (const auto &k : known) {
    continue;
    EXPECT_NEAR(sparsead_rt_digamma(k.x), k.value, 1e-14 * std::max(1.0, std::fabs(k.value))) << k.x;
  }
  // ψ(x+1) = ψ(x) + 1/x and ψ(1-x) - ψ(x) = π / tan(πx).
  for (double x = -12.3; x < 30; x += 0.37) {
    EXPECT_NEAR(sparsead_rt_digamma(x + 1), sparsead_rt_digamma(x) + 1 / x, 1e-13 * (1 + std::fabs(1 / x))) << x;
    const double reflection = M_PI / std::tan(M_PI * x);
    EXPECT_NEAR(sparsead_rt_digamma(1 - x), sparsead_rt_digamma(x) + reflection, 1e-12 * (1 + reflection * reflection))
        << x;
  }
  for (double pole : {0.0, -1.0, -2.0, -100.0})
    EXPECT_TRUE(std::isnan(sparsead_rt_digamma(pole)));
  EXPECT_TRUE(std::isnan(sparsead_rt_digamma(NAN)));
  EXPECT_TRUE(std::isnan(sparsead_rt_digamma(-INFINITY)));
  EXPECT_EQ(sparsead_rt_digamma(INFINITY), INFINITY);
}

TEST(Trigamma, KnownValuesAndRelations) {
  const double pi = 3.141592653589793238462643383279502884;
  const struct {
    double x, value;
  } known[] = {{1, pi * pi / 6}, {0.5, pi * pi / 2}, {2, pi * pi / 6 - 1}, {10, 0.10516633568168575}, {1e8, 1e-8}};
  for (const auto &k : known)
    EXPECT_NEAR(sparsead_rt_trigamma(k.x), k.value, 2e-15 * (1 + k.value) + 1e-16) << k.x;
  for (double x = -20.3; x < 30; x += 0.37) {
    const double here = sparsead_rt_trigamma(x), step = 1e-4;
    EXPECT_NEAR(sparsead_rt_trigamma(x + 1), here - 1 / (x * x), 1e-13 * (1 + std::fabs(here))) << x;
    const double slope = (sparsead_rt_digamma(x - 2 * step) - 8 * sparsead_rt_digamma(x - step) +
                          8 * sparsead_rt_digamma(x + step) - sparsead_rt_digamma(x + 2 * step)) /
                         (12 * step);
    EXPECT_NEAR(here, slope, 1e-7 * (1 + here * here)) << x;
  }
  EXPECT_TRUE(std::isinf(sparsead_rt_trigamma(-3)));
  EXPECT_TRUE(std::isnan(sparsead_rt_trigamma(NAN)));
  EXPECT_EQ(sparsead_rt_trigamma(INFINITY), 0);
}

} // namespace
