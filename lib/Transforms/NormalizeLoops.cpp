//===- NormalizeLoops.cpp - scf.while to scf.for --------------------------===//
//
// while (before) { after } runs before T + 1 times and after T times. Tested at
// the top it becomes for (T) { before; after } before, where the last copy is
// kept as far as its results are used; tested at the bottom (after does nothing)
// for (T + 1) { before }. Counters become closed forms of the loop variable.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Transforms/Passes.h"

#include "NormalizeLoops.h"
#include "sparsead/Transforms/CheckpointLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "sparsead/IR/SparseAD.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace sparsead {
#define GEN_PASS_DEF_NORMALIZELOOPS
#include "sparsead/Transforms/Passes.h.inc"
} // namespace sparsead

using namespace mlir;
using namespace sparsead;

using Flags = arith::IntegerOverflowFlags;

namespace {

/// A before region larger than this is not copied behind its loop.
constexpr unsigned maxCopiedOps = 40;

class LoopRewriter {
public:
  explicit LoopRewriter(scf::WhileOp loop)
      : loop(loop), condition(loop.getConditionOp()), b(loop), loc(loop.getLoc()) {}

  bool run();

private:
  bool chooseForm();
  void chooseCarried();
  void markNeededBehind();
  Value closedForm(unsigned argument, Value counter);
  Value castDistance(Value distance, Type type);
  Value finalValue(unsigned argument);
  bool hasFinalValue(unsigned argument);
  void rewrite();
  void replaceResults();
  void moveBody();

  scf::WhileOp loop;
  scf::ConditionOp condition;
  OpBuilder b;
  Location loc;

  SmallVector<std::optional<Induction>> inductions;
  bool bottomTested = false;
  bool copyAll = false; ///< the before region has effects: it runs once more
  Count count;
  scf::ForOp forOp;
  /// Per argument: is it an iteration argument of the new loop; is its final
  /// value read behind the loop.
  SmallVector<bool> carried, needed;
  /// Results of a bottom-tested loop that no argument carries.
  SmallVector<unsigned> extraResults;
};

bool writesNothing(Operation &op) { return isMemoryEffectFree(&op) || isa<LLVM::LoadOp>(op) || isCheckpointMark(&op); }

/// Which of the two forms the loop has; false where it would have to be copied
/// and is too large.
bool LoopRewriter::chooseForm() {
  auto before = loop.getBeforeBody()->without_terminator();
  auto after = loop.getAfterBody()->without_terminator();
  if (after.empty()) {
    bottomTested = true;
    return true;
  }
  if (llvm::all_of(before, writesNothing))
    return true;
  if (llvm::all_of(after, [](Operation &op) { return isPure(&op); })) {
    bottomTested = true;
    return true;
  }
  unsigned size = 0;
  loop.getBefore().walk([&](Operation *) { ++size; });
  copyAll = true;
  return size <= maxCopiedOps;
}

/// The arguments that the copy behind the loop reads.
void LoopRewriter::markNeededBehind() {
  needed.assign(inductions.size(), false);
  if (bottomTested)
    return;
  llvm::SmallPtrSet<Operation *, 16> visited;
  SmallVector<Operation *> work;
  auto read = [&](Value value) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      if (argument.getOwner() == loop.getBeforeBody())
        needed[argument.getArgNumber()] = true;
    } else if (!isInvariant(value, loop) && visited.insert(value.getDefiningOp()).second) {
      work.push_back(value.getDefiningOp());
    }
  };
  auto readOperands = [&](Operation *op) {
    op->walk([&](Operation *nested) {
      for (Value operand : nested->getOperands())
        read(operand);
    });
  };
  for (auto [value, result] : llvm::zip(condition.getArgs(), loop.getResults()))
    if (!result.use_empty())
      read(value);
  if (copyAll)
    for (Operation &op : loop.getBeforeBody()->without_terminator())
      readOperands(&op);
  while (!work.empty())
    readOperands(work.pop_back_val());
}

/// Can the value behind the loop be written down? Only where that is short.
bool LoopRewriter::hasFinalValue(unsigned argument) {
  return argument == count.primary && count.counterIsPrimary && count.step == 1 && !bottomTested;
}

Value LoopRewriter::finalValue(unsigned argument) {
  return count.isUnsigned ? b.createOrFold<arith::MaxUIOp>(loc, count.lower, count.upper)
                          : b.createOrFold<arith::MaxSIOp>(loc, count.lower, count.upper);
}

