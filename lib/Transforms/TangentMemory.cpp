//===- TangentMemory.cpp - vector forward mode: memory and calls ----------===//

#include "TangentBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sparsead;

/// Shadows of local arrays up to this size live on the stack.
static constexpr int64_t maxStackShadow = 4096;

static constexpr auto purpose = Activity::For::Tangent;

bool TangentBuilder::emitMemory(Operation *op) {
  if (auto o = dyn_cast<LLVM::LoadOp>(op)) {
    emitLoad(o);
    return true;
  }
  if (auto o = dyn_cast<LLVM::StoreOp>(op)) {
    emitStore(o);
    return true;
  }
  if (auto o = dyn_cast<LLVM::AllocaOp>(op)) {
    emitAlloca(o);
    return true;
  }
  if (auto o = dyn_cast<LLVM::GEPOp>(op)) {
    cloneFlat(b, op, map);
    if (hasTangent(o.getResult()))
      tangents[o.getResult()] =
          buildShadowGEP(b, o, tangentOrZero(o.getBase()), width, activity.mayBeUnshadowed(o.getBase(), purpose),
                         [&](Value v) { return primal(v); });
    return true;
  }
  if (auto o = dyn_cast<LLVM::MemcpyOp>(op)) {
    emitCopy(op, o.getDst(), o.getSrc(), o.getLen());
    return true;
  }
  if (auto o = dyn_cast<LLVM::MemmoveOp>(op)) {
    emitCopy(op, o.getDst(), o.getSrc(), o.getLen());
    return true;
  }
  if (auto o = dyn_cast<LLVM::MemsetOp>(op)) {
    emitFill(op, o.getDst(), o.getLen());
    return true;
  }
  return false;
}

static bool anyActive(const Activity &activity, Value pointer) {
  return llvm::any_of(activity.pointsTo(pointer).targets(),
                      [&](const Target &t) { return activity.object(t.object).active; });
}

