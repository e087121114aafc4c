//===- StructureBuilder.cpp - the structure without marks -----------------===//
//
// Where dependences are local, the structure follows from addresses: those of
// the sites and those of their slots. They are known while planning, as is all
// control flow around them, so the program that reports them carries no marks:
// what is not known is left out (docs/design/structure.md).
//
//===----------------------------------------------------------------------===//

#include "InspectorBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

/// Words of slots, as the runtime reads them (abi.hpp).
static constexpr int64_t presentBit = int64_t(1) << 61, deadBit = INT64_MIN;

Value InspectorBuilder::i64(int64_t value) { return buildInt(b, loc(), value, 64); }

bool InspectorBuilder::refuseStructure() {
  refused = true;
  return false;
}

/// Is some sum made in a loop that also stores? Its terms and the loop's own sites are told apart by marks only.
static bool sumsBesideStores(const LocalSites &sites) {
  bool found = false;
  for (const LocalSite &site : sites.sites())
    for (const auto &reduction : site.reductions)
      for (const LocalReduction *r = reduction.get(); r; r = r->inner.get())
        r->loop.getBody()->walk([&](LLVM::StoreOp store) { found |= sites.siteOf(store) != nullptr; });
  return found;
}

/// Does some loop both store to a temporary and read it? What an element has then depends on the order of single
/// executions, which runs do not keep.
static bool readsWhatLoopsStore(const Activity &activity, const LocalSites &sites) {
  llvm::SmallVector<LLVM::LoadOp> loads;
  activity.entry().walk([&](LLVM::LoadOp load) {
    if (sites.temporary(load.getAddr()))
      loads.push_back(load);
  });
  auto mayMeet = [&](Value a, Value b) {
    return llvm::any_of(activity.pointsTo(a).targets(), [&](const Target &t) {
      return llvm::any_of(activity.pointsTo(b).targets(), [&](const Target &o) { return t.object == o.object; });
    });
  };
  for (const LocalSite &site : sites.sites()) {
    if (site.kind != LocalSite::Row)
      continue;
    for (Operation *loop = site.store->getParentOp(); loop; loop = loop->getParentOp())
      if (isa<LoopLikeOpInterface>(loop))
        for (LLVM::LoadOp load : loads)
          if (loop->isAncestor(load) && mayMeet(site.store.getAddr(), load.getAddr()))
            return true;
  }
  return false;
}

