//===- LocalSites.cpp - loop bodies as functions of what they load --------===//

#include "sparsead/Analysis/LocalSites.h"

#include "LocalLanes.h"

#include "sparsead/Interfaces/DifferentiableOpInterface.h"
#include "sparsead/rt/abi.hpp"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

/// More slots than that in one site, or partials beside one temporary: vector
/// forward mode is cheaper, and the code would grow too large.
static constexpr unsigned maxSlots = 256, maxWidth = 48;

static bool isFloat(Value v) { return isa<FloatType>(v.getType()); }

bool LocalSites::fail(Location loc, const Twine &reason) {
  if (!whyLoc) {
    why = reason.str();
    whyLoc = loc;
  }
  return false;
}

const LocalSite *LocalSites::siteOf(Operation *store) const {
  auto it = siteNumbers.find(store);
  return it == siteNumbers.end() ? nullptr : &allSites[it->second];
}

const LocalLoop *LocalSites::loopOf(Operation *loop) const {
  auto it = loopNumbers.find(loop);
  return it == loopNumbers.end() ? nullptr : &allLoops[it->second];
}

ArrayRef<unsigned> LocalSites::cellsInside(Operation *op) const {
  auto it = regionCells.find(op);
  return it == regionCells.end() ? ArrayRef<unsigned>() : ArrayRef<unsigned>(it->second);
}

