//===- InspectorScalars.cpp - marks of scalars ----------------------------===//

#include "InspectorBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/UB/IR/UBOps.h"

using namespace mlir;
using namespace sparsead;

static bool isPointer(Type t) { return isa<LLVM::LLVMPointerType>(t); }

/// Operations that would trap on the placeholder of an unknown operand.
static bool mayTrap(Operation *op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp, arith::CeilDivSIOp, arith::FloorDivSIOp,
             arith::CeilDivUIOp>(op);
}

/// Second order: pairs of columns of the operands that occur together in the result's second derivatives.
void InspectorBuilder::addInteractions(Dependences &to, Operation *op) {
  auto rule = cast<DifferentiableOpInterface>(op);
  auto isActive = [&](Value v) { return isa<FloatType>(v.getType()) && hasMark(v); };
  for (unsigned i = 0; i < op->getNumOperands(); ++i)
    for (unsigned j = i; j < op->getNumOperands(); ++j) {
      Value x = op->getOperand(i), y = op->getOperand(j);
      if (!isActive(x) || !isActive(y) || !rule.interacts(i, j))
        continue;
      Value a = mark(x), c = mark(y);
      if (to.sets.size() >= maxLeaves) {
        Value all = unite(to, op->getLoc());
        to.sets.assign(1, all);
        to.unknowns.clear();
        to.united = nullptr;
      }
      to.sets.push_back(runtime(op->getLoc(), "sparsead_rt_interact", {a, c}, b.getI32Type())[0]);
    }
}

void InspectorBuilder::emitScalar(Operation *op) {
  // Values that are never read. Joins compare bits, so they must have some.
  if (isa<ub::PoisonOp, LLVM::UndefOp, LLVM::PoisonOp>(op)) {
    s.map.map(op->getResult(0), buildZero(b, op->getLoc(), op->getResult(0).getType()));
    return;
  }
  auto taintedResult = llvm::any_of(op->getResults(), [&](Value r) { return hasMark(r); });
  if (!taintedResult) {
    cloneFlat(b, op, s.map);
    for (Value r : op->getResults())
      if (hasShadow(r) && op->getNumOperands() > 0)
        for (Value v : op->getOperands())
          if (hasShadow(v))
            s.shadows[r] = shadow(v);
    return;
  }
  auto rule = dyn_cast<DifferentiableOpInterface>(op);
  Value first = op->getResult(0);
  if (op->getNumResults() == 1 && isa<FloatType>(first.getType())) {
    Dependences d;
    for (OpOperand &operand : op->getOpOperands()) {
      bool none = !rule || rule.dependence(operand.getOperandNumber()) == Dependence::None;
      if (!isa<FloatType>(operand.get().getType()))
        none = true;
      addDependence(d, operand.get(), none);
    }
    if (secondOrder && rule)
      addInteractions(d, op);
    if (d.unknown)
      s.map.map(first, buildZero(b, op->getLoc(), first.getType()));
    else
      cloneFlat(b, op, s.map);
    s.floats[first] = d;
    return;
  }
  // Integers, pointers: known or not.
  bool decidable = first.getType().isInteger(1) && isa<arith::OrIOp, arith::AndIOp>(op) &&
                   !llvm::all_of(op->getOperands(), [&](Value v) { return isSurelyUnknown(v); });
  bool surely = !decidable && llvm::any_of(op->getOperands(), [&](Value v) { return isSurelyUnknown(v); });
  if (surely) {
    for (Value r : op->getResults()) {
      setUnknown(r);
      if (isPointer(r.getType()))
        s.marks[r] = i32(-1);
    }
    return;
  }
  Value unknown = i1(false);
  for (Value v : op->getOperands())
    if (hasMark(v)) {
      Value u = isUnknown(v);
      unknown = arith::OrIOp::create(b, op->getLoc(), unknown, u);
    }
  if (mayTrap(op)) {
    // A placeholder of 1 / 1 for unknown operands.
    IRMapping guardedMap = s.map;
    for (Value v : op->getOperands()) {
      Value one = buildInt(b, op->getLoc(), 1, v.getType().getIntOrFloatBitWidth());
      guardedMap.map(v, arith::SelectOp::create(b, op->getLoc(), unknown, one, primal(v)));
    }
    Operation *clone = b.clone(*op, guardedMap);
    s.map.map(first, clone->getResult(0));
  } else {
    cloneFlat(b, op, s.map);
  }
  // true || unknown, false && unknown.
  if (first.getType().isInteger(1) && isa<arith::OrIOp, arith::AndIOp>(op)) {
    Value deciding = i1(isa<arith::OrIOp>(op));
    for (Value v : op->getOperands()) {
      Value is = arith::CmpIOp::create(b, op->getLoc(), arith::CmpIPredicate::eq, primal(v), deciding);
      Value certain = is;
      if (hasMark(v)) {
        Value u = isUnknown(v), yes = i1(true);
        Value k = arith::XOrIOp::create(b, op->getLoc(), u, yes);
        certain = arith::AndIOp::create(b, op->getLoc(), is, k);
      }
      unknown = arith::SelectOp::create(b, op->getLoc(), certain, i1(false), unknown);
    }
  }
  Value m = arith::ExtUIOp::create(b, op->getLoc(), b.getI32Type(), unknown);
  for (Value r : op->getResults()) {
    if (!hasMark(r))
      continue;
    if (isPointer(r.getType())) {
      Value zero = i32(0), any = i32(-1);
      setMark(r, arith::SelectOp::create(b, op->getLoc(), unknown, any, zero));
    } else {
      setMark(r, m);
    }
  }
}

void InspectorBuilder::emitSelect(Operation *op, Value condition, Value yes, Value no) {
  Value result = op->getResult(0);
  if (!hasMark(condition)) {
    Values a = expand(yes, result), c = expand(no, result);
    bind(result, select(op->getLoc(), primal(condition), a, c));
    return;
  }
  if (isa<FloatType>(result.getType()) && isSurelyUnknown(condition)) {
    Dependences d;
    addDependence(d, yes, false);
    addDependence(d, no, false);
    d.unknown = true;
    s.map.map(result, buildZero(b, op->getLoc(), result.getType()));
    s.floats[result] = d;
    return;
  }
  Value unknown = isUnknown(condition);
  Values a = expand(yes, result), c = expand(no, result);
  Values known = select(op->getLoc(), primal(condition), a, c);
  Values joined = ifElse(
      op->getLoc(), unknown, ValueRange(a).getTypes(), [&] { return join(op->getLoc(), a, c, result); },
      [&] { return known; });
  bind(result, joined);
}

void InspectorBuilder::emitTrap(TrapIfOp op) {
  if (isSurelyUnknown(op.getCondition()))
    return;
  Value condition = primal(op.getCondition());
  if (hasMark(op.getCondition())) {
    Value known = isZero(op.getLoc(), mark(op.getCondition()));
    condition = arith::AndIOp::create(b, op.getLoc(), condition, known);
  }
  ifThen(op.getLoc(), condition, [&] { runtime(op.getLoc(), "sparsead_rt_trap", {nameConstant(op.getText())}); });
}
