//===- DerivativeCompiler.cpp - requests to derivative functions ----------===//

#include "sparsead/Frontend/DerivativeCompiler.h"
#include "sparsead/Frontend/Fingerprint.h"

#include "sparsead/Frontend/DiagnosticBridge.h"
#include "sparsead/Frontend/PrepareModule.h"
#include "sparsead/Frontend/RelationTables.h"
#include "sparsead/Frontend/Report.h"
#include "sparsead/Frontend/StructureTables.h"
#include "sparsead/Frontend/Thunk.h"
#include "sparsead/IR/SparseAD.h"
#include "sparsead/Pipelines/Pipelines.h"
#include "sparsead/Target/Linking.h"

#include "mlir/Dialect/DLTI/DLTI.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Import.h"
#include "mlir/Transforms/Passes.h"
#include "clang/AST/ASTContext.h"
#include "clang/Frontend/CompilerInstance.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace sparsead;

Derivatives::~Derivatives() = default;

/// Numbers of tangents that one kernel call carries.
static constexpr int64_t kernelWidths[] = {1, 4, 8};
/// Instructions of a function above which the widest kernel is not made: thousands of statements are compiled once for
/// each width.
static constexpr unsigned largeFunction = 5000;

namespace {

class CompiledDerivatives : public Derivatives {
public:
  llvm::Error link(llvm::Module &user) override { return linkDerivatives(unit, user); }

  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  DerivativeUnit unit;
};

class DerivativeCompiler {
public:
  DerivativeCompiler(clang::CompilerInstance &instance, CodeGenCapture &capture, llvm::ArrayRef<Request> requests,
                     const CompilerOptions &options)
      : instance(instance), capture(capture), requests(requests), options(options),
        bridge(instance, requests, options.strict), result(std::make_unique<CompiledDerivatives>()) {}

  std::unique_ptr<CompiledDerivatives> run();

private:
  bool makeModule();
  bool importModule();
  void addRequests();
  bool runPipelines();
  void findStructure();
  void beginReport();
  bool writeReport();
  bool describe();
  JacobianDescriptor descriptorOf(const Request &request);
  std::shared_ptr<const JacobianDescriptor> ofGradient(const Request &request, const JacobianDescriptor &hessian,
                                                       mlir::SymbolTable &symbols);
  llvm::ArrayRef<int64_t> widthsOf(const Request &request) const {
    llvm::ArrayRef<int64_t> widths(kernelWidths);
    return large.contains(request.thunk) ? widths.drop_back() : widths;
  }
  void internalError(llvm::StringRef what);

  clang::CompilerInstance &instance;
  CodeGenCapture &capture;
  llvm::ArrayRef<Request> requests;
  const CompilerOptions &options;
  DiagnosticBridge bridge;
  std::unique_ptr<CompiledDerivatives> result;

  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> llvmModule;
  llvm::StringMap<uint64_t> fingerprints;
  llvm::StringSet<> large;
  llvm::StringMap<JacobianDescriptor::Lattice> lattices;   ///< by thunk
  llvm::StringMap<JacobianDescriptor::Relation> relations; ///< by thunk
  llvm::StringMap<std::string> colorings;                  ///< by thunk, for people
  std::unique_ptr<Report> report;                          ///< null: not asked for
};

} // namespace

void DerivativeCompiler::internalError(llvm::StringRef what) {
  clang::DiagnosticsEngine &diags = instance.getDiagnostics();
  diags.Report(requests.front().annotation.getLocation(),
               diags.getCustomDiagID(clang::DiagnosticsEngine::Error, "sparsead failed to %0; please report this"))
      << what;
}

