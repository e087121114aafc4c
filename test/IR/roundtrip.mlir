// RUN: %sparsead-opt %s | %sparsead-opt | %FileCheck %s
// RUN: %sparsead-opt %s --mlir-print-op-generic | %sparsead-opt | %FileCheck %s

#CSR = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : dense, d1 : compressed)}>
#CSC = #sparse_tensor.encoding<{map = (d0, d1) -> (d1 : dense, d0 : compressed)}>
#COO = #sparse_tensor.encoding<{map = (d0, d1) -> (d0 : compressed(nonunique), d1 : singleton)}>

func.func private @thunk(!llvm.ptr, !llvm.ptr, !llvm.ptr, !llvm.ptr)

// CHECK: sparsead.jacobian @J of @thunk objects = [
// CHECK-SAME: #sparsead.object<"u", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
// CHECK-SAME: #sparsead.object<"ctx->c[n].v", arg = 0, path = [deref 24, offset -8, deref, index 32], leaves = [0 : 4, 8 : 8], roles = input|output>,
// CHECK-SAME: #sparsead.object<"t", arg = 2, path = [deref, index 8], leaves = [0 : 8], roles = work>,
// CHECK-SAME: #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
// CHECK-SAME: inputs = [0, 1] outputs = [3, 1] {widths = array<i64: 1, 4, 8>} : tensor<?x?xf64, #
sparsead.jacobian @J of @thunk
  objects = [#sparsead.object<"u", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
             #sparsead.object<"ctx->c[n].v", arg = 0, path = [deref 24, offset -8, deref, index 32],
                              leaves = [0 : 4, 8 : 8], roles = input|output>,
             #sparsead.object<"t", arg = 2, path = [deref, index 8], leaves = [0 : 8], roles = work>,
             #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
  inputs = [0, 1] outputs = [3, 1] {widths = array<i64: 1, 4, 8>} : tensor<?x?xf64, #CSR>

// CHECK: sparsead.jacobian @JC
sparsead.jacobian @JC of @thunk
  objects = [#sparsead.object<"x", arg = 0, path = [deref 8], leaves = [0 : 8], roles = input|output>]
  inputs = [0] outputs = [0] : tensor<?x?xf64, #CSC>
// CHECK: sparsead.jacobian @JO
sparsead.jacobian @JO of @thunk
  objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 4], roles = input|output>]
  inputs = [0] outputs = [0] : tensor<?x?xf32, #COO>

// CHECK-LABEL: func.func @ops
func.func @ops(%x: f64, %n: i32, %c: i1) -> f64 {
  // CHECK: sparsead.libm "lgamma"(%{{.*}}) : (f64) -> f64
  %0 = sparsead.libm "lgamma"(%x) : (f64) -> f64
  // CHECK: sparsead.libm "ldexp"(%{{.*}}, %{{.*}}) fastmath<contract> : (f64, i32) -> f64
  %1 = sparsead.libm "ldexp"(%0, %n) fastmath<contract> : (f64, i32) -> f64
  // CHECK: sparsead.scale %{{.*}}, %{{.*}} fastmath<contract> : f64
  %2 = sparsead.scale %0, %1 fastmath<contract> : f64
  // CHECK: sparsead.trap_if %{{.*}}, "assertion failed: x >= 0"
  sparsead.trap_if %c, "assertion failed: x >= 0"
  return %1 : f64
}

// CHECK-LABEL: func.func @compression
func.func @compression(%j: tensor<2x3xf64, #CSR>) -> tensor<2x3xf64, #CSR> {
  // CHECK: sparsead.seed <columns, 2 colors, [0, 1, 0]> : tensor<3x2xf64>
  %s = sparsead.seed <columns, 2 colors, [0, 1, 0]> : tensor<3x2xf64>
  // CHECK: sparsead.compress %{{.*}} by <columns, 2 colors, [0, 1, 0]>
  %b = sparsead.compress %j by <columns, 2 colors, [0, 1, 0]> : tensor<2x3xf64, #CSR> to tensor<2x2xf64>
  // CHECK: sparsead.decompress %{{.*}} by <columns, 2 colors, [0, 1, 0]> on <2 x 3, row_ptr = [0, 2, 4], col_ind = [0, 1, 1, 2]>
  %r = sparsead.decompress %b by <columns, 2 colors, [0, 1, 0]>
    on <2 x 3, row_ptr = [0, 2, 4], col_ind = [0, 1, 1, 2]> : tensor<2x2xf64> to tensor<2x3xf64, #CSR>
  // By rows; an uncolored column is in no product.
  // CHECK: sparsead.seed <rows, 1 colors, [0, -1]> : tensor<2x1xf64>
  %t = sparsead.seed <rows, 1 colors, [0, -1]> : tensor<2x1xf64>
  return %r : tensor<2x3xf64, #CSR>
}

// CHECK: sparsead.gradient @G of @thunk objects = [
// CHECK-SAME: inputs = [0] outputs = [1]
sparsead.gradient @G of @thunk
  objects = [#sparsead.object<"x", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
             #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
  inputs = [0] outputs = [1]
