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
