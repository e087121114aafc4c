//===- ComplexBodies.h - complex functions by real ones ---------*- C++ -*-===//

#ifndef SPARSEAD_LIB_FRONTEND_COMPLEXBODIES_H
#define SPARSEAD_LIB_FRONTEND_COMPLEXBODIES_H

#include "RealMath.h"

namespace sparsead {

/// The real and imaginary parts (one value for `cabs` and `carg`) of the function of <complex.h> called `name`, without
/// the suffix of its precision; empty for another name or number of arguments.
llvm::SmallVector<llvm::Value *> buildComplexFunction(llvm::StringRef name, RealMath &math,
                                                      llvm::ArrayRef<llvm::Value *> arguments);

} // namespace sparsead

#endif // SPARSEAD_LIB_FRONTEND_COMPLEXBODIES_H
