// The journal: both sides of an unknown condition start from the same memory, and meet in a join.
//
// Writes are saved by aligned 8-byte word of shadow, once per region. Regions nest; when one ends, its entries go to
// the enclosing one (the value before the inner region is the value before the outer one, unless the outer has its
// own). The outermost region keeps nothing but writes to memory without shadow, which finish() undoes.
#include <array>
#include <cstring>
#include <stdexcept>

#include "sparsead/rt/inspector.hpp"
#include "sparsead/rt/local_record.hpp"
#include "sparsead/rt/stack.hpp"

namespace sparsead::rt {

namespace {

constexpr std::array<std::uint64_t, 256> make_expand() {
  std::array<std::uint64_t, 256> table{};
  for (int mask = 0; mask < 256; ++mask)
    for (int byte = 0; byte < 8; ++byte)
      if (mask >> byte & 1)
        table[std::size_t(mask)] |= std::uint64_t(0xff) << (8 * byte);
  return table;
}
/// Bits of the bytes that a mask names.
constexpr auto expand = make_expand();

std::uint64_t read(const char *from, std::uint8_t mask) {
  std::uint64_t word = 0;
  auto *to = reinterpret_cast<char *>(&word);
  switch (mask) {
  case 0:
    break;
  case 0x0f:
    std::memcpy(to, from, 4);
    break;
  case 0xf0:
    std::memcpy(to + 4, from + 4, 4);
    break;
  case 0xff:
    std::memcpy(to, from, 8);
    break;
  default:
    for (int byte = 0; byte < 8; ++byte)
      if (mask >> byte & 1)
        to[byte] = from[byte];
  }
  return word;
}

void write(char *to, std::uint64_t word, std::uint8_t mask) {
  auto *from = reinterpret_cast<const char *>(&word);
  switch (mask) {
  case 0:
    break;
  case 0x0f:
    std::memcpy(to, from, 4);
    break;
  case 0xf0:
    std::memcpy(to + 4, from + 4, 4);
    break;
  case 0xff:
    std::memcpy(to, from, 8);
    break;
  default:
    for (int byte = 0; byte < 8; ++byte)
      if (mask >> byte & 1)
        to[byte] = from[byte];
  }
}

std::uint8_t byte_mask(unsigned offset, int count) { return std::uint8_t(((1u << count) - 1u) << offset); }

char *shadow_of(const journal_entry &entry) {
  return entry.shadow_mask ? reinterpret_cast<char *>(entry.key) : nullptr;
}

std::uint32_t low(std::uint64_t word) { return std::uint32_t(word); }
std::uint32_t high(std::uint64_t word) { return std::uint32_t(word >> 32); }
std::uint64_t pair(std::uint32_t lo, std::uint32_t hi) { return lo | std::uint64_t(hi) << 32; }

constexpr std::uint64_t unknown_pointer = 2, unknown_inactive_pointer = 4;

/// Where programs and shared libraries map their memory. As a double such a word is denormal.
bool looks_like_address(std::uint64_t word) { return high(word) >= 0x5000 && high(word) < 0x8000; }

} // namespace

// --- index -----------------------------------------------------------------------------------------------------------

void journal_index::grow() {
  std::vector<slot> old;
  old.swap(slots_);
  std::size_t live = 0;
  for (const slot &s : old)
    live += s.entry >= 0;
  std::size_t size = 256;
  while (size < 4 * (live + 1))
    size *= 2;
  slots_.resize(size);
  shift_ = 64 - __builtin_ctzll(size);
  used_ = live;
  for (const slot &s : old)
    if (s.entry >= 0) {
      std::size_t i = hash(s.key) >> shift_;
      while (slots_[i].key)
        i = (i + 1) & (size - 1);
      slots_[i] = s;
    }
}

std::int32_t &journal_index::operator[](std::uintptr_t key) {
  if (2 * (used_ + 1) > slots_.size())
    grow();
  std::size_t i = hash(key) >> shift_;
  while (slots_[i].key && slots_[i].key != key)
    i = (i + 1) & (slots_.size() - 1);
  if (!slots_[i].key) {
    slots_[i].key = key;
    ++used_;
  }
  return slots_[i].entry;
}

std::int32_t journal_index::find(std::uintptr_t key) const {
  if (slots_.empty())
    return -1;
  std::size_t i = hash(key) >> shift_;
  while (slots_[i].key && slots_[i].key != key)
    i = (i + 1) & (slots_.size() - 1);
  return slots_[i].key ? slots_[i].entry : -1;
}

// --- saving ----------------------------------------------------------------------------------------------------------

journal_entry &inspector::touch(std::uintptr_t key, char *primal) {
  std::int32_t &place = index_[key];
  region &current = regions_.back();
  if (place >= 0 && std::size_t(place) >= current.start) {
    journal_entry &entry = log_[std::size_t(place)];
    if (current.path && entry.exits != current.exits) {
      char *shadow = shadow_of(entry);
      accumulate(entry, shadow ? read(shadow, entry.shadow_mask) : 0,
                 entry.primal_mask ? read(entry.primal, entry.primal_mask) : 0);
    }
    return entry;
  }
  current.active = true;
  if (log_.size() >= std::size_t(INT32_MAX))
    throw std::length_error("too many memory locations are written under a condition that depends on active data");
  journal_entry entry;
  entry.key = key;
  entry.primal = primal;
  entry.previous = place;
  entry.exits = current.exits;
  log_.push_back(entry);
  place = std::int32_t(log_.size() - 1);
  return log_.back();
}

void inspector::save(journal_entry &entry, std::uint8_t shadow_mask, std::uint8_t primal_mask) {
  if (const auto more = std::uint8_t(shadow_mask & ~entry.shadow_mask)) {
    const std::uint64_t word = read(reinterpret_cast<char *>(entry.key), more);
    entry.old_shadow |= word;
    entry.first_shadow |= word;
    entry.shadow_mask |= more;
  }
  if (const auto more = std::uint8_t(primal_mask & ~entry.primal_mask)) {
    const std::uint64_t word = read(entry.primal, more);
    entry.old_primal |= word;
    entry.first_primal |= word;
    entry.primal_mask |= more;
  }
}

/// Saves one cell before it is written; a cell that crosses a word is raw.
void inspector::record(char *shadow, char *primal, int shadow_bytes, int primal_bytes, cell_kind kind) {
  const auto offset = unsigned(reinterpret_cast<std::uintptr_t>(shadow) & 7);
  if (offset + unsigned(primal_bytes) > 8) {
    record_raw(shadow, primal, primal_bytes);
    return;
  }
  journal_entry &entry = touch(reinterpret_cast<std::uintptr_t>(shadow) - offset, primal ? primal - offset : nullptr);
  save(entry, byte_mask(offset, shadow_bytes), primal ? byte_mask(offset, primal_bytes) : std::uint8_t(0));
  const bool wide = kind == cell_f64 || kind == cell_i64 || kind == cell_ptr;
  for (unsigned half = wide ? 0 : offset / 4; half <= (wide ? 1 : offset / 4); ++half) {
    if (entry.kind[half] == kind)
      continue;
    if (entry.kind[half] == cell_none && (wide || kind != cell_raw))
      entry.kind[half] = kind;
    else
      entry.kind[0] = entry.kind[1] = cell_raw;
  }
}

/// Saves a range whose types are not known.
void inspector::record_raw(char *shadow, char *primal, std::int64_t bytes) {
  while (bytes > 0) {
    const auto offset = unsigned(reinterpret_cast<std::uintptr_t>(shadow) & 7);
    const int count = int(std::min<std::int64_t>(bytes, 8 - std::int64_t(offset)));
    journal_entry &entry = touch(reinterpret_cast<std::uintptr_t>(shadow) - offset, primal ? primal - offset : nullptr);
    const std::uint8_t mask = byte_mask(offset, count);
    save(entry, mask, primal ? mask : std::uint8_t(0));
    entry.kind[0] = entry.kind[1] = cell_raw;
    shadow += count;
    primal += primal ? count : 0;
    bytes -= count;
  }
}

/// Forgets what was saved of shadow memory that goes away.
void inspector::purge(std::uintptr_t begin, std::uintptr_t end) {
  for (std::uintptr_t key = begin & ~std::uintptr_t(7); key < end; key += 8) {
    std::int32_t entry = index_.find(key);
    if (entry < 0)
      continue;
    index_[key] = -1;
    for (; entry >= 0; entry = log_[std::size_t(entry)].previous)
      log_[std::size_t(entry)].key = 0;
  }
  while (log_.size() > regions_.back().start && log_.back().key == 0)
    log_.pop_back();
}

// --- stores ----------------------------------------------------------------------------------------------------------

void inspector::store_float(void *shadow, void *primal, std::int32_t bytes, std::uint64_t bits, mark m) {
  bytes = bytes < 8 ? 4 : 8;
  if (!shadow) {
    if (m > 1 && primal)
      throw std::runtime_error(
          "a value that depends on an input is written to memory that the specification does not name");
    if (m == 0)
      store_plain(primal, bytes, &bits);
    return;
  }
  auto *s = static_cast<char *>(shadow), *p = static_cast<char *>(primal);
  if (!p)
    m = m > 1 ? m : 1;
  if (journal > 0) {
    mark before;
    std::memcpy(&before, s, 4);
    regions_.back().active |= before != m;
    record(s, p, 4, bytes, bytes == 8 ? cell_f64 : cell_f32);
    if ((reinterpret_cast<std::uintptr_t>(s) & 7) + unsigned(bytes) > 8 && m == 0)
      m = 1; // known values of cells across two words are not compared
  }
  std::memcpy(s, &m, 4);
  if (p)
    std::memcpy(p, &bits, std::size_t(bytes));
}

void inspector::store_int(void *shadow, void *primal, std::int32_t bytes, std::uint64_t bits, mark m) {
  if (bytes > 8)
    bytes = 8;
  if (!shadow) {
    if (m == 0)
      store_plain(primal, bytes, &bits);
    return;
  }
  auto *s = static_cast<char *>(shadow), *p = static_cast<char *>(primal);
  bool unknown = m != 0 || !p;
  if (journal > 0) {
    if ((reinterpret_cast<std::uintptr_t>(s) & 7) + unsigned(bytes) > 8)
      unknown = true;
    record(s, p, 1, bytes, bytes <= 1 ? cell_i8 : bytes <= 2 ? cell_i16 : bytes <= 4 ? cell_i32 : cell_i64);
  }
  *s = unknown;
  if (p)
    std::memcpy(p, &bits, std::size_t(bytes));
}

void inspector::store_ptr(void *shadow, void *primal, void *value, void *value_shadow, mark m) {
  if (!shadow) {
    if (m == 0)
      store_plain(primal, sizeof value, &value);
    return;
  }
  auto *s = static_cast<char *>(shadow), *p = static_cast<char *>(primal);
  if (journal > 0)
    record(s, p, 8, 8, cell_ptr);
  const std::uint64_t word = m == 0    ? reinterpret_cast<std::uintptr_t>(value_shadow)
                             : m == -2 ? unknown_inactive_pointer
                                       : unknown_pointer;
  std::memcpy(s, &word, 8);
  if (p)
    std::memcpy(p, &value, sizeof value);
}

void inspector::store_plain(void *primal, std::int64_t bytes, const void *value) {
  if (!primal || bytes <= 0)
    return;
  auto *p = static_cast<char *>(primal);
  for (std::int64_t done = 0; done < bytes;) {
    const auto address = reinterpret_cast<std::uintptr_t>(p + done);
    const auto offset = unsigned(address & 7);
    const int count = int(std::min<std::int64_t>(bytes - done, 8 - std::int64_t(offset)));
    save(touch(address - offset, p + done - offset), 0, byte_mask(offset, count));
    done += count;
  }
  std::memmove(primal, value, std::size_t(bytes));
}

// --- regions ---------------------------------------------------------------------------------------------------------

void inspector::open_region() {
  region opened;
  opened.start = log_.size();
  opened.serial = ++serial_;
  regions_.push_back(opened);
  ++journal;
}

/// The loop may have been left with these contents, which are about to be overwritten.
void inspector::accumulate(journal_entry &entry, std::uint64_t shadow, std::uint64_t primal) {
  std::uint64_t joined_shadow, joined_primal;
  join(entry, entry.first_shadow, entry.first_primal, shadow, primal, false, joined_shadow, joined_primal);
  entry.first_shadow = joined_shadow;
  entry.first_primal = joined_primal;
  entry.exits = regions_.back().exits;
}

/// Memory becomes the join of all contents with which the loop may have been left.
void inspector::meet_exits() {
  for (std::size_t i = regions_.back().start; i < log_.size(); ++i) {
    const journal_entry &entry = log_[i];
    char *shadow = entry.key ? shadow_of(entry) : nullptr;
    if (!shadow)
      continue;
    std::uint64_t joined_shadow, joined_primal;
    join(entry, entry.first_shadow, entry.first_primal, read(shadow, entry.shadow_mask),
         read(entry.primal, entry.primal_mask), false, joined_shadow, joined_primal);
    write(shadow, joined_shadow, entry.shadow_mask);
    write(entry.primal, joined_primal, entry.primal_mask);
  }
}

/// Entries from `start` on go to the enclosing region.
void inspector::hand_over(std::size_t start, std::size_t outer_start, bool to_root) {
  std::size_t kept = start;
  for (std::size_t i = start; i < log_.size(); ++i) {
    journal_entry &entry = log_[i];
    if (!entry.key)
      continue;
    std::int32_t &place = index_[entry.key];
    if (to_root && entry.shadow_mask) {
      place = -1;
    } else if (entry.previous >= 0 && std::size_t(entry.previous) >= outer_start) {
      journal_entry &outer = log_[std::size_t(entry.previous)];
      if (regions_.back().path && outer.exits != regions_.back().exits)
        accumulate(outer, entry.old_shadow & expand[outer.shadow_mask], entry.old_primal & expand[outer.primal_mask]);
      const auto shadow_more = std::uint8_t(entry.shadow_mask & ~outer.shadow_mask);
      const auto primal_more = std::uint8_t(entry.primal_mask & ~outer.primal_mask);
      outer.old_shadow |= entry.old_shadow & expand[shadow_more];
      outer.first_shadow |= entry.old_shadow & expand[shadow_more];
      outer.old_primal |= entry.old_primal & expand[primal_more];
      outer.first_primal |= entry.old_primal & expand[primal_more];
      outer.shadow_mask |= shadow_more;
      outer.primal_mask |= primal_more;
      for (int half = 0; half < 2; ++half)
        if (entry.kind[half] != cell_none && entry.kind[half] != outer.kind[half]) {
          if (outer.kind[half] == cell_none && entry.kind[half] != cell_raw)
            outer.kind[half] = entry.kind[half];
          else
            outer.kind[0] = outer.kind[1] = cell_raw;
        }
      place = entry.previous;
    } else {
      entry.first_shadow = entry.old_shadow;
      entry.first_primal = entry.old_primal;
      entry.exits = regions_.back().exits;
      place = std::int32_t(kept);
      log_[kept++] = entry;
    }
  }
  log_.resize(kept);
}

/// Iterations of loops with active ends inside a recursion before nothing more is followed exactly.
constexpr std::int64_t recursive_budget = 1'000;

bool inspector::enter() {
  constexpr std::int32_t limit = 400;
  constexpr std::int64_t budget = 2'000;
  ++depth_;
  if (error_)
    return false; // nothing more is learnt: come to an end
  if (stack_is_low())
    throw std::runtime_error(
        "while the structure is planned, a recursion does not fit into the stack: it does not end, "
        "or needs a larger one (ulimit -s)");
  return journal == 0 || (depth_ <= limit && ++calls_ <= budget && recursive_iterations_ <= recursive_budget);
}

inspector::mark inspector::skip_call(mark arguments, bool marked) {
  if (error_)
    return 1;
  if (!marked)
    throw std::runtime_error(
        "while the structure is planned, a recursion does not end: its depth depends on active data");
  mark all = sets.unite(anywhere_mark(), arguments);
  if (sets.keeps_interactions())
    all = sets.unite(all, sets.interact(all, all));
  weaken_everything(all);
  recursive_iterations_ = recursive_budget + 1;
  return all;
}

void inspector::branch_begin() {
  open_region();
  if (recorder)
    recorder->branch_begin();
}

void inspector::branch_other() {
  if (recorder)
    recorder->branch_other();
  for (std::size_t i = regions_.back().start; i < log_.size(); ++i) {
    journal_entry &entry = log_[i];
    if (!entry.key)
      continue;
    if (char *shadow = shadow_of(entry)) {
      entry.first_shadow = read(shadow, entry.shadow_mask);
      write(shadow, entry.old_shadow, entry.shadow_mask);
    }
    if (entry.primal_mask) {
      entry.first_primal = read(entry.primal, entry.primal_mask);
      write(entry.primal, entry.old_primal, entry.primal_mask);
    }
  }
}

void inspector::branch_end() {
  if (recorder)
    recorder->branch_end();
  const region ended = regions_.back();
  for (std::size_t i = ended.start; i < log_.size(); ++i) {
    const journal_entry &entry = log_[i];
    char *shadow = entry.key ? shadow_of(entry) : nullptr;
    // Memory without shadow cannot be unknown: it keeps what the second side left.
    if (!shadow)
      continue;
    std::uint64_t joined_shadow, joined_primal;
    join(entry, entry.first_shadow, entry.first_primal, read(shadow, entry.shadow_mask),
         read(entry.primal, entry.primal_mask), false, joined_shadow, joined_primal);
    write(shadow, joined_shadow, entry.shadow_mask);
    write(entry.primal, joined_primal, entry.primal_mask);
  }
  regions_.pop_back();
  regions_.back().active |= ended.active;
  --journal;
  hand_over(ended.start, regions_.back().start, regions_.size() == 1);
}

void inspector::loop_begin() {
  open_region();
  if (recorder)
    recorder->loop_begin();
  regions_.back().path = follow_paths_;
}

std::int32_t inspector::loop_iterate(bool carried_changed, bool stays) {
  constexpr std::int32_t longest = 1 << 28;
  constexpr std::int64_t budget = 200'000;
  region &current = regions_.back();
  if (error_)
    return 0;
  recursive_iterations_ += depth_ > 1;
  const bool hurried = recursive_iterations_ > recursive_budget;
  if (!current.path)
    return join_iteration() || carried_changed ? 2 : 0;
  if (!stays)
    return 0;
  // Paths inside paths multiply: the deeper, the sooner they are joined.
  std::int32_t patience = 32, outer_paths = 0;
  for (std::size_t k = 0; k + 1 < regions_.size(); ++k)
    if (regions_[k].path && ++outer_paths && patience > 2)
      patience /= 2;
  if (hurried || (outer_paths > 1 && ++nested_iterations_ > budget))
    patience = 0;
  current.quiet = carried_changed || current.active ? 0 : current.quiet + 1;
  current.active = false;
  // Stores may change marks in every iteration and leave the same sets at its end. Sets are compared seldom, so that an
  // accumulation stays linear: after 64, 128, 256, … iterations, for as long as nothing changes.
  if (current.quiet == 0 && current.iterations >= 64) {
    const bool power = (current.iterations & (current.iterations - 1)) == 0;
    if (power || current.same >= 0) {
      const bool moved = dependences_moved() || carried_changed;
      current.same = power ? 0 : moved ? -1 : current.same + 1;
    }
    if (current.same >= patience)
      current.quiet = patience;
  }
  if (++current.iterations < longest && current.quiet < patience)
    return 1;
  meet_exits();
  const std::size_t outer = regions_.size() - 2;
  const region parent = regions_[outer];
  region joined = current;
  joined.path = false;
  regions_.pop_back();
  hand_over(joined.start, parent.start, outer == 0);
  joined.start = log_.size();
  regions_.push_back(joined);
  return 2;
}

/// Has the set of some float in memory grown since the last look?
bool inspector::dependences_moved() {
  bool moved = false;
  for (std::size_t i = regions_.back().start; i < log_.size(); ++i) {
    journal_entry &entry = log_[i];
    char *shadow = entry.key ? shadow_of(entry) : nullptr;
    if (!shadow)
      continue;
    const std::uint64_t now = read(shadow, entry.shadow_mask);
    for (int half = 0; half < 2 && !moved; ++half) {
      const auto kind = cell_kind(entry.kind[half]);
      const auto before = mark(half ? high(entry.seen_shadow) : low(entry.seen_shadow));
      const auto after = mark(half ? high(now) : low(now));
      if (before != after && (kind == cell_f32 || kind == cell_f64 || kind == cell_raw))
        moved = !sets.plausible(before) || !sets.plausible(after) || !sets.contains(before, after);
    }
    entry.seen_shadow = now;
  }
  return moved;
}

void inspector::loop_exit() { ++regions_.back().exits; }

bool inspector::join_iteration() {
  region &current = regions_.back();
  bool changed = false;
  for (std::size_t i = current.start; i < log_.size(); ++i) {
    const journal_entry &entry = log_[i];
    char *shadow = entry.key ? shadow_of(entry) : nullptr;
    if (!shadow)
      continue;
    std::uint64_t joined_shadow, joined_primal;
    join(entry, entry.old_shadow, entry.old_primal, read(shadow, entry.shadow_mask),
         read(entry.primal, entry.primal_mask), true, joined_shadow, joined_primal);
    changed |= joined_shadow != entry.old_shadow;
    write(shadow, joined_shadow, entry.shadow_mask);
    write(entry.primal, joined_primal, entry.primal_mask);
  }
  const std::size_t outer = regions_.size() - 2;
  region joined = current;
  regions_.pop_back();
  hand_over(joined.start, regions_[outer].start, outer == 0);
  joined.start = log_.size();
  regions_.push_back(joined);
  return changed;
}

void inspector::loop_end() {
  if (recorder)
    recorder->loop_end();
  if (regions_.back().path)
    meet_exits();
  const region ended = regions_.back();
  regions_.pop_back();
  regions_.back().active |= ended.active;
  --journal;
  hand_over(ended.start, regions_.back().start, regions_.size() == 1);
}

// --- joins -----------------------------------------------------------------------------------------------------------

/// Two floats. `equal`: their bits. `keep`: the first where it contains the second (fixed points).
inspector::mark inspector::join_mark(mark a, mark b, bool equal, bool keep) {
  if (a == 0 && b == 0 && equal)
    return 0;
  a = known_or_one(a);
  b = known_or_one(b);
  mark joined = sets.unite(sets.unite(a, b), 1);
  if (keep && joined != a && a != 0 && sets.contains(a, joined))
    joined = a;
  return joined;
}

std::uint64_t inspector::join_ints(const journal_entry &entry, int half, int size, std::uint64_t a_shadow,
                                   std::uint64_t b_shadow, std::uint64_t differing) const {
  std::uint64_t result = 0;
  const int first = size == 8 ? 0 : 4 * half, last = size == 8 ? 8 : first + 4;
  for (int offset = first; offset < last; offset += size) {
    const int shift = 8 * offset;
    if (!(entry.shadow_mask >> offset & 1))
      continue;
    const bool unknown =
        ((a_shadow | b_shadow) >> shift & 0xff) != 0 || (differing & expand[byte_mask(unsigned(offset), size)]) != 0;
    result |= std::uint64_t(unknown) << shift;
  }
  return result;
}

std::uint64_t inspector::join_pointers(std::uint64_t a_shadow, std::uint64_t a_primal, std::uint64_t b_shadow,
                                       std::uint64_t b_primal) const {
  if (a_shadow == b_shadow &&
      (a_primal == b_primal || a_shadow == unknown_pointer || a_shadow == unknown_inactive_pointer))
    return a_shadow;
  auto inactive = [](std::uint64_t shadow) { return shadow == 0 || shadow == unknown_inactive_pointer; };
  return inactive(a_shadow) && inactive(b_shadow) ? unknown_inactive_pointer : unknown_pointer;
}

/// A word of unknown type: doubles, floats, integers or a pointer. The result is right for each reading that the bits
/// admit: a mark whose lowest byte is not zero is an unknown integer as well.
std::uint64_t inspector::join_raw(const journal_entry &entry, std::uint64_t a_shadow, std::uint64_t a_primal,
                                  std::uint64_t b_shadow, std::uint64_t b_primal, bool keep) {
  if (a_shadow == b_shadow && a_primal == b_primal)
    return a_shadow;
  if (entry.shadow_mask == 0xff) {
    auto inactive_pointer = [](std::uint64_t shadow, std::uint64_t primal) {
      return (shadow == 0 && primal == 0) ||
             ((shadow == 0 || shadow == unknown_inactive_pointer || shadow == unknown_pointer) &&
              looks_like_address(primal));
    };
    if (is_pointer(a_shadow) || is_pointer(b_shadow) ||
        (inactive_pointer(a_shadow, a_primal) && inactive_pointer(b_shadow, b_primal)))
      return join_pointers(a_shadow, a_primal, b_shadow, b_primal);
  }
  std::uint32_t halves[2] = {0, 0};
  for (int half = 0; half < 2; ++half) {
    const auto bytes = std::uint8_t(entry.shadow_mask & (half ? 0xf0 : 0x0f));
    if (!bytes)
      continue;
    const auto a = mark(half ? high(a_shadow) : low(a_shadow)), b = mark(half ? high(b_shadow) : low(b_shadow));
    // Without a primal (specified arrays) equal marks are equal cells; with one, the word's values differ somewhere.
    if (a == b && !entry.primal_mask) {
      halves[half] = std::uint32_t(a);
      continue;
    }
    mark joined = sets.visible_as_byte(join_mark(a, b, false, keep));
    if (keep && a != 0 && (a & 0xff) != 0 && sets.plausible(a) && sets.contains(a, joined))
      joined = a;
    halves[half] = std::uint32_t(joined);
  }
  return pair(halves[0], halves[1]) & expand[entry.shadow_mask];
}

void inspector::join(const journal_entry &entry, std::uint64_t a_shadow, std::uint64_t a_primal, std::uint64_t b_shadow,
                     std::uint64_t b_primal, bool keep, std::uint64_t &shadow, std::uint64_t &primal) {
  primal = a_primal;
  if (a_shadow == b_shadow && a_primal == b_primal) {
    shadow = a_shadow;
    return;
  }
  const std::uint64_t differing = a_primal ^ b_primal;
  const auto kind = cell_kind(entry.kind[0]), second = cell_kind(entry.kind[1]);
  const bool wide = kind == cell_f64 || kind == cell_i64 || kind == cell_ptr;
  const bool second_wide = second == cell_f64 || second == cell_i64 || second == cell_ptr;
  if (kind == cell_raw || second == cell_raw || (wide || second_wide ? kind != second : false)) {
    shadow = join_raw(entry, a_shadow, a_primal, b_shadow, b_primal, keep);
    return;
  }
  if (kind == cell_f64) {
    shadow = std::uint32_t(join_mark(mark(low(a_shadow)), mark(low(b_shadow)), differing == 0, keep));
    return;
  }
  if (kind == cell_i64) {
    shadow = join_ints(entry, 0, 8, a_shadow, b_shadow, differing);
    return;
  }
  if (kind == cell_ptr) {
    shadow = join_pointers(a_shadow, a_primal, b_shadow, b_primal);
    return;
  }
  shadow = 0;
  for (int half = 0; half < 2; ++half) {
    const int shift = 32 * half;
    switch (entry.kind[half]) {
    case cell_f32:
      shadow |= std::uint64_t(std::uint32_t(join_mark(mark(a_shadow >> shift), mark(b_shadow >> shift),
                                                      std::uint32_t(differing >> shift) == 0, keep)))
                << shift;
      break;
    case cell_i8:
      shadow |= join_ints(entry, half, 1, a_shadow, b_shadow, differing);
      break;
    case cell_i16:
      shadow |= join_ints(entry, half, 2, a_shadow, b_shadow, differing);
      break;
    case cell_i32:
      shadow |= join_ints(entry, half, 4, a_shadow, b_shadow, differing);
      break;
    default:
      break;
    }
  }
}

} // namespace sparsead::rt