ArrayRef<unsigned> LocalSites::cellsOf(Operation *load) const {
  auto it = loadCells.find(load);
  return it == loadCells.end() ? ArrayRef<unsigned>() : ArrayRef<unsigned>(it->second);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static bool bearsElements(const MemoryObject &object) { return object.dense || !object.leaves.empty(); }

/// Is every access to the allocation one to its last instance? Outside of loops
/// there is only one; inside, all addresses must be made from the allocation's
/// own result.
bool LocalSites::isSingle(const MemoryObject &object) const {
  Operation *origin = object.origin;
  if (!origin || !(origin->getParentOfType<scf::ForOp>() || origin->getParentOfType<scf::WhileOp>()))
    return true;
  bool single = true;
  SmallVector<Value> work(origin->getResults());
  llvm::DenseSet<Value> seen(work.begin(), work.end());
  while (!work.empty() && single) {
    Value v = work.pop_back_val();
    for (OpOperand &use : v.getUses()) {
      Operation *user = use.getOwner();
      if (isa<LLVM::GEPOp, arith::SelectOp, LLVM::SelectOp>(user)) {
        if (seen.insert(user->getResult(0)).second)
          work.push_back(user->getResult(0));
      } else if (isa<scf::YieldOp>(user) && isa<scf::IfOp, scf::IndexSwitchOp>(user->getParentOp())) {
        Value result = user->getParentOp()->getResult(use.getOperandNumber());
        if (seen.insert(result).second)
          work.push_back(result);
      } else if (auto store = dyn_cast<LLVM::StoreOp>(user)) {
        single &= store.getValue() != v;
      } else {
        single &= isa<LLVM::LoadOp, LLVM::MemsetOp, LLVM::ICmpOp, LLVM::PtrToIntOp, LLVM::CallOp, func::CallOp>(user);
      }
    }
  }
  return single;
}

/// Does the request say that nothing but additions to its own elements reads the item (`unread`)? Its stores are none
/// of the derivative's business then.
bool LocalSites::isUnread(const MemoryObject &object) const {
  RequestOpInterface request = activity.getRequest();
  auto unread = request->getAttrOfType<DenseI64ArrayAttr>("unread");
  return unread && llvm::any_of(unread.asArrayRef(), [&](int64_t k) {
           return cast<ObjectAttr>(request.getObjects()[static_cast<unsigned>(k)]).getName() == object.name;
         });
}

bool LocalSites::classifyObjects() {
  auto writes = [&](Value pointer) {
    for (const Target &t : activity.pointsTo(pointer).targets())
      written.insert(t.object);
  };
  function.walk([&](Operation *op) {
    if (auto o = dyn_cast<LLVM::StoreOp>(op))
      writes(o.getAddr());
    else if (auto o = dyn_cast<LLVM::MemsetOp>(op))
      writes(o.getDst());
    else if (auto o = dyn_cast<LLVM::MemcpyOp>(op))
      writes(o.getDst());
    else if (auto o = dyn_cast<LLVM::MemmoveOp>(op))
      writes(o.getDst());
  });
  for (auto [id, object] : llvm::enumerate(activity.allObjects())) {
    bool elements = object.specified && bearsElements(object);
    if (elements && object.roles == abi::role_work && isUnread(object))
      continue;
    bool in = elements && (object.roles & abi::role_input), out = elements && (object.roles & abi::role_output);
    if (in && (out || written.contains(id)))
      return fail(function.getLoc(), "'" + object.name + "' is read and written");
    if (in)
      inputs.insert(id);
    else if (out)
      outputs.insert(id);
    else if (object.active && (!object.specified || argumentOf(object)))
      temporaries.insert(id);
    else if (object.active)
      return fail(function.getLoc(), "'" + object.name + "' is not an array of its own");
    if (temporaries.contains(id) && object.isLocal() && !isSingle(object))
      return fail(object.origin->getLoc(), "memory allocated in a loop is used through several pointers");
  }
  return true;
}

LocalSites::Class LocalSites::classOf(Value pointer) const {
  Class found = Class::None;
  bool first = true;
  for (const Target &t : activity.pointsTo(pointer).targets()) {
    Class c = inputs.contains(t.object)        ? Class::Input
              : outputs.contains(t.object)     ? Class::Output
              : temporaries.contains(t.object) ? Class::Temporary
                                               : Class::None;
    if (!first && (c != found || c == Class::Temporary))
      return Class::Mixed;
    found = c;
    first = false;
  }
  return found;
}

bool LocalSites::isOutput(Value pointer) const { return classOf(pointer) == Class::Output; }

bool LocalSites::isPlainOutput(Value pointer) const {
  return isOutput(pointer) && llvm::all_of(activity.pointsTo(pointer).targets(), [&](const Target &t) {
           const MemoryObject &object = activity.object(t.object);
           return object.kind == MemoryObject::Pointee && activity.object(object.parent).kind == MemoryObject::Argument;
         });
}

bool LocalSites::outputsAreUnread() const {
  llvm::DenseSet<Operation *> added;
  bool any = false;
  for (const LocalSite &site : allSites) {
    if (site.old)
      added.insert(site.old);
    any |= site.kind != LocalSite::Row && isPlainOutput(site.store.getAddr());
  }
  // Whatever else may read them, calls for output among it, keeps them.
  bool unread = true;
  activity.entry().walk([&](Operation *op) {
    if (auto load = dyn_cast<LLVM::LoadOp>(op)) {
      if (added.contains(op))
        unread &= llvm::hasSingleElement(load.getResult().getUses());
      else
        unread &= !mayReadOutputs(load.getAddr());
    } else if (auto copy = dyn_cast<LLVM::MemcpyOp>(op)) {
      unread &= !mayReadOutputs(copy.getSrc());
    } else if (auto move = dyn_cast<LLVM::MemmoveOp>(op)) {
      unread &= !mayReadOutputs(move.getSrc());
    } else if (isa<LLVM::CallOp, func::CallOp>(op)) {
      for (Value v : op->getOperands())
        unread &= !isa<LLVM::LLVMPointerType>(v.getType()) || !mayReadOutputs(v);
    }
  });
  return any && unread;
}

bool LocalSites::mayReadOutputs(Value pointer) const {
  return llvm::any_of(activity.pointsTo(pointer).targets(),
                      [&](const Target &t) { return outputs.contains(t.object); });
}

bool LocalSites::isKept(Value pointer) const {
  auto targets = activity.pointsTo(pointer).targets();
  return targets.size() == 1 && kept.contains(targets[0].object);
}

const MemoryObject *LocalSites::temporary(Value pointer) const {
  if (classOf(pointer) != Class::Temporary && !isKept(pointer))
    return nullptr;
  return &activity.object(activity.pointsTo(pointer).targets()[0].object);
}

bool LocalSites::hasSpecifiedTemporaries() const {
  return !kept.empty() || llvm::any_of(temporaries, [&](ObjectId id) { return activity.object(id).specified; });
}

std::optional<unsigned> LocalSites::argumentOf(const MemoryObject &object) const {
  RequestOpInterface request = activity.getRequest();
  for (Attribute attribute : request.getObjects()) {
    auto item = cast<ObjectAttr>(attribute);
    ArrayRef<int64_t> path = item.getPath();
    if (item.getName() == object.name && path.size() == 4 && path[0] == abi::step_deref && path[2] == abi::step_index)
      return static_cast<unsigned>(item.getArgument());
  }
  return std::nullopt;
}

/// Is the operation executed a number of times that is known while planning?
bool LocalSites::isPlaced(Operation *op) {
  for (Operation *p = op->getParentOp(); p && !isa<func::FuncOp>(p); p = p->getParentOp()) {
    bool tainted = false;
    if (auto loop = dyn_cast<scf::ForOp>(p))
      tainted = activity.isTainted(loop.getLowerBound()) || activity.isTainted(loop.getUpperBound()) ||
                activity.isTainted(loop.getStep());
    else if (auto branch = dyn_cast<scf::IfOp>(p))
      tainted = activity.isTainted(branch.getCondition());
    else if (auto sw = dyn_cast<scf::IndexSwitchOp>(p))
      tainted = activity.isTainted(sw.getArg());
    else if (auto loop = dyn_cast<scf::WhileOp>(p))
      tainted = activity.isTainted(loop.getConditionOp().getCondition());
    else
      return fail(op->getLoc(), "it is inside of an operation that is not known");
    if (tainted)
      return fail(op->getLoc(), "whether it is executed depends on active data");
  }
  return true;
}

bool LocalSites::checkOps() {
  bool ok = true;
  function.walk([&](Operation *op) {
    if (!ok)
      return;
    if (auto call = dyn_cast<func::CallOp>(op)) {
      auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, call.getCalleeAttr());
      if (callee && !callee.isExternal())
        ok = fail(op->getLoc(), "a call of a function that is not inlined");
      return;
    }
    auto copy = [&](Value dst) {
      Class c = classOf(dst);
      if (c != Class::None)
        ok = fail(op->getLoc(), "active memory is copied");
    };
    if (auto o = dyn_cast<LLVM::MemcpyOp>(op))
      return copy(o.getDst());
    if (auto o = dyn_cast<LLVM::MemmoveOp>(op))
      return copy(o.getDst());
    if (auto o = dyn_cast<LLVM::MemsetOp>(op)) {
      Class c = classOf(o.getDst());
      if (c == Class::None)
        return;
      ok = c != Class::Mixed && c != Class::Input && !activity.isTainted(o.getDst()) &&
           !activity.isTainted(o.getLen()) && isPlaced(op);
      if (!ok)
        fail(op->getLoc(), "active memory is filled in a way that is not known");
      return;
    }
    auto store = dyn_cast<LLVM::StoreOp>(op);
    if (!store)
      return;
    Class c = classOf(store.getAddr());
    if (c == Class::None)
      return;
    if (c == Class::Mixed || c == Class::Input) {
      ok = fail(op->getLoc(), "it is not known which array is written");
      return;
    }
    if (isFloat(store.getValue())) {
      if (c == Class::Output && isOverwritten(store))
        dead.insert(store);
      else
        ok = makeSite(store);
      return;
    }
    for (const Target &t : activity.pointsTo(store.getAddr()).targets())
      if (activity.object(t.object).mayHoldFloat(t) || activity.object(t.object).mayBeLeaf(t))
        if (!isa<LLVM::LLVMPointerType>(store.getValue().getType()))
          ok = fail(op->getLoc(), "bits are written into active memory");
  });
  return ok;
}

