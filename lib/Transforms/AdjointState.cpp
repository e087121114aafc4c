//===- AdjointState.cpp - the state of a loop whose steps are run again ---===//
//
// A step sees the values that the loop carries and memory. Of memory, what steps change must be put back before an
// earlier one is run again, and what the program changes behind the loop. docs/design/checkpoint.md.
//
//===----------------------------------------------------------------------===//

#include "AdjointBuilder.h"
#include "sparsead/Transforms/CheckpointLoops.h"
#include "sparsead/Transforms/ShadowCloner.h"

using namespace mlir;
using namespace sparsead;

static constexpr auto purpose = Activity::For::Tangent;

namespace sparsead {

class StateFinder {
public:
  StateFinder(const AdjointAnalysis &analysis, Operation *loop)
      : analysis(analysis), activity(analysis.activity), loop(loop) {}

  CheckpointState run();

private:
  struct Read {
    Operation *op;
    Value pointer;
    Type type; // null: any
  };
  bool isInside(Operation *op) const { return loop->isProperAncestor(op); }
  void findReads();
  void findChanges();
  void findLaterChanges();
  void checkAllocations();
  void add(Value pointer, Type type, Operation *op, bool pointersChange, StringRef what);
  void addHidden(Operation *call);
  void addObject(ObjectId id, bool pointersChange, Operation *op);
  Value stays(Value pointer);
  void refuse(Operation *op, const Twine &text) {
    if (!state.reason.empty())
      return;
    state.reason = text.str();
    state.reasonLoc = op->getLoc();
  }
  bool holdsPointers(ObjectId id) const {
    const MemoryObject &o = activity.object(id);
    return !o.cells.empty() || !o.anyCell.empty();
  }
  /// Does the write change pointers that have shadows?
  bool changesPointers(Operation *write) const;

  const AdjointAnalysis &analysis;
  const Activity &activity;
  Operation *loop;
  CheckpointState state;
  SmallVector<Read> reads;
};

} // namespace sparsead

CheckpointState AdjointAnalysis::checkpointState(Operation *loop) const { return StateFinder(*this, loop).run(); }

CheckpointState StateFinder::run() {
  state.slots = loop->getAttrOfType<IntegerAttr>(checkpointAttr).getInt();
  findReads();
  findChanges();
  findLaterChanges();
  checkAllocations();
  return std::move(state);
}

void StateFinder::findReads() {
  loop->walk([&](Operation *op) {
    MemoryAccess a = memoryAccessOf(op);
    if (a.kind == MemoryAccess::Load)
      reads.push_back({op, a.pointer, a.type});
    else if (a.kind == MemoryAccess::Copy || a.kind == MemoryAccess::Move)
      reads.push_back({op, a.source, Type()});
    else if (a.kind == MemoryAccess::None && op->getNumRegions() == 0)
      for (Value v : op->getOperands())
        if (isa<LLVM::LLVMPointerType>(v.getType()) && !v.getDefiningOp<LLVM::ZeroOp>() &&
            (isa<RuleOp>(op) || isa<CallOpInterface>(op)))
          reads.push_back({op, v, Type()});
  });
}

bool StateFinder::changesPointers(Operation *write) const {
  MemoryAccess a = memoryAccessOf(write);
  if (a.kind == MemoryAccess::Store)
    return isa<LLVM::LLVMPointerType>(a.type) && activity.mayBeShadowed(a.pointer, purpose);
  return activity.mayBeShadowed(a.pointer, purpose) &&
         llvm::any_of(activity.pointsTo(a.pointer).targets(), [&](const Target &t) { return holdsPointers(t.object); });
}

void StateFinder::findChanges() {
  for (const auto &write : analysis.writes) {
    if (!isInside(write.op))
      continue;
    if (!write.pointer) {
      addHidden(write.op);
      continue;
    }
    bool seen = llvm::any_of(
        reads, [&](const Read &r) { return analysis.mayAlias(write.pointer, write.type, r.pointer, r.type); });
    if (seen)
      add(write.pointer, write.type, write.op, changesPointers(write.op), "changes");
    else
      state.leftOut.insert(write.op);
  }
  // Output is written once.
  loop->walk([&](Operation *op) {
    if (isOutput(knownFunction(calleeName(op))) && op->use_empty())
      state.leftOut.insert(op);
  });
}

/// A function without derivatives: what is known to be in its reach. The user's other memory is its own affair: it may
/// be called again (docs/annotations.md).
void StateFinder::addHidden(Operation *call) {
  auto writes = call->getAttrOfType<DenseBoolArrayAttr>(inactiveCallAttr);
  for (auto [k, v] : llvm::enumerate(call->getOperands())) {
    if (!isa<LLVM::LLVMPointerType>(v.getType()) || (writes && k < size_t(writes.size()) && !writes[k]))
      continue;
    for (const Target &t : activity.pointsTo(v).targets()) {
      const MemoryObject &o = activity.object(t.object);
      if (o.specified || o.isLocal() || (o.kind == MemoryObject::Global && !o.constant))
        addObject(t.object, holdsPointers(t.object), call);
    }
  }
}

