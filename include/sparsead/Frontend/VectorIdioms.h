//===- VectorIdioms.h - arithmetic that is written with bits ---*- C++ -*-----//

#ifndef SPARSEAD_FRONTEND_VECTORIDIOMS_H
#define SPARSEAD_FRONTEND_VECTORIDIOMS_H

namespace llvm {
class Function;
}

namespace sparsead {

/// Libraries of vectors (Eigen) negate by flipping sign bits and call the
/// target's minimum and maximum. Says it in arithmetic that has rules. Returns
/// true if anything has changed.
bool raiseVectorIdioms(llvm::Function &f);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_VECTORIDIOMS_H
