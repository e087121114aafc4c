//===- AdjointAnalysis.cpp - what a reverse sweep must know of memory -----===//

#include "AdjointBuilder.h"
#include "WrittenOnce.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include <numeric>

using namespace mlir;
using namespace sparsead;

static constexpr auto purpose = Activity::For::Tangent;

static bool isLoop(Operation *op) { return isa<scf::ForOp, scf::WhileOp>(op); }

AdjointAnalysis::AdjointAnalysis(ModuleOp module, const Activity &activity) : module(module), activity(activity) {
  func::FuncOp f = activity.entry();
  f.walk([&](Operation *op) {
    MemoryAccess a = memoryAccessOf(op);
    switch (a.kind) {
    case MemoryAccess::Store:
      writes.push_back({op, a.pointer, a.type});
      break;
    case MemoryAccess::Copy:
    case MemoryAccess::Move:
    case MemoryAccess::Fill:
      writes.push_back({op, a.pointer, Type()});
      break;
    case MemoryAccess::None:
      if (op != f && op->getNumRegions() == 0 && !op->hasTrait<OpTrait::IsTerminator>() && !isMemoryEffectFree(op) &&
          !isa<TrapIfOp, RuleOp>(op) && !isOutput(knownFunction(calleeName(op))))
        writes.push_back({op, Value(), Type()});
      break;
    default:
      break;
    }
    bool load = a.kind == MemoryAccess::Load, store = a.kind == MemoryAccess::Store;
    if ((load || store) && isa<FloatType>(a.type))
      for (const Target &t : activity.pointsTo(a.pointer).targets()) {
        auto [it, fresh] = elementTypes.try_emplace(t.object, a.type);
        if (!fresh && it->second != a.type)
          it->second = Type();
        if (load && activity.isActive(a.value))
          activelyLoaded.insert(t.object);
      }
    if (a.kind == MemoryAccess::Copy || a.kind == MemoryAccess::Move)
      for (const Target &t : activity.pointsTo(a.source).targets())
        activelyLoaded.insert(t.object);
    if (op->getNumResults() == 1 && activity.isActive(op->getResult(0)) && isa<DifferentiableOpInterface>(op))
      singular |= isa<math::SqrtOp, math::CbrtOp, math::PowFOp, math::AsinOp, math::AcosOp, math::AcoshOp,
                      math::Atan2Op, LibmOp, RuleOp>(op);
  });
  f.walk([&](Operation *op) { check(op); });
  findAccumulations();
}

void AdjointAnalysis::refuse(Operation *op, const Twine &text) {
  if (!reason.empty())
    return;
  reason = text.str();
  reasonLoc = op->getLoc();
}

/// Is the memory behind the pointer, or behind pointers in it, written anywhere?
bool AdjointAnalysis::mayBeWritten(Value pointer) const {
  llvm::DenseSet<ObjectId> reached;
  SmallVector<ObjectId> work;
  for (const Target &t : activity.pointsTo(pointer).targets())
    work.push_back(t.object);
  while (!work.empty()) {
    ObjectId at = work.pop_back_val();
    if (!reached.insert(at).second)
      continue;
    const MemoryObject &o = activity.object(at);
    for (const auto &[offset, cell] : o.cells)
      for (const Target &t : cell.targets())
        work.push_back(t.object);
    for (const Target &t : o.anyCell.targets())
      work.push_back(t.object);
  }
  return llvm::any_of(writes, [&](const auto &write) {
    return !write.pointer || llvm::any_of(activity.pointsTo(write.pointer).targets(),
                                          [&](const Target &t) { return reached.contains(t.object); });
  });
}

