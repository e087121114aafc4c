#include "sparsead/rt/star_coloring.hpp"
#include "sparsead/rt/edges_by_color.hpp"
#include <algorithm>

namespace sparsead::rt {
namespace {

/// Greedy. A *star* is a set of edges of two colors that meet in one vertex, its hub; it has a hub once it has two
/// edges.
template <class Index> class star_greedy {
public:
  explicit star_greedy(const csr_pattern<Index> &graph)
      : graph_(graph), edges_(graph.col_ind.size()), colors_(static_cast<std::size_t>(graph.rows), -1),
        hubs_(colors_.size()), around_(colors_.size()) {}

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
    first_.resize(static_cast<std::size_t>(num_colors_), {0, 0});
    auto forbid = [&](std::int32_t color) { forbidden_[static_cast<std::size_t>(color)] = visit_; };
    auto forbid_around = [&](std::size_t w) {
      for (const std::int32_t color : around_[w])
        forbid(color);
    };
    for_each_colored(v, [&](std::size_t w) {
      forbid(colors_[w]);
      auto &[when, other] = first_[static_cast<std::size_t>(colors_[w])];
      if (when == visit_) { // v will be the hub of a star of w, other, …: these may have no edge of v's color
        forbid_around(other);
        forbid_around(w);
      } else {
        when = visit_;
        other = w;
        for (const std::size_t hub : hubs_[w]) // w is a leaf there
          forbid(colors_[hub]);
      }
    });
    std::int32_t color = 0;
    while (color < num_colors_ && forbidden_[static_cast<std::size_t>(color)] == visit_)
      ++color;
    num_colors_ = std::max(num_colors_, color + 1);
    colors_[v] = color;
    for_each_colored(v, [&](std::size_t w) { join(v, w); });
  }

  /// The edge from v, just colored, to w joins a star.
  void join(std::size_t v, std::size_t w) {
    const std::int32_t color = colors_[v];
    std::int32_t star;
    if (const std::int32_t *const edge = edges_.find(w, color)) {
      star = *edge;
      set_hub(star, w);
      hubs_[v].push_back(w);
    } else if (const std::int32_t *const other = edges_.find(v, colors_[w])) {
      star = *other;
      set_hub(star, v);
      hubs_[w].push_back(v);
    } else {
      star = static_cast<std::int32_t>(stars_.size());
      stars_.push_back({v, w, false});
    }
    if (edges_.insert(w, color, star))
      around_[w].push_back(color);
    if (edges_.insert(v, colors_[w], star))
      around_[v].push_back(colors_[w]);
  }

  /// From its second edge on a star has a hub; the other end of the first is a leaf.
  void set_hub(std::int32_t number, std::size_t hub) {
    star &s = stars_[static_cast<std::size_t>(number)];
    if (s.has_hub)
      return;
    s.has_hub = true;
    hubs_[s.a == hub ? s.b : s.a].push_back(hub);
  }

  struct star {
    std::size_t a, b; // ends of its first edge
    bool has_hub;
  };
  const csr_pattern<Index> &graph_;
  edges_by_color edges_; // their stars
  std::vector<std::int32_t> colors_;
  std::vector<std::vector<std::size_t>> hubs_;    // of stars in which the vertex is a leaf
  std::vector<std::vector<std::int32_t>> around_; // colors of its neighbours, each once
  std::vector<star> stars_;
  std::vector<std::int64_t> forbidden_;
  std::vector<std::pair<std::int64_t, std::size_t>> first_; // by color: visit and neighbour
  std::int64_t visit_ = 0;
  std::int32_t num_colors_ = 0;
};

} // namespace

template <class Index> coloring_result color_star(const csr_pattern<Index> &full, const ordering *order) {
  return best_of_orders(full, order,
                        [&](const std::vector<Index> &vertices) { return star_greedy<Index>(full).run(vertices); });
}

template <class Index>
symmetric_recovery<Index> recover_star(const csr_pattern<Index> &pattern, const csr_pattern<Index> &full,
                                       const coloring_result &coloring) {
  const auto size = static_cast<std::size_t>(full.rows);
  symmetric_recovery<Index> result;
  result.row.resize(pattern.col_ind.size());
  result.color.resize(pattern.col_ind.size());
  // By row: how often each color occurs in it.
  std::vector<Index> last(static_cast<std::size_t>(coloring.num_colors), Index(-1));
  std::vector<Index> count(last.size(), 0);
  for (std::size_t i = 0; i < size; ++i) {
    for (auto k = static_cast<std::size_t>(full.row_ptr[i]); k < static_cast<std::size_t>(full.row_ptr[i + 1]); ++k) {
      const auto c = static_cast<std::size_t>(coloring.colors[static_cast<std::size_t>(full.col_ind[k])]);
      if (last[c] != static_cast<Index>(i)) {
        last[c] = static_cast<Index>(i);
        count[c] = 0;
      }
      ++count[c];
    }
    for (auto k = static_cast<std::size_t>(pattern.row_ptr[i]); k < static_cast<std::size_t>(pattern.row_ptr[i + 1]);
         ++k) {
      const Index j = pattern.col_ind[k];
      const std::int32_t c = coloring.colors[static_cast<std::size_t>(j)];
      const bool alone = count[static_cast<std::size_t>(c)] == 1;
      result.row[k] = alone ? static_cast<Index>(i) : j;
      result.color[k] = alone ? c : coloring.colors[i];
    }
  }
  return result;
}

template <class Index> bool covers_star(const csr_pattern<Index> &lower, const coloring_result &coloring) {
  std::vector<Index> from;
  const csr_pattern<Index> full = both_triangles(lower, from);
  std::vector<char> read(lower.col_ind.size(), 0);
  std::vector<std::pair<Index, Index>> met(static_cast<std::size_t>(coloring.num_colors), {Index(-1), Index(0)});
  for (std::size_t i = 0; i < static_cast<std::size_t>(full.rows); ++i) {
    const auto begin = static_cast<std::size_t>(full.row_ptr[i]), end = static_cast<std::size_t>(full.row_ptr[i + 1]);
    auto at = [&](std::size_t k) -> std::pair<Index, Index> & {
      return met[static_cast<std::size_t>(coloring.colors[static_cast<std::size_t>(full.col_ind[k])])];
    };
    for (std::size_t k = begin; k < end; ++k) {
      auto &[row, times] = at(k);
      times = row == static_cast<Index>(i) ? times + 1 : Index(1);
      row = static_cast<Index>(i);
    }
    for (std::size_t k = begin; k < end; ++k)
      if (at(k).second == 1)
        read[static_cast<std::size_t>(from[k])] = 1;
  }
  return std::find(read.begin(), read.end(), 0) == read.end();
}

#define SPARSEAD_RT_INSTANTIATE(INDEX)                                                                                 \
  template coloring_result color_star(const csr_pattern<INDEX> &, const ordering *);                                   \
  template symmetric_recovery<INDEX> recover_star(const csr_pattern<INDEX> &, const csr_pattern<INDEX> &,              \
                                                  const coloring_result &);                                            \
  template bool covers_star(const csr_pattern<INDEX> &, const coloring_result &);
SPARSEAD_RT_INSTANTIATE(std::int32_t)
SPARSEAD_RT_INSTANTIATE(std::int64_t)
#undef SPARSEAD_RT_INSTANTIATE

} // namespace sparsead::rt
