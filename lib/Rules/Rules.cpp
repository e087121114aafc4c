//===- Rules.cpp - attaches the rules to dialects as they are loaded ------===//

#include "sparsead/Rules/Rules.h"

#include "AttachRules.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "sparsead/IR/SparseAD.h"

using namespace mlir;
using namespace sparsead;

void sparsead::registerRules(DialectRegistry &registry) {
  // Partials are built of arith and math whatever the dialect of the primal.
  registry.insert<arith::ArithDialect, math::MathDialect>();
  registry.addExtension(+[](MLIRContext *context, arith::ArithDialect *) { attachArithRules(context); });
  registry.addExtension(+[](MLIRContext *context, math::MathDialect *) {
    attachMathRules(context);
    attachPowerRules(context);
  });
  registry.addExtension(+[](MLIRContext *context, LLVM::LLVMDialect *) {
    context->loadDialect<arith::ArithDialect, math::MathDialect>();
    attachLLVMIntrinsicRules(context);
    attachLLVMMemory(context);
  });
  registry.addExtension(+[](MLIRContext *context, func::FuncDialect *) { attachFuncMemory(context); });
  registry.addExtension(+[](MLIRContext *context, SparseADDialect *) {
    context->loadDialect<arith::ArithDialect, math::MathDialect>();
    attachLibmRules(context);
    attachScaleRule(context);
    attachUserRules(context);
  });
}
