//===- AdjointNeeds.cpp - values of the primal in the reverse sweep -------===//
//
// A need is a placeholder in the code that reverses the region in which the value arises. When all code is there, and
// what is dead is gone, each region decides: values that follow from what is at hand are computed again; of the others
// either they or what they are computed from are kept, whichever takes fewer bytes. Inner regions decide first, because
// what they compute again may need values of outer ones.
//
//===----------------------------------------------------------------------===//

#include "AdjointBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace sparsead;

static constexpr auto purpose = Activity::For::Tangent;

Region *AdjointBuilder::regionOf(Key key) {
  if (key.second == Count)
    return static_cast<Operation *>(key.first)->getParentRegion();
  return Value::getFromOpaquePointer(key.first).getParentRegion();
}

Type AdjointBuilder::typeOf(Key key) const {
  if (key.second == Count)
    return IntegerType::get(b.getContext(), 64);
  return Value::getFromOpaquePointer(key.first).getType();
}

static Operation *placeholder(OpBuilder &b, Location loc, Type type) {
  return UnrealizedConversionCastOp::create(b, loc, TypeRange{type}, ValueRange());
}

AdjointBuilder::Scope &AdjointBuilder::open(Region &region, Block *block) {
  auto scope = std::make_unique<Scope>();
  scope->region = &region;
  scope->block = block;
  scope->anchor = placeholder(b, *currentLoc, b.getI1Type());
  scopeOf[&region] = scope.get();
  scopes.push_back(std::move(scope));
  return *scopes.back();
}

Value AdjointBuilder::needCount(Operation *loop) { return need(Key(loop, Count), b.getI64Type()); }

Value AdjointBuilder::need(Key key, Type type) {
  Value v = key.second == Count ? Value() : Value::getFromOpaquePointer(key.first);
  if (key.second == Primal && matchPattern(v, m_Constant()))
    return b.clone(*v.getDefiningOp())->getResult(0);
  if (key.second == Shadow && !hasShadow(v))
    return buildNull(b, *currentLoc);
  Region *region = regionOf(key);
  if (live.contains(region)) {
    Value found = key.second == Primal   ? map.lookupOrNull(v)
                  : key.second == Shadow ? shadows.lookup(v)
                                         : counts.lookup(key.first);
    if (found)
      return found;
    missing.push_back(placeholder(b, *currentLoc, type));
    return missing.back()->getResult(0);
  }
  Scope &scope = *scopeOf.find(region)->second;
  if (Value met = scope.met.lookup(key))
    return met;
  Operation *&place = scope.needs[key];
  if (!place) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(scope.anchor);
    place = placeholder(b, *currentLoc, type);
  }
  return place->getResult(0);
}

//===----------------------------------------------------------------------===//
// What can be computed again
//===----------------------------------------------------------------------===//

/// On the same operands the operation gives the same results after the primal has ended.
bool AdjointBuilder::isRecomputable(Operation *op) {
  if (memoryAccessOf(op).kind == MemoryAccess::Load)
    return isa<LLVM::LoadOp>(op) && analysis.isUnchanged(op);
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    bool all = true;
    branch.walk([&](Operation *inner) {
      if (inner != op && !isa<scf::YieldOp>(inner))
        all = all && !isa<scf::ForOp, scf::WhileOp>(inner) && isRecomputable(inner);
    });
    return all;
  }
  return op->getNumRegions() == 0 && isMemoryEffectFree(op) && memoryAccessOf(op).kind != MemoryAccess::Allocate &&
         !op->hasTrait<OpTrait::IsTerminator>();
}

/// Values of the operation's own region (or outer ones) that it is computed from.
static SmallVector<Value> inputsOf(Operation *op) {
  llvm::SetVector<Value> inputs(op->operand_begin(), op->operand_end());
  for (Region &region : op->getRegions())
    region.walk([&](Operation *inner) {
      for (Value v : inner->getOperands())
        if (!region.isAncestor(v.getParentRegion()) && !op->isProperAncestor(v.getParentRegion()->getParentOp()))
          inputs.insert(v);
    });
  return inputs.takeVector();
}

