#include "sparsead/rt/layout.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

namespace sparsead::rt {

template <class Index>
coo<Index>::coo(const csr_pattern<Index> &pattern) : rows(pattern.rows), cols(pattern.cols), col(pattern.col_ind) {
  row.resize(pattern.col_ind.size());
  for (Index i = 0; i < pattern.rows; ++i)
    for (Index k = pattern.row_ptr[i]; k < pattern.row_ptr[i + 1]; ++k)
      row[k] = i;
}

template <class Index> compressed_columns<Index> csc(const csr_pattern<Index> &pattern) {
  compressed_columns<Index> result;
  result.rows = pattern.rows;
  result.cols = pattern.cols;
  result.ptr.assign(std::size_t(pattern.cols) + 1, 0);
  result.ind.resize(pattern.col_ind.size());
  result.perm.resize(pattern.col_ind.size());
  for (Index j : pattern.col_ind)
    ++result.ptr[j + 1];
  for (Index j = 0; j < pattern.cols; ++j)
    result.ptr[j + 1] += result.ptr[j];
  std::vector<Index> next(result.ptr.begin(), result.ptr.end() - 1);
  for (Index i = 0; i < pattern.rows; ++i)
    for (Index k = pattern.row_ptr[i]; k < pattern.row_ptr[i + 1]; ++k) {
      Index position = next[pattern.col_ind[k]]++;
      result.ind[position] = i;
      result.perm[position] = k;
    }
  return result;
}

template <class Index> csr_pattern<Index> both_triangles(const csr_pattern<Index> &lower, std::vector<Index> &from) {
  const auto size = static_cast<std::size_t>(lower.rows);
  csr_pattern<Index> result;
  result.rows = lower.rows;
  result.cols = lower.cols;
  result.row_ptr.assign(size + 1, 0);
  auto for_each = [&](auto &&visit) {
    for (std::size_t i = 0; i < size; ++i)
      for (auto k = static_cast<std::size_t>(lower.row_ptr[i]); k < static_cast<std::size_t>(lower.row_ptr[i + 1]); ++k)
        visit(i, static_cast<std::size_t>(lower.col_ind[k]), k);
  };
  std::size_t count = 0;
  for_each([&](std::size_t i, std::size_t j, std::size_t) { count += i == j ? 1 : 2; });
  if (count > static_cast<std::size_t>(std::numeric_limits<Index>::max()))
    throw std::length_error("the nonzeros of both triangles do not fit the index type; use plan<std::int64_t>");
  for_each([&](std::size_t i, std::size_t j, std::size_t) {
    ++result.row_ptr[i + 1];
    if (i != j)
      ++result.row_ptr[j + 1];
  });
  for (std::size_t i = 0; i < size; ++i)
    result.row_ptr[i + 1] += result.row_ptr[i];
  // What stands before the diagonal comes first; behind it, rows follow each other.
  std::vector<Index> next(result.row_ptr.begin(), result.row_ptr.end() - 1);
  result.col_ind.resize(count);
  from.resize(count);
  auto put = [&](std::size_t i, std::size_t j, std::size_t k) {
    const auto place = static_cast<std::size_t>(next[i]++);
    result.col_ind[place] = static_cast<Index>(j);
    from[place] = static_cast<Index>(k);
  };
  for_each([&](std::size_t i, std::size_t j, std::size_t k) { put(i, j, k); });
  for_each([&](std::size_t i, std::size_t j, std::size_t k) {
    if (i != j)
      put(j, i, k);
  });
  return result;
}

template <class Index> csr_pattern<Index> lower_triangle(const csr_pattern<Index> &pattern) {
  csr_pattern<Index> result;
  result.rows = pattern.rows;
  result.cols = pattern.cols;
  result.row_ptr.reserve(static_cast<std::size_t>(pattern.rows) + 1);
  result.row_ptr.push_back(0);
  for (std::size_t i = 0; i < static_cast<std::size_t>(pattern.rows); ++i) {
    const auto end = static_cast<std::size_t>(pattern.row_ptr[i + 1]);
    for (auto k = static_cast<std::size_t>(pattern.row_ptr[i]); k < end && pattern.col_ind[k] <= static_cast<Index>(i);
         ++k)
      result.col_ind.push_back(pattern.col_ind[k]);
    result.row_ptr.push_back(static_cast<Index>(result.col_ind.size()));
  }
  result.col_ind.shrink_to_fit();
  return result;
}

template <class Index> csr_pattern<Index> transpose(const csr_pattern<Index> &pattern) {
  csr_pattern<Index> result;
  result.rows = pattern.cols;
  result.cols = pattern.rows;
  result.row_ptr.assign(std::size_t(pattern.cols) + 1, 0);
  result.col_ind.resize(pattern.col_ind.size());
  for (Index j : pattern.col_ind)
    ++result.row_ptr[j + 1];
  for (Index j = 0; j < pattern.cols; ++j)
    result.row_ptr[j + 1] += result.row_ptr[j];
  std::vector<Index> next(result.row_ptr.begin(), result.row_ptr.end() - 1);
  for (Index i = 0; i < pattern.rows; ++i)
    for (Index k = pattern.row_ptr[i]; k < pattern.row_ptr[i + 1]; ++k)
      result.col_ind[next[pattern.col_ind[k]]++] = i;
  return result;
}

template <class Index> compressed_blocks<Index> bsr(const csr_pattern<Index> &pattern, Index block) {
  if (block <= 0)
    throw std::invalid_argument("bsr: the block size " + std::to_string(block) + " is not positive");
  if (pattern.rows % block || pattern.cols % block)
    throw std::invalid_argument("bsr: blocks of " + std::to_string(block) + " do not divide a matrix of " +
                                std::to_string(pattern.rows) + "×" + std::to_string(pattern.cols));
  const Index block_rows = pattern.rows / block, block_cols = pattern.cols / block;
  compressed_blocks<Index> result;
  result.rows = pattern.rows;
  result.cols = pattern.cols;
  result.block = block;
  result.ptr.assign(std::size_t(block_rows) + 1, 0);

  // Each row names its blocks in ascending order; `position[J]` is the place of block J in the current block row.
  std::vector<Index> position(block_cols, Index(-1)), found;
  auto blocks_of_row = [&](Index block_row) {
    found.clear();
    for (Index k = pattern.row_ptr[block_row * block]; k < pattern.row_ptr[(block_row + 1) * block]; ++k) {
      Index j = pattern.col_ind[k] / block;
      if (position[j] < 0) {
        position[j] = 0;
        found.push_back(j);
      }
    }
  };
  std::size_t count = 0;
  for (Index i = 0; i < block_rows; ++i) {
    blocks_of_row(i);
    for (Index j : found)
      position[j] = -1;
    count += found.size();
  }
  const auto limit = static_cast<std::uint64_t>(std::numeric_limits<Index>::max());
  if (count && (count > limit / block || count * block > limit / block))
    throw std::length_error("bsr: " + std::to_string(count) + " blocks of " + std::to_string(block) + "×" +
                            std::to_string(block) + " values do not fit the index type; use plan<std::int64_t>");
  result.ind.reserve(count);
  result.perm.assign(count * block * block, Index(-1));

  for (Index i = 0; i < block_rows; ++i) {
    blocks_of_row(i);
    std::sort(found.begin(), found.end());
    for (Index j : found) {
      position[j] = Index(result.ind.size());
      result.ind.push_back(j);
    }
    for (Index row = i * block; row < (i + 1) * block; ++row)
      for (Index k = pattern.row_ptr[row]; k < pattern.row_ptr[row + 1]; ++k) {
        Index j = pattern.col_ind[k];
        result.perm[(position[j / block] * block + (row - i * block)) * block + j % block] = k;
      }
    for (Index j : found)
      position[j] = -1;
    result.ptr[i + 1] = Index(result.ind.size());
  }
  return result;
}

#define SPARSEAD_INSTANTIATE(Index)                                                                                    \
  template struct coo<Index>;                                                                                          \
  template compressed_columns<Index> csc(const csr_pattern<Index> &);                                                  \
  template compressed_blocks<Index> bsr(const csr_pattern<Index> &, Index);                                            \
  template csr_pattern<Index> lower_triangle(const csr_pattern<Index> &);                                              \
  template csr_pattern<Index> both_triangles(const csr_pattern<Index> &, std::vector<Index> &);                        \
  template csr_pattern<Index> transpose(const csr_pattern<Index> &);
SPARSEAD_INSTANTIATE(std::int32_t)
SPARSEAD_INSTANTIATE(std::int64_t)
#undef SPARSEAD_INSTANTIATE

} // namespace sparsead::rt
