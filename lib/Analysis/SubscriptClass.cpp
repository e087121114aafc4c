//===- SubscriptClass.cpp - integers by cases -----------------------------===//

#include "sparsead/Analysis/SubscriptClass.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

/// x % n with symbolic n is taken apart for n*t <= x < n*(t+1), t below this.
static constexpr int64_t maxTurns = 3;

static IntCases exactly(Polynomial p) { return {IntCase{{}, std::move(p), std::nullopt}}; }
static IntCases unclear(Unclear::Kind kind, const Twine &reason, Location loc) {
  return {IntCase{{}, {}, Unclear{kind, reason.str(), loc}}};
}
static Conjunction atLeast(const Polynomial &p) {
  Conjunction c;
  c.atLeast.push_back(p);
  return c;
}

Subscripts::Subscripts(const Activity &activity) : activity(activity) {
  for (func::FuncOp f : activity.functions())
    f.walk([&](Operation *op) {
      MemoryAccess access = memoryAccessOf(op);
      switch (access.kind) {
      case MemoryAccess::Store:
      case MemoryAccess::Copy:
      case MemoryAccess::Move:
      case MemoryAccess::Fill:
        for (const Target &t : activity.pointsTo(access.pointer).targets())
          written.insert(t.object);
        break;
      default:
        break;
      }
    });
}

Atom Subscripts::fresh(AtomInfo::Kind kind, std::string name) {
  if (kind == AtomInfo::Size)
    if (unsigned &count = names[name]; ++count > 1)
      name += "_" + std::to_string(count);
  atoms.push_back({kind, std::move(name), {}});
  return atoms.size() - 1;
}

bool Subscripts::isInvariant(const Polynomial &p) const {
  return llvm::all_of(p.all(), [&](const auto &t) { return llvm::all_of(t.first, [&](Atom a) { return isSize(a); }); });
}

bool Subscripts::isLinear(const Polynomial &p) const {
  return p.isValid() && llvm::all_of(p.all(), [&](const auto &t) {
           return t.first.size() <= 1 || llvm::all_of(t.first, [&](Atom a) { return isSize(a); });
         });
}

Atom Subscripts::positionOf(scf::ForOp loop) {
  auto [it, isNew] = positions.try_emplace(loop, 0);
  if (isNew)
    it->second = fresh(AtomInfo::Position, "i");
  return it->second;
}

/// Products of two lists of alternatives.
Alternatives Subscripts::both(const Alternatives &a, const Alternatives &b) {
  Alternatives result;
  for (const Conjunction &x : a)
    for (const Conjunction &y : b) {
      Conjunction c = x;
      c.require(y);
      if (!c.isTriviallyFalse())
        result.push_back(std::move(c));
    }
  if (result.size() > maxCases) { // anything may hold
    Conjunction any;
    any.widened = true;
    return {any};
  }
  return result;
}

