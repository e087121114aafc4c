//===- Thunk.h - one calling convention for every function ------*- C++ -*-===//
//
// For `R f(T0 a, T1 &b)` a function `void thunk(void *a, void *b, void *result) { *(R *)result = f(*(T0 *)a, *(T1 *)b);
// }`, built as an AST, so that Clang itself applies the rules of the language and of the ABI. The last parameter is
// there for void functions too.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_FRONTEND_THUNK_H
#define SPARSEAD_FRONTEND_THUNK_H

#include "clang/AST/Decl.h"
#include "clang/Sema/Sema.h"

namespace sparsead {

/// A parameter object of a function: `*this` first, then the parameters; the referent where a parameter is a reference.
struct ParameterObject {
  std::string name; ///< "this", or as written; empty for an unnamed parameter
  clang::QualType type;
};
llvm::SmallVector<ParameterObject, 8> parameterObjects(const clang::FunctionDecl *function);

/// The type of what the thunk stores for the result: null for void, a pointer where the function returns a reference.
clang::QualType resultObjectType(clang::ASTContext &context, const clang::FunctionDecl *function);

/// Builds the thunk under the assembler name `name`. Null, after Sema's diagnostics, where a call cannot be formed (a
/// parameter taken by value that cannot be copied).
clang::FunctionDecl *makeThunk(clang::Sema &sema, clang::FunctionDecl *function, llvm::StringRef name);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_THUNK_H
