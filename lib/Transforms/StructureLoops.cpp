//===- StructureLoops.cpp - loops over sites, reported in pieces ----------===//
//
// A loop whose body does nothing but compute and store is reported through a
// table: one row per iteration, for each site the address stored to and the
// words of its slots. Where all of them are affine, two rows stand for a piece.
//
//===----------------------------------------------------------------------===//

#include "InspectorBuilder.h"
#include "sparsead/Analysis/Pieces.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

/// The loop that is emitted: its sites and where their words stand in a row.
struct InspectorBuilder::RunLoop {
  SmallVector<const LocalSite *> sites;
  llvm::DenseMap<const LocalSite *, int64_t> places;
  Value row;
};

static SmallVector<const LocalSite *> sitesIn(const LocalSites &sites, scf::ForOp loop) {
  SmallVector<const LocalSite *> found;
  loop.walk([&](LLVM::StoreOp op) {
    if (const LocalSite *site = sites.siteOf(op))
      found.push_back(site);
  });
  return found;
}

/// Does the body only compute and store to sites, each at most once per iteration, so that its iterations may be
/// looked at in any way?
bool InspectorBuilder::isRunLoop(scf::ForOp op) {
  APInt step;
  if (!matchPattern(op.getStep(), m_ConstantInt(&step)) || step != 1)
    return false;
  for (auto [arg, result] : llvm::zip(op.getRegionIterArgs(), op.getResults()))
    if (!activity.isTainted(arg) && !(arg.use_empty() && result.use_empty()))
      return false;
  SmallVector<const LocalSite *> inside = sitesIn(*sites, op);
  if (inside.empty())
    return false;
  llvm::SmallDenseSet<const MemoryObject *> stored;
  for (const LocalSite *site : inside) {
    if (!site->reductions.empty())
      return false;
    if (site->kind == LocalSite::Row)
      stored.insert(sites->temporary(site->store.getAddr()));
    for (Operation *p = site->store->getParentOp(); p != op; p = p->getParentOp())
      if (!isa<scf::IfOp>(p))
        return false;
  }
  for (const LocalSite *site : inside)
    for (const LocalSlot &slot : site->slots)
      if (const MemoryObject *object = sites->temporary(slot.load.getAddr()))
        if (stored.contains(object) || !op->isAncestor(slot.load))
          return false;
  auto result = op.walk([&](Operation *inner) {
    if (isa<scf::WhileOp>(inner) || (isa<scf::ForOp>(inner) && inner != op))
      return sites->cellsInside(inner).empty() ? WalkResult::advance() : WalkResult::interrupt();
    if (sites->siteOf(inner) || isa<scf::SCFDialect>(inner->getDialect()) || isa<TrapIfOp>(inner))
      return WalkResult::advance();
    MemoryAccess access = memoryAccessOf(inner);
    bool isKnown = llvm::none_of(inner->getOperands(), [&](Value v) { return activity.isTainted(v); });
    switch (access.kind) {
    case MemoryAccess::Load:
    case MemoryAccess::Address:
      return WalkResult::advance();
    case MemoryAccess::Store: // of what is not known: left out; beside a site in the same block: overwritten
      return isKnown && !sites->isOutput(access.pointer) ? WalkResult::interrupt() : WalkResult::advance();
    case MemoryAccess::None:
      return isMemoryEffectFree(inner) ? WalkResult::advance() : WalkResult::interrupt();
    default:
      return WalkResult::interrupt();
    }
  });
  return !result.wasInterrupted();
}

