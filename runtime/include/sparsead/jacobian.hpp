// The handle of an annotated function's Jacobian.
#pragma once
#include "macros.hpp"
#include "plan.hpp"
#include "rt/abi.hpp"
#include "rt/signature.hpp"
#include <cstdint>
#include <string>

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-internal"
#pragma clang diagnostic ignored "-Wundefined-var-template"
#endif

namespace sparsead {
namespace rt {

/// `plan` with exactly the function's parameters, so that implicit conversions work as in a call of the function.
template <class Handle, class R, class Parameters> struct jacobian_entry;
template <class Handle, class R, class... A> struct jacobian_entry<Handle, R, parameter_list<A...>> {
  template <class Index = std::int32_t, bool Checked = (SPARSEAD_CHECKED != 0)>
  using plan_type = jacobian_plan<R, parameter_list<A...>, Index, Checked>;

  /// The structure at these arguments. Active arrays are not read and may be nullptr.
  /// Throws  std::invalid_argument  naming an item, its extent and the value, where an extent is negative;
  ///         std::length_error      where a count does not fit Index (plan<std::int64_t>), before allocating;
  ///         std::out_of_range      naming the array, position and value of a subscript outside a declared extent.
  template <class Index = std::int32_t, bool Checked = (SPARSEAD_CHECKED != 0)>
  static plan_type<Index, Checked> plan(A... args) {
    return Handle::template make<plan_type<Index, Checked>>(args...);
  }

  /// The plan with the caller's structure, in whose order the values come: that of a matrix that a solver already has.
  /// It holds every entry of the derivative; further ones are zero. Otherwise as `plan`. Throws  std::invalid_argument
  /// also where the structure is none (naming the row) or misses an entry (naming it). Cost   of `plan`, and O(nnz);
  /// values copy once more.
  template <class Index = std::int32_t, bool Checked = (SPARSEAD_CHECKED != 0)>
  static plan_type<Index, Checked> plan_with(const pattern_view<Index> &structure, A... args) {
    return Handle::template make_with<plan_type<Index, Checked>>(rt::selection_kind::prescribed, structure, args...);
  }

  /// The plan for some entries only, such as the diagonal blocks for a preconditioner; the others are not computed
  /// where that is cheaper (in forward mode by a partial coloring, which needs fewer colors). jvp and vjp multiply with
  /// the whole derivative. Throws  std::invalid_argument  also where the structure is none (naming the row).
  template <class Index = std::int32_t, bool Checked = (SPARSEAD_CHECKED != 0)>
  static plan_type<Index, Checked> plan_subset(const pattern_view<Index> &entries, A... args) {
    return Handle::template make_with<plan_type<Index, Checked>>(rt::selection_kind::subset, entries, args...);
  }

  /// The plan that its `save` wrote; of the same Index, by a program with the same version of the function.
  /// Throws  plan_file_error, which names the file and the reason: it is missing, damaged, or foreign.
  template <class Index = std::int32_t, bool Checked = (SPARSEAD_CHECKED != 0)>
  static plan_type<Index, Checked> load(const std::string &path) {
    return Handle::template open<plan_type<Index, Checked>>(path);
  }
};

/// What is no function that has a derivative was told so by `signature`.
template <class Handle> struct jacobian_entry<Handle, void, no_parameters> {
  struct no_plan {};
  template <class... A> static no_plan plan(A &&...) { return {}; }
  template <class... A> static no_plan plan_with(A &&...) { return {}; }
  template <class... A> static no_plan plan_subset(A &&...) { return {}; }
  template <class... A> static no_plan load(A &&...) { return {}; }
};

} // namespace rt

/// The Jacobian of the function that F points to (a function, a member function, a lambda's operator()), as its
/// SPARSEAD_JACOBIAN says; Tag where one function has several ("tag=Ju": jacobian<&f, struct Ju>).
template <auto F, class Tag = void>
struct jacobian : rt::jacobian_entry<jacobian<F, Tag>, typename rt::signature<decltype(F)>::result,
                                     typename rt::signature<decltype(F)>::parameters> {
  /// Defined by the compiler. A link error that names this symbol: the function's file was compiled without the plugin.
  static const abi::jacobian_descriptor descriptor;

private:
  using types = rt::signature<decltype(F)>;
  friend struct rt::jacobian_entry<jacobian, typename types::result, typename types::parameters>;

  template <class Plan, class... A> static Plan make(A &...args) {
    return Plan::make(descriptor, &rt::primal<F, typename types::result, typename types::parameters>::call, args...);
  }
  template <class Plan, class View, class... A>
  static Plan make_with(rt::selection_kind kind, const View &structure, A &...args) {
    return Plan::make_with(kind, structure, descriptor,
                           &rt::primal<F, typename types::result, typename types::parameters>::call, args...);
  }
  template <class Plan> static Plan open(const std::string &path) {
    return Plan::load(descriptor, &rt::primal<F, typename types::result, typename types::parameters>::call, path);
  }
};

} // namespace sparsead

#if defined(__clang__)
#pragma clang diagnostic pop
#endif
