//===- RelationFlow.cpp - dependences through memory ----------------------===//

#include "RelationParts.h"

using namespace mlir;
using namespace sparsead;

/// Parts that the unread rest of an array's elements may fall into.
static constexpr size_t maxRest = 8;

const llvm::SmallVector<ElementCase, 1> &DependenceRelation::elementsOf(Operation *op) {
  return accesses[accessNumber.lookup(op)]->elements;
}

DependenceRelation::Reads DependenceRelation::readsOfLoad(Operation *op) {
  if (op == oldLoad)
    return {};
  Reads result;
  const Access &access = *accesses[accessNumber.lookup(op)];
  for (const ElementCase &element : access.elements) {
    const RelationArray &array = arrays[element.array];
    if (array.written) {
      unite(result, flow({op, access.context}, element));
    } else if (array.roles & abi::role_input) {
      RelationRead read;
      read.array = element.array;
      read.index = element.index;
      read.when = element.when;
      unite(result, {read});
    }
  }
  for (RelationRead &read : result)
    read.chain.push_back(op->getLoc());
  return result;
}

/// The alternatives outside of a set; as they are where they would fall into too many parts.
static Alternatives without(const Alternatives &all, const Conjunction &set,
                            llvm::function_ref<bool(const Conjunction &)> possible) {
  Alternatives left;
  for (const Conjunction &one : all) {
    Conjunction inside = one;
    auto outside = [&](const Polynomial &row) {
      Conjunction c = inside;
      c.atLeast.push_back(row);
      c.tidy();
      if (!c.isTriviallyFalse() && possible(c))
        left.push_back(std::move(c));
    };
    for (const Polynomial &row : set.atLeast) {
      outside(-row - 1);
      inside.atLeast.push_back(row);
    }
    for (const Polynomial &row : set.equal) {
      outside(row - 1);
      outside(-row - 1);
      inside.equal.push_back(row);
    }
  }
  return left.size() <= maxRest ? left : all;
}

/// Where a later store of the group certainly overwrites the element that an instance of the store has written, in
/// terms of what is known and of the instance's positions. `place` names these; `shared`: positions of loops outside of
/// the group.
std::vector<Conjunction> DependenceRelation::laterWrites(StoreInfo &first, Placing place, Operation *scope,
                                                         Operation *carrier, llvm::ArrayRef<Atom> shared,
                                                         const ElementCase &element, const Conjunction &instance,
                                                         llvm::function_ref<bool(Atom)> isKnown) {
  std::vector<Conjunction> images;
  llvm::SmallVector<Atom> own; // the first instance's positions
  for (Operation *p = first.access->op->getParentOp(); p; p = p->getParentOp())
    if (auto loop = dyn_cast<scf::ForOp>(p)) {
      Polynomial position = *place(subscripts.positionOf(loop));
      for (const auto &[m, c] : position.all())
        own.append(m.begin(), m.end());
    }
  auto isGiven = [&](Atom a) { return isKnown(a) || llvm::is_contained(own, a); };
  auto isExact = [&](const Polynomial &p) {
    return llvm::all_of(p.all(), [&](const auto &t) { return llvm::all_of(t.first, isGiven); });
  };
  for (auto &second : stores) {
    Operation *op = second->access->op;
    if (!second->isMust || !scope->isAncestor(op))
      continue;
    // Loops around both that begin inside of the group, and how the two stand in the innermost operation around both.
    llvm::SmallVector<scf::ForOp> loops;
    Operation *common = nullptr;
    for (Operation *p = first.access->op; p && scope->isAncestor(p); p = p->getParentOp())
      if (p->isAncestor(op)) {
        if (!common)
          common = p;
        if (auto loop = dyn_cast<scf::ForOp>(p))
          loops.insert(loops.begin(), loop);
      }
    if (!common)
      continue;
    auto below = [&](Operation *p) {
      while (p != common && p->getParentOp() != common)
        p = p->getParentOp();
      return p;
    };
    Operation *mine = below(first.access->op), *its = below(op);
    bool isAfter = mine != its && mine->getBlock() == its->getBlock() && mine->isBeforeInBlock(its);
    for (const ElementCase &target : second->access->elements) {
      if (target.array != element.array)
        continue;
      for (const Conjunction &context : second->access->context) {
        RelationRead write;
        write.index = target.index;
        write.when = context;
        write.when.require(target.when);
        std::map<Atom, Polynomial> names;
        auto placeSecond = [&](Atom a) -> std::optional<Polynomial> {
          if (llvm::is_contained(shared, a))
            return Polynomial::atom(a);
          auto it = names.find(a);
          if (it == names.end())
            it = names.emplace(a, Polynomial::atom(subscripts.fresh(Subscripts::AtomInfo::Local, "p"))).first;
          return it->second;
        };
        RelationRead placed = moved({write}, placeSecond).front();
        if (placed.when.widened)
          continue;
        for (auto [a, b] : llvm::zip(element.index, placed.index))
          placed.when.equal.push_back(a - b);
        if (auto loop = dyn_cast_or_null<scf::ForOp>(carrier)) {
          Atom p = subscripts.positionOf(loop);
          placed.when.atLeast.push_back(Polynomial::atom(p) - 1 - *placeSecond(p));
        }
        for (size_t level = 0; level <= loops.size(); ++level) {
          if (level == loops.size() && !isAfter)
            continue;
          RelationRead image;
          image.when = placed.when;
          for (size_t k = 0; k < std::min(level + 1, loops.size()); ++k) {
            Atom p = subscripts.positionOf(loops[k]);
            Polynomial distance = *placeSecond(p) - *place(p);
            if (k == level)
              image.when.atLeast.push_back(distance - 1);
            else
              image.when.equal.push_back(distance);
          }
          Conjunction both = instance;
          both.require(image.when);
          if (!spend(1) || !maybeSatisfiable(both))
            continue;
          if (!simplify(image, [&](Atom a) { return !isGiven(a); }))
            continue;
          if (llvm::all_of(image.when.equal, isExact) && llvm::all_of(image.when.atLeast, isExact))
            images.push_back(image.when);
          else
            widen(op->getLoc(), "which of several stores to an element is the last is not known");
        }
      }
    }
  }
  return images;
}

