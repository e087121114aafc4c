//===- AdjointCheckpoint.cpp - loops whose steps are run again ------------===//
//
// Forward, a marked loop keeps nothing but snapshots. Backwards, for each step, last first: the state of the newest
// snapshot in front of it is put back, steps are run until it is reached, and the step is run forward and back at once.
// Where snapshots are taken is the runtime's affair (rt/revolve.hpp). docs/design/checkpoint.md.
//
//===----------------------------------------------------------------------===//

#include "AdjointBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace sparsead;

void AdjointBuilder::setCheckpoints(llvm::MapVector<Operation *, CheckpointState> states) {
  checkpoints = std::move(states);
  for (auto &[loop, state] : checkpoints)
    for (auto [id, withShadow] : state.sites)
      registered.insert(id);
}

/// Loops that have nothing to reverse are like any other.
const CheckpointState *AdjointBuilder::checkpointed(Operation *op) const {
  auto it = checkpoints.find(op);
  return it == checkpoints.end() || !analysis.hasReverse(op) ? nullptr : &it->second;
}

bool AdjointBuilder::isLeftOut(Operation *op) const {
  return llvm::any_of(replayed, [&](const CheckpointState *state) { return state->leftOut.contains(op); });
}

Value AdjointBuilder::runtime(StringRef name, ValueRange args, Type result) {
  SmallVector<Value> all{workspace};
  llvm::append_range(all, args);
  SmallVector<Type> types(ValueRange(all).getTypes());
  auto function =
      declareRuntime(module, ("sparsead_rt_" + name).str(), types, result ? TypeRange(result) : TypeRange());
  auto call = func::CallOp::create(b, *currentLoc, function, all);
  return result ? call.getResult(0) : Value();
}

/// Memory that belongs to the state of a loop is known to the runtime from the time when it is allocated.
void AdjointBuilder::registerMemory(Operation *allocation, Value bytes) {
  MemoryAccess a = memoryAccessOf(allocation);
  for (const Target &t : activity.pointsTo(a.pointer).targets())
    if (registered.contains(t.object))
      runtime("allocated", {number(t.object), primal(a.pointer), shadow(a.pointer), bytes});
}

//===----------------------------------------------------------------------===//
// What is kept of a step
//===----------------------------------------------------------------------===//

static int64_t bytesOf(Type type) {
  if (isa<LLVM::LLVMPointerType>(type) || type.isIndex())
    return 8;
  return type.isIntOrFloat() && type.getIntOrFloatBitWidth() <= 64 ? 8 : 0;
}

void AdjointBuilder::describe(const CheckpointState &state, Value steps, int64_t carried) {
  runtime("checkpoint_begin", {steps, number(state.slots), number(carried)});
  std::optional<unsigned> result = activity.resultArgument();
  for (unsigned k : state.arguments)
    runtime("checkpoint_argument", {number(result == k ? -1 : int64_t(k), 32)});
  for (auto [id, withShadow] : state.sites)
    runtime("checkpoint_site", {number(id), number(withShadow, 32)});
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  for (ObjectId id : state.globals) {
    auto global = cast<LLVM::GlobalOp>(activity.object(id).origin);
    Value address = LLVM::AddressOfOp::create(b, *currentLoc, ptr, global.getSymName());
    runtime("checkpoint_block", {address, number(storeSize(activity.entry(), global.getGlobalType()))});
  }
  for (auto [pointer, bytes] : state.places) {
    // Address arithmetic on what stands outside; it may stand in the loop itself.
    SmallVector<Operation *> chain;
    for (Operation *op = pointer.getDefiningOp(); op && !map.contains(op->getResult(0));
         op = cast<MemoryAccessOpInterface>(op).getAddressParts().base.getDefiningOp())
      chain.push_back(op);
    IRMapping here = map;
    for (Operation *op : llvm::reverse(chain)) {
      for (Value v : op->getOperands())
        if (!here.contains(v) && matchPattern(v, m_Constant()))
          here.map(v, b.clone(*v.getDefiningOp())->getResult(0));
      cloneFlat(b, op, here);
    }
    runtime("checkpoint_block", {here.lookupOrDefault(pointer), number(bytes)});
  }
}

