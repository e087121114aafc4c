//===- KnownFunctions.h - library functions by name ------------*- C++ -*-===//
//
// The one table of functions whose bodies are never seen and whose effect is known all the same.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_INTERFACES_KNOWNFUNCTIONS_H
#define SPARSEAD_INTERFACES_KNOWNFUNCTIONS_H

#include "llvm/ADT/StringRef.h"

namespace mlir {
class Operation;
} // namespace mlir

namespace sparsead {

enum class KnownFunction {
  None,
  Allocate,       // malloc, operator new: bytes are the first argument
  AllocateZeroed, // calloc: count and bytes
  Release,        // free, operator delete: the pointer is the first argument
  Output,         // printf and its kin: the value returned is not used by anybody
  StreamOutput    // insertion into std::ostream: returns the stream
};

KnownFunction knownFunction(llvm::StringRef name);

/// Name of the function a call-like operation calls; empty for indirect calls.
llvm::StringRef calleeName(mlir::Operation *call);

/// A call of a function that carries no derivative (SPARSEAD_INACTIVE), and on it, for each operand, whether it is a
/// pointer that the function may write through.
inline constexpr llvm::StringLiteral inactiveCallAttr = "sparsead.inactive";
bool isInactiveCall(mlir::Operation *call);
bool mayWriteThrough(mlir::Operation *inactiveCall, unsigned operand);

/// On the calls of sparsead_rt_push and sparsead_rt_pop in a function that is differentiated again: the number of what
/// is kept. What one takes from the stack is the memory that the other with that number has put there.
inline constexpr llvm::StringLiteral frameAttr = "sparsead.frame";

/// Neither keeps nor changes anything that a derivative needs.
inline bool isOutput(KnownFunction f) { return f == KnownFunction::Output || f == KnownFunction::StreamOutput; }

} // namespace sparsead

#endif // SPARSEAD_INTERFACES_KNOWNFUNCTIONS_H
