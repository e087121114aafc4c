//===- InspectorMemory.cpp - marks of memory ------------------------------===//
//
// A shadow has the layout of its primal: an int32 mark per float, a byte per
// integer, a shadow pointer per pointer. Specified arrays are never read or
// written while planning; their marks are at least 1.
//
//===----------------------------------------------------------------------===//

#include "InspectorBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

static constexpr auto purpose = Activity::For::Inspector;

static bool isPointer(Type t) { return isa<LLVM::LLVMPointerType>(t); }

bool InspectorBuilder::emitMemory(Operation *op) {
  MemoryAccess a = memoryAccessOf(op);
  switch (a.kind) {
  case MemoryAccess::None:
    return false;
  case MemoryAccess::Load:
    emitLoad(op, a);
    if (auto load = dyn_cast<LLVM::LoadOp>(op))
      fillCells(load);
    return true;
  case MemoryAccess::Store:
    emitStore(op, a);
    if (auto store = dyn_cast<LLVM::StoreOp>(op))
      reportSite(store);
    return true;
  case MemoryAccess::Address:
    emitAddress(cast<MemoryAccessOpInterface>(op), a);
    return true;
  case MemoryAccess::Allocate:
    emitAllocation(op, a);
    return true;
  case MemoryAccess::Free:
    emitRelease(op, a);
    return true;
  case MemoryAccess::Copy:
  case MemoryAccess::Move:
  case MemoryAccess::Fill:
    // Forms with the length in an attribute reach no active memory: they are refused (ActivityDiagnostics.cpp).
    if (!a.length)
      return false;
    emitTransfer(op, a);
    return true;
  }
  llvm_unreachable("kind of access");
}

/// The address of a zero-terminated text, one global per text.
Value InspectorBuilder::nameConstant(StringRef text) {
  auto [it, fresh] = names.try_emplace(text, "");
  if (fresh) {
    std::string symbol = "sparsead.name." + std::to_string(names.size());
    while (module.lookupSymbol(symbol))
      symbol += "x";
    it->second = symbol;
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    std::string bytes = text.str() + '\0';
    auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), bytes.size());
    LLVM::GlobalOp::create(builder, module.getLoc(), type, /*isConstant=*/true, LLVM::Linkage::Private, symbol,
                           builder.getStringAttr(bytes));
  }
  return LLVM::AddressOfOp::create(b, loc(), LLVM::LLVMPointerType::get(b.getContext()), it->second);
}

//===----------------------------------------------------------------------===//
// Addresses
//===----------------------------------------------------------------------===//

void InspectorBuilder::emitAddress(MemoryAccessOpInterface op, const MemoryAccess &a) {
  Location loc = op.getLoc();
  Value result = a.pointer;
  AddressParts parts = op.getAddressParts();
  auto index = [&](Value v) -> Value {
    if (!hasMark(v))
      return primal(v);
    Value zero = buildInt(b, loc, 0, v.getType().getIntOrFloatBitWidth());
    if (isSurelyUnknown(v))
      return zero;
    return arith::SelectOp::create(b, loc, isUnknown(v), zero, primal(v));
  };
  IRMapping indices = s.map;
  for (const AddressParts::Term &term : parts.terms)
    if (hasMark(term.index))
      indices.map(term.index, index(term.index));
  indices.map(parts.base, primal(parts.base));
  Operation *clone = b.clone(*op.getOperation(), indices);
  s.map.map(result, clone->getResult(0));
  if (hasShadow(result))
    s.shadows[result] =
        buildShadowAddress(b, loc, parts, shadow(parts.base), 1, activity.mayBeUnshadowed(parts.base, purpose), index);
  if (!hasMark(result))
    return;

  // The mark: the strides of the unknown indices, as a power of two dividing
  // them all; below zero nothing about the offset is known.
  Value m = mark(parts.base);
  for (const AddressParts::Term &term : parts.terms) {
    if (!hasMark(term.index))
      continue;
    Value stride = i32(term.stride);
    Value zero = i32(0);
    Value mixed = arith::OrIOp::create(b, loc, m, stride);
    Value negated = arith::SubIOp::create(b, loc, zero, mixed);
    Value lowest = arith::AndIOp::create(b, loc, mixed, negated);
    Value plain = isZero(loc, m);
    Value combined = arith::SelectOp::create(b, loc, plain, stride, lowest);
    Value negative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, m, zero);
    combined = arith::SelectOp::create(b, loc, negative, m, combined);
    // One of a few addresses plus something unknown: anywhere.
    Value last = i32(-16), anywhere = i32(-1);
    Value listed = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, m, last);
    combined = arith::SelectOp::create(b, loc, listed, anywhere, combined);
    m = isSurelyUnknown(term.index) ? combined
                                    : arith::SelectOp::create(b, loc, isUnknown(term.index), combined, m).getResult();
  }
  setMark(result, m);
}

