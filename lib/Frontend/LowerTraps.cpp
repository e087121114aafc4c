//===- LowerTraps.cpp - paths that never return ---------------------------===//
//
// `assert(c)`, `throw`, `abort()` and `__builtin_unreachable()` end in blocks without a way out. Left in place they
// turn a counted loop into one with several exits; as a call that goes on they leave its structure alone.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Frontend/PrepareModule.h"

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/CFG.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;
using namespace sparsead;

namespace {

class TrapLowering {
public:
  explicit TrapLowering(Function &function) : function(function), module(*function.getParent()) {}
  void run();

private:
  void findDoomed();
  bool isDoomed(const BasicBlock *b) const { return doomed.contains(b); }
  void lower(BranchInst &branch);
  void lower(SwitchInst &branch);
  void trap(IRBuilder<> &builder, Value *condition, BasicBlock *target);
  bool isUndefined(const BasicBlock *target) const;
  std::string describe(const BasicBlock *target) const;

  Function &function;
  Module &module;
  /// Blocks from which no `ret` can be reached but an `unreachable` can.
  SmallPtrSet<const BasicBlock *, 16> doomed;
};

} // namespace

void TrapLowering::findDoomed() {
  SmallPtrSet<const BasicBlock *, 16> returning;
  SmallVector<const BasicBlock *> worklist;
  auto spread = [&](SmallPtrSetImpl<const BasicBlock *> &set) {
    while (!worklist.empty())
      for (const BasicBlock *p : predecessors(worklist.pop_back_val()))
        if (set.insert(p).second)
          worklist.push_back(p);
  };
  for (const BasicBlock &b : function)
    if (isa<ReturnInst>(b.getTerminator()) && returning.insert(&b).second)
      worklist.push_back(&b);
  spread(returning);
  for (const BasicBlock &b : function)
    if (isa<UnreachableInst>(b.getTerminator()) && doomed.insert(&b).second)
      worklist.push_back(&b);
  spread(doomed);
  for (const BasicBlock &b : function)
    if (returning.contains(&b))
      doomed.erase(&b);
}

/// Nothing but undefined behaviour lies behind the edge.
bool TrapLowering::isUndefined(const BasicBlock *target) const {
  for (const Instruction &i : *target) {
    if (isa<UnreachableInst>(i))
      return true;
    if (!isa<DbgInfoIntrinsic, PHINode>(i) && !i.isLifetimeStartOrEnd())
      return false;
  }
  return false;
}

static StringRef constantText(const Value *v) {
  StringRef text;
  return getConstantStringInfo(v, text) ? text : StringRef();
}

std::string TrapLowering::describe(const BasicBlock *target) const {
  // The first call that says what happens, on the way to the end.
  SmallPtrSet<const BasicBlock *, 8> seen;
  SmallVector<const BasicBlock *> worklist = {target};
  const CallInst *last = nullptr;
  while (!worklist.empty()) {
    const BasicBlock *b = worklist.pop_back_val();
    if (!seen.insert(b).second || !isDoomed(b))
      continue;
    for (const Instruction &i : *b)
      if (const auto *call = dyn_cast<CallInst>(&i))
        if (call->doesNotReturn())
          last = call;
    append_range(worklist, successors(b));
  }
  std::string text = "code that does not return is reached";
  const DebugLoc &loc = last ? last->getDebugLoc() : target->getTerminator()->getDebugLoc();
  if (last) {
    const Function *callee = last->getCalledFunction();
    StringRef name = callee ? callee->getName() : "";
    StringRef argument = last->arg_size() ? constantText(last->getArgOperand(0)) : "";
    if (name == "__assert_fail" || name == "__assert")
      text = ("assertion failed: " + argument).str();
    else if (name == "__cxa_throw" || name == "__cxa_rethrow")
      text = "an exception is thrown";
    else if (name.contains("__throw_"))
      text = argument.empty() ? "an exception is thrown" : ("an exception is thrown: " + argument).str();
    else if (!name.empty() && !name.starts_with("llvm.") && !name.starts_with("_Z"))
      text = ("'" + name + "' is called").str();
  }
  if (loc)
    text += (" (" + loc->getFilename() + ":" + Twine(loc.getLine()) + ")").str();
  return text;
}

