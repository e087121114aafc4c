// Ipopt's problem interface over annotated functions. Not part of sparsead.hpp: it needs Ipopt's headers
// (pkg-config --cflags --libs ipopt).
#pragma once
#include "sparsead.hpp"
#include <IpTNLP.hpp>
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace sparsead::ipopt {

/// Where Ipopt's arrays stand in the argument lists of a problem's functions.
struct variables_placeholder {};
struct constraints_placeholder {};
inline constexpr variables_placeholder x{};   ///< const double *: the variables
inline constexpr constraints_placeholder g{}; ///< double *: the constraints

/// minimise f(x) subject to g_lower <= g(x) <= g_upper, x_lower <= x <= x_upper.
///
///   SPARSEAD_GRADIENT("return <- x[n]") SPARSEAD_HESSIAN("return <- x[n]") double f(int n, const double *x);
///   SPARSEAD_JACOBIAN("g[m] <- x[n]")   SPARSEAD_HESSIAN("g[m] <- x[n]")   void g(int n, int m, const double *x,
///   double *g);
///
///   Ipopt::SmartPtr<sparsead::ipopt::TNLP<&f, &g>> problem = new sparsead::ipopt::TNLP<&f, &g>(
///       std::make_tuple(n, sparsead::ipopt::x), std::make_tuple(n, m, sparsead::ipopt::x, sparsead::ipopt::g));
///   problem->x_start = …;                    // bounds and start are public; default: unbounded, g = 0, start at 0
///   app->OptimizeTNLP(problem);              // afterwards: problem->solution, ->objective, ->status, ->time
///
/// Each function's arguments are given once, as a tuple in its own order, with the placeholders x and g for Ipopt's
/// arrays; pointers and references among them (std::ref) must live as long as the problem. Without constraints:
/// TNLP<&f>. The structures are planned in the constructor. A function that returns an integer other than 0 (an error
/// code) where its result is no output makes Ipopt shorten its step, and so does an exception.
/// Throws  from the constructor what plan throws; std::invalid_argument where the functions disagree about x.
template <auto Objective, auto Constraints = nullptr> class TNLP : public Ipopt::TNLP {
  static constexpr bool constrained = !std::is_null_pointer_v<decltype(Constraints)>;
  using Index = Ipopt::Index;
  using Number = Ipopt::Number;

public:
  template <class FArguments, class GArguments>
  TNLP(FArguments f, GArguments g) : TNLP(base(), std::move(f), std::move(g)) {}
  template <class FArguments> explicit TNLP(FArguments f) : TNLP(base(), std::move(f), std::tuple<>()) {
    static_assert(!constrained, "the constraints' arguments are missing");
  }
  TNLP(const TNLP &) = delete;
  TNLP &operator=(const TNLP &) = delete;
  ~TNLP() override = default;

  Index num_variables() const { return Index(x_start.size()); }
  Index num_constraints() const { return Index(g_lower.size()); }

  std::vector<double> x_lower, x_upper, x_start, g_lower, g_upper;

  /// Of the last run. `multipliers` belong to the constraints.
  std::vector<double> solution, multipliers;
  double objective = 0;
  Ipopt::SolverReturn status = Ipopt::UNASSIGNED;

  /// Seconds and calls in each evaluation since the problem was made.
  struct timing {
    double seconds = 0;
    int calls = 0;
  };
  struct {
    timing f, grad_f, g, jac_g, h;
    double total() const { return f.seconds + grad_f.seconds + g.seconds + jac_g.seconds + h.seconds; }
  } time;

  // --- what Ipopt calls ---

  bool get_nlp_info(Index &n, Index &m, Index &nnz_jac, Index &nnz_h, IndexStyleEnum &style) override {
    n = num_variables();
    m = num_constraints();
    nnz_jac = evaluators_->jacobian_entries();
    nnz_h = evaluators_->hessian_entries();
    style = C_STYLE;
    return true;
  }
  bool get_bounds_info(Index n, Number *xl, Number *xu, Index m, Number *gl, Number *gu) override {
    for (const auto *list : {&x_lower, &x_upper, &x_start})
      if (list->size() != std::size_t(n))
        return false;
    if (g_lower.size() != std::size_t(m) || g_upper.size() != std::size_t(m))
      return false;
    std::copy(x_lower.begin(), x_lower.end(), xl);
    std::copy(x_upper.begin(), x_upper.end(), xu);
    std::copy(g_lower.begin(), g_lower.end(), gl);
    std::copy(g_upper.begin(), g_upper.end(), gu);
    return true;
  }
  bool get_starting_point(Index, bool want_x, Number *start, bool want_z, Number *, Number *, Index, bool want_lambda,
                          Number *) override {
    if (want_z || want_lambda)
      return false;
    if (want_x)
      std::copy(x_start.begin(), x_start.end(), start);
    return true;
  }
  bool eval_f(Index, const Number *at, bool, Number &value) override {
    return timed(time.f, [&] { return evaluators_->f(at, value); });
  }
  bool eval_grad_f(Index, const Number *at, bool, Number *gradient) override {
    return timed(time.grad_f, [&] { return evaluators_->grad_f(at, gradient); });
  }
  bool eval_g(Index, const Number *at, bool, Index, Number *values) override {
    return timed(time.g, [&] { return evaluators_->g(at, values); });
  }
  bool eval_jac_g(Index, const Number *at, bool, Index, Index, Index *rows, Index *cols, Number *values) override {
    if (!values) {
      evaluators_->jacobian_structure(rows, cols);
      return true;
    }
    return timed(time.jac_g, [&] { return evaluators_->jac_g(at, values); });
  }
  bool eval_h(Index, const Number *at, bool, Number sigma, Index, const Number *lambda, bool, Index, Index *rows,
              Index *cols, Number *values) override {
    if (!values) {
      evaluators_->hessian_structure(rows, cols);
      return true;
    }
    return timed(time.h, [&] { return evaluators_->h(at, sigma, lambda, values); });
  }
  void finalize_solution(Ipopt::SolverReturn returned, Index n, const Number *at, const Number *, const Number *,
                         Index m, const Number *, const Number *lambda, Number value, const Ipopt::IpoptData *,
                         Ipopt::IpoptCalculatedQuantities *) override {
    status = returned;
    objective = value;
    solution.assign(at, at + n);
    if (lambda)
      multipliers.assign(lambda, lambda + m);
  }

private:
  /// The types of the arguments end here.
  struct evaluators {
    virtual ~evaluators() = default;
    virtual Index variables() const = 0;
    virtual Index constraints() const = 0;
    virtual Index jacobian_entries() const = 0;
    virtual Index hessian_entries() const = 0;
    virtual void jacobian_structure(Index *rows, Index *cols) const = 0;
    virtual void hessian_structure(Index *rows, Index *cols) const = 0;
    virtual bool f(const double *at, double &value) = 0;
    virtual bool grad_f(const double *at, double *gradient) = 0;
    virtual bool g(const double *at, double *values) = 0;
    virtual bool jac_g(const double *at, double *values) = 0;
    virtual bool h(const double *at, double sigma, const double *lambda, double *values) = 0;
  };

  template <class T> static const double *filled(variables_placeholder, T at, double *) { return at; }
  template <class T> static double *filled(constraints_placeholder, T, double *values) { return values; }
  template <class A, class T> static A &filled(A &argument, T, double *) { return argument; }
  /// The arguments as references, the placeholders replaced.
  template <class Arguments> static auto fill(Arguments &arguments, const double *at, double *values) {
    return std::apply(
        [&](auto &...each) { return std::tuple<decltype(filled(each, at, values))...>(filled(each, at, values)...); },
        arguments);
  }
  /// Is the result an error code?
  template <class F> static bool succeeded(F &&evaluate) {
    using R = std::decay_t<decltype(evaluate())>;
    if constexpr (std::is_integral_v<R> && !std::is_same_v<R, bool>)
      return evaluate() == 0;
    else
      return static_cast<void>(evaluate()), true;
  }
  struct discarded {};
  template <class F> static auto keep(F &&evaluate) {
    if constexpr (std::is_void_v<decltype(evaluate())>)
      return evaluate(), discarded();
    else
      return evaluate();
  }
  template <class View> static void structure(const View &plan, Index *rows, Index *cols) {
    std::size_t at = 0;
    for (Index i = 0; i < plan.rows(); ++i)
      for (auto k = plan.row_ptr()[i]; k < plan.row_ptr()[i + 1]; ++k, ++at) {
        rows[at] = i;
        cols[at] = plan.col_ind()[k];
      }
  }

  template <class FArguments, class GArguments> struct typed final : evaluators {
    typed(FArguments f, GArguments g) : f_arguments(std::move(f)), g_arguments(std::move(g)) {
      auto of_f = fill(f_arguments, nullptr, nullptr);
      if constexpr (constrained) {
        auto of_g = fill(g_arguments, nullptr, nullptr);
        jacobian_plan.emplace_back(
            std::apply([](auto &&...each) { return sparsead::jacobian<Constraints>::plan(each...); }, of_g));
        hessian_plan.emplace_back(lagrangian_hessian<Objective, Constraints>::plan(of_f, of_g));
        if (jacobian_plan[0].cols() != hessian_plan[0].cols())
          throw std::invalid_argument("the Jacobian of the constraints has " + std::to_string(jacobian_plan[0].cols()) +
                                      " columns, the Hessian " + std::to_string(hessian_plan[0].cols()));
      } else {
        hessian_plan.emplace_back(
            std::apply([](auto &&...each) { return sparsead::hessian<Objective>::plan(each...); }, of_f));
      }
    }
    Index variables() const override { return hessian_plan[0].cols(); }
    Index constraints() const override {
      if constexpr (constrained)
        return jacobian_plan[0].rows();
      else
        return 0;
    }
    Index jacobian_entries() const override {
      if constexpr (constrained)
        return jacobian_plan[0].nnz();
      else
        return 0;
    }
    Index hessian_entries() const override { return hessian_plan[0].nnz(); }
    void jacobian_structure(Index *rows, Index *cols) const override {
      if constexpr (constrained)
        structure(jacobian_plan[0], rows, cols);
      else
        static_cast<void>(rows), static_cast<void>(cols);
    }
    void hessian_structure(Index *rows, Index *cols) const override { structure(hessian_plan[0], rows, cols); }

    bool f(const double *at, double &value) override {
      value =
          std::apply([](auto &&...each) { return std::invoke(Objective, each...); }, fill(f_arguments, at, nullptr));
      return true;
    }
    bool grad_f(const double *at, double *gradient) override {
      std::apply([&](auto &&...each) { sparsead::gradient<Objective>::value_and_grad(gradient, each...); },
                 fill(f_arguments, at, nullptr));
      return true;
    }
    bool g(const double *at, double *values) override {
      if constexpr (constrained)
        return succeeded([&] {
          return std::apply([&](auto &&...each) { return keep([&] { return std::invoke(Constraints, each...); }); },
                            fill(g_arguments, at, values));
        });
      else
        return static_cast<void>(at), static_cast<void>(values), true;
    }
    bool jac_g(const double *at, double *values) override {
      if constexpr (constrained)
        return succeeded([&] {
          return std::apply(
              [&](auto &&...each) { return keep([&] { return jacobian_plan[0].values(values, each...); }); },
              fill(g_arguments, at, nullptr));
        });
      else
        return static_cast<void>(at), static_cast<void>(values), true;
    }
    bool h(const double *at, double sigma, const double *lambda, double *values) override {
      if constexpr (constrained) {
        hessian_plan[0].values(values, sigma, lambda, fill(f_arguments, at, nullptr), fill(g_arguments, at, nullptr));
      } else {
        std::apply([&](auto &&...each) { hessian_plan[0].values(values, &sigma, each...); },
                   fill(f_arguments, at, nullptr));
        static_cast<void>(lambda);
      }
      return true;
    }

    FArguments f_arguments;
    GArguments g_arguments;
    static auto plan_type_of_jacobian() {
      if constexpr (constrained)
        return std::vector<typename sparsead::jacobian<Constraints>::template plan_type<>>();
      else
        return 0;
    }
    static auto plan_type_of_hessian() {
      if constexpr (constrained)
        return std::vector<typename lagrangian_hessian<Objective, Constraints>::template plan_type<>>();
      else
        return std::vector<typename sparsead::hessian<Objective>::template plan_type<>>();
    }
    decltype(plan_type_of_jacobian()) jacobian_plan{}; // one; plans have no default
    decltype(plan_type_of_hessian()) hessian_plan;
  };

  struct base {};
  template <class FArguments, class GArguments>
  TNLP(base, FArguments f, GArguments g)
      : evaluators_(std::make_unique<typed<FArguments, GArguments>>(std::move(f), std::move(g))) {
    const auto n = std::size_t(evaluators_->variables()), m = std::size_t(evaluators_->constraints());
    x_lower.assign(n, -2e19); // beyond Ipopt's nlp_lower_bound_inf
    x_upper.assign(n, 2e19);
    x_start.assign(n, 0.0);
    g_lower.assign(m, 0.0);
    g_upper.assign(m, 0.0);
  }

  template <class F> static bool timed(timing &counter, F &&evaluate) {
    const auto start = std::chrono::steady_clock::now();
    bool good = false;
    try {
      good = evaluate();
    } catch (const std::exception &) { // Ipopt was not made for exceptions
    }
    counter.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++counter.calls;
    return good;
  }

  std::unique_ptr<evaluators> evaluators_;
};

} // namespace sparsead::ipopt
