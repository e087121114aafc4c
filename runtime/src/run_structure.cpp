// Rows and columns from the record of a structure program.
#include "sparsead/rt/run_structure.hpp"

namespace sparsead::rt {
namespace {

constexpr std::int64_t block_size = 1024; ///< entries that are copied together: they stay in the first cache
constexpr std::int32_t few = 32;          ///< entries of a row that are sorted by insertion

/// to[k] = from[k] + by. As wide as the machine has it.
#if defined(__x86_64__) && defined(__linux__)
__attribute__((target_clones("avx2", "default")))
#endif
void add_to_all(std::int32_t *__restrict to, const std::int32_t *__restrict from, std::int32_t by, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k)
    to[k] = from[k] + by;
}
void add_to_all(std::int64_t *__restrict to, const std::int64_t *__restrict from, std::int64_t by, std::int64_t count) {
  for (std::int64_t k = 0; k < count; ++k)
    to[k] = from[k] + by;
}

/// `period` values stand at `out`, and as many after them: writes `count` in all, which go on in the same way.
template <class Index> void replicate(Index *out, std::int64_t period, std::int64_t count) {
  if (period == 0 || count <= 2 * period)
    return;
  const Index by = out[period] - out[0];
  bool even = true;
  for (std::int64_t k = 1; even && k < period; ++k)
    even = out[period + k] - out[k] == by;
  std::int64_t have = 2 * period;
  if (even) {
    while (have < count) {
      const std::int64_t periods = std::min(have / period, std::max<std::int64_t>(1, block_size / period));
      const std::int64_t most = std::min(periods * period, count - have);
      add_to_all(out + have, out + have - periods * period, static_cast<Index>(periods * by), most);
      have += most;
    }
    return;
  }
  // Each value moves by its own step; those of a few periods at once.
  const std::int64_t periods = std::max<std::int64_t>(1, std::min(block_size / period, count / period / 2));
  std::vector<Index> by_each(static_cast<std::size_t>(periods * period));
  for (std::int64_t k = 0; k < period; ++k)
    by_each[static_cast<std::size_t>(k)] = out[period + k] - out[k];
  for (; have < count && have < 2 * periods * period; ++have)
    out[have] = out[have - period] + by_each[static_cast<std::size_t>(have % period)];
  for (std::int64_t k = periods * period; k-- > 0;)
    by_each[static_cast<std::size_t>(k)] = static_cast<Index>(periods) * by_each[static_cast<std::size_t>(k % period)];
  while (have < count) {
    // `have` is a multiple of the period here.
    const std::int64_t most = std::min(periods * period, count - have);
    Index *__restrict const to = out + have;
    const Index *__restrict const from = out + have - periods * period;
    const Index *__restrict const step = by_each.data();
    for (std::int64_t k = 0; k < most; ++k)
      to[k] = from[k] + step[k];
    have += most;
  }
}

} // namespace

// --- numbers of partials ---------------------------------------------------------------------------------------------

/// `source`: the number of the execution's first partial; ~: of another site's, negated.
template <class Index>
bool structure_builder<Index>::number_execution(numbering &numbers, std::int32_t number, std::int32_t parts,
                                                std::int64_t &source) {
  const abi::local_site &of = site(number);
  if (of.alias == 0) {
    source = numbers.next;
    numbers.last[static_cast<std::size_t>(number)] = numbers.next + parts;
    numbers.next += parts + of.num_slots;
    return true;
  }
  const std::int64_t original = numbers.last[static_cast<std::size_t>(std::abs(of.alias) - 1)];
  source = of.alias < 0 ? ~original : original;
  return (original >= 0 && parts == 0) ||
         recorder_.refuse("a store repeats the partials of another one that was not executed");
}

