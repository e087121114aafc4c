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
#include "sparsead/rt/reverse_schedule.hpp"
#include <algorithm>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <utility>

namespace sparsead::rt {
namespace {

/// Sum over the tables that the compiler has emitted. The fingerprint tells versions of the function's code apart; this
/// tells apart how the code was called, and which derivatives there are.
class table_sum {
public:
  std::uint64_t of(const abi::jacobian_descriptor &d, const std::vector<int> &read_only) {
    add(d.num_arguments, d.num_objects, d.num_inputs, d.num_outputs, d.result_size, d.mode, d.order, d.pattern_local,
        d.num_kernels, d.record != nullptr, d.adjoint != nullptr);
    for (std::int32_t k = 0; k < d.num_arguments; ++k)
      add(d.argument_sizes[k], read_only[static_cast<std::size_t>(k)]);
    for (std::int32_t k = 0; k < d.num_inputs; ++k)
      add(d.inputs[k]);
    for (std::int32_t k = 0; k < d.num_outputs; ++k)
      add(d.outputs[k]);
    for (std::int32_t k = 0; k < d.num_kernels; ++k)
      add(d.kernels[k].width);
    for (std::int32_t k = 0; k < d.num_objects; ++k)
      object(d.objects[k]);
    add(d.local != nullptr);
    if (d.local)
      local(*d.local);
    add(d.relation ? d.relation->num_sizes : 0);
    return sum_.value();
  }

private:
  template <class... T> void add(T... values) { (sum_.add(static_cast<std::uint64_t>(values)), ...); }

  void program(const std::int64_t *word) {
    for (; word && *word != abi::op_end; ++word) {
      add(*word);
      if (*word == abi::op_const || *word == abi::op_argument || *word == abi::op_offset)
        add(*++word);
    }
    add(abi::op_end);
  }
  void object(const abi::object &o) {
    add(o.roles, o.argument, o.flags, o.num_steps, o.num_leaves);
    for (std::int32_t s = 0; s < o.num_steps; ++s) {
      add(o.steps[s].kind, o.steps[s].bytes);
      program(o.steps[s].lower);
      program(o.steps[s].upper);
    }
    for (std::int32_t k = 0; k < o.num_leaves; ++k)
      add(o.leaves[k].offset, o.leaves[k].bytes);
  }
  void local(const abi::local_descriptor &l) {
    add(l.width, l.shadows, l.num_sites, l.num_loops);
    for (std::int32_t k = 0; k < l.num_sites; ++k) {
      const abi::local_site &site = l.sites[k];
      add(site.kind, site.num_slots, site.loop, site.stride, site.num_partials);
      for (std::int32_t s = 0; (site.loop >= 0 || site.kind == abi::local_row) && site.offsets && s < site.num_slots;
           ++s)
        add(site.offsets[s]);
      for (std::int32_t s = 0; site.sources && s < site.num_slots; ++s)
        add(site.sources[s]);
    }
  }