/// Thunks and all they reach, as LLVM IR that can be imported.
bool DerivativeCompiler::makeModule() {
  clang::Sema &sema = instance.getSema();
  const clang::LangOptions &language = instance.getLangOpts();
  if (language.RoundingMath || language.getDefaultExceptionMode() != clang::LangOptions::FPE_Ignore) {
    clang::DiagnosticsEngine &diags = instance.getDiagnostics();
    clang::SourceLocation at = requests.front().annotation.getLocation();
    diags.Report(at, diags.getCustomDiagID(clang::DiagnosticsEngine::Error,
                                           "cannot differentiate under '-frounding-math', '-ffp-model=strict' or "
                                           "'-ftrapping-math': the floating-point environment is not modelled"));
    diags.Report(at, diags.getCustomDiagID(clang::DiagnosticsEngine::Note,
                                           "compile this file with '-fno-rounding-math -fno-trapping-math'"));
    return false;
  }
  llvm::SmallVector<clang::FunctionDecl *> thunks;
  std::vector<std::string> roots;
  for (const Request &request : requests) {
    clang::FunctionDecl *thunk = makeThunk(sema, request.function, request.thunk);
    if (!thunk) {
      clang::DiagnosticsEngine &diags = instance.getDiagnostics();
      diags.Report(request.annotation.getLocation(),
                   diags.getCustomDiagID(clang::DiagnosticsEngine::Note, "while differentiating '%0' requested here"))
          << request.name();
      return false;
    }
    thunks.push_back(thunk);
    roots.push_back(request.thunk);
  }
  sema.PerformPendingInstantiations();
  if (instance.getDiagnostics().hasErrorOccurred())
    return false;
  llvmModule = capture.generate(thunks, llvmContext);
  if (!llvmModule)
    return false;
  prepareModule(*llvmModule, roots);
  for (const llvm::Function &f : *llvmModule) {
    if (!f.isPresplitCoroutine() && !(f.getName().starts_with("llvm.coro.") && !f.use_empty()))
      continue;
    clang::DiagnosticsEngine &diags = instance.getDiagnostics();
    clang::SourceLocation at = requests.front().annotation.getLocation();
    diags.Report(at, diags.getCustomDiagID(clang::DiagnosticsEngine::Error,
                                           "cannot differentiate a coroutine, or a function that calls one"));
    diags.Report(at, diags.getCustomDiagID(clang::DiagnosticsEngine::Note, "write it as an ordinary loop"));
    return false;
  }
  for (const Request &request : requests)
    if (const llvm::Function *f = llvmModule->getFunction(request.thunk)) {
      fingerprints[request.thunk] = fingerprintOf(*f);
      if (f->getInstructionCount() > largeFunction)
        large.insert(request.thunk);
    }
  return true;
}

bool DerivativeCompiler::importModule() {
  mlir::DialectRegistry registry;
  registerAllSparseADDialects(registry);
  result->context = std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
  mlir::MLIRContext *context = result->context.get();
  context->loadDialect<mlir::LLVM::LLVMDialect, mlir::DLTIDialect, SparseADDialect>();
  context->printOpOnDiagnostic(false); // no IR in a user's face
  context->getDiagEngine().registerHandler([this](mlir::Diagnostic &diagnostic) { return bridge.handle(diagnostic); });
  // What the importer has to say on metadata is of no interest.
  mlir::ScopedDiagnosticHandler quiet(context, [](mlir::Diagnostic &diagnostic) {
    return mlir::success(diagnostic.getSeverity() == mlir::DiagnosticSeverity::Warning);
  });
  result->module = mlir::translateLLVMIRToModule(std::move(llvmModule), context, /*emitExpensiveWarnings=*/false,
                                                 /*dropDICompositeTypeElements=*/true, /*loadAllDialects=*/false);
  return bool(result->module);
}

