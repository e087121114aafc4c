// The functions that are measured, compiled with the plugin, behind one interface: all have the signature of the frozen
// kernels.
#pragma once
#include "../frozen/bench.hpp"
#include <sparsead/sparsead.hpp>
#include <string>
#include <vector>

/// Dense first row and dense first column.
namespace K {
template <class T> void arrowhead(int n, const T *u, T *r) {
  using std::exp;
  T sum(0.0);
  for (int i = 0; i < n; ++i)
    sum += u[i] * u[i];
  r[0] = sum;
  for (int i = 1; i < n; ++i)
    r[i] = u[0] * u[i] + exp(-1.0 * u[i]);
}
} // namespace K

using residual = void (*)(int, const double *, double *);
using plan_type =
    sparsead::jacobian_plan<void, sparsead::rt::parameter_list<int, const double *, double *>, std::int32_t, false>;

struct subject {
  const char *name;
  plan_type (*plan)(int n);
  const sparsead::abi::jacobian_descriptor *descriptor;
};

const std::vector<subject> &subjects();

/// make_problem of the frozen comparators, and the arrowhead.
Problem problem(const std::string &name, double scale);
