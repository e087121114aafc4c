//===- SubscriptPlaces.cpp - conditions, loops and addresses by cases -----===//

#include "sparsead/Analysis/SubscriptClass.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

static Conjunction atLeast(const Polynomial &p) {
  Conjunction c;
  c.atLeast.push_back(p);
  return c;
}
static Conjunction equal(const Polynomial &p) {
  Conjunction c;
  c.equal.push_back(p);
  return c;
}

//===----------------------------------------------------------------------===//
// Conditions
//===----------------------------------------------------------------------===//

static Alternatives anything(bool widened) {
  Conjunction c;
  c.widened = widened;
  return {c};
}

Alternatives Subscripts::compare(arith::CmpIPredicate p, Value l, Value r) {
  using P = arith::CmpIPredicate;
  if (!l.getType().isIntOrIndex())
    return anything(true);
  const IntCases a = valueOf(l), b = valueOf(r);
  Alternatives result;
  for (const IntCase &x : a)
    for (const IntCase &y : b) {
      Conjunction when = x.when;
      when.require(y.when);
      auto add = [&](const Conjunction &c) {
        Conjunction all = when;
        all.require(c);
        if (!all.isTriviallyFalse())
          result.push_back(std::move(all));
      };
      Polynomial d = x.value - y.value;
      if (x.unclear || y.unclear || !isLinear(d)) {
        when.widened = true;
        add({});
        continue;
      }
      switch (p) {
      case P::eq:
        add(equal(d));
        break;
      case P::ne:
        add(atLeast(d - 1));
        add(atLeast(-d - 1));
        break;
      case P::slt:
        add(atLeast(-d - 1));
        break;
      case P::sle:
        add(atLeast(-d));
        break;
      case P::sgt:
        add(atLeast(d - 1));
        break;
      case P::sge:
        add(atLeast(d));
        break;
      case P::ult:
      case P::ule:
      case P::ugt:
      case P::uge: {
        // A negative number is larger than every other.
        bool less = p == P::ult || p == P::ule;
        bool strict = p == P::ult || p == P::ugt;
        const Polynomial &small = less ? x.value : y.value, &large = less ? y.value : x.value;
        Polynomial distance = large - small - (strict ? 1 : 0);
        Conjunction c;
        c.atLeast = {small, large, distance};
        add(c);
        c.atLeast = {small, -large - 1};
        add(c);
        c.atLeast = {-small - 1, -large - 1, distance};
        add(c);
        break;
      }
      }
    }
  if (result.size() > maxCases)
    return anything(true);
  return result;
}

Alternatives Subscripts::conditionOf(Value v, bool truth) {
  APInt constant;
  if (matchPattern(v, m_ConstantInt(&constant))) {
    if (constant.isZero() != truth)
      return anything(false);
    return {};
  }
  // Both sides of a branch on active data count.
  if (activity.isTainted(v))
    return anything(false);
  auto either = [](Alternatives a, const Alternatives &b) {
    llvm::append_range(a, b);
    return a.size() > maxCases ? anything(true) : a;
  };
  Operation *op = v.getDefiningOp();
  if (!op)
    return anything(true);
  if (auto cmp = dyn_cast<arith::CmpIOp>(op)) {
    return compare(truth ? cmp.getPredicate() : arith::invertPredicate(cmp.getPredicate()), cmp.getLhs(), cmp.getRhs());
  }
  if (isa<arith::AndIOp, arith::OrIOp>(op)) {
    Alternatives a = conditionOf(op->getOperand(0), truth), b = conditionOf(op->getOperand(1), truth);
    return isa<arith::AndIOp>(op) == truth ? both(a, b) : either(a, b);
  }
  if (isa<arith::XOrIOp>(op))
    return either(both(conditionOf(op->getOperand(0), truth), conditionOf(op->getOperand(1), false)),
                  both(conditionOf(op->getOperand(0), !truth), conditionOf(op->getOperand(1), true)));
  auto chosen = [&](Value condition, Value yes, Value no) {
    return either(both(conditionOf(condition, true), conditionOf(yes, truth)),
                  both(conditionOf(condition, false), conditionOf(no, truth)));
  };
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return chosen(select.getCondition(), select.getTrueValue(), select.getFalseValue());
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned k = cast<OpResult>(v).getResultNumber();
    return chosen(branch.getCondition(), branch.thenYield().getOperand(k), branch.elseYield().getOperand(k));
  }
  return anything(true);
}

Alternatives Subscripts::rangeOf(scf::ForOp loop) {
  APInt step;
  bool hasStep = matchPattern(loop.getStep(), m_ConstantInt(&step)) && step.isStrictlyPositive();
  Polynomial position = Polynomial::atom(positionOf(loop));
  Alternatives result{Conjunction()};
  auto bound = [&](Value v, auto row) {
    Alternatives list;
    const IntCases cases = valueOf(v);
    for (const IntCase &c : cases) {
      Conjunction when = c.when;
      Polynomial p = c.unclear ? Polynomial() : row(c.value);
      if (c.unclear || !isLinear(p))
        when.widened = !activity.isTainted(v);
      else
        when.atLeast.push_back(p);
      list.push_back(std::move(when));
    }
    result = both(result, list);
  };
  const IntCases lower = valueOf(loop.getLowerBound());
  if (hasStep && step.isOne()) {
    bound(loop.getLowerBound(), [&](const Polynomial &l) { return position - l; });
    bound(loop.getUpperBound(), [&](const Polynomial &u) { return u - 1 - position; });
  } else if (hasStep && lower.size() == 1 && !lower[0].unclear) {
    for (Conjunction &c : result)
      c.atLeast.push_back(position);
    bound(loop.getUpperBound(),
          [&](const Polynomial &u) { return u - 1 - lower[0].value - position * Polynomial(step.getSExtValue()); });
  } else {
    for (Conjunction &c : result)
      c.widened = true;
  }
  return result;
}

