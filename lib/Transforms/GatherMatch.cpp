//===- GatherMatch.cpp - nests that can be gathered by elements -----------===//

#include "GatherNest.h"

#include "WrittenOnce.h"
#include "sparsead/Interfaces/MemoryAccessOpInterface.h"
#include "sparsead/rt/abi.hpp"

#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include <numeric>
#include <tuple>

using namespace mlir;
using namespace sparsead;
using namespace sparsead::gather;

/// Operations that a nest may come to; beyond, compiling costs more than the loop over elements saves.
static constexpr size_t largest = 20000;

static bool contains(Operation *op, llvm::function_ref<bool(Operation *)> what) {
  return op->walk([&](Operation *inner) { return what(inner) ? WalkResult::interrupt() : WalkResult::advance(); })
      .wasInterrupted();
}

static bool isStore(Operation *op) { return isa<LLVM::StoreOp>(op); }

bool Nest::matchLoops(scf::ForOp outer) {
  for (scf::ForOp loop = outer; loop;) {
    loops.push_back(loop);
    if (!matchPattern(loop.getStep(), m_One()) || loop.getUnsignedCmp() || loop.getInductionVar().getType().isIndex() ||
        !isInvariant(loop.getLowerBound()) || !isInvariant(loop.getUpperBound()))
      return false;
    scf::ForOp inner;
    bool others = false;
    for (Operation &op : loop.getBody()->without_terminator()) {
      if (!contains(&op, isStore))
        continue;
      others |= inner || !isa<scf::ForOp>(op);
      if (!inner)
        inner = dyn_cast<scf::ForOp>(op);
    }
    if (inner && others)
      return false;
    if (inner && (inner.getInitArgs() != ValueRange(loop.getRegionIterArgs()) ||
                  loop.getBody()->getTerminator()->getOperands() != ValueRange(inner.getResults())))
      return false;
    loop = inner;
  }
  return true;
}

bool Nest::isSite(LLVM::StoreOp store, Site &site) const {
  auto sum = store.getValue().getDefiningOp<arith::AddFOp>();
  if (!sum || !sum->hasOneUse())
    return false;
  LLVM::LoadOp load;
  for (unsigned k : {0u, 1u})
    if (auto candidate = sum->getOperand(k).getDefiningOp<LLVM::LoadOp>();
        candidate && candidate.getAddr() == store.getAddr() && candidate->hasOneUse() &&
        candidate->getBlock() == store->getBlock()) {
      load = candidate;
      site.added = sum->getOperand(1 - k);
      break;
    }
  auto targets = activity.pointsTo(store.getAddr()).targets();
  if (!load || targets.size() != 1)
    return false;
  const MemoryObject &object = activity.object(targets[0].object);
  if (!object.specified || object.roles != abi::role_output)
    return false;
  site.store = store;
  site.load = load;
  site.object = targets[0].object;
  for (Operation *op = store; op->getParentOp() != loops.back(); op = op->getParentOp()) {
    auto branch = dyn_cast<scf::IfOp>(op->getParentOp());
    if (!branch)
      return false;
    site.guards.insert(site.guards.begin(), {branch, op->getParentRegion() == &branch.getThenRegion()});
  }
  return true;
}

bool Nest::matchBody() {
  llvm::DenseSet<ObjectId> read, written;
  auto note = [&](Value pointer, llvm::DenseSet<ObjectId> &set) {
    for (const Target &t : activity.pointsTo(pointer).targets())
      set.insert(t.object);
  };
  size_t size = 0;
  bool fine = true;
  loops.front()->walk([&](Operation *op) {
    ++size;
    if (auto store = dyn_cast<LLVM::StoreOp>(op)) {
      Site site;
      if (isSite(store, site)) {
        siteOps.insert(store);
        siteOps.insert(site.load);
        sites.push_back(std::move(site));
      } else {
        fine &= store->getParentOp() == loops.back();
        note(store.getAddr(), written);
        owned.push_back(store);
      }
      return;
    }
    // What can be run again at no other price than time.
    fine &= isa<LLVM::LoadOp, scf::ForOp, scf::IfOp, scf::IndexSwitchOp, scf::YieldOp>(op) || isMemoryEffectFree(op);
  });
  loops.front()->walk([&](LLVM::LoadOp load) {
    if (!siteOps.contains(load))
      note(load.getAddr(), read);
  });
  for (const Site &site : sites)
    written.insert(site.object);
  fine &= llvm::none_of(read, [&](ObjectId id) { return written.contains(id); });
  return fine && !sites.empty() && size * sites.size() <= largest;
}

