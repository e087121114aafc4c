//===- AdjointBuilder.h - reverse mode, source to source -------*- C++ -*-----//
//
// Internal to lib/Transforms; docs/design/adjoint.md. One function: the primal,
// then the reverse sweep over the same structure. What the reverse sweep needs
// of the primal is written down as *needs* first, and decided upon when all are
// known: a need is met by the value itself, computed again, or kept on a stack.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_ADJOINTBUILDER_H
#define SPARSEAD_LIB_TRANSFORMS_ADJOINTBUILDER_H

#include "AdjointStrips.h"
#include "sparsead/Analysis/Activity.h"
#include "sparsead/Analysis/SubscriptClass.h"
#include "sparsead/Interfaces/DifferentiableOpInterface.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"
#include <memory>

namespace sparsead {

/// A loop with SPARSEAD_CHECKPOINT: what must be put back to run a step again, apart from what the loop carries
/// (docs/design/checkpoint.md).
struct CheckpointState {
  int64_t slots = 0;
  llvm::SetVector<unsigned> arguments;   ///< of the entry: the memory of their items
  llvm::MapVector<ObjectId, bool> sites; ///< local memory; with its shadow where pointers in it change
  llvm::SetVector<ObjectId> globals;
  llvm::MapVector<mlir::Value, int64_t> places; ///< of the user's memory: addresses that stay, bytes
  llvm::DenseSet<mlir::Operation *> leftOut;    ///< what no step sees: not repeated
  bool allocates = false;                       ///< a step does
  /// Why that cannot be done; empty where it can.
  std::string reason;
  std::optional<mlir::Location> reasonLoc;
};

/// What stores do to later loads, and which loops may be reversed in any order.
class AdjointAnalysis {
public:
  AdjointAnalysis(mlir::ModuleOp module, const Activity &activity);

  /// A construct that the builder has no reverse of, with its place; empty where there is none.
  llvm::StringRef unsupported() const { return reason; }
  mlir::Location unsupportedLoc() const { return *reasonLoc; }

  /// Does the memory that the load reads still hold the value when the primal has ended?
  bool isUnchanged(mlir::Operation *load) const;
  /// The same for the shadow pointer beside a loaded pointer.
  bool mayAlias(mlir::Value p, mlir::Type pType, mlir::Value q, mlir::Type qType) const;

  /// Do the pointers lead to different objects as long as the operation runs, outside of which they come from? They may
  /// be of a loop in which they change places.
  bool areApart(mlir::Value p, mlir::Value q, mlir::Operation *during) const; // AdjointAliases.cpp

  /// A store of load + x (x - load is none) to where the load is from: the shadow of the place is the adjoint of x, and
  /// stays as it is.
  struct Accumulation {
    mlir::Operation *load = nullptr, *sum = nullptr;
  };
  std::optional<Accumulation> accumulation(mlir::Operation *store) const;
  bool isAccumulationLoad(mlir::Operation *load) const { return accumulationLoads.contains(load); }
  bool isAccumulationSum(mlir::Operation *sum) const { return accumulationSums.contains(sum); }

  /// Iterations may be reversed in any order, each after its own primal: no active value goes from one to the next
  /// except through sums.
  bool isOrderFree(mlir::scf::ForOp loop) const;
  /// Does each execution of the store hit another element?
  bool isAnotherEachTime(mlir::LLVM::StoreOp store) const;
  /// The carried value is a sum over the iterations: its adjoint is the same in all.
  bool isSum(mlir::scf::ForOp loop, unsigned k) const;

  /// May there be something in the region (or operation) to reverse?
  bool hasReverse(mlir::Operation *op) const;
  /// Adjoints that come from this memory may be zero because something was not chosen.
  bool isTemporary(mlir::Value pointer) const;
  /// The program has a partial that may be infinite where the result is finite.
  bool hasSingular() const { return singular; }
  /// All floats that are accessed in the objects behind the pointer are of this type; null: of several.
  mlir::Type elementType(mlir::Value pointer) const;

