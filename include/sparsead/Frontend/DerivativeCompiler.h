//===- DerivativeCompiler.h - requests to derivative functions --*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_DERIVATIVECOMPILER_H
#define SPARSEAD_FRONTEND_DERIVATIVECOMPILER_H

#include "sparsead/Frontend/CodeGenCapture.h"
#include "sparsead/Frontend/Requests.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"
#include <memory>

namespace sparsead {

struct CompilerOptions {
  bool dumpMLIR = false;     ///< print the normal form
  bool dumpColoring = false; ///< print the colorings that are known at compile time
  bool dumpPattern = false;  ///< print the dependence relations
  std::string report;        ///< directory for a report; empty: none
  bool strict = false;       ///< a missed optimisation is an error
  bool survey = false;       ///< lower every function of the unit, and print which have a normal form
};

/// Derivatives of one unit, ready to be linked into its module.
class Derivatives {
public:
  virtual ~Derivatives();
  virtual llvm::Error link(llvm::Module &user) = 0;
};

/// Differentiates the requests of a unit: thunks, LLVM IR, normal form, derivative functions. Null where nothing is to
/// be linked; problems are reported to the instance's diagnostics.
std::unique_ptr<Derivatives> compileDerivatives(clang::CompilerInstance &instance, CodeGenCapture &capture,
                                                llvm::ArrayRef<Request> requests,
                                                std::vector<std::pair<std::string, std::string>> aliases,
                                                const CompilerOptions &options);

/// Brings every function that the unit defines to normal form, and prints how many have one, and which have none.
void surveyUnit(clang::CompilerInstance &instance, CodeGenCapture &capture);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_DERIVATIVECOMPILER_H
