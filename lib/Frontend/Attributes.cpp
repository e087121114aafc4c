//===- Attributes.cpp - [[sparsead::jacobian("…")]] and its kin -----------===//

#include "sparsead/Frontend/Attributes.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/DiagnosticSema.h"
#include "clang/Basic/ParsedAttrInfo.h"
#include "clang/Sema/ParsedAttr.h"
#include "clang/Sema/Sema.h"

using namespace clang;
using namespace sparsead;

llvm::StringRef sparsead::annotationName(RequestKind kind) {
  switch (kind) {
  case RequestKind::Jacobian:
    return "sparsead::jacobian";
  case RequestKind::Gradient:
    return "sparsead::gradient";
  case RequestKind::Hessian:
    return "sparsead::hessian";
  }
  llvm_unreachable("covered");
}

llvm::StringRef sparsead::macroName(RequestKind kind) {
  switch (kind) {
  case RequestKind::Jacobian:
    return "SPARSEAD_JACOBIAN";
  case RequestKind::Gradient:
    return "SPARSEAD_GRADIENT";
  case RequestKind::Hessian:
    return "SPARSEAD_HESSIAN";
  }
  llvm_unreachable("covered");
}

llvm::StringRef sparsead::handleName(RequestKind kind) { return annotationName(kind).substr(strlen("sparsead::")); }

llvm::StringRef sparsead::derivativeName(RequestKind kind) {
  switch (kind) {
  case RequestKind::Jacobian:
    return "Jacobian";
  case RequestKind::Gradient:
    return "gradient";
  case RequestKind::Hessian:
    return "Hessian";
  }
  llvm_unreachable("covered");
}

bool sparsead::isOurAnnotation(llvm::StringRef name) {
  return name == "sparsead::jacobian" || name == "sparsead::gradient" || name == "sparsead::hessian";
}

namespace {

llvm::SmallVector<Decl *, 4> &annotatedDecls() {
  static llvm::SmallVector<Decl *, 4> decls;
  return decls;
}

/// One attribute. The scoped spelling is what users write; the bare one makes Clang parse the arguments, and is
/// refused.
struct RequestAttrInfo : ParsedAttrInfo {
  RequestKind kind;

  RequestAttrInfo(RequestKind kind, llvm::ArrayRef<Spelling> spellings) : kind(kind) {
    NumArgs = 0;
    OptArgs = 15;
    Spellings = spellings;
  }

  bool diagAppertainsToDecl(Sema &S, const ParsedAttr &attr, const Decl *D) const override {
    if (!attr.getScopeName() || isa<FunctionDecl, FunctionTemplateDecl>(D))
      return true; // the bare name is ignored with a warning in handleDeclAttribute
    unsigned id = S.Diags.getCustomDiagID(DiagnosticsEngine::Error,
                                          "'%0' can only be written in front of a function declaration");
    S.Diag(attr.getLoc(), id) << annotationName(kind);
    return false;
  }

  AttrHandling handleDeclAttribute(Sema &S, Decl *D, const ParsedAttr &attr) const override {
    if (!attr.getScopeName()) {
      S.Diag(attr.getLoc(), diag::warn_unknown_attribute_ignored) << attr.getAttrName() << attr.getRange();
      return AttributeNotApplied;
    }
    if (attr.getNumArgs() == 0) {
      unsigned id = S.Diags.getCustomDiagID(DiagnosticsEngine::Error,
                                            "'%0' needs a derivative specification, as in \"r[n] <- u[n]\"");
      S.Diag(attr.getLoc(), id) << annotationName(kind);
      return AttributeNotApplied;
    }
    llvm::SmallVector<Expr *, 4> args;
    for (unsigned i = 0, e = attr.getNumArgs(); i != e; ++i) {
      Expr *arg = attr.isArgExpr(i) ? attr.getArgAsExpr(i) : nullptr;
      auto *text = arg ? dyn_cast<clang::StringLiteral>(arg->IgnoreParenImpCasts()) : nullptr;
      if (!text || text->getCharByteWidth() != 1) {
        unsigned id = S.Diags.getCustomDiagID(DiagnosticsEngine::Error, "'%0' takes ordinary string literals only");
        S.Diag(arg ? arg->getBeginLoc() : attr.getLoc(), id) << annotationName(kind);
        return AttributeNotApplied;
      }
      args.push_back(text);
    }
    Attr *annotation = S.CreateAnnotationAttr(attr, annotationName(kind), args);
    if (!annotation)
      return AttributeNotApplied;
    D->addAttr(annotation);
    annotatedDecls().push_back(D);
    return AttributeApplied;
  }
};

struct JacobianAttrInfo : RequestAttrInfo {
  JacobianAttrInfo() : RequestAttrInfo(RequestKind::Jacobian, spellings) {}
  static constexpr Spelling spellings[] = {{ParsedAttr::AS_CXX11, "sparsead::jacobian"},
                                           {ParsedAttr::AS_CXX11, "jacobian"}};
};
struct GradientAttrInfo : RequestAttrInfo {
  GradientAttrInfo() : RequestAttrInfo(RequestKind::Gradient, spellings) {}
  static constexpr Spelling spellings[] = {{ParsedAttr::AS_CXX11, "sparsead::gradient"},
                                           {ParsedAttr::AS_CXX11, "gradient"}};
};
struct HessianAttrInfo : RequestAttrInfo {
  HessianAttrInfo() : RequestAttrInfo(RequestKind::Hessian, spellings) {}
  static constexpr Spelling spellings[] = {{ParsedAttr::AS_CXX11, "sparsead::hessian"},
                                           {ParsedAttr::AS_CXX11, "hessian"}};
};

/// SPARSEAD_INACTIVE. What it means is found in the generated code, where Clang leaves annotations (InactiveMemory.cpp,
/// CodeGenCapture.cpp).
struct InactiveAttrInfo : ParsedAttrInfo {
  InactiveAttrInfo() { Spellings = spellings; }
  static constexpr Spelling spellings[] = {{ParsedAttr::AS_CXX11, "sparsead::inactive"},
                                           {ParsedAttr::AS_CXX11, "inactive"}};

