//===- Handles.cpp - sparsead::jacobian<&f, Tag> in a unit ----------------===//

#include "sparsead/Frontend/Handles.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/Attr.h"
#include "clang/Basic/DiagnosticSema.h"
#include "clang/Frontend/CompilerInstance.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/raw_ostream.h"

using namespace clang;
using namespace sparsead;

std::optional<RequestKind> Handles::kindOf(const ClassTemplateSpecializationDecl *record) const {
  const NamedDecl *d = record->getSpecializedTemplate();
  if (!d->getIdentifier())
    return std::nullopt;
  const auto *scope = dyn_cast<NamespaceDecl>(d->getDeclContext()->getRedeclContext());
  if (!scope || !scope->getIdentifier() || scope->getName() != "sparsead" ||
      !scope->getDeclContext()->getRedeclContext()->isTranslationUnit() || record->getTemplateArgs().size() != 2 ||
      record->getTemplateArgs()[0].getKind() != TemplateArgument::Declaration ||
      !isa<FunctionDecl>(record->getTemplateArgs()[0].getAsDecl()))
    return std::nullopt;
  for (RequestKind kind : requestKinds)
    if (d->getName() == handleName(kind))
      return kind;
  return std::nullopt;
}

VarDecl *Handles::descriptorOf(const CXXRecordDecl *record) const {
  record = record->getDefinition();
  if (!record)
    return nullptr;
  for (NamedDecl *d : record->lookup(&instance.getASTContext().Idents.get("descriptor")))
    if (auto *v = dyn_cast<VarDecl>(d))
      return v;
  return nullptr;
}

std::string Handles::symbolOf(VarDecl *descriptor) {
  if (const auto *label = descriptor->getAttr<AsmLabelAttr>())
    return label->getLabel().str();
  if (!mangler)
    mangler.reset(instance.getASTContext().createMangleContext());
  std::string symbol;
  llvm::raw_string_ostream os(symbol);
  mangler->mangleName(GlobalDecl(descriptor), os);
  return symbol;
}

void Handles::noteRecord(TagDecl *tag) {
  auto *record = dyn_cast<ClassTemplateSpecializationDecl>(tag);
  if (!record || !kindOf(record))
    return;
  noted.push_back(record);
  VarDecl *descriptor = descriptorOf(record);
  if (descriptor && !descriptor->isExternallyVisible() && !descriptor->hasAttr<AsmLabelAttr>())
    descriptor->addAttr(
        AsmLabelAttr::CreateImplicit(instance.getASTContext(), "sparsead.descriptor." + std::to_string(numInternal++)));
}

ClassTemplateDecl *Handles::handleTemplate(RequestKind kind) {
  ClassTemplateDecl *&handle = templates[static_cast<unsigned>(kind)];
  if (handle)
    return handle;
  ASTContext &context = instance.getASTContext();
  for (NamedDecl *d : context.getTranslationUnitDecl()->lookup(&context.Idents.get("sparsead")))
    if (auto *scope = dyn_cast<NamespaceDecl>(d))
      for (NamedDecl *member : scope->lookup(&context.Idents.get(handleName(kind))))
        if (auto *t = dyn_cast<ClassTemplateDecl>(member))
          return handle = t;
  return nullptr;
}

static std::string tagName(const TemplateArgument &argument) {
  if (argument.getKind() != TemplateArgument::Type)
    return "?";
  QualType type = argument.getAsType();
  if (type->isVoidType())
    return {};
  if (const TagDecl *tag = type->getAsTagDecl())
    return tag->getNameAsString();
  return type.getAsString();
}

std::vector<Handle> Handles::collect() {
  llvm::SmallPtrSet<ClassTemplateSpecializationDecl *, 8> seen(noted.begin(), noted.end());
  for (RequestKind kind : requestKinds)
    if (ClassTemplateDecl *t = handleTemplate(kind))
      for (ClassTemplateSpecializationDecl *record : t->specializations()) // from a precompiled header
        if (kindOf(record) && record->hasDefinition() && seen.insert(record).second)
          noted.push_back(record);
  std::vector<Handle> result;
  for (ClassTemplateSpecializationDecl *record : noted) {
    VarDecl *descriptor = descriptorOf(record);
    if (!descriptor)
      continue;
    auto *function = cast<FunctionDecl>(record->getTemplateArgs()[0].getAsDecl())->getCanonicalDecl();
    result.push_back({*kindOf(record), record, function, tagName(record->getTemplateArgs()[1]), descriptor,
                      symbolOf(descriptor), descriptor->isUsed(false) || descriptor->isReferenced()});
  }
  return result;
}

VarDecl *Handles::instantiate(RequestKind kind, FunctionDecl *function, QualType tag, SourceLocation loc) {
  ASTContext &context = instance.getASTContext();
  ClassTemplateDecl *t = handleTemplate(kind);
  auto *method = dyn_cast<CXXMethodDecl>(function);
  QualType pointer = method && method->isImplicitObjectMemberFunction()
                         ? context.getMemberPointerType(function->getType(), std::nullopt, method->getParent())
                         : context.getPointerType(function->getType());
  pointer = context.getCanonicalType(pointer);
  TemplateArgument arguments[] = {TemplateArgument(function->getCanonicalDecl(), pointer),
                                  TemplateArgument(context.getCanonicalType(tag))};
  void *position = nullptr;
  ClassTemplateSpecializationDecl *record = t->findSpecialization(arguments, position);
  if (!record) {
    record = ClassTemplateSpecializationDecl::Create(context, TagTypeKind::Struct, t->getDeclContext(), loc, loc, t,
                                                     arguments, /*StrictPackMatch=*/false, nullptr);
    t->AddSpecialization(record, position);
  }
  if (instance.getSema().RequireCompleteType(loc, context.getCanonicalTagType(record), diag::err_incomplete_type))
    return nullptr;
  return descriptorOf(record);
}

llvm::SmallVector<std::string, 2> Handles::symbolsFor(const Annotation &annotation, FunctionDecl *function,
                                                      llvm::StringRef tag) {
  ASTContext &context = instance.getASTContext();
  SourceLocation loc = annotation.getLocation();
  if (!handleTemplate(annotation.kind)) {
    DiagnosticsEngine &diags = instance.getDiagnostics();
    diags.Report(loc, diags.getCustomDiagID(DiagnosticsEngine::Error, "'%0' needs #include <sparsead/sparsead.hpp>"))
        << annotationName(annotation.kind);
    return {};
  }
  llvm::SmallVector<QualType, 2> tags;
  if (tag.empty()) {
    tags.push_back(context.VoidTy);
  } else {
    IdentifierInfo &name = context.Idents.get(tag);
    llvm::SmallVector<DeclContext *, 2> scopes = {context.getTranslationUnitDecl()};
    DeclContext *scope = function->getDeclContext();
    while (!scope->isFileContext())
      scope = scope->getParent();
    if (!scope->isTranslationUnit())
      scopes.push_back(scope);
    for (DeclContext *s : scopes) {
      TagDecl *type = nullptr;
      for (NamedDecl *d : s->lookup(&name))
        if (auto *found = dyn_cast<TagDecl>(d))
          type = found;
      if (!type) // an elaborated `struct tag` of another unit would declare it here
        type = CXXRecordDecl::Create(context, TagTypeKind::Struct, s, loc, loc, &name);
      tags.push_back(context.getCanonicalTagType(type));
    }
  }
  llvm::SmallVector<std::string, 2> symbols;
  for (QualType type : tags)
    if (VarDecl *descriptor = instantiate(annotation.kind, function, type, loc))
      symbols.push_back(symbolOf(descriptor));
  return symbols;
}