/// Does everything that is reported follow from two iterations of a piece?
bool InspectorBuilder::isCertain(scf::ForOp op, Pieces &pieces) {
  auto surroundings = [&](Operation *inner) {
    for (Operation *p = inner->getParentOp(); p != op && p; p = p->getParentOp()) {
      auto branch = dyn_cast<scf::IfOp>(p);
      if (!branch)
        return false;
      if (!activity.isTainted(branch.getCondition()) && !pieces.isConstant(branch.getCondition()))
        return false;
    }
    return true;
  };
  bool certain = true;
  op.walk([&](TrapIfOp trap) {
    certain &= activity.isTainted(trap.getCondition()) || pieces.isConstant(trap.getCondition());
  });
  for (const LocalSite *site : sitesIn(*sites, op)) {
    certain = certain && surroundings(site->store) && pieces.isAffine(site->store.getAddr());
    for (const LocalSlot &slot : site->slots)
      certain =
          certain && (!op->isAncestor(slot.load) || surroundings(slot.load)) && pieces.isAffine(slot.load.getAddr());
    for (Operation *inner : sites->sweepOrder(site->store.getValue(), &op.getRegion())) {
      if (!isa<arith::SelectOp, LLVM::SelectOp, scf::IfOp>(inner)) {
        certain &= inner->getNumRegions() == 0;
        continue;
      }
      Value condition = inner->getOperand(0);
      certain = certain && (activity.isTainted(condition) || pieces.isConstant(condition));
    }
    if (!certain)
      return false;
  }
  return certain;
}

