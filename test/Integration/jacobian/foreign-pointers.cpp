// Active arrays that are also reached through pointers in memory that the specification does not name: an exception that
// names the array, instead of missing entries. Pointers to anything else, and parameters, are what the caller says.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++17 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && timeout 20 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && timeout 20 %t.O2 | %FileCheck %s
#include <sparsead/sparsead.hpp>

#include "check.hpp"

#include <cstring>

struct View {
  double *begin_, *end_;
};

SPARSEAD_JACOBIAN("r[1] <- v->begin_[n]")
void reversed(int n, View *v, double *r) {
  double s = 0;
  for (double *p = v->end_; p != v->begin_;)
    s += *--p * n;
  r[0] = s;
}

SPARSEAD_JACOBIAN("r[1] <- v.begin_[n]")
void last(int n, View v, double *r) { r[0] = v.begin_[0] * *(v.end_ - 1); }

struct Context {
  double *x, *coefficients, *work;
  View view;
};

SPARSEAD_JACOBIAN("r[n] <- c->x[n]")
void copied(int n, Context *c, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = c->x[i] * c->view.begin_[i] * c->coefficients[i];
}

SPARSEAD_JACOBIAN("r[n] <- c->x[n]")
void copied_bytes(int n, Context *c, double *r) {
  std::memcpy(r, c->view.begin_, n * sizeof *r);
  r[0] += c->x[0];
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void parameters(int n, const double *old, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] - old[i];
}

template <class F> void run(const char *name, F f) {
  try {
    std::printf("%s: %ld entries\n", name, long(f()));
  } catch (const std::invalid_argument &e) {
    std::printf("%s: %s\n", name, e.what());
  }
}

int main() {
  using sparsead::jacobian;
  const int n = 4;
  double x[2 * n] = {1, 2, 3, 4, 5, 6, 7, 8}, y[n] = {1, 1, 1, 1}, r[n];
  View v{x, x + n};
  // CHECK: reversed: 'v->begin_' is also accessed through a pointer in memory that the specification does not name, at byte 24
  run("reversed", [&] { return jacobian<&reversed>::plan(n, &v, r).nnz(); });
  // CHECK: last: 'v.begin_' is also accessed
  run("last", [&] { return jacobian<&last>::plan(n, v, r).nnz(); });
  // CHECK: copied: 'c->x' is also accessed
  Context c{x, x + n, nullptr, {x, x + n}};
  run("copied", [&] { return jacobian<&copied>::plan(n, &c, r).nnz(); });
  // CHECK: copied_bytes: 'c->x' is also accessed
  run("copied_bytes", [&] { return jacobian<&copied_bytes>::plan(n, &c, r).nnz(); });
  // One array behind the other is no alias.
  // CHECK: neighbours: 4 entries
  c.view = {y, y + n};
  run("neighbours", [&] { return jacobian<&copied>::plan(n, &c, r).nnz(); });
  // CHECK: other: 1 entries
  run("other", [&] { return jacobian<&copied_bytes>::plan(n, &c, r).nnz(); });
  // CHECK: parameters: 4 entries
  run("parameters", [&] { return jacobian<&parameters>::plan(n, x, x, r).nnz(); });
}
