//===- Pipelines.cpp - the only pass orderings ----------------------------===//

#include "sparsead/Pipelines/Pipelines.h"
#include "sparsead/Conversion/Passes.h"
#include "sparsead/IR/SparseAD.h"
#include "sparsead/Rules/Rules.h"
#include "sparsead/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace sparsead;

void sparsead::registerAllSparseADDialects(DialectRegistry &registry) {
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registerAllToLLVMIRTranslations(registry);
  registerAllFromLLVMIRTranslations(registry);
  registry.insert<SparseADDialect>();
  registerRules(registry);
}

void sparsead::buildNormalFormPipeline(OpPassManager &pm) {
  pm.addPass(createMemRefToPointers());
  pm.addPass(createRaiseLLVM());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createLiftControlFlowToSCFPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createNormalizeLoops());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createSinkStores());
  pm.addPass(createCheckpointLoops());
}

void sparsead::buildStructurePipeline(OpPassManager &pm) { pm.addPass(createDependence()); }

void sparsead::buildDerivativePipeline(OpPassManager &pm) {
  pm.addPass(createCheckActivity());
  pm.addPass(createHessianAdjoint());
  pm.addPass(createInspector());
  pm.addPass(createInteractions());
  pm.addPass(createTangent());
  pm.addPass(createLocalAccumulation());
  pm.addPass(createAdjoint());
  pm.addPass(createRecord());
  pm.addPass(createFinalizeRequests());
  pm.addPass(createSymbolDCEPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void sparsead::buildLoweringPipeline(OpPassManager &pm) {
  pm.addPass(createLowerSparseAD());
  pm.addPass(createLowerControlFlow());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createSymbolDCEPass());
}

void sparsead::buildSparseADPipeline(OpPassManager &pm) {
  buildNormalFormPipeline(pm);
  buildStructurePipeline(pm);
  buildDerivativePipeline(pm);
  buildLoweringPipeline(pm);
}

void sparsead::registerSparseADPipelines() {
  PassPipelineRegistration<>("sparsead-normal-form", "imported LLVM IR, or functions of memrefs, to the normal form",
                             buildNormalFormPipeline);
  PassPipelineRegistration<>("sparsead-structure", "dependence relations and colorings of every request",
                             buildStructurePipeline);
  PassPipelineRegistration<>("sparsead-derivatives", "inspectors and tangents of every request",
                             buildDerivativePipeline);
  PassPipelineRegistration<>("sparsead-lowering", "derivative functions to the LLVM dialect", buildLoweringPipeline);
  PassPipelineRegistration<>("sparsead-pipeline", "all that the plugin runs on imported functions",
                             buildSparseADPipeline);
}
