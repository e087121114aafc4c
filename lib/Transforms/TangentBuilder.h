//===- TangentBuilder.h - vector forward mode, recording -------*- C++ -*-----//
//
// Internal to lib/Transforms. One builder makes, for one request and one
// width W, the tangent of every function that the entry reaches and needs one.
// A recorder is the same program with a node of a tape (int32) in the place of
// the tangents: what it records is swept backwards at run time. One of second
// order records second partials, too.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_TANGENTBUILDER_H
#define SPARSEAD_LIB_TRANSFORMS_TANGENTBUILDER_H

#include "sparsead/Analysis/Activity.h"
#include "sparsead/Interfaces/DifferentiableOpInterface.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace sparsead {

class TangentBuilder {
public:
  enum class Mode { Tangent, Record, RecordSecond };
  TangentBuilder(mlir::ModuleOp module, const Activity &activity, int64_t width, Mode mode = Mode::Tangent)
      : module(module), activity(activity), width(mode == Mode::Tangent ? width : 1), recording(mode != Mode::Tangent),
        secondOrder(mode == Mode::RecordSecond) {}

  /// Makes the entry of signature abi::tangent_kernel::function, named
  /// `<function>.tangent.w<width>`, `<function>.record` or `<function>.record2`.
  mlir::func::FuncOp build();

private:
  using Value = mlir::Value;

  bool hasTangent(Value v) const;
  mlir::Type tangentType(Value v) const;
  bool needsTangent(mlir::func::FuncOp f) const;
  mlir::func::FuncOp tangentOf(mlir::func::FuncOp f);
  void emitBody(mlir::func::FuncOp primal, mlir::func::FuncOp tangent);

  void emitBlock(mlir::Block &block);
  void emitOp(mlir::Operation *op);
  void emitIf(mlir::scf::IfOp op);
  void emitSwitch(mlir::scf::IndexSwitchOp op);
  void emitFor(mlir::scf::ForOp op);
  void emitWhile(mlir::scf::WhileOp op);
  void emitRule(mlir::Operation *op);
  void emitRecord(mlir::Operation *op, llvm::ArrayRef<Partial> partials, llvm::ArrayRef<bool> needed);
  void emitRecordSecond(mlir::Operation *op, mlir::Operation *clone, llvm::ArrayRef<bool> active);
  std::string suffix() const;
  void emitSelect(mlir::Operation *op, Value condition, Value yes, Value no);

  // TangentMemory.cpp
  bool emitMemory(mlir::Operation *op);
  void emitLoad(mlir::Operation *op, const MemoryAccess &load);
  void emitStore(mlir::Operation *op, const MemoryAccess &store);
  void emitLocal(mlir::Operation *op, const MemoryAccess &local);
  void emitHeap(mlir::Operation *op, const MemoryAccess &memory);
  void emitCopy(mlir::Operation *op, const MemoryAccess &copy);
  void emitFill(mlir::Operation *op, const MemoryAccess &fill);
  Value allocateShadow(mlir::Location loc, mlir::Type ptr, Value bytes);
  bool emitCall(mlir::Operation *op);
  void emitFrame(mlir::Operation *op);
  bool emitReverseCall(mlir::Operation *op);

  Value primal(Value v) { return map.lookupOrDefault(v); }
  Value tangentOrZero(Value v);
  /// Primal operands, each followed by its tangent where `like` has one.
  llvm::SmallVector<Value> expand(mlir::ValueRange from, mlir::ValueRange like);
  llvm::SmallVector<mlir::Type> expandTypes(mlir::ValueRange values);
  void bind(mlir::ValueRange originals, mlir::ValueRange expanded);
  /// Runs `then` under `pointer != null` where it may be null.
  void guarded(mlir::Location loc, Value pointer, bool mayBeNull, llvm::function_ref<void()> then);
  Value scaled(mlir::Location loc, Value bytes);

  mlir::ModuleOp module;
  const Activity &activity;
  int64_t width;
  bool recording, secondOrder;
  llvm::DenseMap<mlir::Operation *, mlir::func::FuncOp> clones;

  // State of the function under construction.
  mlir::OpBuilder b{static_cast<mlir::MLIRContext *>(nullptr)};
  mlir::IRMapping map;
  llvm::DenseMap<Value, Value> tangents;
  Value workspace;
  llvm::SmallVector<Value> ownedShadows;
};

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_TANGENTBUILDER_H
