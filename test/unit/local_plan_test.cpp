#include <gtest/gtest.h>

#include "sparsead/rt/spy.hpp"

using namespace sparsead::rt;

namespace {

csr_pattern<int> banded(int n, int below, int above) {
  csr_pattern<int> p{n, n, {0}, {}};
  for (int i = 0; i < n; ++i) {
    for (int j = std::max(0, i - below); j <= std::min(n - 1, i + above); ++j)
      p.col_ind.push_back(j);
    p.row_ptr.push_back(int(p.col_ind.size()));
  }
  return p;
}

std::string picture(const csr_pattern<int> &p, int width) { return spy(p.rows, p.cols, p.row_ptr, p.col_ind, width); }

TEST(Spy, SummaryLine) {
  EXPECT_EQ(summary(49, 50, 98, "forward", 2), "Jacobian 49×50, nnz=98, sparsity 96.0%, forward, 2 colors");
  EXPECT_EQ(summary(3, 3, 3, "reverse", 1), "Jacobian 3×3, nnz=3, sparsity 66.7%, reverse, 1 color");
  EXPECT_EQ(summary(3, 3, 9, "local", 3), "Jacobian 3×3, nnz=9, sparsity 0.0%, local");
  EXPECT_EQ(summary(0, 5, 0, "forward", 0), "Jacobian 0×5, nnz=0, sparsity 0.0%, forward, 0 colors");
  EXPECT_EQ(summary(3000000000, 3000000000, 1, "forward", 1),
            "Jacobian 3000000000×3000000000, nnz=1, sparsity 100.0%, forward, 1 color");
}

TEST(Spy, SmallMatricesDotByDot) {
  EXPECT_EQ(picture(banded(4, 0, 0), 60), "⠑⢄\n");
  EXPECT_EQ(picture(banded(1, 0, 0), 60), "⠁\n");
  EXPECT_EQ(picture(banded(8, 8, 8), 60), "⣿⣿⣿⣿\n⣿⣿⣿⣿\n");
  EXPECT_EQ(picture(banded(3, 3, 0), 60), "⠷⠄\n");
}

TEST(Spy, LargeMatricesFitTheWidth) {
  EXPECT_EQ(picture(banded(16, 0, 0), 4), "⠑⢄⠀⠀\n⠀⠀⠑⢄\n");
  const std::string wide = picture(banded(1000, 1, 1), 60);
  EXPECT_EQ(wide.size(), (60u * 3 + 1) * 30);
}

TEST(Spy, EmptyMatrices) {
  EXPECT_EQ(picture({0, 0, {0}, {}}, 60), "");
  EXPECT_EQ(picture({3, 0, {0, 0, 0, 0}, {}}, 60), "");
  EXPECT_EQ(picture({2, 2, {0, 0, 0}, {}}, 60), "⠀\n");
}

} // namespace
