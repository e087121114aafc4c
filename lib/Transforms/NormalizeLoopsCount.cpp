//===- NormalizeLoopsCount.cpp - the bounds of a loop that counts ---------===//
//
// The condition compares c(t), a chain of casts and invariant additions over one
// induction, with an invariant b. The cases:
//
//   c ascends,  c < b, c <= b   counter c from c(0) to b (b + 1)
//   c ascends,  c != b          the same where c cannot overflow, else by the
//                               distance b - c(0)
//   c descends, c > b, c >= b   by the distance c(0) - b (+ 1)
//   c descends, c != b          the same
//   pointers                    by the distance in elements
//
// What a loop does after its counter wrapped around is kept out in one of these
// ways: overflow flags; steps of one, which meet the bound before the end of the
// range; a loop that would not end at all otherwise, which C++ excludes; 2^63
// iterations, which do not end in practice; a check in front of the loop.
//
//===----------------------------------------------------------------------===//

#include "NormalizeLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "sparsead/IR/SparseAD.h"

using namespace mlir;
using namespace sparsead;

using Flags = arith::IntegerOverflowFlags;

namespace {

enum class Relation { Less, LessEqual, Greater, GreaterEqual, NotEqual };

/// c(t) <relation> bound, with the varying side on the left.
struct Test {
  Value varying, bound;
  Relation relation;
  bool isSigned;
};

/// The varying side as a function of an induction.
struct Chain {
  unsigned argument = 0;
  SmallVector<Operation *> ops; ///< from the argument outwards
  int sign = 1;                 ///< -1: the chain is k - x
  bool nsw = true, nuw = true;  ///< c(t) is linear in this reading
  /// A sign or zero extension of an induction that may wrap.
  Operation *narrow = nullptr;
  bool truncated = false;
};

std::optional<int64_t> constantOf(Value value) {
  APInt constant;
  if (!matchPattern(value, m_ConstantInt(&constant)) || constant.getSignificantBits() > 62)
    return std::nullopt;
  return constant.getSExtValue();
}

bool hasFlag(Flags flags, Flags flag) { return arith::bitEnumContainsAll(flags, flag); }

class Counter {
public:
  Counter(scf::WhileOp loop, ArrayRef<std::optional<Induction>> inductions, bool bottomTested)
      : loop(loop), inductions(inductions), bottomTested(bottomTested), b(loop), loc(loop.getLoc()) {}

  std::optional<Count> run(Value condition);

private:
  std::optional<Count> both(Value first, Value second);
  std::optional<Test> readTest(Value condition, bool negated);
  std::optional<Chain> readChain(Value value);
  std::optional<Count> countIntegers();
  std::optional<Count> ascending();
  std::optional<Count> descending();
  std::optional<Count> modular();
  std::optional<Count> pointers();
  bool guardWrap(int64_t step);

  Value integer(Type type, const APInt &value) {
    return arith::ConstantOp::create(b, loc, type, b.getIntegerAttr(type, value));
  }
  Value integer(int64_t value) { return integer(type, APInt(width, value, /*isSigned=*/true, true)); }
  Value add(Value x, int64_t k, Flags flags = Flags::none);
  Value sub(Value x, Value y, Flags flags = Flags::none) { return b.createOrFold<arith::SubIOp>(loc, x, y, flags); }
  Value max(Value x, Value y, bool isSigned) {
    return isSigned ? b.createOrFold<arith::MaxSIOp>(loc, x, y) : b.createOrFold<arith::MaxUIOp>(loc, x, y);
  }
  Value evaluate(Value init);
  void setInverse(Count &count, int64_t step);
  Count byDistance(Value distance, int64_t step, bool isUnsigned);

  scf::WhileOp loop;
  ArrayRef<std::optional<Induction>> inductions;
  bool bottomTested;
  OpBuilder b;
  Location loc;

