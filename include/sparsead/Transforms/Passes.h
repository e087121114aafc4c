//===- Passes.h - passes of sparsead ----------------------------*- C++ -*-===//
//
// One record per pass in Passes.td. Only sparsead-opt registers passes; the
// other tools build pipelines with create…().
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_TRANSFORMS_PASSES_H
#define SPARSEAD_TRANSFORMS_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace sparsead {

#define GEN_PASS_DECL
#include "sparsead/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "sparsead/Transforms/Passes.h.inc"

} // namespace sparsead

#endif // SPARSEAD_TRANSFORMS_PASSES_H
