// The columns of rows with several origins, sorted. No entry is compared with all others: repeated columns are found by
// marks, one per column of the matrix, and only those that are left are ordered.
#include "sparsead/rt/run_structure.hpp"

namespace sparsead::rt {
namespace {

constexpr std::int32_t few = 32; ///< columns that are compared with each other

using four = std::int32_t __attribute__((vector_size(16)));

/// Ranks of the columns, which differ. Every one is compared with every other: there is no branch to be mispredicted.
template <int Vectors> inline void rank_few(const std::int32_t *columns, std::int32_t count, four *ranks) {
  four of[Vectors], below[Vectors] = {};
  __builtin_memcpy(of, columns, sizeof of); // there is room behind the last
  for (std::int32_t k = 0; k < count; ++k) {
    const four other = {columns[k], columns[k], columns[k], columns[k]};
    for (int q = 0; q < Vectors; ++q)
      below[q] -= other < of[q];
  }
  __builtin_memcpy(ranks, below, sizeof below);
}

/// A row without marks: its columns, ascending, to `out`; their first sources to `firsts`; all other entries to
/// `others`, where `place` is the first column's. Optional ones that the row does not have are left out. Returns their
/// end.
placed_partial *sort_alone(const placed_partial *begin, const placed_partial *end, std::int32_t *out,
                           std::int32_t *firsts, std::int32_t &width, std::int32_t place, placed_partial *others) {
  width = 0;
  bool ascends = true;
  for (const placed_partial *e = begin; e < end; ++e)
    if (e->number >= 0 && (width == 0 || out[width - 1] != e->number)) {
      ascends = ascends && (width == 0 || out[width - 1] < e->number);
      out[width++] = e->number;
    }
  if (!ascends) {
    std::sort(out, out + width);
    width = static_cast<std::int32_t>(std::unique(out, out + width) - out);
  }
  std::fill_n(firsts, width, gather_builder::none);
  std::int32_t rank = -1; // mostly the next one
  for (const placed_partial *e = begin; e < end; ++e) {
    const std::int32_t column = e->number < -1 ? -2 - e->number : e->number;
    if (++rank >= width || out[rank] != column)
      rank = static_cast<std::int32_t>(std::lower_bound(out, out + width, column) - out);
    if (rank == width || out[rank] != column)
      continue;
    if (firsts[rank] == gather_builder::none)
      firsts[rank] = e->source;
    else
      *others++ = {place + rank, e->source};
  }
  return others;
}

} // namespace

/// The same with marks. A column is marked with the number of columns that were written before it: marks of other rows
/// are smaller than those of this one.
template <class Index>
placed_partial *structure_builder<Index>::sort_marked(placed_partial *begin, placed_partial *end, std::int32_t *out,
                                                      std::int32_t *firsts, std::int32_t &width,
                                                      placed_partial *others) {
  std::int32_t *const marks = marked_.data();
  const auto written = static_cast<std::int32_t>(out - columns_.data());
  placed_partial *rest = begin;
  std::int32_t found = 0;
  for (const placed_partial *e = begin; e < end; ++e) {
    const auto [column, source] = *e;
    std::int32_t &mark = marks[column];
    const bool fresh = mark < written;
    const std::int32_t place = fresh ? found : mark - written;
    out[found] = column;
    firsts[found] = source;
    mark = written + place;
    *rest = {place, source};
    rest += !fresh;
    found += fresh;
  }
  width = found;
  if (found <= few) {
    four ranks[few / 4];
    if (found <= 8)
      rank_few<2>(out, found, ranks);
    else if (found <= 16)
      rank_few<4>(out, found, ranks);
    else
      rank_few<few / 4>(out, found, ranks);
    std::int32_t columns[few], sources[few];
    for (std::int32_t k = 0; k < found; ++k) {
      columns[k] = out[k];
      sources[k] = firsts[k];
    }
    for (std::int32_t k = 0; k < found; ++k) {
      const std::int32_t rank = ranks[k / 4][k % 4];
      out[rank] = columns[k];
      firsts[rank] = sources[k];
    }
    for (const placed_partial *e = begin; e < rest; ++e)
      *others++ = {written + ranks[e->number / 4][e->number % 4], e->source};
    return others;
  }
  if (std::is_sorted(out, out + found)) {
    for (const placed_partial *e = begin; e < rest; ++e)
      *others++ = {written + e->number, e->source};
    return others;
  }
  unsorted_.assign(out, out + found);
  sources_.assign(firsts, firsts + found);
  const auto [low, high] = std::minmax_element(out, out + found);
  if (const std::int32_t first = *low, last = *high; (last - first) / 8 <= found) {
    std::int32_t count = 0;
    for (std::int32_t column = first; column <= last; ++column) {
      out[count] = column;
      count += marks[column] >= written;
    }
  } else {
    std::sort(out, out + found);
  }
  for (std::int32_t k = 0; k < found; ++k)
    marks[out[k]] = written + k;
  for (std::int32_t k = 0; k < found; ++k) {
    std::int32_t &rank = unsorted_[static_cast<std::size_t>(k)];
    rank = marks[rank] - written;
    firsts[rank] = sources_[static_cast<std::size_t>(k)];
  }
  for (const placed_partial *e = begin; e < rest; ++e)
    *others++ = {written + unsorted_[static_cast<std::size_t>(e->number)], e->source};
  return others;
}

/// So many rows will be sorted, with entries from so many words of the record.
template <class Index> void structure_builder<Index>::begin_sorting(std::int64_t rows, std::int64_t words) {
  for (auto *list : {&columns_, &firsts_}) // what is not written costs nothing
    list->reserve(static_cast<std::size_t>(words));
  rest_.reserve(static_cast<std::size_t>(words));
  widths_.resize(static_cast<std::size_t>(rows));
  if (rows >= recorder_.cols_count_ / 16)
    marked_.assign(static_cast<std::size_t>(recorder_.cols_count_), -1);
}

/// Dense rows from `first` on, whose entries have been filled in.
template <class Index> void structure_builder<Index>::sort_rows(std::int64_t first, std::int64_t rows) {
  std::size_t written = columns_.size(), others = rest_.size();
  const std::size_t total = static_cast<std::size_t>(begin_[static_cast<std::size_t>(rows)]);
  columns_.resize(written + total + few); // vectors are read whole
  firsts_.resize(written + total + 1);
  rest_.resize(others + total);
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    placed_partial *const begin = entries_.data() + begin_[row], *const end = entries_.data() + end_[row];
    std::int32_t *const out = columns_.data() + written, *const sources = firsts_.data() + written;
    std::int32_t &width = widths_[static_cast<std::size_t>(first) + row];
    const bool odd = optional_ && std::any_of(begin, end, [](const placed_partial &e) { return e.number < 0; });
    placed_partial *const to = rest_.data() + others;
    const placed_partial *const last =
        !marked_.empty() && !odd ? sort_marked(begin, end, out, sources, width, to)
                                 : sort_alone(begin, end, out, sources, width, static_cast<std::int32_t>(written), to);
    others += static_cast<std::size_t>(last - to);
    written += static_cast<std::size_t>(width);
  }
  columns_.resize(written);
  firsts_.resize(written);
  rest_.resize(others);
}

template void structure_builder<std::int32_t>::begin_sorting(std::int64_t, std::int64_t);
template void structure_builder<std::int64_t>::begin_sorting(std::int64_t, std::int64_t);
template void structure_builder<std::int32_t>::sort_rows(std::int64_t, std::int64_t);
template void structure_builder<std::int64_t>::sort_rows(std::int64_t, std::int64_t);

} // namespace sparsead::rt
