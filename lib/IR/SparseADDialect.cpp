//===- SparseADDialect.cpp - the sparsead dialect -------------------------===//

#include "sparsead/IR/SparseAD.h"

#include "mlir/Transforms/InliningUtils.h"

using namespace mlir;
using namespace sparsead;

#include "sparsead/IR/SparseADDialect.cpp.inc"
#include "sparsead/IR/SparseADEnums.cpp.inc"

namespace {
/// Every operation of the dialect may stand anywhere.
struct SparseADInlinerInterface : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Operation *, bool) const final { return true; }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const final { return true; }
  bool isLegalToInline(Operation *, Region *, bool, IRMapping &) const final { return true; }
};
} // namespace

void SparseADDialect::initialize() {
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "sparsead/IR/SparseADOps.cpp.inc"
      >();
  addInterfaces<SparseADInlinerInterface>();
}
