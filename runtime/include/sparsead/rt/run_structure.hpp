// From the record of a structure program to rows, columns and positions. Internal to run_segments.cpp, run_dense.cpp,
// run_structure.cpp, run_stream.cpp and run_places.cpp.
#pragma once
#include "run_record.hpp"
#include <algorithm>
#include <limits>

namespace sparsead::rt {

template <class Index> class structure_builder {
public:
  structure_builder(run_recorder &recorder, csr_pattern<Index> &pattern, local_layout &layout)
      : recorder_(recorder), pattern_(pattern), layout_(layout) {}
  bool build() { return split() && gather_dense() && write_pattern() && write_layout(); }

private:
  using run = run_recorder::run;
  using block = run_recorder::block;
  using claim = run_recorder::claim;
  using group = run_recorder::group;

  /// Neighbouring rows whose entries have one origin: nothing but certain runs (closed), lines of a group, or anything.
  struct segment {
    std::int64_t low, high;
    std::size_t first, last; ///< closed: its runs, in runs_of_
    std::int64_t base;       ///< its first dense row; -1: closed
    std::int64_t box = -1;   ///< lines: in boxes_
  };
  /// Rows of runs of a group that nothing else concerns: `lines` times as many rows, `hop` apart.
  struct box {
    std::int64_t low, high, hop, lines;
    std::size_t first, last; ///< of line_segments_: what the first line's rows are
  };
  /// Rows of a run in a dense segment; once cut, in a part of the rows.
  struct piece {
    std::int64_t run, low, high;
    std::size_t block = 0, part = 0;
  };
  /// Iterations [first, last) of a stream's entry whose positions are where the compiler has guessed, from `bases` on.
  struct fast_range {
    std::int64_t first = 0, last = 0;
    std::vector<std::int64_t> bases;
    std::size_t block = 0; ///< the first that it has iterations of
    std::int64_t length() const { return last - first; }
  };
  /// Numbers of partials in the order of execution. A site with an alias repeats those of another.
  struct numbering {
    std::vector<std::int64_t> offsets; ///< of a block's runs: their first slots in an iteration; -1: nothing
    std::int64_t per_iteration = 0;
  };

  // run_segments.cpp
  bool split();
  bool make_boxes();
  bool split_line(const std::vector<claim> &claims);
  static void sort(std::vector<claim> &claims);
  template <class Visit> bool sweep(const std::vector<claim> &claims, Visit &&visit);
  bool is_closed(const std::vector<std::int64_t> &active) const;
  bool add_segment(std::int64_t low, std::int64_t high, const std::vector<std::int64_t> &active, bool executions);
  /// The segment of a row; null: nothing concerns it.
  const segment *segment_of(std::int64_t row) {
    auto holds = [&](std::size_t k) {
      return k < segments_.size() && segments_[k].low <= row && row <= segments_[k].high;
    };
    if (!holds(segment_hint_) && !holds(++segment_hint_))
      segment_hint_ = static_cast<std::size_t>(
          std::partition_point(segments_.begin(), segments_.end(), [&](const segment &s) { return s.high < row; }) -
          segments_.begin());
    return holds(segment_hint_) ? &segments_[segment_hint_] : nullptr;
  }
  std::int64_t dense_row(std::int64_t row) {
    if (row < near_low_ || row > near_high_) {
      const segment *const s = segment_of(row);
      if (!s || s->base < 0)
        return -1;
      near_low_ = s->low;
      near_high_ = s->high;
      near_base_ = s->base - s->low;
    }
    return near_base_ + row;
  }

  // run_dense.cpp
  void number_block(numbering &numbers, const block &b);
  bool is_dead(std::int64_t dense, std::int64_t time) const {
    return !dead_until_.empty() && dense >= 0 && time < dead_until_[static_cast<std::size_t>(dense)];
  }
  bool gather_dense();
  void cut_pieces();
  /// What concerns dense rows of a part: calls visit(dense row, counted from the part's first, is it assigned?, words
  /// of columns, how many, when, the first one's source, the site that shares sources or -1).
  template <class Visit> void for_each_dense(std::size_t part, std::int64_t first, Visit &&visit);
  template <class Visit>
  void visit_bucket(row_buckets::reader &reader, const row_buckets::stretch &of, std::int64_t words, std::int64_t first,
                    Visit &&visit);
  template <class Visit>
  void visit_runs(std::size_t begin, std::size_t end, std::size_t part, std::int64_t first, Visit &&visit);
  bool count_entries(std::size_t part, std::int64_t first, std::int64_t rows);
  void fill_entries(std::size_t part, std::int64_t first);
  // run_sort.cpp
  void begin_sorting(std::int64_t rows, std::int64_t words);
  void sort_rows(std::int64_t first, std::int64_t rows);
  placed_partial *sort_marked(placed_partial *begin, placed_partial *end, std::int32_t *out, std::int32_t *firsts,
                              std::int32_t &width, placed_partial *others);
  // run_structure.cpp
  bool write_pattern();
  void write_closed(const segment &s, std::int64_t line);
  void write_empty(std::int64_t rows);
  void write_box(const box &b);
  // run_stream.cpp
  bool write_layout();
  using fast_pair = std::pair<std::int64_t, std::int64_t>;
  void write_entry(std::int32_t stream, std::int64_t lines, const std::vector<std::int64_t> &hops);
  void choose_fast(std::size_t begin, std::size_t end, bool grouped);
  void fast_runs(std::size_t number, const block &entry, fast_range &open, bool grouped);
  void fast_executions(const block &b, const block &entry, fast_range &open);
  void fast_iterations(const block &b, fast_range &open, const std::vector<std::int32_t> &sites);
  void extend_fast(fast_range &open, std::int64_t iv, const std::int32_t *words, std::int64_t time,
                   const std::vector<std::int32_t> &sites);
  bool matches(const std::int32_t *word, std::int64_t steps, std::int64_t time, std::vector<std::int64_t> &bases,
               const std::vector<std::int32_t> &sites);
  void close_fast(fast_range &open, std::int64_t next);
  void closed_range(const run &r, bool grouped, std::int64_t &from, std::int64_t &to);
  gather_builder::ranges list_gaps();
  // run_places.cpp
  template <class Visit>
  std::int64_t for_each_made(const block &b, const fast_pair &fast, const numbering &numbers, std::int64_t made,
                             Visit &&visit);
  void place_runs(const block &b, const fast_pair &fast, gather_builder &gather);
  void place_group(const group &g, const fast_pair &fast, gather_builder &gather);
  void skip_executions(const block &b, const fast_pair &fast);
  void leave_out(std::int64_t from, std::int64_t to);
  void place_dense(gather_builder &gather);

  const abi::local_site &site(std::int32_t number) const { return recorder_.descriptor_.sites[number]; }
  const run &run_at(std::int64_t number) const { return recorder_.runs_[static_cast<std::size_t>(number)]; }
  /// The word of a slot in iteration t of its run.
  static std::int32_t word_at(const run_recorder::run_slot &slot, std::int64_t t) {
    const auto moved = static_cast<std::int32_t>(t * slot.step);
    return slot.column == -1 ? -1 : slot.column < -1 ? slot.column - moved : slot.column + moved;
  }
  static std::int32_t column_of(std::int32_t word) { return word < -1 ? -2 - word : word; }
  std::int64_t row_begin(std::int64_t row) const {
    return static_cast<std::int64_t>(pattern_.row_ptr[static_cast<std::size_t>(row)]);
  }
  std::int64_t find(std::int64_t row, std::int32_t column) const;

  run_recorder &recorder_;
  csr_pattern<Index> &pattern_;
  local_layout &layout_;
  std::vector<segment> segments_, line_segments_;
  std::vector<box> boxes_;
  std::vector<claim> box_claims_;
  std::vector<std::int64_t> runs_of_;
  std::vector<piece> pieces_;
  std::vector<std::int32_t> words_;                           ///< of an iteration
  std::vector<std::pair<std::int64_t, std::int64_t>> ranges_; ///< of iterations
  numbering of_block_;
  std::int64_t dense_rows_ = 0, work_ = 0;
  std::size_t segment_hint_ = 0;
  std::int64_t near_low_ = 0, near_high_ = -1, near_base_ = 0; ///< the dense segment that was met last
  // By dense row.
  index_array<std::int32_t> widths_; ///< how many columns
  /// Executions with entries that count: 0, 1, 2 for more. Empty: nobody asks.
  std::vector<std::int16_t> writers_;
  std::vector<std::int64_t> dead_until_; ///< executions before this time are overwritten; empty: none is
  // Of the part of the rows that is being sorted.
  std::vector<std::int32_t> begin_, end_; ///< by row, in entries_: those that count
  index_array<placed_partial> entries_;   ///< of columns, or -2 - c: of c if the row has it
  std::size_t next_piece_ = 0;
  bool optional_ = false;            ///< are some columns optional?
  std::vector<std::int32_t> marked_; ///< by column: where it has been written; empty: few rows are dense
  std::vector<std::int32_t> unsorted_, sources_;
  // Row by row, for all dense rows.
  index_array<std::int32_t> columns_, firsts_; ///< ascending; with each of them: the source of its first entry
  index_array<placed_partial> rest_;           ///< all other entries, at which of the columns
  // What is written next.
  Index *next_column_ = nullptr, *next_end_ = nullptr;
  std::vector<std::int64_t> turns_;
  index_array<std::int32_t> stream_;
  fast_range fast_;
  std::vector<fast_pair> chosen_;                                  ///< fast ranges of entries, in order
  std::vector<std::pair<std::int64_t, std::int64_t>> fast_ranges_; ///< positions that interiors write
  std::vector<bool> fast_positions_;                               ///< the same, where they come one by one
  /// Partials that are not made, because interiors write them; and how many before each.
  struct absent {
    std::int64_t begin, end, before;
  };
  std::vector<absent> absent_;
  std::int64_t absent_count_ = 0;
};

} // namespace sparsead::rt
