// The plan of a Jacobian behind the typed entry points: structure, coloring, and the evaluations on packed arguments.
#pragma once
#include "../check_report.hpp"
#include "../strategy.hpp"
#include "abi.hpp"
#include "bicoloring.hpp"
#include "coloring.hpp"
#include "coloring_lattice.hpp"
#include "layout.hpp"
#include "packed_call.hpp"
#include "selection.hpp"
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sparsead::rt {

class binding;
class plan_file_reader;
class plan_file_writer;
class object_map;
class workspace_state;
class local_gather;
class local_recorder;
class repeated_call;
struct local_layout;
template <class Index> class forward_schedule;
template <class Index> struct reverse_schedule;

/// A number that nothing else in this process has: of a plan, of what a workspace is laid out for. Not zero.
std::uint64_t next_plan_id();

/// Calls the user's own function.
using primal_function = void (*)(void *const *args, void *result);

/// Colors of columns and rows, and what they cost in calls of the function.
struct considered_strategy {
  strategy way;
  std::int32_t columns, rows;
  double cost;
};

/// Immutable; every member may be called from many threads, each with its own workspace.
template <class Index> class plan_core {
public:
  /// read_only: per argument, through how many pointers its type allows reading only (signature.hpp).
  /// Throws  std::invalid_argument (extents, null tables, mode=local where it is not possible), std::length_error
  /// (counts), std::out_of_range (subscripts).
  /// `given`: may be null; what the plan shows instead of the function's own pattern (selection.hpp). Throws
  /// std::invalid_argument then too.
  static std::shared_ptr<const plan_core> make(const abi::jacobian_descriptor &descriptor, primal_function primal,
                                               void *const *args, const int *read_only,
                                               const given_structure<Index> *given = nullptr);
  /// Of a symmetric matrix, the lower triangle, where the function is local; null otherwise.
  static std::shared_ptr<const plan_core> make_lower(const abi::jacobian_descriptor &descriptor, void *const *args,
                                                     const int *read_only);
  /// The plan that `save` left in a file. Throws  plan_file_error (errors.hpp).
  static std::shared_ptr<const plan_core> load(const abi::jacobian_descriptor &descriptor, primal_function primal,
                                               const int *read_only, const std::string &path);
  /// Throws  plan_file_error; the file is then what it was.
  void save(const std::string &path) const;
  /// For plans of Hessians: of make_lower; what `write` left in the rest of the file. Throws  plan_file_error.
  static std::shared_ptr<const plan_core> load_lower(const abi::jacobian_descriptor &descriptor, const int *read_only,
                                                     plan_file_reader &file);
  void write(plan_file_writer &file) const;
  ~plan_core();

  const csr_pattern<Index> &pattern() const { return selection_ ? selection_->shown : pattern_; }
  strategy chosen() const { return chosen_; }
  /// Colorings; computed on first request.
  const coloring_result &columns() const;
  const coloring_result &rows() const;
  const coloring_result &coloring_in_use() const;
  /// Of the coloring in use, columns and rows together.
  std::int32_t num_colors() const;
  /// What the strategy costs, and what others would, for people.
  std::string reason() const;
  const abi::jacobian_descriptor &descriptor() const { return descriptor_; }
  const object_map &map() const { return *map_; }
  std::string summary() const;
  /// Throws  std::out_of_range where there is no such row or column.
  std::string explain(std::int64_t row, std::int64_t col) const;

  /// The values in the order of pattern(). `size` of v: -1 not known. `checked`: replay the structure first.
  void values(workspace_state &workspace, const packed_call &call, double *v, std::ptrdiff_t size, bool checked) const;
  /// w = J du, one sweep of width 1.
  void jvp(workspace_state &workspace, const packed_call &call, double *w, std::ptrdiff_t w_size, const double *du,
           std::ptrdiff_t du_size) const;
  /// ubar = transpose(J) rbar, through the values.
  void vjp(workspace_state &workspace, const packed_call &call, double *ubar, std::ptrdiff_t ubar_size,
           const double *rbar, std::ptrdiff_t rbar_size) const;
  /// Compares with finite differences of the function itself; the arguments are left as they were.
  check_report check(workspace_state &workspace, const packed_call &call) const;

private:
  plan_core(const abi::jacobian_descriptor &descriptor, primal_function primal, const int *read_only);
  void inspect_at(void *const *args);
  void bind(workspace_state &workspace, const packed_call &call) const;
  void bind_for_values(workspace_state &workspace, const packed_call &call) const;
  void sweep_all(const forward_schedule<Index> &schedule, workspace_state &workspace, const packed_call &call,
                 double *v) const;
  void sweep_all(const forward_schedule<Index> &schedule, workspace_state &workspace, const packed_call &call,
                 repeated_call &runs, double *v) const;
  /// The values of the function's whole pattern, without the checks.
  void all_values(workspace_state &workspace, const packed_call &call, double *v) const;
  void backward_all(workspace_state &workspace, const packed_call &call, double *v) const;
  // plan_strategy.cpp
  void choose();
  void choose_cheapest();
  void make_schedules();
  bool is_partial() const;
  bool rows_are_cheaper() const;
  void use(bicoloring_result coloring) const;
  coloring_result color_all_columns() const;
  // local_values.cpp
  csr_pattern<Index> marked_pattern(const binding &bound, void *result, local_recorder *recorder) const;
  csr_pattern<Index> inspect_all(const binding &bound, void *result, local_layout *layout, std::string &reason) const;
  bool closed_structure(const binding &bound, void *result, csr_pattern<Index> &pattern, local_layout &layout) const;
  void inspect_first(const binding &bound, void *result);
  void local_all(workspace_state &workspace, const packed_call &call, double *v) const;
  // reverse.cpp
  void reverse_all(workspace_state &workspace, const packed_call &call, repeated_call &runs, double *v) const;
  void replay(workspace_state &workspace, const packed_call &call) const;
  // saved_plan.cpp
  void read(plan_file_reader &file);

  const abi::jacobian_descriptor &descriptor_;
  primal_function primal_;
  std::vector<int> read_only_; // per argument
  std::vector<std::int64_t> relation_sizes_;
  std::uint64_t id_;
  strategy chosen_ = strategy::forward;
  std::unique_ptr<const object_map> map_;
  csr_pattern<Index> pattern_;                              // of the function
  std::unique_ptr<const selection<Index>> selection_;       // null: that is shown
  bool lower_ = false;                                      // entries with column <= row only
  bool partial_ = false;                                    // the coloring and schedule_ are those of a subset
  std::unique_ptr<const local_gather> program_;             // null: not local, or an empty matrix
  std::unique_ptr<const forward_schedule<Index>> schedule_; // null: local, or reverse
  std::unique_ptr<const reverse_schedule<Index>> by_rows_;  // null: local, or forward
  lattice_plan lattice_;                                    // no blocks: none is known
  std::vector<considered_strategy> considered_;             // by mode=auto
  mutable std::unique_ptr<const forward_schedule<Index>> whole_schedule_; // partial_: of pattern_, on first request
  mutable std::once_flag columns_once_, rows_once_, whole_once_;
  mutable coloring_result columns_, rows_;
};

extern template class plan_core<std::int32_t>;
extern template class plan_core<std::int64_t>;

/// This thread's workspace for a plan, made on first use; held while a lease lives, so that an evaluation inside an
/// evaluation gets another. Workspaces of plans that are gone are freed when a new one is made.
class thread_workspace {
public:
  explicit thread_workspace(std::shared_ptr<const void> plan);
  ~thread_workspace();
  thread_workspace(const thread_workspace &) = delete;
  thread_workspace &operator=(const thread_workspace &) = delete;
  workspace_state &state() { return *state_; }

private:
  std::shared_ptr<workspace_state> state_;
};

} // namespace sparsead::rt
