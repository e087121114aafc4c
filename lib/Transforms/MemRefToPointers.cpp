//===- MemRefToPointers.cpp - memrefs as pointers and sizes ---------------===//
//
// What has a form in pointers is decided first, with an error at each operation that has none; then functions are
// rewritten; then each request gets an entry function that takes addresses only.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Transforms/Passes.h"

#include "MemRefToPointers.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/ControlFlow/Transforms/StructuralTypeConversions.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Pass/PassManager.h"
#include "sparsead/IR/SparseAD.h"

namespace sparsead {
#define GEN_PASS_DEF_MEMREFTOPOINTERS
#include "sparsead/Transforms/Passes.h.inc"
} // namespace sparsead

using namespace mlir;
using namespace sparsead;

//===----------------------------------------------------------------------===//
// What takes part
//===----------------------------------------------------------------------===//

static bool isOpen(Type type) { return isa<BaseMemRefType, IndexType>(type); }

/// Memrefs, indices, affine maps or parallel loops anywhere inside.
static bool takesPart(func::FuncOp f) {
  auto any = [](TypeRange types) { return llvm::any_of(types, isOpen); };
  if (any(f.getArgumentTypes()) || any(f.getResultTypes()))
    return true;
  WalkResult found = f.walk([&](Operation *op) {
    bool open = isa<affine::AffineDialect>(op->getDialect()) || any(op->getOperandTypes()) || any(op->getResultTypes());
    return open ? WalkResult::interrupt() : WalkResult::advance();
  });
  return found.wasInterrupted();
}

/// Why a type has no form in pointers, and a way out; empty where it has one.
static std::pair<StringRef, StringRef> refusal(Type type) {
  if (isa<UnrankedMemRefType>(type))
    return {"the rank of an unranked memref is not known here", "use a ranked memref type"};
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref) {
    bool hidden = false;
    type.walk([&](BaseMemRefType) { hidden = true; });
    return hidden ? std::pair<StringRef, StringRef>{"a memref inside another type has no form in pointers",
                                                    "pass memrefs as values of their own"}
                  : std::pair<StringRef, StringRef>{};
  }
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(memref.getStridesAndOffset(strides, offset)))
    return {"this memref's layout has no strides", "use the identity layout, or a strided one"};
  if (memref.getMemorySpaceAsInt() != 0 || (memref.getMemorySpace() && !isa<IntegerAttr>(memref.getMemorySpace())))
    return {"memrefs of other memory spaces are not reached by pointers", "use the default memory space"};
  Type element = memref.getElementType();
  if (!isa<FloatType, IndexType>(element) && !element.isSignlessInteger())
    return {"elements of this type have no form in pointers", "use floats, integers without a sign, or index"};
  return {};
}

static LogicalResult refuse(Operation *op, const Twine &why, const Twine &wayOut) {
  InFlightDiagnostic d = op->emitError(why);
  d.attachNote() << wayOut;
  return d;
}

/// The allocation that a memref is, itself or by a cast.
static bool isWholeAllocation(Value v) {
  while (auto cast = v.getDefiningOp<memref::CastOp>())
    v = cast.getSource();
  return v.getDefiningOp<memref::AllocOp>() != nullptr;
}