IntCases Subscripts::size(Value v) {
  if (auto atom = sizeAtom(v))
    return exactly(Polynomial::atom(*atom));
  if (activity.isTainted(v))
    return unclear(Unclear::Opaque, "depends on active data", v.getLoc());
  if (Operation *op = v.getDefiningOp())
    if (memoryAccessOf(op).kind == MemoryAccess::Load)
      return unclear(Unclear::Indirect, "is loaded from an array", v.getLoc());
  return unclear(Unclear::Opaque, "is computed in a way that is not affine", v.getLoc());
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

const IntCases &Subscripts::valueOf(Value v) {
  auto it = known.find(v.getAsOpaquePointer());
  if (it != known.end())
    return it->second;
  known[v.getAsOpaquePointer()] = unclear(Unclear::Opaque, "is carried from one iteration to the next", v.getLoc());
  IntCases cases = compute(v);
  llvm::erase_if(cases, [](const IntCase &c) { return c.when.isTriviallyFalse(); });
  if (cases.size() > maxCases)
    cases = unclear(Unclear::Opaque, "has too many cases", v.getLoc());
  for (IntCase &c : cases)
    if (!c.unclear && !c.value.isValid())
      c.unclear = Unclear{Unclear::Opaque, "has coefficients beyond 64 bits", v.getLoc()};
  return known[v.getAsOpaquePointer()] = std::move(cases);
}

/// The cases of two values, combined by `combine`.
static IntCases combine(const IntCases &a, const IntCases &b,
                        llvm::function_ref<Polynomial(const Polynomial &, const Polynomial &)> f) {
  IntCases result;
  for (const IntCase &x : a)
    for (const IntCase &y : b) {
      IntCase c{x.when, {}, x.unclear ? x.unclear : y.unclear};
      c.when.require(y.when);
      if (!c.unclear)
        c.value = f(x.value, y.value);
      if (!c.when.isTriviallyFalse())
        result.push_back(std::move(c));
    }
  return result;
}

void Subscripts::assumeNoWrap(Operation *op) {
  if (assumedAt.insert(op).second)
    assumed.push_back({op->getLoc(), "unsigned arithmetic in a subscript does not wrap"});
}

IntCases Subscripts::compute(Value v) {
  APInt constant;
  if (matchPattern(v, m_ConstantInt(&constant))) {
    if (constant.getSignificantBits() > 64)
      return unclear(Unclear::Opaque, "does not fit 64 bits", v.getLoc());
    return exactly(Polynomial(constant.getSExtValue()));
  }
  if (!v.getType().isIntOrIndex())
    return unclear(Unclear::Opaque, "is no integer", v.getLoc());
  if (activity.isTainted(v))
    return unclear(Unclear::Opaque, "depends on active data", v.getLoc());
  if (auto arg = dyn_cast<BlockArgument>(v)) {
    auto loop = dyn_cast<scf::ForOp>(arg.getOwner()->getParentOp());
    if (!loop)
      return size(v);
    APInt step;
    bool hasStep = matchPattern(loop.getStep(), m_ConstantInt(&step)) && step.isStrictlyPositive();
    Polynomial position = Polynomial::atom(positionOf(loop));
    if (arg == loop.getInductionVar()) {
      if (hasStep && step.isOne())
        return exactly(position);
      const IntCases lower = valueOf(loop.getLowerBound());
      if (!hasStep || lower.size() != 1 || lower[0].unclear)
        return unclear(Unclear::Opaque, "counts in steps that are not known", v.getLoc());
      return exactly(lower[0].value + position * Polynomial(step.getSExtValue()));
    }
    // A counter beside the loop's own: it grows by the same amount in each iteration.
    unsigned k = arg.getArgNumber() - 1;
    const IntCases init = valueOf(loop.getInitArgs()[k]), lower = valueOf(loop.getLowerBound());
    if (init.size() != 1 || init[0].unclear || lower.size() != 1 || lower[0].unclear || !hasStep)
      return unclear(Unclear::Opaque, "is carried from one iteration to the next", v.getLoc());
    Atom here = fresh(AtomInfo::Local, "c");
    known[v.getAsOpaquePointer()] = exactly(Polynomial::atom(here));
    const IntCases next = valueOf(loop.getYieldedValues()[k]);
    auto speaksOf = [&](const IntCase &c) {
      auto names = [&](const Polynomial &p) { return p.mentions(here); };
      return names(c.value) || llvm::any_of(c.when.equal, names) || llvm::any_of(c.when.atLeast, names);
    };
    for (auto entry = known.begin(); entry != known.end();)
      entry = llvm::any_of(entry->second, speaksOf) ? known.erase(entry) : std::next(entry);
    if (next.size() != 1 || next[0].unclear)
      return unclear(Unclear::Opaque, "is carried from one iteration to the next", v.getLoc());
    Polynomial growth = next[0].value - Polynomial::atom(here);
    if (!isInvariant(growth))
      return unclear(Unclear::Opaque, "is carried from one iteration to the next", v.getLoc());
    Polynomial count = step.isOne() ? position - lower[0].value : position;
    return exactly(init[0].value + growth * count);
  }

  Operation *op = v.getDefiningOp();
  if (isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::ShLIOp>(op))
    return arithmetic(op);
  if (isa<arith::ExtSIOp, arith::IndexCastOp>(op))
    return valueOf(op->getOperand(0));
  if (isa<arith::ExtUIOp, arith::TruncIOp>(op)) {
    if (op->getOperand(0).getType().isInteger(1))
      return choice(op->getOperand(0), {}, {});
    const IntCases inner = valueOf(op->getOperand(0));
    bool sized = llvm::all_of(inner, [&](const IntCase &c) { return !c.unclear && isInvariant(c.value); });
    if (!sized)
      assumeNoWrap(op);
    return inner;
  }
  if (isa<arith::RemSIOp, arith::RemUIOp, arith::DivSIOp, arith::DivUIOp>(op))
    return remainder(op);
  if (isa<arith::MaxSIOp, arith::MaxUIOp>(op))
    return extreme(op, true);
  if (isa<arith::MinSIOp, arith::MinUIOp>(op))
    return extreme(op, false);
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return choice(select.getCondition(), select.getTrueValue(), select.getFalseValue());
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned k = cast<OpResult>(v).getResultNumber();
    return choice(branch.getCondition(), branch.thenYield().getOperand(k), branch.elseYield().getOperand(k));
  }
  return size(v);
}

