//===- LocalSweep.cpp - values at known positions: the derivatives --------===//
//
// At a site the derivative of the stored value by every slot is computed by one
// reverse sweep over the operations of the body, in SSA. Branches come with
// their partials; a sum over a loop is swept by a second run of that loop.
//
//===----------------------------------------------------------------------===//

#include "DerivativeFlags.h"
#include "LocalBuilder.h"
#include "sparsead/IR/SparseAD.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace sparsead;

Value LocalBuilder::convert(Location loc, Value v, Type type) {
  if (v.getType() == type)
    return v;
  if (v.getType().getIntOrFloatBitWidth() < type.getIntOrFloatBitWidth())
    return keepMasked(v, arith::ExtFOp::create(b, loc, type, v));
  return keepMasked(v, arith::TruncFOp::create(b, loc, type, v));
}

Value LocalBuilder::keepMasked(Value from, Value to) {
  if (masked.contains(from))
    masked.insert(to);
  if (steep.contains(from))
    steep.insert(to);
  return to;
}

/// The product; zero where its factor is.
Value LocalBuilder::zeroWith(Location loc, Value factor, Value product) {
  Value zero = real(0, product.getType());
  Value moves = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, factor, zero);
  Value d = arith::SelectOp::create(b, loc, moves, product, zero);
  careful.insert(d);
  return d;
}

/// adjoint * partial; zero where the adjoint is zero because another side is
/// taken, as a tangent would be.
Value LocalBuilder::scale(Location loc, Value adjoint, Value partial) {
  Value d = arith::MulFOp::create(b, loc, partial, adjoint, flagsOf(b));
  bool varies = !matchPattern(partial, m_Constant());
  if (varies && masked.contains(adjoint))
    d = zeroWith(loc, adjoint, d);
  if (varies && steep.contains(adjoint) && finite.mayBeInfinite(adjoint))
    d = zeroWith(loc, partial, d);
  return keepMasked(adjoint, d);
}

/// The same below the slope of a root: only what such slopes make infinite is cared for.
Value LocalBuilder::scaleRoot(Location loc, Value adjoint, Value partial) {
  Value d = arith::MulFOp::create(b, loc, partial, adjoint, flagsOf(b));
  for (auto [factor, other] : {std::pair(adjoint, partial), {partial, adjoint}})
    if (finite.mayBeInfinite(other) && !(matchPattern(factor, m_Constant()) && !matchPattern(factor, m_AnyZeroFloat())))
      d = zeroWith(loc, factor, d);
  keepMasked(adjoint, d);
  steep.insert(d);
  return d;
}

void LocalBuilder::addTo(Value &sum, Value term) {
  if (!sum) {
    sum = term;
    return;
  }
  Value both = arith::AddFOp::create(b, *currentLoc, sum, term, flagsOf(b));
  if (masked.contains(sum) && masked.contains(term))
    masked.insert(both);
  if (steep.contains(sum) || steep.contains(term))
    steep.insert(both);
  sum = both;
}

/// What the yields of a region depend on: values from outside, slots inside.
SmallVector<LocalBuilder::Leaf> LocalBuilder::leavesOf(ArrayRef<Value> roots, Region &region) {
  SmallVector<Leaf> leaves;
  auto add = [&](Leaf leaf) {
    if (!llvm::is_contained(leaves, leaf))
      leaves.push_back(leaf);
  };
  auto consider = [&](Value v) {
    if (!isa<FloatType>(v.getType()) || !activity.isActive(v))
      return;
    if (!region.isAncestor(v.getParentRegion()))
      add({v, -1});
  };
  for (Value root : roots)
    consider(root);
  SmallVector<Operation *> order = sites.sweepOrder(roots, &region);
  for (Operation *op : llvm::reverse(order)) {
    if (auto load = dyn_cast<LLVM::LoadOp>(op)) {
      unsigned count = sites.lanesAt(load);
      if (sites.temporary(load.getAddr()))
        for (unsigned lane = 0; lane < count; ++lane)
          add({load.getResult(), int(lane)});
      else
        add({load.getResult(), -1});
      continue;
    }
    op->walk([&](Operation *inner) {
      if (inner == op || isa<scf::YieldOp>(inner))
        for (Value v : inner->getOperands())
          consider(v);
    });
  }
  return leaves;
}

