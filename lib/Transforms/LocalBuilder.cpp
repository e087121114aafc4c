//===- LocalBuilder.cpp - values at known positions: the program ----------===//

#include "LocalBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace sparsead;

Value LocalBuilder::number(int64_t v, unsigned width) { return buildInt(b, *currentLoc, v, width); }

Value LocalBuilder::real(double v, Type type) {
  return arith::ConstantOp::create(b, *currentLoc, type, b.getFloatAttr(type, v));
}

//===----------------------------------------------------------------------===//
// The entry
//===----------------------------------------------------------------------===//

static DictionaryAttr describe(const LocalSites &sites, const SharedPartials &shared, OpBuilder &b) {
  SmallVector<Attribute> list;
  for (const LocalSite &site : sites.sites()) {
    SmallVector<int64_t> offsets(site.offsets.begin(), site.offsets.end());
    if (site.kind == LocalSite::Row)
      offsets.assign(site.lanes.begin(), site.lanes.end());
    SharedPartials::Sources sources = shared.of(site);
    list.push_back(b.getDictionaryAttr({
        b.getNamedAttr("kind", b.getI64IntegerAttr(site.kind)),
        b.getNamedAttr("loop", b.getI64IntegerAttr(site.loop)),
        b.getNamedAttr("offsets", b.getDenseI64ArrayAttr(offsets)),
        b.getNamedAttr("partials", b.getI64IntegerAttr(sources.written)),
        b.getNamedAttr("slots", b.getI64IntegerAttr(site.slots.size())),
        b.getNamedAttr("sources", b.getDenseI64ArrayAttr(sources.codes)),
        b.getNamedAttr("stride", b.getI64IntegerAttr(site.stride)),
    }));
  }
  return b.getDictionaryAttr({
      b.getNamedAttr("loops", b.getI64IntegerAttr(sites.numStreams())),
      b.getNamedAttr("shadows", b.getBoolAttr(sites.hasSpecifiedTemporaries())),
      b.getNamedAttr("sites", b.getArrayAttr(list)),
      b.getNamedAttr("width", b.getI64IntegerAttr(sites.width())),
  });
}

func::FuncOp LocalBuilder::build() {
  func::FuncOp f = activity.entry();
  currentLoc = f.getLoc();
  Location loc = f.getLoc();
  Type ptr = LLVM::LLVMPointerType::get(f.getContext()), i64 = IntegerType::get(f.getContext(), 64);
  b = OpBuilder(f);
  auto entry = func::FuncOp::create(b, loc, (f.getName() + (valuesOnly ? ".values" : ".local")).str(),
                                    b.getFunctionType({ptr, ptr, ptr, ptr, ptr, ptr, ptr, ptr, i64, i64}, {}));
  if (Attribute passthrough = f->getAttr("passthrough"))
    entry->setAttr("passthrough", passthrough);
  Block *block = entry.addEntryBlock();
  b.setInsertionPointToEnd(block);
  shadows = block->getArgument(1);
  workspace = block->getArgument(4);
  values = block->getArgument(5);
  stream = block->getArgument(6);
  buffer = block->getArgument(7);
  words = block->getArgument(8);
  partials = block->getArgument(9);
  Value one = number(1, 32);
  cursor = LLVM::AllocaOp::create(b, loc, ptr, b.getI64Type(), one, 8);
  partial = LLVM::AllocaOp::create(b, loc, ptr, b.getI64Type(), one, 8);
  LLVM::StoreOp::create(b, loc, number(0), cursor, 8);
  LLVM::StoreOp::create(b, loc, number(0), partial, 8);
  std::optional<unsigned> result = activity.resultArgument();
  for (unsigned k = 0; k < f.getNumArguments(); ++k)
    map.map(f.getArgument(k),
            result == k ? Value(block->getArgument(2)) : buildTableLoad(b, loc, block->getArgument(0), k));
  emitBlock(f.getBody().front());
  requireAll();
  dropUnreadWindows(entry);
  if (!ownedShadows.empty()) {
    auto release = declareRuntime(module, "sparsead_rt_tangent_free", {ptr, ptr}, {});
    for (Value shadow : llvm::reverse(ownedShadows))
      func::CallOp::create(b, loc, release, ValueRange{workspace, shadow});
  }
  func::ReturnOp::create(b, loc);
  if (!valuesOnly)
    entry->setAttr("sparsead.local", describe(sites, shared, b));
  separateWindows(entry);
  return entry;
}