/// The block's runs, relative to the beginning of an iteration.
template <class Index> bool structure_builder<Index>::number_block(numbering &numbers, const block &b) {
  numbers.offsets.clear();
  numbers.per_iteration = 0;
  for (std::size_t k = b.first; k < b.last; ++k) {
    const std::int32_t number = recorder_.runs_[k].site;
    std::int64_t offset = -1;
    if (number >= 0 && site(number).alias == 0) {
      offset = numbers.per_iteration;
      numbers.per_iteration += site(number).num_slots;
    } else if (number >= 0) {
      for (std::size_t o = b.first; o < k; ++o)
        if (recorder_.runs_[o].site == std::abs(site(number).alias) - 1)
          offset = numbers.offsets[o - b.first];
      if (offset < 0)
        return recorder_.refuse("a store repeats the partials of another one that was not executed");
    }
    numbers.offsets.push_back(offset);
  }
  return true;
}

/// The block has been executed, `lines` times.
template <class Index>
void structure_builder<Index>::number_rest(numbering &numbers, const block &b, std::int64_t lines) {
  const std::int64_t iterations = b.end - b.begin;
  for (std::size_t k = b.first; k < b.last; ++k)
    if (const std::int32_t number = recorder_.runs_[k].site; number >= 0 && site(number).alias == 0 && iterations > 0)
      numbers.last[static_cast<std::size_t>(number)] =
          numbers.next + (lines * iterations - 1) * numbers.per_iteration + numbers.offsets[k - b.first];
  if (recorder_.runs_[b.first].site >= 0)
    numbers.next += lines * iterations * numbers.per_iteration;
}

// --- rows with several origins ---------------------------------------------------------------------------------------

template <class Index> template <class Visit> bool structure_builder<Index>::for_each_dense(Visit &&visit) {
  numbering numbers;
  numbers.last.assign(static_cast<std::size_t>(recorder_.descriptor_.num_sites), -1);
  std::int64_t moment = 0;
  std::size_t next = 0; // in pieces_, by run
  std::vector<std::int32_t> words;
  struct entry {
    std::int64_t when, run, t;
  };
  std::vector<entry> entries;
  auto of_executions = [&](const block &b) {
    const std::int32_t *const log = recorder_.log_.data();
    for (std::size_t at = b.first; at < b.last;) {
      const std::int64_t when = moment + static_cast<std::int64_t>(at - b.first);
      const bool parted = log[at] < 0;
      const std::int32_t number = parted ? ~log[at] : log[at], row = log[at + 1], parts = parted ? log[at + 2] : 0;
      const abi::local_site &of = site(number);
      std::int64_t source;
      if (!number_execution(numbers, number, parts, source))
        return false;
      at += parted ? 3 : 2;
      if (const std::int64_t dense = dense_row(row); dense >= 0)
        visit(dense, &of, log + at, of.num_slots + parts, when, source);
      at += static_cast<std::size_t>(of.num_slots + parts);
    }
    return true;
  };
  auto of_runs = [&](const block &b, std::int64_t lines) {
    if (!number_block(numbers, b))
      return false;
    entries.clear();
    const auto number = static_cast<std::int64_t>(b.last - b.first);
    for (; next < pieces_.size() && pieces_[next].run < static_cast<std::int64_t>(b.last); ++next) {
      const piece &p = pieces_[next];
      const run &r = run_at(p.run);
      const std::int64_t hop = std::abs(r.row_step);
      for (std::int64_t row = p.low + ((r.low() - p.low) % hop + hop) % hop; row <= p.high; row += hop) {
        const std::int64_t t = (row - r.row) / r.row_step;
        entries.push_back({moment + t * number + p.run - static_cast<std::int64_t>(b.first), p.run, t});
      }
    }
    if (number > 1)
      std::sort(entries.begin(), entries.end(), [](const entry &x, const entry &y) { return x.when < y.when; });
    for (const entry &e : entries) {
      const run &r = run_at(e.run);
      const abi::local_site *const of = r.site < 0 ? nullptr : &site(r.site);
      const std::int32_t slots = of ? of->num_slots : 0;
      words.clear();
      for (std::int32_t k = 0; k < slots; ++k)
        words.push_back(word_at(recorder_.slots_[r.slots + static_cast<std::size_t>(k)], e.t));
      const std::int64_t first =
          of ? numbers.next + e.t * numbers.per_iteration + numbers.offsets[static_cast<std::size_t>(e.run) - b.first]
             : 0;
      visit(dense_row(r.row + e.t * r.row_step), of, words.data(), slots, e.when, of && of->alias < 0 ? ~first : first);
    }
    number_rest(numbers, b, lines);
    return true;
  };
  auto group = recorder_.groups_.begin();
  partials_after_.resize(recorder_.blocks_.size());
  for (std::size_t k = 0; k < recorder_.blocks_.size(); ++k) {
    const block &b = recorder_.blocks_[k];
    while (group != recorder_.groups_.end() && group->last_block <= k)
      ++group;
    const std::int64_t lines = group != recorder_.groups_.end() && group->first_block <= k ? group->lines : 1;
    if (b.kind == block::executions ? !of_executions(b) : b.kind == block::runs && !of_runs(b, lines))
      return false;
    moment += moments(b);
    partials_after_[k] = numbers.next;
  }
  return numbers.next <= std::numeric_limits<std::int32_t>::max() ||
         recorder_.refuse("its positions do not fit a stream of 2^31 words");
}

