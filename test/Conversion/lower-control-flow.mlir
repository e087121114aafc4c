// Structured control flow to branches, nested and one behind the other.
// RUN: %sparsead-opt %s --sparsead-lower-control-flow | %FileCheck %s

// CHECK-LABEL: func.func @nested(
// CHECK-NOT: scf.
// CHECK: cf.br ^[[HEAD:bb[0-9]+]](
// CHECK: ^[[HEAD]](%[[I:.*]]: index
// CHECK: %[[C:.*]] = arith.cmpi slt, %[[I]]
// CHECK: cf.cond_br %[[C]], ^[[BODY:bb[0-9]+]], ^[[END:bb[0-9]+]]
// CHECK: ^[[BODY]]:
// CHECK: cf.cond_br %{{.*}}, ^[[THEN:bb[0-9]+]], ^[[ELSE:bb[0-9]+]]
// CHECK: ^[[END]]:
// CHECK: return
func.func @nested(%n: index, %c: i1, %x: f64) -> f64 {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %r = scf.for %i = %zero to %n step %one iter_args(%s = %x) -> f64 {
    %t = scf.if %c -> f64 {
      %a = arith.mulf %s, %s : f64
      scf.yield %a : f64
    } else {
      scf.yield %s : f64
    }
    scf.yield %t : f64
  }
  return %r : f64
}

// CHECK-LABEL: func.func @row(
// CHECK-NOT: scf.
// CHECK-COUNT-3: cf.cond_br
// CHECK: return
func.func @row(%k: i32, %p: !llvm.ptr, %x: f64) {
  %zero = arith.constant 0 : i32
  %c = arith.cmpi sgt, %k, %zero : i32
  scf.if %c {
    llvm.store %x, %p : f64, !llvm.ptr
  }
  scf.while : () -> () {
    %v = llvm.load %p : !llvm.ptr -> i32
    %d = arith.cmpi sgt, %v, %zero : i32
    scf.condition(%d)
  } do {
    llvm.store %zero, %p : i32, !llvm.ptr
    scf.yield
  }
  scf.if %c {
    llvm.store %k, %p : i32, !llvm.ptr
  }
  return
}

// A loop whose first block is what a branch begins with.
// CHECK-LABEL: func.func @loop_first(
// CHECK-NOT: scf.
// CHECK: return
func.func @loop_first(%n: i32, %c: i1, %p: !llvm.ptr) -> i32 {
  %r = scf.if %c -> i32 {
    %w:2 = scf.while (%i = %n, %s = %n) : (i32, i32) -> (i32, i32) {
      %t = scf.if %c -> i32 {
        %v = llvm.load %p : !llvm.ptr -> i32
        scf.yield %v : i32
      } else {
        scf.yield %s : i32
      }
      %d = arith.cmpi sgt, %t, %i : i32
      scf.condition(%d) %t, %i : i32, i32
    } do {
    ^bb0(%i: i32, %s: i32):
      scf.yield %s, %i : i32, i32
    }
    scf.yield %w#0 : i32
  } else {
    scf.yield %n : i32
  }
  return %r : i32
}
