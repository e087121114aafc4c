//===- PrepareModule.cpp - from Clang's IR to importable IR ---------------===//

#include "sparsead/Frontend/PrepareModule.h"

#include "sparsead/Frontend/CheckpointMarks.h"
#include "sparsead/Frontend/InactiveMemory.h"
#include "sparsead/Frontend/IndirectCalls.h"
#include "sparsead/Frontend/LibraryBodies.h"
#include "sparsead/Frontend/LoadOfSelect.h"
#include "sparsead/Frontend/SerializeOpenMP.h"
#include "sparsead/Frontend/ShortLoops.h"
#include "sparsead/Frontend/VectorIdioms.h"

#include "llvm/ADT/SCCIterator.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Analysis/CallGraph.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/Scalar/DeadStoreElimination.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/GVN.h"
#include "llvm/Transforms/Scalar/LICM.h"
#include "llvm/Transforms/Scalar/LoopPassManager.h"
#include "llvm/Transforms/Scalar/LowerConstantIntrinsics.h"
#include "llvm/Transforms/Scalar/LowerExpectIntrinsic.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/Scalarizer.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Scalar/TailRecursionElimination.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;
using namespace sparsead;

namespace {

/// Instructions of a caller above which only callees with a single call are inlined: a call graph that inlining would
/// blow up is differentiated function by function.
constexpr unsigned callerBudget = 10000;
/// Callees up to this size are inlined whatever the caller's size.
constexpr unsigned tinyCallee = 30;
/// Inlining may uncover new direct calls (functions passed as constant pointers, known virtual functions).
constexpr unsigned maxRounds = 8;

class ModulePreparer {
public:
  explicit ModulePreparer(Module &module);
  void run(ArrayRef<std::string> roots);

private:
  void keepOnly(ArrayRef<std::string> roots);
  void removeDead() {
    GlobalDCEPass().run(module, moduleAnalyses);
    functionAnalyses.clear(); // of functions that are gone
  }
  void cleanUp(Function &f);
  void simplify(Function &f);
  void analysesAfter(Function &f, const PreservedAnalyses &preserved) { functionAnalyses.invalidate(f, preserved); }
  void inlineRepeatedly(Function &f);
  void inlineBottomUp();
  bool inlineInto(Function &f);
  bool shouldInline(const CallInst &call, const Function &caller, unsigned callerSize) const;
  void finish(Function &f);

  Module &module;
  LoopAnalysisManager loopAnalyses;
  FunctionAnalysisManager functionAnalyses;
  CGSCCAnalysisManager cgsccAnalyses;
  ModuleAnalysisManager moduleAnalyses;
  FunctionPassManager simplification, promotion;
  SmallPtrSet<const Function *, 8> recursive;
  InactiveGlobals inactiveGlobals;
  /// What is marked SPARSEAD_INACTIVE waits for all accesses: none may be replaced by the value that another one has
  /// stored before that is made inactive.
  bool marksWait = false;
};

} // namespace

ModulePreparer::ModulePreparer(Module &module) : module(module) {
  PassBuilder builder;
  builder.registerModuleAnalyses(moduleAnalyses);
  builder.registerCGSCCAnalyses(cgsccAnalyses);
  builder.registerFunctionAnalyses(functionAnalyses);
  builder.registerLoopAnalyses(loopAnalyses);
  builder.crossRegisterProxies(loopAnalyses, functionAnalyses, cgsccAnalyses, moduleAnalyses);
  simplification.addPass(SROAPass(SROAOptions::PreserveCFG));
  simplification.addPass(EarlyCSEPass());
  simplification.addPass(SimplifyCFGPass());
  promotion.addPass(SROAPass(SROAOptions::PreserveCFG));
  promotion.addPass(SimplifyCFGPass());
}

static bool hasIndirectCalls(const Function &f) {
  return any_of(instructions(f), [](const Instruction &i) {
    const auto *call = dyn_cast<CallInst>(&i);
    return call && call->isIndirectCall() && !call->isInlineAsm();
  });
}

