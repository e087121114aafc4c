//===- AdjointAliases.cpp - buffers that change places --------------------===//
//
// After `std::swap(u, v)` in a time loop both pointers may lead to either array, but never to the same one. That is
// proved by induction: the pointers that the loop begins with lead to different objects, and each iteration passes on
// such that do if its own did.
//
//===----------------------------------------------------------------------===//

#include "AdjointBuilder.h"

using namespace mlir;
using namespace sparsead;

/// Without address arithmetic, which stays in its object.
static Value baseOf(Value v) {
  while (auto op = v.getDefiningOp<MemoryAccessOpInterface>()) {
    if (op.getMemoryAccess().kind != MemoryAccess::Address)
      break;
    v = op.getAddressParts().base;
  }
  return v;
}

namespace {

/// Where a pointer that control flow hands on comes from: the operation, and the number among what it hands on.
struct Passed {
  enum Kind { None, ForArgument, Result, Before, After } kind = None;
  Operation *op = nullptr;
  unsigned number = 0;
};

Passed passedBy(Value v) {
  if (auto arg = dyn_cast<BlockArgument>(v)) {
    Operation *parent = arg.getOwner()->getParentOp();
    if (auto loop = dyn_cast<scf::ForOp>(parent); loop && arg.getArgNumber() > 0)
      return {Passed::ForArgument, parent, arg.getArgNumber() - 1};
    if (auto loop = dyn_cast<scf::WhileOp>(parent))
      return {arg.getOwner() == loop.getBeforeBody() ? Passed::Before : Passed::After, parent, arg.getArgNumber()};
    return {};
  }
  Operation *op = v.getDefiningOp();
  if (isa<scf::ForOp, scf::WhileOp, scf::IfOp, arith::SelectOp>(op))
    return {Passed::Result, op, cast<OpResult>(v).getResultNumber()};
  return {};
}

/// What the pointer is one of; several pointers of one operation come from one place together.
SmallVector<Value> sourcesOf(const Passed &p) {
  if (auto loop = dyn_cast<scf::ForOp>(p.op))
    return {loop.getInitArgs()[p.number], loop.getBody()->getTerminator()->getOperand(p.number)};
  if (auto loop = dyn_cast<scf::WhileOp>(p.op)) {
    if (p.kind == Passed::Before)
      return {loop.getInits()[p.number], loop.getYieldOp().getOperand(p.number)};
    return {loop.getConditionOp().getArgs()[p.number]};
  }
  if (auto branch = dyn_cast<scf::IfOp>(p.op))
    return {branch.thenYield().getOperand(p.number), branch.elseYield().getOperand(p.number)};
  return {p.op->getOperand(1), p.op->getOperand(2)};
}

class Apart {
public:
  explicit Apart(const Activity &activity) : activity(activity) {}

  bool run(Value p, Value q) {
    p = baseOf(p);
    q = baseOf(q);
    if (p == q)
      return false;
    if (inDifferentObjects(p, q))
      return true;
    if (std::less<>()(q.getAsOpaquePointer(), p.getAsOpaquePointer()))
      std::swap(p, q);
    if (!assumed.insert({p, q}).second)
      return true;
    if (assumed.size() > 64)
      return false;
    Passed a = passedBy(p), b = passedBy(q);
    // Both by the same loop or branch: from the same iteration, from the same side.
    if (a.op && a.op == b.op && a.kind == b.kind) {
      SmallVector<Value> mine = sourcesOf(a), its = sourcesOf(b);
      for (auto [x, y] : llvm::zip_equal(mine, its))
        if (!run(x, y))
          return false;
      return true;
    }
    // One of them, beside a pointer that stays the same meanwhile.
    for (auto [passed, other] : {std::pair(a, q), std::pair(b, p)}) {
      if (!passed.op || passed.op->isAncestor(other.getParentRegion()->getParentOp()))
        continue;
      return llvm::all_of(sourcesOf(passed), [&, other = other](Value source) { return run(source, other); });
    }
    return false;
  }

private:
  bool inDifferentObjects(Value p, Value q) {
    auto from = activity.pointsTo(p).targets(), to = activity.pointsTo(q).targets();
    if (from.empty() || to.empty())
      return false;
    auto unnamed = [](const MemoryObject &o) {
      return !o.isLocal() && !o.specified && o.kind != MemoryObject::Result && !o.constant;
    };
    for (const Target &s : from)
      for (const Target &t : to) {
        const MemoryObject &x = activity.object(s.object), &y = activity.object(t.object);
        if (s.object == t.object || x.kind == MemoryObject::Unknown || y.kind == MemoryObject::Unknown ||
            (unnamed(x) && unnamed(y)))
          return false;
      }
    return true;
  }

  const Activity &activity;
  /// Pairs that are apart if all that is looked at holds.
  llvm::DenseSet<std::pair<Value, Value>> assumed;
};

} // namespace

bool AdjointAnalysis::areApart(Value p, Value q, Operation *during) const {
  auto stays = [&](Value v) { return !during->isAncestor(baseOf(v).getParentRegion()->getParentOp()); };
  return stays(p) && stays(q) && Apart(activity).run(p, q);
}
