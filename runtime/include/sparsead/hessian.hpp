// The handles of sparse Hessians: of a function's weighted outputs, and of a Lagrangian.
#pragma once
#include "macros.hpp"
#include "plan.hpp"
#include "rt/abi.hpp"
#include "rt/array_argument.hpp"
#include "rt/hessian_core.hpp"
#include "rt/packed_arguments.hpp"
#include "rt/plan_core.hpp"
#include "rt/signature.hpp"
#include "span.hpp"
#include "workspace.hpp"
#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <tuple>
#include <utility>

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-internal"
#pragma clang diagnostic ignored "-Wundefined-var-template"
#endif

namespace sparsead {

/// Which entries of a symmetric matrix a plan has.
enum class triangle { lower, full };

namespace rt {

/// What plans of Hessians say of their structure. Derived has core().
template <class Derived, class Index> class symmetric_plan {
public:
  using index_type = Index;

  Index rows() const { return pattern().rows; }
  Index cols() const { return pattern().cols; }
  Index nnz() const { return static_cast<Index>(pattern().col_ind.size()); }
  /// CSR; columns ascending and unique in each row. Of the lower triangle, column <= row, unless the plan is full.
  span<const Index> row_ptr() const { return {pattern().row_ptr.data(), pattern().row_ptr.size()}; }
  span<const Index> col_ind() const { return {pattern().col_ind.data(), pattern().col_ind.size()}; }
  pattern_view<Index> structure() const { return {row_ptr(), col_ind()}; }

  /// The same structure by columns, as triplets and in dense blocks; perm[k] is the CSR position of the k-th value (-1
  /// in a block: zero).
  auto csc() const { return rt::csc(pattern()); }
  auto coo() const { return rt::coo<Index>(pattern()); }
  auto bsr(Index block) const { return rt::bsr(pattern(), block); }

  sparsead::workspace workspace() const { return {}; }

  /// A picture in braille, `width` characters wide.
  std::string spy(int width = 60) const {
    return rt::spy(pattern().rows, pattern().cols, pattern().row_ptr, pattern().col_ind, width);
  }
  /// One line: "Hessian 50×50, nnz=99, sparsity 96.0%, lower triangle, forward, 3 colors".
  std::string summary() const { return static_cast<const Derived &>(*this).core().summary(); }
  friend std::ostream &operator<<(std::ostream &stream, const Derived &plan) {
    return stream << plan.summary() << '\n' << plan.spy();
  }

private:
  const csr_pattern<Index> &pattern() const { return static_cast<const Derived &>(*this).core().pattern(); }
};

} // namespace rt

template <class R, class Parameters, class Index> class hessian_plan;

/// Made by `hessian<&f>::plan(arguments…)`. Immutable, cheap to copy, and usable from many threads, each with its own
/// workspace (without one, a thread-local workspace is used). H is the matrix of second derivatives of the function's
/// output, or, with weights lambda[rows of the specification], of sum lambda_i output_i. Evaluations leave outputs,
/// in-place and work arrays as one call of the function does and return what it returns; the function runs once.
/// Arrays: a pointer, or anything with data() and size(), whose length is checked. Throws  std::invalid_argument: null
/// arrays, overlapping outputs, other extents than planned, wrong lengths, several outputs without weights; nothing is
/// written.
template <class R, class... A, class Index>
class hessian_plan<R, rt::parameter_list<A...>, Index>
    : public rt::symmetric_plan<hessian_plan<R, rt::parameter_list<A...>, Index>, Index> {
  using doubles = rt::array_argument<double>;
  using constants = rt::array_argument<const double>;

public:
  /// local: second derivatives of the terms of the sum, each added to its entry; forward: products with the sum of the
  /// columns of each color, forward over reverse.
  sparsead::strategy strategy() const { return core_->chosen(); }
  /// Of a star coloring, or of an acyclic one where that saves runs; with strategy() == local computed on first request
  /// and not used. -1: uncolored.
  std::int32_t num_colors() const { return core_->coloring().num_colors; }
  span<const std::int32_t> colors() const { return {core_->coloring().colors.data(), core_->coloring().colors.size()}; }

  /// H at the arguments, in CSR order.
  R values(doubles v, A... args) const { return values_at(lease().state(), v, nullptr, args...); }
  R values(doubles v, constants lambda, A... args) const { return values_at(lease().state(), v, &lambda, args...); }
  R values(sparsead::workspace &ws, doubles v, A... args) const { return values_at(ws.state(), v, nullptr, args...); }
  R values(sparsead::workspace &ws, doubles v, constants lambda, A... args) const {
    return values_at(ws.state(), v, &lambda, args...);
  }

  /// w = H direction; no matrix is formed.
  R hvp(doubles w, constants direction, A... args) const {
    return product(lease().state(), w, direction, nullptr, args...);
  }
  R hvp(doubles w, constants direction, constants lambda, A... args) const {
    return product(lease().state(), w, direction, &lambda, args...);
  }
  R hvp(sparsead::workspace &ws, doubles w, constants direction, A... args) const {
    return product(ws.state(), w, direction, nullptr, args...);
  }
  R hvp(sparsead::workspace &ws, doubles w, constants direction, constants lambda, A... args) const {
    return product(ws.state(), w, direction, &lambda, args...);
  }

  /// Compares H with finite differences of the gradient (which a record of the function gives); of a weighted sum,
  /// where there are several outputs. The arguments are left as they were.
  check_report check(A... args) const {
    rt::thread_workspace held(core_);
    rt::packed_arguments<R, A...> pack(args...);
    return core_->check(held.state(), pack.call);
  }

  /// Writes the plan to a file, which `sparsead::hessian<&f>::load(path)` reads. Whoever reads the file meanwhile, or
  /// after an error, finds the old one or the new one. Throws  plan_file_error.
  void save(const std::string &path) const { core_->save(path); }

  const rt::hessian_core<Index> &core() const { return *core_; }
  const std::shared_ptr<const rt::hessian_core<Index>> &shared_core() const { return core_; }

  /// Used by the handles.
  static hessian_plan load(const abi::hessian_descriptor &descriptor, const std::string &path) {
    return hessian_plan(rt::hessian_core<Index>::load(descriptor, read_only, path));
  }
  static hessian_plan make(const abi::hessian_descriptor &descriptor, triangle which, A &...args) {
    void *addresses[] = {rt::parameter<A>::address(args)..., nullptr};
    return hessian_plan(rt::hessian_core<Index>::make(descriptor, addresses, read_only, which == triangle::full));
  }

private:
  static constexpr int read_only[] = {rt::read_only<A>::depth..., -1};
  explicit hessian_plan(std::shared_ptr<const rt::hessian_core<Index>> core) : core_(std::move(core)) {}
  rt::thread_workspace lease() const { return rt::thread_workspace(core_); }

  R values_at(rt::workspace_state &state, const doubles &v, const constants *lambda, A &...args) const {
    rt::packed_arguments<R, A...> pack(args...);
    core_->values(state, pack.call, v.data(), v.size(), lambda ? lambda->data() : nullptr, lambda ? lambda->size() : 0,
                  lambda != nullptr);
    return pack.result.take();
  }
  R product(rt::workspace_state &state, const doubles &w, const constants &direction, const constants *lambda,
            A &...args) const {
    rt::packed_arguments<R, A...> pack(args...);
    core_->hvp(state, pack.call, w.data(), w.size(), direction.data(), direction.size(),
               lambda ? lambda->data() : nullptr, lambda ? lambda->size() : 0, lambda != nullptr);
    return pack.result.take();
  }

  std::shared_ptr<const rt::hessian_core<Index>> core_;
};

namespace rt {

/// `plan` with exactly the function's parameters, so that implicit conversions work as in a call of the function.
template <class Handle, class R, class Parameters> struct hessian_entry;
template <class Handle, class R, class... A> struct hessian_entry<Handle, R, parameter_list<A...>> {
  template <class Index = std::int32_t> using plan_type = hessian_plan<R, parameter_list<A...>, Index>;

  /// The structure at these arguments: the lower triangle, or as said. Active arrays are not read and may be nullptr.
  /// A pair of inputs is in it where they interact in some output that the function may have: x*y does, x+y does not.
  /// Throws  as jacobian's plan.
  template <class Index = std::int32_t> static plan_type<Index> plan(A... args) {
    return plan_type<Index>::make(Handle::descriptor, triangle::lower, args...);
  }
  template <class Index = std::int32_t> static plan_type<Index> plan(triangle which, A... args) {
    return plan_type<Index>::make(Handle::descriptor, which, args...);
  }
  /// A plan that `save` has written, of either kind. Throws  plan_file_error: cannot be read, damaged, of another
  /// function or version.
  template <class Index = std::int32_t> static plan_type<Index> load(const std::string &path) {
    return plan_type<Index>::load(Handle::descriptor, path);
  }
};

/// What is no function that has a derivative was told so by `signature`.
template <class Handle> struct hessian_entry<Handle, void, no_parameters> {
  struct no_plan {};
  template <class... A> static no_plan plan(A &&...) { return {}; }
};

/// A tuple's elements as arguments of a function with the parameters A.
template <class R, class Parameters> struct tuple_call;
template <class R, class... A> struct tuple_call<R, parameter_list<A...>> {
  template <class Tuple, class Use> static auto with(Tuple &&tuple, Use &&use) {
    std::tuple<A...> arguments(std::forward<Tuple>(tuple));
    return std::apply(
        [&](A &...args) {
          packed_arguments<R, A...> pack(args...);
          return use(pack.call);
        },
        arguments);
  }
};

} // namespace rt

/// The Hessian of the function that F points to (a function, a member function, a lambda's operator()), as its
/// SPARSEAD_HESSIAN says; Tag where one function has several ("tag=Hx": hessian<&f, struct Hx>).
template <auto F, class Tag = void>
struct hessian : rt::hessian_entry<hessian<F, Tag>, typename rt::signature<decltype(F)>::result,
                                   typename rt::signature<decltype(F)>::parameters> {
  /// Defined by the compiler. A link error that names this symbol: the function's file was compiled without the plugin.
  static const abi::hessian_descriptor descriptor;
};

/// Made by `lagrangian_hessian<&f, &g>::plan`: sigma ∇²f + Σ lambda_i ∇²g_i in one structure, the union of both.
template <class F, class G, class Index>
class lagrangian_plan : public rt::symmetric_plan<lagrangian_plan<F, G, Index>, Index> {
public:
  /// f, g: tuples of the functions' arguments (std::forward_as_tuple). lambda: a weight for each output of g.
  template <class FArguments, class GArguments>
  void values(rt::array_argument<double> v, double sigma, rt::array_argument<const double> lambda, FArguments &&f,
              GArguments &&g) const {
    run(std::forward<FArguments>(f), std::forward<GArguments>(g), [&](auto &of_f, auto &of_g, auto &cf, auto &cg) {
      core_->values(of_f, of_g, cf, cg, v.data(), v.size(), sigma, lambda.data(), lambda.size());
    });
  }
  /// w = (sigma ∇²f + Σ lambda_i ∇²g_i) direction.
  template <class FArguments, class GArguments>
  void hvp(rt::array_argument<double> w, rt::array_argument<const double> direction, double sigma,
           rt::array_argument<const double> lambda, FArguments &&f, GArguments &&g) const {
    run(std::forward<FArguments>(f), std::forward<GArguments>(g), [&](auto &of_f, auto &of_g, auto &cf, auto &cg) {
      core_->hvp(of_f, of_g, cf, cg, w.data(), w.size(), direction.data(), direction.size(), sigma, lambda.data(),
                 lambda.size());
    });
  }

