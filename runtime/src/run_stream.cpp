// Positions for the values kernel from the record of a structure program.
#include "sparsead/rt/run_structure.hpp"

namespace sparsead::rt {
namespace {

constexpr std::int64_t shortest_range = 4; ///< iterations: with fewer it does not pay

} // namespace

/// -1: not in the pattern. `hint`: where in its row the last one was, which is often where this one is.
template <class Index>
std::int64_t structure_builder<Index>::find(std::int64_t row, std::int32_t column, std::int32_t &hint) const {
  const std::int64_t begin = row_begin(row), end = row_begin(row + 1);
  const Index wanted = static_cast<Index>(column);
  const Index *const columns = pattern_.col_ind.data();
  for (std::int64_t k = begin + hint; k < end && k < begin + hint + 2; ++k)
    if (columns[k] == wanted) {
      hint = static_cast<std::int32_t>(k - begin);
      return k;
    }
  const Index *const found = std::lower_bound(columns + begin, columns + end, wanted);
  if (found == columns + end || *found != wanted)
    return -1;
  hint = static_cast<std::int32_t>(found - columns - begin);
  return found - columns;
}

/// An execution of the site has its positions next.
template <class Index> bool structure_builder<Index>::begin_site(std::int32_t number, std::int32_t parts) {
  alias_ = site(number).alias;
  if (alias_ == 0) {
    last_partial_[static_cast<std::size_t>(number)] = partials_ + parts;
    return true;
  }
  original_ = last_partial_[static_cast<std::size_t>(std::abs(alias_) - 1)];
  if (original_ < 0 || parts > 0)
    return recorder_.refuse("a store repeats the partials of another one that was not executed");
  return true;
}

template <class Index> void structure_builder<Index>::write_position(std::int32_t slot, std::int64_t position) {
  if (alias_ == 0) {
    write_word(static_cast<std::int32_t>(position));
    ++partials_;
  } else if (position >= 0) {
    const auto source = static_cast<std::int32_t>(original_ + slot);
    program_.aliases.push_back({static_cast<std::int32_t>(position), alias_ < 0 ? ~source : source});
  }
}

template <class Index>
bool structure_builder<Index>::write_slot(std::int32_t slot, std::int64_t row, std::int32_t word, std::int32_t &hint) {
  const std::int64_t position = word == -1 ? -1 : find(row, column_of(word), hint);
  if (position < 0 && word >= 0)
    return recorder_.refuse("an entry of a store is not in its row");
  write_position(slot, position);
  return true;
}

/// The positions of single executions outside of the fast range.
template <class Index> void structure_builder<Index>::execution_words(const block &b, std::int64_t moment) {
  const std::int32_t *const log = recorder_.log_.data();
  std::int64_t iteration = b.begin;
  const bool counts = b.stream >= 0 && b.begin < b.end;
  const std::size_t per_iteration =
      counts ? (b.last - b.first) / static_cast<std::size_t>(b.end - b.begin) : b.last - b.first;
  for (std::size_t at = b.first; at < b.last; ++iteration) {
    const std::size_t end = at + per_iteration;
    if (counts && iteration >= fast_.first && iteration < fast_.last) {
      at = end;
      continue;
    }
    while (at < end) {
      const std::int64_t when = moment + static_cast<std::int64_t>(at - b.first);
      const bool parted = log[at] < 0;
      const std::int32_t number = parted ? ~log[at] : log[at], row = log[at + 1], parts = parted ? log[at + 2] : 0;
      const std::int32_t slots = site(number).num_slots;
      std::int32_t *const hints = hints_.data() + first_hint_[static_cast<std::size_t>(number)];
      const bool dead = !dead_until_.empty() && is_dead(dense_row(row), when);
      at += parted ? 3 : 2;
      if (!begin_site(number, parts))
        return;
      for (std::int32_t k = -parts; k < slots; ++k) {
        const std::int32_t word = log[at++];
        if (dead || word == -1)
          write_position(k, -1);
        else if (!write_slot(k, row, word, hints[k < 0 ? slots : k]))
          return;
      }
    }
  }
}

/// The positions of runs outside of the fast range.
template <class Index> void structure_builder<Index>::run_words(const block &b, std::int64_t moment) {
  const auto number = static_cast<std::int64_t>(b.last - b.first);
  if (recorder_.runs_[b.first].site < 0)
    return; // memory is filled
  for (std::int64_t t = 0; t < b.end - b.begin; ++t) {
    if (b.stream >= 0 && b.begin + t >= fast_.first && b.begin + t < fast_.last) {
      t = std::min(fast_.last, b.end) - b.begin - 1;
      continue;
    }
    for (std::int64_t q = 0; q < number; ++q) {
      const run &r = recorder_.runs_[b.first + static_cast<std::size_t>(q)];
      const std::int32_t slots = site(r.site).num_slots;
      const auto *const slot = recorder_.slots_.data() + r.slots;
      const std::int64_t row = r.row + t * r.row_step;
      const segment *const of = slots == 0 ? nullptr : segment_of(row);
      if (!begin_site(r.site, 0))
        return;
      if (!of) {
        for (std::int32_t k = 0; k < slots; ++k)
          write_position(k, -1);
        continue;
      }
      if (of->base < 0) {
        const std::int64_t begin = row_begin(row);
        for (std::int32_t k = 0; k < slots; ++k)
          write_position(k, slot[k].rank < 0 ? -1 : begin + slot[k].rank);
        continue;
      }
      const bool dead = is_dead(of->base + row - of->low, moment + t * number + q);
      std::int32_t *const hints = hints_.data() + first_hint_[static_cast<std::size_t>(r.site)];
      for (std::int32_t k = 0; k < slots; ++k) {
        const std::int32_t word = word_at(slot[k], t);
        if (dead || word == -1)
          write_position(k, -1);
        else if (!write_slot(k, row, word, hints[k]))
          return;
      }
    }
  }
}

// --- fast ranges -----------------------------------------------------------------------------------------------------

template <class Index> void structure_builder<Index>::close_fast(fast_range &open, std::int64_t next) {
  if (open.length() >= std::max(fast_.length() + 1, shortest_range))
    fast_ = open;
  open.first = open.last = next;
}

/// Iterations [from, to) of the run, as many as possible, in rows that nothing else concerns.
template <class Index> void structure_builder<Index>::closed_range(const run &r, std::int64_t &from, std::int64_t &to) {
  const std::int64_t low = r.low(), high = r.high();
  from = 0;
  to = r.distinct == 0 ? r.count : 0; // it writes nothing
  for (std::int64_t row = low; row <= high && r.distinct > 0;) {
    const segment *const s = segment_of(row);
    if (!s)
      break; // not met: its rows are claimed
    const std::int64_t last = std::min(high, s->high);
    if (s->base < 0) {
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
void structure_builder<Index>::fast_iterations(const block &b, std::int64_t moment, fast_range &open,
                                               const std::vector<std::int32_t> &sites) {
  std::vector<std::int32_t> words;
  for (std::int64_t t = 0; t < b.end - b.begin; ++t, moment += static_cast<std::int64_t>(sites.size())) {
    words.clear();
    for (std::size_t s = 0; s < sites.size(); ++s) {
      const run &r = recorder_.runs_[b.first + s];
      words.push_back(r.site);
      words.push_back(static_cast<std::int32_t>(r.row + t * r.row_step));
      for (std::int32_t k = 0; k < site(r.site).num_slots; ++k)
        words.push_back(word_at(recorder_.slots_[r.slots + static_cast<std::size_t>(k)], t));
    }
    extend_fast(open, b.begin + t, words.data(), moment, sites, /*in_run=*/true);
  }
}

/// The next iteration, with its words.
template <class Index>
void structure_builder<Index>::extend_fast(fast_range &open, std::int64_t iv, const std::int32_t *words,
                                           std::int64_t moment, const std::vector<std::int32_t> &sites, bool in_run) {
  if (open.last > open.first && open.last == iv && matches(words, iv - open.first, moment, open.bases, sites, in_run)) {
    ++open.last;
    return;
  }
  close_fast(open, iv);
  open.bases.assign(sites.size(), -1);
  open.last = iv + (matches(words, 0, moment, open.bases, sites, in_run) ? 1 : 0);
}

template <class Index>
void structure_builder<Index>::fast_runs(const block &b, const block &entry, std::int64_t moment, fast_range &open) {
  const std::vector<std::int32_t> &sites = recorder_.loop_sites_[static_cast<std::size_t>(b.stream)];
  if (b.begin < entry.begin || b.end > entry.end || b.last - b.first != sites.size())
    return close_fast(open, b.begin);
  std::int64_t from = 0, to = b.end - b.begin;
  fast_range mine;
  mine.bases.assign(sites.size(), 0);
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const run &r = recorder_.runs_[b.first + s];
    std::int64_t first, last;
    closed_range(r, first, last);
    from = std::max(from, first);
    to = std::min(to, last);
    if (r.site != sites[s])
      return close_fast(open, b.begin);
  }
  if (to - from < shortest_range || to - from < (b.end - b.begin) / 2)
    return fast_iterations(b, moment, open, sites);
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
  // Does it continue what is open?
  bool continues = open.last > open.first && open.last == mine.first;
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

/// Is the iteration at `word` where the compiler has guessed, `steps` iterations after one with these bases? A base of
/// -1 is not known yet.
template <class Index>
bool structure_builder<Index>::matches(const std::int32_t *word, std::int64_t steps, std::int64_t moment,
                                       std::vector<std::int64_t> &bases, const std::vector<std::int32_t> &sites,
                                       bool in_run) {
  const Index *const columns = pattern_.col_ind.data();
  const std::int32_t *const start = word;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const abi::local_site &of = site(sites[s]);
    if (word[0] != sites[s])
      return false;
    const std::int64_t row = word[1], dense = dense_row(row);
    if (dense >= 0 && (writers_[static_cast<std::size_t>(dense)] > 1 ||
                       is_dead(dense, moment + (in_run ? static_cast<std::int64_t>(s) : word - start))))
      return false;
    word += 2;
    const std::int64_t begin = row_begin(row), end = row_begin(row + 1);
    for (std::int32_t k = 0; k < of.num_slots; ++k) {
      const std::int32_t column = column_of(word[k]), offset = of.offsets ? of.offsets[k] : -1;
      if ((column < 0) != (offset < 0))
        return false;
      if (offset < 0)
        continue;
      if (bases[s] < 0) {
        std::int32_t hint = 0;
        bases[s] = find(row, column, hint) - offset;
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
void structure_builder<Index>::fast_executions(const block &b, const block &entry, std::int64_t moment,
                                               fast_range &open) {
  const std::vector<std::int32_t> &sites = recorder_.loop_sites_[static_cast<std::size_t>(b.stream)];
  std::size_t words = 0; // of an iteration
  for (const std::int32_t s : sites)
    words += 2 + static_cast<std::size_t>(site(s).num_slots);
  if (b.begin >= b.end || (b.last - b.first) != words * static_cast<std::size_t>(b.end - b.begin))
    return close_fast(open, b.begin);
  const std::int32_t *word = recorder_.log_.data() + b.first;
  std::int64_t at = moment;
  for (std::int64_t iv = b.begin; iv < b.end; ++iv, word += words, at += static_cast<std::int64_t>(words)) {
    if (iv < entry.begin || iv >= entry.end) {
      close_fast(open, iv);
      continue;
    }
    extend_fast(open, iv, word, at, sites, /*in_run=*/false);
  }
}

/// Of the blocks [begin, end), which lie in a streamed loop whose entry is the block before.
template <class Index> void structure_builder<Index>::choose_fast(std::size_t begin, std::size_t end) {
  const block &entry = recorder_.blocks_[begin - 1];
  const std::vector<std::int32_t> &sites = recorder_.loop_sites_[static_cast<std::size_t>(entry.stream)];
  fast_.first = fast_.last = entry.begin;
  fast_.bases.assign(sites.size(), -1);
  fast_range open = fast_;
  std::int64_t moment = moments_before_entry_;
  for (std::size_t k = begin; k < end; ++k) {
    const block &b = recorder_.blocks_[k];
    if (b.kind == block::runs)
      fast_runs(b, entry, moment, open);
    else if (b.kind == block::executions)
      fast_executions(b, entry, moment, open);
    moment += moments(b); // entries do not nest
  }
  close_fast(open, 0);
  if (fast_.length() > 0)
    for (std::int64_t &base : fast_.bases) // of sites without slots
      base = std::max<std::int64_t>(base, 0);
}

template <class Index> void structure_builder<Index>::write_wide(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  write_word(static_cast<std::int32_t>(static_cast<std::uint32_t>(bits)));
  write_word(static_cast<std::int32_t>(static_cast<std::uint32_t>(bits >> 32)));
}

/// Notes the positions that the fast range writes.
template <class Index> void structure_builder<Index>::cover(std::int32_t stream) {
  const std::vector<std::int32_t> &sites = recorder_.loop_sites_[static_cast<std::size_t>(stream)];
  const std::int64_t iterations = fast_.length();
  for (std::size_t s = 0; iterations > 0 && s < sites.size(); ++s) {
    const abi::local_site &of = site(sites[s]);
    std::int64_t width = 0;
    for (std::int32_t k = 0; k < of.num_slots; ++k)
      if (of.offsets && of.offsets[k] >= 0) {
        width = std::max<std::int64_t>(width, of.offsets[k] + 1);
        program_.fast_slots += iterations;
      }
    const std::int64_t base = fast_.bases[s];
    if (width == 0)
      continue;
    if (std::abs(of.stride) == width) {
      fast_ranges_.push_back({of.stride > 0 ? base : base - (iterations - 1) * width,
                              of.stride > 0 ? base + iterations * width : base + width});
      continue;
    }
    fast_positions_.resize(pattern_.col_ind.size());
    for (std::int64_t m = 0; m < iterations; ++m)
      for (std::int64_t k = 0; k < width; ++k)
        fast_positions_[static_cast<std::size_t>(base + m * of.stride + k)] = true;
  }
}

template <class Index> void structure_builder<Index>::list_gaps() {
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
  std::sort(fast_ranges_.begin(), fast_ranges_.end());
  std::int64_t at = 0;
  for (const auto &[begin, end] : fast_ranges_) {
    if (begin > at)
      program_.gaps.push_back({at, begin});
    at = std::max(at, end);
  }
  if (at < nnz)
    program_.gaps.push_back({at, nnz});
}

template <class Index> bool structure_builder<Index>::write_stream() {
  last_partial_.assign(static_cast<std::size_t>(recorder_.descriptor_.num_sites), -1);
  for (std::int32_t s = 0; s < recorder_.descriptor_.num_sites; ++s) {
    first_hint_.push_back(hints_.size());
    hints_.resize(hints_.size() + static_cast<std::size_t>(site(s).num_slots) + 1, 0); // the last: of its parts
  }
  const std::vector<block> &blocks = recorder_.blocks_;
  std::int64_t moment = 0;
  fast_ = {};
  for (std::size_t k = 0; k < blocks.size(); ++k) {
    const block &b = blocks[k];
    if (b.kind == block::entry) {
      std::size_t end = k + 1;
      while (end < blocks.size() && blocks[end].kind != block::exit)
        ++end;
      moments_before_entry_ = moment;
      choose_fast(k + 1, end);
      const std::size_t start = program_.stream.size();
      write_wide(fast_.first);
      write_wide(fast_.last);
      for (const std::int64_t base : fast_.bases)
        write_wide(base);
      if (!program_.headers.empty() && program_.headers.back().first + program_.headers.back().second == start)
        program_.headers.back().second += program_.stream.size() - start;
      else
        program_.headers.push_back({start, program_.stream.size() - start});
      cover(b.stream);
    } else if (b.kind == block::exit) {
      fast_ = {};
    } else if (b.kind == block::executions) {
      execution_words(b, moment);
    } else if (b.kind == block::runs) {
      run_words(b, moment);
    }
    if (!recorder_.active())
      return false;
    moment += b.kind == block::executions || b.kind == block::runs ? moments(b) : 0;
  }
  if (program_.stream.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    return recorder_.refuse("its positions do not fit a stream of 2^31 words");
  list_gaps();
  return true;
}

template bool structure_builder<std::int32_t>::write_stream();
template bool structure_builder<std::int64_t>::write_stream();

} // namespace sparsead::rt
