// Rows and columns from the record of a structure program.
#include "sparsead/rt/run_structure.hpp"
#include <cstring>

namespace sparsead::rt {
namespace {

/// Appends to a vector without zeros first: values are made in a piece that stays in cache.
template <class Index> class appender {
public:
  explicit appender(std::vector<Index> &to) : to_(to) {}
  ~appender() { flush(); }
  static constexpr std::size_t capacity = 1024;
  /// Room for `count` <= capacity values, which the caller writes.
  Index *room(std::size_t count) {
    if (used_ + count > capacity)
      flush();
    Index *const place = buffer_ + used_;
    used_ += count;
    return place;
  }
  void flush() {
    to_.insert(to_.end(), buffer_, buffer_ + used_);
    used_ = 0;
  }

private:
  std::vector<Index> &to_;
  std::size_t used_ = 0;
  Index buffer_[capacity];
};

using four = std::int32_t __attribute__((vector_size(16)));

/// Rows of M columns each, which all move by `step` from row to row.
template <int M> void fill_moving(std::int32_t *out, const std::int64_t *first, std::int64_t step, std::int64_t rows) {
  four block[M];
  for (int k = 0; k < 4 * M; ++k)
    block[k / 4][k % 4] = static_cast<std::int32_t>(first[k % M] + k / M * step);
  const auto by = static_cast<std::int32_t>(4 * step);
  const four hop = {by, by, by, by};
  std::int64_t r = 0;
  for (; r + 4 <= rows; r += 4)
    for (int k = 0; k < M; ++k) {
      std::memcpy(out, &block[k], sizeof block[k]);
      block[k] += hop;
      out += 4;
    }
  for (; r < rows; ++r)
    for (int k = 0; k < M; ++k)
      *out++ = static_cast<std::int32_t>(first[k] + r * step);
}

template <class Index>
void fill_rows(Index *out, const std::int64_t *first, const std::int64_t *steps, std::int64_t width,
               std::int64_t rows) {
  bool uniform = true;
  for (std::int64_t k = 1; k < width; ++k)
    uniform &= steps[k] == steps[0];
  if constexpr (sizeof(Index) == 4)
    if (uniform)
      switch (width) {
      case 1:
        return fill_moving<1>(out, first, steps[0], rows);
      case 2:
        return fill_moving<2>(out, first, steps[0], rows);
      case 3:
        return fill_moving<3>(out, first, steps[0], rows);
      case 4:
        return fill_moving<4>(out, first, steps[0], rows);
      case 5:
        return fill_moving<5>(out, first, steps[0], rows);
      case 6:
        return fill_moving<6>(out, first, steps[0], rows);
      case 7:
        return fill_moving<7>(out, first, steps[0], rows);
      case 8:
        return fill_moving<8>(out, first, steps[0], rows);
      case 9:
        return fill_moving<9>(out, first, steps[0], rows);
      default:
        break;
      }
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t k = 0; k < width; ++k)
      *out++ = static_cast<Index>(first[k] + r * steps[k]);
}

} // namespace

// --- segments --------------------------------------------------------------------------------------------------------

/// `active`: the runs that concern these rows; do single executions, too?
template <class Index>
bool structure_builder<Index>::add_segment(std::int64_t low, std::int64_t high, const std::vector<std::int64_t> &active,
                                           bool executions) {
  work_ += static_cast<std::int64_t>(active.size());
  if (work_ > 64 * (recorder_.rows_count_ + 1024))
    return recorder_.refuse("too many loops write the same rows");
  bool closed = !executions;
  if (closed && active.size() > 1) {
    // Runs that take turns?
    const std::int64_t hop = std::abs(recorder_.runs_[static_cast<std::size_t>(active[0])].row_step);
    closed = hop >= static_cast<std::int64_t>(active.size());
    for (std::size_t k = 1; closed && k < active.size(); ++k) {
      const run &r = recorder_.runs_[static_cast<std::size_t>(active[k])];
      closed = std::abs(r.row_step) == hop;
      for (std::size_t q = 0; closed && q < k; ++q)
        closed = (r.low() - recorder_.runs_[static_cast<std::size_t>(active[q])].low()) % hop != 0;
    }
  }
  if (closed) {
    segments_.push_back({low, high, runs_of_.size(), runs_of_.size() + active.size(), -1});
    runs_of_.insert(runs_of_.end(), active.begin(), active.end());
    return true;
  }
  for (const std::int64_t r : active)
    pieces_.push_back({r, low, high});
  if (!segments_.empty() && segments_.back().base >= 0 && segments_.back().high + 1 == low)
    segments_.back().high = high;
  else
    segments_.push_back({low, high, 0, 0, dense_rows_});
  dense_rows_ += high - low + 1;
  return true;
}