void ModulePreparer::simplify(Function &f) {
  if (marksWait) {
    analysesAfter(f, promotion.run(f, functionAnalyses));
    return;
  }
  analysesAfter(f, simplification.run(f, functionAnalyses));
  if (loadBothSides(f)) {
    functionAnalyses.invalidate(f, PreservedAnalyses::none());
    analysesAfter(f, simplification.run(f, functionAnalyses));
  }
  if (!hasIndirectCalls(f))
    return;
  analysesAfter(f, GVNPass().run(f, functionAnalyses)); // forwards the table of a known object to its virtual calls
  for (unsigned round = 0; round != maxRounds && resolveIndirectCalls(f); ++round) {
    functionAnalyses.invalidate(f, PreservedAnalyses::none());
    analysesAfter(f, simplification.run(f, functionAnalyses));
  }
}

void ModulePreparer::keepOnly(ArrayRef<std::string> roots) {
  for (const char *name :
       {"llvm.global_ctors", "llvm.global_dtors", "llvm.used", "llvm.compiler.used", "llvm.global.annotations"})
    if (GlobalVariable *g = module.getNamedGlobal(name))
      g->eraseFromParent();
  for (GlobalAlias &alias : make_early_inc_range(module.aliases())) {
    alias.replaceAllUsesWith(alias.getAliasee());
    alias.eraseFromParent();
  }
  StringSet<> kept;
  for (const std::string &root : roots)
    kept.insert(root);
  for (Function &f : module) {
    f.removeFnAttr(Attribute::NoInline);
    f.removeFnAttr(Attribute::OptimizeNone);
    if (f.isDeclaration())
      continue;
    f.setComdat(nullptr);
    f.setVisibility(GlobalValue::DefaultVisibility);
    f.setLinkage(kept.contains(f.getName()) ? GlobalValue::ExternalLinkage : GlobalValue::InternalLinkage);
  }
  for (GlobalVariable &g : module.globals())
    g.setComdat(nullptr);
  // Definitions that other units may see keep their linkage, but only what is reached is of interest.
  SmallVector<std::pair<GlobalVariable *, GlobalValue::LinkageTypes>> external;
  for (GlobalVariable &g : module.globals())
    if (!g.isDeclaration() && !g.hasLocalLinkage() && !g.hasAppendingLinkage()) {
      external.push_back({&g, g.getLinkage()});
      g.setLinkage(GlobalValue::LinkOnceODRLinkage);
    }
  DenseSet<GlobalVariable *> alive;
  removeDead();
  for (GlobalVariable &g : module.globals())
    alive.insert(&g);
  for (auto [g, linkage] : external)
    if (alive.contains(g))
      g->setLinkage(linkage);
}

/// An assembly statement without instructions, a barrier to the optimiser, hands its operands on: its results are the
/// inputs that they are tied to. Returns false where a result is tied to none.
static bool removeEmptyAssembly(CallInst &call) {
  auto *assembly = dyn_cast<InlineAsm>(call.getCalledOperand());
  if (!assembly || !StringRef(assembly->getAsmString()).trim().empty())
    return false;
  SmallVector<Value *> results; // one for each output in a register
  unsigned argument = 0, output = 0;
  DenseMap<unsigned, unsigned> resultOf; // by the output's number
  for (const InlineAsm::ConstraintInfo &c : assembly->ParseConstraints()) {
    if (c.Type == InlineAsm::isOutput) {
      if (c.isIndirect)
        ++argument;
      else {
        resultOf[output] = results.size();
        results.push_back(nullptr);
      }
      ++output;
    } else if (c.Type == InlineAsm::isInput) {
      Value *value = call.getArgOperand(argument++);
      unsigned tied = 0;
      if (!c.Codes.empty() && !StringRef(c.Codes[0]).getAsInteger(10, tied) && resultOf.contains(tied))
        results[resultOf[tied]] = value;
    }
  }
  Type *type = call.getType();
  Value *whole = nullptr;
  if (results.size() == 1) {
    whole = results[0];
  } else if (!results.empty()) {
    IRBuilder<> b(&call);
    whole = PoisonValue::get(type);
    for (auto [i, result] : enumerate(results)) {
      if (!result || result->getType() != type->getStructElementType(i))
        return false;
      whole = b.CreateInsertValue(whole, result, i);
    }
  }
  if (!type->isVoidTy()) {
    if (!whole || whole->getType() != type)
      return false;
    call.replaceAllUsesWith(whole);
  }
  call.eraseFromParent();
  return true;
}

