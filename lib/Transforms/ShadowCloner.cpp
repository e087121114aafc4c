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

/// An index or a count as i64.
static Value toI64(OpBuilder &b, Location loc, Value v, bool isSigned) {
  unsigned width = v.getType().getIntOrFloatBitWidth();
  Type i64 = b.getI64Type();
  if (width > 64)
    return arith::TruncIOp::create(b, loc, i64, v);
  if (width == 64)
    return v;
  return isSigned ? arith::ExtSIOp::create(b, loc, i64, v).getResult()
                  : arith::ExtUIOp::create(b, loc, i64, v).getResult();
}

Value sparsead::buildByteOffset(OpBuilder &b, Location loc, const AddressParts &address, int64_t scale,
                                function_ref<Value(Value)> operand) {
  auto flags = arith::IntegerOverflowFlags::nsw;
  Value sum;
  for (const AddressParts::Term &part : address.terms) {
    Value index = toI64(b, loc, operand(part.index), /*isSigned=*/true);
    Value bytes = buildInt(b, loc, part.stride * scale, 64);
    Value term = arith::MulIOp::create(b, loc, index, bytes, flags);
    sum = sum ? arith::AddIOp::create(b, loc, sum, term, flags).getResult() : term;
  }
  if (address.offset == 0 && sum)
    return sum;
  Value tail = buildInt(b, loc, address.offset * scale, 64);
  return sum ? arith::AddIOp::create(b, loc, sum, tail, flags).getResult() : tail;
}

Value sparsead::buildShadowAddress(OpBuilder &b, Location loc, const AddressParts &address, Value base, int64_t scale,
                                   bool mayBeNull, function_ref<Value(Value)> operand) {
  Value offset = buildByteOffset(b, loc, address, scale, operand);
  Type byte = b.getI8Type();
  Value shadow = LLVM::GEPOp::create(b, loc, base.getType(), byte, base, ArrayRef<LLVM::GEPArg>{offset});
  if (!mayBeNull)
    return shadow;
  Value valid = buildIsNotNull(b, loc, base);
  return arith::SelectOp::create(b, loc, valid, shadow, base);
}

std::optional<int64_t> sparsead::constantSize(Operation *op, const MemoryAccess &allocation) {
  int64_t bytes = storeSize(op, allocation.type);
  for (Value v : allocation.counts) {
    APInt count;
    if (!matchPattern(v, m_ConstantInt(&count)))
      return std::nullopt;
    bytes *= count.getSExtValue();
  }
  return bytes;
}

Value sparsead::buildSize(OpBuilder &b, Operation *op, const MemoryAccess &allocation, int64_t scale,
                          function_ref<Value(Value)> operand) {
  Location loc = op->getLoc();
  Value bytes;
  for (Value v : allocation.counts) {
    Value count = toI64(b, loc, operand(v), /*isSigned=*/false);
    bytes = bytes ? arith::MulIOp::create(b, loc, bytes, count).getResult() : count;
  }
  int64_t unit = storeSize(op, allocation.type) * scale;
  if (unit == 1)
    return bytes;
  Value factor = buildInt(b, loc, unit, 64);
  return arith::MulIOp::create(b, loc, bytes, factor);
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

bool sparsead::isRecursive(ModuleOp module, func::FuncOp f) {
  llvm::DenseSet<Operation *> seen;
  SmallVector<func::FuncOp> work{f};
  bool found = false;
  while (!work.empty() && !found) {
    func::FuncOp at = work.pop_back_val();
    at.walk([&](func::CallOp call) {
      auto callee = module.lookupSymbol<func::FuncOp>(call.getCallee());
      if (!callee || callee.isExternal())
        return;
      found |= callee == f;
      if (seen.insert(callee).second)
        work.push_back(callee);
    });
  }
  return found;
}

std::string sparsead::unusedName(ModuleOp module, std::string name) {
  std::string result = name;
  for (unsigned k = 1; module.lookupSymbol(result); ++k)
    result = name + "." + std::to_string(k);
  return result;
}