/// The pointers that an extent's program subtracts (a vector's begin and end): argument, then pairs of step kind and
/// bytes.
static std::vector<std::vector<int64_t>> pointersRead(llvm::ArrayRef<int64_t> program) {
  std::vector<std::vector<int64_t>> found, stack;
  for (size_t i = 0; i < program.size() && program[i] != abi::op_end; ++i) {
    switch (program[i]) {
    case abi::op_const:
      stack.emplace_back();
      ++i;
      break;
    case abi::op_argument:
      stack.push_back({program[++i]});
      break;
    case abi::op_offset:
      ++i;
      if (!stack.back().empty())
        stack.back().insert(stack.back().end(), {int64_t(abi::step_offset), program[i]});
      break;
    case abi::op_load_ptr:
      if (!stack.back().empty())
        stack.back().insert(stack.back().end(), {int64_t(abi::step_deref), 0});
      break;
    case abi::op_sub: // of two pointers into one block
      for (size_t k = stack.size() - 2; k < stack.size(); ++k)
        if (stack[k].size() >= 3 && stack[k][stack[k].size() - 2] == abi::step_deref)
          found.push_back(stack[k]);
      stack.pop_back();
      stack.back().clear();
      break;
    case abi::op_add:
    case abi::op_mul:
    case abi::op_div:
    case abi::op_mod:
      stack.pop_back();
      stack.back().clear();
      break;
    default:
      stack.back().clear();
    }
  }
  return found;
}

void DerivativeCompiler::addRequests() {
  mlir::MLIRContext *context = result->context.get();
  mlir::OpBuilder builder(context);
  builder.setInsertionPointToEnd(result->module->getBody());
  using namespace mlir::sparse_tensor;
  auto identity = mlir::AffineMap::getMultiDimIdentityMap(2, context);
  auto csr = SparseTensorEncodingAttr::get(context, {LevelType(LevelFormat::Dense), LevelType(LevelFormat::Compressed)},
                                           identity, identity, 0, 0);
  int64_t dynamic[] = {mlir::ShapedType::kDynamic, mlir::ShapedType::kDynamic};
  auto type = mlir::RankedTensorType::get(dynamic, builder.getF64Type(), csr);
  for (const Request &request : requests) {
    llvm::SmallVector<mlir::Attribute> objects;
    for (const SpecObject &object : request.specification.objects) {
      llvm::SmallVector<int64_t> path, leaves;
      for (const PathStep &step : object.steps)
        path.append({step.kind, step.bytes});
      for (auto [offset, bytes] : object.leaves)
        leaves.append({offset, bytes});
      objects.push_back(ObjectAttr::get(context, object.name, object.argument, path, leaves, object.roles));
    }
    auto indices = [](const std::vector<int> &list) { return llvm::SmallVector<int64_t>(list.begin(), list.end()); };
    clang::PresumedLoc at = instance.getSourceManager().getPresumedLoc(request.annotation.getLocation(), false);
    mlir::Location loc = mlir::UnknownLoc::get(context);
    if (at.isValid())
      loc = mlir::FileLineColLoc::get(context, at.getFilename(), at.getLine(), at.getColumn());
    loc = mlir::NameLoc::get(builder.getStringAttr(request.name()), loc);
    llvm::SmallVector<mlir::Attribute> names;
    for (const ParameterObject &parameter : parameterObjects(request.function))
      names.push_back(builder.getStringAttr(parameter.name.empty() ? "parameter " + std::to_string(names.size() + 1)
                                                                   : parameter.name));
    auto thunk = mlir::FlatSymbolRefAttr::get(context, request.thunk);
    auto inputs = builder.getDenseI64ArrayAttr(indices(request.specification.inputs));
    auto outputs = builder.getDenseI64ArrayAttr(indices(request.specification.outputs));
    auto symbol = builder.getStringAttr(request.thunk + "." + handleName(request.annotation.kind));
    mlir::Operation *op;
    if (request.annotation.kind == RequestKind::Gradient)
      op = GradientOp::create(builder, loc, symbol, thunk, builder.getArrayAttr(objects), inputs, outputs,
                              mlir::StringAttr());
    else if (request.annotation.kind == RequestKind::Hessian)
      op = HessianOp::create(builder, loc, symbol, thunk, builder.getArrayAttr(objects), inputs, outputs,
                             mlir::StringAttr());
    else
      op = JacobianOp::create(builder, loc, symbol, thunk, builder.getArrayAttr(objects), inputs, outputs,
                              mlir::TypeAttr::get(type), builder.getDenseI64ArrayAttr(widthsOf(request)),
                              mlir::StringAttr());
    op->setAttr("argument_names", builder.getArrayAttr(names));
    // Programs of the bounds of each index step, per object; the paths have the strides only.
    llvm::SmallVector<mlir::Attribute> extents;
    for (const SpecObject &object : request.specification.objects) {
      llvm::SmallVector<mlir::Attribute> bounds;
      for (const PathStep &step : object.steps)
        if (step.kind == abi::step_index)
          for (const std::vector<int64_t> *program : {&step.lower, &step.upper})
            bounds.push_back(builder.getDenseI64ArrayAttr(*program));
      extents.push_back(builder.getArrayAttr(bounds));
    }
    op->setAttr("extents", builder.getArrayAttr(extents));
    if (request.specification.mode == abi::mode_local)
      op->setAttr("local", builder.getUnitAttr());
    if (request.specification.mode == abi::mode_forward)
      op->setAttr("forward", builder.getUnitAttr());
    llvm::SmallVector<mlir::Attribute> words;
    for (auto [k, object] : llvm::enumerate(request.specification.objects))
      for (const PathStep &step : object.steps)
        for (const std::vector<int64_t> *program : {&step.lower, &step.upper})
          for (llvm::ArrayRef<int64_t> word : pointersRead(*program)) {
            llvm::SmallVector<int64_t> entry{int64_t(k)};
            entry.append(word.begin(), word.end());
            words.push_back(builder.getDenseI64ArrayAttr(entry));
          }
    if (!words.empty())
      op->setAttr("extent_pointers", builder.getArrayAttr(words));
  }
}