/// What hinders promotion or is of no interest to a derivative.
void ModulePreparer::cleanUp(Function &f) {
  for (Instruction &i : make_early_inc_range(instructions(f))) {
    i.dropDbgRecords();
    if (auto *call = dyn_cast<CallInst>(&i); call && removeEmptyAssembly(*call))
      continue;
    auto *intrinsic = dyn_cast<IntrinsicInst>(&i);
    if (!intrinsic || isInactiveMark(*intrinsic) || lowerCheckpointMark(*intrinsic))
      continue;
    switch (intrinsic->getIntrinsicID()) {
    case Intrinsic::assume:
    case Intrinsic::experimental_noalias_scope_decl:
    case Intrinsic::donothing:
    case Intrinsic::sideeffect:
    case Intrinsic::invariant_end:
    case Intrinsic::prefetch:
    case Intrinsic::var_annotation:
      intrinsic->eraseFromParent();
      break;
    case Intrinsic::invariant_start:
      if (intrinsic->use_empty())
        intrinsic->eraseFromParent();
      break;
    case Intrinsic::ptr_annotation:
    case Intrinsic::annotation:
    case Intrinsic::launder_invariant_group:
    case Intrinsic::strip_invariant_group:
      intrinsic->replaceAllUsesWith(intrinsic->getArgOperand(0));
      intrinsic->eraseFromParent();
      break;
    default:
      break;
    }
  }
}

bool ModulePreparer::shouldInline(const CallInst &call, const Function &caller, unsigned callerSize) const {
  const Function *callee = call.getCalledFunction();
  if (!callee || callee->isDeclaration() || callee == &caller || recursive.contains(callee) || callee->isVarArg() ||
      call.getFunctionType() != callee->getFunctionType())
    return false;
  if (callee->hasFnAttribute(Attribute::AlwaysInline) || (callee->hasLocalLinkage() && callee->hasOneUse()))
    return true;
  unsigned size = callee->getInstructionCount();
  return size <= tinyCallee || callerSize + size <= callerBudget;
}

bool ModulePreparer::inlineInto(Function &f) {
  bool changed = false;
  SmallVector<CallInst *> calls;
  for (Instruction &i : instructions(f))
    if (auto *call = dyn_cast<CallInst>(&i))
      calls.push_back(call);
  unsigned size = f.getInstructionCount();
  for (CallInst *call : calls) {
    if (!shouldInline(*call, f, size))
      continue;
    unsigned added = call->getCalledFunction()->getInstructionCount();
    InlineFunctionInfo info;
    if (InlineFunction(*call, info).isSuccess()) {
      size += added;
      changed = true;
    }
  }
  return changed;
}

void ModulePreparer::inlineRepeatedly(Function &f) {
  for (unsigned round = 0; round != maxRounds; ++round) {
    if (!inlineInto(f) && round)
      break;
    cleanUp(f);
    lowerTraps(f);
    functionAnalyses.invalidate(f, PreservedAnalyses::none());
    simplify(f);
  }
}

