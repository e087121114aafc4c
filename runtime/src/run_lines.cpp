// Inner loops of a nest: a loop in pieces that does the same as the one before, with all addresses moved by constants,
// is a line of a group, and nothing is recorded of it. What a line costs is the comparison of its tables.
#include "sparsead/rt/inspector.hpp"
#include "sparsead/rt/run_record.hpp"
#include "sparsead/rt/run_words.hpp"
#include <algorithm>

namespace sparsead::rt {
namespace {

constexpr std::size_t most_words = 1 << 14; ///< of a line's tables; longer ones are worth a record of their own

/// How many steps of `hop` bytes an element can be moved by, and what its number moves by then. 0: none.
std::int64_t lines_within(leaf_map &leaves, std::uintptr_t address, std::int64_t hop, std::int64_t &by) {
  std::int64_t element;
  const leaf_span *const span = leaves.find(address, element);
  if (!span || hop % span->stride != 0)
    return 0;
  const std::int64_t elements = hop / span->stride;
  by = elements * span->step;
  return elements == 0  ? INT64_MAX
         : elements > 0 ? (span->count - 1 - element) / elements + 1
                        : element / -elements + 1;
}

} // namespace

void run_recorder::enter(std::int32_t stream, std::int64_t begin, std::int64_t end, inspector &state) {
  if (!active_)
    return;
  if (in_loop_ || stream >= descriptor_.num_loops) {
    refuse("a loop in pieces is entered from within another one");
    return;
  }
  in_loop_ = true;
  stream_ = stream;
  near_.clear();
  if (line_.usable && line_.stream == stream && line_.begin == begin && line_.end == end) {
    line_.state = line::compared;
    line_.next = 0;
    return;
  }
  record_enter(stream, begin, end);
}

void run_recorder::record_enter(std::int32_t stream, std::int64_t begin, std::int64_t end) {
  line_.state = line::recorded;
  line_.usable = true;
  line_.stream = stream;
  line_.begin = begin;
  line_.end = end;
  line_.pieces.clear();
  line_.words.clear();
  line_.lines = 1;
  line_.first_block = blocks_.size();
  line_.first_run = runs_.size();
  line_.first_claim = claims_.size();
  line_.times = time_;
  line_.sources = source_;
  if (stream >= 0)
    blocks_.push_back({block::entry, begin, end, 0, 0, stream, time_, source_});
}

void run_recorder::leave(inspector &state) {
  if (line_.state == line::compared) {
    const bool same = line_.next == line_.pieces.size() && (line_.lines > 1 || make_group());
    if (same) {
      groups_.back().lines = ++line_.lines;
      time_ += line_.times;
      source_ += line_.sources;
      line_.usable = line_.lines < line_.most;
      line_.state = line::none;
      in_loop_ = false;
      stream_ = -1;
      return;
    }
    record_compared(state);
  }
  record_leave();
}

void run_recorder::record_leave() {
  if (stream_ >= 0)
    blocks_.push_back({block::exit, 0, 0, 0, 0, stream_, time_, source_});
  line_.times = time_ - line_.times;
  line_.sources = source_ - line_.sources;
  line_.usable = line_.usable && is_repeatable();
  line_.state = line::none;
  in_loop_ = false;
  stream_ = -1;
}

bool run_recorder::piece(const std::int64_t *table, std::int64_t begin, std::int64_t end, bool affine,
                         inspector &state) {
  if (!active_)
    return false;
  if (line_.state == line::compared) {
    if (compare(table, begin, end, affine))
      return true;
    record_compared(state);
  }
  if (line_.state == line::recorded)
    keep_piece(table, begin, end, affine);
  else
    line_.usable = false;
  return record_piece(table, begin, end, affine, state);
}

/// The line that is open turns out to be different: what was found to be the same is recorded after all.
void run_recorder::record_compared(inspector &state) {
  line same;
  std::swap(same, line_);
  record_enter(same.stream, same.begin, same.end);
  for (std::size_t k = 0; active_ && k < same.next; ++k) {
    const line::piece &p = same.pieces[k];
    const std::int64_t *const table = same.words.data() + p.at;
    keep_piece(table, p.begin, p.end, p.affine);
    record_piece(table, p.begin, p.end, p.affine, state);
  }
}

void run_recorder::keep_piece(const std::int64_t *table, std::int64_t begin, std::int64_t end, bool affine) {
  const bool alone = end - begin == 1;
  const auto count = static_cast<std::size_t>(2 + table[0] + (alone ? 1 : 2) * table[1]);
  line_.usable = line_.usable && (affine || alone) && line_.words.size() + count <= most_words;
  if (!line_.usable)
    return;
  line_.pieces.push_back({begin, end, line_.words.size(), count, affine});
  line_.words.insert(line_.words.end(), table, table + count);
}

bool run_recorder::compare(const std::int64_t *table, std::int64_t begin, std::int64_t end, bool affine) {
  if (line_.next == line_.pieces.size())
    return false;
  const line::piece &p = line_.pieces[line_.next];
  if (p.begin != begin || p.end != end || p.affine != affine || !compare_words(p, table))
    return false;
  ++line_.next;
  return true;
}

/// Has each word moved as from line to line before? `words` is what the table holds then.
bool run_recorder::compare_words(const line::piece &piece, const std::int64_t *table) {
  std::int64_t *const last = line_.words.data() + piece.at;
  const std::size_t head = static_cast<std::size_t>(2 + last[0]);
  if (line_.lines > 1) {
    const std::int64_t *const delta = line_.deltas.data() + piece.at;
    std::int64_t differ = 0;
    for (std::size_t k = 0; k < piece.count; ++k)
      differ |= (last[k] + delta[k]) ^ table[k];
    if (differ != 0)
      return false;
    std::copy_n(table, piece.count, last);
    return true;
  }
  // The second line says by what all move.
  line_.deltas.resize(line_.words.size());
  std::int64_t *const delta = line_.deltas.data() + piece.at;
  if (!std::equal(last, last + head, table))
    return false;
  std::fill_n(delta, head, 0);
  const auto width = static_cast<std::size_t>(last[1]);
  for (std::size_t k = head; k < piece.count; ++k) {
    if (((last[k] ^ table[k]) & ~address_bits) != 0 || (last[k] == 0) != (table[k] == 0))
      return false;
    delta[k] = table[k] - last[k];
    // In all iterations by the same.
    if (k >= head + width && delta[k] != delta[k - width])
      return false;
  }
  std::copy_n(table, piece.count, last);
  return true;
}

/// Is the line one of runs alone, one for each site that a piece executes, and without temporaries?
bool run_recorder::is_repeatable() const {
  std::size_t runs = 0, blocks = 0;
  for (const line::piece &p : line_.pieces) {
    const std::int64_t *const table = line_.words.data() + p.at, *at = table + 2 + table[0];
    const std::size_t before = runs;
    for (std::int64_t s = 0; s < table[0]; ++s) {
      const abi::local_site &site = descriptor_.sites[table[2 + s]];
      if (site.kind == abi::local_row)
        return false;
      if (*at != 0) {
        ++runs;
        for (std::int32_t k = 1; k <= site.num_slots; ++k)
          if (at[k] & (resolved_bit | std::int64_t(0xff) << lane_shift))
            return false;
      }
      at += 1 + site.num_slots;
    }
    blocks += runs > before;
  }
  return runs > 0 && runs == runs_.size() - line_.first_run &&
         blocks + (line_.stream >= 0 ? 2 : 0) == blocks_.size() - line_.first_block &&
         std::all_of(blocks_.begin() + static_cast<std::ptrdiff_t>(line_.first_block), blocks_.end(),
                     [](const block &b) { return b.kind != block::executions; });
}

/// The second line is like the first: from now on they are a group. False: not even these two.
bool run_recorder::make_group() {
  line_.most = INT64_MAX;
  std::size_t next = line_.first_run;
  for (const line::piece &p : line_.pieces) {
    const std::int64_t *const table = line_.words.data() + p.at, *const deltas = line_.deltas.data() + p.at;
    auto at = static_cast<std::size_t>(2 + table[0]);
    for (std::int64_t s = 0; s < table[0]; ++s) {
      if (table[at] != 0 && !repeat_run(runs_[next++], table + at, deltas + at, table[1]))
        return false;
      at += 1 + static_cast<std::size_t>(descriptor_.sites[table[2 + s]].num_slots);
    }
  }
  if (line_.most < 2)
    return false;
  groups_.push_back({line_.first_block, blocks_.size(), line_.first_run, runs_.size(), 1, line_.times, line_.sources});
  // Groups have claims of their own; these are what the last loop has claimed.
  claims_.resize(line_.first_claim);
  for (std::size_t r = line_.first_run; r < runs_.size(); ++r) {
    const std::int64_t reach = (line_.most - 1) * runs_[r].row_hop;
    claimed_low_ = std::min(claimed_low_, runs_[r].low() + std::min<std::int64_t>(reach, 0));
    claimed_high_ = std::max(claimed_high_, runs_[r].high() + std::max<std::int64_t>(reach, 0));
  }
  return true;
}

/// `words`: the row and the slots in the second line. Lowers line_.most to the number of lines that are as these two.
bool run_recorder::repeat_run(run &of, const std::int64_t *words, const std::int64_t *deltas, std::int64_t width) {
  auto allow = [&](std::int64_t lines) { line_.most = std::min(line_.most, lines); };
  const std::int64_t last = of.count - 1;
  // A line's elements lie in one array if those of its first and last iterations do.
  auto moves = [&](leaf_map &leaves, std::int64_t k, std::int64_t &by) {
    const std::int64_t first = (words[k] & address_bits) - deltas[k];
    allow(lines_within(leaves, static_cast<std::uintptr_t>(first), deltas[k], by));
    if (last > 0)
      allow(lines_within(leaves, static_cast<std::uintptr_t>(first + last * (words[k + width] - words[k])), deltas[k],
                         by));
    return line_.most > 1;
  };
  if (!moves(rows, 0, of.row_hop) || of.row_hop == 0)
    return false;
  const abi::local_site &site = descriptor_.sites[of.site];
  run_slot *const slots = slots_.data() + of.slots;
  distinct_column *const sorted = distinct_.data() + of.sorted;
  for (std::int32_t k = 0; k < of.distinct; ++k)
    sorted[k].hop = INT32_MIN;
  for (const bool living : {true, false})
    for (std::int32_t k = 0; k < site.num_slots; ++k) {
      if (slots[k].column == -1 || (slots[k].column >= 0) != living)
        continue;
      std::int64_t hop = 0;
      if (!moves(columns, 1 + k, hop) || hop <= INT32_MIN || hop > INT32_MAX)
        return false;
      slots[k].hop = static_cast<std::int32_t>(hop);
      if (slots[k].rank < 0)
        continue;
      std::int32_t &known = sorted[slots[k].rank].hop;
      if (living && known == INT32_MIN)
        known = slots[k].hop;
      if (known == slots[k].hop)
        continue;
      if (living)
        return false;
      slots[k].rank = -1;
    }
  // So does the side of the diagonal, where entries above it are left out.
  for (std::int32_t k = 0; lower_ && k < site.num_slots; ++k) {
    if (words[1 + k] == 0)
      continue;
    std::int64_t hop = 0;
    if (!moves(columns, 1 + k, hop))
      return false;
    auto above = [&](std::int64_t t) { // the column less the row, in the first line
      const std::int64_t move = t == 0 ? 0 : t * (words[1 + k + width] - words[1 + k]);
      std::int64_t element = 0;
      const leaf_span *const span =
          columns.find(static_cast<std::uintptr_t>((words[1 + k] & address_bits) - deltas[1 + k] + move), element);
      return span->first + element * span->step - (of.row + t * of.row_step); // lines_within has found it
    };
    const std::int64_t low = std::min(above(0), above(last)), high = std::max(above(0), above(last));
    const std::int64_t by = hop - of.row_hop;
    if (by > 0 && low <= 0)
      allow(-high / by + 1);
    else if (by < 0 && high > 0)
      allow((low - 1) / -by + 1);
  }
  // The order stays.
  for (std::int32_t k = 0; k + 1 < of.distinct; ++k) {
    const std::int64_t together = std::int64_t(sorted[k].hop) - sorted[k + 1].hop;
    if (together <= 0)
      continue;
    const std::int64_t first = sorted[k + 1].column - sorted[k].column,
                       gap = std::min(first, first + last * (sorted[k + 1].step - sorted[k].step));
    allow((gap - 1) / together + 1);
  }
  return line_.most > 1;
}

} // namespace sparsead::rt