/// Relations for the plans, colorings by a formula of the requests that have one; and what the user wants to see of
/// both.
void DerivativeCompiler::findStructure() {
  for (const Request &request : requests) {
    auto op = result->module->lookupSymbol<JacobianOp>(request.thunk + ".jacobian");
    if (!op)
      continue;
    auto relation = op->getAttrOfType<RelationAttr>("relation");
    std::string title = "Jacobian of '" + request.name() + "' (" + request.specification.text + "): ";
    if (options.dumpPattern)
      llvm::outs() << title << (relation ? relation.getText() : "no relation at compile time") << "\n";
    if (auto tables = relationTables(*result->module, op))
      relations[request.thunk] = std::move(*tables);
    std::optional<LatticeColoring> coloring;
    if (relation) {
      RelationFormula formula = relation.getFormula();
      warnOfGrowth(op, formula);
      // That takes its time, so only where somebody reads it.
      if (instance.getCodeGenOpts().OptimizationRemarkAnalysis.patternMatches("sparsead"))
        remarkStructure(op, formula);
      coloring = latticeOf(formula);
      if (coloring)
        if (auto tables = latticeTables(op, formula, *coloring))
          lattices[request.thunk] = std::move(*tables);
    }
    if (options.dumpColoring)
      llvm::outs() << title << (coloring ? coloring->str() : "no coloring at compile time") << "\n";
    if (coloring)
      colorings[request.thunk] = coloring->str();
    if (coloring)
      mlir::emitRemark(op.getLoc()) << "coloring at compile time: " << coloring->str();
  }
}

