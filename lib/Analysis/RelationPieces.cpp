//===- RelationPieces.cpp - simplification, and the formula ---------------===//

#include "RelationParts.h"

#include "mlir/Analysis/Presburger/IntegerRelation.h"
#include "mlir/Analysis/Presburger/Simplex.h"

using namespace mlir;
using namespace sparsead;

/// Rows beyond which an elimination is not worth its result.
static constexpr size_t maxRows = 40;

//===----------------------------------------------------------------------===//
// Satisfiability
//===----------------------------------------------------------------------===//

bool sparsead::maybeSatisfiable(const Conjunction &c, bool exact) {
  if (c.isTriviallyFalse())
    return false;
  // Products of sizes, and whatever else is no single variable, are variables of their own: more is allowed.
  std::map<Polynomial::Monomial, unsigned, Polynomial::Before> columns;
  for (const auto *rows : {&c.equal, &c.atLeast})
    for (const Polynomial &p : *rows)
      for (const auto &[m, k] : p.all())
        if (!m.empty())
          columns.try_emplace(m, columns.size());
  if (columns.empty())
    return true;
  presburger::IntegerPolyhedron set(presburger::PresburgerSpace::getSetSpace(columns.size()));
  auto row = [&](const Polynomial &p) {
    llvm::SmallVector<int64_t> values(columns.size() + 1, 0);
    for (const auto &[m, k] : p.all())
      (m.empty() ? values.back() : values[columns[m]]) = k;
    return values;
  };
  for (const Polynomial &p : c.equal)
    set.addEquality(row(p));
  for (const Polynomial &p : c.atLeast)
    set.addInequality(row(p));
  if (set.isEmptyByGCDTest() || presburger::Simplex(set).isEmpty())
    return false;
  return !exact || !set.isIntegerEmpty();
}

//===----------------------------------------------------------------------===//
// Elimination
//===----------------------------------------------------------------------===//

/// Drops existential atoms where that is exact. False where the conditions contradict each other.
bool DependenceRelation::simplify(RelationRead &read, llvm::function_ref<bool(Atom)> isFree) {
  Conjunction &when = read.when;
  auto candidates = [&](const Polynomial &p) {
    llvm::SmallVector<std::pair<Atom, int64_t>, 4> list;
    for (const auto &[m, c] : p.all())
      if (m.size() == 1 && isFree(m[0]) && !subscripts.isSize(m[0]) && (c == 1 || c == -1))
        list.push_back({m[0], c});
    return list;
  };
  for (;;) {
    when.tidy();
    if (when.isTriviallyFalse())
      return false;
    bool changed = false;
    // x = ... by an equality.
    for (size_t k = 0; k < when.equal.size() && !changed; ++k) {
      const Polynomial row = when.equal[k];
      if (!subscripts.isLinear(row))
        continue;
      for (auto [a, c] : candidates(row)) {
        Polynomial rest = row.without(a), value = c == 1 ? -rest : rest;
        when.equal.erase(when.equal.begin() + k);
        for (auto *rows : {&when.equal, &when.atLeast})
          for (Polynomial &p : *rows)
            p = p.replaced(a, value);
        for (Polynomial &p : read.index)
          p = p.replaced(a, value);
        changed = true;
        break;
      }
    }
    if (changed)
      continue;
    // Between bounds, where one side has factors of one only.
    llvm::SmallVector<Atom> seen;
    for (const Polynomial &p : when.atLeast)
      for (const auto &[m, c] : p.all())
        if (m.size() == 1 && isFree(m[0]) && !subscripts.isSize(m[0]) && !llvm::is_contained(seen, m[0]))
          seen.push_back(m[0]);
    for (Atom a : seen) {
      auto names = [&](const Polynomial &p) { return p.mentions(a); };
      if (llvm::any_of(when.equal, names) || llvm::any_of(read.index, names))
        continue;
      llvm::SmallVector<Polynomial> low, high, others;
      bool unitLow = true, unitHigh = true, clear = true;
      for (const Polynomial &p : when.atLeast) {
        if (!p.mentions(a)) {
          others.push_back(p);
          continue;
        }
        Polynomial factor = p.factorOf(a);
        if (!factor.isConstant() || !subscripts.isLinear(p)) {
          clear = false;
          break;
        }
        (factor.constant() > 0 ? low : high).push_back(p);
        (factor.constant() > 0 ? unitLow : unitHigh) &= factor.constant() == 1 || factor.constant() == -1;
      }
      if (!clear || (!unitLow && !unitHigh) || others.size() + low.size() * high.size() > maxRows)
        continue;
      for (const Polynomial &l : low)
        for (const Polynomial &h : high)
          others.push_back(l * Polynomial(-h.factorOf(a).constant()) + h * Polynomial(l.factorOf(a).constant()));
      when.atLeast.assign(others.begin(), others.end());
      changed = true;
      break;
    }
    if (!changed)
      return true;
  }
}

