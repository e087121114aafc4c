//===- AdjointForward.cpp - the forward sweep of an adjoint ---------------===//
//
// The primal, with the shadow of each pointer to active memory beside it. What the reverse sweep wants kept is added
// later (AdjointNeeds.cpp).
//
//===----------------------------------------------------------------------===//

#include "AdjointBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sparsead;

static constexpr auto purpose = Activity::For::Tangent;

/// Shadows of local arrays up to this size live on the stack.
static constexpr int64_t maxStackShadow = 4096;

bool AdjointBuilder::hasShadow(Value v) const {
  return isa<LLVM::LLVMPointerType>(v.getType()) && activity.mayBeShadowed(v, purpose);
}

Value AdjointBuilder::shadow(Value v) {
  if (hasShadow(v))
    if (Value s = shadows.lookup(v))
      return s;
  return buildNull(b, v.getLoc());
}

SmallVector<Type> AdjointBuilder::expandTypes(ValueRange values) {
  SmallVector<Type> types;
  for (Value v : values) {
    types.push_back(v.getType());
    if (hasShadow(v))
      types.push_back(v.getType());
  }
  return types;
}

SmallVector<Value> AdjointBuilder::expand(ValueRange from, ValueRange like) {
  SmallVector<Value> values;
  for (auto [v, l] : llvm::zip(from, like)) {
    values.push_back(primal(v));
    if (hasShadow(l))
      values.push_back(shadow(v));
  }
  return values;
}

void AdjointBuilder::bind(ValueRange originals, ValueRange expanded) {
  size_t k = 0;
  for (Value v : originals) {
    map.map(v, expanded[k++]);
    if (hasShadow(v))
      shadows[v] = expanded[k++];
  }
}

void AdjointBuilder::forwardBlock(Block &block) {
  forwardBlocks[block.getParent()] = b.getInsertionBlock();
  for (Operation &op : block.without_terminator())
    forward(&op);
}

void AdjointBuilder::forward(Operation *op) {
  if (isLeftOut(op))
    return;
  if (!again && checkpointed(op))
    return forwardCheckpointed(op);
  if (auto o = dyn_cast<scf::IfOp>(op))
    return forwardIf(o);
  if (auto o = dyn_cast<scf::ForOp>(op))
    return forwardFor(o);
  if (auto o = dyn_cast<scf::WhileOp>(op))
    return forwardWhile(o);
  if (auto o = dyn_cast<scf::IndexSwitchOp>(op))
    return forwardSwitch(o);
  if (forwardMemory(op))
    return;
  cloneFlat(b, op, map);
  if (op->getNumResults() == 1 && hasShadow(op->getResult(0)) && isa<arith::SelectOp, LLVM::SelectOp>(op))
    shadows[op->getResult(0)] = arith::SelectOp::create(b, op->getLoc(), primal(op->getOperand(0)),
                                                        shadow(op->getOperand(1)), shadow(op->getOperand(2)));
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

void AdjointBuilder::forwardIf(scf::IfOp op) {
  bool withElse = !op.getElseRegion().empty();
  auto branch = scf::IfOp::create(b, op.getLoc(), expandTypes(op.getResults()), primal(op.getCondition()),
                                  /*addThenBlock=*/true, /*addElseBlock=*/withElse);
  for (auto [from, to] : llvm::zip(op->getRegions(), branch->getRegions())) {
    if (from.empty())
      continue;
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&to.front());
    forwardBlock(from.front());
    Operation *yield = from.front().getTerminator();
    scf::YieldOp::create(b, yield->getLoc(), expand(yield->getOperands(), op.getResults()));
  }
  bind(op.getResults(), branch.getResults());
}

void AdjointBuilder::forwardSwitch(scf::IndexSwitchOp op) {
  auto sw = scf::IndexSwitchOp::create(b, op.getLoc(), expandTypes(op.getResults()), primal(op.getArg()), op.getCases(),
                                       op.getCases().size());
  for (auto [from, to] : llvm::zip(op->getRegions(), sw->getRegions())) {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&to);
    forwardBlock(from.front());
    Operation *yield = from.front().getTerminator();
    scf::YieldOp::create(b, yield->getLoc(), expand(yield->getOperands(), op.getResults()));
  }
  bind(op.getResults(), sw.getResults());
}