void LoopRewriter::chooseCarried() {
  for (unsigned i = 0, e = inductions.size(); i < e; ++i) {
    const std::optional<Induction> &induction = inductions[i];
    bool closed = induction.has_value();
    if (closed && i != count.primary) {
      if (induction->stride)
        closed = count.step == 1;
      else
        closed = count.step != 0 && induction->step % count.step == 0;
    }
    if (closed && i == count.primary && !count.fromCounter)
      closed = count.step != 0;
    carried.push_back(!closed || (needed[i] && !hasFinalValue(i)));
    if (!closed)
      inductions[i].reset();
  }
  if (!bottomTested)
    return;
  // A result that is the next value of an argument is carried by it.
  for (unsigned k = 0, e = loop.getNumResults(); k < e; ++k) {
    if (loop.getResult(k).use_empty())
      continue;
    bool found = false;
    for (unsigned i = 0; i < carried.size() && !found; ++i)
      if (loop.getYieldOp()->getOperand(i) == loop.getAfterArguments()[k])
        found = carried[i] = true;
    if (!found)
      extraResults.push_back(k);
  }
}

/// The distance is not negative; where it counts signed from 0, subscripts will
/// use its sign extension too.
Value LoopRewriter::castDistance(Value distance, Type type) {
  unsigned from = cast<IntegerType>(distance.getType()).getWidth();
  unsigned to = cast<IntegerType>(type).getWidth();
  if (from > to)
    return b.createOrFold<arith::TruncIOp>(loc, type, distance);
  if (from == to)
    return distance;
  bool small = !count.isUnsigned && matchPattern(count.lower, m_Zero());
  return small ? b.createOrFold<arith::ExtSIOp>(loc, type, distance)
               : b.createOrFold<arith::ExtUIOp>(loc, type, distance);
}

/// An argument's value in the iteration of `counter`.
Value LoopRewriter::closedForm(unsigned argument, Value counter) {
  if (argument == count.primary && count.fromCounter)
    return count.fromCounter(b, loc, counter);
  const Induction &induction = *inductions[argument];
  Value init = loop.getInits()[argument];
  bool fromZero = matchPattern(count.lower, m_Zero());
  Value distance = fromZero ? counter : b.createOrFold<arith::SubIOp>(loc, counter, count.lower);
  bool pointer = isa<LLVM::LLVMPointerType>(init.getType());
  Type type = pointer ? Type(b.getI64Type()) : init.getType();
  Value steps = castDistance(distance, type);
  int64_t factor = induction.stride ? 1 : induction.step / count.step;
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantOp::create(b, loc, type, b.getIntegerAttr(type, value));
  };
  if (induction.stride) {
    Value stride = induction.stride;
    if (stride.getType() != type)
      stride = b.createOrFold<arith::ExtSIOp>(loc, type, stride);
    steps = b.createOrFold<arith::MulIOp>(loc, steps, stride, pointer ? Flags::nsw : Flags::none);
  } else if (factor != 1 && (pointer || factor != -1)) {
    steps = b.createOrFold<arith::MulIOp>(loc, steps, constant(factor), pointer ? Flags::nsw : Flags::none);
  }
  if (pointer)
    return LLVM::GEPOp::create(b, loc, init.getType(), induction.element, init, ValueRange{steps},
                               induction.nsw ? LLVM::GEPNoWrapFlags::inbounds : LLVM::GEPNoWrapFlags::none);
  // init ± t stays in range where every step did, and t is a signed number.
  bool nsw = induction.nsw && !induction.stride && !count.isUnsigned && fromZero && std::abs(factor) == 1;
  Flags flags = nsw ? Flags::nsw : Flags::none;
  if (factor == -1 && !induction.stride)
    return b.createOrFold<arith::SubIOp>(loc, init, steps, flags);
  return b.createOrFold<arith::AddIOp>(loc, init, steps, flags);
}

/// Uses of the loop's results, and the copy of the before region they need.
void LoopRewriter::replaceResults() {
  SmallVector<Value> finals(inductions.size());
  unsigned next = 0;
  for (unsigned i = 0, e = inductions.size(); i < e; ++i)
    if (carried[i])
      finals[i] = forOp.getResult(next++);
  if (bottomTested) {
    for (unsigned k : extraResults)
      loop.getResult(k).replaceAllUsesWith(forOp.getResult(next++));
    for (unsigned k = 0, e = loop.getNumResults(); k < e; ++k)
      for (unsigned i = 0; i < finals.size(); ++i)
        if (finals[i] && loop.getYieldOp()->getOperand(i) == loop.getAfterArguments()[k])
          loop.getResult(k).replaceAllUsesWith(finals[i]);
    return;
  }
  IRMapping mapping;
  for (unsigned i = 0, e = inductions.size(); i < e; ++i)
    if (needed[i])
      mapping.map(loop.getBeforeArguments()[i], finals[i] ? finals[i] : finalValue(i));
  // What the results are made of, in order.
  llvm::SmallPtrSet<Operation *, 16> used;
  for (auto [value, result] : llvm::zip(condition.getArgs(), loop.getResults()))
    if (!result.use_empty() && value.getDefiningOp())
      used.insert(value.getDefiningOp());
  SmallVector<Operation *> copied;
  for (Operation &op : llvm::reverse(loop.getBeforeBody()->without_terminator())) {
    if ((!copyAll && !used.contains(&op)) || isCheckpointMark(&op)) // no other loop shall have the mark
      continue;
    copied.push_back(&op);
    op.walk([&](Operation *nested) {
      for (Value operand : nested->getOperands())
        if (Operation *def = operand.getDefiningOp())
          used.insert(def);
    });
  }
  for (Operation *op : llvm::reverse(copied))
    b.clone(*op, mapping);
  for (auto [value, result] : llvm::zip(condition.getArgs(), loop.getResults()))
    if (!result.use_empty())
      result.replaceAllUsesWith(mapping.lookupOrDefault(value));
}