void LocalBuilder::accumulate(Value to, Value adjoint, llvm::DenseMap<Value, Value> &adjoints, Region *scope,
                              Adjoints &leaves) {
  if (!isa<FloatType>(to.getType()) || !activity.isActive(to))
    return;
  adjoint = convert(*currentLoc, adjoint, to.getType());
  bool inside = !scope || scope->isAncestor(to.getParentRegion());
  if (!inside) {
    addTo(leaves[{to, -1}], adjoint);
    return;
  }
  if (to.getDefiningOp())
    addTo(adjoints[to], adjoint);
  // A carried sum: its derivative is the one of the result.
}

LocalBuilder::Adjoints LocalBuilder::sweep(ArrayRef<std::pair<Value, Value>> seeds, Region *scope) {
  Adjoints leaves;
  llvm::DenseMap<Value, Value> adjoints;
  SmallVector<Value> roots;
  for (auto [root, seed] : seeds) {
    roots.push_back(root);
    accumulate(root, seed, adjoints, scope, leaves);
  }
  for (Operation *op : sites.sweepOrder(roots, scope)) {
    auto outer = currentLoc;
    currentLoc = op->getLoc();
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      Values found;
      bool any = false;
      for (Value r : loop.getResults()) {
        found.push_back(adjoints.lookup(r));
        any |= static_cast<bool>(found.back());
      }
      if (any)
        sweepReduction(loop, found, adjoints, scope, leaves);
    } else {
      for (Value r : op->getResults())
        if (Value adjoint = adjoints.lookup(r))
          propagate(r, adjoint, adjoints, scope, leaves);
    }
    currentLoc = outer;
  }
  return leaves;
}

void LocalBuilder::propagate(Value result, Value adjoint, llvm::DenseMap<Value, Value> &adjoints, Region *scope,
                             Adjoints &leaves) {
  Operation *op = result.getDefiningOp();
  Location loc = op->getLoc();
  if (auto load = dyn_cast<LLVM::LoadOp>(op)) {
    Value v = load.getResult();
    if (!sites.temporary(load.getAddr())) {
      addTo(leaves[{v, -1}], adjoint);
      return;
    }
    for (auto [lane, partial] : llvm::enumerate(lanes.lookup(v)))
      addTo(leaves[{v, int(lane)}], scale(loc, convert(loc, adjoint, b.getF64Type()), partial));
    return;
  }
  if (isa<scf::IfOp, scf::IndexSwitchOp>(op)) {
    bool decided = matchPattern(primal(op->getOperand(0)), m_Constant());
    for (auto [leaf, partial] : partialsOf.lookup(result)) {
      if (matchPattern(partial, m_AnyZeroFloat()))
        continue;
      Value d = convert(loc, adjoint, partial.getType());
      if (!matchPattern(partial, m_OneFloat())) {
        d = scale(loc, d, partial);
        if (steep.contains(partial))
          steep.insert(d);
      }
      if (!decided)
        masked.insert(d); // zero on the other sides
      Operation *def = leaf.first.getDefiningOp();
      if (def && op->isProperAncestor(def))
        addTo(leaves[leaf], d);
      else
        accumulate(leaf.first, d, adjoints, scope, leaves);
    }
    return;
  }
  if (isa<arith::SelectOp, LLVM::SelectOp>(op)) {
    Value condition = primal(op->getOperand(0));
    APInt known; // by the interior
    bool decided = matchPattern(condition, m_ConstantInt(&known));
    for (unsigned k : {1u, 2u}) {
      Value to = op->getOperand(k);
      if (!activity.isActive(to) || (decided && known.isZero() != (k == 2)))
        continue;
      if (decided) {
        accumulate(to, adjoint, adjoints, scope, leaves);
        continue;
      }
      Value zero = real(0, adjoint.getType());
      Value d = k == 1 ? arith::SelectOp::create(b, loc, condition, adjoint, zero)
                       : arith::SelectOp::create(b, loc, condition, zero, adjoint);
      masked.insert(d);
      accumulate(to, d, adjoints, scope, leaves);
    }
    return;
  }
  Operation *clone = primal(op->getResult(0)).getDefiningOp();
  auto rule = clone ? dyn_cast<DifferentiableOpInterface>(clone) : nullptr;
  if (!rule)
    return; // poison
  SmallVector<bool> needed;
  for (Value v : op->getOperands())
    needed.push_back(isa<FloatType>(v.getType()) && activity.isActive(v));
  for (auto [k, partial] : llvm::enumerate(rule.partials(b, needed))) {
    if (!needed[k] || partial.kind == Partial::Zero)
      continue;
    Value d = adjoint;
    auto negated = [&](Value v) -> Value { return keepMasked(v, arith::NegFOp::create(b, loc, v, flagsOf(b))); };
    switch (partial.kind) {
    case Partial::Zero:
    case Partial::One:
      break;
    case Partial::MinusOne:
      d = negated(d);
      break;
    case Partial::Scale: {
      if (auto product = dyn_cast<ScaleOp>(op); product && product.getRoot() && !masked.contains(d)) {
        d = scaleRoot(loc, d, partial.value);
        break;
      }
      Value scaled = scale(loc, d, partial.value);
      if (partial.singular && !isSurelyPositive(op) && !masked.contains(d))
        scaled = zeroWith(loc, d, scaled);
      if (partial.annihilates) {
        scaled = zeroWith(loc, partial.value, scaled);
        masked.insert(scaled);
      }
      if (partial.singular && !isSurelyPositive(op))
        steep.insert(scaled);
      d = scaled;
      break;
    }
    case Partial::Mask:
    case Partial::NegMask: {
      Value zero = real(0, d.getType());
      d = arith::SelectOp::create(b, loc, partial.value, d, zero);
      masked.insert(d);
      if (partial.kind == Partial::NegMask)
        d = negated(d);
      break;
    }
    }
    accumulate(op->getOperand(k), d, adjoints, scope, leaves);
  }
}

