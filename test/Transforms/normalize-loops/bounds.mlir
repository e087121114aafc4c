// RUN: %sparsead-opt %s --sparsead-normalize-loops --canonicalize | %FileCheck %s

// The example of the pass's documentation: down from n.
// CHECK-LABEL: func.func @down
// CHECK-SAME: (%[[N:.*]]: i32)
// CHECK: scf.for %[[K:.*]] = %c0_i32 to %[[N]] step %c1_i32 : i32
// CHECK: %[[I:.*]] = arith.subi %[[N]], %[[K]] overflow<nsw>
// CHECK: call @body(%[[I]])
func.func private @body(i32)
func.func @down(%n: i32) {
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

// The bound is n - 1 of another variable: c <= n - 1 is c < n. The counter's final value is the larger bound.
// CHECK-LABEL: func.func @less_equal
// CHECK-SAME: (%[[L:.*]]: i32, %[[N:.*]]: i32)
// CHECK: scf.for %[[I:.*]] = %[[L]] to %[[N]] step %c1_i32 : i32
// CHECK-NEXT: call @body(%[[I]])
// CHECK: %[[END:.*]] = arith.maxsi %[[L]], %[[N]]
// CHECK: return %[[END]]
func.func @less_equal(%l: i32, %n: i32) -> i32 {
  %c1 = arith.constant 1 : i32
  %r = scf.while (%i = %l) : (i32) -> i32 {
    %b = arith.subi %n, %c1 overflow<nsw> : i32
    %c = arith.cmpi sle, %i, %b : i32
    scf.condition(%c) %i : i32
  } do {
  ^bb0(%i: i32):
    func.call @body(%i) : (i32) -> ()
    %next = arith.addi %i, %c1 overflow<nsw> : i32
    scf.yield %next : i32
  }
  return %r : i32
}

// Pointers from one base: the number of elements is the index of the end.
// CHECK-LABEL: func.func @pointers
// CHECK-SAME: (%[[P:.*]]: !llvm.ptr, %[[N:.*]]: i64)
// CHECK: scf.for %[[K:.*]] = %c0_i64 to %[[N]] step %c1_i64 : i64
// CHECK-NEXT: %[[Q:.*]] = llvm.getelementptr inbounds %[[P]][%[[K]]]
// CHECK-NEXT: llvm.store %{{.*}}, %[[Q]]
func.func @pointers(%p: !llvm.ptr, %n: i64) {
  %zero = arith.constant 0.0 : f64
  %end = llvm.getelementptr inbounds %p[%n] : (!llvm.ptr, i64) -> !llvm.ptr, f64
  %r = scf.while (%q = %p) : (!llvm.ptr) -> !llvm.ptr {
    %c = llvm.icmp "ne" %q, %end : !llvm.ptr
    scf.condition(%c) %q : !llvm.ptr
  } do {
  ^bb0(%q: !llvm.ptr):
    llvm.store %zero, %q : f64, !llvm.ptr
    %next = llvm.getelementptr inbounds %q[1] : (!llvm.ptr) -> !llvm.ptr, f64
    scf.yield %next : !llvm.ptr
  }
  return
}

// An int counter against a long bound: the loop counts in 64 bits, the sign extension is the loop variable.
// CHECK-LABEL: func.func @widened
// CHECK-SAME: (%[[P:.*]]: !llvm.ptr, %[[N:.*]]: i64)
// CHECK: scf.for %[[I:.*]] = %c0_i64 to %[[N]] step %c1_i64 : i64
// CHECK-NEXT: llvm.getelementptr inbounds %[[P]][%[[I]]]
func.func @widened(%p: !llvm.ptr, %n: i64) {
  %zero = arith.constant 0.0 : f64
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %r = scf.while (%i = %c0) : (i32) -> i32 {
    %w = arith.extsi %i : i32 to i64
    %c = arith.cmpi slt, %w, %n : i64
    scf.condition(%c) %i : i32
  } do {
  ^bb0(%i: i32):
    %w = arith.extsi %i : i32 to i64
    %q = llvm.getelementptr inbounds %p[%w] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    llvm.store %zero, %q : f64, !llvm.ptr
    %next = arith.addi %i, %c1 overflow<nsw> : i32
    scf.yield %next : i32
  }
  return
}

// A 32-bit unsigned counter in steps of 3 may jump over its bound and wrap around: checked once.
// CHECK-LABEL: func.func @guarded
// CHECK-SAME: (%[[N:.*]]: i32)
// CHECK: %[[WRAPS:.*]] = arith.cmpi ugt, %[[N]], %c-3_i32
// CHECK: sparsead.trap_if %[[WRAPS]], "the counter of a loop wraps around"
// CHECK: scf.for unsigned
func.func @guarded(%n: i32) {
  %c0 = arith.constant 0 : i32
  %c3 = arith.constant 3 : i32
  %r = scf.while (%i = %c0) : (i32) -> i32 {
    %c = arith.cmpi ult, %i, %n : i32
    scf.condition(%c) %i : i32
  } do {
  ^bb0(%i: i32):
    func.call @body(%i) : (i32) -> ()
    %next = arith.addi %i, %c3 : i32
    scf.yield %next : i32
  }
  return
}

// A bound in memory that the loop writes to is read again in each iteration.
// CHECK-LABEL: func.func @overwritten
// CHECK-NOT: scf.for
func.func @overwritten(%p: !llvm.ptr, %n: !llvm.ptr) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %r = scf.while (%i = %c0) : (i32) -> i32 {
    %b = llvm.load %n : !llvm.ptr -> i32
    %c = arith.cmpi slt, %i, %b : i32
    scf.condition(%c) %i : i32
  } do {
  ^bb0(%i: i32):
    %w = arith.extsi %i : i32 to i64
    %q = llvm.getelementptr inbounds %p[%w] : (!llvm.ptr, i64) -> !llvm.ptr, i32
    llvm.store %c1, %q : i32, !llvm.ptr
    %next = arith.addi %i, %c1 overflow<nsw> : i32
    scf.yield %next : i32
  }
  return
}

// A loop that ends on data does not count.
// CHECK-LABEL: func.func @until
// CHECK-NOT: scf.for
func.func @until(%p: !llvm.ptr) {
  %zero = arith.constant 0.0 : f64
  %r = scf.while (%q = %p) : (!llvm.ptr) -> !llvm.ptr {
    %x = llvm.load %q : !llvm.ptr -> f64
    %c = arith.cmpf ogt, %x, %zero : f64
    scf.condition(%c) %q : !llvm.ptr
  } do {
  ^bb0(%q: !llvm.ptr):
    llvm.store %zero, %q : f64, !llvm.ptr
    %next = llvm.getelementptr inbounds %q[1] : (!llvm.ptr) -> !llvm.ptr, f64
    scf.yield %next : !llvm.ptr
  }
  return
}

// Unsigned, down in steps of 2 without a flag: it may pass 0. Left alone.
// CHECK-LABEL: func.func @passes_zero
// CHECK-NOT: scf.for
func.func @passes_zero(%n: i32) {
  %c0 = arith.constant 0 : i32
  %cm2 = arith.constant -2 : i32
  %r = scf.while (%i = %n) : (i32) -> i32 {
    %c = arith.cmpi ugt, %i, %c0 : i32
    scf.condition(%c) %i : i32
  } do {
  ^bb0(%i: i32):
    func.call @body(%i) : (i32) -> ()
    %next = arith.addi %i, %cm2 : i32
    scf.yield %next : i32
  }
  return
}