  CheckpointState checkpointState(mlir::Operation *loop) const; // AdjointState.cpp

private:
  friend class StateFinder;
  static bool mayFollow(mlir::Operation *write, mlir::Operation *load);
  struct Write {
    mlir::Operation *op;
    mlir::Value pointer; // null: any of the user's memory
    mlir::Type type;     // null: any
  };
  void refuse(mlir::Operation *op, const llvm::Twine &text);
  void check(mlir::Operation *op);
  bool mayBeWritten(mlir::Value pointer) const;
  void findAccumulations();
  bool isSumOf(mlir::OpOperand &operand, mlir::Value start, llvm::SmallPtrSetImpl<mlir::OpOperand *> &ways) const;
  bool advances(mlir::Value pointer, mlir::scf::ForOp loop) const;
  std::optional<int64_t> slope(mlir::Value v, mlir::scf::ForOp loop) const;

  mlir::ModuleOp module;
  const Activity &activity;
  llvm::SmallVector<Write> writes;
  llvm::DenseMap<mlir::Operation *, Accumulation> accumulations;
  llvm::DenseSet<mlir::Operation *> accumulationLoads, accumulationSums;
  llvm::DenseMap<ObjectId, mlir::Type> elementTypes;
  llvm::DenseSet<ObjectId> activelyLoaded;
  mutable llvm::DenseMap<mlir::Operation *, bool> unchanged, another;
  mutable std::unique_ptr<Subscripts> subscripts;
  mutable llvm::DenseMap<mlir::Operation *, bool> reverses;
  bool singular = false;
  std::string reason;
  std::optional<mlir::Location> reasonLoc;
};

class AdjointBuilder {
public:
  AdjointBuilder(mlir::ModuleOp module, const Activity &activity, const AdjointAnalysis &analysis)
      : module(module), activity(activity), analysis(analysis) {}

  /// Makes the entry of signature abi::adjoint_function. Null where a value cannot be kept; see `failure`.
  mlir::func::FuncOp build(llvm::StringRef name);
  /// Makes a function in normal form instead, which can be differentiated again: its arguments are those of the primal,
  /// then a shadow for each. Null, too, where values must be kept on the stack of the workspace.
  mlir::func::FuncOp buildPlain(llvm::StringRef name);
  /// The same, but values are kept: on the stack of a workspace that its tangents have (frameAttr).
  mlir::func::FuncOp buildKeeping(llvm::StringRef name);
  llvm::StringRef failure() const { return reason; }
  mlir::Location failureLoc() const { return *reasonLoc; }

  /// Loops whose steps are run again; before `build`.
  void setCheckpoints(llvm::MapVector<mlir::Operation *, CheckpointState> states);
  /// After `build`: has the loop been built with snapshots?
  bool takesSnapshots(mlir::Operation *loop) const { return withSnapshots.contains(loop); }

  /// Loops whose iterations keep values, and how many bytes each.
  llvm::ArrayRef<std::pair<mlir::Location, int64_t>> kept() const { return keptBytes; }

private:
  using Value = mlir::Value;
  enum Kind : unsigned { Primal, Shadow, Count };
  /// A value of the primal, the shadow of a pointer, or the number of iterations of a while loop.
  using Key = std::pair<void *, unsigned>;
  using Adjoints = llvm::DenseMap<Value, Value>;
  /// The code that reverses one region of the primal, and what it needs.
  struct Scope {
    mlir::Region *region;
    mlir::Block *block;
    mlir::Operation *anchor; ///< recomputed values stand before it
    llvm::MapVector<Key, mlir::Operation *> needs;
    llvm::DenseMap<Key, Value> met;
    // A counted loop: the number of the iteration here and there, and all frames at once.
    mlir::Operation *reverseLoop = nullptr;
    Value reverseTrips, number;
    bool hasFrame = false;
  };

  mlir::func::FuncOp buildBody(mlir::func::FuncOp made);
  mlir::func::FuncOp buildInNormalForm(llvm::StringRef name);
  void plainAllocate(mlir::Operation *op);
  void plainFree(mlir::Operation *op);
  void releaseAll();
  bool isAlone(mlir::Operation *store);
  bool isOutput(Value pointer) const;

