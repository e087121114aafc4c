//===- SecondPartials.cpp - partials of partials ---------------------------===//

#include "SecondPartials.h"

#include "DerivativeFlags.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace sparsead;

static constexpr arith::FastMathFlags flags = derivativeFlags;

static Value number(OpBuilder &b, Location loc, Type type, double value) {
  return arith::ConstantOp::create(b, loc, type, b.getFloatAttr(type, value));
}

static Value toType(OpBuilder &b, Location loc, Value v, Type type) {
  unsigned from = v.getType().getIntOrFloatBitWidth(), to = type.getIntOrFloatBitWidth();
  if (from == to)
    return v;
  return from < to ? arith::ExtFOp::create(b, loc, type, v).getResult()
                   : arith::TruncFOp::create(b, loc, type, v).getResult();
}

/// partial * t; a null t is zero, and so is a null result.
static Value times(OpBuilder &b, Location loc, const Partial &partial, Value t, Type type) {
  if (!t || partial.kind == Partial::Zero)
    return nullptr;
  t = toType(b, loc, t, type);
  auto attr = arith::FastMathFlagsAttr::get(b.getContext(), flags);
  switch (partial.kind) {
  case Partial::Zero:
  case Partial::One:
    return t;
  case Partial::MinusOne:
    return arith::NegFOp::create(b, loc, t, attr);
  case Partial::Scale: {
    Value product = arith::MulFOp::create(b, loc, partial.value, t, attr);
    if (!partial.singular)
      return product;
    Value zero = number(b, loc, type, 0);
    Value moves = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, t, zero);
    return arith::SelectOp::create(b, loc, moves, product, zero);
  }
  case Partial::Mask:
    return arith::SelectOp::create(b, loc, partial.value, t, number(b, loc, type, 0));
  case Partial::NegMask: {
    Value minus = arith::NegFOp::create(b, loc, t, attr);
    return arith::SelectOp::create(b, loc, partial.value, minus, number(b, loc, type, 0));
  }
  }
  llvm_unreachable("unknown partial");
}

static Value plus(OpBuilder &b, Location loc, Value x, Value y) {
  if (!x || !y)
    return x ? x : y;
  return arith::AddFOp::create(b, loc, x, y, arith::FastMathFlagsAttr::get(b.getContext(), flags));
}

Value SecondPartials::asDouble(Value v) { return v ? toType(b, op->getLoc(), v, b.getF64Type()) : v; }

SecondPartials::SecondPartials(OpBuilder &b, Operation *op, ArrayRef<bool> active) : b(b), op(op) {
  Type type = op->getResult(0).getType();
  Location loc = op->getLoc();
  auto rule = cast<DifferentiableOpInterface>(op);
  SmallVector<Partial> partials = rule.partials(b, active);
  for (auto [k, partial] : llvm::enumerate(partials)) {
    if (!active[k] || partial.kind == Partial::Zero)
      continue;
    Value x = op->getOperand(k);
    Variable *variable = llvm::find_if(variables, [&](const Variable &v) { return v.value == x; });
    if (variable == variables.end()) {
      variables.push_back({x, unsigned(k), {}, nullptr, nullptr, true});
      variable = &variables.back();
    }
    variable->positions.push_back(unsigned(k));
    variable->constant &= partial.kind != Partial::Scale;
    // For a conversion, 1 in the operand's own type.
    Value one = number(b, loc, x.getType(), 1);
    variable->inResult = plus(b, loc, variable->inResult, times(b, loc, partial, one, type));
  }
  for (Variable &v : variables)
    v.partial = asDouble(v.inResult);
}

Value SecondPartials::second(unsigned i, unsigned j) {
  auto rule = cast<DifferentiableOpInterface>(op);
  bool interact = false;
  for (unsigned p : variables[i].positions)
    for (unsigned q : variables[j].positions)
      interact |= rule.interacts(p, q);
  if (!interact || variables[i].constant)
    return nullptr;
  return asDouble(derivative(variables[i].inResult, variables[j]));
}

Value SecondPartials::derivative(Value v, const Variable &by) {
  auto [it, fresh] = known.try_emplace({v, by.value}, nullptr);
  if (!fresh)
    return it->second;
  Value result = computeDerivative(v, by);
  known[{v, by.value}] = result;
  return result;
}

/// Between the operation and its partials stands what its rule has built.
Value SecondPartials::computeDerivative(Value v, const Variable &by) {
  if (!isa<FloatType>(v.getType()))
    return nullptr;
  if (v == by.value)
    return number(b, op->getLoc(), v.getType(), 1);
  if (v == op->getResult(0))
    return by.inResult;
  Operation *def = v.getDefiningOp();
  if (!def || def->getBlock() != op->getBlock() || !op->isBeforeInBlock(def))
    return nullptr; // another operand, or a constant
  auto rule = dyn_cast<DifferentiableOpInterface>(def);
  if (!rule || !rule.isDifferentiable()) {
    for (Value x : def->getOperands())
      if (derivative(x, by))
        unknown = def;
    return nullptr;
  }
  SmallVector<Value> tangents;
  SmallVector<bool> needed;
  for (auto [k, x] : llvm::enumerate(def->getOperands())) {
    bool depends = isa<FloatType>(x.getType()) && rule.dependence(k) != Dependence::None;
    tangents.push_back(depends ? derivative(x, by) : nullptr);
    needed.push_back(tangents.back() != nullptr);
  }
  if (!llvm::is_contained(needed, true))
    return nullptr;
  Value sum;
  for (auto [partial, t] : llvm::zip(rule.partials(b, needed), tangents))
    sum = plus(b, def->getLoc(), sum, times(b, def->getLoc(), partial, t, v.getType()));
  return sum;
}
