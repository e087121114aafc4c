//===- AdjointStrips.cpp - what overlapping iterations add to shadows -----===//
//
// The reverse of `v[i] = f(u[i - 1], u[i], u[i + 1])` adds to three elements of a shadow in each iteration, the next
// iteration to two of them again: each addition waits for the store before it, and nothing can be vectorised. Where
// iterations have no order, strips of them put what they add into rows of a buffer, by a loop without any other store;
// then each element of the shadow is added to once, by a loop over elements; then what was taken is cleared.
//
//===----------------------------------------------------------------------===//

#include "AdjointStrips.h"
#include "sparsead/Interfaces/MemoryAccessOpInterface.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace sparsead;

namespace {

/// Iterations of a strip; below `fewest` the loop stays as it is.
constexpr int64_t width = 256, fewest = 16;
/// Elements between the first and the last that one iteration adds to; additions of one loop.
constexpr int64_t farthest = 16;
constexpr size_t most = 12;

/// iterations * n + constant + sum of values times factors, exactly.
struct Linear {
  int64_t iterations = 0, constant = 0;
  llvm::MapVector<Value, int64_t> rest;
  void add(const Linear &other, int64_t factor) {
    iterations += factor * other.iterations;
    constant += factor * other.constant;
    for (auto [v, f] : other.rest)
      rest[v] += factor * f;
  }
};

/// An address, in bytes.
struct Place {
  Value base;
  Linear offset;
  bool isInLine(const Place &other) const {
    if (base != other.base || offset.iterations != other.offset.iterations)
      return false;
    auto covers = [](const Linear &a, const Linear &b) {
      return llvm::all_of(a.rest, [&](auto term) {
        auto it = b.rest.find(term.first);
        return term.second == (it == b.rest.end() ? 0 : it->second);
      });
    };
    return covers(offset, other.offset) && covers(other.offset, offset);
  }
};

struct Update {
  LLVM::LoadOp load;
  arith::AddFOp sum;
  LLVM::StoreOp store;
  Value term;
  Place place;
  int64_t shift = 0; ///< elements from the first of its group
};

struct Clear {
  LLVM::StoreOp store;
  Place place;
};

/// Updates of elements in a line.
struct Group {
  SmallVector<unsigned> members;
  int64_t span = 0;
};

class Strips {
public:
  Strips(const OrderFreeLoop &given, SmallVectorImpl<Value> &rows)
      : given(given), loop(given.loop), loc(loop.getLoc()), buffers(rows) {}
  bool run();

private:
  bool isOutside(Value v) { return loop.isDefinedOutsideOfLoop(v); }
  std::optional<Linear> linear(Value v);
  std::optional<Place> placeOf(Value pointer);
  bool collect();
  void makeGroups();
  void emit(OpBuilder &b);
  Value number(OpBuilder &b, int64_t value) { return buildInt(b, loc, value, 64); }
  Value at(OpBuilder &b, Value base, Value index, int64_t stride, int64_t offset = 0);
  Value addressAt(OpBuilder &b, const Place &place, int64_t more, Value n);
  scf::ForOp beginLoop(OpBuilder &b, Value from, Value to, ValueRange inits = {});

  const OrderFreeLoop &given;
  scf::ForOp loop;
  Location loc;
  SmallVector<Update> updates;
  SmallVector<Clear> clears;
  SmallVector<Group> groups;
  llvm::DenseSet<Operation *> moved;
  SmallVectorImpl<Value> &buffers; // the first of them of updates
};

} // namespace

/// Operations of fewer than 64 bits must not wrap; addresses may.
static bool isExact(Operation *op) {
  if (op->getResult(0).getType().isInteger(64) || op->getResult(0).getType().isIndex())
    return true;
  auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op);
  return flags && flags.hasNoSignedWrap();
}

