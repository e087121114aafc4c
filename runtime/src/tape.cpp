#include "sparsead/rt/tape.hpp"
#include "sparsead/rt/abi.hpp"
#include <limits>

namespace sparsead::rt {

void tape::start(std::int64_t inputs) {
  nodes_.clear();
  inputs_ = inputs;
  overflow_ = false;
  recycle();
}

std::int32_t tape::record(double da, std::int32_t a, double db, std::int32_t b) {
  const std::int64_t number = inputs_ + 1 + static_cast<std::int64_t>(nodes_.size());
  if (number >= std::numeric_limits<std::int32_t>::max()) {
    overflow_ = true;
    return 0;
  }
  nodes_.push_back({da, db, a, b});
  return static_cast<std::int32_t>(number);
}

double *tape::adjoints() {
  adjoints_.assign((static_cast<std::size_t>(inputs_) + 1 + nodes_.size()) * lanes, 0.0);
  return adjoints_.data();
}

void tape::sweep() {
  double *const bar = adjoints_.data();
  for (std::size_t k = nodes_.size(); k-- > 0;) {
    const node &n = nodes_[k];
    const double *const y = bar + (static_cast<std::size_t>(inputs_) + 1 + k) * lanes;
    double *const a = bar + static_cast<std::size_t>(n.a) * lanes;
    double *const b = bar + static_cast<std::size_t>(n.b) * lanes;
    for (int lane = 0; lane < lanes; ++lane) {
      if (y[lane] == 0)
        continue;
      if (n.a)
        a[lane] += n.da * y[lane];
      if (n.b)
        b[lane] += n.db * y[lane];
    }
  }
}

} // namespace sparsead::rt

extern "C" std::int32_t sparsead_rt_record2(void *state, double da, std::int32_t a, double db, std::int32_t b) {
  if ((a | b) == 0)
    return 0;
  return static_cast<sparsead::rt::tape *>(static_cast<sparsead::rt::tangent_pool *>(state))->record(da, a, db, b);
}

extern "C" std::int32_t sparsead_rt_record1(void *state, double d, std::int32_t a) {
  return sparsead_rt_record2(state, d, a, 0, 0);
}
