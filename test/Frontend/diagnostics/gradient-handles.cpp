// Handles of gradients for functions that ask for none, or for another derivative; a body that cannot be differentiated.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -c %s -o %t.o 2>&1 | %FileCheck %s
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -DBODY -c %s -o %t.o 2>&1 | %FileCheck %s --check-prefix=BODY
#include <sparsead/sparsead.hpp>

#ifndef BODY
// CHECK-DAG: gradient-handles.cpp:[[#@LINE+1]]:8: note: write SPARSEAD_GRADIENT("outputs <- inputs") in front of the function, as in SPARSEAD_GRADIENT("return <- x[n]")
double plain(double x) { return x * x; }
SPARSEAD_JACOBIAN("return <- x") double other(double x) { return x * x; }
SPARSEAD_GRADIENT("return <- x", "tag=X") double tagged(double x) { return x * x; }

void use() {
  double g[1];
  // CHECK-DAG: gradient-handles.cpp:[[#@LINE+1]]:{{.*}} error: 'plain' is not annotated with SPARSEAD_GRADIENT
  sparsead::gradient<&plain>::value_and_grad(g, 1.0);
  // CHECK-DAG: gradient-handles.cpp:[[#@LINE+1]]:{{.*}} error: 'other' is not annotated with SPARSEAD_GRADIENT
  sparsead::gradient<&other>::value_and_grad(g, 1.0);
  // CHECK-DAG: gradient-handles.cpp:[[#@LINE+1]]:{{.*}} error: 'tagged' has no gradient specification without a tag
  sparsead::gradient<&tagged>::value_and_grad(g, 1.0);
  // CHECK-DAG: gradient-handles.cpp:[[#@LINE+1]]:{{.*}} error: 'tagged' is not annotated with SPARSEAD_JACOBIAN
  sparsead::jacobian<&tagged>::plan(1.0);
}
#else
double table(double x);
// BODY: gradient-handles.cpp:[[#@LINE+2]]:{{[0-9]+}}: error: cannot differentiate a call to 'table': its body is not visible here
// BODY: gradient-handles.cpp:[[#@LINE+1]]:1: note: while differentiating 'hidden' requested here
SPARSEAD_GRADIENT("return <- x") double hidden(double x) { return table(x); }
#endif
