//===- InactiveMemory.h - SPARSEAD_INACTIVE on variables --------*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_INACTIVEMEMORY_H
#define SPARSEAD_FRONTEND_INACTIVEMEMORY_H

#include "llvm/ADT/DenseSet.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"

namespace sparsead {

/// The attribute of a function that carries no derivative. Its body is not here.
inline constexpr llvm::StringLiteral inactiveFunction = "sparsead-inactive";
/// Functions of this prefix hand on their argument without its derivative; `sparsead.inactive` in MLIR.
inline constexpr llvm::StringLiteral inactiveValue = "__sparsead_inactive.";

/// Global variables that Clang has annotated as inactive.
using InactiveGlobals = llvm::DenseSet<const llvm::GlobalVariable *>;
InactiveGlobals findInactiveGlobals(const llvm::Module &module);

/// Whether the call is Clang's mark of an inactive variable, parameter or member.
bool isInactiveMark(const llvm::CallBase &call);

/// Replaces the marks of a function: floats that are loaded from inactive memory, or stored there, lose their
/// derivative. Memory is inactive that is reached from a mark: the variable, its parts, and what pointers in it point
/// to. Pointers into it that go where they cannot be followed are marked as values; whether that matters is known later
/// (ActivityDiagnostics.cpp). Returns whether anything was changed.
bool lowerInactiveMarks(llvm::Function &function, const InactiveGlobals &globals);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_INACTIVEMEMORY_H
