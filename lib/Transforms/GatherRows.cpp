//===- GatherRows.cpp - sums into elements, element by element ------------===//

#include "GatherRows.h"

#include "DerivativeFlags.h"

#include "GatherNest.h"

#include "sparsead/IR/SparseAD.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include <map>

using namespace mlir;
using namespace sparsead;
using namespace sparsead::gather;

IRMapping Nest::mapFor(ArrayRef<Value> position, ArrayRef<int64_t> shift) {
  IRMapping map;
  for (auto [d, loop] : llvm::enumerate(loops))
    map.map(loop.getInductionVar(), plus(position[d], -shift[d]));
  return map;
}

/// (x + a) + b as x + (a + b), whichever way it is written: what two iterations share must look the same.
Value Nest::movedBy(Operation *op, IRMapping &map) {
  auto constantOf = [](Value v) -> std::optional<int64_t> {
    APInt c;
    if (!matchPattern(v, m_ConstantInt(&c)) || c.getBitWidth() > 64)
      return std::nullopt;
    return c.getSExtValue();
  };
  auto distanceOf = [&](Operation *sum) -> std::optional<int64_t> {
    auto flags = dyn_cast_or_null<arith::ArithIntegerOverflowFlagsInterface>(sum);
    if (!flags || !flags.hasNoSignedWrap() || !isa<arith::AddIOp, arith::SubIOp>(sum))
      return std::nullopt;
    auto c = constantOf(sum->getOperand(1));
    return c && isa<arith::SubIOp>(sum) ? std::optional<int64_t>(-*c) : c;
  };
  auto distance = distanceOf(op);
  if (!distance)
    return nullptr;
  Value x = map.lookupOrDefault(op->getOperand(0));
  if (auto before = distanceOf(x.getDefiningOp())) {
    *distance += *before;
    x = x.getDefiningOp()->getOperand(0);
  }
  return plus(x, *distance);
}

/// The value in the iteration of the map, computed here.
Value Nest::clone(Value v, IRMapping &map) {
  if (Value known = map.lookupOrNull(v))
    return known;
  if (isInvariant(v))
    return v;
  Operation *op = v.getDefiningOp();
  assert(op && "positions are mapped");
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands()) {
      Operation *from = operand.getDefiningOp();
      if (!op->isAncestor(from ? from : operand.getParentBlock()->getParentOp()))
        clone(operand, map);
    }
  });
  if (Value moved = movedBy(op, map)) {
    map.map(v, moved);
    return moved;
  }
  Operation *made = b.clone(*op, map);
  SmallVector<Operation *> stores;
  made->walk([&](LLVM::StoreOp store) { stores.push_back(store); });
  for (Operation *store : stores) // sites, which are told one by one
    store->erase();
  for (auto [result, again] : llvm::zip(op->getResults(), made->getResults()))
    map.map(result, again);
  return map.lookup(v);
}

/// What the iteration of the map adds.
Value Nest::contribution(const Site &site, IRMapping map, size_t depth) {
  if (depth == site.guards.size())
    return clone(site.added, map);
  auto [branch, side] = site.guards[depth];
  Type type = site.added.getType();
  auto made = scf::IfOp::create(b, loc, TypeRange{type}, clone(branch.getCondition(), map), true, true);
  OpBuilder::InsertionGuard guard(b);
  for (bool taken : {true, false}) {
    b.setInsertionPointToStart(&made->getRegion(taken == side ? 0 : 1).front());
    Value v = taken ? contribution(site, map, depth + 1)
                    : arith::ConstantOp::create(b, loc, type, b.getFloatAttr(type, 0)).getResult();
    scf::YieldOp::create(b, loc, v);
  }
  return made.getResult(0);
}

/// The site's own addition, in the iteration of the map.
void Nest::addition(const Site &site, IRMapping map, size_t depth) {
  if (depth < site.guards.size()) {
    auto [branch, side] = site.guards[depth];
    auto made = scf::IfOp::create(b, loc, clone(branch.getCondition(), map), /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&made->getRegion(side ? 0 : 1).front());
    return addition(site, map, depth + 1);
  }
  clone(site.store.getAddr(), map);
  clone(site.store.getValue(), map);
  b.clone(*site.store, map);
}

