//===- sparsead-opt.cpp - every pass by name ------------------------------===//

#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "sparsead/Conversion/Passes.h"
#include "sparsead/Pipelines/Pipelines.h"
#include "sparsead/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  sparsead::registerAllSparseADDialects(registry);
  mlir::registerAllPasses();
  sparsead::registerSparseADPasses();
  sparsead::registerSparseADConversionPasses();
  sparsead::registerSparseADPipelines();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "sparsead optimizer driver\n", registry));
}
