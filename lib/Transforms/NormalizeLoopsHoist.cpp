//===- NormalizeLoopsHoist.cpp - invariants of a loop's condition ---------===//

#include "NormalizeLoops.h"
#include "sparsead/Transforms/CheckpointLoops.h"

#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "sparsead/IR/SparseAD.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace sparsead;

bool sparsead::isInvariant(Value value, scf::WhileOp loop) {
  return !loop->isAncestor(value.getParentRegion()->getParentOp());
}

/// Types that an access of `type` may alias by C++'s rule: itself and what it
/// is derived from ("int", "omnipotent char").
static bool derivesFrom(LLVM::TBAATypeDescriptorAttr type, LLVM::TBAATypeDescriptorAttr ancestor) {
  while (type) {
    if (type == ancestor)
      return true;
    if (type.getMembers().empty())
      return false;
    type = dyn_cast<LLVM::TBAATypeDescriptorAttr>(type.getMembers().front().getTypeDesc());
  }
  return false;
}

template <typename Access> static LLVM::TBAATagAttr getTag(Access access) {
  ArrayAttr tags = access.getTBAATagsOrNull();
  if (!tags || tags.size() != 1)
    return {};
  return dyn_cast<LLVM::TBAATagAttr>(tags[0]);
}

/// Two scalar accesses of types that C++ does not allow to overlap.
static bool differByType(LLVM::LoadOp load, LLVM::StoreOp store) {
  LLVM::TBAATagAttr a = getTag(load);
  LLVM::TBAATagAttr b = getTag(store);
  return a && b && !derivesFrom(a.getAccessType(), b.getAccessType()) &&
         !derivesFrom(b.getAccessType(), a.getAccessType());
}

static Value baseOf(Value pointer) {
  while (auto gep = pointer.getDefiningOp<LLVM::GEPOp>())
    pointer = gep.getBase();
  return pointer;
}

/// A local array whose address is only used to access it.
static bool isPrivateAlloca(Value base) {
  if (!base.getDefiningOp<LLVM::AllocaOp>())
    return false;
  SmallVector<Value> work{base};
  while (!work.empty()) {
    Value pointer = work.pop_back_val();
    for (OpOperand &use : pointer.getUses()) {
      Operation *user = use.getOwner();
      if (auto gep = dyn_cast<LLVM::GEPOp>(user))
        work.push_back(gep);
      else if (auto store = dyn_cast<LLVM::StoreOp>(user)) {
        if (store.getValue() == pointer)
          return false;
      } else if (!isa<LLVM::LoadOp, LLVM::MemcpyOp, LLVM::MemmoveOp, LLVM::MemsetOp, LLVM::ICmpOp>(user))
        return false;
    }
  }
  return true;
}

static bool isNoAliasArgument(Value base) {
  auto argument = dyn_cast<BlockArgument>(base);
  if (!argument)
    return false;
  auto function = dyn_cast<FunctionOpInterface>(argument.getOwner()->getParentOp());
  return function && argument.getOwner()->isEntryBlock() &&
         function.getArgAttr(argument.getArgNumber(), LLVM::LLVMDialect::getNoAliasAttrName());
}

static bool differByBase(Value a, Value b) {
  a = baseOf(a);
  b = baseOf(b);
  if (a == b)
    return false;
  return isPrivateAlloca(a) || isPrivateAlloca(b) || (isNoAliasArgument(a) && isNoAliasArgument(b));
}

/// May the operation change what the load reads?
static bool mayOverwrite(Operation *op, LLVM::LoadOp load) {
  if (auto store = dyn_cast<LLVM::StoreOp>(op))
    return !differByType(load, store) && !differByBase(load.getAddr(), store.getAddr());
  if (auto copy = dyn_cast<LLVM::MemcpyOp>(op))
    return !differByBase(load.getAddr(), copy.getDst());
  if (auto copy = dyn_cast<LLVM::MemmoveOp>(op))
    return !differByBase(load.getAddr(), copy.getDst());
  if (auto fill = dyn_cast<LLVM::MemsetOp>(op))
    return !differByBase(load.getAddr(), fill.getDst());
  if (isa<TrapIfOp, LLVM::AllocaOp, LLVM::UnreachableOp>(op) || isCheckpointMark(op))
    return false;
  if (auto effects = dyn_cast<MemoryEffectOpInterface>(op))
    return !effects.onlyHasEffect<MemoryEffects::Read>() && !effects.hasNoEffect();
  return !op->hasTrait<OpTrait::HasRecursiveMemoryEffects>();
}

static bool isOverwritten(scf::WhileOp loop, LLVM::LoadOp load) {
  LLVM::TBAATagAttr tag = getTag(load);
  if ((tag && tag.getConstant()) || load.getInvariant())
    return false;
  return loop
      ->walk([&](Operation *op) {
        return op != loop && mayOverwrite(op, load) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

void sparsead::hoistCondition(scf::WhileOp loop) {
  // Nothing before an operation can keep it from being reached: then it runs at
  // least once, and may move although it could trap.
  bool reached = true;
  for (Operation &op : llvm::make_early_inc_range(loop.getBeforeBody()->without_terminator())) {
    bool invariant = op.getNumRegions() == 0 &&
                     llvm::all_of(op.getOperands(), [&](Value operand) { return isInvariant(operand, loop); });
    if (auto load = dyn_cast<LLVM::LoadOp>(op)) {
      if (invariant && reached && !load.getVolatile_() && load.getOrdering() == LLVM::AtomicOrdering::not_atomic &&
          !isOverwritten(loop, load))
        op.moveBefore(loop);
      continue;
    }
    if (isMemoryEffectFree(&op)) {
      if (invariant && (reached || isSpeculatable(&op)))
        op.moveBefore(loop);
      continue;
    }
    if (!isa<LLVM::StoreOp>(op))
      reached = false;
  }
  scf::ConditionOp condition = loop.getConditionOp();
  for (auto [forwarded, argument, result] : llvm::zip(condition.getArgs(), loop.getAfterArguments(), loop.getResults()))
    if (isInvariant(forwarded, loop)) {
      argument.replaceAllUsesWith(forwarded);
      result.replaceAllUsesWith(forwarded);
    }
}
