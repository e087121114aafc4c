//===- AdjointBuilder.cpp - reverse mode, source to source ----------------===//
//
// The order of the two sweeps: as a rule the primal, then the reverse sweep. A loop whose iterations may be reversed in
// any order, and whose adjoints are known before it runs, is run once, each iteration forward and back.
//
//===----------------------------------------------------------------------===//

#include "AdjointBuilder.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace sparsead;

Value AdjointBuilder::number(int64_t value, unsigned width) { return buildInt(b, *currentLoc, value, width); }

Value AdjointBuilder::real(double value, Type type) {
  return arith::ConstantOp::create(b, *currentLoc, type, b.getFloatAttr(type, value));
}

void AdjointBuilder::fail(Location loc, const Twine &text) {
  if (!reason.empty())
    return;
  reason = text.str();
  reasonLoc = loc;
}

func::FuncOp AdjointBuilder::build(StringRef name) {
  func::FuncOp f = activity.entry();
  Location loc = f.getLoc();
  currentLoc = loc;
  b = OpBuilder(f);
  Type ptr = LLVM::LLVMPointerType::get(f.getContext());
  auto entry = func::FuncOp::create(b, loc, name, b.getFunctionType({ptr, ptr, ptr, ptr, ptr}, {}));
  if (Attribute passthrough = f->getAttr("passthrough"))
    entry->setAttr("passthrough", passthrough);
  Block *block = entry.addEntryBlock();
  b.setInsertionPointToEnd(block);
  std::optional<unsigned> result = activity.resultArgument();
  for (BlockArgument argument : f.getArguments()) {
    unsigned k = argument.getArgNumber();
    auto from = [&](unsigned table) -> Value {
      if (result == k)
        return block->getArgument(table + 2);
      return buildTableLoad(b, loc, block->getArgument(table), k);
    };
    map.map(argument, from(0));
    if (hasShadow(argument))
      shadows[argument] = from(1);
  }
  workspace = block->getArgument(4);
  return buildBody(entry);
}

func::FuncOp AdjointBuilder::buildPlain(StringRef name) {
  plain = true;
  return buildInNormalForm(name);
}

func::FuncOp AdjointBuilder::buildKeeping(StringRef name) { return buildInNormalForm(name); }

func::FuncOp AdjointBuilder::buildInNormalForm(StringRef name) {
  twice = true;
  func::FuncOp f = activity.entry();
  currentLoc = f.getLoc();
  b = OpBuilder(f);
  unsigned count = f.getNumArguments();
  SmallVector<Type> types(2 * count, LLVM::LLVMPointerType::get(f.getContext()));
  auto made = func::FuncOp::create(b, f.getLoc(), name, b.getFunctionType(types, {}));
  if (Attribute passthrough = f->getAttr("passthrough"))
    made->setAttr("passthrough", passthrough);
  Block *block = made.addEntryBlock();
  b.setInsertionPointToEnd(block);
  for (BlockArgument argument : f.getArguments()) {
    map.map(argument, block->getArgument(argument.getArgNumber()));
    if (hasShadow(argument))
      shadows[argument] = block->getArgument(count + argument.getArgNumber());
  }
  if (!plain)
    workspace = buildNull(b, *currentLoc);
  return buildBody(made);
}

func::FuncOp AdjointBuilder::buildBody(func::FuncOp made) {
  func::FuncOp f = activity.entry();
  live.insert(&f.getBody());
  Adjoints adjoints;
  joint(f.getBody().front(), adjoints);
  releaseAll();
  func::ReturnOp::create(b, made.getLoc());
  meetAll();
  if (reason.empty()) {
    SmallVector<Value> rows;
    for (const OrderFreeLoop &loop : stripCandidates)
      addByStrips(loop, rows);
    return made;
  }
  made.erase();
  return nullptr;
}