void DerivativeCompiler::beginReport() {
  if (options.report.empty())
    return;
  const clang::SourceManager &sources = instance.getSourceManager();
  auto entry = sources.getFileEntryRefForID(sources.getMainFileID());
  report = std::make_unique<Report>(entry ? entry->getName().str() : std::string("input"),
                                    sources.getBufferData(sources.getMainFileID()).str());
  std::vector<ReportedRequest> reported;
  for (const Request &request : requests) {
    clang::PresumedLoc at = sources.getPresumedLoc(sources.getExpansionLoc(request.annotation.getLocation()), false);
    RequestKind kind = request.annotation.kind;
    reported.push_back({request.name(), request.specification.text, derivativeName(kind).str(),
                        (request.thunk + "." + handleName(kind)).str(), request.thunk,
                        at.isValid() ? at.getLine() : 0});
  }
  report->addStructure(*result->module, reported, [&](llvm::StringRef thunk) { return colorings.lookup(thunk); });
}

bool DerivativeCompiler::writeReport() {
  llvm::Error error = report->write(options.report);
  if (!error)
    return true;
  clang::DiagnosticsEngine &diags = instance.getDiagnostics();
  diags.Report(diags.getCustomDiagID(clang::DiagnosticsEngine::Error, "%0 (-fplugin-arg-sparsead-report=)"))
      << llvm::toString(std::move(error));
  return false;
}

bool DerivativeCompiler::runPipelines() {
  mlir::MLIRContext *context = result->context.get();
  auto run = [&](auto build) {
    mlir::PassManager passes(context);
    passes.enableVerifier(false); // not after each of thirty passes: it costs as much as they do
    build(passes);
    return mlir::succeeded(passes.run(*result->module)) && mlir::succeeded(mlir::verify(*result->module));
  };
  bool succeeded = run(buildNormalFormPipeline);
  if (succeeded && options.dumpMLIR)
    result->module->print(llvm::outs());
  succeeded = succeeded && run(buildStructurePipeline);
  if (succeeded) {
    findStructure();
    beginReport();
  }
  if (report) {
    succeeded = succeeded && run(buildDerivativePipeline);
    if (succeeded)
      report->addDerivatives(*result->module);
    if (succeeded && !writeReport())
      return false;
  }
  succeeded = succeeded && run([&](mlir::OpPassManager &passes) {
                if (!report)
                  buildDerivativePipeline(passes);
                buildLoweringPipeline(passes);
                // Locations name scopes of the primal, which the derivatives are not in.
                passes.addPass(mlir::createStripDebugInfoPass());
              });
  if (!succeeded && !bridge.hasErrors())
    internalError("differentiate this function");
  return succeeded && !bridge.hasErrors();
}

JacobianDescriptor DerivativeCompiler::descriptorOf(const Request &request) {
  clang::ASTContext &ast = instance.getASTContext();
  const Specification &specification = request.specification;
  auto sizeOf = [&](clang::QualType type) -> int64_t {
    if (type.isNull() || type->isVoidType() || type->isFunctionType() || type->isIncompleteType())
      return 0;
    return ast.getTypeSizeInChars(type).getQuantity();
  };

  JacobianDescriptor d;
  d.symbols = request.symbols;
  d.linkage = request.linkage == Request::External   ? JacobianDescriptor::External
              : request.linkage == Request::LinkOnce ? JacobianDescriptor::LinkOnce
                                                     : JacobianDescriptor::Internal;
  d.primal = llvm::StringRef(request.thunk).split(".sparsead").first.str();
  d.function = request.name();
  d.specification = specification.text;
  d.fingerprint = fingerprints.lookup(request.thunk) * 0x9E3779B97F4A7C15ull ^ llvm::xxh3_64bits(specification.text);
  for (const SpecObject &object : specification.objects) {
    JacobianDescriptor::Object o{object.name, object.roles, object.argument, 0, {}, {}};
    // A result is written before it is read; everything else that the function writes may be read first.
    if (object.argument >= 0 && (object.roles & (abi::role_output | abi::role_work)))
      o.flags |= abi::flag_preserve;
    for (const PathStep &step : object.steps)
      o.steps.push_back({step.kind, step.bytes, step.lower, step.upper, step.text});
    o.leaves.assign(object.leaves.begin(), object.leaves.end());
    d.objects.push_back(std::move(o));
  }
  d.inputs.assign(specification.inputs.begin(), specification.inputs.end());
  d.outputs.assign(specification.outputs.begin(), specification.outputs.end());
  for (const ParameterObject &parameter : parameterObjects(request.function))
    d.arguments.push_back({parameter.name, sizeOf(parameter.type)});
  d.resultSize = sizeOf(resultObjectType(ast, request.function));
  d.mode = specification.mode;
  d.order = specification.order;
  d.patternLocal = specification.patternLocal;
  d.recorder = request.thunk + ".record";
  if (request.annotation.kind == RequestKind::Gradient)
    return d;
  if (request.annotation.kind == RequestKind::Hessian) {
    d.recorder = request.thunk + ".record2";
    d.inspector = request.thunk + ".interactions";
    return d;
  }
  d.inspector = request.thunk + ".inspect";
  for (int64_t width : widthsOf(request))
    d.kernels.emplace_back(width, request.thunk + ".tangent.w" + std::to_string(width));
  return d;
}

