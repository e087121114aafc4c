//===- LoadOfSelect.cpp - references returned by std::min and kin ---------===//

#include "sparsead/Frontend/LoadOfSelect.h"

#include "llvm/Analysis/Loads.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using namespace sparsead;

namespace {

constexpr unsigned maxDepth = 6;
constexpr unsigned maxScan = 200;

/// Can `type` be read from `pointer` at `at`? It is a local variable, or was read or written on every way to here, with
/// nothing in between that could release it.
bool isReadable(const Value *pointer, Type *type, const Instruction *at, const DataLayout &layout, unsigned depth = 0) {
  if (const auto *select = dyn_cast<SelectInst>(pointer))
    return depth < maxDepth && isReadable(select->getTrueValue(), type, at, layout, depth + 1) &&
           isReadable(select->getFalseValue(), type, at, layout, depth + 1);
  if (isDereferenceableAndAlignedPointer(pointer, type, Align(1), layout, at))
    return true;
  TypeSize size = layout.getTypeStoreSize(type);
  unsigned scanned = 0;
  for (const BasicBlock *block = at->getParent(); block; block = block->getSinglePredecessor()) {
    const Instruction *i = block == at->getParent() ? at->getPrevNode() : block->getTerminator();
    for (; i; i = i->getPrevNode()) {
      if (++scanned > maxScan || i == pointer)
        return false;
      if (const auto *load = dyn_cast<LoadInst>(i)) {
        if (load->getPointerOperand() == pointer && layout.getTypeStoreSize(load->getType()) >= size)
          return true;
      } else if (const auto *store = dyn_cast<StoreInst>(i)) {
        if (store->getPointerOperand() == pointer &&
            layout.getTypeStoreSize(store->getValueOperand()->getType()) >= size)
          return true;
      } else if (isa<CallBase>(i) && !isa<IntrinsicInst>(i) && i->mayWriteToMemory()) {
        return false;
      }
    }
  }
  return false;
}

Value *loadFrom(IRBuilder<> &builder, LoadInst &load, Value *pointer) {
  if (auto *select = dyn_cast<SelectInst>(pointer)) {
    Value *onTrue = loadFrom(builder, load, select->getTrueValue());
    Value *onFalse = loadFrom(builder, load, select->getFalseValue());
    return builder.CreateSelect(select->getCondition(), onTrue, onFalse);
  }
  LoadInst *made = builder.CreateAlignedLoad(load.getType(), pointer, load.getAlign());
  // Of an object's virtual table it stays known that it does not change.
  made->setMetadata(LLVMContext::MD_invariant_group, load.getMetadata(LLVMContext::MD_invariant_group));
  return made;
}

} // namespace

bool sparsead::loadBothSides(Function &function) {
  const DataLayout &layout = function.getParent()->getDataLayout();
  SmallVector<LoadInst *> loads;
  for (Instruction &i : instructions(function))
    if (auto *load = dyn_cast<LoadInst>(&i); load && load->isSimple() && isa<SelectInst>(load->getPointerOperand()))
      loads.push_back(load);
  // Last first: a rewritten load no longer shows that its select can be read.
  bool changed = false;
  for (LoadInst *load : reverse(loads)) {
    if (load->getType()->isAggregateType() || !isReadable(load->getPointerOperand(), load->getType(), load, layout))
      continue;
    IRBuilder<> builder(load);
    Value *value = loadFrom(builder, *load, load->getPointerOperand());
    value->takeName(load);
    load->replaceAllUsesWith(value);
    load->eraseFromParent();
    changed = true;
  }
  return changed;
}
