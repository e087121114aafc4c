// The entries of derivatives stay public, everything else becomes private; the request is gone.
// RUN: %sparsead-opt %s --sparsead-inspector --sparsead-tangent --sparsead-finalize-requests | %FileCheck %s
// RUN: %sparsead-opt %s --sparsead-inspector --sparsead-tangent --sparsead-finalize-requests --symbol-dce | %FileCheck %s --check-prefix=DCE

// CHECK-NOT: sparsead.jacobian
// CHECK-DAG: func.func @f.inspect(
// CHECK-DAG: func.func private @f.inspect.body(
// CHECK-DAG: func.func @f.tangent.w1(
// CHECK-DAG: func.func private @f.tangent.w1.body(
// CHECK-DAG: func.func @f.tangent.w4(
// CHECK-DAG: func.func private @f(
// CHECK-DAG: func.func private @unused(
// CHECK-DAG: llvm.mlir.global {{.*}}@table({{.*}}sym_visibility = "private"
// CHECK-DAG: llvm.func @callback({{.*}}sym_visibility = "private"
// CHECK-NOT: sparsead.jacobian

// DCE-NOT: @f(
// DCE-NOT: @unused
// DCE-NOT: @table
// DCE-NOT: @callback
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
llvm.mlir.global external @table(1.0 : f64) : f64
llvm.func @callback(%x: f64) -> f64 {
  llvm.return %x : f64
}
func.func @unused() {
  return
}
func.func @f(%px: !llvm.ptr, %py: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = arith.mulf %x, %x : f64
  llvm.store %y, %py : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1, 4>} : tensor<?x?xf64, #CSR>
