// What cannot be differentiated is named as the user wrote it, with who asked and a way out.
// RUN: %sparsead_clang -std=c++17 -fsyntax-only -Xclang -verify %s
// RUN: not %sparsead_clang -std=c++17 -fsyntax-only -fno-color-diagnostics %s 2>&1 | %FileCheck %s
// clang-format off: expectations stand on the lines they are about
#include <sparsead/sparsead.hpp>
#include <vector>

namespace ns { double mystery(double x, int n); }
struct Law {
  virtual ~Law() = default;
  virtual double eval(double x) const = 0;
};

static double helper(double x) {
  return 2 * ns::mystery(x, 3); // expected-error {{cannot differentiate a call to 'ns::mystery': its body is not visible here}}
                                // expected-note@-1 {{include its definition, or write the computation here}}
}

SPARSEAD_JACOBIAN("r[n] <- u[n]") // expected-note {{while differentiating 'calls' requested here}}
void calls(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = helper(u[i]); // expected-note {{called from here}}
}
// CHECK: diagnostics.cpp:[[@LINE-9]]:14: error: cannot differentiate a call to 'ns::mystery': its body is not visible here
// CHECK: diagnostics.cpp:[[@LINE-3]]:12: note: called from here

// CHECK: diagnostics.cpp:[[@LINE+4]]:42: error: cannot differentiate a virtual call to 'Law::eval'
SPARSEAD_JACOBIAN("r[n] <- u[n]") // expected-note {{while differentiating 'virtual_call' requested here}}
void virtual_call(int n, const Law &law, const double *u, double *r) {
  // expected-note@+1 {{call a function that is known here}}
  for (int i = 0; i < n; ++i) r[i] = law.eval(u[i]); // expected-error {{cannot differentiate a virtual call to 'Law::eval'}}
}

SPARSEAD_JACOBIAN("r[n] <- u[n]") // expected-note {{while differentiating 'pointer_call' requested here}}
void pointer_call(int n, double (*f)(double), const double *u, double *r) {
  // expected-note@+1 {{call a function that is known here}}
  for (int i = 0; i < n; ++i) r[i] = f(u[i]); // expected-error {{cannot differentiate a call through the pointer 'f'}}
}

SPARSEAD_JACOBIAN("r[n] <- u[n]") // expected-note {{while differentiating 'assembly' requested here}}
void assembly(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    double x = u[i];
    // expected-note@+1 {{write this computation in C++}}
    __asm__ volatile("addsd %0, %0" : "+x"(x)); // expected-error {{cannot differentiate inline assembly (asm)}}
    r[i] = x;
  }
}