/// Array and position behind a subscript: `u[col[k]]` is indexed by col at k.
struct IndexSource {
  MemoryAccess load;
  Value position;
};

static MemoryAccessOpInterface addressOp(Value pointer) {
  auto op = pointer.getDefiningOp<MemoryAccessOpInterface>();
  return op && op.getMemoryAccess().kind == MemoryAccess::Address ? op : nullptr;
}

static IndexSource indexSource(Value pointer) {
  auto address = addressOp(pointer);
  if (!address)
    return {};
  AddressParts parts = address.getAddressParts();
  if (parts.terms.empty())
    return {};
  Value index = parts.terms.back().index;
  while (Operation *def = index.getDefiningOp()) {
    if (isa<arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp, arith::IndexCastOp>(def)) {
      index = def->getOperand(0);
      continue;
    }
    MemoryAccess load = memoryAccessOf(def);
    if (load.kind != MemoryAccess::Load)
      return {};
    auto inner = addressOp(load.pointer);
    if (!inner)
      return {load, {}};
    AddressParts from = inner.getAddressParts();
    return {load, from.terms.size() == 1 ? from.terms.back().index : Value()};
  }
  return {};
}

/// i1: the access stays inside the specified array.
Value InspectorBuilder::checkAccess(Location loc, Value pointer, int64_t bytes) {
  StringRef name = "memory";
  for (const Target &t : activity.pointsTo(pointer).targets())
    if (activity.object(t.object).specified)
      name = activity.object(t.object).name;
  // Inside the bounds of the object that the address is derived from?
  Value root = pointer;
  while (auto address = addressOp(root))
    root = address.getAddressParts().base;
  Value base = shadow(root);
  bool hoisted = base.getParentBlock() != b.getInsertionBlock();
  Value fast;
  if (hoisted) {
    auto [begin, size] = boundsOf(loc, base);
    Value at = LLVM::PtrToIntOp::create(b, loc, b.getI64Type(), shadow(pointer));
    Value offset = arith::SubIOp::create(b, loc, at, begin);
    Value less = buildInt(b, loc, bytes - 1, 64);
    Value limit = arith::SubIOp::create(b, loc, size, less);
    Value zero = buildInt(b, loc, 0, 64);
    limit = arith::MaxSIOp::create(b, loc, limit, zero);
    fast = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, offset, limit);
  }
  if (fast)
    return ifElse(
        loc, fast, b.getI1Type(), [&] { return Values{i1(true)}; },
        [&] { return Values{checkSlowly(loc, pointer, bytes, name)}; })[0];
  return checkSlowly(loc, pointer, bytes, name);
}

/// Bounds of the object around a shadow pointer, looked up where it is made.
std::pair<Value, Value> InspectorBuilder::boundsOf(Location loc, Value base) {
  auto [it, fresh] = s.bounds.try_emplace(base);
  if (fresh) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointAfterValue(base);
    Type i64 = b.getI64Type();
    Value begin = runtime(loc, "sparsead_rt_object_begin", {base}, i64)[0];
    Value size = runtime(loc, "sparsead_rt_object_size", {base}, i64)[0];
    s.bounds[base] = {begin, size};
  }
  return s.bounds[base];
}

