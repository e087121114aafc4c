//===- ActivityMemory.cpp - memory of the activity analysis ---------------===//
//
// Abstract objects: those that the specification names, those that the program makes, and what accesses do to them.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Analysis/Activity.h"

#include "mlir/IR/Matchers.h"
#include <numeric>

using namespace mlir;
using namespace sparsead;

static bool isFloatLike(Type t) { return isa<FloatType>(getElementTypeOrSelf(t)); }
static bool isPointer(Type t) { return isa<LLVM::LLVMPointerType>(t); }

//===----------------------------------------------------------------------===//
// Objects
//===----------------------------------------------------------------------===//

ObjectId Activity::newObject(MemoryObject object) {
  changed = true;
  objects.push_back(std::move(object));
  return objects.size() - 1;
}

ObjectId Activity::objectFor(Operation *op, MemoryObject::Kind kind, StringRef name) {
  auto [it, fresh] = originObject.try_emplace(op, 0);
  if (!fresh)
    return it->second;
  MemoryObject o;
  o.kind = kind;
  o.name = name.str();
  o.origin = op;
  ObjectId id = newObject(std::move(o));
  return originObject[op] = id;
}

/// User memory reached through a pointer stored in user memory. Each pointer
/// field is its own object, up to a depth.
ObjectId Activity::externalChild(ObjectId parent, Target at) {
  MemoryObject &p = objects[parent];
  if (p.kind == MemoryObject::External && p.depth >= 4) {
    p.anyCell.insert({parent, 0, 1});
    return parent;
  }
  MemoryObject o;
  o.kind = MemoryObject::External;
  o.name = p.name;
  o.parent = parent;
  o.depth = p.depth + 1;
  o.constant = p.constant;
  ObjectId id = newObject(std::move(o));
  MemoryObject &again = objects[parent];
  Target target{id, 0, 0};
  if (at.isConstant())
    again.cells[at.offset].insert(target);
  else
    again.anyCell.insert(target);
  return id;
}

PointerSet Activity::loadPointers(const PointerSet &from) {
  PointerSet result;
  for (Target t : SmallVector<Target>(from.targets())) {
    auto collect = [&] {
      const MemoryObject &o = objects[t.object];
      PointerSet found = o.anyCell;
      for (const auto &[offset, s] : o.cells) {
        int64_t distance = offset - t.offset;
        if (t.modulus == 0 ? distance == 0 : distance % t.modulus == 0)
          found.join(s);
      }
      return found;
    };
    PointerSet found = collect();
    const MemoryObject &o = objects[t.object];
    bool user = o.kind == MemoryObject::Argument || o.kind == MemoryObject::Pointee ||
                o.kind == MemoryObject::External || o.kind == MemoryObject::Global;
    if (found.empty() && user) {
      externalChild(t.object, t);
      found = collect();
    }
    if (o.kind == MemoryObject::Unknown)
      found.insert({0, 0, 1});
    result.join(found);
  }
  return result;
}

void Activity::storePointers(const PointerSet &to, const PointerSet &value) {
  for (const Target &t : to.targets()) {
    MemoryObject &o = objects[t.object];
    changed |= t.isConstant() ? o.cells[t.offset].join(value) : o.anyCell.join(value);
  }
}

//===----------------------------------------------------------------------===//
// The specification
//===----------------------------------------------------------------------===//

std::optional<unsigned> Activity::resultArgument() const {
  func::FuncOp f = entryFunc;
  unsigned count = f.getNumArguments();
  bool present = false;
  if (auto names = RequestOpInterface(request)->getAttrOfType<ArrayAttr>("argument_names"))
    present = names.size() < count;
  for (Attribute item : RequestOpInterface(request).getObjects())
    present |= cast<ObjectAttr>(item).isResult();
  return present && count > 0 ? std::optional<unsigned>(count - 1) : std::nullopt;
}

