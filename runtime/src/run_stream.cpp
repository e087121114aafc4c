// Positions for the values kernel from the record of a structure program.
#include "sparsead/rt/run_structure.hpp"

namespace sparsead::rt {
namespace {

constexpr std::int64_t shortest_range = 4; ///< iterations: with fewer it does not pay

} // namespace

/// -1: not in the pattern.
template <class Index> std::int64_t structure_builder<Index>::find(std::int64_t row, std::int32_t column) const {
  const Index *const columns = pattern_.col_ind.data(), *const begin = columns + row_begin(row),
                     *const end = columns + row_begin(row + 1);
  const Index *const found = std::lower_bound(begin, end, static_cast<Index>(column));
  return found == end || *found != static_cast<Index>(column) ? -1 : found - columns;
}

// --- fast ranges -----------------------------------------------------------------------------------------------------

template <class Index> void structure_builder<Index>::close_fast(fast_range &open, std::int64_t next) {
  if (open.length() >= std::max(fast_.length() + 1, shortest_range))
    fast_ = open;
  open.first = open.last = next;
}

/// Iterations [from, to) of the run, as many as possible, in rows that nothing else concerns.
template <class Index>
void structure_builder<Index>::closed_range(const run &r, bool grouped, std::int64_t &from, std::int64_t &to) {
  const std::int64_t low = r.low(), high = r.high();
  const bool whole = grouped || r.distinct == 0; // the latter writes nothing
  from = 0;
  to = whole ? r.count : 0;
  for (std::int64_t row = low; row <= high && !whole;) {
    const segment *const s = segment_of(row);
    if (!s)
      break; // not met: its rows are claimed
    const std::int64_t last = std::min(high, s->high);
    if (s->base < 0 && s->box < 0) {
      const std::int64_t hop = std::abs(r.row_step);
      std::int64_t first_t = (row - low + hop - 1) / hop, end_t = (last - low) / hop + 1; // counted from low
      if (r.row_step < 0) {
        const std::int64_t first_from_high = r.count - end_t;
        end_t = r.count - first_t;
        first_t = first_from_high;
      }
      if (end_t - first_t > to - from) {
        from = first_t;
        to = end_t;
      }
    }
    row = last + 1;
  }
}

/// One iteration after the other, where rows of runs are not closed.
template <class Index>
void structure_builder<Index>::fast_iterations(const block &b, fast_range &open,
                                               const std::vector<std::int32_t> &sites) {
  for (std::size_t s = 0; s < sites.size(); ++s)
    if (recorder_.runs_[b.first + s].site != sites[s])
      return close_fast(open, b.begin);
  std::vector<std::int32_t> words;
  std::int64_t time = b.time;
  for (std::int64_t t = 0; t < b.end - b.begin; ++t, time += static_cast<std::int64_t>(sites.size())) {
    words.clear();
    for (std::size_t s = 0; s < sites.size(); ++s) {
      const run &r = recorder_.runs_[b.first + s];
      words.push_back(static_cast<std::int32_t>(r.row + t * r.row_step));
      for (std::int32_t k = 0; k < site(r.site).num_slots; ++k)
        words.push_back(word_at(recorder_.slots_[r.slots + static_cast<std::size_t>(k)], t));
    }
    extend_fast(open, b.begin + t, words.data(), time, sites);
  }
}

/// The next iteration, with its words.
template <class Index>
void structure_builder<Index>::extend_fast(fast_range &open, std::int64_t iv, const std::int32_t *words,
                                           std::int64_t time, const std::vector<std::int32_t> &sites) {
  if (open.last > open.first && open.last == iv && matches(words, iv - open.first, time, open.bases, sites)) {
    ++open.last;
    return;
  }
  close_fast(open, iv);
  open.bases.assign(sites.size(), -1);
  open.last = iv + (matches(words, 0, time, open.bases, sites) ? 1 : 0);
}

template <class Index>
void structure_builder<Index>::fast_runs(std::size_t number, const block &entry, fast_range &open, bool grouped) {
  const block &b = recorder_.blocks_[number];
  const std::vector<std::int32_t> &sites = recorder_.loop_sites_[static_cast<std::size_t>(b.stream)];
  if (b.begin < entry.begin || b.end > entry.end || b.last - b.first != sites.size())
    return close_fast(open, b.begin);
  std::int64_t from = 0, to = b.end - b.begin;
  fast_range mine;
  mine.bases.assign(sites.size(), 0);
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const run &r = recorder_.runs_[b.first + s];
    std::int64_t first, last;
    closed_range(r, grouped, first, last);
    from = std::max(from, first);
    to = std::min(to, last);
    if (r.site != sites[s])
      return close_fast(open, b.begin);
  }
  if (grouped && to - from < shortest_range)
    return close_fast(open, b.begin);
  if (to - from < shortest_range || to - from < (b.end - b.begin) / 2)
    return fast_iterations(b, open, sites);
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const run &r = recorder_.runs_[b.first + s];
    const abi::local_site &of = site(r.site);
    const auto *const slot = recorder_.slots_.data() + r.slots;
    std::int64_t shift = INT64_MIN; // from ranks to offsets
    for (std::int32_t k = 0; k < of.num_slots; ++k) {
      const std::int32_t offset = of.offsets ? of.offsets[k] : -1;
      if ((slot[k].column == -1) != (offset < 0))
        return close_fast(open, b.begin);
      if (offset < 0)
        continue;
      if (slot[k].rank < 0 || (shift != INT64_MIN && shift != slot[k].rank - offset))
        return close_fast(open, b.begin);
      shift = slot[k].rank - offset;
    }
    if (shift == INT64_MIN)
      continue; // no slots
    auto begin_at = [&](std::int64_t t) { return row_begin(r.row + t * r.row_step); };
    // Rows between two of this run have as many entries each time where they are closed, too; otherwise that is seen.
    bool even = std::abs(r.row_step) == 1 && of.stride == r.distinct * r.row_step;
    if (!even && std::abs(r.row_step) != 1) {
      even = true;
      for (std::int64_t t = from; even && t + 1 < to; ++t)
        even = begin_at(t + 1) - begin_at(t) == of.stride;
    }
    mine.bases[s] = begin_at(from) + shift;
    if (!even || mine.bases[s] < 0)
      return close_fast(open, b.begin);
  }
  mine.first = b.begin + from;
  mine.last = b.begin + to;
  mine.block = number;
  // Does it continue what is open? In lines of a group, blocks may move differently.
  bool continues = !grouped && open.last > open.first && open.last == mine.first;
  for (std::size_t s = 0; continues && s < sites.size(); ++s)
    continues = site(sites[s]).num_slots == 0 ||
                mine.bases[s] == open.bases[s] + (mine.first - open.first) * site(sites[s]).stride;
  if (continues) {
    open.last = mine.last;
  } else {
    close_fast(open, mine.first);
    open = mine;
  }
  if (to < b.end - b.begin)
    close_fast(open, b.end);
}