//===----------------------------------------------------------------------===//
// The primal
//===----------------------------------------------------------------------===//

void LocalBuilder::emitBlock(Block &block) {
  for (Operation *op = &block.front(), *end = block.getTerminator(); op != end; op = op->getNextNode()) {
    auto outer = currentLoc;
    currentLoc = op->getLoc();
    if (const LoopChain *chain = recomputing ? nullptr : chains.chainAt(op)) {
      emitChain(*chain);
      op = chain->last;
    } else {
      emitOp(op);
    }
    currentLoc = outer;
  }
}

void LocalBuilder::emitOp(Operation *op) {
  if (auto o = dyn_cast<scf::IfOp>(op))
    return emitIf(o);
  if (auto o = dyn_cast<scf::IndexSwitchOp>(op))
    return emitSwitch(o);
  if (auto o = dyn_cast<scf::ForOp>(op))
    return emitFor(o);
  if (auto o = dyn_cast<scf::WhileOp>(op))
    return emitWhile(o);
  if (interior.loop && emitDecided(op))
    return;
  emitMemory(op);
}

/// What the interior decides about an operation takes its place.
bool LocalBuilder::emitDecided(Operation *op) {
  auto it = interior.loop->interior.decisions().find(op);
  if (it == interior.loop->interior.decisions().end())
    return false;
  const Interior::Decision &decision = it->second;
  Location loc = op->getLoc();
  Value result = op->getResult(0);
  if (decision.truth) {
    map.map(result, number(*decision.truth ? 1 : 0, 1));
  } else if (decision.times) {
    Value x = primal(op->getOperand(0));
    if (*decision.times != 0) {
      Value n = primal(op->getOperand(1));
      if (*decision.times != 1) {
        auto times = b.getIntegerAttr(n.getType(), *decision.times);
        n = arith::MulIOp::create(b, loc, n, arith::ConstantOp::create(b, loc, times));
      }
      x = arith::SubIOp::create(b, loc, x, n);
    }
    map.map(result, x);
  } else if (decision.wide) {
    map.map(result, Interior::emit(b, loc, *decision.wide, interior.position, [&](Value v) { return primal(v); }));
  } else {
    map.map(result, primal(op->getOperand(decision.operand)));
  }
  return true;
}

/// Stores to outputs that nobody wants; their derivatives are wanted.
bool LocalBuilder::leavesOutputsAlone(Operation *op) {
  if (auto fill = dyn_cast<LLVM::MemsetOp>(op))
    return sites.isPlainOutput(fill.getDst());
  auto store = dyn_cast<LLVM::StoreOp>(op);
  if (!store || !sites.isPlainOutput(store.getAddr()))
    return false;
  if (const LocalSite *site = sites.siteOf(op); site && !recomputing)
    emitSite(*site);
  return true;
}

