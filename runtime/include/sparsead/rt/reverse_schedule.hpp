// Compressed reverse mode: which rows are swept together, and which entries are read afterwards.
#pragma once
#include "abi.hpp"
#include "coloring.hpp"
#include "layout.hpp"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sparsead::rt {

/// Expected cost in calls of the function; measured on stencils, two stages and a recurrence (2.0 to 2.9; 6 to 22 for
/// one to three colors, 18 to 21 for five).
struct reverse_cost {
  /// By the compiled adjoint, one color after the other: with the function's own sweep.
  static double by_adjoint(std::int32_t colors) { return 2.5 * colors; }
  static std::int32_t sweeps_of(std::int32_t colors) { return (colors + 3) / 4; }
  /// By a record of one call, swept for four colors at a time.
  static double by_tape(std::int32_t colors) { return 14.0 + 6.0 * sweeps_of(colors); }
  static bool takes_adjoint(const abi::jacobian_descriptor &d, std::int32_t colors) {
    return d.adjoint && (!d.record || by_adjoint(colors) <= by_tape(colors));
  }
  static double of(const abi::jacobian_descriptor &d, std::int32_t colors) {
    return takes_adjoint(d, colors) ? by_adjoint(colors) : by_tape(colors);
  }
};

/// J(i,j) = adjoint of column j after the sweep of color[i], for (i,j) in the pattern and read from rows.
template <class Index> struct reverse_schedule {
  /// from_rows: along pattern.col_ind; empty: all.
  reverse_schedule(const coloring_result &coloring, std::vector<char> from_rows);

  std::int32_t num_colors() const { return static_cast<std::int32_t>(begin.size()) - 1; }

  std::vector<std::size_t> begin; ///< by color: of its rows
  std::vector<Index> rows;
  std::vector<char> from_rows;
};

extern template struct reverse_schedule<std::int32_t>;
extern template struct reverse_schedule<std::int64_t>;

} // namespace sparsead::rt
