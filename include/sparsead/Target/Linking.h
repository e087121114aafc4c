//===- Linking.h - derivatives into the user's module -----------*- C++ -*-===//

#ifndef SPARSEAD_TARGET_LINKING_H
#define SPARSEAD_TARGET_LINKING_H

#include "mlir/IR/BuiltinOps.h"
#include "sparsead/Target/Descriptor.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

namespace sparsead {

struct DerivativeUnit {
  /// The derivative functions, in the LLVM dialect.
  mlir::ModuleOp module;
  std::vector<JacobianDescriptor> descriptors;
  /// (symbol that the unit refers to, symbol that another unit defines)
  std::vector<std::pair<std::string, std::string>> aliases;
  /// Attributes of functions whose primal is not in the user's module: target-cpu, target-features.
  std::vector<std::pair<std::string, std::string>> targetAttributes;
};

/// Links the derivatives into `user` before it is optimised:
///   * generated functions become internal and get their primal's target, sanitizer and unwind attributes;
///   * internal variables of the user's are bound by name, constants that the user's module lacks are copied;
///   * descriptors are defined, external, discardable, or bound inside the module;
///   * our annotations are dropped.
/// `user` is unchanged where an error is returned.
llvm::Error linkDerivatives(const DerivativeUnit &unit, llvm::Module &user);

/// Drops our entries of llvm.global.annotations.
void dropAnnotations(llvm::Module &user);

} // namespace sparsead

#endif // SPARSEAD_TARGET_LINKING_H