void AdjointAnalysis::check(Operation *op) {
  if (isa<func::CallOp>(op)) {
    auto callee = module.lookupSymbol<func::FuncOp>(cast<func::CallOp>(op).getCallee());
    bool touches = llvm::any_of(op->getOperands(), [&](Value v) {
      return isa<LLVM::LLVMPointerType>(v.getType()) && activity.mayBeShadowed(v, purpose);
    });
    if (callee && !callee.isExternal() &&
        (touches || llvm::any_of(op->getResults(), [&](Value v) { return activity.isActive(v); })))
      return refuse(op, "a call that is not inlined");
  }
  // Its partials are computed on the way back, from what is in memory then.
  if (auto rule = dyn_cast<RuleOp>(op); rule && activity.isActive(rule.getResult()))
    for (Value v : op->getOperands())
      if (isa<LLVM::LLVMPointerType>(v.getType()) && mayBeWritten(v))
        return refuse(op, "a function with SPARSEAD_RULE reads memory that is written");
  MemoryAccess a = memoryAccessOf(op);
  auto shadowed = [&](Value v) { return activity.mayBeShadowed(v, purpose); };
  auto objects = [&](Value v, auto test) {
    return llvm::any_of(activity.pointsTo(v).targets(),
                        [&](const Target &t) { return test(activity.object(t.object)); });
  };
  auto isActive = [](const MemoryObject &o) { return o.active; };
  auto holdsPointers = [](const MemoryObject &o) { return !o.cells.empty() || !o.anyCell.empty(); };
  switch (a.kind) {
  case MemoryAccess::Allocate:
    if (a.onStack && shadowed(a.pointer) && !isa<func::FuncOp>(op->getParentOp()))
      return refuse(op, "an array of variable length inside a loop or branch");
    return;
  case MemoryAccess::Copy:
  case MemoryAccess::Move:
  case MemoryAccess::Fill: {
    if (!shadowed(a.pointer))
      return;
    if (!a.length)
      return refuse(op, "an inline copy");
    bool active = objects(a.pointer, isActive), pointers = objects(a.pointer, holdsPointers);
    if (active && pointers)
      return refuse(op, "a copy of memory that holds active numbers and pointers to such");
    if (active && a.source && shadowed(a.source) && objects(a.source, holdsPointers))
      return refuse(op, "a copy of memory that holds active numbers and pointers to such");
    if (active && a.source && shadowed(a.source) &&
        (!elementType(a.pointer) || elementType(a.pointer) != elementType(a.source)))
      return refuse(op, "a copy of memory that holds float and double");
    return;
  }
  default:
    return;
  }
}

Type AdjointAnalysis::elementType(Value pointer) const {
  Type type;
  for (const Target &t : activity.pointsTo(pointer).targets()) {
    if (!activity.object(t.object).active)
      continue;
    auto it = elementTypes.find(t.object);
    Type its = it == elementTypes.end() ? Type() : it->second;
    if (it == elementTypes.end())
      its = Float64Type::get(pointer.getContext()); // copied only
    if (!its || (type && type != its))
      return Type();
    type = its;
  }
  return type ? type : Float64Type::get(pointer.getContext());
}

bool AdjointAnalysis::isTemporary(Value pointer) const {
  return llvm::any_of(activity.pointsTo(pointer).targets(),
                      [&](const Target &t) { return activelyLoaded.contains(t.object); });
}

bool AdjointAnalysis::hasReverse(Operation *op) const {
  auto it = reverses.find(op);
  if (it != reverses.end())
    return it->second;
  bool any = false;
  op->walk([&](Operation *inner) {
    any |=
        llvm::any_of(inner->getResults(), [&](Value v) { return isa<FloatType>(v.getType()) && activity.isActive(v); });
    MemoryAccess a = memoryAccessOf(inner);
    if (a.kind == MemoryAccess::Store || a.kind == MemoryAccess::Copy || a.kind == MemoryAccess::Move ||
        a.kind == MemoryAccess::Fill)
      any |= llvm::any_of(activity.pointsTo(a.pointer).targets(),
                          [&](const Target &t) { return activity.object(t.object).active; });
  });
  return reverses[op] = any;
}

//===----------------------------------------------------------------------===//
// Order of accesses
//===----------------------------------------------------------------------===//

