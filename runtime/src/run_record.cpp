// The hooks of a structure program: what sites and slots do in a piece of a loop or in a single execution.
#include "sparsead/rt/run_record.hpp"
#include "sparsead/rt/inspector.hpp"
#include "sparsead/rt/run_words.hpp"
#include <algorithm>
#include <limits>
#include <new>

namespace sparsead::rt {

run_recorder::run_recorder(const abi::local_descriptor &descriptor, std::int64_t rows, std::int64_t cols, bool lower)
    : descriptor_(descriptor), rows_count_(rows), cols_count_(cols), lower_(lower), buckets_(rows),
      sites_(static_cast<std::size_t>(std::max(descriptor.num_sites, 0))),
      loop_sites_(static_cast<std::size_t>(std::max(descriptor.num_loops, 0))) {
  if (rows >= std::numeric_limits<std::int32_t>::max() || cols >= std::numeric_limits<std::int32_t>::max() - 2)
    refuse("it has more rows or columns than 32 bits count");
  guessed_.assign(loop_sites_.size(), true);
  for (std::int32_t s = 0; s < descriptor.num_sites; ++s) {
    const abi::local_site &site = descriptor.sites[s];
    if (site.loop < 0 || site.loop >= descriptor.num_loops || site.kind == abi::local_row)
      continue;
    const auto loop = static_cast<std::size_t>(site.loop);
    loop_sites_[loop].push_back(s);
    if (site.num_slots > 0 && (!site.offsets || std::all_of(site.offsets, site.offsets + site.num_slots,
                                                            [](std::int32_t offset) { return offset < 0; })))
      guessed_[loop] = false;
  }
}

bool run_recorder::refuse(const char *reason) {
  if (active_) {
    active_ = false;
    reason_ = reason;
  }
  return false;
}

void run_recorder::drop(std::int32_t table) {
  if (table >= 0 && static_cast<std::size_t>(table) < temporaries_.size())
    free_temporaries_.push_back(table);
}

// --- addresses -------------------------------------------------------------------------------------------------------

run_rows *run_recorder::temporary(std::uintptr_t address, inspector &state, bool make) {
  memory_object *const object = state.object_at(reinterpret_cast<const void *>(address));
  if (!object) {
    refuse("an element of a temporary array is not in memory that is known");
    return nullptr;
  }
  if (object->rows < 0) {
    if (!make)
      return nullptr;
    if (free_temporaries_.empty()) {
      free_temporaries_.push_back(static_cast<std::int32_t>(temporaries_.size()));
      temporaries_.emplace_back();
    }
    object->rows = free_temporaries_.back();
    free_temporaries_.pop_back();
    temporaries_[static_cast<std::size_t>(object->rows)].reset(object->begin, object->end, descriptor_.width);
  }
  return &temporaries_[static_cast<std::size_t>(object->rows)];
}

/// What the slot of a word reads in iterations t, t + 1, …, as its address moves; *valid is lowered to the number of
/// them that the answer holds for.
bool run_recorder::resolve(std::int64_t word, std::int64_t stride, std::int64_t t, run_column &column,
                           std::int64_t &valid, inspector &state) {
  column = {};
  if (word == 0)
    return true;
  const bool dead = (word & dead_bit) != 0;
  if (word & resolved_bit) {
    column.column = static_cast<std::int32_t>(static_cast<std::uint32_t>(word)) - 1;
    column.dead = dead;
    return true;
  }
  const auto address = static_cast<std::uintptr_t>((word & address_bits) + t * stride);
  const auto lane = static_cast<std::int32_t>((word >> lane_shift) & 0xff);
  if (lane > 0) {
    if (run_rows *const table = temporary(address, state, false)) {
      if (!table->load(address, stride, lane - 1, column, valid))
        return refuse("an element of a temporary array is read at an odd address");
    } else if (!active_) {
      return false;
    }
    column.dead |= dead;
    return true;
  }
  std::int64_t element;
  const leaf_span *const span = columns.find(address, element);
  if (!span)
    return refuse("a slot reads something else than an input");
  column.column = span->first + element * span->step;
  column.dead = dead;
  if (valid > 1 && stride != 0) {
    const std::int64_t hop = stride / span->stride;
    if (hop * span->stride != stride)
      return refuse("a slot does not move from element to element");
    valid = std::min(valid, hop > 0 ? (span->count - 1 - element) / hop + 1 : element / -hop + 1);
    column.step = hop * span->step;
  }
  return true;
}

/// The same for the row of a store.
bool run_recorder::resolve_row(std::int64_t address, std::int64_t stride, std::int64_t t, run_column &row,
                               std::int64_t &valid) {
  std::int64_t element;
  const leaf_span *const span = rows.find(static_cast<std::uintptr_t>(address + t * stride), element);
  if (!span)
    return refuse("a store that computes outputs hits something else");
  row = {};
  row.column = span->first + element * span->step;
  if (valid > 1 && stride != 0) {
    const std::int64_t hop = stride / span->stride;
    if (hop * span->stride != stride)
      return refuse("a store does not move from element to element");
    valid = std::min(valid, hop > 0 ? (span->count - 1 - element) / hop + 1 : element / -hop + 1);
    row.step = hop * span->step;
  }
  return true;
}

bool run_recorder::store_rows(std::uintptr_t address, std::int64_t stride, std::int64_t count,
                              const run_column *columns, std::int32_t count_columns, const std::int32_t *lanes,
                              inspector &state) {
  if (descriptor_.width <= 0)
    return count_columns == 0 || refuse("a temporary array has no room for what it depends on");
  run_rows *const table = temporary(address, state, true);
  if (!table ||
      !state.object_at(reinterpret_cast<const void *>(address + static_cast<std::uintptr_t>((count - 1) * stride))))
    return refuse("a store to a temporary array hits something else");
  const memory_object *const object = state.object_at(reinterpret_cast<const void *>(address));
  const std::uintptr_t last = address + static_cast<std::uintptr_t>((count - 1) * stride);
  if ((address - object->begin) % 8 != 0 || last < object->begin || last + 8 > object->end || address + 8 > object->end)
    return refuse("a store to a temporary array hits something else");
  std::vector<run_column> &row = found_rows_;
  const std::size_t at = row.size();
  row.resize(at + static_cast<std::size_t>(descriptor_.width));
  for (std::int32_t k = 0; k < count_columns; ++k) {
    const std::int32_t lane = lanes ? lanes[k] : k;
    if (lane < 0 || lane >= descriptor_.width)
      return refuse("a temporary array depends on more values than its elements have room for");
    run_column &kept = row[at + static_cast<std::size_t>(lane)];
    if (columns[k].column < 0)
      continue;
    const bool first = kept.column < 0, dead = columns[k].dead && (first || kept.dead);
    if (!first && (kept.column != columns[k].column || (count > 1 && kept.step != columns[k].step)))
      return refuse("partials by two inputs are kept in one place");
    kept = columns[k];
    kept.dead = dead;
  }
  table->store(address, stride, count, row.data() + at);
  row.resize(at);
  return true;
}

// --- claims ----------------------------------------------------------------------------------------------------------

void run_recorder::site(std::int32_t number, const void *shadow, const std::int64_t *words, inspector &state) {
  if (!recordable(state))
    return;
  const abi::local_site &site = descriptor_.sites[number];
  std::int64_t one = 1;
  found_.resize(static_cast<std::size_t>(site.num_slots));
  for (std::int32_t k = 0; k < site.num_slots; ++k)
    if (!resolve(words[k], 0, 0, found_[static_cast<std::size_t>(k)], one, state))
      return;
  if (site.kind == abi::local_row) {
    found_rows_.clear();
    store_rows(reinterpret_cast<std::uintptr_t>(shadow), 0, 1, found_.data(), site.num_slots, site.offsets, state);
    return;
  }
  run_column row;
  if (!resolve_row(reinterpret_cast<std::int64_t>(shadow), 0, 0, row, one))
    return;
  execute(number, row.column, found_.data());
}

void run_recorder::part(std::int32_t number, std::int32_t group, const std::int64_t *words, std::int32_t count,
                        inspector &state) {
  if (!recordable(state))
    return;
  // Terms hold no addresses of temporaries: their elements were looked up when they were read.
  constexpr std::int64_t present = std::int64_t(1) << 61;
  site_state &of = sites_[static_cast<std::size_t>(number)];
  if (count < 0 || of.parts.size() > (1u << 28)) {
    refuse("a sum has too many terms");
    return;
  }
  if (count == 0)
    return;
  waiting_ += of.parts.empty();
  if (of.groups.empty() || of.groups.back().first != group)
    of.groups.push_back({group, 0});
  of.groups.back().second += count;
  for (std::int32_t k = 0; k < count; ++k) {
    const std::int64_t word = words[k];
    std::int64_t element;
    if ((word & ~address_bits) == present) // mostly
      if (const leaf_span *const span = columns.find(static_cast<std::uintptr_t>(word & address_bits), element)) {
        of.parts.push_back(static_cast<std::int32_t>(span->first + element * span->step));
        continue;
      }
    run_column column;
    if (word & resolved_bit) {
      column.column = static_cast<std::int32_t>(static_cast<std::uint32_t>(word)) - 1;
    } else if (word != 0) {
      const leaf_span *const span = columns.find(static_cast<std::uintptr_t>(word & address_bits), element);
      if (!span || ((word >> lane_shift) & 0xff) != 0) {
        refuse("a term of a sum reads something else than an input");
        return;
      }
      column.column = span->first + element * span->step;
    }
    column.dead = (word & dead_bit) != 0;
    of.parts.push_back(column_word(column, 0));
  }
}

void run_recorder::lanes(const void *shadow, std::int64_t *words, std::int32_t count, inspector &state) {
  std::fill_n(words, count, 0);
  if (!recordable(state))
    return;
  const auto address = reinterpret_cast<std::uintptr_t>(shadow);
  run_rows *const table = temporary(address, state, false);
  for (std::int32_t k = 0; table && k < count; ++k) {
    run_column column;
    std::int64_t one = 1;
    if (!table->load(address, 0, k, column, one)) {
      refuse("an element of a temporary array is read at an odd address");
      return;
    }
    if (column.column >= 0)
      words[k] = resolved_bit | (column.dead ? dead_bit : 0) | (column.column + 1);
  }
}

void run_recorder::clear(const void *shadow, std::int64_t bytes, inspector &state) {
  if (!recordable(state) || bytes <= 0)
    return;
  const auto begin = reinterpret_cast<std::uintptr_t>(shadow), end = begin + static_cast<std::uintptr_t>(bytes);
  const std::size_t first = runs_.size();
  std::int64_t longest = 0;
  for (const leaf_span &s : rows.spans()) {
    const std::uintptr_t lower = std::max(begin, s.begin), upper = std::min(end, s.end);
    if (lower >= upper)
      continue;
    const std::int64_t from = (static_cast<std::int64_t>(lower - s.begin) + s.stride - 1) / s.stride,
                       to = static_cast<std::int64_t>(upper - s.begin - 1) / s.stride + 1;
    if (from >= to)
      continue;
    const run filled{-1, 0, s.first + from * s.step, s.step, to - from, slots_.size(), distinct_.size()};
    if (!is_claimed(filled.low(), filled.high()))
      continue; // there is nothing to forget
    claim_rows(filled.low(), filled.high(), static_cast<std::int64_t>(runs_.size()));
    runs_.push_back(filled);
    longest = std::max(longest, filled.count);
  }
  if (runs_.size() > first) {
    blocks_.push_back({block::runs, 0, longest, first, runs_.size(), -1, time_, source_});
    time_ += longest * static_cast<std::int64_t>(runs_.size() - first);
  }
  if (memory_object *const object = state.object_at(shadow); object && object->rows >= 0)
    temporaries_[static_cast<std::size_t>(object->rows)].clear(begin, std::min(end, object->end));
}

} // namespace sparsead::rt

