// Objects, reads and writes whose address is not known exactly, block copies, errors.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <numeric>
#include <stdexcept>
#include <sys/mman.h>
#include <utility>

#include "sparsead/rt/inspector.hpp"
#include "sparsead/rt/local_record.hpp"
#include "sparsead/rt/run_record.hpp"

namespace sparsead::rt {

namespace {

constexpr std::int64_t gap = 64; ///< between two local objects
constexpr std::uint64_t unknown_pointer = 2;
constexpr std::size_t untouched = std::size_t(1) << 16; ///< bytes of a shadow that a mapping is worth

std::uintptr_t address_of(const void *p) { return reinterpret_cast<std::uintptr_t>(p); }
char *pointer_to(std::uintptr_t address) { return reinterpret_cast<char *>(address); }

void free_shadow(const memory_object &object) {
  if (object.mapped)
    ::munmap(pointer_to(object.begin), object.mapped);
  else
    std::free(pointer_to(object.begin));
}

std::int32_t read_mark(const char *from) {
  std::int32_t m;
  std::memcpy(&m, from, 4);
  return m;
}
void write_mark(char *to, std::int32_t m) { std::memcpy(to, &m, 4); }
std::uint64_t read_word(const char *from) {
  std::uint64_t word;
  std::memcpy(&word, from, 8);
  return word;
}
void write_word(char *to, std::uint64_t word) { std::memcpy(to, &word, 8); }

std::uintptr_t align(std::uintptr_t address, unsigned to) { return (address + to - 1) & ~std::uintptr_t(to - 1); }

} // namespace

inspector::inspector(std::int64_t num_columns) : sparsead_inspector_header{0, 0}, sets(num_columns) {
  regions_.push_back({0, 0});
}

inspector::~inspector() {
  for (chunk &c : chunks_)
    std::free(c.base);
  for (auto &entry : heap_)
    free_shadow(entry.second);
  // Both sides of a branch may have released the same block.
  std::sort(deferred_.begin(), deferred_.end());
  deferred_.erase(
      std::unique(deferred_.begin(), deferred_.end(), [](const auto &a, const auto &b) { return a.first == b.first; }),
      deferred_.end());
  for (auto [primal, kind] : deferred_) {
    if (kind == 0)
      std::free(primal);
    else if (kind == 1)
      ::operator delete(primal);
    else
      ::operator delete[](primal);
  }
}

void inspector::add_object(const char *name, void *shadow, std::int64_t bytes, bool external, bool pure_input) {
  memory_object object;
  object.begin = address_of(shadow);
  object.end = object.begin + std::uintptr_t(std::max<std::int64_t>(bytes, 0));
  object.name = name;
  object.external = external;
  object.pure_input = pure_input;
  object.serial = ++serial_;
  specified_.push_back(object);
  widen(object);
  by_address_.clear();
  pure_inputs_mark_ = -1;
}

void inspector::fail(std::exception_ptr error) {
  if (!error_)
    error_ = std::move(error);
}

void inspector::trap(const char *what) {
  if (journal == 0)
    fail(std::make_exception_ptr(std::runtime_error("while the structure is planned, the function stops: " +
                                                    std::string(what ? what : "a trap"))));
}

void inspector::foreign(const void *primal, std::int64_t bytes) {
  if (list_active_) {
    active_ranges_ = std::exchange(list_active_, nullptr)();
    std::sort(active_ranges_.begin(), active_ranges_.end(),
              [](const active_range &a, const active_range &b) { return a.begin < b.begin; });
  }
  if (error_ || bytes <= 0)
    return;
  const std::uintptr_t begin = address_of(primal), end = begin + std::uintptr_t(bytes);
  auto next = std::lower_bound(active_ranges_.begin(), active_ranges_.end(), end,
                               [](const active_range &r, std::uintptr_t e) { return r.begin < e; });
  if (next == active_ranges_.begin() || (--next)->end <= begin)
    return;
  const std::string name = next->name;
  fail(std::make_exception_ptr(std::invalid_argument(
      "'" + name + "' is also accessed through a pointer in memory that the specification does not name, at byte " +
      std::to_string(begin > next->begin ? begin - next->begin : 0) +
      " of it: entries would be missing; name that pointer instead, or use '" + name + "' throughout")));
}

void inspector::finish() {
  // Regions that were left open have saved the oldest contents too.
  for (std::size_t i = log_.size(); i-- > 0;) {
    const journal_entry &entry = log_[i];
    if (!entry.key || entry.shadow_mask)
      continue;
    for (int byte = 0; byte < 8; ++byte)
      if (entry.primal_mask >> byte & 1)
        entry.primal[byte] = char(entry.old_primal >> (8 * byte));
  }
  log_.clear();
  index_ = journal_index();
  regions_.assign(1, {0, 0});
  journal = 0;
  if (std::exception_ptr error = std::exchange(error_, nullptr))
    std::rethrow_exception(error);
  if (sets.overflow())
    throw std::length_error("the sets of columns that the pattern's inspection keeps do not fit 32-bit names");
}

// --- objects ---------------------------------------------------------------------------------------------------------

/// Memory goes away, and with it what recorders know of its elements.
void inspector::drop_rows(const memory_object &object) {
  if (recorder)
    recorder->drop(object.rows);
  if (runs)
    runs->drop(object.rows);
}

std::int64_t inspector::scope_begin() {
  const std::int64_t used = chunks_.empty() ? 0 : chunks_[current_chunk_].used;
  scopes_.push_back({current_chunk_, locals_.size(), used});
  return std::int64_t(scopes_.size()) - 1;
}

void inspector::scope_end(std::int64_t token) {
  if (token < 0 || std::size_t(token) >= scopes_.size())
    return;
  const scope ended = scopes_[std::size_t(token)];
  scopes_.resize(std::size_t(token));
  if (locals_.size() > ended.locals) {
    for (std::size_t i = locals_.size(); journal > 0 && i > ended.locals; --i)
      purge(locals_[i - 1].begin, locals_[i - 1].end);
    for (std::size_t i = locals_.size(); i > ended.locals; --i)
      drop_rows(locals_[i - 1]);
    recent_[0] = recent_[1] = nullptr;
    locals_.resize(ended.locals);
  }
  if (!chunks_.empty()) {
    for (std::size_t i = ended.chunk + 1; i <= current_chunk_; ++i)
      chunks_[i].used = 0;
    current_chunk_ = ended.chunk;
    chunks_[current_chunk_].used = ended.used;
  }
}

void *inspector::local(void *primal, std::int64_t bytes) {
  bytes = std::max<std::int64_t>(bytes, 0);
  const std::int64_t size = std::int64_t(align(std::uintptr_t(bytes), 16)) + gap;
  while (chunks_.empty() || chunks_[current_chunk_].used + size > chunks_[current_chunk_].size) {
    if (current_chunk_ + 1 < chunks_.size()) {
      ++current_chunk_;
    } else {
      const std::int64_t room = std::max<std::int64_t>(size, chunks_.empty() ? 64 << 10 : 2 * chunks_.back().size);
      auto *base = static_cast<char *>(std::malloc(std::size_t(room)));
      if (!base)
        throw std::bad_alloc();
      chunks_.push_back({base, room, 0, 0});
      current_chunk_ = chunks_.size() - 1;
    }
    chunks_[current_chunk_].first_local = locals_.size();
  }
  chunk &c = chunks_[current_chunk_];
  char *shadow = c.base + c.used;
  std::memset(shadow, 0, std::size_t(size));
  c.used += size;
  memory_object object;
  object.begin = address_of(shadow);
  object.end = object.begin + std::uintptr_t(bytes);
  object.primal = static_cast<char *>(primal);
  object.serial = ++serial_;
  locals_.push_back(object);
  widen(object);
  return shadow;
}

void *inspector::heap(void *primal, std::int64_t bytes) {
  bytes = std::max<std::int64_t>(bytes, 0);
  const std::size_t size = std::size_t(align(std::uintptr_t(bytes), 16)) + std::size_t(gap);
  // A structure program only wants the addresses.
  void *shadow = runs && size > untouched
                     ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                     : std::calloc(size, 1);
  if (!shadow || shadow == MAP_FAILED)
    throw std::bad_alloc();
  memory_object object;
  object.begin = address_of(shadow);
  object.end = object.begin + std::uintptr_t(bytes);
  object.primal = static_cast<char *>(primal);
  object.serial = ++serial_;
  object.mapped = runs && size > untouched ? size : 0;
  heap_[object.begin] = object;
  widen(object);
  return shadow;
}

bool inspector::release(void *shadow, void *primal, std::int32_t kind) {
  auto later = [&] {
    if (primal)
      deferred_.emplace_back(primal, kind);
    return false;
  };
  if (!shadow)
    return journal > 0 ? later() : true;
  auto found = heap_.find(address_of(shadow));
  if (found == heap_.end())
    return later();
  if (journal > 0) {
    // Born before an open region: the other side of a branch, or the next round of a loop, may still need it. The
    // destructor releases it.
    if (regions_.back().serial > found->second.serial)
      return later();
    purge(found->second.begin, found->second.end);
  }
  drop_rows(found->second);
  recent_[0] = recent_[1] = nullptr;
  free_shadow(found->second);
  heap_.erase(found);
  return true;
}

std::pair<std::uintptr_t, std::uintptr_t> inspector::bounds(const void *shadow) {
  const memory_object *object = shadow ? lookup(address_of(shadow), 0) : nullptr;
  if (!object)
    return {0, 0};
  return {object->begin, object->end};
}

void inspector::sort_objects() {
  for (memory_object &object : specified_)
    if (object.begin)
      by_address_.push_back(&object);
  std::sort(by_address_.begin(), by_address_.end(),
            [](const memory_object *a, const memory_object *b) { return a->begin < b->begin; });
}

memory_object *inspector::remember(memory_object *object) {
  recent_[1] = recent_[0];
  return recent_[0] = object;
}

/// The object that [address, address + bytes) lies in; with bytes == 0 the end of an object belongs to it.
memory_object *inspector::lookup(std::uintptr_t address, std::int64_t bytes) {
  for (memory_object *object : recent_)
    if (object && address >= object->begin && address + std::uintptr_t(bytes) <= object->end)
      return object;
  return find(address, bytes);
}

memory_object *inspector::find(std::uintptr_t address, std::int64_t bytes) {
  auto inside = [&](memory_object &object) {
    return address >= object.begin && address <= object.end && std::uintptr_t(bytes) <= object.end - address;
  };
  if (by_address_.empty() && !specified_.empty())
    sort_objects();
  auto next = std::upper_bound(by_address_.begin(), by_address_.end(), address,
                               [](std::uintptr_t a, const memory_object *object) { return a < object->begin; });
  if (next != by_address_.begin() && inside(**(next - 1)))
    return remember(*(next - 1));
  for (std::size_t i = 0; i < chunks_.size() && i <= current_chunk_; ++i) {
    const chunk &c = chunks_[i];
    if (address < address_of(c.base) || address > address_of(c.base) + std::uintptr_t(c.used))
      continue;
    const auto first = locals_.begin() + std::ptrdiff_t(std::min(c.first_local, locals_.size()));
    const auto last = i < current_chunk_ ? locals_.begin() + std::ptrdiff_t(chunks_[i + 1].first_local) : locals_.end();
    auto after =
        std::upper_bound(first, last, address, [](std::uintptr_t a, const memory_object &o) { return a < o.begin; });
    if (after != first && inside(*(after - 1)))
      return remember(&*(after - 1));
  }
  auto block = heap_.upper_bound(address);
  if (block != heap_.begin() && inside((--block)->second))
    return remember(&block->second);
  return nullptr;
}

/// Is the word the address of registered shadow memory?
bool inspector::is_pointer(std::uint64_t word) {
  return word >= lowest_ && word <= highest_ && find(std::uintptr_t(word), 0) != nullptr;
}

void inspector::widen(const memory_object &object) {
  if (!object.begin)
    return;
  lowest_ = std::min(lowest_, object.begin);
  highest_ = std::max(highest_, object.end);
}

bool inspector::check(const void *shadow, std::int64_t bytes, const char *name, const char *index_name,
                      std::int64_t position, std::int64_t value) {
  const std::uintptr_t address = address_of(shadow);
  if (lookup(address, bytes))
    return true;
  if (journal > 0 || error_)
    return false;
  const memory_object *named = nullptr;
  for (const memory_object &object : specified_) {
    if (!name || !object.name || std::strcmp(object.name, name) != 0)
      continue;
    // Of several blocks of one name (arrays of arrays) the nearest.
    auto distance = [&](const memory_object &o) { return address < o.begin ? o.begin - address : address - o.begin; };
    if (!named || distance(object) < distance(*named))
      named = &object;
  }
  const std::string array = name && *name ? "'" + std::string(name) + "'" : "the array";
  std::string extent;
  if (named && bytes > 0)
    extent = " (extent " + std::to_string(std::int64_t(named->end - named->begin) / bytes) + ")";
  std::string text;
  if (index_name) {
    text = "index array '" + std::string(index_name) + "' at position " + std::to_string(position) + " holds " +
           std::to_string(value) + ": subscript outside " + array + extent;
  } else if (named && bytes > 0) {
    const auto offset = std::int64_t(address - named->begin);
    const std::int64_t subscript = offset >= 0 ? offset / bytes : -((-offset + bytes - 1) / bytes);
    text = "subscript " + std::to_string(subscript) + " outside " + array + extent;
  } else {
    text = "subscript outside " + array;
  }
  fail(std::make_exception_ptr(std::out_of_range(text)));
  return false;
}

std::vector<std::int64_t> inspector::offsets_of(std::int32_t pointer_mark) const {
  if (pointer_mark > first_alternative)
    return {0};
  return alternatives_[std::size_t(first_alternative - pointer_mark)];
}

std::int32_t inspector::join_ptr(void *primal_a, void *shadow_a, std::int32_t mark_a, void *primal_b, void *shadow_b,
                                 std::int32_t mark_b) {
  if (mark_a == mark_b && primal_a == primal_b && shadow_a == shadow_b)
    return mark_a;
  if (mark_a == -1 || mark_b == -1)
    return -1;
  auto listed = [](std::int32_t m) { return m == 0 || m <= first_alternative; };
  if (shadow_a && shadow_b && listed(mark_a) && listed(mark_b)) {
    std::vector<std::int64_t> offsets = offsets_of(mark_a);
    const std::int64_t distance = static_cast<char *>(shadow_b) - static_cast<char *>(shadow_a);
    for (const std::int64_t offset : offsets_of(mark_b))
      offsets.push_back(offset + distance);
    std::sort(offsets.begin(), offsets.end());
    offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
    if (offsets.size() <= max_alternatives) {
      auto [place, fresh] = alternative_numbers_.try_emplace(offsets, std::int32_t(alternatives_.size()));
      if (fresh)
        alternatives_.push_back(offsets);
      return first_alternative - place->second;
    }
  }
  // Too many to list: multiples inside one object, or anywhere.
  auto widened = [&](std::int32_t m, const void *shadow) -> std::int32_t {
    if (m > first_alternative)
      return m;
    const memory_object *object = lookup(address_of(shadow), 0);
    std::int64_t divisor = 0;
    for (const std::int64_t offset : offsets_of(m)) {
      const std::uintptr_t at = address_of(shadow) + std::uintptr_t(offset);
      if (!object || at < object->begin || at > object->end)
        return -1;
      divisor = std::gcd(divisor, offset);
    }
    return std::int32_t(std::gcd(divisor, std::int64_t(1) << 30));
  };
  mark_a = shadow_a ? widened(mark_a, shadow_a) : mark_a;
  mark_b = shadow_b ? widened(mark_b, shadow_b) : mark_b;
  if (mark_a == -1 || mark_b == -1)
    return -1;
  const bool inactive_a = mark_a == -2 || !shadow_a, inactive_b = mark_b == -2 || !shadow_b;
  if (inactive_a || inactive_b)
    return inactive_a && inactive_b ? -2 : -1;
  const std::uintptr_t a = address_of(shadow_a), b = address_of(shadow_b);
  memory_object *object = lookup(a, 0);
  if (!object || b < object->begin || b > object->end)
    return -1;
  const std::int64_t divisor =
      std::gcd(std::gcd(std::int64_t(a > b ? a - b : b - a), std::int64_t(mark_a)), std::int64_t(mark_b));
  if (divisor <= std::numeric_limits<std::int32_t>::max())
    return std::int32_t(divisor);
  return std::int32_t(std::gcd(divisor, std::int64_t(1) << 30));
}

// --- whole extents ---------------------------------------------------------------------------------------------------

template <class F> void inspector::for_each_object(F f) {
  for (memory_object &object : specified_)
    f(object);
  for (memory_object &object : locals_)
    f(object);
  // By birth, not by address: the same input gives the same sets.
  std::vector<memory_object *> blocks;
  for (auto &entry : heap_)
    blocks.push_back(&entry.second);
  std::sort(blocks.begin(), blocks.end(),
            [](const memory_object *a, const memory_object *b) { return a->serial < b->serial; });
  for (memory_object *object : blocks)
    f(*object);
}

/// Adds every cell that may be a float's mark.
void inspector::gather_cells(const memory_object &object) {
  std::uintptr_t at = align(object.begin, 4);
  for (; at + 4 <= object.end; at += 4) {
    // Pointers are no marks: which sets they would name depends on where memory lies.
    if (at % 8 == 0 && at + 8 <= object.end) {
      const std::uint64_t word = read_word(pointer_to(at));
      if (word == 0 || is_pointer(word)) {
        at += 4;
        continue;
      }
    }
    const std::int32_t m = read_mark(pointer_to(at));
    if (m)
      sets.gather(known_or_one(m));
  }
}

/// Union over the cells at begin + phase + k * stride.
inspector::mark inspector::extent_mark(memory_object &object, std::int64_t stride, std::int64_t phase) {
  mark &last = extents_.try_emplace(std::make_tuple(object.serial, stride, phase), mark(-1)).first->second;
  if (last >= 0 && object.pure_input)
    return last;
  sets.begin_gather();
  sets.gather(1);
  for (std::uintptr_t at = object.begin + std::uintptr_t(phase); at + 4 <= object.end; at += std::uintptr_t(stride)) {
    const std::int32_t m = read_mark(pointer_to(at));
    if (m > 1)
      sets.gather(known_or_one(m));
  }
  return last = sets.end_gather(last);
}

inspector::mark inspector::anywhere_mark() {
  if (pure_inputs_mark_ < 0) {
    sets.begin_gather();
    sets.gather(1);
    for (memory_object &object : specified_)
      if (object.pure_input)
        gather_cells(object);
    pure_inputs_mark_ = sets.end_gather();
  }
  mark &last =
      extents_.try_emplace(std::make_tuple(std::int64_t(-1), std::int64_t(0), std::int64_t(0)), mark(-1)).first->second;
  sets.begin_gather();
  sets.gather(pure_inputs_mark_);
  for_each_object([&](memory_object &object) {
    if (!object.pure_input)
      gather_cells(object);
  });
  return last = sets.end_gather(last);
}

inspector::mark inspector::load_any(const void *shadow, std::int32_t pointer_mark, bool is_float) {
  if (!is_float || pointer_mark == -2 || (pointer_mark >= 0 && !shadow))
    return 1;
  const std::uintptr_t address = address_of(shadow);
  if (pointer_mark <= first_alternative) {
    mark result = 1;
    for (const std::int64_t offset : offsets_of(pointer_mark)) {
      const std::uintptr_t at = address + std::uintptr_t(offset);
      if (lookup(at, 4)) // outside every object: an impossible path
        result = sets.unite(result, known_or_one(read_mark(pointer_to(at))));
    }
    return result;
  }
  memory_object *object = pointer_mark >= 0 ? lookup(address, 0) : nullptr;
  if (!object)
    return anywhere_mark();
  if (pointer_mark == 0)
    return address + 4 <= object->end ? sets.unite(known_or_one(read_mark(pointer_to(address))), 1) : 1;
  return extent_mark(*object, pointer_mark, std::int64_t(address - object->begin) % pointer_mark);
}

/// 4 bytes of memory that may have been written, by a float with mark m or by an integer. Types are not known.
void inspector::weaken_half(memory_object &object, char *shadow, mark m, bool is_float) {
  const mark old = read_mark(shadow);
  mark joined;
  if (object.external && old != 0)
    joined = is_float ? sets.unite(known_or_one(old), m) : old;
  else if (is_float)
    joined = sets.visible_as_byte(sets.unite(known_or_one(old), m));
  else
    joined = old == 0 ? sets.visible_as_byte(1) : old;
  if (joined != old)
    write_mark(shadow, joined);
}

void inspector::weaken_extent(memory_object &object, mark m, bool is_float) {
  if (object.pure_input || object.begin == object.end)
    return;
  if (journal > 0)
    record_raw(pointer_to(object.begin), object.primal, std::int64_t(object.end - object.begin));
  for (std::uintptr_t at = align(object.begin, 4); at + 4 <= object.end; at += 4) {
    char *shadow = pointer_to(at);
    if (at % 8 == 0 && at + 8 <= object.end) {
      const std::uint64_t word = read_word(shadow);
      if (is_pointer(word)) {
        if (!is_float)
          write_word(shadow, unknown_pointer);
        at += 4;
        continue;
      }
      // In specified arrays the places without leaf hold no float.
      if (object.external && word == 0 && is_float) {
        at += 4;
        continue;
      }
    }
    if (object.external && is_float && read_mark(shadow) == 0)
      continue;
    weaken_half(object, shadow, m, is_float);
  }
}

/// Any byte of any object may have been written, by a float with mark m among others.
void inspector::weaken_everything(mark m) {
  for_each_object([&](memory_object &object) {
    weaken_extent(object, m, true);
    weaken_extent(object, 1, false);
  });
}

void inspector::store_any(void *shadow, std::int32_t pointer_mark, std::int32_t bytes, mark m, std::int32_t is_float) {
  if (pointer_mark == -2 || (pointer_mark >= 0 && !shadow))
    return;
  m = m > 1 ? m : 1;
  const std::uintptr_t address = address_of(shadow);
  if (pointer_mark <= first_alternative) {
    for (const std::int64_t offset : offsets_of(pointer_mark)) {
      const std::uintptr_t at = address + std::uintptr_t(offset);
      if (memory_object *target = lookup(at, bytes))
        weaken_cell(*target, at, bytes, m, is_float);
    }
    return;
  }
  memory_object *object = pointer_mark >= 0 ? lookup(address, 0) : nullptr;
  if (!object) {
    for_each_object([&](memory_object &o) { weaken_extent(o, m, is_float == 1); });
    return;
  }
  const std::int64_t stride = pointer_mark > 0 ? pointer_mark : std::numeric_limits<std::int32_t>::max();
  const std::int64_t phase = std::int64_t(address - object->begin) % stride;
  for (std::uintptr_t at = object->begin + std::uintptr_t(phase); at + std::uintptr_t(bytes) <= object->end;
       at += std::uintptr_t(stride))
    weaken_cell(*object, at, bytes, m, is_float);
}

/// A cell of known type that may have been written.
void inspector::weaken_cell(memory_object &object, std::uintptr_t at, std::int32_t bytes, mark m,
                            std::int32_t is_float) {
  char *cell = pointer_to(at), *primal = object.primal ? object.primal + (at - object.begin) : nullptr;
  if (is_float == 1) {
    const mark old = read_mark(cell), joined = sets.unite(known_or_one(old), m);
    if (joined == old)
      return;
    if (journal > 0) {
      record(cell, primal, 4, bytes, bytes == 8 ? cell_f64 : cell_f32);
      regions_.back().active = true;
    }
    write_mark(cell, joined);
  } else if (bytes == 8 && (is_float == 2 || is_pointer(read_word(cell)))) {
    if (journal > 0)
      record(cell, primal, 8, 8, cell_ptr);
    write_word(cell, unknown_pointer);
  } else {
    if (journal > 0)
      record(cell, primal, 1, bytes, bytes == 1 ? cell_i8 : bytes == 2 ? cell_i16 : bytes == 4 ? cell_i32 : cell_i64);
    *cell = 1;
  }
}

// --- blocks ----------------------------------------------------------------------------------------------------------

void inspector::copy(void *dst_shadow, void *dst, bool dst_local, const void *src_shadow, const void *src,
                     bool src_local, std::int64_t bytes, std::int32_t unknown) {
  auto *to = static_cast<char *>(dst_shadow);
  auto *from = static_cast<const char *>(src_shadow);
  if (unknown) {
    if (!to && unknown > 0)
      return;
    mark m = 1;
    if (unknown < 0) {
      m = anywhere_mark();
    } else if (from) {
      if (memory_object *object = lookup(address_of(from), 0)) {
        sets.begin_gather();
        sets.gather(1);
        gather_cells(*object);
        m = sets.end_gather();
      } else {
        m = anywhere_mark();
      }
    }
    memory_object *object = unknown > 0 ? lookup(address_of(to), 0) : nullptr;
    if (!object)
      return weaken_everything(m);
    weaken_extent(*object, m, true);
    weaken_extent(*object, 1, false);
    return;
  }
  if (bytes <= 0 || (to && to == from && dst_local == src_local))
    return;
  if (!to) {
    copy_to_plain(dst, from, src, src_local, bytes);
    return;
  }
  if (journal > 0)
    record_raw(to, dst_local ? static_cast<char *>(dst) : nullptr, bytes);
  if (!dst_local) {
    scratch_.assign(from ? from : to, (from ? from : to) + bytes);
    copy_to_external(to, from ? scratch_.data() : nullptr, src_local, bytes);
  } else if (!from) {
    std::memset(to, 0, std::size_t(bytes));
    if (dst && src)
      std::memmove(dst, src, std::size_t(bytes));
  } else if (src_local) {
    std::memmove(to, from, std::size_t(bytes));
    if (dst && src)
      std::memmove(dst, src, std::size_t(bytes));
  } else {
    copy_from_external(to, static_cast<char *>(dst), from, static_cast<const char *>(src), bytes);
  }
}

/// Into a specified array: no values are kept, so that what is not a leaf becomes an unknown integer.
void inspector::copy_to_external(char *dst, const char *src, bool src_local, std::int64_t bytes) {
  const std::uintptr_t first = address_of(dst), end = first + std::uintptr_t(bytes);
  for (std::uintptr_t at = align(first, 4); at + 4 <= end; at += 4) {
    char *shadow = pointer_to(at);
    if (at % 8 == 0 && at + 8 <= end && is_pointer(read_word(shadow))) {
      if (!src || read_word(src + (at - first)) != read_word(shadow))
        write_word(shadow, unknown_pointer);
      at += 4;
      continue;
    }
    if (read_mark(shadow) == 0) {
      write_mark(shadow, sets.visible_as_byte(1));
      continue;
    }
    mark m = 1;
    if (src) {
      const mark s = read_mark(src + (at - first));
      m = sets.unite(known_or_one(s), 1);
      // A local word that is a pointer has no leaf's mark in its halves.
      if (src_local && at % 8 == 0 && at + 8 <= end && is_pointer(read_word(src + (at - first))))
        m = 1;
    }
    write_mark(shadow, m);
  }
}

/// Out of a specified array into local memory: marks of leaves; values of the rest, which the caller owns.
void inspector::copy_from_external(char *dst_shadow, char *dst, const char *src_shadow, const char *src,
                                   std::int64_t bytes) {
  std::int64_t at = 0;
  auto value = [&](std::int64_t count) {
    if (dst && src) {
      std::memset(dst_shadow + at, 0, std::size_t(count));
      std::memcpy(dst + at, src + at, std::size_t(count));
    } else if (count >= 4) {
      write_mark(dst_shadow + at, sets.visible_as_byte(1));
      if (count == 8)
        write_mark(dst_shadow + at + 4, sets.visible_as_byte(1));
    } else {
      std::memset(dst_shadow + at, 1, std::size_t(count));
    }
    at += count;
  };
  while (at < bytes) {
    const std::uintptr_t address = address_of(src_shadow) + std::uintptr_t(at);
    const std::int64_t rest = bytes - at;
    if (address % 4 != 0 || rest < 4) {
      value(std::min<std::int64_t>(rest, 4 - std::int64_t(address % 4)));
      continue;
    }
    const mark lo = read_mark(src_shadow + at);
    if (address % 8 != 0 || rest < 8) {
      if (lo) {
        write_mark(dst_shadow + at, known_or_one(lo));
        at += 4;
      } else {
        value(4);
      }
      continue;
    }
    const std::uint64_t word = read_word(src_shadow + at);
    if (is_pointer(word)) {
      write_word(dst_shadow + at, word);
      if (dst && src)
        std::memcpy(dst + at, src + at, 8);
      at += 8;
      continue;
    }
    const mark hi = read_mark(src_shadow + at + 4);
    if (lo == 0) {
      value(4);
      if (hi == 0)
        value(4);
    } else {
      write_mark(dst_shadow + at, known_or_one(lo));
      at += 4;
      if (hi == 0) {
        // The second half of a double, or an integer beside a float, whose value must not be taken for known.
        write_mark(dst_shadow + at, sets.visible_as_byte(1));
        at += 4;
      }
    }
    if (hi != 0) {
      write_mark(dst_shadow + at, known_or_one(hi));
      at += 4;
    }
  }
}

/// Into memory without shadow: known values only.
void inspector::copy_to_plain(void *dst, const void *src_shadow, const void *src, bool src_local, std::int64_t bytes) {
  if (!dst || !src)
    return;
  bool known = !src_shadow || src_local;
  if (src_shadow) {
    auto *shadow = static_cast<const char *>(src_shadow);
    for (std::int64_t at = 0; at < bytes; ++at)
      known &= shadow[at] == 0;
    for (std::int64_t at = 0; at + 4 <= bytes; at += 4) {
      const mark m = read_mark(shadow + at);
      if (at + 8 <= bytes && is_pointer(read_word(shadow + at)))
        at += 4;
      else if (m > 1 && sets.plausible(m) && m != marks::bytes_of_one)
        throw std::runtime_error(
            "a value that depends on an input is copied to memory that the specification does not name");
    }
  }
  if (!known)
    return;
  scratch_.assign(static_cast<const char *>(src), static_cast<const char *>(src) + bytes);
  store_plain(dst, bytes, scratch_.data());
}

void inspector::fill(void *dst_shadow, void *dst, bool dst_local, int byte, std::int64_t bytes, std::int32_t unknown) {
  auto *to = static_cast<char *>(dst_shadow);
  if (unknown) {
    if (!to && unknown > 0)
      return;
    auto weaken = [&](memory_object &o) {
      weaken_extent(o, 1, true);
      weaken_extent(o, 1, false);
    };
    memory_object *object = unknown > 0 ? lookup(address_of(to), 0) : nullptr;
    if (object)
      weaken(*object);
    else
      for_each_object(weaken);
    return;
  }
  if (bytes <= 0)
    return;
  if (!to) {
    if (dst) {
      scratch_.assign(std::size_t(bytes), char(byte));
      store_plain(dst, bytes, scratch_.data());
    }
    return;
  }
  if (journal > 0)
    record_raw(to, dst_local ? static_cast<char *>(dst) : nullptr, bytes);
  if (!dst_local) {
    copy_to_external(to, nullptr, true, bytes);
    return;
  }
  std::memset(to, 0, std::size_t(bytes));
  if (dst)
    std::memset(dst, byte, std::size_t(bytes));
}

} // namespace sparsead::rt

