//===- Math.cpp - rules of the math dialect: elementary functions ---------===//
//
// Powers and roots are in Power.cpp.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Math/IR/Math.h"

#include "AttachRules.h"
#include "sparsead/Rules/RuleBuilder.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace sparsead;

using Needed = ArrayRef<bool>;
using Partials = MutableArrayRef<Partial>;

namespace {

/// z = exp(x);  z.
Value exp(RuleBuilder &, Value, Value z) { return z; }
/// z = 2^x;  z ln 2.
Value exp2(RuleBuilder &r, Value, Value z) { return r.mul(llvm::numbers::ln2, z); }
/// z = exp(x) - 1;  exp(x), which z + 1 gives only up to an absolute error.
Value expm1(RuleBuilder &r, Value x, Value) { return r.make<math::ExpOp>(x); }
/// z = ln x;  1/x.
Value log(RuleBuilder &r, Value x, Value) { return r.div(1, x); }
/// z = log2 x;  1/(x ln 2).
Value log2(RuleBuilder &r, Value x, Value) { return r.div(llvm::numbers::log2e, x); }
/// z = log10 x;  1/(x ln 10).
Value log10(RuleBuilder &r, Value x, Value) { return r.div(llvm::numbers::log10e, x); }
/// z = ln(1 + x);  1/(1 + x).
Value log1p(RuleBuilder &r, Value x, Value) { return r.div(1, r.add(1, x)); }

/// z = sin x;  cos x.
Value sin(RuleBuilder &r, Value x, Value) { return r.make<math::CosOp>(x); }
/// z = cos x;  -sin x.
Value cos(RuleBuilder &r, Value x, Value) { return r.neg(r.make<math::SinOp>(x)); }
/// z = tan x;  1 + z².
Value tan(RuleBuilder &r, Value, Value z) { return r.add(1, r.square(z)); }

/// (1 - x)(1 + x), accurate near ±1.
Value oneMinusSquare(RuleBuilder &r, Value x) {
  Value one = r.constant(1);
  Value below = r.sub(one, x);
  Value above = r.add(one, x);
  return r.mul(below, above);
}
/// z = asin x;  1/√(1 - x²).
Value asin(RuleBuilder &r, Value x, Value) { return r.div(1, r.make<math::SqrtOp>(oneMinusSquare(r, x))); }
/// z = acos x;  -1/√(1 - x²).
Value acos(RuleBuilder &r, Value x, Value) { return r.div(-1, r.make<math::SqrtOp>(oneMinusSquare(r, x))); }
/// z = atan x;  1/(1 + x²).
Value atan(RuleBuilder &r, Value x, Value) { return r.div(1, r.add(1, r.square(x))); }

/// z = sinh x;  cosh x.
Value sinh(RuleBuilder &r, Value x, Value) { return r.make<math::CoshOp>(x); }
/// z = cosh x;  sinh x.
Value cosh(RuleBuilder &r, Value x, Value) { return r.make<math::SinhOp>(x); }
/// z = tanh x;  1 - z².
Value tanh(RuleBuilder &r, Value, Value z) { return r.sub(1, r.square(z)); }
/// z = asinh x;  1/√(x² + 1).
Value asinh(RuleBuilder &r, Value x, Value) { return r.div(1, r.make<math::SqrtOp>(r.add(1, r.square(x)))); }
/// z = acosh x;  1/√(x² - 1), as (x - 1)(x + 1) near 1.
Value acosh(RuleBuilder &r, Value x, Value) {
  Value one = r.constant(1);
  Value below = r.sub(x, one);
  Value above = r.add(x, one);
  return r.div(1, r.make<math::SqrtOp>(r.mul(below, above)));
}
/// z = atanh x;  1/(1 - x²).
Value atanh(RuleBuilder &r, Value x, Value) { return r.div(1, oneMinusSquare(r, x)); }

/// z = erf x;  2/√π exp(-x²).
Value erf(RuleBuilder &r, Value x, Value) {
  return r.mul(2 * llvm::numbers::inv_sqrtpi, r.make<math::ExpOp>(r.neg(r.square(x))));
}
/// z = erfc x;  -2/√π exp(-x²).
Value erfc(RuleBuilder &r, Value x, Value) {
  return r.mul(-2 * llvm::numbers::inv_sqrtpi, r.make<math::ExpOp>(r.neg(r.square(x))));
}

/// z = |x|;  the sign of x. At 0 the derivative from the side that the zero's sign names: 1 at +0, -1 at -0.
void fillAbs(RuleBuilder &r, Needed, Partials p) { p[0] = Partial::scale(r.sign(r.operand(0))); }

/// z = |x| with the sign of s;  dz/dx = 1 where x and s have the same sign, else -1.
struct CopySignRule : RuleModel<CopySignRule, math::CopySignOp> {
  Dependence dependence(Operation *, unsigned i) const { return i == 0 ? Dependence::Linear : Dependence::None; }
  bool interacts(Operation *, unsigned, unsigned) const { return false; }
  SmallVector<Partial> partials(Operation *op, OpBuilder &b, Needed needed) const {
    if (!needed[0])
      return SmallVector<Partial>(2);
    RuleBuilder r(b, op);
    Value signOfX = r.sign(r.operand(0));
    Value signOfS = r.sign(r.operand(1));
    return {Partial::scale(r.mul(signOfX, signOfS)), Partial::zero()};
  }
};

/// z = x y + c.
struct FmaRule : RuleModel<FmaRule, math::FmaOp> {
  Dependence dependence(Operation *, unsigned i) const { return i == 2 ? Dependence::Linear : Dependence::Nonlinear; }
  bool interacts(Operation *, unsigned i, unsigned j) const { return i + j == 1; }
  SmallVector<Partial> partials(Operation *op, OpBuilder &, Needed needed) const {
    SmallVector<Partial> p(3);
    for (unsigned i : {0, 1})
      if (needed[i])
        p[i] = Partial::scale(op->getOperand(1 - i));
    if (needed[2])
      p[2] = Partial::one();
    return p;
  }
};

/// z is x or one of two bounds; ties belong to the first.
void fillClamp(RuleBuilder &r, Needed needed, Partials p) {
  Value isX = r.compare(arith::CmpFPredicate::OEQ, r.result(), r.operand(0));
  Value isLower = r.compare(arith::CmpFPredicate::OEQ, r.result(), r.operand(1));
  Value isBound = r.logicalNot(isX);
  if (needed[0])
    p[0] = Partial::mask(isX);
  if (needed[1])
    p[1] = Partial::mask(r.logicalAnd(isBound, isLower));
  if (needed[2])
    p[2] = Partial::mask(r.logicalAnd(isBound, r.logicalNot(isLower)));
}

/// z = the angle of (x, y), operands y, x;  dz/dy = x/(x² + y²), dz/dx = -y/(x² + y²). NaN at the origin, where no
/// derivative exists.
struct Atan2Rule : RuleModel<Atan2Rule, math::Atan2Op> {
  Dependence dependence(Operation *, unsigned) const { return Dependence::Nonlinear; }
  bool interacts(Operation *, unsigned, unsigned) const { return true; }
  SmallVector<Partial> partials(Operation *op, OpBuilder &b, Needed needed) const {
    RuleBuilder r(b, op);
    Value y = r.operand(0), x = r.operand(1);
    Value xx = r.square(x);
    Value yy = r.square(y);
    Value inverse = r.div(1, r.add(xx, yy));
    SmallVector<Partial> p(2);
    if (needed[0])
      p[0] = Partial::scale(r.mul(x, inverse), /*singular=*/true);
    if (needed[1])
      p[1] = Partial::scale(r.neg(r.mul(y, inverse)), /*singular=*/true);
    return p;
  }
};

template <typename Op, Value (*derivative)(RuleBuilder &, Value, Value), bool singular = false>
void smooth(MLIRContext *context) {
  Op::template attachInterface<Smooth<Op, derivative, singular>>(*context);
}

} // namespace

