//===- RaiseLLVM.h - the parts of the raising pass --------------*- C++ -*-===//

#ifndef SPARSEAD_LIB_TRANSFORMS_RAISELLVM_H
#define SPARSEAD_LIB_TRANSFORMS_RAISELLVM_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/PatternMatch.h"

namespace sparsead {

/// LLVM's fast-math flags as arith's.
mlir::arith::FastMathFlags raiseFastmath(mlir::LLVM::FastmathFlags flags);

/// Rewrites an integer, floating-point, conversion or constant operation, or an
/// intrinsic, of the LLVM dialect. Returns false where it is left as it is.
bool raiseScalarOp(mlir::Operation *op, mlir::RewriterBase &rewriter);

/// Rewrites a call of a function of math.h by its name. Returns false where the
/// name or the types are not those of such a function.
bool raiseLibmCall(mlir::LLVM::CallOp call, mlir::RewriterBase &rewriter);

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_RAISELLVM_H
