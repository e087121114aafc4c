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

#define SPARSEAD_RT_INSTANTIATE(INDEX)                                                                                 \
  template struct selection<INDEX>;                                                                                    \
  template selection<INDEX> make_selection(const char *, const given_structure<INDEX> &, const csr_pattern<INDEX> &);
SPARSEAD_RT_INSTANTIATE(std::int32_t)
SPARSEAD_RT_INSTANTIATE(std::int64_t)
#undef SPARSEAD_RT_INSTANTIATE

} // namespace sparsead::rt
