//===- Positive.cpp - roots that are never at zero ------------------------===//

#include "Positive.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace {

enum Sign { Any, AtLeastZero, Positive };

/// A constant, the product of a value with itself, and sums of these. What underflows is zero, not positive: products
/// and exponentials are AtLeastZero.
Sign signOf(Value v, unsigned depth) {
  APFloat c(0.0);
  if (matchPattern(v, m_ConstantFloat(&c)))
    return c.isNaN() || (c.isNegative() && !c.isZero()) ? Any : c.isZero() ? AtLeastZero : Positive;
  Operation *op = v.getDefiningOp();
  if (!op || depth > 12)
    return Any;
  auto of = [&](unsigned k) { return signOf(op->getOperand(k), depth + 1); };
  auto sum = [](Sign a, Sign b) { return a == Any || b == Any ? Any : std::max(a, b); };
  auto product = [&] {
    return op->getOperand(0) == op->getOperand(1) || (of(0) != Any && of(1) != Any) ? AtLeastZero : Any;
  };
  if (isa<arith::AddFOp>(op))
    return sum(of(0), of(1));
  if (isa<arith::MulFOp>(op))
    return product();
  if (isa<LLVM::FMulAddOp, LLVM::FMAOp, math::FmaOp>(op))
    return sum(product(), of(2));
  if (isa<math::AbsFOp, math::ExpOp, math::Exp2Op>(op))
    return AtLeastZero;
  if (isa<math::SqrtOp>(op))
    return of(0) == Positive ? Positive : AtLeastZero;
  if (isa<arith::ExtFOp>(op))
    return of(0);
  return Any;
}

} // namespace

bool sparsead::isSurelyPositive(Operation *root) {
  return isa<math::SqrtOp>(root) && signOf(root->getOperand(0), 0) == Positive;
}
