//===- WrittenOnce.cpp - do subscripts come back? -------------------------===//

#include "WrittenOnce.h"

#include "mlir/IR/Matchers.h"
#include <tuple>

using namespace mlir;
using namespace sparsead;

std::optional<Polynomial> sparsead::iterationsOf(Subscripts &subscripts, scf::ForOp loop) {
  auto polynomialOf = [&](Value v) -> std::optional<Polynomial> {
    const IntCases &cases = subscripts.valueOf(v);
    if (cases.size() != 1 || cases[0].unclear || !subscripts.isInvariant(cases[0].value))
      return std::nullopt;
    return cases[0].value;
  };
  if (!matchPattern(loop.getStep(), m_One()))
    return std::nullopt;
  auto begin = polynomialOf(loop.getLowerBound()), end = polynomialOf(loop.getUpperBound());
  if (!begin || !end)
    return std::nullopt;
  return *end - *begin;
}

bool sparsead::areApart(const Subscripts &subscripts, ArrayRef<Polynomial> factors,
                        ArrayRef<std::optional<Polynomial>> extents, int64_t bytes) {
  // Sizes that are positive where there is any iteration.
  llvm::DenseSet<Atom> positive;
  for (const auto &extent : extents)
    if (extent && extent->constant() <= 0 &&
        llvm::count_if(extent->all(), [](const auto &term) { return !term.first.empty(); }) == 1)
      for (const auto &[monomial, factor] : extent->all())
        if (monomial.size() == 1 && factor > 0)
          positive.insert(monomial[0]);
  auto isPositive = [&](const Polynomial &p) { // or zero
    return p.isValid() && llvm::all_of(p.all(), [&](const auto &term) {
             return term.second > 0 && llvm::all_of(term.first, [&](Atom a) { return positive.contains(a); });
           });
  };
  SmallVector<std::pair<Polynomial, size_t>> steps;
  for (auto [d, factor] : llvm::enumerate(factors)) {
    if (factor.isZero() || !factor.isValid() || !subscripts.isInvariant(factor))
      return false;
    Polynomial size = factor.all().begin()->second < 0 ? -factor : factor;
    if (!isPositive(size))
      return false;
    steps.push_back({size, d});
  }
  // Ascending, as far as that can be told; a wrong order fails below.
  auto key = [](const std::pair<Polynomial, size_t> &step) {
    int64_t size = step.first.isConstant() ? step.first.constant() : 0;
    return std::tuple(step.first.all().rbegin()->first.size(), size, step.second);
  };
  llvm::sort(steps, [&](const auto &x, const auto &y) { return key(x) < key(y); });
  for (size_t k = 0; k + 1 < steps.size(); ++k) {
    const auto &extent = extents[steps[k].second];
    if (!extent || !isPositive(steps[k + 1].first - steps[k].first * *extent))
      return false;
  }
  return steps.empty() || steps.front().first.content() >= bytes;
}

bool sparsead::isWrittenOnce(Subscripts &subscripts, LLVM::StoreOp store) {
  auto cases = subscripts.addressOf(store.getAddr());
  if (cases.size() != 1 || cases[0].unclear || !cases[0].bytes.isValid())
    return false;
  SmallVector<Polynomial> factors;
  SmallVector<std::optional<Polynomial>> extents;
  Polynomial rest = cases[0].bytes;
  for (Operation *op = store->getParentOp(); !isa<func::FuncOp>(op); op = op->getParentOp()) {
    if (isa<scf::IfOp>(op))
      continue;
    auto loop = dyn_cast<scf::ForOp>(op);
    if (!loop)
      return false;
    Atom position = subscripts.positionOf(loop);
    factors.push_back(cases[0].bytes.factorOf(position));
    extents.push_back(iterationsOf(subscripts, loop));
    rest = rest - factors.back() * Polynomial::atom(position);
  }
  return subscripts.isInvariant(rest) &&
         areApart(subscripts, factors, extents, store.getValue().getType().getIntOrFloatBitWidth() / 8);
}
