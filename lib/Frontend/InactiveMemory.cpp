//===- InactiveMemory.cpp - SPARSEAD_INACTIVE on variables ----------------===//
//
// Clang leaves a call at the place where an annotated variable, parameter or member is met. From there pointers are
// followed to the loads and stores; when a function is looked at, all that can be inlined into it has been.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Frontend/InactiveMemory.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;
using namespace sparsead;

static bool isOurName(const Value *text) {
  StringRef name;
  return getConstantStringInfo(text, name) && name == "sparsead::inactive";
}

InactiveGlobals sparsead::findInactiveGlobals(const Module &module) {
  InactiveGlobals result;
  const GlobalVariable *annotations = module.getNamedGlobal("llvm.global.annotations");
  const auto *entries =
      annotations && annotations->hasInitializer() ? dyn_cast<ConstantArray>(annotations->getInitializer()) : nullptr;
  if (!entries)
    return result;
  for (const Value *operand : entries->operands())
    if (const auto *entry = dyn_cast<ConstantStruct>(operand); entry && isOurName(entry->getOperand(1)))
      if (const auto *g = dyn_cast<GlobalVariable>(entry->getOperand(0)->stripPointerCasts()))
        result.insert(g);
  return result;
}

bool sparsead::isInactiveMark(const CallBase &call) {
  const auto *intrinsic = dyn_cast<IntrinsicInst>(&call);
  if (!intrinsic || (intrinsic->getIntrinsicID() != Intrinsic::var_annotation &&
                     intrinsic->getIntrinsicID() != Intrinsic::ptr_annotation))
    return false;
  return isOurName(intrinsic->getArgOperand(1));
}

namespace {

class InactiveMarks {
public:
  InactiveMarks(Function &function, const InactiveGlobals &globals) : function(function), globals(globals) {}
  bool run();

private:
  void findRoots();
  void follow();
  void visit(Value *pointer);
  bool isInside(const Value *v) const;
  Value *strip(Value *v, Instruction *before);
  Value *stripped(Instruction *loaded);
  void lower(Instruction *i);

  Function &function;
  const InactiveGlobals &globals;
  SmallVector<IntrinsicInst *> marks;
  /// Pointers into inactive memory, in an order of discovery.
  SetVector<Value *> inside;
};

} // namespace

/// Constant expressions of inactive globals count without being listed.
bool InactiveMarks::isInside(const Value *v) const {
  if (inside.contains(const_cast<Value *>(v)))
    return true;
  const auto *constant = dyn_cast<Constant>(v);
  const auto *global =
      constant && v->getType()->isPointerTy() ? dyn_cast<GlobalVariable>(getUnderlyingObject(v)) : nullptr;
  return global && globals.contains(global);
}

void InactiveMarks::findRoots() {
  for (Instruction &i : instructions(function))
    if (auto *call = dyn_cast<CallInst>(&i); call && isInactiveMark(*call)) {
      auto *mark = cast<IntrinsicInst>(call);
      marks.push_back(mark);
      inside.insert(mark->getIntrinsicID() == Intrinsic::ptr_annotation ? mark : mark->getArgOperand(0));
    }
}

/// Everything that may point into inactive memory; then what may point elsewhere as well is taken out again.
void InactiveMarks::follow() {
  size_t roots = inside.size();
  auto add = [&](Instruction &i) { return inside.insert(&i); };
  for (bool changed = true; changed;) {
    changed = false;
    for (Instruction &i : instructions(function)) {
      if (!i.getType()->isPointerTy())
        continue;
      bool from = isa<LoadInst>(i)              ? isInside(cast<LoadInst>(i).getPointerOperand())
                  : isa<GetElementPtrInst>(i)   ? isInside(i.getOperand(0))
                  : isa<PHINode, FreezeInst>(i) ? any_of(i.operands(), [&](const Use &u) { return isInside(u); })
                  : isa<SelectInst>(i)          ? isInside(i.getOperand(1)) || isInside(i.getOperand(2))
                  : isa<IntrinsicInst>(i)
                      ? any_of(cast<IntrinsicInst>(i).args(), [&](const Use &u) { return isInside(u); })
                      : false;
      if (from)
        changed |= add(i);
    }
  }
  auto elsewhere = [&](const Value *v) { return !isa<UndefValue, ConstantPointerNull>(v) && !isInside(v); };
  for (bool changed = true; changed;) {
    changed = false;
    SmallVector<Value *> out;
    for (Value *v : drop_begin(inside, roots)) {
      auto *i = cast<Instruction>(v);
      bool leaves = isa<LoadInst>(i)            ? !isInside(cast<LoadInst>(i)->getPointerOperand())
                    : isa<GetElementPtrInst>(i) ? !isInside(i->getOperand(0))
                    : isa<PHINode>(i)           ? any_of(i->operands(), [&](const Use &u) { return elsewhere(u); })
                    : isa<SelectInst>(i)        ? elsewhere(i->getOperand(1)) || elsewhere(i->getOperand(2))
                    : isa<IntrinsicInst>(i)     ? !isInside(cast<IntrinsicInst>(i)->getArgOperand(0))
                                                : !isInside(i->getOperand(0));
      if (leaves)
        out.push_back(v);
    }
    for (Value *v : out)
      changed |= inside.remove(v);
  }
}

