//===- LowerControlFlow.cpp - scf to cf in linear time --------------------===//
//
// Upstream's patterns, driven from the last operation to the first. A pattern splits the block behind its operation;
// in this order each operation moves once. Upstream's conversion goes forward and records each move, which is
// quadratic, in memory too, for a function of many statements.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Conversion/Passes.h"

#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Rewrite/PatternApplicator.h"

namespace sparsead {
#define GEN_PASS_DEF_LOWERCONTROLFLOW
#include "sparsead/Conversion/Passes.h.inc"
} // namespace sparsead

using namespace mlir;
using namespace sparsead;

namespace {

struct LowerControlFlowPass : sparsead::impl::LowerControlFlowBase<LowerControlFlowPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateSCFToControlFlowConversionPatterns(patterns);
    FrozenRewritePatternSet frozen(std::move(patterns));
    PatternApplicator applicator(frozen);
    applicator.applyDefaultCostModel();

    // Outer operations first, as the patterns expect: regions have one block each. In a block, the last one first.
    llvm::SmallVector<Operation *> work;
    getOperation()->walk<WalkOrder::PreOrder, ReverseIterator>([&](Operation *op) {
      if (isa<scf::ForOp, scf::IfOp, scf::WhileOp, scf::IndexSwitchOp, scf::ExecuteRegionOp>(op))
        work.push_back(op);
    });
    PatternRewriter rewriter(&getContext());
    for (Operation *op : work) {
      rewriter.setInsertionPoint(op);
      if (failed(applicator.matchAndRewrite(op, rewriter))) {
        op->emitError("cannot lower '") << op->getName() << "' to branches";
        return signalPassFailure();
      }
    }
  }
};

} // namespace
