//===- AdjointReverse.cpp - the reverse sweep -----------------------------===//
//
// Blocks, loops and branches, last operation first.
//
//===----------------------------------------------------------------------===//

#include "AdjointBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sparsead;

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
  } else if (checkpointed(op))
    reverseCheckpointed(op, adjoints);
  else if (auto o = dyn_cast<scf::ForOp>(op))
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
    if (upwards && !twice)
      stripCandidates.push_back({loop, iv});

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
