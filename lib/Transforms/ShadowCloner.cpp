//===- ShadowCloner.cpp - shadow addresses and signatures -----------------===//

#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"

using namespace mlir;
using namespace sparsead;

Value sparsead::buildInt(OpBuilder &b, Location loc, int64_t value, unsigned width) {
  Type type = b.getIntegerType(width);
  return arith::ConstantOp::create(b, loc, type, b.getIntegerAttr(type, value));
}

Value sparsead::buildNull(OpBuilder &b, Location loc) {
  return LLVM::ZeroOp::create(b, loc, LLVM::LLVMPointerType::get(b.getContext()));
}

Value sparsead::buildIsNotNull(OpBuilder &b, Location loc, Value pointer) {
  Value null = buildNull(b, loc);
  return LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ne, pointer, null);
}

Value sparsead::buildZero(OpBuilder &b, Location loc, Type type) {
  if (isa<LLVM::LLVMPointerType>(type))
    return buildNull(b, loc);
  if (isa<LLVM::LLVMStructType, LLVM::LLVMArrayType>(type))
    return LLVM::ZeroOp::create(b, loc, type);
  return arith::ConstantOp::create(b, loc, type, cast<TypedAttr>(b.getZeroAttr(type)));
}

int64_t sparsead::storeSize(Operation *scope, Type type) {
  return static_cast<int64_t>(DataLayout::closest(scope).getTypeSize(type));
}

Value sparsead::buildByteOffset(OpBuilder &b, LLVM::GEPOp gep, int64_t scale, function_ref<Value(Value)> operand) {
  Location loc = gep.getLoc();
  DataLayout layout = DataLayout::closest(gep);
  auto strideOf = [&](Type t) {
    return static_cast<int64_t>(
        llvm::alignTo(static_cast<uint64_t>(layout.getTypeSize(t)), layout.getTypeABIAlignment(t)));
  };
  Type i64 = b.getI64Type();
  int64_t constant = 0;
  Value sum;
  Type current = gep.getElemType();
  bool first = true;
  for (auto index : gep.getIndices()) {
    std::optional<int64_t> known;
    Value dynamic;
    if (auto attr = dyn_cast<IntegerAttr>(index))
      known = attr.getValue().getSExtValue();
    else if (APInt c; matchPattern(cast<Value>(index), m_ConstantInt(&c)))
      known = c.getSExtValue();
    else
      dynamic = operand(cast<Value>(index));
    if (!first) {
      if (auto s = dyn_cast<LLVM::LLVMStructType>(current)) {
        int64_t at = 0;
        for (auto [i, t] : llvm::enumerate(s.getBody())) {
          if (!s.isPacked())
            at = llvm::alignTo(at, layout.getTypeABIAlignment(t));
          if (int64_t(i) == *known) {
            current = t;
            break;
          }
          at += layout.getTypeSize(t);
        }
        constant += at;
        continue;
      }
      if (auto a = dyn_cast<LLVM::LLVMArrayType>(current))
        current = a.getElementType();
      else if (auto v = dyn_cast<VectorType>(current))
        current = v.getElementType();
    }
    first = false;
    int64_t stride = strideOf(current);
    if (known) {
      constant += *known * stride;
      continue;
    }
    unsigned width = dynamic.getType().getIntOrFloatBitWidth();
    if (width < 64)
      dynamic = arith::ExtSIOp::create(b, loc, i64, dynamic);
    else if (width > 64)
      dynamic = arith::TruncIOp::create(b, loc, i64, dynamic);
    Value bytes = buildInt(b, loc, stride * scale, 64);
    auto flags = arith::IntegerOverflowFlags::nsw;
    Value term = arith::MulIOp::create(b, loc, dynamic, bytes, flags);
    sum = sum ? arith::AddIOp::create(b, loc, sum, term, flags).getResult() : term;
  }
  Value tail;
  if (constant != 0 || !sum)
    tail = buildInt(b, loc, constant * scale, 64);
  if (!sum)
    return tail;
  if (!tail)
    return sum;
  return arith::AddIOp::create(b, loc, sum, tail, arith::IntegerOverflowFlags::nsw);
}

Value sparsead::buildShadowGEP(OpBuilder &b, LLVM::GEPOp gep, Value base, int64_t scale, bool mayBeNull,
                               function_ref<Value(Value)> operand) {
  Location loc = gep.getLoc();
  Value offset = buildByteOffset(b, gep, scale, operand);
  Type byte = b.getI8Type();
  Value address = LLVM::GEPOp::create(b, loc, base.getType(), byte, base, ArrayRef<LLVM::GEPArg>{offset});
  if (!mayBeNull)
    return address;
  Value valid = buildIsNotNull(b, loc, base);
  return arith::SelectOp::create(b, loc, valid, address, base);
}

Value sparsead::buildTableLoad(OpBuilder &b, Location loc, Value table, unsigned index) {
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  Value slot = LLVM::GEPOp::create(b, loc, ptr, ptr, table, ArrayRef<LLVM::GEPArg>{int32_t(index)});
  return LLVM::LoadOp::create(b, loc, ptr, slot);
}

func::FuncOp sparsead::declareRuntime(ModuleOp module, StringRef name, TypeRange arguments, TypeRange results) {
  if (auto f = module.lookupSymbol<func::FuncOp>(name))
    return f;
  OpBuilder b = OpBuilder::atBlockBegin(module.getBody());
  auto type = FunctionType::get(module.getContext(), arguments, results);
  auto f = func::FuncOp::create(b, module.getLoc(), name, type);
  f.setPrivate();
  return f;
}

Operation *sparsead::cloneFlat(OpBuilder &b, Operation *op, IRMapping &map) {
  assert(op->getNumRegions() == 0 && "regions are rebuilt");
  return b.clone(*op, map);
}