/// Does the same block store to the same element of an output again, before anything could read it? LLVM keeps such
/// stores where an input that is read in between might be the same array, which it is not.
bool LocalSites::isOverwritten(LLVM::StoreOp store) {
  for (Operation *op = store->getNextNode(); op; op = op->getNextNode()) {
    if (auto again = dyn_cast<LLVM::StoreOp>(op)) {
      if (again.getAddr() == store.getAddr() && again.getValue().getType() == store.getValue().getType())
        return true;
      continue;
    }
    if (isa<LLVM::CallOp, func::CallOp, LLVM::MemcpyOp, LLVM::MemmoveOp>(op) || op->getNumRegions() > 0)
      return false;
    if (auto load = dyn_cast<LLVM::LoadOp>(op); load && mayReadOutputs(load.getAddr()))
      return false;
  }
  return false;
}

/// Members of one element: a constant apart, and not by less than they need.
static bool areApart(Value a, Value b, int64_t bytes) {
  LinearAddress x = LinearAddress::of(a), y = LinearAddress::of(b);
  return x.base == y.base && x.sameTerms(y) && std::abs(x.constant - y.constant) >= bytes;
}

/// Is memory written after `from`, a load perhaps, and before `to` (one block)?
bool LocalSites::writesBetween(Operation *from, Operation *to, bool outputsCount) {
  auto load = dyn_cast<LLVM::LoadOp>(from);
  for (Operation *op = from->getNextNode(); op && op != to; op = op->getNextNode()) {
    bool writes = false;
    op->walk([&](Operation *inner) {
      if (auto store = dyn_cast<LLVM::StoreOp>(inner))
        writes |= !dead.contains(store) && isOutput(store.getAddr()) == outputsCount &&
                  !(load && isFloat(store.getValue()) && areApart(store.getAddr(), load.getAddr(), 8));
      else if (auto fill = dyn_cast<LLVM::MemsetOp>(inner))
        writes |= isOutput(fill.getDst()) == outputsCount;
      else if (isa<LLVM::MemcpyOp, LLVM::MemmoveOp, LLVM::CallOp, func::CallOp>(inner))
        writes = true;
    });
    if (writes)
      return true;
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

struct LocalSites::Slice {
  explicit Slice(LocalSite &site) : site(site) {}
  LocalSite &site;
  llvm::DenseMap<Operation *, LocalReduction *> reductions;
  llvm::DenseSet<Value> chain;
  llvm::DenseSet<Value> ends;
  llvm::DenseSet<std::pair<Value, unsigned>> visited;
  llvm::DenseSet<Operation *> loads;
};

/// Is v = end + (what does not come from it)? Collects the values between.
bool LocalSites::unitChain(Value v, function_ref<bool(Value)> isEnd, llvm::DenseSet<Value> &chain) {
  if (isEnd(v)) {
    chain.insert(v);
    return true;
  }
  Operation *op = v.getDefiningOp();
  if (!op || !activity.isActive(v))
    return false;
  auto follow = [&](Value operand) { return unitChain(operand, isEnd, chain); };
  bool found = false;
  if (isa<arith::AddFOp>(op)) {
    bool left = follow(op->getOperand(0));
    found = left ? op->getOperand(0) != op->getOperand(1) : follow(op->getOperand(1));
  } else if (isa<arith::SubFOp>(op)) {
    found = follow(op->getOperand(0));
  } else if (isa<LLVM::FMulAddOp, LLVM::FMAOp, math::FmaOp>(op)) {
    found = follow(op->getOperand(2));
  } else if (isa<arith::SelectOp, LLVM::SelectOp>(op)) {
    found = follow(op->getOperand(1)) && follow(op->getOperand(2));
  } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned k = cast<OpResult>(v).getResultNumber();
    found = follow(branch.thenYield().getOperand(k)) && follow(branch.elseYield().getOperand(k));
  } else if (auto loop = dyn_cast<scf::ForOp>(op)) {
    unsigned k = cast<OpResult>(v).getResultNumber();
    Value arg = loop.getRegionIterArg(k);
    found = follow(loop.getInitArgs()[k]) &&
            unitChain(loop.getBody()->getTerminator()->getOperand(k), [&](Value e) { return e == arg; }, chain);
  }
  if (found)
    chain.insert(v);
  return found;
}

/// The load of the same element whose value the store puts back with something
/// added; null where there is none.
LLVM::LoadOp LocalSites::addedTo(LLVM::StoreOp store) {
  LLVM::LoadOp found;
  llvm::DenseSet<Value> chain;
  auto isOld = [&](Value v) {
    auto load = v.getDefiningOp<LLVM::LoadOp>();
    if (!load || load.getAddr() != store.getAddr() || load->getBlock() != store->getBlock())
      return false;
    found = load;
    return true;
  };
  if (!unitChain(store.getValue(), isOld, chain))
    return nullptr;
  // Between the two the element keeps its value.
  return found && !writesBetween(found, store, /*outputsCount=*/true) ? found : LLVM::LoadOp();
}

bool LocalSites::makeSite(LLVM::StoreOp store) {
  Location loc = store.getLoc();
  if (!isPlaced(store))
    return false;
  if (activity.isTainted(store.getAddr()))
    return fail(loc, "where it is stored depends on active data");
  siteNumbers[store] = allSites.size();
  LocalSite &site = allSites.emplace_back();
  site.number = allSites.size() - 1;
  site.store = store;
  const MemoryObject *object = temporary(store.getAddr());
  LocalSite *row = nullptr;
  if (isKept(store.getAddr())) {
    site.row = static_cast<int>(allSites.size());
    row = &allSites.emplace_back();
    row->number = static_cast<unsigned>(site.row);
    row->store = store;
    row->kind = LocalSite::Row;
  }
  site.kind = object && !row ? LocalSite::Row : LocalSite::Assign;
  if (object && !store.getValue().getType().isF64())
    return fail(loc, "a temporary of another type than double");
  if (!activity.isActive(store.getValue()))
    return true;
  Slice slice(site);
  if (!object) {
    site.old = addedTo(store);
    if (site.old) {
      site.kind = LocalSite::Add;
      slice.ends.insert(site.old.getResult());
      Value old = site.old.getResult();
      unitChain(store.getValue(), [&](Value v) { return v == old; }, slice.chain);
    }
  }
  if (!visit(store.getValue(), slice))
    return false;
  for (auto [v, unused] : slice.visited)
    sliced.insert(v);
  findOptional(site);
  if (object && !site.reductions.empty())
    return fail(loc, "a temporary receives a sum over a loop");
  if (row)
    row->slots = site.slots;
  // Groups in the order in which a sweep from the result comes to them.
  unsigned group = site.reductions.size();
  for (Operation *op : sweepOrder(store.getValue(), nullptr))
    for (auto &reduction : site.reductions)
      if (reduction->loop == op)
        reduction->group = --group;
  return true;
}

/// Dependences of a value through one operation, as far as they are active.
static void operandsOf(const Activity &activity, Operation *op, llvm::function_ref<void(Value)> visit) {
  auto yields = [&](Region &region) {
    Block &block = region.front();
    for (Value v : block.getTerminator()->getOperands())
      visit(v);
  };
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    for (Value v : loop.getInitArgs())
      visit(v);
    yields(loop.getRegion());
  } else if (isa<scf::IfOp, scf::IndexSwitchOp>(op)) {
    for (Region &region : op->getRegions())
      if (!region.empty())
        yields(region);
  } else if (!isa<LLVM::LoadOp>(op)) {
    for (Value v : op->getOperands())
      visit(v);
  }
}

