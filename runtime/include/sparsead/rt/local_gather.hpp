// The values of a local plan, second half: what the kernel has left in a buffer is summed where it belongs.
#pragma once
#include "index_array.hpp"
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace sparsead::rt {

struct local_program;

/// The kernel writes the partials of sites, in order of execution, one after the other into a buffer; only interiors
/// write values themselves. Each of the other values is then gathered: the first of its partials, and for those with
/// several the rest. Where a partial belongs to two values, with different signs perhaps (`r[a] += f; r[b] -= f;`), it
/// stands in the buffer once. Writing in order and reading scattered costs a third of adding to scattered places, and
/// needs neither zeros to begin with nor a place for partials that nobody wants.
///
/// Memory    4 bytes per partial and per gathered value. Cost: one read per partial, one write per value.
class local_gather {
public:
  local_gather() = default;
  /// Takes the stream of the program apart.
  explicit local_gather(const local_program &program);

  /// Words that the kernel reads: where interiors are.
  const std::int32_t *stream() const { return stream_.data(); }
  std::int64_t words() const { return static_cast<std::int64_t>(stream_.size()); }
  std::int64_t partials() const { return size_; }
  /// Doubles that the kernel writes, and one more.
  std::int64_t buffer_size() const { return size_ + 1; }
  void run(double *buffer, double *values) const;
  /// Values that interiors do not write.
  std::int64_t gathered() const { return static_cast<std::int64_t>(first_.size()); }

  bool operator==(const local_gather &o) const {
    return stream_ == o.stream_ && size_ == o.size_ && ranges_ == o.ranges_ && first_ == o.first_ && many_ == o.many_ &&
           begin_ == o.begin_ && rest_ == o.rest_ && signs_ == o.signs_;
  }
  /// All members, for writing and reading (local plans on disk). Visits std::vectors and integers.
  template <class Visit> void members(Visit &&visit) {
    visit(stream_);
    visit(size_);
    visit(ranges_);
    visit(first_);
    visit(many_);
    visit(begin_);
    visit(rest_);
    visit(signs_);
  }
  /// Is everything inside its bounds? For contents that come from a file.
  bool consistent(std::int64_t nnz) const;

private:
  friend class gather_builder;
  template <bool Signs> void run_all(const double *buffer, double *values) const;

  index_array<std::int32_t> stream_;
  std::int64_t size_ = 0;
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges_; ///< of positions that are gathered, ascending
  index_array<std::int32_t> first_; ///< per position in ranges; size_: none; ~k: the k-th, negated
  index_array<std::int32_t> many_;  ///< positions with several partials
  index_array<std::int32_t> begin_; ///< their rest: [begin_[k], begin_[k+1]) of rest_
  index_array<std::int32_t> rest_;
  std::int64_t signs_ = 0; ///< are there complements?
};

/// A partial that belongs to a position, which is counted among those that are gathered. Below zero, sources are
/// complements.
struct placed_partial {
  std::int32_t number, source;
};

/// Collects which partials belong to which positions, in any order; those of one position are added up as they came.
///
/// Memory    8 bytes per partial that is not the first of its position, while it lives. Cost: linear.
class gather_builder {
public:
  using ranges = std::vector<std::pair<std::int64_t, std::int64_t>>;

  gather_builder() = default;
  /// Positions that are gathered, ascending.
  explicit gather_builder(ranges gathered);
  /// So many partials will come; a hint.
  void expect(std::size_t partials) { rest_.reserve(partials); }
  /// Partial `source`, ~source: negated. Others than the gathered positions are left out.
  __attribute__((always_inline)) void add(std::int64_t position, std::int32_t source) {
    if ((position < low_ || position >= high_) && !look_up(position))
      return;
    std::int32_t &first = made_.first_[static_cast<std::size_t>(position + number_)];
    if (first == none)
      first = source;
    else
      rest_.push_back({static_cast<std::int32_t>(position + number_), source});
    made_.signs_ |= source < 0;
  }
  /// The only or first partials of so many positions, which have none yet. False: not all of them are gathered
  /// together; nothing is added.
  bool add_firsts(std::int64_t position, const std::int32_t *sources, std::int64_t count) {
    if ((position < low_ || position >= high_) && !look_up(position))
      return count == 0;
    if (position + count > high_)
      return false;
    std::int32_t *const first = made_.first_.data() + (position + number_);
    std::int32_t signs = 0;
    for (std::int64_t k = 0; k < count; ++k) {
      first[k] = sources[k];
      signs |= sources[k];
    }
    made_.signs_ |= signs < 0;
    return true;
  }
  /// Others, at positions that are counted from `position`, after `add_firsts` for them.
  void add_rest(std::int64_t position, const placed_partial *begin, const placed_partial *end) {
    const auto number = static_cast<std::int32_t>(position + number_);
    const std::size_t before = rest_.size();
    rest_.resize(before + static_cast<std::size_t>(end - begin));
    placed_partial *rest = rest_.data() + before;
    std::int32_t signs = 0;
    for (const placed_partial *p = begin; p < end; ++p, ++rest) {
      *rest = {number + p->number, p->source};
      signs |= p->source;
    }
    made_.signs_ |= signs < 0;
  }
  /// Both for all positions, none of which has one yet. False: not all are gathered; nothing is taken.
  bool take_all(index_array<std::int32_t> &firsts, index_array<placed_partial> &rest);
  /// `stream`: the words that the kernel reads; `partials`: how many it writes.
  local_gather finish(index_array<std::int32_t> stream, std::int64_t partials);

  static constexpr std::int32_t none = INT32_MIN; ///< instead of a source

private:
  bool look_up(std::int64_t position);
  void list_rest();

  local_gather made_;
  std::vector<std::int64_t> numbers_; ///< of each range's first position
  std::int64_t count_ = 0;            ///< positions; their list is made when the first partial comes
  index_array<placed_partial> rest_;
  std::size_t near_ = 0;
  std::int64_t low_ = 0, high_ = 0, number_ = 0; ///< the range that was met last; from position to number
};

/// A plan's second half, and what an evaluation works out: partials, beside those that are shared, and positions that
/// interiors write.
struct local_layout {
  local_gather gather;
  std::int64_t work = 0;
};

} // namespace sparsead::rt
