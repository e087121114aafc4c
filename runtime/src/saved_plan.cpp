// Plans on disk: what of a plan is in its file, and what a file must be to become one again.
//
// A file holds what planning found out (extents, structure, colors in use, the local program); what follows from it
// (layouts, schedules) is made again. Nothing in it is an address. The checksum finds damage; beyond that, everything
// that the runtime uses as a place is checked, but for the words of the local program's stream: only the function
// itself knows which it will read. They are as trustworthy as the file.
#include "sparsead/errors.hpp"
#include "sparsead/rt/forward_schedule.hpp"
#include "sparsead/rt/local_gather.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/plan_core.hpp"
#include "sparsead/rt/plan_file.hpp"
#include "sparsead/rt/plan_file_parts.hpp"
#include "sparsead/rt/reverse_schedule.hpp"
#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace sparsead::rt {
namespace {

/// Colors of the columns: no two of one color in a row, each color used, none where there is no entry.
template <class Index> bool is_coloring(const csr_pattern<Index> &pattern, const coloring_result &result) {
  if (!is_numbering(result, static_cast<std::size_t>(pattern.cols)))
    return false;
  std::vector<char> entries(result.colors.size(), 0);
  for (const Index j : pattern.col_ind)
    entries[static_cast<std::size_t>(j)] = 1;
  for (std::size_t j = 0; j < entries.size(); ++j)
    if ((result.colors[j] >= 0) != (entries[j] != 0))
      return false;
  std::vector<Index> last(static_cast<std::size_t>(result.num_colors), -1); // row that has the color
  for (Index i = 0; i < pattern.rows; ++i)
    for (auto k = static_cast<std::size_t>(pattern.row_ptr[static_cast<std::size_t>(i)]);
         k < static_cast<std::size_t>(pattern.row_ptr[static_cast<std::size_t>(i) + 1]); ++k) {
      Index &row = last[static_cast<std::size_t>(result.colors[static_cast<std::size_t>(pattern.col_ind[k])])];
      if (row == i)
        return false;
      row = i;
    }
  return true;
}

/// Are these what a plan of the strategy has?
template <class Index>
bool fits(const csr_pattern<Index> &pattern, strategy chosen, bool partial, const coloring_result &columns,
          const coloring_result &rows) {
  if (chosen == strategy::bidirectional)
    return is_numbering(columns, static_cast<std::size_t>(pattern.cols)) &&
           is_numbering(rows, static_cast<std::size_t>(pattern.rows)) && read_from_rows(pattern, {columns, rows});
  const bool by_columns = chosen == strategy::forward && !partial, by_rows = chosen == strategy::reverse;
  return (by_columns ? is_coloring(pattern, columns) : columns.colors.empty()) &&
         (by_rows ? is_coloring(transpose(pattern), rows) : rows.colors.empty());
}

/// One member after the other.
struct gather_writer {
  plan_file_writer &file;
  void operator()(const index_array<std::int32_t> &list) { file.array(list); }
  void operator()(std::int64_t number) { file.number(static_cast<std::uint64_t>(number)); }
  void operator()(const std::vector<std::pair<std::int64_t, std::int64_t>> &ranges) {
    std::vector<std::int64_t> bounds;
    bounds.reserve(2 * ranges.size());
    for (const auto &[begin, end] : ranges) {
      bounds.push_back(begin);
      bounds.push_back(end);
    }
    file.array(bounds);
  }
};

struct gather_reader {
  plan_file_reader &file;
  bool whole = true;
  void operator()(index_array<std::int32_t> &list) { list = file.array<std::int32_t, index_array<std::int32_t>>(); }
  void operator()(std::int64_t &number) { number = static_cast<std::int64_t>(file.number()); }
  void operator()(std::vector<std::pair<std::int64_t, std::int64_t>> &ranges) {
    const std::vector<std::int64_t> bounds = file.array<std::int64_t>();
    whole &= bounds.size() % 2 == 0;
    for (std::size_t k = 0; k + 1 < bounds.size(); k += 2)
      ranges.push_back({bounds[k], bounds[k + 1]});
  }
};

} // namespace

template <class Index> void plan_core<Index>::save(const std::string &path) const {
  plan_file_writer file(path, sizeof(Index));
  write(file);
  file.commit();
}

template <class Index> void plan_core<Index>::write(plan_file_writer &file) const {
  write_origin(file, "", descriptor_, read_only_);
  file.number(static_cast<std::uint64_t>(chosen_));
  write_map(file, *map_);
  file.array(pattern_.row_ptr);
  file.array(pattern_.col_ind);
  // Those of other directions, and of subsets, are as quickly made as read.
  write_coloring(file, schedule_ && !partial_ ? columns() : coloring_result());
  write_coloring(file, by_rows_ ? rows() : coloring_result());
  file.number(program_ != nullptr);
  local_gather gather = program_ ? *program_ : local_gather();
  gather.members(gather_writer{file});
  file.number(selection_ ? 1 + static_cast<std::uint64_t>(selection_->kind) : 0);
  file.array(selection_ ? selection_->shown.row_ptr : index_array<Index>());
  file.array(selection_ ? selection_->shown.col_ind : index_array<Index>());
  file.array(relation_sizes_);
}

