//===- DiagnosticBridge.cpp - MLIR's diagnostics as Clang's ---------------===//

#include "sparsead/Frontend/DiagnosticBridge.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "sparsead/Frontend/CallNames.h"
#include "clang/AST/ASTContext.h"
#include "clang/Basic/DiagnosticFrontend.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Frontend/CompilerInstance.h"

using namespace clang;
using namespace sparsead;

/// File positions of a location, innermost first.
static void flatten(mlir::Location location, llvm::SmallVectorImpl<mlir::FileLineColLoc> &out) {
  if (auto file = mlir::dyn_cast<mlir::FileLineColLoc>(location)) {
    out.push_back(file);
  } else if (auto call = mlir::dyn_cast<mlir::CallSiteLoc>(location)) {
    flatten(call.getCallee(), out);
    flatten(call.getCaller(), out);
  } else if (auto name = mlir::dyn_cast<mlir::NameLoc>(location)) {
    flatten(name.getChildLoc(), out);
  } else if (auto fused = mlir::dyn_cast<mlir::FusedLoc>(location)) {
    // Parts of one place, or places that were merged: the first is as good as any.
    for (mlir::Location part : fused.getLocations()) {
      size_t before = out.size();
      flatten(part, out);
      if (out.size() != before)
        return;
    }
  }
}

SourceLocation DiagnosticBridge::translate(mlir::FileLineColLoc location) {
  SourceManager &sources = instance.getSourceManager();
  llvm::StringRef name = location.getFilename().getValue();
  if (location.getLine() == 0)
    return {};
  auto [known, inserted] = files.try_emplace(name);
  if (inserted) {
    // Debug information splits names into a directory and a rest: compare from the end, the main file first.
    auto matches = [&](llvm::StringRef path) {
      return path == name || (path.ends_with(name) && path.drop_back(name.size()).ends_with("/"));
    };
    FileID main = sources.getMainFileID();
    if (auto entry = sources.getFileEntryRefForID(main);
        entry && (matches(entry->getName()) || llvm::StringRef(name).ends_with("/" + entry->getName().str())))
      known->second = main;
    for (auto it = sources.fileinfo_begin(), end = sources.fileinfo_end(); known->second.isInvalid() && it != end; ++it)
      if (matches(it->first.getName()))
        known->second = sources.translateFile(it->first);
  }
  if (known->second.isInvalid())
    return {};
  return sources.translateLineCol(known->second, location.getLine(), std::max(1u, location.getColumn()));
}

DiagnosticBridge::Place DiagnosticBridge::placeOf(mlir::Location location) {
  llvm::SmallVector<mlir::FileLineColLoc, 4> positions;
  flatten(location, positions);
  Place place;
  for (mlir::FileLineColLoc position : positions)
    if (SourceLocation at = translate(position); at.isValid())
      place.frames.push_back(at);
  // The innermost frame that the user wrote.
  SourceManager &sources = instance.getSourceManager();
  for (auto [i, frame] : llvm::enumerate(place.frames))
    if (!sources.isInSystemHeader(frame)) {
      place.primary = frame;
      place.primaryFrame = i;
      return place;
    }
  if (!place.frames.empty())
    place.primary = place.frames.front();
  return place;
}

SourceLocation DiagnosticBridge::translate(mlir::Location location) { return placeOf(location).primary; }

static constexpr llvm::StringLiteral requestedHere = "while differentiating '";

const Request *DiagnosticBridge::requestOf(const Place &place, const mlir::Diagnostic &diagnostic) {
  if (requests.size() == 1)
    return &requests.front();
  // The outermost frame is the thunk's call, at the function's name, or lies in a function that was not inlined.
  SourceManager &sources = instance.getSourceManager();
  if (!place.frames.empty())
    for (const Request &request : requests)
      if (sources.getExpansionLoc(request.function->getLocation()) == place.frames.back())
        return &request;
  for (const Request &request : requests) {
    clang::FullSourceLoc begin(sources.getExpansionLoc(request.annotation.getLocation()), sources);
    if (!request.function->getSourceRange().isValid() || request.annotation.declaration != request.function)
      begin = clang::FullSourceLoc(sources.getExpansionLoc(request.function->getBeginLoc()), sources);
    clang::SourceLocation end = sources.getExpansionLoc(request.function->getEndLoc());
    for (SourceLocation frame : place.frames)
      if (frame == begin || frame == end || sources.isPointWithin(frame, begin, end))
        return &request;
  }
  return requests.empty() ? nullptr : &requests.front();
}