std::optional<Linear> Strips::linear(Value v) {
  Linear result;
  APInt constant;
  if (matchPattern(v, m_ConstantInt(&constant))) {
    result.constant = constant.getSExtValue();
    return result;
  }
  if (v == loop.getInductionVar()) {
    result.iterations = 1;
    return result;
  }
  if (v == given.induction) { // begin + n * step, which does not wrap
    auto sum = v.getDefiningOp<arith::AddIOp>();
    auto product = sum ? sum.getRhs().getDefiningOp<arith::MulIOp>() : arith::MulIOp();
    if (!product || !matchPattern(product.getRhs(), m_ConstantInt(&constant)))
      return std::nullopt;
    std::optional<Linear> begin = linear(sum.getLhs());
    if (begin)
      begin->iterations += constant.getSExtValue();
    return begin;
  }
  if (isOutside(v)) {
    result.rest[v] = 1;
    return result;
  }
  Operation *op = v.getDefiningOp();
  if (!op)
    return std::nullopt;
  if (isa<arith::ExtSIOp, arith::IndexCastOp>(op))
    return linear(op->getOperand(0));
  if (!isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op) || !isExact(op))
    return std::nullopt;
  std::optional<Linear> x = linear(op->getOperand(0)), y = linear(op->getOperand(1));
  if (!x || !y)
    return std::nullopt;
  if (isa<arith::MulIOp>(op)) {
    if (x->iterations || !x->rest.empty())
      std::swap(x, y);
    if (x->iterations || !x->rest.empty())
      return std::nullopt;
    result.add(*y, x->constant);
    return result;
  }
  x->add(*y, isa<arith::AddIOp>(op) ? 1 : -1);
  return x;
}

std::optional<Place> Strips::placeOf(Value pointer) {
  Place place;
  while (!isOutside(pointer)) {
    auto op = pointer.getDefiningOp<MemoryAccessOpInterface>();
    if (!op || op.getMemoryAccess().kind != MemoryAccess::Address)
      return std::nullopt;
    AddressParts parts = op.getAddressParts();
    place.offset.constant += parts.offset;
    for (const AddressParts::Term &term : parts.terms) {
      std::optional<Linear> index = linear(term.index);
      if (!index)
        return std::nullopt;
      place.offset.add(*index, term.stride);
    }
    pointer = parts.base;
  }
  place.base = pointer;
  return place;
}

bool Strips::collect() {
  for (Operation &op : loop.getBody()->without_terminator()) {
    auto store = dyn_cast<LLVM::StoreOp>(op);
    if (!store) {
      bool harmless = true;
      op.walk([&](Operation *inner) {
        harmless &= isa<LLVM::LoadOp>(inner) || inner->getNumRegions() > 0 || isMemoryEffectFree(inner);
      });
      if (!harmless)
        return false;
      continue;
    }
    std::optional<Place> place = placeOf(store.getAddr());
    if (!place || place->offset.iterations == 0)
      return false;
    if (matchPattern(store.getValue(), m_AnyZeroFloat())) {
      clears.push_back({store, *place});
      moved.insert(store);
      continue;
    }
    auto sum = store.getValue().getDefiningOp<arith::AddFOp>();
    if (!sum || !sum->hasOneUse() || sum->getBlock() != loop.getBody())
      return false;
    bool matched = false;
    for (unsigned k : {0u, 1u}) {
      auto load = sum->getOperand(k).getDefiningOp<LLVM::LoadOp>();
      if (matched || !load || load.getAddr() != store.getAddr() || !load->hasOneUse() ||
          load->getBlock() != loop.getBody())
        continue;
      matched = true;
      updates.push_back({load, sum, store, sum->getOperand(1 - k), *place});
      moved.insert_range(ArrayRef<Operation *>{load, sum, store});
    }
    if (!matched)
      return false;
  }
  return updates.size() <= most;
}

void Strips::makeGroups() {
  for (unsigned k = 0; k < updates.size(); ++k) {
    const Place &place = updates[k].place;
    Group *found = nullptr;
    for (Group &group : groups) {
      const Update &first = updates[group.members.front()];
      int64_t stride = place.offset.iterations, distance = place.offset.constant - first.place.offset.constant;
      if (!first.place.isInLine(place) || first.term.getType() != updates[k].term.getType() || distance % stride != 0)
        continue;
      int64_t shift = distance / stride, low = shift, high = shift;
      for (unsigned member : group.members) {
        low = std::min(low, updates[member].shift);
        high = std::max(high, updates[member].shift);
      }
      if (high - low > farthest)
        continue;
      updates[k].shift = shift;
      found = &group;
      break;
    }
    if (found)
      found->members.push_back(k);
    else
      groups.push_back({{k}, 0});
  }
  for (Group &group : groups) {
    int64_t low = 0;
    for (unsigned k : group.members)
      low = std::min(low, updates[k].shift);
    for (unsigned k : group.members) {
      updates[k].shift -= low;
      group.span = std::max(group.span, updates[k].shift);
    }
  }
}

