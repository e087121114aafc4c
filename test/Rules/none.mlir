// Rules of operations that no derivative passes through: what they add to the tangent.
// RUN: %sparsead-opt %s --split-input-file --sparsead-tangent --canonicalize --cse | %FileCheck %s

// CHECK-LABEL: func.func private @floor.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.floor %[[X]] : f64
//   CHECK-NOT: fastmath
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @floor(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.floor %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @floor
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @ceil.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.ceil %[[X]] : f64
//   CHECK-NOT: fastmath
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @ceil(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.ceil %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @ceil
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @trunc.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.trunc %[[X]] : f64
//   CHECK-NOT: fastmath
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @trunc(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.trunc %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @trunc
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @round.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.round %[[X]] : f64
//   CHECK-NOT: fastmath
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @round(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.round %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @round
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @roundeven.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.roundeven %[[X]] : f64
//   CHECK-NOT: fastmath
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @roundeven(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.roundeven %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @roundeven
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @logb.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "logb"(%[[X]]) : (f64) -> f64
//   CHECK-NOT: fastmath
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @logb(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = sparsead.libm "logb"(%x) : (f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @logb
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @nearbyint.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "nearbyint"(%[[X]]) : (f64) -> f64
//   CHECK-NOT: fastmath
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @nearbyint(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = sparsead.libm "nearbyint"(%x) : (f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @nearbyint
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @rint.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "rint"(%[[X]]) : (f64) -> f64
//   CHECK-NOT: fastmath
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @rint(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = sparsead.libm "rint"(%x) : (f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @rint
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @pow_zero.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.powf %[[X]], %[[C0]] : f64
//   CHECK-NOT: fastmath
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @pow_zero(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant 0.0 : f64
  %z = math.powf %x, %c : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @pow_zero
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @fpowi_zero.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0 : i32
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.fpowi %[[X]], %[[C0]] : f64, i32
//   CHECK-NOT: fastmath
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @fpowi_zero(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %n = arith.constant 0 : i32
  %z = math.fpowi %x, %n : f64, i32
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @fpowi_zero
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @sign_of_copysign.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 3.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.copysign %[[C0]], %[[X]] : f64
//   CHECK-NOT: fastmath
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @sign_of_copysign(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant 3.0 : f64
  %z = math.copysign %c, %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @sign_of_copysign
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @through_integer.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.fptosi %[[X]] : f64 to i32
//       CHECK: %[[V1:.+]] = arith.sitofp %[[V0]] : i32 to f64
//   CHECK-NOT: fastmath
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @through_integer(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %i = arith.fptosi %x : f64 to i32
  %z = arith.sitofp %i : i32 to f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @through_integer
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>