/// The value without its derivative, made in front of `before`.
Value *InactiveMarks::strip(Value *v, Instruction *before) {
  if (auto *call = dyn_cast<CallInst>(v);
      call && call->getCalledFunction() && call->getCalledFunction()->getName().starts_with(inactiveValue))
    return v;
  Type *type = v->getType();
  std::string name = inactiveValue.str();
  raw_string_ostream os(name);
  type->print(os);
  FunctionCallee callee = function.getParent()->getOrInsertFunction(name, type, type);
  auto *f = cast<Function>(callee.getCallee());
  f->setDoesNotAccessMemory();
  f->setDoesNotThrow();
  f->setWillReturn();
  IRBuilder<> builder(before);
  builder.SetCurrentDebugLocation(before->getDebugLoc());
  return builder.CreateCall(callee, {v});
}

Value *InactiveMarks::stripped(Instruction *loaded) {
  Value *result = strip(loaded, loaded->getNextNode());
  loaded->replaceUsesWithIf(result, [&](Use &use) { return use.getUser() != result; });
  return result;
}

void InactiveMarks::lower(Instruction *i) {
  auto stripOperand = [&](Use &use) {
    Instruction *before = i;
    if (auto *phi = dyn_cast<PHINode>(i))
      before = phi->getIncomingBlock(use)->getTerminator();
    use.set(strip(use, before));
  };
  if (auto *load = dyn_cast<LoadInst>(i)) {
    if (!isInside(load->getPointerOperand()))
      return;
    if (load->getType()->isFPOrFPVectorTy())
      stripped(load);
    else if (load->getType()->isAggregateType())
      stripOperand(load->getOperandUse(0));
    return;
  }
  if (auto *store = dyn_cast<StoreInst>(i)) {
    Value *value = store->getValueOperand();
    if (isInside(store->getPointerOperand())) {
      if (value->getType()->isFPOrFPVectorTy())
        stripOperand(store->getOperandUse(0));
    } else if (value->getType()->isPointerTy() && isInside(value)) {
      stripOperand(store->getOperandUse(0)); // read back, it is not followed
    }
    return;
  }
  if (auto *transfer = dyn_cast<MemTransferInst>(i)) {
    if (isInside(transfer->getRawSource()) && !isInside(transfer->getRawDest()))
      stripOperand(transfer->getRawSourceUse());
    return;
  }
  if (isa<IntrinsicInst>(i))
    return;
  if (auto *call = dyn_cast<CallInst>(i)) {
    const Function *callee = call->getCalledFunction();
    if (callee && callee->hasFnAttribute(inactiveFunction))
      return;
    for (Use &use : call->args())
      if (use->getType()->isPointerTy() && isInside(use))
        stripOperand(use);
    return;
  }
  if (!inside.contains(i) && isa<PHINode, SelectInst, ReturnInst, InsertValueInst>(i))
    for (Use &use : i->operands())
      if (use->getType()->isPointerTy() && isInside(use))
        stripOperand(use);
}

bool InactiveMarks::run() {
  findRoots();
  bool usesGlobals = !globals.empty() && any_of(instructions(function), [&](Instruction &i) {
    return any_of(i.operands(), [&](const Use &u) { return isa<Constant>(u) && isInside(u); });
  });
  if (marks.empty() && !usesGlobals)
    return false;
  follow();
  SmallVector<Instruction *> all;
  for (Instruction &i : instructions(function))
    all.push_back(&i);
  for (Instruction *i : all)
    lower(i);
  for (IntrinsicInst *mark : marks) {
    if (!mark->use_empty())
      mark->replaceAllUsesWith(mark->getArgOperand(0));
    mark->eraseFromParent();
  }
  return true;
}

bool sparsead::lowerInactiveMarks(Function &function, const InactiveGlobals &globals) {
  return InactiveMarks(function, globals).run();
}
