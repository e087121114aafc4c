//===- MemoryAccessOpInterface.h - what operations do to memory -*- C++ -*-===//

#ifndef SPARSEAD_INTERFACES_MEMORYACCESSOPINTERFACE_H
#define SPARSEAD_INTERFACES_MEMORYACCESSOPINTERFACE_H

#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/ErrorHandling.h"
#include <optional>

namespace sparsead {

/// One access to memory. Fields that a kind does not list are null.
///   Load      value = *(type *)pointer
///   Store     *(type *)pointer = value
///   Copy      memcpy(pointer, source, length)
///   Move      memmove(pointer, source, length)
///   Fill      memset(pointer, value, length)
///   Allocate  pointer = new memory of size(type) * counts[0] * counts[1] * ... bytes
///   Free      releases the memory at pointer
///   Address   pointer = see getAddressParts
struct MemoryAccess {
  enum Kind { None, Load, Store, Copy, Move, Fill, Allocate, Free, Address };

  Kind kind = None;
  mlir::Value pointer;
  mlir::Value source;
  mlir::Value value;
  /// Null where the number of bytes is an attribute: `bytes`.
  mlir::Value length;
  std::optional<int64_t> bytes;
  mlir::Type type;
  llvm::SmallVector<mlir::Value, 2> counts;
  /// Allocate: released when the function returns; all zero at first.
  bool onStack = false, zeroed = false;
  /// Volatile or atomic.
  bool special = false;
};

/// base + offset + sum of index * stride. Indices are signed; those of less than 64 bits are sign-extended.
struct AddressParts {
  struct Term {
    mlir::Value index;
    int64_t stride;
  };
  mlir::Value base;
  int64_t offset = 0;
  llvm::SmallVector<Term, 2> terms;
};

} // namespace sparsead

#include "sparsead/Interfaces/MemoryAccessOpInterface.h.inc"

namespace sparsead {

/// The access of any operation; None where it has no model.
MemoryAccess memoryAccessOf(mlir::Operation *op);

} // namespace sparsead

#endif // SPARSEAD_INTERFACES_MEMORYACCESSOPINTERFACE_H