static void dropImplied(Conjunction &when) {
  for (size_t k = 0; k < when.atLeast.size();) {
    Conjunction others = when;
    others.atLeast.erase(others.atLeast.begin() + k);
    others.atLeast.push_back(-when.atLeast[k] - 1);
    if (maybeSatisfiable(others))
      ++k;
    else
      when.atLeast.erase(when.atLeast.begin() + k);
  }
}

/// a without b is covered: no point of a outside of b.
static bool implies(const Conjunction &a, const Polynomial &row, bool isEqual) {
  Conjunction c = a;
  c.atLeast.push_back(-row - 1);
  if (maybeSatisfiable(c))
    return false;
  if (!isEqual)
    return true;
  c = a;
  c.atLeast.push_back(row - 1);
  return !maybeSatisfiable(c);
}

/// The conditions that hold for both, where nothing else satisfies them.
static std::optional<Conjunction> joined(const Conjunction &a, const Conjunction &b) {
  Conjunction hull, onlyA, onlyB;
  auto sort = [&](const Conjunction &from, const Conjunction &other, Conjunction &only) {
    for (const Polynomial &row : from.equal) {
      if (implies(other, row, true)) {
        hull.equal.push_back(row);
        continue;
      }
      for (const Polynomial &side : {row, -row})
        (implies(other, side, false) ? hull : only).atLeast.push_back(side);
    }
    for (const Polynomial &row : from.atLeast)
      (implies(other, row, false) ? hull : only).atLeast.push_back(row);
  };
  sort(a, b, onlyA);
  sort(b, a, onlyB);
  if (onlyA.atLeast.size() * onlyB.atLeast.size() > 16)
    return std::nullopt;
  hull.widened = a.widened || b.widened;
  hull.tidy();
  for (const Polynomial &x : onlyA.atLeast)
    for (const Polynomial &y : onlyB.atLeast) {
      Conjunction c = hull;
      c.atLeast.push_back(-x - 1);
      c.atLeast.push_back(-y - 1);
      if (maybeSatisfiable(c))
        return std::nullopt;
    }
  return hull;
}

/// Unites reads of the same element, until no two fit together.
void DependenceRelation::coalesce(std::vector<RelationRead> &reads) {
  auto unite = [&](RelationRead &a, const RelationRead &b) {
    if (a.array != b.array || !spend(1))
      return false;
    // r[0] -> u[0] is r[i] -> u[i] where i = 0.
    auto agrees = [&](const RelationRead &x, const RelationRead &y) {
      return llvm::all_of(llvm::zip(x.index, y.index), [&](auto p) {
        Polynomial d = std::get<0>(p) - std::get<1>(p);
        return d.isZero() || (!d.isConstant() && implies(y.when, d, true));
      });
    };
    bool toFirst = agrees(a, b), toSecond = !toFirst && agrees(b, a);
    auto when = toFirst || toSecond ? joined(a.when, b.when) : std::nullopt;
    if (!when)
      return false;
    if (toSecond) {
      a.index = b.index;
      a.chain = b.chain;
    }
    a.when = *when;
    return true;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (size_t i = 0; i < reads.size(); ++i)
      for (size_t j = i + 1; j < reads.size(); ++j)
        if (unite(reads[i], reads[j])) {
          reads.erase(reads.begin() + j--);
          changed = true;
        }
  }
}

//===----------------------------------------------------------------------===//
// The formula
//===----------------------------------------------------------------------===//

LinearForm DependenceRelation::formOf(const Polynomial &p, const std::map<Atom, std::string> &names) const {
  LinearForm form;
  for (const auto &[m, c] : p.all()) {
    if (m.empty()) {
      form.constant = c;
      continue;
    }
    llvm::SmallVector<std::string> factors;
    for (Atom a : m) {
      auto it = names.find(a);
      factors.push_back(it == names.end() ? subscripts.info(a).name : it->second);
    }
    llvm::sort(factors);
    form.terms[llvm::join(factors, "*")] = c;
  }
  return form;
}

