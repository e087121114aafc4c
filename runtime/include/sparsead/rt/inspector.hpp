// The state behind a generated pattern inspector: the memory it may touch, the sets of columns, and the journal that
// lets it run both sides of a condition that it cannot know.
#pragma once
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "sparsead/rt/abi.hpp"
#include "sparsead/rt/marks.hpp"

namespace sparsead::rt {

class local_recorder;
class run_recorder;

/// A block of shadow memory, and the primal memory it stands for (null: no primal is kept).
struct memory_object {
  std::uintptr_t begin = 0, end = 0; ///< of the shadow
  char *primal = nullptr;
  const char *name = nullptr;
  bool external = false;   ///< a specified array: marks at least 1 where it has leaves, 0 elsewhere
  bool pure_input = false; ///< never written
  std::int64_t serial = 0;
  std::int32_t rows = -1; ///< the local recorder's table of its elements
  std::size_t mapped = 0; ///< bytes, where the heap's shadow is a mapping of its own
};

/// Saved contents of the aligned 8 bytes of shadow memory at `key` and of the primal bytes beside them, or, where
/// `shadow_mask` is 0, of the primal word at `key`. Masks name the bytes that were written.
struct journal_entry {
  std::uintptr_t key = 0; ///< 0: dead
  char *primal = nullptr;
  std::uint64_t old_shadow = 0, old_primal = 0; ///< before the region
  /// After the first side of a branch; in a loop, the join of all contents with which it may have been left.
  std::uint64_t first_shadow = 0, first_primal = 0;
  std::uint64_t seen_shadow = 0; ///< when the loop last compared its dependences as sets
  std::int32_t previous = -1;    ///< entry of the same key in an enclosing region
  std::int32_t exits = 0;        ///< exits of the loop when it was last written
  std::uint8_t shadow_mask = 0, primal_mask = 0;
  std::uint8_t kind[2] = {0, 0}; ///< cell_kind of each half
};

enum cell_kind : std::uint8_t {
  cell_none,
  cell_f32,
  cell_f64,
  cell_i8,
  cell_i16,
  cell_i32,
  cell_i64,
  cell_ptr,
  cell_raw
};

/// From key to the innermost journal entry.
class journal_index {
public:
  /// The place of the key's entry number; -1 there: none. Valid until the next call.
  std::int32_t &operator[](std::uintptr_t key);
  /// The entry number, -1 where there is none.
  std::int32_t find(std::uintptr_t key) const;

private:
  struct slot {
    std::uintptr_t key = 0;
    std::int32_t entry = -1;
  };
  static std::size_t hash(std::uintptr_t key) { return std::size_t((key >> 3) * 0x9E3779B97F4A7C15u); }
  void grow();
  std::vector<slot> slots_;
  std::size_t used_ = 0;
  int shift_ = 64;
};

/// What the ABI's `void *inspector` points at. Not for use by two threads at once; holds no global state.
///
/// Requires  shadows of specified arrays are made by the caller (marks >= 1 at leaves, 0 elsewhere), with a gap between
///           any two so that a subscript outside one is not inside another; they outlive the inspector.
class inspector : public sparsead_inspector_header {
public:
  using mark = sparsead_mark;

  explicit inspector(std::int64_t num_columns);
  ~inspector();
  inspector(const inspector &) = delete;
  inspector &operator=(const inspector &) = delete;

  /// Registers [shadow, shadow + bytes). `name` must outlive the inspector.
  void add_object(const char *name, void *shadow, std::int64_t bytes, bool external, bool pure_input);

  /// Undoes writes to memory without shadow, newest first; then throws what was recorded: std::out_of_range,
  /// std::length_error (too many sets), std::runtime_error (a trap), std::bad_alloc.
  void finish();

  /// Columns of the mark, ascending and unique, appended.
  template <class List> void flatten(std::int32_t m, List &out) { sets.flatten(m, out); }

