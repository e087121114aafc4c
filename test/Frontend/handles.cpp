// A handle asks for a derivative that the function does not offer.
// RUN: %sparsead_clang -std=c++17 -fsyntax-only -Xclang -verify %s
// clang-format off: expectations stand on the lines they are about
#include <sparsead/sparsead.hpp>

// expected-note@+1 {{write SPARSEAD_JACOBIAN("outputs <- inputs") in front of the function, as in SPARSEAD_JACOBIAN("r[n] <- u[n]")}}
void plain(int n, const double *u, double *r) { r[0] = u[0]; }

// expected-note@+1 {{the tag of a specification is set by its option "tag=…"}}
SPARSEAD_JACOBIAN("r[n] <- u[n]", "tag=ByU")
void tagged(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) r[i] = u[i];
}

// expected-error@+2 {{several Jacobian specifications of 'twice' need distinct tags}}
// expected-note@+1 {{add an option, as in SPARSEAD_JACOBIAN("r[n] <- c", "tag=J1")}}
SPARSEAD_JACOBIAN("r[n] <- u[n]") SPARSEAD_JACOBIAN("r[n] <- c")
void twice(int n, double c, const double *u, double *r) {
  for (int i = 0; i < n; ++i) r[i] = c * u[i];
}

int main() {
  double u[3] = {}, r[3];
  sparsead::jacobian<&plain>::plan(3, u, r);             // expected-error {{'plain' is not annotated with SPARSEAD_JACOBIAN}}
  sparsead::jacobian<&tagged>::plan(3, u, r);            // expected-error {{'tagged' has no Jacobian specification without a tag}}
  sparsead::jacobian<&tagged, struct ByU>::plan(3, u, r);
}
