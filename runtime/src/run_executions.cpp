// Single executions of sites: what has no form, most loops over index arrays among it.
#include "sparsead/rt/inspector.hpp"
#include "sparsead/rt/local_record.hpp"
#include "sparsead/rt/run_record.hpp"
#include "sparsead/rt/run_words.hpp"
#include <algorithm>
#include <cstring>
#include <limits>

namespace sparsead::rt {
namespace {

constexpr std::int64_t narrow_gap = 1; ///< between the rows of two executions that share a claim
constexpr std::int64_t no_group = INT64_MIN;
constexpr std::size_t largest_chunk = 1 << 16;         ///< words of the log; more only where an iteration needs them
constexpr std::int64_t largest_bucket_chunk = 1 << 13; ///< the same of a bucket

/// The highest of the groups below `limit`; there are as many as the code has sums for one store.
template <class Groups> std::int64_t highest_group(const Groups &groups, std::int64_t limit) {
  std::int64_t highest = no_group;
  for (const auto &[group, count] : groups)
    if (group < limit && group > highest)
      highest = group;
  return highest;
}

/// Without what stands above the diagonal.
std::int32_t lower_part(std::int32_t word, std::int64_t row) {
  return (word < -1 ? -2 - word : word) > row ? -1 : word;
}

} // namespace

void execution_log::grow(std::size_t count) {
  const std::size_t words = std::max(count, chunk_);
  chunks_.emplace_back(new std::int32_t[words]);
  next_ = chunks_.back().get();
  room_ = words;
  chunk_ = std::min(2 * chunk_, largest_chunk);
}

/// Room for so many words, and a stretch that they belong to.
void row_buckets::prepare(bucket &b, std::int64_t words, stretch to) {
  if (b.end - b.next < words) {
    std::int64_t size = 64;
    if (!b.chunks.empty()) {
      chunk &last = b.chunks.back();
      last.used = b.next - last.words.get();
      b.before += last.used;
      size = std::min(2 * (b.end - last.words.get()), largest_bucket_chunk);
    }
    size = std::max(size, words);
    b.chunks.push_back({std::unique_ptr<std::int32_t[]>(new std::int32_t[static_cast<std::size_t>(size)]), 0});
    b.next = b.chunks.back().words.get();
    b.end = b.next + size;
  }
  if (b.time != to.time) {
    to.begin = b.words();
    b.stretches.push_back(to);
    b.time = to.time;
  }
}

// --- claims ----------------------------------------------------------------------------------------------------------

void run_recorder::claim_rows(std::int64_t low, std::int64_t high, std::int64_t run) {
  claims_.push_back({low, high, run});
  claimed_low_ = std::min(claimed_low_, low);
  claimed_high_ = std::max(claimed_high_, high);
}

/// Where a site jumps about, all rows between share a claim.
bool run_recorder::jumps(const site_state &s) const { return s.claims > 1024 + rows_count_ / 16; }

/// Neighbouring rows share a claim.
void run_recorder::claim_execution(std::int32_t number, std::int64_t row) {
  site_state &s = sites_[static_cast<std::size_t>(number)];
  const std::int64_t gap = jumps(s) ? rows_count_ : narrow_gap;
  if (s.claim >= 0) {
    claim &c = claims_[static_cast<std::size_t>(s.claim)];
    if (row >= c.low - gap && row <= c.high + gap) {
      c.low = std::min(c.low, row);
      c.high = std::max(c.high, row);
      claimed_low_ = std::min(claimed_low_, row);
      claimed_high_ = std::max(claimed_high_, row);
      return;
    }
  }
  s.claim = static_cast<std::int64_t>(claims_.size());
  ++s.claims;
  claim_rows(row, row, -1);
}

/// Of `count` executions, `hop` words apart: row, columns. Those without entries count where they may overwrite
/// something. `range`: of their rows.
void run_recorder::claim_all(std::int32_t number, const std::int32_t *words, std::size_t hop, std::int64_t count,
                             const row_range &range) {
  const site_state &s = sites_[static_cast<std::size_t>(number)];
  auto holds = [&](std::int64_t low, std::int64_t high) {
    if (s.claim < 0)
      return false;
    const claim &c = claims_[static_cast<std::size_t>(s.claim)];
    return c.low <= low && high <= c.high;
  };
  if (holds(range.low, range.high))
    return;
  const std::int32_t slots = descriptor_.sites[number].num_slots;
  for (; count > 0; --count, words += hop) {
    const std::int64_t row = words[0];
    if (holds(row, row))
      continue;
    if (s.claim >= 0 && jumps(s)) { // roughly: soon there is nothing more to be claimed
      const std::int64_t part = rows_count_ / 16 + 1;
      claim_execution(number, range.low / part * part);
      claim_execution(number, std::min((range.high / part + 1) * part, rows_count_) - 1);
      return;
    }
    if (is_claimed(row, row) || std::any_of(words + 1, words + 1 + slots, [](std::int32_t word) { return word >= 0; }))
      claim_execution(number, row);
  }
}

// --- outside of loops in pieces --------------------------------------------------------------------------------------

/// Writes the columns that the slots have in iteration t of their run; `any`: are there some for certain?
std::int32_t *run_recorder::write_columns(std::int32_t *to, std::int64_t row, const run_column *columns,
                                          std::int32_t count, std::int64_t t, bool &any) const {
  for (std::int32_t k = 0; k < count; ++k) {
    *to = lower_ ? lower_part(column_word(columns[k], t), row) : column_word(columns[k], t);
    any |= *to++ >= 0;
  }
  return to;
}

/// Adds one execution.
bool run_recorder::execute(std::int32_t number, std::int64_t row, const run_column *columns) {
  const abi::local_site &site = descriptor_.sites[number];
  site_state &of = sites_[static_cast<std::size_t>(number)];
  const auto parts = static_cast<std::int32_t>(of.parts.size());
  const bool assigns = site.kind == abi::local_assign, shares = site.sources != nullptr;
  for (std::int32_t k = 0; shares && k < site.num_slots; ++k)
    if (parts > 0 || source_ + partial_of(site, k) < 0)
      return refuse("a store repeats the partials of another one that was not executed");
  block *const b = open_executions(0, -1, nullptr);
  std::int32_t *to = buckets_.append(row, 3 + 2 * assigns + shares + parts + site.num_slots, row_buckets::self_telling,
                                     false, b->time);
  *to++ = static_cast<std::int32_t>(row);
  *to++ = static_cast<std::int32_t>(source_);
  *to++ = 4 * (parts + site.num_slots) + 2 * shares + assigns;
  if (assigns) {
    std::memcpy(to, &time_, sizeof time_);
    to += 2;
  }
  if (shares)
    *to++ = number;
  ++time_;
  b->sources += parts + partials_of(site);
  source_ += parts + partials_of(site);
  shared_ += site.num_slots - partials_of(site);
  bool any = false;
  if (parts > 0) {
    std::int32_t *const first = to;
    if (of.groups.size() == 1)
      to = std::copy(of.parts.begin(), of.parts.end(), to);
    else
      for (std::int64_t group = highest_group(of.groups, std::int64_t(1) << 32); group != no_group;
           group = highest_group(of.groups, group)) {
        const std::int32_t *from = of.parts.data();
        for (const auto &[is, count] : of.groups) {
          if (is == group)
            to = std::copy(from, from + count, to);
          from += count;
        }
      }
    for (std::int32_t *w = first; w < to; ++w) {
      *w = lower_ ? lower_part(*w, row) : *w;
      any |= *w >= 0;
    }
    of.parts.clear();
    of.groups.clear();
    --waiting_;
  }
  write_columns(to, row, columns, site.num_slots, 0, any);
  if (any || is_claimed(row, row))
    claim_execution(number, row);
  return source_ <= INT32_MAX || refuse("its positions do not fit a stream of 2^31 words");
}

/// The block that executions belong to from now on.
run_recorder::block *run_recorder::open_executions(std::int64_t iv, std::int32_t shape, const std::int32_t *words) {
  const bool counts = stream_ >= 0;
  auto goes_on = [&](const block &b) {
    if (b.kind != block::executions || b.shape != shape)
      return false;
    if (!counts)
      return b.begin == b.end;
    const auto size = static_cast<std::size_t>(b.end - b.begin) * (words ? shape_at(shape).words : 0);
    return b.begin < b.end && b.end == iv && b.words + size == words;
  };
  if (blocks_.empty() || !goes_on(blocks_.back()))
    blocks_.push_back(
        {block::executions, counts ? iv : 0, counts ? iv : 0, 0, 0, stream_, time_, source_, shape, 0, words});
  return &blocks_.back();
}

// --- iterations of loops in pieces -----------------------------------------------------------------------------------

/// The sites that an iteration executes; -1: none. `words`: its row of the table.
std::int32_t run_recorder::shape_of(const std::int64_t *table, const std::int64_t *words) {
  present_.clear();
  for (std::int64_t s = 0; s < table[0]; ++s) {
    const auto number = static_cast<std::int32_t>(table[2 + s]);
    const abi::local_site &site = descriptor_.sites[number];
    if (*words != 0 && site.kind != abi::local_row)
      present_.push_back(number);
    words += 1 + site.num_slots;
  }
  if (present_.empty())
    return -1;
  if (!shapes_.empty() && shapes_[last_shape_].sites == present_)
    return static_cast<std::int32_t>(last_shape_);
  const auto [place, fresh] = shape_numbers_.try_emplace(present_, static_cast<std::int32_t>(shapes_.size()));
  if (fresh && !make_shape())
    return -1;
  last_shape_ = static_cast<std::size_t>(place->second);
  return place->second;
}

/// Of the sites in present_.
bool run_recorder::make_shape() {
  shape made;
  made.sites = present_;
  for (const std::int32_t number : present_) {
    const abi::local_site &site = descriptor_.sites[number];
    shape::step step{number, site.num_slots, site.kind == abi::local_assign, made.sources, 0};
    for (std::int32_t k = 0; site.sources && k < site.num_slots; ++k) {
      if (made.sources + partial_of(site, k) < 0)
        return refuse("a store repeats the partials of another one that was not executed");
      made.shares |= partial_of(site, k) != partial_of(site, 0) + k || negates(site, k) != negates(site, 0);
    }
    made.sources += partials_of(site);
    made.shared += site.num_slots - partials_of(site);
    made.words += 1 + static_cast<std::size_t>(site.num_slots);
    made.steps.push_back(step);
  }
  for (shape::step &s : made.steps)
    if (const abi::local_site &site = descriptor_.sites[s.site]; !made.shares && site.sources && s.slots > 0) {
      s.source += partial_of(site, 0);
      s.sign = negates(site, 0) ? -1 : 0;
    }
  const shape::step &first = made.steps.front();
  if (std::all_of(made.steps.begin(), made.steps.end(),
                  [&](const shape::step &s) { return !s.assigns && s.slots == first.slots; }))
    made.columns = first.slots;
  shapes_.push_back(std::move(made));
  return true;
}

/// Iterations from time_ and source_ on; their words stand one behind the other. All records have so many columns.
template <class Columns>
void run_recorder::bucket_alike(const shape &of, Columns columns, const std::int32_t *words, std::int64_t count,
                                std::int64_t block_time) {
  const auto slots = static_cast<std::int32_t>(columns);
  for (std::int64_t source = source_; count > 0; --count, source += of.sources)
    for (const shape::step &s : of.steps) {
      const std::int32_t *const from = words;
      words += 1 + slots;
      if (lower_ && std::all_of(from + 1, words, [](std::int32_t word) { return word == -1; }))
        continue; // mostly every other one
      std::int32_t *to = buckets_.append(from[0], 2 + of.shares + slots, slots, of.shares, block_time);
      to[0] = from[0];
      to[1] = static_cast<std::int32_t>(source + s.source) ^ s.sign;
      if (of.shares)
        (++to)[1] = s.site;
      for (std::int32_t k = 1; k <= slots; ++k)
        to[1 + k] = from[k];
    }
}

/// The same for records of any kind.
void run_recorder::bucket_iterations(const shape &of, const std::int32_t *words, std::int64_t count,
                                     std::int64_t block_time) {
  switch (of.columns) { // so that the compiler knows
  case row_buckets::self_telling:
    break;
  case 1:
    return bucket_alike(of, std::integral_constant<std::int32_t, 1>(), words, count, block_time);
  case 2:
    return bucket_alike(of, std::integral_constant<std::int32_t, 2>(), words, count, block_time);
  case 3:
    return bucket_alike(of, std::integral_constant<std::int32_t, 3>(), words, count, block_time);
  default:
    return bucket_alike(of, of.columns, words, count, block_time);
  }
  std::int64_t time = time_;
  for (std::int64_t source = source_; count > 0; --count, source += of.sources)
    for (const shape::step &s : of.steps) {
      const std::int32_t *const columns = words + 1;
      std::int32_t *to = buckets_.append(words[0], 3 + 2 * s.assigns + of.shares + s.slots, row_buckets::self_telling,
                                         false, block_time);
      *to++ = words[0];
      *to++ = static_cast<std::int32_t>(source + s.source) ^ s.sign;
      *to++ = 4 * s.slots + 2 * of.shares + s.assigns;
      if (s.assigns) {
        std::memcpy(to, &time, sizeof time);
        to += 2;
      }
      if (of.shares)
        *to++ = s.site;
      ++time;
      for (std::int32_t k = 0; k < s.slots; ++k)
        to[k] = columns[k];
      words += 1 + s.slots;
    }
}

/// `words` stand in the log or will be forgotten.
bool run_recorder::note_iterations(std::int64_t iv, std::int32_t shape, const std::int32_t *words, std::int64_t count) {
  const run_recorder::shape &of = shape_at(shape);
  if (source_ + count * of.sources > INT32_MAX)
    return refuse("its positions do not fit a stream of 2^31 words");
  block *const b = open_executions(iv, shape, is_guessed() ? words : nullptr);
  bucket_iterations(of, words, count, b->time);
  b->end += stream_ >= 0 ? count : 0;
  b->sources += count * of.sources;
  source_ += count * of.sources;
  shared_ += count * of.shared;
  time_ += count * static_cast<std::int64_t>(of.steps.size());
  return true;
}

/// Room for so many words of iterations.
std::int32_t *run_recorder::make_room(std::size_t words) {
  if (is_guessed())
    return log_.append(words);
  if (converted_.size() < words)
    converted_.resize(words);
  return converted_.data();
}

namespace {

constexpr std::uint64_t most_bytes = std::uint64_t(1) << 40; ///< of an array whose elements are found by multiplication
constexpr std::int64_t most_stride = 4096;

/// The words are addresses of elements of this array, and say nothing else: their numbers. False: some are not.
bool number_elements(const leaf_span &in, const std::int64_t *words, std::size_t width, std::int64_t count,
                     std::int32_t *to, std::size_t hop) {
  const std::uint64_t begin = in.begin + static_cast<std::uint64_t>(words[0] & ~address_bits), size = in.end - in.begin,
                      stride = static_cast<std::uint64_t>(in.stride);
  if (words[0] <= 0 || size >= most_bytes || in.stride > most_stride)
    return false;
  const auto first = static_cast<std::uint32_t>(in.first), step = static_cast<std::uint32_t>(in.step);
  bool bad = false;
  if (in.shift >= 0) {
    // What is no element has bits set that no number has: those below the shift turn up at the upper end.
    const int down = in.shift, up = (64 - down) & 63;
    const auto elements = static_cast<std::uint64_t>(in.count);
    for (std::int64_t k = 0; k < count; ++k) {
      const std::uint64_t offset = static_cast<std::uint64_t>(words[static_cast<std::size_t>(k) * width]) - begin;
      const std::uint64_t element = offset >> down | offset << up;
      bad |= element >= elements;
      to[static_cast<std::size_t>(k) * hop] =
          static_cast<std::int32_t>(first + static_cast<std::uint32_t>(element) * step);
    }
    return !bad;
  }
  // The quotient is exact for what lies in the array.
  const std::uint64_t inverse = UINT64_MAX / stride + 1;
  for (std::int64_t k = 0; k < count; ++k) {
    const std::uint64_t offset = static_cast<std::uint64_t>(words[static_cast<std::size_t>(k) * width]) - begin;
    const auto element = static_cast<std::uint64_t>((static_cast<unsigned __int128>(offset) * inverse) >> 64);
    bad |= (offset >= size) | (element * stride != offset);
    to[static_cast<std::size_t>(k) * hop] =
        static_cast<std::int32_t>(first + static_cast<std::uint32_t>(element) * step);
  }
  return !bad;
}

} // namespace

/// Numbers of `count` elements, whose words stand `width` apart, to places that lie `hop` apart. Each slot mostly reads
/// one array. False: some are no elements.
bool run_recorder::number_all(leaf_map &leaves, const std::int64_t *words, std::size_t width, std::int64_t count,
                              const leaf_span *&near, std::int32_t *to, std::size_t hop) {
  std::int64_t element;
  if (words[0] > 0) {
    const auto address = static_cast<std::uintptr_t>(words[0] & address_bits);
    if (!near || near->element(address) < 0)
      near = leaves.find(address, element);
    if (near && number_elements(*near, words, width, count, to, hop))
      return true;
  }
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t word = words[static_cast<std::size_t>(k) * width];
    std::int32_t &number = to[static_cast<std::size_t>(k) * hop];
    number = -1;
    if (word == 0)
      continue;
    const auto address = static_cast<std::uintptr_t>(word & address_bits);
    element = near ? near->element(address) : -1;
    if (element < 0 && !(near = leaves.find(address, element)))
      return false;
    number = static_cast<std::int32_t>(near->first + element * near->step);
    if (word < 0) // the bit of dead slots
      number = -2 - number;
  }
  return true;
}

