//===- SparseAD.h - the sparsead dialect ------------------------*- C++ -*-===//
//
// Attributes and operations of derivative requests; see SparseADOps.td.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_IR_SPARSEAD_H
#define SPARSEAD_IR_SPARSEAD_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SparseTensor/IR/SparseTensor.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "sparsead/IR/RelationFormula.h"

#include "sparsead/IR/SparseADDialect.h.inc"
#include "sparsead/IR/SparseADEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "sparsead/IR/SparseADAttrs.h.inc"

#include "sparsead/IR/SparseADInterfaces.h.inc"

#define GET_OP_CLASSES
#include "sparsead/IR/SparseADOps.h.inc"

namespace sparsead {

/// The layouts that a Jacobian can be written in.
enum class MatrixLayout { CSR, CSC, COO };

/// The layout that the type's `sparse_tensor` encoding describes, or nothing.
std::optional<MatrixLayout> getMatrixLayout(mlir::Type type);

} // namespace sparsead

#endif // SPARSEAD_IR_SPARSEAD_H
