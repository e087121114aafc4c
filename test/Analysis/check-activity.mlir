// Every message of the check, and what it must not report.
// RUN: %sparsead-opt %s --split-input-file --sparsead-check-activity --verify-diagnostics

// A function without a body: nothing is known of what it does.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func private @hidden(f64) -> f64
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  // expected-error @+2 {{cannot differentiate a call to 'hidden': its body is not visible here}}
  // expected-note @+1 {{include its definition, or write the computation here}}
  %y = func.call @hidden(%x) : (f64) -> f64
  llvm.store %y, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// A hidden function of inactive values, and output, are no obstacle.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func private @coefficient(f64) -> f64
llvm.func @printf(!llvm.ptr, ...) -> i32
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  %k = llvm.load %ctx : !llvm.ptr -> f64
  %c = func.call @coefficient(%k) : (f64) -> f64
  llvm.call @printf(%ctx, %x) vararg(!llvm.func<i32 (ptr, ...)>) : (!llvm.ptr, f64) -> i32
  %y = arith.mulf %c, %x : f64
  llvm.store %y, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// An indirect call.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  %p = llvm.load %ctx : !llvm.ptr -> !llvm.ptr
  // expected-error @+2 {{cannot differentiate an indirect or virtual call: the function called is not known when this file is compiled}}
  // expected-note @+1 {{call a function that is known here, for example through a template parameter or a final class}}
  %y = llvm.call %p(%x) : !llvm.ptr, (f64) -> f64
  llvm.store %y, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// A function that could not be raised.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
llvm.func @sum(%x: f64, ...) -> f64 {
  llvm.return %x : f64
}
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  // expected-error @+2 {{cannot differentiate this call to 'sum': its signature has no derivative here}}
  // expected-note @+1 {{pass scalars, pointers or references instead}}
  %y = llvm.call @sum(%x, %x) vararg(!llvm.func<f64 (f64, ...)>) : (f64, f64) -> f64
  llvm.store %y, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// Inline assembly.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  // expected-error @+2 {{cannot differentiate inline assembly (asm)}}
  // expected-note @+1 {{write this computation in C++, or move it out of the differentiated function}}
  %y = llvm.inline_asm "sqrtsd $0, $0", "=x,0" %x : (f64) -> f64
  llvm.store %y, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// A global variable.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
llvm.mlir.global internal @last(0.0 : f64) : f64
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  %g = llvm.mlir.addressof @last : !llvm.ptr
  // expected-error @+2 {{an active value is stored in global 'last'}}
  // expected-note @+1 {{pass the storage as a parameter and name it after ';' in the specification}}
  llvm.store %x, %g : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// Memory that a parameter reaches and no item names.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  %w = llvm.load %ctx : !llvm.ptr -> !llvm.ptr
  // expected-error @+2 {{an active value is stored in memory of 'ctx', which the specification does not name}}
  // expected-note @+1 {{name it as an output, or after ';' as a work array}}
  llvm.store %x, %w : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// A pointer to active memory.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  // expected-error @+2 {{a pointer to active memory is stored in 'ctx', which the specification does not name}}
  // expected-note @+1 {{keep such pointers in local variables, or name the memory in the specification}}
  llvm.store %u, %ctx : !llvm.ptr, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// Addresses made from integers.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  %n = llvm.load %ctx : !llvm.ptr -> i64
  %p = llvm.inttoptr %n : i64 to !llvm.ptr
  // expected-error @+2 {{an active value is stored through a pointer made from an integer}}
  // expected-note @+1 {{use pointer arithmetic on the array itself}}
  llvm.store %x, %p : f64, !llvm.ptr
  // expected-error @+2 {{an active value is read through a pointer made from an integer}}
  // expected-note @+1 {{use pointer arithmetic on the array itself}}
  %y = llvm.load %p : !llvm.ptr -> f64
  llvm.store %y, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// Volatile and atomic accesses.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  // expected-error @+2 {{cannot differentiate a volatile or atomic access to active memory}}
  // expected-note @+1 {{copy through an ordinary variable}}
  %y = llvm.load volatile %u : !llvm.ptr -> f64
  // expected-error @+2 {{cannot differentiate a volatile or atomic access to active memory}}
  // expected-note @+1 {{copy through an ordinary variable}}
  llvm.store %y, %r atomic monotonic {alignment = 8 : i64} : f64, !llvm.ptr
  // expected-error @+2 {{cannot differentiate an atomic operation on active memory}}
  // expected-note @+1 {{use an ordinary variable}}
  %old = llvm.atomicrmw fadd %r, %x monotonic : !llvm.ptr, f64
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// Bits of active values as integers.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  %bits = arith.bitcast %x : f64 to i64
  %mask = arith.constant 9223372036854775807 : i64
  %less = arith.andi %bits, %mask : i64
  // expected-error @+2 {{cannot differentiate a value that is rebuilt from the bits of an active value (union, reinterpret_cast or memcpy punning of integers)}}
  // expected-note @+1 {{use floating-point operations such as std::copysign or std::frexp}}
  %y = arith.bitcast %less : i64 to f64
  llvm.store %y, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// Tests of those bits give no number back.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  %bits = arith.bitcast %x : f64 to i64
  %zero = arith.constant 0 : i64
  %negative = arith.cmpi slt, %bits, %zero : i64
  %minus = arith.negf %x : f64
  %y = arith.select %negative, %minus, %x : f64
  llvm.store %y, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// Bits kept in local memory.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  %one = arith.constant 1 : i32
  %t = llvm.alloca %one x i64 : (i32) -> !llvm.ptr
  %bits = llvm.load %u : !llvm.ptr -> i64
  // expected-error @+2 {{cannot differentiate a store of the bits of an active value as an integer (union, reinterpret_cast or memcpy punning)}}
  // expected-note @+1 {{use floating-point operations such as std::copysign or std::frexp}}
  llvm.store %bits, %t : i64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// Sizes that depend on active data.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
