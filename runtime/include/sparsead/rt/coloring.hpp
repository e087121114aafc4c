// Colorings for compressed derivatives by one direction: columns that share no row (rows that share no column) may
// share a color.
#pragma once
#include <cstdint>
#include <vector>

#include "sparsead/rt/layout.hpp"

namespace sparsead::rt {

/// The order in which the greedy coloring visits the columns. `best` tries all of them, and improves the best by
/// recoloring class by class.
enum class ordering { natural, largest_first, smallest_last, incidence_degree, random, best };

struct coloring_result {
  std::vector<std::int32_t> colors; ///< in [0, num_colors), every color used; -1: a column (row) without entries
  std::int32_t num_colors = 0;
};

/// Structurally orthogonal partition of the columns: two columns with entries in one row have different colors.
/// Requires  a well-formed pattern (columns ascending and unique in each row). Deterministic.
/// Cost      greedy: O(sum over columns of the entries of its rows) where rows are short; a row of more than 64 entries
///           keeps the set of its colors and costs O(1) words per visit, so that one dense row of n entries costs O(n).
/// Source    Curtis, Powell and Reid, 1974; Coleman and Moré, 1983; Gebremedhin, Manne and Pothen, 2005.
template <class Index> coloring_result color_columns(const csr_pattern<Index> &pattern, ordering order);

/// The same for rows: two rows with entries in one column have different colors.
template <class Index> coloring_result color_rows(const csr_pattern<Index> &pattern, ordering order);

/// Partial: not every entry is wanted. Two columns share a color only where no row that has both wants one of the two;
/// a column of which nothing is wanted keeps -1 (its seed is zero), and disturbs nobody.
/// Requires  `wanted` runs along pattern.col_ind.
/// Cost      as above.
/// Source    Gebremedhin, Manne and Pothen, 2005, section 5.
template <class Index>
coloring_result color_wanted(const csr_pattern<Index> &pattern, const std::vector<char> &wanted, ordering order);

/// The orderings by themselves, shared by both colorings: vertices of one side of the bipartite graph whose other side
/// are `hyperedges` (rows, where columns are colored).
/// Requires  vertex_edges is the transpose of edge_vertices; order is not `best`.
/// Returns   a permutation of the vertices.
template <class Index>
std::vector<Index> vertex_order(const csr_pattern<Index> &vertex_edges, const csr_pattern<Index> &edge_vertices,
                                ordering order, std::uint32_t seed = 1);

/// A row longer than this takes no part in the degrees that change while an ordering is made, and keeps a set of its
/// colors in the greedy coloring.
inline constexpr int long_row = 64;

} // namespace sparsead::rt