// --- the ABI ---------------------------------------------------------------------------------------------------------

using sparsead::rt::guard;
using sparsead::rt::inspector;

extern "C" {

void sparsead_rt_store_float(void *state, void *shadow, void *primal, std::int32_t bytes, std::uint64_t bits,
                             sparsead_mark m) {
  guard(state, [&](inspector &i) { i.store_float(shadow, primal, bytes, bits, m); });
}
void sparsead_rt_store_int(void *state, void *shadow, void *primal, std::int32_t bytes, std::uint64_t bits,
                           sparsead_mark m) {
  guard(state, [&](inspector &i) { i.store_int(shadow, primal, bytes, bits, m); });
}
void sparsead_rt_store_ptr(void *state, void *shadow, void *primal, void *value, void *value_shadow, sparsead_mark m) {
  guard(state, [&](inspector &i) { i.store_ptr(shadow, primal, value, value_shadow, m); });
}
void sparsead_rt_store_plain(void *state, void *primal, std::int32_t bytes, std::uint64_t bits, sparsead_mark m) {
  if (m == 0)
    guard(state, [&](inspector &i) { i.store_plain(primal, bytes < 8 ? bytes : 8, &bits); });
}
void sparsead_rt_foreign(void *state, const void *primal, std::int64_t bytes) {
  guard(state, [&](inspector &i) { i.foreign(primal, bytes); });
}
std::int32_t sparsead_rt_enter(void *state) {
  return guard(state, [&](inspector &i) { return std::int32_t(i.enter()); });
}
sparsead_mark sparsead_rt_skip_call(void *state, sparsead_mark arguments, std::int32_t marked) {
  return guard(state, [&](inspector &i) { return i.skip_call(arguments, marked != 0); });
}
void sparsead_rt_leave(void *state) {
  guard(state, [&](inspector &i) { i.leave(); });
}
void sparsead_rt_branch_begin(void *state) {
  guard(state, [&](inspector &i) { i.branch_begin(); });
}
void sparsead_rt_branch_other(void *state) {
  guard(state, [&](inspector &i) { i.branch_other(); });
}
void sparsead_rt_branch_end(void *state) {
  guard(state, [&](inspector &i) { i.branch_end(); });
}
void sparsead_rt_loop_begin(void *state) {
  guard(state, [&](inspector &i) { i.loop_begin(); });
}
std::int32_t sparsead_rt_loop_iterate(void *state, std::int32_t carried_changed, std::int32_t stays) {
  return guard(state, [&](inspector &i) { return i.loop_iterate(carried_changed != 0, stays != 0); });
}
void sparsead_rt_loop_exit(void *state) {
  guard(state, [&](inspector &i) { i.loop_exit(); });
}
void sparsead_rt_loop_end(void *state) {
  guard(state, [&](inspector &i) { i.loop_end(); });
}
}
