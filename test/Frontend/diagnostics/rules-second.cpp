// Of a function with SPARSEAD_RULE second derivatives are not known.
// RUN: %sparsead_clang -std=c++17 -fsyntax-only -Xclang -verify %s
// clang-format off: expectations stand on the lines they are about
#include <sparsead/sparsead.hpp>

double number(double x);
double number_jvp(double x, double x_t);
SPARSEAD_RULE(number, "return <- x", "jvp=number_jvp")
double table(int n, const double *t);
double table_jvp(int n, const double *t, const double *t_t);
SPARSEAD_RULE(table, "return <- t[n]", "jvp=table_jvp")

SPARSEAD_HESSIAN("return <- x[n]") // expected-note 1+{{while differentiating 'of_number' requested here}}
double of_number(int n, const double *x) {
  double f = 0;
  for (int i = 0; i < n; ++i)
    f += x[i] * number(x[i]); // expected-error 1+{{cannot differentiate this operation twice: its second derivatives are not known}}
  return f;
}
SPARSEAD_HESSIAN("return <- x[n]") // expected-note 1+{{while differentiating 'of_table' requested here}}
double of_table(int n, const double *x) {
  return x[0] + table(n, x); // expected-error 1+{{cannot differentiate this operation twice: its second derivatives are not known}}
}
