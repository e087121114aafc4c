#include "sparsead/rt/selection.hpp"
#include <algorithm>
#include <stdexcept>
#include <string>

namespace sparsead::rt {
namespace {

template <class Index> class reader {
public:
  reader(const char *function, const given_structure<Index> &given, const csr_pattern<Index> &whole)
      : function_(function), given_(given), whole_(whole) {}

  csr_pattern<Index> read() const {
    const auto rows = static_cast<std::size_t>(whole_.rows);
    if (given_.row_ptr_size != rows + 1)
      fail(std::to_string(given_.row_ptr_size) + " row pointers are given, " + std::to_string(rows + 1) +
           " wanted (rows + 1)");
    if (!given_.row_ptr || (!given_.col_ind && given_.col_ind_size > 0))
      fail("an array is a null pointer");
    if (given_.row_ptr[0] != 0)
      fail("the first row pointer is " + std::to_string(given_.row_ptr[0]) + ", not 0");
    for (std::size_t i = 0; i < rows; ++i)
      if (given_.row_ptr[i] > given_.row_ptr[i + 1])
        fail("row pointers descend at row " + std::to_string(i));
    const auto last = static_cast<std::size_t>(given_.row_ptr[rows]);
    if (last != given_.col_ind_size)
      fail("row pointers end at " + std::to_string(last) + ", but there are " + std::to_string(given_.col_ind_size) +
           " columns");
    for (std::size_t i = 0; i < rows; ++i)
      read_row(i);
    csr_pattern<Index> result;
    result.rows = whole_.rows;
    result.cols = whole_.cols;
    result.row_ptr.assign(given_.row_ptr, given_.row_ptr + rows + 1);
    if (last > 0)
      result.col_ind.assign(given_.col_ind, given_.col_ind + last);
    return result;
  }

private:
  void read_row(std::size_t row) const {
    for (auto k = static_cast<std::size_t>(given_.row_ptr[row]); k < static_cast<std::size_t>(given_.row_ptr[row + 1]);
         ++k) {
      const Index col = given_.col_ind[k];
      if (col < 0 || col >= whole_.cols)
        fail("column " + std::to_string(col) + " of row " + std::to_string(row) + " is not below " +
             std::to_string(whole_.cols));
      if (k > static_cast<std::size_t>(given_.row_ptr[row]) && given_.col_ind[k - 1] >= col)
        fail("the columns of row " + std::to_string(row) + " do not ascend at " + std::to_string(col));
    }
  }
  [[noreturn]] void fail(const std::string &what) const {
    throw std::invalid_argument("Jacobian of '" + std::string(function_) + "': the given structure: " + what);
  }

  const char *function_;
  const given_structure<Index> &given_;
  const csr_pattern<Index> &whole_;
};

} // namespace

template <class Index> void selection<Index>::pick(const double *whole, double *v) const {
  const std::size_t count = from.size();
  for (std::size_t k = 0; k < count; ++k) {
    const Index place = from[k];
    v[k] = place < 0 ? 0.0 : whole[place];
  }
}

template <class Index>
selection<Index> make_selection(const char *function, const given_structure<Index> &given,
                                const csr_pattern<Index> &whole) {
  selection<Index> result{given.kind, reader<Index>(function, given, whole).read(), {}};
  const csr_pattern<Index> &shown = result.shown;
  result.from.assign(shown.col_ind.size(), Index(-1));
  for (std::size_t i = 0; i < static_cast<std::size_t>(whole.rows); ++i) {
    auto k = static_cast<std::size_t>(shown.row_ptr[i]);
    const auto end = static_cast<std::size_t>(shown.row_ptr[i + 1]);
    for (auto w = static_cast<std::size_t>(whole.row_ptr[i]); w < static_cast<std::size_t>(whole.row_ptr[i + 1]); ++w) {
      const Index col = whole.col_ind[w];
      while (k < end && shown.col_ind[k] < col)
        ++k;
      if (k < end && shown.col_ind[k] == col)
        result.from[k++] = static_cast<Index>(w);
      else if (given.kind == selection_kind::prescribed)
        throw std::invalid_argument("Jacobian of '" + std::string(function) + "': the given structure has no entry (" +
                                    std::to_string(i) + ", " + std::to_string(col) +
                                    "), but the derivative has; plan_subset leaves entries out");
    }
  }
  return result;
}

template <class Index>
coloring_result color_columns_partial(const csr_pattern<Index> &whole, const csr_pattern<Index> &wanted) {
  const auto cols = static_cast<std::size_t>(whole.cols);
  coloring_result result;
  result.colors.assign(cols, -1);
  const compressed_columns<Index> by_column = csc(whole), wanted_by_column = csc(wanted);
  // forbidden[c]: the last column that may not have the color c.
  std::vector<Index> forbidden;
  auto forbid = [&](Index other, Index column) {
    const std::int32_t c = result.colors[static_cast<std::size_t>(other)];
    if (c >= 0)
      forbidden[static_cast<std::size_t>(c)] = column;
  };
  for (std::size_t j = 0; j < cols; ++j) {
    auto w = static_cast<std::size_t>(wanted_by_column.ptr[j]);
    const auto w_end = static_cast<std::size_t>(wanted_by_column.ptr[j + 1]);
    if (w == w_end)
      continue;
    const Index column = static_cast<Index>(j);
    for (auto k = static_cast<std::size_t>(by_column.ptr[j]); k < static_cast<std::size_t>(by_column.ptr[j + 1]); ++k) {
      const Index row = by_column.ind[k];
      const bool here = w < w_end && wanted_by_column.ind[w] == row;
      w += here;
      // Where (row, j) is wanted no other column of the row may disturb it; elsewhere j may not disturb what is wanted.
      const csr_pattern<Index> &others = here ? whole : wanted;
      for (auto o = static_cast<std::size_t>(others.row_ptr[static_cast<std::size_t>(row)]);
           o < static_cast<std::size_t>(others.row_ptr[static_cast<std::size_t>(row) + 1]); ++o)
        forbid(others.col_ind[o], column);
    }
    std::int32_t color = 0;
    while (color < result.num_colors && forbidden[static_cast<std::size_t>(color)] == column)
      ++color;
    if (color == result.num_colors) {
      ++result.num_colors;
      forbidden.push_back(Index(-1));
    }
    result.colors[j] = color;
  }
  return result;
}

#define SPARSEAD_RT_INSTANTIATE(INDEX)                                                                                 \
  template struct selection<INDEX>;                                                                                    \
  template selection<INDEX> make_selection(const char *, const given_structure<INDEX> &, const csr_pattern<INDEX> &);  \
  template coloring_result color_columns_partial(const csr_pattern<INDEX> &, const csr_pattern<INDEX> &);
SPARSEAD_RT_INSTANTIATE(std::int32_t)
SPARSEAD_RT_INSTANTIATE(std::int64_t)
#undef SPARSEAD_RT_INSTANTIATE

} // namespace sparsead::rt