/// Does the value need more than the position?
bool Nest::usesCarried(Value v, llvm::DenseSet<Value> &seen) const {
  if (isInvariant(v) || !seen.insert(v).second)
    return false;
  if (auto argument = dyn_cast<BlockArgument>(v)) {
    for (scf::ForOp loop : loops)
      if (argument.getOwner() == loop.getBody())
        return argument != loop.getInductionVar();
    return false;
  }
  bool uses = false;
  v.getDefiningOp()->walk([&](Operation *op) {
    for (Value operand : op->getOperands())
      uses |= usesCarried(operand, seen);
  });
  return uses;
}

/// Is what the operand hands on `start` plus terms that nothing carried goes into? `ways`: where start comes in.
bool Nest::isSumOf(OpOperand &operand, Value start, llvm::DenseSet<OpOperand *> &ways) const {
  Value v = operand.get();
  if (v == start) {
    ways.insert(&operand);
    return true;
  }
  Operation *op = v.getDefiningOp();
  if (!op || !v.hasOneUse())
    return false;
  llvm::DenseSet<Value> seen;
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned k = cast<OpResult>(v).getResultNumber();
    return !branch.getElseRegion().empty() && !usesCarried(branch.getCondition(), seen) &&
           isSumOf(branch.thenYield()->getOpOperand(k), start, ways) &&
           isSumOf(branch.elseYield()->getOpOperand(k), start, ways);
  }
  bool isSum = isa<arith::AddFOp, arith::AddIOp>(op), isFused = isa<LLVM::FMulAddOp>(op),
       isDifference = isa<arith::SubFOp, arith::SubIOp>(op);
  if (!isSum && !isFused && !isDifference)
    return false;
  for (OpOperand &term : op->getOpOperands()) {
    unsigned number = term.getOperandNumber();
    if ((isFused && number != 2) || (isDifference && number != 0))
      continue;
    llvm::DenseSet<OpOperand *> found;
    if (!isSumOf(term, start, found))
      continue;
    for (OpOperand &other : op->getOpOperands())
      if (&other != &term && usesCarried(other.get(), seen))
        return false;
    ways.insert(found.begin(), found.end());
    return true;
  }
  return false;
}

/// Iterations come in another order: all that they carry must be sums, whose terms are of the iteration alone.
bool Nest::matchCarried() {
  scf::ForOp inner = loops.back();
  for (auto [k, argument] : llvm::enumerate(inner.getRegionIterArgs())) {
    llvm::DenseSet<OpOperand *> ways;
    if (!isSumOf(inner.getBody()->getTerminator()->getOpOperand(static_cast<unsigned>(k)), argument, ways) ||
        !llvm::all_of(argument.getUses(), [&](OpOperand &use) { return ways.contains(&use); }))
      return false;
  }
  return true;
}

/// So must other stores be, each to elements of its own.
bool Nest::matchOwned() {
  llvm::DenseSet<ObjectId> objects;
  llvm::DenseSet<Value> seen;
  for (LLVM::StoreOp store : owned) {
    if (usesCarried(store.getAddr(), seen) || usesCarried(store.getValue(), seen) || !isWrittenOnce(subscripts, store))
      return false;
    for (const Target &t : activity.pointsTo(store.getAddr()).targets())
      if (!objects.insert(t.object).second)
        return false;
  }
  return true;
}

bool Nest::matchSites() {
  llvm::DenseSet<ObjectId> objects;
  llvm::DenseSet<Value> seen;
  for (Site &site : sites) {
    objects.insert(site.object);
    auto cases = subscripts.addressOf(site.store.getAddr());
    if (cases.size() != 1 || cases[0].unclear || !cases[0].bytes.isValid() || cases[0].object != site.object)
      return false;
    site.bytes = cases[0].bytes;
    bool carried = usesCarried(site.added, seen) || usesCarried(site.store.getAddr(), seen);
    for (auto [branch, side] : site.guards)
      carried |= usesCarried(branch.getCondition(), seen);
    if (carried)
      return false;
  }
  // Nothing else writes there.
  bool alone = true;
  function.walk([&](Operation *op) {
    MemoryAccess a = memoryAccessOf(op);
    bool writes = a.kind == MemoryAccess::Store || a.kind == MemoryAccess::Copy || a.kind == MemoryAccess::Move ||
                  a.kind == MemoryAccess::Fill;
    if (writes && !siteOps.contains(op))
      for (const Target &t : activity.pointsTo(a.pointer).targets())
        alone &= !objects.contains(t.object);
  });
  return alone;
}