  Test test;
  Chain chain;
  Type type; ///< of the counter
  unsigned width = 0;
};

//===----------------------------------------------------------------------===//
// The condition
//===----------------------------------------------------------------------===//

Relation swapped(Relation relation) {
  switch (relation) {
  case Relation::Less:
    return Relation::Greater;
  case Relation::LessEqual:
    return Relation::GreaterEqual;
  case Relation::Greater:
    return Relation::Less;
  case Relation::GreaterEqual:
    return Relation::LessEqual;
  case Relation::NotEqual:
    break;
  }
  return Relation::NotEqual;
}

std::optional<Test> Counter::readTest(Value condition, bool negated) {
  Operation *op = condition.getDefiningOp();
  // Comparisons of both dialects are numbered alike.
  arith::CmpIPredicate predicate;
  if (auto cmp = dyn_cast_or_null<arith::CmpIOp>(op))
    predicate = cmp.getPredicate();
  else if (auto cmp = dyn_cast_or_null<LLVM::ICmpOp>(op))
    predicate = static_cast<arith::CmpIPredicate>(cmp.getPredicate());
  else
    return std::nullopt;
  if (negated)
    predicate = arith::invertPredicate(predicate);
  Test result{op->getOperand(0), op->getOperand(1), Relation::NotEqual, false};
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return std::nullopt;
  case arith::CmpIPredicate::ne:
    break;
  case arith::CmpIPredicate::slt:
  case arith::CmpIPredicate::ult:
    result.relation = Relation::Less;
    break;
  case arith::CmpIPredicate::sle:
  case arith::CmpIPredicate::ule:
    result.relation = Relation::LessEqual;
    break;
  case arith::CmpIPredicate::sgt:
  case arith::CmpIPredicate::ugt:
    result.relation = Relation::Greater;
    break;
  case arith::CmpIPredicate::sge:
  case arith::CmpIPredicate::uge:
    result.relation = Relation::GreaterEqual;
    break;
  }
  result.isSigned = predicate == arith::CmpIPredicate::slt || predicate == arith::CmpIPredicate::sle ||
                    predicate == arith::CmpIPredicate::sgt || predicate == arith::CmpIPredicate::sge;
  if (isInvariant(result.varying, loop)) {
    std::swap(result.varying, result.bound);
    result.relation = swapped(result.relation);
  }
  if (isInvariant(result.varying, loop) || !isInvariant(result.bound, loop))
    return std::nullopt;
  return result;
}

std::optional<Chain> Counter::readChain(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    unsigned number = argument.getArgNumber();
    if (argument.getOwner() != loop.getBeforeBody() || !inductions[number])
      return std::nullopt;
    Chain result;
    result.argument = number;
    result.nsw = inductions[number]->nsw;
    result.nuw = inductions[number]->nuw;
    return result;
  }
  Operation *op = value.getDefiningOp();
  if (!op || op->getBlock() != loop.getBeforeBody() || op->getNumOperands() == 0)
    return std::nullopt;
  unsigned operand = 0;
  if (op->getNumOperands() == 2 && isInvariant(op->getOperand(0), loop))
    operand = 1;
  for (unsigned i = 0, e = op->getNumOperands(); i < e; ++i)
    if (i != operand && !isInvariant(op->getOperand(i), loop))
      return std::nullopt;
  std::optional<Chain> result = readChain(op->getOperand(operand));
  if (!result)
    return std::nullopt;
  result->ops.push_back(op);
  if (isa<arith::ExtSIOp>(op)) {
    if (!result->nsw) {
      if (result->narrow)
        return std::nullopt;
      result->narrow = op;
      result->nsw = true;
    }
    result->nuw = false;
    return result;
  }
  if (isa<arith::ExtUIOp>(op)) {
    if (!result->nuw) {
      if (result->narrow)
        return std::nullopt;
      result->narrow = op;
    }
    result->nsw = result->nuw = true;
    return result;
  }
  if (auto trunc = dyn_cast<arith::TruncIOp>(op)) {
    if (result->narrow)
      return std::nullopt;
    result->nsw &= hasFlag(trunc.getOverflowFlags(), Flags::nsw);
    result->nuw &= hasFlag(trunc.getOverflowFlags(), Flags::nuw);
    result->truncated = true;
    return result;
  }
  if (auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op)) {
    if (!isa<arith::AddIOp, arith::SubIOp>(op))
      return std::nullopt;
    result->nsw &= flags.hasNoSignedWrap();
    result->nuw &= flags.hasNoUnsignedWrap();
    if (isa<arith::SubIOp>(op) && operand == 1)
      result->sign = -result->sign;
    return result;
  }
  if (auto gep = dyn_cast<LLVM::GEPOp>(op))
    if (operand == 0 && gep.getIndices().size() == 1)
      return result;
  return std::nullopt;
}

