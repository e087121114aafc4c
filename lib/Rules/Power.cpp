//===- Power.cpp - rules of the math dialect: powers and roots ------------===//

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"

#include "AttachRules.h"
#include "mlir/IR/Matchers.h"
#include "sparsead/Rules/RuleBuilder.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace sparsead;

using Needed = ArrayRef<bool>;
using Predicate = arith::CmpFPredicate;

/// Constant exponents up to this one become multiplications.
static constexpr double largestProduct = 32;

namespace {

/// z = √x;  1/(2z). Infinite at 0.
Value sqrt(RuleBuilder &r, Value, Value z) { return r.div(0.5, z); }
/// z = 1/√x;  -z/(2x).
Value rsqrt(RuleBuilder &r, Value x, Value z) { return r.mul(-0.5, r.div(z, x)); }
/// z = ∛x;  1/(3z²). Infinite at 0.
Value cbrt(RuleBuilder &r, Value, Value z) { return r.div(1.0 / 3, r.square(z)); }

/// z = x^c for a constant c other than 0 and 1;  c x^(c-1), by the cheapest way that is right at x = 0 too.
Partial powerPartial(RuleBuilder &r, Value x, double c, Value z) {
  if (c == -1) // -1/x²
    return Partial::scale(r.neg(r.square(z)));
  if (c < 0) // z is infinite wherever z/x is
    return Partial::scale(r.mul(c, r.div(z, x)));
  if (c == 0.5)
    return Partial::scale(r.div(0.5, z), /*singular=*/true);
  if (c < 1) { // z/x but at 0
    Value infinite = r.constant(std::numeric_limits<double>::infinity());
    Value isZero = r.compare(Predicate::OEQ, x, r.constant(0));
    Value inner = r.mul(c, r.div(z, x));
    return Partial::scale(r.select(isZero, infinite, inner), /*singular=*/true);
  }
  // Not z/x: z may underflow where the derivative does not.
  if (c == std::floor(c) && c <= largestProduct)
    return Partial::scale(r.mul(c, r.power(x, unsigned(c) - 1)));
  if (c == std::floor(c) + 0.5 && c <= largestProduct) {
    Value root = r.make<math::SqrtOp>(x);
    if (c > 1.5)
      root = r.mul(r.power(x, unsigned(c) - 1), root);
    return Partial::scale(r.mul(c, root));
  }
  Value exponent = r.constant(c - 1);
  return Partial::scale(r.mul(c, r.make<math::PowFOp>(x, exponent)));
}

/// z = x^y;  dz/dx = y x^(y-1), dz/dy = z ln x. At x = 0: dz/dx = 0 for y = 0, dz/dy = 0.
struct PowRule : RuleModel<PowRule, math::PowFOp> {
  static std::optional<double> constantExponent(Operation *op) {
    std::optional<double> c = getConstantDouble(op->getOperand(1));
    return c && std::isfinite(*c) ? c : std::nullopt;
  }
  Dependence dependence(Operation *op, unsigned i) const {
    std::optional<double> c = constantExponent(op);
    if (!c)
      return Dependence::Nonlinear;
    if (i == 1 || *c == 0)
      return Dependence::None;
    return *c == 1 ? Dependence::Linear : Dependence::Nonlinear;
  }
  bool interacts(Operation *op, unsigned i, unsigned j) const {
    return dependence(op, i) == Dependence::Nonlinear && dependence(op, j) == Dependence::Nonlinear;
  }
  SmallVector<Partial> partials(Operation *op, OpBuilder &b, Needed needed) const {
    RuleBuilder r(b, op);
    SmallVector<Partial> p(2);
    if (std::optional<double> c = constantExponent(op)) {
      if (needed[0] && *c != 0)
        p[0] = *c == 1 ? Partial::one() : powerPartial(r, r.operand(0), *c, r.result());
      return p;
    }
    if (needed[0])
      p[0] = byBase(r);
    if (needed[1])
      p[1] = byExponent(r);
    return p;
  }

private:
  static Partial byBase(RuleBuilder &r) {
    Value x = r.operand(0), y = r.operand(1);
    Value lower = r.make<math::PowFOp>(x, r.sub(y, r.constant(1)));
    Value zero = r.constant(0);
    Value isZero = r.compare(Predicate::OEQ, y, zero);
    Value product = r.mul(y, lower);
    return Partial::scale(r.select(isZero, zero, product), /*singular=*/true);
  }
  static Partial byExponent(RuleBuilder &r) {
    Value x = r.operand(0), zero = r.constant(0);
    Value isZero = r.compare(Predicate::OEQ, x, zero);
    Value product = r.mul(r.result(), r.make<math::LogOp>(x));
    return Partial::scale(r.select(isZero, zero, product), /*singular=*/true);
  }
};

/// z = x^n for an integer n;  n x^(n-1), and 0 for n = 0.
struct PowIRule : RuleModel<PowIRule, math::FPowIOp> {
  static std::optional<int64_t> constantExponent(Operation *op) {
    APInt n;
    if (!matchPattern(op->getOperand(1), m_ConstantInt(&n)) || n.getSignificantBits() > 32)
      return std::nullopt;
    return n.getSExtValue();
  }
  Dependence dependence(Operation *op, unsigned i) const {
    std::optional<int64_t> n = constantExponent(op);
    if (i == 1 || n == 0)
      return Dependence::None;
    return n == 1 ? Dependence::Linear : Dependence::Nonlinear;
  }
  bool interacts(Operation *op, unsigned i, unsigned j) const {
    return i == 0 && j == 0 && dependence(op, 0) == Dependence::Nonlinear;
  }
  SmallVector<Partial> partials(Operation *op, OpBuilder &b, Needed needed) const {
    SmallVector<Partial> p(2);
    if (!needed[0])
      return p;
    RuleBuilder r(b, op);
    Value x = r.operand(0), n = r.operand(1);
    if (std::optional<int64_t> c = constantExponent(op); c && *c <= largestProduct) {
      p[0] = *c == 0 ? Partial::zero() : *c == 1 ? Partial::one() : powerPartial(r, x, double(*c), r.result());
      return p;
    }
    Value one = integer(r, n.getType(), 1), none = integer(r, n.getType(), 0);
    Value lower = arith::SubIOp::create(b, r.loc(), n, one);
    Value power = r.make<math::FPowIOp>(x, lower);
    Value factor = arith::SIToFPOp::create(b, r.loc(), r.result().getType(), n);
    Value isZero = arith::CmpIOp::create(b, r.loc(), arith::CmpIPredicate::eq, n, none);
    Value product = r.mul(factor, power);
    p[0] = Partial::scale(r.select(isZero, r.constant(0), product));
    return p;
  }

private:
  static Value integer(RuleBuilder &r, Type type, int64_t value) {
    TypedAttr attr = r.builder().getIntegerAttr(getElementTypeOrSelf(type), value);
    if (auto shaped = dyn_cast<ShapedType>(type))
      attr = DenseElementsAttr::get(shaped, attr);
    return arith::ConstantOp::create(r.builder(), r.loc(), attr);
  }
};

} // namespace

void sparsead::attachPowerRules(MLIRContext *context) {
  math::SqrtOp::attachInterface<Smooth<math::SqrtOp, sqrt, /*singular=*/true>>(*context);
  math::RsqrtOp::attachInterface<Smooth<math::RsqrtOp, rsqrt>>(*context);
  math::CbrtOp::attachInterface<Smooth<math::CbrtOp, cbrt, /*singular=*/true>>(*context);
  math::PowFOp::attachInterface<PowRule>(*context);
  math::FPowIOp::attachInterface<PowIRule>(*context);
}
