//===- SparseADOps.cpp - verifiers of the sparsead operations -------------===//

#include "sparsead/IR/SparseAD.h"

#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/SmallSet.h"

using namespace mlir;
using namespace sparsead;

#include "sparsead/IR/SparseADInterfaces.cpp.inc"
#define GET_OP_CLASSES
#include "sparsead/IR/SparseADOps.cpp.inc"

std::optional<MatrixLayout> sparsead::getMatrixLayout(Type type) {
  auto encoding = sparse_tensor::getSparseTensorEncoding(type);
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!encoding || !tensor || tensor.getRank() != 2)
    return std::nullopt;
  ArrayRef<sparse_tensor::LevelType> levels = encoding.getLvlTypes();
  AffineMap order = encoding.getDimToLvl();
  bool identity = !order || order.isIdentity();
  bool swapped = order && order.isPermutation() && !order.isIdentity();
  if (levels.size() != 2)
    return std::nullopt;
  auto unique = [](sparse_tensor::LevelType level) {
    return sparse_tensor::isUniqueLT(level) && sparse_tensor::isOrderedLT(level);
  };
  if (sparse_tensor::isDenseLT(levels[0]) && sparse_tensor::isCompressedLT(levels[1]) && unique(levels[1])) {
    if (identity)
      return MatrixLayout::CSR;
    if (swapped)
      return MatrixLayout::CSC;
  }
  if (identity && sparse_tensor::isCompressedLT(levels[0]) && sparse_tensor::isSingletonLT(levels[1]) &&
      !sparse_tensor::isUniqueLT(levels[0]))
    return MatrixLayout::COO;
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// JacobianOp, GradientOp, HessianOp
//===----------------------------------------------------------------------===//

/// `indices` must name each object that has `role`, once.
static LogicalResult verifyBlocks(RequestOpInterface op, ArrayRef<int64_t> indices, ObjectAttr::Role role,
                                  StringRef what) {
  llvm::SmallSet<int64_t, 8> seen;
  int64_t count = static_cast<int64_t>(op.getObjects().size());
  auto object = [&](int64_t index) { return cast<ObjectAttr>(op.getObjects()[index]); };
  for (int64_t index : indices) {
    if (index < 0 || index >= count)
      return op->emitOpError() << what << " index " << index << " is out of range: there are " << count << " objects";
    if (!(object(index).getRoles() & role))
      return op->emitOpError() << "'" << object(index).getName() << "' is listed as " << what
                               << " but does not have that role";
    if (!seen.insert(index).second)
      return op->emitOpError() << "'" << object(index).getName() << "' is listed twice "
                               << "as " << what;
  }
  for (int64_t i = 0; i < count; ++i)
    if (object(i).getRoles() & role && !seen.contains(i))
      return op->emitOpError() << "'" << object(i).getName() << "' has role " << what << " but is not listed";
  return success();
}

static LogicalResult verifyRequest(RequestOpInterface op) {
  if (op.getInputs().empty() || op.getOutputs().empty())
    return op->emitOpError("needs at least one input and one output");
  if (failed(verifyBlocks(op, op.getInputs(), ObjectAttr::Input, "input")) ||
      failed(verifyBlocks(op, op.getOutputs(), ObjectAttr::Output, "output")))
    return failure();
  return success();
}

LogicalResult JacobianOp::verify() {
  if (!getMatrixLayout(getType()))
    return emitOpError("result must be a tensor of rank 2 with a sparse_tensor "
                       "encoding of CSR, CSC or COO");
  Type element = cast<RankedTensorType>(getType()).getElementType();
  if (!element.isF64() && !element.isF32())
    return emitOpError("element type must be f64 or f32, got ") << element;
  if (failed(verifyRequest(*this)))
    return failure();
  if (auto widths = getWidths()) {
    int64_t last = 0;
    for (int64_t width : *widths) {
      if (width <= last)
        return emitOpError("widths must be positive and ascending");
      last = width;
    }
  }
  return success();
}

LogicalResult GradientOp::verify() {
  if (failed(verifyRequest(*this)))
    return failure();
  auto output = cast<ObjectAttr>(getObjects()[getOutputs().front()]);
  bool several = getOutputs().size() != 1 || output.getLeaves().size() != 2;
  if (several)
    return emitOpError("needs one output with one element");
  return success();
}

LogicalResult HessianOp::verify() { return verifyRequest(*this); }

static LogicalResult verifyFunction(RequestOpInterface op, SymbolTableCollection &symbols) {
  StringRef name = op.getFunctionName();
  auto function = dyn_cast_or_null<FunctionOpInterface>(symbols.lookupNearestSymbolFrom(op, op.getFunctionAttr()));
  if (!function)
    return op->emitOpError() << "'" << name << "' is not a function";
  int64_t numArguments = function.getNumArguments();
  if (numArguments == 0)
    return op->emitOpError() << "'" << name << "' must take the addresses of its objects";
  for (Attribute attr : op.getObjects()) {
    auto object = cast<ObjectAttr>(attr);
    if (object.getArgument() >= numArguments)
      return op->emitOpError() << "'" << object.getName() << "' starts from "
                               << "argument " << object.getArgument() << ", but '" << name << "' has " << numArguments
                               << " parameter objects";
  }
  // Of memrefs and numbers until sparsead-memref-to-pointers has run.
  for (Type type : function.getArgumentTypes())
    if (!isa<LLVM::LLVMPointerType, BaseMemRefType>(type) && !type.isIntOrIndexOrFloat())
      return op->emitOpError() << "'" << name << "' must take addresses, memrefs and numbers, not " << type;
  return success();
}

