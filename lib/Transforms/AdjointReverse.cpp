//===- AdjointReverse.cpp - the reverse sweep -----------------------------===//
//
// Adjoints of numbers in registers are values, summed up where they arise; adjoints of numbers in memory stand in the
// shadow. A load adds to the shadow; a store takes what is there and leaves zero.
//
//===----------------------------------------------------------------------===//

#include "AdjointBuilder.h"
#include "Positive.h"
#include "sparsead/Transforms/ShadowCloner.h"
#include "sparsead/rt/abi.hpp"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

static constexpr auto purpose = Activity::For::Tangent;
static constexpr arith::FastMathFlags derivativeFlags =
    arith::FastMathFlags::contract | arith::FastMathFlags::reassoc | arith::FastMathFlags::nsz;

static arith::FastMathFlagsAttr flagsOf(OpBuilder &b) {
  return arith::FastMathFlagsAttr::get(b.getContext(), derivativeFlags);
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

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
  if (plain)
    if (auto choice = chosenFrom(adjoint))
      return behind(loc, *choice, scale(loc, choice->value, partial, singular));
  bool careful = singular || masked.contains(adjoint) || steep.contains(adjoint);
  if (plain && careful && !matchPattern(partial, m_Constant())) {
    // A selection would hide what the product still depends on.
    return keepFlags(adjoint, ScaleOp::create(b, loc, adjoint.getType(), adjoint, partial, derivativeFlags));
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
      plain && x && y && x->condition == y->condition && x->side == y->side) {
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
    return; // poison
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
      auto choice = plain ? chosenFrom(v) : std::nullopt;
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
      if (singular && !plain && !masked.contains(d)) {
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

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// The operations between `after` and `before` (null: the block's ends), last first.
void AdjointBuilder::reverseRange(Block &block, Operation *after, Operation *before, Adjoints &adjoints) {
  Operation *op = before ? before->getPrevNode() : block.back().getPrevNode();
  if (!before && block.without_terminator().empty())
    return;
  for (; op && op != after; op = op->getPrevNode())
    reverse(op, adjoints);
}

void AdjointBuilder::reverse(Operation *op, Adjoints &adjoints) {
  if (!analysis.hasReverse(op))
    return;
  auto outer = currentLoc;
  currentLoc = op->getLoc();
  if (auto found = early.find(op); found != early.end()) {
    auto loop = cast<scf::ForOp>(op);
    for (auto [result, init] : llvm::zip(loop.getResults(), loop.getInitArgs()))
      if (Value d = adjoints.lookup(result))
        accumulate(init, d, adjoints);
    for (auto [v, d] : found->second)
      accumulate(v, d, adjoints);
  } else if (auto o = dyn_cast<scf::ForOp>(op))
    reverseFor(o, adjoints);
  else if (auto o = dyn_cast<scf::WhileOp>(op))
    reverseWhile(o, adjoints);
  else if (isa<scf::IfOp, scf::IndexSwitchOp>(op))
    reverseBranch(op, adjoints);
  else if (!reverseMemory(op, adjoints) && op->getNumResults() == 1)
    if (Value adjoint = adjoints.lookup(op->getResult(0)))
      reverseRule(op, adjoint, adjoints);
  currentLoc = outer;
}

/// Does the value depend on `start` whatever happens? Where iterations replace what they carry, the adjoint of what was
/// before is zero, and structures would not see it.
static bool goesOn(Value v, Value start) {
  if (v == start)
    return true;
  Operation *op = v.getDefiningOp();
  if (!op)
    return false;
  auto on = [&](Value operand) { return goesOn(operand, start); };
  if (isa<arith::SelectOp, LLVM::SelectOp>(op))
    return on(op->getOperand(1)) && on(op->getOperand(2));
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned k = cast<OpResult>(v).getResultNumber();
    return on(branch.thenYield().getOperand(k)) && on(branch.elseYield().getOperand(k));
  }
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    unsigned k = cast<OpResult>(v).getResultNumber();
    return on(loop.getInitArgs()[k]) &&
           goesOn(loop.getBody()->getTerminator()->getOperand(k), loop.getRegionIterArgs()[k]);
  }
  return op->getNumRegions() == 0 && isa<DifferentiableOpInterface>(op) && llvm::any_of(op->getOperands(), on);
}

void AdjointBuilder::reverseFor(scf::ForOp op, Adjoints &adjoints) {
  Location loc = op.getLoc();
  Operation *yield = op.getBody()->getTerminator();
  SmallVector<Value> outside = outsideOf(op);
  SmallVector<unsigned> carried;
  SmallVector<Value> inits;
  for (auto [k, arg] : llvm::enumerate(op.getRegionIterArgs())) {
    if (!isa<FloatType>(arg.getType()) || !activity.isActive(arg) || analysis.isSum(op, k))
      continue;
    if (plain && !goesOn(op.getBody()->getTerminator()->getOperand(k), arg))
      fail(loc, "a value is carried that some iterations replace");
    Value d = adjoints.lookup(op.getResult(k));
    carried.push_back(k);
    inits.push_back(d ? d : real(0, arg.getType()));
  }
  for (Value v : outside)
    inits.push_back(real(0, v.getType()));

  Value begin = need(op.getLowerBound()), end = need(op.getUpperBound()), step = need(op.getStep());
  bool orderFree = analysis.isOrderFree(op);
  // Nothing is kept in a plain function, so that the loop need not count.
  bool same = plain && orderFree;
  Value trips = same ? Value() : tripCount(loc, begin, end, step, op.getUnsignedCmp());
  auto loop = same ? scf::ForOp::create(b, loc, begin, end, step, inits, nullptr, op.getUnsignedCmp())
                   : scf::ForOp::create(b, loc, number(0), trips, number(1), inits);
  llvm::DenseSet<Value> infinite;
  {
    OpBuilder::InsertionGuard guard(b);
    Block *body = loop.getBody();
    if (body->mightHaveTerminator())
      body->getTerminator()->erase();
    b.setInsertionPointToEnd(body);
    // In any order: upwards, as the processor likes it.
    bool upwards = orderFree && llvm::all_of(op.getBody()->getOperations(),
                                             [](Operation &inner) { return inner.getNumRegions() == 0; });
    Value here = loop.getInductionVar(), iv = here;
    if (!same) {
      if (!upwards) {
        Value last = arith::SubIOp::create(b, loc, trips, number(1));
        here = arith::SubIOp::create(b, loc, last, here);
      }
      Type type = op.getInductionVar().getType();
      Value count = here;
      if (type.isIndex())
        count = arith::IndexCastOp::create(b, loc, type, here);
      else if (type.getIntOrFloatBitWidth() < 64)
        count = arith::TruncIOp::create(b, loc, type, here);
      else if (type.getIntOrFloatBitWidth() > 64)
        count = arith::ExtUIOp::create(b, loc, type, here);
      Value move = arith::MulIOp::create(b, loc, count, step);
      iv = arith::AddIOp::create(b, loc, begin, move);
    }
    Scope &scope = open(op.getRegion(), body);
    scope.met[Key(op.getInductionVar().getAsOpaquePointer(), Primal)] = iv;
    scope.reverseLoop = loop;
    scope.reverseTrips = trips;
    scope.number = here;

    Adjoints inner;
    for (auto [k, arg] : llvm::enumerate(op.getRegionIterArgs()))
      if (isa<FloatType>(arg.getType()) && activity.isActive(arg) && !llvm::is_contained(carried, k))
        if (Value d = adjoints.lookup(op.getResult(k)))
          accumulate(yield->getOperand(k), d, inner);
    for (auto [k, number] : llvm::enumerate(carried)) {
      Value d = loop.getRegionIterArgs()[k];
      masked.insert(d);
      if (analysis.hasSingular())
        steep.insert(d);
      accumulate(yield->getOperand(number), d, inner);
    }
    reverseRange(*op.getBody(), nullptr, nullptr, inner);
    currentLoc = loc;
    SmallVector<Value> out;
    for (unsigned k : carried) {
      Value arg = op.getRegionIterArgs()[k], d = inner.lookup(arg);
      out.push_back(d ? d : real(0, arg.getType()));
    }
    for (auto [k, v] : llvm::enumerate(outside)) {
      Value sum = loop.getRegionIterArgs()[carried.size() + k];
      if (Value d = inner.lookup(v)) {
        if (steep.contains(d))
          infinite.insert(v);
        addTo(sum, d);
      }
      out.push_back(sum);
    }
    scf::YieldOp::create(b, loc, out);
  }
  for (auto [k, arg] : llvm::enumerate(op.getRegionIterArgs()))
    if (!llvm::is_contained(carried, k))
      if (Value d = adjoints.lookup(op.getResult(k)))
        accumulate(op.getInitArgs()[k], d, adjoints);
  auto take = [&](Value v, Value d, bool maybeInfinite) {
    masked.insert(d);
    if (maybeInfinite)
      steep.insert(d);
    accumulate(v, d, adjoints);
  };
  for (auto [k, number] : llvm::enumerate(carried))
    take(op.getInitArgs()[number], loop.getResult(k), analysis.hasSingular());
  for (auto [k, v] : llvm::enumerate(outside))
    take(v, loop.getResult(carried.size() + k), infinite.contains(v));
}

/// before, (after, before)…, the last first: in each round but the first the reverse of `after` goes ahead of that of
/// `before`.
void AdjointBuilder::reverseWhile(scf::WhileOp op, Adjoints &adjoints) {
  Location loc = op.getLoc();
  auto isNumber = [&](Value v) { return isa<FloatType>(v.getType()) && activity.isActive(v); };
  SmallVector<Value> outside = outsideOf(op);
  SmallVector<unsigned> before, after;
  SmallVector<Value> inits, results;
  for (auto [k, arg] : llvm::enumerate(op.getBeforeArguments()))
    if (isNumber(arg)) {
      before.push_back(k);
      inits.push_back(real(0, arg.getType()));
    }
  for (auto [k, arg] : llvm::enumerate(op.getAfterArguments()))
    if (isNumber(arg)) {
      after.push_back(k);
      Value d = adjoints.lookup(op.getResult(k));
      results.push_back(d ? d : real(0, arg.getType()));
    }
  for (Value v : outside)
    inits.push_back(real(0, v.getType()));
  Value count = needCount(op);
  Value rounds = arith::AddIOp::create(b, loc, count, number(1));
  auto loop = scf::ForOp::create(b, loc, number(0), rounds, number(1), inits);
  auto mark = [&](Value d) {
    masked.insert(d);
    if (analysis.hasSingular())
      steep.insert(d);
    return d;
  };
  {
    OpBuilder::InsertionGuard guard(b);
    Block *body = loop.getBody();
    if (body->mightHaveTerminator())
      body->getTerminator()->erase();
    b.setInsertionPointToEnd(body);
    auto args = loop.getRegionIterArgs();
    SmallVector<Value> sums(args.drop_front(before.size()));
    SmallVector<Type> types;
    for (unsigned k : after)
      types.push_back(op.getAfterArguments()[k].getType());
    for (Value v : outside)
      types.push_back(v.getType());
    Value later = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, loop.getInductionVar(), number(0));
    auto round = scf::IfOp::create(b, loc, types, later, /*addThenBlock=*/true, /*addElseBlock=*/true);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToEnd(&round.getThenRegion().front());
      open(op.getAfter(), b.getInsertionBlock());
      Adjoints inner;
      for (auto [k, number] : llvm::enumerate(before))
        accumulate(op.getYieldOp()->getOperand(number), mark(args[k]), inner);
      reverseRange(*op.getAfterBody(), nullptr, nullptr, inner);
      currentLoc = loc;
      SmallVector<Value> out;
      for (unsigned k : after) {
        Value arg = op.getAfterArguments()[k], d = inner.lookup(arg);
        out.push_back(d ? d : real(0, arg.getType()));
      }
      for (auto [k, v] : llvm::enumerate(outside)) {
        Value sum = sums[k];
        if (Value d = inner.lookup(v))
          addTo(sum, d);
        out.push_back(sum);
      }
      scf::YieldOp::create(b, loc, out);
      b.setInsertionPointToEnd(&round.getElseRegion().front());
      out = results;
      llvm::append_range(out, sums);
      scf::YieldOp::create(b, loc, out);
    }
    open(op.getBefore(), body);
    Adjoints inner;
    for (auto [k, number] : llvm::enumerate(after))
      accumulate(op.getConditionOp().getArgs()[number], mark(round.getResult(k)), inner);
    reverseRange(*op.getBeforeBody(), nullptr, nullptr, inner);
    currentLoc = loc;
    SmallVector<Value> out;
    for (unsigned k : before) {
      Value arg = op.getBeforeArguments()[k], d = inner.lookup(arg);
      out.push_back(d ? d : real(0, arg.getType()));
    }
    for (auto [k, v] : llvm::enumerate(outside)) {
      Value sum = round.getResult(after.size() + k);
      if (Value d = inner.lookup(v))
        addTo(sum, d);
      out.push_back(sum);
    }
    scf::YieldOp::create(b, loc, out);
  }
  for (auto [k, number] : llvm::enumerate(before))
    accumulate(op.getInits()[number], mark(loop.getResult(k)), adjoints);
  for (auto [k, v] : llvm::enumerate(outside))
    accumulate(v, mark(loop.getResult(before.size() + k)), adjoints);
}

