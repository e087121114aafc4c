// Memrefs become base address, offset, sizes and strides, as far as their types leave them open; index becomes i64.
// RUN: %sparsead-opt %s --split-input-file --sparsead-memref-to-pointers --canonicalize --cse | %FileCheck %s

// The example of the documentation.
// CHECK-LABEL: func.func @f(
// CHECK-SAME: %[[U:.*]]: !llvm.ptr, %{{.*}}: i64, %[[I:.*]]: i64) -> f64
// CHECK-NEXT: %[[P:.*]] = llvm.getelementptr %[[U]][%[[I]]] : (!llvm.ptr, i64) -> !llvm.ptr, f64
// CHECK-NEXT: %[[X:.*]] = llvm.load %[[P]] : !llvm.ptr -> f64
// CHECK-NEXT: return %[[X]] : f64
func.func @f(%u: memref<?xf64>, %i: index) -> f64 {
  %x = memref.load %u[%i] : memref<?xf64>
  return %x : f64
}

// -----

// Known strides show in the types of the address.
// CHECK-LABEL: func.func @matrix(
// CHECK-SAME: %[[A:.*]]: !llvm.ptr, %{{.*}}: i64, %[[I:.*]]: i64, %[[J:.*]]: i64)
// CHECK: %[[ROW:.*]] = llvm.getelementptr %[[A]][%[[I]]] {{.*}} !llvm.array<4 x f32>
// CHECK: %[[P:.*]] = llvm.getelementptr %[[ROW]][%[[J]]] {{.*}} f32
// CHECK: llvm.store %{{.*}}, %[[P]] : f32, !llvm.ptr
func.func @matrix(%a: memref<?x4xf32>, %i: index, %j: index) {
  %c = arith.constant 1.0 : f32
  memref.store %c, %a[%i, %j] : memref<?x4xf32>
  return
}

// -----

// Strides of the identity layout follow from sizes; a dimension chosen at run time is one of them.
// CHECK-LABEL: func.func @dims(
// CHECK-SAME: %[[A:.*]]: !llvm.ptr, %[[M:.*]]: i64, %[[N:.*]]: i64, %[[I:.*]]: i64, %[[D:.*]]: i64) -> (i32, i64)
// CHECK-DAG: %[[ROW:.*]] = arith.muli %[[I]], %[[N]] overflow<nsw> : i64
// CHECK-DAG: %[[P:.*]] = llvm.getelementptr %[[A]][%[[ROW]]] {{.*}} i32
// CHECK-DAG: %[[Q:.*]] = llvm.getelementptr %[[P]][%[[I]]] {{.*}} i32
// CHECK-DAG: arith.cmpi eq, %[[D]], %{{.*}} : i64
// CHECK-DAG: arith.select %{{.*}}, %[[N]], %{{.*}} : i64
// CHECK: return
func.func @dims(%a: memref<?x?xi32>, %i: index, %d: index) -> (i32, index) {
  %n = memref.dim %a, %d : memref<?x?xi32>
  %x = memref.load %a[%i, %i] : memref<?x?xi32>
  return %x, %n : i32, index
}

// -----

// Loops stay loops, on i64; memrefs pass through them.
// CHECK-LABEL: func.func @swap(
// CHECK-SAME: %[[A:.*]]: !llvm.ptr, %[[N:.*]]: i64, %[[B:.*]]: !llvm.ptr, %{{.*}}: i64)
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[N]] step %{{.*}} iter_args({{.*}}) -> (!llvm.ptr, i64, !llvm.ptr, i64) : i64
// CHECK-NOT: memref
// CHECK: return
func.func @swap(%a: memref<?xf64>, %b: memref<?xf64>) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = memref.dim %a, %c0 : memref<?xf64>
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%p = %a, %q = %b) -> (memref<?xf64>, memref<?xf64>) {
    %x = memref.load %p[%i] : memref<?xf64>
    memref.store %x, %q[%i] : memref<?xf64>
    scf.yield %q, %p : memref<?xf64>, memref<?xf64>
  }
  %x = memref.load %r#0[%c0] : memref<?xf64>
  return %x : f64
}

