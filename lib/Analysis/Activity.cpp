//===- Activity.cpp - which values and memory carry derivatives -----------===//

#include "sparsead/Analysis/Activity.h"
#include "sparsead/Interfaces/DifferentiableOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace sparsead;

static bool isFloatLike(Type t) { return isa<FloatType>(getElementTypeOrSelf(t)); }
static bool isPointer(Type t) { return isa<LLVM::LLVMPointerType>(t); }

Activity::Activity(ModuleOp module, RequestOpInterface request) : module(module), request(request) {
  MemoryObject unknown;
  unknown.kind = MemoryObject::Unknown;
  unknown.name = "memory behind an integer";
  objects.push_back(unknown);
}

//===----------------------------------------------------------------------===//
// Lattice updates
//===----------------------------------------------------------------------===//

bool Activity::set(bool &flag) {
  if (flag)
    return false;
  flag = changed = true;
  return true;
}

bool Activity::mark(DenseSet<Value> &s, Value v) {
  bool fresh = s.insert(v).second;
  changed |= fresh;
  return fresh;
}

bool Activity::joinPointer(Value v, const PointerSet &s) {
  bool grew = pointers[v].join(s);
  changed |= grew;
  return grew;
}

const PointerSet &Activity::pointsTo(Value v) const {
  static const PointerSet none;
  auto it = pointers.find(v);
  return it == pointers.end() ? none : it->second;
}

void Activity::flow(Value from, Value to) {
  if (active.contains(from))
    mark(active, to);
  if (tainted.contains(from))
    mark(tainted, to);
  if (bits.contains(from))
    mark(bits, to);
  if (isPointer(from.getType()))
    joinPointer(to, PointerSet(pointsTo(from)));
}

//===----------------------------------------------------------------------===//
// Driver
//===----------------------------------------------------------------------===//

LogicalResult Activity::run() {
  entryFunc = symbols.lookupNearestSymbolFrom<func::FuncOp>(request, request.getFunctionAttr());
  if (!entryFunc || entryFunc.isExternal()) {
    InFlightDiagnostic d =
        request.emitError("cannot differentiate this function: its control flow or its signature has "
                          "no structured form (a computed goto, variadic parameters)");
    d.attachNote() << "use switch, loops and ordinary parameters";
    return d;
  }
  if (!llvm::all_of(entryFunc.getArgumentTypes(), isPointer))
    return request.emitError("'") << request.getFunctionName()
                                  << "' takes memrefs or numbers: run sparsead-normal-form first";
  seed();
  reached.insert(entryFunc);
  do {
    changed = false;
    // `reached` grows while visiting.
    for (unsigned i = 0; i < reached.size(); ++i)
      visitFunction(reached[i]);
  } while (changed);
  return success();
}

void Activity::visitFunction(func::FuncOp f) { visitRegion(f.getBody(), taintedFunctions.contains(f)); }

void Activity::visitRegion(Region &region, bool control) {
  for (Block &block : region)
    for (Operation &op : block)
      visit(&op, control);
}

void Activity::visit(Operation *op, bool control) {
  if (isa<scf::IfOp, scf::ForOp, scf::WhileOp, scf::IndexSwitchOp, scf::ExecuteRegionOp>(op))
    return visitStructured(op, control);
  if (auto address = dyn_cast<LLVM::AddressOfOp>(op))
    return visitGlobal(address);
  if (visitMemory(op, control))
    return;
  if (isa<func::CallOp, LLVM::CallOp, LLVM::InvokeOp>(op))
    return visitCall(op, control);
  if (auto ret = dyn_cast<func::ReturnOp>(op)) {
    auto &list = returns[ret->getParentOp()];
    if (!llvm::is_contained(list, ret)) {
      list.push_back(ret);
      changed = true;
    }
    return;
  }
  if (op->hasTrait<OpTrait::IsTerminator>())
    return; // handled with the structured parent
  visitDefault(op, control);
}

//===----------------------------------------------------------------------===//
// Structured control flow
//===----------------------------------------------------------------------===//