/// The tables of a `sparsead.local` attribute (docs/passes.md).
static JacobianDescriptor::Local localFrom(mlir::DictionaryAttr tables, std::string symbol) {
  auto integer = [](mlir::DictionaryAttr d, llvm::StringRef name) {
    return static_cast<int32_t>(llvm::cast<mlir::IntegerAttr>(d.get(name)).getInt());
  };
  JacobianDescriptor::Local local;
  local.width = integer(tables, "width");
  local.shadows = llvm::cast<mlir::BoolAttr>(tables.get("shadows")).getValue();
  local.loops = integer(tables, "loops");
  local.function = std::move(symbol);
  for (mlir::Attribute attribute : llvm::cast<mlir::ArrayAttr>(tables.get("sites"))) {
    auto site = llvm::cast<mlir::DictionaryAttr>(attribute);
    auto list = [&](llvm::StringRef name) {
      auto numbers = llvm::cast<mlir::DenseI64ArrayAttr>(site.get(name)).asArrayRef();
      return std::vector<int32_t>(numbers.begin(), numbers.end());
    };
    local.sites.push_back({integer(site, "kind"), integer(site, "slots"), integer(site, "loop"),
                           integer(site, "stride"), list("offsets"), list("sources"), integer(site, "partials")});
  }
  return local;
}

/// The kernels of the strategy `local` of `thunk`, if they were made.
static std::optional<JacobianDescriptor::Local> localOf(mlir::SymbolTable &symbols, const std::string &thunk) {
  std::string local = thunk + ".local";
  mlir::Operation *kernel = symbols.lookup(local);
  auto tables = kernel ? kernel->getAttrOfType<mlir::DictionaryAttr>("sparsead.local") : mlir::DictionaryAttr();
  if (!tables)
    return std::nullopt;
  JacobianDescriptor::Local made = localFrom(tables, local);
  if (symbols.lookup(thunk + ".values"))
    made.valuesOnly = thunk + ".values";
  if (symbols.lookup(thunk + ".structure"))
    made.structure = thunk + ".structure";
  kernel->removeAttr("sparsead.local");
  return made;
}

