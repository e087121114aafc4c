//===- SparseADOps.td - operations of the sparsead dialect -----*- tablegen -*-===//

#ifndef SPARSEAD_IR_OPS_TD
#define SPARSEAD_IR_OPS_TD

include "mlir/Dialect/Arith/IR/ArithBase.td"
include "mlir/Dialect/Arith/IR/ArithOpsInterfaces.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "sparsead/IR/SparseADAttrs.td"
include "sparsead/IR/SparseADInterfaces.td"

class SparseAD_Op<string mnemonic, list<Trait> traits = []>
    : Op<SparseAD_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Requests
//===----------------------------------------------------------------------===//

def SparseAD_ObjectArrayAttr
    : TypedArrayAttrBase<SparseAD_ObjectAttr, "array of objects">;

def SparseAD_JacobianOp : SparseAD_Op<"jacobian",
    [Symbol, SparseAD_RequestOpInterface, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a request for the sparse Jacobian of a function";
  let description = [{
    Asks for the derivative of the `outputs` of `function` by its `inputs`, both
    indices into `objects` in the order of the specification (row blocks, column
    blocks). The function takes the address of each parameter object, then, where
    it has one, the address of the result (a function of memrefs and numbers is given
    that form by `sparsead-memref-to-pointers`); the discardable attribute
    `argument_names` names the parameter objects. The type's `sparse_tensor` encoding (CSR, CSC or COO)
    decides the layout that is written. `widths` lists the numbers of tangents
    for which forward kernels are made.

    ```mlir
    sparsead.jacobian @J of @thunk
        objects = [#sparsead.object<"u", arg = 1, path = [deref, index 8],
                                    leaves = [0 : 8], roles = input>,
                   #sparsead.object<"r", arg = 2, path = [deref, index 8],
                                    leaves = [0 : 8], roles = output>]
        inputs = [0] outputs = [1] {widths = array<i64: 1, 4, 8>}
        : tensor<?x?xf64, #CSR>
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    FlatSymbolRefAttr:$function,
    SparseAD_ObjectArrayAttr:$objects,
    DenseI64ArrayAttr:$inputs,
    DenseI64ArrayAttr:$outputs,
    TypeAttrOf<AnyRankedTensor>:$type,
    OptionalAttr<DenseI64ArrayAttr>:$widths,
    OptionalAttr<StrAttr>:$sym_visibility
  );
  let assemblyFormat = [{
    $sym_name `of` $function `objects` `=` $objects `inputs` `=` $inputs
    `outputs` `=` $outputs attr-dict `:` $type
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The `index`-th object of the specification.
    ObjectAttr getObject(int64_t index) {
      return ::llvm::cast<ObjectAttr>(getObjects()[index]);
    }
  }];
}

def SparseAD_GradientOp : SparseAD_Op<"gradient",
    [Symbol, SparseAD_RequestOpInterface, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a request for the gradient of a function with one output element";
  let description = [{
    Asks for the derivative of the one element that `outputs` names by all elements
    of the `inputs`, in their order. Functions, objects and `argument_names` are those of
    `sparsead.jacobian`.

    ```mlir
    sparsead.gradient @G of @thunk
        objects = [#sparsead.object<"x", arg = 1, path = [deref, index 8],
                                    leaves = [0 : 8], roles = input>,
                   #sparsead.object<"return", arg = result, path = [],
                                    leaves = [0 : 8], roles = output>]
        inputs = [0] outputs = [1]
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    FlatSymbolRefAttr:$function,
    SparseAD_ObjectArrayAttr:$objects,
    DenseI64ArrayAttr:$inputs,
    DenseI64ArrayAttr:$outputs,
    OptionalAttr<StrAttr>:$sym_visibility
  );
  let assemblyFormat = [{
    $sym_name `of` $function `objects` `=` $objects `inputs` `=` $inputs
    `outputs` `=` $outputs attr-dict
  }];
  let hasVerifier = 1;
}

def SparseAD_HessianOp : SparseAD_Op<"hessian",
    [Symbol, SparseAD_RequestOpInterface, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a request for the sparse Hessian of a weighted sum of a function's outputs";
  let description = [{
    Asks for the second derivatives of the outputs, each times a weight that is given
    with the values, by all elements of the `inputs`, in their order. Functions, objects and `argument_names` are
    those of `sparsead.jacobian`.

    ```mlir
    sparsead.hessian @H of @thunk
        objects = [#sparsead.object<"x", arg = 1, path = [deref, index 8],
                                    leaves = [0 : 8], roles = input>,
                   #sparsead.object<"return", arg = result, path = [],
                                    leaves = [0 : 8], roles = output>]
        inputs = [0] outputs = [1]
    ```
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    FlatSymbolRefAttr:$function,
    SparseAD_ObjectArrayAttr:$objects,
    DenseI64ArrayAttr:$inputs,
    DenseI64ArrayAttr:$outputs,
    OptionalAttr<StrAttr>:$sym_visibility
  );
  let assemblyFormat = [{
    $sym_name `of` $function `objects` `=` $objects `inputs` `=` $inputs
    `outputs` `=` $outputs attr-dict
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// What C++ needs and upstream dialects lack
//===----------------------------------------------------------------------===//

def SparseAD_LibmOp : SparseAD_Op<"libm",
    [Pure, DeclareOpInterfaceMethods<ArithFastMathInterface>]> {
  let summary = "a pure function of the C library's math.h without a math op";
  let description = [{
    The callee is the C name (`lgamma`, `hypotf`); it neither reads nor writes
    memory as far as the user can tell (errno and the floating-point environment
    are not modelled, as in Clang under `-fno-math-errno`).

    ```mlir
    %y = sparsead.libm "lgamma"(%x) : (f64) -> f64
    ```
  }];
  let arguments = (ins
    StrAttr:$callee,
    Variadic<AnyTypeOf<[AnyFloat, AnySignlessInteger]>>:$args,
    DefaultValuedAttr<Arith_FastMathAttr,
                      "::mlir::arith::FastMathFlags::none">:$fastmath
  );
  let results = (outs AnyTypeOf<[AnyFloat, AnySignlessInteger]>:$result);
  let assemblyFormat = [{
    $callee `(` $args `)` (`fastmath` `` $fastmath^)? attr-dict `:`
    functional-type($args, $result)
  }];
  let hasVerifier = 1;
}

def SparseAD_ScaleOp : SparseAD_Op<"scale",
    [Pure, AllTypesMatch<["x", "y", "result"]>, DeclareOpInterfaceMethods<ArithFastMathInterface>]> {
  let summary = "a product that is zero where one of its factors is, whatever the other";
  let description = [{
    x y, and zero where x = 0 or y = 0 though the other be infinite or NaN: an adjoint that is zero because something
    was not chosen, times a partial that does not exist there. Its derivatives are those of the product, so that
    reverse sweeps can be differentiated again: a selection by x = 0 would lose y dx there. `root`: factors are
    infinite because of the slope of a root at zero, if at all; nothing was chosen.

    ```mlir
    %z = sparsead.scale %x, %y fastmath<contract> : f64
    ```
  }];
  let arguments = (ins AnyFloat:$x, AnyFloat:$y,
                       DefaultValuedAttr<Arith_FastMathAttr,
                         "::mlir::arith::FastMathFlags::none">:$fastmath, UnitAttr:$root);
  let results = (outs AnyFloat:$result);
  let assemblyFormat = [{
    $x `,` $y (`root` $root^)? (`fastmath` `` $fastmath^)? attr-dict `:` type($result)
  }];
}

def SparseAD_InactiveOp : SparseAD_Op<"inactive", [Pure, AllTypesMatch<["value", "result"]>]> {
  let summary = "a value without its derivative";
  let description = [{
    The operand, on which nothing is said to depend (SPARSEAD_INACTIVE). Of a pointer: the memory behind it is
    inactive, but it goes where accesses cannot be followed; that is an error where active values are there, else
    `sparsead-check-activity` takes the operation away.

    ```mlir
    %w = sparsead.inactive %x : f64
    ```
  }];
  let arguments = (ins AnyType:$value);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

class SparseAD_UserRuleOp<string mnemonic>
    : SparseAD_Op<mnemonic, [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let arguments = (ins
    StrAttr:$callee,
    Variadic<AnyType>:$args,
    DenseI64ArrayAttr:$active,
    OptionalAttr<StrAttr>:$jvp,
    OptionalAttr<StrAttr>:$vjp
  );
  let extraClassDefinition = [{
    /// The function reads memory behind its pointers, and no other that changes.
    void $cppClass::getEffects(
        ::llvm::SmallVectorImpl<::mlir::SideEffects::EffectInstance<::mlir::MemoryEffects::Effect>> &effects) {
      if (::llvm::any_of(getArgs().getTypes(), [](::mlir::Type t) { return !t.isIntOrIndexOrFloat(); }))
        effects.emplace_back(::mlir::MemoryEffects::Read::get());
    }
  }];
}

def SparseAD_RuleOp : SparseAD_UserRuleOp<"rule"> {
  let summary = "a call of a function whose derivative the user gives (SPARSEAD_RULE)";
  let description = [{
    The function's result depends on the operands `active`, and on nothing else that changes. `jvp` takes the
    arguments, then a tangent for each active one, and returns the result's tangent; `vjp` takes the arguments, the
    result's adjoint, and the addresses of the adjoints that it adds to.

    ```mlir
    %y = sparsead.rule "table"(%x, %k) active [0] jvp "table_jvp" : (f64, i32) -> f64
    ```
  }];
  let results = (outs AnyFloat:$result);
  let assemblyFormat = [{
    $callee `(` $args `)` `active` $active (`jvp` $jvp^)? (`vjp` $vjp^)? attr-dict `:`
    functional-type($args, $result)
  }];
  let hasVerifier = 1;
}

def SparseAD_RulePartialsOp : SparseAD_UserRuleOp<"rule_partials"> {
  let summary = "the partial derivatives of a sparsead.rule";
  let description = [{
    One result for each active operand, computed by `vjp`, or by `jvp` with unit vectors. There is no rule for it:
    what the user gives is differentiated once.

    ```mlir
    %d = sparsead.rule_partials "table"(%x, %k) active [0] jvp "table_jvp" : (f64, i32) -> f64
    ```
  }];
  let results = (outs Variadic<AnyFloat>:$partials);
  let assemblyFormat = [{
    $callee `(` $args `)` `active` $active (`jvp` $jvp^)? (`vjp` $vjp^)? attr-dict `:`
    functional-type($args, $partials)
  }];
}

def SparseAD_TrapIfOp : SparseAD_Op<"trap_if", [MemoryEffects<[MemWrite]>]> {
  let summary = "stops the program when the condition is true";
  let description = [{
    Failed assertions, throws and calls that do not return, on paths that leave
    the loop structure intact: control goes on as if the condition were false.

    ```mlir
    sparsead.trap_if %negative, "assertion failed: x >= 0"
    ```
  }];
  let arguments = (ins I1:$condition, StrAttr:$text);
  let assemblyFormat = "$condition `,` $text attr-dict";
  let hasCanonicalizeMethod = 1;
}

//===----------------------------------------------------------------------===//
// Compression
//===----------------------------------------------------------------------===//

def SparseAD_SeedOp : SparseAD_Op<"seed", [Pure]> {
  let summary = "the seed matrix of a coloring";
  let description = [{
    S(j, c) = 1 where c is the color of column j, else 0. For a coloring of rows
    the same with rows. Its shape is colored items × colors.

    ```mlir
    %s = sparsead.seed #sparsead.coloring<columns, 3 colors, [0, 1, 2, 0]>
       : tensor<4x3xf64>
    ```
  }];
  let arguments = (ins SparseAD_ColoringAttr:$coloring);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = "$coloring attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def SparseAD_CompressOp : SparseAD_Op<"compress", [Pure]> {
  let summary = "the dense product of a sparse matrix with a seed matrix";
  let description = [{
    B = J S for a coloring of columns (rows × colors), B = Sᵀ J for one of rows
    (colors × columns).

    ```mlir
    %b = sparsead.compress %j by #sparsead.coloring<columns, 2 colors, [0, 1, 0]>
       : tensor<2x3xf64, #CSR> to tensor<2x2xf64>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$matrix,
                       SparseAD_ColoringAttr:$coloring);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $matrix `by` $coloring attr-dict `:` type($matrix) `to` type($result)
  }];
  let hasVerifier = 1;
}

def SparseAD_DecompressOp : SparseAD_Op<"decompress", [Pure]> {
  let summary = "a sparse matrix from its compressed product";
  let description = [{
    J(i, j) = B(i, color(j)) for every (i, j) of the pattern (a coloring of
    columns), B(color(i), j) for one of rows. The verifier checks that the
    coloring is structurally orthogonal for the pattern: every entry stands
    alone in its product.

    ```mlir
    %j = sparsead.decompress %b
           by #sparsead.coloring<columns, 2 colors, [0, 1, 0]>
           on #sparsead.pattern<2 x 3, row_ptr = [0, 2, 4], col_ind = [0, 1, 1, 2]>
       : tensor<2x2xf64> to tensor<2x3xf64, #CSR>
    ```
  }];
  let arguments = (ins RankedTensorOf<[AnyFloat]>:$compressed,
                       SparseAD_ColoringAttr:$coloring,
                       SparseAD_PatternAttr:$pattern);
  let results = (outs RankedTensorOf<[AnyFloat]>:$result);
  let assemblyFormat = [{
    $compressed `by` $coloring `on` $pattern attr-dict `:`
    type($compressed) `to` type($result)
  }];
  let hasVerifier = 1;
}

#endif // SPARSEAD_IR_OPS_TD