static LogicalResult checkOperation(Operation *op) {
  bool touches = false;
  auto check = [&](Type type) -> LogicalResult {
    touches |= isa<BaseMemRefType>(type);
    auto [why, wayOut] = refusal(type);
    return why.empty() ? success() : refuse(op, why, wayOut);
  };
  for (TypeRange types : {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
    for (Type type : types)
      if (failed(check(type)))
        return failure();
  if (auto function = dyn_cast<func::FuncOp>(op)) {
    for (ArrayRef<Type> types : {function.getArgumentTypes(), function.getResultTypes()})
      for (Type type : types)
        if (failed(check(type)))
          return failure();
    return success();
  }
  if (auto global = dyn_cast<memref::GlobalOp>(op))
    return check(global.getType());

  StringRef name = op->getName().getStringRef();
  if (auto dealloc = dyn_cast<memref::DeallocOp>(op)) {
    if (isWholeAllocation(dealloc.getMemref()))
      return success();
    return refuse(op, "the allocation of this memref is not in this function",
                  "deallocate in the function that allocates");
  }
  if (auto alloc = dyn_cast<memref::AllocOp>(op); alloc && !alloc.getType().getLayout().isIdentity())
    return refuse(op, "an allocation with a layout has no form in pointers", "allocate with the identity layout");
  if (auto alloc = dyn_cast<memref::AllocaOp>(op); alloc && !alloc.getType().getLayout().isIdentity())
    return refuse(op, "an allocation with a layout has no form in pointers", "allocate with the identity layout");
  if (auto call = dyn_cast<func::CallOp>(op); call && touches) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, call.getCalleeAttr());
    if (!callee || callee.isExternal())
      return refuse(op, "cannot pass a memref to '" + call.getCallee() + "': its body is not visible here",
                    "include its definition");
    return success();
  }
  bool memory =
      isa<memref::LoadOp, memref::StoreOp, memref::CopyOp, memref::AllocOp, memref::AllocaOp, memref::GetGlobalOp,
          memref::DimOp, memref::CastOp, memref::ReinterpretCastOp, memref::ExtractStridedMetadataOp,
          memref::TransposeOp, memref::ViewOp, memref::AssumeAlignmentOp, arith::SelectOp, func::CallOp, func::ReturnOp,
          scf::IfOp, scf::ForOp, scf::WhileOp, scf::IndexSwitchOp, scf::ExecuteRegionOp, scf::YieldOp, scf::ConditionOp,
          cf::BranchOp, cf::CondBranchOp>(op);
  if (memory)
    return success();
  if (touches || isa<memref::MemRefDialect>(op->getDialect()))
    return refuse(op, "'" + name + "' on memrefs has no form in pointers",
                  "lower it to loops, memref.load and memref.store first");
  if (op->getNumRegions() != 0 && !op->hasTrait<OpTrait::IsTerminator>() &&
      isa<scf::SCFDialect, affine::AffineDialect>(op->getDialect()))
    return refuse(op, "'" + name + "' has no sequential form here", "lower it to scf.for first");
  return success();
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

namespace {

/// Makes, for a request of a function of memrefs and scalars, the function of addresses that the passes expect.
class EntryBuilder {
public:
  EntryBuilder(RequestOpInterface request, func::FuncOp function, FunctionType declared)
      : request(request), function(function), declared(declared), b(function) {}

  /// The type of parameter `k` and the request's paths into it must fit each other.
  LogicalResult check();
  void build(const PointerTypes &types);

private:
  Value field(Value object, int64_t bytes, Type type);
  void loadMemRef(MemRefType type, Value object, SmallVectorImpl<Value> &operands);

  RequestOpInterface request;
  func::FuncOp function;
  FunctionType declared; // before memrefs became pointers
  OpBuilder b;
};

LogicalResult EntryBuilder::check() {
  for (Type type : declared.getResults())
    if (!type.isIntOrIndexOrFloat() || declared.getNumResults() > 1)
      return refuse(request, "'" + function.getName() + "' returns more than one number",
                    "store results in memrefs that are arguments");
  for (Type type : declared.getInputs())
    if (!type.isIntOrIndexOrFloat() && !isa<MemRefType, LLVM::LLVMPointerType>(type)) {
      std::string text;
      llvm::raw_string_ostream(text) << type;
      return refuse(request, "'" + function.getName() + "' takes an argument of type '" + text + "'",
                    "take numbers, pointers and memrefs");
    }
  for (Attribute attr : request.getObjects()) {
    auto object = cast<ObjectAttr>(attr);
    if (object.isResult())
      continue;
    auto type = dyn_cast<MemRefType>(declared.getInput(object.getArgument()));
    if (!type)
      continue;
    if (!type.getLayout().isIdentity())
      return refuse(request, "'" + object.getName() + "' is a memref with a layout", "use the identity layout");
    ArrayRef<int64_t> path = object.getPath();
    bool descriptor = path.size() >= 4 && path[0] == ObjectAttr::Offset && path[1] == 8 && path[2] == ObjectAttr::Deref;
    if (!descriptor)
      return refuse(request, "'" + object.getName() + "' is a memref: its path goes through the memref's descriptor",
                    "begin with 'offset 8, deref', the pointer to its elements");
  }
  return success();
}

Value EntryBuilder::field(Value object, int64_t bytes, Type type) {
  Location loc = function.getLoc();
  Value address = object;
  if (bytes != 0)
    address = LLVM::GEPOp::create(b, loc, object.getType(), b.getI8Type(), object,
                                  ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes)});
  return LLVM::LoadOp::create(b, loc, type, address);
}

/// { allocated, aligned, offset, sizes[rank], strides[rank] }, as in upstream's C interface.
void EntryBuilder::loadMemRef(MemRefType type, Value object, SmallVectorImpl<Value> &operands) {
  Type i64 = b.getI64Type();
  MemRefParts parts;
  parts.base = field(object, 8, object.getType());
  parts.offset = field(object, 16, i64);
  int64_t rank = type.getRank();
  for (int64_t d = 0; d < rank; ++d)
    parts.sizes.push_back(field(object, 24 + 8 * d, i64));
  for (int64_t d = 0; d < rank; ++d)
    parts.strides.push_back(field(object, 24 + 8 * (rank + d), i64));
  llvm::append_range(operands, pack(type, parts));
}

