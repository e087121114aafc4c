//===- LocalBuilder.h - values at known positions --------------*- C++ -*-----//
//
// Internal to lib/Transforms. The values kernel of the local strategy: the
// primal once, and at every site a reverse sweep over what its value depends
// on, with the partials added at positions that the plan found
// (docs/design/local.md).
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_LOCALBUILDER_H
#define SPARSEAD_LIB_TRANSFORMS_LOCALBUILDER_H

#include "Positive.h"
#include "SharedPartials.h"

#include "sparsead/Analysis/LocalSites.h"
#include "sparsead/Analysis/LoopChains.h"
#include "sparsead/Interfaces/DifferentiableOpInterface.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"

namespace sparsead {

class LocalBuilder {
public:
  LocalBuilder(mlir::ModuleOp module, const Activity &activity, const LocalSites &sites, const LoopChains &chains,
               SharedPartials &shared, bool valuesOnly = false)
      : module(module), activity(activity), sites(sites), chains(chains), shared(shared), valuesOnly(valuesOnly) {}

  /// Makes the entry of signature abi::local_descriptor::function,
  /// `<function>.local`, with the descriptor's tables as its attribute; or,
  /// without stores to outputs behind pointers, `<function>.values`.
  mlir::func::FuncOp build();

private:
  using Value = mlir::Value;
  using Values = llvm::SmallVector<Value>;
  /// A value from outside, or a slot: a load and the lane of its row (-1: the
  /// load of an input, or no load).
  using Leaf = std::pair<Value, int>;
  using Adjoints = llvm::MapVector<Leaf, Value>;

  Value primal(Value v) { return map.lookupOrDefault(v); }
  void emitBlock(mlir::Block &block);
  void emitOp(mlir::Operation *op);
  bool emitDecided(mlir::Operation *op);
  /// What a branch yields beside its results.
  struct BranchPartials {
    llvm::SmallVector<std::pair<unsigned, llvm::SmallVector<Leaf>>> results;
    llvm::SmallVector<mlir::Type> types;
    llvm::SmallDenseSet<size_t> steep; // of what a side yields
  };
  BranchPartials partialsOfBranch(mlir::Operation *branch);
  Values emitSide(mlir::Region &region, BranchPartials &partials);
  void bindBranch(mlir::Operation *branch, mlir::ValueRange made, const BranchPartials &partials);
  void emitIf(mlir::scf::IfOp op);
  void emitSwitch(mlir::scf::IndexSwitchOp op);
  void emitFor(mlir::scf::ForOp op);
  Values emitIterations(mlir::scf::ForOp op, Value begin, Value end, Values carried);
  void emitStreamed(const LocalLoop &loop);
  /// A loop of two versions, with what is known before its first iteration.
  struct StreamedLoop;
  StreamedLoop enterStreamed(const LocalLoop &loop);
  Values emitStreamedRange(StreamedLoop &loop, Value from, Value to, Values carried, bool isAll);
  void emitWhile(mlir::scf::WhileOp op);
  void emitMemory(mlir::Operation *op);
  bool leavesOutputsAlone(mlir::Operation *op);
  void emitLoad(mlir::LLVM::LoadOp op);

  // The sweep.
  Adjoints sweep(llvm::ArrayRef<std::pair<Value, Value>> seeds, mlir::Region *scope);
  void propagate(Value result, Value adjoint, llvm::DenseMap<Value, Value> &adjoints, mlir::Region *scope,
                 Adjoints &leaves);
  void accumulate(Value to, Value adjoint, llvm::DenseMap<Value, Value> &adjoints, mlir::Region *scope,
                  Adjoints &leaves);
  void addTo(Value &sum, Value term);
  Value scale(mlir::Location loc, Value adjoint, Value partial);
  Value zeroWith(mlir::Location loc, Value factor, Value product);
  Value scaleRoot(mlir::Location loc, Value adjoint, Value partial);
  Value keepMasked(Value from, Value to);
  Value convert(mlir::Location loc, Value v, mlir::Type type);
  llvm::SmallVector<Leaf> leavesOf(llvm::ArrayRef<Value> roots, mlir::Region &region);
  void sweepReduction(mlir::scf::ForOp loop, llvm::ArrayRef<Value> seeds, llvm::DenseMap<Value, Value> &adjoints,
                      mlir::Region *scope, Adjoints &leaves);

  // Loops that take turns (LocalChains.cpp).
  struct ChainEmitter;
  void emitChain(const LoopChain &chain);
  bool isWindowed(Value pointer) const;
  Value windowAddress(Value pointer, unsigned array);
  mlir::LLVM::LoadOp noteWindow(Value pointer, unsigned array, mlir::LLVM::LoadOp load);
  void noteWindow(Value pointer, unsigned array, mlir::LLVM::StoreOp store);
  void dropUnreadWindows(mlir::func::FuncOp function);
  void separateWindows(mlir::func::FuncOp function);

