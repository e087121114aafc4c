//===- RelationParts.h - inside of DependenceRelation -----------*- C++ -*-===//

#ifndef SPARSEAD_LIB_ANALYSIS_RELATIONPARTS_H
#define SPARSEAD_LIB_ANALYSIS_RELATIONPARTS_H

#include "sparsead/Analysis/DependenceRelation.h"
#include "sparsead/Interfaces/DifferentiableOpInterface.h"
#include "sparsead/rt/abi.hpp"

namespace sparsead {

/// The read, where that holds too.
inline RelationRead conditional(RelationRead read, const Conjunction &when) {
  read.when.require(when);
  return read;
}

/// A load or store of a float that may be active.
struct DependenceRelation::Access {
  mlir::Operation *op = nullptr;
  bool isStore = false;
  Alternatives context;
  /// By number, then by index.
  llvm::SmallVector<ElementCase, 1> whole, elements;
};

/// A store, as one of the writers of an array.
struct DependenceRelation::StoreInfo {
  Access *access = nullptr;
  mlir::Value value;
  /// A load of the same element that the value is made from: what was there before still counts.
  mlir::Operation *old = nullptr;
  bool isMust = false;
  bool isOnCycle = false;
  std::optional<Reads> reads;
};

/// Where memory is looked at: before an operation, or at the function's end (null).
struct DependenceRelation::Point {
  mlir::Operation *op = nullptr;
  Alternatives context;
};

} // namespace sparsead

#endif // SPARSEAD_LIB_ANALYSIS_RELATIONPARTS_H
