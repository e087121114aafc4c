// Orderings for the greedy colorings: which vertices (columns) come first.
//
// The degree of a vertex is counted over the short hyperedges (rows), with repetition: a neighbour met through two rows
// counts twice. Orderings are heuristics, and this keeps them linear in the visits of a greedy coloring.
#include <algorithm>
#include <cstdint>
#include <numeric>

#include "sparsead/rt/coloring.hpp"

namespace sparsead::rt {

namespace {

/// Vertices in doubly linked lists, one list per degree.
template <class Index> class degree_buckets {
public:
  degree_buckets(const std::vector<std::int64_t> &degree, std::int64_t highest)
      : head_(std::size_t(highest) + 1, Index(-1)), next_(degree.size()), before_(degree.size()), degree_(degree) {
    for (std::size_t v = degree.size(); v-- > 0;)
      put(Index(v));
  }

  std::int64_t degree(Index v) const { return degree_[std::size_t(v)]; }
  Index first(std::int64_t degree) const { return head_[std::size_t(degree)]; }
  std::int64_t highest() const { return std::int64_t(head_.size()) - 1; }

  void take(Index v) {
    const Index n = next_[std::size_t(v)], b = before_[std::size_t(v)];
    (b < 0 ? head_[std::size_t(degree_[std::size_t(v)])] : next_[std::size_t(b)]) = n;
    if (n >= 0)
      before_[std::size_t(n)] = b;
  }
  void move(Index v, int by) {
    take(v);
    degree_[std::size_t(v)] += by;
    put(v);
  }

private:
  void put(Index v) {
    Index &head = head_[std::size_t(degree_[std::size_t(v)])];
    next_[std::size_t(v)] = head;
    before_[std::size_t(v)] = -1;
    if (head >= 0)
      before_[std::size_t(head)] = v;
    head = v;
  }

  std::vector<Index> head_, next_, before_;
  std::vector<std::int64_t> degree_;
};

template <class Index> bool is_short(const csr_pattern<Index> &edges, Index e) {
  return edges.row_ptr[e + 1] - edges.row_ptr[e] <= long_row;
}

/// Visits what v meets through short edges, itself included.
template <class Index, class F>
void for_neighbours(const csr_pattern<Index> &vertices, const csr_pattern<Index> &edges, Index v, F f) {
  for (Index k = vertices.row_ptr[v]; k < vertices.row_ptr[v + 1]; ++k) {
    const Index e = vertices.col_ind[k];
    if (!is_short(edges, e))
      continue;
    for (Index l = edges.row_ptr[e]; l < edges.row_ptr[e + 1]; ++l)
      f(edges.col_ind[l]);
  }
}

template <class Index>
std::vector<std::int64_t> degrees(const csr_pattern<Index> &vertices, const csr_pattern<Index> &edges, bool long_too) {
  std::vector<std::int64_t> degree(std::size_t(vertices.rows), 0);
  for (Index v = 0; v < vertices.rows; ++v)
    for (Index k = vertices.row_ptr[v]; k < vertices.row_ptr[v + 1]; ++k) {
      const Index e = vertices.col_ind[k];
      if (long_too || is_short(edges, e))
        degree[std::size_t(v)] += edges.row_ptr[e + 1] - edges.row_ptr[e] - 1;
    }
  return degree;
}

template <class Index>
std::vector<Index> largest_first(const csr_pattern<Index> &vertices, const csr_pattern<Index> &edges) {
  const std::vector<std::int64_t> degree = degrees(vertices, edges, true);
  std::vector<Index> order(std::size_t(vertices.rows));
  std::iota(order.begin(), order.end(), Index(0));
  std::sort(order.begin(), order.end(), [&](Index a, Index b) {
    return degree[std::size_t(a)] != degree[std::size_t(b)] ? degree[std::size_t(a)] > degree[std::size_t(b)] : a < b;
  });
  return order;
}

/// Takes a vertex of smallest degree among those left, again and again; the order is the reverse of the taking.
template <class Index>
std::vector<Index> smallest_last(const csr_pattern<Index> &vertices, const csr_pattern<Index> &edges) {
  std::vector<std::int64_t> degree = degrees(vertices, edges, false);
  const std::int64_t highest = degree.empty() ? 0 : *std::max_element(degree.begin(), degree.end());
  degree_buckets<Index> buckets(degree, highest);
  std::vector<char> taken(std::size_t(vertices.rows), 0);
  std::vector<Index> order(std::size_t(vertices.rows));
  std::int64_t lowest = 0;
  for (std::size_t place = order.size(); place-- > 0;) {
    while (buckets.first(lowest) < 0)
      ++lowest;
    const Index v = buckets.first(lowest);
    buckets.take(v);
    taken[std::size_t(v)] = 1;
    order[place] = v;
    for_neighbours(vertices, edges, v, [&](Index u) {
      if (!taken[std::size_t(u)]) {
        buckets.move(u, -1);
        lowest = std::min(lowest, buckets.degree(u));
      }
    });
  }
  return order;
}

/// Takes a vertex with the most neighbours already taken; ties go to the smaller index where the buckets allow.
template <class Index>
std::vector<Index> incidence_degree(const csr_pattern<Index> &vertices, const csr_pattern<Index> &edges) {
  const std::vector<std::int64_t> full = degrees(vertices, edges, false);
  const std::int64_t highest = full.empty() ? 0 : *std::max_element(full.begin(), full.end());
  degree_buckets<Index> buckets(std::vector<std::int64_t>(full.size(), 0), highest);
  std::vector<char> taken(std::size_t(vertices.rows), 0);
  std::vector<Index> order;
  order.reserve(full.size());
  std::int64_t top = 0;
  while (order.size() < full.size()) {
    while (buckets.first(top) < 0)
      --top;
    const Index v = buckets.first(top);
    buckets.take(v);
    taken[std::size_t(v)] = 1;
    order.push_back(v);
    for_neighbours(vertices, edges, v, [&](Index u) {
      if (!taken[std::size_t(u)]) {
        buckets.move(u, 1);
        top = std::max(top, buckets.degree(u));
      }
    });
  }
  return order;
}

/// Fisher–Yates with a generator of our own: the same order under every standard library.
template <class Index> std::vector<Index> shuffled(Index n, std::uint32_t seed) {
  std::vector<Index> order(std::size_t(n), Index(0));
  std::iota(order.begin(), order.end(), Index(0));
  std::uint64_t state = 0x9E3779B97F4A7C15u * (std::uint64_t(seed) + 1);
  for (std::size_t i = order.size(); i > 1; --i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    std::swap(order[i - 1], order[std::size_t((state >> 11) % i)]);
  }
  return order;
}

} // namespace

template <class Index>
std::vector<Index> vertex_order(const csr_pattern<Index> &vertices, const csr_pattern<Index> &edges, ordering order,
                                std::uint32_t seed) {
  switch (order) {
  case ordering::largest_first:
    return largest_first(vertices, edges);
  case ordering::smallest_last:
    return smallest_last(vertices, edges);
  case ordering::incidence_degree:
    return incidence_degree(vertices, edges);
  case ordering::random:
    return shuffled(vertices.rows, seed);
  case ordering::natural:
  case ordering::best:
    break;
  }
  std::vector<Index> identity(std::size_t(vertices.rows));
  std::iota(identity.begin(), identity.end(), Index(0));
  return identity;
}

template std::vector<std::int32_t> vertex_order(const csr_pattern<std::int32_t> &, const csr_pattern<std::int32_t> &,
                                                ordering, std::uint32_t);
template std::vector<std::int64_t> vertex_order(const csr_pattern<std::int64_t> &, const csr_pattern<std::int64_t> &,
                                                ordering, std::uint32_t);

} // namespace sparsead::rt