void InspectorBuilder::emitRunLoop(scf::ForOp op) {
  Location loc = op.getLoc();
  Type i64Type = b.getI64Type(), ptr = s.context.getType();
  RunLoop run;
  run.sites = sitesIn(*sites, op);
  int64_t width = 0;
  for (const LocalSite *site : run.sites) {
    run.places[site] = width;
    width += 1 + int64_t(site->slots.size());
  }
  int64_t header = 2 + int64_t(run.sites.size());
  int64_t block = std::clamp<int64_t>(2048 / width, 2, 64);
  auto place = [&](Value base, Value index) -> Value {
    return LLVM::GEPOp::create(b, loc, ptr, i64Type, base, ArrayRef<LLVM::GEPArg>{index});
  };
  Value table;
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointAfterValue(s.buffer);
    table = LLVM::AllocaOp::create(b, loc, ptr, i64Type, buildInt(b, loc, header + block * width, 64), 8);
  }
  SmallVector<int64_t> words{int64_t(run.sites.size()), width};
  for (const LocalSite *site : run.sites)
    words.push_back(site->number);
  for (auto [k, word] : llvm::enumerate(words))
    LLVM::StoreOp::create(b, loc, i64(word), place(table, i64(int64_t(k))), 8);

  auto known = [&](Value v) { return !activity.isTainted(v); };
  auto lookup = [&](Value v) { return primal(v); };
  const LocalLoop *local = sites->loopOf(op);
  Interior own;
  if (!local)
    own.build(op, known);
  const Interior &interior = local ? local->interior : own;
  Pieces pieces(op, interior, known);
  bool certain = isCertain(op, pieces);
  Interior::Pieces where = interior.emitPieces(b, op, pieces.limits(), lookup);
  auto wide = [&](Value v) -> Value {
    v = primal(v);
    if (v.getType().isIndex())
      return arith::IndexCastOp::create(b, loc, i64Type, v);
    if (v.getType() == i64Type)
      return v;
    return op.getUnsignedCmp() ? arith::ExtUIOp::create(b, loc, i64Type, v).getResult()
                               : arith::ExtSIOp::create(b, loc, i64Type, v);
  };
  Value lower = wide(op.getLowerBound()), upper = wide(op.getUpperBound());
  if (!certain)
    where = {upper, upper, {}};
  Value stream = i32(-1), begin = lower, end = lower;
  if (const LocalLoop *streamed = streamedLoop(op)) {
    stream = i32(streamed->stream);
    std::tie(begin, end) = interior.emit(b, op, lookup);
    where.cuts.append({begin, end});
  }
  runtime(loc, "sparsead_rt_run_enter", {stream, begin, end});

  auto compare = [&](arith::CmpIPredicate p, Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, loc, p, x, y);
  };
  auto least = [&](Value x, Value y) -> Value { return arith::MinSIOp::create(b, loc, x, y); };
  auto choose = [&](Value c, Value x, Value y) -> Value { return arith::SelectOp::create(b, loc, c, x, y); };
  using P = arith::CmpIPredicate;
  Value goes = i32(1);
  auto loop = scf::WhileOp::create(b, loc, TypeRange{i64Type, b.getI32Type()}, ValueRange{lower, goes});
  SmallVector<Location> locs(2, loc);
  {
    OpBuilder::InsertionGuard guard(b);
    Block *before = b.createBlock(&loop.getBefore(), {}, TypeRange{i64Type, b.getI32Type()}, locs);
    Value more = compare(P::slt, before->getArgument(0), upper);
    Value going = compare(P::ne, before->getArgument(1), i32(0));
    scf::ConditionOp::create(b, loc, arith::AndIOp::create(b, loc, more, going), before->getArguments());
  }
  OpBuilder::InsertionGuard guard(b);
  Block *body = b.createBlock(&loop.getAfter(), {}, TypeRange{i64Type, b.getI32Type()}, locs);
  Value at = body->getArgument(0);
  Value inside = arith::AndIOp::create(b, loc, compare(P::sle, where.begin, at), compare(P::slt, at, where.end));
  Value piece = least(where.end, upper);
  Value single = least(upper, arith::AddIOp::create(b, loc, at, i64(block)));
  single = choose(compare(P::slt, at, where.begin), least(single, where.begin), single);
  Value next = choose(inside, piece, single);
  for (Value cut : where.cuts)
    next = choose(compare(P::slt, at, cut), least(next, cut), next);
  Value count = arith::SubIOp::create(b, loc, next, at);
  Value rows = choose(inside, least(count, i64(2)), count);
  auto fill = scf::ForOp::create(b, loc, i64(0), rows, i64(1));
  {
    OpBuilder::InsertionGuard inner(b);
    b.setInsertionPoint(fill.getBody()->getTerminator());
    Value offset = arith::MulIOp::create(b, loc, fill.getInductionVar(), i64(width));
    run.row = place(table, arith::AddIOp::create(b, loc, offset, i64(header)));
    Value iv = arith::AddIOp::create(b, loc, at, fill.getInductionVar());
    Type type = op.getInductionVar().getType();
    if (type.isIndex())
      iv = arith::IndexCastOp::create(b, loc, type, iv);
    else if (type != i64Type)
      iv = arith::TruncIOp::create(b, loc, type, iv);
    s.map.map(op.getInductionVar(), iv);
    // Sites in branches that are not taken have no address.
    for (const LocalSite *site : run.sites)
      if (site->store->getParentOp() != op)
        LLVM::StoreOp::create(b, loc, i64(0), place(run.row, i64(run.places[site])), 8);
    runLoop = &run;
    emitBlock(*op.getBody());
    runLoop = nullptr;
  }
  Value kind = arith::ExtUIOp::create(b, loc, b.getI32Type(), inside);
  Value going = runtime(loc, "sparsead_rt_run_piece", {table, at, next, kind}, b.getI32Type())[0];
  scf::YieldOp::create(b, loc, ValueRange{next, going});
  b.setInsertionPointAfter(loop);
  runtime(loc, "sparsead_rt_run_leave", {});
}

void InspectorBuilder::reportInRun(LLVM::StoreOp op, const LocalSite &site) {
  Location loc = op.getLoc();
  auto put = [&](int64_t k, Value word) {
    Value at = LLVM::GEPOp::create(b, loc, runLoop->row.getType(), b.getI64Type(), runLoop->row,
                                   ArrayRef<LLVM::GEPArg>{int32_t(k)});
    LLVM::StoreOp::create(b, loc, word, at, 8);
  };
  int64_t first = runLoop->places.lookup(&site);
  put(first, address(op.getAddr()));
  for (unsigned k = 0; k < site.slots.size(); ++k)
    put(first + 1 + k, LLVM::LoadOp::create(b, loc, b.getI64Type(), cell(site.firstCell + k), 8));
}
