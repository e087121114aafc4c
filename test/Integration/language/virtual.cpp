// Virtual calls whose target is known after all: objects made here, final classes.
// RUN: %sparsead_clang -std=c++17 -O0 %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -O2 %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
#include "Inputs/show.hpp"
#include <memory>

struct Base {
  virtual double f(double x) const = 0;
  virtual ~Base() = default;
};
struct D : Base {
  double k;
  D(double k) : k(k) {}
  double f(double x) const override { return k * x * x * x; }
};
struct E final : Base {
  double f(double x) const override { return x * x; }
};
static double ap(const Base &b, double x) { return b.f(x); }
// CHECK: local_object 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void local_object(int n, const double *u, double *r) {
  D d(3);
  Base &b = d;
  for (int i = 0; i < n; ++i)
    r[i] = b.f(u[i]) + ap(d, u[i]);
}
// CHECK: final_class 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void final_class(int n, const E &e, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = e.f(u[i]);
}
// CHECK: heap_object 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void heap_object(int n, const double *u, double *r) {
  std::unique_ptr<Base> b = std::make_unique<D>(2.0);
  for (int i = 0; i < n; ++i)
    r[i] = b->f(u[i]);
}
int main() {
  const int n = 5;
  double u[5] = {0.3, 0.7, 0.65, 0.95, 0.2}, r[5] = {};
  E e;
  SHOW(local_object);
  show("final_class", sparsead::jacobian<&final_class>::plan(n, e, u, r), n, e, u, r);
  SHOW(heap_object);
}
