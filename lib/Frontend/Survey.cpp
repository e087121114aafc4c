//===- Survey.cpp - how much of a unit has a normal form ------------------===//

#include "sparsead/Frontend/CallNames.h"
#include "sparsead/Frontend/DerivativeCompiler.h"
#include "sparsead/Frontend/PrepareModule.h"
#include "sparsead/Pipelines/Pipelines.h"

#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Import.h"
#include "clang/Frontend/CompilerInstance.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/raw_ostream.h"

using namespace sparsead;

/// Does the function have structured control flow over values of the normal form?
static bool isLowered(mlir::ModuleOp module, llvm::StringRef name) {
  auto function = module.lookupSymbol<mlir::func::FuncOp>(name);
  return function && function.getBody().hasOneBlock();
}

void sparsead::surveyUnit(clang::CompilerInstance &instance, CodeGenCapture &capture) {
  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> unit = capture.generate({}, llvmContext, /*everything=*/true);
  if (!unit)
    return;
  std::vector<std::string> roots;
  for (const llvm::Function &f : *unit)
    if (!f.isDeclaration() && !f.getName().starts_with("_GLOBAL_") && !f.getName().starts_with("__cxx_global"))
      roots.push_back(f.getName().str());
  prepareModule(*unit, roots);

  mlir::DialectRegistry registry;
  registerAllSparseADDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<mlir::LLVM::LLVMDialect, mlir::DLTIDialect>();
  unsigned problems = 0;
  context.getDiagEngine().registerHandler([&](mlir::Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error) {
      ++problems;
      llvm::outs() << "problem: " << withSourceNames(diagnostic.str()) << "\n";
    }
    return mlir::success();
  });
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::translateLLVMIRToModule(std::move(unit), &context, false, true, false);
  bool succeeded = false;
  if (module) {
    mlir::PassManager passes(&context);
    buildNormalFormPipeline(passes);
    succeeded = mlir::succeeded(passes.run(*module));
  }
  size_t lowered = 0;
  for (const std::string &root : roots) {
    if (succeeded && isLowered(*module, root)) {
      ++lowered;
      continue;
    }
    llvm::outs() << "not lowered: " << withSourceNames("'" + root + "'") << "\n";
  }
  llvm::outs() << "lowered " << lowered << " of " << roots.size() << " functions";
  if (!roots.empty())
    llvm::outs() << " (" << lowered * 100 / roots.size() << " %)";
  llvm::outs() << "\n";
  llvm::outs().flush();
}
