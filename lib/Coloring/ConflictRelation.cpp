//===- ConflictRelation.cpp - columns that meet in a row ------------------===//

#include "sparsead/Coloring/ConflictRelation.h"

#include "mlir/Analysis/Presburger/IntegerRelation.h"
#include "mlir/Analysis/Presburger/Simplex.h"
#include "llvm/ADT/STLExtras.h"
#include <functional>
#include <set>

using namespace sparsead;
namespace presburger = mlir::presburger;

/// Pairs of pieces beyond which the relation is not looked at.
static constexpr size_t maxPairs = 20000;
/// Values that a distance without a closed form may take.
static constexpr int64_t maxSpread = 9;

namespace {

/// Two elements of inputs in one row.
struct Pair {
  std::vector<LinearForm> x, y, equal, atLeast;
  std::set<std::string> bound;
};

} // namespace

static LinearForm renamed(const LinearForm &form, const std::map<std::string, std::string> &names) {
  LinearForm result;
  result.constant = form.constant;
  for (const auto &[n, c] : form.terms) {
    auto it = names.find(n);
    result.terms[it == names.end() ? n : it->second] += c;
  }
  return result;
}

static void replace(LinearForm &form, const std::string &name, const LinearForm &by) {
  int64_t c = form.coefficient(name);
  if (c == 0)
    return;
  form.terms.erase(name);
  form.add(by, c);
}

/// The pieces' rows are one row; everything else of the second is renamed apart. Names of indices are "#0", "#1", …,
/// which no size has.
static Pair together(const RelationPiece &p, const RelationPiece &q) {
  Pair pair;
  auto add = [&](const RelationPiece &piece, const std::string &mark, std::vector<LinearForm> &element) {
    std::map<std::string, std::string> names;
    for (auto [k, n] : llvm::enumerate(piece.outIndex))
      names[n] = "#" + std::to_string(k);
    for (auto [k, n] : llvm::enumerate(piece.quantified))
      names[n] = mark + std::to_string(k);
    for (const auto &[from, to] : names)
      pair.bound.insert(to);
    for (const LinearForm &form : piece.inIndex)
      element.push_back(renamed(form, names));
    for (const LinearForm &form : piece.equal)
      pair.equal.push_back(renamed(form, names));
    for (const LinearForm &form : piece.atLeast)
      pair.atLeast.push_back(renamed(form, names));
  };
  add(p, "#p", pair.x);
  add(q, "#q", pair.y);
  // Indices that an equality gives.
  for (size_t k = 0; k < pair.equal.size(); ++k)
    for (const auto &[n, c] : pair.equal[k].terms) {
      if ((c != 1 && c != -1) || !pair.bound.count(n))
        continue;
      LinearForm value;
      value.add(pair.equal[k], -c);
      std::string name = n;
      value.terms.erase(name);
      pair.equal.erase(pair.equal.begin() + k);
      for (auto *list : {&pair.x, &pair.y, &pair.equal, &pair.atLeast})
        for (LinearForm &form : *list)
          replace(form, name, value);
      pair.bound.erase(name);
      k = size_t(-1);
      break;
    }
  return pair;
}

static presburger::IntegerPolyhedron polyhedronOf(const Pair &pair, std::map<std::string, unsigned> &columns,
                                                  llvm::ArrayRef<LinearForm> also) {
  auto collect = [&](const LinearForm &form) {
    for (const auto &[n, c] : form.terms)
      columns.try_emplace(n, columns.size());
  };
  llvm::for_each(pair.equal, collect);
  llvm::for_each(pair.atLeast, collect);
  llvm::for_each(also, collect);
  presburger::IntegerPolyhedron set(presburger::PresburgerSpace::getSetSpace(columns.size()));
  auto row = [&](const LinearForm &form) {
    llvm::SmallVector<int64_t> values(columns.size() + 1, 0);
    for (const auto &[n, c] : form.terms)
      values[columns[n]] = c;
    values.back() = form.constant;
    return values;
  };
  for (const LinearForm &form : pair.equal)
    set.addEquality(row(form));
  for (const LinearForm &form : pair.atLeast)
    set.addInequality(row(form));
  return set;
}

static bool isEmpty(const Pair &pair) {
  std::map<std::string, unsigned> columns;
  presburger::IntegerPolyhedron set = polyhedronOf(pair, columns, {});
  if (set.isEmptyByGCDTest() || presburger::Simplex(set).isEmpty())
    return true;
  return !pair.equal.empty() && set.isIntegerEmpty(); // only equalities can have rational solutions without integers
}

