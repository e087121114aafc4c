//===- Interior.cpp - the iterations where position decides nothing -------===//

#include "sparsead/Analysis/Interior.h"
#include "sparsead/Interfaces/MemoryAccessOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/Hashing.h"

using namespace mlir;
using namespace sparsead;

//===----------------------------------------------------------------------===//
// Samples
//===----------------------------------------------------------------------===//

/// Sizes are above a thousand and, as far as possible, different.
static Sample::Number leaf(uint64_t seed) { return 1009 + Sample::Number((seed * 0x9E3779B97F4A7C15ull) >> 52); }

std::optional<Sample::Number> Sample::evaluate(Value v) {
  auto it = known.find(v);
  if (it != known.end())
    return it->second;
  std::optional<Number> result = compute(v);
  known[v] = result;
  return result;
}

std::optional<Sample::Number> Sample::compute(Value v) {
  if (v == variable)
    return at;
  APInt constant;
  if (matchPattern(v, m_ConstantInt(&constant)))
    return constant.getBitWidth() == 1 ? Number(constant.getZExtValue()) : Number(constant.getSExtValue());
  if (auto arg = dyn_cast<BlockArgument>(v)) {
    Operation *owner = arg.getOwner()->getParentOp();
    if (auto loop = dyn_cast<scf::ForOp>(owner)) {
      if (arg != loop.getInductionVar())
        return std::nullopt;
      unsigned depth = 0;
      for (Operation *p = owner; p; p = p->getParentOp())
        ++depth;
      return 211 + 41 * Number(depth);
    }
    if (isa<scf::WhileOp>(owner))
      return std::nullopt;
    if (isa<LLVM::LLVMPointerType>(v.getType()))
      return Number(arg.getArgNumber() + 1) << 44;
    return leaf(arg.getArgNumber() + 1);
  }
  Operation *op = v.getDefiningOp();
  auto operand = [&](unsigned k) { return evaluate(op->getOperand(k)); };
  auto binary = [&](auto &&combine) -> std::optional<Number> {
    auto a = operand(0), b = operand(1);
    if (!a || !b)
      return std::nullopt;
    return combine(*a, *b);
  };
  if (isa<arith::AddIOp>(op))
    return binary([](Number a, Number b) -> std::optional<Number> { return a + b; });
  if (isa<arith::SubIOp>(op))
    return binary([](Number a, Number b) -> std::optional<Number> { return a - b; });
  if (isa<arith::MulIOp>(op))
    return binary([](Number a, Number b) -> std::optional<Number> { return a * b; });
  if (isa<arith::ShLIOp>(op))
    return binary([](Number a, Number b) -> std::optional<Number> {
      return b >= 0 && b < 32 ? std::optional<Number>(a * (Number(1) << int(b))) : std::nullopt;
    });
  if (isa<arith::ShRSIOp, arith::ShRUIOp>(op))
    return binary([](Number a, Number b) -> std::optional<Number> {
      return b >= 0 && b < 32 && a >= 0 ? std::optional<Number>(a >> int(b)) : std::nullopt;
    });
  if (isa<arith::DivSIOp, arith::DivUIOp>(op))
    return binary([](Number a, Number b) -> std::optional<Number> {
      return b != 0 && a >= 0 ? std::optional<Number>(a / b) : std::nullopt;
    });
  if (isa<arith::RemSIOp, arith::RemUIOp>(op))
    return binary([](Number a, Number b) -> std::optional<Number> {
      return b > 0 && a >= 0 ? std::optional<Number>(a % b) : std::nullopt;
    });
  if (isa<arith::AndIOp>(op))
    return binary([](Number a, Number b) -> std::optional<Number> { return a & b; });
  if (isa<arith::OrIOp>(op))
    return binary([](Number a, Number b) -> std::optional<Number> { return a | b; });
  if (isa<arith::XOrIOp>(op) && v.getType().isInteger(1))
    return binary([](Number a, Number b) -> std::optional<Number> { return (a ^ b) & 1; });
  if (isa<arith::MaxSIOp, arith::MaxUIOp>(op))
    return binary([](Number a, Number b) -> std::optional<Number> { return a > b ? a : b; });
  if (isa<arith::MinSIOp, arith::MinUIOp>(op))
    return binary([](Number a, Number b) -> std::optional<Number> { return a < b ? a : b; });
  if (isa<arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp, arith::IndexCastOp, arith::IndexCastUIOp, LLVM::PtrToIntOp>(
          op)) {
    auto a = operand(0);
    if (a && isa<arith::TruncIOp>(op) && v.getType().isInteger(1))
      return *a & 1;
    return a;
  }
  if (auto cmp = dyn_cast<arith::CmpIOp>(op))
    return binary([&](Number a, Number b) -> std::optional<Number> {
      switch (cmp.getPredicate()) {
      case arith::CmpIPredicate::eq:
        return a == b;
      case arith::CmpIPredicate::ne:
        return a != b;
      case arith::CmpIPredicate::slt:
      case arith::CmpIPredicate::ult:
        return a < b;
      case arith::CmpIPredicate::sle:
      case arith::CmpIPredicate::ule:
        return a <= b;
      case arith::CmpIPredicate::sgt:
      case arith::CmpIPredicate::ugt:
        return a > b;
      case arith::CmpIPredicate::sge:
      case arith::CmpIPredicate::uge:
        return a >= b;
      }
      return std::nullopt;
    });
  if (isa<arith::SelectOp, LLVM::SelectOp>(op)) {
    auto c = operand(0);
    if (!c)
      return std::nullopt;
    return operand(*c ? 1 : 2);
  }
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    auto c = evaluate(branch.getCondition());
    if (!c)
      return std::nullopt;
    Region &side = *c ? branch.getThenRegion() : branch.getElseRegion();
    return evaluate(side.front().getTerminator()->getOperand(cast<OpResult>(v).getResultNumber()));
  }
  if (memoryAccessOf(op).kind == MemoryAccess::Address) {
    AddressParts parts = cast<MemoryAccessOpInterface>(op).getAddressParts();
    auto base = evaluate(parts.base);
    if (!base)
      return std::nullopt;
    Number sum = *base + parts.offset;
    for (const AddressParts::Term &term : parts.terms) {
      auto index = evaluate(term.index);
      if (!index)
        return std::nullopt;
      sum += *index * Number(term.stride);
    }
    return sum;
  }
  if (auto load = dyn_cast<LLVM::LoadOp>(op)) {
    auto address = evaluate(load.getAddr());
    if (!address)
      return std::nullopt;
    // Tables of pointers: rows in the order of the table.
    if (isa<LLVM::LLVMPointerType>(v.getType()))
      return *address << 16;
    if (v.getType().isInteger(1))
      return 1;
    return leaf(llvm::hash_combine(uint64_t(*address), uint64_t(*address >> 64)));
  }
  if (isa<LLVM::LLVMPointerType>(v.getType())) { // an allocation
    unsigned number = 0;
    for (Operation *p = op->getPrevNode(); p; p = p->getPrevNode())
      ++number;
    return (Number(1) << 90) + (Number(number) << 44);
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Affine forms
//===----------------------------------------------------------------------===//

namespace {

/// Forms of one loop's values. What arithmetic in narrow types needs in order
/// to be exact is collected as further forms that must be >= 0.
struct Forms {
  scf::ForOp loop;
  llvm::function_ref<bool(Value)> mayUse;

  std::optional<AffineForm> of(Value v, bool isUnsigned, SmallVectorImpl<AffineForm> &nonnegative) {
    APInt constant;
    if (matchPattern(v, m_ConstantInt(&constant))) {
      AffineForm f;
      f.constant =
          isUnsigned && constant.getBitWidth() < 64 ? int64_t(constant.getZExtValue()) : constant.getSExtValue();
      return f;
    }
    if (v == loop.getInductionVar()) {
      AffineForm f;
      f.coefficient = 1;
      if (isUnsigned && !loop.getUnsignedCmp())
        nonnegative.push_back(f);
      if (!isUnsigned && loop.getUnsignedCmp())
        limit(f, v.getType(), nonnegative);
      return f;
    }
    if (!loop.getRegion().isAncestor(v.getParentRegion())) {
      Type type = v.getType();
      if (!mayUse(v) || !(type.isIndex() || (type.isInteger() && type.getIntOrFloatBitWidth() <= 64)))
        return std::nullopt;
      AffineForm f;
      f.terms.push_back({1, v, isUnsigned});
      return f;
    }
    Operation *op = v.getDefiningOp();
    if (!op)
      return std::nullopt;
    if (isa<arith::ExtSIOp, arith::ExtUIOp, arith::IndexCastOp>(op)) {
      bool zero = isa<arith::ExtUIOp>(op);
      auto f = of(op->getOperand(0), zero, nonnegative);
      if (f && zero && f->coefficient != 0)
        nonnegative.push_back(*f);
      return f;
    }
    if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::ShLIOp>(op))
      return std::nullopt;
    auto a = of(op->getOperand(0), isUnsigned, nonnegative), b = of(op->getOperand(1), isUnsigned, nonnegative);
    if (!a || !b)
      return std::nullopt;
    std::optional<AffineForm> f;
    if (isa<arith::AddIOp>(op))
      f = sum(*a, *b, 1);
    else if (isa<arith::SubIOp>(op))
      f = sum(*a, *b, -1);
    else if (isa<arith::ShLIOp>(op))
      f = b->coefficient == 0 && b->terms.empty() && b->constant >= 0 && b->constant < 31
              ? scale(*a, int64_t(1) << b->constant)
              : std::nullopt;
    else if (b->coefficient == 0 && b->terms.empty())
      f = scale(*a, b->constant);
    else if (a->coefficient == 0 && a->terms.empty())
      f = scale(*b, a->constant);
    if (!f)
      return std::nullopt;
    bool wraps = true;
    if (auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op))
      wraps = isUnsigned ? !flags.hasNoUnsignedWrap() : !flags.hasNoSignedWrap();
    if (wraps && !(v.getType().isInteger(64) || v.getType().isIndex())) {
      if (f->coefficient == 0)
        return std::nullopt;
      nonnegative.push_back(*f);
      limit(*f, v.getType(), nonnegative);
    }
    return f;
  }

  static void limit(const AffineForm &f, Type type, SmallVectorImpl<AffineForm> &nonnegative) {
    if (!type.isInteger() || type.getIntOrFloatBitWidth() >= 64)
      return;
    AffineForm below = *scale(f, -1); // 2^(w-1) - 1 - f >= 0
    below.constant += (int64_t(1) << (type.getIntOrFloatBitWidth() - 1)) - 1;
    nonnegative.push_back(below);
  }

  static std::optional<AffineForm> scale(AffineForm f, int64_t by) {
    f.coefficient *= by;
    f.constant *= by;
    for (AffineForm::Term &t : f.terms)
      t.factor *= by;
    return f;
  }
  static AffineForm sum(AffineForm a, const AffineForm &b, int64_t sign) {
    a.coefficient += sign * b.coefficient;
    a.constant += sign * b.constant;
    for (AffineForm::Term t : b.terms) {
      t.factor *= sign;
      auto same = llvm::find_if(
          a.terms, [&](const AffineForm::Term &o) { return o.value == t.value && o.isUnsigned == t.isUnsigned; });
      if (same != a.terms.end())
        same->factor += t.factor;
      else
        a.terms.push_back(t);
    }
    llvm::erase_if(a.terms, [](const AffineForm::Term &t) { return t.factor == 0; });
    return a;
  }
};

} // namespace