  // Forward (AdjointForward.cpp).
  bool hasShadow(Value v) const;
  void forward(mlir::Operation *op);
  void forwardBlock(mlir::Block &block);
  void forwardIf(mlir::scf::IfOp op);
  void forwardSwitch(mlir::scf::IndexSwitchOp op);
  void forwardFor(mlir::scf::ForOp op);
  void forwardWhile(mlir::scf::WhileOp op);
  bool forwardMemory(mlir::Operation *op);
  Value forwardShadowLoad(mlir::Location loc, Value pointer, Value shadow);
  llvm::SmallVector<Value> expand(mlir::ValueRange from, mlir::ValueRange like);
  llvm::SmallVector<mlir::Type> expandTypes(mlir::ValueRange values);
  void bind(mlir::ValueRange originals, mlir::ValueRange expanded);
  Value primal(Value v) { return map.lookupOrDefault(v); }
  Value shadow(Value v);
  Value tripCount(mlir::Location loc, Value begin, Value end, Value step, bool isUnsigned);

  // Both at once (AdjointBuilder.cpp).
  std::optional<Value> seedOf(Value v);
  bool isOnlyAccess(mlir::LLVM::StoreOp store);
  void forwardOrFuse(mlir::Operation *op);
  void joint(mlir::Block &block, Adjoints &adjoints);
  bool isFusible(mlir::Operation *op) const;
  void fuse(mlir::Operation *op, Adjoints &adjoints);
  void fuseFor(mlir::scf::ForOp op, Adjoints &adjoints);
  void fuseBranch(mlir::Operation *op, Adjoints &adjoints);
  bool reverseTail(mlir::Block &block, mlir::Operation *after, Adjoints &adjoints);

  // Reverse (AdjointReverse.cpp).
  void reverseRange(mlir::Block &block, mlir::Operation *after, mlir::Operation *before, Adjoints &adjoints);
  void reverse(mlir::Operation *op, Adjoints &adjoints);
  void reverseFor(mlir::scf::ForOp op, Adjoints &adjoints);
  void reverseWhile(mlir::scf::WhileOp op, Adjoints &adjoints);
  void reverseBranch(mlir::Operation *op, Adjoints &adjoints);
  bool reverseMemory(mlir::Operation *op, Adjoints &adjoints);
  void reverseRule(mlir::Operation *op, Value adjoint, Adjoints &adjoints);
  void accumulate(Value to, Value adjoint, Adjoints &adjoints);
  void addTo(Value &sum, Value term);
  Value scale(mlir::Location loc, Value adjoint, Value partial, bool singular = false);
  struct Chosen { // `value` where the condition is `side`, else zero
    Value condition, value;
    bool side;
  };
  static std::optional<Chosen> chosenFrom(Value v);
  Value behind(mlir::Location loc, const Chosen &choice, Value made);
  Value choose(mlir::Location loc, Value condition, Value adjoint, bool side);
  Value keepFlags(Value from, Value to);
  Value loadAdjoint(mlir::Location loc, Value pointer, mlir::Type type, bool clear);
  void addToShadow(mlir::Location loc, Value pointer, Value adjoint);
  void guarded(mlir::Location loc, Value pointer, Value shadow, llvm::function_ref<void()> then);
  /// Active floats from outside that the regions use.
  llvm::SmallVector<Value> outsideOf(mlir::Operation *op) const;

  // Loops whose steps are run again (AdjointCheckpoint.cpp).
  const CheckpointState *checkpointed(mlir::Operation *op) const;
  bool isLeftOut(mlir::Operation *op) const;
  void registerMemory(mlir::Operation *allocation, Value bytes);
  void describe(const CheckpointState &state, Value steps, int64_t carried);
  void forwardCheckpointed(mlir::Operation *op);
  void reverseCheckpointed(mlir::Operation *op, Adjoints &adjoints);
  llvm::SmallVector<Value> steps(mlir::Operation *op, Value from, Value to, mlir::ValueRange start);
  llvm::SmallVector<Value> step(mlir::Operation *op, Value number, mlir::ValueRange carried);
  void snapshot(Value number, mlir::ValueRange carried);
  llvm::SmallVector<Value> fromSnapshot(Value room, llvm::ArrayRef<mlir::Type> types);
  void forget(mlir::Operation *op);
  Value runtime(llvm::StringRef name, mlir::ValueRange args, mlir::Type result = {});

