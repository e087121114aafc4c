// A kernel for each width: what stands at byte o of the primal stands at W*o of the shadow.
// RUN: %sparsead-opt %s --split-input-file --sparsead-tangent --canonicalize --cse | %FileCheck %s

// The pass's example.
// CHECK-LABEL: func.func private @square.tangent.w1.body(
// CHECK: llvm.load %{{.*}} : !llvm.ptr -> f64
// CHECK: arith.mulf {{.*}} fastmath<{{.*}}> : f64
// CHECK-LABEL: func.func @square.tangent.w1(
// CHECK-SAME: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) {
// CHECK-LABEL: func.func private @square.tangent.w4.body(
// CHECK-DAG: %[[X:.*]] = llvm.load %{{.*}} : !llvm.ptr -> f64
// CHECK-DAG: %[[XT:.*]] = llvm.load %{{.*}} : !llvm.ptr -> vector<4xf64>
// CHECK-DAG: arith.mulf %[[X]], %[[X]] : f64
// CHECK-DAG: %[[S:.*]] = vector.broadcast %{{.*}} : f64 to vector<4xf64>
// CHECK: arith.mulf %[[S]], %[[XT]] fastmath<{{.*}}> : vector<4xf64>
// CHECK-LABEL: func.func @square.tangent.w4(
// CHECK-LABEL: func.func private @square.tangent.w8.body(
// CHECK: vector<8xf64>
// CHECK-LABEL: func.func @square.tangent.w8(
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @square(%px: !llvm.ptr, %py: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = arith.mulf %x, %x : f64
  llvm.store %y, %py : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @square
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1, 4, 8>} : tensor<?x?xf64, #CSR>

// -----

// Strides of shadows are W times those of the primal; loops carry tangents.
// CHECK-LABEL: func.func private @sum.tangent.w4.body(
// CHECK: %[[Z:.*]] = arith.constant dense<0.000000e+00> : vector<4xf64>
// CHECK: scf.for %[[I:.*]] = {{.*}} iter_args(%[[S:.*]] = %{{.*}}, %[[ST:.*]] = %[[Z]]) -> (f64, vector<4xf64>)
// CHECK: %[[O:.*]] = arith.muli %[[I]], %c32_i64
// CHECK: llvm.getelementptr %{{.*}}[%[[O]]] : (!llvm.ptr, i64) -> !llvm.ptr, i8
// CHECK: %[[XT:.*]] = llvm.load %{{.*}} : !llvm.ptr -> vector<4xf64>
// CHECK: arith.addf %[[ST]], %[[XT]] fastmath<{{.*}}> : vector<4xf64>
// CHECK: scf.yield
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @sum(%pn: !llvm.ptr, %pu: !llvm.ptr, %pr: !llvm.ptr) {
  %lo = arith.constant 0 : i64
  %st = arith.constant 1 : i64
  %n = llvm.load %pn : !llvm.ptr -> i64
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %init = arith.constant 0.0 : f64
  %last = scf.for %i = %lo to %n step %st iter_args(%s = %init) -> f64 : i64 {
    %q = llvm.getelementptr %u[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %x = llvm.load %q : !llvm.ptr -> f64
    %t = arith.addf %s, %x : f64
    scf.yield %t : f64
  }
  llvm.store %last, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @sum
    objects = [#sparsead.object<"u", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 2, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1, 4>} : tensor<?x?xf64, #CSR>
