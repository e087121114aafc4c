// Handles and annotations that do not fit together.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>

// CHECK-DAG: handles.cpp:[[#@LINE+3]]:3: error: constructors and destructors cannot be differentiated
struct Built {
  double v;
  SPARSEAD_JACOBIAN("v <- u") Built(double u) : v(u) {}
};

// CHECK-DAG: handles.cpp:[[#@LINE+3]]:29: error: several Jacobian specifications of 'twice' need distinct tags
// CHECK-DAG: handles.cpp:[[#@LINE+2]]:29: note: add an option, as in SPARSEAD_JACOBIAN("r <- v", "tag=J1")
// clang-format off
SPARSEAD_JACOBIAN("r <- u") SPARSEAD_JACOBIAN("r <- v")
// clang-format on
void twice(double u, double v, double &r) { r = u * v; }

// Twice the same is no better; but a declaration may say what its definition says.
// CHECK-DAG: handles.cpp:[[#@LINE+3]]:35: error: several Hessian specifications of 'thrice' need distinct tags
// CHECK-NOT: declared
// clang-format off
SPARSEAD_HESSIAN("return <- x")   SPARSEAD_HESSIAN("return <- x")
// clang-format on
double thrice(double x) { return x * x * x; }
SPARSEAD_JACOBIAN("return <- x") double declared(double x);
SPARSEAD_JACOBIAN("return <- x") double declared(double x) { return x * x; }

// CHECK-DAG: handles.cpp:[[#@LINE+1]]:6: note: write SPARSEAD_JACOBIAN("outputs <- inputs") in front of the function, as in SPARSEAD_JACOBIAN("r[n] <- u[n]")
void plain(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i];
}

// CHECK-DAG: handles.cpp:[[#@LINE+1]]:1: note: the tag of a specification is set by its option "tag=…"
SPARSEAD_JACOBIAN("r[n] <- u[n]", "tag=A")
void tagged(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i];
}

void use(int n, double *u, double *r) {
  // CHECK-DAG: handles.cpp:[[#@LINE+1]]:12: error: 'plain' is not annotated with SPARSEAD_JACOBIAN
  auto p = sparsead::jacobian<&plain>::plan(n, u, r);
  // CHECK-DAG: handles.cpp:[[#@LINE+1]]:12: error: 'tagged' has no Jacobian specification without a tag
  auto q = sparsead::jacobian<&tagged>::plan(n, u, r);
}