  // Needs (AdjointNeeds.cpp).
  Value need(Value v) { return need(Key(v.getAsOpaquePointer(), Primal), v.getType()); }
  Value needShadow(Value v) { return need(Key(v.getAsOpaquePointer(), Shadow), v.getType()); }
  Value needCount(mlir::Operation *loop);
  Value need(Key key, mlir::Type type);
  static mlir::Region *regionOf(Key key);
  Scope &open(mlir::Region &region, mlir::Block *block);
  void meetAll();
  void meet(Scope &scope);
  Value materialize(Scope &scope, Key key);
  bool isFree(Key key);
  bool isRecomputable(mlir::Operation *op);
  void leavesOf(Key key, llvm::SetVector<Key> &leaves);
  void storeFrame(Scope &scope, llvm::ArrayRef<Key> keys);
  mlir::Type typeOf(Key key) const;
  void sweepDead(mlir::Block &block, mlir::Operation *after);
  void fail(mlir::Location loc, const llvm::Twine &text);

  Value number(int64_t value, unsigned width = 64);
  Value real(double value, mlir::Type type);

  mlir::ModuleOp module;
  const Activity &activity;
  const AdjointAnalysis &analysis;

  mlir::OpBuilder b{static_cast<mlir::MLIRContext *>(nullptr)};
  std::optional<mlir::Location> currentLoc;
  mlir::IRMapping map;                  ///< primal values of the forward sweep
  llvm::DenseMap<Value, Value> shadows; ///< shadow pointers of the forward sweep
  llvm::DenseMap<void *, Value> counts; ///< iterations of while loops
  llvm::DenseSet<mlir::Region *>
      live; ///< regions run forward and back at once: their values are at hand in what they contain
  llvm::SmallVector<mlir::Operation *> missing; ///< needs of a tail whose values are not there yet
  /// Loops that were run forward and back before the reverse sweep, and what they add to adjoints.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<std::pair<Value, Value>>> early;
  std::vector<std::unique_ptr<Scope>> scopes;
  llvm::DenseMap<mlir::Region *, Scope *> scopeOf;
  llvm::DenseMap<mlir::Region *, mlir::Block *> forwardBlocks;
  llvm::DenseMap<mlir::Region *, mlir::Operation *> forwardLoops;
  llvm::DenseMap<Key, bool> freeKeys;
  /// Adjoints that are zero where something was not chosen; adjoints that may be infinite.
  llvm::DenseSet<Value> masked, steep;
  llvm::SmallVector<std::pair<mlir::Location, int64_t>> keptBytes;
  llvm::MapVector<mlir::Operation *, CheckpointState> checkpoints;
  llvm::DenseSet<ObjectId> registered;                 ///< allocations that belong to the state of a loop
  llvm::SmallVector<const CheckpointState *> replayed; ///< loops of which a step is run again
  llvm::SmallVector<OrderFreeLoop> stripCandidates;    ///< loops of the reverse sweep, upwards
  llvm::DenseSet<mlir::Operation *> withSnapshots;
  bool again = false; ///< no snapshots are taken
  bool twice = false; ///< the function is to be differentiated again
  bool plain = false; ///< as that, and nothing is kept, no adjoint of an output is taken: its structure can be seen
  Value workspace;    ///< null where plain; a null pointer in other functions in normal form
  llvm::SmallVector<mlir::Operation *> frees; ///< plain: what waits until the reverse sweep has ended
  std::string reason;
  std::optional<mlir::Location> reasonLoc;
};

/// A copy of the request's function in which calls are replaced by bodies and local arrays stand at the beginning. Null
/// where that is not possible (recursion); `reason` and `loc` then say why.
mlir::func::FuncOp flattenForAdjoint(mlir::ModuleOp module, const Activity &activity, std::string &reason,
                                     std::optional<mlir::Location> &loc);

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_ADJOINTBUILDER_H