/// The chain's value for the argument's value `init`, in front of the loop.
Value Counter::evaluate(Value init) {
  Value value = init;
  Value before = loop.getBeforeArguments()[chain.argument];
  IRMapping mapping;
  mapping.map(before, init);
  for (Operation *op : chain.ops) {
    Operation *clone = b.clone(*op, mapping);
    value = clone->getResult(0);
    SmallVector<Value> folded;
    if (succeeded(b.tryFold(clone, folded)) && !folded.empty())
      value = folded[0];
    mapping.map(op->getResult(0), value);
    if (value != clone->getResult(0) && clone->use_empty())
      clone->erase();
  }
  return value;
}

/// x + k, through x = y ± k'.
Value Counter::add(Value x, int64_t k, Flags flags) {
  if (auto sub = x.getDefiningOp<arith::SubIOp>())
    if (std::optional<int64_t> other = constantOf(sub.getRhs())) {
      if (*other == k)
        return sub.getLhs();
      if (*other > k)
        return b.createOrFold<arith::SubIOp>(loc, sub.getLhs(), integer(*other - k), sub.getOverflowFlags());
    }
  if (auto addition = x.getDefiningOp<arith::AddIOp>())
    if (std::optional<int64_t> other = constantOf(addition.getRhs()); other && *other == -k)
      return addition.getLhs();
  return b.createOrFold<arith::AddIOp>(loc, x, integer(k), flags);
}

//===----------------------------------------------------------------------===//
// Integers
//===----------------------------------------------------------------------===//

/// Where x + k does not overflow, neither does undoing it.
Flags signedFlag(Operation *op) {
  auto flags = cast<arith::ArithIntegerOverflowFlagsInterface>(op);
  return flags.hasNoSignedWrap() ? Flags::nsw : Flags::none;
}

/// The primary argument in terms of c, by undoing the chain.
void Counter::setInverse(Count &count, int64_t step) {
  count.primary = chain.argument;
  if (chain.ops.empty() && !bottomTested) {
    count.counterIsPrimary = true;
    count.fromCounter = [](OpBuilder &, Location, Value c) { return c; };
    return;
  }
  if (chain.truncated)
    return;
  // Tested at the bottom, c is the chain's value one step earlier.
  int64_t shift = bottomTested ? step : 0;
  SmallVector<Operation *> ops = chain.ops;
  if (shift && ops.size() == 1 && isa<arith::AddIOp>(ops[0]) && constantOf(ops[0]->getOperand(1)) == shift) {
    count.counterIsPrimary = true;
    count.fromCounter = [](OpBuilder &, Location, Value c) { return c; };
    return;
  }
  Value argument = loop.getBeforeArguments()[chain.argument];
  if (!shift && llvm::all_of(ops, [](Operation *op) { return isa<arith::ExtSIOp, arith::ExtUIOp>(op); }))
    count.extension = ops.back();
  count.fromCounter = [ops, shift, argument](OpBuilder &b, Location loc, Value c) {
    if (shift)
      c = b.createOrFold<arith::AddIOp>(
          loc, c, arith::ConstantOp::create(b, loc, c.getType(), b.getIntegerAttr(c.getType(), shift)));
    for (size_t i = ops.size(); i-- > 0;) {
      Operation *op = ops[i];
      Value inner = i ? ops[i - 1]->getResult(0) : argument;
      if (auto add = dyn_cast<arith::AddIOp>(op)) {
        Value other = add.getLhs() == inner ? add.getRhs() : add.getLhs();
        c = b.createOrFold<arith::SubIOp>(loc, c, other, signedFlag(op));
      } else if (auto sub = dyn_cast<arith::SubIOp>(op)) {
        c = sub.getLhs() == inner ? b.createOrFold<arith::AddIOp>(loc, c, sub.getRhs(), signedFlag(op))
                                  : b.createOrFold<arith::SubIOp>(loc, sub.getLhs(), c, signedFlag(op));
      } else {
        c = b.createOrFold<arith::TruncIOp>(loc, inner.getType(), c);
      }
    }
    return c;
  };
}

