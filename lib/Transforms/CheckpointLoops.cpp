//===- CheckpointLoops.cpp - loops with SPARSEAD_CHECKPOINT ---------------===//

#include "sparsead/Transforms/CheckpointLoops.h"
#include "sparsead/Transforms/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/CallInterfaces.h"

namespace sparsead {
#define GEN_PASS_DEF_CHECKPOINTLOOPS
#include "sparsead/Transforms/Passes.h.inc"
} // namespace sparsead

using namespace mlir;
using namespace sparsead;

bool sparsead::isCheckpointMark(Operation *op) {
  auto call = dyn_cast<CallOpInterface>(op);
  auto callee = call ? dyn_cast<SymbolRefAttr>(call.getCallableForCallee()) : SymbolRefAttr();
  return callee && callee.getRootReference() == checkpointMark;
}

namespace {

struct CheckpointLoops : sparsead::impl::CheckpointLoopsBase<CheckpointLoops> {
  void runOnOperation() override {
    SmallVector<Operation *> marks;
    getOperation().walk([&](Operation *op) {
      if (isCheckpointMark(op))
        marks.push_back(op);
    });
    for (Operation *mark : marks) {
      APInt number;
      if (mark->getNumOperands() != 1 || !matchPattern(mark->getOperand(0), m_ConstantInt(&number)) ||
          number.isNegative()) {
        mlir::emitError(mark->getLoc())
            << "the number of snapshots of SPARSEAD_CHECKPOINT is an integer constant, 0 for the compiler's choice";
        signalPassFailure();
        continue;
      }
      Operation *loop = mark->getParentOp();
      while (loop && !isa<scf::ForOp, scf::WhileOp>(loop))
        loop = loop->getParentOp();
      if (loop && !loop->hasAttr(checkpointAttr)) {
        loop->setAttr(checkpointAttr, IntegerAttr::get(IntegerType::get(&getContext(), 64), number.getSExtValue()));
        loop->setLoc(mark->getLoc()); // what is said of it is said at the annotation
      }
      mark->erase();
    }
    if (Operation *declaration = getOperation().lookupSymbol(checkpointMark))
      declaration->erase();
  }
};

} // namespace
