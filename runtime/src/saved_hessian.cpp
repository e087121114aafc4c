// Plans of Hessians: on disk, and against finite differences.
#include "sparsead/rt/difference_check.hpp"
#include "sparsead/rt/hessian_core.hpp"
#include "sparsead/rt/hessian_products.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/plan_core.hpp"
#include "sparsead/rt/plan_file_parts.hpp"
#include "sparsead/rt/workspace_state.hpp"
#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace sparsead::rt {
namespace {

constexpr const char *prefix = "Hessian of ";

/// How values are made, in a file.
enum : std::uint64_t { by_terms, by_star, by_substitution };

/// Colors of all vertices with entries, and of no others; a vertex and its neighbours differ.
template <class Index> bool is_proper(const csr_pattern<Index> &lower, const coloring_result &coloring) {
  if (!is_numbering(coloring, static_cast<std::size_t>(lower.rows)))
    return false;
  std::vector<char> entries(coloring.colors.size(), 0);
  for (std::size_t i = 0; i < entries.size(); ++i)
    for (auto k = static_cast<std::size_t>(lower.row_ptr[i]); k < static_cast<std::size_t>(lower.row_ptr[i + 1]); ++k) {
      const auto j = static_cast<std::size_t>(lower.col_ind[k]);
      entries[i] = entries[j] = 1;
      if (i != j && coloring.colors[i] == coloring.colors[j])
        return false;
    }
  for (std::size_t i = 0; i < entries.size(); ++i)
    if ((coloring.colors[i] >= 0) != (entries[i] != 0))
      return false;
  return true;
}

template <class Index> bool is_lower(const csr_pattern<Index> &pattern) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(pattern.rows); ++i)
    if (pattern.row_ptr[i] < pattern.row_ptr[i + 1] &&
        pattern.col_ind[static_cast<std::size_t>(pattern.row_ptr[i + 1]) - 1] > static_cast<Index>(i))
      return false;
  return true;
}

/// Of the function, then again of the shadows.
std::vector<extent> twice(const std::vector<extent> &extents) {
  std::vector<extent> result = extents;
  result.insert(result.end(), extents.begin(), extents.end());
  return result;
}

bool same(const std::vector<extent> &a, const std::vector<extent> &b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const extent &x, const extent &y) { return x.lower == y.lower && x.upper == y.upper; });
}

} // namespace

template <class Index> void hessian_core<Index>::save(const std::string &path) const {
  plan_file_writer file(path, sizeof(Index), plan_kind::hessian);
  write_origin(file, prefix, descriptor_, read_only_);
  file.number(full_);
  file.number(local_ ? by_terms : recovery_.order.empty() ? by_star : by_substitution);
  write_map(file, *map_);
  if (local_) {
    local_->write(file);
  } else {
    file.array(lower().row_ptr);
    file.array(lower().col_ind);
    write_coloring(file, coloring_);
  }
  file.commit();
}

