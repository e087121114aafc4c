// The structure of a function whose dependences are local, from the addresses of its sites and their slots: runs of
// iterations in closed form, and single executions for the rest. See docs/design/structure.md.
#pragma once
#include "abi.hpp"
#include "layout.hpp"
#include "leaf_map.hpp"
#include "local_gather.hpp"
#include "row_buckets.hpp"
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
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

/// Words that are appended and stay where they are. Each piece of it, of one `append` or of what `reserve` has made
/// room for, is in one place.
class execution_log {
public:
  /// The next `count` words stand one behind the other. Throws std::bad_alloc.
  void reserve(std::size_t count) {
    if (count > room_)
      grow(count);
  }
  std::int32_t *append(std::size_t count) {
    reserve(count);
    std::int32_t *const words = next_;
    next_ += count;
    room_ -= count;
    size_ += count;
    return words;
  }
  std::size_t size() const { return size_; }
  const std::int32_t *end() const { return next_; }
  void clear() { chunks_.clear(); }

private:
  void grow(std::size_t count);
  std::vector<std::unique_ptr<std::int32_t[]>> chunks_;
  std::int32_t *next_ = nullptr;
  std::size_t room_ = 0, size_ = 0, chunk_ = 1024;
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
    std::int64_t times, sources; ///< that a line takes
  };
  /// Sites that an iteration of a loop in pieces executes, in order.
  struct shape {
    struct step {
      std::int32_t site, slots;
      bool assigns;
      /// Of the first partial that it writes in the iteration; of its first slot's, where the others' follow in order.
      std::int32_t source;
      std::int32_t sign; ///< -1: these are negated
    };
    std::vector<std::int32_t> sites;
    std::vector<step> steps;
    std::size_t words = 0;                ///< of an iteration: each site's row and columns
    std::int32_t sources = 0, shared = 0; ///< partials that an iteration makes, and those that are used again
    bool shares = false;                  ///< do sources of some site not follow each other in order?
    std::int32_t columns = row_buckets::self_telling; ///< of each record, where they are alike
  };
  /// Part of the record, in the order of execution.
  struct block {
    enum kind_t { executions, runs, entry, exit } kind;
    std::int64_t begin, end; ///< induction variable, where it belongs to a stream; of an entry: the interior
    std::size_t first, last; ///< runs: in runs_
    std::int32_t stream;
    std::int64_t time, source;           ///< when it begins, and with which number of a partial
    std::int32_t shape = -1;             ///< executions in a loop in pieces: in shapes_
    std::int64_t sources = 0;            ///< executions: partials that they make
    const std::int32_t *words = nullptr; ///< executions of which positions may be guessed: in log_
  };
  /// Rows that something in the record concerns.
  struct claim {
    std::int64_t low, high;
    std::int64_t run; ///< -1: single executions, of some of them
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
    std::int64_t times = 0, sources = 0; ///< what it takes; as long as it is open: what there was before
  };
  /// Terms of sums that wait for the site: columns, and how many of them belong to which group, one after the other.
  struct site_state {
    std::vector<std::int32_t> parts;
    std::vector<std::pair<std::int32_t, std::int32_t>> groups;
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
  bool resolve(std::int64_t word, std::int64_t stride, std::int64_t t, run_column &column, std::int64_t &valid,
               inspector &state);
  bool resolve_row(std::int64_t address, std::int64_t stride, std::int64_t t, run_column &row, std::int64_t &valid);
  run_rows *temporary(std::uintptr_t address, inspector &state, bool make);
  bool store_rows(std::uintptr_t address, std::int64_t stride, std::int64_t count, const run_column *columns,
                  std::int32_t count_columns, const std::int32_t *lanes, inspector &state);
  bool piece_from(const std::int64_t *table, const std::int64_t *first, const std::int64_t *second, std::int64_t iv,
                  std::int64_t t, std::int64_t count, bool closed, std::int64_t &done, inspector &state);
  bool make_run(std::int32_t number, const run_column &row, std::int64_t count, const run_column *columns);
  bool sort_columns(run &r);
  void claim_rows(std::int64_t low, std::int64_t high, std::int64_t run);
  bool is_claimed(std::int64_t low, std::int64_t high) const { return low <= claimed_high_ && claimed_low_ <= high; }

  void leave_out_upper(run_column &column, const run_column &row, std::int64_t &valid) const;
  // run_executions.cpp
  const shape &shape_at(std::int32_t number) const { return shapes_[static_cast<std::size_t>(number)]; }
  bool is_guessed() const { return stream_ >= 0 && guessed_[static_cast<std::size_t>(stream_)]; }
  std::int32_t *make_room(std::size_t words);
  bool execute(std::int32_t number, std::int64_t row, const run_column *columns);
  std::int32_t *write_columns(std::int32_t *to, std::int64_t row, const run_column *columns, std::int32_t count,
                              std::int64_t t, bool &any) const;
  std::int32_t shape_of(const std::int64_t *table, const std::int64_t *words);
  bool make_shape();
  bool record_executions(const std::int64_t *table, std::int64_t begin, std::int64_t end);
  bool record_alike(const std::int64_t *table, const std::int64_t *words, std::int64_t begin, std::int64_t end);
  bool number_all(leaf_map &leaves, const std::int64_t *words, std::size_t width, std::int64_t count,
                  const leaf_span *&near, std::int32_t *to, std::size_t hop);
  template <class Columns>
  void bucket_alike(const shape &of, Columns columns, const std::int32_t *words, std::int64_t count,
                    std::int64_t block_time);
  void bucket_iterations(const shape &of, const std::int32_t *words, std::int64_t count, std::int64_t block_time);
  block *open_executions(std::int64_t iv, std::int32_t shape, const std::int32_t *words);
  bool note_iterations(std::int64_t iv, std::int32_t shape, const std::int32_t *words, std::int64_t count);
  bool jumps(const site_state &s) const;
  void claim_execution(std::int32_t number, std::int64_t row);
  struct row_range {
    std::int64_t low, high;
  };
  void claim_all(std::int32_t number, const std::int32_t *words, std::size_t hop, std::int64_t count,
                 const row_range &range);

  const abi::local_descriptor &descriptor_;
  std::int64_t rows_count_, cols_count_;
  bool lower_;
  bool active_ = true;
  std::string reason_;
  row_buckets buckets_; ///< executions
  execution_log log_;   ///< those again of which positions may be guessed, in their order: rows and columns
  std::int64_t time_ = 0, source_ = 0;  ///< executions and partials so far
  std::int64_t shared_ = 0;             ///< partials of single executions that are another site's
  std::vector<std::int32_t> converted_; ///< of some iterations, or one: rows and columns
  std::vector<shape> shapes_;
  std::map<std::vector<std::int32_t>, std::int32_t> shape_numbers_; ///< by their sites
  std::size_t last_shape_ = 0;
  std::vector<std::int32_t> present_; ///< of an iteration: its sites
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
  std::vector<bool> guessed_;                         ///< per stream: has the compiler guessed positions?
  std::int32_t waiting_ = 0;
  bool in_loop_ = false;
  std::int32_t stream_ = -1;
  std::vector<const leaf_span *> near_;        ///< per word of a table: the span that was met last
  std::vector<run_column> found_, found_rows_; ///< of a piece: its slots, its sites' rows
  std::vector<run_rows> temporaries_;
  std::vector<std::int32_t> free_temporaries_;
};

} // namespace sparsead::rt