// --- the ABI ---------------------------------------------------------------------------------------------------------

using sparsead::rt::guard;
using sparsead::rt::inspector;
using sparsead::rt::run_recorder;

namespace {

/// Runs f on the recorder. A record that does not fit memory ends it, not the planning.
template <class F> void with_runs(void *state, F f) {
  guard(state, [&](inspector &i) {
    if (!i.runs)
      return;
    try {
      f(*i.runs, i);
    } catch (const std::bad_alloc &) {
      i.runs->refuse("the record of its positions does not fit memory");
    }
  });
}

} // namespace

extern "C" {

void sparsead_rt_run_enter(void *state, std::int32_t stream, std::int64_t begin, std::int64_t end) {
  with_runs(state, [&](run_recorder &r, inspector &i) { r.enter(stream, begin, end, i); });
}
void sparsead_rt_run_leave(void *state) {
  with_runs(state, [&](run_recorder &r, inspector &i) { r.leave(i); });
}
std::int32_t sparsead_rt_run_piece(void *state, const std::int64_t *table, std::int64_t begin, std::int64_t end,
                                   std::int32_t affine) {
  bool more = false;
  with_runs(state, [&](run_recorder &r, inspector &i) { more = r.piece(table, begin, end, affine != 0, i); });
  return more;
}
void sparsead_rt_run_site(void *state, std::int32_t site, void *shadow, const std::int64_t *words) {
  with_runs(state, [&](run_recorder &r, inspector &i) { r.site(site, shadow, words, i); });
}
void sparsead_rt_run_part(void *state, std::int32_t site, std::int32_t group, const std::int64_t *words,
                          std::int32_t count) {
  with_runs(state, [&](run_recorder &r, inspector &i) { r.part(site, group, words, count, i); });
}
void sparsead_rt_run_lanes(void *state, const void *shadow, std::int64_t *words, std::int32_t count) {
  with_runs(state, [&](run_recorder &r, inspector &i) { r.lanes(shadow, words, count, i); });
}
void sparsead_rt_run_clear(void *state, void *shadow, std::int64_t bytes) {
  with_runs(state, [&](run_recorder &r, inspector &i) { r.clear(shadow, bytes, i); });
}
}
