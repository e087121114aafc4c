#include "rules_jit.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "sparsead/IR/SparseAD.h"
#include "sparsead/Rules/Rules.h"
#include "sparsead/rt/abi.hpp"
#include "llvm/ExecutionEngine/Orc/Mangling.h"
#include "llvm/Support/TargetSelect.h"

using namespace mlir;
using sparsead::DifferentiableOpInterface;
using sparsead::Partial;

RulesModule::RulesModule() {
  DialectRegistry registry;
  registry.insert<arith::ArithDialect, func::FuncDialect, math::MathDialect, LLVM::LLVMDialect,
                  sparsead::SparseADDialect>();
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  sparsead::registerRules(registry);
  ctx.appendDialectRegistry(registry);
  ctx.loadAllAvailableDialects();
  ctx.disableMultithreading();
  module = ModuleOp::create(UnknownLoc::get(&ctx));
}

bool RulesModule::add(std::string name, StringRef body, StringRef type) {
  std::string text =
      "func.func @" + name + "(%0: f64, %1: f64, %2: f64) -> f64 {\n" + body.str() + "\nreturn %r : f64\n}";
  for (size_t at = 0; (at = text.find("f64", at)) != std::string::npos; at += type.size())
    text.replace(at, 3, type);
  auto parsed = parseSourceString<ModuleOp>(text, &ctx);
  if (!parsed)
    return false;
  Operation *function = &parsed->getBody()->front();
  function->remove();
  module->push_back(function);
  return true;
}

Operation *RulesModule::operation(StringRef name) {
  auto function = module->lookupSymbol<func::FuncOp>(name);
  return function.getBody().front().getTerminator()->getOperand(0).getDefiningOp();
}

/// The partial as a number.
static Value materialize(OpBuilder &b, Location loc, Type type, const Partial &partial) {
  auto number = [&](double value) -> Value { return arith::ConstantOp::create(b, loc, b.getFloatAttr(type, value)); };
  switch (partial.kind) {
  case Partial::Zero:
    return number(0);
  case Partial::One:
    return number(1);
  case Partial::MinusOne:
    return number(-1);
  case Partial::Scale:
    return partial.value;
  case Partial::Mask:
  case Partial::NegMask: {
    Value yes = number(partial.kind == Partial::Mask ? 1 : -1);
    Value no = number(0);
    return arith::SelectOp::create(b, loc, partial.value, yes, no);
  }
  }
  llvm_unreachable("unknown kind");
}

void RulesModule::addPartial(StringRef name, unsigned i, bool alone) {
  auto primal = module->lookupSymbol<func::FuncOp>(name);
  func::FuncOp function = primal.clone();
  function.setName((name + ".d" + Twine(i)).str());
  module->push_back(function);
  Operation *end = function.getBody().front().getTerminator();
  Operation *op = end->getOperand(0).getDefiningOp();
  OpBuilder b(end);
  SmallVector<bool> needed(op->getNumOperands(), !alone);
  needed[i] = true;
  SmallVector<Partial> partials = cast<DifferentiableOpInterface>(op).partials(b, needed);
  end->setOperand(0, materialize(b, op->getLoc(), end->getOperand(0).getType(), partials[i]));
}

/// sparsead.libm to a call of the C function.
static void lowerLibm(ModuleOp module) {
  SmallVector<sparsead::LibmOp> calls;
  module.walk([&](sparsead::LibmOp op) { calls.push_back(op); });
  for (sparsead::LibmOp op : calls) {
    OpBuilder b(op);
    auto callee = module.lookupSymbol<func::FuncOp>(op.getCallee());
    if (!callee) {
      auto type = b.getFunctionType(op->getOperandTypes(), op->getResultTypes());
      callee = func::FuncOp::create(op.getLoc(), op.getCallee(), type);
      callee.setPrivate();
      module.push_back(callee);
    }
    auto call = func::CallOp::create(b, op.getLoc(), callee, op->getOperands());
    op->replaceAllUsesWith(call);
    op->erase();
  }
}

bool RulesModule::compile() {
  if (failed(verify(*module)))
    return false;
  lowerLibm(*module);
  PassManager pm(&ctx);
  math::MathExpandOpsPassOptions expand;
  expand.opMnemonics = {"clampf"};
  pm.addNestedPass<func::FuncOp>(math::createMathExpandOpsPass(expand));
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  if (failed(pm.run(*module)))
    return false;
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::Expected<std::unique_ptr<ExecutionEngine>> made = ExecutionEngine::create(*module);
  if (!made) {
    llvm::logAllUnhandledErrors(made.takeError(), llvm::errs());
    return false;
  }
  engine = std::move(*made);
  engine->registerSymbols([](llvm::orc::MangleAndInterner interner) {
    llvm::orc::SymbolMap map;
    auto add = [&](const char *name, auto *function) {
      map[interner(name)] = {llvm::orc::ExecutorAddr::fromPtr(function), llvm::JITSymbolFlags::Exported};
    };
    add("sparsead_rt_digamma", &sparsead_rt_digamma);
    add("sparsead_rt_trigamma", &sparsead_rt_trigamma);
    // The rules call them in double; the table of tests asks for each name in single precision, too.
    add("sparsead_rt_digammaf", +[](float x) { return static_cast<float>(sparsead_rt_digamma(x)); });
    add("sparsead_rt_trigammaf", +[](float x) { return static_cast<float>(sparsead_rt_trigamma(x)); });
    return map;
  });
  return true;
}

void *RulesModule::lookup(StringRef name) {
  llvm::Expected<void *> address = engine->lookup(name);
  if (address)
    return *address;
  llvm::logAllUnhandledErrors(address.takeError(), llvm::errs());
  return nullptr;
}

double RulesModule::call(StringRef name, std::array<double, 3> a) {
  auto *function = reinterpret_cast<double (*)(double, double, double)>(lookup(name));
  return function ? function(a[0], a[1], a[2]) : std::nan("");
}

float RulesModule::callFloat(StringRef name, std::array<double, 3> a) {
  auto *function = reinterpret_cast<float (*)(float, float, float)>(lookup(name));
  return function ? function(float(a[0]), float(a[1]), float(a[2])) : std::nanf("");
}

std::string RulesModule::print(StringRef name) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->lookupSymbol(name)->print(stream);
  return text;
}
