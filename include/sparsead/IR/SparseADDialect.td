//===- SparseADDialect.td - the sparsead dialect ---------------*- tablegen -*-===//
//
// What a derivative request is, before and while it is turned into code.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_IR_DIALECT_TD
#define SPARSEAD_IR_DIALECT_TD

include "mlir/IR/OpBase.td"

def SparseAD_Dialect : Dialect {
  let name = "sparsead";
  let cppNamespace = "::sparsead";
  let summary = "derivative requests, sparsity patterns, colorings";
  let description = [{
    A module in normal form (func, scf, arith, math, memory behind LLVM pointers)
    plus requests: `sparsead.jacobian` names a function, the objects that are
    inputs and outputs, and, by the `sparse_tensor` encoding of its result type,
    the layout that is written.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect",
    "::mlir::sparse_tensor::SparseTensorDialect"
  ];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
  private:
    void registerAttributes();
  }];
}

#endif // SPARSEAD_IR_DIALECT_TD