// -----

// Allocation, copies of dense memory, release.
// CHECK-LABEL: func.func @work(
// CHECK-SAME: %[[A:.*]]: !llvm.ptr, %[[N:.*]]: i64)
// CHECK: %[[BYTES:.*]] = arith.muli %[[N]], %c8{{.*}} : i64
// CHECK: %[[W:.*]] = llvm.call @malloc(%[[BYTES]])
// CHECK: "llvm.intr.memcpy"(%[[W]], %[[A]], %[[BYTES]])
// CHECK: llvm.alloca %{{.*}} x i64
// CHECK: llvm.call @free(%[[W]])
func.func @work(%a: memref<?xf64>) -> index {
  %c0 = arith.constant 0 : index
  %n = memref.dim %a, %c0 : memref<?xf64>
  %w = memref.alloc(%n) : memref<?xf64>
  memref.copy %a, %w : memref<?xf64> to memref<?xf64>
  %s = memref.alloca() : memref<3xindex>
  memref.store %n, %s[%c0] : memref<3xindex>
  %m = memref.load %s[%c0] : memref<3xindex>
  memref.dealloc %w : memref<?xf64>
  return %m : index
}

// -----

// Views are offsets and strides; a strided copy is a loop nest.
// CHECK-LABEL: func.func @views(
// CHECK: scf.for
// CHECK: scf.for
// CHECK: llvm.load
// CHECK: llvm.store
// CHECK-NOT: memref
// CHECK-LABEL: func.func @strided(
// CHECK-SAME: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i64, %{{.*}}: i64) -> f64
func.func @views(%a: memref<8x8xf64>, %o: index, %b: memref<2x3xf64>) -> f64 {
  %c1 = arith.constant 1 : index
  %v = memref.subview %a[%o, 1] [2, 3] [1, 2] : memref<8x8xf64> to memref<2x3xf64, strided<[8, 2], offset: ?>>
  memref.copy %v, %b : memref<2x3xf64, strided<[8, 2], offset: ?>> to memref<2x3xf64>
  %flat = memref.collapse_shape %b [[0, 1]] : memref<2x3xf64> into memref<6xf64>
  %part = memref.subview %flat[%o] [2] [2] : memref<6xf64> to memref<2xf64, strided<[2], offset: ?>>
  %open = memref.cast %part : memref<2xf64, strided<[2], offset: ?>> to memref<?xf64, strided<[?], offset: ?>>
  %x = func.call @strided(%open) : (memref<?xf64, strided<[?], offset: ?>>) -> f64
  return %x : f64
}
func.func @strided(%a: memref<?xf64, strided<[?], offset: ?>>) -> f64 {
  %c1 = arith.constant 1 : index
  %x = memref.load %a[%c1] : memref<?xf64, strided<[?], offset: ?>>
  return %x : f64
}

// -----