/// Sums that the body carries from `carried` to `next` may be added in another order.
void Nest::relaxSums(ValueRange carried, Values &next) {
  for (Value sum : carried)
    for (Value v = sum; v && isa<FloatType>(v.getType());) {
      Value following;
      for (Operation *user : llvm::make_early_inc_range(v.getUsers())) {
        constexpr auto flags = derivativeFlags;
        if (auto add = dyn_cast<arith::AddFOp>(user)) {
          add.setFastmath(add.getFastmath() | flags);
          following = add.getResult();
        } else if (auto fused = dyn_cast<LLVM::FMulAddOp>(user); fused && fused.getC() == v && fused.getA() != v) {
          OpBuilder::InsertionGuard guard(b);
          b.setInsertionPoint(fused);
          Value product = arith::MulFOp::create(b, fused.getLoc(), fused.getA(), fused.getB(), flags);
          following = arith::AddFOp::create(b, fused.getLoc(), v, product, flags);
          llvm::replace(next, fused.getRes(), following);
          fused.replaceAllUsesWith(following);
          fused.erase();
        }
      }
      v = following;
    }
}

/// What the body does once for each iteration: sums that the loops carry, and other stores.
Nest::Values Nest::effects(ValueRange carried, IRMapping map) {
  scf::ForOp inner = loops.back();
  for (auto [argument, value] : llvm::zip(inner.getRegionIterArgs(), carried))
    map.map(argument, value);
  for (LLVM::StoreOp store : owned) {
    clone(store.getAddr(), map);
    clone(store.getValue(), map);
    b.clone(*store, map);
  }
  Values next;
  for (Value v : inner.getBody()->getTerminator()->getOperands())
    next.push_back(clone(v, map));
  relaxSums(carried, next);
  return next;
}

Value Nest::inRange(ArrayRef<Value> position, ArrayRef<int64_t> shift) {
  Value all;
  for (auto [d, loop] : llvm::enumerate(loops)) {
    Value at = plus(position[d], -shift[d]);
    all = both(all, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, at, loop.getLowerBound()));
    all = both(all, isLess(at, loop.getUpperBound()));
  }
  return all;
}

Nest::Values Nest::makeLoop(Value begin, Value end, ValueRange carried,
                            llvm::function_ref<Values(Value, ValueRange)> make) {
  auto made = scf::ForOp::create(b, loc, begin, end, integer(1, begin.getType()), carried);
  OpBuilder::InsertionGuard guard(b);
  Block *block = made.getBody();
  if (block->mightHaveTerminator())
    block->getTerminator()->erase();
  b.setInsertionPointToEnd(block);
  Values next = make(made.getInductionVar(), made.getRegionIterArgs());
  scf::YieldOp::create(b, loc, next);
  return Values(made.getResults());
}

/// Elements that all sites reach: each is written once.
Nest::Values Nest::clean(size_t depth, Values &position, ValueRange carried) {
  if (depth < loops.size())
    return makeLoop(from[depth], to[depth], carried, [&](Value at, ValueRange inner) {
      position.push_back(at);
      Values next = clean(depth + 1, position, inner);
      position.pop_back();
      return next;
    });
  Values sums(groups.size());
  SmallVector<int64_t> zero(loops.size(), 0);
  for (auto [k, site] : llvm::enumerate(sites)) {
    bool known = groups[site.group].reference == k; // its guards hold here
    Value v =
        keeps
            ? LLVM::LoadOp::create(b, loc, site.added.getType(), termAddress(site, position, site.shift), 8).getResult()
            : contribution(site, mapFor(position, site.shift), known ? site.guards.size() : 0);
    Value &sum = sums[site.group];
    sum = sum ? arith::AddFOp::create(b, loc, sum, v, arith::FastMathFlags::reassoc | arith::FastMathFlags::nsz)
                    .getResult()
              : v;
  }
  Values next;
  if (!keeps)
    next = effects(carried, mapFor(position, zero));
  for (auto [group, sum] : llvm::zip(groups, sums)) {
    IRMapping map = mapFor(position, zero);
    LLVM::StoreOp store = sites[group.reference].store;
    LLVM::StoreOp::create(b, loc, sum, clone(store.getAddr(), map), store.getAlignment().value_or(8));
  }
  return next;
}