IntCases Subscripts::arithmetic(Operation *op) {
  const IntCases a = valueOf(op->getOperand(0)), b = valueOf(op->getOperand(1));
  IntCases result;
  if (isa<arith::AddIOp>(op))
    result = combine(a, b, [](const Polynomial &x, const Polynomial &y) { return x + y; });
  else if (isa<arith::SubIOp>(op))
    result = combine(a, b, [](const Polynomial &x, const Polynomial &y) { return x - y; });
  else if (isa<arith::MulIOp>(op))
    result = combine(a, b, [](const Polynomial &x, const Polynomial &y) { return x * y; });
  else if (b.size() == 1 && !b[0].unclear && b[0].value.isConstant() && b[0].value.constant() >= 0 &&
           b[0].value.constant() < 62)
    result = combine(
        a, b, [](const Polynomial &x, const Polynomial &y) { return x * Polynomial(int64_t(1) << y.constant()); });
  else
    return size(op->getResult(0));
  // Addresses are computed modulo 2^64, so 64 bits are exact.
  Type type = op->getResult(0).getType();
  auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op);
  bool exact =
      type.isIndex() || type.isInteger(64) || (flags && (flags.hasNoSignedWrap() || flags.hasNoUnsignedWrap()));
  if (!exact && llvm::any_of(result, [&](const IntCase &c) { return !c.unclear && !isInvariant(c.value); }))
    assumeNoWrap(op);
  return result;
}

/// x % n and x / n.
IntCases Subscripts::remainder(Operation *op) {
  const IntCases a = valueOf(op->getOperand(0)), b = valueOf(op->getOperand(1));
  if (b.size() != 1 || b[0].unclear || !isInvariant(b[0].value))
    return unclear(Unclear::Opaque, "divides by something that is not a size", op->getLoc());
  const Polynomial n = b[0].value;
  bool isDivision = isa<arith::DivSIOp, arith::DivUIOp>(op);
  // Sizes by themselves: another size.
  if (llvm::all_of(a, [&](const IntCase &c) { return !c.unclear && isInvariant(c.value); }))
    return size(op->getResult(0));
  IntCases result;
  for (const IntCase &x : a) {
    if (x.unclear) {
      result.push_back(x);
      continue;
    }
    auto add = [&](const Conjunction &when, const Polynomial &value) {
      IntCase c{x.when, value, std::nullopt};
      c.when.require(when);
      result.push_back(std::move(c));
    };
    auto otherwise = [&](const Conjunction &when, StringRef reason) {
      IntCase c{x.when, {}, Unclear{Unclear::Opaque, reason.str(), op->getLoc()}};
      c.when.require(when);
      result.push_back(std::move(c));
    };
    if (n.isConstant() && n.constant() > 0) {
      // x = n*q + r, 0 <= r < n, q a further unknown.
      Polynomial q = Polynomial::atom(fresh(AtomInfo::Local, "q")), r = x.value - n * q;
      Conjunction when = atLeast(x.value);
      when.atLeast.push_back(r);
      when.atLeast.push_back(n - 1 - r);
      add(when, isDivision ? q : r);
      otherwise(atLeast(-x.value - 1), "has the remainder or quotient of a negative number");
      continue;
    }
    for (int64_t t = 0; t < maxTurns; ++t) {
      Polynomial r = x.value - n * Polynomial(t);
      Conjunction when = atLeast(r);
      when.atLeast.push_back(n - 1 - r);
      add(when, isDivision ? Polynomial(t) : r);
    }
    otherwise(atLeast(-x.value - 1), "has the remainder or quotient of a negative number");
    otherwise(atLeast(x.value - n * Polynomial(maxTurns)), "is a remainder or quotient of a far larger number");
  }
  return result;
}

IntCases Subscripts::extreme(Operation *op, bool isMax) {
  const IntCases a = valueOf(op->getOperand(0)), b = valueOf(op->getOperand(1));
  IntCases result;
  for (const IntCase &x : a)
    for (const IntCase &y : b) {
      if (x.unclear || y.unclear) {
        result.push_back({x.when, {}, x.unclear ? x.unclear : y.unclear});
        result.back().when.require(y.when);
        continue;
      }
      Polynomial d = x.value - y.value; // the first where d >= 0, for a maximum
      for (bool first : {true, false}) {
        IntCase c{x.when, first ? x.value : y.value, std::nullopt};
        c.when.require(y.when);
        c.when.atLeast.push_back(isMax ? (first ? d : -d - 1) : (first ? -d : d - 1));
        result.push_back(std::move(c));
      }
    }
  return result;
}

/// condition ? yes : no; without values: 1 and 0.
IntCases Subscripts::choice(Value condition, Value yes, Value no) {
  if (activity.isTainted(condition))
    return unclear(Unclear::Opaque, "depends on active data", condition.getLoc());
  IntCases result;
  for (bool truth : {true, false}) {
    const Alternatives when = conditionOf(condition, truth);
    Value v = truth ? yes : no;
    const IntCases values = v ? valueOf(v) : exactly(Polynomial(truth ? 1 : 0));
    for (const Conjunction &w : when)
      for (const IntCase &x : values) {
        IntCase c = x;
        c.when.require(w);
        result.push_back(std::move(c));
      }
  }
  return result;
}