/// What an element holds at a point: the values of the stores that may have been last, from the latest backwards, until
/// nothing is left that only older ones can have written.
DependenceRelation::Reads DependenceRelation::flow(const Point &point, const ElementCase &element) {
  Reads result;
  unsigned array = element.array;
  llvm::SmallVector<Atom> here; // positions that the point knows
  for (Operation *p = point.op ? point.op->getParentOp() : nullptr; p; p = p->getParentOp())
    if (auto loop = dyn_cast<scf::ForOp>(p))
      here.push_back(subscripts.positionOf(loop));
  llvm::SmallVector<Atom> known(here); // and what the element is named by
  auto note = [&](const Polynomial &p) {
    for (const auto &[m, c] : p.all())
      for (Atom a : m)
        if (!subscripts.isSize(a) && !llvm::is_contained(known, a))
          known.push_back(a);
  };
  llvm::for_each(element.index, note);
  llvm::for_each(element.when.equal, note);
  llvm::for_each(element.when.atLeast, note);
  auto isKnown = [&](Atom a) { return subscripts.isSize(a) || llvm::is_contained(known, a); };
  auto possible = [&](const Conjunction &when) {
    return llvm::any_of(point.context, [&](const Conjunction &c) {
      Conjunction all = c;
      all.require(when);
      return maybeSatisfiable(all);
    });
  };
  Alternatives rest{element.when}; // what older stores may still supply

  auto visitGroup = [&](Operation *scope, Operation *carrier) {
    std::vector<Conjunction> images;
    for (auto &store : stores) {
      Operation *op = store->access->op;
      if (rest.empty() || !scope->isAncestor(op) || !reasons.empty())
        continue;
      llvm::SmallVector<Atom> shared; // positions of loops around both
      for (Operation *p = scope->getParentOp(); p; p = p->getParentOp())
        if (auto loop = dyn_cast<scf::ForOp>(p))
          shared.push_back(subscripts.positionOf(loop));
      auto carrierLoop = dyn_cast_or_null<scf::ForOp>(carrier);
      for (const ElementCase &target : store->access->elements) {
        if (target.array != array)
          continue;
        std::optional<Reads> values;
        for (const Conjunction &context : store->access->context) {
          // One more instance of the store: its conditions, then each of its reads.
          RelationRead instance;
          instance.index = target.index;
          instance.when = context;
          instance.when.require(target.when);
          if (!spend(1))
            return;
          // All that belongs to the instance gets the same fresh names.
          std::map<Atom, Polynomial> names;
          auto place = [&](Atom a) -> std::optional<Polynomial> {
            if (llvm::is_contained(shared, a))
              return Polynomial::atom(a);
            auto it = names.find(a);
            if (it == names.end())
              it = names.emplace(a, Polynomial::atom(subscripts.fresh(Subscripts::AtomInfo::Local, "p"))).first;
            return it->second;
          };
          RelationRead placed = moved({instance}, place).front();
          Conjunction when = placed.when;
          for (auto [mine, its] : llvm::zip(element.index, placed.index))
            when.equal.push_back(mine - its);
          if (carrierLoop) {
            Atom p = subscripts.positionOf(carrierLoop);
            when.atLeast.push_back(Polynomial::atom(p) - 1 - *place(p));
          }
          bool any = false;
          for (const Conjunction &r : rest) {
            Conjunction all = r;
            all.require(when);
            all.tidy();
            if (all.isTriviallyFalse() || !possible(all))
              continue;
            any = true;
            if (!values)
              values = readsOfStore(*store);
            // Not overwritten by a later instance.
            Alternatives last{all};
            for (const Conjunction &later : laterWrites(*store, place, scope, carrier, shared, element, all, isKnown))
              last = without(last, later, possible);
            for (const Conjunction &instant : last)
              for (RelationRead read : moved(*values, place)) {
                read.when.require(instant);
                if (!spend(1))
                  return;
                if (!simplify(read, [&](Atom a) { return !isKnown(a); }) || !possible(read.when))
                  continue;
                unite(result, {read});
              }
          }
          // What it overwrites for certain.
          if (!any || !store->isMust || when.widened)
            continue;
          RelationRead image;
          image.when = when;
          if (!simplify(image, [&](Atom a) { return !isKnown(a); }))
            continue;
          auto isExact = [&](const Polynomial &p) {
            return llvm::all_of(p.all(), [&](const auto &t) { return llvm::all_of(t.first, isKnown); });
          };
          if (llvm::all_of(image.when.equal, isExact) && llvm::all_of(image.when.atLeast, isExact))
            images.push_back(image.when);
        }
      }
    }
    for (const Conjunction &image : images)
      rest = without(rest, image, possible);
  };

  Operation *at = point.op ? point.op : function.getBody().front().getTerminator();
  while (at && !isa<func::FuncOp>(at) && reasons.empty()) {
    for (Operation *before = at->getPrevNode(); before && !rest.empty(); before = before->getPrevNode())
      if (before->getNumRegions() > 0 || accessNumber.contains(before))
        visitGroup(before, nullptr);
    Operation *parent = at->getParentOp();
    if (isa<scf::ForOp, scf::WhileOp>(parent))
      visitGroup(parent, parent);
    at = parent;
  }
  if (arrays[array].roles & abi::role_input)
    for (const Conjunction &when : rest) {
      RelationRead read;
      read.array = array;
      read.index = element.index;
      read.when = when;
      unite(result, {read});
    }
  return result;
}

