// RUN: %sparsead-opt %s --sparsead-adjoint | %FileCheck %s

// Two buffers change places in each step; the inner loop has no order all the same. Its reverse adds by strips: the three
// terms of an iteration go to rows, then each element is added to once, then what was taken is cleared.
// CHECK-LABEL: func.func @steps.adjoint(
// CHECK: %[[A:.*]] = llvm.alloca
// CHECK: %[[B:.*]] = llvm.alloca
// CHECK: scf.for
// The reverse of the steps.
// CHECK: sparsead_rt_pop
// CHECK: scf.if
// CHECK: scf.for %[[S:.*]] = %{{.*}} to %{{.*}} step %c256
// CHECK: scf.for
// CHECK-NOT: arith.addf
// CHECK: llvm.store %{{.*}} : f64
// CHECK: llvm.store %{{.*}} : f64
// CHECK: }
// CHECK: "llvm.intr.memset"
// CHECK: scf.for
// CHECK: arith.addf
// CHECK: %[[OLD:.*]] = llvm.load
// CHECK: arith.addf %[[OLD]],
// CHECK: }
// CHECK: "llvm.intr.memset"
// CHECK: } else {
// Few iterations.
// CHECK: scf.for
func.func @steps(%pn: !llvm.ptr, %pt: !llvm.ptr, %pu: !llvm.ptr, %pv: !llvm.ptr, %pr: !llvm.ptr) {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %n = llvm.load %pn : !llvm.ptr -> i64
  %t = llvm.load %pt : !llvm.ptr -> i64
  %u0 = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %v0 = llvm.load %pv : !llvm.ptr -> !llvm.ptr
  %u, %v = scf.for %k = %c0 to %t step %c1 iter_args(%a = %u0, %b = %v0) -> (!llvm.ptr, !llvm.ptr) : i64 {
    scf.for %i = %c1 to %n step %c1 : i64 {
      %p = llvm.getelementptr %a[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
      %x = llvm.load %p : !llvm.ptr -> f64
      %j = arith.subi %i, %c1 : i64
      %q = llvm.getelementptr %a[%j] : (!llvm.ptr, i64) -> !llvm.ptr, f64
      %y = llvm.load %q : !llvm.ptr -> f64
      %z = arith.mulf %x, %y : f64
      %r = llvm.getelementptr %b[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
      llvm.store %z, %r : f64, !llvm.ptr
    }
    scf.yield %b, %a : !llvm.ptr, !llvm.ptr
  }
  %f = llvm.load %u : !llvm.ptr -> f64
  llvm.store %f, %pr : f64, !llvm.ptr
  return
}
sparsead.gradient @G of @steps
  objects = [#sparsead.object<"u", arg = 2, path = [deref, index 8], leaves = [0 : 8], roles = input>,
             #sparsead.object<"v", arg = 3, path = [deref, index 8], leaves = [0 : 8], roles = work>,
             #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
  inputs = [0] outputs = [2]