/// Follows without anything that is kept.
bool AdjointBuilder::isFree(Key key) {
  auto it = freeKeys.find(key);
  if (it != freeKeys.end())
    return it->second;
  if (key.second == Count)
    return false;
  Value v = Value::getFromOpaquePointer(key.first);
  if (key.second == Shadow && !hasShadow(v))
    return true;
  Region *region = v.getParentRegion();
  auto follows = [&](Value from, unsigned kind) {
    return from.getParentRegion() != region || isFree(Key(from.getAsOpaquePointer(), kind));
  };
  bool result = false;
  if (auto arg = dyn_cast<BlockArgument>(v)) {
    auto loop = dyn_cast<scf::ForOp>(arg.getOwner()->getParentOp());
    result = loop && arg == loop.getInductionVar();
  } else {
    Operation *op = v.getDefiningOp();
    if (key.second == Primal) {
      result = isRecomputable(op) && llvm::all_of(inputsOf(op), [&](Value from) { return follows(from, Primal); });
    } else if (memoryAccessOf(op).kind == MemoryAccess::Address) {
      AddressParts parts = cast<MemoryAccessOpInterface>(op).getAddressParts();
      result = follows(parts.base, Shadow) &&
               llvm::all_of(parts.terms, [&](const AddressParts::Term &t) { return follows(t.index, Primal); });
    } else if (isa<arith::SelectOp, LLVM::SelectOp>(op)) {
      result = follows(op->getOperand(0), Primal) && follows(op->getOperand(1), Shadow) &&
               follows(op->getOperand(2), Shadow);
    } else if (auto load = dyn_cast<LLVM::LoadOp>(op)) {
      result = analysis.isUnchanged(op) && follows(load.getAddr(), Shadow);
    }
  }
  return freeKeys[key] = result;
}

/// What has to be kept, at least, where the value is computed again.
void AdjointBuilder::leavesOf(Key key, llvm::SetVector<Key> &leaves) {
  if (isFree(key))
    return;
  if (key.second != Count) {
    Value v = Value::getFromOpaquePointer(key.first);
    Operation *op = v.getDefiningOp();
    auto from = [&](Value other, unsigned kind) {
      if (other.getParentRegion() == v.getParentRegion())
        leavesOf(Key(other.getAsOpaquePointer(), kind), leaves);
    };
    if (key.second == Primal && op && isRecomputable(op)) {
      for (Value other : inputsOf(op))
        from(other, Primal);
      return;
    }
    if (key.second == Shadow && op && memoryAccessOf(op).kind == MemoryAccess::Address) {
      AddressParts parts = cast<MemoryAccessOpInterface>(op).getAddressParts();
      from(parts.base, Shadow);
      for (const AddressParts::Term &t : parts.terms)
        from(t.index, Primal);
      return;
    }
  }
  leaves.insert(key);
}

//===----------------------------------------------------------------------===//
// Meeting the needs
//===----------------------------------------------------------------------===//

/// Erases operations behind `after` (null: all of the block) whose results nobody uses.
void AdjointBuilder::sweepDead(Block &block, Operation *after) {
  for (Operation *op = block.empty() ? nullptr : &block.back(); op && op != after;) {
    Operation *previous = op->getPrevNode();
    for (Region &region : op->getRegions())
      for (Block &inner : region)
        sweepDead(inner, nullptr);
    // Placeholders and what holds some are accounted for elsewhere.
    bool kept = op->getNumRegions() > 0 || isa<UnrealizedConversionCastOp>(op);
    if (!kept && !op->hasTrait<OpTrait::IsTerminator>() && isOpTriviallyDead(op))
      op->erase();
    op = previous;
  }
}

void AdjointBuilder::meetAll() {
  for (size_t k = scopes.size(); k-- > 0;) // inner ones were opened later
    meet(*scopes[k]);
  for (const auto &scope : scopes)
    scope->anchor->erase();
}

static int64_t bytesOf(Type type) {
  if (isa<LLVM::LLVMPointerType>(type) || type.isIndex())
    return 8;
  if (!type.isIntOrFloat() || type.getIntOrFloatBitWidth() > 64)
    return 0; // cannot be kept
  return std::max<int64_t>(1, llvm::PowerOf2Ceil(type.getIntOrFloatBitWidth()) / 8);
}

