//===- GatherRows.cpp - sums into elements, element by element ------------===//

#include "GatherRows.h"

#include "WrittenOnce.h"

#include "sparsead/Analysis/SubscriptClass.h"
#include "sparsead/rt/abi.hpp"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include <memory>
#include <numeric>
#include <tuple>

using namespace mlir;
using namespace sparsead;

/// Operations that a nest may come to; beyond, compiling costs more than the loop over elements saves.
static constexpr size_t largest = 20000;

namespace {

/// A store of what was loaded from there and `added`.
struct Site {
  mutable LLVM::StoreOp store;
  LLVM::LoadOp load;
  Value added;
  SmallVector<std::pair<scf::IfOp, bool>> guards; // outer ones first
  ObjectId object = 0;
  Polynomial bytes;
  unsigned group = 0;
  SmallVector<int64_t> shift; // iteration iv reaches the element of iteration iv + shift of the group's first site
};

/// Loops around one body, outer ones first, that run over a box.
class Nest {
public:
  Nest(func::FuncOp f, const Activity &activity, Subscripts &subscripts)
      : function(f), activity(activity), subscripts(subscripts), loc(f.getLoc()) {}

  bool match(scf::ForOp outer) {
    return matchLoops(outer) && matchBody() && matchSites() && matchShifts() && isInjective();
  }
  void rewrite();

private:
  // Matching.
  bool matchLoops(scf::ForOp outer);
  bool matchBody();
  bool isSite(LLVM::StoreOp store, Site &site) const;
  bool matchSites();
  bool matchShifts();
  bool makeGroup(ArrayRef<unsigned> members);
  bool isInjective();
  bool usesCarried(Value v, llvm::DenseSet<Value> &seen) const;
  struct Limit { // position >= bound + plus, or < bound + plus; no bound: zero
    size_t loop;
    Value bound;
    int64_t plus;
    bool lower;
  };
  struct Place { // position of a loop, or an invariant, or nothing; plus a number
    std::optional<size_t> loop;
    Value invariant;
    int64_t plus = 0;
  };
  std::optional<Place> placeOf(Value v) const;
  bool requireSide(Value condition, bool side);
  bool isInvariant(Value v) const { return loops.front().isDefinedOutsideOfLoop(v); }

  // Rewriting.
  using Values = SmallVector<Value>;
  Value integer(int64_t v, Type type) { return arith::ConstantOp::create(b, loc, type, b.getIntegerAttr(type, v)); }
  Value plus(Value v, int64_t c) {
    if (c == 0)
      return v;
    return arith::AddIOp::create(b, loc, v, integer(c, v.getType()), arith::IntegerOverflowFlags::nsw);
  }
  Value smaller(Value x, Value y) { return arith::MinSIOp::create(b, loc, x, y); }
  Value greater(Value x, Value y) { return arith::MaxSIOp::create(b, loc, x, y); }
  Value isLess(Value x, Value y) { return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, x, y); }
  Value both(Value x, Value y) { return x ? arith::AndIOp::create(b, loc, x, y).getResult() : y; }
  IRMapping mapFor(ArrayRef<Value> position, ArrayRef<int64_t> shift);
  Value movedBy(Operation *op, IRMapping &map);
  Value clone(Value v, IRMapping &map);
  Value contribution(const Site &site, IRMapping map, size_t depth);
  void addition(const Site &site, IRMapping map, size_t depth);
  Values effects(ValueRange carried, IRMapping map);
  Value inRange(ArrayRef<Value> position, ArrayRef<int64_t> shift);
  Values clean(size_t depth, Values &position, ValueRange carried);
  Values boundary(size_t depth, Values &position, Value inside, ValueRange carried);
  /// A loop; `make` fills it, given its position and what it carries, and says what it carries on.
  Values makeLoop(Value begin, Value end, ValueRange carried, llvm::function_ref<Values(Value, ValueRange)> make);

  func::FuncOp function;
  const Activity &activity;
  Subscripts &subscripts;
  mutable SmallVector<scf::ForOp> loops;
  std::vector<Site> sites;
  llvm::DenseSet<Operation *> siteOps; // their stores and the loads before
  SmallVector<LLVM::StoreOp> owned;    // other stores of the body
  /// Per group: its site whose guards are understood, and the factors of the positions.
  struct Group {
    unsigned reference;
    SmallVector<Polynomial> factors;
  };
  std::vector<Group> groups;
  SmallVector<int64_t> least, most; // of the shifts, per loop
  SmallVector<Limit> limits;
  SmallVector<std::pair<Value, bool>> conditions; // invariant ones

  OpBuilder b{static_cast<MLIRContext *>(nullptr)};
  Location loc;
  Values low, high, from, to;
};

} // namespace

//===----------------------------------------------------------------------===//
// Matching
//===----------------------------------------------------------------------===//

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

//===----------------------------------------------------------------------===//
// Rewriting
//===----------------------------------------------------------------------===//

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
  // Sums in another order anyway.
  for (Value sum : carried)
    for (Value v = sum; v && isa<FloatType>(v.getType());) {
      Value following;
      for (Operation *user : llvm::make_early_inc_range(v.getUsers())) {
        constexpr auto flags =
            arith::FastMathFlags::reassoc | arith::FastMathFlags::nsz | arith::FastMathFlags::contract;
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
    Value v = contribution(site, mapFor(position, site.shift), known ? site.guards.size() : 0);
    Value &sum = sums[site.group];
    sum = sum ? arith::AddFOp::create(b, loc, sum, v, arith::FastMathFlags::reassoc | arith::FastMathFlags::nsz)
                    .getResult()
              : v;
  }
  Values next = effects(carried, mapFor(position, zero));
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
  if (carried.empty() && owned.empty())
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
  Values carried(outer.getInitArgs());
  carried = clean(0, position, carried);
  carried = boundary(0, position, Value(), carried);
  outer->replaceAllUsesWith(carried);
  outer->erase();
}

unsigned sparsead::gatherRows(func::FuncOp f, const Activity &activity) {
  Subscripts subscripts(activity);
  SmallVector<scf::ForOp> outermost;
  f.walk<WalkOrder::PreOrder>([&](scf::ForOp loop) {
    outermost.push_back(loop);
    return WalkResult::skip();
  });
  unsigned count = 0;
  std::vector<std::unique_ptr<Nest>> matched;
  for (scf::ForOp loop : outermost) {
    auto nest = std::make_unique<Nest>(f, activity, subscripts);
    if (nest->match(loop))
      matched.push_back(std::move(nest));
  }
  for (auto &nest : matched) {
    nest->rewrite();
    ++count;
  }
  return count;
}
