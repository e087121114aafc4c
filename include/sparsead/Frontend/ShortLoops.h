//===- ShortLoops.h - loops over neighbors and components ------*- C++ -*-----//

#ifndef SPARSEAD_FRONTEND_SHORTLOOPS_H
#define SPARSEAD_FRONTEND_SHORTLOOPS_H

#include "llvm/IR/PassManager.h"

namespace sparsead {

/// Unrolls loops of a few iterations, `for (int d = -1; d <= 1; ++d)`, alone or in nests, as far as the code stays
/// small. Their subscripts become constants: what they sum up is a list of terms, local arrays become values, and
/// tests of the position stand in the loop over the grid itself. Returns whether there were any.
bool unrollShortLoops(llvm::Function &f, llvm::FunctionAnalysisManager &analyses);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_SHORTLOOPS_H
