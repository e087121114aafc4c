// The handle of an annotated function's gradient.
#pragma once
#include "macros.hpp"
#include "rt/abi.hpp"
#include "rt/array_argument.hpp"
#include "rt/gradient_core.hpp"
#include "rt/packed_arguments.hpp"
#include "rt/signature.hpp"
#include "workspace.hpp"
#include <memory>

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-internal"
#pragma clang diagnostic ignored "-Wundefined-var-template"
#endif

namespace sparsead {
namespace rt {

/// `value_and_grad` with exactly the function's parameters, so that implicit conversions work as in a call.
template <class Handle, class R, class Parameters> struct gradient_entry;
template <class Handle, class R, class... A> struct gradient_entry<Handle, R, parameter_list<A...>> {
  /// The derivative of the one output by all inputs, in the order of the specification, into g, which is overwritten;
  /// returns the output's value. Outputs, in-place and work arrays are left as a call of the function leaves them; an
  /// output behind a null pointer goes to the workspace. g: a pointer, or anything with data() and size(), whose length
  /// is checked. The function runs once. Nothing is allocated after the first call with a workspace and equal extents,
  /// beyond what the function itself allocates and what a longer run than before records.
  /// Throws  std::invalid_argument: negative extents, null arrays, overlapping outputs, wrong lengths; nothing is
  /// written.
  static double value_and_grad(array_argument<double> g, A... args) {
    thread_workspace lease(core());
    return evaluate(lease.state(), g, args...);
  }
  static double value_and_grad(sparsead::workspace &workspace, array_argument<double> g, A... args) {
    return evaluate(workspace.state(), g, args...);
  }

  /// Memory for evaluations of one thread; without one, a thread-local workspace is used.
  static sparsead::workspace workspace() { return {}; }

private:
  static const std::shared_ptr<const gradient_core> &core() {
    static constexpr int read_only_depths[] = {read_only<A>::depth..., -1};
    static const std::shared_ptr<const gradient_core> made =
        std::make_shared<const gradient_core>(Handle::descriptor, read_only_depths);
    return made;
  }
  static double evaluate(workspace_state &state, const array_argument<double> &g, A &...args) {
    packed_arguments<R, A...> pack(args...);
    const double value = core()->value_and_grad(state, pack.call, g.data(), g.size());
    static_cast<void>(pack.result.take());
    return value;
  }
};

/// What is no function that has a derivative was told so by `signature`.
template <class Handle> struct gradient_entry<Handle, void, no_parameters> {
  template <class... A> static double value_and_grad(A &&...) { return 0; }
};

} // namespace rt

/// The gradient of the function that F points to (a function, a member function, a lambda's operator()), as its
/// SPARSEAD_GRADIENT says; Tag where one function has several ("tag=Gx": gradient<&f, struct Gx>).
template <auto F, class Tag = void>
struct gradient : rt::gradient_entry<gradient<F, Tag>, typename rt::signature<decltype(F)>::result,
                                     typename rt::signature<decltype(F)>::parameters> {
  /// Defined by the compiler. A link error that names this symbol: the function's file was compiled without the plugin.
  static const abi::gradient_descriptor descriptor;
};

} // namespace sparsead

#if defined(__clang__)
#pragma clang diagnostic pop
#endif
