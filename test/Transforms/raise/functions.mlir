// RUN: %sparsead-opt %s --sparsead-raise | %FileCheck %s

// Control flow.
// CHECK-LABEL: func.func @flow
// CHECK: cf.cond_br %{{.*}}, ^bb1, ^bb2(%{{.*}} : i32)
// CHECK: cf.br ^bb2
// CHECK: cf.switch %{{.*}} : i32, [
// CHECK-NEXT: default: ^bb3,
// CHECK-NEXT: 7: ^bb4
// CHECK: llvm.unreachable
llvm.func @flow(%c: i1, %n: i32) -> i32 {
  llvm.cond_br %c, ^a, ^b(%n : i32)
^a:
  llvm.br ^b(%n : i32)
^b(%m: i32):
  llvm.switch %m : i32, ^d [7: ^e]
^d:
  llvm.return %m : i32
^e:
  llvm.unreachable
}

// A struct is returned member by member.
// CHECK-LABEL: func.func private @pair
// CHECK-SAME: -> (f64, i32) attributes {llvm.linkage = #llvm.linkage<internal>}
// CHECK: return %{{.*}}, %{{.*}} : f64, i32
llvm.func internal @pair(%x: f64, %n: i32) -> !llvm.struct<(f64, i32)> {
  %0 = llvm.mlir.undef : !llvm.struct<(f64, i32)>
  %1 = llvm.insertvalue %x, %0[0] : !llvm.struct<(f64, i32)>
  %2 = llvm.insertvalue %n, %1[1] : !llvm.struct<(f64, i32)>
  llvm.return %2 : !llvm.struct<(f64, i32)>
}
// CHECK-LABEL: func.func @first
// CHECK: %[[R:.*]]:2 = call @pair(
// CHECK: llvm.insertvalue %[[R]]#0
llvm.func @first(%x: f64, %n: i32) -> f64 {
  %0 = llvm.call @pair(%x, %n) : (f64, i32) -> !llvm.struct<(f64, i32)>
  %1 = llvm.extractvalue %0[0] : !llvm.struct<(f64, i32)>
  llvm.return %1 : f64
}

// A function whose address is taken stays, with what it calls; direct calls go to a raised copy.
// CHECK-DAG: llvm.func @callback(
// CHECK-DAG: llvm.func @helper(
// CHECK-DAG: func.func private @callback.raised(
// CHECK-DAG: func.func private @helper.raised(
llvm.func @helper(%x: f64) -> f64 {
  llvm.return %x : f64
}
llvm.func @callback(%x: f64) -> f64 {
  %0 = llvm.call @helper(%x) : (f64) -> f64
  llvm.return %0 : f64
}
// CHECK-LABEL: func.func @indirect
// CHECK: llvm.mlir.addressof @callback
// CHECK: llvm.call %{{.*}}(
// CHECK: call @callback.raised(
llvm.func @indirect(%x: f64) -> f64 {
  %0 = llvm.mlir.addressof @callback : !llvm.ptr
  %1 = llvm.call %0(%x) : !llvm.ptr, (f64) -> f64
  %2 = llvm.call @callback(%1) : (f64) -> f64
  llvm.return %2 : f64
}

// A byval argument is copied by the callee.
// CHECK-LABEL: func.func @by_value(
// CHECK-SAME: %[[A:.*]]: !llvm.ptr, %
// CHECK: %[[COPY:.*]] = llvm.alloca
// CHECK: "llvm.intr.memcpy"(%[[COPY]], %[[A]], %{{.*}})
// CHECK: llvm.store %{{.*}}, %[[COPY]]
llvm.func @by_value(%a: !llvm.ptr {llvm.byval = !llvm.struct<(f64, f64, f64)>}, %x: f64) {
  llvm.store %x, %a : f64, !llvm.ptr
  llvm.return
}

// The front end's mark of a failed assertion.
llvm.mlir.global private constant @text("x > 0\00")
llvm.func @__sparsead_trap_if(i1, !llvm.ptr)
// CHECK-LABEL: func.func @asserts
// CHECK-SAME: %[[C:.*]]: i1
// CHECK-NEXT: sparsead.trap_if %[[C]], "x > 0"
// CHECK-NEXT: return
llvm.func @asserts(%c: i1) {
  %0 = llvm.mlir.addressof @text : !llvm.ptr
  llvm.call @__sparsead_trap_if(%c, %0) : (i1, !llvm.ptr) -> ()
  llvm.return
}

// Variadic functions, and calls without a raised callee, are left alone.
llvm.func @printf(!llvm.ptr, ...) -> i32
// CHECK-LABEL: func.func @prints
// CHECK: llvm.call @printf
llvm.func @prints(%p: !llvm.ptr) {
  %0 = llvm.call @printf(%p) vararg(!llvm.func<i32 (ptr, ...)>) : (!llvm.ptr) -> i32
  llvm.return
}