  /// Of the colorings of both parts, each of which has its own.
  std::int32_t num_colors() const { return f_.num_colors() + g_.num_colors(); }

  const rt::lagrangian_core<Index> &core() const { return *core_; }

  /// Used by the handles.
  lagrangian_plan(typename F::plan f, typename G::plan g)
      : f_(std::move(f)), g_(std::move(g)),
        core_(rt::lagrangian_core<Index>::make(f_.shared_core(), g_.shared_core())) {}

private:
  template <class FArguments, class GArguments, class Use> void run(FArguments &&f, GArguments &&g, Use &&use) const {
    rt::thread_workspace of_f(f_.shared_core()), of_g(g_.shared_core());
    F::call::with(std::forward<FArguments>(f), [&](const rt::packed_call &cf) {
      G::call::with(std::forward<GArguments>(g),
                    [&](const rt::packed_call &cg) { use(of_f.state(), of_g.state(), cf, cg); });
    });
  }

  typename F::plan f_;
  typename G::plan g_;
  std::shared_ptr<const rt::lagrangian_core<Index>> core_;
};

/// The Hessian of sigma f + Σ lambda_i g_i, for Ipopt's eval_h: both functions have a SPARSEAD_HESSIAN by the same
/// inputs.
template <auto F, auto G, class FTag = void, class GTag = void> struct lagrangian_hessian {
private:
  template <auto Function, class Tag, class Index> struct part {
    using handle = hessian<Function, Tag>;
    using result = typename rt::signature<decltype(Function)>::result;
    using parameters = typename rt::signature<decltype(Function)>::parameters;
    using plan = hessian_plan<result, parameters, Index>;
    using call = rt::tuple_call<result, parameters>;
    template <class Tuple> static plan make(triangle which, Tuple &&arguments) {
      return std::apply(
          [&](auto &&...args) { return handle::template plan<Index>(which, std::forward<decltype(args)>(args)...); },
          std::forward<Tuple>(arguments));
    }
  };

public:
  template <class Index = std::int32_t>
  using plan_type = lagrangian_plan<part<F, FTag, Index>, part<G, GTag, Index>, Index>;

  /// f, g: tuples of the functions' arguments. Throws  std::invalid_argument, too, where f has several outputs or the
  /// numbers of inputs differ.
  template <class Index = std::int32_t, class FArguments, class GArguments>
  static plan_type<Index> plan(FArguments &&f, GArguments &&g) {
    return plan<Index>(triangle::lower, std::forward<FArguments>(f), std::forward<GArguments>(g));
  }
  template <class Index = std::int32_t, class FArguments, class GArguments>
  static plan_type<Index> plan(triangle which, FArguments &&f, GArguments &&g) {
    return {part<F, FTag, Index>::make(which, std::forward<FArguments>(f)),
            part<G, GTag, Index>::make(which, std::forward<GArguments>(g))};
  }
};

} // namespace sparsead

#if defined(__clang__)
#pragma clang diagnostic pop
#endif
