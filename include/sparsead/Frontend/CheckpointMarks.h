//===- CheckpointMarks.h - SPARSEAD_CHECKPOINT in front of a loop *- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_CHECKPOINTMARKS_H
#define SPARSEAD_FRONTEND_CHECKPOINTMARKS_H

#include "sparsead/Transforms/CheckpointLoops.h"

namespace llvm {
class IntrinsicInst;
} // namespace llvm

namespace sparsead {

/// Replaces the annotation that the attribute has left in a loop by a call of `checkpointMark`. False: it is none.
bool lowerCheckpointMark(llvm::IntrinsicInst &annotation);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_CHECKPOINTMARKS_H
