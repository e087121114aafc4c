//===- ShadowCloner.h - shadow addresses and signatures --------*- C++ -*-----//
//
// What the tangent and the inspector share: where the shadow of an address is,
// and how tables of entry arguments are unpacked.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_TRANSFORMS_SHADOWCLONER_H
#define SPARSEAD_TRANSFORMS_SHADOWCLONER_H

#include "sparsead/Interfaces/MemoryAccessOpInterface.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace sparsead {

/// The byte offset of an address as i64 IR: constant part plus strided indices, times `scale`. `operand` maps the
/// primal's indices.
mlir::Value buildByteOffset(mlir::OpBuilder &b, mlir::Location loc, const AddressParts &address, int64_t scale,
                            llvm::function_ref<mlir::Value(mlir::Value)> operand);

/// base + scale * offset(address); null stays null where `mayBeNull`.
mlir::Value buildShadowAddress(mlir::OpBuilder &b, mlir::Location loc, const AddressParts &address, mlir::Value base,
                               int64_t scale, bool mayBeNull, llvm::function_ref<mlir::Value(mlir::Value)> operand);

/// Bytes of an allocation, times `scale`, as i64.
mlir::Value buildSize(mlir::OpBuilder &b, mlir::Operation *op, const MemoryAccess &allocation, int64_t scale,
                      llvm::function_ref<mlir::Value(mlir::Value)> operand);
/// The same where it is a constant.
std::optional<int64_t> constantSize(mlir::Operation *op, const MemoryAccess &allocation);

mlir::Value buildNull(mlir::OpBuilder &b, mlir::Location loc);
mlir::Value buildIsNotNull(mlir::OpBuilder &b, mlir::Location loc, mlir::Value pointer);
mlir::Value buildInt(mlir::OpBuilder &b, mlir::Location loc, int64_t value, unsigned width);
mlir::Value buildZero(mlir::OpBuilder &b, mlir::Location loc, mlir::Type type);
/// table[index], both pointers.
mlir::Value buildTableLoad(mlir::OpBuilder &b, mlir::Location loc, mlir::Value table, unsigned index);

/// A private declaration of a runtime function, made once per module.
mlir::func::FuncOp declareRuntime(mlir::ModuleOp module, llvm::StringRef name, mlir::TypeRange arguments,
                                  mlir::TypeRange results);

/// Copies the operands, attributes and properties; regions must be empty.
mlir::Operation *cloneFlat(mlir::OpBuilder &b, mlir::Operation *op, mlir::IRMapping &map);

/// A multiplication-free view of the constant size of a type.
int64_t storeSize(mlir::Operation *scope, mlir::Type type);

/// Does the function call itself, directly or not?
bool isRecursive(mlir::ModuleOp module, mlir::func::FuncOp f);

/// `name`, or where the module has a function of that name already (of another request), the name with a suffix.
std::string unusedName(mlir::ModuleOp module, std::string name);

} // namespace sparsead

#endif // SPARSEAD_TRANSFORMS_SHADOWCLONER_H
