// RUN: %sparsead-opt %s --sparsead-sink-stores | %FileCheck %s

// Every side ends with a store to one element: one store behind, however deep the sides are.
// CHECK-LABEL: func.func @chain
// CHECK: %[[P:.*]] = llvm.getelementptr inbounds %arg0[%arg1]
// CHECK: %[[V:.*]] = scf.if %{{.*}} -> (f64) {
// CHECK:   scf.yield %arg4 : f64
// CHECK: } else {
// CHECK:   %[[W:.*]] = scf.if %{{.*}} -> (f64) {
// CHECK:     scf.yield %arg5 : f64
// CHECK:   } else {
// CHECK:     scf.yield %{{.*}} : f64
// CHECK:   }
// CHECK:   scf.yield %[[W]] : f64
// CHECK: }
// CHECK: llvm.store %[[V]], %[[P]]
// CHECK-NOT: llvm.store
func.func @chain(%p: !llvm.ptr, %i: i64, %x: f64, %y: f64, %a: f64, %b: f64) {
  %c = arith.cmpf olt, %x, %y : f64
  %d = arith.cmpf olt, %y, %a : f64
  scf.if %c {
    %q = llvm.getelementptr inbounds %p[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    llvm.store %a, %q {alignment = 8 : i64} : f64, !llvm.ptr
  } else {
    scf.if %d {
      %q = llvm.getelementptr inbounds %p[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
      llvm.store %b, %q {alignment = 8 : i64} : f64, !llvm.ptr
    } else {
      %s = arith.addf %a, %b : f64
      %q = llvm.getelementptr inbounds %p[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
      llvm.store %s, %q {alignment = 8 : i64} : f64, !llvm.ptr
    }
  }
  return
}

// Beside other results; the sides of a switch; two stores of one side.
// CHECK-LABEL: func.func @switch
// CHECK: %[[V:.*]]:3 = scf.index_switch %{{.*}} -> f64, f64, f64
// CHECK: llvm.store %[[V]]#2, %{{.*}}
// CHECK: llvm.store %[[V]]#1, %{{.*}}
// CHECK: return %[[V]]#0
func.func @switch(%p: !llvm.ptr, %i: index, %a: f64, %b: f64) -> f64 {
  %c0 = arith.constant 0 : index
  %c = arith.cmpf olt, %a, %b : f64
  %k = arith.select %c, %i, %c0 : index
  %q = llvm.getelementptr %p[1] : (!llvm.ptr) -> !llvm.ptr, f64
  %r = scf.index_switch %k -> f64
  case 0 {
    llvm.store %a, %p : f64, !llvm.ptr
    llvm.store %b, %q : f64, !llvm.ptr
    scf.yield %a : f64
  }
  default {
    llvm.store %b, %p : f64, !llvm.ptr
    llvm.store %a, %q : f64, !llvm.ptr
    scf.yield %b : f64
  }
  return %r : f64
}

// Other places, memory that is read afterwards, volatile stores, addresses that a side computes from memory: as they are.
// CHECK-LABEL: func.func @others
// So are conditions that are known while planning, and sides that add to what is there.
// CHECK-COUNT-12: llvm.store
// CHECK: return
func.func @others(%p: !llvm.ptr, %q: !llvm.ptr, %known: i1, %a: f64, %b: f64) -> f64 {
  %c = arith.cmpf olt, %a, %b : f64
  scf.if %known {
    llvm.store %a, %p : f64, !llvm.ptr
  } else {
    llvm.store %b, %p : f64, !llvm.ptr
  }
  scf.if %c {
    %old = llvm.load %p : !llvm.ptr -> f64
    %new = arith.addf %old, %a : f64
    llvm.store %new, %p : f64, !llvm.ptr
  } else {
    llvm.store %b, %p : f64, !llvm.ptr
  }
  scf.if %c {
    llvm.store %a, %p : f64, !llvm.ptr
  } else {
    llvm.store %b, %q : f64, !llvm.ptr
  }
  %x = scf.if %c -> f64 {
    llvm.store %a, %p : f64, !llvm.ptr
    %y = llvm.load %q : !llvm.ptr -> f64
    scf.yield %y : f64
  } else {
    llvm.store %b, %p : f64, !llvm.ptr
    scf.yield %b : f64
  }
  scf.if %c {
    llvm.store volatile %a, %p : f64, !llvm.ptr
  } else {
    llvm.store volatile %b, %p : f64, !llvm.ptr
  }
  scf.if %c {
    %s = llvm.load %q : !llvm.ptr -> !llvm.ptr
    llvm.store %a, %s : f64, !llvm.ptr
  } else {
    %s = llvm.load %q : !llvm.ptr -> !llvm.ptr
    llvm.store %b, %s : f64, !llvm.ptr
  }
  return %x : f64
}
