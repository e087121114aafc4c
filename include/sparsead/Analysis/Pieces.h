//===- Pieces.h - where a loop's addresses are affine ----------*- C++ -*----//
//
// Between two neighbouring cuts of an interior's tests every decision of a loop
// body is constant. What else is needed for an address to be affine in the
// induction variable there is proved here, value by value; the structure of
// such a piece follows from two of its iterations (docs/design/structure.md).
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_ANALYSIS_PIECES_H
#define SPARSEAD_ANALYSIS_PIECES_H

#include "sparsead/Analysis/Interior.h"

namespace sparsead {

class Pieces {
public:
  /// `mayUse`: invariants that are known when ranges are computed.
  Pieces(mlir::scf::ForOp loop, const Interior &interior, llvm::function_ref<bool(mlir::Value)> mayUse)
      : loop(loop), interior(interior), mayUse(mayUse) {}

  /// Is the pointer affine in each piece, modulo 2^64?
  bool isAffine(mlir::Value pointer) { return check(pointer, Modular); }
  /// Is the condition constant in each piece?
  bool isConstant(mlir::Value condition);
  /// Forms that must not be negative for that.
  llvm::ArrayRef<AffineForm> limits() const { return needed; }

private:
  /// How a number is meant: as its bits, of which an affine function modulo 2^64 suffices; as a signed or unsigned
  /// number that does not wrap.
  enum Meaning { Modular, Signed, Unsigned };
  bool check(mlir::Value v, Meaning meaning);
  bool compute(mlir::Value v, Meaning meaning);
  bool isInvariant(mlir::Value v);
  bool isOutside(mlir::Value v) { return !loop.getRegion().isAncestor(v.getParentRegion()); }

  mlir::scf::ForOp loop;
  const Interior &interior;
  llvm::function_ref<bool(mlir::Value)> mayUse;
  llvm::DenseMap<std::pair<mlir::Value, int>, bool> known;
  llvm::DenseMap<mlir::Value, bool> invariant;
  llvm::SmallVector<AffineForm> needed;
};

} // namespace sparsead

#endif // SPARSEAD_ANALYSIS_PIECES_H