void LocalBuilder::emitMemory(Operation *op) {
  Location loc = op->getLoc();
  if (auto load = dyn_cast<LLVM::LoadOp>(op))
    return emitLoad(load);
  if (recomputing && isa<LLVM::StoreOp>(op))
    return; // of the sum's loop: it has been there
  if (valuesOnly && leavesOutputsAlone(op))
    return;
  Operation *clone = cloneFlat(b, op, map);
  if (interior.loop && isa<arith::ArithDialect>(op->getDialect()) && op->getResult(0).getType().isInteger(1)) {
    // Tests made of tests that the interior decides are decided.
    if (SmallVector<Value> folded; succeeded(b.tryFold(clone, folded)) && folded.size() == 1) {
      map.map(op->getResult(0), folded[0]);
      if (folded[0] != clone->getResult(0))
        clone->erase();
    }
    return;
  }
  if (auto store = dyn_cast<LLVM::StoreOp>(op)) {
    if (isWindowed(store.getAddr())) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(clone);
      cast<LLVM::StoreOp>(clone).getAddrMutable().assign(windowAddress(store.getAddr(), 0));
      noteWindow(store.getAddr(), 0, cast<LLVM::StoreOp>(clone));
    }
    if (const LocalSite *site = sites.siteOf(op); site && !recomputing)
      emitSite(*site);
    return;
  }
  if (auto fill = dyn_cast<LLVM::MemsetOp>(op)) {
    if (int64_t count = sites.lanesOf(fill.getDst())) {
      Value bytes = arith::MulIOp::create(b, loc, wide(primal(fill.getLen()), /*isUnsigned=*/true), number(count));
      LLVM::MemsetOp::create(b, loc, rowAddress(fill.getDst()), number(0, 8), bytes, /*isVolatile=*/false);
    }
    return;
  }
  // Temporaries of the function's own: a row of partials for each element.
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  auto own = [&](Value result) -> const MemoryObject * {
    const MemoryObject *object = sites.temporary(result);
    return object && sites.lanesOf(result) > 0 && !isWindowed(result) ? object : nullptr;
  };
  auto allocate = [&](Value bytes) -> Value {
    auto f = declareRuntime(module, "sparsead_rt_tangent_alloc", {ptr, b.getI64Type()}, {ptr});
    return func::CallOp::create(b, loc, f, ValueRange{workspace, bytes}).getResult(0);
  };
  MemoryAccess a = memoryAccessOf(op);
  bool allocates = a.kind == MemoryAccess::Allocate;
  const MemoryObject *object = allocates || a.kind == MemoryAccess::Free ? own(a.pointer) : nullptr;
  if (!object)
    return;
  if (!allocates) {
    auto f = declareRuntime(module, "sparsead_rt_tangent_free", {ptr, ptr}, {});
    func::CallOp::create(b, loc, f, ValueRange{workspace, rowOf(object).second});
    return;
  }
  int64_t lanes = sites.lanesOf(a.pointer);
  std::optional<int64_t> constant = constantSize(op, a);
  Value bytes = constant ? number(*constant * lanes) : buildSize(b, op, a, lanes, [&](Value v) { return primal(v); });
  bool small = constant && *constant * lanes <= 4096;
  Value shadow;
  if (a.onStack && (small || !isa<func::FuncOp>(op->getParentOp()))) {
    shadow = LLVM::AllocaOp::create(b, loc, ptr, b.getI8Type(), bytes, 16);
  } else {
    shadow = allocate(bytes);
    if (a.onStack)
      ownedShadows.push_back(shadow);
  }
  if (a.zeroed) // elements that are read and never stored
    LLVM::MemsetOp::create(b, loc, shadow, number(0, 8), bytes, /*isVolatile=*/false);
  keepRow(object, primal(a.pointer), shadow);
}

void LocalBuilder::emitLoad(LLVM::LoadOp op) {
  if (valuesOnly && sites.isPlainOutput(op.getAddr())) { // what is added to
    map.map(op.getResult(), buildZero(b, op.getLoc(), op.getType()));
    return;
  }
  auto clone = cast<LLVM::LoadOp>(cloneFlat(b, op, map));
  bool windowed = isWindowed(op.getAddr());
  if (windowed) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(clone);
    clone.getAddrMutable().assign(windowAddress(op.getAddr(), 0));
    noteWindow(op.getAddr(), 0, clone);
  }
  unsigned count = sites.lanesAt(op);
  if (count == 0 || sites.cellsOf(op).empty())
    return;
  Value row = windowed ? Value() : rowAddress(op.getAddr());
  Values &list = lanes[op.getResult()];
  list.clear();
  for (unsigned lane = 0; lane < count; ++lane) {
    Value at = windowed ? windowAddress(op.getAddr(), 1 + lane)
                        : LLVM::GEPOp::create(b, op.getLoc(), row.getType(), b.getF64Type(), row,
                                              ArrayRef<LLVM::GEPArg>{int32_t(lane)});
    auto load = LLVM::LoadOp::create(b, op.getLoc(), b.getF64Type(), at, 8);
    list.push_back(windowed ? noteWindow(op.getAddr(), 1 + lane, load) : load);
  }
}

