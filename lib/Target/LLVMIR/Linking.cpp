//===- Linking.cpp - derivatives into the user's module -------------------===//

#include "sparsead/Target/Linking.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/PassInstrumentation.h"
#include "llvm/IR/PassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/Linker/Linker.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;
using namespace sparsead;

/// Function attributes that say how code is generated, not what the function does.
static const Attribute::AttrKind copiedKinds[] = {
    Attribute::SanitizeAddress, Attribute::SanitizeHWAddress, Attribute::SanitizeMemory,
    Attribute::SanitizeThread,  Attribute::SanitizeMemTag,    Attribute::UWTable,
    Attribute::StackProtect,    Attribute::StackProtectReq,   Attribute::StackProtectStrong,
    Attribute::NoRedZone,       Attribute::NoImplicitFloat,   Attribute::OptimizeForSize,
    Attribute::MinSize,
};
static const char *const copiedStrings[] = {
    "target-cpu",
    "target-features",
    "tune-cpu",
    "frame-pointer",
    "probe-stack",
    "stack-probe-size",
    "prefer-vector-width",
    "min-legal-vector-width",
    "stack-protector-buffer-size",
};

static void copyAttributes(const Function &from, Function &to) {
  for (Attribute::AttrKind kind : copiedKinds)
    if (from.hasFnAttribute(kind))
      to.addFnAttr(from.getFnAttribute(kind));
  for (const char *name : copiedStrings)
    if (from.hasFnAttribute(name))
      to.addFnAttr(from.getFnAttribute(name));
}

/// Instructions above which a function that runs once for each plan is not optimised, and basic blocks are broken up.
/// Several of LLVM's passes take time quadratic in the size of a block, or memory for pairs of blocks; generated code
/// of thousands of statements would take minutes.
static constexpr unsigned largeFunction = 20000;
static constexpr unsigned largeBlock = 2000;

/// Branches that are never taken, which no pass can know, keep a block's parts apart.
static void breakUpLargeBlocks(Function &f) {
  SmallVector<Instruction *> cuts;
  for (BasicBlock &block : f) {
    if (block.size() <= largeBlock)
      continue;
    unsigned count = 0;
    for (Instruction &i : block) {
      if (++count % (largeBlock / 2) == 0 && !isa<PHINode, AllocaInst>(i) && !i.isTerminator())
        cuts.push_back(&i);
    }
  }
  if (cuts.empty())
    return;
  IRBuilder<> b(&*f.getEntryBlock().getFirstNonPHIOrDbgOrAlloca());
  Type *i32 = b.getInt32Ty();
  InlineAsm *opaque = InlineAsm::get(FunctionType::get(i32, {i32}, false), "", "=r,0", /*hasSideEffects=*/false);
  Value *zero = b.CreateCall(opaque, {b.getInt32(0)});
  Value *never = b.CreateICmpNE(zero, b.getInt32(0));
  Type *pointer = b.getPtrTy();
  FunctionCallee fail = f.getParent()->getOrInsertFunction("sparsead_rt_fail", b.getVoidTy(), pointer);
  for (Instruction *cut : cuts) {
    Instruction *then = SplitBlockAndInsertIfThen(never, cut->getIterator(), /*Unreachable=*/false);
    CallInst::Create(fail, {ConstantPointerNull::get(cast<PointerType>(pointer))}, "", then->getIterator());
  }
}

/// Addresses at a constant distance from their base are made where they are used, as the code generator does for the
/// functions that it optimises: thousands of them, hoisted out of a loop, would be live in thousands of blocks.
static void sinkConstantAddresses(Function &f) {
  SmallVector<GetElementPtrInst *> addresses;
  for (Instruction &i : instructions(f))
    if (auto *gep = dyn_cast<GetElementPtrInst>(&i); gep && gep->hasAllConstantIndices())
      addresses.push_back(gep);
  for (GetElementPtrInst *gep : reverse(addresses)) { // an address made from another one goes first
    DenseMap<BasicBlock *, Instruction *> copies;
    for (Use &use : make_early_inc_range(gep->uses())) {
      auto *user = cast<Instruction>(use.getUser());
      if (user->getParent() == gep->getParent() || isa<PHINode>(user))
        continue;
      Instruction *&copy = copies[user->getParent()];
      if (!copy) {
        copy = gep->clone();
        copy->insertBefore(user->getParent()->getFirstInsertionPt());
      }
      use.set(copy);
    }
    if (gep->use_empty())
      gep->eraseFromParent();
  }
}

namespace {

class DerivativeLinker {
public:
  DerivativeLinker(const DerivativeUnit &unit, Module &user) : unit(unit), user(user) {}
  Error run();

private:
  void emitDescriptors();
  void setAttributes();
  void prepareFunctions();
  void prepareGlobals();
  void bind();
  void bindSymbol(StringRef from, StringRef to, bool internalize);

  const DerivativeUnit &unit;
  Module &user;
  std::unique_ptr<Module> derived;
  /// Placeholder in the derived module → name of the user's internal variable.
  StringMap<std::string> placeholders;
};

} // namespace