void Activity::visitStructured(Operation *op, bool control) {
  auto taintAll = [&](ValueRange values) {
    for (Value v : values)
      mark(tainted, v);
  };
  if (auto ifOp = dyn_cast<scf::IfOp>(op)) {
    bool unknown = isTainted(ifOp.getCondition());
    anyTaintedControl |= unknown;
    for (Region *r : {&ifOp.getThenRegion(), &ifOp.getElseRegion()}) {
      if (r->empty())
        continue;
      visitRegion(*r, control || unknown);
      for (auto [from, to] : llvm::zip(r->front().getTerminator()->getOperands(), op->getResults()))
        flow(from, to);
    }
    if (unknown)
      taintAll(op->getResults());
    return;
  }
  if (auto sw = dyn_cast<scf::IndexSwitchOp>(op)) {
    bool unknown = isTainted(sw.getArg());
    anyTaintedControl |= unknown;
    for (Region &r : op->getRegions()) {
      visitRegion(r, control || unknown);
      for (auto [from, to] : llvm::zip(r.front().getTerminator()->getOperands(), op->getResults()))
        flow(from, to);
    }
    if (unknown)
      taintAll(op->getResults());
    return;
  }
  if (auto exec = dyn_cast<scf::ExecuteRegionOp>(op)) {
    visitRegion(exec.getRegion(), control);
    for (Block &b : exec.getRegion())
      if (auto yield = dyn_cast<scf::YieldOp>(b.getTerminator()))
        for (auto [from, to] : llvm::zip(yield.getOperands(), op->getResults()))
          flow(from, to);
    return;
  }
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    bool unknown = isTainted(loop.getLowerBound()) || isTainted(loop.getUpperBound()) || isTainted(loop.getStep());
    anyTaintedControl |= unknown;
    for (auto [init, arg] : llvm::zip(loop.getInitArgs(), loop.getRegionIterArgs()))
      flow(init, arg);
    if (unknown) {
      taintAll(loop.getRegionIterArgs());
      taintAll(loop.getResults());
      mark(tainted, loop.getInductionVar());
    }
    visitRegion(loop.getRegion(), control || unknown);
    for (auto [from, arg, to] : llvm::zip(loop.getYieldedValues(), loop.getRegionIterArgs(), loop.getResults())) {
      flow(from, arg);
      flow(from, to);
      flow(arg, to);
    }
    return;
  }
  auto loop = cast<scf::WhileOp>(op);
  for (auto [init, arg] : llvm::zip(loop.getInits(), loop.getBeforeArguments()))
    flow(init, arg);
  bool unknown = isTainted(loop.getConditionOp().getCondition());
  anyTaintedControl |= unknown;
  if (unknown) {
    taintAll(loop.getBeforeArguments());
    taintAll(loop.getAfterArguments());
    taintAll(loop.getResults());
  }
  visitRegion(loop.getBefore(), control || unknown);
  for (auto [from, arg, to] : llvm::zip(loop.getConditionOp().getArgs(), loop.getAfterArguments(), loop.getResults())) {
    flow(from, arg);
    flow(from, to);
  }
  visitRegion(loop.getAfter(), control || unknown);
  for (auto [from, arg] : llvm::zip(loop.getYieldOp().getOperands(), loop.getBeforeArguments()))
    flow(from, arg);
}

//===----------------------------------------------------------------------===//
// Calls and everything else
//===----------------------------------------------------------------------===//

/// May the object, or what its pointers lead to, hold something that is not known while planning?
bool Activity::mayHoldUnknown(ObjectId id) const {
  SmallVector<ObjectId> work{id};
  llvm::DenseSet<ObjectId> seen;
  while (!work.empty()) {
    ObjectId at = work.pop_back_val();
    if (!seen.insert(at).second)
      continue;
    const MemoryObject &o = objects[at];
    if (o.active || (o.specified && !o.leaves.empty()) || o.taintedFloat || o.taintedInt || o.taintedPtr)
      return true;
    for (const auto &[offset, cell] : o.cells)
      for (const Target &t : cell.targets())
        work.push_back(t.object);
    for (const Target &t : o.anyCell.targets())
      work.push_back(t.object);
  }
  return false;
}

