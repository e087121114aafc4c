//===- Attributes.h - [[sparsead::jacobian("…")]] and its kin ---*- C++ -*-===//
//
// The attributes become `annotate` attributes with the strings as arguments, which survive precompiled headers and
// template instantiation. This header reads them back.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_FRONTEND_ATTRIBUTES_H
#define SPARSEAD_FRONTEND_ATTRIBUTES_H

#include "clang/AST/Attr.h"
#include "clang/AST/Decl.h"
#include "clang/AST/Expr.h"
#include "llvm/ADT/SmallVector.h"

namespace sparsead {

enum class RequestKind { Jacobian, Gradient, Hessian };
inline constexpr unsigned numRequestKinds = 3;
inline constexpr RequestKind requestKinds[] = {RequestKind::Jacobian, RequestKind::Gradient, RequestKind::Hessian};

/// One annotation of one function.
struct Annotation {
  RequestKind kind;
  const clang::AnnotateAttr *attr;
  /// The declaration that the annotation was written on: its parameter names are those of the specification.
  const clang::FunctionDecl *declaration;
  /// The specification, then the options ("tag=Ju").
  llvm::SmallVector<const clang::StringLiteral *, 2> strings;

  clang::SourceLocation getLocation() const { return attr->getLocation(); }
};

/// The name an annotation is stored under ("sparsead::jacobian"), its macro ("SPARSEAD_JACOBIAN"), its handle's
/// template
/// ("jacobian"), and what it asks for ("Jacobian").
llvm::StringRef annotationName(RequestKind kind);
llvm::StringRef macroName(RequestKind kind);
llvm::StringRef handleName(RequestKind kind);
llvm::StringRef derivativeName(RequestKind kind);
bool isOurAnnotation(llvm::StringRef name);

/// What SPARSEAD_INACTIVE is stored under, on functions, variables, parameters and members.
inline constexpr llvm::StringLiteral inactiveName = "sparsead::inactive";
/// Whether SPARSEAD_INACTIVE stands on some declaration of `d`.
bool isInactive(const clang::Decl *d);

/// All annotations of a function, over its redeclarations, each text once.
llvm::SmallVector<Annotation, 1> getAnnotations(const clang::FunctionDecl *function);

/// Declarations on which the parser met one of the attributes, in order, and forgets them. Templates and what comes
/// from a precompiled header are not among them.
llvm::SmallVector<clang::Decl *, 4> takeAnnotatedDecls();

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_ATTRIBUTES_H
