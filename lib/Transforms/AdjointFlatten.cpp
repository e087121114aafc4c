//===- AdjointFlatten.cpp - one function without calls --------------------===//

#include "AdjointBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

/// Operations of a flat function above which the tape is taken: every call is a copy of its function.
static constexpr size_t largest = 60000;

static size_t countOps(Operation *root) {
  size_t count = 0;
  root->walk([&](Operation *) { ++count; });
  return count;
}

/// Puts the body of the callee, one block, in the place of the call.
static void replaceByBody(func::CallOp call, func::FuncOp callee) {
  OpBuilder b(call);
  IRMapping map;
  Block &body = callee.getBody().front();
  map.map(body.getArguments(), call.getOperands());
  for (Operation &op : body.without_terminator())
    b.clone(op, map);
  for (auto [result, returned] : llvm::zip(call.getResults(), body.getTerminator()->getOperands()))
    result.replaceAllUsesWith(map.lookupOrDefault(returned));
  call.erase();
}

/// Arrays of constant size live as long as the function.
static void hoistArrays(func::FuncOp f) {
  SmallVector<LLVM::AllocaOp> nested;
  f.walk([&](LLVM::AllocaOp op) {
    if (!isa<func::FuncOp>(op->getParentOp()) && matchPattern(op.getArraySize(), m_Constant()))
      nested.push_back(op);
  });
  Block &entry = f.getBody().front();
  for (LLVM::AllocaOp op : llvm::reverse(nested)) {
    Operation *size = op.getArraySize().getDefiningOp();
    op->moveBefore(&entry, entry.begin());
    OpBuilder b(op);
    op->setOperand(0, b.clone(*size)->getResult(0));
  }
}

func::FuncOp sparsead::flattenForAdjoint(ModuleOp module, const Activity &activity, std::string &reason,
                                         std::optional<Location> &loc) {
  func::FuncOp entry = activity.entry();
  auto flat = cast<func::FuncOp>(entry->clone());
  flat.setName(unusedName(module, entry.getName().str() + ".flat"));
  flat.setPrivate();
  module.push_back(flat);
  auto refuse = [&](Operation *op, const Twine &text) {
    reason = text.str();
    loc = op->getLoc();
    flat.erase();
    return func::FuncOp();
  };
  llvm::DenseMap<Operation *, std::pair<bool, size_t>> callees; // recursive, size
  size_t size = countOps(flat);
  for (bool changed = true; changed;) {
    changed = false;
    SmallVector<func::CallOp> calls;
    flat.walk([&](func::CallOp call) { calls.push_back(call); });
    for (func::CallOp call : calls) {
      auto callee = module.lookupSymbol<func::FuncOp>(call.getCallee());
      if (!callee || callee.isExternal() || !llvm::hasSingleElement(callee.getBody()))
        continue;
      auto [it, fresh] = callees.try_emplace(callee);
      if (fresh)
        it->second = {isRecursive(module, callee), countOps(callee)};
      if (it->second.first)
        return refuse(call, "a recursion");
      size += it->second.second;
      if (size > largest)
        return refuse(call, "a function too large to be written out without calls");
      replaceByBody(call, callee);
      changed = true;
    }
  }
  hoistArrays(flat);
  return flat;
}
