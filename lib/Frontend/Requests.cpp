//===- Requests.cpp - what a unit asks to be differentiated ---------------===//

#include "sparsead/Frontend/Requests.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Frontend/CompilerInstance.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSet.h"

using namespace clang;
using namespace sparsead;

namespace {

/// Annotated functions, canonical declarations, in the order of the parser.
class Collector {
public:
  void add(Decl *d) {
    if (auto *f = dyn_cast_or_null<FunctionDecl>(d))
      if (!f->isTemplated() && !f->isInvalidDecl() && !getAnnotations(f).empty())
        functions.insert(f->getCanonicalDecl());
  }
  void walk(Decl *d) {
    if (auto *f = dyn_cast<FunctionDecl>(d)) {
      if (f->hasAttrs())
        add(f);
    } else if (auto *t = dyn_cast<FunctionTemplateDecl>(d)) {
      if (t->isThisDeclarationADefinition() || t->getTemplatedDecl()->hasAttrs())
        for (FunctionDecl *f : t->specializations())
          add(f);
    } else if (auto *t = dyn_cast<ClassTemplateDecl>(d)) {
      if (t->isThisDeclarationADefinition())
        for (ClassTemplateSpecializationDecl *record : t->specializations())
          walkContext(record);
    } else if (isa<NamespaceDecl, LinkageSpecDecl, ExportDecl>(d)) {
      walkContext(cast<DeclContext>(d));
    } else if (auto *record = dyn_cast<CXXRecordDecl>(d)) {
      if (record->isThisDeclarationADefinition() && !record->isDependentContext())
        walkContext(record);
    }
  }
  llvm::SetVector<FunctionDecl *> functions;

private:
  void walkContext(DeclContext *context) {
    for (Decl *d : context->decls())
      walk(d);
  }
};

} // namespace

/// The definition of a function whose body can be compiled here, or null.
static FunctionDecl *definitionOf(FunctionDecl *f) {
  const FunctionDecl *definition = nullptr;
  if (!f->isDefined(definition) || !definition->doesThisDeclarationHaveABody() || definition->isTemplated())
    return nullptr;
  return const_cast<FunctionDecl *>(definition);
}

static Request::Linkage linkageOf(ASTContext &context, const FunctionDecl *f) {
  switch (context.GetGVALinkageForFunction(f)) {
  case GVA_Internal:
    return Request::Internal;
  case GVA_AvailableExternally:
  case GVA_DiscardableODR:
  case GVA_StrongODR:
    return Request::LinkOnce;
  case GVA_StrongExternal:
    return Request::External;
  }
  llvm_unreachable("covered");
}

/// Stands for the tags of a specification that could not be read.
static constexpr llvm::StringLiteral invalidTag = "\1";

/// A handle of a function whose body is here and asks for no derivative.
static void diagnoseUnannotated(DiagnosticsEngine &diags, const Handle &handle, const FunctionDecl *definition,
                                bool annotated) {
  SourceLocation use = handle.record->getPointOfInstantiation();
  std::string name = handle.function->getQualifiedNameAsString();
  if (annotated) {
    diags.Report(use,
                 diags.getCustomDiagID(DiagnosticsEngine::Error,
                                       "'%0' has no Jacobian specification %select{without a tag|with the tag '%2'}1"))
        << name << !handle.tag.empty() << handle.tag;
    diags.Report(
        getAnnotations(definition).front().getLocation(),
        diags.getCustomDiagID(DiagnosticsEngine::Note, "the tag of a specification is set by its option \"tag=…\""));
    return;
  }
  diags.Report(use, diags.getCustomDiagID(DiagnosticsEngine::Error, "'%0' is not annotated with SPARSEAD_JACOBIAN"))
      << name;
  diags.Report(definition->getLocation(),
               diags.getCustomDiagID(DiagnosticsEngine::Note,
                                     "write SPARSEAD_JACOBIAN(\"outputs <- inputs\") in front of "
                                     "the function, as in SPARSEAD_JACOBIAN(\"r[n] <- u[n]\")"));
}

/// Why no function of this kind can be differentiated, or nothing.
static llvm::StringRef unsupportedKind(const FunctionDecl *f) {
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(f))
    return "constructors and destructors";
  if (f->isVariadic())
    return "functions with a variable number of arguments";
  if (f->isDeleted())
    return "deleted functions";
  if (f->isConsteval())
    return "consteval functions";
  return {};
}