std::optional<ConflictRelation> sparsead::conflictsOf(const RelationFormula &relation) {
  ConflictRelation result;
  std::map<std::string, unsigned> number;
  for (const RelationPiece &piece : relation.pieces)
    if (number.try_emplace(piece.in, number.size()).second) {
      result.blocks.push_back(piece.in);
      result.indices.push_back(piece.inIndex.size());
    }
  if (relation.pieces.size() * relation.pieces.size() > maxPairs)
    return std::nullopt;
  std::set<std::pair<std::pair<unsigned, unsigned>, std::vector<LinearForm>>> known;
  auto note = [&](unsigned a, unsigned b, const std::vector<LinearForm> &difference) {
    known.insert({{a, b}, difference});
    result.conflicts.push_back({a, b, difference});
  };
  // x - y and y - x are one conflict.
  auto isKnown = [&](unsigned a, unsigned b, const std::vector<LinearForm> &difference) {
    std::vector<LinearForm> opposite;
    for (const LinearForm &form : difference)
      opposite.emplace_back().add(form, -1);
    return known.count({{a, b}, difference}) || known.count({{b, a}, opposite});
  };
  auto unbounded = [&](unsigned a, unsigned b) {
    if (!llvm::is_contained(result.unbounded, std::make_pair(a, b)))
      result.unbounded.push_back({a, b});
  };
  for (size_t i = 0; i < relation.pieces.size(); ++i)
    for (size_t j = i; j < relation.pieces.size(); ++j) {
      const RelationPiece &p = relation.pieces[i], &q = relation.pieces[j];
      if (p.out != q.out)
        continue;
      unsigned a = number[p.in], b = number[q.in];
      Pair pair = together(p, q);
      if (pair.x.size() != pair.y.size()) {
        unbounded(a, b);
        continue;
      }
      std::vector<LinearForm> difference(pair.x.size());
      bool constant = true, closed = true;
      for (size_t d = 0; d < difference.size(); ++d) {
        difference[d].add(pair.x[d]);
        difference[d].add(pair.y[d], -1);
        constant &= difference[d].isConstant();
        for (const auto &[n, c] : difference[d].terms)
          closed &= pair.bound.count(n) == 0;
      }
      bool zero = a == b && llvm::all_of(difference, [](const LinearForm &f) { return f.isConstant() && !f.constant; });
      if (zero || (closed && isKnown(a, b, difference)))
        continue;
      if (isEmpty(pair))
        continue;
      if (closed) {
        note(a, b, difference);
        continue;
      }
      // Distances between constant bounds are enumerated.
      std::map<std::string, unsigned> columns;
      presburger::IntegerPolyhedron set = polyhedronOf(pair, columns, difference);
      presburger::Simplex simplex(set);
      std::vector<std::pair<int64_t, int64_t>> range;
      for (const LinearForm &form : difference) {
        llvm::SmallVector<presburger::DynamicAPInt> coefficients(columns.size() + 1, presburger::DynamicAPInt(0));
        for (const auto &[n, c] : form.terms)
          coefficients[columns[n]] = c;
        coefficients.back() = form.constant;
        auto [low, high] = simplex.computeIntegerBounds(coefficients);
        if (!low.isBounded() || !high.isBounded() || *high - *low > maxSpread)
          break;
        range.push_back({int64_t(*low), int64_t(*high)});
      }
      if (range.size() != difference.size()) {
        unbounded(a, b);
        continue;
      }
      std::vector<LinearForm> at(difference.size());
      std::function<void(size_t)> visit = [&](size_t d) {
        if (d < at.size()) {
          for (int64_t v = range[d].first; v <= range[d].second; ++v) {
            at[d] = LinearForm::number(v);
            visit(d + 1);
          }
          return;
        }
        bool same = a == b && llvm::all_of(at, [](const LinearForm &f) { return f.constant == 0; });
        if (same || isKnown(a, b, at))
          return;
        Pair fixed = pair;
        for (size_t k = 0; k < at.size(); ++k) {
          LinearForm row = difference[k];
          row.constant -= at[k].constant;
          fixed.equal.push_back(row);
        }
        if (!isEmpty(fixed))
          note(a, b, at);
      };
      visit(0);
    }
  return result;
}
