//===- MemRefToPointersPatterns.cpp - one pattern per operation -----------===//

#include "MemRefToPointers.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"

using namespace mlir;
using namespace sparsead;

//===----------------------------------------------------------------------===//
// Types and parts
//===----------------------------------------------------------------------===//

static void stridesOf(MemRefType type, SmallVectorImpl<int64_t> &strides, int64_t &offset) {
  LogicalResult strided = type.getStridesAndOffset(strides, offset);
  assert(succeeded(strided) && "checked by the pass");
  (void)strided;
}

PointerTypes::PointerTypes(MLIRContext *context) {
  addConversion([](Type type) { return type; });
  addConversion([](IndexType type) -> Type { return IntegerType::get(type.getContext(), 64); });
  addConversion([](MemRefType type, SmallVectorImpl<Type> &parts) -> std::optional<LogicalResult> {
    SmallVector<int64_t> strides;
    int64_t offset;
    stridesOf(type, strides, offset);
    Type i64 = IntegerType::get(type.getContext(), 64);
    parts.push_back(LLVM::LLVMPointerType::get(type.getContext()));
    bool identity = type.getLayout().isIdentity();
    if (!identity && ShapedType::isDynamic(offset))
      parts.push_back(i64);
    parts.append(type.getNumDynamicDims(), i64);
    if (!identity)
      parts.append(llvm::count_if(strides, ShapedType::isDynamic), i64);
    return success();
  });
  // What stays of type index (the argument of scf.index_switch), and the other way round.
  auto cast = [](OpBuilder &b, Type type, ValueRange inputs, Location loc) -> Value {
    bool fits = inputs.size() == 1 && type.isIntOrIndex() && inputs[0].getType().isIntOrIndex();
    return fits ? arith::IndexCastOp::create(b, loc, type, inputs[0]).getResult() : Value();
  };
  addSourceMaterialization(cast);
  addTargetMaterialization(cast);
}

static Value constant(OpBuilder &b, Location loc, int64_t value) {
  return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(value));
}

static Value multiply(OpBuilder &b, Location loc, Value x, Value y) {
  return arith::MulIOp::create(b, loc, x, y, arith::IntegerOverflowFlags::nsw);
}

MemRefParts sparsead::unpack(OpBuilder &b, Location loc, MemRefType type, ValueRange parts) {
  SmallVector<int64_t> strides;
  int64_t offset;
  stridesOf(type, strides, offset);
  bool identity = type.getLayout().isIdentity();
  MemRefParts all;
  SmallVector<Value> list(parts);
  size_t k = 0;
  auto take = [&](int64_t known) { return ShapedType::isDynamic(known) ? list[k++] : constant(b, loc, known); };
  all.base = list[k++];
  all.offset = take(identity ? 0 : offset);
  for (int64_t size : type.getShape())
    all.sizes.push_back(take(size));
  if (!identity) {
    for (int64_t stride : strides)
      all.strides.push_back(take(stride));
    return all;
  }
  all.strides.resize(type.getRank());
  for (int64_t d = type.getRank() - 1; d >= 0; --d) {
    bool known = !ShapedType::isDynamic(strides[d]);
    if (known)
      all.strides[d] = constant(b, loc, strides[d]);
    else
      all.strides[d] = multiply(b, loc, all.strides[d + 1], all.sizes[d + 1]);
  }
  return all;
}

SmallVector<Value> sparsead::pack(MemRefType type, const MemRefParts &parts) {
  SmallVector<int64_t> strides;
  int64_t offset;
  stridesOf(type, strides, offset);
  bool identity = type.getLayout().isIdentity();
  SmallVector<Value> list{parts.base};
  if (!identity && ShapedType::isDynamic(offset))
    list.push_back(parts.offset);
  for (auto [size, value] : llvm::zip(type.getShape(), parts.sizes))
    if (ShapedType::isDynamic(size))
      list.push_back(value);
  if (!identity)
    for (auto [stride, value] : llvm::zip(strides, parts.strides))
      if (ShapedType::isDynamic(stride))
        list.push_back(value);
  return list;
}

