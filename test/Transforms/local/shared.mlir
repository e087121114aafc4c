// Partials that are the same up to sign and rounding are written once: the gradient of an element's energy has symmetric
// derivatives, and what two elements of opposite signs get has opposite ones.
// RUN: %sparsead-opt %s --sparsead-local --canonicalize --cse | %FileCheck %s

// d = u[p] - u[q], s = v[p] - v[q];  r[p] += (d * s) * s, r[q] -= the same, t[p] += d * (s * d):
// by u[p], u[q], v[p], v[q]: s*s, -s*s, 2*d*s, -2*d*s; the same with the other sign; and 2*d*s, -2*d*s, d*d, -d*d.
// CHECK-LABEL: func.func @pair.local(
// CHECK-SAME: partials = 2 : i64, slots = 4 : i64, sources = array<i64: 0, 1, 2, 3>
// CHECK-SAME: partials = 0 : i64, slots = 4 : i64, sources = array<i64: -3, -4, -1, -2>
// CHECK-SAME: partials = 1 : i64, slots = 4 : i64, sources = array<i64: -2, -1, 0, 1>
// Three are written.
// CHECK: scf.for
// CHECK-COUNT-3: llvm.store %{{.*}}, %{{.*}} {alignment = 8 : i64} : f64, !llvm.ptr
// CHECK-NOT: {alignment = 8 : i64} : f64, !llvm.ptr
// CHECK: return
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @pair(%pm: !llvm.ptr, %pe: !llvm.ptr, %pu: !llvm.ptr, %pv: !llvm.ptr, %pr: !llvm.ptr, %pt: !llvm.ptr) {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %two = arith.constant 2 : i64
  %m = llvm.load %pm : !llvm.ptr -> i64
  %e = llvm.load %pe : !llvm.ptr -> !llvm.ptr
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %v = llvm.load %pv : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %t = llvm.load %pt : !llvm.ptr -> !llvm.ptr
  scf.for %i = %zero to %m step %one : i64 {
    %k = arith.muli %i, %two overflow<nsw> : i64
    %k1 = arith.addi %k, %one overflow<nsw> : i64
    %ap = llvm.getelementptr %e[%k] : (!llvm.ptr, i64) -> !llvm.ptr, i64
    %aq = llvm.getelementptr %e[%k1] : (!llvm.ptr, i64) -> !llvm.ptr, i64
    %p = llvm.load %ap : !llvm.ptr -> i64
    %q = llvm.load %aq : !llvm.ptr -> i64
    %aup = llvm.getelementptr %u[%p] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %auq = llvm.getelementptr %u[%q] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %avp = llvm.getelementptr %v[%p] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %avq = llvm.getelementptr %v[%q] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %up = llvm.load %aup : !llvm.ptr -> f64
    %uq = llvm.load %auq : !llvm.ptr -> f64
    %vp = llvm.load %avp : !llvm.ptr -> f64
    %vq = llvm.load %avq : !llvm.ptr -> f64
    %d = arith.subf %up, %uq : f64
    %s = arith.subf %vp, %vq : f64
    %ds = arith.mulf %d, %s : f64
    %f = arith.mulf %ds, %s : f64
    %sd = arith.mulf %s, %d : f64
    %g = arith.mulf %d, %sd : f64
    %arp = llvm.getelementptr %r[%p] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %o1 = llvm.load %arp : !llvm.ptr -> f64
    %n1 = arith.addf %o1, %f : f64
    llvm.store %n1, %arp {alignment = 16 : i64} : f64, !llvm.ptr
    %arq = llvm.getelementptr %r[%q] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %o2 = llvm.load %arq : !llvm.ptr -> f64
    %n2 = arith.subf %o2, %f : f64
    llvm.store %n2, %arq {alignment = 16 : i64} : f64, !llvm.ptr
    %atp = llvm.getelementptr %t[%p] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %o3 = llvm.load %atp : !llvm.ptr -> f64
    %n3 = arith.addf %o3, %g : f64
    llvm.store %n3, %atp {alignment = 16 : i64} : f64, !llvm.ptr
  }
  return
}
sparsead.jacobian @J of @pair
    objects = [#sparsead.object<"u", arg = 2, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"v", arg = 3, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 4, path = [deref, index 8], leaves = [0 : 8], roles = output>,
               #sparsead.object<"t", arg = 5, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2, 3] : tensor<?x?xf64, #CSR>

// r[p] += u*v: v, u; r[q] += u*u*v: 2*u*v, u*u; r[p+q] += u*v + u*v: 2*v, 2*u. Powers, and terms that come twice, are told apart.
// CHECK-LABEL: func.func @powers.local(
// CHECK-SAME: partials = 2 : i64, slots = 2 : i64, sources = array<i64>
// CHECK-SAME: partials = 2 : i64, slots = 2 : i64, sources = array<i64>
// CHECK-SAME: partials = 2 : i64, slots = 2 : i64, sources = array<i64>
func.func @powers(%pm: !llvm.ptr, %pe: !llvm.ptr, %pu: !llvm.ptr, %pv: !llvm.ptr, %pr: !llvm.ptr) {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %m = llvm.load %pm : !llvm.ptr -> i64
  %e = llvm.load %pe : !llvm.ptr -> !llvm.ptr
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %v = llvm.load %pv : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  scf.for %i = %zero to %m step %one : i64 {
    %ap = llvm.getelementptr %e[%i] : (!llvm.ptr, i64) -> !llvm.ptr, i64
    %p = llvm.load %ap : !llvm.ptr -> i64
    %q = arith.addi %p, %one overflow<nsw> : i64
    %pq = arith.addi %p, %q overflow<nsw> : i64
    %au = llvm.getelementptr %u[%p] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %av = llvm.getelementptr %v[%p] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %x = llvm.load %au : !llvm.ptr -> f64
    %y = llvm.load %av : !llvm.ptr -> f64
    %xy = arith.mulf %x, %y : f64
    %xxy = arith.mulf %x, %xy : f64
    %twice = arith.addf %xy, %xy : f64
    %a1 = llvm.getelementptr %r[%p] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %o1 = llvm.load %a1 : !llvm.ptr -> f64
    %n1 = arith.addf %o1, %xy : f64
    llvm.store %n1, %a1 : f64, !llvm.ptr
    %a2 = llvm.getelementptr %r[%q] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %o2 = llvm.load %a2 : !llvm.ptr -> f64
    %n2 = arith.addf %o2, %xxy : f64
    llvm.store %n2, %a2 : f64, !llvm.ptr
    %a3 = llvm.getelementptr %r[%pq] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %o3 = llvm.load %a3 : !llvm.ptr -> f64
    %n3 = arith.addf %o3, %twice : f64
    llvm.store %n3, %a3 : f64, !llvm.ptr
  }
  return
}
sparsead.jacobian @K of @powers
    objects = [#sparsead.object<"u", arg = 2, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"v", arg = 3, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 4, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] : tensor<?x?xf64, #CSR>