/// Forward and back, in a region whose values are all there for the reverse sweep.
void AdjointBuilder::joint(Block &block, Adjoints &adjoints) {
  Operation *last = nullptr;
  for (Operation &op : llvm::reverse(block.without_terminator())) {
    bool loop = false;
    op.walk([&](Operation *inner) { loop |= isa<scf::ForOp, scf::WhileOp>(inner); });
    if (loop && analysis.hasReverse(&op)) {
      last = isFusible(&op) ? &op : nullptr;
      break;
    }
    if (op.getNumRegions() > 0 && analysis.hasReverse(&op))
      break;
  }
  if (last) {
    for (Operation &op : block.without_terminator()) {
      if (&op == last)
        break;
      forwardOrFuse(&op);
    }
    Adjoints before = adjoints;
    if (reverseTail(block, last, adjoints)) {
      fuse(last, adjoints);
      for (Operation *op = last->getNextNode(); op && !op->hasTrait<OpTrait::IsTerminator>(); op = op->getNextNode())
        forward(op);
      return reverseRange(block, nullptr, last, adjoints);
    }
    adjoints = before;
    for (Operation *op = last; op && !op->hasTrait<OpTrait::IsTerminator>(); op = op->getNextNode())
      forward(op);
  } else {
    for (Operation &op : block.without_terminator())
      forwardOrFuse(&op);
  }
  reverseRange(block, nullptr, nullptr, adjoints);
}

/// The adjoint of a sum that goes on into other sums, times what is given, and is stored as an output: known before
/// anything has run. Null: zero; nothing: not known.
std::optional<Value> AdjointBuilder::seedOf(Value v) {
  Value total;
  Operation *from = v.getDefiningOp();
  // What the forward code has come to already.
  auto isAtHand = [&](Value given) {
    Operation *op = given.getDefiningOp();
    return !op || op->getBlock() != from->getBlock() || (map.contains(given) && op->isBeforeInBlock(from));
  };
  for (OpOperand &use : v.getUses()) {
    Operation *user = use.getOwner();
    unsigned k = use.getOperandNumber();
    if (user->getBlock() != from->getBlock())
      return std::nullopt;
    Location loc = user->getLoc();
    std::optional<Value> d;
    if (isa<arith::AddFOp, arith::SubFOp>(user) || (isa<LLVM::FMulAddOp>(user) && k == 2)) {
      d = seedOf(user->getResult(0));
      if (d && *d && isa<arith::SubFOp>(user) && k == 1)
        d = arith::NegFOp::create(b, loc, *d);
    } else if (isa<arith::MulFOp>(user) && !activity.isActive(user->getOperand(1 - k)) &&
               isAtHand(user->getOperand(1 - k))) {
      d = seedOf(user->getResult(0));
      if (d && *d)
        d = arith::MulFOp::create(b, loc, *d, primal(user->getOperand(1 - k)));
    } else if (auto loop = dyn_cast<scf::ForOp>(user);
               loop && k >= loop.getNumControlOperands() && analysis.isSum(loop, k - loop.getNumControlOperands())) {
      d = seedOf(loop.getResult(k - loop.getNumControlOperands()));
    } else if (auto store = dyn_cast<LLVM::StoreOp>(user);
               store && k == 0 && isAtHand(store.getAddr()) && hasShadow(store.getAddr()) &&
               !activity.mayBeUnshadowed(store.getAddr(), Activity::For::Tangent) && isOnlyAccess(store)) {
      Type type = v.getType();
      d = LLVM::LoadOp::create(b, loc, type, shadow(store.getAddr()), type.getIntOrFloatBitWidth() / 8);
    }
    if (!d)
      return std::nullopt;
    if (*d)
      total = total ? arith::AddFOp::create(b, loc, total, *d).getResult() : *d;
  }
  return total;
}

/// Does nothing else in the function touch the memory that the store hits?
bool AdjointBuilder::isOnlyAccess(LLVM::StoreOp store) {
  auto targets = activity.pointsTo(store.getAddr()).targets();
  bool only = targets.size() == 1;
  auto meets = [&](Value pointer) {
    return pointer && isa<LLVM::LLVMPointerType>(pointer.getType()) &&
           llvm::any_of(activity.pointsTo(pointer).targets(),
                        [&](const Target &t) { return t.object == targets[0].object; });
  };
  activity.entry().walk([&](Operation *op) {
    MemoryAccess a = memoryAccessOf(op);
    if (a.kind == MemoryAccess::Address || op == store)
      return;
    if (a.kind == MemoryAccess::None)
      only &= !isa<CallOpInterface>(op) || llvm::none_of(op->getOperands(), meets);
    else
      only &= !meets(a.pointer) && !meets(a.source);
  });
  return only;
}

