//===- NormalizeLoopsInduction.cpp - arguments that change by a step ------===//

#include "NormalizeLoops.h"
#include "sparsead/Interfaces/MemoryAccessOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace sparsead;

static std::optional<int64_t> constantOf(Value value) {
  APInt constant;
  if (!matchPattern(value, m_ConstantInt(&constant)) || constant.getSignificantBits() > 62)
    return std::nullopt;
  return constant.getSExtValue();
}

namespace {

/// Follows the next value of an argument back to the argument.
class Tracer {
public:
  Tracer(scf::WhileOp loop, BlockArgument argument) : loop(loop), argument(argument) {}

  std::optional<Induction> trace(Value value);

private:
  std::optional<Induction> addInteger(Value base, Value addend, bool negate, bool nsw, bool nuw);
  std::optional<Induction> addPointer(LLVM::GEPOp gep);
  std::optional<Induction> addNarrow(arith::TruncIOp trunc);

  scf::WhileOp loop;
  BlockArgument argument;
};

bool hasFlag(arith::IntegerOverflowFlags flags, arith::IntegerOverflowFlags flag) {
  return arith::bitEnumContainsAll(flags, flag);
}

std::optional<Induction> Tracer::trace(Value value) {
  // An argument of the after region is what the condition forwards.
  if (auto arg = dyn_cast<BlockArgument>(value))
    if (arg.getOwner() == loop.getAfterBody())
      value = loop.getConditionOp().getArgs()[arg.getArgNumber()];
  if (value == argument)
    return Induction{};
  Operation *op = value.getDefiningOp();
  if (!op || isInvariant(value, loop))
    return std::nullopt;
  using Flags = arith::IntegerOverflowFlags;
  if (auto add = dyn_cast<arith::AddIOp>(op)) {
    bool nsw = hasFlag(add.getOverflowFlags(), Flags::nsw);
    bool nuw = hasFlag(add.getOverflowFlags(), Flags::nuw);
    if (isInvariant(add.getRhs(), loop))
      return addInteger(add.getLhs(), add.getRhs(), false, nsw, nuw);
    if (isInvariant(add.getLhs(), loop))
      return addInteger(add.getRhs(), add.getLhs(), false, nsw, nuw);
    return std::nullopt;
  }
  if (auto sub = dyn_cast<arith::SubIOp>(op))
    return addInteger(sub.getLhs(), sub.getRhs(), true, hasFlag(sub.getOverflowFlags(), Flags::nsw),
                      hasFlag(sub.getOverflowFlags(), Flags::nuw));
  if (auto gep = dyn_cast<LLVM::GEPOp>(op))
    return addPointer(gep);
  if (auto trunc = dyn_cast<arith::TruncIOp>(op))
    return addNarrow(trunc);
  return std::nullopt;
}

std::optional<Induction> Tracer::addInteger(Value base, Value addend, bool negate, bool nsw, bool nuw) {
  std::optional<Induction> result = trace(base);
  if (!result || result->element || result->stride)
    return std::nullopt;
  result->nsw &= nsw;
  if (std::optional<int64_t> constant = constantOf(addend)) {
    result->step += negate ? -*constant : *constant;
    // Adding a negative constant without unsigned overflow means nothing.
    result->nuw &= nuw && *constant >= 0;
    return result;
  }
  if (negate || !isInvariant(addend, loop) || result->step != 0)
    return std::nullopt;
  result->nuw &= nuw;
  result->stride = addend;
  return result;
}

/// p + k, p + invariant
std::optional<Induction> Tracer::addPointer(LLVM::GEPOp gep) {
  std::optional<Induction> result = trace(gep.getBase());
  if (!result || gep.getIndices().size() != 1 || result->stride)
    return std::nullopt;
  if (result->element && result->element != gep.getElemType())
    return std::nullopt;
  result->element = gep.getElemType();
  bool inbounds =
      LLVM::bitEnumContainsAny(gep.getNoWrapFlags(), LLVM::GEPNoWrapFlags::inboundsFlag | LLVM::GEPNoWrapFlags::nusw);
  result->nsw &= inbounds;
  result->nuw = result->nsw;
  PointerUnion<IntegerAttr, Value> index = *gep.getIndices().begin();
  if (auto constant = dyn_cast<IntegerAttr>(index)) {
    result->step += constant.getInt();
    return result;
  }
  auto value = cast<Value>(index);
  if (std::optional<int64_t> constant = constantOf(value)) {
    result->step += *constant;
    return result;
  }
  if (!isInvariant(value, loop) || result->step != 0)
    return std::nullopt;
  result->stride = value;
  return result;
}

/// C++ adds to a short or a char in int: trunc(ext(x) + k). It wraps.
std::optional<Induction> Tracer::addNarrow(arith::TruncIOp trunc) {
  Operation *wide = trunc.getIn().getDefiningOp();
  if (!isa_and_nonnull<arith::AddIOp, arith::SubIOp>(wide))
    return std::nullopt;
  std::optional<int64_t> constant = constantOf(wide->getOperand(1));
  Operation *extension = wide->getOperand(0).getDefiningOp();
  if (!constant || !isa_and_nonnull<arith::ExtSIOp, arith::ExtUIOp>(extension) ||
      extension->getOperand(0).getType() != trunc.getType())
    return std::nullopt;
  std::optional<Induction> result = trace(extension->getOperand(0));
  if (!result || result->element || result->stride)
    return std::nullopt;
  result->step += isa<arith::AddIOp>(wide) ? *constant : -*constant;
  result->nsw = result->nuw = false;
  return result;
}

} // namespace

SmallVector<std::optional<Induction>> sparsead::findInductions(scf::WhileOp loop) {
  SmallVector<std::optional<Induction>> result;
  for (auto [argument, next] : llvm::zip(loop.getBeforeArguments(), loop.getYieldOp()->getOperands())) {
    std::optional<Induction> found;
    if (isa<IntegerType, LLVM::LLVMPointerType>(argument.getType()))
      found = Tracer(loop, argument).trace(next);
    result.push_back(found);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Distances between pointers
//===----------------------------------------------------------------------===//

/// Adds `sign` times the offset of `pointer` to the distance; returns the base.
static Value addOffsets(Value pointer, int64_t sign, Distance &distance) {
  while (auto op = pointer.getDefiningOp<MemoryAccessOpInterface>()) {
    if (op.getMemoryAccess().kind != MemoryAccess::Address)
      break;
    AddressParts parts = op.getAddressParts();
    distance.bytes += sign * parts.offset;
    for (const AddressParts::Term &term : parts.terms)
      distance.terms.push_back({term.index, sign * term.stride});
    pointer = parts.base;
  }
  return pointer;
}

std::optional<Distance> sparsead::pointerDistance(Value to, Value from) {
  Distance distance;
  if (addOffsets(to, 1, distance) != addOffsets(from, -1, distance))
    return std::nullopt;
  // Equal terms cancel.
  SmallVector<std::pair<Value, int64_t>> terms;
  for (auto [index, scale] : distance.terms) {
    auto *same = llvm::find_if(terms, [index = index](auto &term) { return term.first == index; });
    if (same == terms.end())
      terms.push_back({index, scale});
    else
      same->second += scale;
  }
  llvm::erase_if(terms, [](auto &term) { return term.second == 0; });
  distance.terms = std::move(terms);
  return distance;
}
