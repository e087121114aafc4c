//===- Polynomial.cpp - integers as polynomials of positions and sizes ----===//

#include "sparsead/Analysis/Polynomial.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace sparsead;

void Polynomial::add(const Monomial &m, int64_t c) {
  int64_t &mine = terms[m];
  if (llvm::AddOverflow(mine, c, mine))
    valid = false;
  if (mine == 0)
    terms.erase(m);
}

Polynomial Polynomial::sum(const Polynomial &o, int64_t sign) const {
  Polynomial result = *this;
  result.valid &= o.valid;
  for (const auto &[m, c] : o.terms) {
    int64_t scaled = 0;
    result.valid &= !llvm::MulOverflow(c, sign, scaled);
    result.add(m, scaled);
  }
  return result;
}

Polynomial Polynomial::operator*(const Polynomial &o) const {
  Polynomial result;
  result.valid = valid && o.valid;
  for (const auto &[ma, ca] : terms)
    for (const auto &[mb, cb] : o.terms) {
      Monomial m;
      m.reserve(ma.size() + mb.size());
      std::merge(ma.begin(), ma.end(), mb.begin(), mb.end(), std::back_inserter(m));
      int64_t c = 0;
      result.valid &= !llvm::MulOverflow(ca, cb, c);
      result.add(m, c);
    }
  return result;
}

bool Polynomial::mentions(Atom a) const {
  return llvm::any_of(terms, [&](const auto &t) { return llvm::is_contained(t.first, a); });
}

Polynomial Polynomial::factorOf(Atom a) const {
  Polynomial result;
  result.valid = valid;
  for (const auto &[m, c] : terms) {
    auto *it = llvm::find(m, a);
    if (it == m.end())
      continue;
    Monomial rest(m);
    rest.erase(rest.begin() + (it - m.begin()));
    if (llvm::is_contained(rest, a))
      result.valid = false;
    result.add(rest, c);
  }
  return result;
}

Polynomial Polynomial::without(Atom a) const {
  Polynomial result;
  result.valid = valid;
  for (const auto &[m, c] : terms)
    if (!llvm::is_contained(m, a))
      result.terms[m] = c;
  return result;
}

Polynomial Polynomial::replaced(Atom a, const Polynomial &by) const {
  return mentions(a) ? without(a) + factorOf(a) * by : *this;
}

Polynomial Polynomial::renamed(llvm::function_ref<Atom(Atom)> name) const {
  Polynomial result;
  result.valid = valid;
  for (const auto &[m, c] : terms) {
    Monomial fresh;
    for (Atom a : m)
      fresh.push_back(name(a));
    llvm::sort(fresh);
    result.add(fresh, c);
  }
  return result;
}

int64_t Polynomial::content() const {
  int64_t g = 0;
  for (const auto &[m, c] : terms)
    g = std::gcd(g, c);
  return g;
}

Polynomial Polynomial::dividedBy(int64_t divisor) const {
  Polynomial result = *this;
  for (auto &[m, c] : result.terms)
    c /= divisor;
  return result;
}

std::pair<Polynomial, Polynomial> Polynomial::divide(const Polynomial &divisor) const {
  Polynomial quotient, rest, work = *this;
  const auto &[leading, factor] = *divisor.terms.rbegin();
  while (!work.terms.empty() && work.valid) {
    auto [m, c] = *work.terms.rbegin();
    int64_t times = llvm::divideFloorSigned(c, factor);
    Polynomial part;
    if (std::includes(m.begin(), m.end(), leading.begin(), leading.end()) && times != 0) {
      Monomial left;
      std::set_difference(m.begin(), m.end(), leading.begin(), leading.end(), std::back_inserter(left));
      part.terms[left] = times;
      quotient = quotient + part;
      work = work - part * divisor;
    }
    if (auto it = work.terms.find(m); it != work.terms.end()) {
      rest.add(m, it->second);
      work.terms.erase(it);
    }
  }
  rest.valid = quotient.valid = work.valid;
  return {quotient, rest};
}

//===----------------------------------------------------------------------===//
// Conjunctions
//===----------------------------------------------------------------------===//

void Conjunction::require(const Conjunction &o) {
  llvm::append_range(equal, o.equal);
  llvm::append_range(atLeast, o.atLeast);
  widened |= o.widened;
}

bool Conjunction::isTriviallyFalse() const {
  return llvm::any_of(equal,
                      [](const Polynomial &p) {
                        if (p.isConstant())
                          return p.constant() != 0;
                        int64_t g = (p - p.constant()).content();
                        return p.constant() % g != 0;
                      }) ||
         llvm::any_of(atLeast, [](const Polynomial &p) { return p.isConstant() && p.constant() < 0; });
}

void Conjunction::tidy() {
  auto clean = [](llvm::SmallVector<Polynomial, 2> &rows, bool isEqual) {
    llvm::SmallVector<Polynomial, 2> kept;
    for (Polynomial &row : rows) {
      if (row.isConstant() && (isEqual ? row.constant() == 0 : row.constant() >= 0))
        continue;
      if (!row.isConstant()) {
        int64_t g = (row - row.constant()).content(), c = row.constant();
        if (g > 1 && (!isEqual || c % g == 0)) {
          int64_t constant = isEqual ? c / g : llvm::divideFloorSigned(c, g);
          row = (row - c).dividedBy(g) + constant;
        }
        if (isEqual && row.all().rbegin()->second < 0)
          row = -row;
      }
      // Of rows that differ in their constants only the strongest counts.
      bool covered = false;
      for (Polynomial &other : kept) {
        Polynomial difference = row - other;
        if (!difference.isConstant() || (isEqual && !difference.isZero()))
          continue;
        covered = true;
        if (difference.constant() < 0)
          other = row;
        break;
      }
      if (!covered)
        kept.push_back(row);
    }
    llvm::sort(kept);
    rows = std::move(kept);
  };
  clean(equal, true);
  clean(atLeast, false);
}

Conjunction Conjunction::renamed(llvm::function_ref<Atom(Atom)> name) const {
  Conjunction result;
  result.widened = widened;
  for (const Polynomial &p : equal)
    result.equal.push_back(p.renamed(name));
  for (const Polynomial &p : atLeast)
    result.atLeast.push_back(p.renamed(name));
  return result;
}
