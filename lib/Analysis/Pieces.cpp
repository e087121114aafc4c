//===- Pieces.cpp - where a loop's addresses are affine -------------------===//

#include "sparsead/Analysis/Pieces.h"
#include "sparsead/Interfaces/MemoryAccessOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

/// The same in all iterations: nothing in the body writes what is read here.
bool Pieces::isInvariant(Value v) {
  if (isOutside(v) || matchPattern(v, m_Constant()))
    return true;
  Operation *op = v.getDefiningOp();
  if (!op || op->getNumRegions() > 0)
    return false;
  if (auto it = invariant.find(v); it != invariant.end())
    return it->second;
  MemoryAccess access = memoryAccessOf(op);
  bool result = (access.kind == MemoryAccess::Load || access.kind == MemoryAccess::Address || isPure(op)) &&
                llvm::all_of(op->getOperands(), [&](Value o) { return isInvariant(o); });
  return invariant[v] = result;
}

bool Pieces::isConstant(Value condition) {
  if (isInvariant(condition))
    return true;
  Operation *op = condition.getDefiningOp();
  if (!op)
    return false;
  if (isa<arith::AndIOp, arith::OrIOp, arith::XOrIOp, arith::SelectOp>(op))
    return llvm::all_of(op->getOperands(), [&](Value o) { return isConstant(o); });
  auto it = interior.decisions().find(op);
  return it != interior.decisions().end() && it->second.truth;
}

bool Pieces::check(Value v, Meaning meaning) {
  auto [it, fresh] = known.try_emplace({v, meaning}, false);
  if (!fresh)
    return it->second;
  bool result = compute(v, meaning);
  return known[{v, meaning}] = result;
}

bool Pieces::compute(Value v, Meaning meaning) {
  if (isInvariant(v))
    return true;
  Type type = v.getType();
  bool isWide = type.isIndex() || type.isInteger(64);
  if (isa<LLVM::LLVMPointerType>(type)) {
    meaning = Modular;
  } else if (!isWide && meaning == Modular) {
    return false; // narrow numbers are read in one way or the other
  } else if (meaning != Modular) {
    // Directly a form?
    SmallVector<AffineForm> nonnegative;
    if (Interior::formOf(v, meaning == Unsigned, loop, mayUse, nonnegative) &&
        llvm::all_of(nonnegative, Interior::isUsable)) {
      needed.append(nonnegative);
      return true;
    }
  }
  if (v == loop.getInductionVar())
    return meaning == Modular;
  Operation *op = v.getDefiningOp();
  if (!op)
    return false;
  auto operand = [&](unsigned k, Meaning as) { return check(op->getOperand(k), as); };
  auto noWrap = [&] {
    if (meaning == Modular)
      return true;
    auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op);
    return flags && (meaning == Signed ? flags.hasNoSignedWrap() : flags.hasNoUnsignedWrap());
  };
  if (isa<arith::AddIOp, arith::SubIOp>(op))
    return noWrap() && operand(0, meaning) && operand(1, meaning);
  if (isa<arith::MulIOp>(op))
    return noWrap() && (isInvariant(op->getOperand(0)) || isInvariant(op->getOperand(1))) && operand(0, meaning) &&
           operand(1, meaning);
  if (isa<arith::ShLIOp>(op))
    return noWrap() && isInvariant(op->getOperand(1)) && operand(0, meaning);
  if (isa<arith::ExtSIOp>(op))
    return meaning != Unsigned && operand(0, Signed);
  if (isa<arith::ExtUIOp>(op)) // a wider number, and so not negative as a signed one
    return operand(0, Unsigned);
  if (isa<arith::IndexCastOp>(op)) {
    Type from = op->getOperand(0).getType();
    bool same = from.isIndex() || from.isInteger(64);
    return same ? operand(0, meaning) : isWide && meaning != Unsigned && operand(0, Signed);
  }
  auto decision = interior.decisions().find(op);
  bool decided = decision != interior.decisions().end();
  if (isa<arith::RemSIOp, arith::RemUIOp>(op)) // x - times * n, between 0 and n
    return decided && decision->second.times.has_value();
  if (isa<arith::MaxSIOp, arith::MinSIOp>(op))
    return decided && meaning != Unsigned && operand(0, Signed) && operand(1, Signed);
  if (isa<arith::SelectOp, LLVM::SelectOp>(op))
    return isConstant(op->getOperand(0)) && operand(1, meaning) && operand(2, meaning);
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned k = cast<OpResult>(v).getResultNumber();
    return isConstant(branch.getCondition()) && check(branch.thenYield().getOperand(k), meaning) &&
           check(branch.elseYield().getOperand(k), meaning);
  }
  if (memoryAccessOf(op).kind != MemoryAccess::Address)
    return false;
  AddressParts parts = cast<MemoryAccessOpInterface>(op).getAddressParts();
  return check(parts.base, Modular) && llvm::all_of(parts.terms, [&](const AddressParts::Term &term) {
           Type index = term.index.getType();
           return check(term.index, index.isIndex() || index.isInteger(64) ? Modular : Signed);
         });
}

