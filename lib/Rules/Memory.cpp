//===- Memory.cpp - memory of LLVM-dialect operations and calls -----------===//
//
// External models of MemoryAccessOpInterface.
//
//===----------------------------------------------------------------------===//

#include "AttachRules.h"
#include "sparsead/Interfaces/KnownFunctions.h"
#include "sparsead/Interfaces/MemoryAccessOpInterface.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"

using namespace mlir;
using namespace sparsead;

namespace {

template <typename Self, typename OpT> using MemoryModel = MemoryAccessOpInterface::ExternalModel<Self, OpT>;

struct LoadMemory : MemoryModel<LoadMemory, LLVM::LoadOp> {
  MemoryAccess getMemoryAccess(Operation *op) const {
    auto load = cast<LLVM::LoadOp>(op);
    MemoryAccess a;
    a.kind = MemoryAccess::Load;
    a.pointer = load.getAddr();
    a.value = load.getResult();
    a.type = load.getType();
    a.special = load.getVolatile_() || load.getOrdering() != LLVM::AtomicOrdering::not_atomic;
    return a;
  }
};

struct StoreMemory : MemoryModel<StoreMemory, LLVM::StoreOp> {
  MemoryAccess getMemoryAccess(Operation *op) const {
    auto store = cast<LLVM::StoreOp>(op);
    MemoryAccess a;
    a.kind = MemoryAccess::Store;
    a.pointer = store.getAddr();
    a.value = store.getValue();
    a.type = a.value.getType();
    a.special = store.getVolatile_() || store.getOrdering() != LLVM::AtomicOrdering::not_atomic;
    return a;
  }
};

struct AllocaMemory : MemoryModel<AllocaMemory, LLVM::AllocaOp> {
  MemoryAccess getMemoryAccess(Operation *op) const {
    auto alloca = cast<LLVM::AllocaOp>(op);
    MemoryAccess a;
    a.kind = MemoryAccess::Allocate;
    a.pointer = alloca.getResult();
    a.type = alloca.getElemType();
    a.counts.push_back(alloca.getArraySize());
    a.onStack = true;
    return a;
  }
};

/// memcpy, memmove.
template <typename OpT, MemoryAccess::Kind kind> struct CopyMemory : MemoryModel<CopyMemory<OpT, kind>, OpT> {
  MemoryAccess getMemoryAccess(Operation *op) const {
    auto copy = cast<OpT>(op);
    MemoryAccess a;
    a.kind = kind;
    a.pointer = copy.getDst();
    a.source = copy.getSrc();
    a.length = copy.getLen();
    a.special = copy.getIsVolatile();
    return a;
  }
};

struct InlineCopyMemory : MemoryModel<InlineCopyMemory, LLVM::MemcpyInlineOp> {
  MemoryAccess getMemoryAccess(Operation *op) const {
    auto copy = cast<LLVM::MemcpyInlineOp>(op);
    MemoryAccess a;
    a.kind = MemoryAccess::Copy;
    a.pointer = copy.getDst();
    a.source = copy.getSrc();
    a.bytes = copy.getLenAttr().getValue().getSExtValue();
    a.special = copy.getIsVolatile();
    return a;
  }
};

struct FillMemory : MemoryModel<FillMemory, LLVM::MemsetOp> {
  MemoryAccess getMemoryAccess(Operation *op) const {
    auto fill = cast<LLVM::MemsetOp>(op);
    MemoryAccess a;
    a.kind = MemoryAccess::Fill;
    a.pointer = fill.getDst();
    a.value = fill.getVal();
    a.length = fill.getLen();
    a.special = fill.getIsVolatile();
    return a;
  }
};

struct InlineFillMemory : MemoryModel<InlineFillMemory, LLVM::MemsetInlineOp> {
  MemoryAccess getMemoryAccess(Operation *op) const {
    auto fill = cast<LLVM::MemsetInlineOp>(op);
    MemoryAccess a;
    a.kind = MemoryAccess::Fill;
    a.pointer = fill.getDst();
    a.value = fill.getVal();
    a.bytes = fill.getLenAttr().getValue().getSExtValue();
    a.special = fill.getIsVolatile();
    return a;
  }
};

//===----------------------------------------------------------------------===//
// Addresses
//===----------------------------------------------------------------------===//

/// Bytes from one element of an array to the next.
int64_t strideOf(const DataLayout &layout, Type type) {
  uint64_t size = layout.getTypeSize(type);
  return static_cast<int64_t>(llvm::alignTo(size, layout.getTypeABIAlignment(type)));
}

int64_t fieldOffset(const DataLayout &layout, LLVM::LLVMStructType type, int64_t field) {
  uint64_t at = 0;
  for (auto [i, member] : llvm::enumerate(type.getBody())) {
    if (!type.isPacked())
      at = llvm::alignTo(at, layout.getTypeABIAlignment(member));
    if (static_cast<int64_t>(i) == field)
      break;
    at += layout.getTypeSize(member);
  }
  return static_cast<int64_t>(at);
}

struct GEPMemory : MemoryModel<GEPMemory, LLVM::GEPOp> {
  MemoryAccess getMemoryAccess(Operation *op) const {
    MemoryAccess a;
    a.kind = MemoryAccess::Address;
    a.pointer = op->getResult(0);
    return a;
  }

