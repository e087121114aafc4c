//===- Pipelines.h - the only pass orderings -------------------*- C++ -*-----//
//
// Every tool uses these: the plugin, sparsead-opt, the tests.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_PIPELINES_PIPELINES_H
#define SPARSEAD_PIPELINES_PIPELINES_H

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"

namespace sparsead {

/// Dialects, rules, inliner and translation interfaces that the pipelines need.
void registerAllSparseADDialects(mlir::DialectRegistry &registry);

/// Imported LLVM IR → normal form: func, scf, arith, math, LLVM memory.
void buildNormalFormPipeline(mlir::OpPassManager &pm);
/// Normal form → the same, with relations and colorings at its requests.
void buildStructurePipeline(mlir::OpPassManager &pm);
/// Normal form → inspectors and tangents of every request.
void buildDerivativePipeline(mlir::OpPassManager &pm);
/// Everything → LLVM dialect.
void buildLoweringPipeline(mlir::OpPassManager &pm);
/// All four: what the plugin runs.
void buildSparseADPipeline(mlir::OpPassManager &pm);

/// Names them for sparsead-opt: --sparsead-pipeline and its parts.
void registerSparseADPipelines();

} // namespace sparsead

#endif // SPARSEAD_PIPELINES_PIPELINES_H
