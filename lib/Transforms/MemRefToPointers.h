//===- MemRefToPointers.h - memrefs as pointers and sizes ------*- C++ -*-===//
//
// Internal to lib/Transforms: what the pass and its patterns share.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_MEMREFTOPOINTERS_H
#define SPARSEAD_LIB_TRANSFORMS_MEMREFTOPOINTERS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Transforms/DialectConversion.h"

namespace sparsead {

/// A memref value becomes the parts of its descriptor that its type leaves open, in this order: the base address, the
/// offset, the sizes, the strides. With identity layout the offset is 0 and strides follow from sizes. `index` is i64.
class PointerTypes : public mlir::TypeConverter {
public:
  explicit PointerTypes(mlir::MLIRContext *context);
};

/// A memref with all its parts, in elements.
struct MemRefParts {
  mlir::Value base, offset;
  llvm::SmallVector<mlir::Value> sizes, strides;
};

/// All parts of a memref from those that stand for it; constants are made for the others.
MemRefParts unpack(mlir::OpBuilder &b, mlir::Location loc, mlir::MemRefType type, mlir::ValueRange parts);
/// The parts that stand for a memref of that type.
llvm::SmallVector<mlir::Value> pack(mlir::MemRefType type, const MemRefParts &parts);

/// The element type as it stands in memory: index is i64.
mlir::Type storedType(mlir::MemRefType type);

/// memref, index, and the structure around them; uses of scf, cf and func have upstream's patterns.
void populateMemRefToPointers(const PointerTypes &types, mlir::RewritePatternSet &patterns);

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_MEMREFTOPOINTERS_H
