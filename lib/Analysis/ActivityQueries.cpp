//===- ActivityQueries.cpp - what the derivative passes ask ---------------===//

#include "sparsead/Analysis/Activity.h"

using namespace mlir;
using namespace sparsead;

static bool isFloatLike(Type t) { return isa<FloatType>(getElementTypeOrSelf(t)); }
static bool isPointer(Type t) { return isa<LLVM::LLVMPointerType>(t); }

bool Activity::isShadowed(ObjectId id, For purpose) const {
  llvm::SmallVector<ObjectId> work{id};
  llvm::DenseSet<ObjectId> seen;
  while (!work.empty()) {
    ObjectId at = work.pop_back_val();
    if (!seen.insert(at).second)
      continue;
    const MemoryObject &o = objects[at];
    if (o.specified)
      return true;
    if (!o.isLocal())
      continue; // user memory that is not named has no shadow
    if (o.active)
      return true;
    if (purpose == For::Inspector && (o.taintedFloat || o.taintedInt || o.taintedPtr || o.mixed))
      return true;
    for (const auto &[offset, cell] : o.cells)
      for (const Target &t : cell.targets())
        work.push_back(t.object);
    for (const Target &t : o.anyCell.targets())
      work.push_back(t.object);
  }
  return false;
}

bool Activity::mayBeShadowed(Value pointer, For purpose) const {
  return llvm::any_of(pointsTo(pointer).targets(), [&](const Target &t) { return isShadowed(t.object, purpose); });
}

bool Activity::mayBeUnshadowed(Value pointer, For purpose) const {
  const PointerSet &s = pointsTo(pointer);
  return s.empty() || llvm::any_of(s.targets(), [&](const Target &t) { return !isShadowed(t.object, purpose); });
}

bool Activity::isSpecifiedFloat(Value pointer) const {
  const PointerSet &s = pointsTo(pointer);
  return !s.empty() && llvm::all_of(s.targets(), [&](const Target &t) {
    const MemoryObject &o = objects[t.object];
    return o.specified && o.mustBeLeaf(t);
  });
}

bool Activity::mayBeExternal(Value pointer) const {
  const PointerSet &s = pointsTo(pointer);
  return s.empty() || llvm::any_of(s.targets(), [&](const Target &t) { return !objects[t.object].isLocal(); });
}

bool Activity::mayBeForeign(Value pointer) const {
  return llvm::any_of(pointsTo(pointer).targets(), [&](const Target &t) {
    const MemoryObject &o = objects[t.object];
    if (o.kind != MemoryObject::External)
      return false;
    const MemoryObject &parent = objects[o.parent];
    return parent.kind != MemoryObject::Argument || parent.specified;
  });
}

bool Activity::mayBeSpecified(Value pointer) const {
  return llvm::any_of(pointsTo(pointer).targets(), [&](const Target &t) { return objects[t.object].specified; });
}

bool Activity::mayBeLocal(Value pointer) const {
  return llvm::any_of(pointsTo(pointer).targets(), [&](const Target &t) { return objects[t.object].isLocal(); });
}

bool Activity::unshadowedTaint(Value pointer, Type type) const {
  return llvm::any_of(pointsTo(pointer).targets(), [&](const Target &t) {
    const MemoryObject &o = objects[t.object];
    if (isShadowed(t.object, For::Inspector))
      return false;
    if (isFloatLike(type))
      return o.taintedFloat;
    if (isPointer(type))
      return o.taintedPtr;
    return o.taintedInt;
  });
}