/// The number of iterations, i64; nothing overflows.
Value AdjointBuilder::tripCount(Location loc, Value begin, Value end, Value step, bool isUnsigned) {
  Type type = begin.getType();
  if (type.isIndex()) {
    auto wide = [&](Value v) -> Value { return arith::IndexCastOp::create(b, loc, b.getI64Type(), v); };
    return tripCount(loc, wide(begin), wide(end), wide(step), isUnsigned);
  }
  Value zero = arith::ConstantOp::create(b, loc, type, b.getIntegerAttr(type, 0));
  Value one = arith::ConstantOp::create(b, loc, type, b.getIntegerAttr(type, 1));
  auto less = isUnsigned ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt;
  Value any = arith::CmpIOp::create(b, loc, less, begin, end);
  Value distance = arith::SubIOp::create(b, loc, end, begin);
  Value before = arith::SubIOp::create(b, loc, distance, one);
  Value steps = arith::DivUIOp::create(b, loc, before, step);
  Value count = arith::AddIOp::create(b, loc, steps, one);
  count = arith::SelectOp::create(b, loc, any, count, zero);
  if (type.getIntOrFloatBitWidth() < 64)
    count = arith::ExtUIOp::create(b, loc, b.getI64Type(), count);
  else if (type.getIntOrFloatBitWidth() > 64)
    count = arith::TruncIOp::create(b, loc, b.getI64Type(), count);
  return count;
}

void AdjointBuilder::forwardFor(scf::ForOp op) {
  SmallVector<Value> inits = expand(op.getInitArgs(), op.getRegionIterArgs());
  auto loop = scf::ForOp::create(b, op.getLoc(), primal(op.getLowerBound()), primal(op.getUpperBound()),
                                 primal(op.getStep()), inits, nullptr, op.getUnsignedCmp());
  loop->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  forwardLoops[&op.getRegion()] = loop;
  map.map(op.getInductionVar(), loop.getInductionVar());
  bind(op.getRegionIterArgs(), loop.getRegionIterArgs());
  {
    OpBuilder::InsertionGuard guard(b);
    Block *body = loop.getBody();
    if (body->mightHaveTerminator())
      body->getTerminator()->erase();
    b.setInsertionPointToEnd(body);
    forwardBlock(*op.getBody());
    Operation *yield = op.getBody()->getTerminator();
    scf::YieldOp::create(b, yield->getLoc(), expand(yield->getOperands(), op.getRegionIterArgs()));
  }
  size_t k = 0;
  for (auto [arg, result] : llvm::zip(op.getRegionIterArgs(), op.getResults())) {
    map.map(result, loop.getResult(k++));
    if (!hasShadow(arg))
      continue;
    if (hasShadow(result))
      shadows[result] = loop.getResult(k);
    ++k;
  }
}