void AdjointBuilder::meet(Scope &scope) {
  sweepDead(*scope.block, scope.anchor);
  llvm::SetVector<Key> wanted;
  for (auto &[key, place] : scope.needs)
    if (!place->use_empty())
      wanted.insert(key);
  SmallVector<Key> themselves;
  llvm::SetVector<Key> leaves;
  for (Key key : wanted)
    if (!isFree(key)) {
      themselves.push_back(key);
      leavesOf(key, leaves);
    }
  auto total = [&](ArrayRef<Key> keys) {
    int64_t sum = 0;
    for (Key key : keys)
      sum += bytesOf(typeOf(key)) ? bytesOf(typeOf(key)) : 1 << 20;
    return sum;
  };
  ArrayRef<Key> kept = themselves;
  if (total(leaves.getArrayRef()) <= total(themselves))
    kept = leaves.getArrayRef();
  currentLoc = scope.anchor->getLoc();
  if (!kept.empty())
    storeFrame(scope, kept);
  if (!reason.empty())
    return;
  for (Key key : wanted) {
    Value v = materialize(scope, key);
    scope.needs[key]->getResult(0).replaceAllUsesWith(v);
  }
  for (auto &[key, place] : scope.needs)
    place->erase();
  scope.needs.clear();
}

Value AdjointBuilder::materialize(Scope &scope, Key key) {
  if (regionOf(key) != scope.region)
    return need(key, typeOf(key));
  if (Value met = scope.met.lookup(key))
    return met;
  Value v = Value::getFromOpaquePointer(key.first);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(scope.anchor);
  if (key.second == Shadow && !hasShadow(v))
    return buildNull(b, *currentLoc);
  auto get = [&](Value from, unsigned kind) { return materialize(scope, Key(from.getAsOpaquePointer(), kind)); };
  Operation *op = v.getDefiningOp();
  Location loc = op->getLoc();
  Value made;
  if (key.second == Primal) {
    IRMapping here;
    for (Value from : inputsOf(op))
      here.map(from, get(from, Primal));
    b.setInsertionPoint(scope.anchor);
    Operation *clone = b.clone(*op, here);
    for (auto [result, again] : llvm::zip(op->getResults(), clone->getResults()))
      scope.met[Key(result.getAsOpaquePointer(), Primal)] = again;
    return clone->getResult(cast<OpResult>(v).getResultNumber());
  }
  if (memoryAccessOf(op).kind == MemoryAccess::Address) {
    AddressParts parts = cast<MemoryAccessOpInterface>(op).getAddressParts();
    Value base = get(parts.base, Shadow);
    llvm::DenseMap<Value, Value> indices;
    for (const AddressParts::Term &t : parts.terms)
      indices[t.index] = get(t.index, Primal);
    b.setInsertionPoint(scope.anchor);
    made = buildShadowAddress(b, loc, parts, base, 1, activity.mayBeUnshadowed(parts.base, purpose),
                              [&](Value index) { return indices.lookup(index); });
  } else if (isa<arith::SelectOp, LLVM::SelectOp>(op)) {
    Value condition = get(op->getOperand(0), Primal), yes = get(op->getOperand(1), Shadow),
          no = get(op->getOperand(2), Shadow);
    b.setInsertionPoint(scope.anchor);
    made = arith::SelectOp::create(b, loc, condition, yes, no);
  } else {
    auto load = cast<LLVM::LoadOp>(op);
    Value at = get(load.getAddr(), Shadow);
    b.setInsertionPoint(scope.anchor);
    made = forwardShadowLoad(loc, load.getAddr(), at);
  }
  return scope.met[key] = made;
}

//===----------------------------------------------------------------------===//
// Frames
//===----------------------------------------------------------------------===//