Value InspectorBuilder::checkSlowly(Location loc, Value pointer, int64_t bytes, StringRef name) {
  Value text = nameConstant(name);
  Value indexName = buildNull(b, loc);
  Value position = buildInt(b, loc, 0, 64);
  Value value = position;
  IndexSource source = indexSource(pointer);
  auto wide = [&](Value v) -> Value {
    v = primal(v);
    if (v.getType().isInteger(64))
      return v;
    return arith::ExtSIOp::create(b, loc, b.getI64Type(), v);
  };
  if (source.load.type && source.load.type.isInteger() && source.load.type.getIntOrFloatBitWidth() <= 64) {
    auto targets = activity.pointsTo(source.load.pointer).targets();
    if (!targets.empty()) {
      indexName = nameConstant(activity.object(targets[0].object).name);
      value = wide(source.load.value);
      if (source.position && source.position.getType().getIntOrFloatBitWidth() <= 64)
        position = wide(source.position);
    }
  }
  Value size = buildInt(b, loc, bytes, 64);
  Value inside =
      runtime(loc, "sparsead_rt_check", {shadow(pointer), size, text, indexName, position, value}, b.getI32Type())[0];
  Value outside = isZero(loc, inside);
  return arith::XOrIOp::create(b, loc, outside, i1(true));
}

//===----------------------------------------------------------------------===//
// Loads
//===----------------------------------------------------------------------===//

static int64_t bytesOf(Operation *op, Type type) { return storeSize(op, type); }

/// The mark found behind a pointer that has a shadow (not null).
Value InspectorBuilder::loadMark(Operation *op, const MemoryAccess &load) {
  Location loc = op->getLoc();
  Value address = load.pointer;
  Type i32Type = b.getI32Type();
  bool isFloat = isa<FloatType>(load.type);
  int64_t bytes = bytesOf(op, load.type);
  auto direct = [&]() -> Value {
    Value at = shadow(address);
    if (isFloat)
      return LLVM::LoadOp::create(b, loc, i32Type, at, 4);
    Value byte = LLVM::LoadOp::create(b, loc, b.getI8Type(), at, 1);
    Value zero = isZero(loc, byte);
    return arith::SelectOp::create(b, loc, zero, i32(0), i32(1));
  };
  auto checked = [&]() -> Value {
    if (!activity.mayBeSpecified(address) && !activity.hasTaintedControl())
      return direct();
    Value inside = checkAccess(loc, address, bytes);
    return ifElse(loc, inside, i32Type, [&] { return Values{direct()}; }, [&] { return Values{i32(1)}; })[0];
  };
  if (!hasMark(address))
    return checked();
  Value known = isZero(loc, mark(address));
  return ifElse(
      loc, known, i32Type, [&] { return Values{checked()}; },
      [&] {
        Value size = i32(bytes), flag = i32(isFloat);
        return runtime(loc, "sparsead_rt_load_any", {shadow(address), mark(address), size, flag}, i32Type);
      })[0];
}

/// An access without a shadow, at a known address: an error if an active array lies there.
void InspectorBuilder::refuseForeign(Location loc, Value pointer, Value bytes) {
  if (hasMark(pointer) || !activity.mayBeForeign(pointer))
    return;
  Value p = primal(pointer);
  runtime(loc, "sparsead_rt_foreign", {p, bytes});
}

