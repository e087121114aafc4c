//===- RelationTables.h - what plans know of their relation -----*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_RELATIONTABLES_H
#define SPARSEAD_FRONTEND_RELATIONTABLES_H

#include "sparsead/IR/SparseAD.h"
#include "sparsead/Target/Descriptor.h"

#include "mlir/IR/BuiltinOps.h"

namespace sparsead {

/// The line of the innermost place in a file; 0 where there is none.
unsigned lineOf(mlir::Location loc);
/// "model.cpp:7"; empty where there is none.
std::string placeOf(mlir::Location loc);

/// For `explain`: the relation of a request and its chains of lines; or, where there is none, which statements may make
/// entries (of functions whose dependences are local). nullopt: nothing is known. Before derivatives are made.
std::optional<JacobianDescriptor::Relation> relationTables(mlir::ModuleOp module, JacobianOp request);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_RELATIONTABLES_H
