//===- ActivityDiagnostics.cpp - what cannot be differentiated ------------===//
//
// Every message stands at the construct, names it, and shows a way out. The
// front end adds who asked for the derivative.
//
//===----------------------------------------------------------------------===//

#include "sparsead/Analysis/Activity.h"
#include "sparsead/Interfaces/DifferentiableOpInterface.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace sparsead;

static bool isPointer(Type t) { return isa<LLVM::LLVMPointerType>(t); }
static bool isFloatLike(Type t) { return isa<FloatType>(getElementTypeOrSelf(t)); }

namespace {
/// One error with one note; at most one per location.
class Reporter {
public:
  LogicalResult result() const { return success(!any); }
  void error(Operation *op, const Twine &message, const Twine &wayOut) {
    any = true;
    // One error for one line of the user's function, however much library code stands behind it.
    if (!seen.insert(outermost(op->getLoc())).second)
      return;
    InFlightDiagnostic d = emitError(op->getLoc(), message);
    d.attachNote(op->getLoc()) << wayOut;
  }

private:
  bool any = false;
  static std::pair<StringAttr, unsigned> outermost(Location loc) {
    while (true) {
      if (auto call = dyn_cast<CallSiteLoc>(loc)) {
        // The last frame is the thunk's: the same for all.
        loc = isa<CallSiteLoc>(call.getCaller()) ? call.getCaller() : call.getCallee();
      } else if (auto fused = dyn_cast<FusedLoc>(loc)) {
        loc = fused.getLocations().back();
      } else if (auto name = dyn_cast<NameLoc>(loc)) {
        loc = name.getChildLoc();
      } else if (auto file = dyn_cast<FileLineColLoc>(loc)) {
        return {file.getFilename(), file.getLine()};
      } else {
        return {StringAttr::get(loc.getContext(), ""), 0};
      }
    }
  }
  llvm::DenseSet<std::pair<StringAttr, unsigned>> seen;
};
} // namespace

namespace {
/// Which functions call which, directly or not.
class Recursion {
public:
  explicit Recursion(ModuleOp module) : module(module) {}
  bool reaches(func::FuncOp from, func::FuncOp to) {
    llvm::DenseSet<Operation *> seen;
    SmallVector<func::FuncOp> work{from};
    while (!work.empty()) {
      func::FuncOp at = work.pop_back_val();
      if (at == to)
        return true;
      if (seen.insert(at).second)
        llvm::append_range(work, calleesOf(at));
    }
    return false;
  }

private:
  ArrayRef<func::FuncOp> calleesOf(func::FuncOp f) {
    auto found = callees.find(f);
    if (found != callees.end())
      return found->second;
    SmallVector<func::FuncOp> &list = callees[f];
    f.walk([&](func::CallOp call) {
      auto callee = module.lookupSymbol<func::FuncOp>(call.getCallee());
      if (callee && !callee.isExternal())
        list.push_back(callee);
    });
    return list;
  }
  ModuleOp module;
  llvm::DenseMap<Operation *, SmallVector<func::FuncOp>> callees;
};
} // namespace

/// Whether the operation runs only under a condition that active data decides, inside the function.
bool Activity::underTaintedControl(Operation *op, Operation *function) const {
  for (Operation *at = op->getParentOp(); at && at != function; at = at->getParentOp()) {
    if (auto o = dyn_cast<scf::IfOp>(at); o && isTainted(o.getCondition()))
      return true;
    if (auto o = dyn_cast<scf::WhileOp>(at); o && isTainted(o.getConditionOp().getCondition()))
      return true;
    if (auto o = dyn_cast<scf::IndexSwitchOp>(at); o && isTainted(o.getArg()))
      return true;
    if (auto o = dyn_cast<scf::ForOp>(at); o && isTainted(o.getInductionVar()))
      return true;
  }
  return false;
}

