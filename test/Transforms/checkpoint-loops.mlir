// Marks become attributes of the innermost loop around them.
// RUN: %sparsead-opt %s --sparsead-checkpoint-loops --split-input-file --verify-diagnostics | %FileCheck %s
func.func private @__sparsead_checkpoint(i64)
// CHECK-NOT: __sparsead_checkpoint

// CHECK-LABEL: @loops
func.func @loops(%n: i64, %c: i1) {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  %c10 = arith.constant 10 : i64
  // Not in a loop any more.
  func.call @__sparsead_checkpoint(%c10) : (i64) -> ()
  // CHECK: scf.for
  scf.for %i = %c0 to %n step %c1 : i64 {
    // CHECK: scf.while
    scf.while : () -> () {
      scf.condition(%c)
    } do {
      // CHECK: scf.if
      scf.if %c {
        func.call @__sparsead_checkpoint(%c10) : (i64) -> ()
      }
      scf.yield
    // CHECK: } attributes {sparsead.checkpoint = 10 : i64}
    }
    func.call @__sparsead_checkpoint(%c0) : (i64) -> ()
  // CHECK: } {sparsead.checkpoint = 0 : i64}
  }
  return
}

// -----

func.func private @__sparsead_checkpoint(i64)
func.func @variable(%n: i64) {
  %c0 = arith.constant 0 : i64
  %c1 = arith.constant 1 : i64
  scf.for %i = %c0 to %n step %c1 : i64 {
    // expected-error@+1 {{the number of snapshots of SPARSEAD_CHECKPOINT is an integer constant, 0 for the compiler's choice}}
    func.call @__sparsead_checkpoint(%n) : (i64) -> ()
  }
  return
}
