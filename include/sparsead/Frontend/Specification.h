//===- Specification.h - The annotation's little language -------*- C++ -*-===//
//
// `outputs <- inputs; work` and the option strings after it, resolved against
// a function. docs/specification.md is the user's description.
//
//===----------------------------------------------------------------------===//
#ifndef SPARSEAD_FRONTEND_SPECIFICATION_H
#define SPARSEAD_FRONTEND_SPECIFICATION_H

#include "sparsead/rt/abi.hpp"
#include "clang/Basic/SourceLocation.h"
#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace clang {
class ASTContext;
class DiagnosticsEngine;
class FunctionDecl;
class Preprocessor;
class Sema;
class StringLiteral;
} // namespace clang

namespace sparsead {

/// A step from the address of a parameter object to the elements of an item.
///
/// `bytes` of a deref step is the size of the pointee where the pointer is
/// followed to a single object (`ctx->w`, a reference member), and 0 where an
/// index step runs over the pointee.
struct PathStep {
  abi::step_kind kind = abi::step_offset;
  int64_t bytes = 0;
  /// Programs of abi.hpp, ending with op_end. An empty `lower` is 0.
  std::vector<int64_t> lower, upper;
  /// The extent as written ("n*N", "a:b"; "u.size()" where it is implied).
  std::string text;
};

/// An item. The same item on both sides of the arrow is one object.
struct SpecObject {
  std::string name;  ///< as written, without extents: "u", "ctx->w", "return"
  int roles = 0;     ///< abi::role, or'ed
  int argument = -1; ///< -1: the result; for a non-static member `this` is 0
  std::vector<PathStep> steps;
  /// (offset, bytes) of the floating-point members of one element, ascending.
  std::vector<std::pair<int64_t, int>> leaves;
  clang::SourceLocation loc; ///< inside the annotation's string
};

struct Specification {
  std::vector<SpecObject> objects;
  std::vector<int> inputs, outputs; ///< indices of objects, as written
  abi::mode mode = abi::mode_auto;
  abi::order order = abi::order_default;
  bool patternLocal = false;
  std::string tag;
  std::string text; ///< the specification's string
};

/// Parses `specification` and `options` and resolves them against `function`,
/// which is the annotated declaration or its instantiation (not a dependent
/// declaration). On a mistake, reports it with the caret inside the string and
/// returns nullopt.
///
/// `preprocessor` (may be null) gives object-like macros in extents. `sema`
/// (may be null) completes class templates that nothing has instantiated yet,
/// such as the `std::vector` of a function without a body here.
std::optional<Specification> resolveSpecification(clang::ASTContext &context, clang::DiagnosticsEngine &diagnostics,
                                                  const clang::FunctionDecl *function,
                                                  const clang::StringLiteral *specification,
                                                  llvm::ArrayRef<const clang::StringLiteral *> options,
                                                  const clang::Preprocessor *preprocessor, clang::Sema *sema = nullptr);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_SPECIFICATION_H
