#include "subjects.hpp"

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void residual_burgers(int n, const double *u, double *r) { K::burgers<double>(n, u, r); }

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void residual_bruss(int n, const double *u, double *r) { K::brusselator<double>(n, u, r); }

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void residual_bratu(int n, const double *u, double *r) { K::bratu3d<double>(n, u, r); }

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void residual_flux(int n, const double *u, double *r) { K::flux<double>(n, u, r); }

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void residual_edges(int n, const double *u, double *r) { K::edges<double>(n, u, r); }

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void residual_arrowhead(int n, const double *u, double *r) { K::arrowhead<double>(n, u, r); }

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void residual_stencil27(int n, const double *u, double *r) { K::stencil27<double>(n, u, r); }

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void residual_limiter(int n, const double *u, double *r) { K::limiter<double>(n, u, r); }

// The descriptor is named below; the compiler defines it.
#pragma clang diagnostic ignored "-Wundefined-var-template"

template <residual F> static subject make(const char *name, double in_cache, double middle) {
  using handle = sparsead::jacobian<F>;
  return {name, [](int n) -> plan_type { return handle::plan(n, nullptr, nullptr); }, &handle::descriptor, in_cache,
          middle};
}

const std::vector<subject> &subjects() {
  static const std::vector<subject> all{
      make<&residual_burgers>("burgers", 0.01, 0.1),       make<&residual_bruss>("bruss", 0.04, 0.25),
      make<&residual_bratu>("bratu", 0.03, 0.2),           make<&residual_flux>("flux", 0.01, 0.1),
      make<&residual_edges>("edges", 0.05, 0.25),          make<&residual_arrowhead>("arrowhead", 0.01, 0.1),
      make<&residual_stencil27>("stencil27", 0.0156, 0.1), make<&residual_limiter>("limiter", 0.02, 0.2)};
  return all;
}