void EntryBuilder::build(const PointerTypes &types) {
  Location loc = function.getLoc();
  Type ptr = LLVM::LLVMPointerType::get(b.getContext());
  bool result = declared.getNumResults() == 1;
  SmallVector<Type> addresses(declared.getNumInputs() + (result ? 1 : 0), ptr);
  std::string name = (function.getName() + ".sparsead").str();
  while (SymbolTable::lookupSymbolIn(function->getParentOp(), name))
    name += '_';
  auto entry = func::FuncOp::create(b, loc, name, b.getFunctionType(addresses, {}));
  Block *body = entry.addEntryBlock();
  b.setInsertionPointToEnd(body);
  SmallVector<Value> operands;
  for (auto [k, type] : llvm::enumerate(declared.getInputs())) {
    if (auto memref = dyn_cast<MemRefType>(type))
      loadMemRef(memref, body->getArgument(k), operands);
    else
      operands.push_back(field(body->getArgument(k), 0, types.convertType(type)));
  }
  auto call = func::CallOp::create(b, loc, function, operands);
  if (result)
    LLVM::StoreOp::create(b, loc, call.getResult(0), body->getArguments().back());
  func::ReturnOp::create(b, loc);

  // A result that is no object shows by a name less than there are arguments.
  SmallVector<Attribute> names;
  for (unsigned k = 0; k < declared.getNumInputs(); ++k)
    names.push_back(b.getStringAttr("argument " + Twine(k)));
  for (Attribute attr : request.getObjects())
    if (auto object = cast<ObjectAttr>(attr); !object.isResult())
      names[object.getArgument()] = b.getStringAttr(object.getName());
  if (!request->hasAttr("argument_names"))
    request->setAttr("argument_names", b.getArrayAttr(names));
  request.setFunctionAttr(FlatSymbolRefAttr::get(entry));
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

struct MemRefToPointers : sparsead::impl::MemRefToPointersBase<MemRefToPointers> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions;
    for (auto f : getOperation().getOps<func::FuncOp>())
      if (takesPart(f))
        functions.push_back(f);
    SmallVector<std::pair<RequestOpInterface, FunctionType>> requests;
    for (auto request : getOperation().getOps<RequestOpInterface>())
      if (auto f = getOperation().lookupSymbol<func::FuncOp>(request.getFunctionName()))
        if (!llvm::all_of(f.getArgumentTypes(), llvm::IsaPred<LLVM::LLVMPointerType>))
          requests.push_back({request, f.getFunctionType()});
    if (functions.empty() && requests.empty())
      return;
    if (failed(simplify(functions)) || failed(check(functions)))
      return signalPassFailure();
    for (auto [request, declared] : requests)
      if (failed(entryBuilder(request, declared).check()))
        return signalPassFailure();
    PointerTypes types(&getContext());
    if (failed(convert(functions, types)))
      return signalPassFailure();
    for (auto [request, declared] : requests)
      entryBuilder(request, declared).build(types);
  }

  EntryBuilder entryBuilder(RequestOpInterface request, FunctionType declared) {
    return {request, getOperation().lookupSymbol<func::FuncOp>(request.getFunctionName()), declared};
  }

  /// Upstream's passes leave loops, loads, stores and few kinds of view.
  LogicalResult simplify(ArrayRef<func::FuncOp> functions) {
    OpPassManager pm(func::FuncOp::getOperationName());
    pm.addPass(memref::createExpandStridedMetadataPass());
    pm.addPass(createLowerAffinePass());
    pm.addPass(createParallelForToNestedForsPass());
    for (func::FuncOp f : functions)
      if (!f.isExternal() && failed(runPipeline(pm, f)))
        return failure();
    return success();
  }

  LogicalResult check(ArrayRef<func::FuncOp> functions) {
    bool fine = true;
    for (auto global : getOperation().getOps<memref::GlobalOp>())
      fine &= succeeded(checkOperation(global));
    for (func::FuncOp f : functions)
      f.walk([&](Operation *op) { fine &= succeeded(checkOperation(op)); });
    return success(fine);
  }

  LogicalResult convert(ArrayRef<func::FuncOp> functions, const PointerTypes &types) {
    RewritePatternSet patterns(&getContext());
    ConversionTarget target(getContext());
    target.addIllegalDialect<memref::MemRefDialect>();
    target.markUnknownOpDynamicallyLegal([&](Operation *op) {
      if (auto f = dyn_cast<func::FuncOp>(op))
        return types.isSignatureLegal(f.getFunctionType()); // branches convert the blocks that they lead to
      // Its argument is always an index.
      if (auto sw = dyn_cast<scf::IndexSwitchOp>(op))
        return types.isLegal(op->getResultTypes());
      if (isa<arith::IndexCastOp>(op)) // of such an argument
        if (llvm::all_of(op->getUsers(), llvm::IsaPred<scf::IndexSwitchOp>) && op->getOperand(0).getType().isInteger())
          return true;
      return types.isLegal(op) &&
             llvm::all_of(op->getRegions(), [&](Region &region) { return types.isLegal(&region); });
    });
    populateMemRefToPointers(types, patterns);
    scf::populateSCFStructuralTypeConversions(types, patterns);
    cf::populateCFStructuralTypeConversions(types, patterns);
    populateFunctionOpInterfaceTypeConversionPattern<func::FuncOp>(patterns, types);
    populateCallOpTypeConversionPattern(patterns, types);
    populateReturnOpTypeConversionPattern(patterns, types);
    SmallVector<Operation *> roots(functions.begin(), functions.end());
    llvm::append_range(roots, getOperation().getOps<memref::GlobalOp>());
    return applyPartialConversion(roots, target, std::move(patterns));
  }
};

} // namespace
