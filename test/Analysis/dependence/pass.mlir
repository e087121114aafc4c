// The pass on its own, on IR in normal form.
// RUN: %sparsead-opt %s --split-input-file --sparsead-dependence --verify-diagnostics | %FileCheck %s

#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @difference(%pn: !llvm.ptr, %pu: !llvm.ptr, %pr: !llvm.ptr) {
  %c1 = arith.constant 1 : i32
  %n = llvm.load %pn : !llvm.ptr -> i32
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  scf.for %i = %c1 to %n step %c1 : i32 {
    %h = arith.subi %i, %c1 overflow<nsw> : i32
    %iw = arith.extsi %i : i32 to i64
    %hw = arith.extsi %h : i32 to i64
    %ui = llvm.getelementptr %u[%iw] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %uh = llvm.getelementptr %u[%hw] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %a = llvm.load %ui : !llvm.ptr -> f64
    %b = llvm.load %uh : !llvm.ptr -> f64
    %d = arith.subf %a, %b : f64
    %ri = llvm.getelementptr %r[%iw] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    llvm.store %d, %ri : f64, !llvm.ptr
  }
  return
}
// CHECK: sparsead.jacobian @J of @difference
// CHECK-SAME: relation = #sparsead.relation<"{ r[i] -> u[i] : 1 <= i < n; r[i] -> u[i - 1] : 1 <= i < n }">
// CHECK-SAME: relation_sizes = {n = array<i64: 2, 0, 9, 0>}
sparsead.jacobian @J of @difference
    objects = [#sparsead.object<"u", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 2, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["n", "u", "r"]} : tensor<?x?xf64, #CSR>

// -----

// Rows of pointers: no relation, and why.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
// expected-remark @+1 {{analysis: no dependence relation at compile time: 'u' is reached through a table of pointers}}
func.func @table(%pu: !llvm.ptr, %pr: !llvm.ptr) {
  %t = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %u = llvm.load %t : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %a = llvm.load %u : !llvm.ptr -> f64
  llvm.store %a, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @table
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8, deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r"]} : tensor<?x?xf64, #CSR>
