// The structure of a Hessian, from the pairs that the marks of outputs carry.
#pragma once
#include "interactions.hpp"
#include "layout.hpp"
#include <cstdint>
#include <vector>

namespace sparsead::rt {

/// Row i has the columns j that occur with i in some product of the marks: j <= i, or, where `full`, all of them.
/// Requires  sets keeps interactions.
/// Cost      O(sum over the products of the sizes of their factors, and entries).
/// Throws    std::length_error where the entries do not fit Index, naming `function`.
template <class Index>
csr_pattern<Index> symmetric_structure(marks &sets, const std::vector<marks::mark> &outputs, bool full,
                                       const char *function);

} // namespace sparsead::rt
