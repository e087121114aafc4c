// What a recorded evaluation with second partials leaves behind: gradients, and products with Hessians.
#pragma once
#include "tangent_pool.hpp"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sparsead::rt {

/// As `tape`, with second partials: forward over reverse on the recorded operations.
class second_tape : public tangent_pool {
public:
  static constexpr int lanes = 4;

  /// Forgets what was recorded; keeps the memory.
  void start(std::int64_t inputs);
  std::int32_t record(double da, std::int32_t a, double db, std::int32_t b, double daa, double dab, double dbb);
  /// Too many nodes for 32-bit numbers.
  bool overflow() const { return overflow_; }

  /// Adjoints of all nodes, zero; then those of the rows may be set, and `reverse` makes the others: afterwards the
  /// gradient stands at 1 … inputs.
  double *adjoints();
  void reverse();
  /// After `reverse`: of the inputs.
  const double *gradient() const { return adjoints_.data() + 1; }

  /// Tangents [node][lane], zero: directions are set at 1 … inputs. `second` overwrites them: afterwards the products
  /// of the Hessian stand at 1 … inputs of what it returns. Requires  reverse() of the adjoints.
  /// Cost   O(nodes · lanes).
  double *tangents();
  const double *second();

private:
  struct node {
    double da, db, daa, dab, dbb;
    std::int32_t a, b;
  };
  std::size_t size() const { return static_cast<std::size_t>(inputs_) + 1 + nodes_.size(); }

  std::vector<node> nodes_;
  std::vector<double> adjoints_, tangents_, products_;
  std::int64_t inputs_ = 0;
  bool overflow_ = false;
};

} // namespace sparsead::rt
