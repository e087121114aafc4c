// The structure of a function whose dependences are local, from the addresses of its sites and their slots: runs of
// iterations in closed form, and single executions for the rest. See docs/design/structure.md.
#pragma once
#include "abi.hpp"
#include "layout.hpp"
#include "leaf_map.hpp"
#include "local_gather.hpp"
#include "local_record.hpp"
#include <cstdint>
#include <string>
#include <vector>

namespace sparsead::rt {

class inspector;

/// A column in each iteration of a run: column + t * step. -1: none.
struct run_column {
  std::int64_t column = -1, step = 0;
  bool dead = false; ///< a choice leaves it out

  std::int64_t at(std::int64_t t) const { return column < 0 ? -1 : column + t * step; }
};

/// What elements of one temporary array depend on: intervals of elements in closed form; or, where many elements are on
/// their own, each for itself.
class run_rows {
public:
  void reset(std::uintptr_t begin, std::uintptr_t end, std::int32_t width);
  /// Elements begin, begin + stride, …: from now on they have these columns (`width` of them).
  void store(std::uintptr_t begin, std::int64_t stride, std::int64_t count, const run_column *columns);
  void clear(std::uintptr_t begin, std::uintptr_t end);
  /// The partial number `lane` of the elements at address, address + stride, …; *valid is lowered to the number of them
  /// that the answer holds for (at least one). False: not the address of an element.
  bool load(std::uintptr_t address, std::int64_t stride, std::int32_t lane, run_column &column, std::int64_t &valid);

private:
  struct interval {
    std::uintptr_t begin, end;
    std::size_t columns; ///< in pool_
  };
  void cut(std::uintptr_t begin, std::uintptr_t end);
  void append(std::uintptr_t begin, std::int64_t count, const run_column *columns);
  void make_dense();
  run_column *element(std::size_t cell);
  std::size_t copy_columns(std::size_t from, std::int64_t steps);

  std::uintptr_t begin_ = 0, end_ = 0;
  std::size_t width_ = 0;
  std::vector<interval> list_; ///< by address, apart
  std::vector<run_column> pool_;
  std::size_t inserted_ = 0; ///< in the middle
  bool dense_ = false;
  std::vector<std::int32_t> cells_; ///< dense: per element 1 + its place in pool_
};

class run_recorder {
public:
  /// lower: only of entries with column <= row.
  run_recorder(const abi::local_descriptor &descriptor, std::int64_t rows, std::int64_t cols, bool lower = false);

  leaf_map rows, columns; ///< filled by the caller

  /// The pattern and the local program. False: the record does not say, reason() tells why; ask the marks.
  /// Cost      linear in the pattern; apart from its output, only single executions and runs count.
  template <class Index> bool build(csr_pattern<Index> &pattern, local_layout &layout);
  bool active() const { return active_; }
  const std::string &reason() const { return reason_; }
  bool refuse(const char *reason);
  /// Loops in pieces of which nothing is recorded but that they go on as the one before.
  std::int64_t repeated_lines() const {
    std::int64_t count = 0;
    for (const group &g : groups_)
      count += g.lines - 1;
    return count;
  }

  // The hooks of abi.hpp.
  void enter(std::int32_t stream, std::int64_t begin, std::int64_t end, inspector &state);
  void leave(inspector &state);
  bool piece(const std::int64_t *table, std::int64_t begin, std::int64_t end, bool affine, inspector &state);
  void site(std::int32_t number, const void *shadow, const std::int64_t *words, inspector &state);
  void part(std::int32_t number, std::int32_t group, const std::int64_t *words, std::int32_t count, inspector &state);
  void lanes(const void *shadow, std::int64_t *words, std::int32_t count, inspector &state);
  void clear(const void *shadow, std::int64_t bytes, inspector &state);
  void drop(std::int32_t table);

private:
  template <class Index> friend class structure_builder;