/// Cuts the rows into segments.
template <class Index> bool structure_builder<Index>::split() {
  auto &claims = recorder_.claims_;
  using claim = run_recorder::claim;
  auto before = [](const claim &a, const claim &b) { return a.low < b.low; };
  // Loops claim ascending rows: a few sorted sequences, one after the other.
  std::vector<std::size_t> starts;
  for (std::size_t k = 0; k < claims.size(); ++k)
    if (k == 0 || before(claims[k], claims[k - 1]))
      starts.push_back(k);
  if (starts.size() > 64)
    std::sort(claims.begin(), claims.end(), before);
  starts.push_back(claims.size());
  std::vector<claim> merged;
  while (starts.size() > 2 && starts.size() <= 65) {
    std::vector<std::size_t> next{0};
    merged.clear();
    auto at = [&](std::size_t k) { return claims.begin() + static_cast<std::ptrdiff_t>(starts[k]); };
    for (std::size_t k = 0; k + 1 < starts.size(); k += 2) {
      if (k + 2 < starts.size())
        std::merge(at(k), at(k + 1), at(k + 1), at(k + 2), std::back_inserter(merged), before);
      else
        merged.insert(merged.end(), at(k), at(k + 1));
      next.push_back(merged.size());
    }
    claims.swap(merged);
    starts.swap(next);
  }
  std::vector<std::int64_t> active;
  std::int64_t executions_to = -1; // single executions concern rows up to here
  std::int64_t at = 0;
  for (std::size_t next = 0; next < claims.size() || !active.empty() || executions_to >= at;) {
    if (active.empty() && executions_to < at)
      at = std::max(at, claims[next].low);
    for (; next < claims.size() && claims[next].low <= at; ++next)
      if (claims[next].run < 0)
        executions_to = std::max(executions_to, claims[next].high);
      else
        active.push_back(claims[next].run);
    std::int64_t end = next < claims.size() ? claims[next].low : INT64_MAX;
    if (executions_to >= at)
      end = std::min(end, executions_to + 1);
    for (const std::int64_t r : active)
      end = std::min(end, recorder_.runs_[static_cast<std::size_t>(r)].high() + 1);
    if (!add_segment(at, end - 1, active, executions_to >= at))
      return false;
    at = end;
    active.erase(
        std::remove_if(active.begin(), active.end(),
                       [&](std::int64_t r) { return recorder_.runs_[static_cast<std::size_t>(r)].high() < at; }),
        active.end());
  }
  return true;
}

template <class Index>
const typename structure_builder<Index>::segment *structure_builder<Index>::segment_of(std::int64_t row) {
  auto holds = [&](std::size_t k) {
    return k < segments_.size() && segments_[k].low <= row && row <= segments_[k].high;
  };
  if (!holds(segment_hint_) && !holds(++segment_hint_))
    segment_hint_ = static_cast<std::size_t>(
        std::partition_point(segments_.begin(), segments_.end(), [&](const segment &s) { return s.high < row; }) -
        segments_.begin());
  return holds(segment_hint_) ? &segments_[segment_hint_] : nullptr;
}

template <class Index> std::int64_t structure_builder<Index>::dense_row(std::int64_t row) {
  const segment *const s = segment_of(row);
  return s && s->base >= 0 ? s->base + row - s->low : -1;
}

// --- rows with several origins ---------------------------------------------------------------------------------------

template <class Index> template <class Visit> void structure_builder<Index>::for_each_dense(Visit &&visit) {
  std::int64_t moment = 0;
  std::size_t next = 0; // in pieces_, by run
  std::vector<std::int32_t> words;
  struct entry {
    std::int64_t when, run, t;
  };
  std::vector<entry> entries;
  for (const block &b : recorder_.blocks_) {
    if (b.kind == block::executions) {
      const std::int32_t *const log = recorder_.log_.data();
      for (std::size_t at = b.first; at < b.last;) {
        const std::int64_t when = moment + static_cast<std::int64_t>(at - b.first);
        const bool parted = log[at] < 0;
        const abi::local_site &of = site(parted ? ~log[at] : log[at]);
        const std::int32_t row = log[at + 1], count = of.num_slots + (parted ? log[at + 2] : 0);
        at += parted ? 3 : 2;
        if (const std::int64_t dense = dense_row(row); dense >= 0)
          visit(dense, of.kind == abi::local_assign, log + at, count, when);
        at += static_cast<std::size_t>(count);
      }
    } else if (b.kind == block::runs) {
      entries.clear();
      const auto number = static_cast<std::int64_t>(b.last - b.first);
      for (; next < pieces_.size() && pieces_[next].run < static_cast<std::int64_t>(b.last); ++next) {
        const piece &p = pieces_[next];
        const run &r = recorder_.runs_[static_cast<std::size_t>(p.run)];
        const std::int64_t hop = std::abs(r.row_step);
        for (std::int64_t row = p.low + ((r.low() - p.low) % hop + hop) % hop; row <= p.high; row += hop) {
          const std::int64_t t = (row - r.row) / r.row_step;
          entries.push_back({moment + t * number + p.run - static_cast<std::int64_t>(b.first), p.run, t});
        }
      }
      if (number > 1)
        std::sort(entries.begin(), entries.end(), [](const entry &x, const entry &y) { return x.when < y.when; });
      for (const entry &e : entries) {
        const run &r = recorder_.runs_[static_cast<std::size_t>(e.run)];
        const std::int32_t slots = r.site < 0 ? 0 : site(r.site).num_slots;
        words.clear();
        for (std::int32_t k = 0; k < slots; ++k)
          words.push_back(word_at(recorder_.slots_[r.slots + static_cast<std::size_t>(k)], e.t));
        visit(dense_row(r.row + e.t * r.row_step), r.site < 0 || site(r.site).kind == abi::local_assign, words.data(),
              slots, e.when);
      }
    }
    if (b.kind == block::executions || b.kind == block::runs)
      moment += moments(b);
  }
}

