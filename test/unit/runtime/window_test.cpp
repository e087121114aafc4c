// Windows of arrays, for loops that take turns.
#include "sparsead/rt/abi.hpp"
#include "sparsead/rt/tangent_pool.hpp"
#include <algorithm>
#include <cstdint>
#include <gtest/gtest.h>
#include <random>
#include <vector>

namespace {

struct window {
  double *memory = nullptr;
  std::int64_t begin = 0, end = 0, apart = 0, copies, zeroed;
  window(std::int64_t copies, bool zeroed) : copies(copies), zeroed(zeroed) {}

  double &at(std::int64_t copy, std::int64_t address) {
    EXPECT_GE(address, begin);
    EXPECT_LE(address + 8, begin + apart);
    return memory[(copy * apart + address - begin) / 8];
  }
};

double element(std::int64_t copy, std::int64_t address) { return static_cast<double>(1000 * address + copy); }

// What has been written and is still wanted is there, in all copies, wherever the window goes.
TEST(Window, KeepsWhatIsStillWanted) {
  std::mt19937 random(5);
  for (int run = 0; run < 200; ++run) {
    sparsead::rt::tangent_pool pool;
    const std::int64_t copies = 1 + random() % 5;
    window w(copies, false);
    std::int64_t low = 8 * (random() % 1000), high = low, written = low;
    for (int round = 0; round < 30; ++round) {
      low = std::min(low + 8 * static_cast<std::int64_t>(random() % 200), written);
      high = std::max(high, written + 8 * static_cast<std::int64_t>(random() % (round % 7 == 6 ? 5000 : 300)));
      sparsead_rt_window(&pool, reinterpret_cast<std::int64_t *>(&w), low, high);
      for (std::int64_t copy = 0; copy < copies; ++copy) {
        for (std::int64_t a = low; a < written; a += 8)
          ASSERT_EQ(w.at(copy, a), element(copy, a));
        for (std::int64_t a = written; a < high; a += 8)
          w.at(copy, a) = element(copy, a);
      }
      written = high;
    }
    sparsead_rt_tangent_free(&pool, w.memory);
  }
}

// Elements that nobody has written are zero where the array's are.
TEST(Window, IsZeroWhereTheArrayIs) {
  sparsead::rt::tangent_pool pool;
  for (int repeat = 0; repeat < 2; ++repeat) { // the second time in used memory
    window w(2, true);
    for (std::int64_t low = 800; low < 80000; low += 2400) {
      sparsead_rt_window(&pool, reinterpret_cast<std::int64_t *>(&w), low, low + 4000);
      for (std::int64_t copy = 0; copy < 2; ++copy) {
        for (std::int64_t a = low; a < low + 1600 && low > 800; a += 8)
          ASSERT_EQ(w.at(copy, a), a % 16 == 0 ? element(copy, a) : 0.0);
        for (std::int64_t a = low > 800 ? low + 1600 : low; a < low + 4000; a += 8) {
          ASSERT_EQ(w.at(copy, a), 0.0);
          if (a % 16 == 0)
            w.at(copy, a) = element(copy, a);
        }
      }
    }
    sparsead_rt_tangent_free(&pool, w.memory);
  }
}

// A window that moves by what it holds does not grow.
TEST(Window, StaysSmall) {
  sparsead::rt::tangent_pool pool;
  window w(3, false);
  sparsead_rt_window(&pool, reinterpret_cast<std::int64_t *>(&w), 0, 4000);
  const std::int64_t apart = w.apart;
  for (std::int64_t low = 0; low < 1000000; low += 1000)
    sparsead_rt_window(&pool, reinterpret_cast<std::int64_t *>(&w), low, low + 4000);
  EXPECT_EQ(w.apart, apart);
  EXPECT_LT(apart, 16000);
  sparsead_rt_tangent_free(&pool, w.memory);
}

} // namespace