/// All generated functions are private to the module; the descriptors decide which of them are needed.
void DerivativeLinker::emitDescriptors() {
  for (const JacobianDescriptor &descriptor : unit.descriptors)
    if (!descriptor.symbols.empty())
      emitDescriptor(*derived, descriptor);
  for (Function &f : *derived)
    if (!f.isDeclaration()) {
      f.setComdat(nullptr);
      f.setLinkage(GlobalValue::InternalLinkage);
      f.setVisibility(GlobalValue::DefaultVisibility);
      f.setDSOLocal(true);
    }
  ModuleAnalysisManager analyses;
  ModulePassManager passes;
  PassInstrumentationCallbacks callbacks;
  analyses.registerPass([&] { return PassInstrumentationAnalysis(&callbacks); });
  FunctionAnalysisManager functions;
  functions.registerPass([&] { return PassInstrumentationAnalysis(&callbacks); });
  analyses.registerPass([&] { return FunctionAnalysisManagerModuleProxy(functions); });
  GlobalDCEPass().run(*derived, analyses);
  // Internal descriptors get their linkage in bind(): until then they satisfy references by name.
  for (const JacobianDescriptor &descriptor : unit.descriptors)
    if (descriptor.linkage == JacobianDescriptor::LinkOnce)
      for (const std::string &symbol : descriptor.symbols) {
        GlobalVariable *global = derived->getNamedGlobal(symbol);
        global->setLinkage(GlobalValue::LinkOnceODRLinkage);
        global->setComdat(derived->getOrInsertComdat(symbol));
      }
}

void DerivativeLinker::setAttributes() {
  // The longest primal whose derivative's name the function starts with; helpers follow any primal.
  const Function *any = nullptr;
  for (const Function &f : user)
    if (!f.isDeclaration() && f.hasFnAttribute("target-cpu")) {
      any = &f;
      break;
    }
  StringMap<const Function *> primals;
  const Function *first = nullptr;
  for (const JacobianDescriptor &descriptor : unit.descriptors) {
    const Function *primal = user.getFunction(descriptor.primal);
    if (!primal || primal->isDeclaration())
      primal = any;
    if (!first)
      first = primal;
    for (const JacobianDescriptor *d = &descriptor; d; d = d->ofGradient.get()) {
      primals[d->inspector] = primal;
      for (const auto &kernel : d->kernels)
        primals[kernel.second] = primal;
      if (d->local)
        for (const std::string &name : {d->local->function, d->local->valuesOnly, d->local->structure})
          primals[name] = primal;
    }
  }
  for (Function &f : *derived) {
    if (f.isDeclaration())
      continue;
    f.removeFnAttr(Attribute::NoInline);
    f.removeFnAttr(Attribute::OptimizeNone);
    auto found = primals.find(f.getName());
    if (const Function *primal = found != primals.end() ? found->second : first)
      copyAttributes(*primal, f);
    else
      for (const auto &[name, value] : unit.targetAttributes)
        f.addFnAttr(name, value);
    bool once = f.getName().contains(".sparsead") && !f.getName().contains(".tangent.w");
    if (once && f.getInstructionCount() > largeFunction) {
      f.removeFnAttr(Attribute::OptimizeForSize);
      f.removeFnAttr(Attribute::MinSize);
      f.addFnAttr(Attribute::NoInline);
      f.addFnAttr(Attribute::OptimizeNone);
      sinkConstantAddresses(f);
    }
    breakUpLargeBlocks(f);
  }
}

/// Calls of the user's internal functions: of what SPARSEAD_INACTIVE and SPARSEAD_RULE name.
void DerivativeLinker::prepareFunctions() {
  unsigned counter = 0;
  for (Function &f : *derived) {
    Function *original = f.isDeclaration() ? user.getFunction(f.getName()) : nullptr;
    if (!original || !original->hasLocalLinkage())
      continue;
    std::string placeholder = "sparsead.bind.function." + std::to_string(counter++);
    placeholders[placeholder] = f.getName().str();
    f.setName(placeholder);
  }
}

/// Variables of the user's: ours are references, or copies of what nobody can tell from the original.
void DerivativeLinker::prepareGlobals() {
  unsigned counter = 0;
  for (GlobalVariable &g : make_early_inc_range(derived->globals())) {
    g.setComdat(g.hasLinkOnceODRLinkage() ? g.getComdat() : nullptr);
    if (g.isDeclaration() || g.getName().starts_with("sparsead."))
      continue;
    if (g.hasLocalLinkage()) {
      GlobalVariable *original = user.getGlobalVariable(g.getName(), /*AllowInternal=*/true);
      if (g.hasPrivateLinkage() || !original || !original->hasLocalLinkage() ||
          original->getParent()->getDataLayout().getTypeAllocSize(original->getValueType()) !=
              derived->getDataLayout().getTypeAllocSize(g.getValueType()))
        continue;
      std::string placeholder = "sparsead.bind." + std::to_string(counter++);
      placeholders[placeholder] = g.getName().str();
      g.setInitializer(nullptr);
      g.setLinkage(GlobalValue::ExternalLinkage);
      g.setName(placeholder);
    } else if (g.hasExternalLinkage() || g.hasWeakLinkage() || g.hasCommonLinkage()) {
      if (llvm::any_of(unit.descriptors,
                       [&](const JacobianDescriptor &d) { return is_contained(d.symbols, g.getName()); }))
        continue;
      if (g.isConstant() && g.hasExternalLinkage()) {
        g.setLinkage(GlobalValue::AvailableExternallyLinkage);
      } else {
        g.setInitializer(nullptr);
        g.setLinkage(GlobalValue::ExternalLinkage);
      }
    }
  }
}

