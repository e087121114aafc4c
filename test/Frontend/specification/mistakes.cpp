// Carets and notes of mistakes in the annotation's string, through the plugin.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -fsyntax-only -Xclang -verify %s
#include <sparsead/sparsead.hpp>

SPARSEAD_JACOBIAN("r[n] <- uu[n]") // expected-error {{'uu' is not a parameter of 'misspelt'}}
void misspelt(int n, const double *u, double *r) {} // expected-note {{did you mean 'u'?}}

SPARSEAD_JACOBIAN("r[n], u[n]") // expected-error {{expected '<-' between the outputs and the inputs}}
void arrow(int n, const double *u, double *r) {}

SPARSEAD_JACOBIAN("r[n] <- "
                  "u[2*len+1]") // expected-error@-1 {{unknown name 'len' in the extent of 'u'}}
void extent(int n, const double *u, double *r) {}

SPARSEAD_JACOBIAN("r[n] <- u[n]", "mode=fast") // expected-error {{unknown value 'fast' of option 'mode'}}
void option(int n, const double *u, double *r) {}

struct Grid {
  int nx;
  SPARSEAD_JACOBIAN("r[nx] <- v[nx]") // expected-error {{'v' is not a parameter of 'apply' or a member of 'Grid'}}
  void apply(const double *u, double *r) const {}
};

template <int N>
SPARSEAD_JACOBIAN("r[M] <- u[N]") // expected-error {{unknown name 'M' in the extent of 'r'}}
void generic(const double *u, double *r) {}
template void generic<3>(const double *, double *);