SmallVector<Operation *> LocalSites::sweepOrder(Value root, Region *scope) const {
  return sweepOrder(ArrayRef<Value>(root), scope);
}

SmallVector<Operation *> LocalSites::sweepOrder(ArrayRef<Value> roots, Region *scope) const {
  // Operations with regions stand for all that is inside of them: what they
  // take from outside comes before them.
  SmallVector<Operation *> order;
  llvm::DenseSet<Operation *> seen;
  std::function<void(Value, Region *)> go = [&](Value v, Region *inside) {
    if (!isFloat(v) || !activity.isActive(v))
      return;
    Operation *op = v.getDefiningOp();
    if (!op || (scope && !scope->isAncestor(op->getParentRegion())) || !seen.insert(op).second)
      return;
    operandsOf(activity, op, [&](Value operand) { go(operand, inside); });
    order.push_back(op);
  };
  for (Value root : roots)
    go(root, scope);
  std::reverse(order.begin(), order.end());
  return order;
}

bool LocalSites::addSlot(LLVM::LoadOp load, Slice &slice) {
  if (!slice.loads.insert(load).second)
    return true;
  SmallVectorImpl<LocalSlot> *list = &slice.site.slots;
  for (Operation *p = load->getParentOp(); p; p = p->getParentOp())
    if (LocalReduction *reduction = slice.reductions.lookup(p)) {
      list = &reduction->slots;
      break;
    }
  list->push_back({load, 0, false});
  if (list->size() > maxSlots)
    return fail(load.getLoc(), "too many values depend on each other");
  return true;
}

bool LocalSites::visit(Value v, Slice &slice) {
  if (!isFloat(v) || !activity.isActive(v))
    return true;
  bool onChain = slice.chain.contains(v);
  if (slice.ends.contains(v))
    return onChain;
  if (!slice.visited.insert({v, 0}).second)
    return true;
  if (isa<BlockArgument>(v))
    return fail(v.getParentBlock()->getParentOp()->getLoc(), "a value is carried from one iteration to the next");
  Operation *op = v.getDefiningOp();
  unsigned number = cast<OpResult>(v).getResultNumber();
  // An operand that the chain goes through may end in the old value, others not.
  auto through = [&](Value operand) {
    if (!slice.ends.contains(operand))
      return visit(operand, slice);
    bool ok = false;
    if (onChain) {
      if (isa<arith::AddFOp>(op))
        ok = true;
      else if (isa<arith::SubFOp>(op))
        ok = operand == op->getOperand(0) && operand != op->getOperand(1);
      else if (isa<LLVM::FMulAddOp, LLVM::FMAOp, math::FmaOp>(op))
        ok = operand == op->getOperand(2) && operand != op->getOperand(0) && operand != op->getOperand(1);
      else
        ok = isa<arith::SelectOp, LLVM::SelectOp, scf::IfOp, scf::ForOp>(op);
    }
    return ok || fail(op->getLoc(), "a value is carried from one iteration to the next");
  };
  // What stands off the chain must not lead back to it.
  auto offChain = [&](Value operand) {
    if (slice.chain.contains(operand) && !slice.ends.contains(operand)) {
      bool through = false;
      if (onChain) {
        if (isa<arith::AddFOp>(op))
          through = !(slice.chain.contains(op->getOperand(0)) && slice.chain.contains(op->getOperand(1)));
        else if (isa<arith::SubFOp>(op))
          through = operand == op->getOperand(0) && operand != op->getOperand(1);
        else if (isa<LLVM::FMulAddOp, LLVM::FMAOp, math::FmaOp>(op))
          through = operand == op->getOperand(2) && operand != op->getOperand(0) && operand != op->getOperand(1);
        else
          through = isa<arith::SelectOp, LLVM::SelectOp, scf::IfOp, scf::ForOp>(op);
      }
      if (!through)
        return fail(op->getLoc(), "a sum is used while it is made");
    }
    return true;
  };
  auto both = [&](Value operand) { return offChain(operand) && through(operand); };

  if (auto load = dyn_cast<LLVM::LoadOp>(op)) {
    Class c = classOf(load.getAddr());
    if (c == Class::Output && !isKept(load.getAddr())) {
      auto targets = activity.pointsTo(load.getAddr()).targets();
      if (targets.size() == 1 && argumentOf(activity.object(targets[0].object)))
        readBack.insert(targets[0].object);
      return fail(op->getLoc(), "an output is read");
    }
    if (c == Class::Mixed || c == Class::None)
      return fail(op->getLoc(), "it is not known which array is read");
    if (activity.isTainted(load.getAddr()))
      return fail(op->getLoc(), "a subscript depends on active data");
    if (c != Class::Input && !load.getType().isF64())
      return fail(op->getLoc(), "a temporary of another type than double");
    return addSlot(load, slice);
  }
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return both(branch.thenYield().getOperand(number)) && both(branch.elseYield().getOperand(number));
  if (auto sw = dyn_cast<scf::IndexSwitchOp>(op))
    return llvm::all_of(op->getRegions(),
                        [&](Region &r) { return both(r.front().getTerminator()->getOperand(number)); });
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return visitLoop(loop, number, slice);
  if (isa<arith::SelectOp, LLVM::SelectOp>(op))
    return both(op->getOperand(1)) && both(op->getOperand(2));
  if (isa<ub::PoisonOp, LLVM::UndefOp, LLVM::PoisonOp>(op))
    return true;
  auto rule = dyn_cast<DifferentiableOpInterface>(op);
  if (!rule || op->getNumResults() != 1)
    return fail(op->getLoc(), "an operation without a rule");
  for (OpOperand &operand : op->getOpOperands())
    if (rule.dependence(operand.getOperandNumber()) != Dependence::None && !both(operand.get()))
      return false;
  return true;
}