  word_checksum sum_;
};

std::string hexadecimal(std::uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

/// Rows of ascending columns. `nnz` words are there.
template <class Index> const char *find_fault(const csr_pattern<Index> &pattern, const map_size &size) {
  if (static_cast<std::uint64_t>(size.rows) + 1 != pattern.row_ptr.size())
    return "its rows are not those of its structure";
  if (pattern.row_ptr.front() != 0 || static_cast<std::uint64_t>(pattern.row_ptr.back()) != pattern.col_ind.size() ||
      pattern.col_ind.size() > static_cast<std::uint64_t>(std::numeric_limits<Index>::max()))
    return "its structure has another number of entries";
  for (std::size_t i = 0; i + 1 < pattern.row_ptr.size(); ++i)
    if (pattern.row_ptr[i] > pattern.row_ptr[i + 1])
      return "its rows overlap";
  for (std::size_t i = 0; i + 1 < pattern.row_ptr.size(); ++i) {
    Index after = 0;
    for (auto k = static_cast<std::size_t>(pattern.row_ptr[i]); k < static_cast<std::size_t>(pattern.row_ptr[i + 1]);
         ++k) {
      if (pattern.col_ind[k] < after || pattern.col_ind[k] >= pattern.cols)
        return "a row's columns are out of order or out of range";
      after = pattern.col_ind[k] + 1;
    }
  }
  return nullptr;
}

/// Colors of so many columns or rows, each color used.
bool is_numbering(const coloring_result &result, std::size_t size) {
  if (result.colors.size() != size || result.num_colors < 0 || static_cast<std::size_t>(result.num_colors) > size)
    return false;
  std::vector<char> used(static_cast<std::size_t>(result.num_colors), 0);
  for (const std::int32_t color : result.colors) {
    if (color < -1 || color >= result.num_colors)
      return false;
    if (color >= 0)
      used[static_cast<std::size_t>(color)] = 1;
  }
  return std::find(used.begin(), used.end(), 0) == used.end();
}

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

void write(plan_file_writer &file, const coloring_result &result) {
  file.number(static_cast<std::uint64_t>(result.num_colors));
  file.array(result.colors);
}
coloring_result read_coloring(plan_file_reader &file) {
  coloring_result result;
  const std::uint64_t count = file.number();
  result.colors = file.array<std::int32_t>();
  result.num_colors = count > result.colors.size() ? -1 : static_cast<std::int32_t>(count);
  return result;
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

std::int32_t count_index_steps(const abi::jacobian_descriptor &d) {
  std::int32_t count = 0;
  for (std::int32_t k = 0; k < d.num_objects; ++k)
    for (std::int32_t s = 0; s < d.objects[k].num_steps; ++s)
      count += d.objects[k].steps[s].kind == abi::step_index;
  return count;
}

/// As they were written: pairs.
bool set_extents(std::vector<extent> &extents, const std::vector<std::int64_t> &bounds,
                 const abi::jacobian_descriptor &d) {
  if (bounds.size() != 2 * static_cast<std::size_t>(count_index_steps(d)))
    return false;
  for (std::size_t k = 0; k < bounds.size(); k += 2) {
    std::int64_t count;
    if (__builtin_sub_overflow(bounds[k + 1], bounds[k], &count) || count < 0)
      return false;
    extents.push_back({bounds[k], bounds[k + 1]});
  }
  return true;
}

} // namespace

template <class Index> void plan_core<Index>::save(const std::string &path) const {
  plan_file_writer file(path, sizeof(Index));
  file.text(descriptor_.function);
  file.text(descriptor_.specification);
  file.number(descriptor_.fingerprint);
  file.number(table_sum().of(descriptor_, read_only_));

  file.number(static_cast<std::uint64_t>(chosen_));
  for (const std::int64_t count : {map_->rows, map_->cols, map_->bytes, map_->instances})
    file.number(static_cast<std::uint64_t>(count));
  std::vector<std::int64_t> bounds;
  for (const extent &e : map_->extents()) {
    bounds.push_back(e.lower);
    bounds.push_back(e.upper);
  }
  file.array(bounds);
  file.array(pattern_.row_ptr);
  file.array(pattern_.col_ind);
  // Those of other directions, and of subsets, are as quickly made as read.
  write(file, schedule_ && !partial_ ? columns() : coloring_result());
  write(file, by_rows_ ? rows() : coloring_result());
  file.number(program_ != nullptr);
  local_gather gather = program_ ? *program_ : local_gather();
  gather.members(gather_writer{file});
  file.number(selection_ ? 1 + static_cast<std::uint64_t>(selection_->kind) : 0);
  file.array(selection_ ? selection_->shown.row_ptr : index_array<Index>());
  file.array(selection_ ? selection_->shown.col_ind : index_array<Index>());
  file.array(relation_sizes_);
  file.commit();
}

template <class Index> void plan_core<Index>::read(plan_file_reader &file) {
  const std::string function = file.text(), specification = file.text();
  const std::uint64_t fingerprint = file.number(), tables = file.number(), chosen = file.number();
  map_size size{};
  for (std::int64_t *const count : {&size.rows, &size.cols, &size.bytes, &size.instances})
    *count = static_cast<std::int64_t>(file.number());
  const std::vector<std::int64_t> bounds = file.array<std::int64_t>();
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

  // Is it a plan of this function?
  if (function != descriptor_.function)
    file.refuse("is a plan of '" + function + "', not of '" + descriptor_.function + "'");
  if (specification != descriptor_.specification)
    file.refuse("is a plan of '" + function + "' with the specification '" + specification + "', which is '" +
                descriptor_.specification + "' now; plan and save again");
  if (fingerprint != descriptor_.fingerprint)
    file.refuse("'" + function + "' has changed since the plan was saved (fingerprint " + hexadecimal(fingerprint) +
                ", now " + hexadecimal(descriptor_.fingerprint) + "); plan and save again");
  if (tables != table_sum().of(descriptor_, read_only_))
    file.refuse("the derivative of '" + function +
                "' was compiled differently, or the types it uses have changed, since the plan was saved; plan and "
                "save again");

  // The checksum is right; what follows says so again for what would otherwise be memory somewhere else.
  std::vector<extent> extents;
  if (!set_extents(extents, bounds, descriptor_))
    file.damaged("its extents are not those of the specification");
  try {
    map_ = std::make_unique<const object_map>(descriptor_, std::move(extents), read_only_.data(),
                                              std::numeric_limits<Index>::max(), &size);
  } catch (const std::logic_error &) { // invalid_argument, length_error
    file.damaged("its extents do not give its size");
  }
  pattern_.rows = static_cast<Index>(map_->rows);
  pattern_.cols = static_cast<Index>(map_->cols);
  if (const char *const fault = find_fault(pattern_, size))
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

#define SPARSEAD_RT_INSTANTIATE(INDEX)                                                                                 \
  template void plan_core<INDEX>::save(const std::string &) const;                                                     \
  template void plan_core<INDEX>::read(plan_file_reader &);                                                            \
  template std::shared_ptr<const plan_core<INDEX>> plan_core<INDEX>::load(                                             \
      const abi::jacobian_descriptor &, primal_function, const int *, const std::string &);
SPARSEAD_RT_INSTANTIATE(std::int32_t)
SPARSEAD_RT_INSTANTIATE(std::int64_t)
#undef SPARSEAD_RT_INSTANTIATE

} // namespace sparsead::rt
