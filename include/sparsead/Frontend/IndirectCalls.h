//===- IndirectCalls.h - calls among a few known functions ------*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_INDIRECTCALLS_H
#define SPARSEAD_FRONTEND_INDIRECTCALLS_H

#include "llvm/IR/Function.h"

namespace sparsead {

/// Rewrites calls through pointers as a switch over direct calls, where every function that the pointer may hold is
/// known: choices among functions, constant tables and structures of function pointers, local arrays of them, members'
/// addresses, virtual functions of objects that are made here. Returns true if anything was changed.
bool resolveIndirectCalls(llvm::Function &function);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_INDIRECTCALLS_H