std::optional<AffineForm> Interior::formOf(Value v, bool isUnsigned, scf::ForOp loop, function_ref<bool(Value)> mayUse,
                                           SmallVectorImpl<AffineForm> &nonnegative) {
  return Forms{loop, mayUse}.of(v, isUnsigned, nonnegative);
}

void Interior::build(scf::ForOp loop, function_ref<bool(Value)> mayUse) {
  Forms forms{loop, mayUse};
  Sample here(loop.getInductionVar(), samplePosition), next(loop.getInductionVar(), samplePosition + 1);
  auto sampled = [&](Value v) -> std::optional<Sample::Number> {
    auto a = here.evaluate(v), b = next.evaluate(v);
    return a && b && *a == *b ? a : std::nullopt;
  };
  // Adds all of them, or nothing. `twoSided`: the decision is as good, with the other side, where they do not hold,
  // provided that `exact` are not negative either.
  auto require = [&](SmallVector<Constraint> list, ArrayRef<AffineForm> nonnegative, bool twoSided,
                     ArrayRef<AffineForm> exact = {}) {
    size_t tests = list.size();
    for (const AffineForm &f : nonnegative)
      list.push_back({Bound::AtLeastZero, f});
    if (!llvm::all_of(list, [&](const Constraint &c) { return isUsable(c.form); }))
      return false;
    llvm::append_range(constraints, list);
    twoSided &= llvm::all_of(exact, isUsable);
    llvm::append_range(twoSided ? sides : limits, ArrayRef(list).take_front(tests));
    llvm::append_range(limits, ArrayRef(list).drop_front(tests));
    for (const AffineForm &f : exact)
      if (twoSided)
        limits.push_back({Bound::AtLeastZero, f});
    return true;
  };
  auto isInvariant = [&](Value v) { return !loop.getRegion().isAncestor(v.getParentRegion()); };
  llvm::DenseSet<Value> guarded;

  loop.getBody()->walk([&](Operation *op) {
    if (isa<scf::IfOp, arith::AndIOp, arith::OrIOp, arith::XOrIOp>(op) ||
        (isa<arith::SelectOp>(op) && op->getResult(0).getType().isInteger(1)))
      for (Value v : op->getOperands()) {
        if (!v.getType().isInteger(1) || !isInvariant(v) || !mayUse(v) || matchPattern(v, m_Constant()))
          continue;
        if (auto truth = sampled(v); truth && guarded.insert(v).second)
          required.push_back({v, *truth != 0});
      }

    SmallVector<AffineForm> side;
    if (isa<arith::ExtSIOp>(op) && op->getResult(0).getType().isInteger(64)) {
      // Only where it is exact; what else is wrong with the address, the inspector tells.
      auto f = forms.of(op->getOperand(0), false, side);
      if (f && f->coefficient != 0 && op->getOperand(0) != loop.getInductionVar() &&
          require({}, side, /*twoSided=*/false)) {
        Decision decision;
        decision.wide = f;
        decided[op] = decision;
      }
      return;
    }
    if (auto cmp = dyn_cast<arith::CmpIOp>(op)) {
      auto truth = sampled(cmp.getResult());
      if (!truth)
        return;
      using P = arith::CmpIPredicate;
      P p = cmp.getPredicate();
      bool isUnsigned = p == P::ult || p == P::ule || p == P::ugt || p == P::uge;
      auto l = forms.of(cmp.getLhs(), isUnsigned, side), r = forms.of(cmp.getRhs(), isUnsigned, side);
      if (!l || !r || (l->coefficient == 0 && r->coefficient == 0))
        return;
      AffineForm d = Forms::sum(*l, *r, -1), less = d;
      less.constant -= 1; // d > 0 is less >= 0, d <= 0 is less < 0
      bool yes = *truth != 0;
      SmallVector<Constraint> list;
      auto add = [&](Bound bound, const AffineForm &f) { list.push_back({bound, f}); };
      bool leftIsSmaller = false;
      switch (p) {
      case P::eq:
      case P::ne:
        if (yes == (p == P::eq))
          return;
        add(Bound::NotZero, d);
        break;
      case P::slt:
      case P::ult:
        add(yes ? Bound::LessThanZero : Bound::AtLeastZero, d);
        leftIsSmaller = yes;
        break;
      case P::sle:
      case P::ule:
        add(yes ? Bound::LessThanZero : Bound::AtLeastZero, less);
        leftIsSmaller = yes;
        break;
      case P::sgt:
      case P::ugt:
        add(yes ? Bound::AtLeastZero : Bound::LessThanZero, less);
        leftIsSmaller = !yes;
        break;
      case P::sge:
      case P::uge:
        add(yes ? Bound::AtLeastZero : Bound::LessThanZero, d);
        leftIsSmaller = !yes;
        break;
      }
      SmallVector<AffineForm> exact;
      if (isUnsigned) {
        side.push_back(leftIsSmaller ? *l : *r);
        exact.push_back(leftIsSmaller ? *r : *l);
      }
      if (d.coefficient != 0 && require(list, side, /*twoSided=*/true, exact)) {
        Decision decision;
        decision.truth = yes;
        decided[op] = decision;
      }
      return;
    }
    if (isa<arith::RemSIOp, arith::RemUIOp>(op)) {
      bool isUnsigned = isa<arith::RemUIOp>(op);
      auto x = forms.of(op->getOperand(0), isUnsigned, side), n = forms.of(op->getOperand(1), isUnsigned, side);
      auto xs = here.evaluate(op->getOperand(0)), ns = here.evaluate(op->getOperand(1));
      if (!x || !n || !xs || !ns || n->coefficient != 0 || x->coefficient == 0 || *ns <= 0 || *xs < 0)
        return;
      int64_t times = int64_t(*xs / *ns);
      if (times > 8)
        return;
      AffineForm low = Forms::sum(*x, *Forms::scale(*n, times), -1);
      AffineForm high = Forms::sum(*x, *Forms::scale(*n, times + 1), -1);
      if (require({{Bound::AtLeastZero, low}, {Bound::LessThanZero, high}}, side, /*twoSided=*/false)) {
        Decision decision;
        decision.times = times;
        decided[op] = decision;
      }
      return;
    }
    if (isa<arith::MaxSIOp, arith::MinSIOp>(op)) {
      auto l = forms.of(op->getOperand(0), false, side), r = forms.of(op->getOperand(1), false, side);
      auto ls = here.evaluate(op->getOperand(0)), rs = here.evaluate(op->getOperand(1));
      if (!l || !r || !ls || !rs)
        return;
      AffineForm d = Forms::sum(*l, *r, -1);
      if (d.coefficient == 0)
        return;
      bool leftIsGreater = *ls >= *rs;
      if (require({{leftIsGreater ? Bound::AtLeastZero : Bound::LessThanZero, d}}, side, /*twoSided=*/true)) {
        Decision decision;
        decision.operand = leftIsGreater == isa<arith::MaxSIOp>(op) ? 0 : 1;
        decided[op] = decision;
      }
    }
  });
}

