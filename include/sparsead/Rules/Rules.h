//===- Rules.h - derivative rules of upstream and own operations -*- C++ -*-===//
//
// External models of DifferentiableOpInterface and MemoryAccessOpInterface. A rule stands in the file of its dialect
// and is listed in that file's attach function; test/unit/Rules holds it against differences.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_RULES_RULES_H
#define SPARSEAD_RULES_RULES_H

#include "mlir/IR/DialectRegistry.h"
#include "llvm/ADT/StringRef.h"

namespace sparsead {

/// Attaches the rules of a dialect to its operations when it is loaded: arith, func, math, llvm, sparsead.
void registerRules(mlir::DialectRegistry &registry);

/// Whether `sparsead.libm` has a rule for the C function of this name (`hypot`, `hypotf`, `hypotl`).
bool hasLibmRule(llvm::StringRef callee);

/// The C functions with a rule, by their double name, in alphabetical order.
llvm::ArrayRef<llvm::StringRef> getLibmRuleNames();

} // namespace sparsead

#endif // SPARSEAD_RULES_RULES_H