/// A loop that only sums up, over memory that stays as it is, need not wait for the reverse sweep where the adjoints of
/// its sums are known: each iteration is run forward and back at once.
void AdjointBuilder::forwardOrFuse(Operation *op) {
  auto loop = dyn_cast<scf::ForOp>(op);
  if (!loop || !analysis.hasReverse(op) || !analysis.isOrderFree(loop))
    return forward(op);
  bool sums = true;
  op->walk([&](Operation *inner) {
    MemoryAccess a = memoryAccessOf(inner);
    if (a.kind == MemoryAccess::Load && isa<FloatType>(a.type) && activity.isActive(a.value))
      sums &= analysis.isUnchanged(inner);
    else if (a.kind != MemoryAccess::None && a.kind != MemoryAccess::Load && a.kind != MemoryAccess::Address)
      sums = false;
  });
  SmallVector<Value> outside = outsideOf(op);
  for (Value init : loop.getInitArgs())
    sums &= !llvm::is_contained(outside, init);
  if (!sums)
    return forward(op);
  Adjoints adjoints;
  Operation *last = b.getInsertionBlock()->empty() ? nullptr : &b.getInsertionBlock()->back();
  for (Value result : loop.getResults()) {
    if (!isa<FloatType>(result.getType()) || !activity.isActive(result))
      continue;
    std::optional<Value> d = seedOf(result);
    if (!d) {
      sweepDead(*b.getInsertionBlock(), last); // the parts of a seed that did not come out
      return forward(op);
    }
    if (*d)
      adjoints[result] = *d;
  }
  fuse(op, adjoints);
  // What it adds to the adjoints of others waits for the reverse sweep.
  auto &later = early[op];
  for (Value v : outside)
    if (Value d = adjoints.lookup(v))
      later.push_back({v, d});
}

/// The reverse of what follows `after`, before it has run: possible where it needs none of its values.
bool AdjointBuilder::reverseTail(Block &block, Operation *after, Adjoints &adjoints) {
  Block *into = b.getInsertionBlock();
  Operation *end = into->empty() ? nullptr : &into->back();
  missing.clear();
  reverseRange(block, after, nullptr, adjoints);
  // Adjoints have no users yet.
  SmallVector<Value> sums;
  for (auto &[v, adjoint] : adjoints)
    sums.push_back(adjoint);
  Operation *users = UnrealizedConversionCastOp::create(b, *currentLoc, TypeRange{b.getI1Type()}, sums);
  sweepDead(*into, end);
  users->erase();
  bool all = true;
  for (Operation *op : missing)
    all &= op->use_empty();
  SmallVector<Operation *> made;
  for (Operation *op = end ? end->getNextNode() : (into->empty() ? nullptr : &into->front()); op;
       op = op->getNextNode())
    made.push_back(op);
  llvm::SmallPtrSet<Operation *, 8> placeholders(missing.begin(), missing.end());
  missing.clear();
  for (Operation *op : llvm::reverse(made))
    if (!all || placeholders.contains(op))
      op->erase();
  return all;
}

bool AdjointBuilder::isFusible(Operation *op) const {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return analysis.isOrderFree(loop);
  return isa<scf::IfOp, scf::IndexSwitchOp>(op);
}

void AdjointBuilder::fuse(Operation *op, Adjoints &adjoints) {
  currentLoc = op->getLoc();
  if (auto loop = dyn_cast<scf::ForOp>(op))
    fuseFor(loop, adjoints);
  else
    fuseBranch(op, adjoints);
}

SmallVector<Value> AdjointBuilder::outsideOf(Operation *op) const {
  llvm::SetVector<Value> found;
  for (Region &region : op->getRegions())
    region.walk([&](Operation *inner) {
      for (Value v : inner->getOperands())
        if (isa<FloatType>(v.getType()) && activity.isActive(v) && !op->isAncestor(v.getParentRegion()->getParentOp()))
          found.insert(v);
    });
  return found.takeVector();
}

