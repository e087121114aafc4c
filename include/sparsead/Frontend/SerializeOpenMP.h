//===- SerializeOpenMP.h - OpenMP regions as one thread runs them -*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_SERIALIZEOPENMP_H
#define SPARSEAD_FRONTEND_SERIALIZEOPENMP_H

#include "llvm/IR/Module.h"

namespace sparsead {

/// Replaces what Clang makes of OpenMP's parallel regions, worksharing loops, reductions and synchronisation by what a
/// team of one thread does. Tasks and target regions stay, and are diagnosed as calls without a body.
void serializeOpenMP(llvm::Module &module);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_SERIALIZEOPENMP_H
