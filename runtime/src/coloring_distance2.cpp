// Greedy partial distance-2 coloring of one side of a bipartite graph.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "sparsead/rt/coloring.hpp"

namespace sparsead::rt {

namespace {

/// Which vertices each edge wants to tell from all others, along both lists of entries.
struct wanted_entries {
  std::vector<char> of_vertices, of_edges;
};

/// Vertices are colored so that no two of one edge share a color, or, where not all entries are wanted, no two of which
/// the edge wants one. Short edges are searched for the colors of their other vertices; a long edge keeps the set of
/// its colors as bits, and its smallest free color, so that a vertex costs one word or two for each of its long edges,
/// however long they are.
template <class Index> class greedy {
public:
  /// wanted: null: all. Vertices without a wanted entry are left out, and disturb nobody.
  greedy(const csr_pattern<Index> &vertices, const csr_pattern<Index> &edges, const wanted_entries *wanted = nullptr)
      : vertices_(vertices), edges_(edges), wanted_(wanted), color_(std::size_t(vertices.rows), -1) {
    long_number_.assign(std::size_t(edges.rows), -1);
    std::int32_t count = 0;
    for (Index e = 0; e < edges.rows; ++e)
      if (edges.row_ptr[e + 1] - edges.row_ptr[e] > long_row)
        long_number_[std::size_t(e)] = count++;
    long_edges_.resize(std::size_t(count));
  }

  coloring_result run(const std::vector<Index> &order) {
    std::fill(color_.begin(), color_.end(), -1);
    for (long_edge &edge : long_edges_)
      edge = {};
    std::int32_t count = 0;
    for (Index v : order)
      if (takes_part(v))
        count = std::max(count, place(v) + 1);
    return {color_, count};
  }

private:
  struct color_set {
    std::vector<std::uint64_t> words;
    std::int32_t first_free = 0;
    std::uint64_t word(std::size_t w) const { return w < words.size() ? words[w] : 0; }
    void add(std::int32_t color) {
      const auto w = std::size_t(color) / 64;
      if (w >= words.size())
        words.resize(std::max(w + 1, words.size() * 3 / 2), 0);
      words[w] |= std::uint64_t(1) << (color % 64);
      std::size_t f = std::size_t(first_free) / 64;
      while (word(f) == ~std::uint64_t(0))
        ++f;
      first_free = std::int32_t(f * 64) + __builtin_ctzll(~word(f));
    }
  };
  struct long_edge {
    color_set all, wanted; // `wanted` is kept where not everything is
  };

  bool takes_part(Index v) const {
    const auto begin = std::size_t(vertices_.row_ptr[v]), end = std::size_t(vertices_.row_ptr[v + 1]);
    if (!wanted_)
      return begin != end;
    return std::find(wanted_->of_vertices.begin() + std::ptrdiff_t(begin),
                     wanted_->of_vertices.begin() + std::ptrdiff_t(end),
                     1) != wanted_->of_vertices.begin() + std::ptrdiff_t(end);
  }

  void forbid(std::int32_t color) {
    const auto w = std::size_t(color) / 64;
    if (w >= forbidden_.size())
      forbidden_.resize(2 * w + 1, 0);
    if (!forbidden_[w])
      touched_.push_back(w);
    forbidden_[w] |= std::uint64_t(1) << (color % 64);
  }

  std::int32_t place(Index v) {
    std::int32_t start = 0;
    met_.clear();
    for (Index k = vertices_.row_ptr[v]; k < vertices_.row_ptr[v + 1]; ++k) {
      const Index e = vertices_.col_ind[k];
      const bool wanted = !wanted_ || wanted_->of_vertices[std::size_t(k)];
      if (long_number_[std::size_t(e)] >= 0) {
        long_edge &edge = long_edges_[std::size_t(long_number_[std::size_t(e)])];
        met_.push_back(wanted ? &edge.all : &edge.wanted);
        start = std::max(start, met_.back()->first_free);
        continue;
      }
      for (Index l = edges_.row_ptr[e]; l < edges_.row_ptr[e + 1]; ++l)
        if (const std::int32_t c = color_[std::size_t(edges_.col_ind[l])]; c >= 0)
          if (wanted || wanted_->of_edges[std::size_t(l)])
            forbid(c);
    }
    // Every color below `start` is taken in one of the long edges.
    auto w = std::size_t(start) / 64;
    std::uint64_t taken = (std::uint64_t(1) << (start % 64)) - 1;
    for (;; ++w, taken = 0) {
      if (w < forbidden_.size())
        taken |= forbidden_[w];
      for (const color_set *set : met_)
        taken |= set->word(w);
      if (~taken)
        break;
    }
    const auto color = std::int32_t(w * 64) + __builtin_ctzll(~taken);
    for (std::size_t t : touched_)
      forbidden_[t] = 0;
    touched_.clear();
    color_[std::size_t(v)] = color;
    for (Index k = vertices_.row_ptr[v]; k < vertices_.row_ptr[v + 1] && !met_.empty(); ++k)
      if (const std::int32_t number = long_number_[std::size_t(vertices_.col_ind[k])]; number >= 0) {
        long_edge &edge = long_edges_[std::size_t(number)];
        edge.all.add(color);
        if (wanted_ && wanted_->of_vertices[std::size_t(k)])
          edge.wanted.add(color);
      }
    return color;
  }

  const csr_pattern<Index> &vertices_, &edges_;
  const wanted_entries *wanted_;
  std::vector<std::int32_t> color_;
  std::vector<std::int32_t> long_number_; // by edge, -1 for a short one
  std::vector<long_edge> long_edges_;
  std::vector<const color_set *> met_;
  std::vector<std::uint64_t> forbidden_;
  std::vector<std::size_t> touched_;
};

/// The vertices class by class, in reverse: greedy coloring in this order never needs more colors.
/// Source    Culberson and Luo, 1996 (iterated greedy).
template <class Index> std::vector<Index> by_class(const coloring_result &coloring) {
  std::vector<std::size_t> start(std::size_t(coloring.num_colors) + 1, 0);
  for (std::int32_t c : coloring.colors)
    if (c >= 0)
      ++start[std::size_t(coloring.num_colors - 1 - c) + 1];
  for (std::size_t c = 0; c + 1 < start.size(); ++c)
    start[c + 1] += start[c];
  std::vector<Index> order(start.back());
  for (std::size_t v = 0; v < coloring.colors.size(); ++v)
    if (coloring.colors[v] >= 0)
      order[start[std::size_t(coloring.num_colors - 1 - coloring.colors[v])]++] = Index(v);
  return order;
}

/// In the order, or the best of several. The orders are those of the graph of vertices and edges; bound: no coloring
/// has fewer colors.
template <class Index>
coloring_result search(greedy<Index> &coloring, const csr_pattern<Index> &vertices, const csr_pattern<Index> &edges,
                       ordering order, std::int64_t bound) {
  if (order != ordering::best)
    return coloring.run(vertex_order(vertices, edges, order));
  coloring_result best = coloring.run(vertex_order(vertices, edges, ordering::natural));
  auto optimal = [&] { return best.num_colors <= bound; };
  auto attempt = [&](const std::vector<Index> &candidate) {
    if (coloring_result result = coloring.run(candidate); result.num_colors < best.num_colors)
      best = std::move(result);
  };
  for (ordering other : {ordering::largest_first, ordering::smallest_last, ordering::incidence_degree})
    if (!optimal())
      attempt(vertex_order(vertices, edges, other));
  for (std::uint32_t seed = 1; seed <= 2 && !optimal(); ++seed)
    attempt(vertex_order(vertices, edges, ordering::random, seed));
  for (int round = 0; round < 6 && !optimal(); ++round)
    if (coloring_result result = coloring.run(by_class<Index>(best)); result.num_colors <= best.num_colors)
      best = std::move(result);
  return best;
}

template <class Index>
coloring_result color(const csr_pattern<Index> &vertices, const csr_pattern<Index> &edges, ordering order) {
  // No coloring has fewer colors than the longest edge has vertices.
  Index bound = 0;
  for (Index e = 0; e < edges.rows; ++e)
    bound = std::max(bound, Index(edges.row_ptr[e + 1] - edges.row_ptr[e]));
  if (std::int64_t(bound) > std::numeric_limits<std::int32_t>::max())
    throw std::length_error("a coloring with more than 2^31 - 1 colors is not supported");
  Index used = 0;
  for (Index v = 0; v < vertices.rows; ++v)
    used += vertices.row_ptr[v] != vertices.row_ptr[v + 1];
  if (bound == used) {
    // One edge holds them all: every order gives as many colors as vertices.
    coloring_result result;
    result.colors.assign(std::size_t(vertices.rows), -1);
    for (Index v = 0; v < vertices.rows; ++v)
      if (vertices.row_ptr[v] != vertices.row_ptr[v + 1])
        result.colors[std::size_t(v)] = result.num_colors++;
    return result;
  }

  greedy<Index> coloring(vertices, edges);
  return search(coloring, vertices, edges, order, bound);
}

} // namespace

template <class Index> coloring_result color_columns(const csr_pattern<Index> &pattern, ordering order) {
  return color(transpose(pattern), pattern, order);
}

template <class Index> coloring_result color_rows(const csr_pattern<Index> &pattern, ordering order) {
  return color(pattern, transpose(pattern), order);
}

template <class Index>
coloring_result color_wanted(const csr_pattern<Index> &edges, const std::vector<char> &wanted, ordering order) {
  // The vertices' side, and the wanted entries by themselves, which the orders look at.
  csr_pattern<Index> few;
  few.rows = edges.rows;
  few.cols = edges.cols;
  few.row_ptr.assign(1, 0);
  wanted_entries entries;
  entries.of_edges = wanted;
  Index bound = 0;
  for (Index e = 0; e < edges.rows; ++e) {
    for (Index k = edges.row_ptr[e]; k < edges.row_ptr[e + 1]; ++k)
      if (wanted[std::size_t(k)])
        few.col_ind.push_back(edges.col_ind[std::size_t(k)]);
    few.row_ptr.push_back(Index(few.col_ind.size()));
    bound = std::max(bound, Index(few.row_ptr[std::size_t(e) + 1] - few.row_ptr[std::size_t(e)]));
  }
  const compressed_columns<Index> columns = csc(edges);
  csr_pattern<Index> vertices;
  vertices.rows = edges.cols;
  vertices.cols = edges.rows;
  vertices.row_ptr.assign(columns.ptr.begin(), columns.ptr.end());
  vertices.col_ind.assign(columns.ind.begin(), columns.ind.end());
  entries.of_vertices.resize(wanted.size());
  for (std::size_t k = 0; k < wanted.size(); ++k)
    entries.of_vertices[k] = wanted[std::size_t(columns.perm[k])];
  greedy<Index> coloring(vertices, edges, &entries);
  return search(coloring, transpose(few), few, order, bound);
}

template coloring_result color_wanted(const csr_pattern<std::int32_t> &, const std::vector<char> &, ordering);
template coloring_result color_wanted(const csr_pattern<std::int64_t> &, const std::vector<char> &, ordering);
template coloring_result color_columns(const csr_pattern<std::int32_t> &, ordering);
template coloring_result color_columns(const csr_pattern<std::int64_t> &, ordering);
template coloring_result color_rows(const csr_pattern<std::int32_t> &, ordering);
template coloring_result color_rows(const csr_pattern<std::int64_t> &, ordering);

} // namespace sparsead::rt
