// What a recorded evaluation leaves behind, and its backward sweeps.
#pragma once
#include "tangent_pool.hpp"
#include <cstdint>
#include <vector>

namespace sparsead::rt {

/// Nodes 1 … inputs are the inputs, later ones have up to two operands with smaller numbers. The recorder's own shadow
/// memory comes from the base class: `void *tape` of the ABI is a workspace for it, too.
class tape : public tangent_pool {
public:
  /// Forgets what was recorded; keeps the memory.
  void start(std::int64_t inputs);
  std::int32_t record(double da, std::int32_t a, double db, std::int32_t b);
  /// Too many nodes for 32-bit numbers.
  bool overflow() const { return overflow_; }

  /// One adjoint per node and lane, all zero.
  static constexpr int lanes = 4;
  double *adjoints();
  /// x̄ += partial · ȳ from the last node to the first. Zero adjoints are skipped: 0 · inf is 0.
  /// Cost O(nodes · lanes).
  void sweep();

private:
  struct node {
    double da, db;
    std::int32_t a, b;
  };
  std::vector<node> nodes_;
  std::vector<double> adjoints_;
  std::int64_t inputs_ = 0;
  bool overflow_ = false;
};

} // namespace sparsead::rt
