//===- LocalSites.h - loop bodies as functions of what they load -*- C++ -*---//
//
// Where the dependences of a function are local, every output element gets its
// value from a *site*: one store whose value depends on a static list of loads
// (slots). docs/design/local.md says which programs are of this kind and what
// the values kernel and the recorder make of them.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_ANALYSIS_LOCALSITES_H
#define SPARSEAD_ANALYSIS_LOCALSITES_H

#include "sparsead/Analysis/Activity.h"
#include "sparsead/Analysis/Interior.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/MapVector.h"
#include <memory>

namespace sparsead {

/// A load that a site's value depends on; reading an element of a temporary
/// gives one slot for each partial kept with it.
struct LocalSlot {
  mutable mlir::LLVM::LoadOp load;
  unsigned lane = 0; // of a temporary's row
  /// Reached through a choice or a loop: the structure may know better that
  /// nothing comes from here.
  bool optional = false;
};

/// A loop whose result is a sum over its iterations. Its slots repeat with each
/// iteration.
struct LocalReduction {
  mutable mlir::scf::ForOp loop;
  unsigned group = 0;
  llvm::SmallVector<LocalSlot> slots;
  unsigned firstCell = 0;
  std::unique_ptr<LocalReduction> inner; // at most one per body
};

struct LocalSite {
  enum Kind { Assign = 0, Add = 1, Row = 2 };
  unsigned number = 0;
  mutable mlir::LLVM::StoreOp store;
  Kind kind = Assign;
  /// The old value that an Add site adds to; no dependence goes through it.
  mutable mlir::LLVM::LoadOp old;
  llvm::SmallVector<LocalSlot> slots;
  std::vector<std::unique_ptr<LocalReduction>> reductions;
  unsigned firstCell = 0;
  int loop = -1; // into loops()
  int64_t stride = 0;
  llvm::SmallVector<int64_t> offsets; // of slots; -1: absent in the interior
  llvm::SmallVector<unsigned> lanes;  // of slots, in a temporary's row: partials by the same column share one
  int row = -1;                       // of a store to an output that is read later: the Row of the same store
};

/// An innermost loop over sites, run in two versions: the interior, where what
/// depends on the position is decided, and the rest.
struct LocalLoop {
  mutable mlir::scf::ForOp loop;
  Interior interior;
  llvm::SmallVector<unsigned> sites;
  int stream = -1; // number among loops whose positions come from the plan
};

class LocalSites {
public:
  explicit LocalSites(const Activity &activity) : activity(activity) {}

  /// False, with a reason, where some dependence is not local.
  bool run();
  llvm::StringRef reason() const { return why; }
  mlir::Location reasonLoc() const { return *whyLoc; }

