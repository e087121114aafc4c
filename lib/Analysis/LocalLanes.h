//===- LocalLanes.h - partials kept with a temporary's elements -*- C++ -*----//
//
// Internal to lib/Analysis.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_ANALYSIS_LOCALLANES_H
#define SPARSEAD_LIB_ANALYSIS_LOCALLANES_H

#include "sparsead/Analysis/Activity.h"

#include "llvm/ADT/DenseMap.h"
#include <optional>

namespace sparsead {

struct LocalSite;
struct LocalSlot;

/// base + the terms' sum + constant, in bytes. Terms are what subscripts are made of.
struct LinearAddress {
  mlir::Value base;
  llvm::DenseMap<mlir::Value, int64_t> terms;
  int64_t constant = 0;

  static LinearAddress of(mlir::Value pointer);
  bool sameTerms(const LinearAddress &o) const;

private:
  void add(mlir::Value v, int64_t factor);
};

/// Which lane of a temporary keeps the partial by which slot.
class LocalLanes {
public:
  /// `guesses`: columns are the same where they are in an iteration in general position, as at the seam of a periodic
  /// grid; the plan verifies it at each store.
  explicit LocalLanes(bool guesses = false) : guesses(guesses) {}

  /// Gives each slot of a store to the temporary `object` its lane (site.lanes); `slots` with the lanes of what they
  /// read. True where the temporary has got more lanes: readers must be looked at again. `objectOf`: of a slot's load.
  bool assign(LocalSite &site, ObjectId object, llvm::ArrayRef<LocalSlot> slots,
              llvm::function_ref<ObjectId(const LocalSlot &)> objectOf);
  /// A temporary that stores have been assigned for, or will be.
  void makeTable(ObjectId object) { tables[object]; }
  unsigned width(ObjectId object) const {
    auto it = tables.find(object);
    return it == tables.end() ? 0 : it->second.size();
  }

private:
  /// input == null: nothing is known. Else the column of an element's partial is `distance` bytes further from the
  /// input's pointer than the element from the temporary's.
  struct Lane {
    mlir::Value input, temporary;
    int64_t distance = 0;
  };
  std::optional<LinearAddress> addressOf(mlir::Value pointer, const LocalSite &site) const;
  std::optional<LinearAddress> columnOf(const LocalSlot &slot, ObjectId object, const LocalSite &site) const;

  bool guesses;
  llvm::DenseMap<ObjectId, llvm::SmallVector<Lane>> tables;
};

} // namespace sparsead

#endif // SPARSEAD_LIB_ANALYSIS_LOCALLANES_H