/// Builds the objects that the specification names.
void Activity::seed() {
  Block &body = entryFunc.getBody().front();
  for (BlockArgument a : body.getArguments()) {
    if (!isPointer(a.getType()))
      continue;
    MemoryObject o;
    bool result = resultArgument() == a.getArgNumber();
    o.kind = result ? MemoryObject::Result : MemoryObject::Argument;
    o.name = result ? "the result" : "argument " + std::to_string(a.getArgNumber());
    if (auto names = request->getAttrOfType<ArrayAttr>("argument_names"))
      if (a.getArgNumber() < names.size())
        o.name = cast<StringAttr>(names[a.getArgNumber()]).str();
    ObjectId id = newObject(std::move(o));
    pointers[a].insert({id, 0, 0});
  }
  SmallVector<std::pair<ObjectId, int64_t>> ends; // per item: its block, its stride
  for (Attribute attr : request.getObjects()) {
    auto item = cast<ObjectAttr>(attr);
    unsigned index = item.getArgument() < 0 ? body.getNumArguments() - 1 : unsigned(item.getArgument());
    ObjectId at = pointsTo(body.getArgument(index)).targets()[0].object;
    int64_t offset = 0, modulus = 0;
    ArrayRef<int64_t> path = item.getPath();
    for (size_t k = 0; k + 1 < path.size(); k += 2) {
      int64_t kind = path[k], bytes = path[k + 1];
      if (kind == 0) {
        offset += bytes;
        continue;
      }
      if (kind == 2) {
        modulus = std::gcd(modulus, bytes);
        continue;
      }
      objects[at].specified = true;
      PointerSet &cell = modulus == 0 ? objects[at].cells[offset] : objects[at].anyCell;
      if (cell.empty()) {
        MemoryObject o;
        o.kind = MemoryObject::Pointee;
        o.name = item.getName().str();
        o.parent = at;
        bool constant = modulus == 0;
        ObjectId fresh = newObject(std::move(o));
        (constant ? objects[at].cells[offset] : objects[at].anyCell).insert({fresh, 0, 0});
        at = fresh;
      } else {
        at = cell.targets()[0].object;
      }
      offset = modulus = 0;
    }
    MemoryObject &o = objects[at];
    o.specified = true;
    o.name = item.getName().str();
    o.roles |= item.getRoles();
    ArrayRef<int64_t> leaves = item.getLeaves();
    int64_t covered = 0;
    for (size_t k = 0; k + 1 < leaves.size(); k += 2) {
      o.leaves.push_back({offset + leaves[k], modulus, leaves[k + 1]});
      covered += leaves[k + 1];
    }
    if (modulus != 0 && covered == modulus)
      o.dense = true;
    if (item.getRoles() & 1)
      o.active = true;
    ends.push_back({at, leaves.empty() ? 0 : modulus});
  }
  // Other pointers into the same block, which extents read: the end of a vector.
  auto words = request->getAttrOfType<ArrayAttr>("extent_pointers");
  for (Attribute attr : words ? words.getValue() : ArrayRef<Attribute>()) {
    ArrayRef<int64_t> word = cast<DenseI64ArrayAttr>(attr).asArrayRef();
    if (word.size() < 4 || word[1] < 0 || word[1] >= int64_t(body.getNumArguments()))
      continue;
    ObjectId at = pointsTo(body.getArgument(word[1])).targets()[0].object;
    int64_t offset = 0;
    for (size_t k = 2; k + 1 < word.size(); k += 2) {
      if (word[k] == 0) {
        offset += word[k + 1];
        continue;
      }
      PointerSet &cell = objects[at].cells[offset];
      if (cell.empty())
        cell.insert({ends[word[0]].first, 0, ends[word[0]].second});
      at = cell.targets()[0].object;
      offset = 0;
    }
  }
}

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

void Activity::noteMixed(const PointerSet &to) {
  bool user = llvm::any_of(to.targets(), [&](const Target &t) { return !objects[t.object].isLocal(); });
  if (user)
    for (const Target &t : to.targets())
      if (objects[t.object].isLocal())
        set(objects[t.object].mixed);
}

void Activity::visitCopy(const MemoryAccess &copy, bool control) {
  SmallVector<Target> to(pointsTo(copy.pointer).targets()), from(pointsTo(copy.source).targets());
  std::optional<int64_t> bytes = copy.bytes;
  if (APInt constant; copy.length && matchPattern(copy.length, m_ConstantInt(&constant)))
    bytes = constant.getSExtValue();
  noteMixed(PointerSet(pointsTo(copy.pointer)));
  for (Target s : from) {
    set(objects[s.object].loaded);
    for (Target t : to) {
      MemoryObject source = objects[s.object]; // a copy: cells may alias
      MemoryObject &o = objects[t.object];
      if (source.active) {
        // Floats go where they came from, shifted.
        llvm::SmallVector<LeafClass> held(source.leaves.begin(), source.leaves.end());
        llvm::append_range(held, source.floats);
        for (const LeafClass &c : held) {
          int64_t modulus = std::gcd(c.period, std::gcd(s.modulus, t.modulus));
          changed |= o.noteFloat({0, c.offset - s.offset + t.offset, modulus}, c.bytes);
        }
      }
      if (source.active && !(o.active))
        set(o.active);
      bool unknown =
          control || isTainted(copy.pointer) || isTainted(copy.source) || (copy.length && isTainted(copy.length));
      if ((source.taintedFloat || source.active || source.specified || unknown))
        set(o.taintedFloat);
      if (source.taintedInt || unknown)
        set(o.taintedInt);
      if (source.taintedPtr || unknown)
        set(o.taintedPtr);
      for (auto &[offset, cell] : source.cells) {
        if (s.isConstant() && t.isConstant()) {
          int64_t relative = offset - s.offset;
          if (relative < 0 || (bytes && relative >= *bytes))
            continue;
          changed |= o.cells[relative + t.offset].join(cell);
        } else {
          changed |= o.anyCell.join(cell);
        }
      }
      changed |= objects[t.object].anyCell.join(source.anyCell);
    }
  }
}