bool LocalSites::visitLoop(scf::ForOp loop, unsigned result, Slice &slice) {
  Location loc = loop.getLoc();
  Value arg = loop.getRegionIterArg(result), yielded = loop.getBody()->getTerminator()->getOperand(result);
  for (Value bound : {loop.getLowerBound(), loop.getUpperBound(), loop.getStep()})
    if (activity.isTainted(bound))
      return fail(loc, "the length of a loop depends on active data");
  if (!slice.reductions.count(loop)) {
    auto reduction = std::make_unique<LocalReduction>();
    reduction->loop = loop;
    LocalReduction *made = reduction.get();
    if (loop->getBlock() == slice.site.store->getBlock()) {
      if (writesBetween(loop, slice.site.store, /*outputsCount=*/false))
        return fail(loc, "memory is written between a sum and its use");
      reduction->group = slice.site.reductions.size();
      slice.site.reductions.push_back(std::move(reduction));
    } else if (LocalReduction *outer = slice.reductions.lookup(loop->getParentOp())) {
      if (outer->inner)
        return fail(loc, "several sums inside of a sum");
      outer->inner = std::move(reduction);
    } else {
      return fail(loc, "a sum that is made elsewhere than it is used");
    }
    // It runs a second time at the store, without its own stores: what it reads must be the same then.
    bool writes = false, reads = false;
    llvm::DenseSet<ObjectId> stored;
    loop.walk([&](Operation *op) {
      if (auto store = dyn_cast<LLVM::StoreOp>(op); store && isFloat(store.getValue())) {
        Class c = classOf(store.getAddr());
        writes |= c != Class::Output && c != Class::Temporary;
        for (const Target &t : activity.pointsTo(store.getAddr()).targets())
          stored.insert(t.object);
        return;
      }
      writes |= isa<LLVM::StoreOp, LLVM::MemsetOp, LLVM::MemcpyOp, LLVM::MemmoveOp, LLVM::CallOp, func::CallOp,
                    LLVM::AllocaOp, scf::WhileOp, TrapIfOp>(op);
    });
    loop.walk([&](LLVM::LoadOp load) {
      for (const Target &t : activity.pointsTo(load.getAddr()).targets())
        writes |= stored.contains(t.object);
      reads |= mayReadOutputs(load.getAddr());
    });
    if (reads)
      return fail(loc, "a loop that makes a sum reads an output");
    if (writes)
      return fail(loc, "a loop that makes a sum writes memory");
    slice.reductions[loop] = made;
  }
  llvm::DenseSet<Value> chain;
  if (!unitChain(yielded, [&](Value v) { return v == arg; }, chain))
    return fail(loc, "a value is carried from one iteration to the next");
  slice.chain.insert(chain.begin(), chain.end());
  slice.ends.insert(arg);
  if (yielded != arg && !visit(yielded, slice))
    return false;
  Value init = loop.getInitArgs()[result];
  if (slice.ends.contains(init))
    return slice.chain.contains(loop.getResult(result)) ||
           fail(loc, "a value is carried from one iteration to the next");
  return visit(init, slice);
}

//===----------------------------------------------------------------------===//
// Slots
//===----------------------------------------------------------------------===//

/// The inspector follows the side that is taken, and no iteration of a loop that
/// has none; the slots of a site are those of all sides.
void LocalSites::findOptional(LocalSite &site) {
  llvm::DenseSet<Operation *> behind;
  for (Operation *op : sweepOrder(site.store.getValue(), nullptr)) {
    SmallVector<Value> choices;
    if (isa<arith::SelectOp, LLVM::SelectOp>(op))
      choices.append({op->getOperand(1), op->getOperand(2)});
    for (Region &region : op->getRegions())
      if (!region.empty())
        llvm::append_range(choices, region.front().getTerminator()->getOperands());
    for (Operation *source : sweepOrder(choices, nullptr))
      behind.insert(source);
  }
  auto note = [&](SmallVectorImpl<LocalSlot> &slots) {
    for (LocalSlot &slot : slots)
      slot.optional = behind.contains(slot.load);
  };
  note(site.slots);
  for (auto &reduction : site.reductions)
    for (LocalReduction *r = reduction.get(); r; r = r->inner.get())
      note(r->slots);
}

/// Do the two access one element, which no other iteration accesses? As far as its subscript follows the loop.
static bool isOfIteration(scf::ForOp loop, Operation *store, Operation *load) {
  LinearAddress a = LinearAddress::of(cast<LLVM::StoreOp>(store).getAddr()),
                b = LinearAddress::of(cast<LLVM::LoadOp>(load).getAddr());
  if (a.base != b.base || !a.sameTerms(b) || a.constant != b.constant)
    return false;
  SmallVector<Value> work;
  for (auto [value, factor] : a.terms)
    work.push_back(value);
  llvm::DenseSet<Value> seen;
  while (!work.empty() && seen.size() < 100) {
    Value v = work.pop_back_val();
    if (v == loop.getInductionVar())
      return true;
    if (Operation *op = v.getDefiningOp(); op && seen.insert(v).second && op->getNumRegions() == 0)
      work.append(op->operand_begin(), op->operand_end());
  }
  return false;
}