/// Adds the pieces of one output to the formula.
void DependenceRelation::assemble(unsigned output, llvm::ArrayRef<Atom> outIndex, Reads reads) {
  std::vector<RelationRead> kept;
  for (RelationRead &read : reads) {
    if (!simplify(read, [&](Atom a) { return !llvm::is_contained(outIndex, a); }) ||
        !maybeSatisfiable(read.when, /*exact=*/true))
      continue;
    if (read.when.widened)
      widen(read.chain.empty() ? function.getLoc() : read.chain.front(),
            "a condition that is not affine is taken to hold");
    dropImplied(read.when);
    // The input's index by the output's, where a condition fixes it otherwise: u[i], not u[0] where i = 0.
    for (const Polynomial &row : read.when.equal)
      for (size_t d = 0; d < read.index.size() && read.index.size() == outIndex.size(); ++d) {
        Polynomial &index = read.index[d];
        Polynomial factor = row.factorOf(outIndex[d]);
        if (!subscripts.isInvariant(index) || !factor.isConstant() ||
            (factor.constant() != 1 && factor.constant() != -1))
          continue;
        Polynomial here = Polynomial::atom(outIndex[d]), value = here - row * factor;
        if (Polynomial distance = index - value; distance.isConstant())
          index = here + distance;
      }
    kept.push_back(std::move(read));
  }
  coalesce(kept);
  for (RelationRead &read : kept)
    dropImplied(read.when);

  // Names that are free: sizes keep theirs.
  llvm::SmallVector<std::string> taken;
  auto use = [&](llvm::ArrayRef<const char *> wishes, const std::string &otherwise) {
    for (unsigned k = 0;; ++k) {
      std::string name = k < wishes.size() ? wishes[k] : otherwise + std::to_string(k - wishes.size() + 1);
      if (!llvm::is_contained(taken, name)) {
        taken.push_back(name);
        return name;
      }
    }
  };
  for (const auto *list : {&kept})
    for (const RelationRead &read : *list) {
      auto note = [&](const Polynomial &p) {
        for (const auto &[m, c] : p.all())
          for (Atom a : m)
            if (subscripts.isSize(a) && !llvm::is_contained(taken, subscripts.info(a).name))
              taken.push_back(subscripts.info(a).name);
      };
      llvm::for_each(read.index, note);
      llvm::for_each(read.when.equal, note);
      llvm::for_each(read.when.atLeast, note);
    }
  std::map<Atom, std::string> indexNames;
  for (Atom a : outIndex)
    indexNames[a] = use({"i", "j", "k", "l"}, "i");
  llvm::SmallVector<std::string> without(taken);
  for (const RelationRead &read : kept) {
    taken = without;
    std::map<Atom, std::string> names = indexNames;
    RelationPiece piece;
    piece.out = arrays[output].name;
    piece.in = arrays[read.array].name;
    for (Atom a : outIndex)
      piece.outIndex.push_back(indexNames[a]);
    auto note = [&](const Polynomial &p) {
      for (const auto &[m, c] : p.all())
        for (Atom a : m)
          if (!subscripts.isSize(a) && !names.count(a)) {
            names[a] = use({"p", "q", "s", "t"}, "p");
            piece.quantified.push_back(names[a]);
          }
    };
    llvm::for_each(read.index, note);
    llvm::for_each(read.when.equal, note);
    llvm::for_each(read.when.atLeast, note);
    for (const Polynomial &p : read.index)
      piece.inIndex.push_back(formOf(p, names));
    for (const Polynomial &p : read.when.equal)
      piece.equal.push_back(formOf(p, names));
    for (const Polynomial &p : read.when.atLeast)
      piece.atLeast.push_back(formOf(p, names));
    for (unsigned array : {output, read.array})
      if (!arrays[array].extents.empty() && !result.shapes.count(arrays[array].name))
        for (const Polynomial &extent : arrays[array].extents)
          result.shapes[arrays[array].name].push_back(formOf(extent, {}));
    result.pieces.push_back(std::move(piece));
    llvm::SmallVector<Location, 3> chain(llvm::reverse(read.chain));
    lines.push_back(std::move(chain));
  }
}

std::map<std::string, std::vector<int64_t>> DependenceRelation::sizePrograms() const {
  std::map<std::string, std::vector<int64_t>> programs;
  std::vector<std::string> names = result.sizes();
  for (Atom a = 0; a < subscripts.count(); ++a)
    if (subscripts.isSize(a) && !subscripts.info(a).program.empty() &&
        llvm::is_contained(names, subscripts.info(a).name))
      programs[subscripts.info(a).name] = subscripts.info(a).program;
  return programs;
}