void DerivativeLinker::bindSymbol(StringRef from, StringRef to, bool internalize) {
  GlobalValue *source = user.getNamedValue(from);
  GlobalValue *target = user.getNamedValue(to);
  if (source && source != target) {
    if (!target)
      target = new GlobalVariable(user, cast<GlobalVariable>(source)->getValueType(), true,
                                  GlobalValue::ExternalLinkage, nullptr, to);
    source->replaceAllUsesWith(target);
    source->eraseFromParent();
  }
  if (target && internalize)
    target->setLinkage(GlobalValue::InternalLinkage);
}

void DerivativeLinker::bind() {
  for (const auto &entry : placeholders)
    bindSymbol(entry.first(), entry.second, /*internalize=*/false);
  for (const JacobianDescriptor &descriptor : unit.descriptors)
    if (descriptor.linkage == JacobianDescriptor::Internal)
      for (const std::string &symbol : descriptor.symbols)
        bindSymbol(symbol, symbol, /*internalize=*/true);
  // They have kept functions for us to call (UserRules.cpp).
  auto keeps = [](Constant *c) { return c->getName().starts_with("sparsead.keep."); };
  removeFromUsedLists(user, [&](Constant *c) { return keeps(cast<Constant>(c->stripPointerCasts())); });
  for (GlobalVariable &g : make_early_inc_range(user.globals()))
    if (keeps(&g) && g.use_empty())
      g.eraseFromParent();
}

Error DerivativeLinker::run() {
  derived = mlir::translateModuleToLLVMIR(unit.module, user.getContext(), "sparsead");
  if (!derived)
    return createStringError("the derivative cannot be translated to LLVM IR");
  derived->setDataLayout(user.getDataLayout());
  derived->setTargetTriple(user.getTargetTriple());
  StripDebugInfo(*derived);
  if (NamedMDNode *flags = derived->getModuleFlagsMetadata())
    flags->eraseFromParent(); // the user's hold
  if (NamedMDNode *ident = derived->getNamedMetadata("llvm.ident"))
    ident->eraseFromParent();
  emitDescriptors();
  prepareFunctions();
  prepareGlobals();
  setAttributes();
  std::string problem;
  raw_string_ostream os(problem);
  if (verifyModule(*derived, &os))
    return createStringError("the derivative is invalid LLVM IR: " + problem);
  if (Linker::linkModules(user, std::move(derived)))
    return createStringError("the derivative cannot be linked");
  bind();
  return Error::success();
}

void sparsead::dropAnnotations(Module &user) {
  GlobalVariable *annotations = user.getNamedGlobal("llvm.global.annotations");
  if (!annotations || !annotations->hasInitializer())
    return;
  auto *entries = dyn_cast<ConstantArray>(annotations->getInitializer());
  if (!entries)
    return;
  SmallVector<Constant *> kept;
  for (Value *operand : entries->operands()) {
    auto *entry = dyn_cast<ConstantStruct>(operand);
    auto *name = entry && entry->getNumOperands() > 1
                     ? dyn_cast<GlobalVariable>(entry->getOperand(1)->stripPointerCasts())
                     : nullptr;
    auto *text = name && name->hasInitializer() ? dyn_cast<ConstantDataArray>(name->getInitializer()) : nullptr;
    if (!text || !text->isCString() || !text->getAsCString().starts_with("sparsead::"))
      kept.push_back(cast<Constant>(operand));
  }
  if (kept.size() == entries->getNumOperands())
    return;
  StringRef section = annotations->getSection();
  if (!kept.empty()) {
    auto *type = ArrayType::get(kept.front()->getType(), kept.size());
    auto *replacement =
        new GlobalVariable(user, type, false, GlobalValue::AppendingLinkage, ConstantArray::get(type, kept), "");
    replacement->setSection(section);
    replacement->takeName(annotations);
  }
  annotations->eraseFromParent();
}

Error sparsead::linkDerivatives(const DerivativeUnit &unit, Module &user) {
  if (unit.module)
    if (Error error = DerivativeLinker(unit, user).run())
      return error;
  for (const auto &[from, to] : unit.aliases)
    if (GlobalValue *source = user.getNamedValue(from)) {
      GlobalValue *target = user.getNamedValue(to);
      if (!target)
        target = new GlobalVariable(user, cast<GlobalVariable>(source)->getValueType(), true,
                                    GlobalValue::ExternalLinkage, nullptr, to);
      source->replaceAllUsesWith(target);
      source->eraseFromParent();
    }
  return Error::success();
}
