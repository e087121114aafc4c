//===- PrepareModule.h - from Clang's IR to importable IR -------*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_PREPAREMODULE_H
#define SPARSEAD_FRONTEND_PREPAREMODULE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/IR/Module.h"
#include <string>

namespace sparsead {

/// The function that stands for a failed assertion, a throw, a call that does not return: `void(i1 condition, ptr
/// text)`. Control goes on as if the condition were false.
inline constexpr llvm::StringLiteral trapFunctionName = "__sparsead_trap_if";

/// Keeps what the roots reach, promotes locals to values, inlines callees bottom-up within a budget, and simplifies
/// control flow; no floating-point operation is changed. Blocks that end in no return become calls of the trap
/// function. Recursive functions, and callees that would blow up their caller, stay calls. Debug locations are kept.
void prepareModule(llvm::Module &module, llvm::ArrayRef<std::string> roots);

/// Replaces branches into blocks that never return by calls of the trap function.
void lowerTraps(llvm::Function &function);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_PREPAREMODULE_H
