//===- sparsead-plugin.cpp - sparsead inside clang ------------------------===//
//
// Runs before the main action of every compile: records the unit, differentiates its annotated functions when it is
// complete, and links the derivatives into the unit's module before that is optimised.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Frontend/DerivativeCompiler.h"
#include "sparsead/Frontend/Handles.h"
#include "sparsead/Frontend/Requests.h"
#include "sparsead/Frontend/UserRules.h"
#include "sparsead/Target/Linking.h"

#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendPluginRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"

using namespace clang;
using namespace sparsead;

namespace {

/// What the consumer leaves for the back end.
struct UnitState {
  std::unique_ptr<Derivatives> derivatives;
};

/// Links when the optimisation pipeline starts, at every optimisation level.
class LinkPass : public llvm::PassInfoMixin<LinkPass> {
public:
  LinkPass(std::shared_ptr<UnitState> state, DiagnosticsEngine &diags) : state(std::move(state)), diags(diags) {}
  static bool isRequired() { return true; }
  llvm::PreservedAnalyses run(llvm::Module &module, llvm::ModuleAnalysisManager &) {
    dropAnnotations(module);
    if (!state->derivatives)
      return llvm::PreservedAnalyses::all();
    std::unique_ptr<Derivatives> derivatives = std::move(state->derivatives);
    if (llvm::Error error = derivatives->link(module))
      diags.Report(diags.getCustomDiagID(DiagnosticsEngine::Error, "sparsead: %0")) << llvm::toString(std::move(error));
    return llvm::PreservedAnalyses::none();
  }

private:
  std::shared_ptr<UnitState> state;
  DiagnosticsEngine &diags;
};

class UnitConsumer : public ASTConsumer {
public:
  UnitConsumer(CompilerInstance &instance, const CompilerOptions &options, std::shared_ptr<UnitState> state)
      : instance(instance), options(options), state(std::move(state)), capture(instance), handles(instance) {}

  bool HandleTopLevelDecl(DeclGroupRef group) override {
    if (!done)
      capture.HandleTopLevelDecl(group);
    return true;
  }
  void HandleInlineFunctionDefinition(FunctionDecl *d) override {
    if (!done)
      capture.HandleInlineFunctionDefinition(d);
  }
  void HandleTagDeclDefinition(TagDecl *d) override {
    if (done)
      return;
    handles.noteRecord(d);
    capture.HandleTagDeclDefinition(d);
  }
  void HandleTagDeclRequiredDefinition(const TagDecl *d) override {
    if (!done)
      capture.HandleTagDeclRequiredDefinition(d);
  }
  void CompleteTentativeDefinition(VarDecl *d) override {
    if (!done)
      capture.CompleteTentativeDefinition(d);
  }
  void CompleteExternalDeclaration(DeclaratorDecl *d) override {
    if (!done)
      capture.CompleteExternalDeclaration(d);
  }
  void HandleCXXStaticMemberVarInstantiation(VarDecl *d) override {
    if (!done)
      capture.HandleCXXStaticMemberVarInstantiation(d);
  }
  void HandleVTable(CXXRecordDecl *d) override {
    if (!done)
      capture.HandleVTable(d);
  }
  void HandleTranslationUnit(ASTContext &context) override;

private:
  CompilerInstance &instance;
  const CompilerOptions options;
  std::shared_ptr<UnitState> state;
  CodeGenCapture capture;
  Handles handles;
  bool done = false;
};

} // namespace

