// Structures that the caller gives: a pattern that a plan is to have, or the entries that are wanted.
#pragma once
#include "coloring.hpp"
#include "layout.hpp"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sparsead::rt {

enum class selection_kind : std::int32_t {
  prescribed = 0, ///< holds every entry of the function's pattern, and perhaps others, which are zero
  subset = 1,     ///< only these entries are computed
};

/// What a plan shows instead of the function's own pattern.
template <class Index> struct selection {
  selection_kind kind;
  csr_pattern<Index> shown;
  /// Where each shown entry stands in the function's pattern; -1: it is not there, and zero.
  std::vector<Index> from;

  /// v[k] = whole[from[k]].
  void pick(const double *whole, double *v) const;
};

/// The caller's arrays, not looked at yet.
template <class Index> struct given_structure {
  selection_kind kind;
  const Index *row_ptr;
  std::size_t row_ptr_size;
  const Index *col_ind;
  std::size_t col_ind_size;
};

/// Throws    std::invalid_argument, naming the function and the row: null arrays, wrong lengths, row pointers that
///           descend, columns out of range, out of order or double, and, for a prescribed structure, an entry of the
///           function that is not in it. Extents come from the function: rows and columns are those of `whole`.
/// Cost      O(rows + entries of both).
template <class Index>
selection<Index> make_selection(const char *function, const given_structure<Index> &given,
                                const csr_pattern<Index> &whole);

} // namespace sparsead::rt
