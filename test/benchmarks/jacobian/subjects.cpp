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

template <residual F> static subject make(const char *name) {
  using handle = sparsead::jacobian<F>;
  return {name, [](int n) -> plan_type { return handle::plan(n, nullptr, nullptr); }, &handle::descriptor};
}

const std::vector<subject> &subjects() {
  static const std::vector<subject> all{make<&residual_burgers>("burgers"),     make<&residual_bruss>("bruss"),
                                        make<&residual_bratu>("bratu"),         make<&residual_flux>("flux"),
                                        make<&residual_edges>("edges"),         make<&residual_arrowhead>("arrowhead"),
                                        make<&residual_stencil27>("stencil27"), make<&residual_limiter>("limiter")};
  return all;
}
