//===- InspectorBuilder.h - the pattern's generator ------------*- C++ -*-----//
//
// Internal to lib/Transforms. The inspector runs the user's own program on
// known data and propagates marks (abi.hpp): which values are unknown while
// planning, and on which columns they depend.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_INSPECTORBUILDER_H
#define SPARSEAD_LIB_TRANSFORMS_INSPECTORBUILDER_H

#include "sparsead/Analysis/LocalSites.h"
#include "sparsead/Interfaces/DifferentiableOpInterface.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

namespace sparsead {

class InspectorBuilder {
public:
  /// With `sites`, the inspector also reports where each site's slots are.
  /// With `secondOrder`, marks also carry which columns values depend on together (interactions.hpp).
  InspectorBuilder(mlir::ModuleOp module, const Activity &activity, const LocalSites *sites = nullptr,
                   bool secondOrder = false)
      : module(module), activity(activity), sites(sites), secondOrder(secondOrder) {}

  /// Makes the entry of signature abi::inspect_function, `<function>.inspect`, or `<function>.interactions`.
  mlir::func::FuncOp build();
  /// Makes `<function>.structure`, which runs what is known while planning and reports where sites and their slots are,
  /// without marks (docs/design/structure.md). False: nothing is made, since the marks know more.
  bool buildStructure();

private:
  using Value = mlir::Value;
  using Values = llvm::SmallVector<Value>;
  using Emit = llvm::function_ref<Values()>;

  /// The dependence of a float, united only where it is needed as one mark.
  struct Dependences {
    llvm::SmallVector<Value, 4> sets;     // marks to unite
    llvm::SmallVector<Value, 2> unknowns; // marks that only make it unknown
    bool unknown = false;                 // unknown for certain
    Value united;
    mlir::Block *where = nullptr;
  };

  // What a value carries beside its primal, in this order.
  bool hasMark(Value v) const { return !structural && activity.isTainted(v); }
  bool hasShadow(Value v) const;
  llvm::SmallVector<mlir::Type> expandTypes(mlir::ValueRange values);
  Values expand(mlir::ValueRange from, mlir::ValueRange like);
  size_t bind(mlir::ValueRange originals, mlir::ValueRange expanded);
  Values bottoms(mlir::ValueRange like);

  Value primal(Value v);
  Value shadow(Value v);
  Value mark(Value v);           // materialised mark, by type
  Value isUnknown(Value v);      // i1
  bool isSurelyUnknown(Value v); // statically
  void setMark(Value v, Value mark);
  void setUnknown(Value v);
  Dependences &dependences(Value v);
  void addDependence(Dependences &to, Value operand, bool onlyUnknown);
  Value unite(Dependences &d, mlir::Location loc);

  mlir::func::FuncOp inspectorOf(mlir::func::FuncOp f);
  void emitBody(mlir::func::FuncOp f, mlir::func::FuncOp clone);
  void emitBlock(mlir::Block &block);
  void emitOp(mlir::Operation *op);

  // InspectorScalars.cpp
  void emitScalar(mlir::Operation *op);
  void addInteractions(Dependences &to, mlir::Operation *op);
  void emitSelect(mlir::Operation *op, Value condition, Value yes, Value no);
  void emitTrap(TrapIfOp op);

  // InspectorCalls.cpp
  void emitCall(mlir::Operation *op);
  void emitInspectorCall(mlir::func::CallOp op, mlir::func::FuncOp callee);
  void emitInactiveCall(mlir::Operation *op);
  void emitHiddenCall(mlir::Operation *op);
  bool isRecursive(mlir::func::FuncOp f);
  Values skipCall(mlir::Operation *op, mlir::func::FuncOp callee);

  // InspectorControl.cpp
  void emitIf(mlir::scf::IfOp op);
  void emitSwitch(mlir::scf::IndexSwitchOp op);
  void emitFor(mlir::scf::ForOp op);
  void emitWhile(mlir::scf::WhileOp op);
  Values emitUnknownIf(mlir::Location loc, Value condition, Value unknown, bool surely, mlir::ValueRange like, Emit yes,
                       Emit no);
  Values emitUnknownLoop(mlir::Location loc, Values inits, mlir::ValueRange carried, mlir::ValueRange results,
                         llvm::function_ref<std::pair<Value, Value>(mlir::ValueRange, Values &)> before,
                         llvm::function_ref<Values(mlir::ValueRange)> after);
  Values join(mlir::Location loc, Values a, Values b, mlir::ValueRange like);
  Value changed(mlir::Location loc, Values from, Values to, mlir::ValueRange like);
  Values select(mlir::Location loc, Value condition, Values a, Values b);