/// Both regions, one after the other, become the body.
void LoopRewriter::moveBody() {
  Block *body = forOp.getBody();
  Block *before = loop.getBeforeBody();
  Block *after = loop.getAfterBody();
  b.setInsertionPointToStart(body);
  SmallVector<Value> values;
  unsigned next = 0;
  for (unsigned i = 0, e = inductions.size(); i < e; ++i) {
    Value carriedValue = carried[i] ? Value(forOp.getRegionIterArg(next++)) : Value();
    values.push_back(inductions[i] ? closedForm(i, forOp.getInductionVar()) : carriedValue);
  }
  // ext(trunc(counter)) is the counter.
  if (Operation *extension = count.extension) {
    Value primary = loop.getBeforeArguments()[count.primary];
    SmallVector<Value> narrow{primary};
    for (auto [value, argument] : llvm::zip(condition.getArgs(), loop.getAfterArguments()))
      if (value == primary)
        narrow.push_back(argument);
    for (Value value : narrow)
      for (Operation *user : llvm::to_vector(value.getUsers()))
        if (user->getName() == extension->getName() &&
            user->getResult(0).getType() == forOp.getInductionVar().getType())
          user->getResult(0).replaceAllUsesWith(forOp.getInductionVar());
  }
  for (auto [argument, value] : llvm::zip(before->getArguments(), values))
    argument.replaceAllUsesWith(value);
  for (auto [argument, value] : llvm::zip(after->getArguments(), condition.getArgs()))
    argument.replaceAllUsesWith(value);
  SmallVector<Value> yielded;
  for (unsigned i = 0, e = inductions.size(); i < e; ++i)
    if (carried[i])
      yielded.push_back(loop.getYieldOp()->getOperand(i));
  for (unsigned k : extraResults)
    yielded.push_back(condition.getArgs()[k]);
  Location yieldLoc = loop.getYieldOp().getLoc();
  condition->erase();
  loop.getYieldOp()->erase();
  body->getOperations().splice(body->end(), before->getOperations());
  body->getOperations().splice(body->end(), after->getOperations());
  b.setInsertionPointToEnd(body);
  scf::YieldOp::create(b, yieldLoc, yielded);
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(*body)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

void LoopRewriter::rewrite() {
  SmallVector<Value> inits;
  for (unsigned i = 0, e = inductions.size(); i < e; ++i)
    if (carried[i])
      inits.push_back(loop.getInits()[i]);
  for (unsigned k : extraResults)
    inits.push_back(ub::PoisonOp::create(b, loc, loop.getResult(k).getType()));
  forOp = scf::ForOp::create(b, loc, count.lower, count.upper, count.stepValue, inits, nullptr, count.isUnsigned);
  if (!forOp.getBody()->empty())
    forOp.getBody()->back().erase(); // the implicit yield
  replaceResults();
  moveBody();
  loop.erase();
}

bool LoopRewriter::run() {
  hoistCondition(loop);
  inductions = findInductions(loop);
  if (!chooseForm())
    return false;
  std::optional<Count> counted = countIterations(loop, inductions, bottomTested);
  if (!counted)
    return false;
  count = *counted;
  markNeededBehind();
  chooseCarried();
  rewrite();
  return true;
}

struct NormalizeLoops : sparsead::impl::NormalizeLoopsBase<NormalizeLoops> {
  void runOnOperation() override {
    SmallVector<scf::WhileOp> loops; // inner ones first
    getOperation().walk([&](scf::WhileOp loop) { loops.push_back(loop); });
    for (scf::WhileOp loop : loops) {
      if (scf::WhileOp moved = moveBodyBehindTest(loop))
        loop = moved;
      LoopRewriter(loop).run();
    }
  }
};

} // namespace
