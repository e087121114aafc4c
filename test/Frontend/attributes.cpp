// Where the attributes may stand and what they take.
// RUN: %sparsead_clang -std=c++17 -fsyntax-only -Xclang -verify %s
// clang-format off: expectations stand on the lines they are about
#include <sparsead/sparsead.hpp>

static_assert(__has_cpp_attribute(sparsead::jacobian));

[[sparsead::jacobian]] void nothing(double x, double &y); // expected-error {{'sparsead::jacobian' needs a derivative specification, as in "r[n] <- u[n]"}}
[[sparsead::jacobian(3)]] void number(double x, double &y); // expected-error {{'sparsead::jacobian' takes ordinary string literals only}}
[[sparsead::jacobian(L"y <- x")]] void wide(double x, double &y); // expected-error {{'sparsead::jacobian' takes ordinary string literals only}}
[[sparsead::jacobian("y <- x")]] double variable; // expected-error {{'sparsead::jacobian' can only be written in front of a function declaration}}
struct [[sparsead::jacobian("y <- x")]] type {}; // expected-error {{'sparsead::jacobian' can only be written in front of a function declaration}}
[[jacobian("y <- x")]] void bare(double x, double &y); // expected-warning {{unknown attribute 'jacobian' ignored}}
[[other::jacobian("y <- x")]] void foreign(double x, double &y); // expected-warning {{unknown attribute 'other::jacobian' ignored}}

[[sparsead::gradient("return <- x")]] double energy(double x);
[[sparsead::gradient]] double no_energy(double x); // expected-error {{'sparsead::gradient' needs a derivative specification, as in "r[n] <- u[n]"}}
[[sparsead::hessian("return <- x")]] double potential(double x);
[[sparsead::hessian]] double no_potential(double x); // expected-error {{'sparsead::hessian' needs a derivative specification, as in "r[n] <- u[n]"}}

[[sparsead::jacobian("y <- x")]] void good(double x, double &y);
struct Class {
  [[sparsead::jacobian("y <- x")]] void member(double x, double &y) const;
  template <class T> [[sparsead::jacobian("y <- x")]] static void member_template(T x, T &y);
};
extern "C" [[sparsead::jacobian("y <- x")]] void c_function(double x, double *y);

SPARSEAD_INACTIVE double global;
SPARSEAD_INACTIVE double hidden(SPARSEAD_INACTIVE double x);
struct Data {
  SPARSEAD_INACTIVE double member;
};
[[inactive]] double bare_variable; // expected-warning {{unknown attribute 'inactive' ignored}}
struct [[sparsead::inactive]] inactive_type {}; // expected-error {{'sparsead::inactive' can only be written in front of a parameter, a variable, a data member or a function}}