/// Resolves one annotation. The instantiation of a template is its own declaration.
static std::optional<Specification> resolve(CompilerInstance &instance, const FunctionDecl *function,
                                            const Annotation &annotation) {
  const FunctionDecl *declaration = annotation.declaration;
  auto options = llvm::ArrayRef(annotation.strings).drop_front();
  std::optional<Specification> result = resolveSpecification(
      instance.getASTContext(), instance.getDiagnostics(), declaration->isTemplated() ? function : declaration,
      annotation.strings.front(), options, &instance.getPreprocessor(), &instance.getSema());
  if (!result)
    return std::nullopt;
  auto unavailable = [&](llvm::StringRef key, llvm::StringRef instead) {
    SourceLocation loc = annotation.getLocation();
    llvm::StringRef written = key;
    for (const StringLiteral *option : options)
      if (option->getString().trim().starts_with(key)) {
        loc = option->getBeginLoc();
        written = option->getString().trim();
      }
    DiagnosticsEngine &diags = instance.getDiagnostics();
    diags.Report(loc, diags.getCustomDiagID(DiagnosticsEngine::Error, "the option '%0' is not available yet"))
        << written;
    diags.Report(loc, diags.getCustomDiagID(DiagnosticsEngine::Note, "use %0, or leave the option out")) << instead;
    return std::nullopt;
  };
  if (result->mode == abi::mode_bidirectional)
    return unavailable("mode", "\"mode=forward\" or \"mode=reverse\"");
  if (result->patternLocal)
    return unavailable("pattern", "\"pattern=global\"");
  return result;
}

std::vector<Request> sparsead::collectRequests(CompilerInstance &instance, const CodeGenCapture &capture,
                                               Handles &handles,
                                               llvm::SmallVectorImpl<std::pair<std::string, std::string>> &aliases) {
  ASTContext &context = instance.getASTContext();
  DiagnosticsEngine &diags = instance.getDiagnostics();
  std::vector<Handle> uses = handles.collect();

  Collector collector;
  llvm::SmallVector<Decl *, 4> parsed = takeAnnotatedDecls();
  if (!parsed.empty() || context.getExternalSource())
    capture.forEachTopLevelDecl([&](Decl *d) { collector.walk(d); });
  for (Decl *d : parsed) // lambdas and members of local classes
    collector.add(d);
  for (const Handle &handle : uses)
    collector.add(handle.function);
  llvm::ArrayRef<FunctionDecl *> functions = collector.functions.getArrayRef();

  std::unique_ptr<MangleContext> mangler(context.createMangleContext());
  std::vector<Request> requests;
  llvm::DenseMap<FunctionDecl *, llvm::SmallVector<std::string, 1>> tags;
  llvm::StringSet<> thunks;
  for (FunctionDecl *f : functions) {
    FunctionDecl *definition = definitionOf(f);
    for (const Annotation &annotation : getAnnotations(f)) {
      if (llvm::StringRef kind = unsupportedKind(f); !kind.empty()) {
        diags.Report(annotation.getLocation(),
                     diags.getCustomDiagID(DiagnosticsEngine::Error, "%0 cannot be differentiated"))
            << kind;
        diags.Report(f->getLocation(), diags.getCustomDiagID(DiagnosticsEngine::Note,
                                                             "annotate an ordinary function that does the same"));
        tags[f].push_back(invalidTag.str());
        continue;
      }
      std::optional<Specification> specification = resolve(instance, definition ? definition : f, annotation);
      if (!specification) {
        tags[f].push_back(invalidTag.str());
        continue;
      }
      std::string tag = specification->tag;
      if (llvm::is_contained(tags[f], tag)) {
        diags.Report(annotation.getLocation(),
                     diags.getCustomDiagID(DiagnosticsEngine::Error,
                                           "several Jacobian specifications of '%0' need distinct tags"))
            << f->getQualifiedNameAsString();
        diags.Report(annotation.getLocation(),
                     diags.getCustomDiagID(DiagnosticsEngine::Note,
                                           "add an option, as in SPARSEAD_JACOBIAN(\"%0\", \"tag=J%1\")"))
            << specification->text << unsigned(tags[f].size());
        continue;
      }
      tags[f].push_back(tag);
      if (!definition) {
        // Handles of a function that another unit defines: a tag declared in a function is known there by its name
        // only.
        for (const Handle &handle : uses)
          if (handle.function == f && handle.used && handle.tag == tag && !tag.empty())
            if (auto symbols = handles.symbolsFor(annotation, f, tag);
                !symbols.empty() && !llvm::is_contained(symbols, handle.symbol))
              aliases.emplace_back(handle.symbol, symbols.front());
        continue;
      }
      Request request{definition, annotation, std::move(*specification), {}, {}, linkageOf(context, f)};
      llvm::raw_string_ostream thunk(request.thunk);
      if (mangler->shouldMangleDeclName(f))
        mangler->mangleName(GlobalDecl(f), thunk);
      else
        thunk << f->getName();
      thunk << ".sparsead";
      if (!tag.empty())
        thunk << "." << tag;
      while (!thunks.insert(request.thunk).second) // internal functions may share a name
        thunk << "_";
      for (const Handle &handle : uses)
        if (handle.function == f && handle.used && handle.tag == tag)
          request.symbols.push_back(handle.symbol);
      if (request.linkage == Request::External)
        for (const std::string &symbol : handles.symbolsFor(annotation, f, tag))
          if (!llvm::is_contained(request.symbols, symbol))
            request.symbols.push_back(symbol);
      requests.push_back(std::move(request));
    }
  }

  for (const Handle &handle : uses) {
    FunctionDecl *definition = definitionOf(handle.function);
    llvm::ArrayRef<std::string> known = tags[handle.function];
    if (handle.used && definition && !llvm::is_contained(known, handle.tag) && !llvm::is_contained(known, invalidTag))
      diagnoseUnannotated(diags, handle, definition, !known.empty());
  }
  return requests;
}