bool InspectorBuilder::buildStructure() {
  if (sumsBesideStores(*sites) || readsWhatLoopsStore(activity, *sites))
    return false;
  structural = true;
  func::FuncOp entry = build();
  if (!refused)
    return true;
  entry.erase();
  for (auto &made : clones)
    made.second.erase();
  return false;
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void InspectorBuilder::emitStructure(Operation *op) {
  auto isUnknownValue = [&](Value v) { return activity.isTainted(v); };
  if (auto o = dyn_cast<scf::IfOp>(op)) {
    if (isUnknownValue(o.getCondition()))
      return emitBothSides(op);
    return emitIf(o);
  }
  if (auto o = dyn_cast<scf::IndexSwitchOp>(op)) {
    if (isUnknownValue(o.getArg()))
      return emitBothSides(op);
    return emitSwitch(o);
  }
  if (auto o = dyn_cast<scf::ForOp>(op)) {
    if (unknownDepth > 0 || isUnknownValue(o.getLowerBound()) || isUnknownValue(o.getUpperBound()) ||
        isUnknownValue(o.getStep()))
      return void(refuseStructure());
    if (isRunLoop(o))
      return emitRunLoop(o);
    // Its kernel asks for ranges, of which only loops in pieces know.
    if (streamedLoop(o))
      return void(refuseStructure());
    return emitFor(o);
  }
  if (auto o = dyn_cast<scf::WhileOp>(op)) {
    if (unknownDepth > 0 || isUnknownValue(o.getConditionOp().getCondition()))
      return void(refuseStructure());
    return emitWhile(o);
  }
  if (auto o = dyn_cast<TrapIfOp>(op)) {
    if (!isUnknownValue(o.getCondition()) && unknownDepth == 0)
      emitTrap(o);
    return;
  }
  MemoryAccess access = memoryAccessOf(op);
  if (access.kind != MemoryAccess::None && emitStructureMemory(op, access))
    return;
  bool isUnknown = llvm::any_of(op->getResults(), isUnknownValue) || llvm::any_of(op->getOperands(), isUnknownValue);
  if (isa<func::CallOp, LLVM::CallOp>(op)) {
    if (!isUnknown && unknownDepth == 0)
      return emitCall(op);
    // Of what is not known: its results are not known either, and known memory it leaves alone.
    if (unknownDepth > 0 && !isMemoryEffectFree(op))
      refuseStructure();
    return;
  }
  if (isUnknown && !isa<ub::PoisonOp, LLVM::UndefOp, LLVM::PoisonOp>(op)) {
    if (op->getNumRegions() > 0)
      refuseStructure();
    return;
  }
  if (isa<arith::SelectOp, LLVM::SelectOp>(op))
    return emitSelect(op, op->getOperand(0), op->getOperand(1), op->getOperand(2));
  emitScalar(op);
}

/// A branch on what is not known: slots count on both sides, and nothing that is known is written.
void InspectorBuilder::emitBothSides(Operation *op) {
  ++unknownDepth;
  for (Region &region : op->getRegions())
    if (!region.empty())
      emitBlock(region.front());
  --unknownDepth;
}

/// May something that is known be read from where the pointer points to?
bool InspectorBuilder::readsKnown(Value pointer) {
  bool any = false;
  for (const Target &t : activity.pointsTo(pointer).targets()) {
    auto [it, fresh] = knownReads.try_emplace(t.object, false);
    if (fresh) {
      bool reads = false;
      auto concerns = [&](Value p) {
        return llvm::any_of(activity.pointsTo(p).targets(), [&](const Target &o) { return o.object == t.object; });
      };
      activity.entry().walk([&](Operation *op) {
        MemoryAccess access = memoryAccessOf(op);
        if (access.kind == MemoryAccess::Load)
          reads |= !activity.isTainted(access.value) && concerns(access.pointer);
        else if (access.kind == MemoryAccess::Copy || access.kind == MemoryAccess::Move)
          reads |= concerns(access.source);
        else if (isa<func::CallOp, LLVM::CallOp>(op) && access.kind == MemoryAccess::None)
          reads |= llvm::any_of(op->getOperands(),
                                [&](Value v) { return isa<LLVM::LLVMPointerType>(v.getType()) && concerns(v); });
      });
      it->second = reads;
    }
    any |= it->second;
  }
  return any;
}

bool InspectorBuilder::emitStructureMemory(Operation *op, const MemoryAccess &access) {
  switch (access.kind) {
  case MemoryAccess::None:
    return false;
  case MemoryAccess::Address:
    emitAddress(cast<MemoryAccessOpInterface>(op), access);
    return true;
  case MemoryAccess::Load:
    if (!activity.isTainted(access.value))
      emitLoad(op, access);
    else if (auto load = dyn_cast<LLVM::LoadOp>(op))
      fillWords(load);
    return true;
  case MemoryAccess::Store:
    if (const LocalSite *site = sites->siteOf(op)) {
      if (!reportWords(cast<LLVM::StoreOp>(op), *site))
        refuseStructure();
      return true;
    }
    // Floats beside sites are without derivative, and are read where they are known only from memory of known floats.
    if (unknownDepth > 0 || activity.isTainted(access.value) || activity.isTainted(access.pointer))
      return true;
    if (isa<FloatType>(access.type) && activity.mayBeShadowed(access.pointer, Activity::For::Inspector)) {
      if (activity.mayBeExternal(access.pointer) || activity.mayBeUnshadowed(access.pointer, Activity::For::Inspector))
        refuseStructure();
      else
        cloneFlat(b, op, s.map);
      return true;
    }
    emitStore(op, access);
    return true;
  case MemoryAccess::Allocate:
  case MemoryAccess::Free:
    if (unknownDepth > 0)
      refuseStructure();
    else if (access.kind == MemoryAccess::Allocate)
      emitAllocation(op, access);
    else
      emitRelease(op, access);
    return true;
  case MemoryAccess::Fill:
    if (unknownDepth > 0 || !access.length || activity.isTainted(access.pointer) || activity.isTainted(access.length))
      return refuseStructure(), true;
    if (sites->isOutput(access.pointer) || sites->temporary(access.pointer)) {
      Value bytes = primal(access.length);
      if (bytes.getType() != b.getI64Type())
        bytes = arith::ExtUIOp::create(b, op->getLoc(), b.getI64Type(), bytes);
      runtime(op->getLoc(), "sparsead_rt_run_clear", {shadow(access.pointer), bytes});
      if (sites->temporary(access.pointer) && readsKnown(access.pointer)) {
        if (activity.mayBeExternal(access.pointer))
          refuseStructure();
        else
          cloneFlat(b, op, s.map);
      }
      return true;
    }
    emitTransfer(op, access);
    return true;
  case MemoryAccess::Copy:
  case MemoryAccess::Move:
    if (unknownDepth > 0 || !access.length || activity.isTainted(access.pointer) || activity.isTainted(access.source) ||
        activity.isTainted(access.length))
      return refuseStructure(), true;
    emitTransfer(op, access);
    return true;
  }
  llvm_unreachable("kind of access");
}

//===----------------------------------------------------------------------===//
// Slots and sites
//===----------------------------------------------------------------------===//

/// The address of shadow memory as a number.
Value InspectorBuilder::address(Value pointer) {
  return LLVM::PtrToIntOp::create(b, loc(), b.getI64Type(), shadow(pointer));
}

void InspectorBuilder::fillWords(LLVM::LoadOp op) {
  ArrayRef<unsigned> cells = sites->cellsOf(op);
  // What other stores may have left in lanes that the load does not know, only marks verify.
  if (sites->temporary(op.getAddr()) && activity.isActive(op.getResult()) &&
      sites->lanesAt(op) != sites->lanesOf(op.getAddr()))
    return void(refuseStructure());
  if (cells.empty())
    return;
  if (activity.isTainted(op.getAddr()))
    return void(refuseStructure());
  auto fill = [&](unsigned lane, Value word) {
    for (unsigned number : cells)
      LLVM::StoreOp::create(b, op.getLoc(), word, cell(number + lane), 8);
  };
  auto with = [&](int64_t bits) -> Value {
    return arith::OrIOp::create(b, op.getLoc(), address(op.getAddr()), i64(bits));
  };
  if (!sites->temporary(op.getAddr()))
    return fill(0, with(presentBit));
  unsigned lanes = sites->lanesOf(op.getAddr());
  if (lanes == 0)
    return;
  if (runLoop) {
    for (unsigned lane = 0; lane < lanes; ++lane)
      fill(lane, with(presentBit | int64_t(lane + 1) << 48));
    return;
  }
  // The element may be written again before the site is reached.
  unsigned scratch = sites->numCells();
  runtime(op.getLoc(), "sparsead_rt_run_lanes", {shadow(op.getAddr()), cell(scratch), i32(lanes)});
  for (unsigned lane = 0; lane < lanes; ++lane)
    fill(lane, LLVM::LoadOp::create(b, op.getLoc(), b.getI64Type(), cell(scratch + lane), 8));
}

/// Is the float unknown in every execution, in the eyes of the inspector's marks?
bool InspectorBuilder::isSurelyUnknownFloat(Value v, unsigned depth) {
  Operation *op = v.getDefiningOp();
  if (!op || depth > 16 || !activity.isTainted(v))
    return false;
  auto recurse = [&](Value o) { return isSurelyUnknownFloat(o, depth + 1); };
  if (auto load = dyn_cast<LLVM::LoadOp>(op))
    return isa<FloatType>(v.getType()) && activity.isSpecifiedFloat(load.getAddr()) &&
           !activity.isTainted(load.getAddr());
  if (isa<arith::SelectOp, LLVM::SelectOp>(op))
    return recurse(op->getOperand(1)) && recurse(op->getOperand(2));
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned k = cast<OpResult>(v).getResultNumber();
    return recurse(branch.thenYield().getOperand(k)) && recurse(branch.elseYield().getOperand(k));
  }
  if (op->getNumRegions() > 0 || memoryAccessOf(op).kind != MemoryAccess::None)
    return false;
  return llvm::any_of(op->getOperands(), [&](Value o) { return isa<FloatType>(o.getType()) && recurse(o); });
}

