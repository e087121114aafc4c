//===- MemoryAccessOpInterface.cpp ----------------------------------------===//

#include "sparsead/Interfaces/MemoryAccessOpInterface.h"

#include "sparsead/Interfaces/MemoryAccessOpInterface.cpp.inc"

using namespace sparsead;

MemoryAccess sparsead::memoryAccessOf(mlir::Operation *op) {
  auto memory = mlir::dyn_cast<MemoryAccessOpInterface>(op);
  return memory ? memory.getMemoryAccess() : MemoryAccess();
}
