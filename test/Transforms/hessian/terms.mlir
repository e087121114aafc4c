// Dear terms of neighbouring elements are kept by the loop over terms, and the loop over elements reads them.
// RUN: %sparsead-opt %s --sparsead-hessian-adjoint | %FileCheck %s
// RUN: %sparsead-opt %s --sparsead-hessian-adjoint --sparsead-local 2>&1 | %FileCheck %s --check-prefix=TURNS

// sqrt(1 + (x[i+1] - x[i])^2): one root for each term; the elements have none but at the ends.
// CHECK-LABEL: func.func @arc.reverse(
// CHECK-COUNT-2: call @sparsead_rt_terms(
// CHECK: scf.for {{.*}} iter_args
// CHECK: math.sqrt
// CHECK-NOT: math.sqrt
// CHECK-COUNT-2: llvm.store
// CHECK: scf.yield
// CHECK: scf.for
// CHECK-NOT: math.sqrt
// CHECK-COUNT-2: llvm.load
// CHECK-NOT: math.sqrt
// CHECK: llvm.store
// CHECK: scf.for
// CHECK-COUNT-2: call @sparsead_rt_terms_free(
// TURNS: remark: 2 loops take turns, the last one here, and only a window is kept of 2 arrays
func.func @arc(%pn: !llvm.ptr, %px: !llvm.ptr, %pr: !llvm.ptr) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %zero = arith.constant 0.0 : f64
  %one = arith.constant 1.0 : f64
  %n = llvm.load %pn : !llvm.ptr -> i32
  %x = llvm.load %px : !llvm.ptr -> !llvm.ptr
  %s = scf.for %i = %c0 to %n step %c1 iter_args(%a = %zero) -> (f64) : i32 {
    %next = arith.addi %i, %c1 overflow<nsw> : i32
    %here = arith.extsi %i : i32 to i64
    %there = arith.extsi %next : i32 to i64
    %p = llvm.getelementptr %x[%here] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %q = llvm.getelementptr %x[%there] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %v = llvm.load %p : !llvm.ptr -> f64
    %w = llvm.load %q : !llvm.ptr -> f64
    %d = arith.subf %w, %v : f64
    %t = arith.mulf %d, %d : f64
    %u = arith.addf %t, %one : f64
    %r = math.sqrt %u : f64
    %b = arith.addf %a, %r : f64
    scf.yield %b : f64
  }
  llvm.store %s, %pr : f64, !llvm.ptr
  return
}
sparsead.hessian @H of @arc
  objects = [#sparsead.object<"x", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
             #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
  inputs = [0] outputs = [1]