/// Can the load find what the store has left? By the order of the program; in a loop around both, unless each iteration
/// has an element of its own, which the plan verifies.
bool LocalSites::reaches(Operation *store, Operation *load) const {
  Operation *common = store->getParentOp(), *before = store;
  while (common && !common->isAncestor(load)) {
    before = common;
    common = common->getParentOp();
  }
  if (!common)
    return true;
  Operation *after = before->getBlock()->findAncestorOpInBlock(*load);
  if (after && before->isBeforeInBlock(after))
    return true;
  for (Operation *loop = common; loop; loop = loop->getParentOp())
    if (isa<scf::WhileOp>(loop) || (isa<scf::ForOp>(loop) && !isOfIteration(cast<scf::ForOp>(loop), store, load)))
      return true;
  return false;
}

/// Lanes of temporaries, until readers of temporaries add none.
bool LocalSites::findLanes(bool guesses) {
  loadLanes.clear();
  for (LocalSite &site : allSites)
    site.lanes.clear();
  auto objectOf = [&](const LocalSlot &slot) { return activity.pointsTo(slot.load.getAddr()).targets()[0].object; };
  LocalLanes table(guesses);
  for (const auto &ids : {temporaries, kept})
    for (ObjectId id : ids)
      table.makeTable(id);
  // The sites that a load reads from.
  llvm::MapVector<Operation *, SmallVector<const LocalSite *>> sources;
  auto note = [&](ArrayRef<LocalSlot> slots) {
    for (const LocalSlot &slot : slots) {
      if (!temporary(slot.load.getAddr()) || sources.contains(slot.load))
        continue;
      auto &list = sources[slot.load];
      for (const LocalSite &site : allSites)
        if (site.kind == LocalSite::Row && temporary(site.store.getAddr()) == temporary(slot.load.getAddr()) &&
            reaches(site.store, slot.load))
          list.push_back(&site);
    }
  };
  for (const LocalSite &site : allSites) {
    note(site.slots);
    for (const auto &reduction : site.reductions)
      for (const LocalReduction *r = reduction.get(); r; r = r->inner.get())
        note(r->slots);
  }
  for (bool grows = true; grows;) {
    grows = false;
    for (LocalSite &site : allSites) {
      if (site.kind != LocalSite::Row)
        continue;
      for (const LocalSlot &slot : site.slots)
        for (const LocalSite *source : sources.lookup(slot.load))
          for (unsigned lane : source->lanes)
            loadLanes[slot.load] = std::max(loadLanes[slot.load], lane + 1);
      ObjectId object = activity.pointsTo(site.store.getAddr()).targets()[0].object;
      SmallVector<unsigned> before = site.lanes;
      table.assign(site, object, expand(site.slots), objectOf);
      grows |= before != site.lanes;
      if (table.width(object) > maxWidth || site.lanes.size() > maxSlots)
        return fail(site.store.getLoc(), "what a temporary depends on grows without bound");
    }
  }
  for (auto &[load, list] : sources)
    for (const LocalSite *source : list)
      for (unsigned lane : source->lanes)
        loadLanes[load] = std::max(loadLanes[load], lane + 1);
  for (const auto &ids : {temporaries, kept})
    for (ObjectId id : ids) {
      lanes[id] = table.width(id);
      rowWidth = std::max(rowWidth, table.width(id));
    }
  return true;
}

/// Slots of temporaries as many times as what is read may have lanes.
SmallVector<LocalSlot> LocalSites::expand(ArrayRef<LocalSlot> slots) const {
  SmallVector<LocalSlot> expanded;
  for (const LocalSlot &slot : slots) {
    unsigned count = temporary(slot.load.getAddr()) ? lanesAt(slot.load) : 1;
    for (unsigned lane = 0; lane < count; ++lane)
      expanded.push_back({slot.load, lane, slot.optional});
  }
  return expanded;
}

bool LocalSites::assignCells() {
  auto fits = [&] {
    return llvm::all_of(allSites, [&](const LocalSite &s) { return expand(s.slots).size() <= maxSlots; });
  };
  if (!findLanes(/*guesses=*/false) || !fits()) {
    auto exact = std::pair(why, whyLoc);
    whyLoc.reset();
    if (!findLanes(/*guesses=*/true)) {
      if (exact.second)
        std::tie(why, whyLoc) = exact;
      return false;
    }
  }
  auto place = [&](SmallVectorImpl<LocalSlot> &slots, unsigned &first, Operation *context) {
    first = cells;
    SmallVector<LocalSlot> expanded = expand(slots);
    for (const LocalSlot &slot : expanded) {
      if (slot.lane == 0)
        loadCells[slot.load].push_back(cells);
      Operation *outermost = nullptr;
      for (Operation *p = slot.load->getParentOp(); !p->isAncestor(context); p = p->getParentOp())
        outermost = p;
      if (slot.optional)
        optionalCells.insert(cells);
      if (outermost)
        regionCells[outermost].push_back(cells);
      ++cells;
    }
    slots.assign(expanded.begin(), expanded.end());
    return slots.size() <= maxSlots;
  };
  std::function<bool(LocalReduction &)> placeLoop = [&](LocalReduction &r) {
    return place(r.slots, r.firstCell, r.loop.getBody()->getTerminator()) && (!r.inner || placeLoop(*r.inner));
  };
  for (LocalSite &site : allSites) {
    if (!place(site.slots, site.firstCell, site.store))
      return fail(site.store.getLoc(), "too many values depend on each other");
    for (auto &reduction : site.reductions)
      if (!placeLoop(*reduction))
        return fail(site.store.getLoc(), "too many values depend on each other");
  }
  return true;
}

