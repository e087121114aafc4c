// Calls whose target is known only when the program runs are named as the source names them.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <functional>

struct Law {
  virtual double flux(double u) const = 0;
};
struct Linear final : Law {
  double flux(double u) const override { return 2 * u; }
};

// CHECK: indirect.cpp:[[#@LINE+6]]:16: error: cannot differentiate a virtual call to 'Law::flux': the function called is not known when this file is compiled
// CHECK: indirect.cpp:[[#@LINE+2]]:1: note: while differentiating 'with_law' requested here
// CHECK: indirect.cpp:[[#@LINE+4]]:16: note: call a function that is known here, for example through a template parameter or a final class
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void with_law(int n, const Law &law, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = law.flux(u[i]);
}

// CHECK: indirect.cpp:[[#@LINE+4]]:10: error: cannot differentiate a call through the pointer 'f'
// CHECK: indirect.cpp:[[#@LINE+1]]:1: note: while differentiating 'with_pointer' requested here
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void with_pointer(int n, double (*f)(double), const double *u, double *r) {
  r[0] = f(u[0]);
}

struct Model {
  double (*source)(double);
};
// CHECK: indirect.cpp:[[#@LINE+3]]:10: error: cannot differentiate a call through the pointer 'source'
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void with_member(int n, const Model &m, const double *u, double *r) {
  r[0] = m.source(u[0]);
}

// CHECK: indirect.cpp:[[#@LINE+3]]:10: error: cannot differentiate a call to 'std::function<double (double)>::operator()'
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void with_function(int n, const std::function<double(double)> &f, const double *u, double *r) {
  r[0] = f(u[0]);
}

// What is known is called: a final class, a lambda as a template argument.
// CHECK-NOT: error:
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void with_final(int n, const Linear &law, const double *u, double *r) {
  r[0] = law.flux(u[0]);
}
template <class F> double apply(F f, double x) { return f(x); }
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void with_lambda(int n, const double *u, double *r) {
  r[0] = apply([](double x) { return x * x; }, u[0]);
}

// One of the table's functions comes from outside.
static double known(double u) { return u * u; }
// CHECK: indirect.cpp:[[#@LINE+6]]:12: error: cannot differentiate a call through a pointer
// CHECK: indirect.cpp:[[#@LINE+1]]:1: note: while differentiating 'partly_known' requested here
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void partly_known(int n, double (*f)(double), const double *u, double *r) {
  double (*table[2])(double) = {known, f};
  for (int i = 0; i < n; ++i)
    r[i] = table[i % 2](u[i]);
}

// A table that others may change.
double (*shared_table[2])(double) = {known, known};
// CHECK: indirect.cpp:[[#@LINE+5]]:12: error: cannot differentiate a call through a pointer
// CHECK: indirect.cpp:[[#@LINE+1]]:1: note: while differentiating 'changed_elsewhere' requested here
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void changed_elsewhere(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = shared_table[i % 2](u[i]);
}

// An array whose address leaves this unit.
void fill(double (**table)(double));
// CHECK: indirect.cpp:[[#@LINE+7]]:12: error: cannot differentiate a call through a pointer
// CHECK: indirect.cpp:[[#@LINE+1]]:1: note: while differentiating 'filled_elsewhere' requested here
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void filled_elsewhere(int n, const double *u, double *r) {
  double (*table[2])(double) = {known, known};
  fill(table);
  for (int i = 0; i < n; ++i)
    r[i] = table[i % 2](u[i]);
}
