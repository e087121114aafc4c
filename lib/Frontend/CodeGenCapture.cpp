//===- CodeGenCapture.cpp - LLVM IR of chosen functions -------------------===//

#include "sparsead/Frontend/CodeGenCapture.h"
#include "sparsead/Frontend/ArrayRules.h"
#include "sparsead/Frontend/Attributes.h"
#include "sparsead/Frontend/InactiveMemory.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/Basic/CodeGenOptions.h"
#include "clang/Basic/Diagnostic.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Basic/SourceManagerInternals.h"
#include "clang/Basic/TargetInfo.h"
#include "clang/CodeGen/ModuleBuilder.h"
#include "clang/Frontend/CompilerInstance.h"
#include "llvm/ADT/DenseSet.h"

using namespace clang;
using namespace sparsead;

namespace {

/// Language options as the second code generator needs them, for as long as the object lives. The code generator reads
/// them from the context by reference, so they are changed in place.
class LanguageForCapture {
public:
  explicit LanguageForCapture(LangOptions &options) : options(options), saved(options) {
    options.Exceptions = false;
    options.CXXExceptions = false;
    options.ThreadsafeStatics = false;
    options.MathErrno = false;
    options.Sanitize.clear();
    if (options.getSignedOverflowBehavior() == LangOptions::SOB_Trapping)
      options.setSignedOverflowBehavior(LangOptions::SOB_Undefined);
    // Products and quotients of complex numbers inline, without the library's second look at NaN and infinity.
    if (options.getComplexRange() == LangOptions::CX_Full || options.getComplexRange() == LangOptions::CX_None)
      options.setComplexRange(LangOptions::CX_Improved);
    options.XRayInstrument = false;
    options.setStackProtector(LangOptions::SSPOff);
  }
  ~LanguageForCapture() { options = saved; }

private:
  LangOptions &options;
  const LangOptions saved;
};

/// Where statements stand in the files that were read, for as long as the object lives: `#line` directives name places
/// that need not exist, and that diagnostics could not be put back to. Clang prints them by itself.
class PhysicalLocations {
public:
  explicit PhysicalLocations(SourceManager &sources) : sources(sources) {
    if (!sources.hasLineTable())
      return;
    LineTableInfo &table = sources.getLineTable();
    saved.assign(table.begin(), table.end());
    LineEntry never = LineEntry::get(~0u, 0, -1, SrcMgr::C_User, 0); // behind the end of every file
    for (const auto &[file, entries] : saved)
      table.AddEntry(file, {never});
  }
  ~PhysicalLocations() {
    for (const auto &[file, entries] : saved)
      sources.getLineTable().AddEntry(file, entries);
  }

private:
  SourceManager &sources;
  std::vector<std::pair<FileID, std::vector<LineEntry>>> saved;
};

CodeGenOptions codeGenOptions(const CodeGenOptions &user) {
  CodeGenOptions options = user;
  options.OptimizationLevel = 1; // no optnone, no allocas of trivial use; passes are not run
  options.OptimizeSize = 0;
  options.DisableLLVMPasses = true;
  options.DisableO0ImplyOptNone = true;
  options.setInlining(CodeGenOptions::NormalInlining);
  options.setDebugInfo(llvm::codegenoptions::DebugLineTablesOnly);
  options.DebugColumnInfo = true;
  options.CoverageMapping = false;
  options.setProfileInstr(llvm::driver::ProfileInstrKind::ProfileNone);
  options.ProfileInstrumentUsePath.clear();
  options.SampleProfileFile.clear();
  options.InstrumentFunctions = false;
  options.XRayInstrumentFunctions = false;
  options.EmitLLVMUseLists = false;
  options.StrictVTablePointers = true; // a known object's virtual functions stay known across calls
  options.PassBuilderCallbacks.clear();
  return options;
}

/// Keeps the first error of the second code generator, and nothing else: what it warns about, the first one says.
class FirstError : public DiagnosticConsumer {
public:
  void HandleDiagnostic(DiagnosticsEngine::Level level, const Diagnostic &info) override {
    DiagnosticConsumer::HandleDiagnostic(level, info);
    if (level < DiagnosticsEngine::Error || !text.empty())
      return;
    llvm::SmallString<128> message;
    info.FormatDiagnostic(message);
    text = std::string(message);
    location = info.getLocation();
  }
  std::string text;
  SourceLocation location;
};

/// Non-member functions with one external definition, reached from the extra functions. Others of that kind need no
/// code here; everything else (inline, static, templates, members) is generated on use, or costs little.
class Reached : public ConstDynamicRecursiveASTVisitor {
public:
  Reached() {
    ShouldVisitTemplateInstantiations = false;
    ShouldVisitImplicitCode = true;
  }
  void add(const FunctionDecl *f) {
    if (!f)
      return;
    const FunctionDecl *definition = nullptr;
    if (!f->isDefined(definition) || !seen.insert(definition->getCanonicalDecl()).second)
      return;
    worklist.push_back(definition);
  }
  void run() {
    while (!worklist.empty()) {
      const FunctionDecl *f = worklist.pop_back_val();
      if (const auto *ctor = dyn_cast<CXXConstructorDecl>(f)) {
        addDestructors(ctor->getParent());
        for (const CXXCtorInitializer *init : ctor->inits())
          TraverseStmt(init->getInit());
      } else if (const auto *dtor = dyn_cast<CXXDestructorDecl>(f)) {
        addDestructors(dtor->getParent());
      }
      if (Stmt *body = f->getBody())
        TraverseStmt(body);
    }
  }

