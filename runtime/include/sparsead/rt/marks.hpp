// Sets of column indices, named by int32 marks, as the pattern's inspector propagates them.
#pragma once
#include "index_array.hpp"
#include <cstdint>
#include <memory>
#include <vector>

namespace sparsead::rt {

class interactions;

/// An arena of sets. Mark 0: a known value; 1: unknown, the empty set; 2+j: {j}; above: a set in the arena.
///
/// Sets up to `merge_limit` columns are sorted arrays, merged at once, and an operand that contains the other is itself
/// the result. Larger unions are nodes with two children, made in constant time and flattened only on demand: an n-term
/// accumulation costs O(n). Sets are immutable, so marks may be copied freely.
///
/// Cost      union: O(merge_limit); flatten, contains: O(nodes reached + result), no recursion.
/// Limits    num_columns + words of the arena below 2^31: beyond, `overflow()` becomes true and unions return 1 (the
///           caller reports it; the arena cannot throw through generated code).
class marks {
public:
  using mark = std::int32_t;
  static constexpr std::int32_t merge_limit = 32;

  /// A mark of an integer array's bytes read as a float's mark: the same as 1. No set has this name.
  static constexpr mark bytes_of_one = 0x01010101;

  explicit marks(std::int64_t num_columns);
  ~marks();

  /// Second order (interactions.hpp): from now on a mark may also carry pairs of sets, which unions unite.
  void keep_interactions();
  bool keeps_interactions() const { return interactions_ != nullptr; }
  /// Requires  keep_interactions().
  interactions &kept() { return *interactions_; }
  /// A mark without columns that carries columns(a) × columns(b), once each; 0 where one of them is empty. Requires
  /// keep_interactions().
  mark interact(mark a, mark b);
  /// What the mark carries, as a mark of the interactions' own arena; 0: nothing.
  mark pairs_of(mark m) const;
  marks(const marks &) = delete;
  marks &operator=(const marks &) = delete;

  mark unite(mark a, mark b);
  mark unite(const mark *list, std::int32_t count);

  /// Is b contained in a? 0 is contained in all, 1 in all but 0.
  bool contains(mark a, mark b);

  /// Columns above this number are never named, though they could be (an arena of numbers that grow).
  void use_columns(std::int64_t count) { used_columns_ = count; }

  /// The columns of the mark, ascending and unique, appended to `out`.
  template <class List> void flatten(mark m, List &out);

  /// How many columns the mark has, and where they stand: a single one is put into `one`. -1: only flatten tells.
  std::int64_t peek(mark m, mark &one, const mark *&columns) const {
    if (single(m)) {
      one = m - 2;
      return m > 1 && m != alias_ ? 1 : 0;
    }
    if (m == alias_)
      return 0;
    const std::int32_t *const r = record(m);
    columns = r + 2;
    return r[0] >= 0 ? r[0] : -1;
  }
  /// Union of many marks as one flat set: begin, add…, end. `previous`: returned where it is the same set (flat).
  void begin_gather();
  void gather(mark m);
  mark end_gather(mark previous = 0);

  /// The same set under a name whose lowest byte is not zero: an integer read from its bytes is seen to be unknown.
  mark visible_as_byte(mark m);

  /// May these 32 bits of shadow memory be a mark? True for every mark ever returned; for other bits, never true where
  /// following them would leave the arena.
  bool plausible(mark m) const;

  bool overflow() const;
  std::int64_t num_columns() const { return num_columns_; }
  /// Words in the arena (figures for tests and reports).
  std::int64_t words() const { return used_; }

private:
  // Records, in words: flat set {count, stamp, columns…}; node {node_tag, stamp, left, right, chain, least_size};
  // node replaced by a flat set {forward_tag, stamp, set, …}; set with pairs {pair_tag, stamp, set, pairs}. Records lie
  // end to end from word 0; `starts_` has a bit for each word where one starts.
  static constexpr std::int32_t node_tag = -1, forward_tag = -2, pair_tag = -3, node_words = 6;

  struct memo_entry {
    mark a = 0, b = 0, result = 0;
  };

  std::int32_t *record(mark m) { return words_ + (m - first_id_); }
  const std::int32_t *record(mark m) const { return words_ + (m - first_id_); }
  mark clean(mark m) const { return m == alias_ ? 1 : m; }
  bool single(mark m) const { return m < first_id_; }
  mark allocate(std::int64_t count);
  void take_back(mark id, std::int64_t used);
  void grow(std::int64_t count);
  mark make_flat(const std::int32_t *columns, std::int32_t count);
  mark resolve(mark m) const;
  mark make_node(mark a, mark b, std::int32_t chain);
  mark unite_large(mark a, mark b);
  mark unite_flat(mark a, mark b);
  std::int32_t least_size(mark m) const;
  bool flat_contains(const std::int32_t *set, std::int32_t column) const;
  // interactions.cpp: `whole` is resolved; columns alone, and a set with pairs from both parts.
  bool is_pair(mark whole) const { return interactions_ && !single(whole) && record(whole)[0] == pair_tag; }
  mark columns_of(mark m) const;
  mark canonical(mark m);
  mark make_pair(mark columns, mark pairs);
  mark unite_pairs(mark a, mark b);
  bool pairs_contain(mark a, mark b);
  void next_stamp();
  void walk(mark m);
  void sort_found();

  std::int32_t *words_ = nullptr;
  std::int64_t used_ = 0, capacity_ = 0;
  std::int64_t num_columns_ = 0;
  mark first_id_ = 2;
  mark alias_ = -1; ///< bytes_of_one, where no column has that name
  bool overflow_ = false;
  std::uint64_t *starts_ = nullptr;
  std::vector<memo_entry> memo_;

  std::vector<std::int32_t> seen_; ///< by column: the stamp of the walk that met it last
  std::int32_t stamp_ = 0;
  std::vector<std::int32_t> found_;
  std::vector<mark> stack_;
  std::int64_t visited_ = 0;
  mark gathered_base_ = 0;
  std::int64_t used_columns_ = 0;
  std::unique_ptr<interactions> interactions_; ///< null: first order
  mark gathered_pairs_ = 0;
};

} // namespace sparsead::rt
