// From the record of a structure program to rows, columns and positions. Internal to run_structure.cpp and
// run_stream.cpp.
#pragma once
#include "run_record.hpp"
#include <algorithm>
#include <iterator>
#include <limits>

namespace sparsead::rt {

template <class Index> class structure_builder {
public:
  structure_builder(run_recorder &recorder, csr_pattern<Index> &pattern, local_program &program)
      : recorder_(recorder), pattern_(pattern), program_(program) {}
  bool build() { return split() && gather_dense() && write_pattern() && write_stream(); }

private:
  using run = run_recorder::run;
  using block = run_recorder::block;

  /// Neighbouring rows whose entries have one origin: nothing but certain runs (closed), or anything.
  struct segment {
    std::int64_t low, high;
    std::size_t first, last; ///< closed: its runs, in runs_of_
    std::int64_t base;       ///< its first dense row; -1: closed
  };
  /// Rows of a run in a dense segment.
  struct piece {
    std::int64_t run, low, high;
  };
  /// Iterations [first, last) of a stream's entry whose positions are where the compiler has guessed, from `bases` on.
  struct fast_range {
    std::int64_t first = 0, last = 0;
    std::vector<std::int64_t> bases;
    std::int64_t length() const { return last - first; }
  };

  // run_structure.cpp
  bool split();
  bool add_segment(std::int64_t low, std::int64_t high, const std::vector<std::int64_t> &active, bool executions);
  std::int64_t dense_row(std::int64_t row);
  /// Calls visit(dense row, does the site assign, words of columns, how many, when) for what concerns dense rows.
  template <class Visit> void for_each_dense(Visit &&visit);
  /// When something is executed: larger is later. A block takes as many numbers as it may need.
  static std::int64_t moments(const block &b) {
    return b.kind == block::executions ? static_cast<std::int64_t>(b.last - b.first)
                                       : (b.end - b.begin + 1) * static_cast<std::int64_t>(b.last - b.first);
  }
  bool is_dead(std::int64_t dense, std::int64_t moment) const {
    return !dead_until_.empty() && dense >= 0 && moment < dead_until_[static_cast<std::size_t>(dense)];
  }
  bool gather_dense();
  bool write_pattern();
  // run_stream.cpp
  bool write_stream();
  void write_word(std::int32_t word) { program_.stream.push_back(word); }
  void write_wide(std::int64_t value);
  void choose_fast(std::size_t begin, std::size_t end);
  void fast_runs(const block &b, const block &entry, std::int64_t moment, fast_range &open);
  void fast_executions(const block &b, const block &entry, std::int64_t moment, fast_range &open);
  void fast_iterations(const block &b, std::int64_t moment, fast_range &open, const std::vector<std::int32_t> &sites);
  void extend_fast(fast_range &open, std::int64_t iv, const std::int32_t *words, std::int64_t moment,
                   const std::vector<std::int32_t> &sites, bool in_run);
  bool matches(const std::int32_t *word, std::int64_t steps, std::int64_t moment, std::vector<std::int64_t> &bases,
               const std::vector<std::int32_t> &sites, bool in_run);
  void close_fast(fast_range &open, std::int64_t next);
  void closed_range(const run &r, std::int64_t &from, std::int64_t &to);
  void cover(std::int32_t stream);
  void execution_words(const block &b, std::int64_t moment);
  void run_words(const block &b, std::int64_t moment);
  bool begin_site(std::int32_t number, std::int32_t parts);
  void write_position(std::int32_t slot, std::int64_t position);
  bool write_slot(std::int32_t slot, std::int64_t row, std::int32_t word, std::int32_t &hint);
  std::int64_t find(std::int64_t row, std::int32_t column, std::int32_t &hint) const;
  void list_gaps();

  const abi::local_site &site(std::int32_t number) const { return recorder_.descriptor_.sites[number]; }
  /// The word of a slot in iteration t of its run.
  static std::int32_t word_at(const run_recorder::run_slot &slot, std::int64_t t) {
    const auto moved = static_cast<std::int32_t>(t * slot.step);
    return slot.column == -1 ? -1 : slot.column < -1 ? slot.column - moved : slot.column + moved;
  }
  static std::int32_t column_of(std::int32_t word) { return word < -1 ? -2 - word : word; }
  std::int64_t row_begin(std::int64_t row) const {
    return static_cast<std::int64_t>(pattern_.row_ptr[static_cast<std::size_t>(row)]);
  }
  const segment *segment_of(std::int64_t row);

  run_recorder &recorder_;
  csr_pattern<Index> &pattern_;
  local_program &program_;
  std::vector<segment> segments_;
  std::vector<std::int64_t> runs_of_;
  std::vector<piece> pieces_;
  std::int64_t dense_rows_ = 0, work_ = 0;
  std::size_t segment_hint_ = 0;
  // By dense row.
  std::vector<std::int64_t> begin_;          ///< in columns_
  std::vector<std::int32_t> columns_, size_; ///< ascending
  std::vector<std::uint8_t> writers_;        ///< executions with entries that count: 0, 1, 2 for more
  std::vector<std::int64_t> dead_until_;     ///< executions before this one are overwritten; empty: none is
  std::vector<std::int32_t> hints_;          ///< per slot of a site: where in its row the last one was
  std::vector<std::size_t> first_hint_;
  std::int64_t moments_before_entry_ = 0;
  std::vector<std::int64_t> last_partial_; ///< of each site: the number of its first slot's
  std::int64_t partials_ = 0, original_ = -1;
  std::int32_t alias_ = 0; ///< of the site that is written
  fast_range fast_;
  std::vector<std::pair<std::int64_t, std::int64_t>> fast_ranges_; ///< positions that interiors write
  std::vector<bool> fast_positions_;                               ///< the same, where they come one by one
};

} // namespace sparsead::rt
