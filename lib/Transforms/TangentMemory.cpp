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
  MemoryAccess a = memoryAccessOf(op);
  switch (a.kind) {
  case MemoryAccess::None:
    return false;
  case MemoryAccess::Load:
    emitLoad(op, a);
    return true;
  case MemoryAccess::Store:
    emitStore(op, a);
    return true;
  case MemoryAccess::Allocate:
    if (op->hasAttr(frameAttr))
      emitFrame(op);
    else if (a.onStack)
      emitLocal(op, a);
    else
      emitHeap(op, a);
    return true;
  case MemoryAccess::Free:
    if (activity.mayBeShadowed(a.pointer, purpose)) {
      Type ptr = a.pointer.getType();
      auto release = declareRuntime(module, "sparsead_rt_tangent_free", {ptr, ptr}, {});
      func::CallOp::create(b, op->getLoc(), release, ValueRange{workspace, tangentOrZero(a.pointer)});
    }
    cloneFlat(b, op, map);
    return true;
  case MemoryAccess::Address: {
    cloneFlat(b, op, map);
    if (!hasTangent(a.pointer))
      return true;
    AddressParts parts = cast<MemoryAccessOpInterface>(op).getAddressParts();
    tangents[a.pointer] =
        buildShadowAddress(b, op->getLoc(), parts, tangentOrZero(parts.base), width,
                           activity.mayBeUnshadowed(parts.base, purpose), [&](Value v) { return primal(v); });
    return true;
  }
  case MemoryAccess::Copy:
  case MemoryAccess::Move:
  case MemoryAccess::Fill:
    // Forms with the length in an attribute reach no active memory: they are refused (ActivityDiagnostics.cpp).
    if (!a.length)
      return false;
    if (a.kind == MemoryAccess::Fill)
      emitFill(op, a);
    else
      emitCopy(op, a);
    return true;
  }
  llvm_unreachable("kind of access");
}

static bool anyActive(const Activity &activity, Value pointer) {
  return llvm::any_of(activity.pointsTo(pointer).targets(),
                      [&](const Target &t) { return activity.object(t.object).active; });
}