  bool VisitDeclRefExpr(const DeclRefExpr *e) override {
    if (const auto *f = dyn_cast<FunctionDecl>(e->getDecl()))
      add(f);
    else if (const auto *v = dyn_cast<VarDecl>(e->getDecl()))
      addVariable(v);
    return true;
  }
  bool VisitMemberExpr(const MemberExpr *e) override {
    if (const auto *f = dyn_cast<FunctionDecl>(e->getMemberDecl()))
      add(f);
    else if (const auto *v = dyn_cast<VarDecl>(e->getMemberDecl()))
      addVariable(v);
    return true;
  }
  bool VisitCXXConstructExpr(const CXXConstructExpr *e) override {
    add(e->getConstructor());
    addDestructors(e->getConstructor()->getParent());
    return true;
  }
  bool VisitCXXInheritedCtorInitExpr(const CXXInheritedCtorInitExpr *e) override {
    add(e->getConstructor());
    return true;
  }
  bool VisitCXXBindTemporaryExpr(const CXXBindTemporaryExpr *e) override {
    add(e->getTemporary()->getDestructor());
    return true;
  }
  bool VisitCXXNewExpr(const CXXNewExpr *e) override {
    add(e->getOperatorNew());
    add(e->getOperatorDelete());
    return true;
  }
  bool VisitCXXDeleteExpr(const CXXDeleteExpr *e) override {
    add(e->getOperatorDelete());
    if (!e->getDestroyedType().isNull())
      if (const auto *record = e->getDestroyedType()->getAsCXXRecordDecl())
        addDestructors(record);
    return true;
  }
  bool VisitCXXDefaultArgExpr(const CXXDefaultArgExpr *e) override {
    TraverseStmt(const_cast<Expr *>(e->getExpr()));
    return true;
  }
  bool VisitCXXDefaultInitExpr(const CXXDefaultInitExpr *e) override {
    if (e->getExpr())
      TraverseStmt(const_cast<Expr *>(e->getExpr()));
    return true;
  }
  bool VisitVarDecl(const VarDecl *v) override {
    if (const auto *record = v->getType()->getBaseElementTypeUnsafe()->getAsCXXRecordDecl())
      addDestructors(record);
    return true;
  }
  bool VisitLambdaExpr(const LambdaExpr *e) override {
    add(e->getCallOperator());
    return true;
  }