/// May `write` be executed after `load` was, in the order of the primal?
bool AdjointAnalysis::mayFollow(Operation *write, Operation *load) {
  llvm::DenseMap<Block *, Operation *> above;
  for (Operation *at = load; at; at = at->getParentOp())
    if (Block *block = at->getBlock())
      above[block] = at;
  for (Operation *at = write; at; at = at->getParentOp()) {
    auto it = above.find(at->getBlock());
    if (it == above.end())
      continue;
    for (Operation *outer = at->getParentOp(); outer; outer = outer->getParentOp())
      if (isLoop(outer))
        return true;
    if (it->second == at) // two regions of one operation
      return isLoop(at) || at == load;
    return it->second->isBeforeInBlock(at);
  }
  return true;
}

static std::optional<int64_t> sizeOf(Operation *scope, Type type) {
  return type ? std::optional<int64_t>(storeSize(scope, type)) : std::nullopt;
}

bool AdjointAnalysis::mayAlias(Value p, Type pType, Value q, Type qType) const {
  auto overlaps = [&](const Target &a, const Target &b) {
    auto sizeA = sizeOf(activity.entry(), pType), sizeB = sizeOf(activity.entry(), qType);
    if (!sizeA || !sizeB)
      return true;
    int64_t distance = b.offset - a.offset, modulus = std::gcd(a.modulus, b.modulus);
    if (modulus == 0)
      return distance < *sizeA && -distance < *sizeB;
    int64_t r = ((distance % modulus) + modulus) % modulus;
    return r < *sizeA || modulus - r < *sizeB;
  };
  auto kindOf = [](Type t) { return !t || t.isInteger(8) ? 0 : isa<FloatType>(t) ? 1 : t.isIntOrIndex() ? 2 : 3; };
  auto unnamed = [](const MemoryObject &o) { return !o.isLocal() && !o.specified && o.kind != MemoryObject::Result; };
  const PointerSet &from = activity.pointsTo(p), &to = activity.pointsTo(q);
  if (from.empty() || to.empty())
    return true;
  for (const Target &a : from.targets())
    for (const Target &b : to.targets()) {
      if (a.object == b.object) {
        if (overlaps(a, b))
          return true;
        continue;
      }
      const MemoryObject &x = activity.object(a.object), &y = activity.object(b.object);
      if (x.kind == MemoryObject::Unknown || y.kind == MemoryObject::Unknown)
        return true;
      // The user's unnamed memory may have several names; that of the specification has not (docs/limitations.md).
      if (unnamed(x) && unnamed(y) && !(x.constant || y.constant) &&
          (kindOf(pType) == kindOf(qType) || kindOf(pType) == 0 || kindOf(qType) == 0))
        return true;
    }
  return false;
}