bool InspectorBuilder::isSurelyUnknownCondition(Value v, unsigned depth) {
  Operation *op = v.getDefiningOp();
  if (!op || depth > 16)
    return false;
  if (isa<arith::AndIOp, arith::OrIOp>(op))
    return llvm::all_of(op->getOperands(), [&](Value o) { return isSurelyUnknownCondition(o, depth + 1); });
  if (op->getNumRegions() > 0 || isa<arith::SelectOp, LLVM::SelectOp>(op) ||
      memoryAccessOf(op).kind != MemoryAccess::None)
    return false;
  return llvm::any_of(op->getOperands(), [&](Value o) {
    return isa<FloatType>(o.getType()) ? isSurelyUnknownFloat(o) : isSurelyUnknownCondition(o, depth + 1);
  });
}

/// Marks follow the known side of a choice only. Finds the conditions under which slots do not reach the root: they
/// count as optional then. False: they are not at hand where the site is reported.
bool InspectorBuilder::collectLiving(ArrayRef<LocalSlot> slots, unsigned firstCell, Value root, Region *scope,
                                     Region *here, Living &living) {
  // Null: alive for certain.
  llvm::DenseMap<Value, Value> alive;
  auto isAtHand = [&](Value c) { return c.getParentRegion()->isAncestor(here); };
  auto both = [&](Value a, Value c) -> Value {
    if (!a || !c)
      return a ? a : c;
    return arith::AndIOp::create(b, loc(), a, c);
  };
  auto negate = [&](Value c) -> Value { return arith::XOrIOp::create(b, loc(), c, i1(true)); };
  auto enliven = [&](Value v, Value condition) {
    auto [it, fresh] = alive.try_emplace(v, condition);
    if (fresh || !it->second)
      return;
    it->second = condition ? arith::OrIOp::create(b, loc(), it->second, condition).getResult() : Value();
  };
  /// `v` is used inside of `from`: under the conditions of the branches between.
  auto use = [&](Value v, Region *from, Value condition) {
    for (Region *r = from; r != v.getParentRegion(); r = r->getParentRegion()) {
      Operation *parent = r->getParentOp();
      if (auto branch = dyn_cast<scf::IfOp>(parent)) {
        if (activity.isTainted(branch.getCondition()))
          continue;
        if (!isAtHand(branch.getCondition()))
          return false;
        Value c = primal(branch.getCondition());
        condition = both(condition, r == &branch.getThenRegion() ? c : negate(c));
      } else if (isa<scf::IndexSwitchOp>(parent)) {
        return false;
      }
    }
    enliven(v, condition);
    return true;
  };
  enliven(root, Value());
  for (Operation *op : sites->sweepOrder(root, scope)) {
    for (OpResult result : op->getResults()) {
      auto it = alive.find(result);
      if (it == alive.end())
        continue;
      Value condition = it->second;
      unsigned number = result.getResultNumber();
      if (isa<LLVM::LoadOp>(op))
        continue;
      if (auto loop = dyn_cast<scf::ForOp>(op)) {
        // Its own slots are reported with its iterations; others count where it has some.
        if (condition || !use(loop.getInitArgs()[number], op->getParentRegion(), condition))
          return false;
        Value yielded = loop.getBody()->getTerminator()->getOperand(number);
        bool reaches = llvm::any_of(sites->sweepOrder(yielded, scope), [&](Operation *o) {
          return !loop->isAncestor(o) && llvm::any_of(slots, [&](const LocalSlot &slot) { return slot.load == o; });
        });
        if (!reaches)
          continue;
        if (!isAtHand(loop.getLowerBound()) || !isAtHand(loop.getUpperBound()))
          return false;
        auto less = loop.getUnsignedCmp() ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt;
        Value runs = arith::CmpIOp::create(b, loc(), less, primal(loop.getLowerBound()), primal(loop.getUpperBound()));
        if (!use(yielded, &loop.getRegion(), both(condition, runs)))
          return false;
        continue;
      }
      if (isa<scf::IfOp, scf::IndexSwitchOp>(op)) {
        if (activity.isTainted(op->getOperand(0)) && !isSurelyUnknownCondition(op->getOperand(0)))
          return false;
        for (Region &region : op->getRegions())
          if (!region.empty() && !use(region.front().getTerminator()->getOperand(number), &region, condition))
            return false;
        continue;
      }
      if (isa<arith::SelectOp, LLVM::SelectOp>(op)) {
        Value c = op->getOperand(0), yes = condition, no = condition;
        if (activity.isTainted(c)) {
          if (!isSurelyUnknownCondition(c))
            return false;
        } else {
          if (!isAtHand(c))
            return false;
          yes = both(condition, primal(c));
          no = both(condition, negate(primal(c)));
        }
        if (!use(op->getOperand(1), op->getParentRegion(), yes) || !use(op->getOperand(2), op->getParentRegion(), no))
          return false;
        continue;
      }
      auto rule = dyn_cast<DifferentiableOpInterface>(op);
      for (OpOperand &operand : op->getOpOperands())
        if (rule && isa<FloatType>(operand.get().getType()) &&
            rule.dependence(operand.getOperandNumber()) != Dependence::None &&
            !use(operand.get(), op->getParentRegion(), condition))
          return false;
    }
  }
  for (auto [k, slot] : llvm::enumerate(slots)) {
    auto it = alive.find(slot.load.getResult());
    if (it == alive.end())
      living.push_back({firstCell + k, i1(false)});
    else if (it->second)
      living.push_back({firstCell + k, it->second});
  }
  return true;
}

