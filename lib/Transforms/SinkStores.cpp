//===- SinkStores.cpp - one store behind a branch -------------------------===//

#include "sparsead/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace sparsead {
#define GEN_PASS_DEF_SINKSTORES
#include "sparsead/Transforms/Passes.h.inc"
} // namespace sparsead

using namespace mlir;
using namespace sparsead;

/// The store that ends what a side does to memory; null where something else does.
static LLVM::StoreOp lastStore(Region &side) {
  if (!llvm::hasSingleElement(side))
    return nullptr;
  for (Operation &op : llvm::reverse(side.front().without_terminator())) {
    auto store = dyn_cast<LLVM::StoreOp>(op);
    if (store)
      return store.getVolatile_() || store.getOrdering() != LLVM::AtomicOrdering::not_atomic ? LLVM::StoreOp() : store;
    if (!isPure(&op))
      return nullptr;
  }
  return nullptr;
}

/// Are the two the same, made from what stands outside of the branch?
static bool sameOutside(Value a, Value b, Operation *branch) {
  if (!branch->isAncestor(a.getParentRegion()->getParentOp()))
    return a == b;
  Operation *x = a.getDefiningOp(), *y = b.getDefiningOp();
  if (!x || !y || !isPure(x) || x->getNumRegions() > 0 || x->getName() != y->getName() ||
      x->getNumOperands() != y->getNumOperands() ||
      x->getDiscardableAttrDictionary() != y->getDiscardableAttrDictionary() ||
      x->getPropertiesAsAttribute() != y->getPropertiesAsAttribute() || x->getResultTypes() != y->getResultTypes())
    return false;
  for (auto [left, right] : llvm::zip(x->getOperands(), y->getOperands()))
    if (!sameOutside(left, right, branch))
      return false;
  return true;
}

static Value moveOutside(Value v, Operation *branch) {
  if (!branch->isAncestor(v.getParentRegion()->getParentOp()))
    return v;
  Operation *op = v.getDefiningOp();
  for (Value operand : op->getOperands())
    moveOutside(operand, branch);
  op->moveBefore(branch);
  return v;
}

/// Does it hang on numbers? Only such branches may depend on active data.
static bool comparesFloats(Value v) {
  SmallVector<Value> work{v};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!work.empty() && seen.size() < 64) {
    Operation *op = work.pop_back_val().getDefiningOp();
    if (!op || !seen.insert(op).second || op->getNumRegions() > 0)
      continue;
    if (isa<arith::CmpFOp>(op))
      return true;
    work.append(op->operand_begin(), op->operand_end());
  }
  return false;
}

/// Does the side add to what is there? That is a store of its own kind.
static bool readsPlace(Region &side, Value address, Operation *branch) {
  bool reads = false;
  side.walk([&](LLVM::LoadOp load) { reads |= sameOutside(load.getAddr(), address, branch); });
  return reads;
}

/// One store of what the sides yield, in place of the last one on each; the new branch, or null.
static Operation *sinkOne(Operation *branch) {
  if (!comparesFloats(branch->getOperand(0)))
    return nullptr;
  SmallVector<LLVM::StoreOp> stores;
  for (Region &side : branch->getRegions()) {
    if (side.empty())
      return nullptr;
    LLVM::StoreOp store = lastStore(side);
    if (!store || (!stores.empty() && (store.getValue().getType() != stores[0].getValue().getType() ||
                                       store->getPropertiesAsAttribute() != stores[0]->getPropertiesAsAttribute() ||
                                       !sameOutside(stores[0].getAddr(), store.getAddr(), branch))))
      return nullptr;
    if (readsPlace(side, store.getAddr(), branch))
      return nullptr;
    stores.push_back(store);
  }
  // What an address is made from is speculated: arithmetic without effects.
  Value address = moveOutside(stores[0].getAddr(), branch);
  OpBuilder b(branch);
  SmallVector<Type> types(branch->getResultTypes());
  types.push_back(stores[0].getValue().getType());
  OperationState state(branch->getLoc(), branch->getName(), branch->getOperands(), types, branch->getAttrs());
  for (unsigned k = 0; k < branch->getNumRegions(); ++k)
    state.addRegion();
  Operation *made = b.create(state);
  for (auto [store, from, to] : llvm::zip(stores, branch->getRegions(), made->getRegions())) {
    Operation *yield = from.front().getTerminator();
    yield->insertOperands(yield->getNumOperands(), store.getValue());
    to.takeBody(from);
  }
  b.setInsertionPointAfter(made);
  auto sunk = cast<LLVM::StoreOp>(b.clone(*stores[0]));
  sunk.getAddrMutable().assign(address);
  sunk.getValueMutable().assign(made->getResults().back());
  for (LLVM::StoreOp store : stores) {
    Operation *old = store.getAddr().getDefiningOp();
    store.erase();
    if (old && isOpTriviallyDead(old))
      old->erase();
  }
  branch->replaceAllUsesWith(made->getResults().drop_back());
  branch->erase();
  return made;
}

namespace {

struct SinkStoresPass : sparsead::impl::SinkStoresBase<SinkStoresPass> {
  void runOnOperation() override {
    SmallVector<Operation *> branches;
    getOperation()->walk([&](Operation *op) {
      if (isa<scf::IfOp, scf::IndexSwitchOp>(op))
        branches.push_back(op);
    });
    for (Operation *branch : branches) // innermost first: what they store may go further
      while (branch)
        branch = sinkOne(branch);
  }
};

} // namespace
