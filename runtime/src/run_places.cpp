// Which values the partials belong to that interiors do not write themselves.
#include "sparsead/rt/local_record.hpp"
#include "sparsead/rt/run_structure.hpp"
#include <array>

namespace sparsead::rt {

/// Partials [from, to), counted among all, are not made.
template <class Index> void structure_builder<Index>::leave_out(std::int64_t from, std::int64_t to) {
  if (from == to)
    return;
  if (dense_rows_ > 0) { // who else asks?
    if (!absent_.empty() && absent_.back().end == from)
      absent_.back().end = to;
    else
      absent_.push_back({from, to, absent_count_});
  }
  absent_count_ += to - from;
}

/// Visits the partials of a block of runs, but for those of the fast range: visit(run, iteration, number of the run's
/// first partial among those that are made). Returns how many are made, from `made` on.
template <class Index>
template <class Visit>
std::int64_t structure_builder<Index>::for_each_made(const block &b, const fast_pair &fast, const numbering &numbers,
                                                     std::int64_t made, Visit &&visit) {
  const std::int64_t count = b.end - b.begin;
  std::int64_t skip_from = count, skip_to = count; // iterations of the fast range
  if (b.stream >= 0 && fast.first < b.end && fast.second > b.begin && fast.first < fast.second) {
    skip_from = std::max<std::int64_t>(fast.first - b.begin, 0);
    skip_to = std::min(fast.second - b.begin, count);
  }
  for (std::int64_t t = 0; t < count; ++t) {
    if (t == skip_from) {
      t = skip_to - 1;
      continue;
    }
    for (std::size_t k = b.first; k < b.last; ++k)
      if (const run &r = recorder_.runs_[k]; r.distinct > 0)
        visit(r, t, made + numbers.offsets[k - b.first]);
    made += numbers.per_iteration;
  }
  return made;
}

/// The partials of a block of runs in closed rows; where several runs meet, entries know.
template <class Index>
void structure_builder<Index>::place_runs(const block &b, const fast_pair &fast, gather_builder &gather) {
  numbering &numbers = of_block_;
  if (recorder_.runs_[b.first].site < 0)
    return; // memory is filled
  number_block(numbers, b);
  const std::int64_t first = b.source - absent_count_, all = (b.end - b.begin) * numbers.per_iteration;
  const std::int64_t end =
      for_each_made(b, fast, numbers, first, [&](const run &r, std::int64_t t, std::int64_t source) {
        const std::int64_t row = r.row + t * r.row_step;
        if (const segment *const s = segment_of(row); !s || s->base >= 0)
          return;
        const abi::local_site &of = site(r.site);
        const auto *const slot = recorder_.slots_.data() + r.slots;
        const std::int64_t begin = row_begin(row);
        layout_.work += of.num_slots - partials_of(of);
        for (std::int32_t k = 0; k < of.num_slots; ++k)
          if (slot[k].rank >= 0)
            gather.add(begin + slot[k].rank, static_cast<std::int32_t>(source_of(of, source, k)));
      });
  if (const std::int64_t absent = all - (end - first); absent > 0) {
    // Those before the fast range, then the range: one interval.
    const std::int64_t before = std::max<std::int64_t>(fast.first - b.begin, 0) * numbers.per_iteration;
    leave_out(b.source + before, b.source + before + absent);
  }
}

/// The partials of all lines of a group: those of the first, moved.
template <class Index>
void structure_builder<Index>::place_group(const group &g, const fast_pair &fast, gather_builder &gather) {
  numbering &numbers = of_block_;
  struct place {
    std::int64_t position, hop;
    std::int32_t source, sign; ///< counted from the beginning of the line; -1: negated
  };
  std::vector<place> places;
  std::int64_t made = 0, all = 0;
  for (std::size_t k = g.first_block; k < g.last_block; ++k) {
    const block &b = recorder_.blocks_[k];
    if (b.kind != block::runs)
      continue;
    number_block(numbers, b);
    made = for_each_made(b, fast, numbers, made, [&](const run &r, std::int64_t t, std::int64_t source) {
      const abi::local_site &of = site(r.site);
      const auto *const slot = recorder_.slots_.data() + r.slots;
      const std::int64_t row = r.row + t * r.row_step, begin = row_begin(row), hop = row_begin(row + r.row_hop) - begin;
      layout_.work += g.lines * (of.num_slots - partials_of(of));
      for (std::int32_t s = 0; s < of.num_slots; ++s)
        if (slot[s].rank >= 0)
          places.push_back({begin + slot[s].rank, hop, static_cast<std::int32_t>(source + partial_of(of, s)),
                            negates(of, s) ? -1 : 0});
    });
    all += (b.end - b.begin) * numbers.per_iteration;
  }
  const std::int64_t start = recorder_.blocks_[g.first_block].source;
  std::int64_t first = start - absent_count_;
  for (std::int64_t line = 0; line < g.lines; ++line, first += made)
    for (place &p : places) {
      gather.add(p.position, static_cast<std::int32_t>(first + p.source) ^ p.sign);
      p.position += p.hop;
    }
  // Which ones are not made is of no interest to others, only how many.
  leave_out(start, start + g.lines * (all - made));
}

/// Of single executions, only those of fast ranges are of interest here: their rows' entries know the rest.
template <class Index> void structure_builder<Index>::skip_executions(const block &b, const fast_pair &fast) {
  const std::int64_t from = std::max(b.begin, fast.first), to = std::min(b.end, fast.second);
  if (from < to) {
    const std::int64_t sources = b.sources / (b.end - b.begin);
    leave_out(b.source + (from - b.begin) * sources, b.source + (to - b.begin) * sources);
  }
}

/// The partials of rows with several origins.
template <class Index> void structure_builder<Index>::place_dense(gather_builder &gather) {
  if (absent_.empty() && segments_.size() == 1 && gather.take_all(firsts_, rest_))
    return;
  gather.expect(rest_.size());
  std::size_t near = 0; // the first of absent_ that ends behind
  // False: it is not made.
  auto renumber = [&](std::int64_t &partial) {
    if (absent_.empty())
      return true;
    auto right = [&](std::size_t k) {
      return (k == absent_.size() || absent_[k].end > partial) && (k == 0 || absent_[k - 1].end <= partial);
    };
    if (!right(near))
      near = static_cast<std::size_t>(
          std::partition_point(absent_.begin(), absent_.end(), [&](const absent &a) { return a.end <= partial; }) -
          absent_.begin());
    if (near < absent_.size() && absent_[near].begin <= partial)
      return false;
    partial -= near < absent_.size() ? absent_[near].before : absent_count_;
    return true;
  };
  auto add = [&](std::int64_t position, std::int32_t source) {
    std::int64_t partial = source < 0 ? ~source : source;
    if (renumber(partial))
      gather.add(position, static_cast<std::int32_t>(source < 0 ? ~partial : partial));
  };
  // Mostly all of a block are made, with the same ones left out before them.
  std::array<std::int32_t, 512> moved;
  auto add_block = [&](std::int64_t position, const std::int32_t *sources, std::int64_t count) {
    const auto [low, high] = std::minmax_element(sources, sources + count);
    if (*low < 0)
      return false;
    const auto next =
        std::partition_point(absent_.begin(), absent_.end(), [&](const absent &a) { return a.end <= *low; });
    if (next != absent_.end() && next->begin <= *high)
      return false;
    const auto by = static_cast<std::int32_t>(next == absent_.end() ? absent_count_ : next->before);
    for (std::int64_t k = 0; k < count; ++k)
      moved[static_cast<std::size_t>(k)] = sources[k] - by;
    return gather.add_firsts(position, moved.data(), count);
  };
  std::int64_t place = 0; // in columns_
  const placed_partial *other = rest_.data(), *const end = other + rest_.size();
  for (const segment &s : segments_) {
    if (s.base < 0)
      continue;
    const std::int64_t begin = row_begin(s.low), count = row_begin(s.high + 1) - begin, move = begin - place;
    const std::int32_t *const firsts = firsts_.data() + place;
    const bool together = absent_.empty() && gather.add_firsts(begin, firsts, count);
    for (std::int64_t k = 0; !together && k < count;) {
      const std::int64_t end_of_block = std::min(count, k + static_cast<std::int64_t>(moved.size()));
      if (add_block(begin + k, firsts + k, end_of_block - k))
        k = end_of_block;
      for (; k < end_of_block; ++k)
        add(begin + k, firsts[k]);
    }
    place += count;
    const placed_partial *const first = other;
    for (; other < end && other->number < place; ++other)
      if (!together)
        add(move + other->number, other->source);
    if (together)
      gather.add_rest(move, first, other);
  }
}

template void structure_builder<std::int32_t>::place_runs(const block &, const fast_pair &, gather_builder &);
template void structure_builder<std::int32_t>::place_group(const group &, const fast_pair &, gather_builder &);
template void structure_builder<std::int32_t>::skip_executions(const block &, const fast_pair &);
template void structure_builder<std::int32_t>::place_dense(gather_builder &);
template void structure_builder<std::int64_t>::place_runs(const block &, const fast_pair &, gather_builder &);
template void structure_builder<std::int64_t>::place_group(const group &, const fast_pair &, gather_builder &);
template void structure_builder<std::int64_t>::skip_executions(const block &, const fast_pair &);
template void structure_builder<std::int64_t>::place_dense(gather_builder &);

} // namespace sparsead::rt
