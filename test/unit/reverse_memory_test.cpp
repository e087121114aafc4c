// The stack between the two sweeps of an adjoint, and copies in reverse.
#include "sparsead/rt/abi.hpp"
#include "sparsead/rt/reverse_memory.hpp"
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace {

using sparsead::rt::reverse_memory;

TEST(ReverseMemory, GivesBackInTheOppositeOrder) {
  reverse_memory memory;
  std::mt19937 random(3);
  std::size_t reserved = 0;
  for (int run = 0; run < 3; ++run) {
    memory.start();
    std::vector<std::pair<char *, std::int64_t>> blocks;
    auto push = [&] {
      const std::int64_t bytes = random() % 50 == 0 ? random() % 300000 : random() % 100;
      auto *const block = static_cast<char *>(memory.push(bytes));
      if (bytes > 0)
        std::memset(block, static_cast<int>(blocks.size() % 251), static_cast<std::size_t>(bytes));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % 8, 0u);
      blocks.emplace_back(block, bytes);
    };
    auto pop = [&] {
      const auto [block, bytes] = blocks.back();
      blocks.pop_back();
      auto *const back = static_cast<char *>(memory.pop(bytes));
      if (bytes == 0)
        return;
      ASSERT_EQ(back, block);
      for (std::int64_t k = 0; k < bytes; ++k)
        ASSERT_EQ(back[k], static_cast<char>(blocks.size() % 251));
    };
    random.seed(5);
    for (int k = 0; k < 20000; ++k)
      if (random() % 3 == 0 && !blocks.empty())
        pop();
      else
        push();
    while (!blocks.empty())
      pop();
    if (run > 0)
      EXPECT_EQ(memory.reserved(), reserved) << "steady state allocates";
    reserved = memory.reserved();
  }
}

TEST(ReverseMemory, ReleasesWhatWaited) {
  reverse_memory memory;
  memory.start();
  memory.postpone(std::malloc(3), 0, 0);
  memory.postpone(::operator new(5), 1, 0);
  memory.postpone(::operator new[](7), 2, 0);
  memory.postpone(::operator new(64, std::align_val_t(64)), 1, 64);
  memory.postpone(::operator new[](64, std::align_val_t(64)), 2, 64);
  memory.postpone(nullptr, 0, 0);
  memory.finish();
  memory.postpone(std::malloc(9), 0, 0); // left by an exception: the destructor's
}

TEST(AdjointCopy, MovesAndLeavesZero) {
  for (const int distance : {-3, -1, 1, 2, 5}) {
    std::vector<double> a(24);
    for (std::size_t k = 0; k < a.size(); ++k)
      a[k] = static_cast<double>(k * k + 1);
    // y = M x for memmove(p + distance, p, 8 elements); the adjoint is the transpose of M.
    const int from = 8, to = from + distance, count = 8;
    std::vector<double> want = a, taken(8);
    for (int k = 0; k < count; ++k) {
      taken[static_cast<std::size_t>(k)] = a[static_cast<std::size_t>(to + k)];
      want[static_cast<std::size_t>(to + k)] = 0;
    }
    for (int k = 0; k < count; ++k)
      want[static_cast<std::size_t>(from + k)] += taken[static_cast<std::size_t>(k)];
    sparsead_rt_adjoint_copy_f64(a.data() + to, a.data() + from, count * 8);
    EXPECT_EQ(a, want) << distance;
  }
  std::vector<float> single{1, 2, 3, 4, 5, 6};
  sparsead_rt_adjoint_copy_f32(single.data(), single.data() + 3, 8);
  EXPECT_EQ(single, (std::vector<float>{0, 0, 3, 5, 7, 6}));
  sparsead_rt_adjoint_copy_f32(single.data() + 2, nullptr, 8);
  EXPECT_EQ(single, (std::vector<float>{0, 0, 0, 0, 7, 6}));
}

} // namespace
