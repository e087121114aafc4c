//===- RuleBuilder.cpp ----------------------------------------------------===//

#include "sparsead/Rules/RuleBuilder.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

using Flags = arith::FastMathFlags;

/// The operation's own flags, in arith's terms.
static Flags primalFlags(Operation *op) {
  if (auto withFlags = dyn_cast<arith::ArithFastMathInterface>(op)) {
    arith::FastMathFlagsAttr attr = withFlags.getFastMathFlagsAttr();
    return attr ? attr.getValue() : Flags::none;
  }
  auto withFlags = dyn_cast<LLVM::FastmathFlagsInterface>(op);
  LLVM::FastmathFlagsAttr attr = withFlags ? withFlags.getFastmathAttr() : nullptr;
  if (!attr)
    return Flags::none;
  Flags flags = Flags::none;
  for (auto [from, to] :
       {std::pair{LLVM::FastmathFlags::arcp, Flags::arcp}, std::pair{LLVM::FastmathFlags::afn, Flags::afn}})
    if (LLVM::bitEnumContainsAll(attr.getValue(), from))
      flags = flags | to;
  return flags; // the others are never or always set on derived operations
}

RuleBuilder::RuleBuilder(OpBuilder &b, Operation *op) : b(b), op(op) {
  fastMath = primalFlags(op) & ~(Flags::nnan | Flags::ninf);
  fastMath = fastMath | Flags::contract | Flags::reassoc | Flags::nsz;
}

Value RuleBuilder::constant(double value) { return constant(value, result().getType()); }

Value RuleBuilder::constant(double value, Type like) {
  TypedAttr attr = b.getFloatAttr(getElementTypeOrSelf(like), value);
  if (auto shaped = dyn_cast<ShapedType>(like))
    attr = DenseElementsAttr::get(shaped, attr);
  return arith::ConstantOp::create(b, loc(), attr);
}

Value RuleBuilder::sign(Value x) {
  Value one = constant(1, x.getType());
  return make<math::CopySignOp>(one, x);
}

Value RuleBuilder::power(Value x, unsigned n) {
  Value result, square = x;
  for (; n; n >>= 1) {
    if (n & 1)
      result = result ? mul(result, square) : square;
    if (n > 1)
      square = mul(square, square);
  }
  return result;
}

Value RuleBuilder::compare(arith::CmpFPredicate predicate, Value x, Value y) {
  return arith::CmpFOp::create(b, loc(), predicate, x, y, fastMath);
}

Value RuleBuilder::logicalNot(Value condition) {
  TypedAttr attr = b.getBoolAttr(true);
  if (auto shaped = dyn_cast<ShapedType>(condition.getType()))
    attr = DenseElementsAttr::get(shaped, attr);
  Value yes = arith::ConstantOp::create(b, loc(), attr);
  return arith::XOrIOp::create(b, loc(), condition, yes);
}

Value RuleBuilder::logicalAnd(Value x, Value y) { return arith::AndIOp::create(b, loc(), x, y); }

Value RuleBuilder::select(Value condition, Value yes, Value no) {
  return arith::SelectOp::create(b, loc(), condition, yes, no);
}

std::optional<double> sparsead::getConstantDouble(Value value) {
  APFloat constant(0.0);
  if (!matchPattern(value, m_ConstantFloat(&constant)))
    return std::nullopt;
  bool inexact = false;
  constant.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &inexact);
  if (inexact)
    return std::nullopt;
  return constant.convertToDouble();
}

bool sparsead::isFloatLike(Type type) { return isa<FloatType>(getElementTypeOrSelf(type)); }