template <class Index> bool structure_builder<Index>::gather_dense() {
  const auto count = static_cast<std::size_t>(dense_rows_);
  if (count == 0)
    return true;
  std::sort(pieces_.begin(), pieces_.end(),
            [](const piece &a, const piece &b) { return a.run < b.run || (a.run == b.run && a.low < b.low); });
  begin_.assign(count + 1, 0);
  for_each_dense([&](std::int64_t dense, bool, const std::int32_t *words, std::int32_t n, std::int64_t) {
    std::int64_t &entries = begin_[static_cast<std::size_t>(dense) + 1];
    for (std::int32_t k = 0; k < n; ++k)
      entries += words[k] >= 0;
  });
  for (std::size_t r = 0; r < count; ++r)
    begin_[r + 1] += begin_[r];
  columns_.resize(static_cast<std::size_t>(begin_[count]));
  size_.assign(count, 0);
  writers_.assign(count, 0);
  for_each_dense([&](std::int64_t dense, bool assigns, const std::int32_t *words, std::int32_t n, std::int64_t when) {
    const auto row = static_cast<std::size_t>(dense);
    std::int32_t &size = size_[row];
    if (assigns && writers_[row] > 0) {
      if (dead_until_.empty())
        dead_until_.assign(count, 0);
      dead_until_[row] = when;
      size = 0;
      writers_[row] = 0;
    }
    std::int32_t *const to = columns_.data() + begin_[row];
    bool any = false;
    for (std::int32_t k = 0; k < n; ++k)
      if (words[k] >= 0) {
        any = true;
        // Most executions of a row have its first column, the diagonal, in common.
        if (size == 0 || (to[0] != words[k] && to[size - 1] != words[k]))
          to[size++] = words[k];
      }
    if (any && writers_[row] < 2)
      ++writers_[row];
  });
  for (std::size_t r = 0; r < count; ++r) {
    std::int32_t *const begin = columns_.data() + begin_[r], *const end = begin + size_[r];
    if (size_[r] > 24)
      std::sort(begin, end);
    else
      for (std::int32_t *k = begin; k < end; ++k) {
        const std::int32_t column = *k;
        std::int32_t *to = k;
        for (; to > begin && *(to - 1) > column; --to)
          *to = *(to - 1);
        *to = column;
      }
    size_[r] = static_cast<std::int32_t>(std::unique(begin, end) - begin);
  }
  return true;
}

// --- the pattern -----------------------------------------------------------------------------------------------------

