//===- LoopChains.cpp - loops that hand temporaries on --------------------===//

#include "sparsead/Analysis/LoopChains.h"

#include "sparsead/Interfaces/MemoryAccessOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace sparsead;

LoopChains::LoopChains(const Activity &activity, const LocalSites &sites) : activity(activity), sites(sites) {
  // Where the function's own code stands, behind tests of its arguments perhaps. Loops around a chain would run it
  // again and again, over arrays that are short then.
  std::function<void(Block &)> visit = [&](Block &block) {
    findIn(block);
    for (Operation &op : block)
      if (isa<scf::IfOp>(op))
        for (Region &region : op.getRegions())
          if (!region.empty())
            visit(region.front());
  };
  func::FuncOp function = activity.entry();
  visit(function.getBody().front());
}

const LoopChain *LoopChains::chainAt(Operation *first) const {
  auto it = chainNumbers.find(first);
  return it == chainNumbers.end() ? nullptr : &chains[it->second];
}

//===----------------------------------------------------------------------===//
// Members
//===----------------------------------------------------------------------===//

static bool isPlain(Operation *op) { return op->getNumRegions() == 0 && isMemoryEffectFree(op); }

/// Loads and stores that can be anywhere between others, as far as their addresses allow.
static bool isPlainAccess(Operation *op) {
  MemoryAccess a = memoryAccessOf(op);
  if (a.kind == MemoryAccess::Load)
    return !a.special;
  return a.kind == MemoryAccess::Store && !a.special && !isa<LLVM::LLVMPointerType>(a.type);
}

/// No values for outputs come from here; their positions are in the order of the program.
bool LoopChains::writesRowsOnly(Operation *op) const {
  bool rows = true;
  op->walk([&](Operation *inner) {
    const LocalSite *site = sites.siteOf(inner);
    rows &= !site || (site->kind == LocalSite::Row && site->row < 0);
  });
  return rows;
}

bool LoopChains::isMember(scf::ForOp loop) const {
  APInt step;
  // Sums beside what is stored may come along; partials of sums are none of a chain's business.
  if (llvm::any_of(loop.getResults(), [&](Value v) { return sites.isSliced(v); }) ||
      llvm::any_of(loop.getRegionIterArgs(), [&](Value v) { return sites.isSliced(v); }) ||
      !matchPattern(loop.getStep(), m_ConstantInt(&step)) || !step.isOne() ||
      !(loop.getInductionVar().getType().isIndex() || loop.getInductionVar().getType().getIntOrFloatBitWidth() <= 64))
    return false;
  WalkResult result = loop.getBody()->walk([&](Operation *op) {
    bool known = isa<scf::ForOp, scf::IfOp, scf::IndexSwitchOp, scf::YieldOp>(op) || isPlain(op) || isPlainAccess(op) ||
                 memoryAccessOf(op).kind == MemoryAccess::Address;
    return known ? WalkResult::advance() : WalkResult::interrupt();
  });
  return !result.wasInterrupted();
}

/// Is the value known before the first operation of the chain, or may what makes it be executed there?
bool LoopChains::isAvailable(Value v) const {
  Operation *op = v.getDefiningOp();
  if (!op)
    return v.getParentBlock() == spanBegin->getBlock() ||
           !spanBegin->getBlock()->findAncestorOpInBlock(*v.getParentBlock()->getParentOp());
  Operation *own = spanBegin->getBlock()->findAncestorOpInBlock(*op);
  return !own || early.contains(op) || (own == op && own->isBeforeInBlock(spanBegin));
}

void LoopChains::findIn(Block &block) {
  Operation *covered = nullptr;
  for (Operation &op : block) {
    auto loop = dyn_cast<scf::ForOp>(op);
    if (!loop || (covered && !covered->isBeforeInBlock(&op)) || !isMember(loop))
      continue;
    // What is stored before the first loop may belong to the arrays as well.
    Operation *begin = &op;
    for (Operation *before = op.getPrevNode(); before && before != covered; before = before->getPrevNode()) {
      bool allocates = memoryAccessOf(before).kind == MemoryAccess::Allocate;
      if (!(allocates || isPlain(before) || isPlainAccess(before)) || !writesRowsOnly(before))
        break;
      begin = before;
    }
    for (Operation *from : {begin, &op}) {
      LoopChain chain;
      if (!build(from, &op, chain))
        continue;
      covered = chain.last;
      chainNumbers[chain.first] = chains.size();
      chains.push_back(std::move(chain));
      break;
    }
  }
}