void TrapLowering::trap(IRBuilder<> &builder, Value *condition, BasicBlock *target) {
  if (isUndefined(target))
    return;
  Type *pointer = builder.getPtrTy();
  FunctionCallee callee =
      module.getOrInsertFunction(trapFunctionName, builder.getVoidTy(), builder.getInt1Ty(), pointer);
  Value *text = builder.CreateGlobalString(describe(target), "sparsead.trap", 0, &module);
  builder.CreateCall(callee, {condition, text});
}

void TrapLowering::lower(BranchInst &branch) {
  bool first = isDoomed(branch.getSuccessor(0)), second = isDoomed(branch.getSuccessor(1));
  if (first == second)
    return;
  BasicBlock *bad = branch.getSuccessor(first ? 0 : 1), *good = branch.getSuccessor(first ? 1 : 0);
  IRBuilder<> builder(&branch);
  Value *condition = branch.getCondition();
  if (!isUndefined(bad))
    trap(builder, first ? condition : builder.CreateNot(condition), bad);
  bad->removePredecessor(branch.getParent());
  builder.CreateBr(good);
  branch.eraseFromParent();
}

void TrapLowering::lower(SwitchInst &branch) {
  IRBuilder<> builder(&branch);
  BasicBlock *block = branch.getParent();
  auto other = llvm::find_if(branch.cases(), [&](auto &c) { return !isDoomed(c.getCaseSuccessor()); });
  if (isDoomed(branch.getDefaultDest()) && other != branch.case_end()) {
    if (!isUndefined(branch.getDefaultDest())) {
      Value *none = builder.getTrue();
      for (auto c : branch.cases())
        none = builder.CreateAnd(none, builder.CreateICmpNE(branch.getCondition(), c.getCaseValue()));
      trap(builder, none, branch.getDefaultDest());
    }
    // The case becomes the default: as many edges lead to its block as before.
    branch.getDefaultDest()->removePredecessor(block);
    branch.setDefaultDest(other->getCaseSuccessor());
    branch.removeCase(other);
  }
  if (isDoomed(branch.getDefaultDest()))
    return;
  for (auto c = branch.case_begin(); c != branch.case_end();) {
    BasicBlock *target = c->getCaseSuccessor();
    if (!isDoomed(target)) {
      ++c;
      continue;
    }
    trap(builder, builder.CreateICmpEQ(branch.getCondition(), c->getCaseValue()), target);
    target->removePredecessor(block);
    c = branch.removeCase(c);
  }
  if (branch.getNumCases() == 0) {
    builder.CreateBr(branch.getDefaultDest());
    branch.eraseFromParent();
  }
}

void TrapLowering::run() {
  findDoomed();
  if (doomed.empty())
    return;
  if (isDoomed(&function.getEntryBlock())) {
    // The whole function never returns: a trap, then any result.
    BasicBlock *entry = &function.getEntryBlock();
    BasicBlock *block = BasicBlock::Create(function.getContext(), "", &function, entry);
    IRBuilder<> builder(block);
    if (const DISubprogram *scope = function.getSubprogram())
      builder.SetCurrentDebugLocation(
          DILocation::get(function.getContext(), scope->getLine(), 1, const_cast<DISubprogram *>(scope)));
    FunctionCallee callee =
        module.getOrInsertFunction(trapFunctionName, builder.getVoidTy(), builder.getInt1Ty(), builder.getPtrTy());
    Value *text = builder.CreateGlobalString(describe(entry), "sparsead.trap", 0, &module);
    builder.CreateCall(callee, {builder.getTrue(), text});
    if (function.getReturnType()->isVoidTy())
      builder.CreateRetVoid();
    else
      builder.CreateRet(Constant::getNullValue(function.getReturnType()));
  } else {
    SmallVector<Instruction *> terminators;
    for (BasicBlock &b : function)
      if (!isDoomed(&b))
        terminators.push_back(b.getTerminator());
    for (Instruction *terminator : terminators) {
      if (auto *branch = dyn_cast<BranchInst>(terminator); branch && branch->isConditional())
        lower(*branch);
      else if (auto *branch = dyn_cast<SwitchInst>(terminator))
        lower(*branch);
    }
  }
  function.removeFnAttr(Attribute::NoReturn);
  removeUnreachableBlocks(function);
}

void sparsead::lowerTraps(Function &function) {
  if (!function.isDeclaration())
    TrapLowering(function).run();
}