llvm.func @malloc(i64) -> !llvm.ptr
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  %m = arith.fptosi %x : f64 to i64
  // expected-error @+2 {{cannot differentiate an allocation whose size depends on active data}}
  // expected-note @+1 {{allocate an upper bound that does not depend on active data}}
  %t = llvm.call @malloc(%m) : (i64) -> !llvm.ptr
  llvm.store %x, %t : f64, !llvm.ptr
  // expected-error @+2 {{cannot differentiate an array whose size depends on active data}}
  // expected-note @+1 {{use an upper bound that does not depend on active data}}
  %s = llvm.alloca %m x f64 : (i64) -> !llvm.ptr
  llvm.store %x, %s : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// Types of 16, 80 and 128 bits.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  // expected-error @+2 {{cannot differentiate arithmetic in this floating-point type (long double or half precision)}}
  // expected-note @+1 {{use double or float}}
  %l = arith.extf %x : f64 to f80
  // expected-error @+2 {{cannot differentiate arithmetic in this floating-point type (long double or half precision)}}
  // expected-note @+1 {{use double or float}}
  %h = arith.truncf %x : f64 to f16
  %y = arith.truncf %l : f80 to f64
  llvm.store %y, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// A function of the C library without a rule.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  // expected-error @+2 {{there is no derivative of 'mystery'}}
  // expected-note @+1 {{write it with functions of <cmath> that have one}}
  %y = sparsead.libm "mystery"(%x) : (f64) -> f64
  llvm.store %y, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// Vectors and aggregates.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  // expected-error @+2 {{cannot differentiate a vector or aggregate of active values}}
  // expected-note @+1 {{use scalars or arrays}}
  %v = vector.broadcast %x : f64 to vector<2xf64>
  // expected-error @+2 {{cannot differentiate 'vector.extract'}}
  // expected-note @+1 {{write it with ordinary arithmetic and functions of <cmath>}}
  %y = vector.extract %v[0] : f64 from vector<2xf64>
  llvm.store %y, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// A request for a function without a body.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func private @f(!llvm.ptr, !llvm.ptr, !llvm.ptr)
// expected-error @+2 {{cannot differentiate this function: its control flow or its signature has no structured form}}
// expected-note @+1 {{use switch, loops and ordinary parameters}}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// Control flow without structure.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
// expected-error @+2 {{cannot differentiate this function: its control flow has no structured form}}
// expected-note @+1 {{rewrite its jumps as loops and branches that end}}
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  cf.br ^loop
^loop:
  cf.br ^loop
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// One message per place, in functions that are called as well.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func private @hidden(f64) -> f64
func.func private @helper(%x: f64) -> f64 {
  // expected-error @+2 {{cannot differentiate a call to 'hidden'}}
  // expected-note @+1 {{include its definition}}
  %y = func.call @hidden(%x) : (f64) -> f64
  return %y : f64
}
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr, %ctx: !llvm.ptr) {
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  %x = llvm.load %u : !llvm.ptr -> f64
  %y = func.call @helper(%x) : (f64) -> f64
  %z = func.call @helper(%y) : (f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r", "ctx"]} : tensor<?x?xf64, #CSR>

// -----

// Recursion that only active data ends.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func private @halve(%x: f64) -> f64 {
  %one = arith.constant 1.0 : f64
  %half = arith.constant 0.5 : f64
  %more = arith.cmpf ogt, %x, %one : f64
  %y = scf.if %more -> (f64) {
    %h = arith.mulf %x, %half : f64
    // expected-error @+2 {{cannot differentiate a recursion whose end depends on active data}}
    // expected-note @+1 {{write it as a loop, or bound its depth by data that is not active}}
    %z = func.call @halve(%h) : (f64) -> f64
    scf.yield %z : f64
  } else {
    scf.yield %x : f64
  }
  return %y : f64
}
func.func @f(%pu: !llvm.ptr, %pr: !llvm.ptr) {
  %x = llvm.load %pu : !llvm.ptr -> f64
  %y = func.call @halve(%x) : (f64) -> f64
  llvm.store %y, %pr : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>

// -----

// Operations that the analysis follows and the transforms do not make.
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @f(%u: !llvm.ptr, %r: !llvm.ptr) {
  // expected-error @+2 {{cannot differentiate an inline copy or fill of active memory}}
  // expected-note @+1 {{use std::memcpy or std::copy}}
  "llvm.intr.memcpy.inline"(%r, %u) <{isVolatile = false, len = 8 : i64}> : (!llvm.ptr, !llvm.ptr) -> ()
  // expected-error @+2 {{cannot differentiate 'scf.execute_region'}}
  // expected-note @+1 {{inline its region first}}
  scf.execute_region {
    scf.yield
  }
  return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"u", arg = 0, path = [index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {argument_names = ["u", "r"]} : tensor<?x?xf64, #CSR>