  // Below: the ABI's functions; see abi.hpp.
  std::int64_t scope_begin();
  void scope_end(std::int64_t token);
  void *local(void *primal, std::int64_t bytes);
  void *heap(void *primal, std::int64_t bytes);
  bool release(void *shadow, void *primal, std::int32_t kind);
  std::pair<std::uintptr_t, std::uintptr_t> bounds(const void *shadow);
  bool check(const void *shadow, std::int64_t bytes, const char *name, const char *index_name, std::int64_t position,
             std::int64_t value);
  std::int32_t join_ptr(void *primal_a, void *shadow_a, std::int32_t mark_a, void *primal_b, void *shadow_b,
                        std::int32_t mark_b);
  mark load_any(const void *shadow, std::int32_t pointer_mark, bool is_float);
  void store_any(void *shadow, std::int32_t pointer_mark, std::int32_t bytes, mark m, std::int32_t is_float);
  void copy(void *dst_shadow, void *dst, bool dst_local, const void *src_shadow, const void *src, bool src_local,
            std::int64_t bytes, std::int32_t unknown);
  void fill(void *dst_shadow, void *dst, bool dst_local, int byte, std::int64_t bytes, std::int32_t unknown);

  void store_float(void *shadow, void *primal, std::int32_t bytes, std::uint64_t bits, mark m);
  void store_int(void *shadow, void *primal, std::int32_t bytes, std::uint64_t bits, mark m);
  void store_ptr(void *shadow, void *primal, void *value, void *value_shadow, mark m);
  void store_plain(void *primal, std::int64_t bytes, const void *value);
  void branch_begin();
  void branch_other();
  void branch_end();
  void loop_begin();
  std::int32_t loop_iterate(bool carried_changed, bool stays);
  void loop_exit();
  void loop_end();

  /// Keeps the first error; it is thrown by finish().
  void fail(std::exception_ptr error);
  void trap(const char *what);
  /// Elements of the specification in the caller's memory, [begin, end) each; asked for once, when first needed.
  struct active_range {
    std::uintptr_t begin, end;
    const char *name;
  };
  void set_active_ranges(std::function<std::vector<active_range>()> list) { list_active_ = std::move(list); }
  void foreign(const void *primal, std::int64_t bytes);
  /// Loops with an unknown end: follow iterations before they are joined (the default), or join at once.
  void follow_paths(bool on) { follow_paths_ = on; }
  bool enter();
  mark skip_call(mark arguments, bool marked);
  void leave() { --depth_; }

  marks sets;
  /// Told of sites, regions and memory that goes away; null: nothing is recorded.
  local_recorder *recorder = nullptr;
  run_recorder *runs = nullptr;
  /// The object that the shadow of a float lies in; null: none.
  memory_object *object_at(const void *shadow) { return lookup(reinterpret_cast<std::uintptr_t>(shadow), 4); }

private:
  void drop_rows(const memory_object &object);
  struct chunk {
    char *base;
    std::int64_t size, used;
    std::size_t first_local;
  };
  struct scope {
    std::size_t chunk, locals;
    std::int64_t used;
  };
  struct region {
    std::size_t start;
    std::int64_t serial;
    // Loops only. On a path, iterations follow each other as if the loop were not left; else they are joined.
    bool path = false;
    bool active = false;    ///< some mark has changed in this iteration
    std::int32_t exits = 0; ///< how often the loop may have been left
    std::int32_t iterations = 0;
    std::int32_t quiet = 0; ///< iterations since a mark has changed
    std::int32_t same = -1; ///< iterations since a set has changed, while they are compared; else -1
  };

  // Memory (inspector_memory.cpp).
  memory_object *lookup(std::uintptr_t address, std::int64_t bytes);
  memory_object *find(std::uintptr_t address, std::int64_t bytes);
  memory_object *remember(memory_object *object);
  void sort_objects();
  bool is_pointer(std::uint64_t word);
  void widen(const memory_object &object);
  mark known_or_one(mark m) const { return sets.plausible(m) ? m : 1; }
  void gather_cells(const memory_object &object);
  mark extent_mark(memory_object &object, std::int64_t stride, std::int64_t phase);
  mark anywhere_mark();
  template <class F> void for_each_object(F f);
  void weaken_everything(mark m);
  void weaken_extent(memory_object &object, mark m, bool is_float);
  void weaken_cell(memory_object &object, std::uintptr_t at, std::int32_t bytes, mark m, std::int32_t is_float);
  void weaken_half(memory_object &object, char *shadow, mark m, bool is_float);
  void copy_to_external(char *dst, const char *src, bool src_local, std::int64_t bytes);
  void copy_from_external(char *dst_shadow, char *dst, const char *src_shadow, const char *src, std::int64_t bytes);
  void copy_to_plain(void *dst, const void *src_shadow, const void *src, bool src_local, std::int64_t bytes);

