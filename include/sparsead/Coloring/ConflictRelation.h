//===- ConflictRelation.h - columns that meet in a row ----------*- C++ -*-===//
//
// From a dependence relation: at which distances two columns have entries in one row, for all sizes at once.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_COLORING_CONFLICTRELATION_H
#define SPARSEAD_COLORING_CONFLICTRELATION_H

#include "sparsead/IR/RelationFormula.h"

namespace sparsead {

/// Columns x of block a and y of block b may meet in a row where x - y is `difference`, a form of sizes per index.
struct ColumnConflict {
  unsigned a = 0, b = 0;
  std::vector<LinearForm> difference;
};

struct ConflictRelation {
  /// Inputs of the relation.
  std::vector<std::string> blocks;
  std::vector<unsigned> indices; ///< of each block
  std::vector<ColumnConflict> conflicts;
  /// Blocks whose columns meet at distances that are not known: sums over all elements, single columns that all rows
  /// share.
  std::vector<std::pair<unsigned, unsigned>> unbounded;
};

/// nullopt where that takes too long.
std::optional<ConflictRelation> conflictsOf(const RelationFormula &relation);

} // namespace sparsead

#endif // SPARSEAD_COLORING_CONFLICTRELATION_H
