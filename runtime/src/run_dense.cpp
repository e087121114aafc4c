// Rows with several origins: their entries, sorted.
#include "sparsead/rt/run_structure.hpp"
#include <cstring>
#include <memory>

namespace sparsead::rt {
namespace {

constexpr std::int64_t most_parts = 64; ///< in which dense rows are sorted
constexpr std::int32_t few = 32;        ///< entries of a row that are compared with each other

using four = std::int32_t __attribute__((vector_size(16)));

} // namespace

// --- numbers of partials ---------------------------------------------------------------------------------------------

/// The block's runs, relative to the beginning of an iteration.
template <class Index> void structure_builder<Index>::number_block(numbering &numbers, const block &b) {
  numbers.offsets.clear();
  numbers.per_iteration = 0;
  for (std::size_t k = b.first; k < b.last; ++k) {
    numbers.offsets.push_back(numbers.per_iteration);
    if (const std::int32_t number = recorder_.runs_[k].site; number >= 0)
      numbers.per_iteration += partials_of(site(number));
  }
}

// --- rows with several origins ---------------------------------------------------------------------------------------

template <class Index> template <class Visit> bool structure_builder<Index>::for_each_dense(Visit &&visit) {
  numbering numbers;
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
      const std::int64_t source = numbers.next;
      numbers.next += parts + partials_of(of);
      at += parted ? 3 : 2;
      if (const std::int64_t dense = dense_row(row); dense >= 0)
        visit(dense, &of, log + at, of.num_slots + parts, when, source);
      at += static_cast<std::size_t>(of.num_slots + parts);
    }
  };
  auto of_runs = [&](const block &b, std::int64_t lines) {
    number_block(numbers, b);
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
      visit(dense_row(r.row + e.t * r.row_step), of, words.data(), slots, e.when, first);
    }
    if (recorder_.runs_[b.first].site >= 0)
      numbers.next += lines * (b.end - b.begin) * numbers.per_iteration;
  };
  auto group = recorder_.groups_.begin();
  partials_after_.resize(recorder_.blocks_.size());
  for (std::size_t k = 0; k < recorder_.blocks_.size(); ++k) {
    const block &b = recorder_.blocks_[k];
    while (group != recorder_.groups_.end() && group->last_block <= k)
      ++group;
    const std::int64_t lines = group != recorder_.groups_.end() && group->first_block <= k ? group->lines : 1;
    if (b.kind == block::executions)
      of_executions(b);
    else if (b.kind == block::runs)
      of_runs(b, lines);
    moment += moments(b);
    partials_after_[k] = numbers.next;
  }
  return numbers.next <= std::numeric_limits<std::int32_t>::max() ||
         recorder_.refuse("its positions do not fit a stream of 2^31 words");
}

/// Columns of a short row, ascending, to `out`; entries get their places there. Every one is compared with every other:
/// there is no branch to be mispredicted. Returns how many columns there are.
static std::int32_t sort_few(dense_entry *entries, std::int32_t count, std::int32_t *out) {
  four columns[few / 4] = {}, ranks[few / 4] = {};
  const std::int32_t vectors = (count + 3) / 4;
  for (std::int32_t k = 0; k < count; ++k)
    columns[k / 4][k % 4] = entries[k].word;
  for (std::int32_t k = 0; k < count; ++k) {
    const std::int32_t column = entries[k].word;
    const four other = {column, column, column, column};
    for (std::int32_t q = 0; q < vectors; ++q)
      ranks[q] -= other < columns[q];
  }
  // Equal columns have the same rank, and those behind them leave some out.
  std::int32_t place[few] = {}, width = 0;
  for (std::int32_t k = 0; k < count; ++k)
    place[ranks[k / 4][k % 4]] = 1;
  for (std::int32_t k = 0; k < count; ++k) {
    const std::int32_t is_there = place[k];
    place[k] = width;
    width += is_there;
  }
  for (std::int32_t k = 0; k < count; ++k) {
    const std::int32_t at = place[ranks[k / 4][k % 4]];
    out[at] = entries[k].word;
    entries[k].word = at;
  }
  return width;
}