LogicalResult Activity::diagnose() {
  Reporter report;
  Recursion recursion(module);
  auto reachesActive = [&](Value v) {
    if (!isPointer(v.getType()))
      return isActive(v);
    return llvm::any_of(pointsTo(v).targets(), [&](const Target &t) { return isShadowed(t.object, For::Tangent); });
  };
  auto memoryName = [&](const MemoryObject &o) {
    if (o.kind == MemoryObject::Global)
      return ("global '" + o.name + "'");
    if (o.kind == MemoryObject::External || o.kind == MemoryObject::Argument || o.kind == MemoryObject::Pointee)
      return ("'" + o.name + "'");
    return o.name;
  };

  for (func::FuncOp f : reached) {
    if (!llvm::hasSingleElement(f.getBody())) {
      report.error(f, "cannot differentiate this function: its control flow has no structured form",
                   "rewrite its jumps as loops and branches that end");
      continue;
    }
    f.walk([&](Operation *op) {
      bool activeIn = llvm::any_of(op->getOperands(), reachesActive);
      // Calls.
      if (isa<LLVM::InlineAsmOp>(op)) {
        // What it does to memory behind a pointer is unknown; numbers that are not active may go through it.
        bool memory = llvm::any_of(op->getOperandTypes(), isPointer) || llvm::any_of(op->getResultTypes(), isPointer);
        bool activeOut = llvm::any_of(op->getResults(), [&](Value r) { return isActive(r); });
        if (!memory && !activeIn && !activeOut)
          return;
        report.error(op, "cannot differentiate inline assembly (asm)",
                     "write this computation in C++, or move it out of the differentiated function");
        return;
      }
      if (isa<func::CallOp, LLVM::CallOp, LLVM::InvokeOp>(op)) {
        StringRef name = calleeName(op);
        bool activeOut = llvm::any_of(op->getResults(), [&](Value r) { return isActive(r); });
        if (isInactiveCall(op)) {
          for (auto [k, v] : llvm::enumerate(op->getOperands())) {
            if (!isPointer(v.getType()) || !mayWriteThrough(op, k))
              continue;
            for (const Target &t : pointsTo(v).targets()) {
              const MemoryObject &o = objects[t.object];
              if (!o.active && !(o.specified && o.mayBeLeaf(t)))
                continue;
              report.error(op,
                           "'" + name + "' is marked SPARSEAD_INACTIVE, but may write to active memory (" +
                               memoryName(o) + ")",
                           "let its parameter be a pointer or a reference to const, or pass other memory");
              break;
            }
          }
          return;
        }
        if (name.empty()) {
          if (!activeIn && !activeOut)
            return;
          report.error(op,
                       "cannot differentiate an indirect or virtual call: the function called is not known when this "
                       "file is compiled",
                       "call a function that is known here, for example through a template parameter or a final class");
          return;
        }
        auto callee = module.lookupSymbol<func::FuncOp>(name);
        if (callee && !callee.isExternal()) {
          // With an integer that may count the depth, planning watches it.
          bool counted =
              llvm::any_of(op->getOperandTypes(), [](Type t) { return t.isIntOrIndex() && !t.isInteger(1); });
          if (!counted && recursion.reaches(callee, f) && underTaintedControl(op, f))
            report.error(op, "cannot differentiate a recursion whose end depends on active data",
                         "write it as a loop, or bound its depth by data that is not active");
          return;
        }
        if (auto raw = module.lookupSymbol<LLVM::LLVMFuncOp>(name); raw && !raw.isExternal() && activeIn) {
          report.error(op, "cannot differentiate this call to '" + name + "': its signature has no derivative here",
                       "pass scalars, pointers or references instead");
          return;
        }
        MemoryAccess access = memoryAccessOf(op);
        if (access.kind != MemoryAccess::None) {
          bool unknownSize = llvm::any_of(access.counts, [&](Value v) { return isTainted(v); });
          if (unknownSize && reachesActive(access.pointer))
            report.error(op, "cannot differentiate an allocation whose size depends on active data",
                         "allocate an upper bound that does not depend on active data");
          return;
        }
        if (isOutput(knownFunction(name)))
          return;
        if (activeIn || llvm::any_of(op->getResults(), [&](Value r) { return isActive(r); })) {
          std::string shown = name.str();
          report.error(op, "cannot differentiate a call to '" + shown + "': its body is not visible here",
                       "include its definition, or write the computation here; SPARSEAD_RULE gives it a "
                       "derivative, SPARSEAD_INACTIVE in front of its declaration says that it has none");
        }
        return;
      }
      if (isa<scf::ExecuteRegionOp>(op)) {
        report.error(op, "cannot differentiate 'scf.execute_region'", "inline its region first");
        return;
      }
      if (isa<scf::IfOp, scf::ForOp, scf::WhileOp, scf::IndexSwitchOp, scf::ExecuteRegionOp>(op) ||
          op->hasTrait<OpTrait::IsTerminator>())
        return;

      if (auto mark = dyn_cast<InactiveOp>(op); mark && isPointer(mark.getType())) {
        if (reachesActive(mark.getValue()))
          report.error(op, "memory marked SPARSEAD_INACTIVE holds active values, and cannot be followed here",
                       "copy element by element, and do not mix its addresses with others");
        return;
      }

      // Memory.
      MemoryAccess access = memoryAccessOf(op);
      if (access.kind == MemoryAccess::Store) {
        Value value = access.value;
        bool active = isActive(value);
        bool pointer = isPointer(value.getType()) && reachesActive(value);
        if ((active || reachesActive(access.pointer)) && access.special)
          report.error(op, "cannot differentiate a volatile or atomic access to active memory",
                       "copy through an ordinary variable");
        if (bits.contains(value))
          for (const Target &t : pointsTo(access.pointer).targets())
            if (objects[t.object].active || objects[t.object].specified || objects[t.object].isLocal()) {
              report.error(op,
                           "cannot differentiate a store of the bits of an active value as an integer (union, "
                           "reinterpret_cast or memcpy punning)",
                           "use floating-point operations such as std::copysign or std::frexp");
              break;
            }
        if (!active && !pointer)
          return;
        for (const Target &t : pointsTo(access.pointer).targets()) {
          const MemoryObject &o = objects[t.object];
          if (o.isLocal() || o.kind == MemoryObject::Result)
            continue;
          if (pointer) {
            if (!o.specified)
              report.error(op,
                           "a pointer to active memory is stored in " + memoryName(o) +
                               ", which the specification does not name",
                           "keep such pointers in local variables, or name the memory in the specification");
            continue;
          }
          if (o.kind == MemoryObject::Unknown)
            report.error(op, "an active value is stored through a pointer made from an integer",
                         "use pointer arithmetic on the array itself");
          else if (o.kind == MemoryObject::Global)
            report.error(op, "an active value is stored in " + memoryName(o),
                         "pass the storage as a parameter and name it after ';' in the specification");
          else if (!o.specified || !o.mayBeLeaf(t))
            report.error(op,
                         "an active value is stored in memory of " + memoryName(o) +
                             ", which the specification does not name",
                         "name it as an output, or after ';' as a work array");
        }
        return;
      }
      if (access.kind == MemoryAccess::Load) {
        if (reachesActive(access.pointer) && isFloatLike(access.type) && access.special)
          report.error(op, "cannot differentiate a volatile or atomic access to active memory",
                       "copy through an ordinary variable");
        for (const Target &t : pointsTo(access.pointer).targets())
          if (objects[t.object].kind == MemoryObject::Unknown && isActive(access.value))
            report.error(op, "an active value is read through a pointer made from an integer",
                         "use pointer arithmetic on the array itself");
      }
      if (isa<LLVM::AtomicRMWOp, LLVM::AtomicCmpXchgOp>(op) && activeIn) {
        report.error(op, "cannot differentiate an atomic operation on active memory", "use an ordinary variable");
        return;
      }
      if (access.kind == MemoryAccess::Allocate) {
        if (isTainted(access.counts.front()) && reachesActive(access.pointer))
          report.error(op, "cannot differentiate an array whose size depends on active data",
                       "use an upper bound that does not depend on active data");
        return;
      }
      if (isa<LLVM::VaArgOp>(op) && (activeIn || op->getNumResults() > 0)) {
        report.error(op, "cannot differentiate a variadic argument (va_arg)",
                     "pass the value as an ordinary parameter");
        return;
      }

      // Known to the analysis, not to the transforms: never skipped in silence.
      if (isa<LLVM::MemcpyInlineOp, LLVM::MemsetInlineOp>(op) && activeIn) {
        report.error(op, "cannot differentiate an inline copy or fill of active memory (__builtin_memcpy_inline)",
                     "use std::memcpy or std::copy");
        return;
      }
      // A member of a family of operations without a rule of its own.
      if (auto rule = dyn_cast<DifferentiableOpInterface>(op); rule && activeIn && !rule.isDifferentiable()) {
        StringRef name = op->getName().getStringRef();
        if (auto libm = dyn_cast<LibmOp>(op))
          name = libm.getCallee();
        report.error(op, "there is no derivative of '" + name + "'",
                     "write it with functions of <cmath> that have one");
        return;
      }

      // Values.
      for (Value r : op->getResults()) {
        Type type = r.getType();
        if (isFloatLike(type) && isa<arith::BitcastOp, LLVM::BitcastOp>(op) && bits.contains(op->getOperand(0)))
          report.error(op,
                       "cannot differentiate a value that is rebuilt from the bits of an active value (union, "
                       "reinterpret_cast or memcpy punning of integers)",
                       "use floating-point operations such as std::copysign or std::frexp");
        if (!isActive(r))
          continue;
        if (auto t = dyn_cast<FloatType>(type)) {
          if (!t.isF32() && !t.isF64())
            report.error(op,
                         "cannot differentiate arithmetic in this floating-point type (long double or half precision)",
                         "use double or float");
          else if (!isa<DifferentiableOpInterface>(op) &&
                   !isa<LLVM::LoadOp, arith::SelectOp, LLVM::SelectOp, ub::PoisonOp>(op))
            report.error(op, "cannot differentiate '" + op->getName().getStringRef() + "'",
                         "write it with ordinary arithmetic and functions of <cmath>");
        } else if (!isPointer(type)) {
          report.error(op, "cannot differentiate a vector or aggregate of active values", "use scalars or arrays");
        }
      }
    });
  }
  return report.result();
}