bool AdjointAnalysis::isUnchanged(Operation *load) const {
  auto it = unchanged.find(load);
  if (it != unchanged.end())
    return it->second;
  MemoryAccess a = memoryAccessOf(load);
  bool result = !a.special;
  for (const Write &w : writes) {
    if (!result)
      break;
    bool alias = !w.pointer;
    if (!w.pointer) // hidden code: what its arguments reach, and the user's unnamed memory
      alias = llvm::any_of(w.op->getOperands(),
                           [&](Value v) {
                             return isa<LLVM::LLVMPointerType>(v.getType()) && mayAlias(a.pointer, a.type, v, Type());
                           }) ||
              llvm::any_of(activity.pointsTo(a.pointer).targets(), [&](const Target &t) {
                const MemoryObject &o = activity.object(t.object);
                return !o.isLocal() && !o.specified && !o.constant;
              });
    else
      alias = mayAlias(a.pointer, a.type, w.pointer, w.type);
    if (alias && mayFollow(w.op, load))
      result = false;
  }
  return unchanged[load] = result;
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

static bool isFused(Operation *op) { return isa<math::FmaOp, LLVM::FMAOp, LLVM::FMulAddOp>(op); }

/// The operand that the result equals but for an inactive factor of one: a + x, a - x, x*y + a.
static SmallVector<Value> addends(Operation *op) {
  if (auto add = dyn_cast<arith::AddFOp>(op))
    return {add.getLhs(), add.getRhs()};
  if (auto sub = dyn_cast<arith::SubFOp>(op))
    return {sub.getLhs()};
  if (isFused(op))
    return {op->getOperand(2)};
  return {};
}

void AdjointAnalysis::findAccumulations() {
  activity.entry()->walk([&](LLVM::StoreOp store) {
    Value v = store.getValue();
    Operation *sum = v.getDefiningOp();
    if (!isa<FloatType>(v.getType()) || !activity.isActive(v) || !sum || !v.hasOneUse() ||
        sum->getBlock() != store->getBlock())
      return;
    for (Value a : addends(sum)) {
      auto load = a.getDefiningOp<LLVM::LoadOp>();
      if (!load || load.getAddr() != store.getAddr() || !a.hasOneUse() || load->getBlock() != store->getBlock())
        continue;
      // Nothing between them reads or writes the place.
      bool between = false;
      for (Operation *at = load->getNextNode(); at != store; at = at->getNextNode())
        at->walk([&](Operation *inner) {
          MemoryAccess m = memoryAccessOf(inner);
          for (Value p : {m.pointer, m.source})
            if (p && m.kind != MemoryAccess::Address)
              between |= mayAlias(p, m.kind == MemoryAccess::Load || m.kind == MemoryAccess::Store ? m.type : Type(),
                                  store.getAddr(), v.getType());
        });
      if (between)
        continue;
      accumulations[store] = {load, sum};
      accumulationLoads.insert(load);
      accumulationSums.insert(sum);
      return;
    }
  });
}

std::optional<AdjointAnalysis::Accumulation> AdjointAnalysis::accumulation(Operation *store) const {
  auto it = accumulations.find(store);
  return it == accumulations.end() ? std::nullopt : std::optional<Accumulation>(it->second);
}

/// v = start + terms that do not depend on it; `chain` receives the operations on the way.
bool AdjointAnalysis::isSumOf(OpOperand &operand, Value start, SmallPtrSetImpl<OpOperand *> &ways) const {
  Value v = operand.get();
  if (v == start) {
    ways.insert(&operand);
    return true;
  }
  Operation *op = v.getDefiningOp();
  if (!op || !v.hasOneUse())
    return false;
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned k = cast<OpResult>(v).getResultNumber();
    return !branch.getElseRegion().empty() && isSumOf(branch.thenYield()->getOpOperand(k), start, ways) &&
           isSumOf(branch.elseYield()->getOpOperand(k), start, ways);
  }
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    unsigned k = cast<OpResult>(v).getResultNumber();
    return isSumOf(loop.getInitsMutable()[k], start, ways) && isSum(loop, k);
  }
  SmallVector<Value> terms = addends(op);
  for (OpOperand &term : op->getOpOperands()) {
    if (!llvm::is_contained(terms, term.get()) || (isFused(op) && term.getOperandNumber() != 2) ||
        (isa<arith::SubFOp>(op) && term.getOperandNumber() != 0))
      continue;
    SmallPtrSet<OpOperand *, 8> found;
    if (isSumOf(term, start, found)) {
      ways.insert(found.begin(), found.end());
      return true;
    }
  }
  return false;
}

bool AdjointAnalysis::isSum(scf::ForOp loop, unsigned k) const {
  Value start = loop.getRegionIterArgs()[k];
  SmallPtrSet<OpOperand *, 8> ways;
  if (!isSumOf(loop.getBody()->getTerminator()->getOpOperand(k), start, ways))
    return false;
  // Used on the way only: f + t - 0.1 f is no sum, though each of its operations leads to one.
  return llvm::all_of(start.getUses(), [&](OpOperand &use) { return ways.contains(&use); });
}

//===----------------------------------------------------------------------===//
// Loops without an order
//===----------------------------------------------------------------------===//

/// v = invariant + slope * induction variable, where that can be seen.
std::optional<int64_t> AdjointAnalysis::slope(Value v, scf::ForOp loop) const {
  if (v == loop.getInductionVar())
    return 1;
  if (loop.isDefinedOutsideOfLoop(v))
    return 0;
  Operation *op = v.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (isa<arith::ExtSIOp, arith::ExtUIOp, arith::IndexCastOp>(op))
    return slope(op->getOperand(0), loop);
  if (isa<arith::AddIOp, arith::SubIOp>(op)) {
    auto x = slope(op->getOperand(0), loop), y = slope(op->getOperand(1), loop);
    if (!x || !y)
      return std::nullopt;
    return isa<arith::AddIOp>(op) ? *x + *y : *x - *y;
  }
  APInt factor;
  if (isa<arith::MulIOp>(op) && matchPattern(op->getOperand(1), m_ConstantInt(&factor)))
    if (auto x = slope(op->getOperand(0), loop))
      return *x * factor.getSExtValue();
  return std::nullopt;
}

