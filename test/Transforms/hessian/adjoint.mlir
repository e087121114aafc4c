// RUN: %sparsead-opt %s --sparsead-hessian-adjoint 2>%t.remarks | %FileCheck %s
// RUN: %FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: %sparsead-opt %s --sparsead-hessian-adjoint --sparsead-inspector --sparsead-tangent --sparsead-local 2>/dev/null | %FileCheck %s --check-prefix=TANGENT

// x[i] x[i+1]: terms become elements. Each of those that two terms reach is stored once, others are added to.
// CHECK: sparsead.jacobian @products.reverse.jacobian of @products.reverse
// CHECK-SAME: #sparsead.object<"x (adjoint)", arg = 4, path = [deref, index 8], leaves = [0 : 8], roles = output>
// CHECK-SAME: inputs = [0] outputs = [2]
// CHECK-SAME: derived
// CHECK-SAME: lower
// CHECK-LABEL: func.func @products.reverse(
// CHECK-SAME: %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[F:[a-z0-9]+]]: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[W:[a-z0-9]+]]: !llvm.ptr)
// CHECK: %[[WEIGHT:.*]] = llvm.load %[[W]]
// CHECK: %[[CLEAN:.*]] = scf.for
// CHECK-COUNT-2: arith.mulf {{.*}} %[[WEIGHT]]
// CHECK-NOT: scf.if
// CHECK: llvm.store {{.*}} : f64, !llvm.ptr
// CHECK-NOT: llvm.store
// CHECK: scf.yield
// CHECK: %[[ALL:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[CLEAN]])
// CHECK-COUNT-2: llvm.store
// CHECK: llvm.store %[[ALL]], %[[F]]
func.func @products(%pn: !llvm.ptr, %px: !llvm.ptr, %pr: !llvm.ptr) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %zero = arith.constant 0.0 : f64
  %n = llvm.load %pn : !llvm.ptr -> i32
  %x = llvm.load %px : !llvm.ptr -> !llvm.ptr
  %s = scf.for %i = %c0 to %n step %c1 iter_args(%a = %zero) -> (f64) : i32 {
    %next = arith.addi %i, %c1 overflow<nsw> : i32
    %here = arith.extsi %i : i32 to i64
    %there = arith.extsi %next : i32 to i64
    %p = llvm.getelementptr %x[%here] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %q = llvm.getelementptr %x[%there] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %v = llvm.load %p : !llvm.ptr -> f64
    %w = llvm.load %q : !llvm.ptr -> f64
    %t = arith.mulf %v, %w : f64
    %b = arith.addf %a, %t : f64
    scf.yield %b : f64
  }
  llvm.store %s, %pr : f64, !llvm.ptr
  return
}
sparsead.hessian @H of @products
  objects = [#sparsead.object<"x", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
             #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
  inputs = [0] outputs = [1]

// Where rows of a grid begin is worked out before the inner loops, though it is asked for in branches only.
// CHECK-LABEL: func.func @rows.reverse(
// CHECK: scf.for
// CHECK-COUNT-3: arith.muli {{.*}} : i32
// CHECK: scf.for
// CHECK-NOT: arith.muli {{.*}} : i32
// CHECK: scf.if
// CHECK-NOT: arith.muli {{.*}} : i32
// CHECK: llvm.store
func.func @rows(%pn: !llvm.ptr, %px: !llvm.ptr, %pr: !llvm.ptr) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %zero = arith.constant 0.0 : f64
  %n = llvm.load %pn : !llvm.ptr -> i32
  %x = llvm.load %px : !llvm.ptr -> !llvm.ptr
  %s = scf.for %j = %c0 to %n step %c1 iter_args(%a = %zero) -> (f64) : i32 {
    %inner = scf.for %i = %c0 to %n step %c1 iter_args(%b = %a) -> (f64) : i32 {
      %first = arith.muli %j, %n overflow<nsw> : i32
      %here = arith.addi %first, %i overflow<nsw> : i32
      %at = arith.extsi %here : i32 to i64
      %p = llvm.getelementptr %x[%at] : (!llvm.ptr, i64) -> !llvm.ptr, f64
      %v = llvm.load %p : !llvm.ptr -> f64
      %is = arith.cmpi sgt, %j, %c0 : i32
      %w = scf.if %is -> (f64) {
        %before = arith.subi %j, %c1 overflow<nsw> : i32
        %second = arith.muli %before, %n overflow<nsw> : i32
        %there = arith.addi %second, %i overflow<nsw> : i32
        %below = arith.extsi %there : i32 to i64
        %q = llvm.getelementptr %x[%below] : (!llvm.ptr, i64) -> !llvm.ptr, f64
        %u = llvm.load %q : !llvm.ptr -> f64
        scf.yield %u : f64
      } else {
        scf.yield %zero : f64
      }
      %t = arith.mulf %v, %w : f64
      %c = arith.addf %b, %t : f64
      scf.yield %c : f64
    }
    scf.yield %inner : f64
  }
  llvm.store %s, %pr : f64, !llvm.ptr
  return
}
sparsead.hessian @R of @rows
  objects = [#sparsead.object<"x", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
             #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
  inputs = [0] outputs = [1]

// A carried product keeps its values, on the stack: only tangents are wanted, which push theirs on top.
// REMARK: remark: missed: the Hessian is not local: values of the iterations are kept for the reverse sweep
// REMARK-NOT: missed
// CHECK-LABEL: func.func @product.reverse(
// CHECK: call @sparsead_rt_push({{.*}}) {sparsead.frame = 0 : i64}
// CHECK: scf.for
// CHECK: call @sparsead_rt_pop({{.*}}) {sparsead.frame = 0 : i64}
// CHECK: scf.for
// TANGENT-NOT: @product.reverse.inspect
// TANGENT-LABEL: func.func private @product.reverse.tangent.w4.body(
// TANGENT-SAME: %[[WORKSPACE:[a-z0-9]+]]: !llvm.ptr) {
// TANGENT: call @sparsead_rt_push(%[[WORKSPACE]], %[[BYTES:[a-z0-9_]+]])
// TANGENT: %[[MORE:[a-z0-9_]+]] = arith.muli %[[BYTES]]
// TANGENT: call @sparsead_rt_push(%[[WORKSPACE]], %[[MORE]])
// TANGENT: llvm.store {{.*}} : vector<4xf64>
// TANGENT: %[[MORE:[a-z0-9_]+]] = arith.muli
// TANGENT: call @sparsead_rt_pop(%[[WORKSPACE]], %[[MORE]])
// TANGENT: call @sparsead_rt_pop(%[[WORKSPACE]]
// TANGENT-NOT: @product.reverse.local
func.func @product(%pn: !llvm.ptr, %px: !llvm.ptr, %pr: !llvm.ptr) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %one = arith.constant 1.0 : f64
  %n = llvm.load %pn : !llvm.ptr -> i32
  %x = llvm.load %px : !llvm.ptr -> !llvm.ptr
  %s = scf.for %i = %c0 to %n step %c1 iter_args(%a = %one) -> (f64) : i32 {
    %p = llvm.getelementptr %x[%i] : (!llvm.ptr, i32) -> !llvm.ptr, f64
    %v = llvm.load %p : !llvm.ptr -> f64
    %b = arith.mulf %a, %v : f64
    scf.yield %b : f64
  }
  llvm.store %s, %pr : f64, !llvm.ptr
  return
}
sparsead.hessian @P of @product
  objects = [#sparsead.object<"x", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
             #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
  inputs = [0] outputs = [1]
