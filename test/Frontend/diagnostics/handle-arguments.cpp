// Handles of what has no derivative: one error each, and where the handle stands.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++17 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
// RUN: not %sparsead_clang -std=c++17 -fno-color-diagnostics -fsyntax-only %s 2>&1 | grep -c 'error:' | %FileCheck %s --check-prefix=COUNT
// COUNT: 6
#include <sparsead/sparsead.hpp>

int variable;
struct Point {
  double x;
};
SPARSEAD_JACOBIAN("return <- x") double variadic(double x, int n, ...);
SPARSEAD_JACOBIAN("return <- x") double overloaded(double x);
float overloaded(float x);
template <class T> SPARSEAD_JACOBIAN("return <- x") T generic(T x);

void use() {
  // CHECK-DAG: handle-arguments.cpp:[[#@LINE+2]]:12: note: in instantiation of template class 'sparsead::jacobian<&variable>' requested here
  // CHECK-DAG: error: static assertion failed{{.*}}sparsead::gradient<&f>, takes the address of a function that is annotated
  auto a = sparsead::jacobian<&variable>::plan(1.0, 2);
  // CHECK-DAG: handle-arguments.cpp:[[#@LINE+1]]:12: note: in instantiation of template class 'sparsead::jacobian<3>' requested here
  auto b = sparsead::jacobian<3>::plan(1.0, 2);
  // CHECK-DAG: handle-arguments.cpp:[[#@LINE+1]]:12: note: in instantiation of template class 'sparsead::jacobian<&Point::x>' requested here
  auto c = sparsead::jacobian<&Point::x>::plan(1.0, 2);
  // CHECK-DAG: error: static assertion failed{{.*}}functions with a variable number of arguments cannot be differentiated
  // CHECK-DAG: handle-arguments.cpp:[[#@LINE+1]]:12: note: in instantiation of template class 'sparsead::jacobian<&variadic>' requested here
  auto d = sparsead::jacobian<&variadic>::plan(1.0, 2);
  // CHECK-DAG: handle-arguments.cpp:[[#@LINE+1]]:31: error: non-type template parameter 'F' {{.*}}overloaded function type
  auto e = sparsead::jacobian<&overloaded>::plan(1.0);
  // CHECK-DAG: handle-arguments.cpp:[[#@LINE+1]]:31: error: non-type template parameter 'F' {{.*}}overloaded function type
  auto f = sparsead::jacobian<&generic>::plan(1.0);
}
