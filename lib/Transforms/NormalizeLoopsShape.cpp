//===- NormalizeLoopsShape.cpp - loop bodies out of the condition ---------===//
//
// The lifting leaves some loops as
//
//   while { c; r = if c { body } else { exit values }; condition(c) r } do {}
//
// with either sense of c. Canonicalization moves the body into the after region
// for one of them; this does it for both.
//
//===----------------------------------------------------------------------===//

#include "NormalizeLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace sparsead;

/// Is one the negation of the other: by xor, or by the opposite comparison?
static bool areOpposite(Value a, Value b) {
  auto isNot = [](Value value, Value of) {
    auto op = value.getDefiningOp<arith::XOrIOp>();
    return op && op.getLhs() == of && matchPattern(op.getRhs(), m_One()) && op.getType().isInteger(1);
  };
  if (isNot(a, b) || isNot(b, a))
    return true;
  auto x = a.getDefiningOp<arith::CmpIOp>();
  auto y = b.getDefiningOp<arith::CmpIOp>();
  return x && y && x.getLhs() == y.getLhs() && x.getRhs() == y.getRhs() &&
         x.getPredicate() == arith::invertPredicate(y.getPredicate());
}

/// The last `if` of the before region, where only values that do not depend on it follow: they are moved in front.
static scf::IfOp lastIf(scf::WhileOp loop) {
  SmallVector<Operation *> behind;
  for (Operation &op : llvm::reverse(loop.getBeforeBody()->without_terminator())) {
    if (auto ifOp = dyn_cast<scf::IfOp>(op)) {
      for (Operation *other : behind)
        if (llvm::any_of(other->getOperands(), [&](Value v) { return v.getDefiningOp() == ifOp; }))
          return {};
      for (Operation *other : llvm::reverse(behind))
        other->moveBefore(ifOp);
      return ifOp;
    }
    if (!isPure(&op) || op.getNumRegions() != 0)
      return {};
    behind.push_back(&op);
  }
  return {};
}

scf::WhileOp sparsead::moveBodyBehindTest(scf::WhileOp loop) {
  scf::ConditionOp condition = loop.getConditionOp();
  scf::IfOp ifOp = lastIf(loop);
  if (!ifOp || ifOp.getElseRegion().empty())
    return {};
  Value test = condition.getCondition();
  Block *body, *exit;
  if (test == ifOp.getCondition()) {
    body = ifOp.thenBlock();
    exit = ifOp.elseBlock();
  } else if (areOpposite(test, ifOp.getCondition())) {
    body = ifOp.elseBlock();
    exit = ifOp.thenBlock();
  } else {
    return {};
  }
  if (!exit->without_terminator().empty())
    return {};
  // A result that something in the before region reads would be needed twice.
  for (Operation *user : ifOp->getUsers())
    if (user != condition)
      return {};

  // What the body reads of the before region is forwarded to it.
  llvm::SetVector<Value> captured;
  body->walk([&](Operation *op) {
    for (Value operand : op->getOperands()) {
      Operation *def = operand.getDefiningOp();
      Block *owner = def ? def->getBlock() : cast<BlockArgument>(operand).getOwner();
      if (owner == loop.getBeforeBody())
        captured.insert(operand);
    }
  });
  Operation *exitYield = exit->getTerminator();
  Operation *bodyYield = body->getTerminator();
  SmallVector<Value> forwarded;
  for (Value value : condition.getArgs())
    forwarded.push_back(value.getDefiningOp() == ifOp ? exitYield->getOperand(cast<OpResult>(value).getResultNumber())
                                                      : value);
  forwarded.append(captured.begin(), captured.end());

  OpBuilder b(loop);
  scf::WhileOp moved =
      scf::WhileOp::create(b, loop.getLoc(), ValueRange(forwarded).getTypes(), loop.getInits(), nullptr, nullptr);
  for (Region &region : moved->getRegions())
    region.getBlocks().clear();
  SmallVector<Location> locations(forwarded.size(), loop.getLoc());
  Block *after = b.createBlock(&moved.getAfter(), {}, ValueRange(forwarded).getTypes(), locations);
  for (auto [i, captive] : llvm::enumerate(captured)) {
    Value value = captive;
    value.replaceUsesWithIf(after->getArgument(condition.getArgs().size() + i),
                            [&](OpOperand &use) { return body->findAncestorOpInBlock(*use.getOwner()) != nullptr; });
  }
  for (auto [i, value] : llvm::enumerate(condition.getArgs()))
    loop.getAfterArguments()[i].replaceAllUsesWith(value.getDefiningOp() == ifOp
                                                       ? bodyYield->getOperand(cast<OpResult>(value).getResultNumber())
                                                       : Value(after->getArgument(i)));
  bodyYield->erase();
  after->getOperations().splice(after->end(), body->getOperations());
  after->getOperations().splice(after->end(), loop.getAfterBody()->getOperations());
  condition.getArgsMutable().assign(forwarded);
  ifOp->erase();
  moved.getBefore().takeBody(loop.getBefore());
  for (auto [from, to] : llvm::zip(loop.getResults(), moved.getResults()))
    from.replaceAllUsesWith(to);
  loop->erase();
  return moved;
}