void InspectorBuilder::emitLoad(Operation *op, const MemoryAccess &load) {
  Location loc = op->getLoc();
  Value result = load.value, address = load.pointer;
  Type type = load.type;
  bool shadowed = activity.mayBeShadowed(address, purpose);
  bool maybeNull = activity.mayBeUnshadowed(address, purpose);
  Type i32Type = b.getI32Type();

  if (!hasMark(result) && !hasShadow(result)) {
    if (isa<FloatType>(type) && !shadowed)
      refuseForeign(loc, address, buildInt(b, loc, storeSize(op, type), 64));
    cloneFlat(b, op, s.map);
    return;
  }
  auto addressKnown = [&]() -> Value { return hasMark(address) ? isZero(loc, mark(address)) : i1(true); };
  auto readPrimal = [&] { return Values{cloneFlat(b, op, s.map)->getResult(0)}; };
  auto zero = [&] { return Values{buildZero(b, loc, type)}; };

  if (isPointer(type)) {
    Value known = addressKnown();
    Value ptr = hasMark(address) ? ifElse(loc, known, type, readPrimal, zero)[0] : readPrimal()[0];
    Value null = buildNull(b, loc);
    Value sh = null;
    if (hasShadow(result) && shadowed) {
      Value at = shadow(address);
      Value valid = known;
      if (maybeNull)
        valid = arith::AndIOp::create(b, loc, known, buildIsNotNull(b, loc, at));
      bool certain = !maybeNull && !hasMark(address);
      auto read = [&] { return Values{LLVM::LoadOp::create(b, loc, type, at, 8).getResult()}; };
      sh = certain ? read()[0] : ifElse(loc, valid, type, read, [&] { return Values{null}; })[0];
    }
    s.map.map(result, ptr);
    if (!hasMark(result)) {
      s.shadows[result] = sh;
      return;
    }
    // Pointers in memory say "unknown" by the shadow pointers 2 and 4.
    Value bits = LLVM::PtrToIntOp::create(b, loc, b.getI64Type(), sh);
    auto equals = [&](int64_t c) -> Value {
      Value v = buildInt(b, loc, c, 64);
      return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, bits, v);
    };
    Value any = equals(2), inactive = equals(4);
    Value m = arith::SelectOp::create(b, loc, any, i32(-1), i32(0));
    m = arith::SelectOp::create(b, loc, inactive, i32(-2), m);
    int64_t unknownKind = hasShadow(result) ? -1 : -2;
    if (hasMark(address))
      m = arith::SelectOp::create(b, loc, known, m, i32(unknownKind));
    if (activity.unshadowedTaint(address, type))
      m = arith::SelectOp::create(b, loc, buildIsNotNull(b, loc, shadow(address)), m, i32(unknownKind));
    setMark(result, m);
    Value special = arith::OrIOp::create(b, loc, any, inactive);
    if (hasShadow(result))
      s.shadows[result] = arith::SelectOp::create(b, loc, special, null, sh);
    return;
  }

  if (!hasMark(result)) {
    cloneFlat(b, op, s.map);
    return;
  }
  bool specified = isa<FloatType>(type) && activity.isSpecifiedFloat(address);
  auto unshadowedMark = [&]() -> Value {
    if (isa<FloatType>(type))
      refuseForeign(loc, address, buildInt(b, loc, storeSize(op, type), 64));
    if (activity.unshadowedTaint(address, type))
      return i32(1);
    if (!hasMark(address))
      return i32(0);
    return arith::SelectOp::create(b, loc, addressKnown(), i32(0), i32(1));
  };
  Value m;
  if (!shadowed)
    m = unshadowedMark();
  else if (!maybeNull)
    m = loadMark(op, load);
  else
    m = ifElse(
        loc, buildIsNotNull(b, loc, shadow(address)), i32Type, [&] { return Values{loadMark(op, load)}; },
        [&] { return Values{unshadowedMark()}; })[0];

  APInt constant;
  bool surely = specified || (matchPattern(m, m_ConstantInt(&constant)) && constant == 1);
  if (isa<FloatType>(type)) {
    Dependences d;
    d.unknown = surely;
    d.sets.push_back(m);
    if (surely && !specified)
      d.sets.clear();
    s.floats[result] = d;
  } else {
    s.marks[result] = m;
  }
  if (surely) {
    s.map.map(result, buildZero(b, loc, type));
    return;
  }
  // Only a known value is read, and only at a known address.
  Value known = isZero(loc, m);
  if (hasMark(address))
    known = arith::AndIOp::create(b, loc, known, addressKnown());
  s.map.map(result, ifElse(loc, known, type, readPrimal, zero)[0]);
}

//===----------------------------------------------------------------------===//
// Stores
//===----------------------------------------------------------------------===//