/// The columns of a row, to `out`, and where in it each entry stands. Returns where the next row's go.
template <class Index> std::int32_t *structure_builder<Index>::sort_row(dense_state &d, std::int32_t *out) {
  dense_entry *const begin = entries_.data() + d.begin, *const end = begin + d.size;
  if (d.size <= few && std::none_of(begin, end, [](const dense_entry &e) { return e.word < 0; })) {
    d.width = sort_few(begin, d.size, out);
    return out + d.width;
  }
  std::int32_t width = 0;
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
  std::int32_t rank = -1; // mostly the next one
  for (dense_entry *e = begin; e < end; ++e) {
    const std::int32_t column = column_of(e->word);
    if (++rank >= width || out[rank] != column)
      rank = static_cast<std::int32_t>(std::lower_bound(out, out + width, column) - out);
    e->word = rank < width && out[rank] == column ? rank : -1;
  }
  d.width = width;
  return out + width;
}

namespace {

/// What concerns some of the dense rows, in the order of execution: one record after the other, of words. The row,
/// counted from the first of the part; the first partial of the execution; four times the number of entries, 1 where
/// what came before counts no more, 2 where partials are shared; then, in two halves, when that is; the site that
/// shares; the entries.
class dense_part {
public:
  void add(std::int32_t row, std::int32_t source, bool assigns, std::int64_t when, std::int32_t shares,
           const std::int32_t *words, std::int32_t count) {
    const std::int64_t size = 3 + 2 * assigns + (shares >= 0) + count;
    if (end_ - next_ < size)
      grow(size);
    next_[0] = row;
    next_[1] = source;
    next_[2] = 4 * count + 2 * (shares >= 0) + assigns;
    next_ += 3;
    if (assigns) {
      std::memcpy(next_, &when, sizeof when);
      next_ += 2;
    }
    if (shares >= 0)
      *next_++ = shares;
    for (std::int32_t k = 0; k < count; ++k)
      next_[k] = words[k];
    next_ += count;
  }
  /// Calls visit(row, source, when or null, the site that shares or -1, entries, their number).
  template <class Visit> void for_each(Visit &&visit) const {
    for (const chunk &c : chunks_) {
      const std::int32_t *const end = &c == &chunks_.back() ? next_ : c.words.get() + c.used;
      for (const std::int32_t *at = c.words.get(); at < end;) {
        const std::int32_t row = at[0], source = at[1], count = at[2] >> 2;
        const std::int32_t *const when = (at[2] & 1) ? at + 3 : nullptr;
        const bool shared = (at[2] & 2) != 0;
        at += when ? 5 : 3;
        const std::int32_t shares = shared ? *at++ : -1;
        visit(row, source, when, shares, at, count);
        at += count;
      }
    }
  }
  void clear() { chunks_.clear(); }

private:
  static constexpr std::int64_t chunk_words = 8192;
  struct chunk {
    std::unique_ptr<std::int32_t[]> words;
    std::int64_t used;
  };
  void grow(std::int64_t size) {
    if (!chunks_.empty())
      chunks_.back().used = next_ - chunks_.back().words.get();
    const auto capacity = static_cast<std::size_t>(std::max(chunk_words, size));
    chunks_.push_back({std::unique_ptr<std::int32_t[]>(new std::int32_t[capacity]), 0});
    next_ = chunks_.back().words.get();
    end_ = next_ + capacity;
  }
  std::vector<chunk> chunks_;
  std::int32_t *next_ = nullptr, *end_ = nullptr; ///< in the last chunk
};

} // namespace

