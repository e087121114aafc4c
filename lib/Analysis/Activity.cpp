//===- Activity.cpp - which values and memory carry derivatives -----------===//

#include "sparsead/Analysis/Activity.h"
#include "sparsead/Interfaces/DifferentiableOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"
#include <numeric>

using namespace mlir;
using namespace sparsead;

static bool isFloatLike(Type t) { return isa<FloatType>(getElementTypeOrSelf(t)); }
static bool isPointer(Type t) { return isa<LLVM::LLVMPointerType>(t); }

HeapFunction sparsead::heapFunction(StringRef name) {
  return llvm::StringSwitch<HeapFunction>(name)
      .Cases({"malloc", "_Znwm", "_Znam", "_Znwj", "_Znaj"}, HeapFunction::Allocate)
      .Cases({"_ZnwmSt11align_val_t", "_ZnamSt11align_val_t", "_ZnwmRKSt9nothrow_t", "_ZnamRKSt9nothrow_t"},
             HeapFunction::Allocate)
      .Case("calloc", HeapFunction::AllocateZeroed)
      .Cases({"free", "_ZdlPv", "_ZdaPv", "_ZdlPvm", "_ZdaPvm"}, HeapFunction::Release)
      .Cases({"_ZdlPvSt11align_val_t", "_ZdaPvSt11align_val_t", "_ZdlPvmSt11align_val_t", "_ZdaPvmSt11align_val_t"},
             HeapFunction::Release)
      .Default(HeapFunction::None);
}

bool sparsead::isIgnorableCall(StringRef name) {
  return name.starts_with("llvm.dbg") || name.starts_with("llvm.lifetime");
}

StringRef sparsead::calleeName(Operation *call) {
  if (auto op = dyn_cast<func::CallOp>(call))
    return op.getCallee();
  if (auto op = dyn_cast<LLVM::CallOp>(call))
    return op.getCallee().value_or(StringRef());
  return {};
}

std::optional<int64_t> Activity::constantBytes(LLVM::AllocaOp op) {
  APInt count;
  if (!matchPattern(op.getArraySize(), m_ConstantInt(&count)))
    return std::nullopt;
  DataLayout layout = DataLayout::closest(op);
  return count.getSExtValue() * static_cast<int64_t>(layout.getTypeSize(op.getElemType()));
}

