//===- CallNames.h - names for what compiled code lost ----------*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_CALLNAMES_H
#define SPARSEAD_FRONTEND_CALLNAMES_H

#include "clang/AST/ASTContext.h"
#include "clang/Basic/SourceLocation.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace sparsead {

/// What the call at a location calls, as a phrase: "a virtual call to 'Law::eval'", "a call through the pointer 'f'".
/// Empty where the unit has no such call there. Walks the whole unit: for diagnostics only.
std::string describeCallAt(clang::ASTContext &context, clang::SourceLocation location);

/// Mangled names inside quotes as the user knows them: '_Z7mysteryd' becomes 'mystery'.
std::string withSourceNames(llvm::StringRef message);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_CALLNAMES_H
