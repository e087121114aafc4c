//===- GatherRows.h - sums into elements, element by element ----*- C++ -*-===//
//
// Internal to lib/Transforms; docs/design/hessian.md.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_GATHERROWS_H
#define SPARSEAD_LIB_TRANSFORMS_GATHERROWS_H

#include "sparsead/Analysis/Activity.h"

namespace sparsead {

/// Loops in which each iteration adds to several elements of an output, `r[i] += a; r[i+1] += b;`, become loops over
/// the elements, in which each is written once: what the iterations nearby add to it is computed there. Elements at the
/// ends, which not all of them reach, follow in a loop of their own. Only where all subscripts are polynomials of the
/// loops' positions and sizes that are a constant number of iterations apart, where nothing else writes to that output,
/// and where the outputs are zero before (`activity`: of the gradient's request). The values of the outputs, and of
/// sums beside them, change by rounding.
///
/// `keep`: dear terms are kept in arrays instead, one for each addition, by the loop as it was; the loop over the
/// elements reads them. That pays where the two loops take turns (LoopChains).
struct GatheredRows {
  unsigned nests = 0; ///< that were changed
  unsigned kept = 0;  ///< of these, that keep their terms
};
GatheredRows gatherRows(mlir::func::FuncOp f, const Activity &activity, bool keep);

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_GATHERROWS_H