void InspectorBuilder::emitStore(Operation *op, const MemoryAccess &store) {
  Location loc = op->getLoc();
  Value address = store.pointer;
  bool shadowed = activity.mayBeShadowed(address, purpose);
  if (!shadowed)
    return emitPlainStore(op, store);
  if (!activity.mayBeUnshadowed(address, purpose))
    return emitShadowedStore(op, store);
  auto branch = scf::IfOp::create(b, loc, buildIsNotNull(b, loc, shadow(address)), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  emitShadowedStore(op, store);
  b.setInsertionPointToStart(&branch.getElseRegion().front());
  emitPlainStore(op, store);
}

/// Memory without a shadow: locals that only hold known data, and the user's
/// own inactive memory, which planning leaves as it was.
void InspectorBuilder::emitPlainStore(Operation *op, const MemoryAccess &store) {
  Location loc = op->getLoc();
  Value value = store.value, address = store.pointer;
  if (!activity.mayBeExternal(address)) {
    cloneFlat(b, op, s.map);
    return;
  }
  int64_t bytes = bytesOf(op, value.getType());
  if (isa<FloatType>(value.getType()))
    refuseForeign(loc, address, buildInt(b, loc, bytes, 64));
  if (bytes > 8) {
    // Wider than a journal's word: by way of a copy, which is journaled byte by byte.
    Value place;
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointAfterValue(s.buffer);
      Value one = buildInt(b, loc, 1, 32);
      place = LLVM::AllocaOp::create(b, loc, s.buffer.getType(), value.getType(), one, 16);
    }
    LLVM::StoreOp::create(b, loc, primal(value), place);
    Value unknown = i32(0);
    for (Value v : {value, address})
      if (hasMark(v)) {
        Value flag = arith::SelectOp::create(b, loc, isUnknown(v), i32(1), i32(0));
        unknown = arith::OrIOp::create(b, loc, unknown, flag);
      }
    Value null = buildNull(b, loc);
    Value size = buildInt(b, loc, bytes, 64);
    Value no = i32(0), yes = i32(1);
    runtime(loc, "sparsead_rt_copy", {null, primal(address), no, null, place, yes, size, unknown});
    return;
  }
  Value m = hasMark(value) ? arith::SelectOp::create(b, loc, isUnknown(value), i32(1), i32(0)).getResult() : i32(0);
  if (hasMark(address)) {
    Value known = isZero(loc, mark(address));
    m = arith::SelectOp::create(b, loc, known, m, i32(1));
  }
  Value bits = bitsOf(loc, primal(value));
  Value size = i32(bytes);
  runtime(loc, "sparsead_rt_store_plain", {primal(address), size, bits, m});
}