/// Σ over iterations: the loop runs a second time, and each iteration adds its
/// partials at its own positions.
void LocalBuilder::sweepReduction(scf::ForOp op, ArrayRef<Value> found, llvm::DenseMap<Value, Value> &adjoints,
                                  Region *scope, Adjoints &leaves) {
  Location loc = op.getLoc();
  Operation *yield = op.getBody()->getTerminator();
  SmallVector<Value> roots;
  SmallVector<std::pair<Value, Value>> seeds;
  for (auto [k, adjoint] : llvm::enumerate(found))
    if (adjoint) {
      roots.push_back(yield->getOperand(k));
      seeds.push_back({yield->getOperand(k), adjoint});
      accumulate(op.getInitArgs()[k], adjoint, adjoints, scope, leaves);
    }
  SmallVector<Value> outside;
  for (Leaf leaf : leavesOf(roots, op.getRegion()))
    if (leaf.second < 0 && !op.getRegion().isAncestor(leaf.first.getParentRegion()))
      outside.push_back(leaf.first);
  Values carried;
  for (Value v : op.getInitArgs())
    carried.push_back(primal(v));
  size_t own = carried.size();
  for (Value v : outside)
    carried.push_back(real(0, v.getType()));

  // The body's values are those of the second run.
  IRMapping outerMap = map;
  auto outerLanes = lanes;
  auto outerPartials = partialsOf;
  bool outerRecomputing = recomputing;
  recomputing = true;
  const LocalReduction *reduction = sites.reductionOf(op, currentSite);
  llvm::SaveAndRestore room(roomKnown, !reduction->inner);
  Value begin = primal(op.getLowerBound()), end = primal(op.getUpperBound()), step = primal(op.getStep());
  if (roomKnown && !reduction->slots.empty())
    requireRoom(begin, end, step, op.getUnsignedCmp(), static_cast<int64_t>(reduction->slots.size()));
  auto loop = scf::ForOp::create(b, loc, begin, end, step, carried, nullptr, op.getUnsignedCmp());
  map.map(op.getInductionVar(), loop.getInductionVar());
  map.map(op.getRegionIterArgs(), loop.getRegionIterArgs().take_front(own));
  {
    OpBuilder::InsertionGuard guard(b);
    Block *body = loop.getBody();
    if (body->mightHaveTerminator())
      body->getTerminator()->erase();
    b.setInsertionPointToEnd(body);
    emitBlock(*op.getBody());
    Adjoints inside = sweep(seeds, &op.getRegion());
    addTerms(reduction->slots, inside);
    Values out;
    for (Value v : yield->getOperands())
      out.push_back(primal(v));
    for (auto [k, v] : llvm::enumerate(outside)) {
      Value sum = loop.getRegionIterArgs()[own + k];
      if (Value d = inside.lookup({v, -1}))
        addTo(sum, d);
      out.push_back(sum);
    }
    scf::YieldOp::create(b, loc, out);
  }
  map = std::move(outerMap);
  lanes = std::move(outerLanes);
  partialsOf = std::move(outerPartials);
  recomputing = outerRecomputing;
  for (auto [k, v] : llvm::enumerate(outside)) {
    masked.insert(loop.getResult(own + k)); // zero where there is no iteration
    keepMasked(loop.getBody()->getTerminator()->getOperand(own + k), loop.getResult(own + k));
    accumulate(v, loop.getResult(own + k), adjoints, scope, leaves);
  }
}