/// In memory, because an allocation under a condition does not dominate its uses.
void LocalBuilder::keepRow(const MemoryObject *object, Value base, Value shadow) {
  Location loc = *currentLoc;
  auto &[baseCell, shadowCell] = rows[object];
  if (!baseCell) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointAfter(cursor.getDefiningOp());
    Type ptr = LLVM::LLVMPointerType::get(b.getContext());
    Value one = number(1, 32), null = buildNull(b, loc);
    for (Value *cell : {&baseCell, &shadowCell}) {
      *cell = LLVM::AllocaOp::create(b, loc, ptr, ptr, one, 8);
      LLVM::StoreOp::create(b, loc, null, *cell, 8);
    }
  }
  LLVM::StoreOp::create(b, loc, base, baseCell, 8);
  LLVM::StoreOp::create(b, loc, shadow, shadowCell, 8);
}

std::pair<Value, Value> LocalBuilder::rowOf(const MemoryObject *object) {
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  auto [baseCell, shadowCell] = rows.lookup(object);
  Value base = LLVM::LoadOp::create(b, *currentLoc, ptr, baseCell, 8);
  Value shadow = LLVM::LoadOp::create(b, *currentLoc, ptr, shadowCell, 8);
  return {base, shadow};
}

/// The partials beside an element of a temporary: the shadow's base, and as many
/// times the element's distance from the primal's base.
Value LocalBuilder::rowAddress(Value pointer) {
  const MemoryObject *object = sites.temporary(pointer);
  Location loc = *currentLoc;
  Type i64 = b.getI64Type();
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  int64_t scale = sites.lanesOf(pointer);
  if (object->specified) {
    scale = sites.width();
    if (!rows.count(object)) {
      // The parameter object holds the array's address, its shadow the shadow's.
      OpBuilder::InsertionGuard guard(b);
      Operation *anchor = cursor.getDefiningOp();
      Block *entry = anchor->getBlock();
      unsigned argument = *sites.argumentOf(*object);
      b.setInsertionPointAfter(anchor);
      Value table = buildTableLoad(b, loc, entry->getArgument(0), argument);
      Value base = LLVM::LoadOp::create(b, loc, ptr, table, 8);
      Value root = buildTableLoad(b, loc, shadows, argument);
      Value shadow = LLVM::LoadOp::create(b, loc, ptr, root, 8);
      keepRow(object, base, shadow);
    }
  }
  auto [base, shadow] = rowOf(object);
  Value to = LLVM::PtrToIntOp::create(b, loc, i64, primal(pointer));
  Value from = LLVM::PtrToIntOp::create(b, loc, i64, base);
  Value distance = arith::SubIOp::create(b, loc, to, from);
  Value bytes = arith::MulIOp::create(b, loc, distance, number(scale));
  return LLVM::GEPOp::create(b, loc, ptr, b.getI8Type(), shadow, ArrayRef<LLVM::GEPArg>{bytes});
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

/// The results of a branch that sites depend on, and what each depends on: values from outside, slots inside.
LocalBuilder::BranchPartials LocalBuilder::partialsOfBranch(Operation *branch) {
  BranchPartials partials;
  for (auto [k, result] : llvm::enumerate(branch->getResults())) {
    if (!sites.isSliced(result))
      continue;
    SmallVector<Leaf> all;
    for (Region &region : branch->getRegions())
      for (Leaf leaf : leavesOf(region.front().getTerminator()->getOperand(k), region))
        if (!llvm::is_contained(all, leaf))
          all.push_back(leaf);
    for (Leaf leaf : all)
      partials.types.push_back(leaf.second >= 0 ? b.getF64Type() : leaf.first.getType());
    partials.results.push_back({static_cast<unsigned>(k), all});
  }
  return partials;
}

/// One side: what it yields, and the partials of that.
SmallVector<Value> LocalBuilder::emitSide(Region &region, BranchPartials &partials) {
  emitBlock(region.front());
  Operation *yield = region.front().getTerminator();
  Values out;
  for (Value v : yield->getOperands())
    out.push_back(primal(v));
  for (auto &[k, leaves] : partials.results) {
    Value v = yield->getOperand(k);
    Adjoints found;
    if (activity.isActive(v))
      found = sweep({{v, real(1, v.getType())}}, &region);
    for (Leaf leaf : leaves) {
      Value d = found.lookup(leaf);
      if (d && steep.contains(d))
        partials.steep.insert(out.size());
      out.push_back(d ? d : real(0, leaf.second >= 0 ? Type(b.getF64Type()) : leaf.first.getType()));
    }
  }
  return out;
}

void LocalBuilder::bindBranch(Operation *branch, ValueRange made, const BranchPartials &partials) {
  size_t at = branch->getNumResults();
  map.map(branch->getResults(), made.take_front(at));
  for (const auto &[k, leaves] : partials.results) {
    auto &list = partialsOf[branch->getResult(k)];
    list.clear();
    for (Leaf leaf : leaves)
      list.push_back({leaf, made[at++]});
  }
}

/// Branches give, beside their results, the partials of these by what stands
/// outside and by the slots inside.
void LocalBuilder::emitIf(scf::IfOp op) {
  BranchPartials partials = partialsOfBranch(op);
  Value condition = primal(op.getCondition());
  APInt known;
  if (matchPattern(condition, m_ConstantInt(&known))) {
    Region &taken = known.isZero() ? op.getElseRegion() : op.getThenRegion();
    if (!taken.empty())
      bindBranch(op, emitSide(taken, partials), partials);
    return;
  }
  SmallVector<Type> types(op.getResultTypes());
  types.append(partials.types);
  bool withElse = !op.getElseRegion().empty();
  auto branch = scf::IfOp::create(b, op.getLoc(), types, condition, /*addThenBlock=*/true, /*addElseBlock=*/withElse);
  for (auto [from, to] : llvm::zip(op->getRegions(), branch->getRegions())) {
    if (from.empty())
      continue;
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&to.front());
    scf::YieldOp::create(b, op.getLoc(), emitSide(from, partials));
  }
  for (size_t k : partials.steep)
    steep.insert(branch.getResult(k));
  bindBranch(op, branch.getResults(), partials);
}

