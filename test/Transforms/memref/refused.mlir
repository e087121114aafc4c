// Forms of memref that have no form in pointers are errors where they stand.
// RUN: %sparsead-opt %s --split-input-file --verify-diagnostics --sparsead-memref-to-pointers

// expected-error @+2 {{the rank of an unranked memref is not known here}}
// expected-note @+1 {{use a ranked memref type}}
func.func @unranked(%a: memref<*xf64>) {
  return
}

// -----

// expected-error @+2 {{memrefs of other memory spaces are not reached by pointers}}
// expected-note @+1 {{use the default memory space}}
func.func @space(%a: memref<4xf64, 3>) {
  return
}

// -----

// expected-error @+2 {{elements of this type have no form in pointers}}
// expected-note @+1 {{use floats, integers without a sign, or index}}
func.func @element(%a: memref<4xcomplex<f64>>) {
  return
}

// -----

// expected-error @+2 {{this memref's layout has no strides}}
// expected-note @+1 {{use the identity layout, or a strided one}}
func.func @layout(%a: memref<8xf64, affine_map<(i) -> (i floordiv 4, i mod 4)>>) {
  return
}

// -----

func.func private @hidden(memref<?xf64>)
func.func @external(%a: memref<?xf64>) {
  // expected-error @+2 {{cannot pass a memref to 'hidden': its body is not visible here}}
  // expected-note @+1 {{include its definition}}
  func.call @hidden(%a) : (memref<?xf64>) -> ()
  return
}

// -----

func.func @release(%a: memref<?xf64>) {
  // expected-error @+2 {{the allocation of this memref is not in this function}}
  // expected-note @+1 {{deallocate in the function that allocates}}
  memref.dealloc %a : memref<?xf64>
  return
}

// -----

func.func @operation(%a: memref<4xf64>, %x: f64, %i: index) {
  // expected-error @+2 {{'memref.atomic_rmw' on memrefs has no form in pointers}}
  // expected-note @+1 {{lower it to loops, memref.load and memref.store first}}
  %y = memref.atomic_rmw addf %x, %a[%i] : (f64, memref<4xf64>) -> f64
  return
}

// -----

func.func @linalg(%a: memref<4xf64>, %x: f64) {
  // expected-error @+2 {{'linalg.fill' on memrefs has no form in pointers}}
  // expected-note @+1 {{lower it to loops, memref.load and memref.store first}}
  linalg.fill ins(%x : f64) outs(%a : memref<4xf64>)
  return
}

// -----

func.func @reduction(%a: memref<4xf64>, %n: index) -> f64 {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f64
  // expected-error @+2 {{'scf.parallel' has no sequential form here}}
  // expected-note @+1 {{lower it to scf.for first}}
  %s = scf.parallel (%i) = (%c0) to (%n) step (%c1) init (%z) -> f64 {
    %x = memref.load %a[%i] : memref<4xf64>
    scf.reduce(%x : f64) {
    ^bb0(%p: f64, %q: f64):
      %t = arith.addf %p, %q : f64
      scf.reduce.return %t : f64
    }
  }
  return %s : f64
}

// -----

#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @path(%u: memref<?xf64>, %r: memref<?xf64>) {
  return
}
// expected-error @+2 {{'u' is a memref: its path goes through the memref's descriptor}}
// expected-note @+1 {{begin with 'offset 8, deref', the pointer to its elements}}
sparsead.jacobian @J of @path
    objects = [#sparsead.object<"u", arg = 0, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [offset 8, deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>

// -----

#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @strided(%u: memref<?xf64, strided<[2]>>, %r: memref<?xf64>) {
  return
}
// expected-error @+2 {{'u' is a memref with a layout}}
// expected-note @+1 {{use the identity layout}}
sparsead.jacobian @J of @strided
    objects = [#sparsead.object<"u", arg = 0, path = [offset 8, deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 1, path = [offset 8, deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] : tensor<?x?xf64, #CSR>

// -----

#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @results(%u: memref<?xf64>) -> memref<?xf64> {
  return %u : memref<?xf64>
}
// expected-error @+2 {{'results' returns more than one number}}
// expected-note @+1 {{store results in memrefs that are arguments}}
sparsead.jacobian @J of @results
    objects = [#sparsead.object<"u", arg = 0, path = [offset 8, deref, index 8], leaves = [0 : 8], roles = input|output>]
    inputs = [0] outputs = [0] : tensor<?x?xf64, #CSR>