  llvm::DenseSet<const FunctionDecl *> seen;

private:
  /// The initializer of a global may hold pointers to functions.
  void addVariable(const VarDecl *v) {
    if (v->hasGlobalStorage() && variables.insert(v->getCanonicalDecl()).second)
      if (const Expr *init = v->getAnyInitializer())
        TraverseStmt(const_cast<Expr *>(init));
  }
  void addDestructors(const CXXRecordDecl *record) {
    record = record->getDefinition();
    if (!record || !records.insert(record).second)
      return;
    add(record->getDestructor());
    for (const CXXBaseSpecifier &base : record->bases())
      if (const auto *baseRecord = base.getType()->getAsCXXRecordDecl())
        addDestructors(baseRecord);
    for (const FieldDecl *field : record->fields())
      if (const auto *fieldRecord = field->getType()->getBaseElementTypeUnsafe()->getAsCXXRecordDecl())
        addDestructors(fieldRecord);
  }

  llvm::SmallVector<const FunctionDecl *> worklist;
  llvm::DenseSet<const CXXRecordDecl *> records;
  llvm::DenseSet<const VarDecl *> variables;
};

/// Would the code generator emit the function although nothing uses it, and does nothing that we want use it?
bool isUnneeded(const Decl *d, const llvm::DenseSet<const FunctionDecl *> &wanted) {
  const auto *f = dyn_cast<FunctionDecl>(d);
  return f && !isa<CXXMethodDecl>(f) && f->isThisDeclarationADefinition() && f->isExternallyVisible() &&
         !f->isInlined() && !f->isTemplateInstantiation() && !f->hasAttrs() && !wanted.contains(f->getCanonicalDecl());
}

void dropBody(llvm::Function &f) {
  f.deleteBody();
  f.setComdat(nullptr);
}

/// Which pointers and references the function only reads through, by its declaration.
void markReads(const FunctionDecl *decl, llvm::Function &f) {
  llvm::SmallVector<bool> reads; // of each argument in the code
  if (f.hasStructRetAttr())
    reads.push_back(false);
  const auto *method = dyn_cast<CXXMethodDecl>(decl);
  if (method && method->isImplicitObjectMemberFunction())
    reads.push_back(method->isConst());
  for (const ParmVarDecl *p : decl->parameters()) {
    QualType type = p->getType();
    reads.push_back(!type->isPointerType() && !type->isReferenceType() ? true
                                                                       : type->getPointeeType().isConstQualified());
  }
  if (reads.size() == f.arg_size()) // else an argument is passed in pieces
    for (auto [k, only] : llvm::enumerate(reads))
      if (only && f.getArg(k)->getType()->isPointerTy())
        f.addParamAttr(k, llvm::Attribute::ReadOnly);
}

void markRules(CodeGenerator &generator, llvm::Module &module, const UserRules &rules) {
  llvm::SmallVector<std::pair<llvm::Function *, ArrayRule>> ofArrays;
  for (llvm::Function &f : module) {
    const auto *decl = dyn_cast_or_null<FunctionDecl>(generator.GetDeclForMangledName(f.getName()));
    auto rule = decl ? rules.find(decl->getCanonicalDecl()) : rules.end();
    if (rule == rules.end())
      continue;
    dropBody(f);
    if (std::optional<ArrayRule> whole = ArrayRule::parse(rule->second)) {
      markReads(decl, f);
      ofArrays.push_back({&f, std::move(*whole)});
    } else {
      f.addFnAttr(ruleFunction, rule->second);
    }
  }
  for (const auto &[f, rule] : ofArrays)
    defineArrayRule(*f, rule);
}

/// Functions marked SPARSEAD_INACTIVE lose their bodies, and keep what their declarations say: which pointers and
/// references they only read through.
void markInactiveFunctions(CodeGenerator &generator, llvm::Module &module) {
  for (llvm::Function &f : module) {
    const auto *decl = dyn_cast_or_null<FunctionDecl>(generator.GetDeclForMangledName(f.getName()));
    if (!decl || !isInactive(decl))
      continue;
    dropBody(f);
    f.addFnAttr(inactiveFunction);
    markReads(decl, f);
  }
}

} // namespace