/// What the stored value depends on, in terms of the positions of the loops around the store.
DependenceRelation::Reads DependenceRelation::readsOfStore(StoreInfo &store) {
  if (store.reads)
    return *store.reads;
  if (auto it = llvm::find(active, &store); it != active.end()) {
    store.isOnCycle = true;
    cycleFloor = std::min<unsigned>(cycleFloor, it - active.begin());
    return {};
  }
  unsigned number = active.size(), floor = cycleFloor;
  Operation *old = oldLoad;
  active.push_back(&store);
  cycleFloor = ~0u;
  oldLoad = store.old;
  store.isOnCycle = false;
  Reads result = resolved(readsOf(store.value));
  oldLoad = old;
  active.pop_back();
  Location loc = store.access->op->getLoc();
  for (RelationRead &read : result)
    read.chain.push_back(loc);
  if (store.isOnCycle) {
    // Whatever an earlier instance of the store depends on.
    widen(loc, "the value of an element goes from one iteration to the next: all that earlier iterations read counts");
    llvm::SmallVector<scf::ForOp> loops;
    for (Operation *p = store.access->op->getParentOp(); p; p = p->getParentOp())
      if (auto loop = dyn_cast<scf::ForOp>(p))
        loops.push_back(loop);
    std::map<Atom, Polynomial> names;
    auto place = [&](Atom a) -> std::optional<Polynomial> {
      auto it = names.find(a);
      if (it == names.end())
        it = names.emplace(a, Polynomial::atom(subscripts.fresh(Subscripts::AtomInfo::Local, "p"))).first;
      return it->second;
    };
    Reads earlier;
    for (const Conjunction &context : store.access->context)
      for (const RelationRead &read : result) {
        names.clear();
        RelationRead r = conditional(read, context);
        r = moved({r}, place).front();
        if (!loops.empty()) {
          Atom outer = subscripts.positionOf(loops.back());
          r.when.atLeast.push_back(Polynomial::atom(outer) - *place(outer));
        }
        simplify(r, [&](Atom a) {
          return !subscripts.isSize(a) &&
                 llvm::none_of(loops, [&](scf::ForOp l) { return subscripts.positionOf(l) == a; });
        });
        unite(earlier, {r});
      }
    unite(result, earlier);
  }
  bool isClosed = cycleFloor == ~0u || cycleFloor >= number;
  if (isClosed) {
    cycleFloor = floor;
    store.reads = result;
  } else {
    cycleFloor = std::min(floor, cycleFloor);
  }
  return result;
}