template <class Index> void plan_core<Index>::read(plan_file_reader &file) {
  const plan_origin origin = read_origin(file);
  const std::uint64_t chosen = file.number();
  const saved_map saved = read_map(file);
  pattern_.row_ptr = file.array<Index, index_array<Index>>();
  pattern_.col_ind = file.array<Index, index_array<Index>>();
  coloring_result of_columns = read_coloring(file), of_rows = read_coloring(file);
  const std::uint64_t has_program = file.number();
  auto program = std::make_unique<local_gather>();
  gather_reader members{file};
  program->members(members);
  const std::uint64_t selected = file.number();
  const auto shown_row_ptr = file.array<Index, index_array<Index>>(),
             shown_col_ind = file.array<Index, index_array<Index>>();
  relation_sizes_ = file.array<std::int64_t>();
  file.finish();

  require_origin(file, origin, "", descriptor_, read_only_);

  // The checksum is right; what follows says so again for what would otherwise be memory somewhere else.
  std::vector<extent> extents = extents_of(file, saved, descriptor_);
  try {
    map_ = std::make_unique<const object_map>(descriptor_, std::move(extents), read_only_.data(),
                                              std::numeric_limits<Index>::max(), &saved.size);
  } catch (const std::logic_error &) { // invalid_argument, length_error
    file.damaged("its extents do not give its size");
  }
  pattern_.rows = static_cast<Index>(map_->rows);
  pattern_.cols = static_cast<Index>(map_->cols);
  if (const char *const fault = find_fault(pattern_, saved.size.rows))
    file.damaged(fault);
  if (chosen > static_cast<std::uint64_t>(strategy::bidirectional))
    file.damaged("its strategy is none");
  chosen_ = static_cast<strategy>(chosen);
  const bool local = chosen_ == strategy::local;
  const bool possible =
      local ? descriptor_.local != nullptr : chosen_ == strategy::forward || descriptor_.record || descriptor_.adjoint;
  if (!possible)
    file.damaged("the function has no derivative for its strategy");

  if (has_program != static_cast<std::uint64_t>(local && map_->rows > 0 && map_->cols > 0))
    file.damaged("its positions and its strategy do not belong together");
  if (!members.whole || (has_program && !program->consistent(static_cast<std::int64_t>(pattern_.col_ind.size()))))
    file.damaged("its positions are out of order or out of range");
  if (has_program)
    program_ = std::move(program);
  else if (!(*program == local_gather()))
    file.damaged("it has positions without a use");

  if (relation_sizes_.size() != (descriptor_.relation ? static_cast<std::size_t>(descriptor_.relation->num_sizes) : 0))
    file.damaged("its sizes are not those of the function");
  if (selected > 2 || (selected == 0 && !(shown_row_ptr.empty() && shown_col_ind.empty())))
    file.damaged("what it shows of its structure is nothing known");
  if (selected > 0) {
    try {
      const given_structure<Index> given{static_cast<selection_kind>(selected - 1), shown_row_ptr.data(),
                                         shown_row_ptr.size(), shown_col_ind.data(), shown_col_ind.size()};
      selection_ = std::make_unique<const selection<Index>>(make_selection(descriptor_.function, given, pattern_));
    } catch (const std::invalid_argument &) {
      file.damaged("what it shows of its structure does not fit it");
    }
  }

  partial_ = chosen_ == strategy::forward && is_partial();
  if (!fits(pattern_, chosen_, partial_, of_columns, of_rows))
    file.damaged("its colors do not fit its structure");
  if (local)
    return;
  if (chosen_ != strategy::forward || !partial_)
    use({std::move(of_columns), std::move(of_rows)});
  make_schedules();
}

template <class Index>
std::shared_ptr<const plan_core<Index>> plan_core<Index>::load(const abi::jacobian_descriptor &descriptor,
                                                               primal_function primal, const int *read_only,
                                                               const std::string &path) {
  std::shared_ptr<plan_core> core(new plan_core(descriptor, primal, read_only));
  plan_file_reader file(path, sizeof(Index));
  core->read(file);
  return core;
}

template <class Index>
std::shared_ptr<const plan_core<Index>> plan_core<Index>::load_lower(const abi::jacobian_descriptor &descriptor,
                                                                     const int *read_only, plan_file_reader &file) {
  std::shared_ptr<plan_core> core(new plan_core(descriptor, nullptr, read_only));
  core->lower_ = true;
  core->read(file);
  if (core->chosen_ != strategy::local)
    file.damaged("its strategy is none");
  return core;
}

#define SPARSEAD_RT_INSTANTIATE(INDEX)                                                                                 \
  template void plan_core<INDEX>::save(const std::string &) const;                                                     \
  template void plan_core<INDEX>::write(plan_file_writer &) const;                                                     \
  template void plan_core<INDEX>::read(plan_file_reader &);                                                            \
  template std::shared_ptr<const plan_core<INDEX>> plan_core<INDEX>::load_lower(const abi::jacobian_descriptor &,      \
                                                                                const int *, plan_file_reader &);      \
  template std::shared_ptr<const plan_core<INDEX>> plan_core<INDEX>::load(                                             \
      const abi::jacobian_descriptor &, primal_function, const int *, const std::string &);
SPARSEAD_RT_INSTANTIATE(std::int32_t)
SPARSEAD_RT_INSTANTIATE(std::int64_t)
#undef SPARSEAD_RT_INSTANTIATE

} // namespace sparsead::rt
