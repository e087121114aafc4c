//===- Positive.h - roots that are never at zero ----------------*- C++ -*-===//
//
// Internal to lib/Transforms.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_POSITIVE_H
#define SPARSEAD_LIB_TRANSFORMS_POSITIVE_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

namespace sparsead {

/// Is the operation a root of something that is greater than zero, as 1 + p*p + q*q is, so that its slope is finite?
/// False where that cannot be seen.
bool isSurelyPositive(mlir::Operation *root);

/// Which values are finite where all that is loaded is, and nothing overflows.
class Finite {
public:
  /// True for quotients, powers, logarithms, and whatever is not known. Cost: each operation is looked at once.
  bool mayBeInfinite(mlir::Value v) { return mayBeInfinite(v, 0); }

private:
  bool mayBeInfinite(mlir::Value v, unsigned depth);
  llvm::DenseMap<mlir::Value, bool> known;
};

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_POSITIVE_H
