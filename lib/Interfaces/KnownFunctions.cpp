//===- KnownFunctions.cpp - library functions by name ---------------------===//

#include "sparsead/Interfaces/KnownFunctions.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace sparsead;

KnownFunction sparsead::knownFunction(StringRef name) {
  auto known =
      llvm::StringSwitch<KnownFunction>(name)
          .Cases({"malloc", "_Znwm", "_Znam", "_Znwj", "_Znaj"}, KnownFunction::Allocate)
          .Case("sparsead_rt_terms", KnownFunction::Allocate)
          .Case("sparsead_rt_terms_free", KnownFunction::Release)
          .Cases({"_ZnwmSt11align_val_t", "_ZnamSt11align_val_t", "_ZnwmRKSt9nothrow_t", "_ZnamRKSt9nothrow_t"},
                 KnownFunction::Allocate)
          .Case("calloc", KnownFunction::AllocateZeroed)
          .Cases({"free", "_ZdlPv", "_ZdaPv", "_ZdlPvm", "_ZdaPvm"}, KnownFunction::Release)
          .Cases({"_ZdlPvSt11align_val_t", "_ZdaPvSt11align_val_t", "_ZdlPvmSt11align_val_t", "_ZdaPvmSt11align_val_t"},
                 KnownFunction::Release)
          .Cases({"printf", "fprintf", "puts", "putchar", "fputs", "fputc"}, KnownFunction::Output)
          .Cases({"fwrite", "fflush", "perror", "vprintf", "vfprintf"}, KnownFunction::Output)
          .Default(KnownFunction::None);
  if (known != KnownFunction::None)
    return known;
  bool stream = name.starts_with("_ZNSo") || (name.starts_with("_ZSt") && name.contains("basic_ostream"));
  return stream ? KnownFunction::StreamOutput : KnownFunction::None;
}

StringRef sparsead::calleeName(Operation *call) {
  if (auto op = dyn_cast<func::CallOp>(call))
    return op.getCallee();
  if (auto op = dyn_cast<LLVM::CallOp>(call))
    return op.getCallee().value_or(StringRef());
  return {};
}

bool sparsead::isInactiveCall(Operation *call) { return call->hasAttr(inactiveCallAttr); }

bool sparsead::mayWriteThrough(Operation *inactiveCall, unsigned operand) {
  auto writes = inactiveCall->getAttrOfType<DenseBoolArrayAttr>(inactiveCallAttr);
  return !writes || operand >= writes.size() || writes[operand];
}
