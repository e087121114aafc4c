// Colorings for compressed derivatives by both directions: dense rows are swept backwards, the rest forwards.
#pragma once
#include "coloring.hpp"
#include "layout.hpp"
#include <cstdint>
#include <optional>
#include <vector>

namespace sparsead::rt {

/// Colors of columns and of rows; -1: uncolored, its seed is zero.
struct bicoloring_result {
  coloring_result columns, rows;
};

/// Entry (i, j) is *read from columns* where j has a color and no other column of that color has an entry in row i: it
/// is row i of the product with that color. It is *read from rows* where the same holds of i and column j. A coloring
/// *covers* a pattern where each entry is one or the other. (Star bicolorings of the bipartite graph are such.)
/// Returns   for each entry, along pattern.col_ind, whether it is read from rows: where it can be, from columns. None:
///           the coloring does not cover the pattern.
/// Requires  colors of all columns and rows, in [-1, num_colors).
/// Cost      O(rows + cols + nnz).
template <class Index>
std::optional<std::vector<char>> read_from_rows(const csr_pattern<Index> &pattern, const bicoloring_result &coloring);

/// A coloring that covers the pattern, with a small columns.num_colors + row_weight * rows.num_colors; of a matrix with
/// a full row, a full column and a diagonal: two colors of columns, and one of rows. No worse than the coloring of the
/// columns alone in that order. Every color is used. Deterministic.
///
/// Rows with few entries left, and columns with few, are taken away in turns; what is taken with a row is to be read
/// from columns, what is taken with a column from rows. The most entries taken with a row (a column) bound the colors
/// of columns (rows) from below, and which of the two bounds grows is decided by what it costs. Then the columns are
/// colored for what is to be read from them, and the rows for what cannot be.
/// Requires  row_weight > 0.
/// Cost      O(rows + cols + nnz) and that of a few colorings (coloring.hpp).
/// Source    Coleman and Verma, 1998 (direct covers by two sides); Gebremedhin, Manne and Pothen, 2005, section 6.
template <class Index>
bicoloring_result color_both(const csr_pattern<Index> &pattern, ordering order, double row_weight);

} // namespace sparsead::rt
