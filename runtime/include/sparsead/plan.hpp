// A planned Jacobian: its structure, and evaluations that take the function's own argument list.
#pragma once
#include "check_report.hpp"
#include "errors.hpp"
#include "rt/array_argument.hpp"
#include "rt/layout.hpp"
#include "rt/packed_arguments.hpp"
#include "rt/plan_core.hpp"
#include "rt/signature.hpp"
#include "rt/spy.hpp"
#include "span.hpp"
#include "strategy.hpp"
#include "workspace.hpp"
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

namespace sparsead {

template <class R, class Parameters, class Index, bool Checked> class jacobian_plan;

/// A structure by rows that the caller has: columns of row i are col_ind[row_ptr[i] .. row_ptr[i+1]), ascending and
/// unique; row_ptr has rows + 1 elements. From anything with data() and size(), or {pointer, size}.
template <class Index = std::int32_t> struct pattern_view {
  span<const Index> row_ptr, col_ind;
};

/// Made by `jacobian<&f>::plan(arguments…)`. Immutable, cheap to copy, and usable from many threads, each with its own
/// workspace (without one, a thread-local workspace is used). Evaluations leave outputs, in-place and work arrays as
/// one call of the function does, return what the function returns, and allocate nothing after the first with a
/// workspace. Where the values take several sweeps, the function's code runs several times. Results and directions: a
/// pointer, or anything with data() and size(), whose length is checked. Throws  std::invalid_argument: null arrays,
/// overlapping outputs, other extents than planned, wrong lengths;
///         nothing is written.
template <class R, class... A, class Index, bool Checked>
class jacobian_plan<R, rt::parameter_list<A...>, Index, Checked> {
public:
  using index_type = Index;

  Index rows() const { return core_->pattern().rows; }
  Index cols() const { return core_->pattern().cols; }
  Index nnz() const { return static_cast<Index>(core_->pattern().col_ind.size()); }
  /// CSR; columns ascending and unique in each row.
  span<const Index> row_ptr() const { return {core_->pattern().row_ptr.data(), core_->pattern().row_ptr.size()}; }
  span<const Index> col_ind() const { return {core_->pattern().col_ind.data(), core_->pattern().col_ind.size()}; }

  sparsead::strategy strategy() const { return core_->chosen(); }
  /// What the strategy costs in calls of the function, and, where it was chosen by cost, what others would; for people.
  std::string strategy_reason() const { return core_->reason(); }
  /// Of the coloring in use: columns for forward, rows for reverse, both together for bidirectional.
  std::int32_t num_colors() const { return core_->num_colors(); }
  /// -1: uncolored. What is not in use is computed on first request. `colors`: those in use; columns for bidirectional.
  span<const std::int32_t> column_colors() const { return view(core_->columns()); }
  span<const std::int32_t> row_colors() const { return view(core_->rows()); }
  span<const std::int32_t> colors() const { return view(in_use()); }

  /// For other plans: plan_with, plan_subset.
  pattern_view<Index> structure() const { return {row_ptr(), col_ind()}; }

  /// The same structure by columns, and as triplets; perm[k] is the CSR position of the k-th value.
  auto csc() const { return rt::csc(core_->pattern()); }
  auto coo() const { return rt::coo<Index>(core_->pattern()); }
  /// Dense blocks of block × block; perm is -1 where a block has a zero that the pattern has not.
  auto bsr(Index block) const { return rt::bsr(core_->pattern(), block); }

  sparsead::workspace workspace() const { return {}; }

  /// J at the arguments, in CSR order.
  R values(rt::array_argument<double> v, A... args) const {
    rt::thread_workspace lease(core_);
    return evaluate(lease.state(), v, args...);
  }
  R values(sparsead::workspace &workspace, rt::array_argument<double> v, A... args) const {
    return evaluate(workspace.state(), v, args...);
  }

  /// w = J du; no matrix is formed.
  R jvp(rt::array_argument<double> w, rt::array_argument<const double> du, A... args) const {
    rt::thread_workspace lease(core_);
    return product(lease.state(), w, du, args...);
  }
  R jvp(sparsead::workspace &workspace, rt::array_argument<double> w, rt::array_argument<const double> du,
        A... args) const {
    return product(workspace.state(), w, du, args...);
  }

