// Calls of the C library, and traps that throw.
// RUN: %sparsead-opt %s --sparsead-lower | %FileCheck %s

// CHECK-DAG: llvm.mlir.global private constant @[[NEGATIVE:.*]]("assertion failed: x >= 0\00")
// CHECK-DAG: llvm.mlir.global private constant @[[OTHER:.*]]("other\00")
// CHECK-DAG: func.func private @lgamma(f64) -> f64
// CHECK-DAG: func.func private @jn(i32, f64) -> f64
// CHECK-DAG: func.func private @sparsead_rt_fail(!llvm.ptr)

// CHECK-LABEL: func.func @library(
// CHECK: %[[A:.*]] = call @lgamma(%{{.*}}) : (f64) -> f64
// CHECK: %[[B:.*]] = call @jn(%{{.*}}, %[[A]]) : (i32, f64) -> f64
// CHECK: call @lgamma(%[[B]]) : (f64) -> f64
func.func @library(%x: f64, %n: i32) -> f64 {
  %a = sparsead.libm "lgamma"(%x) : (f64) -> f64
  %b = sparsead.libm "jn"(%n, %a) : (i32, f64) -> f64
  %c = sparsead.libm "lgamma"(%b) : (f64) -> f64
  return %c : f64
}

// Zero where one factor is, whatever the other.
// CHECK-LABEL: func.func @scale(
// CHECK-DAG: %[[X:.*]] = arith.cmpf une, %arg0, %[[ZERO:.*]] : f64
// CHECK-DAG: %[[Y:.*]] = arith.cmpf une, %arg1, %[[ZERO]] : f64
// CHECK: %[[BOTH:.*]] = arith.andi %[[X]], %[[Y]]
// CHECK: %[[XY:.*]] = arith.mulf %arg0, %arg1 fastmath<contract> : f64
// CHECK: arith.select %[[BOTH]], %[[XY]], %[[ZERO]]
func.func @scale(%x: f64, %y: f64) -> f64 {
  %z = sparsead.scale %x, %y fastmath<contract> : f64
  return %z : f64
}

// Equal texts are one constant.
// CHECK-LABEL: func.func @traps(
// CHECK: scf.if %{{.*}} {
// CHECK: %[[T:.*]] = llvm.mlir.addressof @[[NEGATIVE]]
// CHECK: func.call @sparsead_rt_fail(%[[T]])
// CHECK: scf.if
// CHECK: llvm.mlir.addressof @[[NEGATIVE]]
// CHECK: scf.if
// CHECK: llvm.mlir.addressof @[[OTHER]]
func.func @traps(%a: i1, %b: i1) {
  sparsead.trap_if %a, "assertion failed: x >= 0"
  sparsead.trap_if %b, "assertion failed: x >= 0"
  sparsead.trap_if %b, "other"
  return
}