void ModulePreparer::inlineBottomUp() {
  std::vector<SmallVector<Function *, 2>> order;
  {
    CallGraph graph(module);
    for (auto it = scc_begin(&graph); !it.isAtEnd(); ++it) {
      SmallVector<Function *, 2> functions;
      for (CallGraphNode *node : *it)
        if (Function *f = node->getFunction(); f && !f->isDeclaration()) {
          functions.push_back(f);
          if (it.hasCycle())
            recursive.insert(f);
        }
      if (!functions.empty())
        order.push_back(std::move(functions));
    }
  }
  for (ArrayRef<Function *> component : order)
    for (Function *f : component) {
      inlineRepeatedly(*f);
      if (!marksWait)
        continue;
      lowerInactiveMarks(*f, inactiveGlobals);
      functionAnalyses.invalidate(*f, PreservedAnalyses::none());
      if (f->hasLocalLinkage())
        continue; // it becomes part of others, or is simplified at last
      marksWait = false;
      inlineRepeatedly(*f);
      marksWait = true;
    }
}

static bool hasVectors(const Function &f) {
  for (const Instruction &i : instructions(f)) {
    if (i.getType()->isVectorTy())
      return true;
    for (const Value *operand : i.operands())
      if (operand->getType()->isVectorTy())
        return true;
  }
  return false;
}

void ModulePreparer::finish(Function &f) {
  if (unrollShortLoops(f, functionAnalyses)) {
    functionAnalyses.invalidate(f, PreservedAnalyses::none());
    simplify(f); // folds subscripts
    simplify(f); // local arrays become values
  }
  raiseVectorIdioms(f);
  FunctionPassManager passes;
  if (hasVectors(f)) {
    ScalarizerPassOptions options;
    options.ScalarizeLoadStore = true;
    passes.addPass(ScalarizerPass(options));
    passes.addPass(SROAPass(SROAOptions::PreserveCFG));
  }
  passes.addPass(createFunctionToLoopPassAdaptor(LICMPass(LICMOptions()), /*UseMemorySSA=*/true));
  passes.addPass(EarlyCSEPass(/*UseMemorySSA=*/true));
  passes.addPass(DSEPass()); // stores whose loads have been forwarded: `r[i] += a; r[i] += b;` is one
  passes.addPass(SimplifyCFGPass());
  analysesAfter(f, passes.run(f, functionAnalyses));
  raiseVectorIdioms(f); // what was split into scalars
  lowerTraps(f);        // the simplifier makes unreachable defaults of switches
  for (Instruction &i : instructions(f))
    i.dropUnknownNonDebugMetadata();
}

void ModulePreparer::run(ArrayRef<std::string> roots) {
  inactiveGlobals = findInactiveGlobals(module); // the list goes
  keepOnly(roots);
  marksWait = !inactiveGlobals.empty() || any_of(module, [](Function &f) {
    return any_of(instructions(f),
                  [](Instruction &i) { return isa<CallInst>(i) && isInactiveMark(cast<CallInst>(i)); });
  });
  serializeOpenMP(module);
  defineLibraryFunctions(module);
  FunctionPassManager first;
  first.addPass(LowerExpectIntrinsicPass());
  first.addPass(LowerConstantIntrinsicsPass());
  for (Function &f : module)
    if (!f.isDeclaration()) {
      cleanUp(f);
      lowerTraps(f);
      analysesAfter(f, first.run(f, functionAnalyses));
      simplify(f);
      analysesAfter(f, TailCallElimPass(/*UpdateFunctionEntryCount=*/false).run(f, functionAnalyses));
    }
  inlineBottomUp();
  if (std::exchange(marksWait, false))
    for (Function &f : module)
      if (!f.isDeclaration()) {
        functionAnalyses.invalidate(f, PreservedAnalyses::none());
        simplify(f);
      }
  moduleAnalyses.invalidate(module, PreservedAnalyses::none());
  removeDead();
  for (Function &f : module)
    if (!f.isDeclaration())
      finish(f);
  moduleAnalyses.invalidate(module, PreservedAnalyses::none());
  removeDead();
}

void sparsead::prepareModule(Module &module, ArrayRef<std::string> roots) { ModulePreparer(module).run(roots); }
