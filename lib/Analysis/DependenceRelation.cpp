//===- DependenceRelation.cpp - what stored values depend on --------------===//
//
// Values are followed through the rules' operations to loads, loads of written memory to the stores that may have been
// last (Feautrier, 1991), and these to their values in turn.
//
//===----------------------------------------------------------------------===//

#include "RelationParts.h"

#include "mlir/IR/Matchers.h"
#include <functional>

using namespace mlir;
using namespace sparsead;

/// Reads of all values together, and combinations of a read with a store: beyond that the relation is given up.
static constexpr uint64_t budget = 60000;
/// Numbers of arrays from here on stand for a value that a loop carries.
static constexpr unsigned carriedBase = 1u << 24;

DependenceRelation::DependenceRelation(const Activity &activity)
    : activity(activity), function(activity.entry()), subscripts(activity) {}
DependenceRelation::~DependenceRelation() = default;

bool DependenceRelation::fail(Location loc, const Twine &reason) {
  std::string text = reason.str();
  bool known = llvm::any_of(reasons, [&](const Reason &r) { return r.loc == loc && r.text == text; });
  if (!known && reasons.size() < 32)
    reasons.push_back({loc, std::move(text)});
  return false;
}

void DependenceRelation::widen(Location loc, const Twine &reason) {
  std::string text = reason.str();
  if (llvm::none_of(inexact, [&](const Reason &r) { return r.loc == loc && r.text == text; }))
    inexact.push_back({loc, std::move(text)});
}

bool DependenceRelation::spend(unsigned steps) {
  spent += steps;
  if (spent > budget)
    fail(function.getLoc(), "too many cases");
  return spent <= budget;
}

/// Adds what is not there yet.
void DependenceRelation::unite(Reads &all, Reads more) {
  if (!spend(1 + more.size()))
    return;
  for (RelationRead &read : more) {
    bool known = llvm::any_of(all, [&](const RelationRead &r) {
      return r.array == read.array && r.index == read.index && r.when == read.when;
    });
    if (!known)
      all.push_back(std::move(read));
  }
}