bool LoopChains::build(Operation *begin, Operation *firstLoop, LoopChain &chain) {
  spanBegin = begin;
  early.clear();
  chain.first = begin;
  ChainMember segment;
  SmallVector<Operation *> hoisted;
  llvm::DenseSet<ObjectId> written;
  unsigned loops = 0;
  auto note = [&](Operation *op) {
    op->walk([&](Operation *inner) {
      if (auto store = dyn_cast<LLVM::StoreOp>(inner))
        for (const Target &t : activity.pointsTo(store.getAddr()).targets())
          written.insert(t.object);
    });
  };
  auto allAvailable = [&](Operation *op) {
    return llvm::all_of(op->getOperands(), [&](Value v) { return isAvailable(v); });
  };
  for (Operation *op = begin; op; op = op->getNextNode()) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      if (!isMember(loop) || !isAvailable(loop.getLowerBound()) || !isAvailable(loop.getUpperBound()) ||
          !llvm::all_of(loop.getInitArgs(), [&](Value v) { return isAvailable(v); }) || usesResults(loop, chain))
        break;
      size_t before = chain.members.size();
      if (!segment.segment.empty()) {
        if (!endSegment(segment))
          break;
        chain.members.push_back(std::move(segment));
        segment = ChainMember();
      }
      chain.members.emplace_back().loop = loop;
      if (!fits(chain)) {
        chain.members.resize(before);
        break;
      }
      ++loops;
      chain.last = op;
      chain.hoisted = hoisted;
      note(op);
      if (!writesRowsOnly(op))
        break;
      continue;
    }
    MemoryAccess a = memoryAccessOf(op);
    bool reads = a.kind == MemoryAccess::Load;
    bool movable =
        (isPlain(op) || a.kind == MemoryAccess::Allocate || (reads && isPlainAccess(op))) && allAvailable(op);
    if (reads && movable)
      movable = llvm::none_of(activity.pointsTo(a.pointer).targets(),
                              [&](const Target &t) { return written.contains(t.object); });
    if (movable) {
      hoisted.push_back(op);
      early.insert(op);
    } else if ((isPlain(op) || isPlainAccess(op)) && writesRowsOnly(op)) {
      segment.segment.push_back(op);
      note(op);
    } else {
      break;
    }
  }
  if (loops < 2)
    return false;
  // Chains end with their last loop.
  early.clear();
  early.insert(chain.hoisted.begin(), chain.hoisted.end());
  if (!fits(chain) || !isWorthwhile(chain))
    return false;
  findWindows(chain);
  return true;
}

/// Does the loop use what an earlier one of the chain carries?
bool LoopChains::usesResults(scf::ForOp loop, const LoopChain &chain) const {
  return llvm::any_of(chain.members, [&](const ChainMember &member) {
    return member.loop &&
           llvm::any_of(member.loop->getUsers(), [&](Operation *user) { return loop->isAncestor(user); });
  });
}

/// What a segment makes is used in itself only.
bool LoopChains::endSegment(ChainMember &segment) const {
  llvm::DenseSet<Operation *> own(segment.segment.begin(), segment.segment.end());
  return llvm::all_of(segment.segment, [&](Operation *op) {
    return llvm::all_of(op->getUsers(), [&](Operation *user) { return own.contains(user); });
  });
}

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

SmallVector<LoopChains::Access> LoopChains::accessesOf(const ChainMember &member) const {
  SmallVector<Access> list;
  auto add = [&](Operation *op) {
    MemoryAccess a = memoryAccessOf(op);
    if (a.kind == MemoryAccess::Load || a.kind == MemoryAccess::Store)
      list.push_back({op, a.pointer, static_cast<int64_t>(DataLayout::closest(op).getTypeSize(a.type)),
                      a.kind == MemoryAccess::Store});
  };
  if (member.loop)
    member.loop.getBody()->walk(add);
  for (Operation *op : member.segment)
    add(op);
  return list;
}