Type sparsead::storedType(MemRefType type) {
  Type element = type.getElementType();
  return element.isIndex() ? IntegerType::get(type.getContext(), 64) : element;
}

/// Address of an element. A known stride is the size of an array type, so that what is known of the address shows.
static Value elementAddress(OpBuilder &b, Location loc, MemRefType type, const MemRefParts &parts, ValueRange indices) {
  Type element = storedType(type);
  Value address = parts.base;
  auto advance = [&](Value index, Type by) {
    address = LLVM::GEPOp::create(b, loc, address.getType(), by, address, ArrayRef<LLVM::GEPArg>{index});
  };
  if (!matchPattern(parts.offset, m_Zero()))
    advance(parts.offset, element);
  for (auto [index, stride] : llvm::zip(indices, parts.strides)) {
    APInt known;
    if (!matchPattern(stride, m_ConstantInt(&known)) || !known.isStrictlyPositive())
      advance(multiply(b, loc, index, stride), element);
    else if (known.isOne())
      advance(index, element);
    else
      advance(index, LLVM::LLVMArrayType::get(element, known.getSExtValue()));
  }
  return address;
}

static Value countOf(OpBuilder &b, Location loc, const MemRefParts &parts) {
  Value count = constant(b, loc, 1);
  for (Value size : parts.sizes)
    count = multiply(b, loc, count, size);
  return count;
}

static Value bytesOf(OpBuilder &b, Operation *op, MemRefType type, const MemRefParts &parts) {
  uint64_t size = DataLayout::closest(op).getTypeSize(storedType(type));
  Value count = countOf(b, op->getLoc(), parts);
  return multiply(b, op->getLoc(), count, constant(b, op->getLoc(), static_cast<int64_t>(size)));
}

/// An offset, a size or a stride: constant or the next operand.
static SmallVector<Value> mixed(OpBuilder &b, Location loc, ArrayRef<int64_t> fixed, ArrayRef<ValueRange> open) {
  SmallVector<Value> values;
  size_t k = 0;
  for (int64_t v : fixed)
    values.push_back(ShapedType::isDynamic(v) ? open[k++].front() : constant(b, loc, v));
  return values;
}

static SmallVector<Value> single(ArrayRef<ValueRange> ranges) {
  SmallVector<Value> values;
  for (ValueRange r : ranges)
    values.push_back(r.front());
  return values;
}

namespace {

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

template <typename OpT> struct Lower : OpConversionPattern<OpT> {
  using OpConversionPattern<OpT>::OpConversionPattern;
  using Adaptor = typename OpConversionPattern<OpT>::OneToNOpAdaptor;
};

struct LowerLoad : Lower<memref::LoadOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(memref::LoadOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    MemRefType type = op.getMemRefType();
    MemRefParts parts = unpack(b, op.getLoc(), type, adaptor.getMemref());
    Value address = elementAddress(b, op.getLoc(), type, parts, single(adaptor.getIndices()));
    b.replaceOpWithNewOp<LLVM::LoadOp>(op, storedType(type), address, op.getAlignment().value_or(0));
    return success();
  }
};

struct LowerStore : Lower<memref::StoreOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(memref::StoreOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    MemRefType type = op.getMemRefType();
    MemRefParts parts = unpack(b, op.getLoc(), type, adaptor.getMemref());
    Value address = elementAddress(b, op.getLoc(), type, parts, single(adaptor.getIndices()));
    b.replaceOpWithNewOp<LLVM::StoreOp>(op, adaptor.getValue().front(), address, op.getAlignment().value_or(0));
    return success();
  }
};