/// The reads with atoms replaced: nullopt stands for a fresh existential. Sizes stay.
DependenceRelation::Reads DependenceRelation::moved(const Reads &reads,
                                                    llvm::function_ref<std::optional<Polynomial>(Atom)> place) {
  Reads result;
  for (const RelationRead &read : reads) {
    std::map<Atom, Polynomial> fresh;
    auto move = [&](const Polynomial &p) {
      llvm::SmallVector<Atom, 4> atoms;
      for (const auto &[m, c] : p.all())
        for (Atom a : m)
          if (!subscripts.isSize(a) && !llvm::is_contained(atoms, a))
            atoms.push_back(a);
      // All at once: a new name may be an old one.
      Polynomial out = p;
      llvm::SmallVector<std::pair<Atom, Polynomial>, 4> later;
      for (Atom a : atoms) {
        auto it = fresh.find(a);
        if (it == fresh.end()) {
          std::optional<Polynomial> to = place(a);
          it = fresh.emplace(a, to ? *to : Polynomial::atom(subscripts.fresh(Subscripts::AtomInfo::Local, "p"))).first;
        }
        if (it->second == Polynomial::atom(a))
          continue;
        Atom temporary = subscripts.fresh(Subscripts::AtomInfo::Local, "t");
        out = out.replaced(a, Polynomial::atom(temporary));
        later.emplace_back(temporary, it->second);
      }
      for (auto &[a, to] : later)
        out = out.replaced(a, to);
      return out;
    };
    RelationRead m = read;
    for (Polynomial &p : m.index)
      p = move(p);
    for (Polynomial &p : m.when.equal)
      p = move(p);
    for (Polynomial &p : m.when.atLeast)
      p = move(p);
    result.push_back(std::move(m));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

DependenceRelation::Reads DependenceRelation::readsOf(Value v) {
  if (!activity.isActive(v) || !reasons.empty())
    return {};
  auto key = std::make_pair(v.getAsOpaquePointer(), static_cast<void *>(oldLoad));
  if (auto it = memo.find(key); it != memo.end())
    return it->second;
  unsigned floor = cycleFloor;
  cycleFloor = ~0u;
  memo[key] = {}; // a while's arguments lead back here
  Reads result = computeReads(v);
  if (cycleFloor == ~0u)
    memo[key] = result;
  else
    memo.erase(key); // something is still open
  cycleFloor = std::min(floor, cycleFloor);
  return result;
}

/// Reads of one side or the other.
DependenceRelation::Reads DependenceRelation::sides(const Alternatives &yes, const Reads &first, const Alternatives &no,
                                                    const Reads &second) {
  Reads result;
  auto same = [](const RelationRead &a, const RelationRead &b) {
    return a.array == b.array && a.index == b.index && a.when == b.when;
  };
  for (const RelationRead &read : first) {
    if (llvm::any_of(second, [&](const RelationRead &r) { return same(r, read); })) {
      unite(result, {read});
      continue;
    }
    for (const Conjunction &when : yes)
      unite(result, {conditional(read, when)});
  }
  for (const RelationRead &read : second)
    if (llvm::none_of(first, [&](const RelationRead &r) { return same(r, read); }))
      for (const Conjunction &when : no)
        unite(result, {conditional(read, when)});
  return result;
}

DependenceRelation::Reads DependenceRelation::computeReads(Value v) {
  Reads result;
  auto choice = [&](Value condition, Value yes, Value no) {
    return sides(subscripts.conditionOf(condition, true), readsOf(yes), subscripts.conditionOf(condition, false),
                 readsOf(no));
  };
  if (auto arg = dyn_cast<BlockArgument>(v)) {
    Operation *parent = arg.getOwner()->getParentOp();
    if (auto loop = dyn_cast<scf::ForOp>(parent)) {
      RelationRead read;
      read.array = carriedBase + carriedValues.insert({loop, arg.getArgNumber() - 1});
      return {read};
    }
    auto loop = dyn_cast<scf::WhileOp>(parent);
    if (!loop) {
      fail(v.getLoc(), "an active value is an argument");
      return {};
    }
    // Carried by a while: whatever may have been put there, in any iteration.
    unsigned k = arg.getArgNumber();
    if (arg.getOwner() == loop.getBeforeBody()) {
      result = readsOf(loop.getInits()[k]);
      unite(result, readsOf(loop.getYieldOp().getOperand(k)));
    } else {
      result = readsOf(loop.getConditionOp().getArgs()[k]);
    }
    return result;
  }
  Operation *op = v.getDefiningOp();
  if (memoryAccessOf(op).kind == MemoryAccess::Load)
    return readsOfLoad(op);
  if (auto select = dyn_cast<arith::SelectOp>(op))
    return choice(select.getCondition(), select.getTrueValue(), select.getFalseValue());
  if (auto select = dyn_cast<LLVM::SelectOp>(op))
    return choice(select.getCondition(), select.getTrueValue(), select.getFalseValue());
  unsigned k = cast<OpResult>(v).getResultNumber();
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return choice(branch.getCondition(), branch.thenYield().getOperand(k), branch.elseYield().getOperand(k));
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return readsOfCarried(loop, k, /*isResult=*/true, {});
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return readsOf(loop.getConditionOp().getArgs()[k]);
  if (auto sw = dyn_cast<scf::IndexSwitchOp>(op)) {
    for (Region &region : op->getRegions())
      unite(result, readsOf(region.front().getTerminator()->getOperand(k)));
    return result;
  }
  auto rule = dyn_cast<DifferentiableOpInterface>(op);
  if (!rule) {
    fail(op->getLoc(), "'" + op->getName().getStringRef() + "' has no rule");
    return {};
  }
  for (OpOperand &operand : op->getOpOperands())
    if (rule.dependence(operand.getOperandNumber()) != Dependence::None)
      unite(result, readsOf(operand.get()));
  return result;
}

//===----------------------------------------------------------------------===//
// Values that loops carry
//===----------------------------------------------------------------------===//

/// Replaces what stands for values carried by loops around the reader.
DependenceRelation::Reads DependenceRelation::resolved(Reads reads) {
  Reads result;
  for (unsigned round = 0; round < 64 && !reads.empty() && reasons.empty(); ++round) {
    Reads open;
    for (RelationRead &read : reads) {
      if (read.array < carriedBase) {
        unite(result, {read});
        continue;
      }
      auto [loop, k] = carriedValues[read.array - carriedBase];
      for (RelationRead &source : readsOfCarried(cast<scf::ForOp>(loop), k, /*isResult=*/false, {}))
        unite(open, {conditional(source, read.when)});
    }
    reads = std::move(open);
  }
  return result;
}

/// The value of the loop's k-th argument when iteration `at` begins (none: at the position itself), or of its k-th
/// result.
DependenceRelation::Reads DependenceRelation::readsOfCarried(scf::ForOp loop, unsigned k, bool isResult,
                                                             std::optional<Polynomial> at) {
  if (!spend(1))
    return {};
  // What each argument is made of in one iteration: other arguments, and reads.
  unsigned count = loop.getNumRegionIterArgs();
  std::vector<Reads> own(count), links(count);
  std::vector<llvm::SmallVector<unsigned>> next(count);
  llvm::SmallVector<unsigned> reach{k};
  for (size_t i = 0; i < reach.size(); ++i) {
    unsigned m = reach[i];
    for (RelationRead &read : readsOf(loop.getYieldedValues()[m])) {
      bool isLink = read.array >= carriedBase && carriedValues[read.array - carriedBase].first == loop;
      if (isLink) {
        unsigned to = carriedValues[read.array - carriedBase].second;
        next[m].push_back(to);
        links[m].push_back(read);
        if (!llvm::is_contained(reach, to))
          reach.push_back(to);
      } else {
        own[m].push_back(read);
      }
    }
  }
  llvm::SmallVector<Atom> around;
  for (Operation *p = loop->getParentOp(); p; p = p->getParentOp())
    if (auto outer = dyn_cast<scf::ForOp>(p))
      around.push_back(subscripts.positionOf(outer));
  Atom position = subscripts.positionOf(loop);
  auto placed = [&](const Reads &reads, const Polynomial &where) {
    return moved(reads, [&](Atom a) -> std::optional<Polynomial> {
      if (a == position)
        return where;
      return llvm::is_contained(around, a) ? std::optional<Polynomial>(Polynomial::atom(a)) : std::nullopt;
    });
  };
  // Does some argument depend on itself?
  bool cyclic = false;
  {
    std::vector<int> state(count, 0);
    std::function<void(unsigned)> visit = [&](unsigned m) {
      state[m] = 1;
      for (unsigned to : next[m]) {
        cyclic |= state[to] == 1;
        if (state[to] == 0)
          visit(to);
      }
      state[m] = 2;
    };
    visit(k);
  }
  const IntCases lower = subscripts.valueOf(loop.getLowerBound()), upper = subscripts.valueOf(loop.getUpperBound());
  APInt step;
  bool clear = lower.size() == 1 && !lower[0].unclear && upper.size() == 1 && !upper[0].unclear &&
               matchPattern(loop.getStep(), m_ConstantInt(&step)) && step.isOne();
  Reads result;
  if (cyclic || !clear) {
    // Any earlier iteration.
    for (unsigned m : reach) {
      unite(result, readsOf(loop.getInitArgs()[m]));
      Polynomial before = Polynomial::atom(subscripts.fresh(Subscripts::AtomInfo::Local, "p"));
      for (RelationRead &read : placed(own[m], before)) {
        for (const Conjunction &range : subscripts.rangeOf(loop)) {
          RelationRead r = read;
          for (const Polynomial &p : range.equal)
            r.when.equal.push_back(p.replaced(position, before));
          for (const Polynomial &p : range.atLeast)
            r.when.atLeast.push_back(p.replaced(position, before));
          r.when.widened |= range.widened;
          if (!isResult)
            r.when.atLeast.push_back(Polynomial::atom(position) - 1 - before);
          unite(result, {r});
        }
      }
    }
    return result;
  }
  Polynomial here = at ? *at : isResult ? upper[0].value : Polynomial::atom(position);
  Conjunction isFirst, isLater;
  if (isResult)
    isFirst.atLeast.push_back(lower[0].value - here);
  else
    isFirst.equal.push_back(here - lower[0].value);
  isLater.atLeast.push_back(here - 1 - lower[0].value);
  for (const RelationRead &read : readsOf(loop.getInitArgs()[k]))
    unite(result, {conditional(read, isFirst)});
  Polynomial before = here - 1;
  for (RelationRead &read : placed(own[k], before))
    unite(result, {conditional(read, isLater)});
  for (RelationRead &link : placed(links[k], before))
    for (RelationRead &read : readsOfCarried(loop, carriedValues[link.array - carriedBase].second, false, before)) {
      RelationRead r = conditional(read, isLater);
      unite(result, {conditional(r, link.when)});
    }
  return result;
}

//===----------------------------------------------------------------------===//
// All together
//===----------------------------------------------------------------------===//

/// The load of the element that a store writes back, where nothing in between writes to the array: what the element
/// held before counts further on.
static Operation *oldOf(Operation *store, const MemoryAccess &access, const Activity &activity) {
  for (Operation *op = store->getPrevNode(); op; op = op->getPrevNode()) {
    bool writes = false;
    op->walk([&](Operation *inner) {
      MemoryAccess other = memoryAccessOf(inner);
      if (other.kind == MemoryAccess::Store || other.kind == MemoryAccess::Copy || other.kind == MemoryAccess::Move ||
          other.kind == MemoryAccess::Fill)
        for (const Target &a : activity.pointsTo(other.pointer).targets())
          for (const Target &b : activity.pointsTo(access.pointer).targets())
            writes |= a.object == b.object;
    });
    if (writes)
      return nullptr;
    MemoryAccess other = memoryAccessOf(op);
    if (other.kind == MemoryAccess::Load && other.pointer == access.pointer && activity.isActive(other.value))
      return op;
  }
  return nullptr;
}

bool DependenceRelation::run() {
  makeArrays();
  if (!reasons.empty() || !collectAccesses() || !chooseShapes())
    return false;
  for (auto &access : accesses) {
    if (!access->isStore)
      continue;
    auto store = std::make_unique<StoreInfo>();
    MemoryAccess memory = memoryAccessOf(access->op);
    store->access = access.get();
    store->value = memory.value;
    store->old = oldOf(access->op, memory, activity);
    bool inWhile = bool(access->op->getParentOfType<scf::WhileOp>());
    bool conditional = false; // on what has no form, or on active data
    for (Operation *p = access->op->getParentOp(); p && !isa<func::FuncOp>(p); p = p->getParentOp())
      if (auto branch = dyn_cast<scf::IfOp>(p))
        conditional |= activity.isTainted(branch.getCondition());
    store->isMust = !inWhile && !conditional && !store->old;
    for (const ElementCase &element : access->elements)
      arrays[element.array].written = true;
    stores.push_back(std::move(store));
  }
  for (unsigned array = 0; array < arrays.size() && reasons.empty(); ++array) {
    if (!(arrays[array].roles & abi::role_output))
      continue;
    ElementCase element;
    element.array = array;
    llvm::SmallVector<Atom> index;
    for (size_t d = 0; d <= arrays[array].extents.size(); ++d) {
      index.push_back(subscripts.fresh(Subscripts::AtomInfo::Local, "e"));
      element.index.push_back(Polynomial::atom(index.back()));
    }
    element.when = boundsOf(array, element.index);
    Reads reads = flow({nullptr, {Conjunction()}}, element);
    for (RelationRead &read : reads)
      read.when.require(boundsOf(read.array, read.index));
    assemble(array, index, std::move(reads));
  }
  return reasons.empty();
}
