#include "sparsead/rt/bicoloring.hpp"
#include <algorithm>
#include <limits>

namespace sparsead::rt {
namespace {

/// The rows, or the columns, that have not been taken away, by the colors that what is left of them needs: one for each
/// entry, and one more where others of the same row (column) are read otherwise but disturb it.
template <class Index> class remaining {
public:
  explicit remaining(std::vector<Index> count)
      : count_(std::move(count)), taken_(count_.size(), 0), lost_(taken_), disturbed_(taken_) {
    for (std::size_t v = 0; v < count_.size(); ++v)
      put(v);
  }
  /// The fewest colors that one of them needs; none are left: the largest number.
  Index fewest() {
    for (; lowest_ < waiting_.size(); ++lowest_) {
      std::vector<Index> &list = waiting_[lowest_];
      for (; !list.empty(); list.pop_back()) { // what has lost entries since it was put there stands elsewhere, too
        const auto v = static_cast<std::size_t>(list.back());
        if (!taken_[v] && needs(v) == lowest_)
          return static_cast<Index>(lowest_);
      }
    }
    return std::numeric_limits<Index>::max();
  }
  /// After fewest(): one that needs as few; is it disturbed?
  bool next_is_disturbed() const {
    return lowest_ < waiting_.size() && disturbed_[static_cast<std::size_t>(waiting_[lowest_].back())];
  }
  std::size_t take() {
    const auto v = static_cast<std::size_t>(waiting_[lowest_].back());
    waiting_[lowest_].pop_back();
    taken_[v] = 1;
    return v;
  }
  bool is_taken(std::size_t v) const { return taken_[v] != 0; }
  bool has_lost(std::size_t v) const { return lost_[v] != 0; }
  /// An entry is taken away with the other line that has it; `other_disturbs`: that line is colored all the same.
  void lose(std::size_t v, bool other_disturbs) {
    --count_[v];
    lost_[v] = 1;
    disturbed_[v] |= static_cast<char>(other_disturbs);
    put(v);
    lowest_ = std::min(lowest_, needs(v));
  }

private:
  std::size_t needs(std::size_t v) const {
    return count_[v] == 0 ? 0 : static_cast<std::size_t>(count_[v]) + static_cast<std::size_t>(disturbed_[v]);
  }
  void put(std::size_t v) {
    const std::size_t count = needs(v);
    if (count >= waiting_.size())
      waiting_.resize(count + 1);
    waiting_[count].push_back(static_cast<Index>(v));
  }

  std::vector<Index> count_;
  std::vector<char> taken_, lost_, disturbed_;
  std::vector<std::vector<Index>> waiting_; // by needs()
  std::size_t lowest_ = 0;
};

struct division {
  std::vector<char> of_rows;    // for each entry: is it to be read from rows?
  double columns = 0, rows = 0; // colors, at least, for what is to be read from each
};

template <class Index>
division divide(const csr_pattern<Index> &pattern, const compressed_columns<Index> &by_column, double row_weight) {
  const auto rows = static_cast<std::size_t>(pattern.rows), cols = static_cast<std::size_t>(pattern.cols);
  auto counts = [](const auto &ptr, std::size_t size) {
    std::vector<Index> result(size);
    for (std::size_t k = 0; k < size; ++k)
      result[k] = ptr[k + 1] - ptr[k];
    return result;
  };
  remaining<Index> rows_left(counts(pattern.row_ptr, rows)), cols_left(counts(by_column.ptr, cols));
  division result;
  result.of_rows.resize(pattern.col_ind.size(), 0);
  Index of_columns = 0, of_rows = 0; // colors, at least
  for (std::size_t left = rows + cols; left > 0; --left) {
    const Index row = rows_left.fewest(), col = cols_left.fewest();
    const double by_row = static_cast<double>(std::max(of_columns, row)) + row_weight * static_cast<double>(of_rows),
                 by_col = static_cast<double>(of_columns) + row_weight * static_cast<double>(std::max(of_rows, col));
    const bool rather_row = !rows_left.next_is_disturbed() || cols_left.next_is_disturbed();
    if (by_row < by_col || (by_row == by_col && rather_row)) {
      of_columns = std::max(of_columns, row);
      const std::size_t i = rows_left.take();
      for (auto k = static_cast<std::size_t>(pattern.row_ptr[i]); k < static_cast<std::size_t>(pattern.row_ptr[i + 1]);
           ++k)
        if (const auto j = static_cast<std::size_t>(pattern.col_ind[k]); !cols_left.is_taken(j))
          cols_left.lose(j, rows_left.has_lost(i));
    } else {
      of_rows = std::max(of_rows, col);
      const std::size_t j = cols_left.take();
      for (auto k = static_cast<std::size_t>(by_column.ptr[j]); k < static_cast<std::size_t>(by_column.ptr[j + 1]); ++k)
        if (const auto i = static_cast<std::size_t>(by_column.ind[k]); !rows_left.is_taken(i)) {
          rows_left.lose(i, cols_left.has_lost(j));
          result.of_rows[static_cast<std::size_t>(by_column.perm[k])] = 1;
        }
    }
  }
  result.columns = static_cast<double>(of_columns);
  result.rows = static_cast<double>(of_rows);
  return result;
}

/// Marks, in the entries still to be read, those that the columns give. A column is read in row i alone.
template <class Index>
void read_from_columns(const csr_pattern<Index> &pattern, const coloring_result &columns, std::vector<char> &unread) {
  // By color: the row that has met it last, and how often.
  std::vector<std::pair<Index, Index>> met(static_cast<std::size_t>(columns.num_colors), {Index(-1), Index(0)});
  for (std::size_t i = 0; i < static_cast<std::size_t>(pattern.rows); ++i) {
    const auto begin = static_cast<std::size_t>(pattern.row_ptr[i]),
               end = static_cast<std::size_t>(pattern.row_ptr[i + 1]);
    auto color_at = [&](std::size_t k) { return columns.colors[static_cast<std::size_t>(pattern.col_ind[k])]; };
    for (std::size_t k = begin; k < end; ++k)
      if (const std::int32_t c = color_at(k); c >= 0) {
        auto &[row, times] = met[static_cast<std::size_t>(c)];
        times = row == static_cast<Index>(i) ? times + 1 : Index(1);
        row = static_cast<Index>(i);
      }
    for (std::size_t k = begin; k < end; ++k)
      if (const std::int32_t c = color_at(k); c >= 0 && met[static_cast<std::size_t>(c)].second == 1)
        unread[k] = 0;
  }
}

/// The transposed pattern, and marks of its entries.
template <class Index>
csr_pattern<Index> transposed(const compressed_columns<Index> &by_column, const std::vector<char> &marks,
                              std::vector<char> &transposed_marks) {
  csr_pattern<Index> result;
  result.rows = by_column.cols;
  result.cols = by_column.rows;
  result.row_ptr.assign(by_column.ptr.begin(), by_column.ptr.end());
  result.col_ind.assign(by_column.ind.begin(), by_column.ind.end());
  transposed_marks.resize(marks.size());
  for (std::size_t k = 0; k < marks.size(); ++k)
    transposed_marks[k] = marks[static_cast<std::size_t>(by_column.perm[k])];
  return result;
}

} // namespace

template <class Index>
std::optional<std::vector<char>> read_from_rows(const csr_pattern<Index> &pattern, const bicoloring_result &coloring) {
  std::vector<char> result(pattern.col_ind.size(), 1);
  read_from_columns(pattern, coloring.columns, result);
  const compressed_columns<Index> by_column = csc(pattern);
  std::vector<char> unread;
  const csr_pattern<Index> other = transposed(by_column, result, unread);
  read_from_columns(other, coloring.rows, unread);
  if (std::find(unread.begin(), unread.end(), 1) != unread.end())
    return std::nullopt;
  return result;
}

template <class Index>
bicoloring_result color_both(const csr_pattern<Index> &pattern, ordering order, double row_weight) {
  const compressed_columns<Index> by_column = csc(pattern);
  auto cost = [&](const bicoloring_result &r) { return r.columns.num_colors + row_weight * r.rows.num_colors; };
  bicoloring_result best{color_columns(pattern, order), {}};
  best.rows.colors.assign(static_cast<std::size_t>(pattern.rows), -1);
  // Bounds are not colors; where rows are thought dearer, fewer of the entries are theirs.
  std::vector<char> last;
  for (const double factor : {1.0, 3.0, 9.0}) {
    division parts = divide(pattern, by_column, factor * row_weight);
    std::vector<char> &of_rows = parts.of_rows;
    if (std::find(of_rows.begin(), of_rows.end(), 1) == of_rows.end())
      break; // nor where they are dearer
    if (of_rows == last || parts.columns + row_weight * parts.rows >= cost(best))
      continue;
    last = of_rows;
    std::vector<char> of_columns(of_rows.size()), unread(of_rows.size(), 1), of_rows_transposed;
    std::transform(of_rows.begin(), of_rows.end(), of_columns.begin(), [](char mark) { return char(!mark); });
    bicoloring_result result;
    result.columns = color_wanted(pattern, of_columns, order);
    read_from_columns(pattern, result.columns, unread);
    const csr_pattern<Index> other = transposed(by_column, unread, of_rows_transposed);
    result.rows = color_wanted(other, of_rows_transposed, order);
    if (cost(result) < cost(best))
      best = std::move(result);
  }
  return best;
}

#define SPARSEAD_RT_INSTANTIATE(INDEX)                                                                                 \
  template std::optional<std::vector<char>> read_from_rows(const csr_pattern<INDEX> &, const bicoloring_result &);     \
  template bicoloring_result color_both(const csr_pattern<INDEX> &, ordering, double);
SPARSEAD_RT_INSTANTIATE(std::int32_t)
SPARSEAD_RT_INSTANTIATE(std::int64_t)
#undef SPARSEAD_RT_INSTANTIATE

} // namespace sparsead::rt