/// Steps of more than one may jump over the bound and wrap around. Excludes it
/// by flags or by a check in front of the loop; false where it cannot.
bool Counter::guardWrap(int64_t step) {
  bool linear = test.isSigned ? chain.nsw : chain.nuw;
  if (step == 1 || (linear && !chain.narrow))
    return true;
  unsigned range = width;
  bool isSigned = test.isSigned;
  if (chain.narrow) {
    if (chain.narrow != chain.ops.back())
      return false;
    range = cast<IntegerType>(chain.narrow->getOperand(0).getType()).getWidth();
    isSigned = isa<arith::ExtSIOp>(chain.narrow);
  } else if (width >= 64) {
    return true;
  }
  if (range < 16 && step >= (1 << (range - 1)))
    return false;
  APInt limit = isSigned ? APInt::getSignedMaxValue(range) : APInt::getMaxValue(range);
  limit -= step - (test.relation == Relation::Less ? 1 : 0);
  limit = isSigned ? limit.sextOrTrunc(width) : limit.zextOrTrunc(width);
  auto predicate = test.isSigned ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::ugt;
  Value wraps = b.createOrFold<arith::CmpIOp>(loc, predicate, test.bound, integer(type, limit));
  if (matchPattern(wraps, m_Zero()))
    return true;
  if (matchPattern(wraps, m_One()))
    return false;
  TrapIfOp::create(b, loc, wraps, "the counter of a loop wraps around");
  return true;
}

/// c from c(0) up to the bound.
std::optional<Count> Counter::ascending() {
  const Induction &induction = *inductions[chain.argument];
  int64_t step = induction.stride ? 0 : induction.step * chain.sign;
  bool notEqual = test.relation == Relation::NotEqual;
  bool isSigned = notEqual ? chain.nsw : test.isSigned;
  if ((step == 0 && bottomTested) || (step && !notEqual && !guardWrap(step)))
    return std::nullopt;
  Count count;
  count.isUnsigned = !isSigned;
  Value init = loop.getInits()[chain.argument];
  count.step = step;
  if (step) {
    count.stepValue = integer(step);
  } else {
    // A step that is not positive would not end: the bound is met at once.
    Value stride = induction.stride;
    count.stepValue = max(stride, integer(1), isSigned);
  }
  Value first = evaluate(init);
  count.upper = test.bound;
  if (test.relation == Relation::LessEqual)
    count.upper = add(test.bound, 1, isSigned && chain.nsw ? Flags::nsw : Flags::none);
  setInverse(count, step);
  if (!bottomTested) {
    count.lower = first;
    return count;
  }
  count.lower = count.counterIsPrimary ? init : add(first, -step);
  count.upper = max(count.upper, add(count.lower, 1), isSigned);
  return count;
}

Count Counter::byDistance(Value distance, int64_t step, bool isUnsigned) {
  Count count;
  count.primary = chain.argument;
  count.lower = integer(0);
  count.stepValue = integer(step);
  count.step = step;
  count.isUnsigned = isUnsigned;
  if (bottomTested) {
    if (!isUnsigned)
      distance = max(distance, integer(0), true);
    distance = add(distance, step);
  }
  count.upper = distance;
  return count;
}