void UnitConsumer::HandleTranslationUnit(ASTContext &context) {
  DiagnosticsEngine &diags = instance.getDiagnostics();
  // A header is checked and differentiated where it is used; after errors the AST says nothing reliable.
  if (done || diags.hasErrorOccurred() || context.getLangOpts().CompilingPCH ||
      context.getLangOpts().isCompilingModule()) {
    takeAnnotatedDecls();
    return;
  }
  if (options.survey)
    surveyUnit(instance, capture);
  llvm::SmallVector<std::pair<std::string, std::string>> aliases;
  std::vector<Request> requests = collectRequests(instance, capture, handles, aliases);
  if (requests.empty())
    checkUserRules(instance);
  if (diags.hasErrorOccurred() || (requests.empty() && aliases.empty())) {
    done = true;
    return;
  }
  capture.setUserRules(collectUserRules(instance));
  if (diags.hasErrorOccurred()) {
    done = true;
    return;
  }
  state->derivatives = compileDerivatives(instance, capture, requests, {aliases.begin(), aliases.end()}, options);
  done = true;
}

namespace {

class SparseADAction : public PluginASTAction {
protected:
  std::unique_ptr<ASTConsumer> CreateASTConsumer(CompilerInstance &instance, llvm::StringRef) override {
    auto state = std::make_shared<UnitState>();
    DiagnosticsEngine &diags = instance.getDiagnostics();
    instance.getCodeGenOpts().PassBuilderCallbacks.push_back([state, &diags](llvm::PassBuilder &builder) {
      builder.registerPipelineStartEPCallback(
          [state, &diags](llvm::ModulePassManager &passes, llvm::OptimizationLevel) {
            passes.addPass(LinkPass(state, diags));
          });
    });
    return std::make_unique<UnitConsumer>(instance, options, std::move(state));
  }

  bool ParseArgs(const CompilerInstance &instance, const std::vector<std::string> &arguments) override {
    DiagnosticsEngine &diags = instance.getDiagnostics();
    for (llvm::StringRef argument : arguments)
      if (!parse(diags, argument))
        return false;
    return true;
  }

  ActionType getActionType() override { return AddBeforeMainAction; }

private:
  bool parse(DiagnosticsEngine &diags, llvm::StringRef argument);
  static void printHelp();

  CompilerOptions options;
};

FrontendPluginRegistry::Add<SparseADAction> registration("sparsead", "sparse derivatives of annotated functions");

} // namespace

void SparseADAction::printHelp() {
  llvm::outs() << "sparsead " SPARSEAD_VERSION ", for clang " SPARSEAD_LLVM_VERSION "\n"
                  "options, each as -fplugin-arg-sparsead-OPTION:\n"
                  "  dump=mlir   print the differentiated functions in normal form (MLIR)\n"
                  "  dump=pattern  print the dependence of outputs on inputs, as a formula\n"
                  "  dump=coloring  print the colorings that are known at compile time\n"
                  "  report=DIR  write a page (HTML) and the same as JSON for each file into the directory\n"
                  "  strict      a missed optimisation is an error\n"
                  "  survey      lower every function of the file and print which have a normal form\n"
                  "  help        this text\n"
                  "remarks: -Rpass=sparsead, -Rpass-missed=sparsead\n";
}

bool SparseADAction::parse(DiagnosticsEngine &diags, llvm::StringRef argument) {
  auto error = [&](const char *text) {
    diags.Report(diags.getCustomDiagID(DiagnosticsEngine::Error, "%0 (see -fplugin-arg-sparsead-help)"))
        << (text + argument + "'").str();
    return false;
  };
  if (argument == "help") {
    printHelp();
    return true;
  }
  if (argument == "strict") {
    options.strict = true;
    return true;
  }
  if (argument == "survey") {
    options.survey = true;
    return true;
  }
  if (argument == "dump=mlir") {
    options.dumpMLIR = true;
    return true;
  }
  if (argument == "dump=coloring") {
    options.dumpColoring = true;
    return true;
  }
  if (argument == "dump=pattern") {
    options.dumpPattern = true;
    return true;
  }
  if (argument.consume_front("report=")) {
    if (argument.empty())
      return error("the option 'report=DIR' needs a directory, not '");
    options.report = argument.str();
    return true;
  }
  if (argument == "report")
    return error("write 'report=DIR', with a directory for the report, not '");
  if (argument == "dump=cpp")
    return error("this version of sparsead does not have the option '");
  return error("unknown sparsead option '");
}
