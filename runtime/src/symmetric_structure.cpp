#include "sparsead/rt/symmetric_structure.hpp"
#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

namespace sparsead::rt {

template <class Index>
csr_pattern<Index> symmetric_structure(marks &sets, const std::vector<marks::mark> &outputs, bool full,
                                       const char *function) {
  const auto size = static_cast<std::size_t>(sets.num_columns());
  std::vector<marks::mark> carried;
  carried.reserve(outputs.size());
  for (const marks::mark m : outputs)
    if (const marks::mark pairs = sets.pairs_of(m))
      carried.push_back(pairs);
  // Sets grow by sharing, so that overlapping factors and full rows cost no more than their entries.
  std::vector<marks::mark> partners(size, 0);
  std::vector<std::int32_t> columns;
  auto add = [&](marks::mark these, marks::mark others) {
    columns.clear();
    sets.flatten(these, columns);
    for (const std::int32_t column : columns) {
      marks::mark &m = partners[static_cast<std::size_t>(column)];
      m = sets.unite(m, others);
    }
  };
  for (const interactions::factors &product : sets.kept().products(carried)) {
    add(product.a, product.b);
    if (product.a != product.b)
      add(product.b, product.a);
  }
  csr_pattern<Index> result;
  result.rows = result.cols = static_cast<Index>(size);
  result.row_ptr.reserve(size + 1);
  result.row_ptr.push_back(0);
  for (std::size_t i = 0; i < size; ++i) {
    columns.clear();
    sets.flatten(partners[i], columns);
    const auto end = full ? columns.end() : std::upper_bound(columns.begin(), columns.end(), std::int32_t(i));
    const auto count = static_cast<std::size_t>(end - columns.begin());
    if (count > static_cast<std::size_t>(std::numeric_limits<Index>::max()) - result.col_ind.size())
      throw std::length_error("Hessian of '" + std::string(function) +
                              "': the nonzeros do not fit the index type; use plan<std::int64_t>");
    result.col_ind.insert(result.col_ind.end(), columns.begin(), end);
    result.row_ptr.push_back(static_cast<Index>(result.col_ind.size()));
  }
  result.col_ind.shrink_to_fit();
  return result;
}

template csr_pattern<std::int32_t> symmetric_structure(marks &, const std::vector<marks::mark> &, bool, const char *);
template csr_pattern<std::int64_t> symmetric_structure(marks &, const std::vector<marks::mark> &, bool, const char *);

} // namespace sparsead::rt
