#include "sparsead/rt/marks.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "sparsead/rt/inspector.hpp"
#include "sparsead/rt/interactions.hpp"

namespace sparsead::rt {

namespace {

constexpr std::int32_t memo_bits = 12;

std::uint32_t memo_slot(std::int32_t a, std::int32_t b) {
  return (std::uint32_t(a) * 0x9E3779B1u ^ std::uint32_t(b) * 0x85EBCA6Bu) >> (32 - memo_bits);
}

/// Mostly two to nine columns, for which a call costs more than the copy.
template <class Index> inline void copy_few(const std::int32_t *from, std::int32_t count, Index *to) {
  if (count > 16) {
    std::copy(from, from + count, to);
    return;
  }
#pragma clang loop vectorize(disable) unroll(disable)
  for (std::int32_t k = 0; k < count; ++k)
    to[k] = Index(from[k]);
}

/// Merges two ascending lists into `out`; returns the length.
std::int32_t merge(const std::int32_t *a, std::int32_t na, const std::int32_t *b, std::int32_t nb, std::int32_t *out) {
  std::int32_t i = 0, j = 0, n = 0;
  while (i < na && j < nb) {
    const std::int32_t x = a[i], y = b[j];
    out[n++] = x < y ? x : y;
    i += x <= y;
    j += y <= x;
  }
  for (; i < na; ++i)
    out[n++] = a[i];
  for (; j < nb; ++j)
    out[n++] = b[j];
  return n;
}

/// Sorts a few columns, which often come in a few ascending runs, and drops repetitions; returns the length.
inline std::int32_t sort_few(std::int32_t *list, std::int32_t count) {
  for (std::int32_t i = 1; i < count; ++i) {
    const std::int32_t column = list[i];
    std::int32_t k = i;
    for (; k > 0 && list[k - 1] > column; --k)
      list[k] = list[k - 1];
    list[k] = column;
  }
  std::int32_t n = 1;
  for (std::int32_t i = 1; i < count; ++i) {
    list[n] = list[i];
    n += list[i] != list[n - 1];
  }
  return n;
}

/// Puts one column into an ascending list without repetition.
inline void insert(std::int32_t *list, std::int32_t &count, std::int32_t column) {
  std::int32_t k = count;
  while (k > 0 && list[k - 1] > column)
    --k;
  if (k > 0 && list[k - 1] == column)
    return;
  for (std::int32_t i = count; i > k; --i)
    list[i] = list[i - 1];
  list[k] = column;
  ++count;
}

} // namespace

marks::marks(std::int64_t num_columns) : num_columns_(num_columns), used_columns_(num_columns) {
  if (num_columns < 0 || num_columns > std::numeric_limits<std::int32_t>::max() - 4096)
    throw std::length_error("a pattern cannot be inspected for " + std::to_string(num_columns) + " columns");
  first_id_ = mark(2 + num_columns);
  if (first_id_ <= bytes_of_one)
    alias_ = bytes_of_one;
  memo_.resize(std::size_t(1) << memo_bits);
}

marks::~marks() {
  std::free(words_);
  std::free(starts_);
}

void marks::grow(std::int64_t count) {
  const std::int64_t capacity = std::max<std::int64_t>({1024, capacity_ * 2, used_ + count + 64});
  auto *words = static_cast<std::int32_t *>(std::realloc(words_, std::size_t(capacity) * sizeof(std::int32_t)));
  if (!words)
    throw std::bad_alloc();
  words_ = words;
  const std::size_t old_bytes = std::size_t((capacity_ + 63) / 64) * 8, bytes = std::size_t((capacity + 63) / 64) * 8;
  auto *starts = static_cast<std::uint64_t *>(std::realloc(starts_, bytes));
  if (!starts)
    throw std::bad_alloc();
  std::memset(reinterpret_cast<char *>(starts) + old_bytes, 0, bytes - old_bytes);
  starts_ = starts;
  capacity_ = capacity;
}

/// Room for a record of `count` words; 1 where names run out.
marks::mark marks::allocate(std::int64_t count) {
  if (used_ + count + 2 > capacity_)
    grow(count + 2);
  std::int64_t id = first_id_ + used_;
  // Neither a lowest byte of zero, nor the name that stands for 1; they follow each other.
  while ((id & 0xff) == 0 || id == bytes_of_one)
    ++id;
  if (id + count >= std::numeric_limits<std::int32_t>::max()) {
    overflow_ = true;
    return 1;
  }
  const std::int64_t word = id - first_id_;
  starts_[word >> 6] |= std::uint64_t(1) << (word & 63);
  used_ = word + count;
  return mark(id);
}

/// The record is none.
void marks::take_back(mark id, std::int64_t used) {
  const std::int64_t word = id - first_id_;
  starts_[word >> 6] &= ~(std::uint64_t(1) << (word & 63));
  used_ = used;
}

marks::mark marks::make_flat(const std::int32_t *columns, std::int32_t count) {
  const mark id = allocate(std::int64_t(count) + 2);
  if (id == 1)
    return 1;
  std::int32_t *r = record(id);
  r[0] = count;
  r[1] = 0;
  copy_few(columns, count, r + 2);
  return id;
}

marks::mark marks::make_node(mark a, mark b, std::int32_t chain) {
  const std::int32_t least = std::max(least_size(a), least_size(b));
  const mark id = allocate(node_words);
  if (id == 1)
    return 1;
  std::int32_t *r = record(id);
  r[0] = node_tag;
  r[1] = 0;
  r[2] = a;
  r[3] = b;
  r[4] = chain;
  r[5] = least;
  return id;
}

marks::mark marks::resolve(mark m) const { return !single(m) && record(m)[0] == forward_tag ? record(m)[2] : m; }

std::int32_t marks::least_size(mark m) const {
  if (single(m))
    return m > 1;
  const std::int32_t *r = record(m);
  return r[0] >= 0 ? r[0] : r[5];
}

bool marks::flat_contains(const std::int32_t *set, std::int32_t column) const {
  return std::binary_search(set + 2, set + 2 + set[0], column);
}

marks::mark marks::unite(mark a, mark b) {
  a = clean(a);
  b = clean(b);
  if (a == b || b <= 1)
    return b <= a ? a : b;
  if (a <= 1)
    return b;
  if (a > b)
    std::swap(a, b);
  memo_entry &slot = memo_[memo_slot(a, b)];
  if (slot.a == a && slot.b == b)
    return slot.result;
  const mark ra = resolve(a), rb = resolve(b);
  if (is_pair(ra) || is_pair(rb)) {
    const mark result = unite_pairs(ra, rb);
    memo_[memo_slot(a, b)] = {a, b, result};
    return result;
  }
  const bool flat_a = single(ra) || record(ra)[0] >= 0, flat_b = single(rb) || record(rb)[0] >= 0;
  const mark result = ra == rb ? ra : flat_a && flat_b ? unite_flat(ra, rb) : unite_large(ra, rb);
  slot = {a, b, result};
  return result;
}

marks::mark marks::unite_flat(mark a, mark b) {
  const std::int32_t ca = a - 2, cb = b - 2;
  std::int32_t na = 1, nb = 1;
  const std::int32_t *pa = &ca, *pb = &cb;
  if (!single(a))
    na = record(a)[0], pa = record(a) + 2;
  if (!single(b))
    nb = record(b)[0], pb = record(b) + 2;
  if (na <= merge_limit && nb <= merge_limit) {
    // To where the result is kept, if it is new.
    const std::int64_t before = used_;
    const mark id = allocate(std::int64_t(na) + nb + 2);
    if (id == 1)
      return 1;
    if (!single(a)) // the arena may have moved
      pa = record(a) + 2;
    if (!single(b))
      pb = record(b) + 2;
    std::int32_t *const r = record(id);
    const std::int32_t n = merge(pa, na, pb, nb, r + 2);
    if (n == na || n == nb || n > merge_limit) {
      take_back(id, before);
      return n == na ? a : n == nb ? b : unite_large(a, b);
    }
    r[0] = n;
    r[1] = 0;
    used_ = (id - first_id_) + n + 2;
    return id;
  }
  // Is the small one inside the large one?
  if (na < nb) {
    std::swap(a, b);
    std::swap(na, nb);
    std::swap(pa, pb);
  }
  std::int32_t k = 0;
  if (nb <= merge_limit)
    while (k < nb && std::binary_search(pa, pa + na, pb[k]))
      ++k;
  return k == nb ? a : unite_large(a, b);
}

/// At least one operand is a node, or the union is beyond the merge limit.
marks::mark marks::unite_large(mark a, mark b) {
  auto small = [&](mark m) { return single(m) || (record(m)[0] >= 0 && record(m)[0] <= merge_limit); };
  if (small(a))
    std::swap(a, b);
  auto node = [&](mark m) { return !single(m) && record(m)[0] == node_tag; };
  if (node(a) && (record(a)[2] == b || record(a)[3] == b))
    return a;
  if (node(b) && (record(b)[2] == a || record(b)[3] == a))
    return b;
  // A long chain of small terms is flattened now and then, at geometric distances: terms that repeat then meet a set
  // that contains them, and a chain of few columns never grows long.
  std::int32_t chain = 0;
  if (small(b))
    chain = node(a) ? record(a)[4] + 1 : 1;
  const mark result = make_node(a, b, chain);
  if (result == 1 || chain <= 2 * std::int64_t(least_size(a)) + 64)
    return result;
  begin_gather();
  gather(result);
  return end_gather();
}

marks::mark marks::unite(const mark *list, std::int32_t count) {
  constexpr std::int32_t room = 96;
  std::int32_t columns[room + merge_limit];
  std::int32_t n = 0, largest = 0;
  mark base = 0, largest_set = 0;
  if (count <= 16) {
    // The common case: a handful of single columns.
    mark highest = 0;
    bool ascending = true;
    std::int32_t last = -1;
    for (std::int32_t i = 0; i < count; ++i) {
      const mark m = list[i];
      highest = m > highest ? m : highest;
      columns[n] = m - 2;
      ascending &= m <= 1 || m - 2 > last;
      last = m <= 1 ? last : m - 2;
      n += m > 1;
    }
    if (highest < first_id_) {
      if (n == 0)
        return highest;
      if (!ascending)
        n = sort_few(columns, n);
      return n == 1 ? columns[0] + 2 : make_flat(columns, n);
    }
    n = 0;
  }
  for (std::int32_t i = 0; i < count; ++i) {
    const mark m = list[i];
    if (m <= 1 || m == alias_) {
      base |= m != 0;
    } else if (m < first_id_) {
      const std::int32_t column = m - 2;
      if (n == 0 || columns[n - 1] < column)
        columns[n++] = column;
      else
        insert(columns, n, column);
    } else {
      const std::int32_t *r = record(m);
      if (r[0] < 0 || r[0] > merge_limit || n + r[0] > room) {
        // The rest by pairs.
        mark result = n == 0 ? base : n == 1 ? columns[0] + 2 : make_flat(columns, n);
        for (; i < count; ++i)
          result = unite(result, list[i]);
        return result;
      }
      if (r[0] > largest)
        largest = r[0], largest_set = m;
      if (n == 0) {
        for (std::int32_t k = 0; k < r[0]; ++k)
          columns[k] = r[2 + k];
        n = r[0];
      } else if (r[0] <= 4) {
        for (std::int32_t k = 0; k < r[0]; ++k)
          insert(columns, n, r[2 + k]);
      } else {
        std::int32_t merged[room + merge_limit];
        n = merge(columns, n, r + 2, r[0], merged);
        std::memcpy(columns, merged, std::size_t(n) * sizeof(std::int32_t));
      }
    }
    if (n >= room) {
      mark result = make_flat(columns, n);
      for (++i; i < count; ++i)
        result = unite(result, list[i]);
      return result;
    }
  }
  if (n == 0)
    return base;
  if (n == largest)
    return largest_set;
  if (n == 1)
    return columns[0] + 2;
  return make_flat(columns, n);
}

void marks::next_stamp() {
  if (seen_.size() < std::size_t(used_columns_))
    seen_.resize(std::max(std::size_t(used_columns_), std::min(2 * seen_.size(), std::size_t(num_columns_))), 0);
  if (stamp_ == std::numeric_limits<std::int32_t>::max()) {
    std::fill(seen_.begin(), seen_.end(), 0);
    for (std::int64_t word = 0; word < used_; ++word)
      if (starts_[word >> 6] >> (word & 63) & 1)
        words_[word + 1] = 0;
    stamp_ = 0;
  }
  ++stamp_;
}

/// Adds the columns of m that this stamp has not met to found_.
void marks::walk(mark m) {
  stack_.push_back(m);
  while (!stack_.empty()) {
    m = stack_.back();
    stack_.pop_back();
    ++visited_;
    if (single(m)) {
      if (m > 1 && seen_[std::size_t(m - 2)] != stamp_) {
        seen_[std::size_t(m - 2)] = stamp_;
        found_.push_back(m - 2);
      }
      continue;
    }
    std::int32_t *r = record(m);
    if (r[1] == stamp_)
      continue;
    r[1] = stamp_;
    if (r[0] == node_tag) {
      stack_.push_back(r[2]);
      stack_.push_back(r[3]);
    } else if (r[0] == forward_tag || r[0] == pair_tag) {
      stack_.push_back(r[2]);
    } else {
      visited_ += r[0];
      for (std::int32_t k = 0; k < r[0]; ++k) {
        const std::int32_t column = r[2 + k];
        if (seen_[std::size_t(column)] != stamp_) {
          seen_[std::size_t(column)] = stamp_;
          found_.push_back(column);
        }
      }
    }
  }
}

void marks::sort_found() {
  if (std::is_sorted(found_.begin(), found_.end()))
    return;
  const auto [low, high] = std::minmax_element(found_.begin(), found_.end());
  const std::int32_t first = *low, last = *high;
  if (found_.size() * 8 < std::size_t(last) - std::size_t(first)) {
    std::sort(found_.begin(), found_.end());
    return;
  }
  std::size_t n = 0;
  for (std::int32_t j = first; j <= last; ++j)
    if (seen_[std::size_t(j)] == stamp_)
      found_[n++] = j;
}

template <class List> void marks::flatten(mark m, List &out) {
  using Index = typename List::value_type;
  m = clean(m);
  if (m <= 1)
    return;
  m = resolve(columns_of(m));
  if (m <= 1)
    return;
  if (single(m)) {
    out.push_back(Index(m - 2));
    return;
  }
  if (record(m)[0] >= 0) {
    const std::int32_t *r = record(m);
    const std::size_t old = out.size();
    out.resize(old + std::size_t(r[0]));
    copy_few(r + 2, r[0], out.data() + old);
    return;
  }
  begin_gather();
  walk(m);
  sort_found();
  out.insert(out.end(), found_.begin(), found_.end());
  // Much more was visited than found: remember the answer.
  if (visited_ > 4 * std::int64_t(found_.size()) + 64) {
    const mark flat = make_flat(found_.data(), std::int32_t(found_.size()));
    if (flat != 1) {
      std::int32_t *r = record(m);
      r[0] = forward_tag;
      r[2] = flat;
      r[5] = std::int32_t(found_.size());
    }
  }
}

template void marks::flatten(mark, std::vector<std::int32_t> &);
template void marks::flatten(mark, std::vector<std::int64_t> &);
template void marks::flatten(mark, index_array<std::int32_t> &);
template void marks::flatten(mark, index_array<std::int64_t> &);

void marks::begin_gather() {
  next_stamp();
  found_.clear();
  stack_.clear();
  visited_ = 0;
  gathered_base_ = 0;
  gathered_pairs_ = 0;
}

void marks::gather(mark m) {
  m = clean(m);
  gathered_base_ |= m != 0;
  if (m <= 1)
    return;
  if (interactions_)
    gathered_pairs_ = interactions_->unite(gathered_pairs_, pairs_of(m));
  walk(m);
}

marks::mark marks::end_gather(mark previous) {
  if (gathered_pairs_ != 0) {
    const mark pairs = std::exchange(gathered_pairs_, 0), columns = end_gather(columns_of(previous));
    return columns_of(previous) == columns && pairs_of(previous) == pairs ? previous : make_pair(columns, pairs);
  }
  if (found_.empty())
    return gathered_base_;
  if (found_.size() == 1)
    return found_[0] + 2;
  sort_found();
  const auto count = std::int32_t(found_.size());
  if (previous >= first_id_) {
    const std::int32_t *r = record(resolve(previous));
    if (!single(resolve(previous)) && r[0] == count && std::equal(found_.begin(), found_.end(), r + 2))
      return previous;
  }
  return make_flat(found_.data(), count);
}

bool marks::contains(mark a, mark b) {
  a = clean(a);
  b = clean(b);
  if (a == b || b <= 1)
    return a >= b;
  if (a <= 1)
    return false;
  a = resolve(a);
  b = resolve(b);
  if (a == b)
    return true;
  if (is_pair(a) || is_pair(b))
    return pairs_contain(a, b);
  if (single(a))
    return !single(b) && record(b)[0] == 1 && record(b)[2] == a - 2;
  const std::int32_t *ra = record(a);
  if (ra[0] >= 0 && (single(b) || record(b)[0] >= 0)) {
    if (single(b))
      return flat_contains(ra, b - 2);
    const std::int32_t *rb = record(b);
    return std::includes(ra + 2, ra + 2 + ra[0], rb + 2, rb + 2 + rb[0]);
  }
  if (ra[0] == node_tag && (ra[2] == b || ra[3] == b))
    return true;
  begin_gather();
  walk(a);
  const std::size_t size = found_.size();
  walk(b); // what of b lies in a's records is skipped by their stamps
  return found_.size() == size;
}

marks::mark marks::visible_as_byte(mark m) {
  m = clean(m);
  if (m == 0)
    return 0;
  if (m == 1)
    return alias_ > 0 ? alias_ : 1;
  if (m & 0xff)
    return m;
  const std::int32_t column = m - 2; // sets are never given such a name
  return make_flat(&column, 1);
}

bool marks::plausible(mark m) const {
  if (m < first_id_)
    return m >= 0;
  const std::int64_t word = std::int64_t(m) - first_id_;
  if (word < used_ && (starts_[word >> 6] >> (word & 63) & 1))
    return true;
  return m == alias_;
}

} // namespace sparsead::rt

// --- the ABI ---------------------------------------------------------------------------------------------------------

using sparsead::rt::guard;
using sparsead::rt::inspector;

extern "C" {

sparsead_mark sparsead_rt_union2(void *state, sparsead_mark a, sparsead_mark b) {
  return guard(state, [&](inspector &i) { return i.sets.unite(a, b); });
}
sparsead_mark sparsead_rt_interact(void *state, sparsead_mark a, sparsead_mark b) {
  return guard(state, [&](inspector &i) { return i.sets.interact(a, b); });
}
sparsead_mark sparsead_rt_union(void *state, const sparsead_mark *list, std::int32_t count) {
  return guard(state, [&](inspector &i) { return i.sets.unite(list, count); });
}
std::int32_t sparsead_rt_contains(void *state, sparsead_mark a, sparsead_mark b) {
  return guard(state, [&](inspector &i) { return std::int32_t(i.sets.contains(a, b)); });
}
}
