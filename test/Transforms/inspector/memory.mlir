// Marks of memory: what is loaded, stored, copied, filled, allocated, and what is checked.
// RUN: %sparsead-opt %s --split-input-file --sparsead-inspector --canonicalize --cse | %FileCheck %s

// The pass's example. Active data is not read: only its mark, after a check of its place; a store at a known place
// replaces the mark.
// CHECK-LABEL: func.func private @strong.inspect.body(
// CHECK-SAME: %{{.*}}: !llvm.ptr, %[[PUS:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[PRS:.*]]: !llvm.ptr, %[[CTX:.*]]: !llvm.ptr)
// CHECK-DAG: %[[US:.*]] = llvm.load %[[PUS]] {{.*}}: !llvm.ptr -> !llvm.ptr
// CHECK-DAG: %[[RS:.*]] = llvm.load %[[PRS]] {{.*}}: !llvm.ptr -> !llvm.ptr
// CHECK: call @sparsead_rt_check(%[[CTX]], %[[US]],
// CHECK: llvm.load %[[US]] {alignment = 4 : i64} : !llvm.ptr -> i32
// CHECK-NOT: f64
// CHECK: arith.maxsi
// CHECK: call @sparsead_rt_check(%[[CTX]], %[[RS]],
// CHECK: llvm.store %{{.*}}, %[[RS]] {alignment = 4 : i64} : i32, !llvm.ptr
// CHECK-NOT: sparsead_rt_store
// CHECK: return
// The entry has the signature of inspect_function: args, shadows, result, its shadow, the inspector.
// CHECK-LABEL: func.func @strong.inspect(
// CHECK-SAME: %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[CTX:.*]]: !llvm.ptr) {
// CHECK: call @strong.inspect.body({{.*}}, %[[CTX]])
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @strong(%pu: !llvm.ptr, %pr: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  %y = arith.mulf %x, %x : f64
  llvm.store %y, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @strong
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>

// -----

// A subscript made from active data may be any multiple of 8 in the array: weak load, weak store.
// CHECK-LABEL: func.func private @weak.inspect.body(
// CHECK-NOT: fptosi
// CHECK: %[[M:.*]] = call @sparsead_rt_load_any(%{{.*}}, %{{.*}}, %c8_i32, %c8_i32, %c1_i32)
// CHECK: call @sparsead_rt_store_any(%{{.*}}, %{{.*}}, %c8_i32, %c8_i32, %{{.*}}, %c1_i32)
// CHECK: return
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @weak(%pu: !llvm.ptr, %pr: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  %i = arith.fptosi %x : f64 to i64
  %q = llvm.getelementptr %u[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
  %y = llvm.load %q : !llvm.ptr -> f64
  %p = llvm.getelementptr %r[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
  llvm.store %y, %p : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @weak
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>

// -----

// Locals and heap memory get shadows of their own; copies and fills act on marks and primal; the user's other memory is
// written through the undo log; memory is freed when no other path needs it.
// CHECK-LABEL: func.func private @memory.inspect.body(
// CHECK: %[[SCOPE:.*]] = call @sparsead_rt_scope_begin
// CHECK: %[[S:.*]] = llvm.alloca
// CHECK: %[[SS:.*]] = call @sparsead_rt_local(%{{.*}}, %[[S]], %c16_i64)
// CHECK: %[[H:.*]] = llvm.call @malloc
// CHECK: %[[HS:.*]] = call @sparsead_rt_heap(%{{.*}}, %[[H]], %c16_i64)
// CHECK: call @sparsead_rt_fill(%{{.*}}, %[[HS]], %[[H]],
// CHECK: llvm.store %{{.*}}, %[[SS]] {alignment = 4 : i64} : i32
// CHECK: call @sparsead_rt_copy(%{{.*}}, %[[HS]], %[[H]], %{{.*}}, %[[SS]], %[[S]],
// CHECK: llvm.load %[[HS]] {alignment = 4 : i64} : !llvm.ptr -> i32
// CHECK: call @sparsead_rt_store_plain(
// CHECK: %[[NOW:.*]] = call @sparsead_rt_release(%{{.*}}, %[[HS]], %[[H]], %c0_i32)
// CHECK: %[[FREE:.*]] = arith.cmpi ne, %[[NOW]]
// CHECK: scf.if %[[FREE]]
// CHECK: llvm.call @free(%[[H]])
// CHECK: call @sparsead_rt_scope_end(%{{.*}}, %[[SCOPE]])
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
llvm.func @malloc(i64) -> !llvm.ptr
llvm.func @free(!llvm.ptr)
func.func @memory(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %one = arith.constant 1 : i32
  %size = arith.constant 16 : i64
  %byte = arith.constant 0 : i8
  %zero = arith.constant 0.0 : f64
  %s = llvm.alloca %one x !llvm.array<2 x f64> : (i32) -> !llvm.ptr
  %h = llvm.call @malloc(%size) : (i64) -> !llvm.ptr
  "llvm.intr.memset"(%h, %byte, %size) <{isVolatile = false}> : (!llvm.ptr, i8, i64) -> ()
  %x = llvm.load %pu : !llvm.ptr -> f64
  llvm.store %x, %s : f64, !llvm.ptr
  "llvm.intr.memcpy"(%h, %s, %size) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
  %y = llvm.load %h : !llvm.ptr -> f64
  llvm.store %y, %pr : f64, !llvm.ptr
  llvm.store %zero, %ctx : f64, !llvm.ptr
  llvm.call @free(%h) : (!llvm.ptr) -> ()
  return
}
sparsead.jacobian @J of @memory
    objects = [#sparsead.object<"u", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"], widths = array<i64: 1, 4>} : tensor<?x?xf64, #CSR>
