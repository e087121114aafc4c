//===- AdjointNumbers.cpp - adjoints of numbers in registers --------------===//
//
// Values, summed up where they arise, scaled by the partials of the rules.
//
//===----------------------------------------------------------------------===//

#include "AdjointBuilder.h"
#include "DerivativeFlags.h"
#include "Positive.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

Value AdjointBuilder::keepFlags(Value from, Value to) {
  if (masked.contains(from))
    masked.insert(to);
  if (steep.contains(from))
    steep.insert(to);
  return to;
}

/// A choice between zero and something that is at hand.
std::optional<AdjointBuilder::Chosen> AdjointBuilder::chosenFrom(Value v) {
  auto isZero = [](Value side) { return matchPattern(side, m_AnyZeroFloat()); };
  auto chosen = [&](Value condition, Value yes, Value no) -> std::optional<Chosen> {
    if (isZero(no) && !isZero(yes))
      return Chosen{condition, yes, true};
    if (isZero(yes) && !isZero(no))
      return Chosen{condition, no, false};
    return std::nullopt;
  };
  if (auto select = v.getDefiningOp<arith::SelectOp>())
    return chosen(select.getCondition(), select.getTrueValue(), select.getFalseValue());
  auto branch = v.getDefiningOp<scf::IfOp>();
  if (!branch || branch.getElseRegion().empty())
    return std::nullopt;
  unsigned k = cast<OpResult>(v).getResultNumber();
  auto found = chosen(branch.getCondition(), branch.thenYield().getOperand(k), branch.elseYield().getOperand(k));
  return found && !branch->isAncestor(found->value.getParentRegion()->getParentOp()) ? found : std::nullopt;
}

/// The choice behind what is made of its value, in a plain function: `select(c, a, 0) * p` would depend on p where
/// nothing is chosen, too, and structures say so.
Value AdjointBuilder::behind(Location loc, const Chosen &choice, Value made) {
  Value zero = buildZero(b, loc, made.getType());
  Value d = arith::SelectOp::create(b, loc, choice.condition, choice.side ? made : zero, choice.side ? zero : made);
  masked.insert(d);
  if (steep.contains(made))
    steep.insert(d);
  return d;
}

/// adjoint * partial, as a tangent would have it: nothing where the adjoint is zero because something else was chosen,
/// nothing where the adjoint is infinite and the partial is zero (the norm of a vector at rest).
Value AdjointBuilder::scale(Location loc, Value adjoint, Value partial, bool singular) {
  if (twice)
    if (auto choice = chosenFrom(adjoint))
      return behind(loc, *choice, scale(loc, choice->value, partial, singular));
  bool careful = singular || masked.contains(adjoint) || steep.contains(adjoint);
  if (twice && careful && !matchPattern(partial, m_Constant())) {
    // A selection would hide what the product still depends on.
    auto product = ScaleOp::create(b, loc, adjoint.getType(), adjoint, partial, derivativeFlags);
    product.setRoot(!masked.contains(adjoint));
    return keepFlags(adjoint, product);
  }
  Value d = arith::MulFOp::create(b, loc, partial, adjoint, flagsOf(b));
  if (!matchPattern(partial, m_Constant()))
    for (auto [applies, factor] : {std::pair(masked.contains(adjoint), adjoint), {steep.contains(adjoint), partial}}) {
      if (!applies)
        continue;
      Value zero = buildZero(b, loc, d.getType());
      Value moves = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, factor, zero);
      d = arith::SelectOp::create(b, loc, moves, d, zero);
    }
  return keepFlags(adjoint, d);
}

/// The adjoint where the condition is `side`, else zero.
Value AdjointBuilder::choose(Location loc, Value condition, Value adjoint, bool side) {
  Value zero = buildZero(b, loc, adjoint.getType());
  Value d = arith::SelectOp::create(b, loc, condition, side ? adjoint : zero, side ? zero : adjoint);
  masked.insert(d);
  if (steep.contains(adjoint))
    steep.insert(d);
  return d;
}

