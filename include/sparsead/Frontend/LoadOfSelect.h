//===- LoadOfSelect.h - references returned by std::min and kin -*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_LOADOFSELECT_H
#define SPARSEAD_FRONTEND_LOADOFSELECT_H

#include "llvm/IR/Function.h"

namespace sparsead {

/// Rewrites `load (select c, p, q)` to `select c, (load p), (load q)` where both addresses can be read at that place.
/// What `std::min`, `std::max` and `std::clamp` return is such a select, often of a temporary, which can then be
/// promoted. Returns true if anything was changed.
bool loadBothSides(llvm::Function &function);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_LOADOFSELECT_H
