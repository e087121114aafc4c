//===- Passes.td - conversions of the sparsead dialect ---------*- tablegen -*-===//

#ifndef SPARSEAD_CONVERSION_PASSES_TD
#define SPARSEAD_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def FinalizeRequests : Pass<"sparsead-finalize-requests", "::mlir::ModuleOp"> {
  let summary = "drop requests whose functions are made";
  let description = [{
    Erases every request and makes all functions private except the
    entries of the made derivatives (`.inspect`, `.tangent.w<W>`, `.record`), so that dead
    primals go. Precondition: `sparsead-inspector` and `sparsead-tangent` ran.

    ```mlir
    sparsead.jacobian @J of @f objects = […] inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>
    ```
    is gone, `@f.inspect` stays public, `@f` becomes private.
  }];
}

def LowerSparseAD : Pass<"sparsead-lower", "::mlir::ModuleOp"> {
  let summary = "sparsead.libm and sparsead.trap_if to calls";
  let description = [{
    `sparsead.libm "f"` becomes a call of `@f`; `sparsead.trap_if` a branch that
    calls the runtime's `sparsead_rt_fail`, which throws std::runtime_error
    with the text.

    ```mlir
    %y = sparsead.libm "lgamma"(%x) : (f64) -> f64
    ```
    becomes
    ```mlir
    %y = call @lgamma(%x) : (f64) -> f64
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect"
  ];
}

def LowerControlFlow : Pass<"sparsead-lower-control-flow"> {
  let summary = "structured control flow to branches, in linear time";
  let description = [{
    What upstream's `convert-scf-to-cf` does, by the same patterns, in time and
    memory linear in the size of the function: from the last operation to the
    first, without a record for taking changes back.

    ```mlir
    scf.if %c { … }
    ```
    becomes
    ```mlir
      cf.cond_br %c, ^bb1, ^bb2
    ^bb1:
      …
      cf.br ^bb2
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect"];
}

#endif // SPARSEAD_CONVERSION_PASSES_TD