/// Integers with diff = sum of shift * factor, and what is left.
static Polynomial solve(Polynomial diff, ArrayRef<Polynomial> factors, SmallVectorImpl<int64_t> &shift) {
  shift.assign(factors.size(), 0);
  SmallVector<size_t> order;
  for (size_t d = 0; d < factors.size(); ++d)
    order.push_back(d);
  auto degree = [&](size_t d) { return factors[d].all().empty() ? 0 : factors[d].all().rbegin()->first.size(); };
  auto key = [&](size_t d) {
    int64_t size = degree(d) == 0 ? std::abs(factors[d].constant()) : 0;
    return std::tuple(-int64_t(degree(d)), -size, d);
  };
  llvm::sort(order, [&](size_t x, size_t y) { return key(x) < key(y); });
  for (size_t d : order) {
    const Polynomial &factor = factors[d];
    if (factor.isConstant()) {
      int64_t c = factor.constant(), whole = diff.constant(), half = std::abs(c) / 2;
      if (c == 0)
        continue;
      shift[d] = (whole >= 0 ? whole + half : whole - half) / c;
    } else {
      auto [quotient, rest] = diff.divide(factor);
      if (!quotient.isConstant() || !rest.isValid())
        continue;
      shift[d] = quotient.constant();
    }
    diff = diff - factor * Polynomial(shift[d]);
  }
  return diff;
}

bool Nest::matchShifts() {
  size_t depth = loops.size();
  std::vector<SmallVector<Polynomial>> factors;
  for (Site &site : sites) {
    Polynomial rest = site.bytes;
    auto &own = factors.emplace_back();
    for (scf::ForOp loop : loops) {
      Atom position = subscripts.positionOf(loop);
      own.push_back(site.bytes.factorOf(position));
      rest = rest - own.back() * Polynomial::atom(position);
      if (own.back().isZero() || !own.back().isValid() || !subscripts.isInvariant(own.back()))
        return false;
    }
    if (!rest.isValid() || !subscripts.isInvariant(rest))
      return false;
  }
  SmallVector<SmallVector<unsigned>> members;
  for (unsigned k = 0; k < sites.size(); ++k) {
    bool found = false;
    for (unsigned g = 0; g < members.size() && !found; ++g) {
      const Site &first = sites[members[g].front()];
      if (first.object != sites[k].object)
        continue;
      if (factors[members[g].front()] != factors[k])
        return false; // they may meet anywhere
      Polynomial rest = solve(sites[k].bytes - first.bytes, factors[k], sites[k].shift);
      if (rest.isZero()) {
        found = true;
        members[g].push_back(k);
        continue;
      }
      // Another member of the same records, perhaps: apart by less than any position moves.
      int64_t unit = 0;
      for (const Polynomial &f : factors[k])
        unit = std::gcd(unit, f.content());
      int64_t bytes = sites[k].store.getValue().getType().getIntOrFloatBitWidth() / 8;
      if (!rest.isConstant() || rest.constant() % unit == 0 || rest.constant() % bytes != 0 || unit % bytes != 0)
        return false;
    }
    if (!found) {
      sites[k].shift.assign(depth, 0);
      members.push_back({k});
    }
  }
  for (const auto &list : members) {
    if (!makeGroup(list))
      return false;
    groups.back().factors = factors[list.front()];
  }
  least.assign(depth, 0);
  most.assign(depth, 0);
  for (const Site &site : sites)
    for (size_t d = 0; d < depth; ++d) {
      if (std::abs(site.shift[d]) > 16)
        return false;
      least[d] = std::min(least[d], site.shift[d]);
      most[d] = std::max(most[d], site.shift[d]);
    }
  return true;
}

/// One of the sites tells where elements exist.
bool Nest::makeGroup(ArrayRef<unsigned> members) {
  for (unsigned k : members) {
    SmallVector<Limit> before = limits;
    auto conditionsBefore = conditions;
    if (!llvm::all_of(sites[k].guards, [&](auto g) { return requireSide(g.first.getCondition(), g.second); })) {
      limits = before;
      conditions = conditionsBefore;
      continue;
    }
    SmallVector<int64_t> zero = sites[k].shift;
    for (unsigned m : members) {
      sites[m].group = groups.size();
      for (size_t d = 0; d < zero.size(); ++d)
        sites[m].shift[d] -= zero[d];
    }
    groups.push_back({k, {}});
    return true;
  }
  return false;
}