/// memcpy where both sides are dense, else a loop nest.
struct LowerCopy : Lower<memref::CopyOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(memref::CopyOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Location loc = op.getLoc();
    auto from = cast<MemRefType>(op.getSource().getType()), to = cast<MemRefType>(op.getTarget().getType());
    MemRefParts source = unpack(b, loc, from, adaptor.getSource());
    MemRefParts target = unpack(b, loc, to, adaptor.getTarget());
    if (from.getLayout().isIdentity() && to.getLayout().isIdentity()) {
      Value bytes = bytesOf(b, op, from, source);
      b.replaceOpWithNewOp<LLVM::MemcpyOp>(op, target.base, source.base, bytes, /*isVolatile=*/false);
      return success();
    }
    Value zero = constant(b, loc, 0), one = constant(b, loc, 1);
    SmallVector<Value> at;
    for (Value size : source.sizes) {
      auto loop = scf::ForOp::create(b, loc, zero, size, one);
      at.push_back(loop.getInductionVar());
      b.setInsertionPointToStart(loop.getBody());
    }
    Value read = elementAddress(b, loc, from, source, at);
    Value value = LLVM::LoadOp::create(b, loc, storedType(from), read);
    Value write = elementAddress(b, loc, to, target, at);
    LLVM::StoreOp::create(b, loc, value, write);
    b.eraseOp(op);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Allocation
//===----------------------------------------------------------------------===//

/// Every access names its own alignment, so that an allocation's larger one is never needed.
template <typename OpT> struct LowerAllocation : Lower<OpT> {
  using Lower<OpT>::Lower;
  LogicalResult matchAndRewrite(OpT op, typename Lower<OpT>::Adaptor adaptor,
                                ConversionPatternRewriter &b) const override {
    Location loc = op.getLoc();
    MemRefType type = op.getType();
    MemRefParts parts;
    parts.sizes = mixed(b, loc, type.getShape(), adaptor.getDynamicSizes());
    Type ptr = LLVM::LLVMPointerType::get(op.getContext());
    if constexpr (std::is_same_v<OpT, memref::AllocaOp>) {
      Value count = countOf(b, loc, parts);
      parts.base = LLVM::AllocaOp::create(b, loc, ptr, storedType(type), count, op.getAlignment().value_or(0));
    } else {
      auto module = op->template getParentOfType<ModuleOp>();
      FailureOr<LLVM::LLVMFuncOp> function = LLVM::lookupOrCreateMallocFn(b, module, b.getI64Type());
      if (failed(function))
        return op.emitError("'malloc' is declared with another signature");
      Value bytes = bytesOf(b, op, type, parts);
      parts.base = LLVM::CallOp::create(b, loc, *function, ValueRange{bytes}).getResult();
    }
    b.replaceOpWithMultiple(op, ArrayRef<SmallVector<Value>>{pack(type, parts)});
    return success();
  }
};

struct LowerDealloc : Lower<memref::DeallocOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(memref::DeallocOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    FailureOr<LLVM::LLVMFuncOp> function = LLVM::lookupOrCreateFreeFn(b, op->getParentOfType<ModuleOp>());
    if (failed(function))
      return op.emitError("'free' is declared with another signature");
    b.replaceOpWithNewOp<LLVM::CallOp>(op, *function, ValueRange{adaptor.getMemref().front()});
    return success();
  }
};

struct LowerGlobal : Lower<memref::GlobalOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(memref::GlobalOp op, Adaptor, ConversionPatternRewriter &b) const override {
    MemRefType type = op.getType();
    Type element = storedType(type);
    auto array = LLVM::LLVMArrayType::get(element, type.getNumElements());
    Attribute value;
    if (auto dense = dyn_cast_or_null<DenseElementsAttr>(op.getInitialValueAttr())) {
      if (element != type.getElementType())
        dense = cast<DenseIntElementsAttr>(dense).mapValues(element, [](const APInt &v) { return v.sextOrTrunc(64); });
      value = dense.reshape(RankedTensorType::get({type.getNumElements()}, element));
    } else if (!op.isExternal()) {
      value = b.getZeroAttr(RankedTensorType::get({type.getNumElements()}, element));
    }
    auto linkage = op.isPrivate() ? LLVM::Linkage::Internal : LLVM::Linkage::External;
    b.replaceOpWithNewOp<LLVM::GlobalOp>(op, array, op.getConstant(), linkage, op.getSymName(), value);
    return success();
  }
};

