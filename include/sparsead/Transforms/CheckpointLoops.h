//===- CheckpointLoops.h - loops with SPARSEAD_CHECKPOINT ------*- C++ -*-----//

#ifndef SPARSEAD_TRANSFORMS_CHECKPOINTLOOPS_H
#define SPARSEAD_TRANSFORMS_CHECKPOINTLOOPS_H

#include "llvm/ADT/StringRef.h"

namespace mlir {
class Operation;
} // namespace mlir

namespace sparsead {

/// Until loops have their final form, a call `void (i64 snapshots)` in the loop's body; then the attribute of the loop.
inline constexpr llvm::StringLiteral checkpointMark = "__sparsead_checkpoint";
inline constexpr llvm::StringLiteral checkpointAttr = "sparsead.checkpoint";

bool isCheckpointMark(mlir::Operation *op);

} // namespace sparsead

#endif // SPARSEAD_TRANSFORMS_CHECKPOINTLOOPS_H