/// A Hessian's descriptor again, for the function of its arguments and their shadows (`sparsead-hessian-adjoint`).
std::shared_ptr<const JacobianDescriptor>
DerivativeCompiler::ofGradient(const Request &request, const JacobianDescriptor &hessian, mlir::SymbolTable &symbols) {
  std::string thunk = request.thunk + ".reverse";
  std::optional<JacobianDescriptor::Local> local = localOf(symbols, thunk);
  std::string inspector = thunk + ".inspect", tangent = thunk + ".tangent.w";
  if (!symbols.lookup(tangent + "1") || (local && !symbols.lookup(inspector)))
    return nullptr;
  auto d = std::make_shared<JacobianDescriptor>(hessian);
  d->symbols.clear();
  d->recorder.clear();
  d->local = std::move(local);
  d->inspector = d->local ? inspector : "";
  d->kernels.clear();
  for (int64_t width : {1, 4})
    if (symbols.lookup(tangent + std::to_string(width)))
      d->kernels.emplace_back(width, tangent + std::to_string(width));
  d->arguments.push_back({"the result", d->resultSize}); // thunks always have that one
  d->resultSize = 0;
  auto count = static_cast<int32_t>(d->arguments.size());
  for (int32_t k = 0; k < count; ++k)
    d->arguments.push_back({d->arguments[k].name + " (adjoint)", d->arguments[k].size});
  d->outputs.clear();
  size_t own = d->objects.size();
  for (size_t k = 0; k < own; ++k) {
    JacobianDescriptor::Object &o = d->objects[k];
    if (o.argument < 0)
      o.argument = count - 1;
    JacobianDescriptor::Object shadow = o;
    bool input = o.roles & abi::role_input;
    o.roles = input ? abi::role_input : abi::role_work;
    shadow.roles = input ? abi::role_output : abi::role_work;
    shadow.name += " (adjoint)";
    shadow.argument += count;
    shadow.flags = abi::flag_preserve;
    d->objects.push_back(std::move(shadow));
  }
  for (int32_t k : d->inputs)
    d->outputs.push_back(k + static_cast<int32_t>(own));
  return d;
}

/// Descriptors of all requests; false, after a diagnostic, if a function that one of them names was not made.
bool DerivativeCompiler::describe() {
  mlir::SymbolTable symbols(*result->module);
  for (const Request &request : requests) {
    JacobianDescriptor d = descriptorOf(request);
    if (std::string adjoint = request.thunk + ".adjoint"; symbols.lookup(adjoint))
      d.adjoint = std::move(adjoint);
    if (!symbols.lookup(d.recorder))
      d.recorder.clear();
    bool complete = !d.recorder.empty() || !d.adjoint.empty();
    if (!d.inspector.empty())
      complete &= symbols.lookup(d.inspector) != nullptr;
    for (const auto &kernel : d.kernels)
      complete &= symbols.lookup(kernel.second) != nullptr;
    if (!complete) {
      internalError("make the derivative of '" + d.function + "'");
      return false;
    }
    if (auto it = lattices.find(request.thunk); it != lattices.end())
      d.lattice = it->second;
    if (auto it = relations.find(request.thunk); it != relations.end())
      d.relation = it->second;
    d.local = localOf(symbols, request.thunk);
    if (request.annotation.kind == RequestKind::Hessian)
      d.ofGradient = ofGradient(request, d, symbols);
    result->unit.descriptors.push_back(std::move(d));
  }
  return true;
}

std::unique_ptr<CompiledDerivatives> DerivativeCompiler::run() {
  if (!makeModule() || !importModule())
    return nullptr;
  addRequests();
  if (!runPipelines() || !describe())
    return nullptr;
  const clang::TargetOptions &target = instance.getTargetOpts();
  if (!target.CPU.empty())
    result->unit.targetAttributes.emplace_back("target-cpu", target.CPU);
  if (!target.Features.empty())
    result->unit.targetAttributes.emplace_back("target-features", llvm::join(target.Features, ","));
  result->unit.module = *result->module;
  return std::move(result);
}

std::unique_ptr<Derivatives> sparsead::compileDerivatives(clang::CompilerInstance &instance, CodeGenCapture &capture,
                                                          llvm::ArrayRef<Request> requests,
                                                          std::vector<std::pair<std::string, std::string>> aliases,
                                                          const CompilerOptions &options) {
  std::unique_ptr<CompiledDerivatives> result;
  if (!requests.empty())
    result = DerivativeCompiler(instance, capture, requests, options).run();
  else if (!aliases.empty())
    result = std::make_unique<CompiledDerivatives>();
  if (result)
    result->unit.aliases = std::move(aliases);
  return result;
}