const LocalReduction *LocalSites::reductionOf(Operation *loop, const LocalSite *site) const {
  for (const auto &reduction : site->reductions)
    for (const LocalReduction *r = reduction.get(); r; r = r->inner.get())
      if (r->loop == loop)
        return r;
  return nullptr;
}

unsigned LocalSites::lanesOf(Value pointer) const {
  return temporary(pointer) ? lanes.lookup(activity.pointsTo(pointer).targets()[0].object) : 0;
}

bool LocalSites::run() {
  // Whether an output is read shows when the slices are followed.
  std::string firstReason;
  std::optional<Location> firstLoc;
  while (!attempt()) {
    if (!firstLoc)
      std::tie(firstReason, firstLoc) = std::pair(why, whyLoc);
    if (llvm::all_of(readBack, [&](ObjectId id) { return kept.contains(id); })) {
      why = firstReason;
      whyLoc = firstLoc;
      return false;
    }
    kept.insert(readBack.begin(), readBack.end());
    forget();
  }
  return true;
}

/// For another attempt: all but what has been learned about outputs.
void LocalSites::forget() {
  whyLoc.reset();
  written.clear();
  outputs.clear();
  inputs.clear();
  temporaries.clear();
  allSites.clear();
  siteNumbers.clear();
  regionCells.clear();
  loadCells.clear();
  lanes.clear();
  loadLanes.clear();
  sliced.clear();
  dead.clear();
  optionalCells.clear();
  rowWidth = cells = 0;
}

bool LocalSites::attempt() {
  function = activity.entry();
  if (!classifyObjects() || !checkOps())
    return false;
  bool any = llvm::any_of(allSites, [](const LocalSite &s) { return s.kind != LocalSite::Row; });
  if (!any)
    return fail(function.getLoc(), "no output is written");
  if (!assignCells())
    return false;
  findLoops();
  return true;
}

//===----------------------------------------------------------------------===//
// Loops with an interior
//===----------------------------------------------------------------------===//

void LocalSites::findLoops() {
  llvm::MapVector<Operation *, SmallVector<unsigned>> inside;
  llvm::DenseSet<Operation *> refused;
  for (const LocalSite &site : allSites) {
    Operation *parent = site.store->getParentOp();
    if (isa<scf::ForOp>(parent))
      inside[parent].push_back(site.number);
    for (Operation *p = parent->getParentOp(); p; p = p->getParentOp())
      refused.insert(p); // only loops whose sites stand in their body itself
    if (site.kind == LocalSite::Add || !site.reductions.empty())
      refused.insert(parent);
  }
  function.walk([&](LLVM::MemsetOp op) {
    for (Operation *p = op->getParentOp(); p; p = p->getParentOp())
      refused.insert(p);
  });
  for (auto &[op, numbers] : inside) {
    auto loop = cast<scf::ForOp>(op);
    APInt step;
    if (refused.contains(op) || !matchPattern(loop.getStep(), m_ConstantInt(&step)) || step != 1)
      continue;
    LocalLoop candidate;
    candidate.loop = loop;
    candidate.sites = numbers;
    candidate.interior.build(loop, [&](Value v) { return !activity.isTainted(v); });
    bool rowsOnly = llvm::all_of(numbers, [&](unsigned n) { return allSites[n].kind == LocalSite::Row; });
    if (rowsOnly) {
      if (!candidate.interior.isChoice())
        continue;
    } else {
      if (!guess(candidate))
        continue;
      candidate.stream = static_cast<int>(streams++);
      for (unsigned n : numbers)
        if (allSites[n].kind != LocalSite::Row)
          allSites[n].loop = candidate.stream;
    }
    loopNumbers[op] = allLoops.size();
    allLoops.push_back(std::move(candidate));
  }
}

namespace {

/// Sampled columns of slots, as addresses of input elements.
class Columns {
public:
  using Number = Sample::Number;
  explicit Columns(const LocalSites &sites) : sites(sites) {}

  /// `present` false: no column at the sample.
  std::optional<Number> of(const LocalSlot &slot, Operation *context, Sample &sample, bool &present) {
    present = isPresent(slot.load, context, sample);
    if (!present)
      return Number(0);
    auto address = sample.evaluate(slot.load.getAddr());
    const MemoryObject *object = sites.temporary(slot.load.getAddr());
    if (!address || !object)
      return address;
    if (++depth > 8)
      return std::nullopt;
    auto result = ofRow(object, slot.lane, *address, present);
    --depth;
    return result;
  }

private:
  bool isPresent(Operation *load, Operation *context, Sample &sample) {
    for (Operation *inner = load, *p = load->getParentOp(); !p->isAncestor(context); inner = p, p = p->getParentOp()) {
      auto branch = dyn_cast<scf::IfOp>(p);
      if (!branch)
        continue;
      auto side = sample.evaluate(branch.getCondition());
      if (side && (*side != 0) != (inner->getParentRegion() == &branch.getThenRegion()))
        return false;
    }
    return true;
  }