//===----------------------------------------------------------------------===//
// Sites
//===----------------------------------------------------------------------===//

Value LocalBuilder::adjointOf(const LocalSlot &slot, const Adjoints &found) {
  bool row = sites.temporary(slot.load.getAddr()) != nullptr;
  Value d = found.lookup({slot.load.getResult(), row ? int(slot.lane) : -1});
  return d ? convert(*currentLoc, d, b.getF64Type()) : Value();
}

/// stream + at + offset, in words.
Value LocalBuilder::word(Value at, int64_t offset) {
  Value index = offset == 0 ? at : arith::AddIOp::create(b, *currentLoc, at, number(offset)).getResult();
  return LLVM::GEPOp::create(b, *currentLoc, stream.getType(), b.getI32Type(), stream, ArrayRef<LLVM::GEPArg>{index});
}

/// The terms of a sum, one for each slot; what has no column is not gathered.
void LocalBuilder::addTerms(ArrayRef<LocalSlot> slots, const Adjoints &found) {
  Values terms;
  for (const LocalSlot &slot : slots)
    terms.push_back(adjointOf(slot, found));
  neighbors.end();
  addAtCursor(terms);
}

/// The partials of a site, each that slots share once.
void LocalBuilder::addSite(const LocalSite &site, const Adjoints &found) {
  Values all, written;
  for (const LocalSlot &slot : site.slots)
    all.push_back(adjointOf(slot, found));
  neighbors.note(shared, site, b.getInsertionBlock(), all);
  SharedPartials::Sources sources = shared.of(site);
  for (auto [k, v] : llvm::enumerate(all))
    if (sources.owns(k, static_cast<int64_t>(written.size())))
      written.push_back(v);
  addAtCursor(written);
}

/// They go to the buffer, one after the other.
void LocalBuilder::addAtCursor(ArrayRef<Value> made) {
  if (made.empty())
    return;
  Location loc = *currentLoc;
  Type i64 = b.getI64Type(), f64 = b.getF64Type();
  Value at = LLVM::LoadOp::create(b, loc, i64, partial, 8);
  Value next = arith::AddIOp::create(b, loc, at, number(int64_t(made.size())));
  if (!roomKnown)
    require(arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sle, next, partials));
  Value first = LLVM::GEPOp::create(b, loc, buffer.getType(), f64, buffer, ArrayRef<LLVM::GEPArg>{at});
  for (auto [k, d] : llvm::enumerate(made)) {
    Value target = LLVM::GEPOp::create(b, loc, buffer.getType(), f64, first, ArrayRef<LLVM::GEPArg>{int32_t(k)});
    LLVM::StoreOp::create(b, loc, d ? d : real(0, f64), target, 8);
  }
  LLVM::StoreOp::create(b, loc, next, partial, 8);
}

void LocalBuilder::emitSite(const LocalSite &site) {
  Value stored = site.store.getValue();
  const LocalSite *row = site.row >= 0 ? &sites.sites()[site.row] : nullptr;
  if (!activity.isActive(stored)) {
    if (site.kind == LocalSite::Row)
      emitRow(site, {});
    if (row)
      emitRow(*row, {});
    return;
  }
  const LocalSite *outer = currentSite;
  currentSite = &site;
  Adjoints found = sweep({{stored, real(1, stored.getType())}}, nullptr);
  if (site.kind == LocalSite::Row)
    emitRow(site, found);
  else if (interior.loop && site.loop >= 0)
    emitInterior(site, found);
  else
    addSite(site, found);
  if (row)
    emitRow(*row, found);
  currentSite = outer;
}

