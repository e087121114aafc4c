//===- UserRules.h - SPARSEAD_RULE ------------------------------*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_USERRULES_H
#define SPARSEAD_FRONTEND_USERRULES_H

#include "clang/AST/Decl.h"
#include "clang/Frontend/CompilerInstance.h"
#include "llvm/ADT/DenseMap.h"
#include <string>

namespace sparsead {

/// The attribute of a function whose derivative the user gives: the numbers of its active arguments, the symbols of its
/// jvp and of its vjp, a line each.
inline constexpr llvm::StringLiteral ruleFunction = "sparsead-rule";

/// By canonical declaration, the text of `ruleFunction`.
using UserRules = llvm::DenseMap<const clang::FunctionDecl *, std::string>;

/// Checks the rules that the parser met. Functions that only a rule names are kept for the derivative to call.
UserRules collectUserRules(clang::CompilerInstance &instance);

/// The same where nothing is differentiated: only checks.
void checkUserRules(clang::CompilerInstance &instance);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_USERRULES_H
