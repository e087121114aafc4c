// RUN: %sparsead-opt %s --canonicalize | %FileCheck %s

// CHECK-LABEL: func.func @never
// CHECK-NEXT: return
func.func @never() {
  %false = arith.constant false
  sparsead.trap_if %false, "never"
  return
}

// A function of math.h without a use is dead.
// CHECK-LABEL: func.func @dead
// CHECK-NEXT: return
func.func @dead(%x: f64) {
  %0 = sparsead.libm "tgamma"(%x) : (f64) -> f64
  return
}
