// Rules of the arith dialect and llvm.intr.fmuladd: what they add to the tangent.
// RUN: %sparsead-opt %s --split-input-file --sparsead-tangent --canonicalize --cse | %FileCheck %s

// CHECK-LABEL: func.func private @addf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.addf %[[X]], %[[Y]] : f64
//       CHECK: %[[V1:.+]] = arith.addf %[[XT]], %[[YT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V1]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @addf(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = arith.addf %x, %y : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @addf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @subf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.subf %[[X]], %[[Y]] : f64
//       CHECK: %[[V1:.+]] = arith.subf %[[XT]], %[[YT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V1]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @subf(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = arith.subf %x, %y : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @subf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @negf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.negf %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.negf %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V1]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @negf(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = arith.negf %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @negf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @mulf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.mulf %[[X]], %[[Y]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[Y]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[X]], %[[YT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.addf %[[V1]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @mulf(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = arith.mulf %x, %y : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @mulf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @divf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.divf %[[X]], %[[Y]] : f64
//       CHECK: %[[V1:.+]] = arith.divf %[[C0]], %[[Y]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V0]], %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.negf %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.mulf %[[V3]], %[[YT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V6:.+]] = arith.addf %[[V4]], %[[V5]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V6]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @divf(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = arith.divf %x, %y : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @divf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @div_by_constant.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.33333333333333331 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 3.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.divf %[[X]], %[[C1]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[XT]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V1]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @div_by_constant(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant 3.0 : f64
  %z = arith.divf %x, %c : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @div_by_constant
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @div_of_constant.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 3.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.divf %[[C0]], %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.divf %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.negf %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @div_of_constant(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %c = arith.constant 3.0 : f64
  %z = arith.divf %c, %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @div_of_constant
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @remf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.remf %[[X]], %[[Y]] : f64
//       CHECK: %[[V1:.+]] = arith.subf %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.divf %[[V1]], %[[Y]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[YT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.addf %[[XT]], %[[V3]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @remf(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = arith.remf %x, %y : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @remf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @maximumf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.maximumf %[[X]], %[[Y]] : f64
//       CHECK: %[[V1:.+]] = arith.cmpf oeq, %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.cmpf une, %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.select %[[V1]], %[[XT]], %[[C0]] : f64
//       CHECK: %[[V4:.+]] = arith.select %[[V2]], %[[YT]], %[[C0]] : f64
//       CHECK: %[[V5:.+]] = arith.addf %[[V3]], %[[V4]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V5]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @maximumf(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = arith.maximumf %x, %y : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @maximumf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @minimumf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.minimumf %[[X]], %[[Y]] : f64
//       CHECK: %[[V1:.+]] = arith.cmpf oeq, %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.cmpf une, %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.select %[[V1]], %[[XT]], %[[C0]] : f64
//       CHECK: %[[V4:.+]] = arith.select %[[V2]], %[[YT]], %[[C0]] : f64
//       CHECK: %[[V5:.+]] = arith.addf %[[V3]], %[[V4]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V5]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @minimumf(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = arith.minimumf %x, %y : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @minimumf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @maxnumf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.maxnumf %[[X]], %[[Y]] : f64
//       CHECK: %[[V1:.+]] = arith.cmpf oeq, %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.cmpf une, %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.select %[[V1]], %[[XT]], %[[C0]] : f64
//       CHECK: %[[V4:.+]] = arith.select %[[V2]], %[[YT]], %[[C0]] : f64
//       CHECK: %[[V5:.+]] = arith.addf %[[V3]], %[[V4]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V5]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @maxnumf(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = arith.maxnumf %x, %y : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @maxnumf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @minnumf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.minnumf %[[X]], %[[Y]] : f64
//       CHECK: %[[V1:.+]] = arith.cmpf oeq, %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.cmpf une, %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.select %[[V1]], %[[XT]], %[[C0]] : f64
//       CHECK: %[[V4:.+]] = arith.select %[[V2]], %[[YT]], %[[C0]] : f64
//       CHECK: %[[V5:.+]] = arith.addf %[[V3]], %[[V4]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V5]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @minnumf(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = arith.minnumf %x, %y : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @minnumf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @conversions.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = arith.truncf %[[X]] : f64 to f32
//       CHECK: %[[V1:.+]] = arith.truncf %[[XT]] : f64 to f32
//       CHECK: %[[V2:.+]] = arith.extf %[[V0]] : f32 to f64
//       CHECK: %[[V3:.+]] = arith.extf %[[V1]] : f32 to f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @conversions(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %f = arith.truncf %x : f64 to f32
  %z = arith.extf %f : f32 to f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @conversions
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @fmuladd.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[PW:.+]]: !llvm.ptr, %[[SW:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[W:.+]] = llvm.load %[[PW]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[WT:.+]] = llvm.load %[[SW]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = llvm.intr.fmuladd(%[[X]], %[[Y]], %[[W]]) : (f64, f64, f64) -> f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[Y]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[X]], %[[YT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.addf %[[V1]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.addf %[[V3]], %[[WT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @fmuladd(%px: !llvm.ptr, %py: !llvm.ptr, %pw: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %w = llvm.load %pw : !llvm.ptr -> f64
  %z = llvm.intr.fmuladd(%x, %y, %w) : (f64, f64, f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @fmuladd
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"w", arg = 2, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1, 2] outputs = [3] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>
