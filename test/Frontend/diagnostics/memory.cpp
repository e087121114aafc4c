// Active values and pointers to them in memory that the specification does not name.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++20 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <cstdint>

// CHECK: memory.cpp:[[#@LINE+7]]:14: error: an active value is stored in global 'previous'
// CHECK: memory.cpp:[[#@LINE+3]]:1: note: while differentiating 'global' requested here
// CHECK: memory.cpp:[[#@LINE+5]]:14: note: pass the storage as a parameter and name it after ';' in the specification
static double previous;
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void global(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    previous = u[i] * u[i];
    r[i] = previous;
  }
}

struct Context {
  double *work;
  const double *last;
};

// CHECK: memory.cpp:[[#@LINE+6]]:12: error: an active value is stored in memory of 'tmp', which the specification does not name
// CHECK: memory.cpp:[[#@LINE+2]]:1: note: while differentiating 'unnamed' requested here
// CHECK: memory.cpp:[[#@LINE+4]]:12: note: name it as an output, or after ';' as a work array
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void unnamed(int n, double *tmp, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    tmp[i] = u[i] * u[i];
  for (int i = 0; i < n; ++i)
    r[i] = tmp[i];
}

// CHECK: memory.cpp:[[#@LINE+4]]:18: error: an active value is stored in memory of 'ctx', which the specification does not name
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void unnamed_member(int n, Context *ctx, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    ctx->work[i] = u[i];
}

// CHECK: memory.cpp:[[#@LINE+5]]:13: error: a pointer to active memory is stored in 'ctx', which the specification does not name
// CHECK: memory.cpp:[[#@LINE+2]]:1: note: while differentiating 'kept_pointer' requested here
// CHECK: memory.cpp:[[#@LINE+3]]:13: note: keep such pointers in local variables, or name the memory in the specification
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void kept_pointer(int n, Context *ctx, const double *u, double *r) {
  ctx->last = u;
  for (int i = 0; i < n; ++i)
    r[i] = ctx->last[i];
}

// CHECK: memory.cpp:[[#@LINE+5]]:8: error: an active value is stored through a pointer made from an integer
// CHECK: memory.cpp:[[#@LINE+4]]:8: note: use pointer arithmetic on the array itself
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void from_integer(int n, std::uintptr_t where, const double *u, double *r) {
  double *p = reinterpret_cast<double *>(where);
  p[0] = u[0];
  r[0] = p[n];
}