  /// ubar = transpose(J) rbar.
  R vjp(rt::array_argument<double> ubar, rt::array_argument<const double> rbar, A... args) const {
    rt::thread_workspace lease(core_);
    return transposed(lease.state(), ubar, rbar, args...);
  }
  R vjp(sparsead::workspace &workspace, rt::array_argument<double> ubar, rt::array_argument<const double> rbar,
        A... args) const {
    return transposed(workspace.state(), ubar, rbar, args...);
  }

  /// Compares the derivative with finite differences; the arguments are left as they were.
  check_report check(A... args) const {
    rt::thread_workspace lease(core_);
    packed pack(args...);
    return core_->check(lease.state(), pack.call);
  }

  /// Why an entry is there, for people: which output element depends on which input element, and through which lines of
  /// source (file:line), from the store to the load. Exact where the compiler has a relation (subscripts are affine in
  /// loops and sizes); else the lines that may make it. Throws  std::out_of_range.
  std::string explain(Index row, Index col) const { return core_->explain(row, col); }

  /// Writes the plan to a file, which `sparsead::jacobian<&f>::load(path)` reads. Whoever reads the file meanwhile, or
  /// after an error, finds the old one or the new one. Throws  plan_file_error.
  void save(const std::string &path) const { core_->save(path); }

  /// A picture in braille, `width` characters wide.
  std::string spy(int width = 60) const {
    return rt::spy(core_->pattern().rows, core_->pattern().cols, core_->pattern().row_ptr, core_->pattern().col_ind,
                   width);
  }
  /// One line: "Jacobian 49×50, nnz=98, sparsity 96.0%, forward, 2 colors".
  std::string summary() const { return core_->summary(); }

  friend std::ostream &operator<<(std::ostream &stream, const jacobian_plan &plan) {
    return stream << plan.summary() << '\n' << plan.spy();
  }

private:
  const rt::coloring_result &in_use() const { return core_->coloring_in_use(); }
  template <auto, class> friend struct jacobian;

  using packed = rt::packed_arguments<R, A...>;

  static jacobian_plan make(const abi::jacobian_descriptor &descriptor, rt::primal_function primal, A &...args) {
    void *addresses[] = {rt::parameter<A>::address(args)..., nullptr};
    return jacobian_plan(rt::plan_core<Index>::make(descriptor, primal, addresses, read_only));
  }
  static jacobian_plan make_with(rt::selection_kind kind, const pattern_view<Index> &structure,
                                 const abi::jacobian_descriptor &descriptor, rt::primal_function primal, A &...args) {
    void *addresses[] = {rt::parameter<A>::address(args)..., nullptr};
    const rt::given_structure<Index> given{kind, structure.row_ptr.data(), structure.row_ptr.size(),
                                           structure.col_ind.data(), structure.col_ind.size()};
    return jacobian_plan(rt::plan_core<Index>::make(descriptor, primal, addresses, read_only, &given));
  }
  static jacobian_plan load(const abi::jacobian_descriptor &descriptor, rt::primal_function primal,
                            const std::string &path) {
    return jacobian_plan(rt::plan_core<Index>::load(descriptor, primal, read_only, path));
  }
  static constexpr int read_only[] = {rt::read_only<A>::depth..., -1};
  explicit jacobian_plan(std::shared_ptr<const rt::plan_core<Index>> core) : core_(std::move(core)) {}

  R evaluate(rt::workspace_state &state, const rt::array_argument<double> &v, A &...args) const {
    packed pack(args...);
    core_->values(state, pack.call, v.data(), v.size(), Checked);
    return pack.result.take();
  }
  R product(rt::workspace_state &state, const rt::array_argument<double> &w, const rt::array_argument<const double> &du,
            A &...args) const {
    packed pack(args...);
    core_->jvp(state, pack.call, w.data(), w.size(), du.data(), du.size());
    return pack.result.take();
  }
  R transposed(rt::workspace_state &state, const rt::array_argument<double> &ubar,
               const rt::array_argument<const double> &rbar, A &...args) const {
    packed pack(args...);
    core_->vjp(state, pack.call, ubar.data(), ubar.size(), rbar.data(), rbar.size());
    return pack.result.take();
  }
  static span<const std::int32_t> view(const rt::coloring_result &coloring) {
    return {coloring.colors.data(), coloring.colors.size()};
  }

  std::shared_ptr<const rt::plan_core<Index>> core_;
};

} // namespace sparsead
