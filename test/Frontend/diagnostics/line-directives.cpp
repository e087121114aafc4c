// `#line`, as generators write it: errors stand at the presumed place of the statement, whether such a file exists or
// not; notes too. Macros, headers and templates bring Clang's own notes.
// REQUIRES: plugin
// RUN: not %sparsead_clang -std=c++17 -fno-color-diagnostics -fsyntax-only %s 2>&1 | %FileCheck %s
#include <sparsead/sparsead.hpp>

double hidden(double);

#line 100 "missing.y"
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void residual(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = hidden(u[i]);
}
// CHECK: missing.y:103:12: error: cannot differentiate a call to 'hidden'
// CHECK: missing.y:100:1: note: while differentiating 'residual' requested here

#line 7 "line-directives.cpp"
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void same_name(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 2 * hidden(u[i]);
}
// CHECK: line-directives.cpp:10:16: error: cannot differentiate a call to 'hidden'
// CHECK: line-directives.cpp:7:1: note: while differentiating 'same_name' requested here

#line 500 "macro.y"
#define CALL(x) (1 + hidden(x))
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void in_macro(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = CALL(u[i]);
}
// CHECK: macro.y:504:12: error: cannot differentiate a call to 'hidden'
// CHECK: macro.y:501:1: note: while differentiating 'in_macro' requested here

template <class T> T helper(T x) {
  return hidden(x);
}
#line 600 "template.y"
template <class T> SPARSEAD_JACOBIAN("y <- x") void in_template(const T &x, T &y) {
  y = x * helper(x);
}
template void in_template(const double &, double &);
// CHECK: macro.y:{{[0-9]+}}:10: error: cannot differentiate a call to 'hidden'
// CHECK: template.y:601:11: note: called from here
// CHECK: template.y:600:20: note: while differentiating 'in_template' requested here
