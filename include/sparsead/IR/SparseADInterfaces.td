//===- SparseADInterfaces.td - what all requests have in common *- tablegen -*-===//

#ifndef SPARSEAD_IR_INTERFACES_TD
#define SPARSEAD_IR_INTERFACES_TD

include "mlir/IR/OpBase.td"

def SparseAD_RequestOpInterface : OpInterface<"RequestOpInterface"> {
  let cppNamespace = "::sparsead";
  let description = [{
    A request for derivatives of the `outputs` of a function by its `inputs`, whatever the derivatives are. The
    analysis of activity and the passes that make tangents, tapes and adjoints ask no more.
  }];

  let methods = [
    InterfaceMethod<"The function that is differentiated.",
      "::mlir::FlatSymbolRefAttr", "getFunctionAttr", (ins)>,
    InterfaceMethod<"Lets the request be about another function.",
      "void", "setFunctionAttr", (ins "::mlir::FlatSymbolRefAttr":$function)>,
    InterfaceMethod<"The items of the specification: #sparsead.object attributes.",
      "::mlir::ArrayAttr", "getObjects", (ins)>,
    InterfaceMethod<"Indices into the objects: column blocks.",
      "::llvm::ArrayRef<int64_t>", "getInputs", (ins)>,
    InterfaceMethod<"Indices into the objects: row blocks.",
      "::llvm::ArrayRef<int64_t>", "getOutputs", (ins)>
  ];
  let extraSharedClassDeclaration = [{
    ::llvm::StringRef getFunctionName() { return $_op.getFunctionAttr().getValue(); }
  }];
}

#endif // SPARSEAD_IR_INTERFACES_TD
