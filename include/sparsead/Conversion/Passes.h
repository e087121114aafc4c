//===- Passes.h - conversions of the sparsead dialect -----------*- C++ -*-===//

#ifndef SPARSEAD_CONVERSION_PASSES_H
#define SPARSEAD_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace sparsead {

#define GEN_PASS_DECL
#include "sparsead/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "sparsead/Conversion/Passes.h.inc"

} // namespace sparsead

#endif // SPARSEAD_CONVERSION_PASSES_H