/// Has all that several members access, and some member writes, addresses that move evenly and as fast in one loop as
/// in the other? Fills the lists of accesses.
bool LoopChains::fits(LoopChain &chain) {
  struct Use {
    llvm::DenseSet<const ChainMember *> members;
    bool written = false;
  };
  std::map<ObjectId, Use> uses;
  std::vector<SmallVector<Access>> all;
  for (ChainMember &member : chain.members) {
    member.accesses.clear();
    all.push_back(accessesOf(member));
    for (const Access &access : all.back()) {
      auto targets = activity.pointsTo(access.pointer).targets();
      if (targets.empty())
        return false;
      for (const Target &t : targets) {
        if (activity.object(t.object).kind == MemoryObject::Unknown)
          return false;
        uses[t.object].members.insert(&member);
        uses[t.object].written |= access.writes;
      }
    }
  }
  std::map<ObjectId, Polynomial> strides;
  for (auto [member, list] : llvm::zip(chain.members, all))
    for (const Access &access : list)
      for (const Target &t : activity.pointsTo(access.pointer).targets()) {
        const Use &use = uses[t.object];
        if (!use.written || use.members.size() < 2)
          continue;
        ChainAccess found;
        if (!describe(access, member, t.object, found))
          return false;
        if (member.loop) {
          auto [its, fresh] = strides.try_emplace(t.object, found.stride);
          if (!(its->second == found.stride) || found.stride.isZero() ||
              (found.stride.isConstant() && found.stride.constant() < 0))
            return false;
        }
        auto same = llvm::find_if(member.accesses, [&](const ChainAccess &a) {
          return a.object == found.object && a.writes == found.writes && a.base == found.base &&
                 a.bytes == found.bytes && a.inner == found.inner;
        });
        if (same == member.accesses.end()) {
          member.accesses.push_back(found);
          continue;
        }
        same->lowest = std::min(same->lowest, found.lowest);
        same->highest = std::max(same->highest, found.highest);
      }
  return true;
}

Atom LoopChains::atomOf(Value v, bool isUnsigned) {
  auto [it, fresh] = atomNumbers.try_emplace({v, isUnsigned}, atoms.size());
  if (fresh)
    atoms.push_back({v, isUnsigned});
  return it->second;
}

/// Positions of `within` and of loops inside of it are atoms like all that is available.
std::optional<Polynomial> LoopChains::polynomialOf(Value v, bool isUnsigned, scf::ForOp within) {
  Type type = v.getType();
  if (!type.isIndex() && !(type.isInteger() && type.getIntOrFloatBitWidth() <= 64))
    return std::nullopt;
  bool full = type.isIndex() || type.isInteger(64);
  APInt constant;
  if (matchPattern(v, m_ConstantInt(&constant)))
    return Polynomial(isUnsigned && !full ? int64_t(constant.getZExtValue()) : constant.getSExtValue());
  if (auto argument = dyn_cast<BlockArgument>(v)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    bool position = loop && within && within->isAncestor(loop) && v == loop.getInductionVar();
    if (position ? !full && loop.getUnsignedCmp() != isUnsigned : !isAvailable(v))
      return std::nullopt;
    return Polynomial::atom(atomOf(v, isUnsigned && !full));
  }
  Operation *op = v.getDefiningOp();
  auto leaf = [&]() -> std::optional<Polynomial> {
    if (!isAvailable(v))
      return std::nullopt;
    return Polynomial::atom(atomOf(v, isUnsigned && !full));
  };
  if (isa<arith::ExtSIOp, arith::ExtUIOp, arith::IndexCastOp>(op)) {
    auto p = polynomialOf(op->getOperand(0), isa<arith::ExtUIOp>(op), within);
    return p ? p : leaf();
  }
  if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::ShLIOp>(op))
    return leaf();
  bool exact = full;
  if (auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op))
    exact |= isUnsigned ? flags.hasNoUnsignedWrap() : flags.hasNoSignedWrap();
  auto a = exact ? polynomialOf(op->getOperand(0), isUnsigned, within) : std::nullopt;
  auto b = a ? polynomialOf(op->getOperand(1), isUnsigned, within) : std::nullopt;
  if (!b)
    return leaf();
  std::optional<Polynomial> p;
  if (isa<arith::AddIOp>(op))
    p = *a + *b;
  else if (isa<arith::SubIOp>(op))
    p = *a - *b;
  else if (isa<arith::MulIOp>(op))
    p = *a * *b;
  else if (b->isConstant() && b->constant() >= 0 && b->constant() < 31)
    p = *a * Polynomial(int64_t(1) << b->constant());
  if (!p || !p->isValid() || p->all().size() > 12)
    return leaf();
  return p;
}