Activity::Activity(ModuleOp module, JacobianOp request) : module(module), request(request) {
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

std::optional<unsigned> Activity::resultArgument() const {
  func::FuncOp f = entryFunc;
  unsigned count = f.getNumArguments();
  bool present = false;
  if (auto names = JacobianOp(request)->getAttrOfType<ArrayAttr>("argument_names"))
    present = names.size() < count;
  for (Attribute item : JacobianOp(request).getObjects())
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
  if (isa<LLVM::LoadOp, LLVM::StoreOp, LLVM::AllocaOp, LLVM::GEPOp, LLVM::AddressOfOp, LLVM::MemcpyOp, LLVM::MemmoveOp,
          LLVM::MemcpyInlineOp, LLVM::MemsetOp, LLVM::MemsetInlineOp>(op))
    return visitMemory(op, control);
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
// Memory
//===----------------------------------------------------------------------===//

/// The residue class of a getelementptr's offset: constant + k * modulus.
static std::pair<int64_t, int64_t> gepOffset(LLVM::GEPOp gep) {
  DataLayout layout = DataLayout::closest(gep);
  int64_t offset = 0, modulus = 0;
  Type current = gep.getElemType();
  bool first = true;
  auto indices = gep.getIndices();
  for (size_t k = 0; k < indices.size(); ++k) {
    auto index = indices[k];
    std::optional<int64_t> constant;
    if (auto attr = dyn_cast<IntegerAttr>(index))
      constant = attr.getValue().getSExtValue();
    else if (APInt value; matchPattern(cast<Value>(index), m_ConstantInt(&value)))
      constant = value.getSExtValue();
    if (first) {
      first = false;
    } else if (auto s = dyn_cast<LLVM::LLVMStructType>(current)) {
      int64_t field = constant.value_or(0), at = 0;
      for (auto [i, t] : llvm::enumerate(s.getBody())) {
        if (!s.isPacked())
          at = llvm::alignTo(at, layout.getTypeABIAlignment(t));
        if (int64_t(i) == field) {
          current = t;
          break;
        }
        at += layout.getTypeSize(t);
      }
      offset += at;
      continue;
    } else if (auto a = dyn_cast<LLVM::LLVMArrayType>(current)) {
      current = a.getElementType();
    } else if (auto v = dyn_cast<VectorType>(current)) {
      current = v.getElementType();
    }
    int64_t size = llvm::alignTo(int64_t(layout.getTypeSize(current)), layout.getTypeABIAlignment(current));
    if (constant)
      offset += *constant * size;
    else
      modulus = std::gcd(modulus, size);
  }
  return {offset, modulus};
}

void Activity::noteMixed(const PointerSet &to) {
  bool user = llvm::any_of(to.targets(), [&](const Target &t) { return !objects[t.object].isLocal(); });
  if (user)
    for (const Target &t : to.targets())
      if (objects[t.object].isLocal())
        set(objects[t.object].mixed);
}

void Activity::visitCopy(Value dst, Value src, Value size, bool control) {
  SmallVector<Target> to(pointsTo(dst).targets()), from(pointsTo(src).targets());
  APInt bytes;
  bool known = matchPattern(size, m_ConstantInt(&bytes));
  noteMixed(PointerSet(pointsTo(dst)));
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
      bool unknown = control || isTainted(dst) || isTainted(src) || isTainted(size);
      if ((source.taintedFloat || source.active || source.specified || unknown))
        set(o.taintedFloat);
      if (source.taintedInt || unknown)
        set(o.taintedInt);
      if (source.taintedPtr || unknown)
        set(o.taintedPtr);
      for (auto &[offset, cell] : source.cells) {
        if (s.isConstant() && t.isConstant()) {
          int64_t relative = offset - s.offset;
          if (relative < 0 || (known && relative >= bytes.getSExtValue()))
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

void Activity::visitMemory(Operation *op, bool control) {
  TypeSwitch<Operation *>(op)
      .Case<LLVM::AllocaOp>([&](LLVM::AllocaOp a) {
        ObjectId id = objectFor(op, MemoryObject::Stack, "a local variable");
        joinPointer(a.getResult(), [&] {
          PointerSet s;
          s.insert({id, 0, 0});
          return s;
        }());
      })
      .Case<LLVM::AddressOfOp>([&](LLVM::AddressOfOp a) {
        Operation *global = symbols.lookupNearestSymbolFrom(op, a.getGlobalNameAttr());
        if (!global)
          return;
        ObjectId id = objectFor(global, MemoryObject::Global, a.getGlobalName());
        if (auto g = dyn_cast<LLVM::GlobalOp>(global))
          objects[id].constant = g.getConstant();
        PointerSet s;
        s.insert({id, 0, 0});
        joinPointer(a.getResult(), s);
      })
      .Case<LLVM::GEPOp>([&](LLVM::GEPOp gep) {
        auto [offset, modulus] = gepOffset(gep);
        joinPointer(gep.getResult(), PointerSet(pointsTo(gep.getBase())).shifted(offset, modulus));
        for (Value v : op->getOperands())
          if (isTainted(v))
            setTainted(gep.getResult());
      })
      .Case<LLVM::LoadOp>([&](LLVM::LoadOp load) {
        PointerSet from = pointsTo(load.getAddr());
        Type type = load.getType();
        if (isTainted(load.getAddr()))
          setTainted(load.getResult());
        for (const Target &t : from.targets()) {
          MemoryObject &o = objects[t.object];
          set(o.loaded);
          if (isFloatLike(type)) {
            changed |= o.noteFloat(t, 0);
            bool leaf = !o.specified || o.isLocal() || o.mayBeLeaf(t);
            if (o.active && leaf)
              mark(active, load.getResult());
            if ((o.specified && leaf) || o.taintedFloat || o.active)
              setTainted(load.getResult());
          } else if (isPointer(type)) {
            if (o.taintedPtr)
              setTainted(load.getResult());
          } else {
            if (o.taintedInt)
              setTainted(load.getResult());
            if (o.active && o.mayHoldFloat(t))
              mark(bits, load.getResult());
          }
        }
        if (isPointer(type))
          joinPointer(load.getResult(), loadPointers(from));
      })
      .Case<LLVM::StoreOp>([&](LLVM::StoreOp store) {
        PointerSet to = pointsTo(store.getAddr());
        Value value = store.getValue();
        noteMixed(to);
        bool unknown = control || isTainted(value) || isTainted(store.getAddr());
        for (const Target &t : to.targets()) {
          MemoryObject &o = objects[t.object];
          if (isFloatLike(value.getType())) {
            changed |= o.noteFloat(t, 0);
            if (isActive(value))
              set(o.active);
            if (unknown)
              set(o.taintedFloat);
          } else if (isPointer(value.getType())) {
            if (unknown)
              set(o.taintedPtr);
          } else if (unknown) {
            set(o.taintedInt);
          }
        }
        if (isPointer(value.getType()))
          storePointers(to, PointerSet(pointsTo(value)));
      })
      .Case<LLVM::MemcpyOp, LLVM::MemmoveOp>(
          [&](auto copy) { visitCopy(copy.getDst(), copy.getSrc(), copy.getLen(), control); })
      .Case<LLVM::MemsetOp, LLVM::MemsetInlineOp>([&](auto fill) {
        noteMixed(PointerSet(pointsTo(fill.getDst())));
        if (control || isTainted(fill.getDst()))
          for (const Target &t : pointsTo(fill.getDst()).targets()) {
            set(objects[t.object].taintedFloat);
            set(objects[t.object].taintedInt);
          }
      });
}

//===----------------------------------------------------------------------===//
// Calls and everything else
//===----------------------------------------------------------------------===//

void Activity::visitCall(Operation *op, bool control) {
  StringRef name = calleeName(op);
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
  switch (heapFunction(name)) {
  case HeapFunction::Allocate:
  case HeapFunction::AllocateZeroed: {
    ObjectId id = objectFor(op, MemoryObject::Heap, "allocated memory");
    PointerSet s;
    s.insert({id, 0, 0});
    joinPointer(op->getResult(0), s);
    return;
  }
  case HeapFunction::Release:
    return;
  case HeapFunction::None:
    break;
  }
  visitDefault(op, control);
}

void Activity::visitDefault(Operation *op, bool control) {
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

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

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
