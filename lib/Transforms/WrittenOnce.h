//===- WrittenOnce.h - do subscripts come back? -----------------*- C++ -*-===//
//
// Internal to lib/Transforms: whether a store in a nest of loops hits another element in each execution.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_WRITTENONCE_H
#define SPARSEAD_LIB_TRANSFORMS_WRITTENONCE_H

#include "sparsead/Analysis/SubscriptClass.h"

namespace sparsead {

/// end - begin of a loop with step 1, as a polynomial of sizes.
std::optional<Polynomial> iterationsOf(Subscripts &subscripts, mlir::scf::ForOp loop);

/// Are the addresses sum of factor * position, 0 <= position < extent, `bytes` bytes or more apart for any two
/// positions? Each loop's step must be at least as long as all that the loops with shorter steps reach. Extents are not
/// needed for the longest step.
bool areApart(const Subscripts &subscripts, llvm::ArrayRef<Polynomial> factors,
              llvm::ArrayRef<std::optional<Polynomial>> extents, int64_t bytes);

/// Is every element that the store hits another one, in all loops around it?
bool isWrittenOnce(Subscripts &subscripts, mlir::LLVM::StoreOp store);

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_WRITTENONCE_H