/// Sorts what concerns dense rows by rows: first roughly, into parts whose rows fit a cache, then part by part.
template <class Index> bool structure_builder<Index>::gather_dense() {
  if (dense_rows_ == 0)
    return true;
  std::sort(pieces_.begin(), pieces_.end(),
            [](const piece &a, const piece &b) { return a.run < b.run || (a.run == b.run && a.low < b.low); });
  int shift = 10;
  while (dense_rows_ >> shift >= most_parts)
    ++shift;
  std::vector<dense_part> parts(static_cast<std::size_t>(dense_rows_ >> shift) + 1);
  std::int64_t total = 0;
  const bool done = for_each_dense([&](std::int64_t dense, const abi::local_site *of, const std::int32_t *words,
                                       std::int32_t n, std::int64_t when, std::int64_t source) {
    parts[static_cast<std::size_t>(dense >> shift)].add(
        static_cast<std::int32_t>(dense & ((std::int64_t(1) << shift) - 1)), static_cast<std::int32_t>(source),
        !of || of->kind == abi::local_assign, when,
        of && of->sources ? static_cast<std::int32_t>(of - recorder_.descriptor_.sites) : -1, words, n);
    total += n;
    layout_.work += of && of->sources ? n - of->num_partials : 0;
  });
  if (!done)
    return false;
  if (total > std::numeric_limits<std::int32_t>::max())
    return recorder_.refuse("its positions do not fit a stream of 2^31 words");
  // Who would still look at single executions? Interiors, which some of them may belong to.
  if (std::none_of(recorder_.blocks_.begin(), recorder_.blocks_.end(),
                   [](const block &b) { return b.kind == block::executions && b.stream >= 0; }))
    recorder_.log_.clear();
  dense_.assign(static_cast<std::size_t>(dense_rows_), {0, 0});
  entries_.resize(static_cast<std::size_t>(total));
  columns_.resize(static_cast<std::size_t>(total));
  std::int32_t next = 0;
  std::int32_t *out = columns_.data();
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const std::int64_t first = static_cast<std::int64_t>(p) << shift;
    const std::int64_t rows = std::min(dense_rows_ - first, std::int64_t(1) << shift);
    dense_state *const states = dense_.data() + first;
    // An absent entry is none; an optional one is kept until it is known.
    parts[p].for_each([&](std::int32_t row, std::int32_t, const std::int32_t *, std::int32_t, const std::int32_t *words,
                          std::int32_t count) {
      std::int32_t entries = 0;
      for (std::int32_t k = 0; k < count; ++k)
        entries += words[k] != -1;
      states[row].begin += entries;
    });
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int32_t entries = states[row].begin;
      states[row].begin = next;
      next += entries;
    }
    parts[p].for_each([&](std::int32_t row, std::int32_t source, const std::int32_t *when, std::int32_t shares,
                          const std::int32_t *words, std::int32_t count) {
      dense_state &d = states[row];
      if (when && d.writers > 0) {
        if (dead_until_.empty())
          dead_until_.assign(static_cast<std::size_t>(dense_rows_), 0);
        std::memcpy(&dead_until_[static_cast<std::size_t>(first + row)], when, sizeof(std::int64_t));
        d.size = d.writers = 0;
      }
      dense_entry *const begin = entries_.data() + d.begin + d.size, *to = begin;
      bool any = false;
      for (std::int32_t k = 0; k < count; ++k) {
        if (words[k] == -1)
          continue;
        *to++ = {words[k], shares < 0 ? source + k : static_cast<std::int32_t>(source_of(site(shares), source, k))};
        any |= words[k] >= 0;
      }
      d.size += static_cast<std::int32_t>(to - begin);
      d.writers += any && d.writers < 2;
    });
    parts[p].clear();
    for (std::int64_t row = 0; row < rows; ++row)
      out = sort_row(states[row], out);
  }
  columns_.resize(static_cast<std::size_t>(out - columns_.data()));
  return true;
}

template void structure_builder<std::int32_t>::number_block(numbering &, const block &);
template void structure_builder<std::int64_t>::number_block(numbering &, const block &);
template bool structure_builder<std::int32_t>::gather_dense();
template bool structure_builder<std::int64_t>::gather_dense();

} // namespace sparsead::rt
