// Gradients of loops whose state cannot be listed: an error where the promise about memory stands.
// RUN: %sparsead_clang -std=c++20 -fsyntax-only -Xclang -verify %s
// clang-format off: expectations stand on the lines they are about
#include <sparsead/sparsead.hpp>
#include <vector>

SPARSEAD_GRADIENT("return <- x[n]") // expected-note {{while differentiating 'unknown_memory' requested here}}
double unknown_memory(int n, const double *x, int *state, int steps) {
  double a = x[0];
  SPARSEAD_CHECKPOINT(2) for (int t = 0; t < steps; ++t) { // expected-error {{the steps of this loop cannot be run again: the loop changes memory whose size is not known here, behind 'state'}}
    a = a * x[state[t] % n];
    state[t + 1] = state[t] + 1; // expected-note {{here}}
  }
  return a;
}

SPARSEAD_GRADIENT("return <- x[n]") // expected-note {{while differentiating 'passed_on' requested here}}
double passed_on(int n, const double *x, int steps) {
  std::vector<double> u(x, x + n);
  SPARSEAD_CHECKPOINT(2) for (int t = 0; t < steps; ++t) { // expected-error {{the steps of this loop cannot be run again: memory that a step allocates may be used by the next: allocate it in front of the loop}}
    std::vector<double> next(n); // expected-note {{here}}
    for (int i = 0; i < n; ++i)
      next[i] = u[i] * u[0];
    u.swap(next); // the next step has what this one has allocated
  }
  return u[0];
}

SPARSEAD_GRADIENT("return <- x[n]") // expected-note {{while differentiating 'released' requested here}}
double released(int n, const double *x, int steps) {
  double *u = new double[8], f = x[0];
  SPARSEAD_CHECKPOINT(2) for (int t = 0; t < steps; ++t) { // expected-error {{the steps of this loop cannot be run again: a step releases memory that it has not allocated}}
    u[t % 8] = f * x[1];
    f = u[t % 8] * u[t % 8];
    if (t + 1 == steps)
      delete[] u; // expected-note {{here}}
  }
  return f;
}

static double depth(int n, double x) { return n ? x * depth(n - 1, x * x) + depth(n / 2, x) : x; }
SPARSEAD_GRADIENT("return <- x") // expected-note {{while differentiating 'taped' requested here}}
double taped(double x, int n, int steps) {
  SPARSEAD_CHECKPOINT(2) for (int t = 0; t < steps; ++t) // expected-error {{the steps of this loop cannot be run again: a recursion}}
    x = depth(n, x); // expected-note {{here}}
  return x;
}

// Without a gradient nothing is promised.
SPARSEAD_JACOBIAN("r[n] <- x[n]")
void values(int n, const double *x, double *r, int *state, int steps) {
  for (int i = 0; i < n; ++i)
    r[i] = x[i];
  SPARSEAD_CHECKPOINT(2) for (int t = 0; t < steps; ++t) {
    r[0] = r[0] * x[state[t] % n];
    state[t + 1] = state[t] + 1;
  }
}
