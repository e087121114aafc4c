// The evaluations of a plan: values, products, replay.
#include "sparsead/errors.hpp"
#include "sparsead/rt/array_checks.hpp"
#include "sparsead/rt/forward_schedule.hpp"
#include "sparsead/rt/local_gather.hpp"
#include "sparsead/rt/local_record.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/plan_core.hpp"
#include "sparsead/rt/repeated_call.hpp"
#include "sparsead/rt/reverse_sweep.hpp"
#include "sparsead/rt/workspace_state.hpp"
#include <algorithm>
#include <stdexcept>

namespace sparsead::rt {
namespace {

/// One call of one kernel.
void run_kernel(const object_map &map, workspace_state &workspace, const packed_call &call, std::int32_t kernel,
                shadow_tree &tree) {
  tree.connect(map, workspace.bound);
  workspace.pool.recycle();
  map.descriptor.kernels[kernel].function(workspace.bound.args(), tree.roots(), call.result, tree.result(),
                                          &workspace.pool);
}

} // namespace

template <class Index> void plan_core<Index>::bind(workspace_state &workspace, const packed_call &call) const {
  map_->require_same_extents(call.args);
  workspace.prepare(*map_, id_);
  workspace.bound.bind(*map_, call.args, call.result, binding::purpose::call);
  workspace.bound.require_disjoint(*map_);
}

/// For `values`: outputs that nobody wants need no memory where the kernel can do without them.
template <class Index>
void plan_core<Index>::bind_for_values(workspace_state &workspace, const packed_call &call) const {
  if (program_ && descriptor_.local->values_only) {
    map_->require_same_extents(call.args);
    workspace.prepare(*map_, id_);
    workspace.bound.bind(*map_, call.args, call.result, binding::purpose::values);
    if (workspace.bound.outputs_unwanted(*map_))
      return workspace.bound.require_disjoint(*map_);
  }
  bind(workspace, call);
}

template <class Index>
void plan_core<Index>::sweep_all(const forward_schedule<Index> &schedule, workspace_state &workspace,
                                 const packed_call &call, double *v) const {
  for (const sweep &s : schedule.sweeps())
    workspace.tree(*map_, s.kernel); // what may throw comes before anything is written
  repeated_call runs(*map_, workspace, call, schedule.sweeps().size() > 1);
  sweep_all(schedule, workspace, call, runs, v);
}

template <class Index>
void plan_core<Index>::sweep_all(const forward_schedule<Index> &schedule, workspace_state &workspace,
                                 const packed_call &call, repeated_call &runs, double *v) const {
  const std::vector<sweep> &sweeps = schedule.sweeps();
  for (std::size_t s = 0; s < sweeps.size(); ++s) {
    runs.next();
    shadow_tree &tree = workspace.tree(*map_, sweeps[s].kernel);
    schedule.seed(*map_, tree, static_cast<std::int32_t>(s));
    run_kernel(*map_, workspace, call, sweeps[s].kernel, tree);
    schedule.decompress(tree, static_cast<std::int32_t>(s), v);
  }
}

/// Reverse sweeps, and those for columns beside them.
template <class Index>
void plan_core<Index>::backward_all(workspace_state &workspace, const packed_call &call, double *v) const {
  const bool columns_too = schedule_ && columns().num_colors > 0;
  for (std::size_t s = 0; columns_too && s < schedule_->sweeps().size(); ++s)
    workspace.tree(*map_, schedule_->sweeps()[s].kernel);
  workspace.adjoint_tree(*map_);
  repeated_call runs(*map_, workspace, call, true);
  if (columns_too)
    sweep_all(*schedule_, workspace, call, runs, v);
  reverse_all(workspace, call, runs, v);
}

template <class Index>
void plan_core<Index>::all_values(workspace_state &workspace, const packed_call &call, double *v) const {
  if (by_rows_ && !pattern_.col_ind.empty())
    return backward_all(workspace, call, v);
  if (program_)
    local_all(workspace, call, v);
  else if (partial_) {
    std::call_once(whole_once_, [&] {
      const coloring_result colors = color_columns(pattern_, ordering::natural);
      whole_schedule_ = std::make_unique<const forward_schedule<Index>>(*map_, pattern_, colors);
    });
    sweep_all(*whole_schedule_, workspace, call, v);
  } else if (schedule_)
    sweep_all(*schedule_, workspace, call, v);
  else // an empty matrix
    run_kernel(*map_, workspace, call, 0, workspace.tree(*map_, 0));
}

/// The pattern is what was planned; and so are the positions of a local plan, which hang on more than the pattern (the
/// order of edges).
template <class Index> void plan_core<Index>::replay(workspace_state &workspace, const packed_call &call) const {
  aligned_buffer result(static_cast<std::size_t>(std::max<std::int64_t>(descriptor_.result_size, 0)) + 64);
  workspace.bound.bind(*map_, call.args, result.data(), binding::purpose::plan);
  local_layout layout;
  std::string reason;
  const csr_pattern<Index> now = inspect_all(workspace.bound, result.data(), program_ ? &layout : nullptr, reason);
  if (now.row_ptr != pattern_.row_ptr || now.col_ind != pattern_.col_ind ||
      (program_ && (!reason.empty() || !(layout.gather == *program_))))
    throw structure_changed("Jacobian of '" + std::string(descriptor_.function) +
                            "': the structure is not what was planned; inactive data that it depends on has changed");
}

template <class Index>
void plan_core<Index>::values(workspace_state &workspace, const packed_call &call, double *v, std::ptrdiff_t size,
                              bool checked) const {
  const auto count = static_cast<std::int64_t>(pattern().col_ind.size());
  require_array("values", v, size, count);
  bind_for_values(workspace, call);
  if (checked) {
    replay(workspace, call);
    bind_for_values(workspace, call);
  }
  workspace.bound.require_apart(*map_, "array of values", v, count);
  if (partial_)
    return sweep_all(*schedule_, workspace, call, v);
  double *whole = v;
  if (selection_) {
    workspace.buffer.resize(pattern_.col_ind.size());
    whole = workspace.buffer.data();
  }
  all_values(workspace, call, whole);
  if (selection_)
    selection_->pick(whole, v);
}

template <class Index>
void plan_core<Index>::jvp(workspace_state &workspace, const packed_call &call, double *w, std::ptrdiff_t w_size,
                           const double *du, std::ptrdiff_t du_size) const {
  require_array("result", w, w_size, map_->rows);
  require_array("direction", du, du_size, map_->cols);
  bind(workspace, call);
  workspace.bound.require_apart(*map_, "result", w, map_->rows);
  shadow_tree &tree = workspace.tree(*map_, 0);
  forward_schedule<Index>::seed_direction(*map_, tree, du);
  run_kernel(*map_, workspace, call, 0, tree);
  forward_schedule<Index>::gather(*map_, tree, w);
}

template <class Index>
void plan_core<Index>::vjp(workspace_state &workspace, const packed_call &call, double *ubar, std::ptrdiff_t ubar_size,
                           const double *rbar, std::ptrdiff_t rbar_size) const {
  require_array("result", ubar, ubar_size, map_->cols);
  require_array("direction", rbar, rbar_size, map_->rows);
  bind(workspace, call);
  workspace.bound.require_apart(*map_, "result", ubar, map_->cols);
  if (ubar < rbar + map_->rows && rbar < ubar + map_->cols) { // the direction is read after the result is begun
    workspace.direction.assign(rbar, rbar + map_->rows);
    rbar = workspace.direction.data();
  }
  if (descriptor_.adjoint || chosen_ == strategy::reverse || chosen_ == strategy::bidirectional)
    return transposed_product(*map_, workspace, call, ubar, rbar, "ask for mode=forward");
  workspace.buffer.resize(pattern_.col_ind.size());
  all_values(workspace, call, workspace.buffer.data());
  std::fill_n(ubar, map_->cols, 0.0);
  const double *const v = workspace.buffer.data();
  for (std::size_t i = 0; i < static_cast<std::size_t>(pattern_.rows); ++i) {
    const double weight = rbar[i];
    for (std::size_t k = static_cast<std::size_t>(pattern_.row_ptr[i]);
         k < static_cast<std::size_t>(pattern_.row_ptr[i + 1]); ++k)
      ubar[static_cast<std::size_t>(pattern_.col_ind[k])] += v[k] * weight;
  }
}

#define SPARSEAD_RT_INSTANTIATE(INDEX)                                                                                 \
  template void plan_core<INDEX>::bind(workspace_state &, const packed_call &) const;                                  \
  template void plan_core<INDEX>::bind_for_values(workspace_state &, const packed_call &) const;                       \
  template void plan_core<INDEX>::sweep_all(const forward_schedule<INDEX> &, workspace_state &, const packed_call &,   \
                                            double *) const;                                                           \
  template void plan_core<INDEX>::sweep_all(const forward_schedule<INDEX> &, workspace_state &, const packed_call &,   \
                                            repeated_call &, double *) const;                                          \
  template void plan_core<INDEX>::backward_all(workspace_state &, const packed_call &, double *) const;                \
  template void plan_core<INDEX>::all_values(workspace_state &, const packed_call &, double *) const;                  \
  template void plan_core<INDEX>::replay(workspace_state &, const packed_call &) const;                                \
  template void plan_core<INDEX>::values(workspace_state &, const packed_call &, double *, std::ptrdiff_t, bool)       \
      const;                                                                                                           \
  template void plan_core<INDEX>::jvp(workspace_state &, const packed_call &, double *, std::ptrdiff_t,                \
                                      const double *, std::ptrdiff_t) const;                                           \
  template void plan_core<INDEX>::vjp(workspace_state &, const packed_call &, double *, std::ptrdiff_t,                \
                                      const double *, std::ptrdiff_t) const;
SPARSEAD_RT_INSTANTIATE(std::int32_t)
SPARSEAD_RT_INSTANTIATE(std::int64_t)
#undef SPARSEAD_RT_INSTANTIATE

} // namespace sparsead::rt