void TangentBuilder::emitLoad(LLVM::LoadOp op) {
  cloneFlat(b, op, map);
  Value result = op.getResult();
  if (!hasTangent(result) || !activity.mayBeShadowed(op.getAddr(), purpose))
    return;
  Location loc = op.getLoc();
  Value shadow = tangentOrZero(op.getAddr());
  Type type = tangentType(result);
  unsigned align = isa<FloatType>(op.getType()) ? type.isInteger() ? 4 : op.getType().getIntOrFloatBitWidth() / 8 : 8;
  if (!activity.mayBeUnshadowed(op.getAddr(), purpose)) {
    tangents[result] = LLVM::LoadOp::create(b, loc, type, shadow, align);
    return;
  }
  Value valid = buildIsNotNull(b, loc, shadow);
  auto branch = scf::IfOp::create(b, loc, TypeRange{type}, valid, true, true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  Value loaded = LLVM::LoadOp::create(b, loc, type, shadow, align);
  scf::YieldOp::create(b, loc, loaded);
  b.setInsertionPointToStart(&branch.getElseRegion().front());
  Value zero = buildZero(b, loc, type);
  scf::YieldOp::create(b, loc, zero);
  tangents[result] = branch.getResult(0);
}

void TangentBuilder::emitStore(LLVM::StoreOp op) {
  Location loc = op.getLoc();
  Value value = op.getValue();
  Type type = value.getType();
  bool shadowed = activity.mayBeShadowed(op.getAddr(), purpose);
  bool pointer = isa<LLVM::LLVMPointerType>(type);
  bool active = anyActive(activity, op.getAddr());
  if (shadowed && (pointer || active)) {
    Value shadow = tangentOrZero(op.getAddr());
    guarded(loc, shadow, activity.mayBeUnshadowed(op.getAddr(), purpose), [&] {
      if (pointer || isa<FloatType>(type)) {
        Value t = tangentOrZero(value);
        unsigned align = pointer ? 8 : recording ? 4 : type.getIntOrFloatBitWidth() / 8;
        LLVM::StoreOp::create(b, loc, t, shadow, align);
        return;
      }
      // Bytes of inactive data: no tangent is left behind.
      Value zero = buildInt(b, loc, 0, 8);
      Value bytes = buildInt(b, loc, storeSize(op, type) * width, 64);
      LLVM::MemsetOp::create(b, loc, shadow, zero, bytes, false);
    });
  }
  cloneFlat(b, op, map);
}

void TangentBuilder::emitAlloca(LLVM::AllocaOp op) {
  cloneFlat(b, op, map);
  if (!hasTangent(op.getResult()))
    return;
  Location loc = op.getLoc();
  Type ptr = op.getType();
  Value zero = buildInt(b, loc, 0, 8);
  std::optional<int64_t> constant = Activity::constantBytes(op);
  if (constant && *constant * width <= maxStackShadow) {
    Value bytes = buildInt(b, loc, *constant * width, 64);
    Value shadow = LLVM::AllocaOp::create(b, loc, ptr, b.getI8Type(), bytes, 64);
    LLVM::MemsetOp::create(b, loc, shadow, zero, bytes, false);
    tangents[op.getResult()] = shadow;
    return;
  }
  Value count = primal(op.getArraySize());
  if (count.getType() != b.getI64Type())
    count = arith::ExtUIOp::create(b, loc, b.getI64Type(), count);
  Value size = buildInt(b, loc, storeSize(op, op.getElemType()) * width, 64);
  Value bytes = arith::MulIOp::create(b, loc, count, size);
  bool top = isa<func::FuncOp>(op->getParentOp());
  if (!top) { // a variable-length array in a loop: freed with its stack frame
    Value shadow = LLVM::AllocaOp::create(b, loc, ptr, b.getI8Type(), bytes, 64);
    LLVM::MemsetOp::create(b, loc, shadow, zero, bytes, false);
    tangents[op.getResult()] = shadow;
    return;
  }
  auto allocate = declareRuntime(module, "sparsead_rt_tangent_alloc", {ptr, b.getI64Type()}, {ptr});
  Value shadow = func::CallOp::create(b, loc, allocate, ValueRange{workspace, bytes}).getResult(0);
  ownedShadows.push_back(shadow);
  if (recording) // nodes are numbers of a tape: never garbage
    LLVM::MemsetOp::create(b, loc, shadow, zero, bytes, false);
  tangents[op.getResult()] = shadow;
}

void TangentBuilder::emitCopy(Operation *op, Value dst, Value src, Value length) {
  Location loc = op->getLoc();
  if (activity.mayBeShadowed(dst, purpose)) {
    Value to = tangentOrZero(dst);
    guarded(loc, to, activity.mayBeUnshadowed(dst, purpose), [&] {
      Value bytes = scaled(loc, primal(length));
      auto clear = [&] {
        Value zero = buildInt(b, loc, 0, 8);
        LLVM::MemsetOp::create(b, loc, to, zero, bytes, false);
      };
      if (!activity.mayBeShadowed(src, purpose))
        return clear();
      Value from = tangentOrZero(src);
      if (!activity.mayBeUnshadowed(src, purpose)) {
        LLVM::MemmoveOp::create(b, loc, to, from, bytes, false);
        return;
      }
      Value valid = buildIsNotNull(b, loc, from);
      auto branch = scf::IfOp::create(b, loc, valid, /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(&branch.getThenRegion().front());
      LLVM::MemmoveOp::create(b, loc, to, from, bytes, false);
      b.setInsertionPointToStart(&branch.getElseRegion().front());
      clear();
    });
  }
  cloneFlat(b, op, map);
}

void TangentBuilder::emitFill(Operation *op, Value dst, Value length) {
  Location loc = op->getLoc();
  if (activity.mayBeShadowed(dst, purpose)) {
    Value to = tangentOrZero(dst);
    guarded(loc, to, activity.mayBeUnshadowed(dst, purpose), [&] {
      Value zero = buildInt(b, loc, 0, 8);
      Value bytes = scaled(loc, primal(length));
      LLVM::MemsetOp::create(b, loc, to, zero, bytes, false);
    });
  }
  cloneFlat(b, op, map);
}

bool TangentBuilder::emitCall(Operation *op) {
  if (!isa<func::CallOp, LLVM::CallOp>(op))
    return false;
  Location loc = op->getLoc();
  StringRef name = calleeName(op);
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  HeapFunction heap = heapFunction(name);
  if (heap == HeapFunction::Allocate || heap == HeapFunction::AllocateZeroed) {
    cloneFlat(b, op, map);
    Value result = op->getResult(0);
    if (!hasTangent(result))
      return true;
    Value bytes = primal(op->getOperand(0));
    if (heap == HeapFunction::AllocateZeroed)
      bytes = arith::MulIOp::create(b, loc, bytes, primal(op->getOperand(1)));
    auto allocate = declareRuntime(module, "sparsead_rt_tangent_alloc", {ptr, b.getI64Type()}, {ptr});
    Value size = scaled(loc, bytes);
    Value shadow = func::CallOp::create(b, loc, allocate, ValueRange{workspace, size}).getResult(0);
    if (heap == HeapFunction::AllocateZeroed || recording) {
      Value zero = buildInt(b, loc, 0, 8);
      LLVM::MemsetOp::create(b, loc, shadow, zero, size, false);
    }
    tangents[result] = shadow;
    return true;
  }
  if (heap == HeapFunction::Release) {
    Value pointer = op->getOperand(0);
    if (activity.mayBeShadowed(pointer, purpose)) {
      auto release = declareRuntime(module, "sparsead_rt_tangent_free", {ptr, ptr}, {});
      func::CallOp::create(b, loc, release, ValueRange{workspace, tangentOrZero(pointer)});
    }
    cloneFlat(b, op, map);
    return true;
  }
  auto call = dyn_cast<func::CallOp>(op);
  func::FuncOp callee = call ? module.lookupSymbol<func::FuncOp>(call.getCallee()) : nullptr;
  if (!callee || callee.isExternal() || !needsTangent(callee)) {
    cloneFlat(b, op, map);
    return true;
  }
  func::FuncOp tangent = tangentOf(callee);
  SmallVector<Value> operands = expand(op->getOperands(), callee.getArguments());
  operands.push_back(workspace);
  auto expanded = func::CallOp::create(b, loc, tangent, operands);
  // The callee's results carry tangents where any of its returns does.
  size_t k = 0;
  auto ret = cast<func::ReturnOp>(callee.getBody().front().getTerminator());
  for (auto [result, returned] : llvm::zip(op->getResults(), ret.getOperands())) {
    map.map(result, expanded.getResult(k++));
    if (!hasTangent(returned))
      continue;
    if (hasTangent(result))
      tangents[result] = expanded.getResult(k);
    ++k;
  }
  return true;
}