  /// The column of a temporary's partial: that of the site which fills most of
  /// the temporary, moved along with the element.
  std::optional<Number> ofRow(const MemoryObject *object, unsigned lane, Number element, bool &present) {
    const LocalSite *chosen = nullptr;
    unsigned best = 0;
    for (const LocalSite &site : sites.sites()) {
      if (site.kind != LocalSite::Row || sites.temporary(site.store.getAddr()) != object)
        continue;
      unsigned depth = 0;
      for (Operation *p = site.store->getParentOp(); p; p = p->getParentOp())
        depth += isa<scf::ForOp>(p);
      // Not one of those that fill the boundary.
      auto inner = site.store->getParentOfType<scf::ForOp>();
      Sample there(inner ? inner.getInductionVar() : Value(), samplePosition);
      if (depth > best && isPresent(site.store, site.store->getParentOfType<func::FuncOp>(), there)) {
        best = depth;
        chosen = &site;
      }
    }
    auto loop = chosen ? chosen->store->getParentOfType<scf::ForOp>() : nullptr;
    auto its = chosen ? llvm::find(chosen->lanes, lane) : nullptr;
    if (!loop || its == chosen->lanes.end()) {
      present = false;
      return Number(0);
    }
    const LocalSlot &slot = chosen->slots[its - chosen->lanes.begin()];
    Sample a(loop.getInductionVar(), samplePosition);
    auto e0 = a.evaluate(chosen->store.getAddr());
    auto c0 = of(slot, chosen->store, a, present);
    if (!e0 || !c0)
      return std::nullopt;
    // By how much an iteration of each loop moves element and column: lines of the two may have different lengths.
    SmallVector<std::pair<Number, Number>> moves;
    for (Operation *p = loop; p; p = p->getParentOp()) {
      auto outer = dyn_cast<scf::ForOp>(p);
      std::optional<Number> at = outer ? a.evaluate(outer.getInductionVar()) : std::nullopt;
      if (!at)
        continue;
      Sample next(loop.getInductionVar(), samplePosition + (outer == loop ? 1 : 0));
      if (outer != loop)
        next.assume(outer.getInductionVar(), *at + 1);
      bool there = false;
      auto e1 = next.evaluate(chosen->store.getAddr());
      auto c1 = of(slot, chosen->store, next, there);
      if (!e1 || !c1 || there != present)
        return std::nullopt;
      if (*e1 != *e0)
        moves.push_back({*e1 - *e0, *c1 - *c0});
    }
    auto size = [](Number n) { return n < 0 ? -n : n; };
    llvm::stable_sort(moves, [&](auto x, auto y) { return size(x.first) > size(y.first); });
    Number distance = element - *e0, column = *c0;
    for (auto [far, along] : moves) {
      Number half = size(far) / 2, times = (distance >= 0 ? distance + half : distance - half) / far;
      distance -= times * far;
      column += times * along;
    }
    if (distance == 0)
      return column;
    if (moves.empty() || moves.back().second % moves.back().first != 0)
      return std::nullopt;
    return column + distance * (moves.back().second / moves.back().first);
  }

  const LocalSites &sites;
  unsigned depth = 0;
};

} // namespace

/// Of a symmetric matrix only the lower triangle is asked for (`lower`), whose outputs and inputs lie alike in two
/// lists of arrays behind pointer parameters: does the column at one sampled address stand behind the row's diagonal?
static bool isAboveDiagonal(RequestOpInterface request, Sample::Number row, Sample::Number column) {
  if (!request->hasAttr("lower"))
    return false;
  // As Sample has it: what a pointer parameter points to begins at a multiple of 2^60.
  constexpr int shift = 60;
  auto blockOf = [&](Sample::Number address, ArrayRef<int64_t> list) -> std::optional<size_t> {
    auto argument = static_cast<int64_t>(address >> shift) - 1;
    for (auto [k, index] : llvm::enumerate(list)) {
      auto item = cast<ObjectAttr>(request.getObjects()[static_cast<unsigned>(index)]);
      if (item.getArgument() == argument && item.getPath().size() == 4 && item.getPath()[0] == abi::step_deref)
        return k;
    }
    return std::nullopt;
  };
  auto rowBlock = blockOf(row, request.getOutputs()), columnBlock = blockOf(column, request.getInputs());
  if (!rowBlock || !columnBlock)
    return false;
  Sample::Number mask = (Sample::Number(1) << shift) - 1;
  return *columnBlock != *rowBlock ? *columnBlock > *rowBlock : (column & mask) > (row & mask);
}

/// Slots' places in the rows of the interior, and how far apart the rows of two
/// iterations are. Verified, not trusted, when a plan is made.
bool LocalSites::guess(LocalLoop &candidate) {
  using Number = Sample::Number;
  Value variable = candidate.loop.getInductionVar();
  Sample here(variable, samplePosition), next(variable, samplePosition + 1);
  Columns columns(*this);
  struct Row {
    unsigned site;
    Number begin, move;
    int64_t bytes, count;
  };
  SmallVector<Row> rows;
  for (unsigned n : candidate.sites) {
    LocalSite &site = allSites[n];
    if (site.kind == LocalSite::Row)
      continue;
    auto r0 = here.evaluate(site.store.getAddr()), r1 = next.evaluate(site.store.getAddr());
    if (!r0 || !r1 || *r0 == *r1)
      return false;
    SmallVector<std::pair<bool, Number>> found;
    llvm::SmallVector<Number> sorted;
    for (const LocalSlot &slot : site.slots) {
      bool present = false, later = false;
      auto c0 = columns.of(slot, site.store, here, present), c1 = columns.of(slot, site.store, next, later);
      if (!c0 || !c1 || present != later)
        return false;
      present = present && !isAboveDiagonal(activity.getRequest(), *r0, *c0);
      found.push_back({present, *c0});
      if (present)
        sorted.push_back(*c0);
    }
    llvm::sort(sorted);
    sorted.erase(llvm::unique(sorted), sorted.end());
    site.offsets.clear();
    for (auto [present, column] : found)
      site.offsets.push_back(present ? llvm::lower_bound(sorted, column) - sorted.begin() : -1);
    int64_t bytes = site.store.getValue().getType().getIntOrFloatBitWidth() / 8;
    rows.push_back({n, *r0, *r1 - *r0, bytes, static_cast<int64_t>(sorted.size())});
  }
  for (const Row &row : rows) {
    // Rows between this one and that of the next iteration, each by one site.
    Number apart = row.move < 0 ? -row.move : row.move;
    int64_t stride = 0, seen = 0;
    for (const Row &other : rows) {
      Number distance = other.begin - row.begin;
      Number far = distance < 0 ? -distance : distance;
      if (other.move != row.move || far >= apart)
        continue;
      stride += other.count;
      ++seen;
    }
    if (Number(seen) * row.bytes != apart)
      return false;
    allSites[row.site].stride = row.move < 0 ? -stride : stride;
  }
  return true;
}
