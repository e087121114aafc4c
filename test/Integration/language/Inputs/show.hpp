// Prints a plan's size and the verdict of its own check against finite differences.
#pragma once
#include <cstdio>
#include <sparsead/sparsead.hpp>

template <class Plan, class... A> void show(const char *name, const Plan &plan, A &&...args) {
  auto report = plan.check(args...);
  std::printf("%s %ldx%ld %ld %s%s\n", name, long(plan.rows()), long(plan.cols()), long(plan.nnz()),
              report.ok ? "ok" : "WRONG ", report.ok ? "" : report.text.c_str());
}
// A function of (n, u, r).
#define SHOW(f) show(#f, sparsead::jacobian<&f>::plan(n, u, r), n, u, r)
