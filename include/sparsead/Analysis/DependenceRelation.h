//===- DependenceRelation.h - output elements to input elements -*- C++ -*-===//
//
// The dependence of a request's outputs on its inputs for all sizes at once: a union of maps between elements, each
// with the lines of source that make it. docs/design/relations.md says how it is found and what it may leave open.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_ANALYSIS_DEPENDENCERELATION_H
#define SPARSEAD_ANALYSIS_DEPENDENCERELATION_H

#include "sparsead/Analysis/SubscriptClass.h"
#include "sparsead/IR/RelationFormula.h"

#include "llvm/ADT/UniqueVector.h"

namespace sparsead {

/// An array: an item of the specification, or local memory.
struct RelationArray {
  std::string name;
  ObjectId object = 0;
  int item = -1; // of the request; -1: local
  unsigned roles = 0;
  bool written = false;
  /// Elements in bytes: number q * leaves.size() + k stands at offset + q * period + leaves[k].
  int64_t offset = 0, period = 0;
  llvm::SmallVector<int64_t> leaves;
  /// Numbers below that are elements, as the specification says.
  std::optional<Polynomial> count;
  /// Element [i, j, k] is number (i * extents[0] + j) * extents[1] + k.
  llvm::SmallVector<Polynomial> extents;
};

/// One element of an array, in a case.
struct ElementCase {
  Conjunction when;
  unsigned array = 0;
  llvm::SmallVector<Polynomial, 3> index;
  std::optional<Unclear> unclear;
};

/// An element of an input that a value depends on. All that is neither a size nor a position of a surrounding loop is
/// existential.
struct RelationRead {
  unsigned array = 0;
  llvm::SmallVector<Polynomial, 3> index;
  Conjunction when;
  /// From the output's store to the input's load.
  llvm::SmallVector<mlir::Location, 3> chain;
};

class DependenceRelation {
public:
  explicit DependenceRelation(const Activity &activity);
  ~DependenceRelation();

  /// False, with reasons, where some dependence is not affine.
  bool run();

  struct Reason {
    mlir::Location loc;
    std::string text;
  };
  /// Why there is no relation; the first is enough for a short answer.
  const std::vector<Reason> &missed() const { return reasons; }
  /// Where it may be larger than the function's dependence.
  const std::vector<Reason> &widened() const { return inexact; }
  const std::vector<Assumption> &assumptions() const { return subscripts.assumptions(); }

  const RelationFormula &formula() const { return result; }
  /// Beside each piece of the formula: the lines that make it, from the output's store to the input's load.
  const std::vector<llvm::SmallVector<mlir::Location, 3>> &chains() const { return lines; }
  /// Programs (rt/abi.hpp) for sizes by name; without those that the arguments do not tell.
  std::map<std::string, std::vector<int64_t>> sizePrograms() const;

private:
  struct Access;
  struct StoreInfo;
  struct Point;
  using Reads = std::vector<RelationRead>;

  // RelationArrays.cpp
  void makeArrays();
  void countElements(RelationArray &array);
  Conjunction boundsOf(unsigned array, llvm::ArrayRef<Polynomial> index) const;
  bool collectAccesses();
  bool chooseShapes();
  bool tryShape(unsigned array, llvm::ArrayRef<Polynomial> strides, bool report);
  std::optional<unsigned> arrayOf(const AddressCase &address, Polynomial &element, std::optional<Unclear> &unclear);
  llvm::SmallVector<ElementCase, 1> split(const ElementCase &whole, const Alternatives &context,
                                          llvm::ArrayRef<Polynomial> strides);
  const llvm::SmallVector<ElementCase, 1> &elementsOf(mlir::Operation *op);

  // DependenceRelation.cpp, RelationFlow.cpp
  Reads readsOf(mlir::Value v);
  Reads computeReads(mlir::Value v);
  Reads readsOfLoad(mlir::Operation *load);
  Reads resolved(Reads reads);
  Reads readsOfCarried(mlir::scf::ForOp loop, unsigned k, bool isResult, std::optional<Polynomial> at);
  Reads sides(const Alternatives &yes, const Reads &first, const Alternatives &no, const Reads &second);
  Reads flow(const Point &point, const ElementCase &element);
  Reads readsOfStore(StoreInfo &store);
  using Placing = llvm::function_ref<std::optional<Polynomial>(Atom)>;
  std::vector<Conjunction> laterWrites(StoreInfo &first, Placing place, mlir::Operation *scope,
                                       mlir::Operation *carrier, llvm::ArrayRef<Atom> shared,
                                       const ElementCase &element, const Conjunction &instance,
                                       llvm::function_ref<bool(Atom)> isKnown);
  Reads moved(const Reads &reads, llvm::function_ref<std::optional<Polynomial>(Atom)> place);
  void unite(Reads &all, Reads more);
  bool fail(mlir::Location loc, const llvm::Twine &reason);
  void widen(mlir::Location loc, const llvm::Twine &reason);
  bool spend(unsigned steps);

  // RelationPieces.cpp
  bool simplify(RelationRead &read, llvm::function_ref<bool(Atom)> isFree);
  void assemble(unsigned output, llvm::ArrayRef<Atom> outIndex, Reads reads);
  void coalesce(std::vector<RelationRead> &reads);
  LinearForm formOf(const Polynomial &p, const std::map<Atom, std::string> &names) const;

  const Activity &activity;
  mlir::func::FuncOp function;
  Subscripts subscripts;
  std::vector<RelationArray> arrays;
  std::vector<std::unique_ptr<Access>> accesses;
  llvm::DenseMap<mlir::Operation *, unsigned> accessNumber;
  std::vector<std::unique_ptr<StoreInfo>> stores;
  std::map<std::pair<void *, void *>, Reads> memo;
  llvm::UniqueVector<std::pair<mlir::Operation *, unsigned>> carriedValues;
  std::vector<StoreInfo *> active;
  mlir::Operation *oldLoad = nullptr;
  unsigned cycleFloor = ~0u;
  uint64_t spent = 0;
  std::vector<Reason> reasons, inexact;
  RelationFormula result;
  std::vector<llvm::SmallVector<mlir::Location, 3>> lines;
};

/// Could some integers satisfy all conditions? True where that is too hard to tell. `exact`: looks for integers where
/// there are rational points.
bool maybeSatisfiable(const Conjunction &c, bool exact = false);

} // namespace sparsead

#endif // SPARSEAD_ANALYSIS_DEPENDENCERELATION_H
