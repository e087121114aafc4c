//===- AdjointStrips.h - what overlapping iterations add to shadows -*- C++ -*-//

#ifndef SPARSEAD_LIB_TRANSFORMS_ADJOINTSTRIPS_H
#define SPARSEAD_LIB_TRANSFORMS_ADJOINTSTRIPS_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace sparsead {

/// The reverse of a loop whose iterations have no order: for n = 0 … trips - 1, with `induction`, begin + n * step, in
/// the place of the primal's induction variable. What it adds to and what it takes from are different memory.
struct OrderFreeLoop {
  mlir::scf::ForOp loop;
  mlir::Value induction;
};

/// Where iterations add to elements that others add to as well, they do so by strips. `rows`: buffers of the function,
/// which its loops share; there may be more afterwards.
bool addByStrips(const OrderFreeLoop &loop, llvm::SmallVectorImpl<mlir::Value> &rows);

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_ADJOINTSTRIPS_H