LogicalResult JacobianOp::verifySymbolUses(SymbolTableCollection &symbols) { return verifyFunction(*this, symbols); }
LogicalResult GradientOp::verifySymbolUses(SymbolTableCollection &symbols) { return verifyFunction(*this, symbols); }
LogicalResult HessianOp::verifySymbolUses(SymbolTableCollection &symbols) { return verifyFunction(*this, symbols); }

//===----------------------------------------------------------------------===//
// LibmOp, TrapIfOp
//===----------------------------------------------------------------------===//

LogicalResult RuleOp::verify() {
  if (!getJvp() && !getVjp())
    return emitOpError("has neither a jvp nor a vjp");
  for (int64_t k : getActive())
    if (k < 0 || k >= int64_t(getArgs().size()) || !isa<FloatType>(getArgs()[k].getType()))
      return emitOpError("names an active operand that is no number: ") << k;
  return success();
}

LogicalResult LibmOp::verify() {
  if (getCallee().empty())
    return emitOpError("needs the name of a C function");
  return success();
}

LogicalResult TrapIfOp::canonicalize(TrapIfOp op, PatternRewriter &rewriter) {
  if (!matchPattern(op.getCondition(), m_Zero()))
    return rewriter.notifyMatchFailure(op, "condition is not known to be false");
  rewriter.eraseOp(op);
  return success();
}

//===----------------------------------------------------------------------===//
// SeedOp, CompressOp, DecompressOp
//===----------------------------------------------------------------------===//

static LogicalResult verifyDense(Operation *op, RankedTensorType type, int64_t rows, int64_t cols, StringRef what) {
  if (type.getRank() != 2 || type.getEncoding())
    return op->emitOpError() << what << " must be a dense matrix, got " << type;
  auto differs = [](int64_t dim, int64_t size) {
    return !ShapedType::isDynamic(dim) && !ShapedType::isDynamic(size) && dim != size;
  };
  if (differs(type.getDimSize(0), rows) || differs(type.getDimSize(1), cols)) {
    InFlightDiagnostic diag = op->emitOpError() << what << " must be ";
    auto print = [&](int64_t size) -> InFlightDiagnostic & {
      return ShapedType::isDynamic(size) ? diag << "?" : diag << size;
    };
    print(rows) << "x";
    return print(cols) << ", got " << type;
  }
  return success();
}

LogicalResult SeedOp::verify() {
  return verifyDense(*this, getType(), getColoring().getColors().size(), getColoring().getNumColors(), "seed matrix");
}

/// `matrix` against the coloring, `dense` as its product with the seed.
static LogicalResult verifyProduct(Operation *op, RankedTensorType matrix, RankedTensorType dense,
                                   ColoringAttr coloring) {
  if (!getMatrixLayout(matrix))
    return op->emitOpError("matrix must have a sparse_tensor encoding of CSR, "
                           "CSC or COO");
  if (matrix.getElementType() != dense.getElementType())
    return op->emitOpError("element types differ: ") << matrix.getElementType() << " and " << dense.getElementType();
  bool columns = coloring.getSide() == ColoringSide::Columns;
  int64_t colored = matrix.getDimSize(columns ? 1 : 0);
  int64_t given = coloring.getColors().size();
  if (!ShapedType::isDynamic(colored) && colored != given)
    return op->emitOpError("coloring of ")
           << given << (columns ? " columns" : " rows") << " for a matrix of " << colored;
  return columns ? verifyDense(op, dense, matrix.getDimSize(0), coloring.getNumColors(), "compressed matrix")
                 : verifyDense(op, dense, coloring.getNumColors(), matrix.getDimSize(1), "compressed matrix");
}

LogicalResult CompressOp::verify() { return verifyProduct(*this, getMatrix().getType(), getType(), getColoring()); }

LogicalResult DecompressOp::verify() {
  RankedTensorType matrix = getType();
  PatternAttr pattern = getPattern();
  ColoringAttr coloring = getColoring();
  if (failed(verifyProduct(*this, matrix, getCompressed().getType(), coloring)))
    return failure();
  for (auto [dim, size] : {std::pair{0, pattern.getRows()}, std::pair{1, pattern.getCols()}})
    if (!matrix.isDynamicDim(dim) && matrix.getDimSize(dim) != size)
      return emitOpError("pattern of ") << pattern.getRows() << "x" << pattern.getCols() << " for " << matrix;
  bool columns = coloring.getSide() == ColoringSide::Columns;
  ArrayRef<int64_t> colors = coloring.getColors();
  if (static_cast<int64_t>(colors.size()) != (columns ? pattern.getCols() : pattern.getRows()))
    return emitOpError("coloring and pattern differ in size");
  // Structural orthogonality: no product may hold two entries.
  llvm::DenseMap<std::pair<int64_t, int64_t>, int64_t> taken;
  for (int64_t row = 0; row < pattern.getRows(); ++row)
    for (int64_t k = pattern.getRowPtr()[row]; k < pattern.getRowPtr()[row + 1]; ++k) {
      int64_t col = pattern.getColInd()[k];
      int64_t color = colors[columns ? col : row];
      if (color < 0)
        return emitOpError("entry (") << row << ", " << col << ") has no color";
      auto [it, fresh] = taken.try_emplace({columns ? row : col, color}, columns ? col : row);
      if (!fresh)
        return emitOpError("color ") << color << " holds both " << (columns ? "columns " : "rows ") << it->second
                                     << " and " << (columns ? col : row) << " of " << (columns ? "row " : "column ")
                                     << (columns ? row : col);
    }
  return success();
}
