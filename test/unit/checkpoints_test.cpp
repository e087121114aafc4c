// Which states are kept while a chain of steps is reversed: as few steps as possible are run again, with no more
// snapshots than allowed; and the memory that snapshots hold.
#include "sparsead/rt/checkpoints.hpp"
#include "sparsead/rt/revolve.hpp"
#include <cstdint>
#include <gtest/gtest.h>
#include <vector>

namespace {

using sparsead::rt::checkpoints;
using sparsead::rt::revolve;

/// By its definition: from a state that is held, m steps, a snapshot there, the rest, then the first m.
std::vector<std::vector<std::int64_t>> minima(std::int64_t steps, std::int64_t slots) {
  std::vector<std::vector<std::int64_t>> t(std::size_t(slots + 1), std::vector<std::int64_t>(std::size_t(steps + 1)));
  for (std::int64_t s = 1; s <= slots; ++s)
    for (std::int64_t l = 1; l <= steps; ++l) {
      std::int64_t best = l * (l - 1) / 2;
      if (s > 1)
        for (std::int64_t m = 1; m < l; ++m)
          best = std::min(best, m + t[std::size_t(s - 1)][std::size_t(l - m)] + t[std::size_t(s)][std::size_t(m)]);
      t[std::size_t(s)][std::size_t(l)] = best;
    }
  return t;
}

/// Steps that are run beside those that are reversed, where the schedule is followed. `swept`: a first sweep over all
/// steps takes the first snapshots, as if the last step followed them.
std::int64_t follow(std::int64_t steps, std::int64_t slots, bool swept) {
  revolve schedule;
  schedule.start(slots);
  std::int64_t run = 0;
  std::vector<std::int64_t> held;
  auto go = [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t n = from; n < to; ++n, ++run)
      if (schedule.is_due(n))
        held.push_back(n);
    EXPECT_LE(std::int64_t(held.size()), slots);
  };
  if (swept) {
    schedule.aim(steps);
    go(0, steps);
  }
  for (std::int64_t k = steps - 1; k >= 0; --k) {
    std::int64_t from = schedule.aim(k);
    if (from < 0) {
      EXPECT_TRUE(schedule.is_due(0));
      held.push_back(from = 0);
    }
    while (!held.empty() && held.back() > k)
      held.pop_back();
    EXPECT_FALSE(held.empty());
    EXPECT_EQ(held.back(), from);
    go(from, k);
  }
  return run;
}

TEST(Revolve, RunsTheFewestSteps) {
  const std::int64_t steps = 90, slots = 12;
  const auto best = minima(steps, slots);
  for (std::int64_t s = 1; s <= slots; ++s)
    for (std::int64_t l = 1; l <= steps; ++l) {
      EXPECT_EQ(revolve::forward_steps(l, s), best[std::size_t(s)][std::size_t(l)]) << l << " steps, " << s;
      EXPECT_EQ(follow(l, s, false), best[std::size_t(s)][std::size_t(l)]) << l << " steps, " << s;
      if (l < steps) // what follows is one more step, which is not run here
        EXPECT_EQ(follow(l, s, true), best[std::size_t(s)][std::size_t(l + 1)]) << l << " steps, " << s;
    }
}

TEST(Revolve, LongChains) {
  for (const std::int64_t slots : {2, 3, 10, 317, 100000, 200000})
    EXPECT_EQ(follow(100000, slots, true), revolve::forward_steps(100001, slots)) << slots;
  // The square root of twice the steps: none is run more than twice beside its reversal.
  EXPECT_LT(revolve::forward_steps(100001, 448), 2 * 100001);
  EXPECT_GT(revolve::forward_steps(100001, 440), 2 * 100001 - 442);
  // 8 + 5 over 5 is the most that eight snapshots and five sweeps can do.
  EXPECT_EQ(revolve::split(1287, 8), 495);
  EXPECT_EQ(revolve::forward_steps(1287, 8), 5 * 1287 - 715);
}

TEST(Revolve, NoSteps) {
  EXPECT_EQ(follow(0, 1, true), 0);
  EXPECT_EQ(follow(0, 1, false), 0);
  EXPECT_EQ(follow(1, 1, true), 1);
  EXPECT_EQ(follow(1, 1, false), 0);
}

/// x := x + n + 1, backwards: in each round the state must be that of the step. An inner chain runs in each step.
TEST(Checkpoints, BringStatesBack) {
  checkpoints snapshots;
  std::int64_t x = 0, inner = 0;
  auto chain = [&](std::int64_t &value, std::int64_t from, std::int64_t to) {
    for (std::int64_t n = from; n < to; ++n) {
      if (auto *room = static_cast<std::int64_t *>(snapshots.due(n)))
        *room = 7 * n;
      value += n + 1;
    }
  };
  auto at = [](std::int64_t n) { return n * (n + 1) / 2; };
  for (const bool counted : {false, true})
    for (const std::int64_t slots : {0, 1, 2, 5}) {
      snapshots.clear();
      const std::int64_t steps = 20;
      x = 0;
      snapshots.begin(counted ? steps : -1, slots, 8);
      snapshots.add(&x, sizeof x);
      snapshots.add(nullptr, 8);
      chain(x, 0, steps);
      snapshots.counted(steps);
      x = -5; // what follows
      ASSERT_EQ(snapshots.reverse(), steps);
      for (std::int64_t k = steps; k-- > 0;) {
        const auto *room = static_cast<const std::int64_t *>(snapshots.restore(k));
        const std::int64_t from = snapshots.position();
        ASSERT_LE(from, k);
        EXPECT_EQ(*room, 7 * from);
        EXPECT_EQ(x, at(from));
        chain(x, from, k);
        EXPECT_EQ(x, at(k));
        inner = 0;
        snapshots.begin(3, 1, 0);
        snapshots.add(&inner, sizeof inner);
        for (std::int64_t n = 0; n < 3; ++n) {
          snapshots.due(n);
          inner += n + 1;
        }
        snapshots.reverse();
        for (std::int64_t m = 3; m-- > 0;) {
          snapshots.restore(m);
          EXPECT_EQ(inner, at(snapshots.position()));
        }
        snapshots.end();
        EXPECT_EQ(inner, 6);
      }
      snapshots.end();
      EXPECT_EQ(x, -5);
      EXPECT_LE(snapshots.most_held(), std::size_t(slots ? slots : 7));
    }
}

TEST(Checkpoints, AllocateOnce) {
  checkpoints snapshots;
  std::vector<double> u(1000);
  std::size_t reserved = 0;
  for (int run = 0; run < 3; ++run) {
    snapshots.clear();
    snapshots.begin(100, 4, 16);
    snapshots.add(u.data(), 8000);
    for (std::int64_t n = 0; n < 100; ++n)
      snapshots.due(n);
    snapshots.reverse();
    for (std::int64_t k = 100; k-- > 0;) {
      snapshots.restore(k);
      for (std::int64_t n = snapshots.position(); n < k; ++n)
        snapshots.due(n);
    }
    snapshots.end();
    EXPECT_EQ(snapshots.most_held(), 4u);
    if (run > 0)
      EXPECT_EQ(snapshots.reserved(), reserved);
    reserved = snapshots.reserved();
  }
  EXPECT_LE(reserved, 5u * 8100);
}

} // namespace