/// Counts its iterations beside the rest.
void AdjointBuilder::forwardWhile(scf::WhileOp op) {
  Location loc = op.getLoc();
  SmallVector<Value> inits = expand(op.getInits(), op.getBeforeArguments());
  inits.push_back(number(0));
  SmallVector<Type> types = expandTypes(op.getAfterArguments());
  types.push_back(b.getI64Type());
  auto loop = scf::WhileOp::create(b, loc, types, inits);
  // What a step of a marked loop allocates goes with it; the last condition is a step, too.
  const CheckpointState *steps = checkpointed(op);
  bool allocates = steps && steps->allocates;
  auto fill = [&](Block &from, Region &to) {
    SmallVector<Type> types = expandTypes(from.getArguments());
    types.push_back(b.getI64Type());
    SmallVector<Location> locs(types.size(), loc);
    Block *block = b.createBlock(&to, to.end(), types, locs);
    bind(from.getArguments(), block->getArguments().drop_back());
    if (allocates && &from == op.getBeforeBody())
      runtime("step_begin", {});
    forwardBlock(from);
    return block->getArguments().back();
  };
  {
    OpBuilder::InsertionGuard guard(b);
    Value count = fill(*op.getBeforeBody(), loop.getBefore());
    scf::ConditionOp condition = op.getConditionOp();
    SmallVector<Value> args = expand(condition.getArgs(), op.getAfterArguments());
    args.push_back(count);
    scf::ConditionOp::create(b, condition.getLoc(), primal(condition.getCondition()), args);
  }
  {
    OpBuilder::InsertionGuard guard(b);
    Value count = fill(*op.getAfterBody(), loop.getAfter());
    scf::YieldOp yield = op.getYieldOp();
    SmallVector<Value> args = expand(yield.getOperands(), op.getBeforeArguments());
    args.push_back(arith::AddIOp::create(b, loc, count, number(1)));
    if (allocates)
      runtime("step_end", {});
    scf::YieldOp::create(b, yield.getLoc(), args);
  }
  if (allocates)
    runtime("step_end", {});
  size_t k = 0;
  for (auto [arg, result] : llvm::zip(op.getAfterArguments(), op.getResults())) {
    map.map(result, loop.getResult(k++));
    if (!hasShadow(arg))
      continue;
    if (hasShadow(result))
      shadows[result] = loop.getResult(k);
    ++k;
  }
  counts[op.getOperation()] = loop.getResults().back();
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// A pointer in shadow memory; null where there is none.
Value AdjointBuilder::forwardShadowLoad(Location loc, Value pointer, Value at) {
  Type type = LLVM::LLVMPointerType::get(b.getContext());
  if (!activity.mayBeUnshadowed(pointer, purpose))
    return LLVM::LoadOp::create(b, loc, type, at, 8);
  Value valid = buildIsNotNull(b, loc, at);
  auto branch = scf::IfOp::create(b, loc, TypeRange{type}, valid, true, true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  Value loaded = LLVM::LoadOp::create(b, loc, type, at, 8);
  scf::YieldOp::create(b, loc, loaded);
  b.setInsertionPointToStart(&branch.getElseRegion().front());
  scf::YieldOp::create(b, loc, buildNull(b, loc));
  return branch.getResult(0);
}

bool AdjointBuilder::forwardMemory(Operation *op) {
  MemoryAccess a = memoryAccessOf(op);
  Location loc = op->getLoc();
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  auto holdsNumbers = [&](Value pointer) {
    return llvm::any_of(activity.pointsTo(pointer).targets(),
                        [&](const Target &t) { return activity.object(t.object).active; });
  };
  switch (a.kind) {
  case MemoryAccess::None:
    return false;
  case MemoryAccess::Load:
    cloneFlat(b, op, map);
    if (hasShadow(a.value) && hasShadow(a.pointer))
      shadows[a.value] = forwardShadowLoad(loc, a.pointer, shadow(a.pointer));
    return true;
  case MemoryAccess::Store:
    if (isa<LLVM::LLVMPointerType>(a.type) && hasShadow(a.pointer)) {
      Value at = shadow(a.pointer), value = shadow(a.value);
      guarded(loc, a.pointer, at, [&] { LLVM::StoreOp::create(b, loc, value, at, 8); });
    }
    cloneFlat(b, op, map);
    return true;
  case MemoryAccess::Allocate: {
    cloneFlat(b, op, map);
    bool known = llvm::any_of(activity.pointsTo(a.pointer).targets(),
                              [&](const Target &t) { return registered.contains(t.object); });
    if (!hasShadow(a.pointer) && !known)
      return true;
    std::optional<int64_t> constant = a.onStack ? constantSize(op, a) : std::nullopt;
    bool small = constant && *constant <= maxStackShadow;
    Value bytes = small ? number(*constant) : buildSize(b, op, a, 1, [&](Value v) { return primal(v); });
    if (!hasShadow(a.pointer)) {
      registerMemory(op, bytes);
      return true;
    }
    Value made;
    if (twice && !small)
      return plainAllocate(op), true;
    if (small) {
      made = LLVM::AllocaOp::create(b, loc, ptr, b.getI8Type(), bytes, 64);
    } else {
      auto allocate = declareRuntime(module, "sparsead_rt_tangent_alloc", {ptr, b.getI64Type()}, {ptr});
      made = func::CallOp::create(b, loc, allocate, ValueRange{workspace, bytes}).getResult(0);
    }
    LLVM::MemsetOp::create(b, loc, made, number(0, 8), bytes, false);
    shadows[a.pointer] = made;
    if (known)
      registerMemory(op, bytes);
    return true;
  }
  case MemoryAccess::Free: {
    // The reverse sweep may read the memory, and its shadow is where adjoints are: both wait until the end.
    if (plain)
      return plainFree(op), true;
    StringRef name = calleeName(op);
    bool aligned = name.contains("align_val_t");
    int32_t kind = name == "free" ? 0 : name.starts_with("_Zda") ? 2 : 1;
    auto postpone = declareRuntime(module, "sparsead_rt_postpone_free", {ptr, ptr, b.getI32Type(), b.getI64Type()}, {});
    Value alignment = aligned ? primal(op->getOperands().back()) : number(0);
    func::CallOp::create(b, loc, postpone, ValueRange{workspace, primal(a.pointer), number(kind, 32), alignment});
    if (twice && hasShadow(a.pointer)) // from the same allocator
      func::CallOp::create(b, loc, postpone, ValueRange{workspace, shadow(a.pointer), number(kind, 32), alignment});
    return true;
  }
  case MemoryAccess::Address: {
    cloneFlat(b, op, map);
    if (!hasShadow(a.pointer))
      return true;
    AddressParts parts = cast<MemoryAccessOpInterface>(op).getAddressParts();
    shadows[a.pointer] =
        buildShadowAddress(b, loc, parts, shadow(parts.base), 1, activity.mayBeUnshadowed(parts.base, purpose),
                           [&](Value v) { return primal(v); });
    return true;
  }
  case MemoryAccess::Copy:
  case MemoryAccess::Move:
  case MemoryAccess::Fill:
    // Adjoints are the reverse sweep's; pointers move now.
    if (a.length && hasShadow(a.pointer) && !holdsNumbers(a.pointer)) {
      Value to = shadow(a.pointer), bytes = primal(a.length);
      guarded(loc, a.pointer, to, [&] {
        Value zero = number(0, 8);
        if (a.kind == MemoryAccess::Fill || !hasShadow(a.source)) {
          LLVM::MemsetOp::create(b, loc, to, zero, bytes, false);
          return;
        }
        Value from = shadow(a.source);
        guarded(loc, a.source, from, [&] { LLVM::MemmoveOp::create(b, loc, to, from, bytes, false); });
      });
    }
    cloneFlat(b, op, map);
    return true;
  }
  llvm_unreachable("kind of access");
}

//===----------------------------------------------------------------------===//
// Memory of a plain function
//===----------------------------------------------------------------------===//

/// A shadow from the same allocator.
void AdjointBuilder::plainAllocate(Operation *op) {
  MemoryAccess a = memoryAccessOf(op);
  Location loc = op->getLoc();
  for (Operation *p = op->getParentOp(); !isa<func::FuncOp>(p); p = p->getParentOp())
    if (!isa<scf::IfOp>(p) && (plain || a.onStack))
      return fail(loc, "memory is allocated in a loop");
  IRMapping again = map;
  Operation *made = b.clone(*op, again);
  Value shadow = made->getResult(cast<OpResult>(a.pointer).getResultNumber());
  Value bytes = buildSize(b, op, a, 1, [&](Value v) { return primal(v); });
  LLVM::MemsetOp::create(b, loc, shadow, number(0, 8), bytes, false);
  shadows[a.pointer] = shadow;
}

void AdjointBuilder::plainFree(Operation *op) {
  for (Operation *p = op->getParentOp(); !isa<func::FuncOp>(p); p = p->getParentOp())
    if (!isa<scf::IfOp>(p))
      return fail(op->getLoc(), "memory is released in a loop");
  frees.push_back(op);
}

/// Under the conditions under which the primal does it, at the end of the function.
void AdjointBuilder::releaseAll() {
  func::FuncOp f = activity.entry();
  for (Operation *op : frees) {
    SmallVector<std::pair<scf::IfOp, bool>> conditions;
    for (Operation *inner = op; !isa<func::FuncOp>(inner->getParentOp()); inner = inner->getParentOp()) {
      auto branch = cast<scf::IfOp>(inner->getParentOp());
      conditions.push_back({branch, inner->getParentRegion() == &branch.getThenRegion()});
    }
    auto isOuter = [&](Value v) { return v.getParentRegion() == &f.getBody(); };
    if (!llvm::all_of(op->getOperands(), isOuter) ||
        !llvm::all_of(conditions, [&](auto c) { return isOuter(c.first.getCondition()); })) {
      fail(op->getLoc(), "memory is released under conditions that are not known at the end");
      continue;
    }
    OpBuilder::InsertionGuard guard(b);
    for (auto [branch, then] : llvm::reverse(conditions)) {
      auto made = scf::IfOp::create(b, op->getLoc(), primal(branch.getCondition()), /*withElseRegion=*/true);
      b.setInsertionPointToStart(&made->getRegion(then ? 0 : 1).front());
    }
    cloneFlat(b, op, map);
    Value pointer = memoryAccessOf(op).pointer;
    if (!hasShadow(pointer))
      continue;
    IRMapping ofShadow = map;
    ofShadow.map(pointer, shadow(pointer));
    cloneFlat(b, op, ofShadow);
  }
}