/// The values are written at the end of the region's forward code, and read at the beginning of its reverse. Loops with
/// a known number of iterations and nothing kept inside take all their frames at once, one after the other.
void AdjointBuilder::storeFrame(Scope &scope, ArrayRef<Key> keys) {
  if (plain)
    return fail(scope.region->getParentOp()->getLoc(), "values of the iterations are kept for the reverse sweep");
  SmallVector<Key> order(keys);
  llvm::sort(order, [&](Key x, Key y) {
    auto place = [&](Key key) { return std::pair(-bytesOf(typeOf(key)), llvm::find(keys, key) - keys.begin()); };
    return place(x) < place(y);
  });
  int64_t size = 0;
  SmallVector<int64_t> offsets;
  Operation *parent = scope.region->getParentOp();
  for (Key key : order) {
    int64_t bytes = bytesOf(typeOf(key));
    if (bytes == 0)
      return fail(parent->getLoc(), "a value that cannot be kept for the reverse sweep");
    offsets.push_back(size);
    size += bytes;
  }
  if (size >= 8)
    size = (size + 7) / 8 * 8;
  else
    size = llvm::PowerOf2Ceil(size);
  Location loc = *currentLoc;
  Type ptr = LLVM::LLVMPointerType::get(b.getContext()), i64 = b.getI64Type();
  auto push = declareRuntime(module, "sparsead_rt_push", {ptr, i64}, {ptr});
  auto pop = declareRuntime(module, "sparsead_rt_pop", {ptr, i64}, {ptr});
  auto field = [&](Value frame, int64_t offset) -> Value {
    if (offset == 0)
      return frame;
    return LLVM::GEPOp::create(b, loc, ptr, b.getI8Type(), frame, ArrayRef<LLVM::GEPArg>{int32_t(offset)});
  };
  auto nth = [&](Value base, Value n) -> Value {
    Value offset = arith::MulIOp::create(b, loc, n, number(size), arith::IntegerOverflowFlags::nsw);
    return LLVM::GEPOp::create(b, loc, ptr, b.getI8Type(), base, ArrayRef<LLVM::GEPArg>{offset});
  };
  Attribute ordinal = twice ? b.getI64IntegerAttr(static_cast<int64_t>(keptBytes.size())) : Attribute();
  auto stack = [&](func::FuncOp hook, Value bytes) {
    auto call = func::CallOp::create(b, loc, hook, ValueRange{workspace, bytes});
    if (twice)
      call->setAttr(frameAttr, ordinal);
    return call.getResult(0);
  };
  bool inner = llvm::any_of(
      scopes, [&](const auto &other) { return other->hasFrame && scope.region->isProperAncestor(other->region); });
  scope.hasFrame = true;
  Block *block = forwardBlocks.lookup(scope.region);
  auto loop = scope.reverseLoop && !inner ? cast<scf::ForOp>(forwardLoops.lookup(scope.region)) : scf::ForOp();

  OpBuilder::InsertionGuard guard(b);
  Value frame;
  if (loop) {
    b.setInsertionPoint(loop);
    Value trips = tripCount(loc, loop.getLowerBound(), loop.getUpperBound(), loop.getStep(), loop.getUnsignedCmp());
    Value bytes = arith::MulIOp::create(b, loc, trips, number(size), arith::IntegerOverflowFlags::nsw);
    Value base = stack(push, bytes);
    b.setInsertionPoint(block->getTerminator());
    Value moved = arith::SubIOp::create(b, loc, loop.getInductionVar(), loop.getLowerBound());
    Value n = arith::DivUIOp::create(b, loc, moved, loop.getStep());
    if (n.getType().isIndex())
      n = arith::IndexCastOp::create(b, loc, i64, n);
    else if (n.getType().getIntOrFloatBitWidth() < 64)
      n = arith::ExtUIOp::create(b, loc, i64, n);
    else if (n.getType().getIntOrFloatBitWidth() > 64)
      n = arith::TruncIOp::create(b, loc, i64, n);
    frame = nth(base, n);
  } else {
    b.setInsertionPoint(block->getTerminator());
    frame = stack(push, number(size));
  }
  for (auto [key, offset] : llvm::zip(order, offsets)) {
    Value v = Value::getFromOpaquePointer(key.first);
    Value there = key.second == Primal   ? map.lookup(v)
                  : key.second == Shadow ? shadows.lookup(v)
                                         : counts.lookup(key.first);
    if (there.getType().isIndex())
      there = arith::IndexCastOp::create(b, loc, i64, there);
    LLVM::StoreOp::create(b, loc, there, field(frame, offset), bytesOf(there.getType()));
  }

  if (loop) {
    b.setInsertionPoint(scope.reverseLoop);
    Value bytes = arith::MulIOp::create(b, loc, scope.reverseTrips, number(size), arith::IntegerOverflowFlags::nsw);
    Value base = stack(pop, bytes);
    b.setInsertionPoint(scope.anchor);
    frame = nth(base, scope.number);
  } else {
    b.setInsertionPoint(scope.anchor);
    frame = stack(pop, number(size));
  }
  for (auto [key, offset] : llvm::zip(order, offsets)) {
    Type type = typeOf(key);
    Type stored = type.isIndex() ? i64 : type;
    Value v = LLVM::LoadOp::create(b, loc, stored, field(frame, offset), bytesOf(stored));
    if (type.isIndex())
      v = arith::IndexCastOp::create(b, loc, type, v);
    scope.met[key] = v;
  }
  keptBytes.push_back({parent->getLoc(), size});
}