struct LowerGetGlobal : Lower<memref::GetGlobalOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(memref::GetGlobalOp op, Adaptor, ConversionPatternRewriter &b) const override {
    Type ptr = LLVM::LLVMPointerType::get(op.getContext());
    b.replaceOpWithNewOp<LLVM::AddressOfOp>(op, ptr, op.getName());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------===//

struct LowerDim : Lower<memref::DimOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(memref::DimOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Location loc = op.getLoc();
    MemRefParts parts = unpack(b, loc, cast<MemRefType>(op.getSource().getType()), adaptor.getSource());
    if (std::optional<int64_t> known = op.getConstantIndex()) {
      if (*known < 0 || *known >= static_cast<int64_t>(parts.sizes.size()))
        return op.emitError("dimension ") << *known << " does not exist";
      b.replaceOp(op, parts.sizes[*known]);
      return success();
    }
    Value which = adaptor.getIndex().front();
    Value size = constant(b, loc, 0);
    for (auto [d, candidate] : llvm::enumerate(parts.sizes)) {
      Value number = constant(b, loc, static_cast<int64_t>(d));
      Value is = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, which, number);
      size = arith::SelectOp::create(b, loc, is, candidate, size);
    }
    b.replaceOp(op, size);
    return success();
  }
};

struct LowerCast : Lower<memref::CastOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(memref::CastOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    MemRefParts parts = unpack(b, op.getLoc(), cast<MemRefType>(op.getSource().getType()), adaptor.getSource());
    b.replaceOpWithMultiple(op, ArrayRef<SmallVector<Value>>{pack(cast<MemRefType>(op.getType()), parts)});
    return success();
  }
};

struct LowerReinterpretCast : Lower<memref::ReinterpretCastOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(memref::ReinterpretCastOp op, Adaptor adaptor,
                                ConversionPatternRewriter &b) const override {
    Location loc = op.getLoc();
    MemRefParts parts;
    parts.base = adaptor.getSource().front();
    parts.offset = mixed(b, loc, op.getStaticOffsets(), adaptor.getOffsets()).front();
    parts.sizes = mixed(b, loc, op.getStaticSizes(), adaptor.getSizes());
    parts.strides = mixed(b, loc, op.getStaticStrides(), adaptor.getStrides());
    b.replaceOpWithMultiple(op, ArrayRef<SmallVector<Value>>{pack(op.getType(), parts)});
    return success();
  }
};

struct LowerMetadata : Lower<memref::ExtractStridedMetadataOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(memref::ExtractStridedMetadataOp op, Adaptor adaptor,
                                ConversionPatternRewriter &b) const override {
    MemRefParts parts = unpack(b, op.getLoc(), cast<MemRefType>(op.getSource().getType()), adaptor.getSource());
    SmallVector<SmallVector<Value>> results{{parts.base}, {parts.offset}};
    for (Value v : parts.sizes)
      results.push_back({v});
    for (Value v : parts.strides)
      results.push_back({v});
    b.replaceOpWithMultiple(op, std::move(results));
    return success();
  }
};

struct LowerTranspose : Lower<memref::TransposeOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(memref::TransposeOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    MemRefParts from = unpack(b, op.getLoc(), cast<MemRefType>(op.getIn().getType()), adaptor.getIn());
    MemRefParts parts{from.base, from.offset, {}, {}};
    for (AffineExpr dimension : op.getPermutation().getResults()) {
      unsigned d = cast<AffineDimExpr>(dimension).getPosition();
      parts.sizes.push_back(from.sizes[d]);
      parts.strides.push_back(from.strides[d]);
    }
    b.replaceOpWithMultiple(op, ArrayRef<SmallVector<Value>>{pack(cast<MemRefType>(op.getType()), parts)});
    return success();
  }
};

/// Bytes of an i8 buffer as elements.
struct LowerView : Lower<memref::ViewOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(memref::ViewOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Location loc = op.getLoc();
    MemRefType type = op.getType();
    Value base = adaptor.getSource().front();
    MemRefParts parts;
    parts.base = LLVM::GEPOp::create(b, loc, base.getType(), b.getI8Type(), base,
                                     ArrayRef<LLVM::GEPArg>{adaptor.getByteShift().front()});
    parts.sizes = mixed(b, loc, type.getShape(), adaptor.getSizes());
    b.replaceOpWithMultiple(op, ArrayRef<SmallVector<Value>>{pack(type, parts)});
    return success();
  }
};