// --- the ABI ---------------------------------------------------------------------------------------------------------

using sparsead::rt::guard;
using sparsead::rt::inspector;

extern "C" {

std::int64_t sparsead_rt_scope_begin(void *state) {
  return guard(state, [&](inspector &i) { return i.scope_begin(); });
}
void sparsead_rt_scope_end(void *state, std::int64_t token) {
  guard(state, [&](inspector &i) { i.scope_end(token); });
}
void *sparsead_rt_local(void *state, void *primal, std::int64_t bytes) {
  return guard(state, [&](inspector &i) { return i.local(primal, bytes); });
}
void *sparsead_rt_heap(void *state, void *primal, std::int64_t bytes) {
  return guard(state, [&](inspector &i) { return i.heap(primal, bytes); });
}
std::int32_t sparsead_rt_release(void *state, void *shadow, void *primal, std::int32_t kind) {
  return guard(state, [&](inspector &i) { return std::int32_t(i.release(shadow, primal, kind)); });
}
std::int64_t sparsead_rt_object_begin(void *state, const void *shadow) {
  return guard(state, [&](inspector &i) { return std::int64_t(i.bounds(shadow).first); });
}
std::int64_t sparsead_rt_object_size(void *state, const void *shadow) {
  return guard(state, [&](inspector &i) {
    auto [begin, end] = i.bounds(shadow);
    return std::int64_t(end - begin);
  });
}
std::int32_t sparsead_rt_check(void *state, const void *shadow, std::int64_t bytes, const char *name,
                               const char *index_name, std::int64_t position, std::int64_t value) {
  return guard(state,
               [&](inspector &i) { return std::int32_t(i.check(shadow, bytes, name, index_name, position, value)); });
}
void sparsead_rt_store_any(void *state, void *shadow, std::int32_t pointer_mark, std::int32_t bytes, sparsead_mark m,
                           std::int32_t is_float) {
  guard(state, [&](inspector &i) { i.store_any(shadow, pointer_mark, bytes, m, is_float); });
}
sparsead_mark sparsead_rt_load_any(void *state, const void *shadow, std::int32_t pointer_mark, std::int32_t bytes,
                                   std::int32_t is_float) {
  (void)bytes;
  return guard(state, [&](inspector &i) { return i.load_any(shadow, pointer_mark, is_float == 1); });
}
void sparsead_rt_copy(void *state, void *dst_shadow, void *dst, std::int32_t dst_local, const void *src_shadow,
                      const void *src, std::int32_t src_local, std::int64_t bytes, std::int32_t unknown) {
  guard(state, [&](inspector &i) {
    i.copy(dst_shadow, dst, dst_local != 0, src_shadow, src, src_local != 0, bytes, unknown);
  });
}
void sparsead_rt_fill(void *state, void *dst_shadow, void *dst, std::int32_t dst_local, std::int32_t byte,
                      std::int64_t bytes, std::int32_t unknown) {
  guard(state, [&](inspector &i) { i.fill(dst_shadow, dst, dst_local != 0, byte, bytes, unknown); });
}
std::int32_t sparsead_rt_join_ptr(void *state, void *primal_a, void *shadow_a, std::int32_t mark_a, void *primal_b,
                                  void *shadow_b, std::int32_t mark_b) {
  return guard(state, [&](inspector &i) { return i.join_ptr(primal_a, shadow_a, mark_a, primal_b, shadow_b, mark_b); });
}
void sparsead_rt_trap(void *state, const char *what) {
  guard(state, [&](inspector &i) { i.trap(what); });
}
}