void InspectorBuilder::emitShadowedStore(Operation *op, const MemoryAccess &store) {
  Location loc = op->getLoc();
  Value value = store.value, address = store.pointer;
  Type type = store.type;
  int64_t bytes = bytesOf(op, type);
  bool isFloat = isa<FloatType>(type);
  // With a shadow, user memory is specified memory.
  bool external = activity.mayBeSpecified(address);
  bool journal = activity.hasTaintedControl();
  Value sh = shadow(address);
  Value one = i32(1);

  Value m = mark(value);
  if (!isFloat && !isPointer(type) && hasMark(value))
    m = arith::SelectOp::create(b, loc, isZero(loc, m), i32(0), one);
  // A journal's word does not hold it: its value is not kept.
  if (bytes > 8 || !type.isIntOrFloat())
    if (!isPointer(type))
      m = arith::MaxSIOp::create(b, loc, m, one);
  if (isFloat && external)
    m = arith::MaxSIOp::create(b, loc, m, one);

  auto known = [&] {
    Value null = buildNull(b, loc);
    Value at = external ? null : primal(address);
    if (isPointer(type)) {
      Value pm = hasMark(value) ? mark(value) : i32(0);
      runtime(loc, "sparsead_rt_store_ptr", {sh, at, primal(value), shadow(value), pm});
      if (external)
        emitPlainStore(op, store);
      return;
    }
    Value size = i32(bytes);
    auto slow = [&] {
      Value bits = bitsOf(loc, primal(value));
      runtime(loc, isFloat ? "sparsead_rt_store_float" : "sparsead_rt_store_int", {sh, at, size, bits, m});
    };
    auto fast = [&] {
      if (isFloat) {
        LLVM::StoreOp::create(b, loc, m, sh, 4);
      } else {
        Value byte = arith::TruncIOp::create(b, loc, b.getI8Type(), m);
        LLVM::StoreOp::create(b, loc, byte, sh, 1);
      }
      if (!external)
        cloneFlat(b, op, s.map);
    };
    if (journal) {
      Value depth = LLVM::LoadOp::create(b, loc, b.getI32Type(), s.context, 4);
      Value quiet = isZero(loc, depth);
      auto branch = scf::IfOp::create(b, loc, quiet, /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(&branch.getThenRegion().front());
      fast();
      b.setInsertionPointToStart(&branch.getElseRegion().front());
      slow();
    } else {
      fast();
    }
    // Integers in a block that holds specified members are the user's own.
    if (external && !isFloat)
      emitPlainStore(op, store);
  };
  auto checked = [&] {
    if (!external && !journal)
      return known();
    ifThen(loc, checkAccess(loc, address, bytes), known);
  };
  if (!hasMark(address))
    return checked();
  auto branch = scf::IfOp::create(b, loc, isZero(loc, mark(address)),
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  checked();
  b.setInsertionPointToStart(&branch.getElseRegion().front());
  Value size = i32(bytes), kind = i32(isPointer(type) ? 2 : isFloat ? 1 : 0);
  runtime(loc, "sparsead_rt_store_any", {sh, mark(address), size, m, kind});
}

//===----------------------------------------------------------------------===//
// Allocation, copies
//===----------------------------------------------------------------------===//

void InspectorBuilder::emitAllocation(Operation *op, const MemoryAccess &memory) {
  cloneFlat(b, op, s.map);
  Value result = memory.pointer;
  if (!hasShadow(result))
    return;
  Value bytes = buildSize(b, op, memory, 1, [&](Value v) { return primal(v); });
  StringRef function = memory.onStack ? "sparsead_rt_local" : "sparsead_rt_heap";
  s.shadows[result] = runtime(op->getLoc(), function, {primal(result), bytes}, result.getType())[0];
}

void InspectorBuilder::emitRelease(Operation *op, const MemoryAccess &memory) {
  Location loc = op->getLoc();
  if (!hasShadow(memory.pointer) && !activity.hasTaintedControl()) {
    cloneFlat(b, op, s.map);
    return;
  }
  StringRef name = calleeName(op);
  int64_t kind = name == "free" ? 0 : name.starts_with("_Zda") ? 2 : 1;
  Value pointer = memory.pointer;
  Value now = runtime(loc, "sparsead_rt_release", {shadow(pointer), primal(pointer), i32(kind)}, b.getI32Type())[0];
  Value later = isZero(loc, now);
  Value free = arith::XOrIOp::create(b, loc, later, i1(true));
  ifThen(loc, free, [&] { cloneFlat(b, op, s.map); });
}

void InspectorBuilder::emitTransfer(Operation *op, const MemoryAccess &transfer) {
  Value dst = transfer.pointer, src = transfer.source, length = transfer.length;
  Location loc = op->getLoc();
  bool shadows = hasShadow(dst) || (src && hasShadow(src));
  bool external = activity.mayBeExternal(dst);
  if (!shadows && !external && !hasMark(dst)) {
    cloneFlat(b, op, s.map);
    return;
  }
  Value unknown = i32(0);
  for (Value v : {dst, src, length})
    if (v && hasMark(v)) {
      Value one = i32(1);
      Value flag = one;
      if (isa<LLVM::LLVMPointerType>(v.getType())) {
        Value m = mark(v), zero = i32(0), anywhere = i32(-1);
        Value negative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, m, zero);
        flag = arith::SelectOp::create(b, loc, negative, anywhere, one);
      }
      flag = arith::SelectOp::create(b, loc, isUnknown(v), flag, i32(0));
      unknown = arith::OrIOp::create(b, loc, unknown, flag);
    }
  Value bytes = primal(length);
  if (bytes.getType() != b.getI64Type())
    bytes = arith::ExtUIOp::create(b, loc, b.getI64Type(), bytes);
  auto isSpecified = [&](Value p) {
    return llvm::any_of(activity.pointsTo(p).targets(),
                        [&](const Target &t) { return activity.object(t.object).specified; });
  };
  Value dstLocal = i32(external ? 0 : 1);
  if (external && activity.mayBeLocal(dst) && !isSpecified(dst))
    dstLocal = arith::SelectOp::create(b, loc, buildIsNotNull(b, loc, shadow(dst)), i32(1), i32(0));
  if (transfer.kind == MemoryAccess::Fill) {
    Value fill = arith::ExtUIOp::create(b, loc, b.getI32Type(), primal(transfer.value));
    runtime(loc, "sparsead_rt_fill", {shadow(dst), primal(dst), dstLocal, fill, bytes, unknown});
    reportFill(op, dst, bytes);
    return;
  }
  if (!activity.mayBeShadowed(src, purpose))
    refuseForeign(loc, src, bytes);
  Value srcLocal = i32(isSpecified(src) ? 0 : 1);
  runtime(loc, "sparsead_rt_copy",
          {shadow(dst), primal(dst), dstLocal, shadow(src), primal(src), srcLocal, bytes, unknown});
}