/// Is the iteration at `word`, rows and columns of its sites, where the compiler has guessed, `steps` iterations after
/// one with these bases? A base of -1 is not known yet.
template <class Index>
bool structure_builder<Index>::matches(const std::int32_t *word, std::int64_t steps, std::int64_t time,
                                       std::vector<std::int64_t> &bases, const std::vector<std::int32_t> &sites) {
  const Index *const columns = pattern_.col_ind.data();
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const abi::local_site &of = site(sites[s]);
    const std::int64_t row = word[0], dense = dense_row(row);
    if (dense >= 0 && ((!writers_.empty() && writers_[static_cast<std::size_t>(dense)] > 1) ||
                       is_dead(dense, time + static_cast<std::int64_t>(s))))
      return false;
    ++word;
    const std::int64_t begin = row_begin(row), end = row_begin(row + 1);
    for (std::int32_t k = 0; k < of.num_slots; ++k) {
      const std::int32_t column = column_of(word[k]), offset = of.offsets ? of.offsets[k] : -1;
      if ((column < 0) != (offset < 0))
        return false;
      if (offset < 0)
        continue;
      if (bases[s] < 0) {
        bases[s] = find(row, column) - offset;
        if (bases[s] < 0)
          return false;
      }
      const std::int64_t position = bases[s] + steps * of.stride + offset;
      if (position < begin || position >= end || columns[position] != static_cast<Index>(column))
        return false;
    }
    word += of.num_slots;
  }
  return true;
}