void TangentBuilder::emitLoad(Operation *op, const MemoryAccess &load) {
  cloneFlat(b, op, map);
  Value result = load.value;
  if (!hasTangent(result) || !activity.mayBeShadowed(load.pointer, purpose))
    return;
  Location loc = op->getLoc();
  Value shadow = tangentOrZero(load.pointer);
  Type type = tangentType(result);
  unsigned align = isa<FloatType>(load.type) ? type.isInteger() ? 4 : load.type.getIntOrFloatBitWidth() / 8 : 8;
  if (!activity.mayBeUnshadowed(load.pointer, purpose)) {
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

void TangentBuilder::emitStore(Operation *op, const MemoryAccess &store) {
  Location loc = op->getLoc();
  Value value = store.value;
  Type type = store.type;
  bool shadowed = activity.mayBeShadowed(store.pointer, purpose);
  bool pointer = isa<LLVM::LLVMPointerType>(type);
  bool active = anyActive(activity, store.pointer);
  if (shadowed && (pointer || active)) {
    Value shadow = tangentOrZero(store.pointer);
    guarded(loc, shadow, activity.mayBeUnshadowed(store.pointer, purpose), [&] {
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

void TangentBuilder::emitLocal(Operation *op, const MemoryAccess &local) {
  cloneFlat(b, op, map);
  if (!hasTangent(local.pointer))
    return;
  Location loc = op->getLoc();
  Type ptr = local.pointer.getType();
  Value zero = buildInt(b, loc, 0, 8);
  std::optional<int64_t> constant = constantSize(op, local);
  bool small = constant && *constant * width <= maxStackShadow;
  bool top = isa<func::FuncOp>(op->getParentOp());
  Value bytes = small ? buildInt(b, loc, *constant * width, 64)
                      : buildSize(b, op, local, width, [&](Value v) { return primal(v); });
  if (small || !top) { // a variable-length array in a loop: freed with its stack frame
    Value shadow = LLVM::AllocaOp::create(b, loc, ptr, b.getI8Type(), bytes, 64);
    LLVM::MemsetOp::create(b, loc, shadow, zero, bytes, false);
    tangents[local.pointer] = shadow;
    return;
  }
  Value shadow = allocateShadow(loc, ptr, bytes);
  ownedShadows.push_back(shadow);
  if (recording) // nodes are numbers of a tape: never garbage
    LLVM::MemsetOp::create(b, loc, shadow, zero, bytes, false);
  tangents[local.pointer] = shadow;
}

/// Shadow memory from the workspace.
Value TangentBuilder::allocateShadow(Location loc, Type ptr, Value bytes) {
  auto allocate = declareRuntime(module, "sparsead_rt_tangent_alloc", {ptr, b.getI64Type()}, {ptr});
  return func::CallOp::create(b, loc, allocate, ValueRange{workspace, bytes}).getResult(0);
}

void TangentBuilder::emitHeap(Operation *op, const MemoryAccess &memory) {
  cloneFlat(b, op, map);
  if (!hasTangent(memory.pointer))
    return;
  Location loc = op->getLoc();
  Value bytes = buildSize(b, op, memory, width, [&](Value v) { return primal(v); });
  Value shadow = allocateShadow(loc, memory.pointer.getType(), bytes);
  if (memory.zeroed || recording) {
    Value zero = buildInt(b, loc, 0, 8);
    LLVM::MemsetOp::create(b, loc, shadow, zero, bytes, false);
  }
  tangents[memory.pointer] = shadow;
}

void TangentBuilder::emitCopy(Operation *op, const MemoryAccess &copy) {
  Value dst = copy.pointer, src = copy.source;
  Location loc = op->getLoc();
  if (activity.mayBeShadowed(dst, purpose)) {
    Value to = tangentOrZero(dst);
    guarded(loc, to, activity.mayBeUnshadowed(dst, purpose), [&] {
      Value bytes = scaled(loc, primal(copy.length));
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

void TangentBuilder::emitFill(Operation *op, const MemoryAccess &fill) {
  Value dst = fill.pointer;
  Location loc = op->getLoc();
  if (activity.mayBeShadowed(dst, purpose)) {
    Value to = tangentOrZero(dst);
    guarded(loc, to, activity.mayBeUnshadowed(dst, purpose), [&] {
      Value zero = buildInt(b, loc, 0, 8);
      Value bytes = scaled(loc, primal(fill.length));
      LLVM::MemsetOp::create(b, loc, to, zero, bytes, false);
    });
  }
  cloneFlat(b, op, map);
}

/// What an adjoint keeps on the stack, and the tangents of that on top.
void TangentBuilder::emitFrame(Operation *op) {
  Location loc = op->getLoc();
  auto call = cast<func::CallOp>(op);
  Value result = call.getResult(0), bytes = primal(call.getOperand(1));
  bool pops = call.getCallee() == "sparsead_rt_pop";
  auto take = [&](Value size) {
    return func::CallOp::create(b, loc, call.getCallee(), result.getType(), ValueRange{workspace, size}).getResult(0);
  };
  if (pops && hasTangent(result))
    tangents[result] = take(scaled(loc, bytes));
  map.map(result, take(bytes));
  if (!pops && hasTangent(result))
    tangents[result] = take(scaled(loc, bytes));
}

/// The runtime's functions in an adjoint that is differentiated again.
bool TangentBuilder::emitReverseCall(Operation *op) {
  StringRef name = calleeName(op);
  if (name == "sparsead_rt_postpone_free") {
    map.map(op->getOperand(0), workspace);
    cloneFlat(b, op, map);
    return true;
  }
  if (!name.starts_with("sparsead_rt_adjoint_copy"))
    return false;
  cloneFlat(b, op, map);
  Value to = op->getOperand(0);
  if (!activity.mayBeShadowed(to, purpose))
    return true;
  Location loc = op->getLoc();
  Value at = tangentOrZero(to);
  guarded(loc, at, activity.mayBeUnshadowed(to, purpose), [&] {
    Value from = tangentOrZero(op->getOperand(1)), bytes = scaled(loc, primal(op->getOperand(2)));
    func::CallOp::create(b, loc, cast<func::CallOp>(op).getCallee(), TypeRange(), ValueRange{at, from, bytes});
  });
  return true;
}

bool TangentBuilder::emitCall(Operation *op) {
  if (!isa<func::CallOp, LLVM::CallOp>(op))
    return false;
  if (emitReverseCall(op))
    return true;
  Location loc = op->getLoc();
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
