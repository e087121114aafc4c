//===- Positive.h - roots that are never at zero ----------------*- C++ -*-===//
//
// Internal to lib/Transforms.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_POSITIVE_H
#define SPARSEAD_LIB_TRANSFORMS_POSITIVE_H

#include "mlir/IR/Operation.h"

namespace sparsead {

/// Is the operation a root of something that is greater than zero, as 1 + p*p + q*q is, so that its slope is finite?
/// False where that cannot be seen.
bool isSurelyPositive(mlir::Operation *root);

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_POSITIVE_H