template <class Index>
void structure_builder<Index>::fast_executions(const block &b, const block &entry, fast_range &open) {
  const std::vector<std::int32_t> &sites = recorder_.loop_sites_[static_cast<std::size_t>(b.stream)];
  if (!b.words || recorder_.shape_at(b.shape).sites != sites)
    return close_fast(open, b.begin);
  const std::size_t words = recorder_.shape_at(b.shape).words;
  const std::int32_t *word = b.words;
  std::int64_t time = b.time;
  for (std::int64_t iv = b.begin; iv < b.end; ++iv, word += words, time += static_cast<std::int64_t>(sites.size())) {
    if (iv < entry.begin || iv >= entry.end) {
      close_fast(open, iv);
      continue;
    }
    extend_fast(open, iv, word, time, sites);
  }
}

/// Of the blocks [begin, end), which lie in a streamed loop whose entry is the block before.
template <class Index> void structure_builder<Index>::choose_fast(std::size_t begin, std::size_t end, bool grouped) {
  const block &entry = recorder_.blocks_[begin - 1];
  const std::vector<std::int32_t> &sites = recorder_.loop_sites_[static_cast<std::size_t>(entry.stream)];
  fast_.first = fast_.last = entry.begin;
  fast_.bases.assign(sites.size(), -1);
  fast_range open = fast_;
  for (std::size_t k = begin; k < end; ++k) {
    const block &b = recorder_.blocks_[k];
    if (b.kind == block::runs)
      fast_runs(k, entry, open, grouped);
    else if (b.kind == block::executions)
      fast_executions(b, entry, open);
  }
  close_fast(open, 0);
  if (fast_.length() > 0)
    for (std::int64_t &base : fast_.bases) // of sites without slots
      base = std::max<std::int64_t>(base, 0);
}

/// What the kernel reads of an entry, and notes the positions that its fast range writes; of a line of a group, where
/// the positions of the loop's sites have moved by `hops` each time.
template <class Index>
void structure_builder<Index>::write_entry(std::int32_t stream, std::int64_t lines,
                                           const std::vector<std::int64_t> &hops) {
  const std::vector<std::int32_t> &sites = recorder_.loop_sites_[static_cast<std::size_t>(stream)];
  const std::int64_t iterations = fast_.length();
  chosen_.push_back({fast_.first, fast_.last});
  auto write_wide = [](std::int32_t *to, std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    to[0] = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits));
    to[1] = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits >> 32));
  };
  const std::size_t start = stream_.size(), words = 4 + 2 * sites.size();
  stream_.resize(start + static_cast<std::size_t>(lines) * words);
  for (std::int64_t line = 0; line < lines; ++line) {
    std::int32_t *to = stream_.data() + start + static_cast<std::size_t>(line) * words;
    write_wide(to, fast_.first);
    write_wide(to + 2, fast_.last);
    for (std::size_t s = 0; s < sites.size(); ++s)
      write_wide(to + 4 + 2 * s, fast_.bases[s] + (hops.empty() ? 0 : line * hops[s]));
  }
  if (iterations == 0)
    return;
  // Positions [begin, end) that a site writes in the first iteration.
  struct range {
    std::int64_t begin, end, hop, stride;
  };
  std::vector<range> ranges;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const abi::local_site &of = site(sites[s]);
    std::int64_t width = 0;
    for (std::int32_t k = 0; k < of.num_slots; ++k)
      if (of.offsets && of.offsets[k] >= 0) {
        width = std::max<std::int64_t>(width, of.offsets[k] + 1);
        layout_.work += lines * iterations;
      }
    if (width > 0)
      ranges.push_back({fast_.bases[s], fast_.bases[s] + width, hops.empty() ? 0 : hops[s], of.stride});
  }
  // Sites that take turns write one range together.
  std::sort(ranges.begin(), ranges.end(), [](const range &a, const range &b) { return a.begin < b.begin; });
  for (std::size_t k = 0; k < ranges.size();) {
    range all = ranges[k++];
    for (; k < ranges.size() && all.end - all.begin < std::abs(all.stride) && ranges[k].begin == all.end &&
           ranges[k].stride == all.stride && ranges[k].hop == all.hop;
         ++k)
      all.end = ranges[k].end;
    const std::int64_t width = all.end - all.begin, reach = (iterations - 1) * all.stride;
    for (std::int64_t line = 0; line < lines; ++line, all.begin += all.hop, all.end += all.hop) {
      if (std::abs(all.stride) == width) {
        fast_ranges_.push_back(
            {all.begin + std::min<std::int64_t>(reach, 0), all.end + std::max<std::int64_t>(reach, 0)});
        continue;
      }
      fast_positions_.resize(pattern_.col_ind.size());
      for (std::int64_t m = 0; m < iterations; ++m)
        for (std::int64_t p = all.begin; p < all.end; ++p)
          fast_positions_[static_cast<std::size_t>(p + m * all.stride)] = true;
    }
  }
}

