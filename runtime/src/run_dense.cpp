// Rows with several origins: what concerns them, put where it belongs, a part of the rows after the other.
#include "sparsead/rt/local_record.hpp"
#include "sparsead/rt/run_structure.hpp"
#include <cstring>
#include <tuple>

namespace sparsead::rt {

/// What an iteration of a block of runs executes, relative to its beginning.
template <class Index> void structure_builder<Index>::number_block(numbering &numbers, const block &b) {
  numbers.offsets.clear();
  numbers.per_iteration = 0;
  for (std::size_t k = b.first; k < b.last; ++k) {
    numbers.offsets.push_back(numbers.per_iteration);
    if (const std::int32_t number = recorder_.runs_[k].site; number >= 0)
      numbers.per_iteration += partials_of(site(number));
  }
}

/// Cuts the pieces where parts of the rows end, and sorts them by parts and in these by blocks.
template <class Index> void structure_builder<Index>::cut_pieces() {
  std::sort(pieces_.begin(), pieces_.end(),
            [](const piece &a, const piece &b) { return a.run < b.run || (a.run == b.run && a.low < b.low); });
  const row_buckets &buckets = recorder_.buckets_;
  std::vector<piece> cut;
  std::size_t block = 0;
  for (piece p : pieces_) {
    auto holds = [&](const run_recorder::block &b) {
      return b.kind == block::runs && static_cast<std::size_t>(p.run) < b.last;
    };
    while (!holds(recorder_.blocks_[block]))
      ++block;
    p.block = block;
    const run &r = run_at(p.run);
    if (r.site >= 0)
      layout_.work += (p.high - p.low) / std::abs(r.row_step) * (site(r.site).num_slots - partials_of(site(r.site)));
    for (const std::int64_t high = p.high; p.low <= high; p.low = p.high + 1) {
      p.part = buckets.part_of(p.low);
      p.high = std::min(high, buckets.first_row(p.part + 1) - 1);
      cut.push_back(p);
    }
  }
  std::sort(cut.begin(), cut.end(), [](const piece &a, const piece &b) {
    return std::tie(a.part, a.run, a.low) < std::tie(b.part, b.run, b.low);
  });
  pieces_.swap(cut);
}

/// Single executions.
template <class Index>
template <class Visit>
void structure_builder<Index>::visit_bucket(row_buckets::reader &reader, const row_buckets::stretch &of,
                                            std::int64_t words, std::int64_t first, Visit &&visit) {
  if (of.columns == row_buckets::self_telling) {
    reader.next(words, [&](const std::int32_t *at, const std::int32_t *end) {
      while (at < end) {
        const std::int64_t dense = dense_row(at[0]);
        const std::int32_t source = at[1], count = at[2] >> 2;
        const bool assigns = at[2] & 1, shares = at[2] & 2;
        at += 3;
        std::int64_t time = 0;
        if (assigns) {
          std::memcpy(&time, at, sizeof time);
          at += 2;
        }
        const std::int32_t sharing = shares ? *at++ : -1;
        if (dense >= 0)
          visit(dense - first, assigns, at, count, time, source, sharing);
        at += count;
      }
    });
    return;
  }
  auto visit_alike = [&](auto count) __attribute__((always_inline)) {
    const auto columns = static_cast<std::int32_t>(count);
    reader.next(words, [&](const std::int32_t *at, const std::int32_t *end) __attribute__((always_inline)) {
      if (of.shares)
        for (; at < end; at += 3 + columns) {
          if (const std::int64_t dense = dense_row(at[0]); dense >= 0)
            visit(dense - first, false, at + 3, columns, 0, at[1], at[2]);
        }
      else
        for (; at < end; at += 2 + columns)
          if (const std::int64_t dense = dense_row(at[0]); dense >= 0)
            visit(dense - first, false, at + 2, columns, 0, at[1], -1);
    });
  };
  switch (of.columns) { // so that the compiler knows
  case 1:
    return visit_alike(std::integral_constant<std::int32_t, 1>());
  case 2:
    return visit_alike(std::integral_constant<std::int32_t, 2>());
  case 3:
    return visit_alike(std::integral_constant<std::int32_t, 3>());
  case 4:
    return visit_alike(std::integral_constant<std::int32_t, 4>());
  default:
    return visit_alike(of.columns);
  }
}

/// Pieces [begin, end) of one block of runs: the iterations in which some row is dense.
template <class Index>
template <class Visit>
void structure_builder<Index>::visit_runs(std::size_t begin, std::size_t end, std::size_t part, std::int64_t first,
                                          Visit &&visit) {
  const block &b = recorder_.blocks_[pieces_[begin].block];
  number_block(of_block_, b);
  ranges_.clear();
  for (; begin < end; ++begin) {
    const piece &p = pieces_[begin];
    const run &r = run_at(p.run);
    const std::int64_t hop = std::abs(r.row_step);
    const std::int64_t low = (p.low - r.low() + hop - 1) / hop, high = (p.high - r.low()) / hop; // from below
    if (low <= high)
      ranges_.push_back(r.row_step < 0 ? std::pair(r.count - 1 - high, r.count - low) : std::pair(low, high + 1));
  }
  std::sort(ranges_.begin(), ranges_.end());
  const auto number = static_cast<std::int64_t>(b.last - b.first);
  const std::int64_t first_row = recorder_.buckets_.first_row(part), end_row = recorder_.buckets_.first_row(part + 1);
  std::int64_t t = 0;
  for (const auto &[from, to] : ranges_)
    for (t = std::max(t, from); t < to; ++t)
      for (std::int64_t k = 0; k < number; ++k) {
        const run &r = recorder_.runs_[b.first + static_cast<std::size_t>(k)];
        const std::int64_t row = r.row + t * r.row_step;
        const std::int64_t dense = t < r.count && row >= first_row && row < end_row ? dense_row(row) : -1;
        if (dense < 0)
          continue;
        const abi::local_site *const of = r.site < 0 ? nullptr : &site(r.site);
        words_.clear();
        for (std::int32_t s = 0; of && s < of->num_slots; ++s)
          words_.push_back(word_at(recorder_.slots_[r.slots + static_cast<std::size_t>(s)], t));
        const std::int64_t source =
            of ? b.source + t * of_block_.per_iteration + of_block_.offsets[static_cast<std::size_t>(k)] : 0;
        visit(dense - first, !of || of->kind == abi::local_assign, words_.data(),
              static_cast<std::int32_t>(words_.size()), b.time + t * number + k, source,
              of && of->sources ? r.site : -1);
      }
}

template <class Index>
template <class Visit>
void structure_builder<Index>::for_each_dense(std::size_t part, std::int64_t first, Visit &&visit) {
  std::size_t next = next_piece_;
  auto runs_until = [&](std::int64_t time) {
    while (next < pieces_.size() && pieces_[next].part == part && recorder_.blocks_[pieces_[next].block].time < time) {
      std::size_t end = next + 1;
      while (end < pieces_.size() && pieces_[end].part == part && pieces_[end].block == pieces_[next].block)
        ++end;
      visit_runs(next, end, part, first, visit);
      next = end;
    }
  };
  row_buckets::reader reader(recorder_.buckets_, part);
  const std::vector<row_buckets::stretch> &stretches = recorder_.buckets_.stretches(part);
  for (std::size_t k = 0; k < stretches.size(); ++k) {
    runs_until(stretches[k].time);
    visit_bucket(reader, stretches[k], recorder_.buckets_.words(part, k), first, visit);
  }
  runs_until(std::numeric_limits<std::int64_t>::max());
}

/// Where the rows' entries begin, if none is absent.
template <class Index>
bool structure_builder<Index>::count_entries(std::size_t part, std::int64_t first, std::int64_t rows) {
  begin_.assign(static_cast<std::size_t>(rows) + 1, 0);
  std::int32_t *const begins = begin_.data();
  for_each_dense(part, first,
                 [&](std::int64_t row, bool, const std::int32_t *, std::int32_t count, std::int64_t, std::int64_t,
                     std::int32_t) __attribute__((always_inline)) { begins[row] += count; });
  std::int64_t next = 0;
  for (std::int32_t &begin : begin_) {
    const std::int32_t entries = begin;
    begin = static_cast<std::int32_t>(next);
    next += entries;
  }
  end_.assign(begin_.begin(), begin_.end() - 1);
  if (next > std::numeric_limits<std::int32_t>::max())
    return recorder_.refuse("its positions do not fit a stream of 2^31 words");
  if (entries_.size() < static_cast<std::size_t>(next))
    entries_.resize(static_cast<std::size_t>(next));
  return true;
}

/// Puts each entry behind those of its row that came before; what an assignment overwrites is forgotten. An absent
/// entry is none; an optional one is kept until it is known.
template <class Index> void structure_builder<Index>::fill_entries(std::size_t part, std::int64_t first) {
  const std::int32_t *const begins = begin_.data();
  std::int32_t *const ends = end_.data();
  placed_partial *const entries = entries_.data();
  const bool counts = !writers_.empty();
  std::int32_t signs = 0;
  for_each_dense(part, first,
                 [&](std::int64_t row, bool assigns, const std::int32_t *words, std::int32_t count, std::int64_t time,
                     std::int64_t source, std::int32_t sharing) __attribute__((always_inline)) {
                   std::int32_t at = ends[row];
                   const auto dense = static_cast<std::size_t>(first + row);
                   if (assigns && at != begins[row]) {
                     if (dead_until_.empty())
                       dead_until_.assign(static_cast<std::size_t>(dense_rows_), 0);
                     dead_until_[dense] = time;
                     at = begins[row];
                     if (counts)
                       writers_[dense] = 0;
                   }
                   bool any = false;
                   auto partial = static_cast<std::int32_t>(source);
                   const std::int32_t by = source < 0 ? -1 : 1; // ~(k + 1) is one less than ~k
                   for (std::int32_t k = 0; k < count; ++k, partial += by) {
                     if (words[k] == -1)
                       continue;
                     if (sharing >= 0)
                       partial = static_cast<std::int32_t>(source_of(site(sharing), source, k));
                     entries[at++] = {words[k], partial};
                     any |= counts && words[k] >= 0;
                     signs |= words[k];
                   }
                   ends[row] = at;
                   if (counts)
                     writers_[dense] = static_cast<std::int16_t>(writers_[dense] + (any && writers_[dense] < 2));
                 });
  optional_ = signs < 0;
}

/// Sorts what concerns dense rows by rows.
template <class Index> bool structure_builder<Index>::gather_dense() {
  if (dense_rows_ == 0)
    return true;
  cut_pieces();
  // Who asks for them? Interiors, if they have positions.
  if (std::any_of(recorder_.blocks_.begin(), recorder_.blocks_.end(), [&](const block &b) {
        const auto loop = static_cast<std::size_t>(b.stream);
        return b.kind == block::entry && recorder_.guessed_[loop] &&
               std::any_of(recorder_.loop_sites_[loop].begin(), recorder_.loop_sites_[loop].end(),
                           [&](std::int32_t s) { return site(s).num_slots > 0; });
      }))
    writers_.assign(static_cast<std::size_t>(dense_rows_), 0);
  row_buckets &buckets = recorder_.buckets_;
  begin_sorting(dense_rows_, buckets.words());
  std::int64_t first = 0;
  auto s = segments_.begin();
  for (std::size_t part = 0; part < buckets.parts(); ++part) {
    const std::int64_t first_row = buckets.first_row(part), end_row = buckets.first_row(part + 1);
    std::int64_t rows = 0;
    for (; s != segments_.end() && s->low < end_row; ++s) {
      if (s->base >= 0)
        rows += std::min(s->high + 1, end_row) - std::max(s->low, first_row);
      if (s->high >= end_row)
        break;
    }
    if (rows > 0) {
      if (!count_entries(part, first, rows))
        return false;
      fill_entries(part, first);
      sort_rows(first, rows);
      first += rows;
    }
    for (; next_piece_ < pieces_.size() && pieces_[next_piece_].part == part;)
      ++next_piece_;
    buckets.clear(part);
  }
  entries_ = {};
  marked_ = {};
  return static_cast<std::int64_t>(columns_.size() + rest_.size()) <= std::numeric_limits<std::int32_t>::max() ||
         recorder_.refuse("its positions do not fit a stream of 2^31 words");
}

template void structure_builder<std::int32_t>::number_block(numbering &, const block &);
template void structure_builder<std::int64_t>::number_block(numbering &, const block &);
template bool structure_builder<std::int32_t>::gather_dense();
template bool structure_builder<std::int64_t>::gather_dense();

} // namespace sparsead::rt
