// A pattern for the eye: the summary line and a picture in braille characters.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sparsead/rt/layout.hpp"

namespace sparsead::rt {

/// Picture of `width` characters (fewer where the matrix is narrower), each of 2×4 dots; a dot is set where an entry of
/// its part of the matrix is in the pattern. Lines end with '\n'. An empty matrix gives an empty string.
/// Cost      O(nnz).
template <class Index> std::string spy(Index rows, Index cols, const Index *row_ptr, const Index *col_ind, int width);

template <class Index>
std::string spy(Index rows, Index cols, const index_array<Index> &row_ptr, const index_array<Index> &col_ind,
                int width) {
  return spy(rows, cols, row_ptr.data(), col_ind.data(), width);
}

/// "Jacobian 49×50, nnz=98, sparsity 96.0%, forward, 2 colors". `strategy` is the word; with "local" no colors are
/// named.
std::string summary(std::int64_t rows, std::int64_t cols, std::int64_t nnz, const std::string &strategy,
                    std::int64_t num_colors, const char *what = "Jacobian");

} // namespace sparsead::rt
