#include "sparsead/rt/second_tape.hpp"
#include "sparsead/rt/abi.hpp"
#include <limits>

namespace sparsead::rt {

void second_tape::start(std::int64_t inputs) {
  nodes_.clear();
  inputs_ = inputs;
  overflow_ = false;
  recycle();
}

std::int32_t second_tape::record(double da, std::int32_t a, double db, std::int32_t b, double daa, double dab,
                                 double dbb) {
  const std::int64_t number = inputs_ + 1 + static_cast<std::int64_t>(nodes_.size());
  if (number >= std::numeric_limits<std::int32_t>::max()) {
    overflow_ = true;
    return 0;
  }
  nodes_.push_back({da, db, daa, dab, dbb, a, b});
  return static_cast<std::int32_t>(number);
}

double *second_tape::adjoints() {
  adjoints_.assign(size(), 0.0);
  return adjoints_.data();
}

/// Zero adjoints are skipped: 0 · inf is 0.
void second_tape::reverse() {
  double *const bar = adjoints_.data();
  const std::size_t first = static_cast<std::size_t>(inputs_) + 1;
  for (std::size_t k = nodes_.size(); k-- > 0;) {
    const node &n = nodes_[k];
    const double y = bar[first + k];
    if (y == 0)
      continue;
    if (n.a)
      bar[n.a] += n.da * y;
    if (n.b)
      bar[n.b] += n.db * y;
  }
}

double *second_tape::tangents() {
  tangents_.assign(size() * lanes, 0.0);
  return tangents_.data();
}

const double *second_tape::second() {
  const std::size_t first = static_cast<std::size_t>(inputs_) + 1;
  double *const dot = tangents_.data();
  const double *const bar = adjoints_.data();
  auto at = [](std::int32_t node) { return static_cast<std::size_t>(node) * lanes; };
  for (std::size_t k = 0; k < nodes_.size(); ++k) {
    const node &n = nodes_[k];
    double *const y = dot + (first + k) * lanes;
    const double *const a = dot + at(n.a), *const b = dot + at(n.b);
    for (int lane = 0; lane < lanes; ++lane) {
      double sum = 0;
      if (n.a && a[lane] != 0)
        sum += n.da * a[lane];
      if (n.b && b[lane] != 0)
        sum += n.db * b[lane];
      y[lane] = sum;
    }
  }
  products_.assign(size() * lanes, 0.0);
  double *const second = products_.data();
  for (std::size_t k = nodes_.size(); k-- > 0;) {
    const node &n = nodes_[k];
    const double *const y = second + (first + k) * lanes;
    const double weight = bar[first + k];
    const bool curved = weight != 0 && (n.daa != 0 || n.dab != 0 || n.dbb != 0);
    const double *const a_dot = dot + at(n.a), *const b_dot = dot + at(n.b);
    double *const a = second + at(n.a), *const b = second + at(n.b);
    for (int lane = 0; lane < lanes; ++lane) {
      double to_a = 0, to_b = 0;
      if (y[lane] != 0) {
        to_a = n.da * y[lane];
        to_b = n.db * y[lane];
      }
      if (curved) {
        if (n.a && a_dot[lane] != 0) {
          to_a += weight * n.daa * a_dot[lane];
          to_b += weight * n.dab * a_dot[lane];
        }
        if (n.b && b_dot[lane] != 0) {
          to_a += weight * n.dab * b_dot[lane];
          to_b += weight * n.dbb * b_dot[lane];
        }
      }
      if (n.a)
        a[lane] += to_a;
      if (n.b)
        b[lane] += to_b;
    }
  }
  return second;
}

} // namespace sparsead::rt

extern "C" std::int32_t sparsead_rt_record_second(void *state, double da, std::int32_t a, double db, std::int32_t b,
                                                  double daa, double dab, double dbb) {
  if ((a | b) == 0)
    return 0;
  return static_cast<sparsead::rt::second_tape *>(static_cast<sparsead::rt::tangent_pool *>(state))
      ->record(da, a, db, b, daa, dab, dbb);
}
