// RUN: %sparsead-opt %s --sparsead-adjoint | %FileCheck %s

// A sum: each iteration runs forward and back, nothing is kept.
// CHECK-LABEL: func.func @sum.adjoint(
// CHECK: %[[R:.*]] = llvm.load %arg3
// CHECK: %[[S:.*]] = scf.for
// CHECK: %[[X:.*]] = llvm.load {{.*}} -> f64
// CHECK: math.sin %[[X]]
// CHECK: %[[C:.*]] = math.cos %[[X]]
// CHECK: arith.mulf %[[C]], %[[R]]
// CHECK: llvm.store
// CHECK-NOT: scf.for
// CHECK: llvm.store %[[S]], %arg2
// CHECK-NOT: sparsead_rt_push
// CHECK: return
func.func @sum(%pn: !llvm.ptr, %px: !llvm.ptr, %pr: !llvm.ptr) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %zero = arith.constant 0.0 : f64
  %n = llvm.load %pn : !llvm.ptr -> i32
  %x = llvm.load %px : !llvm.ptr -> !llvm.ptr
  %s = scf.for %i = %c0 to %n step %c1 iter_args(%a = %zero) -> (f64) : i32 {
    %p = llvm.getelementptr %x[%i] : (!llvm.ptr, i32) -> !llvm.ptr, f64
    %v = llvm.load %p : !llvm.ptr -> f64
    %t = math.sin %v : f64
    %b = arith.addf %a, %t : f64
    scf.yield %b : f64
  }
  llvm.store %s, %pr : f64, !llvm.ptr
  return
}
sparsead.gradient @G of @sum
  objects = [#sparsead.object<"x", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
             #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
  inputs = [0] outputs = [1]

// A carried product: every factor's cofactor needs what was carried, eight bytes in each iteration, with one call.
// CHECK-LABEL: func.func @product.adjoint(
// CHECK: %[[BYTES:.*]] = arith.muli %{{.*}}, %c8
// CHECK: %[[BASE:.*]] = call @sparsead_rt_push(%arg4, %[[BYTES]])
// CHECK: scf.for
// CHECK-SAME: iter_args(%[[A:.*]] =
// CHECK: llvm.store %[[A]]
// CHECK: call @sparsead_rt_pop
// CHECK: scf.for
// CHECK: return
func.func @product(%pn: !llvm.ptr, %px: !llvm.ptr, %pr: !llvm.ptr) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %one = arith.constant 1.0 : f64
  %n = llvm.load %pn : !llvm.ptr -> i32
  %x = llvm.load %px : !llvm.ptr -> !llvm.ptr
  %s = scf.for %i = %c0 to %n step %c1 iter_args(%a = %one) -> (f64) : i32 {
    %p = llvm.getelementptr %x[%i] : (!llvm.ptr, i32) -> !llvm.ptr, f64
    %v = llvm.load %p : !llvm.ptr -> f64
    %b = arith.mulf %a, %v : f64
    scf.yield %b : f64
  }
  llvm.store %s, %pr : f64, !llvm.ptr
  return
}
sparsead.gradient @P of @product
  objects = [#sparsead.object<"x", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
             #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
  inputs = [0] outputs = [1]

// Two sums: both loops run forward and back at once, the first before the second.
// CHECK-LABEL: func.func @two_sums.adjoint(
// CHECK: %[[R:.*]] = llvm.load %arg3
// CHECK: %[[F:.*]] = scf.for
// CHECK: math.sin
// CHECK: math.cos
// CHECK: llvm.store
// CHECK: scf.for {{.*}} iter_args(%{{.*}} = %[[F]])
// CHECK: math.exp
// CHECK: llvm.store
// CHECK-NOT: scf.for
// CHECK: return
func.func @two_sums(%pn: !llvm.ptr, %px: !llvm.ptr, %pr: !llvm.ptr) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %zero = arith.constant 0.0 : f64
  %n = llvm.load %pn : !llvm.ptr -> i32
  %x = llvm.load %px : !llvm.ptr -> !llvm.ptr
  %s = scf.for %i = %c0 to %n step %c1 iter_args(%a = %zero) -> (f64) : i32 {
    %p = llvm.getelementptr %x[%i] : (!llvm.ptr, i32) -> !llvm.ptr, f64
    %v = llvm.load %p : !llvm.ptr -> f64
    %t = math.sin %v : f64
    %b = arith.addf %a, %t : f64
    scf.yield %b : f64
  }
  %u = scf.for %i = %c0 to %n step %c1 iter_args(%a = %s) -> (f64) : i32 {
    %p = llvm.getelementptr %x[%i] : (!llvm.ptr, i32) -> !llvm.ptr, f64
    %v = llvm.load %p : !llvm.ptr -> f64
    %t = math.exp %v : f64
    %b = arith.addf %a, %t : f64
    scf.yield %b : f64
  }
  llvm.store %u, %pr : f64, !llvm.ptr
  return
}
sparsead.gradient @Two of @two_sums
  objects = [#sparsead.object<"x", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
             #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
  inputs = [0] outputs = [1]