  AddressParts getAddressParts(Operation *op) const {
    auto gep = cast<LLVM::GEPOp>(op);
    DataLayout layout = DataLayout::closest(gep);
    AddressParts parts;
    parts.base = gep.getBase();
    Type current = gep.getElemType();
    for (auto [position, index] : llvm::enumerate(gep.getIndices())) {
      std::optional<int64_t> known;
      if (auto attr = dyn_cast<IntegerAttr>(index))
        known = attr.getValue().getSExtValue();
      else if (APInt value; matchPattern(cast<Value>(index), m_ConstantInt(&value)))
        known = value.getSExtValue();
      // The first index counts whole elements, the others go into them.
      if (position > 0) {
        if (auto structure = dyn_cast<LLVM::LLVMStructType>(current)) {
          assert(known && "fields are chosen by constants");
          parts.offset += fieldOffset(layout, structure, *known);
          current = structure.getBody()[*known];
          continue;
        }
        if (auto array = dyn_cast<LLVM::LLVMArrayType>(current))
          current = array.getElementType();
        else if (auto vector = dyn_cast<VectorType>(current))
          current = vector.getElementType();
      }
      int64_t stride = strideOf(layout, current);
      if (known)
        parts.offset += *known * stride;
      else
        parts.terms.push_back({cast<Value>(index), stride});
    }
    return parts;
  }
};

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// A user's own function of that name is a call like any other.
bool hasBody(Operation *call, StringRef name) {
  Operation *callee = SymbolTable::lookupNearestSymbolFrom(call, StringAttr::get(call->getContext(), name));
  auto function = dyn_cast_or_null<FunctionOpInterface>(callee);
  return function && !function.isExternal();
}

template <typename OpT> struct CallMemory : MemoryModel<CallMemory<OpT>, OpT> {
  MemoryAccess getMemoryAccess(Operation *op) const {
    StringRef name = calleeName(op);
    KnownFunction known = knownFunction(name);
    MemoryAccess a;
    if (op->hasAttr(frameAttr)) {
      a.kind = MemoryAccess::Allocate;
      a.pointer = op->getResult(0);
      a.type = IntegerType::get(op->getContext(), 8);
      a.counts.push_back(op->getOperand(1));
      return a;
    }
    switch (known) {
    case KnownFunction::Allocate:
    case KnownFunction::AllocateZeroed:
      a.zeroed = known == KnownFunction::AllocateZeroed;
      if (op->getNumResults() != 1 || op->getNumOperands() < (a.zeroed ? 2 : 1) || hasBody(op, name))
        return {};
      a.kind = MemoryAccess::Allocate;
      a.pointer = op->getResult(0);
      a.type = IntegerType::get(op->getContext(), 8);
      a.counts.push_back(op->getOperand(0));
      if (a.zeroed)
        a.counts.push_back(op->getOperand(1));
      return a;
    case KnownFunction::Release:
      if (op->getNumOperands() < 1 || hasBody(op, name))
        return {};
      a.kind = MemoryAccess::Free;
      a.pointer = op->getOperand(0);
      return a;
    default:
      return {};
    }
  }
};

} // namespace

void sparsead::attachLLVMMemory(MLIRContext *context) {
  LLVM::LoadOp::attachInterface<LoadMemory>(*context);
  LLVM::StoreOp::attachInterface<StoreMemory>(*context);
  LLVM::AllocaOp::attachInterface<AllocaMemory>(*context);
  LLVM::MemcpyOp::attachInterface<CopyMemory<LLVM::MemcpyOp, MemoryAccess::Copy>>(*context);
  LLVM::MemmoveOp::attachInterface<CopyMemory<LLVM::MemmoveOp, MemoryAccess::Move>>(*context);
  LLVM::MemcpyInlineOp::attachInterface<InlineCopyMemory>(*context);
  LLVM::MemsetOp::attachInterface<FillMemory>(*context);
  LLVM::MemsetInlineOp::attachInterface<InlineFillMemory>(*context);
  LLVM::GEPOp::attachInterface<GEPMemory>(*context);
  LLVM::CallOp::attachInterface<CallMemory<LLVM::CallOp>>(*context);
}

void sparsead::attachFuncMemory(MLIRContext *context) {
  func::CallOp::attachInterface<CallMemory<func::CallOp>>(*context);
}
