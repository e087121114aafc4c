//===- LocalLanes.cpp - partials kept with a temporary's elements ---------===//
//
// Slots of one store that have the same column in each of its executions share
// a lane: `f[i] = g(u[i] + s[i], …)`, where s[i] was made of u[i-1], u[i] and
// u[i+1], depends on three columns and not on four. Same columns means: the
// same distance in bytes from the same pointer, by the arithmetic of subscripts
// alone. What a temporary's lane stands for is known to its readers where each
// store puts the element and the slot at a constant distance from each other.
//
//===----------------------------------------------------------------------===//

#include "LocalLanes.h"

#include "sparsead/Analysis/LocalSites.h"
#include "sparsead/Interfaces/MemoryAccessOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

//===----------------------------------------------------------------------===//
// Linear addresses
//===----------------------------------------------------------------------===//

static bool isExact(Operation *op) {
  if (op->getResult(0).getType().isInteger(64) || op->getResult(0).getType().isIndex())
    return true; // the arithmetic of addresses
  auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op);
  return flags && flags.hasNoSignedWrap();
}

void LinearAddress::add(Value v, int64_t factor) {
  APInt number;
  if (matchPattern(v, m_ConstantInt(&number))) {
    constant += number.getSExtValue() * factor;
    return;
  }
  if (Operation *op = v.getDefiningOp()) {
    if (isa<arith::ExtSIOp, arith::IndexCastOp>(op))
      return add(op->getOperand(0), factor);
    if (isa<arith::AddIOp, arith::SubIOp>(op) && isExact(op)) {
      add(op->getOperand(0), factor);
      add(op->getOperand(1), isa<arith::AddIOp>(op) ? factor : -factor);
      return;
    }
    if (isa<arith::MulIOp>(op) && isExact(op) && matchPattern(op->getOperand(1), m_ConstantInt(&number)))
      return add(op->getOperand(0), factor * number.getSExtValue());
    if (isa<arith::ShLIOp>(op) && isExact(op) && matchPattern(op->getOperand(1), m_ConstantInt(&number)) &&
        number.ult(31))
      return add(op->getOperand(0), factor << number.getZExtValue());
  }
  int64_t &its = terms[v];
  its += factor;
  if (its == 0)
    terms.erase(v);
}

LinearAddress LinearAddress::of(Value pointer) {
  LinearAddress a;
  while (Operation *op = pointer.getDefiningOp()) {
    if (memoryAccessOf(op).kind != MemoryAccess::Address)
      break;
    AddressParts parts = cast<MemoryAccessOpInterface>(op).getAddressParts();
    a.constant += parts.offset;
    for (const AddressParts::Term &term : parts.terms)
      a.add(term.index, term.stride);
    pointer = parts.base;
  }
  a.base = pointer;
  return a;
}

bool LinearAddress::sameTerms(const LinearAddress &o) const {
  return terms.size() == o.terms.size() && llvm::all_of(terms, [&](const std::pair<Value, int64_t> &t) {
           auto it = o.terms.find(t.first);
           return it != o.terms.end() && it->second == t.second;
         });
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

std::optional<LinearAddress> LocalLanes::addressOf(Value pointer, const LocalSite &site) const {
  if (!guesses)
    return LinearAddress::of(pointer);
  auto loop = site.store->getParentOfType<scf::ForOp>();
  if (!loop)
    return std::nullopt;
  auto sample = Sample(loop.getInductionVar(), samplePosition).evaluate(pointer);
  if (!sample)
    return std::nullopt;
  LinearAddress address; // all from one base
  address.base = site.store->getParentOfType<mlir::func::FuncOp>().getArgument(0);
  address.constant = static_cast<int64_t>(*sample);
  return address;
}

/// The column of a slot, as an address of the input at the site's execution.
std::optional<LinearAddress> LocalLanes::columnOf(const LocalSlot &slot, ObjectId object, const LocalSite &site) const {
  std::optional<LinearAddress> address = addressOf(slot.load.getAddr(), site);
  auto it = tables.find(object);
  if (!address || it == tables.end())
    return address; // of an input
  const Lane &lane = it->second[slot.lane];
  if (!lane.input || address->base != lane.temporary)
    return std::nullopt;
  address->base = lane.input;
  address->constant += lane.distance;
  return address;
}

bool LocalLanes::assign(LocalSite &site, ObjectId object, ArrayRef<LocalSlot> slots,
                        llvm::function_ref<ObjectId(const LocalSlot &)> objectOf) {
  SmallVector<Lane> &table = tables[object];
  size_t before = table.size();
  std::optional<LinearAddress> stored = addressOf(site.store.getAddr(), site);
  SmallVector<std::pair<LinearAddress, unsigned>> known;
  llvm::DenseSet<unsigned> taken;
  site.lanes.clear();
  auto take = [&](llvm::function_ref<bool(const Lane &)> fits, const Lane &fresh) {
    for (auto [k, lane] : llvm::enumerate(table))
      if (fits(lane) && taken.insert(k).second)
        return unsigned(k);
    table.push_back(fresh);
    taken.insert(table.size() - 1);
    return unsigned(table.size() - 1);
  };
  for (const LocalSlot &slot : slots) {
    std::optional<LinearAddress> column = columnOf(slot, objectOf(slot), site);
    if (!column) {
      site.lanes.push_back(take([](const Lane &lane) { return !lane.input; }, Lane()));
      continue;
    }
    auto same = llvm::find_if(known, [&](const std::pair<LinearAddress, unsigned> &k) {
      return k.first.base == column->base && k.first.constant == column->constant && k.first.sameTerms(*column);
    });
    if (same != known.end()) {
      site.lanes.push_back(same->second);
      continue;
    }
    Lane fresh;
    if (stored && column->sameTerms(*stored)) {
      fresh.input = column->base;
      fresh.temporary = stored->base;
      fresh.distance = column->constant - stored->constant;
    }
    unsigned lane = take(
        [&](const Lane &l) {
          return l.input == fresh.input && l.temporary == fresh.temporary && l.distance == fresh.distance;
        },
        fresh);
    known.push_back({*column, lane});
    site.lanes.push_back(lane);
  }
  return table.size() != before;
}