void AdjointBuilder::reverseBranch(Operation *op, Adjoints &adjoints) {
  Location loc = op->getLoc();
  SmallVector<Value> outside = outsideOf(op);
  SmallVector<Type> types;
  for (Value v : outside)
    types.push_back(v.getType());
  Operation *made;
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    made = scf::IfOp::create(b, loc, types, need(branch.getCondition()), /*addThenBlock=*/true,
                             /*addElseBlock=*/true);
  } else {
    auto sw = cast<scf::IndexSwitchOp>(op);
    made = scf::IndexSwitchOp::create(b, loc, types, need(sw.getArg()), sw.getCases(), sw.getCases().size());
    for (Region &region : made->getRegions())
      region.emplaceBlock();
  }
  llvm::DenseSet<Value> infinite;
  for (auto [from, to] : llvm::zip(op->getRegions(), made->getRegions())) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(&to.front());
    Adjoints inner;
    if (!from.empty()) {
      open(from, &to.front());
      Operation *yield = from.front().getTerminator();
      for (auto [result, yielded] : llvm::zip(op->getResults(), yield->getOperands()))
        if (Value d = adjoints.lookup(result))
          accumulate(yielded, d, inner);
      reverseRange(from.front(), nullptr, nullptr, inner);
      currentLoc = loc;
    }
    SmallVector<Value> out;
    for (Value v : outside) {
      Value d = inner.lookup(v);
      if (d && steep.contains(d))
        infinite.insert(v);
      out.push_back(d ? d : real(0, v.getType()));
    }
    scf::YieldOp::create(b, loc, out);
  }
  for (auto [k, v] : llvm::enumerate(outside)) {
    Value d = made->getResult(k);
    masked.insert(d); // zero on the other sides
    if (infinite.contains(v))
      steep.insert(d);
    accumulate(v, d, adjoints);
  }
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// `then` where the pointer has a shadow.
void AdjointBuilder::guarded(Location loc, Value pointer, Value at, function_ref<void()> then) {
  if (!activity.mayBeUnshadowed(pointer, purpose))
    return then();
  Value valid = buildIsNotNull(b, loc, at);
  auto branch = scf::IfOp::create(b, loc, valid, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  then();
}

Value AdjointBuilder::loadAdjoint(Location loc, Value pointer, Type type, bool clear) {
  Value at = needShadow(pointer);
  unsigned align = type.getIntOrFloatBitWidth() / 8;
  auto take = [&]() -> Value {
    Value d = LLVM::LoadOp::create(b, loc, type, at, align);
    if (clear)
      LLVM::StoreOp::create(b, loc, buildZero(b, loc, type), at, align);
    return d;
  };
  Value d;
  if (activity.mayBeUnshadowed(pointer, purpose)) {
    Value valid = buildIsNotNull(b, loc, at);
    auto branch = scf::IfOp::create(b, loc, TypeRange{type}, valid, true, true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&branch.getThenRegion().front());
    scf::YieldOp::create(b, loc, take());
    b.setInsertionPointToStart(&branch.getElseRegion().front());
    scf::YieldOp::create(b, loc, buildZero(b, loc, type));
    d = branch.getResult(0);
  } else {
    d = take();
  }
  if (analysis.isTemporary(pointer)) {
    masked.insert(d);
    if (analysis.hasSingular())
      steep.insert(d);
  }
  return d;
}

void AdjointBuilder::addToShadow(Location loc, Value pointer, Value adjoint) {
  Value at = needShadow(pointer);
  Type type = adjoint.getType();
  unsigned align = type.getIntOrFloatBitWidth() / 8;
  guarded(loc, pointer, at, [&] {
    Value old = LLVM::LoadOp::create(b, loc, type, at, align);
    Value sum = arith::AddFOp::create(b, loc, old, adjoint, flagsOf(b));
    LLVM::StoreOp::create(b, loc, sum, at, align);
  });
}

/// Is the pointer one to an output, and to nothing else?
bool AdjointBuilder::isOutput(Value pointer) const {
  auto targets = activity.pointsTo(pointer).targets();
  return targets.size() == 1 && activity.object(targets[0].object).specified &&
         activity.object(targets[0].object).roles == abi::role_output;
}

/// Of a plain function: an output's store whose element nothing else stores to, but to add to it afterwards, and
/// nothing reads. Its adjoint may stay as it is, so that the weights of the outputs are only read. Others would have to
/// clear it, and the structure would not know what they have cleared.
bool AdjointBuilder::isAlone(Operation *op) {
  auto store = dyn_cast<LLVM::StoreOp>(op);
  if (!plain || !store || !isOutput(store.getAddr()))
    return false;
  auto targets = activity.pointsTo(store.getAddr()).targets();
  auto topOf = [&](Operation *inner) { return activity.entry().getBody().front().findAncestorOpInBlock(*inner); };
  auto addsLater = [&](Operation *other) {
    bool adds = analysis.isAccumulationLoad(other) || analysis.accumulation(other).has_value();
    return adds && topOf(op) != topOf(other) && topOf(op)->isBeforeInBlock(topOf(other));
  };
  bool alone = true;
  activity.entry().walk([&](Operation *other) {
    MemoryAccess a = memoryAccessOf(other);
    bool reads = a.kind == MemoryAccess::Load && isa<FloatType>(a.type);
    bool writes = a.kind == MemoryAccess::Store || a.kind == MemoryAccess::Fill;
    auto meets = [&](Value pointer) {
      return pointer && llvm::any_of(activity.pointsTo(pointer).targets(),
                                     [&](const Target &t) { return t.object == targets[0].object; });
    };
    if (a.kind == MemoryAccess::Copy || a.kind == MemoryAccess::Move)
      alone &= !meets(a.pointer) && !meets(a.source);
    else if ((reads || writes) && other != op && !addsLater(other))
      alone &= !meets(a.pointer);
  });
  if (!alone)
    return false;
  return analysis.isAnotherEachTime(store);
}

bool AdjointBuilder::reverseMemory(Operation *op, Adjoints &adjoints) {
  MemoryAccess a = memoryAccessOf(op);
  Location loc = op->getLoc();
  auto holdsNumbers = [&](Value pointer) {
    return llvm::any_of(activity.pointsTo(pointer).targets(),
                        [&](const Target &t) { return activity.object(t.object).active; });
  };
  switch (a.kind) {
  case MemoryAccess::None:
    return false;
  case MemoryAccess::Load:
    if (Value d = adjoints.lookup(a.value); d && hasShadow(a.pointer) && !analysis.isAccumulationLoad(op))
      addToShadow(loc, a.pointer, d);
    return true;
  case MemoryAccess::Store:
    if (!hasShadow(a.pointer) || !holdsNumbers(a.pointer) || isa<LLVM::LLVMPointerType>(a.type))
      return true;
    if (isa<FloatType>(a.type)) {
      bool sum = analysis.accumulation(op).has_value();
      if (activity.isActive(a.value)) {
        bool clear = !sum && !isAlone(op);
        if (clear && plain && isOutput(a.pointer))
          fail(loc, "elements of an output may be stored more than once, or are read");
        accumulate(a.value, loadAdjoint(loc, a.pointer, a.type, clear), adjoints);
      } else {
        Value at = needShadow(a.pointer);
        guarded(loc, a.pointer, at, [&] {
          LLVM::StoreOp::create(b, loc, buildZero(b, loc, a.type), at, a.type.getIntOrFloatBitWidth() / 8);
        });
      }
      return true;
    }
    {
      Value at = needShadow(a.pointer);
      guarded(loc, a.pointer, at,
              [&] { LLVM::MemsetOp::create(b, loc, at, number(0, 8), number(storeSize(op, a.type)), false); });
    }
    return true;
  case MemoryAccess::Copy:
  case MemoryAccess::Move:
  case MemoryAccess::Fill: {
    if (!a.length || !hasShadow(a.pointer) || !holdsNumbers(a.pointer))
      return true;
    Value to = needShadow(a.pointer), bytes = need(a.length);
    bool fill = a.kind == MemoryAccess::Fill || !hasShadow(a.source) || !holdsNumbers(a.source);
    Value from = fill ? Value() : needShadow(a.source);
    guarded(loc, a.pointer, to, [&] {
      if (fill) {
        LLVM::MemsetOp::create(b, loc, to, number(0, 8), bytes, false);
        return;
      }
      if (bytes.getType() != b.getI64Type())
        bytes = arith::ExtUIOp::create(b, loc, b.getI64Type(), bytes);
      Type ptr = to.getType();
      bool single = analysis.elementType(a.pointer).isF32();
      auto copy = declareRuntime(module, single ? "sparsead_rt_adjoint_copy_f32" : "sparsead_rt_adjoint_copy_f64",
                                 {ptr, ptr, b.getI64Type()}, {});
      func::CallOp::create(b, loc, copy, ValueRange{to, from, bytes});
    });
    return true;
  }
  case MemoryAccess::Allocate:
  case MemoryAccess::Free:
  case MemoryAccess::Address:
    return true;
  }
  llvm_unreachable("kind of access");
}
