//===- RuleTerm.h - parts of a rule for functions of arrays ----*- C++ -*-===//

#ifndef SPARSEAD_RULES_RULETERM_H
#define SPARSEAD_RULES_RULETERM_H

#include "llvm/ADT/StringRef.h"

namespace sparsead {

/// `double (sum, x, partial)`, a function with a rule that the compiler knows: its value is `sum`, its derivatives are
/// 1 by the sum and `partial` by x.
inline constexpr llvm::StringLiteral ruleTerm = "__sparsead_rule_term";

} // namespace sparsead

#endif // SPARSEAD_RULES_RULETERM_H
