// The strategy `local`: is it possible and worth it, and one evaluation.
#include "sparsead/errors.hpp"
#include "sparsead/rt/local_gather.hpp"
#include "sparsead/rt/local_record.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/plan_core.hpp"
#include "sparsead/rt/run_record.hpp"
#include "sparsead/rt/structure.hpp"
#include "sparsead/rt/workspace_state.hpp"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace sparsead::rt {
namespace {

/// A slot costs a multiplication and an addition to memory, and its word is read; a nonzero in forward mode a tangent
/// per operation and two reads. Where sites are executed so often that each nonzero gets more than this many slots, a
/// few sweeps are cheaper.
constexpr std::int64_t slots_per_entry = 8;

bool is_set(const char *variable, const char *wanted) {
  const char *const value = std::getenv(variable);
  return value && std::strcmp(value, wanted) == 0;
}

} // namespace

/// The pattern that the marks tell.
template <class Index>
csr_pattern<Index> plan_core<Index>::marked_pattern(const binding &bound, void *result,
                                                    local_recorder *recorder) const {
  csr_pattern<Index> whole = inspect<Index>(*map_, bound, result, recorder);
  return lower_ ? lower_triangle(whole) : whole;
}

template <class Index>
csr_pattern<Index> plan_core<Index>::inspect_all(const binding &bound, void *result, local_layout *layout,
                                                 std::string &reason) const {
  if (!layout)
    return marked_pattern(bound, result, nullptr);
  csr_pattern<Index> pattern;
  if (closed_structure(bound, result, pattern, *layout)) {
    reason.clear();
    return pattern;
  }
  local_recorder recorder(*descriptor_.local, map_->rows, map_->cols, lower_);
  pattern = marked_pattern(bound, result, &recorder);
  local_program program;
  if (recorder.convert(pattern, program)) {
    layout->work = static_cast<std::int64_t>(program.stream.size() + program.aliases.size()) + program.fast_slots;
    layout->gather = local_gather(program);
  }
  reason = recorder.reason();
  return pattern;
}

/// Pattern and layout without marks; false: only marks know. What goes wrong goes wrong again, and is reported, there.
/// For tests, SPARSEAD_RUNS=0 in the environment leaves it to the marks, SPARSEAD_RUNS=1 makes that an error.
template <class Index>
bool plan_core<Index>::closed_structure(const binding &bound, void *result, csr_pattern<Index> &pattern,
                                        local_layout &layout) const {
  if (map_->rows == 0 || map_->cols == 0 || is_set("SPARSEAD_RUNS", "0"))
    return false;
  auto only_marks = [](const std::string &reason) {
    if (is_set("SPARSEAD_RUNS", "1"))
      throw std::logic_error("sparsead: the structure is left to the marks: " + reason);
    return false;
  };
  if (!descriptor_.local->structure)
    return only_marks("the compiler has made no other program");
  run_recorder recorder(*descriptor_.local, map_->rows, map_->cols, lower_);
  bool made = false;
  try {
    made = record_runs(*map_, bound, result, recorder) && recorder.build(pattern, layout);
  } catch (const std::exception &e) {
    recorder.refuse(e.what());
  }
  if (!made) {
    layout = {};
    return only_marks(recorder.reason());
  }
  if (is_set("SPARSEAD_VERIFY", "1")) {
    const csr_pattern<Index> marked = marked_pattern(bound, result, nullptr);
    if (marked.row_ptr != pattern.row_ptr || marked.col_ind != pattern.col_ind)
      throw std::logic_error("sparsead: the structure in closed form is not that of the marks");
  }
  return true;
}

/// The structure; and the local program, where the plan is to be local.
template <class Index> void plan_core<Index>::inspect_first(const binding &bound, void *result) {
  const bool required = descriptor_.mode == abi::mode_local;
  const bool wanted = descriptor_.local && (required || descriptor_.mode == abi::mode_auto);
  local_layout layout;
  std::string reason;
  pattern_ = inspect_all(bound, result, wanted ? &layout : nullptr, reason);
  if (required && !wanted)
    reason = "the compiler has made no such derivative";
  if (wanted && reason.empty()) {
    const std::int64_t nnz = static_cast<std::int64_t>(pattern_.col_ind.size());
    if (required || layout.work <= slots_per_entry * nnz + 64) {
      chosen_ = strategy::local;
      if (map_->rows > 0 && map_->cols > 0) // else the function was not looked at, and there is nothing to add up
        program_ = std::make_unique<const local_gather>(std::move(layout.gather));
      return;
    }
  }
  if (required)
    throw std::invalid_argument("Jacobian of '" + std::string(descriptor_.function) +
                                "': mode=local is not possible: " + reason + "; mode=auto chooses another strategy");
}

template <class Index>
void plan_core<Index>::local_all(workspace_state &workspace, const packed_call &call, double *v) const {
  const abi::local_descriptor &d = *descriptor_.local;
  void *const *shadows = workspace.no_shadows(*map_);
  void *result_shadow = nullptr;
  if (d.shadows != 0) {
    shadow_tree &tree = workspace.local_tree(*map_);
    tree.connect(*map_, workspace.bound);
    shadows = tree.roots();
    result_shadow = tree.result();
  }
  workspace.pool.recycle();
  if (workspace.partials.size() < static_cast<std::size_t>(program_->buffer_size()))
    workspace.partials.resize(static_cast<std::size_t>(program_->buffer_size()));
  // Bound for `call`, they have memory, and may be read.
  auto *const kernel = d.values_only && workspace.bound.left_out() ? d.values_only : d.function;
  try {
    kernel(workspace.bound.args(), shadows, call.result, result_shadow, &workspace.pool, v, program_->stream(),
           workspace.partials.data(), program_->words(), program_->partials());
  } catch (const structure_changed &error) {
    throw structure_changed((lower_ ? "Hessian of '" : "Jacobian of '") + std::string(descriptor_.function) +
                            "': " + error.what());
  }
  program_->run(workspace.partials.data(), v);
}

#define SPARSEAD_RT_INSTANTIATE(INDEX)                                                                                 \
  template csr_pattern<INDEX> plan_core<INDEX>::marked_pattern(const binding &, void *, local_recorder *) const;       \
  template csr_pattern<INDEX> plan_core<INDEX>::inspect_all(const binding &, void *, local_layout *, std::string &)    \
      const;                                                                                                           \
  template bool plan_core<INDEX>::closed_structure(const binding &, void *, csr_pattern<INDEX> &, local_layout &)      \
      const;                                                                                                           \
  template void plan_core<INDEX>::inspect_first(const binding &, void *);                                              \
  template void plan_core<INDEX>::local_all(workspace_state &, const packed_call &, double *) const;
SPARSEAD_RT_INSTANTIATE(std::int32_t)
SPARSEAD_RT_INSTANTIATE(std::int64_t)
#undef SPARSEAD_RT_INSTANTIATE

} // namespace sparsead::rt
