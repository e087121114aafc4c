// Which way a plan takes to its values: colorings, their costs, and the schedules that follow from them.
#include "sparsead/rt/bicoloring.hpp"
#include "sparsead/rt/forward_schedule.hpp"
#include "sparsead/rt/local_gather.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/plan_core.hpp"
#include "sparsead/rt/reverse_schedule.hpp"
#include <algorithm>
#include <cstdio>

namespace sparsead::rt {
namespace {

/// Another way must promise this much of the time of forward mode: costs are estimates.
constexpr double margin = 0.75;

bool few(std::int32_t rows, std::int32_t columns) { return rows <= columns / 4; }

/// In calls of the function.
double cost_by_columns(const abi::jacobian_descriptor &d, std::int32_t colors) {
  double cost = 0;
  for (const sweep &s : choose_sweeps(d, colors))
    cost += 1.0 + 0.25 * d.kernels[s.kernel].width;
  return colors > 0 ? cost : 0;
}

double cost_of(const abi::jacobian_descriptor &d, std::int32_t columns, std::int32_t rows) {
  return cost_by_columns(d, columns) + (rows > 0 ? reverse_cost::of(d, rows) : 0);
}

/// What a color of a row costs, in colors of columns, where there are many.
double row_weight(const abi::jacobian_descriptor &d) {
  const std::int32_t widest = d.kernels[d.num_kernels - 1].width;
  return reverse_cost::of(d, 4) / 4 / ((1.0 + 0.25 * widest) / widest);
}

ordering order_of(std::int32_t order) {
  switch (order) {
  case abi::order_largest_first:
    return ordering::largest_first;
  case abi::order_smallest_last:
    return ordering::smallest_last;
  case abi::order_incidence_degree:
    return ordering::incidence_degree;
  case abi::order_best:
    return ordering::best;
  default:
    return ordering::natural;
  }
}

template <class Index> Index longest_row(const csr_pattern<Index> &pattern) {
  Index longest = 0;
  for (std::size_t i = 0; i + 1 < pattern.row_ptr.size(); ++i)
    longest = std::max(longest, pattern.row_ptr[i + 1] - pattern.row_ptr[i]);
  return longest;
}

template <class Index> Index longest_column(const csr_pattern<Index> &pattern) {
  std::vector<Index> count(static_cast<std::size_t>(pattern.cols), 0);
  Index longest = 0;
  for (const Index j : pattern.col_ind)
    longest = std::max(longest, ++count[static_cast<std::size_t>(j)]);
  return longest;
}

/// The orders that cost about as much as one pass; a longest row with as many entries as there are colors ends the
/// search.
template <class Index> coloring_result color_default(const csr_pattern<Index> &pattern, const lattice_plan &lattice) {
  const Index longest = longest_row(pattern);
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

} // namespace

/// A subset of the function's entries has a coloring and a schedule of its own, with fewer colors.
template <class Index> bool plan_core<Index>::is_partial() const {
  return selection_ && selection_->kind == selection_kind::subset &&
         std::find(selection_->from.begin(), selection_->from.end(), Index(-1)) == selection_->from.end();
}

template <class Index> coloring_result plan_core<Index>::color_all_columns() const {
  if (partial_) {
    std::vector<char> wanted(pattern_.col_ind.size(), 0);
    for (const Index k : selection_->from)
      wanted[static_cast<std::size_t>(k)] = 1;
    return color_wanted(pattern_, wanted, order_of(descriptor_.order));
  }
  if (descriptor_.order == abi::order_default)
    return color_default(pattern_, lattice_);
  return color_columns(pattern_, order_of(descriptor_.order));
}

/// The colorings are these from now on.
template <class Index> void plan_core<Index>::use(bicoloring_result coloring) const {
  if (chosen_ != strategy::reverse)
    std::call_once(columns_once_, [&] { columns_ = std::move(coloring.columns); });
  if (chosen_ != strategy::forward)
    std::call_once(rows_once_, [&] { rows_ = std::move(coloring.rows); });
}

/// As the specification asks; by cost where it leaves it open.
template <class Index> void plan_core<Index>::choose() {
  const bool backwards = descriptor_.record || descriptor_.adjoint;
  if (backwards && descriptor_.mode == abi::mode_reverse) {
    chosen_ = strategy::reverse;
    use({{}, color_rows(pattern_, ordering::natural)});
  } else if (backwards && descriptor_.mode == abi::mode_bidirectional) {
    chosen_ = strategy::bidirectional;
    use(color_both(pattern_, order_of(descriptor_.order), /*row_weight=*/1.0));
  } else if (backwards && descriptor_.mode != abi::mode_forward) {
    choose_cheapest();
  } else {
    partial_ = is_partial();
    use({color_all_columns(), {}});
  }
}

template <class Index> void plan_core<Index>::choose_cheapest() {
  partial_ = is_partial();
  bicoloring_result best{color_all_columns(), {}};
  double cost = cost_by_columns(descriptor_, best.columns.num_colors);
  considered_.push_back({strategy::forward, best.columns.num_colors, 0, cost});
  cost *= margin;
  auto offer = [&](strategy other, bicoloring_result coloring) {
    const double its = cost_of(descriptor_, coloring.columns.num_colors, coloring.rows.num_colors);
    considered_.push_back({other, coloring.columns.num_colors, coloring.rows.num_colors, its});
    if (its >= cost)
      return;
    cost = its;
    chosen_ = other;
    best = std::move(coloring);
  };
  // A column with c entries needs c colors of rows. A quarter of the colors is taken where it costs no more.
  const std::int32_t all = best.columns.num_colors;
  const auto most = static_cast<std::int32_t>(longest_column(pattern_));
  if (most > 0 && few(most, all))
    cost = considered_[0].cost * (1 + 1e-9);
  if (most > 0 && cost_of(descriptor_, 0, most) < cost)
    offer(strategy::reverse, {{}, color_rows(pattern_, ordering::natural)});
  if (chosen_ == strategy::forward)
    cost = margin * considered_[0].cost;
  if (!pattern_.col_ind.empty() && cost_of(descriptor_, 1, 1) < cost) {
    bicoloring_result both = color_both(pattern_, ordering::natural, row_weight(descriptor_));
    if (both.rows.num_colors > 0 && both.columns.num_colors > 0)
      offer(strategy::bidirectional, std::move(both));
  }
  if (chosen_ != strategy::forward)
    partial_ = false;
  use(std::move(best));
}

template <class Index> void plan_core<Index>::make_schedules() {
  if (chosen_ == strategy::forward)
    schedule_ =
        std::make_unique<const forward_schedule<Index>>(*map_, partial_ ? selection_->shown : pattern_, columns());
  if (chosen_ == strategy::reverse)
    by_rows_ = std::make_unique<const reverse_schedule<Index>>(rows(), std::vector<char>());
  if (chosen_ != strategy::bidirectional)
    return;
  std::optional<std::vector<char>> from_rows = read_from_rows(pattern_, {columns_, rows_});
  // What is read from columns, by itself.
  csr_pattern<Index> part;
  part.rows = pattern_.rows;
  part.cols = pattern_.cols;
  part.row_ptr.assign(1, 0);
  std::vector<Index> where;
  for (std::size_t i = 0; i + 1 < pattern_.row_ptr.size(); ++i) {
    for (auto k = static_cast<std::size_t>(pattern_.row_ptr[i]); k < static_cast<std::size_t>(pattern_.row_ptr[i + 1]);
         ++k)
      if (!(*from_rows)[k])
        where.push_back(static_cast<Index>(k));
    part.row_ptr.push_back(static_cast<Index>(where.size()));
  }
  part.col_ind.resize(where.size());
  for (std::size_t k = 0; k < where.size(); ++k)
    part.col_ind[k] = pattern_.col_ind[static_cast<std::size_t>(where[k])];
  schedule_ = std::make_unique<const forward_schedule<Index>>(*map_, part, columns_, std::move(where));
  by_rows_ = std::make_unique<const reverse_schedule<Index>>(rows_, std::move(*from_rows));
}

/// The coloring that the strategy uses; for `local`, which uses none, one that `auto` would have taken.
template <class Index> const coloring_result &plan_core<Index>::coloring_in_use() const {
  const bool by_rows = chosen_ == strategy::reverse || (chosen_ == strategy::local && rows_are_cheaper());
  return by_rows ? rows() : columns();
}

template <class Index> std::int32_t plan_core<Index>::num_colors() const {
  return coloring_in_use().num_colors + (chosen_ == strategy::bidirectional ? rows().num_colors : 0);
}

template <class Index> bool plan_core<Index>::rows_are_cheaper() const {
  const auto most = static_cast<std::int32_t>(longest_column(pattern_));
  return most > 0 && few(most, columns().num_colors) && few(rows().num_colors, columns().num_colors);
}

template <class Index> const coloring_result &plan_core<Index>::columns() const {
  std::call_once(columns_once_, [&] { columns_ = color_all_columns(); });
  return columns_;
}

template <class Index> const coloring_result &plan_core<Index>::rows() const {
  std::call_once(rows_once_, [&] { rows_ = color_rows(pattern_, ordering::natural); });
  return rows_;
}

template <class Index> std::string plan_core<Index>::reason() const {
  if (chosen_ == strategy::local)
    return "local: the partials of each term go to their places; no colors";
  auto text = [](const considered_strategy &c) {
    char calls[32];
    std::snprintf(calls, sizeof calls, "%.3g", c.cost);
    return std::string(to_string(c.way)) + ", " + std::to_string(c.columns) + " + " + std::to_string(c.rows) +
           " colors of columns and rows, costs about " + calls + " calls of the function";
  };
  const std::int32_t columns = chosen_ == strategy::reverse ? 0 : columns_.num_colors,
                     rows = chosen_ == strategy::forward ? 0 : rows_.num_colors;
  std::string result = text({chosen_, columns, rows, cost_of(descriptor_, columns, rows)});
  for (const considered_strategy &c : considered_)
    if (c.way != chosen_)
      result += "; " + text(c);
  return result;
}

#define SPARSEAD_RT_INSTANTIATE(INDEX)                                                                                 \
  template void plan_core<INDEX>::choose();                                                                            \
  template void plan_core<INDEX>::choose_cheapest();                                                                   \
  template void plan_core<INDEX>::make_schedules();                                                                    \
  template bool plan_core<INDEX>::is_partial() const;                                                                  \
  template bool plan_core<INDEX>::rows_are_cheaper() const;                                                            \
  template void plan_core<INDEX>::use(bicoloring_result) const;                                                        \
  template coloring_result plan_core<INDEX>::color_all_columns() const;                                                \
  template const coloring_result &plan_core<INDEX>::coloring_in_use() const;                                           \
  template std::int32_t plan_core<INDEX>::num_colors() const;                                                          \
  template const coloring_result &plan_core<INDEX>::columns() const;                                                   \
  template const coloring_result &plan_core<INDEX>::rows() const;                                                      \
  template std::string plan_core<INDEX>::reason() const;
SPARSEAD_RT_INSTANTIATE(std::int32_t)
SPARSEAD_RT_INSTANTIATE(std::int64_t)
#undef SPARSEAD_RT_INSTANTIATE

} // namespace sparsead::rt
