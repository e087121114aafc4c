//===- DependenceReport.cpp - what a relation says about a matrix ---------===//
//
// Elements are counted index by index, ranges taken not to be negative: a sum of a polynomial between bounds that are
// linear in the other indices is a polynomial (Faulhaber). Shapes for which that does not work have no closed form
// here. The result is compared with enumerations at small sizes, which also tells from where on it holds (pieces of a
// union overlap at tiny sizes).
//
//===----------------------------------------------------------------------===//

#include "sparsead/Analysis/DependenceReport.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>
#include <set>

using namespace sparsead;

//===----------------------------------------------------------------------===//
// Polynomials
//===----------------------------------------------------------------------===//

static void reduce(SizePolynomial &p) {
  int64_t g = p.denominator;
  for (auto it = p.terms.begin(); it != p.terms.end();) {
    if (it->second == 0) {
      it = p.terms.erase(it);
      continue;
    }
    g = std::gcd(g, it->second);
    ++it;
  }
  if (g > 1) {
    p.denominator /= g;
    for (auto &[m, c] : p.terms)
      c /= g;
  }
}

static SizePolynomial sum(const SizePolynomial &a, const SizePolynomial &b, int64_t sign = 1) {
  SizePolynomial result;
  result.denominator = std::lcm(a.denominator, b.denominator);
  for (const auto &[m, c] : a.terms)
    result.terms[m] += c * (result.denominator / a.denominator);
  for (const auto &[m, c] : b.terms)
    result.terms[m] += sign * c * (result.denominator / b.denominator);
  reduce(result);
  return result;
}

static SizePolynomial product(const SizePolynomial &a, const SizePolynomial &b) {
  SizePolynomial result;
  result.denominator = a.denominator * b.denominator;
  for (const auto &[ma, ca] : a.terms)
    for (const auto &[mb, cb] : b.terms) {
      std::vector<std::string> m(ma);
      m.insert(m.end(), mb.begin(), mb.end());
      llvm::sort(m);
      result.terms[m] += ca * cb;
    }
  reduce(result);
  return result;
}

static SizePolynomial number(int64_t numerator, int64_t denominator = 1) {
  SizePolynomial p;
  p.denominator = denominator;
  if (numerator != 0)
    p.terms[{}] = numerator;
  reduce(p);
  return p;
}

static SizePolynomial polynomial(const LinearForm &form) {
  SizePolynomial p = number(form.constant);
  for (const auto &[n, c] : form.terms) {
    llvm::SmallVector<llvm::StringRef> factors;
    llvm::StringRef(n).split(factors, '*');
    std::vector<std::string> m;
    for (llvm::StringRef f : factors)
      m.push_back(f.str());
    llvm::sort(m);
    p.terms[m] += c;
  }
  return p;
}

unsigned SizePolynomial::degree() const {
  unsigned degree = 0;
  for (const auto &[m, c] : terms)
    degree = std::max<unsigned>(degree, m.size());
  return degree;
}

std::optional<int64_t> SizePolynomial::evaluate(const SizeValues &sizes) const {
  int64_t total = 0;
  for (const auto &[m, c] : terms) {
    int64_t value = c;
    for (const std::string &n : m) {
      auto it = sizes.find(n);
      if (it == sizes.end() || llvm::MulOverflow(value, it->second, value))
        return std::nullopt;
    }
    if (llvm::AddOverflow(total, value, total))
      return std::nullopt;
  }
  if (total % denominator != 0)
    return std::nullopt;
  return total / denominator;
}

std::string SizePolynomial::str() const {
  llvm::SmallVector<std::pair<std::vector<std::string>, int64_t>> list(terms.begin(), terms.end());
  llvm::stable_sort(list, [](const auto &a, const auto &b) { return a.first.size() > b.first.size(); });
  std::string text;
  for (const auto &[m, c] : list) {
    bool first = text.empty();
    text += c < 0 ? (first ? "-" : " - ") : first ? "" : " + ";
    uint64_t size = c < 0 ? 0 - static_cast<uint64_t>(c) : static_cast<uint64_t>(c);
    if (m.empty() || size != 1)
      text += std::to_string(size) + (m.empty() ? "" : "*");
    text += llvm::join(m, "*");
  }
  if (text.empty())
    text = "0";
  if (denominator != 1)
    text = (list.size() > 1 ? "(" + text + ")" : text) + "/" + std::to_string(denominator);
  return text;
}

//===----------------------------------------------------------------------===//
// Counting
//===----------------------------------------------------------------------===//

