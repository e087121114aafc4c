//===- AdjointMemory.cpp - adjoints of numbers in memory ------------------===//
//
// They stand in the shadow. A load adds to the shadow; a store takes what is there and leaves zero.
//
//===----------------------------------------------------------------------===//

#include "AdjointBuilder.h"
#include "DerivativeFlags.h"
#include "sparsead/Transforms/ShadowCloner.h"
#include "sparsead/rt/abi.hpp"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sparsead;

static constexpr auto purpose = Activity::For::Tangent;
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