  /// A site's executions in `count` iterations, all alike; of a group of lines: in the first of them.
  struct run {
    std::int32_t site; ///< -1: memory is filled
    std::int32_t distinct;
    std::int64_t row, row_step, count;
    std::size_t slots;        ///< in slots_
    std::size_t sorted;       ///< in distinct_: its columns, ascending in every row
    std::int64_t row_hop = 0; ///< from line to line
    std::int64_t low() const { return row_step < 0 ? row + (count - 1) * row_step : row; }
    std::int64_t high() const { return row_step < 0 ? row : row + (count - 1) * row_step; }
  };
  struct run_slot {
    std::int32_t column, step; ///< column -1: absent; -2 - c: c, if the row has it
    std::int32_t rank;         ///< among the row's columns; -1: none
    std::int32_t hop = 0;      ///< from line to line
  };
  struct distinct_column {
    std::int32_t column, step, hop = 0;
  };
  /// Blocks that are repeated `lines` times, with rows and columns that move by their hops: an inner loop of a nest,
  /// where all goes on in the same way from line to line.
  struct group {
    std::size_t first_block, last_block, first_run, last_run;
    std::int64_t lines;
  };
  /// Part of the record, in the order of execution.
  struct block {
    enum kind_t { executions, runs, entry, exit } kind;
    std::int64_t begin, end; ///< induction variable, where it belongs to a stream; of an entry: the interior
    std::size_t first, last; ///< words of log_, or runs_
    std::int32_t stream;
    std::size_t words = 0; ///< executions of a stream: of an iteration
  };
  /// Rows that something in the record concerns.
  struct claim {
    std::int64_t low, high;
    std::int64_t run; ///< -1: single executions, of some of them
  };
  struct part_slot {
    std::int32_t group, column;
  };
  /// The last loop in pieces, with which the next is compared (run_lines.cpp).
  struct line {
    struct piece {
      std::int64_t begin, end;
      std::size_t at, count; ///< in `words`: the table
      bool affine;
    };
    enum { none, recorded, compared } state = none; ///< of the loop that is open
    bool usable = false;                            ///< may the next be compared with it?
    std::vector<piece> pieces;
    std::vector<std::int64_t> words, deltas; ///< the tables; by what they differ from those of the line before
    std::int32_t stream = -1;
    std::int64_t begin = 0, end = 0; ///< of the interior
    std::size_t next = 0;            ///< of pieces: to be compared
    std::int64_t lines = 0, most = 0;
    std::size_t first_block = 0, first_run = 0, first_claim = 0;
  };
  struct site_state {
    std::vector<part_slot> parts;
    std::int64_t claim = -1, claims = 0;
  };

  /// Does a hook outside of loops in pieces go on? What comes between lines ends their group.
  bool recordable(inspector &state) {
    if (line_.state == line::compared)
      record_compared(state);
    line_.usable = false;
    return active_;
  }
  // run_lines.cpp
  void record_compared(inspector &state);
  void ungroup(); // run_segments.cpp
  bool compare(const std::int64_t *table, std::int64_t begin, std::int64_t end, bool affine);
  bool compare_words(const line::piece &piece, const std::int64_t *table);
  void keep_piece(const std::int64_t *table, std::int64_t begin, std::int64_t end, bool affine);
  bool is_repeatable() const;
  bool make_group();
  bool repeat_run(run &of, const std::int64_t *words, const std::int64_t *deltas, std::int64_t width);
  void record_enter(std::int32_t stream, std::int64_t begin, std::int64_t end);
  void record_leave();
  // run_pieces.cpp
  bool record_piece(const std::int64_t *table, std::int64_t begin, std::int64_t end, bool affine, inspector &state);
  bool record_executions(const std::int64_t *table, std::int64_t begin, std::int64_t end);
  bool resolve(std::int64_t word, std::int64_t stride, std::int64_t t, run_column &column, std::int64_t &valid,
               inspector &state);
  bool resolve_row(std::int64_t address, std::int64_t stride, std::int64_t t, run_column &row, std::int64_t &valid);
  run_rows *temporary(std::uintptr_t address, inspector &state, bool make);
  bool store_rows(std::uintptr_t address, std::int64_t stride, std::int64_t count, const run_column *columns,
                  std::int32_t count_columns, const std::int32_t *lanes, inspector &state);
  bool piece_from(const std::int64_t *table, const std::int64_t *first, const std::int64_t *second, std::int64_t iv,
                  std::int64_t t, std::int64_t count, bool closed, std::int64_t &done, inspector &state);
  void execute(std::int32_t number, std::int64_t row, const run_column *columns, std::int64_t t);
  bool make_run(std::int32_t number, const run_column &row, std::int64_t count, const run_column *columns);
  bool sort_columns(run &r);
  void note_executions(std::int64_t iv, std::size_t from, std::int64_t iterations = 1);
  void claim_execution(std::int32_t number, std::int64_t row);
  void claim_rows(std::int64_t low, std::int64_t high, std::int64_t run);
  bool is_claimed(std::int64_t low, std::int64_t high) const { return low <= claimed_high_ && claimed_low_ <= high; }

  void leave_out_upper(run_column &column, const run_column &row, std::int64_t &valid) const;

  const abi::local_descriptor &descriptor_;
  std::int64_t rows_count_, cols_count_;
  bool lower_;
  bool active_ = true;
  std::string reason_;
  word_log log_; ///< executions: site (~site: with parts), row, [number of parts, columns], columns
  std::vector<run> runs_;
  std::vector<run_slot> slots_;
  std::vector<distinct_column> distinct_;
  std::vector<block> blocks_;
  std::vector<claim> claims_;
  std::vector<group> groups_;
  line line_;
  std::int64_t claimed_low_ = INT64_MAX, claimed_high_ = INT64_MIN;
  std::vector<site_state> sites_;
  std::vector<std::vector<std::int32_t>> loop_sites_; ///< per stream: its sites of kinds 0 and 1
  std::int32_t waiting_ = 0;
  bool in_loop_ = false;
  std::int32_t stream_ = -1;
  std::vector<const leaf_span *> near_;        ///< per word of a table: the span that was met last
  std::vector<run_column> found_, found_rows_; ///< of a piece: its slots, its sites' rows
  std::vector<run_rows> temporaries_;
  std::vector<std::int32_t> free_temporaries_;
};

} // namespace sparsead::rt