/// As i64.
static Value widened(OpBuilder &b, Location loc, Value from, Value v, bool isUnsigned) {
  Type i64 = b.getI64Type(), type = from.getType();
  if (type == i64)
    return v;
  if (type.isIndex())
    return arith::IndexCastOp::create(b, loc, i64, v);
  if (isUnsigned)
    return arith::ExtUIOp::create(b, loc, i64, v);
  return arith::ExtSIOp::create(b, loc, i64, v);
}

/// What does not move: terms and constant.
static Value emitRest(OpBuilder &b, Location loc, const AffineForm &form, function_ref<Value(Value)> lookup) {
  auto number = [&](int64_t v) -> Value { return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(v)); };
  Value rest = number(form.constant);
  for (const AffineForm::Term &t : form.terms) {
    Value term = widened(b, loc, t.value, lookup(t.value), t.isUnsigned);
    if (t.factor != 1)
      term = arith::MulIOp::create(b, loc, term, number(t.factor));
    rest = arith::AddIOp::create(b, loc, rest, term);
  }
  return rest;
}

Value Interior::emit(OpBuilder &b, Location loc, const AffineForm &form, Value position,
                     function_ref<Value(Value)> lookup) {
  Value rest = emitRest(b, loc, form, lookup);
  if (form.coefficient != 1)
    position = arith::MulIOp::create(b, loc, position,
                                     arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(form.coefficient)));
  return arith::AddIOp::create(b, loc, position, rest);
}

