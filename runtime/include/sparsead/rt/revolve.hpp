// Which states of a chain of steps are kept while the steps are reversed, last first.
#pragma once
#include <cstdint>
#include <vector>

namespace sparsead::rt {

/// Binomial checkpointing: with s snapshots, one of which holds the beginning, the least number of steps is run again.
/// Source: Griewank and Walther, Revolve (Algorithm 799), ACM TOMS 26, 2000.
///
/// One round for each step, last first: aim(k) tells where the state is from which to go on; then, for n from there to
/// k, is_due(n) tells where the state is to be kept (which it takes as done); step k is reversed.
class revolve {
public:
  /// Requires  slots >= 1.
  void start(std::int64_t slots) {
    slots_ = slots;
    held_.clear();
    next_ = 0;
  }
  /// The step that is reversed next. Returns the newest state that is held and not behind it, -1 where there is none
  /// yet; newer ones are given up.
  std::int64_t aim(std::int64_t step);
  bool is_due(std::int64_t n) {
    if (n != next_)
      return false;
    hold(n);
    return true;
  }
  /// States that are held, oldest first.
  const std::vector<std::int64_t> &held() const { return held_; }

  /// Of `steps` steps with `slots` snapshots: after how many the second snapshot is due; `steps` where none is.
  static std::int64_t split(std::int64_t steps, std::int64_t slots);
  /// How many steps are run, beside those that are being reversed: the minimum.
  static std::int64_t forward_steps(std::int64_t steps, std::int64_t slots);

private:
  void hold(std::int64_t n);
  void look_ahead();

  std::int64_t slots_ = 1, goal_ = 0, next_ = 0;
  std::vector<std::int64_t> held_;
};

} // namespace sparsead::rt
