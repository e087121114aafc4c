// Colorings for Hessians: products with one seed per color give all entries of a symmetric matrix directly.
#pragma once
#include "coloring.hpp"
#include "layout.hpp"
#include <cstdint>
#include <utility>
#include <vector>

namespace sparsead::rt {

/// Star coloring: neighbours have different colors, and no path of four vertices has two. Then each entry (i, j) stands
/// alone in the product H s of one of its two colors.
/// Requires  `full`: a structurally symmetric pattern, both triangles; diagonal entries may be there or not.
/// Returns   -1 for vertices without any entry. Deterministic; the best of the natural order, largest first and
///           smallest last where `order` is nullptr.
/// Cost      O(sum over the edges of the different colors around their ends), hash tables of the edges.
/// Source    Gebremedhin, Tarafdar, Manne and Pothen, 2007, Algorithm 4.1, with sets of hubs and of colors per vertex
///           in the place of scans of neighbours: a vertex of degree n costs O(n).
template <class Index> coloring_result color_star(const csr_pattern<Index> &full, const ordering *order = nullptr);

/// color(vertices in an order) in the order that is given; null: the best of the natural order, largest first and
/// smallest last.
template <class Index, class Color>
coloring_result best_of_orders(const csr_pattern<Index> &full, const ordering *order, Color &&color) {
  auto in_order = [&](ordering by) { return color(vertex_order(full, full, by)); };
  if (order && *order != ordering::best)
    return in_order(*order);
  coloring_result best = in_order(ordering::natural);
  for (const ordering by : {ordering::largest_first, ordering::smallest_last}) {
    if (best.num_colors <= 2)
      break;
    coloring_result other = in_order(by);
    if (other.num_colors < best.num_colors)
      best = std::move(other);
  }
  return best;
}

/// Where the entries of a pattern (one triangle or both) are found: in the product with color `color[k]`, in row
/// `row[k]`.
template <class Index> struct symmetric_recovery {
  std::vector<Index> row;
  std::vector<std::int32_t> color;
};
/// Requires  a star coloring of `full`, which holds the entries of `pattern` and their transposes.
/// Cost      O(entries).
template <class Index>
symmetric_recovery<Index> recover_star(const csr_pattern<Index> &pattern, const csr_pattern<Index> &full,
                                       const coloring_result &coloring);

/// Does each entry of the lower triangle stand alone in the product of one of its two colors?
/// Requires  colors in [-1, num_colors), -1 for vertices without entries only.
template <class Index> bool covers_star(const csr_pattern<Index> &lower, const coloring_result &coloring);

} // namespace sparsead::rt