/// What interiors do not write.
template <class Index> gather_builder::ranges structure_builder<Index>::list_gaps() {
  const auto nnz = static_cast<std::int64_t>(pattern_.col_ind.size());
  if (!fast_positions_.empty())
    for (std::int64_t k = 0; k < nnz;) {
      if (!fast_positions_[static_cast<std::size_t>(k)]) {
        ++k;
        continue;
      }
      const std::int64_t begin = k;
      while (k < nnz && fast_positions_[static_cast<std::size_t>(k)])
        ++k;
      fast_ranges_.push_back({begin, k});
    }
  if (!std::is_sorted(fast_ranges_.begin(), fast_ranges_.end()))
    std::sort(fast_ranges_.begin(), fast_ranges_.end());
  gather_builder::ranges gaps;
  std::int64_t at = 0;
  for (const auto &[begin, end] : fast_ranges_) {
    if (begin > at)
      gaps.push_back({at, begin});
    at = std::max(at, end);
  }
  if (at < nnz)
    gaps.push_back({at, nnz});
  return gaps;
}

template <class Index> bool structure_builder<Index>::write_layout() {
  const std::vector<block> &blocks = recorder_.blocks_;
  auto group = recorder_.groups_.begin();
  const auto no_group = recorder_.groups_.end();
  // First what interiors write.
  std::vector<std::int64_t> hops;
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    while (group != no_group && group->last_block <= k)
      ++group;
    const bool grouped = group != no_group && group->first_block <= k;
    if (blocks[k].kind == block::entry) {
      std::size_t end = k + 1;
      while (end < blocks.size() && blocks[end].kind != block::exit)
        ++end;
      choose_fast(k + 1, end, grouped);
      hops.clear();
      if (grouped && fast_.length() > 0)
        for (std::size_t r = blocks[fast_.block].first; r < blocks[fast_.block].last; ++r) {
          const run &of = recorder_.runs_[r];
          hops.push_back(site(of.site).num_slots == 0 ? 0 : row_begin(of.row + of.row_hop) - row_begin(of.row));
        }
      write_entry(blocks[k].stream, grouped ? group->lines : 1, hops);
    }
  }
  stream_.shrink_to_fit();
  // Then all other partials.
  gather_builder gather(list_gaps());
  auto entry = chosen_.begin();
  const fast_pair nothing{0, 0};
  group = recorder_.groups_.begin();
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const block &b = blocks[k];
    const fast_pair &fast = b.stream < 0 ? nothing : *entry;
    if (group != no_group && group->first_block == k) {
      place_group(*group, fast, gather);
      entry += b.stream >= 0;
      k = group++->last_block - 1;
    } else if (b.kind == block::executions) {
      skip_executions(b, fast);
    } else if (b.kind == block::runs) {
      place_runs(b, fast, gather);
    } else if (b.kind == block::exit) {
      ++entry;
    }
  }
  const std::int64_t sources = recorder_.source_;
  if (sources > std::numeric_limits<std::int32_t>::max())
    return recorder_.refuse("its positions do not fit a stream of 2^31 words");
  place_dense(gather);
  layout_.work += recorder_.shared_ + static_cast<std::int64_t>(stream_.size()) + sources - absent_count_;
  layout_.gather = gather.finish(std::move(stream_), sources - absent_count_);
  return true;
}

template bool structure_builder<std::int32_t>::write_layout();
template bool structure_builder<std::int64_t>::write_layout();

} // namespace sparsead::rt