Interior::Pieces Interior::emitPieces(OpBuilder &b, scf::ForOp loop, ArrayRef<AffineForm> more,
                                      function_ref<Value(Value)> lookup) const {
  Location loc = loop.getLoc();
  auto number = [&](int64_t v) -> Value { return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(v)); };
  auto wide = [&](Value v, bool isUnsigned) -> Value {
    Type type = v.getType(), i64 = b.getI64Type();
    v = lookup(v);
    if (type == i64)
      return v;
    if (type.isIndex())
      return arith::IndexCastOp::create(b, loc, i64, v);
    if (isUnsigned)
      return arith::ExtUIOp::create(b, loc, i64, v);
    return arith::ExtSIOp::create(b, loc, i64, v);
  };
  /// The form without its multiple of the induction variable.
  auto restOf = [&](const AffineForm &form) {
    Value rest = number(form.constant);
    for (const AffineForm::Term &t : form.terms) {
      Value term = wide(t.value, t.isUnsigned);
      if (t.factor != 1)
        term = arith::MulIOp::create(b, loc, term, number(t.factor));
      rest = arith::AddIOp::create(b, loc, rest, term);
    }
    return rest;
  };
  /// The first iteration from which the test has another side.
  auto cutOf = [&](Bound bound, const AffineForm &form, Value rest) -> Value {
    if (form.coefficient > 0) // iv + rest >= 0 from -rest on
      return arith::SubIOp::create(b, loc, number(0), rest);
    if (bound == Bound::NotZero)
      return rest;
    return arith::AddIOp::create(b, loc, rest, number(1)); // rest - iv >= 0 up to rest
  };

  Pieces result;
  result.begin = wide(loop.getLowerBound(), loop.getUnsignedCmp());
  result.end = wide(loop.getUpperBound(), loop.getUnsignedCmp());
  Value valid;
  auto needs = [&](Value condition) {
    valid = valid ? arith::AndIOp::create(b, loc, valid, condition).getResult() : condition;
  };
  if (loop.getUnsignedCmp())
    for (Value v : {result.begin, result.end})
      needs(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, v, number(0)));
  auto limit = [&](const Constraint &c) {
    Value rest = restOf(c.form);
    if (c.form.coefficient == 0) {
      auto predicate = c.bound == Bound::AtLeastZero    ? arith::CmpIPredicate::sge
                       : c.bound == Bound::LessThanZero ? arith::CmpIPredicate::slt
                                                        : arith::CmpIPredicate::ne;
      return needs(arith::CmpIOp::create(b, loc, predicate, rest, number(0)));
    }
    Value cut = cutOf(c.bound, c.form, rest);
    bool below = (c.bound == Bound::AtLeastZero) == (c.form.coefficient < 0);
    if (below)
      result.end = arith::MinSIOp::create(b, loc, result.end, cut);
    else
      result.begin = arith::MaxSIOp::create(b, loc, result.begin, cut);
  };
  for (const Constraint &c : limits)
    if (c.bound == Bound::NotZero)
      result.end = result.begin; // not made
    else
      limit(c);
  for (const AffineForm &form : more)
    limit({Bound::AtLeastZero, form});
  for (const Constraint &c : sides) {
    if (c.form.coefficient == 0)
      continue; // not made: a test of an invariant
    Value cut = cutOf(c.bound, c.form, restOf(c.form));
    result.cuts.push_back(cut);
    if (c.bound == Bound::NotZero)
      result.cuts.push_back(arith::AddIOp::create(b, loc, cut, number(1)));
  }
  if (valid)
    result.end = arith::SelectOp::create(b, loc, valid, result.end, result.begin);
  return result;
}
