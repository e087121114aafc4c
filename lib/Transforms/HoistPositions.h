//===- HoistPositions.h - numbers that loops do not change ------*- C++ -*-===//

#ifndef SPARSEAD_LIB_TRANSFORMS_HOISTPOSITIONS_H
#define SPARSEAD_LIB_TRANSFORMS_HOISTPOSITIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace sparsead {

/// Moves what is computed with integers, and does not change from iteration to
/// iteration, in front of loops, out of branches too: the position of a row in
/// `if (j > 0) s += x[(j - 1) * n + i]`. Loop-invariant code motion leaves
/// branches alone; but what addresses and tests are made of has to be at hand
/// where a loop's interior and its pieces are worked out.
void hoistPositions(mlir::func::FuncOp function);

} // namespace sparsead

#endif
