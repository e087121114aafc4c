#include "sparsead/rt/revolve.hpp"
#include <algorithm>
#include <limits>

namespace sparsead::rt {
namespace {

/// b[k] = beta(slots, r - k), k = 0, 1, 2, for the r with beta(slots, r - 1) < steps <= beta(slots, r): so many steps
/// can be reversed where none is run more than r times. beta(s, r) = (s + r)! / (s! r!), 0 for negative r.
struct reach {
  std::int64_t r = 0, b[3] = {1, 0, 0};
};

reach reach_of(std::int64_t steps, std::int64_t slots) {
  constexpr std::int64_t huge = std::numeric_limits<std::int64_t>::max() / 4;
  reach found;
  while (found.b[0] < steps) {
    const std::int64_t r = ++found.r;
    found.b[2] = found.b[1];
    found.b[1] = found.b[0];
    found.b[0] = found.b[1] > huge / (slots + r) ? huge : found.b[1] * (slots + r) / r;
  }
  return found;
}

} // namespace

std::int64_t revolve::split(std::int64_t steps, std::int64_t slots) {
  if (steps <= 2 || slots <= 1)
    return steps;
  const reach at = reach_of(steps, slots);
  // beta(s - 1, r - 1) = beta(s, r - 1) - beta(s, r - 2)
  const std::int64_t first = std::min(at.b[1], steps - (at.b[1] - at.b[2]));
  return steps - first <= 1 ? steps : first;
}

std::int64_t revolve::forward_steps(std::int64_t steps, std::int64_t slots) {
  // r * steps - beta(s + 1, r - 1), where beta(s + 1, r - 1) = beta(s, 0) + … + beta(s, r - 1)
  const std::int64_t r = reach_of(steps, slots).r;
  std::int64_t sum = 0, b = 1;
  for (std::int64_t k = 0; k < r; ++k) {
    sum += b;
    b = b * (slots + k + 1) / (k + 1);
  }
  return r * steps - sum;
}

std::int64_t revolve::aim(std::int64_t step) {
  goal_ = step;
  while (!held_.empty() && held_.back() > step)
    held_.pop_back();
  look_ahead();
  return held_.empty() ? -1 : held_.back();
}

void revolve::hold(std::int64_t n) {
  held_.push_back(n);
  look_ahead();
}

void revolve::look_ahead() {
  next_ = 0;
  if (held_.empty())
    return;
  const std::int64_t at = held_.back(), steps = goal_ + 1 - at;
  const std::int64_t first = split(steps, slots_ - static_cast<std::int64_t>(held_.size()) + 1);
  next_ = first < steps ? at + first : -1;
}

} // namespace sparsead::rt