/// The others: each site looks whether it reaches the element.
Nest::Values Nest::boundary(size_t depth, Values &position, Value inside, ValueRange carried) {
  if (depth < loops.size()) {
    bool last = depth + 1 == loops.size();
    Value begin = low[depth], end = high[depth];
    Value skipped = arith::SubIOp::create(b, loc, to[depth], from[depth]);
    if (inside)
      skipped = arith::SelectOp::create(b, loc, inside, skipped, integer(0, begin.getType()));
    if (last)
      end = arith::SubIOp::create(b, loc, end, skipped);
    return makeLoop(begin, end, carried, [&](Value at, ValueRange inner) {
      Value within = inside;
      if (last) {
        Value jumps = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, at, from[depth]);
        Value after = arith::AddIOp::create(b, loc, at, skipped, arith::IntegerOverflowFlags::nsw);
        at = arith::SelectOp::create(b, loc, jumps, after, at);
      } else {
        within = both(within, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, at, from[depth]));
        within = both(within, isLess(at, to[depth]));
      }
      position.push_back(at);
      Values next = boundary(depth + 1, position, within, inner);
      position.pop_back();
      return next;
    });
  }
  SmallVector<int64_t> zero(loops.size(), 0);
  for (const Site &site : sites) {
    auto branch = scf::IfOp::create(b, loc, inRange(position, site.shift), /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(&branch.getThenRegion().front());
    addition(site, mapFor(position, site.shift), 0);
  }
  if (keeps || (carried.empty() && owned.empty()))
    return {};
  auto branch = scf::IfOp::create(b, loc, carried.getTypes(), inRange(position, zero), true, true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&branch.getThenRegion().front());
  scf::YieldOp::create(b, loc, effects(carried, mapFor(position, zero)));
  b.setInsertionPointToStart(&branch.getElseRegion().front());
  scf::YieldOp::create(b, loc, carried);
  return Values(branch.getResults());
}

void Nest::rewrite() {
  scf::ForOp outer = loops.front();
  b = OpBuilder(outer);
  loc = outer.getLoc();
  for (auto [d, loop] : llvm::enumerate(loops)) {
    Value begin = loop.getLowerBound(), end = loop.getUpperBound();
    low.push_back(plus(begin, least[d]));
    high.push_back(plus(end, most[d]));
    from.push_back(plus(begin, most[d]));
    to.push_back(plus(end, least[d]));
  }
  for (const Limit &limit : limits) {
    Type type = loops[limit.loop].getInductionVar().getType();
    Value bound = limit.bound ? plus(limit.bound, limit.plus) : integer(limit.plus, type);
    if (limit.lower)
      from[limit.loop] = greater(from[limit.loop], bound);
    else
      to[limit.loop] = smaller(to[limit.loop], bound);
  }
  Value fine;
  for (auto [condition, side] : conditions)
    fine = both(fine,
                side ? condition
                     : arith::XOrIOp::create(b, loc, condition, arith::ConstantOp::create(b, loc, b.getBoolAttr(true)))
                           .getResult());
  for (size_t d = 0; d < loops.size(); ++d) {
    from[d] = smaller(greater(from[d], low[d]), greater(high[d], low[d]));
    to[d] = greater(smaller(to[d], high[d]), from[d]);
    if (fine)
      to[d] = arith::SelectOp::create(b, loc, fine, to[d], from[d]);
  }
  Values position;
  if (keeps) {
    makeTerms();
    b.setInsertionPointAfter(outer);
    (void)clean(0, position, {});
    (void)boundary(0, position, Value(), {});
    releaseTerms();
    storeTerms();
    return;
  }
  Values carried(outer.getInitArgs());
  carried = clean(0, position, carried);
  carried = boundary(0, position, Value(), carried);
  outer->replaceAllUsesWith(carried);
  outer->erase();
}

//===----------------------------------------------------------------------===//
// Terms that are kept
//===----------------------------------------------------------------------===//

/// What takes longer than a store and a few loads from the first cache.
static bool isDear(Operation *op) {
  if (isa<arith::DivFOp, arith::RemFOp>(op))
    return !matchPattern(op->getOperand(1), m_Constant());
  if (isa<LibmOp, RuleOp>(op))
    return true;
  return isa<math::MathDialect>(op->getDialect()) && isa<FloatType>(op->getResult(0).getType()) &&
         !isa<math::AbsFOp, math::CopySignOp, math::FmaOp, math::FloorOp, math::CeilOp, math::TruncOp, math::RoundOp,
              math::RoundEvenOp>(op);
}

