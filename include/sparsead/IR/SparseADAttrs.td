//===- SparseADAttrs.td - attributes of the sparsead dialect ---*- tablegen -*-===//

#ifndef SPARSEAD_IR_ATTRS_TD
#define SPARSEAD_IR_ATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "sparsead/IR/SparseADDialect.td"

class SparseAD_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<SparseAD_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def SparseAD_ObjectAttr : SparseAD_Attr<"Object", "object"> {
  let summary = "an item of a derivative specification";
  let description = [{
    Names memory that a request differentiates: the parameter it starts from,
    the way from the parameter's address to its elements, the active members of
    one element, and its roles. Steps of the path:

    * `offset B`: address += B bytes;
    * `deref` or `deref B`: address = *(void **)address (B: bytes of the pointee
      where no index step follows);
    * `index B`: address += i * B for every valid i.

    `argument` is the index of the parameter object, `result` (-1 in C++) the
    function's result. Leaves are `offset : bytes` pairs of floating members.

    ```mlir
    #sparsead.object<"u", arg = 1, path = [deref, index 8], leaves = [0 : 8],
                     roles = input|output>
    #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8],
                     roles = output>
    ```
  }];
  let parameters = (ins
    StringRefParameter<"as written in the specification">:$name,
    "int64_t":$argument,
    ArrayRefParameter<"int64_t", "pairs of kind and bytes">:$path,
    ArrayRefParameter<"int64_t", "pairs of offset and bytes">:$leaves,
    "uint32_t":$roles
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Kinds of the path's steps, as in the runtime's ABI.
    enum StepKind : int64_t { Offset = 0, Deref = 1, Index = 2 };
    /// Bits of `roles`, as in the runtime's ABI.
    enum Role : uint32_t { Input = 1, Output = 2, Work = 4 };
    bool isInput() const { return getRoles() & Input; }
    bool isOutput() const { return getRoles() & Output; }
    bool isWork() const { return getRoles() & Work; }
    bool isResult() const { return getArgument() < 0; }
  }];
}

def SparseAD_PatternAttr : SparseAD_Attr<"Pattern", "pattern"> {
  let summary = "a sparsity pattern in compressed rows";
  let description = [{
    `rows x cols`, row pointers and column indices, ascending and unique in each
    row.

    ```mlir
    #sparsead.pattern<2 x 3, row_ptr = [0, 2, 4], col_ind = [0, 1, 1, 2]>
    ```
  }];
  let parameters = (ins
    "int64_t":$rows,
    "int64_t":$cols,
    ArrayRefParameter<"int64_t">:$rowPtr,
    ArrayRefParameter<"int64_t">:$colInd
  );
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def SparseAD_SideColumns : I32EnumAttrCase<"Columns", 0, "columns">;
def SparseAD_SideRows : I32EnumAttrCase<"Rows", 1, "rows">;
def SparseAD_Side : I32EnumAttr<"ColoringSide", "what a coloring colors",
                                [SparseAD_SideColumns, SparseAD_SideRows]> {
  let cppNamespace = "::sparsead";
}

def SparseAD_ColoringAttr : SparseAD_Attr<"Coloring", "coloring"> {
  let summary = "a partition of columns (or rows) into colors";
  let description = [{
    One color per column (row); -1 leaves it uncolored: it is in no product.

    ```mlir
    #sparsead.coloring<columns, 3 colors, [0, 1, 2, 0]>
    ```
  }];
  let parameters = (ins
    "::sparsead::ColoringSide":$side,
    "int64_t":$numColors,
    OptionalArrayRefParameter<"int64_t">:$colors
  );
  let assemblyFormat = "`<` $side `,` $numColors `colors` `,` `[` (`]`) : ($colors^ `]`)? `>`";
  let genVerifyDecl = 1;
}

def SparseAD_RelationAttr : SparseAD_Attr<"Relation", "relation"> {
  let summary = "which input elements an output element depends on, as a formula";
  let description = [{
    A union of maps from elements of outputs to elements of inputs, with sizes by
    name (docs/design/relations.md). What stands in front of the colon says how
    elements are numbered: [i, j] of `u[_, N]` is number i*N + j; objects that are
    not listed have one index.

    ```mlir
    #sparsead.relation<"{ r[i] -> u[i - 1] : 1 <= i < n; r[i] -> u[i] : 0 <= i < n }">
    #sparsead.relation<"u[_, N] : { r[k] -> u[i, j] : exists i, j : i + j = k and 0 <= i < N and 0 <= j < N }">
    ```
  }];
  let parameters = (ins StringRefParameter<"the formula">:$text);
  let assemblyFormat = "`<` $text `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    ::sparsead::RelationFormula getFormula() const;
  }];
}

#endif // SPARSEAD_IR_ATTRS_TD
