//===- InspectorCalls.cpp - marks through calls ---------------------------===//

#include "InspectorBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sparsead;

static bool isPointer(Type t) { return isa<LLVM::LLVMPointerType>(t); }

/// Does the function call itself, directly or not?
bool InspectorBuilder::isRecursive(func::FuncOp f) {
  auto [known, fresh] = recursive.try_emplace(f, false);
  if (fresh)
    known->second = sparsead::isRecursive(module, f);
  return known->second;
}

/// Results of a recursive call that is left out, since its depth depends on active data: anything.
InspectorBuilder::Values InspectorBuilder::skipCall(Operation *op, func::FuncOp callee) {
  Location loc = op->getLoc();
  auto ret = cast<func::ReturnOp>(callee.getBody().front().getTerminator());
  bool marked = llvm::all_of(ret.getOperands(), [&](Value v) { return hasMark(v); });
  Value all = i32(0);
  for (Value v : op->getOperands())
    if (isa<FloatType>(v.getType()) && hasMark(v))
      all = runtime(loc, "sparsead_rt_union2", {all, mark(v)}, b.getI32Type())[0];
  // A result that counts as known cannot be made up.
  all = runtime(loc, "sparsead_rt_skip_call", {all, i32(marked)}, b.getI32Type())[0];
  Values results;
  for (Value v : ret.getOperands()) {
    results.push_back(buildZero(b, loc, v.getType()));
    if (hasMark(v))
      results.push_back(isa<FloatType>(v.getType()) ? all : i32(isPointer(v.getType()) ? -1 : 1));
    if (hasShadow(v))
      results.push_back(buildZero(b, loc, LLVM::LLVMPointerType::get(op->getContext())));
  }
  return results;
}

void InspectorBuilder::emitCall(Operation *op) {
  auto call = dyn_cast<func::CallOp>(op);
  func::FuncOp callee = call ? module.lookupSymbol<func::FuncOp>(call.getCallee()) : nullptr;
  if (callee && !callee.isExternal())
    return emitInspectorCall(call, callee);
  if (isInactiveCall(op))
    return emitInactiveCall(op);
  // Output to a terminal or file: planning is silent.
  if (knownFunction(calleeName(op)) == KnownFunction::Output) {
    for (Value r : op->getResults())
      setUnknown(r);
    return;
  }
  emitHiddenCall(op);
}

/// A function that carries no derivative is called where all that it may read is known, and somebody may see what it
/// does; else what it returns and writes is not known.
void InspectorBuilder::emitInactiveCall(Operation *op) {
  auto writesThrough = [&](OpOperand &operand) {
    return isPointer(operand.get().getType()) && mayWriteThrough(op, operand.getOperandNumber());
  };
  bool writes = llvm::any_of(op->getOpOperands(), writesThrough);
  if (op->getNumResults() == 0 && !writes)
    return; // planning is silent
  if (!activity.isUnknownCall(op)) {
    cloneFlat(b, op, s.map);
    return;
  }
  bool memory = llvm::any_of(op->getOperandTypes(), isPointer);
  if (!memory && !structural)
    return emitHiddenCall(op);
  for (Value r : op->getResults()) {
    setUnknown(r);
    if (isPointer(r.getType()) && hasMark(r))
      setMark(r, i32(-2));
  }
  for (OpOperand &operand : op->getOpOperands()) {
    Value v = operand.get();
    if (!writesThrough(operand) || !hasShadow(v))
      continue;
    Value zero = i32(0), one = i32(1);
    runtime(op->getLoc(), "sparsead_rt_fill", {shadow(v), primal(v), one, zero, i64(0), one});
  }
}

void InspectorBuilder::emitInspectorCall(func::CallOp op, func::FuncOp callee) {
  Location loc = op.getLoc();
  func::FuncOp clone = inspectorOf(callee);
  Values operands = expand(op->getOperands(), callee.getArguments());
  operands.push_back(s.context);
  Values made;
  if (!isRecursive(callee)) {
    made = Values(func::CallOp::create(b, loc, clone, operands).getResults());
  } else {
    // A recursion that both sides of a condition enter must end: its depth is watched.
    SmallVector<Type> types(clone.getFunctionType().getResults());
    Value entered = runtime(loc, "sparsead_rt_enter", {}, b.getI32Type())[0];
    Value refused = isZero(loc, entered), yes = i1(true);
    Value enter = arith::XOrIOp::create(b, loc, refused, yes);
    made = ifElse(
        loc, enter, types, [&] { return Values(func::CallOp::create(b, loc, clone, operands).getResults()); },
        [&] { return skipCall(op, callee); });
    runtime(loc, "sparsead_rt_leave", {});
  }
  auto ret = cast<func::ReturnOp>(callee.getBody().front().getTerminator());
  size_t k = 0;
  for (auto [result, returned] : llvm::zip(op->getResults(), ret.getOperands())) {
    s.map.map(result, made[k++]);
    if (hasMark(returned)) {
      if (hasMark(result))
        setMark(result, made[k]);
      ++k;
    }
    if (hasShadow(returned)) {
      if (hasShadow(result))
        s.shadows[result] = made[k];
      ++k;
    }
  }
}

void InspectorBuilder::emitHiddenCall(Operation *op) {
  Location loc = op->getLoc();
  bool tainted = llvm::any_of(op->getOperands(), [&](Value v) { return hasMark(v); });
  if (!tainted) {
    cloneFlat(b, op, s.map);
    return;
  }
  // A hidden function of unknown values: called only where all are known.
  Value known = i1(true);
  for (Value v : op->getOperands())
    if (hasMark(v))
      known = arith::AndIOp::create(b, loc, known, isZero(loc, mark(v)));
  Values results = ifElse(
      loc, known, op->getResultTypes(), [&] { return Values(cloneFlat(b, op, s.map)->getResults()); },
      [&] {
        Values zeros;
        for (Type t : op->getResultTypes())
          zeros.push_back(buildZero(b, loc, t));
        return zeros;
      });
  Value zero = i32(0), one = i32(1);
  Value m = arith::SelectOp::create(b, loc, known, zero, one);
  for (auto [r, v] : llvm::zip(op->getResults(), results)) {
    s.map.map(r, v);
    if (!hasMark(r))
      continue;
    if (!isPointer(r.getType())) {
      setMark(r, m);
      continue;
    }
    Value inactive = i32(-2), none = i32(0);
    setMark(r, arith::SelectOp::create(b, loc, known, none, inactive));
  }
}