  // InspectorMemory.cpp
  bool emitMemory(mlir::Operation *op);
  void emitLoad(mlir::Operation *op, const MemoryAccess &load);
  void refuseForeign(mlir::Location loc, mlir::Value pointer, mlir::Value bytes);
  void emitStore(mlir::Operation *op, const MemoryAccess &store);
  void emitShadowedStore(mlir::Operation *op, const MemoryAccess &store);
  void emitPlainStore(mlir::Operation *op, const MemoryAccess &store);
  void emitAddress(MemoryAccessOpInterface op, const MemoryAccess &address);
  void emitAllocation(mlir::Operation *op, const MemoryAccess &memory);
  void emitRelease(mlir::Operation *op, const MemoryAccess &memory);
  void emitTransfer(mlir::Operation *op, const MemoryAccess &transfer);
  Value loadMark(mlir::Operation *op, const MemoryAccess &load);
  Value checkAccess(mlir::Location loc, Value pointer, int64_t bytes);
  Value checkSlowly(mlir::Location loc, Value pointer, int64_t bytes, llvm::StringRef name);
  std::pair<Value, Value> boundsOf(mlir::Location loc, Value base);
  Value nameConstant(llvm::StringRef text);

  // InspectorLocal.cpp: nothing where no function has sites.
  mlir::Type cellType();
  void makeCells();
  Value cell(unsigned number);
  void clearCells(mlir::Operation *op);
  void fillCells(mlir::LLVM::LoadOp op);
  void reportSite(mlir::LLVM::StoreOp op);
  void reportFill(mlir::Operation *op, Value dst, Value bytes);
  void reportIteration(mlir::scf::ForOp op);
  const LocalLoop *streamedLoop(mlir::scf::ForOp op) const;
  void beginStream(const LocalLoop &loop);

  // StructureBuilder.cpp, StructureLoops.cpp: the program without marks.
  struct RunLoop;
  void emitStructure(mlir::Operation *op);
  bool emitStructureMemory(mlir::Operation *op, const MemoryAccess &access);
  void emitBothSides(mlir::Operation *op);
  bool refuseStructure();
  bool readsKnown(Value pointer);
  void fillWords(mlir::LLVM::LoadOp op);
  bool reportWords(mlir::LLVM::StoreOp op, const LocalSite &site);
  void reportPartWords(mlir::scf::ForOp op);
  using Living = llvm::SmallVector<std::pair<unsigned, Value>>;
  bool collectLiving(llvm::ArrayRef<LocalSlot> slots, unsigned firstCell, Value root, mlir::Region *scope,
                     mlir::Region *here, Living &living);
  Living markDead(const Living &living);
  void restoreCells(const Living &old);
  void reportInRun(mlir::LLVM::StoreOp op, const LocalSite &site);
  bool isSurelyUnknownFloat(Value v, unsigned depth = 0);
  bool isSurelyUnknownCondition(Value v, unsigned depth = 0);
  bool isRunLoop(mlir::scf::ForOp op);
  bool isCertain(mlir::scf::ForOp op, class Pieces &pieces);
  void emitRunLoop(mlir::scf::ForOp op);
  Value address(Value pointer);
  Value i64(int64_t value);

  // Small IR helpers.
  Value i32(int64_t value);
  Value i1(bool value);
  Value bitsOf(mlir::Location loc, Value v);
  Values ifElse(mlir::Location loc, Value condition, mlir::TypeRange types, Emit yes, Emit no);
  void ifThen(mlir::Location loc, Value condition, llvm::function_ref<void()>);
  Values runtime(mlir::Location loc, llvm::StringRef name, mlir::ValueRange args, mlir::TypeRange results = {});
  Value isZero(mlir::Location loc, Value mark);
  mlir::Location loc() const { return *currentLoc; }

  mlir::ModuleOp module;
  const Activity &activity;
  const LocalSites *sites;
  bool secondOrder;
  std::string suffix() const { return structural ? ".structure" : secondOrder ? ".interactions" : ".inspect"; }
  llvm::DenseMap<mlir::Operation *, mlir::func::FuncOp> clones;
  llvm::StringMap<std::string> names;
  llvm::DenseMap<mlir::Operation *, bool> recursive;

  // State of the function under construction.
  struct State {
    mlir::IRMapping map;
    llvm::DenseMap<Value, Value> marks;
    llvm::DenseMap<Value, Value> shadows;
    llvm::MapVector<Value, Dependences> floats;
    llvm::DenseMap<Value, std::pair<Value, Value>> bounds;
    Value context;
    Value cells;  // int32[sites->numCells() + sites->width()]
    Value buffer; // int32[maxLeaves] for n-ary unions
  };
  State s;
  mlir::OpBuilder b{static_cast<mlir::MLIRContext *>(nullptr)};
  std::optional<mlir::Location> currentLoc;
  static constexpr unsigned maxLeaves = 24;

  bool structural = false, refused = false;
  unsigned unknownDepth = 0; // branches on what is not known
  llvm::DenseMap<ObjectId, bool> knownReads;
  RunLoop *runLoop = nullptr; // whose body is emitted
};

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_INSPECTORBUILDER_H
