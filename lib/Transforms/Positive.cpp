//===- Positive.cpp - roots that are never at zero ------------------------===//

#include "Positive.h"
#include "sparsead/IR/SparseAD.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

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

bool Finite::mayBeInfinite(Value v, unsigned depth) {
  if (auto it = known.find(v); it != known.end())
    return it->second;
  Operation *op = v.getDefiningOp();
  if (depth > 200)
    return true;
  auto of = [&](unsigned k) { return mayBeInfinite(op->getOperand(k), depth + 1); };
  bool may = true;
  APFloat c(0.0);
  if (matchPattern(v, m_ConstantFloat(&c)))
    may = !c.isFinite();
  else if (!op || isa<LLVM::LoadOp>(op))
    may = !op;
  else if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, ScaleOp, arith::MaximumFOp, arith::MinimumFOp,
               arith::MaxNumFOp, arith::MinNumFOp, math::CopySignOp>(op))
    may = of(0) || of(1);
  else if (isa<arith::NegFOp, arith::ExtFOp, arith::TruncFOp, math::AbsFOp, math::SqrtOp, math::SinOp, math::CosOp,
               math::TanhOp, math::AtanOp>(op))
    may = of(0);
  else if (isa<LLVM::FMulAddOp, LLVM::FMAOp, math::FmaOp>(op))
    may = of(0) || of(1) || of(2);
  else if (isa<arith::SelectOp, LLVM::SelectOp>(op))
    may = of(1) || of(2);
  else if (isa<arith::DivFOp>(op))
    may = of(0) || signOf(op->getOperand(1), 0) != Positive;
  known[v] = may;
  return may;
}