/// Marks the words of slots that do not reach the site; returns the cells with what they were.
InspectorBuilder::Living InspectorBuilder::markDead(const Living &living) {
  Living old;
  for (auto [number, alive] : living) {
    Value word = LLVM::LoadOp::create(b, loc(), b.getI64Type(), cell(number), 8);
    Value none = arith::CmpIOp::create(b, loc(), arith::CmpIPredicate::eq, word, i64(0));
    Value keep = arith::OrIOp::create(b, loc(), none, alive);
    Value dead = arith::OrIOp::create(b, loc(), word, i64(deadBit));
    Value marked = arith::SelectOp::create(b, loc(), keep, word, dead);
    LLVM::StoreOp::create(b, loc(), marked, cell(number), 8);
    old.push_back({number, word});
  }
  return old;
}

void InspectorBuilder::restoreCells(const Living &old) {
  for (auto [number, word] : old)
    LLVM::StoreOp::create(b, loc(), word, cell(number), 8);
}

bool InspectorBuilder::reportWords(LLVM::StoreOp op, const LocalSite &site) {
  Location loc = op.getLoc();
  if (unknownDepth > 0 || activity.isTainted(op.getAddr()))
    return false;
  // Outputs that are read again have rows of their own, which are recorded with marks.
  if (site.row >= 0 || site.kind == LocalSite::Row)
    if (sites->isOutput(op.getAddr()))
      return false;
  Living living;
  if (!site.slots.empty() || !site.reductions.empty())
    if (!collectLiving(site.slots, site.firstCell, op.getValue(), nullptr, op->getParentRegion(), living))
      return false;
  // Cells of loads outside of a loop serve its later iterations too.
  Living old = markDead(living);
  if (runLoop)
    reportInRun(op, site);
  else
    runtime(loc, "sparsead_rt_run_site", {i32(site.number), shadow(op.getAddr()), cell(site.firstCell)});
  restoreCells(old);
  return true;
}

