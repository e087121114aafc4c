//===- RuleBuilder.h - what rules are written with --------------*- C++ -*-===//

#ifndef SPARSEAD_RULES_RULEBUILDER_H
#define SPARSEAD_RULES_RULEBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "sparsead/Interfaces/DifferentiableOpInterface.h"

namespace sparsead {

/// Builds the arithmetic of partial derivatives of `op`: at its location, in the type of its result, with its fast-math
/// flags except nnan and ninf (an infinite partial is an answer) and with contract, reassoc and nsz, which the user's
/// own arithmetic does not gain.
class RuleBuilder {
public:
  using Value = mlir::Value;

  RuleBuilder(mlir::OpBuilder &b, mlir::Operation *op);

  mlir::OpBuilder &builder() { return b; }
  mlir::Location loc() const { return op->getLoc(); }
  mlir::arith::FastMathFlags flags() const { return fastMath; }
  Value operand(unsigned i) const { return op->getOperand(i); }
  Value result() const { return op->getResult(0); }

  /// A constant of the result's type, or of `like`'s.
  Value constant(double value);
  Value constant(double value, mlir::Type like);

  Value add(Value x, Value y) { return make<mlir::arith::AddFOp>(x, y); }
  Value sub(Value x, Value y) { return make<mlir::arith::SubFOp>(x, y); }
  Value mul(Value x, Value y) { return make<mlir::arith::MulFOp>(x, y); }
  Value div(Value x, Value y) { return make<mlir::arith::DivFOp>(x, y); }
  Value neg(Value x) { return make<mlir::arith::NegFOp>(x); }
  Value add(double c, Value x) { return add(constant(c), x); }
  Value sub(double c, Value x) { return sub(constant(c), x); }
  Value mul(double c, Value x) { return mul(constant(c), x); }
  Value div(double c, Value x) { return div(constant(c), x); }
  Value square(Value x) { return mul(x, x); }
  /// 1 with the sign of x.
  Value sign(Value x);
  /// x to the power n >= 1 by multiplications.
  Value power(Value x, unsigned n);

  Value compare(mlir::arith::CmpFPredicate predicate, Value x, Value y);
  Value logicalNot(Value condition);
  Value logicalAnd(Value x, Value y);
  Value select(Value condition, Value yes, Value no);

  /// An operation with fast-math flags: a math operation, mostly.
  template <typename Op, typename... Values> Value make(Values... operands) {
    return Op::create(b, loc(), operands..., fastMath);
  }

private:
  mlir::OpBuilder &b;
  mlir::Operation *op;
  mlir::arith::FastMathFlags fastMath;
};

/// The value of a floating-point constant where double holds it exactly.
std::optional<double> getConstantDouble(mlir::Value value);

/// Whether values of the type carry derivatives.
bool isFloatLike(mlir::Type type);

//===----------------------------------------------------------------------===//
// Shapes of rules
//===----------------------------------------------------------------------===//

template <typename Model, typename Op> using RuleModel = DifferentiableOpInterface::ExternalModel<Model, Op>;

/// No operand has a derivative: piecewise constant functions, conversions from and to integers, tests.
template <typename Op> struct NoDependence : RuleModel<NoDependence<Op>, Op> {
  Dependence dependence(mlir::Operation *, unsigned) const { return Dependence::None; }
  bool interacts(mlir::Operation *, unsigned, unsigned) const { return false; }
  llvm::SmallVector<Partial> partials(mlir::Operation *op, mlir::OpBuilder &, llvm::ArrayRef<bool>) const {
    return llvm::SmallVector<Partial>(op->getNumOperands());
  }
};

/// z = f(x), smooth: `derivative(r, x, z)` gives f'(x).
template <typename Op, mlir::Value (*derivative)(RuleBuilder &, mlir::Value, mlir::Value), bool singular = false>
struct Smooth : RuleModel<Smooth<Op, derivative, singular>, Op> {
  Dependence dependence(mlir::Operation *, unsigned) const { return Dependence::Nonlinear; }
  bool interacts(mlir::Operation *, unsigned, unsigned) const { return true; }
  llvm::SmallVector<Partial> partials(mlir::Operation *op, mlir::OpBuilder &b, llvm::ArrayRef<bool> needed) const {
    if (!needed[0])
      return {Partial::zero()};
    RuleBuilder r(b, op);
    return {Partial::scale(derivative(r, r.operand(0), r.result()), singular)};
  }
};

/// Piecewise linear, every floating-point operand with a partial; `fill(r, needed, partials)` gives them.
template <typename Op, void (*fill)(RuleBuilder &, llvm::ArrayRef<bool>, llvm::MutableArrayRef<Partial>)>
struct PiecewiseLinear : RuleModel<PiecewiseLinear<Op, fill>, Op> {
  Dependence dependence(mlir::Operation *op, unsigned i) const {
    return isFloatLike(op->getOperand(i).getType()) ? Dependence::Linear : Dependence::None;
  }
  bool interacts(mlir::Operation *, unsigned, unsigned) const { return false; }
  llvm::SmallVector<Partial> partials(mlir::Operation *op, mlir::OpBuilder &b, llvm::ArrayRef<bool> needed) const {
    llvm::SmallVector<Partial> result(op->getNumOperands());
    if (llvm::is_contained(needed, true)) {
      RuleBuilder r(b, op);
      fill(r, needed, result);
    }
    return result;
  }
};

} // namespace sparsead

#endif // SPARSEAD_RULES_RULEBUILDER_H
