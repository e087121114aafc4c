//===- StructureTables.h - relations and colorings for the runtime and the user -*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_STRUCTURETABLES_H
#define SPARSEAD_FRONTEND_STRUCTURETABLES_H

#include "sparsead/Coloring/LatticeColoring.h"
#include "sparsead/IR/SparseAD.h"
#include "sparsead/Target/Descriptor.h"

namespace sparsead {

/// The tables of a lattice coloring; nullopt where it needs a size that the arguments do not tell.
/// The program (rt/abi.hpp) of a size, or of a product of sizes ("M*N"), of the request's relation; empty where the
/// arguments do not tell it.
std::vector<int64_t> sizeProgram(JacobianOp op, llvm::StringRef name);

std::optional<JacobianDescriptor::Lattice> latticeTables(JacobianOp op, const RelationFormula &relation,
                                                         const LatticeColoring &coloring);

/// What the relation says about the matrix, as remarks: its size, its growth, the stores that cause fill-in.
void remarkStructure(JacobianOp op, const RelationFormula &relation);

/// Warnings at lines that make the Jacobian dense for large sizes.
void warnOfGrowth(JacobianOp op, const RelationFormula &relation);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_STRUCTURETABLES_H
