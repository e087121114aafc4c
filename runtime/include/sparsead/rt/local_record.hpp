// The strategy `local`: what the inspector's hooks tell about sites while the structure is planned, and the stream of
// positions that the values kernel reads. See docs/design/local.md.
#pragma once
#include "abi.hpp"
#include "layout.hpp"
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sparsead::rt {

class inspector;

/// From the shadow address of an output's element to its row, in constant time.
class row_table {
public:
  /// Elements side by side, 1 << shift bytes each, with rows first, first + 1, …
  void add_dense(const void *begin, const void *end, int shift, std::int32_t first);
  /// Elements anywhere in [begin, end), at multiples of 1 << shift bytes; set() says which.
  void add_sparse(const void *begin, const void *end, int shift);
  void set(const void *element, std::int32_t row);

  /// -1: no element of an output.
  std::int32_t find(const void *element) {
    const auto address = reinterpret_cast<std::uintptr_t>(element);
    if (address - begin_ >= size_ && !look_up(address))
      return -1;
    const std::uintptr_t offset = address - begin_;
    if (offset & ((std::uintptr_t(1) << shift_) - 1))
      return -1;
    const std::size_t number = static_cast<std::size_t>(offset >> shift_);
    return table_ ? table_[number] : first_ + static_cast<std::int32_t>(number);
  }
  /// Calls visit(row) for the elements in [begin, begin + bytes).
  template <class Visit> void for_each(const void *begin, std::int64_t bytes, Visit &&visit) {
    const auto lower = reinterpret_cast<std::uintptr_t>(begin), upper = lower + static_cast<std::uintptr_t>(bytes);
    for (const span &s : spans_) {
      const std::uintptr_t from = lower > s.begin ? lower : s.begin, to = upper < s.end ? upper : s.end;
      for (std::uintptr_t k = from < to ? (from - s.begin + (std::uintptr_t(1) << s.shift) - 1) >> s.shift : 0;
           from < to && s.begin + (k << s.shift) < to; ++k) {
        const std::int32_t row =
            s.table.empty() ? s.first + static_cast<std::int32_t>(k) : s.table[static_cast<std::size_t>(k)];
        if (row >= 0)
          visit(row);
      }
    }
  }

private:
  struct span {
    std::uintptr_t begin, end;
    int shift;
    std::int32_t first;
    std::vector<std::int32_t> table; // empty: dense
  };
  span &insert(const void *begin, const void *end, int shift, std::int32_t first);
  bool look_up(std::uintptr_t address);

  std::vector<span> spans_; // by address, apart from each other
  // The span that was met last.
  std::uintptr_t begin_ = 0, size_ = 0;
  int shift_ = 0;
  std::int32_t first_ = 0;
  const std::int32_t *table_ = nullptr;
};

/// Partials that an execution of the site writes for its slots.
inline std::int32_t partials_of(const abi::local_site &site) {
  return site.sources ? site.num_partials : site.num_slots;
}
/// The slot's partial, counted from the first one that the execution writes.
inline std::int32_t partial_of(const abi::local_site &site, std::int32_t slot) {
  return site.sources ? site.sources[slot] >> 1 : slot;
}
inline bool negates(const abi::local_site &site, std::int32_t slot) { return site.sources && (site.sources[slot] & 1); }
/// Its number, where that one has number `first`; ~: negated.
inline std::int64_t source_of(const abi::local_site &site, std::int64_t first, std::int32_t slot) {
  const std::int64_t partial = first + partial_of(site, slot);
  return negates(site, slot) ? ~partial : partial;
}

/// Words that grow in place where the system can move pages.
class word_log {
public:
  word_log() = default;
  word_log(const word_log &) = delete;
  word_log &operator=(const word_log &) = delete;
  ~word_log();
  /// Room for `count` words, which become part of it. Throws std::bad_alloc.
  std::int32_t *append(std::size_t count) {
    if (count > capacity_ - size_)
      grow(count);
    std::int32_t *const words = words_ + size_;
    size_ += count;
    return words;
  }
  std::int32_t *data() { return words_; }
  std::size_t size() const { return size_; }
  void clear();

private:
  void grow(std::size_t count);
  std::int32_t *words_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

/// What a local plan keeps.
struct local_program {
  std::vector<std::int32_t> stream;
  /// Positions [first, second) that no fast interior writes: they are gathered.
  std::vector<std::pair<std::int64_t, std::int64_t>> gaps;
  /// Words that describe interiors: first word and number; all others are positions.
  std::vector<std::pair<std::size_t, std::size_t>> headers;
  /// Positions that get a partial which stands elsewhere in the stream: its number, among the words that are
  /// positions; complemented: with the other sign.
  std::vector<std::pair<std::int32_t, std::int32_t>> aliases;
  std::int64_t fast_slots = 0; ///< positions that fast interiors work out for themselves

  bool operator==(const local_program &o) const {
    return stream == o.stream && gaps == o.gaps && aliases == o.aliases && fast_slots == o.fast_slots;
  }
};

/// Records the execution of sites in columns; knows the rules under which the partials of sites add up to the
/// Jacobian. What breaks one ends the recording: the plan is not local. Journaled control flow: a branch's two sides
/// exclude each other.
class local_recorder {
public:
  /// lower: only of entries with column <= row.
  local_recorder(const abi::local_descriptor &descriptor, std::int64_t rows, std::int64_t cols, bool lower = false);

  row_table rows; ///< filled by the caller

  /// Turns (row, column) pairs into positions and the record into a program. False: not local, reason() says why.
  /// Throws std::logic_error where the record contradicts the pattern and SPARSEAD_VERIFY=1 is in the environment.
  /// Cost      linear in the record and the pattern, for columns that come in some order.
  template <class Index> bool convert(const csr_pattern<Index> &pattern, local_program &program);
  bool active() const { return active_; }
  const std::string &reason() const { return reason_; }
  void refuse(std::string reason);

  // The hooks of abi.hpp.
  void site(std::int32_t number, const void *shadow, std::int32_t pointer_mark, const sparsead_mark *marks,
            inspector &state);
  void part(std::int32_t number, std::int32_t group, const sparsead_mark *marks, std::int32_t count);
  void row_load(const void *shadow, std::int32_t pointer_mark, sparsead_mark *marks, std::int32_t lanes,
                inspector &state);
  void clear(const void *shadow, std::int64_t bytes, std::int32_t pointer_mark, inspector &state);
  void stream_begin(std::int32_t loop, std::int64_t begin, std::int64_t end);
  void stream_iteration(std::int64_t iv);
  void stream_end();

  // Called by the inspector: regions of its journal open and end; memory goes away.
  void branch_begin() { regions_.push_back({next_branch_++, 0, none}); }
  void branch_other();
  void branch_end();
  void loop_begin() { ++loops_; }
  void loop_end() { --loops_; }
  void drop(std::int32_t table);

private:
  static constexpr std::uint32_t none = 0xffffffff;
  static constexpr std::int32_t streamed = INT32_MIN; ///< first word of a streamed loop's entry
  static constexpr std::size_t entry_words = 5;       ///< of which, beside the bases
  static constexpr std::int64_t shortest_run = 4;     ///< iterations of a fast range: with less it does not pay

  /// A side of a branch that is open, and its number among the sides in which something was recorded.
  struct region {
    std::uint64_t branch;
    std::int32_t side;
    std::uint32_t node;
  };
  struct node {
    std::uint64_t branch;
    std::int32_t side, depth;
    std::uint32_t parent;
  };
  /// Iterations of an interior, one after the other, each of which executes each site of the loop once, in order and
  /// unconditionally: from `begin` on in the record, as many words each.
  struct segment {
    std::size_t begin;
    std::int64_t first, iterations; ///< induction variable
  };
  /// Marks of the elements of a temporary, by row: row 0 holds zeros. cells: of each four bytes, its row.
  struct temporary {
    std::vector<std::int32_t> cells;
    std::vector<sparsead_mark> marks;
  };
  struct part_slot {
    std::int32_t group, column;
  };
  struct site_state {
    std::vector<part_slot> parts; ///< of the next execution
    std::size_t first_hint = 0;   ///< of its slots
  };

  bool valid_site(std::int32_t number);
  bool recordable();
  bool column(sparsead_mark mark, std::int32_t &column);
  bool touch(std::int32_t row, bool assigns, bool any, std::size_t at);
  void cut_off(std::int32_t row, std::size_t at);
  /// Was what stands at `at` in the record overwritten?
  bool dead(std::int32_t row, std::size_t at) const {
    return !cutoffs_.empty() && at < cutoffs_[static_cast<std::size_t>(row)];
  }
  bool exclusive(std::uint32_t earlier, std::uint32_t later) const;
  std::uint32_t current_node();
  void leave_iteration();
  void close_segment();
  void note_site(std::int32_t number, bool simple);
  temporary *temporary_of(const void *shadow, inspector &state, std::size_t &cell, bool make);
  void store_row(const abi::local_site &site, const void *shadow, const sparsead_mark *marks, inspector &state);
  bool parts_left();

  // local_stream.cpp
  template <class Index> friend class stream_builder;

  const abi::local_descriptor &descriptor_;
  std::int64_t cols_;
  bool lower_;
  bool active_ = true;
  std::string reason_;
  word_log log_;
  std::vector<std::uint32_t> touched_; ///< per row: 0, or 2 * (node + 1) + (1: several executions with entries)
  /// Per row, empty where no row is overwritten: what stands before it in the record is of no consequence.
  std::vector<std::size_t> cutoffs_;
  std::vector<site_state> sites_;
  std::vector<std::vector<std::int32_t>> loop_sites_; ///< per streamed loop: its sites of kinds 0 and 1, ascending
  std::size_t hints_ = 0;
  std::int32_t waiting_ = 0; ///< sites with parts

  std::vector<region> regions_; // open branches
  std::vector<node> nodes_;     // of the outermost one; the first has number first_node_; 0 is outside
  std::uint32_t first_node_ = 1;
  std::uint64_t next_branch_ = 0;
  std::int32_t loops_ = 0;

  std::vector<segment> segments_; ///< in order, those of all entries of streamed loops
  // The streamed loop that is open.
  bool in_stream_ = false, interior_ = false, regular_ = false;
  std::int64_t interior_begin_ = 0, interior_end_ = 0;
  std::size_t open_entry_ = 0; ///< in the record
  segment open_{};
  const std::int32_t *open_sites_ = nullptr;
  std::size_t open_count_ = 0;
  std::size_t executed_ = 0; ///< sites in this interior iteration

  std::vector<temporary> temporaries_;
  std::vector<std::int32_t> free_temporaries_;
};

} // namespace sparsead::rt
