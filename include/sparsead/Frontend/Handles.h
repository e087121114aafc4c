//===- Handles.h - sparsead::jacobian<&f, Tag> in a unit --------*- C++ -*-===//
//
// A handle finds its derivative through one symbol, the static member `descriptor` of its template. This file finds the
// handles that a unit uses, names their symbols, and makes handles for functions whose handle another unit uses.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_FRONTEND_HANDLES_H
#define SPARSEAD_FRONTEND_HANDLES_H

#include "sparsead/Frontend/Attributes.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/Mangle.h"
#include "clang/Sema/Sema.h"
#include "llvm/ADT/DenseMap.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace clang {
class CompilerInstance;
} // namespace clang

namespace sparsead {

struct Handle {
  RequestKind kind;
  clang::ClassTemplateSpecializationDecl *record;
  clang::FunctionDecl *function; ///< canonical declaration
  std::string tag;               ///< name of the tag type, empty for void
  clang::VarDecl *descriptor;
  std::string symbol;
  bool used; ///< the unit refers to the descriptor
};

class Handles {
public:
  explicit Handles(clang::CompilerInstance &instance) : instance(instance) {}

  /// A class was completed while parsing. Descriptors without external linkage get a symbol of their own here, before
  /// their first use is compiled: Clang's name for them is neither unique in a program nor, for lambdas, reproducible.
  void noteRecord(clang::TagDecl *record);

  /// All handles of the unit, in the order of their instantiation. Call once the unit is parsed.
  std::vector<Handle> collect();

  /// The symbol of `jacobian<&function, tag>::descriptor` (or another kind's: the annotation's) for every spelling of
  /// the tag that another unit may have used
  /// (`::tag` and, where the function is in a namespace, `ns::tag`). Empty, after a diagnostic, without the header.
  llvm::SmallVector<std::string, 2> symbolsFor(const Annotation &annotation, clang::FunctionDecl *function,
                                               llvm::StringRef tag);

private:
  clang::ClassTemplateDecl *handleTemplate(RequestKind kind);
  clang::VarDecl *descriptorOf(const clang::CXXRecordDecl *record) const;
  std::string symbolOf(clang::VarDecl *descriptor);
  /// The kind of handle that a class is.
  std::optional<RequestKind> kindOf(const clang::ClassTemplateSpecializationDecl *record) const;
  clang::VarDecl *instantiate(RequestKind kind, clang::FunctionDecl *function, clang::QualType tag,
                              clang::SourceLocation loc);

  clang::CompilerInstance &instance;
  clang::ClassTemplateDecl *templates[numRequestKinds] = {};
  std::unique_ptr<clang::MangleContext> mangler;
  std::vector<clang::ClassTemplateSpecializationDecl *> noted;
  unsigned numInternal = 0;
};

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_HANDLES_H
