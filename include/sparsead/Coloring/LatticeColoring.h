//===- LatticeColoring.h - colorings by a formula ---------------*- C++ -*-===//
//
// color(u[i, j]) = (a*i + b*j + shift) mod k, with the smallest k that keeps columns apart which meet in a row.
// docs/design/relations.md has the proof and its conditions.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_COLORING_LATTICECOLORING_H
#define SPARSEAD_COLORING_LATTICECOLORING_H

#include "sparsead/Coloring/ConflictRelation.h"

namespace sparsead {

/// Blocks that share rows at known distances and are colored together. Different groups have different colors.
struct LatticeGroup {
  std::vector<unsigned> blocks; ///< of the conflict relation
  unsigned indices = 1;
  /// 0: no lattice; each column has a color of its own.
  int64_t colors = 0;
  std::vector<int64_t> factors, shifts; ///< per index, per block
  /// a and b count the group's blocks.
  std::vector<ColumnConflict> conflicts;
  /// Sizes (and products of sizes) that must be multiples of the number of colors.
  std::vector<std::string> multiples;
};

struct LatticeColoring {
  std::vector<std::string> blocks;
  std::vector<LatticeGroup> groups;
  /// "u[i, j]: (i + 2*j) mod 5 where 5 divides N"
  std::string str() const;
};

/// nullopt where no group has a lattice.
std::optional<LatticeColoring> latticeOf(const RelationFormula &relation);

} // namespace sparsead

#endif // SPARSEAD_COLORING_LATTICECOLORING_H