/// Before step `number`: what the loop carries goes to the snapshot, if one is due.
void AdjointBuilder::snapshot(Value number, ValueRange carried) {
  Location loc = *currentLoc;
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  Value room = runtime("checkpoint_due", {number}, ptr);
  if (carried.empty())
    return;
  auto due = scf::IfOp::create(b, loc, buildIsNotNull(b, loc, room), /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&due.getThenRegion().front());
  for (auto [k, v] : llvm::enumerate(carried)) {
    Value at = LLVM::GEPOp::create(b, loc, ptr, b.getI8Type(), room, ArrayRef<LLVM::GEPArg>{int32_t(8 * k)});
    if (bytesOf(v.getType()) == 0)
      fail(loc, "a value that cannot be kept in a snapshot");
    else if (v.getType().isIndex())
      v = arith::IndexCastOp::create(b, loc, b.getI64Type(), v);
    if (reason.empty())
      LLVM::StoreOp::create(b, loc, v, at, 8);
  }
}

SmallVector<Value> AdjointBuilder::fromSnapshot(Value room, ArrayRef<Type> types) {
  Location loc = *currentLoc;
  SmallVector<Value> values;
  for (auto [k, type] : llvm::enumerate(types)) {
    Value at = LLVM::GEPOp::create(b, loc, room.getType(), b.getI8Type(), room, ArrayRef<LLVM::GEPArg>{int32_t(8 * k)});
    Value v = LLVM::LoadOp::create(b, loc, type.isIndex() ? b.getI64Type() : type, at, 8);
    values.push_back(type.isIndex() ? arith::IndexCastOp::create(b, loc, type, v).getResult() : v);
  }
  return values;
}

//===----------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------===//

/// The arguments at a step's beginning.
static ValueRange argumentsOf(Operation *op) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return loop.getRegionIterArgs();
  return cast<scf::WhileOp>(op).getBeforeArguments();
}

/// Values inside the loop have had copies, which are of no use where the code that follows stands.
void AdjointBuilder::forget(Operation *op) {
  auto drop = [&](Value v) {
    map.erase(v);
    shadows.erase(v);
  };
  op->walk([&](Operation *inner) {
    for (Region &region : inner->getRegions())
      for (Block &block : region)
        for (Value v : block.getArguments())
          drop(v);
    if (inner == op)
      return;
    counts.erase(inner);
    for (Value v : inner->getResults())
      drop(v);
  });
}

/// Begins step `number` of a counted loop: the induction variable.
static Value inductionAt(OpBuilder &b, Location loc, Value number, Value begin, Value step) {
  Type type = begin.getType();
  Value count = number;
  if (type.isIndex())
    count = arith::IndexCastOp::create(b, loc, type, number);
  else if (type.getIntOrFloatBitWidth() < 64)
    count = arith::TruncIOp::create(b, loc, type, number);
  else if (type.getIntOrFloatBitWidth() > 64)
    count = arith::ExtUIOp::create(b, loc, type, number);
  Value move = arith::MulIOp::create(b, loc, count, step);
  return arith::AddIOp::create(b, loc, begin, move);
}

/// One step, forward; returns what it carries on.
SmallVector<Value> AdjointBuilder::step(Operation *op, Value number, ValueRange carried) {
  const CheckpointState &state = *checkpointed(op);
  Location loc = *currentLoc;
  if (state.allocates)
    runtime("step_begin", {});
  bind(argumentsOf(op), carried);
  SmallVector<Value> next;
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    map.map(loop.getInductionVar(), inductionAt(b, loc, number, primal(loop.getLowerBound()), primal(loop.getStep())));
    forwardBlock(*loop.getBody());
    next = expand(loop.getBody()->getTerminator()->getOperands(), loop.getRegionIterArgs());
  } else {
    auto rounds = cast<scf::WhileOp>(op);
    forwardBlock(*rounds.getBeforeBody());
    bind(rounds.getAfterArguments(), expand(rounds.getConditionOp().getArgs(), rounds.getAfterArguments()));
    forwardBlock(*rounds.getAfterBody());
    next = expand(rounds.getYieldOp().getOperands(), rounds.getBeforeArguments());
  }
  currentLoc = loc;
  if (state.allocates)
    runtime("step_end", {});
  return next;
}

