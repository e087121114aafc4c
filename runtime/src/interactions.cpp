#include "sparsead/rt/interactions.hpp"
#include <utility>

namespace sparsead::rt {

marks::mark interactions::product(mark a, mark b) {
  if (a > b)
    std::swap(a, b);
  if (memo_.empty())
    memo_.assign(std::size_t(1) << memo_bits, -1);
  std::int32_t &slot = memo_[(std::uint32_t(a) * 0x9E3779B1u ^ std::uint32_t(b) * 0x85EBCA6Bu) >> (32 - memo_bits)];
  if (slot >= 0 && products_[std::size_t(slot)].a == a && products_[std::size_t(slot)].b == b)
    return 2 + slot;
  if (std::int64_t(products_.size()) == max_products) {
    overflow_ = true;
    return 0;
  }
  slot = std::int32_t(products_.size());
  products_.push_back({a, b});
  sets_.use_columns(std::int64_t(products_.size()));
  return 2 + slot;
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
  return make_pair(0, interactions_->product(a, b));
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