void LocalBuilder::emitSwitch(scf::IndexSwitchOp op) {
  BranchPartials partials = partialsOfBranch(op);
  SmallVector<Type> types(op.getResultTypes());
  types.append(partials.types);
  auto sw = scf::IndexSwitchOp::create(b, op.getLoc(), types, primal(op.getArg()), op.getCases(), op.getCases().size());
  for (auto [from, to] : llvm::zip(op->getRegions(), sw->getRegions())) {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&to);
    scf::YieldOp::create(b, op.getLoc(), emitSide(from, partials));
  }
  for (size_t k : partials.steep)
    steep.insert(sw.getResult(k));
  bindBranch(op, sw.getResults(), partials);
}

/// Partials that an iteration writes to the buffer, where that is a constant.
std::optional<int64_t> LocalBuilder::partialsPerIteration(scf::ForOp op) const {
  int64_t count = 0;
  for (const LocalSite &site : sites.sites()) {
    if (site.kind == LocalSite::Row || !op->isProperAncestor(site.store) ||
        (interior.loop && interior.loop->loop == op && site.loop >= 0))
      continue;
    if (site.store->getParentOp() != op || !site.reductions.empty())
      return std::nullopt;
    count += shared.of(site).written;
  }
  return count;
}

/// The structure has changed unless the condition holds.
void LocalBuilder::require(Value condition) {
  auto changed = declareRuntime(module, "sparsead_rt_structure_changed", {}, {});
  changed->setAttr("passthrough", b.getStrArrayAttr({"cold", "noreturn"}));
  Value broken = arith::XOrIOp::create(b, *currentLoc, condition, number(1, 1));
  auto branch = scf::IfOp::create(b, *currentLoc, broken, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  func::CallOp::create(b, *currentLoc, changed, ValueRange{});
}

/// All that was planned has been executed: less of it would leave old partials in the buffer. Where the function
/// returns an error code, nobody reads them.
void LocalBuilder::requireAll() {
  Location loc = *currentLoc;
  Value failed;
  func::FuncOp f = activity.entry();
  if (auto result = activity.resultArgument())
    for (Operation *user : f.getArgument(*result).getUsers())
      if (auto store = dyn_cast<LLVM::StoreOp>(user); store && store.getAddr() == f.getArgument(*result))
        if (auto type = dyn_cast<IntegerType>(store.getValue().getType())) {
          Value code = LLVM::LoadOp::create(b, loc, type, primal(store.getAddr()));
          failed = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, code, number(0, type.getWidth()));
          break;
        }
  for (auto [at, all] : {std::pair(cursor, words), std::pair(partial, partials)}) {
    Value reached = LLVM::LoadOp::create(b, loc, b.getI64Type(), at, 8);
    Value complete = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, reached, all);
    require(failed ? arith::OrIOp::create(b, loc, complete, failed).getResult() : complete);
  }
}

