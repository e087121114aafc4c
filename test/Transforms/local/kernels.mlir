// The kernel of the local strategy: tables of sites, a loop in three parts, values of the interior in constant places.
// RUN: %sparsead-opt %s --split-input-file --sparsead-local --canonicalize --cse | %FileCheck %s

// r[i] = u[i] * u[i+1] + u[i-1]: three slots, columns i, i+1, i-1 at offsets 1, 2, 0 of rows three values apart.
// CHECK-LABEL: func.func @stencil.local(
// CHECK-SAME: %[[V:[a-z0-9]+]]: !llvm.ptr, %[[S:[a-z0-9]+]]: !llvm.ptr, %[[B:[a-z0-9]+]]: !llvm.ptr, %[[WORDS:[a-z0-9]+]]: i64, %[[PARTIALS:[a-z0-9]+]]: i64)
// CHECK-SAME: sparsead.local = {loops = 1 : i64, shadows = false
// CHECK-SAME: {kind = 0 : i64, loop = 0 : i64, offsets = array<i64: 1, 2, 0>, partials = 3 : i64, slots = 3 : i64, sources = array<i64>, stride = 3 : i64}
// CHECK-SAME: width = 0 : i64
// The fast range and the base come from the stream.
// CHECK: %[[FIRST:.*]] = llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr -> i64
// CHECK: %[[LAST:.*]] = llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr -> i64
// CHECK: %[[BASE:.*]] = llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr -> i64
// It lies in the interior of this call; the buffer holds what the first iterations write.
// CHECK: arith.cmpi sle, %{{.*}}, %[[FIRST]]
// CHECK: arith.cmpi sle, %[[LAST]], %{{.*}}
// CHECK: call @sparsead_rt_structure_changed()
// CHECK: %[[ROOM:.*]] = arith.subi %[[PARTIALS]],
// CHECK: arith.divui %[[ROOM]], %{{.*}}
// CHECK: call @sparsead_rt_structure_changed()
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[FIRST]]
// CHECK-NOT: sparsead_rt_structure_changed
// CHECK: llvm.getelementptr %[[B]]
// CHECK: scf.for %[[I:.*]] = %[[FIRST]] to %[[LAST]]
// CHECK: %[[U0:.*]] = llvm.load
// CHECK: %[[U1:.*]] = llvm.load
// CHECK: %[[ROW:.*]] = llvm.getelementptr %[[V]]
// CHECK: llvm.store %{{.*}}, %[[ROW]]
// CHECK: %[[P1:.*]] = llvm.getelementptr %[[ROW]][1]
// CHECK: llvm.store %[[U1]], %[[P1]]
// CHECK: %[[P2:.*]] = llvm.getelementptr %[[ROW]][2]
// CHECK: llvm.store %[[U0]], %[[P2]]
// CHECK: scf.for %{{.*}} = %[[LAST]] to
// No less than was planned:
// CHECK: arith.cmpi ne, %{{.*}}, %[[WORDS]]
// CHECK: arith.cmpi ne, %{{.*}}, %[[PARTIALS]]
// Without stores to the output:
// CHECK-LABEL: func.func @stencil.values(
// CHECK-NOT: sparsead.local
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @stencil(%pn: !llvm.ptr, %pu: !llvm.ptr, %pr: !llvm.ptr) {
  %one = arith.constant 1 : i64
  %n = llvm.load %pn : !llvm.ptr -> i64
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %last = arith.subi %n, %one overflow<nsw> : i64
  scf.for %i = %one to %last step %one : i64 {
    %next = arith.addi %i, %one overflow<nsw> : i64
    %before = arith.subi %i, %one overflow<nsw> : i64
    %a0 = llvm.getelementptr %u[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %a1 = llvm.getelementptr %u[%next] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %a2 = llvm.getelementptr %u[%before] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %x0 = llvm.load %a0 : !llvm.ptr -> f64
    %x1 = llvm.load %a1 : !llvm.ptr -> f64
    %x2 = llvm.load %a2 : !llvm.ptr -> f64
    %p = arith.mulf %x0, %x1 : f64
    %s = arith.addf %p, %x2 : f64
    %ar = llvm.getelementptr %r[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    llvm.store %s, %ar : f64, !llvm.ptr
  }
  return
}
sparsead.jacobian @J of @stencil
    objects = [#sparsead.object<"u", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 2, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>

// -----

// A sum over a loop: swept by a second run of the loop, each iteration with a partial of its own.
// CHECK-LABEL: func.func @dot.local(
// CHECK-SAME: sparsead.local = {loops = 0 : i64
// CHECK-SAME: {kind = 0 : i64, loop = -1 : i64, offsets = array<i64>, partials = 0 : i64, slots = 0 : i64, sources = array<i64>, stride = 0 : i64}
// CHECK: %[[SUM:.*]] = scf.for
// CHECK: llvm.store %[[SUM]], %{{.*}} : f64, !llvm.ptr
// CHECK: scf.for
// CHECK: %[[W:.*]] = llvm.load %{{.*}} : !llvm.ptr -> f64
// CHECK: llvm.store %[[W]], %{{.*}} {alignment = 8 : i64} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @dot(%pn: !llvm.ptr, %pw: !llvm.ptr, %pu: !llvm.ptr, %pr: !llvm.ptr) {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %start = arith.constant 0.0 : f64
  %n = llvm.load %pn : !llvm.ptr -> i64
  %w = llvm.load %pw : !llvm.ptr -> !llvm.ptr
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %sum = scf.for %i = %zero to %n step %one iter_args(%s = %start) -> (f64) : i64 {
    %aw = llvm.getelementptr %w[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %au = llvm.getelementptr %u[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %xw = llvm.load %aw : !llvm.ptr -> f64
    %xu = llvm.load %au : !llvm.ptr -> f64
    %p = arith.mulf %xw, %xu : f64
    %t = arith.addf %s, %p : f64
    scf.yield %t : f64
  }
  llvm.store %sum, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @dot
    objects = [#sparsead.object<"u", arg = 2, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 3, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>
