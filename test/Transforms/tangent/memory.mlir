// Shadows of the function's own memory.
// RUN: %sparsead-opt %s --split-input-file --sparsead-tangent --canonicalize --cse | %FileCheck %s

// Small locals on the stack, heap memory from the workspace; copies and fills act on both, scaled; the user's other
// memory has no shadow.
// CHECK-LABEL: func.func private @memory.tangent.w4.body(
// CHECK-SAME: %[[WS:[a-z0-9]*]]: !llvm.ptr) {
// CHECK: %[[S:.*]] = llvm.alloca %{{.*}} x !llvm.array<2 x f64>
// CHECK: %[[SS:.*]] = llvm.alloca %c64_i64 x i8
// CHECK: "llvm.intr.memset"(%[[SS]], %{{.*}}, %c64_i64)
// CHECK: %[[H:.*]] = llvm.call @malloc(%c16_i64)
// CHECK: %[[HS:.*]] = call @sparsead_rt_tangent_alloc(%[[WS]], %c64_i64)
// CHECK: "llvm.intr.memset"(%[[HS]], %{{.*}}, %c64_i64)
// CHECK: "llvm.intr.memset"(%[[H]], %{{.*}}, %c16_i64)
// CHECK: llvm.store %{{.*}}, %[[SS]] {{.*}}: vector<4xf64>, !llvm.ptr
// CHECK: "llvm.intr.memmove"(%[[HS]], %[[SS]], %c64_i64)
// CHECK: "llvm.intr.memcpy"(%[[H]], %[[S]], %c16_i64)
// CHECK: llvm.load %[[HS]] {{.*}}: !llvm.ptr -> vector<4xf64>
// CHECK: call @sparsead_rt_tangent_free(%[[WS]], %[[HS]])
// CHECK: llvm.call @free(%[[H]])
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
