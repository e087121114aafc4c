// Second-order dependence: which pairs of columns a value depends on together.
#pragma once
#include "marks.hpp"
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace sparsead::rt {

/// The pairs that marks carry. A nonlinear operation makes one *product* columns(a) × columns(b), in constant time; a
/// mark carries a set of products, which grows by the same unions as its columns. So a sum of n terms costs O(n), and
/// pairs that the function's result does not depend on are never looked at.
/// Source    nonlinear interaction domains: Walther, 2008; here as shared sets of products, expanded at the end only.
/// Limits    2^29 products; beyond, `overflow()`.
class interactions {
public:
  using mark = marks::mark;

  interactions() : sets_(max_products) { sets_.use_columns(0); }

  /// The product of two marks without pairs, the same for the same marks: loops end when nothing new comes.
  mark product(mark a, mark b);
  mark unite(mark a, mark b) { return sets_.unite(a, b); }
  bool contains(mark a, mark b) { return sets_.contains(a, b); }

  struct factors {
    mark a, b;
  };
  /// The products of all these marks, each once.
  std::vector<factors> products(const std::vector<mark> &carried);
  bool overflow() const { return overflow_ || sets_.overflow(); }

  /// Flat sets by content (of the marks that carry the pairs).
  struct canonical_marks {
    struct recent_entry {
      mark m = 0, result = 0;
    };
    std::vector<recent_entry> recent = std::vector<recent_entry>(4096);
    std::unordered_multimap<std::uint64_t, mark> by_content;
  } canonical;

private:
  static constexpr std::int64_t max_products = std::int64_t(1) << 29;
  std::int32_t &number_of(factors wanted);

  marks sets_; ///< its columns are products
  std::vector<factors> products_;
  std::vector<std::int32_t> numbers_; ///< of products, by hash of the factors; -1: none
  bool overflow_ = false;
};

} // namespace sparsead::rt