  // Journal (inspector_journal.cpp).
  journal_entry &touch(std::uintptr_t key, char *primal);
  void record(char *shadow, char *primal, int shadow_bytes, int primal_bytes, cell_kind kind);
  void record_raw(char *shadow, char *primal, std::int64_t bytes);
  void save(journal_entry &entry, std::uint8_t shadow_mask, std::uint8_t primal_mask);
  void purge(std::uintptr_t begin, std::uintptr_t end);
  void open_region();
  void accumulate(journal_entry &entry, std::uint64_t shadow, std::uint64_t primal);
  void meet_exits();
  bool join_iteration();
  bool dependences_moved();
  void hand_over(std::size_t start, std::size_t outer_start, bool to_root);
  mark join_mark(mark a, mark b, bool equal, bool keep);
  void join(const journal_entry &entry, std::uint64_t a_shadow, std::uint64_t a_primal, std::uint64_t b_shadow,
            std::uint64_t b_primal, bool keep, std::uint64_t &shadow, std::uint64_t &primal);
  std::uint64_t join_ints(const journal_entry &entry, int half, int size, std::uint64_t a_shadow,
                          std::uint64_t b_shadow, std::uint64_t differing) const;
  std::uint64_t join_pointers(std::uint64_t a_shadow, std::uint64_t a_primal, std::uint64_t b_shadow,
                              std::uint64_t b_primal) const;
  std::uint64_t join_raw(const journal_entry &entry, std::uint64_t a_shadow, std::uint64_t a_primal,
                         std::uint64_t b_shadow, std::uint64_t b_primal, bool keep);

  std::deque<memory_object> specified_; // in the order of registration
  std::vector<memory_object *> by_address_;
  std::deque<memory_object> locals_;
  std::map<std::uintptr_t, memory_object> heap_;
  std::vector<chunk> chunks_;
  std::vector<scope> scopes_;
  std::size_t current_chunk_ = 0;
  memory_object *recent_[2] = {nullptr, nullptr};
  std::uintptr_t lowest_ = UINTPTR_MAX, highest_ = 0; ///< bounds of all objects there ever were
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, mark> extents_; // (serial, stride, phase): last union
  mark pure_inputs_mark_ = -1;
  std::int64_t serial_ = 0;
  std::vector<char> scratch_;

  std::vector<journal_entry> log_;
  std::vector<region> regions_; // regions_[0]: plain writes to be undone at the end
  journal_index index_;
  std::exception_ptr error_;
  std::function<std::vector<active_range>()> list_active_;
  std::vector<active_range> active_ranges_;
  bool follow_paths_ = true;
  std::int32_t depth_ = 0;
  std::int64_t calls_ = 0; ///< made under speculation
  std::int64_t recursive_iterations_ = 0;
  std::int64_t nested_iterations_ = 0; ///< of paths inside paths
  // Pointers with a few possible values: offsets from the pointer's own, named by marks from first_alternative down.
  static constexpr std::int32_t first_alternative = -16;
  static constexpr std::size_t max_alternatives = 8;
  std::vector<std::vector<std::int64_t>> alternatives_;
  std::map<std::vector<std::int64_t>, std::int32_t> alternative_numbers_;
  std::vector<std::int64_t> offsets_of(std::int32_t pointer_mark) const;
  std::vector<std::pair<void *, std::int32_t>> deferred_; ///< primal heap memory to be freed at the end, with its kind
};

/// Runs f on the inspector behind an ABI handle. Generated code cannot be unwound: errors are kept for finish().
template <class F> auto guard(void *state, F f) -> decltype(f(std::declval<inspector &>())) {
  using result = decltype(f(std::declval<inspector &>()));
  auto &self = *static_cast<inspector *>(static_cast<sparsead_inspector_header *>(state));
  try {
    return f(self);
  } catch (...) {
    self.fail(std::current_exception());
  }
  if constexpr (!std::is_void_v<result>)
    return {};
}

} // namespace sparsead::rt
