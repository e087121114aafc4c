// Rows and columns from the record of a structure program.
#include "sparsead/rt/run_structure.hpp"

namespace sparsead::rt {
namespace {

constexpr std::int64_t block_size = 1024; ///< entries that are copied together: they stay in the first cache

/// to[k] = from[k] + by. As wide as the machine has it, to whole cache lines.
#if defined(__x86_64__) && defined(__linux__)
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
void add_to_all(std::int32_t *__restrict to, const std::int32_t *__restrict from, std::int32_t by, std::int64_t count) {
  const auto before = static_cast<std::int64_t>((64 - (reinterpret_cast<std::uintptr_t>(to) & 63)) / sizeof *to);
  std::int64_t k = 0;
  for (; k < count && k < before; ++k)
    to[k] = from[k] + by;
  for (; k < count; ++k)
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
        next_column_ += widths_[static_cast<std::size_t>(d)];
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
