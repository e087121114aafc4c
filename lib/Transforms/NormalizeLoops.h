//===- NormalizeLoops.h - the parts of the loop normalisation ---*- C++ -*-===//

#ifndef SPARSEAD_LIB_TRANSFORMS_NORMALIZELOOPS_H
#define SPARSEAD_LIB_TRANSFORMS_NORMALIZELOOPS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace sparsead {

/// Is the value the same in every iteration?
bool isInvariant(mlir::Value value, mlir::scf::WhileOp loop);

/// Moves a body that stands in a last `if` of the before region into the after region. Returns the new loop, or null.
mlir::scf::WhileOp moveBodyBehindTest(mlir::scf::WhileOp loop);

/// Moves what the first evaluation of the condition computes and no iteration
/// changes in front of the loop: arithmetic, and loads that nothing in the loop
/// may overwrite. Forwarded invariants replace the loop's results.
void hoistCondition(mlir::scf::WhileOp loop);

/// How an argument of the loop changes: x(t+1) = x(t) + step.
struct Induction {
  int64_t step = 0;   ///< in units of `element` for pointers
  mlir::Value stride; ///< an invariant addend in the place of `step`
  mlir::Type element; ///< of the address arithmetic; null for integers
  bool nsw = true;    ///< no step overflows, signed
  bool nuw = true;    ///< no step overflows, unsigned
};

/// The loop's arguments (of its before region) that are inductions.
llvm::SmallVector<std::optional<Induction>> findInductions(mlir::scf::WhileOp loop);

/// The number of bytes, or a constant or an invariant, between two pointers.
struct Distance {
  int64_t bytes = 0;
  llvm::SmallVector<std::pair<mlir::Value, int64_t>> terms; ///< index × bytes
};
/// `to - from` where both are computed from one address.
std::optional<Distance> pointerDistance(mlir::Value to, mlir::Value from);

/// A loop that counts. It runs over `counter` = lower, lower + step, … < upper;
/// `distance` = counter - lower is what closed forms are made of, and one
/// iteration adds `step` to it.
struct Count {
  mlir::Value lower, upper;
  mlir::Value stepValue;
  int64_t step = 0; ///< 0: known at run time only (`stepValue`)
  bool isUnsigned = false;
  unsigned primary = 0; ///< the argument that the condition looks at
  /// The primary argument in terms of the counter; null: by the distance.
  std::function<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::Value)> fromCounter;
  bool counterIsPrimary = false;
  mlir::Operation *extension = nullptr; ///< cast undone by `fromCounter`
};

/// Bounds of the loop, computed in front of it; nothing where the loop does not
/// count or might wrap around. `bottomTested`: the body runs before the test.
std::optional<Count> countIterations(mlir::scf::WhileOp loop, llvm::ArrayRef<std::optional<Induction>> inductions,
                                     bool bottomTested);

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_NORMALIZELOOPS_H