  bool diagAppertainsToDecl(Sema &S, const ParsedAttr &attr, const Decl *D) const override {
    if (!attr.getScopeName() || isa<FunctionDecl, FunctionTemplateDecl, VarDecl, FieldDecl>(D))
      return true;
    unsigned id =
        S.Diags.getCustomDiagID(DiagnosticsEngine::Error, "'%0' can only be written in front of a parameter, a "
                                                          "variable, a data member or a function");
    S.Diag(attr.getLoc(), id) << inactiveName;
    return false;
  }
  AttrHandling handleDeclAttribute(Sema &S, Decl *D, const ParsedAttr &attr) const override {
    if (!attr.getScopeName()) {
      S.Diag(attr.getLoc(), diag::warn_unknown_attribute_ignored) << attr.getAttrName() << attr.getRange();
      return AttributeNotApplied;
    }
    Attr *annotation = S.CreateAnnotationAttr(attr, inactiveName, {});
    if (!annotation)
      return AttributeNotApplied;
    D->addAttr(annotation);
    return AttributeApplied;
  }
};

ParsedAttrInfoRegistry::Add<InactiveAttrInfo> addInactive("sparsead::inactive", "marks what carries no derivative");
ParsedAttrInfoRegistry::Add<JacobianAttrInfo> addJacobian("sparsead::jacobian", "asks for a sparse Jacobian");
ParsedAttrInfoRegistry::Add<GradientAttrInfo> addGradient("sparsead::gradient", "asks for a gradient");
ParsedAttrInfoRegistry::Add<HessianAttrInfo> addHessian("sparsead::hessian", "asks for a sparse Hessian");

bool readAnnotation(const AnnotateAttr *attr, const FunctionDecl *declaration, Annotation &out) {
  llvm::StringRef name = attr->getAnnotation();
  if (!isOurAnnotation(name))
    return false;
  out.kind = name == "sparsead::jacobian"   ? RequestKind::Jacobian
             : name == "sparsead::gradient" ? RequestKind::Gradient
                                            : RequestKind::Hessian;
  out.attr = attr;
  out.declaration = declaration;
  for (const Expr *arg : attr->args())
    if (const auto *text = dyn_cast<clang::StringLiteral>(arg->IgnoreParenImpCasts()))
      out.strings.push_back(text);
  return !out.strings.empty();
}

bool sameText(const Annotation &a, const Annotation &b) {
  return a.kind == b.kind && a.strings.size() == b.strings.size() &&
         llvm::all_of(llvm::zip(a.strings, b.strings),
                      [](auto pair) { return std::get<0>(pair)->getString() == std::get<1>(pair)->getString(); });
}

} // namespace

bool sparsead::isInactive(const Decl *d) {
  for (const Decl *at : d->redecls())
    for (const auto *attr : at->specific_attrs<AnnotateAttr>())
      if (attr->getAnnotation() == inactiveName)
        return true;
  return false;
}

llvm::SmallVector<Annotation, 1> sparsead::getAnnotations(const FunctionDecl *function) {

  llvm::SmallVector<const FunctionDecl *, 4> ordered;
  for (const FunctionDecl *d = function->getMostRecentDecl(); d; d = d->getPreviousDecl())
    ordered.push_back(d);
  llvm::SmallVector<Annotation, 1> result;
  for (bool inherited : {false, true})
    for (const FunctionDecl *d : llvm::reverse(ordered)) {
      // A declaration may repeat what another one says; twice on one is a mistake, which is told at the second.
      const size_t others = result.size();
      for (const auto *attr : d->specific_attrs<AnnotateAttr>()) {
        Annotation annotation;
        if (attr->isInherited() != inherited || !readAnnotation(attr, d, annotation))
          continue;
        llvm::ArrayRef<Annotation> known(result);
        if (llvm::none_of(inherited ? known : known.take_front(others),
                          [&](const Annotation &a) { return sameText(a, annotation); }))
          result.push_back(std::move(annotation));
      }
    }
  return result;
}

llvm::SmallVector<Decl *, 4> sparsead::takeAnnotatedDecls() { return std::exchange(annotatedDecls(), {}); }