/// At the end of an iteration: its slots in every site's sum.
void InspectorBuilder::reportPartWords(scf::ForOp op) {
  for (const LocalSite &site : sites->sites())
    for (const auto &reduction : site.reductions)
      for (const LocalReduction *r = reduction.get(); r; r = r->inner.get()) {
        if (r->loop != op || r->slots.empty())
          continue;
        // All sums of the loop that the site uses end in the same conditions, or in none.
        std::optional<Living> all;
        for (Value v : op.getBody()->getTerminator()->getOperands()) {
          if (!isa<FloatType>(v.getType()) || !activity.isActive(v))
            continue;
          Living living;
          bool reached = llvm::any_of(sites->sweepOrder(v, &op.getRegion()), [&](Operation *o) {
            return llvm::any_of(r->slots, [&](const LocalSlot &slot) { return slot.load == o; });
          });
          if (!reached)
            continue;
          if (all || !collectLiving(r->slots, r->firstCell, v, &op.getRegion(), &op.getRegion(), living))
            return void(refuseStructure());
          all = living;
        }
        Living old = markDead(all.value_or(Living()));
        runtime(op.getLoc(), "sparsead_rt_run_part",
                {i32(site.number), i32(reduction->group), cell(r->firstCell), i32(int64_t(r->slots.size()))});
        restoreCells(old);
      }
}