void AdjointBuilder::fuseFor(scf::ForOp op, Adjoints &adjoints) {
  Location loc = op.getLoc();
  SmallVector<Value> outside = outsideOf(op);
  SmallVector<Value> inits = expand(op.getInitArgs(), op.getRegionIterArgs());
  size_t own = inits.size();
  for (Value v : outside)
    inits.push_back(real(0, v.getType()));
  auto loop = scf::ForOp::create(b, loc, primal(op.getLowerBound()), primal(op.getUpperBound()), primal(op.getStep()),
                                 inits, nullptr, op.getUnsignedCmp());
  loop->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  map.map(op.getInductionVar(), loop.getInductionVar());
  bind(op.getRegionIterArgs(), loop.getRegionIterArgs().take_front(own));
  Operation *yield = op.getBody()->getTerminator();
  llvm::DenseSet<Value> infinite;
  {
    OpBuilder::InsertionGuard guard(b);
    Block *body = loop.getBody();
    if (body->mightHaveTerminator())
      body->getTerminator()->erase();
    b.setInsertionPointToEnd(body);
    live.insert(&op.getRegion());
    Adjoints inner;
    for (auto [result, yielded] : llvm::zip(op.getResults(), yield->getOperands()))
      if (Value d = adjoints.lookup(result))
        accumulate(yielded, d, inner);
    joint(*op.getBody(), inner);
    currentLoc = loc;
    SmallVector<Value> out = expand(yield->getOperands(), op.getRegionIterArgs());
    for (auto [k, v] : llvm::enumerate(outside)) {
      Value sum = loop.getRegionIterArgs()[own + k];
      if (Value d = inner.lookup(v)) {
        if (steep.contains(d))
          infinite.insert(v);
        addTo(sum, d);
      }
      out.push_back(sum);
    }
    scf::YieldOp::create(b, loc, out);
  }
  size_t k = 0;
  for (auto [arg, result] : llvm::zip(op.getRegionIterArgs(), op.getResults())) {
    map.map(result, loop.getResult(k++));
    if (!hasShadow(arg))
      continue;
    if (hasShadow(result))
      shadows[result] = loop.getResult(k);
    ++k;
  }
  for (auto [result, init] : llvm::zip(op.getResults(), op.getInitArgs()))
    if (Value d = adjoints.lookup(result))
      accumulate(init, d, adjoints);
  for (auto [k, v] : llvm::enumerate(outside)) {
    Value d = loop.getResult(own + k);
    masked.insert(d); // zero where there is no iteration
    if (infinite.contains(v))
      steep.insert(d);
    accumulate(v, d, adjoints);
  }
}

void AdjointBuilder::fuseBranch(Operation *op, Adjoints &adjoints) {
  Location loc = op->getLoc();
  SmallVector<Value> outside = outsideOf(op);
  SmallVector<Type> types = expandTypes(op->getResults());
  size_t own = types.size();
  for (Value v : outside)
    types.push_back(v.getType());
  Operation *made;
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    made = scf::IfOp::create(b, loc, types, primal(branch.getCondition()), /*addThenBlock=*/true,
                             /*addElseBlock=*/true);
  } else {
    auto sw = cast<scf::IndexSwitchOp>(op);
    made = scf::IndexSwitchOp::create(b, loc, types, primal(sw.getArg()), sw.getCases(), sw.getCases().size());
    for (Region &region : made->getRegions())
      region.emplaceBlock();
  }
  llvm::DenseSet<Value> infinite;
  for (auto [from, to] : llvm::zip(op->getRegions(), made->getRegions())) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(&to.front());
    Adjoints inner;
    SmallVector<Value> out;
    if (!from.empty()) {
      Operation *yield = from.front().getTerminator();
      live.insert(&from);
      for (auto [result, yielded] : llvm::zip(op->getResults(), yield->getOperands()))
        if (Value d = adjoints.lookup(result))
          accumulate(yielded, d, inner);
      joint(from.front(), inner);
      currentLoc = loc;
      out = expand(yield->getOperands(), op->getResults());
    }
    for (Value v : outside) {
      Value d = inner.lookup(v);
      if (d && steep.contains(d))
        infinite.insert(v);
      out.push_back(d ? d : real(0, v.getType()));
    }
    scf::YieldOp::create(b, loc, out);
  }
  bind(op->getResults(), made->getResults().take_front(own));
  for (auto [k, v] : llvm::enumerate(outside)) {
    Value d = made->getResult(own + k);
    masked.insert(d);
    if (infinite.contains(v))
      steep.insert(d);
    accumulate(v, d, adjoints);
  }
}
