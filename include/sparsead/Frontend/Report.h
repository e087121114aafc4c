//===- Report.h - what the compiler knows of a file's derivatives *- C++ -*-===//
//
// -fplugin-arg-sparsead-report=DIR: one page and one JSON file for each compiled file.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_FRONTEND_REPORT_H
#define SPARSEAD_FRONTEND_REPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <string>
#include <vector>

namespace sparsead {

/// A request, as far as a report names it.
struct ReportedRequest {
  std::string function, specification, kind; ///< kind: "Jacobian", "gradient", "Hessian"
  std::string symbol;                        ///< of the request's operation
  std::string thunk;                         ///< of the function that is differentiated
  unsigned line = 0;
};

/// Collects along the pipelines, then writes.
class Report {
public:
  Report(std::string file, std::string source) : file(std::move(file)), source(std::move(source)) {}

  /// The module in normal form, with the dependence relations. `coloring`: by thunk, the formula of a coloring.
  void addStructure(mlir::ModuleOp module, llvm::ArrayRef<ReportedRequest> requests,
                    llvm::function_ref<std::string(llvm::StringRef thunk)> coloring);
  /// The module with the derivative functions, before they are lowered.
  void addDerivatives(mlir::ModuleOp module);

  /// DIR/<name of the file>.html and .json; the directory is made. Each is written beside its place and renamed.
  llvm::Error write(llvm::StringRef directory) const;

  llvm::json::Value json() const;
  std::string html() const;

private:
  struct Line {
    unsigned line = 0;
    std::string text;
  };
  struct Piece {
    std::string formula;
    std::vector<unsigned> lines; ///< from the output's store to the input's load
  };
  struct Site {
    unsigned line = 0;
    std::string kind;
    std::vector<unsigned> loads;
  };
  /// Operations in the code of a function, not how often they run.
  struct Cost {
    std::string what;
    unsigned additions = 0, divisions = 0, functions = 0, loads = 0, stores = 0, loops = 0, branches = 0;
  };
  struct Picture {
    std::vector<std::pair<std::string, int64_t>> sizes;
    int64_t rows = 0, cols = 0;
    std::vector<std::pair<int64_t, int64_t>> entries;
    std::vector<int> colors; ///< per column
    int numColors = 0;
  };
  struct Entry {
    ReportedRequest request;
    std::string relation, nonzeros, bandwidth, coloring;
    std::vector<Piece> pieces;
    std::vector<Line> notes; ///< why there is no relation, and where it may be too large
    std::string strategy;
    Line reason;
    std::vector<Site> sites;
    std::vector<Cost> costs;
    std::string derivativeName, derivative;
    Picture picture;
  };
  static Cost costOf(mlir::ModuleOp module, llvm::StringRef function, std::string what);
  static Picture draw(llvm::StringRef relation);

  std::string file, source;
  std::vector<Entry> entries;
};

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_REPORT_H
