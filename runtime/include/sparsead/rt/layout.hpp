// Sparse layouts of one structure: CSR is the order in which values are computed; the others carry a permutation into
// it.
#pragma once
#include "index_array.hpp"
#include <vector>

namespace sparsead::rt {

/// The pattern of a matrix by rows: columns of row i are col_ind[row_ptr[i] .. row_ptr[i+1]), ascending and unique.
template <class Index> struct csr_pattern {
  Index rows = 0, cols = 0;
  index_array<Index> row_ptr, col_ind;
};

/// The same entries by columns: rows of column j are ind[ptr[j] .. ptr[j+1]), ascending. perm[k] is the CSR position of
/// the k-th entry: csc_values[k] = csr_values[perm[k]].
template <class Index> struct compressed_columns {
  Index rows = 0, cols = 0;
  std::vector<Index> ptr, ind, perm;
};

/// Row and column of each entry, in CSR order: values need no permutation.
template <class Index> struct coo {
  Index rows = 0, cols = 0;
  index_array<Index> row, col;

  coo() = default;
  explicit coo(const csr_pattern<Index> &pattern);
};

/// Dense blocks of block × block by block rows: block columns of block row I are ind[ptr[I] .. ptr[I+1]), ascending.
/// Values: block by block, row-major inside a block; perm[k] is the CSR position of the k-th value, -1 where the block
/// has a value (zero) that the pattern has not.
template <class Index> struct compressed_blocks {
  Index rows = 0, cols = 0;
  std::vector<Index> ptr, ind, perm;
  Index block = 1;
};

/// Cost      O(rows + cols + nnz).
template <class Index> compressed_columns<Index> csc(const csr_pattern<Index> &pattern);

/// Throws    std::invalid_argument unless block divides rows and cols; std::length_error where the values of the blocks
///           (zeros included) do not fit Index.
/// Cost      O(rows + cols + values of the result).
template <class Index> compressed_blocks<Index> bsr(const csr_pattern<Index> &pattern, Index block);

/// The entries with column <= row.
template <class Index> csr_pattern<Index> lower_triangle(const csr_pattern<Index> &pattern);

/// Both triangles of a symmetric pattern, and for each entry the place of the one in the lower triangle.
/// Throws    std::length_error where they do not fit Index.
template <class Index> csr_pattern<Index> both_triangles(const csr_pattern<Index> &lower, std::vector<Index> &from);

/// The pattern of the transposed matrix.
template <class Index> csr_pattern<Index> transpose(const csr_pattern<Index> &pattern);

} // namespace sparsead::rt