void sparsead::attachMathRules(MLIRContext *context) {
  smooth<math::ExpOp, exp>(context);
  smooth<math::Exp2Op, exp2>(context);
  smooth<math::ExpM1Op, expm1>(context);
  smooth<math::LogOp, log>(context);
  smooth<math::Log2Op, log2>(context);
  smooth<math::Log10Op, log10>(context);
  smooth<math::Log1pOp, log1p>(context);
  smooth<math::SinOp, sin>(context);
  smooth<math::CosOp, cos>(context);
  smooth<math::TanOp, tan>(context);
  smooth<math::AsinOp, asin, /*singular=*/true>(context);
  smooth<math::AcosOp, acos, /*singular=*/true>(context);
  smooth<math::AtanOp, atan>(context);
  smooth<math::SinhOp, sinh>(context);
  smooth<math::CoshOp, cosh>(context);
  smooth<math::TanhOp, tanh>(context);
  smooth<math::AsinhOp, asinh>(context);
  smooth<math::AcoshOp, acosh, /*singular=*/true>(context);
  smooth<math::AtanhOp, atanh>(context);
  smooth<math::ErfOp, erf>(context);
  smooth<math::ErfcOp, erfc>(context);
  math::AbsFOp::attachInterface<PiecewiseLinear<math::AbsFOp, fillAbs>>(*context);
  math::CopySignOp::attachInterface<CopySignRule>(*context);
  math::FmaOp::attachInterface<FmaRule>(*context);
  math::ClampFOp::attachInterface<PiecewiseLinear<math::ClampFOp, fillClamp>>(*context);
  math::Atan2Op::attachInterface<Atan2Rule>(*context);
  attachEach<NoDependence, math::FloorOp, math::CeilOp, math::TruncOp, math::RoundOp, math::RoundEvenOp,
             math::IsFiniteOp, math::IsInfOp, math::IsNaNOp, math::IsNormalOp, math::IPowIOp>(context);
}
