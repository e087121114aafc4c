// Runs functions over scalars and the partials that the rules give for them.
#ifndef SPARSEAD_TEST_UNIT_RULES_RULES_JIT_H
#define SPARSEAD_TEST_UNIT_RULES_RULES_JIT_H

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "sparsead/Interfaces/DifferentiableOpInterface.h"

/// A module of functions `f<row>`, each of one operation under test, whose operands are arguments of the function,
/// constants, or made of those.
class RulesModule {
public:
  RulesModule();
  mlir::MLIRContext &context() { return ctx; }

  /// Adds a function of up to three arguments that returns the last value, `%r`, of `body`; false: it does not parse.
  bool add(std::string name, llvm::StringRef body, llvm::StringRef type = "f64");
  /// The operation under test.
  mlir::Operation *operation(llvm::StringRef name);
  /// Adds `<name>.d<i>`: the partial by operand i as a number, asked for alone, or with all others at once.
  void addPartial(llvm::StringRef name, unsigned i, bool alone = true);
  /// Lowers and compiles what was added; false: failed.
  bool compile();
  /// Calls a function of doubles; of floats.
  double call(llvm::StringRef name, std::array<double, 3> args);
  float callFloat(llvm::StringRef name, std::array<double, 3> args);
  std::string print(llvm::StringRef name);

private:
  void *lookup(llvm::StringRef name);

  mlir::MLIRContext ctx;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<mlir::ExecutionEngine> engine;
};

#endif