std::pair<Value, Value> Interior::emit(OpBuilder &b, scf::ForOp loop, function_ref<Value(Value)> lookup) const {
  Location loc = loop.getLoc();
  auto number = [&](int64_t v) -> Value { return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(v)); };
  auto wide = [&](Value v, bool isUnsigned) -> Value { return widened(b, loc, v, lookup(v), isUnsigned); };
  auto add = [&](Value x, Value y) -> Value { return arith::AddIOp::create(b, loc, x, y); };
  auto sub = [&](Value x, Value y) -> Value { return arith::SubIOp::create(b, loc, x, y); };
  auto max = [&](Value x, Value y) -> Value { return arith::MaxSIOp::create(b, loc, x, y); };
  auto min = [&](Value x, Value y) -> Value { return arith::MinSIOp::create(b, loc, x, y); };

  bool isUnsigned = loop.getUnsignedCmp();
  Value lower = wide(loop.getLowerBound(), isUnsigned);
  Value upper = max(lower, wide(loop.getUpperBound(), isUnsigned));
  Value begin = lower, end = upper;
  Value valid;
  auto needs = [&](Value condition) {
    valid = valid ? arith::AndIOp::create(b, loc, valid, condition).getResult() : condition;
  };
  if (isUnsigned)
    needs(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, lower, number(0)));
  SmallVector<Value> points;
  for (const Constraint &c : constraints) {
    Value rest = emitRest(b, loc, c.form, lookup);
    bool rising = c.form.coefficient > 0;
    if (c.form.coefficient == 0) {
      auto predicate = c.bound == Bound::AtLeastZero    ? arith::CmpIPredicate::sge
                       : c.bound == Bound::LessThanZero ? arith::CmpIPredicate::slt
                                                        : arith::CmpIPredicate::ne;
      needs(arith::CmpIOp::create(b, loc, predicate, rest, number(0)));
      continue;
    }
    // Where the form is zero.
    Value root = rising ? sub(number(0), rest) : rest;
    if (c.bound == Bound::NotZero)
      points.push_back(root);
    else if (c.bound == Bound::AtLeastZero && rising)
      begin = max(begin, root);
    else if (c.bound == Bound::AtLeastZero)
      end = min(end, add(root, number(1)));
    else if (rising)
      end = min(end, root);
    else
      begin = max(begin, add(root, number(1)));
  }
  for (Value p : points) {
    Value left = sub(p, begin), right = sub(end, p);
    Value near = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, left, right);
    Value after = max(begin, add(p, number(1))), before = min(end, p);
    begin = arith::SelectOp::create(b, loc, near, after, begin);
    end = arith::SelectOp::create(b, loc, near, end, before);
  }
  for (auto [condition, side] : required) {
    Value c = lookup(condition);
    if (!side)
      c = arith::XOrIOp::create(b, loc, c, arith::ConstantOp::create(b, loc, b.getBoolAttr(true)));
    needs(c);
  }
  begin = min(begin, upper);
  if (valid)
    end = arith::SelectOp::create(b, loc, valid, end, begin);
  end = min(max(end, begin), upper);
  return {begin, end};
}
