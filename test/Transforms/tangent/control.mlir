// Tangents follow the primal through branches, loops, selects and calls.
// RUN: %sparsead-opt %s --split-input-file --sparsead-tangent --canonicalize --cse | %FileCheck %s

// CHECK-LABEL: func.func private @branch.tangent.w1.body(
// CHECK-SAME: %{{.*}}: !llvm.ptr, %[[US:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[RS:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr)
// CHECK: %[[XT:.*]] = llvm.load %[[US]]
// CHECK: %[[C:.*]] = arith.cmpf ogt
// CHECK: %[[ZT:.*]] = arith.select %[[C]], %[[XT]], %{{.*}} : f64
// CHECK: scf.if %[[C]]
// CHECK: llvm.store %[[XT]], %[[RS]]
// CHECK: %[[P:.*]] = llvm.getelementptr %[[RS]][8]
// CHECK: llvm.store %[[ZT]], %[[P]]
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @branch(%pu: !llvm.ptr, %pr: !llvm.ptr) {
  %zero = arith.constant 0.0 : f64
  %x = llvm.load %pu : !llvm.ptr -> f64
  %c = arith.cmpf ogt, %x, %zero : f64
  %z = scf.if %c -> (f64) {
    llvm.store %x, %pr : f64, !llvm.ptr
    scf.yield %x : f64
  } else {
    scf.yield %zero : f64
  }
  %p = llvm.getelementptr %pr[1] : (!llvm.ptr) -> !llvm.ptr, f64
  llvm.store %z, %p : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @branch
    objects = [#sparsead.object<"u", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @loop.tangent.w1.body(
// CHECK: scf.while (%{{.*}} = %{{.*}}, %{{.*}} = %{{.*}}) : (f64, f64) -> (f64, f64)
// CHECK: ^bb0(%{{.*}}: f64, %[[YT:.*]]: f64):
// CHECK: %[[HT:.*]] = arith.mulf {{.*}} fastmath<{{.*}}> : f64
// CHECK: scf.yield %{{.*}}, %[[HT]]
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @loop(%pu: !llvm.ptr, %pr: !llvm.ptr) {
  %one = arith.constant 1.0 : f64
  %half = arith.constant 0.5 : f64
  %x = llvm.load %pu : !llvm.ptr -> f64
  %z = scf.while (%y = %x) : (f64) -> f64 {
    %c = arith.cmpf ogt, %y, %one : f64
    scf.condition(%c) %y : f64
  } do {
  ^bb0(%y: f64):
    %h = arith.mulf %y, %half : f64
    scf.yield %h : f64
  }
  llvm.store %z, %pr : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @loop
    objects = [#sparsead.object<"u", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>

// -----

// An inactive value has the tangent zero.
// CHECK-LABEL: func.func private @select.tangent.w1.body(
// CHECK: %[[ZERO:.*]] = arith.constant 0.0
// CHECK: %[[C:.*]] = arith.cmpf
// CHECK: %[[D:.*]] = arith.cmpf
// CHECK: %[[AT:.*]] = arith.select %[[C]], %{{.*}}, %[[ZERO]] : f64
// CHECK: arith.select %[[D]], %[[AT]], %[[ZERO]] : f64
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @select(%pu: !llvm.ptr, %pk: !llvm.ptr, %pr: !llvm.ptr) {
  %zero = arith.constant 0.0 : f64
  %x = llvm.load %pu : !llvm.ptr -> f64
  %k = llvm.load %pk : !llvm.ptr -> f64
  %c = arith.cmpf ogt, %x, %zero : f64
  %d = arith.cmpf ogt, %k, %zero : f64
  %a = arith.select %c, %x, %k : f64
  %b = arith.select %d, %a, %zero : f64
  llvm.store %b, %pr : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @select
    objects = [#sparsead.object<"u", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 2, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>

// -----

// Function by function; inactive arguments stay alone.
// CHECK-LABEL: func.func private @square.tangent.w1.body(
// CHECK-SAME: f64, %{{.*}}: f64, %{{.*}}: i64, %{{.*}}: !llvm.ptr) -> (f64, f64)
// CHECK-LABEL: func.func private @square.tangent.w4.body(
// CHECK-SAME: f64, %{{.*}}: vector<4xf64>, %{{.*}}: i64, %{{.*}}: !llvm.ptr) -> (f64, vector<4xf64>)
// CHECK-LABEL: func.func private @calls.tangent.w1.body(
// CHECK: call @square.tangent.w1.body(
// CHECK-LABEL: func.func private @calls.tangent.w4.body(
// CHECK: call @square.tangent.w4.body(
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func private @square(%x: f64, %k: i64) -> f64 {
  %y = arith.mulf %x, %x : f64
  return %y : f64
}
func.func @calls(%pu: !llvm.ptr, %pr: !llvm.ptr) {
  %k = arith.constant 3 : i64
  %x = llvm.load %pu : !llvm.ptr -> f64
  %y = func.call @square(%x, %k) : (f64, i64) -> f64
  llvm.store %y, %pr : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @calls
    objects = [#sparsead.object<"u", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1, 4>} : tensor<?x?xf64, #CSR>