Value Strips::at(OpBuilder &b, Value base, Value index, int64_t stride, int64_t offset) {
  Type ptr = base.getType(), byte = b.getI8Type();
  Value bytes = arith::MulIOp::create(b, loc, index, number(b, stride), arith::IntegerOverflowFlags::nsw);
  Value p = LLVM::GEPOp::create(b, loc, ptr, byte, base, ArrayRef<LLVM::GEPArg>{bytes});
  return offset == 0 ? p
                     : LLVM::GEPOp::create(b, loc, ptr, byte, p, ArrayRef<LLVM::GEPArg>{int32_t(offset)}).getResult();
}

/// The address in iteration n, and `more` bytes.
Value Strips::addressAt(OpBuilder &b, const Place &place, int64_t more, Value n) {
  Value offset = number(b, place.offset.constant + more);
  auto add = [&](Value v, int64_t factor) {
    if (v.getType().isIndex())
      v = arith::IndexCastOp::create(b, loc, b.getI64Type(), v);
    else if (v.getType().getIntOrFloatBitWidth() < 64)
      v = arith::ExtSIOp::create(b, loc, b.getI64Type(), v);
    Value term = arith::MulIOp::create(b, loc, v, number(b, factor));
    offset = arith::AddIOp::create(b, loc, offset, term);
  };
  for (auto [v, factor] : place.offset.rest)
    add(v, factor);
  add(n, place.offset.iterations);
  return LLVM::GEPOp::create(b, loc, place.base.getType(), b.getI8Type(), place.base, ArrayRef<LLVM::GEPArg>{offset});
}

scf::ForOp Strips::beginLoop(OpBuilder &b, Value from, Value to, ValueRange inits) {
  auto made = scf::ForOp::create(b, loc, from, to, number(b, 1), inits);
  if (made.getBody()->mightHaveTerminator())
    made.getBody()->getTerminator()->erase();
  b.setInsertionPointToEnd(made.getBody());
  return made;
}

static int64_t sizeOf(Value v) { return v.getType().getIntOrFloatBitWidth() / 8; }

