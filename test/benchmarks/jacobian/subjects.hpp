// The functions that are measured, compiled with the plugin, behind one interface: all have the signature of the frozen
// kernels.
#pragma once
#include "kernels_own.hpp"
#include <sparsead/sparsead.hpp>
#include <string>
#include <vector>

using residual = void (*)(int, const double *, double *);
using plan_type =
    sparsead::jacobian_plan<void, sparsead::rt::parameter_list<int, const double *, double *>, std::int32_t, false>;

struct subject {
  const char *name;
  plan_type (*plan)(int n);
  const sparsead::abi::jacobian_descriptor *descriptor;
  /// Scales at which all that values touch lies in a core's own cache, in the cache of all cores, and (1) where the
  /// figures are stated.
  double in_cache, middle;
};

const std::vector<subject> &subjects();

/// make_problem of the frozen comparators, and the problems of kernels_own.hpp.
Problem problem(const std::string &name, double scale);
