// Why an entry of a Jacobian is there: the statements through which its output depends on its input.
#pragma once
#include "abi.hpp"
#include <cstdint>
#include <string>
#include <vector>

namespace sparsead::rt {

/// Values of the table's sizes at these arguments. Throws as evaluate (evaluate.hpp).
std::vector<std::int64_t> relation_sizes(const abi::relation_table &table, void *const *args);

/// Does the piece of the relation map element `out` of its output to element `in` of its input? Elements are numbered
/// within their items. Unknowns of its conditions are looked for within their bounds, up to a million values.
bool maps(const abi::relation_table &table, const abi::relation_piece &piece, const std::vector<std::int64_t> &sizes,
          std::int64_t out, std::int64_t in);

/// An element of an item of the specification, by its number in the rows or columns.
struct item_element {
  std::int32_t item; ///< output or input
  std::int64_t number;
  std::string name; ///< "r[12]"
};

/// Lines of text for one entry; `in_pattern`: the plan has it. Without a table, the text says why.
std::string explain(const abi::jacobian_descriptor &descriptor, const std::vector<std::int64_t> &sizes,
                    const item_element &output, const item_element &input, std::int64_t row, std::int64_t col,
                    bool in_pattern);

} // namespace sparsead::rt