struct LowerAssumeAlignment : Lower<memref::AssumeAlignmentOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(memref::AssumeAlignmentOp op, Adaptor adaptor,
                                ConversionPatternRewriter &b) const override {
    b.replaceOpWithMultiple(op, ArrayRef<SmallVector<Value>>{SmallVector<Value>(adaptor.getMemref())});
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

struct LowerConstant : Lower<arith::ConstantOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(arith::ConstantOp op, Adaptor, ConversionPatternRewriter &b) const override {
    auto value = dyn_cast<IntegerAttr>(op.getValue());
    if (!value || !value.getType().isIndex())
      return b.notifyMatchFailure(op, "not an index");
    b.replaceOpWithNewOp<arith::ConstantOp>(op, b.getI64IntegerAttr(value.getInt()));
    return success();
  }
};

/// Casts between index and integers: index is i64 now.
template <typename CastT, typename WidenT> struct LowerIndexCast : Lower<CastT> {
  using Lower<CastT>::Lower;
  LogicalResult matchAndRewrite(CastT op, typename Lower<CastT>::Adaptor adaptor,
                                ConversionPatternRewriter &b) const override {
    Type to = this->getTypeConverter()->convertType(op.getType());
    Value in = adaptor.getIn().front();
    if (!to || !to.isInteger() || !in.getType().isInteger())
      return b.notifyMatchFailure(op, "not a scalar");
    unsigned from = in.getType().getIntOrFloatBitWidth(), width = to.getIntOrFloatBitWidth();
    if (from == width)
      b.replaceOp(op, in);
    else if (from < width)
      b.replaceOpWithNewOp<WidenT>(op, to, in);
    else
      b.replaceOpWithNewOp<arith::TruncIOp>(op, to, in);
    return success();
  }
};

/// A choice between memrefs chooses each part.
struct LowerSelect : Lower<arith::SelectOp> {
  using Lower::Lower;
  LogicalResult matchAndRewrite(arith::SelectOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    SmallVector<Value> parts;
    Value condition = adaptor.getCondition().front();
    for (auto [yes, no] : llvm::zip(adaptor.getTrueValue(), adaptor.getFalseValue()))
      parts.push_back(arith::SelectOp::create(b, op.getLoc(), condition, yes, no));
    b.replaceOpWithMultiple(op, ArrayRef<SmallVector<Value>>{parts});
    return success();
  }
};

/// Arithmetic is the same on i64.
struct LowerScalar : ConversionPattern {
  LowerScalar(const TypeConverter &types, MLIRContext *context)
      : ConversionPattern(types, MatchAnyOpTypeTag(), /*benefit=*/0, context) {}
  LogicalResult matchAndRewrite(Operation *op, ArrayRef<Value> operands, ConversionPatternRewriter &b) const override {
    if (op->getNumRegions() != 0 || op->hasTrait<OpTrait::IsTerminator>())
      return b.notifyMatchFailure(op, "not a scalar operation");
    FailureOr<Operation *> made = convertOpResultTypes(op, operands, *getTypeConverter(), b);
    if (failed(made))
      return failure();
    b.replaceOp(op, (*made)->getResults());
    return success();
  }
};

} // namespace

void sparsead::populateMemRefToPointers(const PointerTypes &types, RewritePatternSet &patterns) {
  patterns.add<LowerLoad, LowerStore, LowerCopy, LowerAllocation<memref::AllocOp>, LowerAllocation<memref::AllocaOp>,
               LowerDealloc, LowerGlobal, LowerGetGlobal, LowerDim, LowerCast, LowerReinterpretCast, LowerMetadata,
               LowerTranspose, LowerView, LowerAssumeAlignment, LowerConstant,
               LowerIndexCast<arith::IndexCastOp, arith::ExtSIOp>, LowerIndexCast<arith::IndexCastUIOp, arith::ExtUIOp>,
               LowerSelect, LowerScalar>(types, patterns.getContext());
}