/// SPARSEAD_INACTIVE: neither its results nor what it writes carry derivatives.
void Activity::visitInactiveCall(Operation *op, bool control) {
  bool unknown = false, writes = false;
  for (auto [k, v] : llvm::enumerate(op->getOperands())) {
    unknown |= isTainted(v);
    if (!isPointer(v.getType()))
      continue;
    writes |= mayWriteThrough(op, k);
    unknown |= llvm::any_of(pointsTo(v).targets(), [&](const Target &t) { return mayHoldUnknown(t.object); });
  }
  unknown |= control && writes;
  if (unknown && unknownCalls.insert(op).second)
    changed = true;
  for (Value r : op->getResults()) {
    if (unknown)
      setTainted(r);
    if (isPointer(r.getType())) {
      PointerSet s;
      s.insert({objectFor(op, MemoryObject::External, "memory returned by a call"), 0, 0});
      joinPointer(r, s);
    }
  }
  for (auto [k, v] : llvm::enumerate(op->getOperands())) {
    if (!isPointer(v.getType()) || !mayWriteThrough(op, k))
      continue;
    for (const Target &t : SmallVector<Target>(pointsTo(v).targets())) {
      set(objects[t.object].loaded);
      if (unknown) {
        set(objects[t.object].taintedFloat);
        set(objects[t.object].taintedInt);
      }
    }
  }
}

void Activity::visitCall(Operation *op, bool control) {
  if (isInactiveCall(op))
    return visitInactiveCall(op, control);
  func::FuncOp callee;
  if (auto call = dyn_cast<func::CallOp>(op))
    callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(op, call.getCalleeAttr());
  if (callee && !callee.isExternal()) {
    if (reached.insert(callee))
      changed = true;
    if (control && taintedFunctions.insert(callee).second)
      changed = true;
    for (auto [actual, formal] : llvm::zip(op->getOperands(), callee.getArguments()))
      flow(actual, formal);
    for (func::ReturnOp ret : returns[callee])
      for (auto [from, to] : llvm::zip(ret.getOperands(), op->getResults()))
        flow(from, to);
    return;
  }
  visitDefault(op, control);
}

/// sparsead_rt_adjoint_copy: adjoints at the first pointer go to the second.
static bool isAdjointCopy(Operation *op) { return calleeName(op).starts_with("sparsead_rt_adjoint_copy"); }

void Activity::visitDefault(Operation *op, bool control) {
  if (isAdjointCopy(op) && isa<func::CallOp>(op))
    for (const Target &to : SmallVector<Target>(pointsTo(op->getOperand(0)).targets()))
      for (const Target &from : SmallVector<Target>(pointsTo(op->getOperand(1)).targets()))
        if (objects[to.object].active)
          set(objects[from.object].active);
  bool anyTainted = llvm::any_of(op->getOperands(), [&](Value v) { return isTainted(v); });
  if (anyTainted)
    for (Value r : op->getResults())
      setTainted(r);

  auto rule = dyn_cast<DifferentiableOpInterface>(op);
  for (OpOperand &operand : op->getOpOperands()) {
    Value v = operand.get();
    if (isActive(v) && rule && rule.dependence(operand.getOperandNumber()) != Dependence::None)
      for (Value r : op->getResults())
        mark(active, r);
    // Vector shuffles and the like: no rule, yet they carry floats.
    if (isActive(v) && !rule && !isa<arith::CmpFOp>(op))
      for (Value r : op->getResults())
        if (isFloatLike(r.getType()))
          mark(active, r);
  }
  // Bits of active floats in integers: arithmetic keeps them, tests drop them.
  bool fromBits = llvm::any_of(op->getOperands(), [&](Value v) {
    return bits.contains(v) || (isActive(v) && isa<arith::BitcastOp, LLVM::BitcastOp>(op));
  });
  if (fromBits && !isa<arith::CmpIOp>(op))
    for (Value r : op->getResults())
      if (r.getType().isIntOrIndex())
        mark(bits, r);

  for (Value r : op->getResults()) {
    if (!isPointer(r.getType()))
      continue;
    PointerSet s;
    for (Value v : op->getOperands())
      if (isPointer(v.getType()))
        s.join(pointsTo(v));
    if (isa<LLVM::IntToPtrOp>(op) || isa<LLVM::CallOp, func::CallOp>(op) || isa<LLVM::ExtractValueOp>(op)) {
      // A pointer from an unknown place: user memory of its own.
      if (isa<LLVM::IntToPtrOp>(op)) {
        s.insert({0, 0, 1});
      } else {
        ObjectId id = objectFor(op, MemoryObject::External, "memory returned by a call");
        s.insert({id, 0, 0});
      }
    }
    joinPointer(r, s);
  }
}