Alternatives Subscripts::contextOf(Operation *op, Operation *outer) {
  Alternatives result{Conjunction()};
  for (Operation *inner = op, *p = op->getParentOp(); p && p != outer && !isa<func::FuncOp>(p);
       inner = p, p = p->getParentOp()) {
    if (auto loop = dyn_cast<scf::ForOp>(p)) {
      result = both(rangeOf(loop), result);
    } else if (auto branch = dyn_cast<scf::IfOp>(p)) {
      bool first = branch.getThenRegion().isAncestor(inner->getParentRegion());
      result = both(conditionOf(branch.getCondition(), first), result);
    } else if (auto loop = dyn_cast<scf::WhileOp>(p)) {
      for (Conjunction &c : result)
        c.widened |= !activity.isTainted(loop.getConditionOp().getCondition());
    } else if (!isa<scf::ExecuteRegionOp>(p)) {
      for (Conjunction &c : result)
        c.widened = true;
    }
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Addresses
//===----------------------------------------------------------------------===//

llvm::SmallVector<AddressCase, 1> Subscripts::addressOf(Value pointer) {
  using Cases = llvm::SmallVector<AddressCase, 1>;
  auto failed = [&](const Twine &reason) {
    return Cases{AddressCase{{}, 0, {}, Unclear{Unclear::Opaque, reason.str(), pointer.getLoc()}}};
  };
  Operation *op = pointer.getDefiningOp();
  if (op && memoryAccessOf(op).kind == MemoryAccess::Address) {
    AddressParts parts = cast<MemoryAccessOpInterface>(op).getAddressParts();
    Cases result = addressOf(parts.base);
    for (AddressCase &c : result)
      c.bytes = c.bytes + Polynomial(parts.offset);
    for (const AddressParts::Term &term : parts.terms) {
      const IntCases index = valueOf(term.index);
      Cases next;
      for (const AddressCase &c : result)
        for (const IntCase &x : index) {
          AddressCase n = c;
          n.when.require(x.when);
          if (!n.unclear)
            n.unclear = x.unclear;
          n.bytes = n.bytes + x.value * Polynomial(term.stride);
          if (!n.when.isTriviallyFalse())
            next.push_back(std::move(n));
        }
      if (next.size() > maxCases)
        return failed("has too many cases");
      result = std::move(next);
    }
    return result;
  }
  auto choice = [&](Value condition, Value yes, Value no) {
    Cases result;
    for (bool truth : {true, false})
      for (const Conjunction &w : conditionOf(condition, truth))
        for (AddressCase c : addressOf(truth ? yes : no)) {
          c.when.require(w);
          if (!c.when.isTriviallyFalse())
            result.push_back(std::move(c));
        }
    return result.size() > maxCases ? failed("has too many cases") : result;
  };
  if (auto select = dyn_cast_or_null<arith::SelectOp>(op))
    return choice(select.getCondition(), select.getTrueValue(), select.getFalseValue());
  if (auto select = dyn_cast_or_null<LLVM::SelectOp>(op))
    return choice(select.getCondition(), select.getTrueValue(), select.getFalseValue());
  if (auto branch = dyn_cast_or_null<scf::IfOp>(op)) {
    unsigned k = cast<OpResult>(pointer).getResultNumber();
    return choice(branch.getCondition(), branch.thenYield().getOperand(k), branch.elseYield().getOperand(k));
  }
  ArrayRef<Target> targets = activity.pointsTo(pointer).targets();
  if (targets.size() != 1 || !targets[0].isConstant())
    return failed("is reached through a pointer that is not one array's");
  // One abstract object stands for all memory allocated there, and for all rows of a table of pointers.
  const MemoryObject &object = activity.object(targets[0].object);
  if (op && memoryAccessOf(op).kind == MemoryAccess::Load) {
    Value at = memoryAccessOf(op).pointer;
    Cases table = addressOf(at);
    if (!isConstantMemory(at))
      return failed("is reached through a pointer that changes");
    if (table.size() != 1 || table[0].unclear || !table[0].bytes.isConstant())
      return failed("is reached through a table of pointers");
  } else if (object.isLocal() ? object.origin != op
                              : !isa<BlockArgument>(pointer) && object.kind != MemoryObject::Global) {
    return failed("is reached through a pointer that is not one array's");
  } else if (auto arg = dyn_cast<BlockArgument>(pointer);
             arg && arg.getOwner() != &activity.entry().getBody().front()) {
    return failed("is reached through a pointer that is carried by a loop");
  }
  return {AddressCase{{}, targets[0].object, Polynomial(targets[0].offset), std::nullopt}};
}