/// c from c(0) down to the bound, by what is left.
std::optional<Count> Counter::descending() {
  int64_t step = -inductions[chain.argument]->step * chain.sign;
  bool linear = test.isSigned ? chain.nsw : chain.nuw || chain.nsw;
  if (step > 1 && (chain.narrow || (!linear && width < 64)))
    return std::nullopt;
  Value first = evaluate(loop.getInits()[chain.argument]);
  // c > limit
  Value limit = test.bound;
  if (test.relation == Relation::GreaterEqual)
    limit = add(limit, -1);
  std::optional<int64_t> constant = constantOf(limit);
  if (step == 1 && test.isSigned && constant) {
    // c(0) - limit cannot overflow: limit is 0, or it is -1 and c(0) = x - k.
    bool belowMax = false;
    if (auto sub = first.getDefiningOp<arith::SubIOp>()) {
      std::optional<int64_t> k = constantOf(sub.getRhs());
      belowMax = k && *k >= 1 && hasFlag(sub.getOverflowFlags(), Flags::nsw);
    }
    if (auto addition = first.getDefiningOp<arith::AddIOp>()) {
      std::optional<int64_t> k = constantOf(addition.getRhs());
      belowMax |= k && *k <= -1 && hasFlag(addition.getOverflowFlags(), Flags::nsw);
    }
    if (std::optional<int64_t> k = constantOf(first))
      belowMax |= *k < APInt::getSignedMaxValue(width).getSExtValue();
    if (*constant == 0)
      return byDistance(first, 1, /*isUnsigned=*/false);
    if (*constant == -1 && belowMax)
      return byDistance(add(first, 1), 1, /*isUnsigned=*/false);
  }
  Value above = max(first, limit, test.isSigned);
  return byDistance(sub(above, limit), step, /*isUnsigned=*/true);
}

/// c != bound where c may wrap around, or descends.
std::optional<Count> Counter::modular() {
  int64_t step = inductions[chain.argument]->step * chain.sign;
  int64_t size = std::abs(step);
  Value first = evaluate(loop.getInits()[chain.argument]);
  if (chain.narrow) {
    // From 0 up, an unsigned counter meets the bound before it wraps.
    if (step != 1 || constantOf(first) != 0 || !isa<arith::ExtUIOp>(chain.narrow))
      return std::nullopt;
  }
  Value distance = step > 0 ? sub(test.bound, first) : sub(first, test.bound);
  if (size > 1) {
    // It must be hit exactly: flags say so, or constants.
    std::optional<int64_t> constant = constantOf(distance);
    bool exact = constant && *constant >= 0 && *constant % size == 0;
    if (!chain.nsw && !exact)
      return std::nullopt;
  }
  std::optional<int64_t> bound = constantOf(test.bound);
  bool isUnsigned = !(chain.nsw && step < 0 && bound && *bound == 0);
  return byDistance(distance, size, isUnsigned);
}

std::optional<Count> Counter::countIntegers() {
  const Induction &induction = *inductions[chain.argument];
  type = test.varying.getType();
  width = cast<IntegerType>(type).getWidth();
  bool less = test.relation == Relation::Less || test.relation == Relation::LessEqual;
  if (induction.stride) {
    if (!less || !chain.ops.empty() || chain.sign < 0 || !(test.isSigned ? chain.nsw : chain.nuw || width >= 64))
      return std::nullopt;
    return ascending();
  }
  int64_t step = induction.step * chain.sign;
  if (step == 0 || std::abs(step) >= (int64_t(1) << 31) ||
      (width < 33 && std::abs(step) >= (int64_t(1) << (width - 1))))
    return std::nullopt;
  if (test.relation != Relation::NotEqual) {
    if (less != (step > 0))
      return std::nullopt;
    return less ? ascending() : descending();
  }
  // Linear, or 64 bits, or from 0: c meets the bound on its way up.
  if (step > 0 && !chain.narrow &&
      (chain.nsw || chain.nuw || (step == 1 && (width >= 64 || constantOf(loop.getInits()[chain.argument]) == 0))))
    return ascending();
  return modular();
}

//===----------------------------------------------------------------------===//
// Pointers
//===----------------------------------------------------------------------===//

