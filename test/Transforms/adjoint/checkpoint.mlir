// RUN: %sparsead-opt %s --sparsead-adjoint | %FileCheck %s

// Forward: snapshots where they are due, nothing else is kept. Backwards: a state, the steps from there, and one step
// forward and back.
// CHECK-LABEL: func.func @product.adjoint(
// CHECK: call @sparsead_rt_checkpoint_begin(%arg4, %[[T:[^,]*]], %c3{{[^,]*}}, %c8{{[^)]*}})
// CHECK: %[[F:.*]] = scf.for %[[N:.*]] = %{{.*}} to %[[T]] step %{{.*}} iter_args(%[[A:.*]] = %{{.*}}) -> (f64)
// CHECK: %[[ROOM:.*]] = func.call @sparsead_rt_checkpoint_due(%arg4, %[[N]])
// CHECK: scf.if
// CHECK: llvm.store %[[A]],
// CHECK: arith.mulf %[[A]],
// CHECK-NOT: sparsead_rt_push
// CHECK: llvm.store %[[F]], %arg2
// CHECK: %[[COUNT:.*]] = call @sparsead_rt_checkpoint_reverse(%arg4)
// CHECK: scf.for %[[R:.*]] = %{{.*}} to %[[COUNT]] step
// CHECK: %[[NOW:.*]] = arith.subi %{{.*}}, %[[R]]
// CHECK: %[[STATE:.*]] = func.call @sparsead_rt_checkpoint_restore(%arg4, %[[NOW]])
// CHECK: %[[FROM:.*]] = func.call @sparsead_rt_checkpoint_position(%arg4)
// CHECK: %[[PLACE:.*]] = llvm.getelementptr %[[STATE]][0]
// CHECK: %[[START:.*]] = llvm.load %[[PLACE]]
// CHECK: %[[HERE:.*]] = scf.for %{{.*}} = %[[FROM]] to %[[NOW]] step %{{.*}} iter_args(%{{.*}} = %[[START]])
// CHECK: sparsead_rt_checkpoint_due
// CHECK: arith.mulf %[[HERE]],
// CHECK: call @sparsead_rt_checkpoint_end(%arg4)
// CHECK-NOT: sparsead_rt_push
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
  } {sparsead.checkpoint = 3 : i64}
  llvm.store %s, %pr : f64, !llvm.ptr
  return
}
sparsead.gradient @G of @product
  objects = [#sparsead.object<"x", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
             #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
  inputs = [0] outputs = [1]

// Memory that the loop changes belongs to the state, a log does not, and is left alone when steps are run again.
// CHECK-LABEL: func.func @memory.adjoint(
// CHECK: call @sparsead_rt_checkpoint_argument(%arg4, %c1{{[^)]*}})
// CHECK-NOT: sparsead_rt_checkpoint_block
// CHECK: llvm.store %{{.*}} : f32
// CHECK: sparsead_rt_checkpoint_reverse
// CHECK-NOT: llvm.store %{{.*}} : f32
// CHECK: return
func.func @memory(%pn: !llvm.ptr, %px: !llvm.ptr, %plog: !llvm.ptr, %pr: !llvm.ptr) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %n = llvm.load %pn : !llvm.ptr -> i32
  %x = llvm.load %px : !llvm.ptr -> !llvm.ptr
  %log = llvm.load %plog : !llvm.ptr -> !llvm.ptr
  scf.for %i = %c0 to %n step %c1 : i32 {
    %v = llvm.load %x : !llvm.ptr -> f64
    %w = math.sin %v : f64
    llvm.store %w, %x : f64, !llvm.ptr
    %p = llvm.getelementptr %log[%i] : (!llvm.ptr, i32) -> !llvm.ptr, f32
    %t = arith.sitofp %i : i32 to f32
    llvm.store %t, %p : f32, !llvm.ptr
  } {sparsead.checkpoint = 2 : i64}
  %f = llvm.load %x : !llvm.ptr -> f64
  llvm.store %f, %pr : f64, !llvm.ptr
  return
}
sparsead.gradient @M of @memory
  objects = [#sparsead.object<"x", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
             #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
  inputs = [0] outputs = [1]