  // Sites.
  void emitSite(const LocalSite &site);
  void emitInterior(const LocalSite &site, const Adjoints &found);
  void emitRow(const LocalSite &site, const Adjoints &found);

  int64_t rowLength(const LocalSite &site) const;
  Value rowOfIteration(const LocalSite &site, Value iteration);

  // Rows by strips (LocalRows.cpp).
  bool takesStrips(const LocalLoop &loop) const;
  void emitStrips(mlir::scf::ForOp op, Value first, Value last);
  void emitColumn(const LocalSite &site, unsigned column, Value entry);
  void emitTransposed(const LocalSite &site, Value row, bool four);
  void addTerms(llvm::ArrayRef<LocalSlot> slots, const Adjoints &found);
  void addSite(const LocalSite &site, const Adjoints &found);
  void addAtCursor(llvm::ArrayRef<Value> partials);
  Value adjointOf(const LocalSlot &slot, const Adjoints &found);
  void keepRow(const MemoryObject *object, Value base, Value shadow);

  // What a plan promises holds for the data it was made from; a call with other data must not write elsewhere.
  std::optional<int64_t> partialsPerIteration(mlir::scf::ForOp loop) const;
  Value requireRoom(Value begin, Value end, Value step, bool isUnsigned, int64_t count);
  void require(Value condition);
  void requireAll();
  std::pair<Value, Value> rowOf(const MemoryObject *object);
  Value rowAddress(Value pointer);
  Value number(int64_t v, unsigned width = 64);
  Value real(double v, mlir::Type type);
  Value word(Value at, int64_t offset);
  Value wide(Value v, bool isUnsigned);
  Value narrow(Value v, mlir::Type type);

  mlir::ModuleOp module;
  const Activity &activity;
  const LocalSites &sites;
  const LoopChains &chains;
  SharedPartials &shared;
  bool valuesOnly;
  mlir::OpBuilder b{static_cast<mlir::MLIRContext *>(nullptr)};
  std::optional<mlir::Location> currentLoc;
  mlir::IRMapping map;
  Value workspace, values, stream, buffer;
  Value words, partials; // of the stream and of the buffer, in all
  Value cursor;          // of the stream, in words
  Value partial;         // of the buffer
  Value shadows;
  /// Where primal base and shadow base of temporaries are kept.
  llvm::DenseMap<const MemoryObject *, std::pair<Value, Value>> rows;
  Values ownedShadows;
  llvm::DenseMap<Value, Values> lanes;
  /// Adjoints that are zero where another side is taken: partials behind them
  /// may be anything there, infinite or NaN.
  llvm::DenseSet<Value> masked;
  /// Adjoints that may be infinite because of a root at zero: what stands still
  /// there (the partial is zero) adds nothing, as in a tangent.
  llvm::DenseSet<Value> steep;
  /// Selections of products that are zero where a factor is, because another one may be infinite.
  llvm::DenseSet<Value> careful;
  SharedPartials::Neighbors neighbors{careful};
  Finite finite;
  llvm::DenseMap<Value, llvm::SmallVector<std::pair<Leaf, Value>>> partialsOf;

  struct InteriorState {
    const LocalLoop *loop = nullptr;
    Value begin, position; // i64
    llvm::DenseMap<unsigned, Value> bases;
    /// Where rows are made by strips (LocalRows.cpp): the first iteration of the strip, each site's columns one after
    /// the other, and entries that are the same in all rows.
    Value strip;
    llvm::DenseMap<unsigned, Value> columns;
    llvm::DenseMap<std::pair<unsigned, unsigned>, Value> constants;
  };
  InteriorState interior;
  const LocalSite *currentSite = nullptr;
  /// What is kept of an array while loops take turns: the elements from the address `begin` on, in arrays of their own
  /// for values and for each partial.
  struct Window {
    Value begin; // i64
    Values arrays;
  };
  llvm::DenseMap<ObjectId, Window> windows;
  struct WindowUses {
    unsigned loads = 0;
    llvm::SmallVector<mlir::Operation *> stores;
  };
  std::map<std::pair<ObjectId, unsigned>, WindowUses> windowUses;
  llvm::DenseMap<mlir::Operation *, std::pair<ObjectId, unsigned>> windowLoads;
  bool recomputing = false;
  /// There is room in the buffer for all that the current loop writes.
  bool roomKnown = false;
};

struct LocalBuilder::StreamedLoop {
  const LocalLoop *streamed = nullptr;
  InteriorState inside;
  Value first, last; // of the interior, i64
};

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_LOCALBUILDER_H