/// The buffer holds what the iterations of a loop write, `count` each. Returns that number.
Value LocalBuilder::requireRoom(Value begin, Value end, Value step, bool isUnsigned, int64_t count) {
  Location loc = *currentLoc;
  Value from = wide(begin, isUnsigned), to = wide(end, isUnsigned);
  Value trips = arith::SubIOp::create(b, loc, to, from);
  APInt one;
  if (!matchPattern(step, m_ConstantInt(&one)) || !one.isOne())
    trips = arith::CeilDivUIOp::create(b, loc, trips, wide(step, isUnsigned));
  auto less = isUnsigned ? arith::CmpIPredicate::ult : arith::CmpIPredicate::slt;
  Value runs = arith::CmpIOp::create(b, loc, less, from, to);
  trips = arith::SelectOp::create(b, loc, runs, trips, number(0));
  Value at = LLVM::LoadOp::create(b, loc, b.getI64Type(), partial, 8);
  Value each = number(count);
  Value room = arith::DivUIOp::create(b, loc, arith::SubIOp::create(b, loc, partials, at), each);
  require(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ule, trips, room));
  return each;
}

SmallVector<Value> LocalBuilder::emitIterations(scf::ForOp op, Value begin, Value end, Values carried) {
  bool isInterior = interior.loop && interior.loop->loop == op;
  Value step = isInterior ? number(1) : primal(op.getStep());
  bool isUnsigned = !isInterior && op.getUnsignedCmp();
  llvm::SaveAndRestore room(roomKnown, false);
  Value needed;
  if (auto count = recomputing ? std::nullopt : partialsPerIteration(op)) {
    if (*count > 0)
      needed = requireRoom(begin, end, step, isUnsigned, *count);
    roomKnown = true;
  }
  auto loop = scf::ForOp::create(b, op.getLoc(), begin, end, step, carried, nullptr, isUnsigned);
  loop->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  map.map(op.getInductionVar(), loop.getInductionVar());
  map.map(op.getRegionIterArgs(), loop.getRegionIterArgs());
  OpBuilder::InsertionGuard guard(b);
  Block *body = loop.getBody();
  if (body->mightHaveTerminator())
    body->getTerminator()->erase();
  b.setInsertionPointToEnd(body);
  if (isInterior) {
    // Interiors count in 64 bits.
    interior.position = loop.getInductionVar();
    map.map(op.getInductionVar(), narrow(interior.position, op.getInductionVar().getType()));
  }
  emitBlock(*op.getBody());
  Values out;
  for (Value v : op.getBody()->getTerminator()->getOperands())
    out.push_back(primal(v));
  scf::YieldOp::create(b, op.getLoc(), out);
  if (needed) { // what sites share is known now
    auto constant = needed.getDefiningOp<arith::ConstantOp>();
    constant.setValueAttr(b.getI64IntegerAttr(*partialsPerIteration(op)));
  }
  return Values(loop.getResults());
}

void LocalBuilder::emitFor(scf::ForOp op) {
  if (const LocalLoop *streamed = sites.loopOf(op); streamed && !recomputing)
    return emitStreamed(*streamed);
  Values carried;
  for (Value v : op.getInitArgs())
    carried.push_back(primal(v));
  map.map(op.getResults(), emitIterations(op, primal(op.getLowerBound()), primal(op.getUpperBound()), carried));
}

void LocalBuilder::emitStreamed(const LocalLoop &streamed) {
  scf::ForOp op = streamed.loop;
  StreamedLoop entered = enterStreamed(streamed);
  Values carried;
  for (Value v : op.getInitArgs())
    carried.push_back(primal(v));
  bool isUnsigned = op.getUnsignedCmp();
  map.map(op.getResults(), emitStreamedRange(entered, wide(primal(op.getLowerBound()), isUnsigned),
                                             wide(primal(op.getUpperBound()), isUnsigned), carried, /*isAll=*/true));
}