bool LoopChains::describe(const Access &access, const ChainMember &member, ObjectId object, ChainAccess &result) {
  Polynomial bytes;
  Value pointer = access.pointer;
  while (Operation *op = pointer.getDefiningOp()) {
    if (memoryAccessOf(op).kind != MemoryAccess::Address)
      break;
    AddressParts parts = cast<MemoryAccessOpInterface>(op).getAddressParts();
    bytes = bytes + Polynomial(parts.offset);
    for (const AddressParts::Term &term : parts.terms) {
      auto index = polynomialOf(term.index, /*isUnsigned=*/false, member.loop);
      if (!index)
        return false;
      bytes = bytes + *index * Polynomial(term.stride);
    }
    pointer = parts.base;
  }
  if (!isAvailable(pointer) || !bytes.isValid())
    return false;
  result.object = object;
  result.writes = access.writes;
  result.base = pointer;
  SmallVector<scf::ForOp> loops;
  if (member.loop)
    for (Operation *p = access.op->getParentOp(); p; p = p->getParentOp()) {
      if (auto loop = dyn_cast<scf::ForOp>(p))
        loops.push_back(loop);
      if (p == member.loop)
        break;
    }
  auto atomsOf = [&](scf::ForOp loop) {
    bool narrow = !loop.getInductionVar().getType().isIndex() && !loop.getInductionVar().getType().isInteger(64);
    return atomOf(loop.getInductionVar(), narrow && loop.getUnsignedCmp());
  };
  auto mentionsPosition = [&](const Polynomial &p) {
    return llvm::any_of(p.all(), [&](const auto &term) {
      return llvm::any_of(term.first, [&](Atom a) { return !isAvailable(atoms[a].first); });
    });
  };
  for (scf::ForOp loop : loops) {
    Atom position = atomsOf(loop);
    Polynomial move = bytes.factorOf(position);
    if (!move.isValid() || mentionsPosition(move))
      return false;
    bytes = bytes.without(position);
    if (loop == member.loop) {
      result.stride = move;
    } else if (!move.isZero()) {
      // How far it goes does not depend on where the outer one is.
      auto lower = polynomialOf(loop.getLowerBound(), loop.getUnsignedCmp(), {}),
           upper = polynomialOf(loop.getUpperBound(), loop.getUnsignedCmp(), {});
      if (!lower || !upper)
        return false;
      result.inner.push_back({move, *lower, *upper});
    }
  }
  if (mentionsPosition(bytes))
    return false;
  result.lowest = bytes.constant();
  result.highest = result.lowest + access.size;
  result.bytes = bytes - Polynomial(bytes.constant());
  return true;
}

//===----------------------------------------------------------------------===//
// What is gained
//===----------------------------------------------------------------------===//

/// Is there an array with partials that one loop writes and a later one reads?
bool LoopChains::isWorthwhile(const LoopChain &chain) const {
  llvm::DenseSet<ObjectId> written;
  for (const ChainMember &member : chain.members) {
    if (!member.loop)
      continue;
    for (const ChainAccess &access : member.accesses)
      if (!access.writes && written.contains(access.object))
        return true;
    for (const Access &access : accessesOf(member))
      if (access.writes && sites.lanesOf(access.pointer) > 0)
        for (const Target &t : activity.pointsTo(access.pointer).targets())
          written.insert(t.object);
  }
  return false;
}

/// Arrays of the function's own that nothing outside of the chain accesses. Elements that are read have been written by
/// the chain before, or were never.
void LoopChains::findWindows(LoopChain &chain) {
  llvm::DenseSet<Operation *> inside;
  std::map<ObjectId, unsigned> members;
  for (const ChainMember &member : chain.members) {
    llvm::DenseSet<ObjectId> its;
    for (const ChainAccess &access : member.accesses)
      its.insert(access.object);
    for (ObjectId id : its)
      ++members[id];
    for (const Access &access : accessesOf(member))
      inside.insert(access.op);
  }
  std::map<ObjectId, bool> elsewhere;
  func::FuncOp function = activity.entry();
  function.walk([&](Operation *op) {
    MemoryAccess a = memoryAccessOf(op);
    auto refuse = [&](Value pointer) {
      for (const Target &t : activity.pointsTo(pointer).targets())
        elsewhere[t.object] = true;
    };
    switch (a.kind) {
    case MemoryAccess::Load:
    case MemoryAccess::Store:
      if (!inside.contains(op) || activity.pointsTo(a.pointer).targets().size() != 1)
        refuse(a.pointer);
      return;
    case MemoryAccess::Allocate:
    case MemoryAccess::Address:
    case MemoryAccess::Free:
      return;
    case MemoryAccess::None:
    case MemoryAccess::Copy:
    case MemoryAccess::Move:
    case MemoryAccess::Fill:
      break;
    }
    if (isa<arith::SelectOp, LLVM::SelectOp, LLVM::ICmpOp, scf::YieldOp>(op))
      return;
    for (Value v : op->getOperands())
      if (isa<LLVM::LLVMPointerType>(v.getType()))
        refuse(v);
  });
  for (auto [id, count] : members) {
    const MemoryObject &object = activity.object(id);
    Operation *origin = object.origin;
    if (count < 2 || !object.isLocal() || !origin || origin->getBlock() != chain.first->getBlock() ||
        (!origin->isBeforeInBlock(chain.first) && !llvm::is_contained(chain.hoisted, origin)) || elsewhere[id])
      continue;
    chain.windows.push_back(id);
  }
}