void DiagnosticBridge::report(DiagnosticsEngine::Level level, SourceLocation location, llvm::StringRef text) {
  DiagnosticsEngine &diags = instance.getDiagnostics();
  diags.Report(location, diags.getDiagnosticIDs()->getCustomDiagID(static_cast<DiagnosticIDs::Level>(level), "%0"))
      << text;
}

void DiagnosticBridge::remark(SourceLocation location, llvm::StringRef text) {
  bool missed = text.consume_front("missed: "), analysis = text.consume_front("analysis: ");
  if (missed && strict) {
    errors = true;
    report(DiagnosticsEngine::Error, location, text);
    return;
  }
  const CodeGenOptions &options = instance.getCodeGenOpts();
  const auto &wanted = missed     ? options.OptimizationRemarkMissed
                       : analysis ? options.OptimizationRemarkAnalysis
                                  : options.OptimizationRemark;
  if (!wanted.patternMatches("sparsead"))
    return;
  DiagnosticsEngine &diags = instance.getDiagnostics();
  diags.Report(location, missed     ? diag::remark_fe_backend_optimization_remark_missed
                         : analysis ? diag::remark_fe_backend_optimization_remark_analysis
                                    : diag::remark_fe_backend_optimization_remark)
      << AddFlagValue("sparsead") << text;
}

mlir::LogicalResult DiagnosticBridge::handle(mlir::Diagnostic &diagnostic) {
  Place place = placeOf(diagnostic.getLocation());
  std::string text = withSourceNames(diagnostic.str());
  const Request *request = requestOf(place, diagnostic);
  if (place.primary.isInvalid() && request)
    place.primary = request->function->getLocation();
  switch (diagnostic.getSeverity()) {
  case mlir::DiagnosticSeverity::Remark:
    remark(place.primary, text);
    return mlir::success();
  case mlir::DiagnosticSeverity::Warning:
    // Diagnostics that are made here know nothing of -w and -Werror.
    if (instance.getDiagnostics().getIgnoreAllWarnings())
      return mlir::success();
    report(instance.getDiagnostics().getWarningsAsErrors() ? DiagnosticsEngine::Error : DiagnosticsEngine::Warning,
           place.primary, text);
    break;
  case mlir::DiagnosticSeverity::Note:
    report(DiagnosticsEngine::Note, place.primary, text);
    return mlir::success();
  case mlir::DiagnosticSeverity::Error: {
    // The compiler no longer knows whom an indirect call calls; the source does.
    constexpr llvm::StringLiteral indirect = "an indirect or virtual call";
    if (size_t at = text.find(indirect); at != std::string::npos)
      if (std::string name = describeCallAt(instance.getASTContext(), place.primary); !name.empty())
        text.replace(at, indirect.size(), name);
    errors = true;
    report(DiagnosticsEngine::Error, place.primary, text);
    break;
  }
  }
  // How the code came to be part of the function: the callers of the frame that is shown.
  constexpr size_t maxCallers = 4;
  bool inHeader = place.primaryFrame != 0;
  if (inHeader)
    report(DiagnosticsEngine::Note, place.frames.front(), "in code that was inlined from here");
  bool named = false;
  llvm::SmallVector<std::pair<SourceLocation, std::string>, 2> notes;
  for (mlir::Diagnostic &note : diagnostic.getNotes()) {
    std::string noteText = withSourceNames(note.str());
    named |= llvm::StringRef(noteText).starts_with(requestedHere);
    SourceLocation at = placeOf(note.getLocation()).primary;
    notes.emplace_back(at.isValid() ? at : place.primary, std::move(noteText));
  }
  for (size_t i = place.primaryFrame + 1; i < place.frames.size() && i <= place.primaryFrame + maxCallers; ++i)
    if (!request || place.frames[i] != instance.getSourceManager().getExpansionLoc(request->function->getLocation()))
      report(DiagnosticsEngine::Note, place.frames[i], "called from here");
  if (request && !named)
    report(DiagnosticsEngine::Note, instance.getSourceManager().getExpansionLoc(request->annotation.getLocation()),
           (requestedHere + request->name() + "' requested here").str());
  for (const auto &[at, noteText] : notes)
    report(DiagnosticsEngine::Note, at, noteText);
  return mlir::success();
}