/// The address is another one in each iteration.
bool AdjointAnalysis::advances(Value pointer, scf::ForOp loop) const {
  int64_t total = 0;
  APInt step;
  if (!matchPattern(loop.getStep(), m_ConstantInt(&step)))
    return false;
  while (!loop.isDefinedOutsideOfLoop(pointer)) {
    auto op = pointer.getDefiningOp<MemoryAccessOpInterface>();
    if (!op || op.getMemoryAccess().kind != MemoryAccess::Address)
      return false;
    AddressParts parts = op.getAddressParts();
    for (const AddressParts::Term &term : parts.terms) {
      auto s = slope(term.index, loop);
      if (!s)
        return false;
      total += *s * term.stride;
    }
    pointer = parts.base;
  }
  return std::abs(total * step.getSExtValue()) >= 8;
}

bool AdjointAnalysis::isAnotherEachTime(LLVM::StoreOp store) const {
  auto [it, fresh] = another.try_emplace(store, false);
  if (!fresh)
    return it->second;
  if (!subscripts)
    subscripts = std::make_unique<Subscripts>(activity);
  return another[store] = isWrittenOnce(*subscripts, store);
}

bool AdjointAnalysis::isOrderFree(scf::ForOp loop) const {
  for (auto [k, arg] : llvm::enumerate(loop.getRegionIterArgs()))
    if (isa<FloatType>(arg.getType()) && activity.isActive(arg) && !isSum(loop, k))
      return false;
  SmallVector<LLVM::LoadOp> loads;
  SmallVector<LLVM::StoreOp> stores;
  bool possible = true;
  auto active = [&](Value p) {
    return llvm::any_of(activity.pointsTo(p).targets(),
                        [&](const Target &t) { return activity.object(t.object).active; });
  };
  loop.getBody()->walk([&](Operation *op) {
    MemoryAccess a = memoryAccessOf(op);
    if (a.kind == MemoryAccess::Load && isa<FloatType>(a.type) && active(a.pointer)) {
      if (auto load = dyn_cast<LLVM::LoadOp>(op); load && !isAccumulationLoad(load))
        loads.push_back(load);
    } else if (a.kind == MemoryAccess::Store && active(a.pointer)) {
      if (auto store = dyn_cast<LLVM::StoreOp>(op))
        stores.push_back(store);
    } else if (a.kind == MemoryAccess::Copy || a.kind == MemoryAccess::Move || a.kind == MemoryAccess::Fill) {
      possible &= !active(a.pointer);
    } else if (a.kind == MemoryAccess::Allocate || a.kind == MemoryAccess::Free) {
      possible &= !activity.mayBeShadowed(a.pointer, purpose);
    }
  });
  if (!possible)
    return false;
  for (auto [k, store] : llvm::enumerate(stores)) {
    Type type = store.getValue().getType();
    for (LLVM::LoadOp load : loads)
      if (mayAlias(load.getAddr(), load.getType(), store.getAddr(), type) &&
          !areApart(load.getAddr(), store.getAddr(), loop))
        return false;
    bool sum = accumulations.contains(store);
    for (auto [m, other] : llvm::enumerate(stores)) {
      if (m == k || (sum && accumulations.contains(other)))
        continue;
      if (mayAlias(other.getAddr(), other.getValue().getType(), store.getAddr(), type) &&
          !areApart(other.getAddr(), store.getAddr(), loop))
        return false;
    }
    bool inner = false; // it may come back to a place
    for (Operation *at = store->getParentOp(); at != loop; at = at->getParentOp())
      inner |= isLoop(at);
    if (!sum && (inner || !advances(store.getAddr(), loop)) && !isAnotherEachTime(store))
      return false;
  }
  return true;
}