std::optional<Nest::Place> Nest::placeOf(Value v) const {
  Place place;
  for (;;) {
    APInt c;
    if (matchPattern(v, m_ConstantInt(&c))) {
      place.plus += c.getSExtValue();
      return place;
    }
    for (auto [d, loop] : llvm::enumerate(loops))
      if (v == loop.getInductionVar()) {
        place.loop = d;
        return place;
      }
    if (isInvariant(v)) {
      place.invariant = v;
      return place;
    }
    Operation *op = v.getDefiningOp();
    if (!op)
      return std::nullopt;
    if (isa<arith::ExtSIOp>(op)) {
      v = op->getOperand(0);
    } else if (auto sum = dyn_cast<arith::AddIOp>(op);
               sum && sum.hasNoSignedWrap() && matchPattern(sum.getRhs(), m_ConstantInt(&c))) {
      place.plus += c.getSExtValue();
      v = sum.getLhs();
    } else if (auto difference = dyn_cast<arith::SubIOp>(op);
               difference && difference.hasNoSignedWrap() && matchPattern(difference.getRhs(), m_ConstantInt(&c))) {
      place.plus -= c.getSExtValue();
      v = difference.getLhs();
    } else {
      return std::nullopt;
    }
  }
}

/// Limits under which the condition has that value; they may ask for more.
bool Nest::requireSide(Value condition, bool side) {
  if (isInvariant(condition)) {
    conditions.push_back({condition, side});
    return true;
  }
  Operation *op = condition.getDefiningOp();
  if (auto x = dyn_cast_or_null<arith::XOrIOp>(op); x && matchPattern(x.getRhs(), m_One()))
    return requireSide(x.getLhs(), !side);
  if ((side && isa_and_nonnull<arith::AndIOp>(op)) || (!side && isa_and_nonnull<arith::OrIOp>(op)))
    return requireSide(op->getOperand(0), side) && requireSide(op->getOperand(1), side);
  auto compare = dyn_cast_or_null<arith::CmpIOp>(op);
  if (!compare)
    return false;
  auto left = placeOf(compare.getLhs()), right = placeOf(compare.getRhs());
  if (!left || !right || left->loop.has_value() == right->loop.has_value())
    return false;
  using P = arith::CmpIPredicate;
  P p = compare.getPredicate();
  if (!side)
    p = arith::invertPredicate(p);
  if (right->loop) {
    std::swap(left, right);
    switch (p) {
    case P::slt:
      p = P::sgt;
      break;
    case P::sle:
      p = P::sge;
      break;
    case P::sgt:
      p = P::slt;
      break;
    case P::sge:
      p = P::sle;
      break;
    case P::ult:
      p = P::ugt;
      break;
    case P::ule:
      p = P::uge;
      break;
    case P::ugt:
      p = P::ult;
      break;
    case P::uge:
      p = P::ule;
      break;
    default:
      break;
    }
  }
  size_t d = *left->loop;
  if (right->invariant && right->invariant.getType() != loops[d].getInductionVar().getType())
    return false;
  int64_t distance = right->plus - left->plus;
  auto atLeast = [&](int64_t plus) { limits.push_back({d, right->invariant, plus, true}); };
  auto below = [&](int64_t plus) { limits.push_back({d, right->invariant, plus, false}); };
  switch (p) {
  case P::ult:
  case P::ule: // as signed numbers, where the bound is none below zero
    limits.push_back({d, Value(), -left->plus, true});
    below(distance + (p == P::ule));
    return true;
  case P::slt:
  case P::sle:
    below(distance + (p == P::sle));
    return true;
  case P::sgt:
  case P::sge:
    atLeast(distance + (p == P::sgt));
    return true;
  case P::ne:
    atLeast(distance + 1);
    return true;
  default:
    return false;
  }
}

/// No two of the elements that are written once are the same.
bool Nest::isInjective() {
  SmallVector<std::optional<Polynomial>> extents;
  for (auto [d, loop] : llvm::enumerate(loops)) {
    std::optional<Polynomial> extent = iterationsOf(subscripts, loop);
    if (extent)
      extent = *extent - Polynomial(most[d] - least[d]);
    extents.push_back(extent);
  }
  return llvm::all_of(groups, [&](const Group &group) {
    Type type = sites[group.reference].store.getValue().getType();
    return areApart(subscripts, group.factors, extents, type.getIntOrFloatBitWidth() / 8);
  });
}