void Activity::visitGlobal(LLVM::AddressOfOp op) {
  Operation *global = symbols.lookupNearestSymbolFrom(op, op.getGlobalNameAttr());
  if (!global)
    return;
  ObjectId id = objectFor(global, MemoryObject::Global, op.getGlobalName());
  if (auto g = dyn_cast<LLVM::GlobalOp>(global))
    objects[id].constant = g.getConstant();
  PointerSet s;
  s.insert({id, 0, 0});
  joinPointer(op.getResult(), s);
}

/// Returns false for an operation that is no access to memory.
bool Activity::visitMemory(Operation *op, bool control) {
  MemoryAccess a = memoryAccessOf(op);
  switch (a.kind) {
  case MemoryAccess::None:
    return false;
  case MemoryAccess::Load:
    visitLoad(a);
    return true;
  case MemoryAccess::Store:
    visitStore(a, control);
    return true;
  case MemoryAccess::Copy:
  case MemoryAccess::Move:
    visitCopy(a, control);
    return true;
  case MemoryAccess::Fill:
    noteMixed(PointerSet(pointsTo(a.pointer)));
    if (control || isTainted(a.pointer))
      for (const Target &t : pointsTo(a.pointer).targets()) {
        set(objects[t.object].taintedFloat);
        set(objects[t.object].taintedInt);
      }
    return true;
  case MemoryAccess::Allocate: {
    Operation *origin = op;
    if (Attribute frame = op->getAttr(frameAttr))
      origin = frames.try_emplace(frame, op).first->second;
    ObjectId id = a.onStack ? objectFor(op, MemoryObject::Stack, "a local variable")
                            : objectFor(origin, MemoryObject::Heap, "allocated memory");
    PointerSet s;
    s.insert({id, 0, 0});
    joinPointer(a.pointer, s);
    return true;
  }
  case MemoryAccess::Free:
    return true;
  case MemoryAccess::Address: {
    AddressParts parts = cast<MemoryAccessOpInterface>(op).getAddressParts();
    int64_t modulus = 0;
    for (const AddressParts::Term &term : parts.terms)
      modulus = std::gcd(modulus, term.stride);
    joinPointer(a.pointer, PointerSet(pointsTo(parts.base)).shifted(parts.offset, modulus));
    if (llvm::any_of(op->getOperands(), [&](Value v) { return isTainted(v); }))
      setTainted(a.pointer);
    return true;
  }
  }
  llvm_unreachable("kind of access");
}

void Activity::visitLoad(const MemoryAccess &load) {
  PointerSet from = pointsTo(load.pointer);
  if (isTainted(load.pointer))
    setTainted(load.value);
  for (const Target &t : from.targets()) {
    MemoryObject &o = objects[t.object];
    set(o.loaded);
    if (isFloatLike(load.type)) {
      changed |= o.noteFloat(t, 0);
      bool leaf = !o.specified || o.isLocal() || o.mayBeLeaf(t);
      if (o.active && leaf)
        mark(active, load.value);
      if ((o.specified && leaf) || o.taintedFloat || o.active)
        setTainted(load.value);
    } else if (isPointer(load.type)) {
      if (o.taintedPtr)
        setTainted(load.value);
    } else {
      if (o.taintedInt)
        setTainted(load.value);
      if (o.active && o.mayHoldFloat(t))
        mark(bits, load.value);
    }
  }
  if (isPointer(load.type))
    joinPointer(load.value, loadPointers(from));
}

void Activity::visitStore(const MemoryAccess &store, bool control) {
  PointerSet to = pointsTo(store.pointer);
  noteMixed(to);
  bool unknown = control || isTainted(store.value) || isTainted(store.pointer);
  for (const Target &t : to.targets()) {
    MemoryObject &o = objects[t.object];
    if (isFloatLike(store.type)) {
      changed |= o.noteFloat(t, 0);
      if (isActive(store.value))
        set(o.active);
      if (unknown)
        set(o.taintedFloat);
    } else if (isPointer(store.type)) {
      if (unknown)
        set(o.taintedPtr);
    } else if (unknown) {
      set(o.taintedInt);
    }
  }
  if (isPointer(store.type))
    storePointers(to, PointerSet(pointsTo(store.value)));
}
