// RUN: %sparsead-opt %s --split-input-file --verify-diagnostics

#CSR = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
func.func private @f(!llvm.ptr, !llvm.ptr)
// expected-error @+1 {{'missing' is not a function}}
sparsead.jacobian @J of @missing
  objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input|output>]
  inputs = [0] outputs = [0] : tensor<?x?xf64, #CSR>

// -----

func.func private @f(!llvm.ptr, !llvm.ptr)
// expected-error @+1 {{result must be a tensor of rank 2 with a sparse_tensor encoding of CSR, CSC or COO}}
sparsead.jacobian @J of @f
  objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input|output>]
  inputs = [0] outputs = [0] : tensor<?x?xf64>

// -----

#DCSR = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : compressed, d1 : compressed)}>
func.func private @f(!llvm.ptr, !llvm.ptr)
// expected-error @+1 {{encoding of CSR, CSC or COO}}
sparsead.jacobian @J of @f
  objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input|output>]
  inputs = [0] outputs = [0] : tensor<?x?xf64, #DCSR>

// -----

#CSR = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
func.func private @f(!llvm.ptr, !llvm.ptr)
// expected-error @+1 {{input index 1 is out of range: there are 1 objects}}
sparsead.jacobian @J of @f
  objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input|output>]
  inputs = [1] outputs = [0] : tensor<?x?xf64, #CSR>

// -----

#CSR = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
func.func private @f(!llvm.ptr, !llvm.ptr)
// expected-error @+1 {{'x' is listed as output but does not have that role}}
sparsead.jacobian @J of @f
  objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>]
  inputs = [0] outputs = [0] : tensor<?x?xf64, #CSR>

// -----

#CSR = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
func.func private @f(!llvm.ptr, !llvm.ptr)
// expected-error @+1 {{'y' has role input but is not listed}}
sparsead.jacobian @J of @f
  objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input|output>,
             #sparsead.object<"y", arg = 0, path = [], leaves = [0 : 8], roles = input>]
  inputs = [0] outputs = [0] : tensor<?x?xf64, #CSR>

// -----

#CSR = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
func.func private @f(!llvm.ptr, !llvm.ptr)
// expected-error @+1 {{'x' starts from argument 2, but 'f' has 2 parameter objects}}
sparsead.jacobian @J of @f
  objects = [#sparsead.object<"x", arg = 2, path = [], leaves = [0 : 8], roles = input|output>]
  inputs = [0] outputs = [0] : tensor<?x?xf64, #CSR>

// -----

#CSR = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
func.func private @f(!llvm.ptr, tensor<4xf64>)
// expected-error @+1 {{'f' must take addresses, memrefs and numbers, not 'tensor<4xf64>'}}
sparsead.jacobian @J of @f
  objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input|output>]
  inputs = [0] outputs = [0] : tensor<?x?xf64, #CSR>

// -----

#CSR = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
func.func private @f(!llvm.ptr, !llvm.ptr)
// expected-error @+1 {{widths must be positive and ascending}}
sparsead.jacobian @J of @f
  objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input|output>]
  inputs = [0] outputs = [0] {widths = array<i64: 4, 1>} : tensor<?x?xf64, #CSR>

// -----

// expected-error @+1 {{the result can only be an output}}
#o = #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = input>

// -----

// expected-error @+1 {{stride 0 is not positive}}
#o = #sparsead.object<"x", arg = 0, path = [deref, index 0], leaves = [0 : 8], roles = input>

// -----

// expected-error @+1 {{leaf of 2 bytes: expected 4 (float) or 8 (double)}}
#o = #sparsead.object<"x", arg = 0, path = [], leaves = [0 : 2], roles = input>

// -----

// expected-error @+1 {{leaves overlap or are not in memory order}}
#o = #sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8, 4 : 4], roles = input>

// -----

// expected-error @+1 {{expected 'offset', 'deref' or 'index'}}
#o = #sparsead.object<"x", arg = 0, path = [jump 3], leaves = [0 : 8], roles = input>

// -----

// expected-error @+1 {{roles are 'input', 'output', both, or 'work'}}
#o = #sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input|work>

// -----

// expected-error @+1 {{columns of row 0 do not ascend}}
#p = #sparsead.pattern<1 x 3, row_ptr = [0, 2], col_ind = [1, 1]>

// -----

// expected-error @+1 {{column 3 in row 0 is out of range}}
#p = #sparsead.pattern<1 x 3, row_ptr = [0, 1], col_ind = [3]>

// -----

// expected-error @+1 {{row pointers must run from 0 to 1}}
#p = #sparsead.pattern<1 x 3, row_ptr = [0, 2], col_ind = [1]>

// -----

// expected-error @+1 {{color 2 is not below 2}}
#c = #sparsead.coloring<columns, 2 colors, [0, 2]>

// -----

func.func @seed() {
  // expected-error @+1 {{seed matrix must be 3x2, got 'tensor<2x3xf64>'}}
  %s = sparsead.seed <columns, 2 colors, [0, 1, 0]> : tensor<2x3xf64>
  return
}

// -----

#CSR = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
func.func @compress(%j: tensor<2x4xf64, #CSR>) {
  // expected-error @+1 {{coloring of 3 columns for a matrix of 4}}
  %b = sparsead.compress %j by <columns, 2 colors, [0, 1, 0]> : tensor<2x4xf64, #CSR> to tensor<2x2xf64>
  return
}

// -----

#CSR = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
func.func @decompress(%b: tensor<2x2xf64>) {
  // Columns 0 and 2 meet in row 1: their color cannot be taken apart.
  // expected-error @+1 {{color 0 holds both columns 0 and 2 of row 1}}
  %r = sparsead.decompress %b by <columns, 2 colors, [0, 1, 0]>
    on <2 x 3, row_ptr = [0, 2, 4], col_ind = [0, 1, 0, 2]> : tensor<2x2xf64> to tensor<2x3xf64, #CSR>
  return
}

// -----

#CSR = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
func.func @uncolored(%b: tensor<2x1xf64>) {
  // expected-error @+1 {{entry (0, 1) has no color}}
  %r = sparsead.decompress %b by <columns, 1 colors, [0, -1]>
    on <2 x 2, row_ptr = [0, 2, 2], col_ind = [0, 1]> : tensor<2x1xf64> to tensor<2x2xf64, #CSR>
  return
}

// -----

func.func private @f(!llvm.ptr, !llvm.ptr)
// expected-error @+1 {{needs one output with one element}}
sparsead.gradient @G of @f
  objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
             #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8, 8 : 8], roles = output>]
  inputs = [0] outputs = [1]

// -----

// expected-error @+1 {{'missing' is not a function}}
sparsead.gradient @G of @missing
  objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input|output>]
  inputs = [0] outputs = [0]
