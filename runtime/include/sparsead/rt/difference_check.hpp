// Derivatives against finite differences.
#pragma once
#include "../check_report.hpp"
#include "binding.hpp"
#include "coloring.hpp"
#include "layout.hpp"
#include "object_map.hpp"
#include "packed_call.hpp"
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace sparsead::rt {

/// each(number, address, bytes) for the numbers of items, where the arguments have them.
template <class Visit>
void for_each_number(const object_map &map, const binding &bound, const std::int32_t *items, std::int32_t count,
                     Visit &&each) {
  std::size_t first = 0;
  for (std::int32_t k = 0; k < count; ++k) {
    const object_layout &layout = map.objects[static_cast<std::size_t>(items[k])];
    const block_family &family = map.families[static_cast<std::size_t>(layout.family)];
    for_each_leaf(
        map, layout, [&](std::int64_t i) { return bound.base(family, i); },
        [&](std::int64_t n, char *address, std::int32_t bytes) {
          each(first + static_cast<std::size_t>(n), address, bytes);
        });
    first += static_cast<std::size_t>(layout.size);
  }
}

inline double read_number(const char *address, std::int32_t bytes) {
  float single;
  double value;
  if (bytes == 4)
    return std::memcpy(&single, address, sizeof single), single;
  return std::memcpy(&value, address, sizeof value), value;
}

/// What is computed from the inputs, as a map from numbers to numbers, on memory that is put back before each
/// evaluation and at the end.
class difference_quotients {
public:
  /// evaluate(results): calls the function on the arguments that `bound` has, and fills the results. `bound` is laid
  /// out; it is bound to copies here.
  using evaluation = std::function<void(std::vector<double> &)>;
  difference_quotients(const object_map &map, const packed_call &call, binding &bound, std::size_t results,
                       evaluation evaluate);
  difference_quotients(const difference_quotients &) = delete;
  difference_quotients &operator=(const difference_quotients &) = delete;
  ~difference_quotients() { bound_.restore(map_, saved_, true); }

  /// Step of input j: small against it, and not lost in its rounding.
  double step(std::size_t j) const { return (single_ ? 1e-2 : 1e-3) * std::max(std::fabs(at[j]), 1e-2); }
  double tolerance() const { return single_ ? 2e-2 : 1e-5; }

  /// d/dt F(at + t * direction) at t = 0, fourth order with steps scale and 2 * scale; direction is in units of
  /// step(j).
  void derivative(const std::vector<double> &direction, double scale, std::vector<double> &slope);

  std::vector<double> at;

private:
  void move(const std::vector<double> &direction, double t);
  void evaluate(std::vector<double> &results);

  const object_map &map_;
  binding &bound_;
  evaluation evaluate_;
  aligned_buffer saved_;
  bool single_ = false;
  std::vector<double> point_, below_, above_;
};

/// A matrix of derivatives: of every result by every input. No two columns of one color have entries in one row.
template <class Index> struct checked_matrix {
  const char *function;
  const csr_pattern<Index> &pattern;
  const double *values;
  const coloring_result &colors;
};

/// All entries, and that directions outside the pattern give zero. Slopes are taken with two steps: where they disagree
/// there is a kink, a jump or the edge of the domain, and nothing is said.
template <class Index>
check_report compare_with_differences(difference_quotients &quotients, const checked_matrix<Index> &matrix);

} // namespace sparsead::rt