/// The polynomial with a name replaced.
static SizePolynomial replaced(const SizePolynomial &p, const std::string &name, const SizePolynomial &by) {
  SizePolynomial result = number(0);
  for (const auto &[m, c] : p.terms) {
    SizePolynomial term = number(c, p.denominator);
    for (const std::string &n : m) {
      SizePolynomial factor;
      factor.terms[{n}] = 1;
      term = product(term, n == name ? by : factor);
    }
    result = sum(result, term);
  }
  return result;
}

/// Sum of p over low <= name < high; nullopt above degree 3 in the name.
static std::optional<SizePolynomial> sumOver(const SizePolynomial &p, const std::string &name,
                                             const SizePolynomial &low, const SizePolynomial &high) {
  // Coefficients by powers of the name.
  std::vector<SizePolynomial> powers(4, number(0));
  for (const auto &[m, c] : p.terms) {
    size_t power = llvm::count(m, name);
    if (power >= powers.size())
      return std::nullopt;
    std::vector<std::string> rest;
    for (const std::string &n : m)
      if (n != name)
        rest.push_back(n);
    SizePolynomial term;
    term.denominator = p.denominator;
    term.terms[rest] = c;
    powers[power] = sum(powers[power], term);
  }
  // Sum of x^k over 0 <= x < t, for k up to 3.
  auto below = [&](size_t k, const SizePolynomial &t) {
    SizePolynomial less = sum(t, number(1), -1), result = t;
    if (k == 0)
      return result;
    result = product(product(t, less), number(1, 2));
    if (k == 1)
      return result;
    if (k == 3)
      return product(result, result);
    return product(result, product(sum(product(t, number(2)), number(1), -1), number(1, 3)));
  };
  SizePolynomial result = number(0);
  for (size_t k = 0; k < powers.size(); ++k)
    if (!powers[k].terms.empty())
      result = sum(result, product(powers[k], sum(below(k, high), below(k, low), -1)));
  return result;
}

/// Points of a piece. Each existential index must be told by the input's element.
static std::optional<SizePolynomial> countOf(const RelationPiece &piece) {
  std::vector<LinearForm> atLeast = piece.atLeast, equal = piece.equal;
  std::set<std::string> open(piece.outIndex.begin(), piece.outIndex.end());
  for (const std::string &n : piece.quantified) {
    open.insert(n);
    bool told = llvm::any_of(piece.inIndex, [&](const LinearForm &index) {
      return index.coefficient(n) != 0 && llvm::none_of(piece.quantified, [&](const std::string &other) {
               return other != n && index.coefficient(other) != 0;
             });
    });
    bool fixed = llvm::any_of(equal, [&](const LinearForm &row) { return row.coefficient(n) != 0; });
    if (!told && !fixed)
      return std::nullopt;
  }
  while (!equal.empty()) {
    std::string name;
    size_t at = 0;
    int64_t factor = 0;
    for (size_t k = 0; k < equal.size() && name.empty(); ++k)
      for (const auto &[n, c] : equal[k].terms)
        if ((c == 1 || c == -1) && open.count(n)) {
          name = n;
          at = k;
          factor = c;
        }
    if (name.empty())
      return std::nullopt;
    LinearForm value;
    value.add(equal[at], -factor);
    value.terms.erase(name);
    equal.erase(equal.begin() + at);
    open.erase(name);
    for (auto *list : {&equal, &atLeast})
      for (LinearForm &form : *list)
        if (int64_t c = form.coefficient(name)) {
          form.terms.erase(name);
          form.add(value, c);
        }
  }
  SizePolynomial count = number(1);
  while (!open.empty()) {
    // An index with one bound below and one above.
    bool found = false;
    for (const std::string &n : open) {
      const LinearForm *low = nullptr, *high = nullptr;
      bool simple = true;
      for (const LinearForm &row : atLeast) {
        int64_t c = row.coefficient(n);
        if (c == 0)
          continue;
        const LinearForm *&side = c > 0 ? low : high;
        simple &= !side && (c == 1 || c == -1);
        side = &row;
      }
      if (!simple || !low || !high)
        continue;
      LinearForm begin, end = *high;
      begin.add(*low, -1);
      begin.terms.erase(n);
      end.terms.erase(n);
      end.constant += 1;
      auto next = sumOver(count, n, polynomial(begin), polynomial(end));
      if (!next)
        return std::nullopt;
      count = *next;
      llvm::erase_if(atLeast, [&](const LinearForm &row) { return row.coefficient(n) != 0; });
      open.erase(n);
      found = true;
      break;
    }
    if (!found)
      return std::nullopt;
  }
  return count;
}

//===----------------------------------------------------------------------===//
// The report
//===----------------------------------------------------------------------===//

/// Number of an element, as a polynomial of indices and sizes.
static SizePolynomial numberOf(const std::vector<LinearForm> &index, const std::vector<LinearForm> &extents) {
  SizePolynomial result = number(0);
  for (size_t d = 0; d < index.size(); ++d) {
    if (d > 0)
      result = product(result, polynomial(extents[d - 1]));
    result = sum(result, polynomial(index[d]));
  }
  return result;
}

