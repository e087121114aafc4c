// Mistakes in SPARSEAD_RULE, at the user's line.
// RUN: %sparsead_clang -std=c++17 -fsyntax-only -Xclang -verify %s
// RUN: %sparsead_clang -std=c++17 -fsyntax-only -Xclang -verify -DLATER %s
// clang-format off: expectations stand on the lines they are about
#include <sparsead/sparsead.hpp>

double f(double x, int k); // expected-note 0-1{{}}
double f_jvp(double x, int k, double x_t);
void f_vjp(double x, int k, double y_a, double *x_a);
double g(double x);
double h(double x, double y);
double o(double x);
float o(float x);

#ifndef LATER
SPARSEAD_RULE(f) // expected-error {{SPARSEAD_RULE takes a function, a specification, and the names of its derivatives, as in SPARSEAD_RULE(f, "return <- x", "jvp=f_jvp")}}
SPARSEAD_RULE(f, "return <- x") // expected-error {{SPARSEAD_RULE needs a derivative: "jvp=…", "vjp=…", or both}}
SPARSEAD_RULE(unknown, "return <- x", "jvp=f_jvp") // expected-error {{'unknown' is not a function that is declared here}}
SPARSEAD_RULE(f, "return <- x", "jvp=missing") // expected-error {{'missing' is not a function that is declared here}}
SPARSEAD_RULE(f, "return <- x", "kvp=f_jvp") // expected-error {{unknown option 'kvp=f_jvp': expected jvp=… or vjp=…}}
SPARSEAD_RULE(f, "return <- x", "jvp=f_jvp", "jvp=f_jvp") // expected-error {{option 'jvp' is given twice}}
SPARSEAD_RULE(f, "return <- x", 3) // expected-error {{after the function SPARSEAD_RULE takes ordinary string literals only}}
SPARSEAD_RULE(o, "return <- x", "jvp=f_jvp") // expected-error {{'o' is overloaded: which function is meant?}} expected-note {{choose one, as in SPARSEAD_RULE((double (*)(double))o, …)}}
SPARSEAD_RULE(1 + 2, "return <- x", "jvp=f_jvp") // expected-error {{SPARSEAD_RULE takes the name of a function first}}
struct inside {
  SPARSEAD_RULE(f, "return <- x", "jvp=f_jvp") // expected-error {{SPARSEAD_RULE stands at namespace scope}}
};
#else
double f1_jvp(double x, double x_t); // expected-note {{declared here}}
void f2_vjp(double x, int k, double y_a, const double *x_a); // expected-note {{declared here}}
SPARSEAD_RULE(f, "return <- x", "jvp=f_jvp", "vjp=f_vjp") // expected-note {{which stands here}}
SPARSEAD_RULE(f, "return <- x", "vjp=f_vjp") // expected-error {{'f' has a rule already}}
SPARSEAD_RULE(g, "return <- x", "jvp=f1_jvp")
double g1(double x, int k);
SPARSEAD_RULE(g1, "return <- x", "jvp=f1_jvp") // expected-error {{'f1_jvp' does not have the signature of a jvp of 'g1': expected 'double f1_jvp(double x, int k, double x_t)'}}
double g2(double x, int k);
SPARSEAD_RULE(g2, "return <- x", "vjp=f2_vjp") // expected-error {{'f2_vjp' does not have the signature of a vjp of 'g2': expected 'void f2_vjp(double x, int k, double result_a, double *x_a)'}}
SPARSEAD_RULE(h, "return <- z", "jvp=f_jvp") // expected-error {{'z' is not a parameter of 'h'}}
double g3(double x, int k);
SPARSEAD_RULE(g3, "return <- k", "jvp=f_jvp") // expected-error {{'k' has type 'int', not a floating-point type}}
int counts(double x);
SPARSEAD_RULE(counts, "return <- x", "jvp=f_jvp") // expected-error {{a function with SPARSEAD_RULE returns double, float or nothing; 'counts' returns 'int'}}
double small(double x, bool b); // expected-note {{integers of 32 and 64 bits; classes by reference}}
SPARSEAD_RULE(small, "return <- x", "jvp=f_jvp") // expected-error {{a function with SPARSEAD_RULE takes numbers, pointers and references: 'b' has type 'bool'}}
double arrays(int n, const double *x);
double arrays_jvp(int n, const double *x, const float *x_t); // expected-note {{declared here}}
SPARSEAD_RULE(arrays, "return <- x[n]", "jvp=arrays_jvp") // expected-error {{'arrays_jvp' does not have the signature of a jvp of 'arrays': expected 'double arrays_jvp(int n, const double *x, const double *x_t)'}}
void solve(int n, const double *b, double *y);
void solve_vjp(int n, const double *b, double *y, double *y_a, const double *b_a); // expected-note {{declared here}}
SPARSEAD_RULE(solve, "y[n] <- b[n]", "vjp=solve_vjp") // expected-error {{'solve_vjp' does not have the signature of a vjp of 'solve': expected 'void solve_vjp(int n, const double *b, double *y, const double *y_a, double *b_a)'}}
void both(int n, double *y);
SPARSEAD_RULE(both, "y[n] <- y[n]", "vjp=solve_vjp") // expected-error {{SPARSEAD_RULE has inputs and outputs, and nothing on both sides: 'y'}}
void read_only(int n, const double *b, const double *y);
SPARSEAD_RULE(read_only, "y[n] <- b[n]", "vjp=solve_vjp") // expected-error {{'y' cannot be an output: its elements are const}}
void singles(int n, const float *b, float *y);
SPARSEAD_RULE(singles, "y[n] <- b[n]", "vjp=solve_vjp") // expected-error {{functions of arrays with SPARSEAD_RULE have items of type double}}
struct grid { int n; double *u; };
void sized(const grid &g, const double *b, double *y);
SPARSEAD_RULE(sized, "y[g.n] <- b[4]", "vjp=solve_vjp") // expected-error {{the number of elements of 'y' in SPARSEAD_RULE is made of integer parameters}}
void inside_of(const grid &g, const double *b);
SPARSEAD_RULE(inside_of, "g.u[4] <- b[4]", "vjp=solve_vjp") // expected-error {{items of SPARSEAD_RULE are numbers, references to numbers, and arrays behind a pointer, as in 'x[n]', not 'g.u'}}

#endif
