//===- Polynomial.h - integers as polynomials of loop positions and sizes -*- C++ -*-===//
//
// Subscripts before they are taken apart: i*N + j is a polynomial of degree two in the atoms i, j (positions) and N (a
// size). After delinearisation every row is linear in positions.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_ANALYSIS_POLYNOMIAL_H
#define SPARSEAD_ANALYSIS_POLYNOMIAL_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace sparsead {

/// A position (loop variable), a size, or another integer, by number.
using Atom = unsigned;

class Polynomial {
public:
  using Monomial = llvm::SmallVector<Atom, 2>; // sorted, with repetitions
  /// Degree, then the atoms: products keep the order, so that division by leading terms ends.
  struct Before {
    bool operator()(const Monomial &a, const Monomial &b) const {
      return a.size() != b.size() ? a.size() < b.size() : a < b;
    }
  };
  using Terms = std::map<Monomial, int64_t, Before>;

  Polynomial() = default;
  Polynomial(int64_t constant) { // NOLINT(google-explicit-constructor): numbers are polynomials
    if (constant != 0)
      terms[{}] = constant;
  }
  static Polynomial atom(Atom a) {
    Polynomial p;
    p.terms[{a}] = 1;
    return p;
  }

  const Terms &all() const { return terms; }
  /// Some coefficient did not fit 64 bits; every result that is computed from it is invalid too.
  bool isValid() const { return valid; }
  bool isZero() const { return terms.empty(); }
  bool isConstant() const { return terms.empty() || (terms.size() == 1 && terms.begin()->first.empty()); }
  int64_t constant() const {
    auto it = terms.find({});
    return it == terms.end() ? 0 : it->second;
  }
  bool mentions(Atom a) const;
  /// The factor of a in the terms that hold it once, where a is in no product with itself.
  Polynomial factorOf(Atom a) const;
  Polynomial without(Atom a) const;
  Polynomial replaced(Atom a, const Polynomial &by) const;
  Polynomial renamed(llvm::function_ref<Atom(Atom)> name) const;
  /// Greatest common divisor of the coefficients; 0 for zero.
  int64_t content() const;
  Polynomial dividedBy(int64_t divisor) const;

  /// *this = quotient * divisor + rest, where no term of the rest is a multiple of the divisor's leading term.
  std::pair<Polynomial, Polynomial> divide(const Polynomial &divisor) const;

  Polynomial operator+(const Polynomial &o) const { return sum(o, 1); }
  Polynomial operator-(const Polynomial &o) const { return sum(o, -1); }
  Polynomial operator-() const { return Polynomial().sum(*this, -1); }
  Polynomial operator*(const Polynomial &o) const;
  bool operator==(const Polynomial &o) const { return terms == o.terms && valid == o.valid; }
  bool operator<(const Polynomial &o) const { return terms < o.terms; }

private:
  Polynomial sum(const Polynomial &o, int64_t sign) const;
  void add(const Monomial &m, int64_t c);

  Terms terms; // no zeros
  bool valid = true;
};

/// equal == 0 and atLeast >= 0.
struct Conjunction {
  llvm::SmallVector<Polynomial, 2> equal, atLeast;
  /// Some condition has no such form and is left out: more is allowed than in the program.
  bool widened = false;

  void require(const Conjunction &o);
  /// Known to be false at once.
  bool isTriviallyFalse() const;
  /// Drops rows that are always true, equal rows and multiples.
  void tidy();
  Conjunction renamed(llvm::function_ref<Atom(Atom)> name) const;
  bool operator==(const Conjunction &o) const { return equal == o.equal && atLeast == o.atLeast; }
};

} // namespace sparsead

#endif // SPARSEAD_ANALYSIS_POLYNOMIAL_H