template <class Index>
std::shared_ptr<const hessian_core<Index>> hessian_core<Index>::load(const abi::hessian_descriptor &descriptor,
                                                                     const int *read_only, const std::string &path) {
  plan_file_reader file(path, sizeof(Index), plan_kind::hessian);
  const plan_origin origin = read_origin(file);
  const std::uint64_t full = file.number(), way = file.number();
  const saved_map saved = read_map(file);
  std::shared_ptr<hessian_core> core(new hessian_core(descriptor, read_only, full != 0));
  const abi::jacobian_descriptor *const gradient = descriptor.of_gradient;
  std::vector<int> depth(gradient ? static_cast<std::size_t>(gradient->num_arguments) : 0, 0);
  std::copy_n(core->read_only_.begin(), std::min(depth.size(), core->read_only_.size()), depth.begin());
  csr_pattern<Index> lower;
  if (way == by_terms) {
    require_origin(file, origin, prefix, descriptor, core->read_only_);
    if (!gradient || !gradient->local)
      file.damaged("the function has no derivative for its strategy");
    core->local_ = plan_core<Index>::load_lower(*gradient, depth.data(), file);
    lower = core->local_->pattern();
  } else {
    lower.row_ptr = file.array<Index, index_array<Index>>();
    lower.col_ind = file.array<Index, index_array<Index>>();
    core->coloring_ = read_coloring(file);
    file.finish();
    require_origin(file, origin, prefix, descriptor, core->read_only_);
  }
  if (full > 1 || way > by_substitution)
    file.damaged("its strategy is none");
  std::vector<extent> extents = extents_of(file, saved, descriptor);
  try {
    core->map_ = std::make_unique<const object_map>(descriptor, extents, read_only, std::numeric_limits<Index>::max(),
                                                    &saved.size);
  } catch (const std::logic_error &) { // invalid_argument, length_error
    file.damaged("its extents do not give its size");
  }
  if (core->local_ && !same(core->local_->map().extents(), twice(extents)))
    file.damaged("its extents are not those of its gradient");
  lower.rows = lower.cols = static_cast<Index>(core->map_->cols);
  if (const char *const fault = find_fault(lower, core->map_->cols))
    file.damaged(fault);
  if (!is_lower(lower))
    file.damaged("an entry of its lower triangle is above the diagonal");
  if (core->full_)
    core->pattern_ = both_triangles(lower, core->from_);
  else
    core->pattern_ = lower;
  if (core->local_)
    return core;

  if (!is_proper(lower, core->coloring_) || (way == by_star && !covers_star(lower, core->coloring_)))
    file.damaged("its colors do not fit its structure");
  std::vector<Index> from;
  const csr_pattern<Index> both = both_triangles(lower, from);
  if (way == by_star)
    core->recovery_.read = recover_star(lower, both, core->coloring_);
  else
    core->recovery_ = substitute(lower, both, core->coloring_);
  if (!core->recovery_.complete)
    file.damaged("its colors do not fit its structure");
  if (core->full_)
    core->lower_ = std::move(lower);
  if (core->has_products())
    core->products_ = std::make_unique<hessian_products<Index>>(
        *gradient,
        std::make_unique<const object_map>(*gradient, twice(extents), depth.data(), std::numeric_limits<Index>::max()));
  core->use_recovery();
  return core;
}

template <class Index>
check_report hessian_core<Index>::check(workspace_state &workspace, const packed_call &call) const {
  const auto size = static_cast<std::size_t>(inputs());
  // Signs and sizes that do not cancel.
  std::vector<double> lambda(static_cast<std::size_t>(outputs()), 1.0);
  for (std::size_t i = 0; i < lambda.size() && lambda.size() > 1; ++i)
    lambda[i] = (i % 2 ? -1.0 : 1.0) * (0.5 + 0.37 * static_cast<double>(i % 5));
  std::vector<double> v(pattern_.col_ind.size());
  // The function runs on the caller's arguments, which are put back.
  map_->require_same_extents(call.args);
  workspace.prepare(*map_, id_);
  workspace.bound.bind(*map_, call.args, call.result, binding::purpose::call);
  aligned_buffer saved;
  workspace.bound.save(*map_, saved, true);
  values(workspace, call, v.data(), -1, lambda.data(), -1, true);
  if (call.destroy_result)
    call.destroy_result(call.result);
  workspace.bound.bind(*map_, call.args, call.result, binding::purpose::call);
  workspace.bound.restore(*map_, saved, true);

  std::vector<Index> from;
  const csr_pattern<Index> both = full_ ? pattern_ : both_triangles(pattern_, from);
  std::vector<double> all(both.col_ind.size());
  for (std::size_t k = 0; k < all.size(); ++k)
    all[k] = full_ ? v[k] : v[static_cast<std::size_t>(from[k])];
  difference_quotients quotients(*map_, call, workspace.bound, size, [&](std::vector<double> &slopes) {
    record(workspace, call, lambda.data());
    std::copy_n(workspace.recorded_second.gradient(), size, slopes.begin());
    if (call.destroy_result)
      call.destroy_result(call.result);
  });
  const coloring_result colors = color_columns(both, ordering::natural);
  const std::string name = prefix + std::string(descriptor_.function);
  return compare_with_differences<Index>(quotients, {name.c_str(), both, all.data(), colors});
}

#define SPARSEAD_RT_INSTANTIATE(INDEX)                                                                                 \
  template void hessian_core<INDEX>::save(const std::string &) const;                                                  \
  template std::shared_ptr<const hessian_core<INDEX>> hessian_core<INDEX>::load(const abi::hessian_descriptor &,       \
                                                                                const int *, const std::string &);     \
  template check_report hessian_core<INDEX>::check(workspace_state &, const packed_call &) const;
SPARSEAD_RT_INSTANTIATE(std::int32_t)
SPARSEAD_RT_INSTANTIATE(std::int64_t)
#undef SPARSEAD_RT_INSTANTIATE

} // namespace sparsead::rt
