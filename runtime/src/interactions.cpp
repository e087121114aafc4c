#include "sparsead/rt/interactions.hpp"
#include <algorithm>
#include <utility>

namespace sparsead::rt {

std::int32_t &interactions::number_of(factors wanted) {
  const std::size_t mask = numbers_.size() - 1;
  std::size_t place =
      (std::uint64_t(std::uint32_t(wanted.a)) << 32 | std::uint32_t(wanted.b)) * 0x9E3779B97F4A7C15u >> 20;
  for (;; ++place) {
    std::int32_t &number = numbers_[place & mask];
    if (number < 0)
      return number;
    const factors &there = products_[std::size_t(number)];
    if (there.a == wanted.a && there.b == wanted.b)
      return number;
  }
}

marks::mark interactions::product(mark a, mark b) {
  if (a > b)
    std::swap(a, b);
  if (2 * (products_.size() + 1) > numbers_.size()) {
    numbers_.assign(std::max<std::size_t>(1024, 2 * numbers_.size()), -1);
    for (std::size_t k = 0; k < products_.size(); ++k)
      number_of(products_[k]) = std::int32_t(k);
  }
  std::int32_t &number = number_of({a, b});
  if (number >= 0)
    return 2 + number;
  if (std::int64_t(products_.size()) == max_products) {
    overflow_ = true;
    return 0;
  }
  number = std::int32_t(products_.size());
  products_.push_back({a, b});
  sets_.use_columns(std::int64_t(products_.size()));
  return 2 + number;
}

std::vector<interactions::factors> interactions::products(const std::vector<mark> &carried) {
  sets_.begin_gather();
  for (const mark m : carried)
    sets_.gather(m);
  std::vector<std::int32_t> numbers;
  sets_.flatten(sets_.end_gather(), numbers);
  std::vector<factors> result;
  result.reserve(numbers.size());
  for (const std::int32_t number : numbers)
    result.push_back(products_[std::size_t(number)]);
  return result;
}

// --- marks that carry pairs ------------------------------------------------------------------------------------------

bool marks::overflow() const { return overflow_ || (interactions_ && interactions_->overflow()); }

void marks::keep_interactions() {
  if (!interactions_)
    interactions_ = std::make_unique<interactions>();
}

marks::mark marks::columns_of(mark m) const {
  m = clean(m);
  if (single(m))
    return m;
  m = resolve(m);
  return is_pair(m) ? record(m)[2] : m;
}

marks::mark marks::pairs_of(mark m) const {
  m = clean(m);
  if (single(m))
    return 0;
  m = resolve(m);
  return is_pair(m) ? record(m)[3] : 0;
}

marks::mark marks::make_pair(mark columns, mark pairs) {
  if (pairs == 0)
    return columns;
  const mark id = allocate(4);
  if (id == 1)
    return 1;
  std::int32_t *r = record(id);
  r[0] = pair_tag;
  r[1] = 0;
  r[2] = columns;
  r[3] = pairs;
  return id;
}

marks::mark marks::interact(mark a, mark b) {
  a = columns_of(a);
  b = columns_of(b);
  if (a <= 1 || b <= 1)
    return 0;
  a = canonical(a);
  b = canonical(b);
  return a == 1 || b == 1 ? 1 : make_pair(0, interactions_->product(a, b));
}

/// One mark for all marks of the same columns; 1 where names run out. Cost O(columns) for a mark not met lately.
marks::mark marks::canonical(mark m) {
  m = resolve(m);
  if (single(m))
    return m;
  interactions::canonical_marks &known = interactions_->canonical;
  interactions::canonical_marks::recent_entry &recent = known.recent[std::size_t(m) % known.recent.size()];
  if (recent.m == m)
    return recent.result;
  std::vector<std::int32_t> columns;
  flatten(m, columns);
  std::uint64_t hash = columns.size();
  for (const std::int32_t column : columns)
    hash = (hash ^ std::uint32_t(column)) * 0x9E3779B97F4A7C15u, hash ^= hash >> 32;
  const auto [first, last] = known.by_content.equal_range(hash);
  mark result = 0;
  for (auto k = first; k != last && result == 0; ++k) {
    const std::int32_t *r = record(k->second);
    if (std::size_t(r[0]) == columns.size() && std::equal(columns.begin(), columns.end(), r + 2))
      result = k->second;
  }
  if (result == 0) {
    result = columns.size() == 1 ? columns[0] + 2
             : record(m)[0] >= 0 ? m
                                 : make_flat(columns.data(), std::int32_t(columns.size()));
    if (result > 1 && !single(result))
      known.by_content.emplace(hash, result);
  }
  recent = {m, result};
  return result;
}

marks::mark marks::unite_pairs(mark a, mark b) {
  const mark columns_a = columns_of(a), columns_b = columns_of(b), pairs_a = pairs_of(a), pairs_b = pairs_of(b);
  const mark columns = unite(columns_a, columns_b), pairs = interactions_->unite(pairs_a, pairs_b);
  if (columns == columns_a && pairs == pairs_a)
    return a;
  if (columns == columns_b && pairs == pairs_b)
    return b;
  return make_pair(columns, pairs);
}

bool marks::pairs_contain(mark a, mark b) {
  return contains(columns_of(a), columns_of(b)) && interactions_->contains(pairs_of(a), pairs_of(b));
}

} // namespace sparsead::rt
