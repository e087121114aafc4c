// The examples of `sparsead-raise` and `sparsead-normalize-loops`.
// RUN: %sparsead-opt %s --split-input-file --sparsead-raise | %FileCheck %s --check-prefix=RAISE
// RUN: %sparsead-opt %s --split-input-file --pass-pipeline="builtin.module(func.func(sparsead-normalize-loops),canonicalize)" | %FileCheck %s --check-prefix=LOOPS

// RAISE-LABEL: func.func @f(
// RAISE-SAME: %[[X:.*]]: f64) -> f64
// RAISE: %[[S:.*]] = arith.mulf %[[X]], %[[X]] : f64
// RAISE: %[[Y:.*]] = math.sin %[[S]] : f64
// RAISE: return %[[Y]] : f64
llvm.func @sin(f64) -> f64
llvm.func @f(%x: f64) -> f64 {
  %0 = llvm.fmul %x, %x : f64
  %1 = llvm.call @sin(%0) : (f64) -> f64
  llvm.return %1 : f64
}

// -----

// LOOPS-LABEL: func.func @count(
// LOOPS-SAME: %[[N:.*]]: i32)
// LOOPS: scf.for %[[K:.*]] = %c0_i32 to %[[N]] step %c1_i32
// LOOPS: %[[I:.*]] = arith.subi %[[N]], %[[K]]
// LOOPS: func.call @body(%[[I]])
func.func private @body(i32)
func.func @count(%n: i32) {
  %c0 = arith.constant 0 : i32
  %cm1 = arith.constant -1 : i32
  %r = scf.while (%i = %n) : (i32) -> i32 {
    %c = arith.cmpi sgt, %i, %c0 : i32
    scf.condition(%c) %i : i32
  } do {
  ^bb0(%i: i32):
    func.call @body(%i) : (i32) -> ()
    %next = arith.addi %i, %cm1 overflow<nsw> : i32
    scf.yield %next : i32
  }
  return
}