LocalBuilder::StreamedLoop LocalBuilder::enterStreamed(const LocalLoop &streamed) {
  scf::ForOp op = streamed.loop;
  Location loc = op.getLoc();
  Type i64 = b.getI64Type();
  StreamedLoop entered;
  entered.streamed = &streamed;
  entered.inside.loop = &streamed;
  if (streamed.stream < 0) {
    std::tie(entered.first, entered.last) = streamed.interior.emit(b, op, [&](Value v) { return primal(v); });
    return entered;
  }
  // The plan has chosen the range, of iterations whose positions it has verified.
  Value at = LLVM::LoadOp::create(b, loc, i64, cursor, 8);
  int64_t used = 0, needed = 4;
  for (unsigned n : streamed.sites)
    needed += sites.sites()[n].kind != LocalSite::Row ? 2 : 0;
  Value left = arith::SubIOp::create(b, loc, words, at);
  require(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, left, number(needed)));
  auto next = [&]() -> Value {
    Value v = LLVM::LoadOp::create(b, loc, i64, word(at, used), 4);
    used += 2;
    return v;
  };
  entered.first = next();
  entered.last = next();
  for (unsigned n : streamed.sites)
    if (sites.sites()[n].kind != LocalSite::Row)
      entered.inside.bases[n] = next();
  LLVM::StoreOp::create(b, loc, arith::AddIOp::create(b, loc, at, number(used)), cursor, 8);
  entered.inside.begin = entered.first;
  // It lies in the interior that this call has.
  auto [begin, end] = streamed.interior.emit(b, op, [&](Value v) { return primal(v); });
  auto noLater = [&](Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, x, y);
  };
  Value within = arith::AndIOp::create(b, loc, noLater(begin, entered.first), noLater(entered.last, end));
  require(arith::AndIOp::create(b, loc, within, noLater(entered.first, entered.last)));
  return entered;
}

/// What lies before the interior, the interior, and what comes after it, as far as it lies in [from, to): `isAll` where
/// that is the whole loop.
LocalBuilder::Values LocalBuilder::emitStreamedRange(StreamedLoop &entered, Value from, Value to, Values carried,
                                                     bool isAll) {
  const LocalLoop &streamed = *entered.streamed;
  scf::ForOp op = streamed.loop;
  Location loc = op.getLoc();
  Type type = op.getInductionVar().getType();
  Value first = entered.first, last = entered.last;
  if (!isAll) {
    auto within = [&](Value v, Value least) -> Value {
      return arith::MinSIOp::create(b, loc, arith::MaxSIOp::create(b, loc, v, least), to);
    };
    first = within(first, from);
    last = within(last, first);
  }
  carried = emitIterations(op, narrow(from, type), narrow(first, type), carried);
  {
    InteriorState outer = std::move(interior);
    interior = entered.inside;
    SmallVector<std::pair<Value, Value>> replaced;
    for (auto [condition, side] : streamed.interior.guards()) {
      replaced.push_back({condition, primal(condition)});
      map.map(condition, number(side ? 1 : 0, 1));
    }
    if (takesStrips(streamed))
      emitStrips(op, first, last);
    else
      carried = emitIterations(op, first, last, carried);
    for (auto [condition, before] : replaced)
      map.map(condition, before);
    interior = std::move(outer);
  }
  return emitIterations(op, narrow(last, type), narrow(to, type), carried);
}

void LocalBuilder::emitWhile(scf::WhileOp op) {
  Values inits;
  for (Value v : op.getInits())
    inits.push_back(primal(v));
  auto loop = scf::WhileOp::create(b, op.getLoc(), op.getResultTypes(), inits);
  auto fill = [&](Block &from, Region &to) {
    SmallVector<Location> locs(from.getNumArguments(), op.getLoc());
    Block *block = b.createBlock(&to, to.end(), from.getArgumentTypes(), locs);
    map.map(from.getArguments(), block->getArguments());
    emitBlock(from);
    b.clone(*from.getTerminator(), map);
  };
  {
    OpBuilder::InsertionGuard guard(b);
    fill(*op.getBeforeBody(), loop.getBefore());
  }
  {
    OpBuilder::InsertionGuard guard(b);
    fill(*op.getAfterBody(), loop.getAfter());
  }
  map.map(op.getResults(), loop.getResults());
}
