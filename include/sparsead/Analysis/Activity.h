//===- Activity.h - which values and memory carry derivatives --*- C++ -*-----//
//
// One fixed point over all functions reached from a request's entry computes
//   * what every pointer may point to (MemoryObjects.h),
//   * which floats may depend on an active input ("active"),
//   * which values may be unknown while a plan is made ("tainted"): computed
//     from active data, directly or through control flow.
// Sound for the whole program of a request: sets only grow.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_ANALYSIS_ACTIVITY_H
#define SPARSEAD_ANALYSIS_ACTIVITY_H

#include "sparsead/Analysis/MemoryObjects.h"
#include "sparsead/IR/SparseAD.h"
#include "sparsead/Interfaces/KnownFunctions.h"
#include "sparsead/Interfaces/MemoryAccessOpInterface.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"
#include <deque>

namespace sparsead {

class Activity {
public:
  Activity(mlir::ModuleOp module, RequestOpInterface request);

  /// Runs to the fixed point.
  mlir::LogicalResult run();
  /// Reports, at the user's locations, what cannot be differentiated.
  mlir::LogicalResult diagnose();

  RequestOpInterface getRequest() const { return request; }
  mlir::func::FuncOp entry() const { return entryFunc; }
  /// The entry's argument that receives the function's result, if there is one:
  /// the last, where the request's `argument_names` leaves one over or an item
  /// of the specification is the result.
  std::optional<unsigned> resultArgument() const;
  /// Functions with a body that the entry reaches, callees included.
  llvm::ArrayRef<mlir::func::FuncOp> functions() const { return reached.getArrayRef(); }

  bool isActive(mlir::Value v) const { return active.contains(v); }
  bool isTainted(mlir::Value v) const { return tainted.contains(v); }
  const PointerSet &pointsTo(mlir::Value v) const;
  const MemoryObject &object(ObjectId id) const { return objects[id]; }
  const std::deque<MemoryObject> &allObjects() const { return objects; }

  /// Does the pointer have a shadow in the tangent (inspector) code? Shadows of
  /// pointers that may also point elsewhere can be null.
  enum class For { Tangent, Inspector };
  bool mayBeShadowed(mlir::Value pointer, For purpose) const;
  bool mayBeUnshadowed(mlir::Value pointer, For purpose) const;
  bool isShadowed(ObjectId id, For purpose) const;

  /// Inspector: floats behind the pointer are elements of specified arrays, so
  /// always unknown; none of their values is read.
  bool isSpecifiedFloat(mlir::Value pointer) const;
  /// Some target is user memory, where planning must leave no trace.
  bool mayBeExternal(mlir::Value pointer) const;
  bool mayBeSpecified(mlir::Value pointer) const;
  /// Some target is memory behind a pointer that the function finds in memory and the specification does not name: it
  /// may be an active array by another name. A plain pointer parameter is what its caller says.
  bool mayBeForeign(mlir::Value pointer) const;
  bool mayBeLocal(mlir::Value pointer) const;
  /// Loads of that type through the pointer from memory without a shadow are
  /// unknown while planning.
  bool unshadowedTaint(mlir::Value pointer, mlir::Type type) const;

  /// Is control tainted anywhere in the request (journals are needed)?
  bool hasTaintedControl() const { return anyTaintedControl; }
  /// A call of an inactive function that cannot be made while planning: not all that it may read is known, or it would
  /// write where a journal has to look.
  bool isUnknownCall(mlir::Operation *call) const { return unknownCalls.contains(call); }
  bool isCallUnderTaint(mlir::func::FuncOp f) const { return taintedFunctions.contains(f); }

private:
  bool underTaintedControl(mlir::Operation *op, mlir::Operation *function) const;
  void seed();
  void visitFunction(mlir::func::FuncOp f);
  void visitRegion(mlir::Region &region, bool control);
  void visit(mlir::Operation *op, bool control);
  void visitStructured(mlir::Operation *op, bool control);
  void visitCall(mlir::Operation *op, bool control);
  void visitInactiveCall(mlir::Operation *op, bool control);
  bool mayHoldUnknown(ObjectId id) const;
  void visitDefault(mlir::Operation *op, bool control);

  // ActivityMemory.cpp
  bool visitMemory(mlir::Operation *op, bool control);
  void visitGlobal(mlir::LLVM::AddressOfOp op);
  void visitLoad(const MemoryAccess &load);
  void visitStore(const MemoryAccess &store, bool control);
  void visitCopy(const MemoryAccess &copy, bool control);
  void noteMixed(const PointerSet &to);

  void flow(mlir::Value from, mlir::Value to);
  bool mark(llvm::DenseSet<mlir::Value> &set, mlir::Value v);
  void setTainted(mlir::Value v) { mark(tainted, v); }
  bool joinPointer(mlir::Value v, const PointerSet &s);
  bool set(bool &flag);

  ObjectId newObject(MemoryObject object);
  ObjectId objectFor(mlir::Operation *op, MemoryObject::Kind kind, llvm::StringRef name);
  ObjectId externalChild(ObjectId parent, Target at);
  PointerSet loadPointers(const PointerSet &from);
  void storePointers(const PointerSet &to, const PointerSet &value);
  bool carriesBits(mlir::Value v) const { return bits.contains(v); }

  mlir::ModuleOp module;
  RequestOpInterface request;
  mlir::SymbolTableCollection symbols;
  mlir::func::FuncOp entryFunc;
  llvm::SetVector<mlir::func::FuncOp> reached;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::func::ReturnOp>> returns;
  llvm::DenseSet<mlir::Operation *> taintedFunctions, unknownCalls;

  std::deque<MemoryObject> objects; // references stay valid
  llvm::DenseMap<mlir::Operation *, ObjectId> originObject;
  llvm::DenseMap<mlir::Attribute, mlir::Operation *> frames; // by number: the first call that is seen
  llvm::DenseMap<mlir::Value, PointerSet> pointers;
  llvm::DenseSet<mlir::Value> active, tainted;
  /// Integers that hold the bits of active floats.
  llvm::DenseSet<mlir::Value> bits;
  bool anyTaintedControl = false;
  bool changed = false;
};

} // namespace sparsead

#endif // SPARSEAD_ANALYSIS_ACTIVITY_H