/// Iterations that execute the same sites. `words`: the first one's row of the table.
bool run_recorder::record_alike(const std::int64_t *table, const std::int64_t *words, std::int64_t begin,
                                std::int64_t end) {
  const std::int32_t number = shape_of(table, words);
  if (number < 0)
    return active_;
  const std::size_t hop = shape_at(number).words;
  const auto width = static_cast<std::size_t>(table[1]);
  const std::int64_t count = end - begin;
  std::int32_t *const start = make_room(static_cast<std::size_t>(count) * hop), *to = start;
  const leaf_span **near = near_.data();
  for (std::int64_t s = 0; s < table[0]; ++s) {
    const auto site = static_cast<std::int32_t>(table[2 + s]);
    const std::int32_t slots = descriptor_.sites[site].num_slots;
    if (*words == 0 || descriptor_.sites[site].kind == abi::local_row) {
      words += 1 + slots;
      near += 1 + slots;
      continue;
    }
    std::int32_t *const row = to;
    if (!number_all(rows, words++, width, count, *near++, to++, hop))
      return refuse("a store that computes outputs hits something else");
    row_range range{row[0], row[0]};
    for (std::int64_t t = 1; t < count; ++t) {
      const std::int64_t at = row[static_cast<std::size_t>(t) * hop];
      range.low = std::min(range.low, at);
      range.high = std::max(range.high, at);
    }
    for (std::int32_t k = 0; k < slots; ++k) {
      if (!number_all(columns, words++, width, count, *near++, to++, hop))
        return refuse("a slot reads something else than an input");
      std::int32_t *column = to - 1;
      for (std::int64_t t = 0; lower_ && t < count; ++t, column += hop)
        *column = lower_part(*column, row[static_cast<std::size_t>(t) * hop]);
    }
    claim_all(site, row, hop, count, range);
  }
  return note_iterations(begin, number, start, count);
}

/// Iterations that have no form, one after the other. Most loops over index arrays come here.
bool run_recorder::record_executions(const std::int64_t *table, std::int64_t begin, std::int64_t end) {
  near_.resize(static_cast<std::size_t>(table[1]), nullptr);
  const std::int64_t *words = table + 2 + table[0];
  auto are_alike = [&](const std::int64_t *a, const std::int64_t *b) {
    for (std::int64_t s = 0; s < table[0]; ++s) {
      if ((*a == 0) != (*b == 0))
        return false;
      const std::int32_t slots = descriptor_.sites[table[2 + s]].num_slots;
      a += 1 + slots;
      b += 1 + slots;
    }
    return true;
  };
  for (std::int64_t iv = begin; iv < end;) {
    const std::int64_t from = iv, *const first = words;
    do {
      ++iv;
      words += table[1];
    } while (iv < end && are_alike(first, words));
    if (!record_alike(table, first, from, iv))
      return false;
  }
  return true;
}

} // namespace sparsead::rt