  const std::deque<LocalSite> &sites() const { return allSites; }
  const std::deque<LocalLoop> &loops() const { return allLoops; }
  const LocalSite *siteOf(mlir::Operation *store) const;
  const LocalLoop *loopOf(mlir::Operation *loop) const;
  /// Partials kept with each element of a temporary; 0: there are none.
  unsigned width() const { return rowWidth; }
  unsigned numCells() const { return cells; }
  unsigned numStreams() const { return streams; }
  /// The temporary behind a pointer; null where it is none.
  const MemoryObject *temporary(mlir::Value pointer) const;
  bool hasSpecifiedTemporaries() const;
  /// The entry's argument that points to a specified temporary; nullopt where
  /// it is reached in another way.
  std::optional<unsigned> argumentOf(const MemoryObject &object) const;
  bool isOutput(mlir::Value pointer) const;
  /// Could the stores to outputs behind pointers be left out without a trace in
  /// the derivative?
  bool outputsAreUnread() const;
  /// Is the pointer one to such outputs?
  bool isPlainOutput(mlir::Value pointer) const;
  /// The site's sum over the loop, at any depth.
  const LocalReduction *reductionOf(mlir::Operation *loop, const LocalSite *site) const;
  /// Does some site depend on the value?
  bool isSliced(mlir::Value v) const { return sliced.contains(v); }
  /// Partials kept beside each element behind the pointer.
  unsigned lanesOf(mlir::Value pointer) const;
  /// As many of them as what is loaded may have.
  unsigned lanesAt(mlir::Operation *load) const { return loadLanes.lookup(load); }
  /// The operations that the roots depend on and that stand in `scope` (null:
  /// anywhere), each after those that use it. Operations inside of others come
  /// along; a sweep passes over them.
  llvm::SmallVector<mlir::Operation *> sweepOrder(llvm::ArrayRef<mlir::Value> roots, mlir::Region *scope) const;
  llvm::SmallVector<mlir::Operation *> sweepOrder(mlir::Value root, mlir::Region *scope) const;
  /// Operations with regions that hold slots, with the cells of these: they
  /// count as absent unless the region runs.
  llvm::ArrayRef<unsigned> cellsInside(mlir::Operation *op) const;
  /// Cells that a load fills.
  llvm::ArrayRef<unsigned> cellsOf(mlir::Operation *load) const;
  /// Does the cell belong to a slot that is optional?
  bool isOptional(unsigned cell) const { return optionalCells.contains(cell); }

private:
  enum class Class { None, Input, Output, Temporary, Mixed };
  struct Slice;

  bool mayReadOutputs(mlir::Value pointer) const;
  bool fail(mlir::Location loc, const llvm::Twine &reason);
  bool attempt();
  void forget();
  bool isKept(mlir::Value pointer) const;
  bool reaches(mlir::Operation *store, mlir::Operation *load) const;
  bool findLanes(bool guesses);
  llvm::SmallVector<LocalSlot> expand(llvm::ArrayRef<LocalSlot> slots) const;
  bool isSingle(const MemoryObject &object) const;
  bool isUnread(const MemoryObject &object) const;
  bool classifyObjects();
  Class classOf(mlir::Value pointer) const;
  bool checkOps();
  bool makeSite(mlir::LLVM::StoreOp store);
  bool isPlaced(mlir::Operation *op);
  mlir::LLVM::LoadOp addedTo(mlir::LLVM::StoreOp store);
  bool unitChain(mlir::Value v, llvm::function_ref<bool(mlir::Value)> isEnd, llvm::DenseSet<mlir::Value> &chain);
  bool visit(mlir::Value v, Slice &slice);
  bool visitLoop(mlir::scf::ForOp loop, unsigned result, Slice &slice);
  bool addSlot(mlir::LLVM::LoadOp load, Slice &slice);
  bool isOverwritten(mlir::LLVM::StoreOp store);
  bool writesBetween(mlir::Operation *from, mlir::Operation *to, bool outputsCount);
  void findOptional(LocalSite &site);
  bool assignCells();
  void findLoops();
  bool guess(LocalLoop &loop);

  const Activity &activity;
  mlir::func::FuncOp function;
  std::string why;
  std::optional<mlir::Location> whyLoc;
  llvm::DenseSet<ObjectId> written, outputs, inputs, temporaries;
  std::deque<LocalSite> allSites;
  std::deque<LocalLoop> allLoops;
  llvm::DenseMap<mlir::Operation *, unsigned> siteNumbers, loopNumbers;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<unsigned>> regionCells, loadCells;
  llvm::DenseMap<ObjectId, unsigned> lanes;
  llvm::DenseMap<mlir::Operation *, unsigned> loadLanes;
  /// Outputs that are read after they are stored to, and keep rows as
  /// temporaries do; `readBack`: those that turned out to be.
  llvm::DenseSet<ObjectId> kept, readBack;
  llvm::DenseSet<mlir::Value> sliced;
  llvm::DenseSet<mlir::Operation *> dead;
  llvm::DenseSet<unsigned> optionalCells;
  unsigned rowWidth = 0, cells = 0, streams = 0;
};

} // namespace sparsead

#endif // SPARSEAD_ANALYSIS_LOCALSITES_H
