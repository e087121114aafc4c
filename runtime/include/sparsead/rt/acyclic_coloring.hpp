// Colorings for symmetric matrices that are recovered by substitution.
#pragma once
#include "coloring.hpp"
#include "star_coloring.hpp"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sparsead::rt {

/// Neighbours have different colors, and every cycle has at least three: the edges between two colors are a forest. A
/// star coloring is one, with stars for trees; an acyclic one may need fewer colors. Vertices without an entry keep -1.
/// Requires  a symmetric pattern. order: null: the best of a few.
/// Cost      O(sum over the edges of the colors around them), and union-find: a full row is no worse than others.
/// Source    Gebremedhin, Tarafdar, Manne and Pothen, 2007, section 3.2. Deterministic.
template <class Index> coloring_result color_acyclic(const csr_pattern<Index> &full, const ordering *order = nullptr);

/// How the lower triangle follows from the compressed products H S: value k, for k in `order`, is the product's entry
/// (row[k], color[k]) minus the values terms[begin[t]] … of values that come before it, where k = order[t].
template <class Index> struct substitution {
  symmetric_recovery<Index> read;
  std::vector<Index> order;
  std::vector<std::size_t> begin;
  std::vector<Index> terms;
  /// The most values that follow from each other one after the other: rounding errors add up along them.
  std::int64_t depth = 0;
  bool complete = true; ///< all values follow; else the coloring is not acyclic

  /// v: what was read; becomes the values.
  void run(double *v) const;
};

/// From the leaves of the trees inwards.
/// Requires  an acyclic coloring of `full`, whose lower triangle is `lower`.
/// Cost      O(rows + nnz).
template <class Index>
substitution<Index> substitute(const csr_pattern<Index> &lower, const csr_pattern<Index> &full,
                               const coloring_result &coloring);

} // namespace sparsead::rt