void AdjointBuilder::addTo(Value &sum, Value term) {
  if (!sum) {
    sum = term;
    return;
  }
  if (auto x = chosenFrom(sum), y = chosenFrom(term);
      twice && x && y && x->condition == y->condition && x->side == y->side) {
    addTo(x->value, y->value);
    sum = behind(*currentLoc, *x, x->value);
    return;
  }
  Value both = arith::AddFOp::create(b, *currentLoc, sum, term, flagsOf(b));
  if (masked.contains(sum) && masked.contains(term))
    masked.insert(both);
  if (steep.contains(sum) || steep.contains(term))
    steep.insert(both);
  sum = both;
}

void AdjointBuilder::accumulate(Value to, Value adjoint, Adjoints &adjoints) {
  auto type = dyn_cast<FloatType>(to.getType());
  if (!type || !activity.isActive(to))
    return;
  if (adjoint.getType() != type) { // extf, truncf
    Value converted;
    if (adjoint.getType().getIntOrFloatBitWidth() < type.getWidth())
      converted = arith::ExtFOp::create(b, *currentLoc, type, adjoint);
    else
      converted = arith::TruncFOp::create(b, *currentLoc, type, adjoint);
    adjoint = keepFlags(adjoint, converted);
  }
  addTo(adjoints[to], adjoint);
}

/// y = f(x1, x2, …): x̄i += ∂f/∂xi ȳ.
void AdjointBuilder::reverseRule(Operation *op, Value adjoint, Adjoints &adjoints) {
  Location loc = op->getLoc();
  if (isa<arith::SelectOp, LLVM::SelectOp>(op)) {
    Value condition = need(op->getOperand(0));
    for (unsigned k : {1u, 2u})
      if (activity.isActive(op->getOperand(k)))
        accumulate(op->getOperand(k), choose(loc, condition, adjoint, k == 1), adjoints);
    return;
  }
  if (!isa<DifferentiableOpInterface>(op))
    return;                     // poison
  if (twice && isa<RuleOp>(op)) // of what the user gives nothing is known but its value
    return fail(loc, "a function with SPARSEAD_RULE has no second derivatives");
  SmallVector<bool> needed;
  for (Value v : op->getOperands())
    needed.push_back(isa<FloatType>(v.getType()) && activity.isActive(v));
  // The operation on values that are here; what its partials do not use goes again.
  IRMapping here;
  for (Value v : op->getOperands())
    here.map(v, need(v));
  Operation *clone = cloneFlat(b, op, here);
  for (auto [k, partial] : llvm::enumerate(cast<DifferentiableOpInterface>(clone).partials(b, needed))) {
    if (!needed[k] || partial.kind == Partial::Zero)
      continue;
    Value d = adjoint;
    auto negated = [&](Value v) {
      auto choice = twice ? chosenFrom(v) : std::nullopt;
      Value inner = choice ? choice->value : v;
      Value minus = keepFlags(inner, arith::NegFOp::create(b, loc, inner, flagsOf(b)));
      return choice ? behind(loc, *choice, minus) : minus;
    };
    switch (partial.kind) {
    case Partial::Zero:
    case Partial::One:
      break;
    case Partial::MinusOne:
      d = negated(d);
      break;
    case Partial::Scale: {
      bool singular = partial.singular && !isSurelyPositive(op);
      if (singular && !twice && !masked.contains(d)) {
        Value product = arith::MulFOp::create(b, loc, partial.value, d, flagsOf(b));
        Value zero = buildZero(b, loc, d.getType());
        Value moves = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, d, zero);
        d = keepFlags(d, arith::SelectOp::create(b, loc, moves, product, zero));
      } else {
        d = scale(loc, d, partial.value, singular);
      }
      if (singular)
        steep.insert(d);
      break;
    }
    case Partial::Mask:
    case Partial::NegMask:
      d = choose(loc, partial.value, d, true);
      if (partial.kind == Partial::NegMask)
        d = negated(d);
      break;
    }
    accumulate(op->getOperand(k), d, adjoints);
  }
}