void CodeGenCapture::replay(ASTConsumer &consumer, const llvm::DenseSet<const FunctionDecl *> *wanted) const {
  for (Event event : events) {
    switch (event.kind) {
    case Event::TopLevel:
      if (!wanted || !event.group.isSingleDecl() || !isUnneeded(event.group.getSingleDecl(), *wanted))
        consumer.HandleTopLevelDecl(event.group);
      break;
    case Event::InlineFunction:
      consumer.HandleInlineFunctionDefinition(cast<FunctionDecl>(event.group.getSingleDecl()));
      break;
    case Event::Tag:
      consumer.HandleTagDeclDefinition(cast<TagDecl>(event.group.getSingleDecl()));
      break;
    case Event::RequiredTag:
      consumer.HandleTagDeclRequiredDefinition(cast<TagDecl>(event.group.getSingleDecl()));
      break;
    case Event::Tentative:
      consumer.CompleteTentativeDefinition(cast<VarDecl>(event.group.getSingleDecl()));
      break;
    case Event::External:
      consumer.CompleteExternalDeclaration(cast<DeclaratorDecl>(event.group.getSingleDecl()));
      break;
    case Event::StaticMember:
      consumer.HandleCXXStaticMemberVarInstantiation(cast<VarDecl>(event.group.getSingleDecl()));
      break;
    case Event::VTable:
      consumer.HandleVTable(cast<CXXRecordDecl>(event.group.getSingleDecl()));
      break;
    }
  }
}

std::unique_ptr<llvm::Module> CodeGenCapture::generate(llvm::ArrayRef<FunctionDecl *> extra, llvm::LLVMContext &context,
                                                       bool everything) {
  ASTContext &ast = instance.getASTContext();
  LanguageForCapture language(const_cast<LangOptions &>(ast.getLangOpts()));
  CodeGenOptions options = codeGenOptions(instance.getCodeGenOpts());
  PhysicalLocations physical(ast.getSourceManager());

  FirstError errors;
  DiagnosticOptions diagnosticOptions;
  DiagnosticsEngine diagnostics(DiagnosticIDs::create(), diagnosticOptions, &errors, /*ShouldOwnClient=*/false);
  diagnostics.setSourceManager(&ast.getSourceManager());

  Reached reached;
  for (FunctionDecl *f : extra)
    reached.add(f);
  reached.run();

  std::unique_ptr<CodeGenerator> generator(
      CreateLLVMCodeGen(diagnostics, "sparsead", instance.getVirtualFileSystemPtr(), instance.getHeaderSearchOpts(),
                        instance.getPreprocessorOpts(), options, context));
  generator->Initialize(ast);
  replay(*generator, everything ? nullptr : &reached.seen);
  for (FunctionDecl *f : extra)
    generator->HandleTopLevelDecl(DeclGroupRef(f));
  generator->HandleTranslationUnit(ast);

  if (!errors.text.empty()) {
    DiagnosticsEngine &user = instance.getDiagnostics();
    user.Report(errors.location,
                user.getCustomDiagID(DiagnosticsEngine::Error, "cannot generate code for a derivative: "
                                                               "%0"))
        << errors.text;
    return nullptr;
  }
  markInactiveFunctions(*generator, *generator->GetModule());
  if (!rules.empty())
    markRules(*generator, *generator->GetModule(), rules);
  return std::unique_ptr<llvm::Module>(generator->ReleaseModule());
}
