// SPARSEAD_INACTIVE where it cannot be kept: on items of a specification, and where its memory cannot be followed.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only -DITEMS %s 2>&1 | %FileCheck %s --check-prefix=ITEMS
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <vector>

#ifdef ITEMS
// ITEMS: inactive.cpp:[[#@LINE+1]]:28: error: 'u' cannot be an input: it is marked SPARSEAD_INACTIVE
SPARSEAD_JACOBIAN("r[n] <- u[n]")
// ITEMS: inactive.cpp:[[#@LINE+1]]:55: note: declared here: take the mark away, or the item
void parameter(int n, SPARSEAD_INACTIVE const double *u, double *r);

struct state {
  SPARSEAD_INACTIVE double w[3];
  double v;
};
// ITEMS: inactive.cpp:[[#@LINE+1]]:22: error: 's.w' cannot be an output: it is marked SPARSEAD_INACTIVE
SPARSEAD_JACOBIAN("s.w <- s.v")
void member(state &s);

// ITEMS: error: functions marked SPARSEAD_INACTIVE cannot be differentiated
SPARSEAD_INACTIVE SPARSEAD_JACOBIAN("r[n] <- u[n]") void function(int n, const double *u, double *r);
#else

SPARSEAD_INACTIVE void fill(int n, double *w);
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void writes(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i];
  // CHECK: inactive.cpp:[[#@LINE+1]]:3: error: 'fill' is marked SPARSEAD_INACTIVE, but may write to active memory ('r')
  fill(n, r);
  // CHECK: note: let its parameter be a pointer or a reference to const, or pass other memory
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void copies(int n, const double *u, double *r) {
  SPARSEAD_INACTIVE const double *p = u;
  // CHECK: inactive.cpp:[[#@LINE+1]]:23: error: memory marked SPARSEAD_INACTIVE holds active values, and cannot be followed here
  std::vector<double> w(p, p + n);
  // CHECK: inactive.cpp:[[#@LINE-1]]:23: note: copy element by element, and do not mix its addresses with others
  for (int i = 0; i < n; ++i)
    r[i] = w[i];
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void mixes(int n, const double *u, double *r) {
  SPARSEAD_INACTIVE const double *p = u;
  // CHECK: inactive.cpp:[[#@LINE+1]]:21: error: memory marked SPARSEAD_INACTIVE holds active values, and cannot be followed here
  const double *q = n % 2 ? p : u + 1;
  for (int i = 0; i + 1 < n; ++i)
    r[i] = q[i];
}

// Inactive memory without active values may go anywhere.
// CHECK-NOT: error:
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void fine(int n, SPARSEAD_INACTIVE const double *p, const double *u, double *r) {
  std::vector<double> w(p, p + n);
  const double *q = n % 2 ? p : w.data();
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * q[i] * w[i];
}
#endif