/// As i64.
Value LocalBuilder::wide(Value v, bool isUnsigned) {
  Type i64 = b.getI64Type();
  if (v.getType() == i64)
    return v;
  if (v.getType().isIndex())
    return arith::IndexCastOp::create(b, *currentLoc, i64, v);
  if (isUnsigned)
    return arith::ExtUIOp::create(b, *currentLoc, i64, v);
  return arith::ExtSIOp::create(b, *currentLoc, i64, v);
}

/// From i64.
Value LocalBuilder::narrow(Value v, Type type) {
  if (v.getType() == type)
    return v;
  if (type.isIndex())
    return arith::IndexCastOp::create(b, *currentLoc, type, v);
  return arith::TruncIOp::create(b, *currentLoc, type, v);
}

/// Entries that each row of the interior has.
int64_t LocalBuilder::rowLength(const LocalSite &site) const {
  int64_t last = -1;
  for (int64_t offset : site.offsets)
    last = std::max(last, offset);
  return last + 1;
}

/// values + base + (i - begin) * stride.
Value LocalBuilder::rowOfIteration(const LocalSite &site, Value iteration) {
  Location loc = *currentLoc;
  Value step = arith::SubIOp::create(b, loc, iteration, interior.begin, arith::IntegerOverflowFlags::nsw);
  Value move = arith::MulIOp::create(b, loc, step, number(site.stride), arith::IntegerOverflowFlags::nsw);
  Value at = arith::AddIOp::create(b, loc, move, interior.bases.lookup(site.number), arith::IntegerOverflowFlags::nsw);
  return LLVM::GEPOp::create(b, loc, values.getType(), b.getF64Type(), values, ArrayRef<LLVM::GEPArg>{at});
}

/// The entries of the iteration's row.
void LocalBuilder::emitInterior(const LocalSite &site, const Adjoints &found) {
  Location loc = *currentLoc;
  Type f64 = b.getF64Type();
  Value row = interior.strip ? Value() : rowOfIteration(site, interior.position);
  for (int64_t offset = 0, count = rowLength(site); offset < count; ++offset) {
    Value sum;
    for (auto [slot, its] : llvm::zip(site.slots, site.offsets))
      if (its == offset)
        if (Value d = adjointOf(slot, found))
          addTo(sum, d);
    if (!sum)
      sum = real(0, f64);
    if (interior.strip) {
      emitColumn(site, offset, sum);
      continue;
    }
    Value target = LLVM::GEPOp::create(b, loc, row.getType(), f64, row, ArrayRef<LLVM::GEPArg>{int32_t(offset)});
    LLVM::StoreOp::create(b, loc, sum, target, 8);
  }
}

/// The partials of a temporary stand beside it, all of them: what is not stored here is zero.
void LocalBuilder::emitRow(const LocalSite &site, const Adjoints &found) {
  Location loc = *currentLoc;
  unsigned count = sites.lanesOf(site.store.getAddr());
  if (count == 0)
    return;
  Values sums(count);
  for (auto [slot, lane] : llvm::zip(site.slots, site.lanes))
    if (Value d = adjointOf(slot, found))
      addTo(sums[lane], d);
  Value pointer = site.store.getAddr();
  bool windowed = isWindowed(pointer);
  Value row = windowed ? Value() : rowAddress(pointer);
  for (auto [lane, sum] : llvm::enumerate(sums)) {
    Value at = windowed ? windowAddress(pointer, 1 + lane)
                        : LLVM::GEPOp::create(b, loc, row.getType(), b.getF64Type(), row,
                                              ArrayRef<LLVM::GEPArg>{int32_t(lane)});
    auto store = LLVM::StoreOp::create(b, loc, sum ? sum : real(0, b.getF64Type()), at, 8);
    if (windowed)
      noteWindow(pointer, 1 + lane, store);
  }
}