template <class Index> bool structure_builder<Index>::gather_dense() {
  const auto count = static_cast<std::size_t>(dense_rows_);
  if (count == 0)
    return true;
  std::sort(pieces_.begin(), pieces_.end(),
            [](const piece &a, const piece &b) { return a.run < b.run || (a.run == b.run && a.low < b.low); });
  // How many entries has each row at most? An absent one is none; an optional one is kept until it is known.
  begin_.assign(count + 1, 0);
  std::int64_t total = 0;
  const bool counted = for_each_dense([&](std::int64_t dense, const abi::local_site *, const std::int32_t *words,
                                          std::int32_t n, std::int64_t, std::int64_t) {
    std::int32_t entries = 0;
    for (std::int32_t k = 0; k < n; ++k)
      entries += words[k] != -1;
    begin_[static_cast<std::size_t>(dense) + 1] += entries;
    total += entries;
  });
  if (!counted)
    return false;
  if (total > std::numeric_limits<std::int32_t>::max())
    return recorder_.refuse("its positions do not fit a stream of 2^31 words");
  for (std::size_t r = 0; r < count; ++r)
    begin_[r + 1] += begin_[r];
  entries_.resize(static_cast<std::size_t>(total));
  size_.assign(count, 0);
  writers_.assign(count, 0);
  const bool gathered = for_each_dense([&](std::int64_t dense, const abi::local_site *of, const std::int32_t *words,
                                           std::int32_t n, std::int64_t when, std::int64_t source) {
    const auto row = static_cast<std::size_t>(dense);
    if ((!of || of->kind == abi::local_assign) && writers_[row] > 0) {
      if (dead_until_.empty())
        dead_until_.assign(count, 0);
      dead_until_[row] = when;
      size_[row] = 0;
      writers_[row] = 0;
    }
    dense_entry *to = entries_.data() + begin_[row] + size_[row];
    dense_entry *const first = to;
    bool any = false;
    const std::int64_t by = source < 0 ? -1 : 1; // ~(k + 1) is one less than ~k
    for (std::int32_t k = 0; k < n; ++k, source += by) {
      if (words[k] == -1)
        continue;
      any |= words[k] >= 0;
      *to++ = {words[k], static_cast<std::int32_t>(source)};
    }
    size_[row] += static_cast<std::int32_t>(to - first);
    layout_.work += of && of->alias != 0 ? to - first : 0;
    if (any && writers_[row] < 2)
      ++writers_[row];
  });
  if (gathered)
    sort_dense();
  return gathered;
}