/// What the loop reads and something behind it, or in another round of a loop around it, writes.
void StateFinder::findLaterChanges() {
  for (const auto &write : analysis.writes) {
    if (isInside(write.op))
      continue;
    for (const Read &r : reads) {
      if (!AdjointAnalysis::mayFollow(write.op, r.op))
        continue;
      if (write.pointer) {
        if (analysis.mayAlias(write.pointer, write.type, r.pointer, r.type))
          add(r.pointer, r.type, write.op, changesPointers(write.op), "reads memory that is changed later:");
        continue;
      }
      for (Value v : write.op->getOperands()) {
        if (!isa<LLVM::LLVMPointerType>(v.getType()))
          continue;
        for (const Target &t : activity.pointsTo(v).targets())
          for (const Target &mine : activity.pointsTo(r.pointer).targets())
            if (t.object == mine.object && (activity.object(t.object).specified || activity.object(t.object).isLocal()))
              addObject(t.object, holdsPointers(t.object), write.op);
      }
    }
  }
}

/// The address, where it is the same in all steps; else null.
Value StateFinder::stays(Value pointer) {
  if (!loop->isAncestor(pointer.getParentRegion()->getParentOp()))
    return pointer;
  auto address = pointer.getDefiningOp<MemoryAccessOpInterface>();
  if (!address || address.getMemoryAccess().kind != MemoryAccess::Address)
    return Value();
  for (Value v : address->getOperands())
    if (loop->isAncestor(v.getParentRegion()->getParentOp()) &&
        !(isa<LLVM::LLVMPointerType>(v.getType()) ? bool(stays(v)) : matchPattern(v, m_Constant())))
      return Value();
  return pointer;
}

void StateFinder::add(Value pointer, Type type, Operation *op, bool pointersChange, StringRef what) {
  for (const Target &t : activity.pointsTo(pointer).targets()) {
    const MemoryObject &o = activity.object(t.object);
    if (o.isLocal() || o.kind == MemoryObject::Global) {
      if (!o.constant)
        addObject(t.object, pointersChange, op);
      continue;
    }
    // Elements of items; everything else of the user's where the address stays.
    if (o.specified && !o.leaves.empty() && (!type || isa<FloatType>(type)) && o.mayBeLeaf(t)) {
      addObject(t.object, false, op);
      if (o.mustBeLeaf(t) || !type)
        continue;
    }
    Value place = type ? stays(pointer) : Value();
    if (place) {
      int64_t &bytes = state.places[place];
      bytes = std::max(bytes, storeSize(op, type));
    } else {
      refuse(op, "the loop " + what + " memory whose size is not known here, behind '" + o.name + "'");
    }
  }
  if (activity.pointsTo(pointer).targets().empty())
    refuse(op, "the loop " + what + " memory that is not known here");
}

void StateFinder::addObject(ObjectId id, bool pointersChange, Operation *op) {
  const MemoryObject &o = activity.object(id);
  if (o.isLocal()) {
    if (o.origin && isInside(o.origin))
      return; // goes with the step
    if (pointersChange && o.active)
      return refuse(op, "the loop exchanges pointers in memory that holds active numbers as well");
    bool &withShadow = state.sites[id];
    withShadow |= pointersChange;
    return;
  }
  if (o.kind == MemoryObject::Global) {
    state.globals.insert(id);
    return;
  }
  ObjectId root = id;
  while (activity.object(root).kind == MemoryObject::Pointee)
    root = activity.object(root).parent;
  for (BlockArgument argument : analysis.activity.entry().getArguments()) {
    auto targets = activity.pointsTo(argument).targets();
    if (targets.size() == 1 && targets[0].object == root)
      state.arguments.insert(argument.getArgNumber());
  }
}

/// What a step allocates must not be seen by the next, and a step must release nothing else.
void StateFinder::checkAllocations() {
  llvm::DenseMap<ObjectId, Operation *> own;
  loop->walk([&](Operation *op) {
    MemoryAccess a = memoryAccessOf(op);
    if (a.kind == MemoryAccess::Allocate) {
      state.allocates = true;
      for (const Target &t : activity.pointsTo(a.pointer).targets())
        own[t.object] = op;
    }
  });
  auto leaves = [&](const PointerSet &set) {
    for (const Target &t : set.targets())
      if (auto it = own.find(t.object); it != own.end())
        refuse(it->second, "memory that a step allocates may be used by the next: allocate it in front of the loop");
  };
  for (Region &region : loop->getRegions())
    for (Block &block : region) {
      for (Value v : block.getArguments())
        if (isa<LLVM::LLVMPointerType>(v.getType()) &&
            !(isa<scf::WhileOp>(loop) && &region == &cast<scf::WhileOp>(loop).getAfter()))
          leaves(activity.pointsTo(v));
    }
  for (Value v : loop->getResults())
    if (isa<LLVM::LLVMPointerType>(v.getType()))
      leaves(activity.pointsTo(v));
  for (auto [id, o] : llvm::enumerate(activity.allObjects())) {
    if (own.contains(ObjectId(id)))
      continue;
    for (const auto &[offset, cell] : o.cells)
      leaves(cell);
    leaves(o.anyCell);
  }
  loop->walk([&](Operation *op) {
    MemoryAccess a = memoryAccessOf(op);
    if (a.kind != MemoryAccess::Free)
      return;
    state.allocates = true;
    if (llvm::any_of(activity.pointsTo(a.pointer).targets(), [&](const Target &t) { return !own.contains(t.object); }))
      refuse(op, "a step releases memory that it has not allocated");
  });
}