// Blocks carry the parts of memrefs; a transposition exchanges strides, a choice chooses each part.
// CHECK-LABEL: func.func @blocks(
// CHECK-SAME: %[[A:.*]]: !llvm.ptr, %{{.*}}: i64, %[[B:.*]]: !llvm.ptr, %{{.*}}: i64, %[[C:.*]]: i1, %[[I:.*]]: i64)
// CHECK: %[[ROW:.*]] = llvm.getelementptr %[[A]][%[[I]]]
// CHECK: %[[P:.*]] = llvm.getelementptr %[[ROW]][{{.*}}] {{.*}} !llvm.array<4 x f64>
// CHECK: llvm.load %[[P]]
// CHECK: arith.select %[[C]], %[[A]], %[[B]] : !llvm.ptr
// CHECK: cf.br ^{{.*}}(%{{.*}} : i64
// CHECK: llvm.load %{{.*}} : !llvm.ptr -> f64
func.func @blocks(%a: memref<?x4xf64>, %b: memref<?x4xf64>, %c: i1, %i: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %t = memref.transpose %a (i, j) -> (j, i) : memref<?x4xf64> to memref<4x?xf64, strided<[1, 4]>>
  %y = memref.load %t[%i, %c2] : memref<4x?xf64, strided<[1, 4]>>
  %s = arith.select %c, %a, %b : memref<?x4xf64>
  cf.br ^head(%c0, %s, %y : index, memref<?x4xf64>, f64)
^head(%k: index, %m: memref<?x4xf64>, %sum: f64):
  %more = arith.cmpi slt, %k, %i : index
  cf.cond_br %more, ^body, ^exit
^body:
  %x = memref.load %m[%k, %c2] : memref<?x4xf64>
  %next = arith.addi %k, %c2 : index
  %more_sum = arith.addf %sum, %x : f64
  cf.br ^head(%next, %m, %more_sum : index, memref<?x4xf64>, f64)
^exit:
  return %sum : f64
}

// -----

// Constant tables, and affine loops.
// CHECK: llvm.mlir.global internal constant @table(dense<[1, 2, 3, 4]> : tensor<4xi64>)
// CHECK-LABEL: func.func @affine(
// CHECK: llvm.mlir.addressof @table
// CHECK: scf.for
// CHECK: llvm.load %{{.*}} : !llvm.ptr -> i64
// CHECK: llvm.load %{{.*}} : !llvm.ptr -> f64
memref.global "private" constant @table : memref<2x2xindex> = dense<[[1, 2], [3, 4]]>
func.func @affine(%a: memref<9xf64>) {
  %c0 = arith.constant 0 : index
  %t = memref.get_global @table : memref<2x2xindex>
  affine.for %i = 0 to 2 {
    %k = affine.load %t[%i, %i] : memref<2x2xindex>
    %x = memref.load %a[%k] : memref<9xf64>
    affine.store %x, %a[2 * %i + 1] : memref<9xf64>
  }
  return
}

// -----

// A module without memrefs stays as it is.
// CHECK-LABEL: llvm.func @none(%arg0: !llvm.ptr) -> f64
llvm.func @none(%p: !llvm.ptr) -> f64 {
  %x = llvm.load %p : !llvm.ptr -> f64
  llvm.return %x : f64
}

// -----

// The request moves to a function of addresses: descriptors as in upstream's C interface, numbers, the result.
// CHECK-LABEL: func.func @g.sparsead(
// CHECK-SAME: %[[U:.*]]: !llvm.ptr, %[[K:.*]]: !llvm.ptr, %[[R:.*]]: !llvm.ptr)
// CHECK: %[[AT:.*]] = llvm.getelementptr %[[U]][8]
// CHECK: %[[BASE:.*]] = llvm.load %[[AT]] : !llvm.ptr -> !llvm.ptr
// CHECK: %[[SIZE:.*]] = llvm.getelementptr %[[U]][24]
// CHECK: %[[N:.*]] = llvm.load %[[SIZE]] : !llvm.ptr -> i64
// CHECK: %[[KV:.*]] = llvm.load %[[K]] : !llvm.ptr -> i64
// CHECK: %[[Y:.*]] = call @g(%[[BASE]], %[[N]], %[[KV]])
// CHECK: llvm.store %[[Y]], %[[R]] : f64, !llvm.ptr
// CHECK: sparsead.jacobian @J of @g.sparsead
// CHECK-SAME: argument_names = ["u", "argument 1"]
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @g(%u: memref<?xf64>, %k: index) -> f64 {
  %x = memref.load %u[%k] : memref<?xf64>
  return %x : f64
}
sparsead.jacobian @J of @g
    objects = [#sparsead.object<"u", arg = 0, path = [offset 8, deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>