template <class Index> bool structure_builder<Index>::write_pattern() {
  const std::int64_t rows = recorder_.rows_count_;
  pattern_ = {};
  pattern_.rows = static_cast<Index>(rows);
  pattern_.cols = static_cast<Index>(recorder_.cols_count_);
  const auto &runs = recorder_.runs_;
  auto run_at = [&](std::size_t k) -> const run & { return runs[static_cast<std::size_t>(runs_of_[k])]; };
  // How much?
  std::int64_t nnz = 0;
  for (const segment &s : segments_) {
    if (s.base >= 0) {
      for (std::int64_t r = 0; r <= s.high - s.low; ++r)
        nnz += size_[static_cast<std::size_t>(s.base + r)];
      continue;
    }
    for (std::size_t k = s.first; k < s.last; ++k) {
      const run &r = run_at(k);
      const std::int64_t hop = std::abs(r.row_step), from = ((r.low() - s.low) % hop + hop) % hop;
      nnz += (s.high - s.low - from + hop) / hop * r.distinct;
    }
  }
  if (nnz > std::numeric_limits<std::int32_t>::max())
    return recorder_.refuse("it has more entries than 32 bits count");
  pattern_.row_ptr.reserve(static_cast<std::size_t>(rows) + 1);
  pattern_.col_ind.reserve(static_cast<std::size_t>(nnz));

  appender<Index> ends(pattern_.row_ptr), columns(pattern_.col_ind);
  std::int64_t position = 0;
  *ends.room(1) = 0;
  // `count` rows of `width` entries each.
  auto write_ends = [&](std::int64_t count, std::int64_t width) {
    while (count > 0) {
      const std::int64_t n = std::min(count, static_cast<std::int64_t>(appender<Index>::capacity));
      const std::int64_t first = position + width;
      fill_rows(ends.room(static_cast<std::size_t>(n)), &first, &width, 1, n);
      position += n * width;
      count -= n;
    }
  };
  std::vector<std::int64_t> first, steps;
  auto write_run = [&](const run &r, std::int64_t row, std::int64_t count) {
    const std::int64_t width = r.distinct, t = (row - r.row) / r.row_step;
    first.clear();
    steps.clear();
    for (std::int64_t k = 0; k < width; ++k) {
      const auto &c = recorder_.distinct_[r.sorted + static_cast<std::size_t>(k)];
      first.push_back(c.column + t * c.step);
      steps.push_back(r.row_step < 0 ? -std::int64_t(c.step) : c.step);
    }
    const std::int64_t most = std::max<std::int64_t>(1, static_cast<std::int64_t>(appender<Index>::capacity) /
                                                            std::max<std::int64_t>(width, 1));
    while (count > 0 && width > 0) {
      const std::int64_t n = std::min(count, most);
      fill_rows(columns.room(static_cast<std::size_t>(n * width)), first.data(), steps.data(), width, n);
      for (std::int64_t k = 0; k < width; ++k)
        first[static_cast<std::size_t>(k)] += n * steps[static_cast<std::size_t>(k)];
      count -= n;
    }
  };
  std::int64_t row = 0;
  std::vector<std::int64_t> turns;
  for (const segment &s : segments_) {
    write_ends(s.low - row, 0);
    row = s.high + 1;
    if (s.base >= 0) {
      for (std::int64_t d = s.base; d <= s.base + s.high - s.low; ++d) {
        const std::int32_t width = size_[static_cast<std::size_t>(d)];
        const std::int32_t *const from = columns_.data() + begin_[static_cast<std::size_t>(d)];
        for (std::int32_t k = 0; k < width;) {
          const std::int32_t n = std::min(width - k, static_cast<std::int32_t>(appender<Index>::capacity));
          std::copy_n(from + k, n, columns.room(static_cast<std::size_t>(n)));
          k += n;
        }
        position += width;
        *ends.room(1) = static_cast<Index>(position);
      }
      continue;
    }
    const run &only = run_at(s.first);
    const std::int64_t hop = std::abs(only.row_step);
    if (hop == 1) {
      write_run(only, s.low, s.high - s.low + 1);
      write_ends(s.high - s.low + 1, only.distinct);
      continue;
    }
    turns.assign(static_cast<std::size_t>(hop), -1);
    for (std::size_t k = s.first; k < s.last; ++k)
      turns[static_cast<std::size_t>(((run_at(k).low() - s.low) % hop + hop) % hop)] = runs_of_[k];
    for (std::int64_t at = s.low; at <= s.high; ++at) {
      const std::int64_t which = turns[static_cast<std::size_t>((at - s.low) % hop)];
      if (which >= 0)
        write_run(runs[static_cast<std::size_t>(which)], at, 1);
      write_ends(1, which < 0 ? 0 : runs[static_cast<std::size_t>(which)].distinct);
    }
  }
  write_ends(rows - row, 0);
  return true;
}

template <class Index> bool run_recorder::build(csr_pattern<Index> &pattern, local_program &program) {
  program = {};
  if (active_ && waiting_ > 0)
    refuse("a sum is computed that is not stored in each case");
  if (active_ && in_loop_)
    refuse("a loop in pieces is not left");
  return active_ && structure_builder<Index>(*this, pattern, program).build();
}

template bool run_recorder::build(csr_pattern<std::int32_t> &, local_program &);
template bool run_recorder::build(csr_pattern<std::int64_t> &, local_program &);
// For run_stream.cpp.
template std::int64_t structure_builder<std::int32_t>::dense_row(std::int64_t);
template std::int64_t structure_builder<std::int64_t>::dense_row(std::int64_t);
template const structure_builder<std::int32_t>::segment *structure_builder<std::int32_t>::segment_of(std::int64_t);
template const structure_builder<std::int64_t>::segment *structure_builder<std::int64_t>::segment_of(std::int64_t);

} // namespace sparsead::rt
