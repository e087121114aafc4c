//===- AttachRules.h - one function per rule file ---------------*- C++ -*-===//

#ifndef SPARSEAD_LIB_RULES_ATTACHRULES_H
#define SPARSEAD_LIB_RULES_ATTACHRULES_H

#include "mlir/IR/MLIRContext.h"

namespace sparsead {

void attachArithRules(mlir::MLIRContext *context);
void attachLLVMIntrinsicRules(mlir::MLIRContext *context);
void attachLibmRules(mlir::MLIRContext *context);
void attachScaleRule(mlir::MLIRContext *context);
void attachMathRules(mlir::MLIRContext *context);
void attachPowerRules(mlir::MLIRContext *context);
void attachUserRules(mlir::MLIRContext *context);
// MemoryAccessOpInterface
void attachFuncMemory(mlir::MLIRContext *context);
void attachLLVMMemory(mlir::MLIRContext *context);

/// Op::attachInterface for several models, by pairs of operation and model.
template <template <typename> typename Model, typename... Ops> void attachEach(mlir::MLIRContext *context) {
  (Ops::template attachInterface<Model<Ops>>(*context), ...);
}

} // namespace sparsead

#endif // SPARSEAD_LIB_RULES_ATTACHRULES_H
