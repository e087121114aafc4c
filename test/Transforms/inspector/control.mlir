// Control flow on known and on unknown conditions, selects, calls.
// RUN: %sparsead-opt %s --split-input-file --sparsead-inspector --canonicalize --cse | %FileCheck %s

// What is known is computed: the loop stays, subscripts inside the object that `u` points into pass without a call.
// CHECK-LABEL: func.func private @known.inspect.body(
// CHECK: %[[N:.*]] = llvm.load %{{.*}} : !llvm.ptr -> i64
// CHECK: scf.for %{{.*}} = %c0_i64 to %[[N]]
// CHECK: scf.if
// CHECK: call @sparsead_rt_check(
// CHECK: llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr -> i32
// CHECK: llvm.store %{{.*}} : i32, !llvm.ptr
// CHECK-NOT: branch_begin
// CHECK: return
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @known(%pn: !llvm.ptr, %pu: !llvm.ptr, %pr: !llvm.ptr) {
  %lo = arith.constant 0 : i64
  %st = arith.constant 1 : i64
  %n = llvm.load %pn : !llvm.ptr -> i64
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  scf.for %i = %lo to %n step %st : i64 {
    %q = llvm.getelementptr %u[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %x = llvm.load %q : !llvm.ptr -> f64
    %p = llvm.getelementptr %r[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    llvm.store %x, %p : f64, !llvm.ptr
  }
  return
}
sparsead.jacobian @J of @known
    objects = [#sparsead.object<"u", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 2, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>

// -----

// An unknown branch runs both sides, each from the memory before it; what is written inside goes through the journal.
// Registers are joined.
// CHECK-LABEL: func.func private @branch.inspect.body(
// CHECK: call @sparsead_rt_branch_begin
// CHECK: call @sparsead_rt_store_float
// CHECK: call @sparsead_rt_branch_other
// CHECK: call @sparsead_rt_branch_end
// CHECK: call @sparsead_rt_union2
// CHECK: return
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

// A loop with an unknown end runs its body until neither memory nor carried values change.
// CHECK-LABEL: func.func private @loop.inspect.body(
// CHECK: scf.while
// CHECK: call @sparsead_rt_loop_begin
// CHECK: call @sparsead_rt_union2
// CHECK: call @sparsead_rt_contains
// CHECK: %[[MORE:.*]] = func.call @sparsead_rt_loop_iterate
// CHECK: scf.condition
// CHECK: call @sparsead_rt_loop_end
// CHECK: return
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

// A select on an unknown condition depends on both values, one on a known condition on the value that it takes.
// CHECK-LABEL: func.func private @select.inspect.body(
// CHECK: %[[K:.*]] = llvm.load %{{.*}} : !llvm.ptr -> f64
// CHECK: %[[D:.*]] = arith.cmpf ogt, %[[K]]
// CHECK: arith.select %[[D]], %{{.*}}, %c0_i32 : i32
// CHECK-NOT: arith.cmpf
// CHECK: return
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

// Functions are cloned one by one: a mark for each float that may be unknown, none for what is known.
// CHECK-LABEL: func.func private @square.inspect.body(
// CHECK-SAME: f64, %[[M:.*]]: i32, %{{.*}}: i64, %{{.*}}: !llvm.ptr) -> (f64, i32)
// CHECK: return %{{.*}}, %[[M]] : f64, i32
// CHECK-LABEL: func.func private @calls.inspect.body(
// CHECK: call @square.inspect.body(%{{.*}}, %{{.*}}, %c3_i64, %{{.*}}) : (f64, i32, i64, !llvm.ptr) -> (f64, i32)
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
