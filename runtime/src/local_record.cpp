// Recording for the strategy `local`: the hooks, and the rules that can be checked while they are called.
//
// The record, in words. An execution of a site of kind 0 or 1: its number s, the row, the columns of its slots (-1:
// absent; -2 - c: c, where the pattern has it); with parts ~s, the row, the number of part slots, their columns in the
// order of the stream, the columns of its slots. An entry of a streamed loop: `streamed`, where its interior begins
// (two words), the loop, the number of its segments, then room for the bases.
#include "sparsead/rt/local_record.hpp"
#include "sparsead/rt/inspector.hpp"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>

namespace sparsead::rt {

// --- rows of addresses -----------------------------------------------------------------------------------------------

row_table::span &row_table::insert(const void *begin, const void *end, int shift, std::int32_t first) {
  span added{reinterpret_cast<std::uintptr_t>(begin), reinterpret_cast<std::uintptr_t>(end), shift, first, {}};
  size_ = 0; // spans move
  const auto place = std::upper_bound(spans_.begin(), spans_.end(), added.begin,
                                      [](std::uintptr_t a, const span &s) { return a < s.begin; });
  return *spans_.insert(place, std::move(added));
}

void row_table::add_dense(const void *begin, const void *end, int shift, std::int32_t first) {
  insert(begin, end, shift, first);
}

void row_table::add_sparse(const void *begin, const void *end, int shift) {
  span &added = insert(begin, end, shift, 0);
  added.table.assign(((added.end - added.begin) >> shift) + 1, -1);
}

void row_table::set(const void *element, std::int32_t row) {
  const auto address = reinterpret_cast<std::uintptr_t>(element);
  const auto next = std::upper_bound(spans_.begin(), spans_.end(), address,
                                     [](std::uintptr_t a, const span &s) { return a < s.begin; });
  span &of = *(next - 1);
  of.table[(address - of.begin) >> of.shift] = row;
}

bool row_table::look_up(std::uintptr_t address) {
  const auto next = std::upper_bound(spans_.begin(), spans_.end(), address,
                                     [](std::uintptr_t a, const span &s) { return a < s.begin; });
  if (next == spans_.begin() || address >= (next - 1)->end)
    return false;
  const span &of = *(next - 1);
  begin_ = of.begin;
  size_ = of.end - of.begin;
  shift_ = of.shift;
  first_ = of.first;
  table_ = of.table.empty() ? nullptr : of.table.data();
  return true;
}

// --- words -----------------------------------------------------------------------------------------------------------

word_log::~word_log() { std::free(words_); }

void word_log::clear() {
  std::free(words_);
  words_ = nullptr;
  size_ = capacity_ = 0;
}

void word_log::grow(std::size_t count) {
  const std::size_t capacity = std::max(size_ + count, 2 * capacity_ + 1024);
  void *words = std::realloc(words_, capacity * sizeof(std::int32_t));
  if (!words)
    throw std::bad_alloc();
  words_ = static_cast<std::int32_t *>(words);
  capacity_ = capacity;
}

// --- the recorder ----------------------------------------------------------------------------------------------------

local_recorder::local_recorder(const abi::local_descriptor &descriptor, std::int64_t rows, std::int64_t cols,
                               bool lower)
    : descriptor_(descriptor), cols_(cols), lower_(lower),
      sites_(static_cast<std::size_t>(std::max(descriptor.num_sites, 0))),
      loop_sites_(static_cast<std::size_t>(std::max(descriptor.num_loops, 0))) {
  if (rows >= std::numeric_limits<std::int32_t>::max()) {
    refuse("it has more rows than 32 bits count");
    return;
  }
  touched_.resize(static_cast<std::size_t>(rows));
  for (std::int32_t s = 0; s < descriptor.num_sites; ++s) {
    const abi::local_site &site = descriptor.sites[s];
    sites_[static_cast<std::size_t>(s)].first_hint = hints_;
    hints_ += static_cast<std::size_t>(site.num_slots) + 1; // the last: of its parts
    if (site.loop >= 0 && site.loop < descriptor.num_loops && site.kind != abi::local_row)
      loop_sites_[static_cast<std::size_t>(site.loop)].push_back(s);
  }
}

void local_recorder::refuse(std::string reason) {
  if (!active_)
    return;
  active_ = false;
  reason_ = std::move(reason);
  log_.clear();
  touched_ = {};
  cutoffs_ = {};
  temporaries_ = {};
  segments_ = {};
}

inline bool local_recorder::valid_site(std::int32_t number) {
  if (number >= 0 && number < descriptor_.num_sites)
    return true;
  refuse("a site is not in the table of sites");
  return false;
}

/// Nothing else can be recorded inside a loop whose end is not known: its iterations are not those of a call.
inline bool local_recorder::recordable() {
  if (active_ && loops_ > 0)
    refuse("outputs are computed in a loop whose end depends on active data");
  return active_;
}

/// Without the mark of what is optional.
static std::int32_t column_of(std::int32_t word) { return word < -1 ? -2 - word : word; }

/// False: a set. Complements of marks give optional columns, -2 - column.
inline bool local_recorder::column(sparsead_mark mark, std::int32_t &column) {
  const bool optional = mark < 0;
  if (optional)
    mark = ~mark;
  column = mark > 1 ? mark - 2 : -1;
  if (column < cols_) {
    if (optional && column >= 0)
      column = -2 - column;
    return true;
  }
  column = -1;
  return mark == marks::bytes_of_one;
}

// --- branches --------------------------------------------------------------------------------------------------------

void local_recorder::branch_other() {
  if (regions_.empty())
    return;
  regions_.back().side = 1;
  regions_.back().node = none;
}

void local_recorder::branch_end() {
  if (regions_.empty())
    return;
  regions_.pop_back();
  if (regions_.empty()) {
    // Whatever comes from now on follows what was recorded in there.
    first_node_ += static_cast<std::uint32_t>(nodes_.size());
    nodes_.clear();
  }
}

/// The number of the innermost open side; sides get one when something is recorded in them.
std::uint32_t local_recorder::current_node() {
  std::uint32_t parent = 0;
  std::int32_t depth = 0;
  for (region &r : regions_) {
    ++depth;
    if (r.node == none) {
      r.node = first_node_ + static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back({r.branch, r.side, depth, parent});
    }
    parent = r.node;
  }
  return parent;
}

/// Do two entries lie on different sides of one branch, so that no call makes both?
bool local_recorder::exclusive(std::uint32_t a, std::uint32_t b) const {
  if (a < first_node_ || b < first_node_)
    return false; // outside, or in a branch that has ended
  auto at = [&](std::uint32_t n) -> const node & { return nodes_[n - first_node_]; };
  while (at(a).depth > at(b).depth)
    a = at(a).parent;
  while (at(b).depth > at(a).depth)
    b = at(b).parent;
  for (; a != b; a = at(a).parent, b = at(b).parent) {
    if (at(a).branch == at(b).branch)
      return true;
    if (at(a).depth == 1)
      break;
  }
  return false;
}

/// Nothing is left of what stands in the record before `at` for this row.
void local_recorder::cut_off(std::int32_t row, std::size_t at) {
  if (cutoffs_.empty())
    cutoffs_.resize(touched_.size(), 0);
  cutoffs_[static_cast<std::size_t>(row)] = at;
}

/// A row is stored to, by what stands at `at` in the record. One earlier entry stands for all: those on other sides are
/// of no consequence to later stores here, and what later follows this one follows them too.
inline bool local_recorder::touch(std::int32_t row, bool assigns, bool any, std::size_t at) {
  std::uint32_t &state = touched_[static_cast<std::size_t>(row)];
  if (assigns && state != 0 && regions_.empty()) {
    cut_off(row, at);
    state = 0;
  }
  if (state == 0 && !any)
    return true;
  const std::uint32_t now = regions_.empty() ? 0 : current_node();
  if (now >= (1u << 31) - 2) {
    refuse("it has too many branches on active data");
    return false;
  }
  if (state == 0) {
    state = 2 * (now + 1);
    return true;
  }
  const std::uint32_t before = (state >> 1) - 1;
  const bool other_side = exclusive(before, now);
  if (assigns && !other_side) {
    refuse("row " + std::to_string(row) + " is assigned again under a condition that depends on active data");
    return false;
  }
  if (any)
    state = (2 * ((other_side ? now : before) + 1)) | 1;
  return true;
}

// --- sites -----------------------------------------------------------------------------------------------------------

/// A site of kind 0 or 1 is executed inside a streamed loop: in a regular iteration each is, once, in order, and
/// simple.
inline void local_recorder::note_site(std::int32_t number, bool simple) {
  if (!interior_)
    return;
  regular_ &= simple && executed_ < open_count_ && open_sites_[executed_] == number;
  ++executed_;
}

namespace {
constexpr std::int64_t no_group = INT64_MIN;

/// The highest of the groups below `limit`; there are as many as the code has sums for one store.
template <class Parts> std::int64_t highest_group(const Parts &parts, std::int64_t limit) {
  std::int64_t highest = no_group;
  for (const auto &slot : parts)
    if (slot.group < limit && slot.group > highest)
      highest = slot.group;
  return highest;
}
} // namespace

void local_recorder::site(std::int32_t number, const void *shadow, std::int32_t pointer_mark,
                          const sparsead_mark *marks, inspector &state) {
  if (!recordable() || !valid_site(number))
    return;
  const abi::local_site &site = descriptor_.sites[number];
  if (pointer_mark != 0 || !shadow)
    return refuse("the address of a store is not known while the structure is planned");
  if (site.kind == abi::local_row)
    return store_row(site, shadow, marks, state);
  const std::int32_t row = rows.find(shadow);
  if (row < 0)
    return refuse("a store that computes outputs hits something else");
  std::vector<part_slot> &parts = sites_[static_cast<std::size_t>(number)].parts;
  bool any = false, single = true;
  const std::size_t at = log_.size();
  std::int32_t *word =
      log_.append(static_cast<std::size_t>(site.num_slots) + 2 + (parts.empty() ? 0 : 1 + parts.size()));
  const bool simple = parts.empty() && site.kind == abi::local_assign && regions_.empty();
  auto is_upper = [&](std::int32_t of, std::int32_t at_row) { return lower_ && (of < -1 ? -2 - of : of) > at_row; };
  *word++ = parts.empty() ? number : ~number;
  *word++ = row;
  if (!parts.empty()) {
    *word++ = static_cast<std::int32_t>(parts.size());
    for (std::int64_t group = highest_group(parts, std::int64_t(1) << 32); group != no_group;
         group = highest_group(parts, group))
      for (const part_slot &slot : parts)
        if (slot.group == group) {
          *word = is_upper(slot.column, row) ? -1 : slot.column;
          any |= *word++ != -1;
        }
    parts.clear();
    --waiting_;
  }
  for (std::int32_t k = 0; k < site.num_slots; ++k) {
    single &= column(marks[k], *word);
    if (is_upper(*word, row))
      *word = -1;
    any |= *word++ != -1;
  }
  if (!single)
    return refuse("a value that row " + std::to_string(row) + " is computed from depends on several inputs");
  if (touch(row, site.kind == abi::local_assign, any, at))
    note_site(number, simple);
}

void local_recorder::part(std::int32_t number, std::int32_t group, const sparsead_mark *marks, std::int32_t count) {
  if (!recordable() || !valid_site(number))
    return;
  std::vector<part_slot> &parts = sites_[static_cast<std::size_t>(number)].parts;
  if (count < 0 || parts.size() > (1u << 30))
    return refuse("a sum has too many terms");
  waiting_ += parts.empty() && count > 0;
  for (std::int32_t k = 0; k < count; ++k) {
    part_slot slot{group, -1};
    if (!column(marks[k], slot.column))
      return refuse("a term of a sum depends on several inputs");
    parts.push_back(slot);
  }
}

/// Terms of a sum that no site has taken: they would go to the wrong execution.
bool local_recorder::parts_left() {
  if (waiting_ > 0)
    refuse("a sum is computed that is not stored in each case");
  return waiting_ > 0;
}

// --- temporaries -----------------------------------------------------------------------------------------------------

/// The table of the object around `shadow`, and the place of the element in it. `make`: where there is none yet. Null:
/// no object or no table.
local_recorder::temporary *local_recorder::temporary_of(const void *shadow, inspector &state, std::size_t &cell,
                                                        bool make) {
  memory_object *const object = state.object_at(shadow);
  if (!object)
    return nullptr;
  cell = (reinterpret_cast<std::uintptr_t>(shadow) - object->begin) >> 2;
  if (object->rows < 0) {
    if (!make)
      return nullptr;
    if (free_temporaries_.empty()) {
      free_temporaries_.push_back(static_cast<std::int32_t>(temporaries_.size()));
      temporaries_.emplace_back();
    }
    temporary &fresh = temporaries_[static_cast<std::size_t>(free_temporaries_.back())];
    fresh.cells.assign((object->end - object->begin + 3) >> 2, 0);
    fresh.marks.assign(static_cast<std::size_t>(descriptor_.width), 0);
    object->rows = free_temporaries_.back();
    free_temporaries_.pop_back();
  }
  return &temporaries_[static_cast<std::size_t>(object->rows)];
}

void local_recorder::drop(std::int32_t table) {
  if (table < 0 || static_cast<std::size_t>(table) >= temporaries_.size())
    return;
  free_temporaries_.push_back(table);
}

void local_recorder::store_row(const abi::local_site &site, const void *shadow, const sparsead_mark *marks,
                               inspector &state) {
  if (!regions_.empty())
    return refuse("a temporary array is written under a condition that depends on active data");
  if (descriptor_.width <= 0)
    return site.num_slots > 0 ? refuse("a temporary array has no room for what it depends on") : void();
  std::size_t cell = 0;
  temporary *const table = temporary_of(shadow, state, cell, true);
  if (!table)
    return refuse("a store to a temporary array hits something else");
  const std::size_t width = static_cast<std::size_t>(descriptor_.width);
  std::int32_t &place = table->cells[cell];
  if (place == 0) {
    const std::size_t row = table->marks.size() / width;
    if (row >= static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
      return refuse("a temporary array has more elements than 32 bits count");
    table->marks.resize(table->marks.size() + width);
    place = static_cast<std::int32_t>(row);
  }
  sparsead_mark *const kept = table->marks.data() + static_cast<std::size_t>(place) * width;
  std::fill_n(kept, width, 0);
  for (std::int32_t k = 0; k < site.num_slots; ++k) {
    std::int32_t from, other;
    if (!column(marks[k], from))
      return refuse("an element of a temporary array depends on several inputs at one of its reads");
    const std::int32_t lane = site.offsets ? site.offsets[k] : k;
    if (lane < 0 || lane >= descriptor_.width)
      return refuse("a temporary array depends on more values than its elements have room for");
    if (from == -1)
      continue;
    sparsead_mark &mark = kept[lane];
    if (mark == 0) {
      mark = marks[k];
      continue;
    }
    column(mark, other);
    if (column_of(from) != column_of(other))
      return refuse("partials by two inputs are kept in one place");
    if (from >= 0) // not optional
      mark = marks[k];
  }
}

void local_recorder::row_load(const void *shadow, std::int32_t pointer_mark, sparsead_mark *marks, std::int32_t lanes,
                              inspector &state) {
  const std::size_t width = static_cast<std::size_t>(std::max(descriptor_.width, 0));
  std::fill_n(marks, width, 0);
  if (!recordable())
    return;
  std::size_t cell = 0;
  if (pointer_mark != 0 || !shadow || !state.object_at(shadow))
    return refuse("an element of a temporary array is read at an address that is not known while the structure is "
                  "planned");
  const temporary *const table = temporary_of(shadow, state, cell, false);
  if (table && table->cells[cell] > 0)
    std::copy_n(table->marks.data() + static_cast<std::size_t>(table->cells[cell]) * width, width, marks);
  for (std::size_t k = static_cast<std::size_t>(std::max(lanes, 0)); k < width; ++k)
    if (marks[k] != 0)
      return refuse(
          "an element of an array is read that another statement has stored than the order of the loops tells");
}

void local_recorder::clear(const void *shadow, std::int64_t bytes, std::int32_t pointer_mark, inspector &state) {
  if (!recordable() || (bytes <= 0 && pointer_mark == 0))
    return;
  if (pointer_mark != 0 || !shadow)
    return refuse("the address of memory that is filled is not known while the structure is planned");
  if (!regions_.empty())
    return refuse("memory is filled under a condition that depends on active data");
  rows.for_each(shadow, bytes, [&](std::int32_t row) {
    if (active_)
      touch(row, true, false, log_.size());
  });
  std::size_t cell = 0;
  if (!active_)
    return;
  if (temporary *const table = temporary_of(shadow, state, cell, false)) {
    const std::size_t end = std::min(table->cells.size(), cell + (static_cast<std::size_t>(bytes) + 3) / 4);
    std::fill(table->cells.begin() + static_cast<std::ptrdiff_t>(cell),
              table->cells.begin() + static_cast<std::ptrdiff_t>(std::max(cell, end)), 0);
  }
}

// --- streamed loops --------------------------------------------------------------------------------------------------

void local_recorder::stream_begin(std::int32_t loop, std::int64_t begin, std::int64_t end) {
  if (!recordable())
    return;
  if (in_stream_ || loop < 0 || loop >= descriptor_.num_loops)
    return refuse("a loop that is streamed is entered from within another one");
  in_stream_ = true;
  interior_ = false;
  interior_begin_ = begin;
  interior_end_ = end;
  const std::vector<std::int32_t> &sites = loop_sites_[static_cast<std::size_t>(loop)];
  open_sites_ = sites.data();
  open_count_ = sites.size();
  open_entry_ = log_.size();
  open_ = {};
  std::int32_t *const word = log_.append(entry_words + 2 * open_count_);
  word[0] = streamed;
  std::memcpy(word + 1, &begin, sizeof begin);
  word[3] = loop;
  word[4] = 0;
}

/// A segment ends, if one is open; it counts if a run of iterations that is worth it fits in.
void local_recorder::close_segment() {
  if (open_.iterations >= shortest_run) {
    segments_.push_back(open_);
    ++log_.data()[open_entry_ + 4];
  }
  open_.iterations = 0;
}

/// An iteration ends.
inline void local_recorder::leave_iteration() {
  if (waiting_ > 0)
    for (std::size_t s = 0; s < open_count_; ++s)
      if (!sites_[static_cast<std::size_t>(open_sites_[s])].parts.empty()) {
        parts_left();
        return;
      }
  if (!interior_)
    return;
  if (regular_ && executed_ == open_count_)
    ++open_.iterations;
  else
    close_segment();
}

void local_recorder::stream_iteration(std::int64_t iv) {
  if (!recordable() || !in_stream_)
    return;
  leave_iteration();
  interior_ = interior_begin_ <= iv && iv < interior_end_;
  if (!active_)
    return;
  if (!interior_ || iv != open_.first + open_.iterations)
    close_segment();
  if (open_.iterations == 0) {
    open_.begin = log_.size();
    open_.first = iv;
  }
  regular_ = true;
  executed_ = 0;
}

void local_recorder::stream_end() {
  if (!recordable() || !in_stream_)
    return;
  leave_iteration();
  if (active_)
    close_segment();
  in_stream_ = interior_ = false;
}

} // namespace sparsead::rt

// --- the ABI ---------------------------------------------------------------------------------------------------------

using sparsead::rt::guard;
using sparsead::rt::inspector;
using sparsead::rt::local_recorder;

namespace {

/// Runs f on the recorder, if there is one. A record that does not fit memory ends it, not the planning.
template <class F> void with_recorder(void *state, F f) {
  guard(state, [&](inspector &i) {
    if (!i.recorder)
      return;
    try {
      f(*i.recorder, i);
    } catch (const std::bad_alloc &) {
      i.recorder->refuse("the record of its positions does not fit memory");
    }
  });
}

} // namespace

extern "C" {

void sparsead_rt_site(void *state, std::int32_t site, void *shadow, std::int32_t pointer_mark,
                      const sparsead_mark *marks) {
  with_recorder(state, [&](local_recorder &r, inspector &i) { r.site(site, shadow, pointer_mark, marks, i); });
}
void sparsead_rt_site_part(void *state, std::int32_t site, std::int32_t group, const sparsead_mark *marks,
                           std::int32_t count) {
  with_recorder(state, [&](local_recorder &r, inspector &) { r.part(site, group, marks, count); });
}
void sparsead_rt_row_load(void *state, const void *shadow, std::int32_t pointer_mark, sparsead_mark *marks,
                          std::int32_t lanes) {
  with_recorder(state, [&](local_recorder &r, inspector &i) { r.row_load(shadow, pointer_mark, marks, lanes, i); });
}
void sparsead_rt_site_clear(void *state, void *shadow, std::int64_t bytes, std::int32_t pointer_mark) {
  with_recorder(state, [&](local_recorder &r, inspector &i) { r.clear(shadow, bytes, pointer_mark, i); });
}
void sparsead_rt_stream_begin(void *state, std::int32_t loop, std::int64_t begin, std::int64_t end) {
  with_recorder(state, [&](local_recorder &r, inspector &) { r.stream_begin(loop, begin, end); });
}
void sparsead_rt_stream_iteration(void *state, std::int64_t iv) {
  with_recorder(state, [&](local_recorder &r, inspector &) { r.stream_iteration(iv); });
}
void sparsead_rt_stream_end(void *state) {
  with_recorder(state, [&](local_recorder &r, inspector &) { r.stream_end(); });
}
}