/// The columns of each row, and where in it each entry stands.
template <class Index> void structure_builder<Index>::sort_dense() {
  columns_.resize(entries_.size());
  width_.assign(size_.size(), 0);
  std::int32_t *out = columns_.data();
  for (std::size_t row = 0; row < size_.size(); ++row) {
    dense_entry *const begin = entries_.data() + begin_[row], *const end = begin + size_[row];
    std::int32_t width = 0;
    if (size_[row] <= few) {
      for (const dense_entry *e = begin; e < end; ++e) {
        const std::int32_t column = e->word;
        std::int32_t k = width;
        while (k > 0 && out[k - 1] > column)
          --k;
        if (column < 0 || (k > 0 && out[k - 1] == column))
          continue;
        for (std::int32_t m = width++; m > k; --m)
          out[m] = out[m - 1];
        out[k] = column;
      }
      // Ranks by comparing all with all: no branch to be mispredicted.
      std::int32_t columns[few], ranks[few] = {};
      const auto count = static_cast<std::int32_t>(end - begin);
      for (std::int32_t k = 0; k < count; ++k)
        columns[k] = column_of(begin[k].word);
      for (std::int32_t m = 0; m < width; ++m)
        for (std::int32_t k = 0; k < count; ++k)
          ranks[k] += out[m] < columns[k];
      for (std::int32_t k = 0; k < count; ++k)
        begin[k].word = begin[k].word >= 0 || (ranks[k] < width && out[ranks[k]] == columns[k]) ? ranks[k] : -1;
    } else {
      bool ascends = true;
      for (const dense_entry *e = begin; e < end; ++e)
        if (e->word >= 0 && (width == 0 || out[width - 1] != e->word)) {
          ascends = ascends && (width == 0 || out[width - 1] < e->word);
          out[width++] = e->word;
        }
      if (!ascends) {
        std::sort(out, out + width);
        width = static_cast<std::int32_t>(std::unique(out, out + width) - out);
      }
      std::int32_t rank = 0; // mostly the next one
      for (dense_entry *e = begin; e < end; ++e) {
        const std::int32_t column = column_of(e->word);
        if (++rank >= width || out[rank] != column) {
          rank = static_cast<std::int32_t>(std::lower_bound(out, out + width, column) - out);
          if (rank == width || out[rank] != column) {
            e->word = -1;
            continue;
          }
        }
        e->word = rank;
      }
    }
    width_[row] = width;
    out += width;
  }
  columns_.resize(static_cast<std::size_t>(out - columns_.data()));
}

// --- the pattern -----------------------------------------------------------------------------------------------------

template <class Index> void structure_builder<Index>::write_empty(std::int64_t rows) {
  const auto position = static_cast<Index>(next_column_ - pattern_.col_ind.data());
  std::fill_n(next_end_, rows, position);
  next_end_ += rows;
}

/// Rows that runs have alone or in turns; of a line of a group, moved to that line.
template <class Index> void structure_builder<Index>::write_closed(const segment &s, std::int64_t line) {
  const std::int64_t hop = std::abs(run_at(runs_of_[s.first]).row_step), rows = s.high - s.low + 1;
  turns_.assign(static_cast<std::size_t>(hop), -1);
  for (std::size_t k = s.first; k < s.last; ++k)
    turns_[static_cast<std::size_t>(((run_at(runs_of_[k]).low() - s.low) % hop + hop) % hop)] = runs_of_[k];
  const Index *const start = pattern_.col_ind.data();
  auto write_rows = [&](std::int64_t from, std::int64_t to) { // counted from s.low
    for (std::int64_t k = from, turn = from % hop; k < to; ++k, turn = turn + 1 == hop ? 0 : turn + 1) {
      if (const std::int64_t which = turns_[static_cast<std::size_t>(turn)]; which >= 0) {
        const run &r = run_at(which);
        const std::int64_t t = (s.low + k - r.row) / r.row_step;
        const auto *const columns = recorder_.distinct_.data() + r.sorted;
        for (std::int32_t c = 0; c < r.distinct; ++c)
          *next_column_++ = static_cast<Index>(columns[c].column + t * columns[c].step + line * columns[c].hop);
      }
      *next_end_++ = static_cast<Index>(next_column_ - start);
    }
  };
  const std::int64_t periods = rows / hop;
  std::int64_t done = std::min<std::int64_t>(periods, 2) * hop;
  Index *const first = next_column_, *const first_end = next_end_;
  write_rows(0, done);
  if (periods > 2) {
    const std::int64_t width = (next_column_ - first) / 2;
    replicate(first, width, periods * width);
    replicate(first_end, hop, periods * hop);
    next_column_ = first + periods * width;
    next_end_ = first_end + periods * hop;
    done = periods * hop;
  }
  write_rows(done, rows);
}

