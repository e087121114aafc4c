//===- Arith.cpp - rules of the arith dialect -----------------------------===//

#include "AttachRules.h"
#include "sparsead/IR/SparseAD.h"
#include "sparsead/Rules/RuleBuilder.h"

using namespace mlir;
using namespace sparsead;

using Needed = ArrayRef<bool>;
using Partials = MutableArrayRef<Partial>;

namespace {

/// z = x + y.
void fillAdd(RuleBuilder &, Needed needed, Partials p) {
  p[0] = needed[0] ? Partial::one() : Partial::zero();
  p[1] = needed[1] ? Partial::one() : Partial::zero();
}

/// z = x - y.
void fillSub(RuleBuilder &, Needed needed, Partials p) {
  p[0] = needed[0] ? Partial::one() : Partial::zero();
  p[1] = needed[1] ? Partial::minusOne() : Partial::zero();
}

/// z = -x.
void fillNeg(RuleBuilder &, Needed, Partials p) { p[0] = Partial::minusOne(); }

/// Conversions between floating-point types.
void fillConversion(RuleBuilder &, Needed, Partials p) { p[0] = Partial::one(); }

/// Minima and maxima: z is x or y. The first operand has the tie; for a NaN that loses, z is the other one.
void fillExtremum(RuleBuilder &r, Needed needed, Partials p) {
  if (needed[0])
    p[0] = Partial::mask(r.compare(arith::CmpFPredicate::OEQ, r.result(), r.operand(0)));
  if (needed[1])
    p[1] = Partial::mask(r.compare(arith::CmpFPredicate::UNE, r.result(), r.operand(0)));
}

/// z = c ? x : y.
struct SelectRule : RuleModel<SelectRule, arith::SelectOp> {
  Dependence dependence(Operation *op, unsigned i) const {
    return i > 0 && isFloatLike(op->getOperand(i).getType()) ? Dependence::Linear : Dependence::None;
  }
  bool interacts(Operation *, unsigned, unsigned) const { return false; }
  SmallVector<Partial> partials(Operation *op, OpBuilder &b, Needed needed) const {
    SmallVector<Partial> p(3);
    if (!isFloatLike(op->getResult(0).getType()))
      return p;
    RuleBuilder r(b, op);
    if (needed[1])
      p[1] = Partial::mask(r.operand(0));
    if (needed[2])
      p[2] = Partial::mask(r.logicalNot(r.operand(0)));
    return p;
  }
};

/// z = x y;  dz/dx = y, dz/dy = x.
struct MulRule : RuleModel<MulRule, arith::MulFOp> {
  Dependence dependence(Operation *, unsigned) const { return Dependence::Nonlinear; }
  bool interacts(Operation *, unsigned i, unsigned j) const { return i != j; }
  SmallVector<Partial> partials(Operation *op, OpBuilder &, Needed needed) const {
    SmallVector<Partial> p(2);
    for (unsigned i : {0, 1})
      if (needed[i])
        p[i] = Partial::scale(op->getOperand(1 - i));
    return p;
  }
};

/// z = x y, zero where x or y is;  dz/dx = y, dz/dy = x.
struct ScaleRule : RuleModel<ScaleRule, ScaleOp> {
  Dependence dependence(Operation *, unsigned) const { return Dependence::Nonlinear; }
  bool interacts(Operation *, unsigned i, unsigned j) const { return i != j; }
  SmallVector<Partial> partials(Operation *op, OpBuilder &, Needed needed) const {
    SmallVector<Partial> p(2);
    for (unsigned i : {0, 1})
      if (needed[i]) {
        p[i] = Partial::scale(op->getOperand(1 - i), /*singular=*/true);
        p[i].annihilates = true;
      }
    return p;
  }
};

/// z = x / y;  dz/dx = 1/y, dz/dy = -z/y: one division for both.
struct DivRule : RuleModel<DivRule, arith::DivFOp> {
  static bool byConstant(Operation *op) { return getConstantDouble(op->getOperand(1)).has_value(); }
  Dependence dependence(Operation *op, unsigned i) const {
    if (byConstant(op))
      return i == 0 ? Dependence::Linear : Dependence::None;
    return Dependence::Nonlinear;
  }
  bool interacts(Operation *op, unsigned i, unsigned j) const { return (i == 1 || j == 1) && !byConstant(op); }
  SmallVector<Partial> partials(Operation *op, OpBuilder &b, Needed needed) const {
    SmallVector<Partial> p(2);
    RuleBuilder r(b, op);
    bool needDivisor = needed[1] && !byConstant(op);
    if (!needed[0]) {
      if (needDivisor)
        p[1] = Partial::scale(r.neg(r.div(r.result(), r.operand(1))));
      return p;
    }
    Value inverse = r.div(1, r.operand(1));
    p[0] = Partial::scale(inverse);
    if (needDivisor)
      p[1] = Partial::scale(r.neg(r.mul(r.result(), inverse)));
    return p;
  }
};

/// z = x - q y with q = trunc(x / y);  dz/dx = 1, dz/dy = -q. From z, because x / y may round up to the next integer.
void fillRem(RuleBuilder &r, Needed needed, Partials p) {
  if (needed[0])
    p[0] = Partial::one();
  if (needed[1]) {
    Value multiple = r.sub(r.result(), r.operand(0));
    p[1] = Partial::scale(r.div(multiple, r.operand(1)));
  }
}

} // namespace

void sparsead::attachScaleRule(MLIRContext *context) { ScaleOp::attachInterface<ScaleRule>(*context); }

void sparsead::attachArithRules(MLIRContext *context) {
  arith::AddFOp::attachInterface<PiecewiseLinear<arith::AddFOp, fillAdd>>(*context);
  arith::SubFOp::attachInterface<PiecewiseLinear<arith::SubFOp, fillSub>>(*context);
  arith::NegFOp::attachInterface<PiecewiseLinear<arith::NegFOp, fillNeg>>(*context);
  arith::MulFOp::attachInterface<MulRule>(*context);
  arith::DivFOp::attachInterface<DivRule>(*context);
  arith::RemFOp::attachInterface<PiecewiseLinear<arith::RemFOp, fillRem>>(*context);
  arith::MaximumFOp::attachInterface<PiecewiseLinear<arith::MaximumFOp, fillExtremum>>(*context);
  arith::MinimumFOp::attachInterface<PiecewiseLinear<arith::MinimumFOp, fillExtremum>>(*context);
  arith::MaxNumFOp::attachInterface<PiecewiseLinear<arith::MaxNumFOp, fillExtremum>>(*context);
  arith::MinNumFOp::attachInterface<PiecewiseLinear<arith::MinNumFOp, fillExtremum>>(*context);
  arith::ExtFOp::attachInterface<PiecewiseLinear<arith::ExtFOp, fillConversion>>(*context);
  arith::TruncFOp::attachInterface<PiecewiseLinear<arith::TruncFOp, fillConversion>>(*context);
  arith::SelectOp::attachInterface<SelectRule>(*context);
  // Reinterpreting an active value's bits is diagnosed where activity is found.
  attachEach<NoDependence, arith::ConstantOp, arith::SIToFPOp, arith::UIToFPOp, arith::FPToSIOp, arith::FPToUIOp,
             arith::CmpFOp, arith::BitcastOp>(context);
}
