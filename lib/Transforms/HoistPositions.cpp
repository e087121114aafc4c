//===- HoistPositions.cpp - numbers that loops do not change --------------===//

#include "HoistPositions.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace sparsead;

/// Does the operation compute integers only, whenever it is executed?
static bool isPosition(Operation *op) {
  auto isNumber = [](Type type) { return type.isIntOrIndex(); };
  return op->getNumRegions() == 0 && op->getNumOperands() > 0 && op->getNumResults() > 0 &&
         llvm::all_of(op->getOperandTypes(), isNumber) && llvm::all_of(op->getResultTypes(), isNumber) && isPure(op);
}

void sparsead::hoistPositions(func::FuncOp function) {
  // Innermost loops first: what leaves them may leave others.
  function.walk([](scf::ForOp loop) {
    loop.getBody()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isPosition(op) && llvm::all_of(op->getOperands(), [&](Value v) { return loop.isDefinedOutsideOfLoop(v); }))
        op->moveBefore(loop);
    });
  });
}
