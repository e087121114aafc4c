//===- UserRule.cpp - derivatives that the user gives, and takes away -----===//

#include "AttachRules.h"
#include "sparsead/IR/SparseAD.h"
#include "sparsead/Rules/RuleBuilder.h"
#include "sparsead/Rules/RuleTerm.h"

using namespace mlir;
using namespace sparsead;

namespace {

/// z = f(x, …), partials by the user's functions. They may be infinite where the user's formulas have poles.
struct UserRule : RuleModel<UserRule, RuleOp> {
  static bool isActive(Operation *op, unsigned i) { return llvm::is_contained(cast<RuleOp>(op).getActive(), i); }
  Dependence dependence(Operation *op, unsigned i) const {
    return isActive(op, i) ? Dependence::Nonlinear : Dependence::None;
  }
  bool interacts(Operation *op, unsigned i, unsigned j) const { return isActive(op, i) && isActive(op, j); }
  SmallVector<Partial> partials(Operation *op, OpBuilder &b, ArrayRef<bool> needed) const {
    auto rule = cast<RuleOp>(op);
    ArrayRef<int64_t> active = rule.getActive();
    SmallVector<Partial> result(op->getNumOperands());
    if (rule.getCallee() == ruleTerm) { // (sum, x, partial)
      if (needed[0])
        result[0] = Partial::one();
      if (needed[1])
        result[1] = Partial::scale(op->getOperand(2), /*singular=*/true);
      return result;
    }
    if (llvm::none_of(active, [&](int64_t k) { return needed[k]; }))
      return result;
    SmallVector<Type> types(active.size(), rule.getResult().getType());
    auto all = RulePartialsOp::create(b, op->getLoc(), types, rule.getCalleeAttr(), rule.getArgs(),
                                      rule.getActiveAttr(), rule.getJvpAttr(), rule.getVjpAttr());
    for (auto [k, partial] : llvm::zip(active, all.getPartials()))
      if (needed[k])
        result[k] = Partial::scale(partial, /*singular=*/true);
    return result;
  }
};

} // namespace

void sparsead::attachUserRules(MLIRContext *context) {
  RuleOp::attachInterface<UserRule>(*context);
  InactiveOp::attachInterface<NoDependence<InactiveOp>>(*context);
}
