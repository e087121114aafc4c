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
    diags.Report(use, diags.getCustomDiagID(DiagnosticsEngine::Error,
                                            "'%0' has no %3 specification %select{without a tag|with the tag '%2'}1"))
        << name << !handle.tag.empty() << handle.tag << derivativeName(handle.kind);
    auto annotations = getAnnotations(definition);
    auto same = llvm::find_if(annotations, [&](const Annotation &a) { return a.kind == handle.kind; });
    diags.Report(
        same->getLocation(),
        diags.getCustomDiagID(DiagnosticsEngine::Note, "the tag of a specification is set by its option \"tag=…\""));
    return;
  }
  llvm::StringRef macro = macroName(handle.kind);
  diags.Report(use, diags.getCustomDiagID(DiagnosticsEngine::Error, "'%0' is not annotated with %1")) << name << macro;
  diags.Report(definition->getLocation(),
               diags.getCustomDiagID(DiagnosticsEngine::Note, "write %0(\"outputs <- inputs\") in front of "
                                                              "the function, as in %0(\"%1\")"))
      << macro << (handle.kind == RequestKind::Jacobian ? "r[n] <- u[n]" : "return <- x[n]");
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
  if (isInactive(f))
    return "functions marked SPARSEAD_INACTIVE";
  return {};
}

/// The number of elements of an item; nothing where it is known only at run time.
static std::optional<int64_t> constantCount(const SpecObject &object) {
  auto constant = [](const std::vector<int64_t> &program) -> std::optional<int64_t> {
    if (program.empty())
      return 0; // a lower bound that is not written
    if (program.size() == 3 && program[0] == abi::op_const && program[2] == abi::op_end)
      return program[1];
    return std::nullopt;
  };
  int64_t count = static_cast<int64_t>(object.leaves.size());
  for (const PathStep &step : object.steps) {
    if (step.kind != abi::step_index)
      continue;
    std::optional<int64_t> lower = constant(step.lower), upper = constant(step.upper);
    if (!lower || !upper)
      return std::nullopt;
    count *= *upper - *lower;
  }
  return count;
}

/// A gradient is of one number.
static bool hasOneOutput(DiagnosticsEngine &diags, const Specification &specification) {
  auto refuse = [&](const SpecObject &object, llvm::StringRef what) {
    diags.Report(object.loc,
                 diags.getCustomDiagID(DiagnosticsEngine::Error, "a gradient is the derivative of one number, but %0"))
        << what;
    diags.Report(object.loc,
                 diags.getCustomDiagID(DiagnosticsEngine::Note,
                                       "for several outputs use SPARSEAD_JACOBIAN(\"%0\"); its plan has products with "
                                       "the transposed Jacobian, too (vjp)"))
        << specification.text;
    return false;
  };
  const SpecObject &first = specification.objects[static_cast<size_t>(specification.outputs.front())];
  if (specification.outputs.size() > 1)
    return refuse(specification.objects[static_cast<size_t>(specification.outputs[1])],
                  "'" + first.name + "' is not the only output");
  std::optional<int64_t> count = constantCount(first);
  if (!count)
    return refuse(first, "the number of elements of '" + first.name + "' is not known when this file is compiled");
  if (*count != 1)
    return refuse(first, "'" + first.name + "' has " + std::to_string(*count) + " elements");
  return true;
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
  DiagnosticsEngine &diags = instance.getDiagnostics();
  if (annotation.kind == RequestKind::Gradient) {
    for (const StringLiteral *option : options)
      if (!option->getString().trim().starts_with("tag")) {
        diags.Report(option->getBeginLoc(),
                     diags.getCustomDiagID(DiagnosticsEngine::Error, "the option '%0' means nothing for a gradient"))
            << option->getString().trim();
        diags.Report(option->getBeginLoc(), diags.getCustomDiagID(DiagnosticsEngine::Note,
                                                                  "leave it out: a gradient takes one reverse sweep"));
        return std::nullopt;
      }
    if (!hasOneOutput(diags, *result))
      return std::nullopt;
  }
  if (annotation.kind == RequestKind::Hessian) {
    for (const StringLiteral *option : options)
      if (llvm::StringRef text = option->getString().trim();
          text.starts_with("mode") && result->mode != abi::mode_auto && result->mode != abi::mode_local &&
          result->mode != abi::mode_forward) {
        diags.Report(option->getBeginLoc(), diags.getCustomDiagID(DiagnosticsEngine::Error,
                                                                  "the option '%0' is not available yet for a Hessian"))
            << text;
        diags.Report(option->getBeginLoc(),
                     diags.getCustomDiagID(DiagnosticsEngine::Note,
                                           "use \"mode=local\" or \"mode=forward\" (products with the colors of a star "
                                           "coloring), or leave the option out"));
        return std::nullopt;
      }
  }
  auto unavailable = [&](llvm::StringRef key, llvm::StringRef instead) {
    SourceLocation loc = annotation.getLocation();
    llvm::StringRef written = key;
    for (const StringLiteral *option : options)
      if (option->getString().trim().starts_with(key)) {
        loc = option->getBeginLoc();
        written = option->getString().trim();
      }
    diags.Report(loc, diags.getCustomDiagID(DiagnosticsEngine::Error, "the option '%0' is not available yet"))
        << written;
    diags.Report(loc, diags.getCustomDiagID(DiagnosticsEngine::Note, "use %0, or leave the option out")) << instead;
    return std::nullopt;
  };
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
  // Per function and kind.
  llvm::DenseMap<FunctionDecl *, llvm::SmallVector<std::string, 1>> allTags[numRequestKinds];
  llvm::StringSet<> thunks;
  for (FunctionDecl *f : functions) {
    FunctionDecl *definition = definitionOf(f);
    for (const Annotation &annotation : getAnnotations(f)) {
      auto &tags = allTags[static_cast<unsigned>(annotation.kind)];
      auto isFor = [&](const Handle &handle, llvm::StringRef tag) {
        return handle.kind == annotation.kind && handle.function == f && handle.used && handle.tag == tag;
      };
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
        diags.Report(
            annotation.getLocation(),
            diags.getCustomDiagID(DiagnosticsEngine::Error, "several %1 specifications of '%0' need distinct tags"))
            << f->getQualifiedNameAsString() << derivativeName(annotation.kind);
        diags.Report(annotation.getLocation(),
                     diags.getCustomDiagID(DiagnosticsEngine::Note, "add an option, as in %2(\"%0\", \"tag=J%1\")"))
            << specification->text << unsigned(tags[f].size()) << macroName(annotation.kind);
        continue;
      }
      tags[f].push_back(tag);
      if (!definition) {
        // Handles of a function that another unit defines: a tag declared in a function is known there by its name
        // only.
        for (const Handle &handle : uses)
          if (isFor(handle, tag) && !tag.empty())
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
      if (annotation.kind != RequestKind::Jacobian)
        thunk << "." << handleName(annotation.kind);
      if (!tag.empty())
        thunk << "." << tag;
      while (!thunks.insert(request.thunk).second) // internal functions may share a name
        thunk << "_";
      for (const Handle &handle : uses)
        if (isFor(handle, tag))
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
    llvm::ArrayRef<std::string> known = allTags[static_cast<unsigned>(handle.kind)][handle.function];
    if (handle.used && definition && !llvm::is_contained(known, handle.tag) && !llvm::is_contained(known, invalidTag))
      diagnoseUnannotated(diags, handle, definition, !known.empty());
  }
  return requests;
}
