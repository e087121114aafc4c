#include "sparsead/rt/acyclic_coloring.hpp"
#include "sparsead/rt/edges_by_color.hpp"
#include <algorithm>
#include <numeric>

namespace sparsead::rt {
namespace {

/// Greedy. The edges between two colors are trees; all edges from a vertex to neighbours of one color belong to the
/// same one. A color is forbidden where two neighbours of one color are in the same tree with it: that would be a
/// cycle.
template <class Index> class acyclic_greedy {
public:
  explicit acyclic_greedy(const csr_pattern<Index> &graph)
      : graph_(graph), edges_(graph.col_ind.size()), colors_(static_cast<std::size_t>(graph.rows), -1),
        around_(colors_.size()) {}

  coloring_result run(const std::vector<Index> &order) {
    for (const Index v : order)
      if (graph_.row_ptr[static_cast<std::size_t>(v)] != graph_.row_ptr[static_cast<std::size_t>(v) + 1])
        place(static_cast<std::size_t>(v));
    return {std::move(colors_), num_colors_};
  }

private:
  template <class Visit> void for_each_colored(std::size_t v, Visit &&visit) const {
    for (auto k = static_cast<std::size_t>(graph_.row_ptr[v]); k < static_cast<std::size_t>(graph_.row_ptr[v + 1]);
         ++k) {
      const auto w = static_cast<std::size_t>(graph_.col_ind[k]);
      if (w != v && colors_[w] >= 0)
        visit(w);
    }
  }

  void place(std::size_t v) {
    ++visit_;
    forbidden_.resize(static_cast<std::size_t>(num_colors_), 0);
    auto forbid = [&](std::int32_t color) { forbidden_[static_cast<std::size_t>(color)] = visit_; };
    for_each_colored(v, [&](std::size_t w) { forbid(colors_[w]); });
    for_each_colored(v, [&](std::size_t w) {
      for (const std::int32_t color : around_[w]) {
        if (forbidden_[static_cast<std::size_t>(color)] == visit_)
          continue;
        auto &[when, from] = seen_[static_cast<std::size_t>(root(*edges_.find(w, color)))];
        if (when != visit_) {
          when = visit_;
          from = w;
        } else if (from != w) {
          forbid(color);
        }
      }
    });
    std::int32_t color = 0;
    while (color < num_colors_ && forbidden_[static_cast<std::size_t>(color)] == visit_)
      ++color;
    num_colors_ = std::max(num_colors_, color + 1);
    colors_[v] = color;
    for_each_colored(v, [&](std::size_t w) { join(v, w); });
  }

  /// The edge from v, just colored, to w unites the trees that its ends are in.
  void join(std::size_t v, std::size_t w) {
    const std::int32_t *const at_w = edges_.find(w, colors_[v]), *const at_v = edges_.find(v, colors_[w]);
    std::int32_t tree;
    if (at_w && at_v) {
      tree = root(*at_w);
      parent_[static_cast<std::size_t>(root(*at_v))] = tree;
    } else if (at_w || at_v) {
      tree = root(at_w ? *at_w : *at_v);
    } else {
      tree = static_cast<std::int32_t>(parent_.size());
      parent_.push_back(tree);
      seen_.push_back({0, 0});
    }
    if (!at_w) {
      edges_.insert(w, colors_[v], tree);
      around_[w].push_back(colors_[v]);
    }
    if (!at_v) {
      edges_.insert(v, colors_[w], tree);
      around_[v].push_back(colors_[w]);
    }
  }

  std::int32_t root(std::int32_t tree) {
    auto up = [&](std::int32_t t) -> std::int32_t & { return parent_[static_cast<std::size_t>(t)]; };
    while (up(tree) != tree)
      tree = up(tree) = up(up(tree)); // halves the way
    return tree;
  }

  const csr_pattern<Index> &graph_;
  edges_by_color edges_; // their trees
  std::vector<std::int32_t> colors_;
  std::vector<std::vector<std::int32_t>> around_;          // colors of its neighbours, each once
  std::vector<std::int32_t> parent_;                       // of trees that were united
  std::vector<std::pair<std::int64_t, std::size_t>> seen_; // by tree: visit, and the neighbour that is in it
  std::vector<std::int64_t> forbidden_;
  std::int64_t visit_ = 0;
  std::int32_t num_colors_ = 0;
};

} // namespace

template <class Index> coloring_result color_acyclic(const csr_pattern<Index> &full, const ordering *order) {
  return best_of_orders(full, order,
                        [&](const std::vector<Index> &vertices) { return acyclic_greedy<Index>(full).run(vertices); });
}

template <class Index> void substitution<Index>::run(double *v) const {
  for (std::size_t t = 0; t < order.size(); ++t) {
    double value = v[static_cast<std::size_t>(order[t])];
    for (std::size_t k = begin[t]; k < begin[t + 1]; ++k)
      value -= v[static_cast<std::size_t>(terms[k])];
    v[static_cast<std::size_t>(order[t])] = value;
  }
}

template <class Index>
substitution<Index> substitute(const csr_pattern<Index> &lower, const csr_pattern<Index> &full,
                               const coloring_result &coloring) {
  const auto size = static_cast<std::size_t>(full.rows), nnz = lower.col_ind.size();
  auto begin_of = [](const csr_pattern<Index> &p, std::size_t i) { return static_cast<std::size_t>(p.row_ptr[i]); };
  // The entry of the lower triangle that an entry of the full pattern is, and the other end of that.
  std::vector<Index> entry(full.col_ind.size());
  {
    std::vector<std::size_t> next(size);
    for (std::size_t i = 0; i < size; ++i)
      next[i] = begin_of(full, i);
    // Row by row the columns below the diagonal come first; those behind it in the order of their rows.
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t k = begin_of(lower, i); k < begin_of(lower, i + 1); ++k) {
        entry[next[i]++] = static_cast<Index>(k);
        if (const auto j = static_cast<std::size_t>(lower.col_ind[k]); j != i)
          entry[next[j]++] = static_cast<Index>(k);
      }
  }
  // A *branch* is a vertex and a color of its neighbours: all edges from there are in one tree. How many of them are
  // not known yet, and the sum of their numbers: once one is left, that is it.
  struct branch {
    std::int32_t left;
    Index first;
  };
  edges_by_color branches(full.col_ind.size());
  std::vector<branch> known;
  std::vector<std::size_t> member; // edges by branch: places in full
  std::vector<std::size_t> leaves; // branches with one edge that is not known
  std::vector<std::size_t> vertex; // of each branch
  auto color_of = [&](std::size_t v) { return coloring.colors[v]; };
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t k = begin_of(full, i); k < begin_of(full, i + 1); ++k)
      if (const auto j = static_cast<std::size_t>(full.col_ind[k]); j != i) {
        const std::int32_t number = static_cast<std::int32_t>(known.size());
        if (branches.insert(i, color_of(j), number)) {
          known.push_back({0, 0});
          vertex.push_back(i);
        }
        ++known[static_cast<std::size_t>(*branches.find(i, color_of(j)))].left;
      }
  std::vector<std::size_t> first(known.size() + 1, 0);
  for (std::size_t b = 0; b < known.size(); ++b)
    first[b + 1] = first[b] + static_cast<std::size_t>(known[b].left);
  member.resize(first.back());
  std::vector<std::size_t> next(first.begin(), first.end() - 1);
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t k = begin_of(full, i); k < begin_of(full, i + 1); ++k)
      if (const auto j = static_cast<std::size_t>(full.col_ind[k]); j != i)
        member[next[static_cast<std::size_t>(*branches.find(i, color_of(j)))]++] = k;

  substitution<Index> result;
  result.read.row.resize(nnz);
  result.read.color.resize(nnz);
  result.begin.push_back(0);
  std::vector<std::int64_t> depth(nnz, -1); // -1: not known yet
  // The diagonal stands alone: no neighbour has the color.
  for (std::size_t i = 0; i < size; ++i)
    for (std::size_t k = begin_of(lower, i); k < begin_of(lower, i + 1); ++k)
      if (static_cast<std::size_t>(lower.col_ind[k]) == i) {
        result.read.row[k] = static_cast<Index>(i);
        result.read.color[k] = color_of(i);
        depth[k] = 0;
      }
  // Generation by generation, so that ways stay short.
  std::vector<std::size_t> wave;
  for (std::size_t b = 0; b < known.size(); ++b)
    if (known[b].left == 1)
      wave.push_back(b);
  while (!wave.empty()) {
    leaves.clear();
    for (const std::size_t b : wave) {
      if (known[b].left != 1)
        continue; // the other end was first
      const std::size_t i = vertex[b];
      std::size_t place = 0;
      std::int64_t most = 0;
      for (std::size_t m = first[b]; m < first[b + 1]; ++m) {
        const auto k = static_cast<std::size_t>(entry[member[m]]);
        if (depth[k] < 0) {
          place = member[m];
        } else {
          result.terms.push_back(static_cast<Index>(k));
          most = std::max(most, depth[k] + 1);
        }
      }
      const auto k = static_cast<std::size_t>(entry[place]);
      const auto j = static_cast<std::size_t>(full.col_ind[place]);
      result.read.row[k] = static_cast<Index>(i);
      result.read.color[k] = color_of(j);
      depth[k] = most;
      result.depth = std::max(result.depth, most);
      if (most > 0) {
        result.order.push_back(static_cast<Index>(k));
        result.begin.push_back(result.terms.size());
      }
      --known[b].left;
      const auto other = static_cast<std::size_t>(*branches.find(j, color_of(i)));
      if (--known[other].left == 1)
        leaves.push_back(other);
    }
    wave.swap(leaves);
  }
  result.complete = std::find(depth.begin(), depth.end(), -1) == depth.end();
  return result;
}

#define SPARSEAD_RT_INSTANTIATE(INDEX)                                                                                 \
  template struct substitution<INDEX>;                                                                                 \
  template coloring_result color_acyclic(const csr_pattern<INDEX> &, const ordering *);                                \
  template substitution<INDEX> substitute(const csr_pattern<INDEX> &, const csr_pattern<INDEX> &,                      \
                                          const coloring_result &);
SPARSEAD_RT_INSTANTIATE(std::int32_t)
SPARSEAD_RT_INSTANTIATE(std::int64_t)
#undef SPARSEAD_RT_INSTANTIATE

} // namespace sparsead::rt
