// sparsead: sparse derivatives of annotated C++ functions. Include this file, annotate a function, and use its handle:
//
//   SPARSEAD_JACOBIAN("r[n] <- u[n]")
//   void residual(int n, double nu, const double *u, double *r);
//
//   auto plan = sparsead::jacobian<&residual>::plan(n, nu, u, r);
//   std::vector<double> v(plan.nnz());
//   plan.values(v.data(), n, nu, u, r);
#pragma once
#include "check_report.hpp"
#include "errors.hpp"
#include "gradient.hpp"
#include "hessian.hpp"
#include "jacobian.hpp"
#include "macros.hpp"
#include "plan.hpp"
#include "span.hpp"
#include "strategy.hpp"
#include "workspace.hpp"
