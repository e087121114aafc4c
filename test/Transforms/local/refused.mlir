// Why a function has no local derivative: a remark at the statement, an error where the request asks for it.
// RUN: %sparsead-opt %s --split-input-file --sparsead-local --verify-diagnostics

#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @carried(%pn: !llvm.ptr, %pu: !llvm.ptr, %pr: !llvm.ptr) {
  %zero = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %start = arith.constant 1.0 : f64
  %n = llvm.load %pn : !llvm.ptr -> i64
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  // expected-remark @below {{not local: a value is carried from one iteration to the next}}
  %product = scf.for %i = %zero to %n step %one iter_args(%s = %start) -> (f64) : i64 {
    %au = llvm.getelementptr %u[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
    %xu = llvm.load %au : !llvm.ptr -> f64
    %p = arith.mulf %s, %xu : f64
    scf.yield %p : f64
  }
  llvm.store %product, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @carried
    objects = [#sparsead.object<"u", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 2, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>

// -----

#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @conditional(%pu: !llvm.ptr, %pr: !llvm.ptr) {
  %zero = arith.constant 0.0 : f64
  %x = llvm.load %pu : !llvm.ptr -> f64
  %c = arith.cmpf ogt, %x, %zero : f64
  scf.if %c {
    // expected-remark @below {{not local: whether it is executed depends on active data}}
    llvm.store %x, %pr : f64, !llvm.ptr
  }
  return
}
sparsead.jacobian @J of @conditional
    objects = [#sparsead.object<"u", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>

// -----

#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @readback(%pu: !llvm.ptr, %pr: !llvm.ptr) {
  %x = llvm.load %pu : !llvm.ptr -> f64
  llvm.store %x, %pr : f64, !llvm.ptr
  // expected-error @below {{mode=local is not possible here: an output is read}}
  %y = llvm.load %pr : !llvm.ptr -> f64
  %z = arith.mulf %y, %y : f64
  %p = llvm.getelementptr %pr[1] : (!llvm.ptr) -> !llvm.ptr, f64
  llvm.store %z, %p : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @readback
    objects = [#sparsead.object<"u", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {local} : tensor<?x?xf64, #CSR>