/// The loop by strips; the insertion point is left behind it, its results are yielded.
void Strips::emit(OpBuilder &b) {
  Value trips = loop.getUpperBound();
  for (const Group &group : groups)
    for (unsigned k : group.members)
      if (group.span > 0)
        LLVM::MemsetOp::create(b, loc, buffers[k], buildInt(b, loc, 0, 8),
                               number(b, group.span * sizeOf(updates[k].term)), false);
  auto outer = scf::ForOp::create(b, loc, number(b, 0), trips, number(b, width), loop.getInitArgs());
  if (outer.getBody()->mightHaveTerminator())
    outer.getBody()->getTerminator()->erase();
  b.setInsertionPointToEnd(outer.getBody());
  Value start = outer.getInductionVar();
  Value left = arith::SubIOp::create(b, loc, trips, start);
  Value length = arith::MinSIOp::create(b, loc, left, number(b, width));
  Value end = arith::AddIOp::create(b, loc, start, length);

  // What is added, side by side. Zeros on both sides of a row stand for iterations of other strips.
  scf::ForOp inner = beginLoop(b, start, end, outer.getRegionIterArgs());
  IRMapping map;
  map.map(loop.getInductionVar(), inner.getInductionVar());
  map.map(loop.getRegionIterArgs(), inner.getRegionIterArgs());
  for (Operation &op : loop.getBody()->without_terminator())
    if (!moved.contains(&op))
      b.clone(op, map);
  Value row = arith::SubIOp::create(b, loc, inner.getInductionVar(), start);
  for (const Group &group : groups)
    for (unsigned k : group.members) {
      int64_t size = sizeOf(updates[k].term);
      LLVM::StoreOp::create(b, loc, map.lookupOrDefault(updates[k].term),
                            at(b, buffers[k], row, size, group.span * size), unsigned(size));
    }
  SmallVector<Value> yielded;
  for (Value v : loop.getBody()->getTerminator()->getOperands())
    yielded.push_back(map.lookupOrDefault(v));
  scf::YieldOp::create(b, loc, yielded);
  b.setInsertionPointAfter(inner);

  for (const Group &group : groups) {
    Update &first = updates[group.members.front()];
    int64_t size = sizeOf(first.term), stride = first.place.offset.iterations;
    if (group.span > 0)
      for (unsigned k : group.members)
        LLVM::MemsetOp::create(b, loc, at(b, buffers[k], length, size, group.span * size), buildInt(b, loc, 0, 8),
                               number(b, group.span * size), false);
    Value line = addressAt(b, first.place, -first.shift * stride, start);
    Value elements = arith::AddIOp::create(b, loc, length, number(b, group.span));
    scf::ForOp each = beginLoop(b, number(b, 0), elements);
    Value sum;
    for (unsigned k : group.members) {
      Value term = LLVM::LoadOp::create(
          b, loc, updates[k].term.getType(),
          at(b, buffers[k], each.getInductionVar(), size, (group.span - updates[k].shift) * size), unsigned(size));
      sum = sum ? arith::AddFOp::create(b, loc, sum, term, first.sum.getFastmath()).getResult() : term;
    }
    Value place = at(b, line, each.getInductionVar(), stride);
    Value old = LLVM::LoadOp::create(b, loc, sum.getType(), place, unsigned(size));
    Value all = arith::AddFOp::create(b, loc, old, sum, first.sum.getFastmath());
    LLVM::StoreOp::create(b, loc, all, place, unsigned(size));
    scf::YieldOp::create(b, loc);
    b.setInsertionPointAfter(each);
  }
  for (Clear &clear : clears) {
    int64_t size = sizeOf(clear.store.getValue()), stride = clear.place.offset.iterations;
    Value line = addressAt(b, clear.place, 0, start);
    if (stride == size) {
      Value bytes = arith::MulIOp::create(b, loc, length, number(b, size));
      LLVM::MemsetOp::create(b, loc, line, buildInt(b, loc, 0, 8), bytes, false);
      continue;
    }
    scf::ForOp each = beginLoop(b, number(b, 0), length);
    Value zero = buildZero(b, loc, clear.store.getValue().getType());
    LLVM::StoreOp::create(b, loc, zero, at(b, line, each.getInductionVar(), stride), unsigned(size));
    scf::YieldOp::create(b, loc);
    b.setInsertionPointAfter(each);
  }
  scf::YieldOp::create(b, loc, inner.getResults());
  b.setInsertionPointAfter(outer);
  scf::YieldOp::create(b, loc, outer.getResults());
}

bool Strips::run() {
  if (!collect())
    return false;
  makeGroups();
  if (llvm::none_of(groups, [](const Group &group) { return group.members.size() > 1; }))
    return false;
  OpBuilder b(loop);
  {
    OpBuilder::InsertionGuard guard(b);
    Block &entry = loop->getParentOfType<func::FuncOp>().getBody().front();
    b.setInsertionPointToStart(&entry);
    while (buffers.size() < updates.size())
      buffers.push_back(LLVM::AllocaOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext()), b.getI8Type(),
                                               number(b, (width + 2 * farthest) * 8), 64));
  }
  Value many = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, loop.getUpperBound(), number(b, fewest));
  auto choice = scf::IfOp::create(b, loc, loop.getResultTypes(), many, /*addThenBlock=*/true, /*addElseBlock=*/true);
  loop->replaceAllUsesWith(choice.getResults());
  OpBuilder then(b.getContext());
  for (Region &region : choice->getRegions())
    if (!region.front().empty())
      region.front().clear();
  then.setInsertionPointToEnd(&choice.getThenRegion().front());
  emit(then);
  OpBuilder otherwise(b.getContext());
  otherwise.setInsertionPointToEnd(&choice.getElseRegion().front());
  scf::YieldOp yield = scf::YieldOp::create(otherwise, loc, loop.getResults());
  loop->moveBefore(yield);
  return true;
}

bool sparsead::addByStrips(const OrderFreeLoop &loop, SmallVectorImpl<Value> &rows) { return Strips(loop, rows).run(); }
