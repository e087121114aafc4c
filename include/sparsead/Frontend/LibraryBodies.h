//===- LibraryBodies.h - bodies for hidden library functions ----*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_LIBRARYBODIES_H
#define SPARSEAD_FRONTEND_LIBRARYBODIES_H

#include "llvm/IR/Module.h"

namespace sparsead {

/// Defines, in terms of real functions with one result, what the C library has several results for: the functions of
/// <complex.h>, and frexp, modf, sincos, remquo and lgamma_r, which write through a pointer. Intrinsics of that kind
/// become calls of the same bodies. Types that the system's convention does not explain stay declarations.
void defineLibraryFunctions(llvm::Module &module);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_LIBRARYBODIES_H