/// Steps from … to - 1, with the snapshots that are due on the way.
SmallVector<Value> AdjointBuilder::steps(Operation *op, Value from, Value to, ValueRange start) {
  auto loop = scf::ForOp::create(b, *currentLoc, from, to, number(1), start);
  OpBuilder::InsertionGuard guard(b);
  Block *body = loop.getBody();
  if (body->mightHaveTerminator())
    body->getTerminator()->erase();
  b.setInsertionPointToEnd(body);
  snapshot(loop.getInductionVar(), loop.getRegionIterArgs());
  SmallVector<Value> next = step(op, loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(b, *currentLoc, next);
  return loop.getResults();
}

void AdjointBuilder::forwardCheckpointed(Operation *op) {
  const CheckpointState &state = *checkpointed(op);
  auto outer = currentLoc;
  currentLoc = op->getLoc();
  withSnapshots.insert(op);
  llvm::SaveAndRestore inside(again, true);
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    SmallVector<Value> inits = expand(loop.getInitArgs(), loop.getRegionIterArgs());
    Value trips = tripCount(op->getLoc(), primal(loop.getLowerBound()), primal(loop.getUpperBound()),
                            primal(loop.getStep()), loop.getUnsignedCmp());
    describe(state, trips, int64_t(8 * inits.size()));
    SmallVector<Value> results = steps(op, number(0), trips, inits);
    size_t k = 0;
    for (auto [arg, result] : llvm::zip(loop.getRegionIterArgs(), loop.getResults())) {
      map.map(result, results[k++]);
      if (!hasShadow(arg))
        continue;
      if (hasShadow(result))
        shadows[result] = results[k];
      ++k;
    }
  } else {
    auto rounds = cast<scf::WhileOp>(op);
    SmallVector<Value> inits = expand(rounds.getInits(), rounds.getBeforeArguments());
    describe(state, number(-1), int64_t(8 * inits.size()));
    snapshot(number(0), inits);
    forwardWhile(rounds);
    // The condition is one round more than the body.
    currentLoc = op->getLoc();
    runtime("checkpoint_counted", {arith::AddIOp::create(b, *currentLoc, counts.lookup(op), number(1)).getResult()});
  }
  forget(op);
  currentLoc = outer;
}

//===----------------------------------------------------------------------===//
// Backwards
//===----------------------------------------------------------------------===//

static SmallVector<unsigned> activeOf(ValueRange values, const Activity &activity) {
  SmallVector<unsigned> found;
  for (auto [k, v] : llvm::enumerate(values))
    if (isa<FloatType>(v.getType()) && activity.isActive(v))
      found.push_back(k);
  return found;
}

