// Rules of powers and roots of the math dialect: what they add to the tangent.
// RUN: %sparsead-opt %s --split-input-file --sparsead-tangent --canonicalize --cse | %FileCheck %s

// CHECK-LABEL: func.func private @sqrt.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 5.000000e-01 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.sqrt %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.divf %[[C1]], %[[V0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.cmpf une, %[[XT]], %[[C0]] : f64
//       CHECK: %[[V4:.+]] = arith.select %[[V3]], %[[V2]], %[[C0]] : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @sqrt(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.sqrt %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @sqrt
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @rsqrt.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant -5.000000e-01 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.rsqrt %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.divf %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @rsqrt(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.rsqrt %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @rsqrt
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @cbrt.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 0.33333333333333331 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.cbrt %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[V0]], %[[V0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.divf %[[C1]], %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.cmpf une, %[[XT]], %[[C0]] : f64
//       CHECK: %[[V5:.+]] = arith.select %[[V4]], %[[V3]], %[[C0]] : f64
//       CHECK: llvm.store %[[V5]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @cbrt(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.cbrt %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @cbrt
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @powf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.powf %[[X]], %[[Y]] : f64
//       CHECK: %[[V1:.+]] = arith.subf %[[Y]], %[[C1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = math.powf %[[X]], %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.cmpf oeq, %[[Y]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.mulf %[[Y]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.select %[[V3]], %[[C0]], %[[V4]] : f64
//       CHECK: %[[V6:.+]] = arith.cmpf oeq, %[[X]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V7:.+]] = math.log %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V8:.+]] = arith.mulf %[[V0]], %[[V7]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V9:.+]] = arith.select %[[V6]], %[[C0]], %[[V8]] : f64
//       CHECK: %[[V10:.+]] = arith.mulf %[[V5]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V11:.+]] = arith.cmpf une, %[[XT]], %[[C0]] : f64
//       CHECK: %[[V12:.+]] = arith.select %[[V11]], %[[V10]], %[[C0]] : f64
//       CHECK: %[[V13:.+]] = arith.mulf %[[V9]], %[[YT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V14:.+]] = arith.cmpf une, %[[YT]], %[[C0]] : f64
//       CHECK: %[[V15:.+]] = arith.select %[[V14]], %[[V13]], %[[C0]] : f64
//       CHECK: %[[V16:.+]] = arith.addf %[[V12]], %[[V15]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V16]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @powf(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = math.powf %x, %y : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @powf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @pow_one.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.powf %[[X]], %[[C0]] : f64
//       CHECK: llvm.store %[[XT]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @pow_one(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant 1.0 : f64
  %z = math.powf %x, %c : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @pow_one
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @pow_square.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 2.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.powf %[[X]], %[[C0]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[X]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @pow_square(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant 2.0 : f64
  %z = math.powf %x, %c : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @pow_square
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @pow_cube.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 3.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.powf %[[X]], %[[C0]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[X]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @pow_cube(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant 3.0 : f64
  %z = math.powf %x, %c : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @pow_cube
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @pow_inverse.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant -1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.powf %[[X]], %[[C0]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[V0]], %[[V0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.negf %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @pow_inverse(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant -1.0 : f64
  %z = math.powf %x, %c : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @pow_inverse
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @pow_inverse_square.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant -2.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.powf %[[X]], %[[C0]] : f64
//       CHECK: %[[V1:.+]] = arith.divf %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @pow_inverse_square(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant -2.0 : f64
  %z = math.powf %x, %c : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @pow_inverse_square
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @pow_root.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 5.000000e-01 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.powf %[[X]], %[[C1]] : f64
//       CHECK: %[[V1:.+]] = arith.divf %[[C1]], %[[V0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.cmpf une, %[[XT]], %[[C0]] : f64
//       CHECK: %[[V4:.+]] = arith.select %[[V3]], %[[V2]], %[[C0]] : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @pow_root(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant 0.5 : f64
  %z = math.powf %x, %c : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @pow_root
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @pow_quarter.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 0x7FF0000000000000 : f64
//   CHECK-DAG: %[[C2:.+]] = arith.constant 2.500000e-01 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.powf %[[X]], %[[C2]] : f64
//       CHECK: %[[V1:.+]] = arith.cmpf oeq, %[[X]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.divf %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[C2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.select %[[V1]], %[[C1]], %[[V3]] : f64
//       CHECK: %[[V5:.+]] = arith.mulf %[[V4]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V6:.+]] = arith.cmpf une, %[[XT]], %[[C0]] : f64
//       CHECK: %[[V7:.+]] = arith.select %[[V6]], %[[V5]], %[[C0]] : f64
//       CHECK: llvm.store %[[V7]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @pow_quarter(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant 0.25 : f64
  %z = math.powf %x, %c : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @pow_quarter
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @pow_three_halves.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.500000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.powf %[[X]], %[[C0]] : f64
//       CHECK: %[[V1:.+]] = math.sqrt %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @pow_three_halves(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant 1.5 : f64
  %z = math.powf %x, %c : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @pow_three_halves
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @pow_general.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.39999999999999991 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 1.400000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.powf %[[X]], %[[C1]] : f64
//       CHECK: %[[V1:.+]] = math.powf %[[X]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[C1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @pow_general(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant 1.4 : f64
  %z = math.powf %x, %c : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @pow_general
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @pow_of_two.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.69314718055994529 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[C2:.+]] = arith.constant 2.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.powf %[[C2]], %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[V0]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.cmpf une, %[[XT]], %[[C1]] : f64
//       CHECK: %[[V4:.+]] = arith.select %[[V3]], %[[V2]], %[[C1]] : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @pow_of_two(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant 2.0 : f64
  %z = math.powf %c, %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @pow_of_two
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @fpowi.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 4.000000e+00 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 4 : i32
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.fpowi %[[X]], %[[C1]] : f64, i32
//       CHECK: %[[V1:.+]] = arith.mulf %[[X]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[X]], %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.mulf %[[V3]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @fpowi(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %n = arith.constant 4 : i32
  %z = math.fpowi %x, %n : f64, i32
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @fpowi
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>
