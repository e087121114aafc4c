//===- DiagnosticBridge.h - MLIR's diagnostics as Clang's -------*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_DIAGNOSTICBRIDGE_H
#define SPARSEAD_FRONTEND_DIAGNOSTICBRIDGE_H

#include "mlir/IR/Diagnostics.h"
#include "sparsead/Frontend/Requests.h"
#include "llvm/ADT/StringMap.h"

namespace sparsead {

/// Replays MLIR diagnostics at the user's lines and columns, names things as the user did, and says who asked for the
/// derivative. Remarks appear under -Rpass=sparsead; those that begin with "missed: " under -Rpass-missed=sparsead, or,
/// with `strict`, as errors.
class DiagnosticBridge {
public:
  DiagnosticBridge(clang::CompilerInstance &instance, llvm::ArrayRef<Request> requests, bool strict)
      : instance(instance), requests(requests), strict(strict) {}

  mlir::LogicalResult handle(mlir::Diagnostic &diagnostic);

  bool hasErrors() const { return errors; }
  /// The location in Clang's terms; invalid where there is none.
  clang::SourceLocation translate(mlir::Location location);

private:
  struct Place {
    clang::SourceLocation primary;
    llvm::SmallVector<clang::SourceLocation, 4> frames; ///< innermost first
    size_t primaryFrame = 0;
  };
  Place placeOf(mlir::Location location);
  clang::SourceLocation translate(mlir::FileLineColLoc location);
  const Request *requestOf(const Place &place, const mlir::Diagnostic &diagnostic);
  void report(clang::DiagnosticsEngine::Level level, clang::SourceLocation location, llvm::StringRef text);
  void remark(clang::SourceLocation location, llvm::StringRef text);

  clang::CompilerInstance &instance;
  llvm::ArrayRef<Request> requests;
  bool strict;
  bool errors = false;
  llvm::StringMap<clang::FileID> files;
};

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_DIAGNOSTICBRIDGE_H