void AdjointBuilder::reverseCheckpointed(Operation *op, Adjoints &adjoints) {
  const CheckpointState &state = *checkpointed(op);
  Location loc = op->getLoc();
  auto rounds = dyn_cast<scf::WhileOp>(op);
  auto counted = dyn_cast<scf::ForOp>(op);

  // What the steps take from outside, as it can be had here.
  llvm::SetVector<Value> captured;
  getUsedValuesDefinedAbove(op->getRegions(), captured);
  if (counted) {
    captured.insert(counted.getLowerBound());
    captured.insert(counted.getStep());
  }
  SmallVector<std::tuple<Value, Value, Value>> before;
  for (Value v : captured) {
    before.push_back({v, map.lookupOrNull(v), shadows.lookup(v)});
    Value here = need(v), its = hasShadow(v) ? needShadow(v) : Value();
    map.map(v, here);
    if (its)
      shadows[v] = its;
  }
  llvm::scope_exit restore([&] {
    for (auto [v, value, its] : before) {
      map.erase(v);
      if (value)
        map.map(v, value);
      shadows.erase(v);
      if (its)
        shadows[v] = its;
    }
  });

  Value count = runtime("checkpoint_reverse", {}, b.getI64Type());
  SmallVector<Value> outside = outsideOf(op);
  SmallVector<unsigned> carried = activeOf(argumentsOf(op), activity);
  SmallVector<Value> inits;
  for (unsigned k : carried) {
    Value d = counted ? adjoints.lookup(op->getResult(k)) : Value();
    inits.push_back(d ? d : real(0, argumentsOf(op)[k].getType()));
  }
  for (Value v : outside)
    inits.push_back(real(0, v.getType()));
  auto mark = [&](Value d) {
    masked.insert(d);
    if (analysis.hasSingular())
      steep.insert(d);
    return d;
  };
  auto loop = scf::ForOp::create(b, loc, number(0), count, number(1), inits);
  replayed.push_back(&state);
  {
    OpBuilder::InsertionGuard guard(b);
    Block *body = loop.getBody();
    if (body->mightHaveTerminator())
      body->getTerminator()->erase();
    b.setInsertionPointToEnd(body);
    Value last = arith::SubIOp::create(b, loc, count, number(1));
    Value now = arith::SubIOp::create(b, loc, last, loop.getInductionVar());
    Value room = runtime("checkpoint_restore", {now}, LLVM::LLVMPointerType::get(b.getContext()));
    Value from = runtime("checkpoint_position", {}, b.getI64Type());
    SmallVector<Value> start = fromSnapshot(room, expandTypes(argumentsOf(op)));
    {
      llvm::SaveAndRestore inside(again, true);
      start = steps(op, from, now, start);
    }
    forget(op);
    // The step itself. Its values are at hand on the way back.
    llvm::SaveAndRestore inside(again, false);
    if (state.allocates)
      runtime("step_begin", {});
    bind(argumentsOf(op), start);
    auto args = loop.getRegionIterArgs();
    ValueRange sums = args.drop_front(carried.size());
    Adjoints inner;
    SmallVector<Value> terms(sums.begin(), sums.end());
    auto addTerms = [&](Adjoints &from) {
      for (auto [v, term] : llvm::zip(outside, terms))
        if (Value d = from.lookup(v))
          addTo(term, d);
    };
    if (counted) {
      map.map(counted.getInductionVar(),
              inductionAt(b, loc, now, primal(counted.getLowerBound()), primal(counted.getStep())));
      live.insert(&counted.getRegion());
      for (auto [k, number] : llvm::enumerate(carried))
        accumulate(counted.getBody()->getTerminator()->getOperand(number), mark(args[k]), inner);
      joint(*counted.getBody(), inner);
    } else {
      live.insert(&rounds.getBefore());
      live.insert(&rounds.getAfter());
      for (Operation &each : rounds.getBeforeBody()->without_terminator())
        forward(&each);
      currentLoc = loc;
      SmallVector<unsigned> after = activeOf(rounds.getAfterArguments(), activity);
      SmallVector<Type> types;
      SmallVector<Value> results;
      for (unsigned k : after) {
        Value d = adjoints.lookup(rounds.getResult(k));
        types.push_back(rounds.getAfterArguments()[k].getType());
        results.push_back(d ? d : real(0, types.back()));
      }
      llvm::append_range(types, sums.getTypes());
      llvm::append_range(results, sums);
      Value later = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, loop.getInductionVar(), number(0));
      auto round = scf::IfOp::create(b, loc, types, later, /*addThenBlock=*/true, /*addElseBlock=*/true);
      {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(&round.getElseRegion().front());
        scf::YieldOp::create(b, loc, results);
        b.setInsertionPointToEnd(&round.getThenRegion().front());
        bind(rounds.getAfterArguments(), expand(rounds.getConditionOp().getArgs(), rounds.getAfterArguments()));
        Adjoints its;
        for (auto [k, number] : llvm::enumerate(carried))
          accumulate(rounds.getYieldOp().getOperand(number), mark(args[k]), its);
        joint(*rounds.getAfterBody(), its);
        currentLoc = loc;
        SmallVector<Value> out;
        for (unsigned k : after) {
          Value arg = rounds.getAfterArguments()[k], d = its.lookup(arg);
          out.push_back(d ? d : real(0, arg.getType()));
        }
        addTerms(its);
        llvm::append_range(out, terms);
        scf::YieldOp::create(b, loc, out);
      }
      for (auto [k, number] : llvm::enumerate(after))
        accumulate(rounds.getConditionOp().getArgs()[number], mark(round.getResult(k)), inner);
      terms.assign(round.getResults().begin() + after.size(), round.getResults().end());
      reverseRange(*rounds.getBeforeBody(), nullptr, nullptr, inner);
    }
    currentLoc = loc;
    SmallVector<Value> out;
    for (unsigned k : carried) {
      Value arg = argumentsOf(op)[k], d = inner.lookup(arg);
      out.push_back(d ? d : real(0, arg.getType()));
    }
    addTerms(inner);
    llvm::append_range(out, terms);
    if (state.allocates)
      runtime("step_end", {});
    scf::YieldOp::create(b, loc, out);
  }
  replayed.pop_back();
  runtime("checkpoint_end", {});
  ValueRange first = counted ? ValueRange(counted.getInitArgs()) : ValueRange(rounds.getInits());
  for (auto [k, number] : llvm::enumerate(carried))
    accumulate(first[number], mark(loop.getResult(k)), adjoints);
  for (auto [k, v] : llvm::enumerate(outside))
    accumulate(v, mark(loop.getResult(carried.size() + k)), adjoints);
}