bool Nest::hasDearTerms() {
  if (sites.size() > 16 || llvm::any_of(sites, [](Site &s) { return !s.added.getType().isF64(); }))
    return false;
  // Sites of one shift share what they compute.
  std::map<SmallVector<int64_t>, llvm::DenseSet<Operation *>> behind;
  for (const Site &site : sites) {
    llvm::DenseSet<Operation *> &all = behind[site.shift];
    SmallVector<Value> work{site.added};
    while (!work.empty()) {
      Value v = work.pop_back_val();
      Operation *op = v.getDefiningOp();
      if (isInvariant(v) || !op || !all.insert(op).second)
        continue;
      op->walk([&](Operation *inner) {
        all.insert(inner);
        llvm::append_range(work, inner->getOperands());
      });
    }
  }
  llvm::DenseSet<Operation *> once;
  size_t dear = 0;
  for (auto &[shift, all] : behind)
    for (Operation *op : all)
      if (isDear(op)) {
        ++dear;
        once.insert(op);
      }
  return dear >= once.size() + 2;
}

void Nest::makeTerms() {
  Type i64 = b.getI64Type(), ptr = LLVM::LLVMPointerType::get(b.getContext());
  Value zero = integer(0, i64), bytes = integer(8, i64);
  for (scf::ForOp loop : loops) {
    Value count = arith::SubIOp::create(b, loc, wide(loop.getUpperBound()), wide(loop.getLowerBound()));
    iterations.push_back(greater(count, zero));
    bytes = arith::MulIOp::create(b, loc, bytes, iterations.back());
  }
  auto allocate = declareRuntime(function->getParentOfType<ModuleOp>(), "sparsead_rt_terms", {i64}, {ptr});
  for (const Site &site : sites)
    terms[&site] = func::CallOp::create(b, loc, allocate, ValueRange{bytes}).getResult(0);
}

void Nest::releaseTerms() {
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  auto release = declareRuntime(function->getParentOfType<ModuleOp>(), "sparsead_rt_terms_free", {ptr}, {});
  for (const Site &site : sites)
    func::CallOp::create(b, loc, release, ValueRange{terms.lookup(&site)});
}

/// Where the term of the iteration is kept.
Value Nest::termAddress(const Site &site, ArrayRef<Value> position, ArrayRef<int64_t> shift) {
  constexpr auto exact = arith::IntegerOverflowFlags::nsw;
  Value index;
  for (auto [d, loop] : llvm::enumerate(loops)) {
    Value at = arith::SubIOp::create(b, loc, wide(plus(position[d], -shift[d])), wide(loop.getLowerBound()), exact);
    index = index ? arith::AddIOp::create(b, loc, arith::MulIOp::create(b, loc, index, iterations[d], exact), at, exact)
                        .getResult()
                  : at;
  }
  return LLVM::GEPOp::create(b, loc, terms.lookup(&site).getType(), b.getF64Type(), terms.lookup(&site),
                             ArrayRef<LLVM::GEPArg>{index});
}

/// The loop as it was stores its terms instead of adding them: zero where it would not have added.
void Nest::storeTerms() {
  Values position;
  for (scf::ForOp loop : loops)
    position.push_back(loop.getInductionVar());
  SmallVector<int64_t> zero(loops.size(), 0);
  IRMapping map = mapFor(position, zero);
  for (scf::ForOp loop : loops) // what stands there is there
    for (Operation &op : *loop.getBody())
      for (Value v : op.getResults())
        map.map(v, v);
  b.setInsertionPoint(loops.back().getBody()->getTerminator());
  for (const Site &site : sites) {
    Value v = contribution(site, map, 0);
    LLVM::StoreOp::create(b, loc, v, termAddress(site, position, zero), 8);
  }
  Operation *yield = loops.back().getBody()->getTerminator();
  Values next(yield->getOperands());
  relaxSums(loops.back().getRegionIterArgs(), next);
  yield->setOperands(next);
  for (const Site &site : sites) {
    Operation *sum = site.store.getValue().getDefiningOp();
    site.store->erase();
    sum->erase();
    LLVM::LoadOp load = site.load;
    load->erase();
  }
}

GatheredRows sparsead::gatherRows(func::FuncOp f, const Activity &activity, bool keep) {
  SmallVector<scf::ForOp> outermost;
  f.walk<WalkOrder::PreOrder>([&](scf::ForOp loop) {
    outermost.push_back(loop);
    return WalkResult::skip();
  });
  GatheredRows made;
  for (scf::ForOp loop : outermost) { // one after the other: bounds of the next may be results of this one
    Subscripts subscripts(activity);
    Nest nest(f, activity, subscripts);
    if (!nest.match(loop))
      continue;
    if (keep && isa<func::FuncOp>(loop->getParentOp()) && nest.hasDearTerms()) {
      nest.keepTerms();
      ++made.kept;
    }
    nest.rewrite();
    ++made.nests;
  }
  return made;
}
