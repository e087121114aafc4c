//===- LLVMIntrinsics.cpp - rules of LLVM-dialect operations --------------===//
//
// Of what Clang emits, `sparsead-raise` leaves one floating-point operation without a counterpart upstream: a product
// and sum that the target may contract.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include "AttachRules.h"
#include "sparsead/Rules/RuleBuilder.h"

using namespace mlir;
using namespace sparsead;

namespace {

/// z = x y + c.
struct FMulAddRule : RuleModel<FMulAddRule, LLVM::FMulAddOp> {
  Dependence dependence(Operation *, unsigned i) const { return i == 2 ? Dependence::Linear : Dependence::Nonlinear; }
  bool interacts(Operation *, unsigned i, unsigned j) const { return i + j == 1; }
  SmallVector<Partial> partials(Operation *op, OpBuilder &, ArrayRef<bool> needed) const {
    SmallVector<Partial> p(3);
    for (unsigned i : {0, 1})
      if (needed[i])
        p[i] = Partial::scale(op->getOperand(1 - i));
    if (needed[2])
      p[2] = Partial::one();
    return p;
  }
};

} // namespace

void sparsead::attachLLVMIntrinsicRules(MLIRContext *context) {
  LLVM::FMulAddOp::attachInterface<FMulAddRule>(*context);
}
