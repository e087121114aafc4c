// Holds a function's derivative against that of its twin under mode=forward: the same pattern, values and results, the
// strategy, and how many positions its fast interiors write. Include <sparsead/sparsead.hpp> first; needs
// -fno-access-control, because plans do not tell the last.
#pragma once
#include "check.hpp"
#include <sparsead/rt/local_gather.hpp>
#include <sparsead/rt/local_record.hpp>

namespace check {

/// Defines NAME and NAMEForward, which both call NAMEBody.
#define TWINS(NAME, SPECIFICATION, PARAMETERS, ARGUMENTS)                                                              \
  SPARSEAD_JACOBIAN(SPECIFICATION) void NAME PARAMETERS { NAME##Body ARGUMENTS; }                                      \
  SPARSEAD_JACOBIAN(SPECIFICATION, "mode=forward") void NAME##Forward PARAMETERS { NAME##Body ARGUMENTS; }
#define SAME(NAME, ...) check::same<&NAME, &NAME##Forward>(#NAME, __VA_ARGS__)

struct evaluation {
  std::vector<long> rows, cols;
  std::vector<double> values, results;
};

template <class Plan, class... A> evaluation evaluate(const Plan &plan, std::vector<double> &r, A &...args) {
  evaluation e;
  e.rows.assign(plan.row_ptr().begin(), plan.row_ptr().end());
  e.cols.assign(plan.col_ind().begin(), plan.col_ind().end());
  e.values.assign(plan.nnz(), std::numeric_limits<double>::quiet_NaN());
  for (int repeat = 0; repeat < 2; ++repeat) {
    r.assign(r.size(), -7.0);
    plan.values(e.values, args...);
  }
  e.results = r;
  return e;
}

inline bool close(const std::vector<double> &a, const std::vector<double> &b) {
  bool same = a.size() == b.size();
  for (std::size_t k = 0; same && k < a.size(); ++k)
    same = std::fabs(a[k] - b[k]) <= 1e-14 * (1 + std::fabs(b[k]));
  return same;
}

/// fast: -1 where the plan is not to be local, -2 where the number does not matter. r: where the results are.
template <auto Function, auto Forward, class... A>
void same(const char *name, long fast, std::vector<double> &r, A... args) {
  std::string why;
  try {
    const auto plan = sparsead::jacobian<Function>::plan(args...);
    const auto forward = sparsead::jacobian<Forward>::plan(args...);
    const evaluation a = evaluate(plan, r, args...), b = evaluate(forward, r, args...);
    if (forward.strategy() != sparsead::strategy::forward)
      why = "the twin is not swept forward";
    else if ((plan.strategy() == sparsead::strategy::local) != (fast != -1))
      why = plan.summary();
    else if (a.rows != b.rows || a.cols != b.cols)
      why = "pattern";
    else if (!close(a.values, b.values))
      why = "values";
    else if (a.results != b.results)
      why = "results";
    else if (const long by = fast < 0 ? fast : long(plan.nnz()) - long(plan.core_->program_->gathered()); by != fast)
      why = std::to_string(by) + " values are written by interiors, want " + std::to_string(fast);
  } catch (const std::exception &e) {
    why = e.what();
  }
  failures += !why.empty();
  std::printf("%s %s%s\n", name, why.empty() ? "ok" : "FAIL: ", why.c_str());
  std::fflush(stdout);
}

} // namespace check
