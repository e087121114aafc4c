//===- Requests.h - what a unit asks to be differentiated -------*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_REQUESTS_H
#define SPARSEAD_FRONTEND_REQUESTS_H

#include "sparsead/Frontend/Attributes.h"
#include "sparsead/Frontend/CodeGenCapture.h"
#include "sparsead/Frontend/Handles.h"
#include "sparsead/Frontend/Specification.h"

namespace sparsead {

/// One derivative of one function whose body the unit sees.
struct Request {
  clang::FunctionDecl *function; ///< the definition
  Annotation annotation;
  Specification specification;
  std::string thunk; ///< symbol of the thunk
  /// Symbols of the descriptor that the unit defines; empty where nothing here or elsewhere can use it.
  std::vector<std::string> symbols;
  enum Linkage { External, LinkOnce, Internal } linkage;
  std::string name() const { return function->getQualifiedNameAsString(); }
};

/// Finds the annotated functions of a unit, checks their specifications and the handles. Diagnoses mistakes; the order
/// is the parser's. A handle with a tag type that another unit cannot name is bound to the name that can be: `aliases`
/// receives pairs of (symbol here, symbol of the definition).
std::vector<Request> collectRequests(clang::CompilerInstance &instance, const CodeGenCapture &capture, Handles &handles,
                                     llvm::SmallVectorImpl<std::pair<std::string, std::string>> &aliases);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_REQUESTS_H
