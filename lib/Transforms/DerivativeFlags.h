//===- DerivativeFlags.h - how derivatives may be rounded -------*- C++ -*-===//
//
// Internal to lib/Transforms. Derivatives may be reassociated and contracted, which values of the function may not.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_DERIVATIVEFLAGS_H
#define SPARSEAD_LIB_TRANSFORMS_DERIVATIVEFLAGS_H

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace sparsead {

inline constexpr mlir::arith::FastMathFlags derivativeFlags =
    mlir::arith::FastMathFlags::contract | mlir::arith::FastMathFlags::reassoc | mlir::arith::FastMathFlags::nsz;

inline mlir::arith::FastMathFlagsAttr flagsOf(mlir::OpBuilder &b) {
  return mlir::arith::FastMathFlagsAttr::get(b.getContext(), derivativeFlags);
}

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_DERIVATIVEFLAGS_H