/// More than a constant number in each row and in each column: indices of the input that the output does not tell, and
/// the other way round.
static bool isQuadratic(const RelationPiece &piece, const std::optional<SizePolynomial> &count) {
  return count && !piece.quantified.empty() && count->degree() > std::max(piece.outIndex.size(), piece.inIndex.size());
}

std::vector<size_t> sparsead::quadraticPieces(const RelationFormula &relation) {
  std::vector<size_t> found;
  for (auto [k, piece] : llvm::enumerate(relation.pieces))
    if (!piece.quantified.empty() && isQuadratic(piece, countOf(piece)))
      found.push_back(k);
  return found;
}

DependenceReport sparsead::reportOf(const RelationFormula &relation) {
  DependenceReport report;
  SizePolynomial total = number(0);
  bool closed = true;
  std::set<std::string> outs, ins;
  for (auto [k, piece] : llvm::enumerate(relation.pieces)) {
    report.pieces.push_back(countOf(piece));
    outs.insert(piece.out);
    ins.insert(piece.in);
    if (!report.pieces.back()) {
      closed = false;
      continue;
    }
    total = sum(total, *report.pieces.back());
    if (isQuadratic(piece, report.pieces.back()))
      report.quadratic.push_back(k);
  }
  if (closed) {
    // Compared with what is there at small sizes.
    std::vector<std::string> names = relation.sizes();
    constexpr int64_t largest = 6;
    for (int64_t from = 1; from <= largest && !report.nnz; ++from) {
      bool agrees = true;
      for (int64_t shift = 0; shift < 2 && agrees; ++shift) {
        SizeValues sizes;
        for (auto [k, n] : llvm::enumerate(names))
          sizes[n] = from + shift + (shift + k) % 2;
        std::set<std::pair<std::pair<std::string, std::string>, std::pair<int64_t, int64_t>>> pairs;
        bool bounded = relation.enumerate(sizes, [&](size_t piece, int64_t row, int64_t column) {
          pairs.insert({{relation.pieces[piece].out, relation.pieces[piece].in}, {row, column}});
        });
        auto value = total.evaluate(sizes);
        agrees = bounded && value && *value == static_cast<int64_t>(pairs.size());
      }
      if (agrees) {
        report.nnz = total;
        report.nnzFrom = from;
      }
    }
  }
  // One array on either side, with one numbering.
  if (outs.size() == 1 && ins.size() == 1) {
    auto extentsOf = [&](const std::string &name) {
      auto it = relation.shapes.find(name);
      return it == relation.shapes.end() ? std::vector<LinearForm>() : it->second;
    };
    SizePolynomial most = number(0);
    bool known = extentsOf(*outs.begin()) == extentsOf(*ins.begin());
    for (const RelationPiece &piece : relation.pieces) {
      if (!known)
        break;
      std::vector<LinearForm> row;
      for (const std::string &n : piece.outIndex)
        row.push_back(LinearForm::name(n));
      SizePolynomial distance =
          sum(numberOf(piece.inIndex, extentsOf(piece.in)), numberOf(row, extentsOf(piece.out)), -1);
      // Indices that an equality gives.
      for (const LinearForm &equality : piece.equal)
        for (const auto &[n, c] : equality.terms)
          if ((c == 1 || c == -1) && piece.isBound(n)) {
            LinearForm value;
            value.add(equality, -c);
            std::string name = n;
            value.terms.erase(name);
            distance = replaced(distance, name, polynomial(value));
            break;
          }
      for (const auto &[m, c] : distance.terms)
        known &= llvm::none_of(m, [&](const std::string &n) { return piece.isBound(n); });
      // Its size where sizes are large: the sign of the leading term.
      SizeValues large;
      for (const std::string &n : relation.sizes())
        large[n] = 1000;
      auto at = distance.evaluate(large);
      if (at && *at < 0) {
        distance = product(distance, number(-1));
        at = -*at;
      }
      auto so_far = most.evaluate(large);
      known &= at && so_far;
      if (known && *at > *so_far)
        most = distance;
    }
    if (known)
      report.bandwidth = most;
  }
  return report;
}

std::string DependenceReport::str() const {
  std::string text = "nnz = " + (nnz ? nnz->str() : std::string("no closed form"));
  if (nnz && nnzFrom > 1)
    text += " for sizes of at least " + std::to_string(nnzFrom);
  if (bandwidth)
    text += ", bandwidth " + bandwidth->str();
  if (!quadratic.empty())
    text += ", growing with the product of rows and columns";
  return text;
}