template <class Index> void structure_builder<Index>::write_box(const box &b) {
  Index *const first = next_column_, *const first_end = next_end_;
  for (std::int64_t line = 0; line < 2; ++line) {
    std::int64_t row = b.low;
    for (std::size_t k = b.first; k < b.last; ++k) {
      write_empty(line_segments_[k].low - row);
      write_closed(line_segments_[k], line);
      row = line_segments_[k].high + 1;
    }
    if (line == 0 || b.lines > 2)
      write_empty(b.low + b.hop - row);
  }
  const std::int64_t width = (next_column_ - first) / 2, rows = b.high - b.low + 1;
  if (b.lines > 2) {
    replicate(first, width, b.lines * width);
    replicate(first_end, b.hop, rows);
  }
  next_column_ = first + b.lines * width;
  next_end_ = first_end + rows;
}

template <class Index> bool structure_builder<Index>::write_pattern() {
  const std::int64_t rows = recorder_.rows_count_;
  // How much?
  auto entries_of = [&](const segment &s) {
    std::int64_t entries = 0;
    for (std::size_t k = s.first; k < s.last; ++k) {
      const run &r = run_at(runs_of_[k]);
      const std::int64_t hop = std::abs(r.row_step), from = ((r.low() - s.low) % hop + hop) % hop;
      entries += (s.high - s.low - from + hop) / hop * r.distinct;
    }
    return entries;
  };
  auto nnz = static_cast<std::int64_t>(columns_.size());
  for (const segment &s : segments_)
    if (s.box >= 0) {
      const box &b = boxes_[static_cast<std::size_t>(s.box)];
      for (std::size_t k = b.first; k < b.last; ++k)
        nnz += b.lines * entries_of(line_segments_[k]);
    } else if (s.base < 0) {
      nnz += entries_of(s);
    }
  if (nnz > std::numeric_limits<std::int32_t>::max())
    return recorder_.refuse("it has more entries than 32 bits count");
  pattern_ = {};
  pattern_.rows = static_cast<Index>(rows);
  pattern_.cols = static_cast<Index>(recorder_.cols_count_);
  pattern_.row_ptr.resize(static_cast<std::size_t>(rows) + 1);
  pattern_.col_ind.resize(static_cast<std::size_t>(nnz));
  next_column_ = pattern_.col_ind.data();
  next_end_ = pattern_.row_ptr.data();
  *next_end_++ = 0;
  std::int64_t row = 0;
  const std::int32_t *from = columns_.data();
  for (const segment &s : segments_) {
    write_empty(s.low - row);
    row = s.high + 1;
    if (s.box >= 0) {
      write_box(boxes_[static_cast<std::size_t>(s.box)]);
    } else if (s.base < 0) {
      write_closed(s, 0);
    } else {
      const Index *const start = pattern_.col_ind.data();
      Index *const begin = next_column_;
      for (std::int64_t d = s.base; d <= s.base + s.high - s.low; ++d) {
        next_column_ += width_[static_cast<std::size_t>(d)];
        *next_end_++ = static_cast<Index>(next_column_ - start);
      }
      std::copy(from, from + (next_column_ - begin), begin);
      from += next_column_ - begin;
    }
  }
  write_empty(rows - row);
  columns_ = {};
  return true;
}

template <class Index> bool run_recorder::build(csr_pattern<Index> &pattern, local_layout &layout) {
  layout = {};
  if (active_ && waiting_ > 0)
    refuse("a sum is computed that is not stored in each case");
  if (active_ && in_loop_)
    refuse("a loop in pieces is not left");
  return active_ && structure_builder<Index>(*this, pattern, layout).build();
}

template bool run_recorder::build(csr_pattern<std::int32_t> &, local_layout &);
template bool run_recorder::build(csr_pattern<std::int64_t> &, local_layout &);

} // namespace sparsead::rt
