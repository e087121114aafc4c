#include "sparsead/rt/plan_core.hpp"
#include "sparsead/rt/evaluate.hpp"
#include "sparsead/rt/explain.hpp"
#include "sparsead/rt/forward_schedule.hpp"
#include "sparsead/rt/local_gather.hpp"
#include "sparsead/rt/local_record.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/spy.hpp"
#include "sparsead/rt/workspace_state.hpp"
#include <algorithm>
#include <atomic>
#include <limits>
#include <stdexcept>

namespace sparsead::rt {

std::uint64_t next_plan_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

namespace {

void require_matching(const abi::jacobian_descriptor &d) {
  if (d.version != abi::version || d.size != sizeof(abi::jacobian_descriptor))
    throw std::runtime_error("sparsead: the derivative was compiled by another version of sparsead than this runtime");
  if (d.num_kernels < 1 || d.kernels[0].width != 1 || !d.inspect)
    throw std::runtime_error("sparsead: the derivative of '" + std::string(d.function) + "' has no kernel of width 1");
}

/// The orders that cost about as much as one pass; a longest row with as many entries as there are colors ends the
/// search.
template <class Index> coloring_result color_default(const csr_pattern<Index> &pattern, const lattice_plan &lattice) {
  Index longest = 0;
  for (std::size_t i = 0; i + 1 < pattern.row_ptr.size(); ++i)
    longest = std::max(longest, pattern.row_ptr[i + 1] - pattern.row_ptr[i]);
  std::optional<coloring_result> known = color_by_lattice(pattern, lattice);
  if (known && known->num_colors <= longest)
    return std::move(*known);
  coloring_result best = color_columns(pattern, ordering::natural);
  if (known && known->num_colors <= best.num_colors)
    best = std::move(*known);
  for (const ordering order : {ordering::largest_first, ordering::smallest_last}) {
    if (best.num_colors <= longest)
      break;
    coloring_result other = color_columns(pattern, order);
    if (other.num_colors < best.num_colors)
      best = std::move(other);
  }
  return best;
}

template <class Index>
coloring_result color(const csr_pattern<Index> &pattern, std::int32_t order, const lattice_plan &lattice) {
  switch (order) {
  case abi::order_natural:
    return color_columns(pattern, ordering::natural);
  case abi::order_largest_first:
    return color_columns(pattern, ordering::largest_first);
  case abi::order_smallest_last:
    return color_columns(pattern, ordering::smallest_last);
  case abi::order_incidence_degree:
    return color_columns(pattern, ordering::incidence_degree);
  case abi::order_best:
    return color_columns(pattern, ordering::best);
  default:
    return color_default(pattern, lattice);
  }
}

} // namespace

template <class Index>
plan_core<Index>::plan_core(const abi::jacobian_descriptor &descriptor, primal_function primal, const int *read_only)
    : descriptor_(descriptor), primal_(primal), id_(next_plan_id()) {
  require_matching(descriptor);
  read_only_.assign(read_only, read_only + descriptor.num_arguments);
}

template <class Index> plan_core<Index>::~plan_core() = default;

template <class Index>
std::shared_ptr<const plan_core<Index>>
plan_core<Index>::make(const abi::jacobian_descriptor &descriptor, primal_function primal, void *const *args,
                       const int *read_only, const given_structure<Index> *given) {
  std::shared_ptr<plan_core> core(new plan_core(descriptor, primal, read_only));
  core->inspect_at(args);
  if (given)
    core->selection_ =
        std::make_unique<const selection<Index>>(make_selection(descriptor.function, *given, core->pattern_));
  if (core->chosen_ == strategy::local)
    return core;
  core->choose();
  core->make_schedule();
  return core;
}

template <class Index> void plan_core<Index>::inspect_at(void *const *args) {
  map_ = std::make_unique<const object_map>(descriptor_, args, read_only_.data(), std::numeric_limits<Index>::max());
  if (descriptor_.relation)
    relation_sizes_ = relation_sizes(*descriptor_.relation, args);
  binding bound;
  bound.lay_out(*map_);
  aligned_buffer result(static_cast<std::size_t>(std::max<std::int64_t>(descriptor_.result_size, 0)) + 64);
  bound.bind(*map_, args, result.data(), binding::purpose::plan);
  lattice_ = plan_lattice(descriptor_, *map_, args);
  inspect_first(bound, result.data());
}

template <class Index>
std::shared_ptr<const plan_core<Index>> plan_core<Index>::make_lower(const abi::jacobian_descriptor &descriptor,
                                                                     void *const *args, const int *read_only) {
  std::shared_ptr<plan_core> core(new plan_core(descriptor, nullptr, read_only));
  core->lower_ = true;
  core->inspect_at(args);
  return core->chosen_ == strategy::local ? core : nullptr;
}

/// Of forward mode, which the others need for products. A subset of the function's entries has a schedule of its own,
/// with fewer colors.
template <class Index> void plan_core<Index>::make_schedule() {
  partial_ = chosen_ == strategy::forward && selection_ && selection_->kind == selection_kind::subset &&
             std::find(selection_->from.begin(), selection_->from.end(), Index(-1)) == selection_->from.end();
  schedule_ =
      std::make_unique<const forward_schedule<Index>>(*map_, partial_ ? selection_->shown : pattern_, columns());
}

/// The coloring that the strategy uses; for `local`, which uses none, the one that `auto` would have taken.
template <class Index> const coloring_result &plan_core<Index>::coloring_in_use() const {
  const bool by_rows = chosen_ == strategy::reverse || (chosen_ == strategy::local && rows_are_cheaper());
  return by_rows ? rows() : columns();
}

template <class Index> bool plan_core<Index>::rows_are_cheaper() const {
  // A column with c entries needs c colors of rows.
  std::vector<Index> count(static_cast<std::size_t>(pattern_.cols), 0);
  Index most = 0;
  for (const Index j : pattern_.col_ind)
    most = std::max(most, ++count[static_cast<std::size_t>(j)]);
  return most > 0 && most <= columns().num_colors / 4 && rows().num_colors <= columns().num_colors / 4;
}

/// Reverse where the specification asks for it, or where rows need a quarter of the colors or fewer: recording costs
/// about as much as ten calls of the function, a backward sweep of four colors about six.
template <class Index> void plan_core<Index>::choose() {
  if (!descriptor_.record || descriptor_.mode == abi::mode_forward)
    return;
  if (descriptor_.mode == abi::mode_reverse) {
    chosen_ = strategy::reverse;
    return;
  }
  if (rows_are_cheaper())
    chosen_ = strategy::reverse;
}

template <class Index> const coloring_result &plan_core<Index>::columns() const {
  std::call_once(columns_once_, [&] {
    columns_ =
        partial_ ? color_columns_partial(pattern_, selection_->shown) : color(pattern_, descriptor_.order, lattice_);
  });
  return columns_;
}

template <class Index> const coloring_result &plan_core<Index>::rows() const {
  std::call_once(rows_once_, [&] { rows_ = color_rows(pattern_, ordering::natural); });
  return rows_;
}

template <class Index> std::string plan_core<Index>::summary() const {
  const std::int32_t colors = chosen() == strategy::local     ? 0 // not named, so not computed
                              : chosen() == strategy::reverse ? rows().num_colors
                                                              : columns().num_colors;
  return rt::summary(static_cast<std::int64_t>(pattern_.rows), static_cast<std::int64_t>(pattern_.cols),
                     static_cast<std::int64_t>(pattern().col_ind.size()), to_string(chosen()), colors);
}

template <class Index> std::string plan_core<Index>::explain(std::int64_t row, std::int64_t col) const {
  if (row < 0 || row >= map_->rows || col < 0 || col >= map_->cols)
    throw std::out_of_range("entry (" + std::to_string(row) + ", " + std::to_string(col) + ") of a matrix of " +
                            std::to_string(map_->rows) + " by " + std::to_string(map_->cols));
  auto element = [&](const std::int32_t *items, std::int64_t number) {
    std::int32_t item = 0;
    while (number >= map_->objects[static_cast<std::size_t>(items[item])].size)
      number -= map_->objects[static_cast<std::size_t>(items[item++])].size;
    const object_layout &layout = map_->objects[static_cast<std::size_t>(items[item])];
    const std::string name = layout.object->name;
    return item_element{item, number, layout.size == 1 ? name : name + "[" + std::to_string(number) + "]"};
  };
  const auto begin =
      pattern_.col_ind.begin() + static_cast<std::ptrdiff_t>(pattern_.row_ptr[static_cast<std::size_t>(row)]);
  const auto end =
      pattern_.col_ind.begin() + static_cast<std::ptrdiff_t>(pattern_.row_ptr[static_cast<std::size_t>(row) + 1]);
  return rt::explain(descriptor_, relation_sizes_, element(descriptor_.outputs, row), element(descriptor_.inputs, col),
                     row, col, std::binary_search(begin, end, static_cast<Index>(col)));
}

template class plan_core<std::int32_t>;
template class plan_core<std::int64_t>;

} // namespace sparsead::rt