/// By the number of elements between the pointers.
std::optional<Count> Counter::pointers() {
  const Induction &induction = *inductions[chain.argument];
  DataLayout layout = DataLayout::closest(loop);
  if (!induction.element || induction.stride || !induction.nsw || induction.step == 0)
    return std::nullopt;
  int64_t size = layout.getTypeSize(induction.element).getFixedValue();
  int64_t step = induction.step * size;
  bool up = step > 0;
  bool less = test.relation == Relation::Less || test.relation == Relation::LessEqual;
  bool notEqual = test.relation == Relation::NotEqual;
  if (size == 0 || (!notEqual && less != up))
    return std::nullopt;
  step = std::abs(step);
  type = b.getI64Type();
  width = 64;
  Value first = evaluate(loop.getInits()[chain.argument]);
  Value low = up ? first : test.bound;
  Value high = up ? test.bound : first;
  bool orEqual = test.relation == Relation::LessEqual || test.relation == Relation::GreaterEqual;
  // Elements, where the addresses differ by whole ones.
  Value elements;
  std::optional<Distance> distance = pointerDistance(high, low);
  if (distance && distance->bytes % step == 0 &&
      llvm::all_of(distance->terms, [&](auto &term) { return term.second % step == 0; })) {
    elements = integer(distance->bytes / step);
    for (auto [index, scale] : distance->terms) {
      Value term = index;
      if (!term.getType().isInteger(64))
        term = b.createOrFold<arith::ExtSIOp>(loc, type, term);
      if (scale != step)
        term = b.createOrFold<arith::MulIOp>(loc, term, integer(scale / step), Flags::nsw);
      elements =
          matchPattern(elements, m_Zero()) ? term : b.createOrFold<arith::AddIOp>(loc, term, elements, Flags::nsw);
    }
    if (orEqual)
      elements = add(elements, 1, Flags::nsw);
  } else {
    Value to = LLVM::PtrToIntOp::create(b, loc, type, high);
    Value from = LLVM::PtrToIntOp::create(b, loc, type, low);
    Value bytes = sub(to, from);
    // Rounded up; exact for !=.
    if (!notEqual)
      bytes = add(bytes, orEqual ? step : step - 1);
    arith::DivSIOp quotient = arith::DivSIOp::create(b, loc, bytes, integer(step));
    quotient.setIsExact(notEqual);
    elements = quotient;
  }
  Count count = byDistance(elements, 1, /*isUnsigned=*/false);
  return count;
}

/// c < b1 && c < b2: the smaller bound.
std::optional<Count> Counter::both(Value first, Value second) {
  std::optional<Count> a = run(first);
  std::optional<Count> c = a ? run(second) : std::nullopt;
  if (!c || a->lower != c->lower || a->step == 0 || a->step != c->step || a->isUnsigned != c->isUnsigned ||
      a->primary != c->primary || !a->counterIsPrimary || !c->counterIsPrimary)
    return std::nullopt;
  a->upper = a->isUnsigned ? b.createOrFold<arith::MinUIOp>(loc, a->upper, c->upper)
                           : b.createOrFold<arith::MinSIOp>(loc, a->upper, c->upper);
  return a;
}

std::optional<Count> Counter::run(Value condition) {
  Operation *op = condition.getDefiningOp();
  if (auto conjunction = dyn_cast_or_null<arith::AndIOp>(op))
    return both(conjunction.getLhs(), conjunction.getRhs());
  if (auto select = dyn_cast_or_null<arith::SelectOp>(op)) {
    if (!matchPattern(select.getFalseValue(), m_Zero()))
      return std::nullopt;
    return both(select.getCondition(), select.getTrueValue());
  }
  // The comparison of pointers has no folded negation.
  bool negated = false;
  if (auto negation = dyn_cast_or_null<arith::XOrIOp>(op))
    if (matchPattern(negation.getRhs(), m_One())) {
      condition = negation.getLhs();
      negated = true;
    }
  std::optional<Test> read = readTest(condition, negated);
  if (!read)
    return std::nullopt;
  test = *read;
  std::optional<Chain> found = readChain(test.varying);
  if (!found)
    return std::nullopt;
  chain = *found;
  if (isa<LLVM::LLVMPointerType>(test.varying.getType()))
    return pointers();
  if (!isa<IntegerType>(test.varying.getType()) || inductions[chain.argument]->element)
    return std::nullopt;
  return countIntegers();
}

} // namespace

std::optional<Count> sparsead::countIterations(scf::WhileOp loop, ArrayRef<std::optional<Induction>> inductions,
                                               bool bottomTested) {
  return Counter(loop, inductions, bottomTested).run(loop.getConditionOp().getCondition());
}
