// Rules of C library functions that math lacks: what they add to the tangent.
// RUN: %sparsead-opt %s --split-input-file --sparsead-tangent --canonicalize --cse | %FileCheck %s

// CHECK-LABEL: func.func private @drem.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "drem"(%[[X]], %[[Y]]) : (f64, f64) -> f64
//       CHECK: %[[V1:.+]] = arith.subf %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.divf %[[V1]], %[[Y]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[YT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.addf %[[XT]], %[[V3]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @drem(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = sparsead.libm "drem"(%x, %y) : (f64, f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @drem
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @exp10.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 2.3025850929940459 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "exp10"(%[[X]]) : (f64) -> f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[V0]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @exp10(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = sparsead.libm "exp10"(%x) : (f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @exp10
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @fdim.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "fdim"(%[[X]], %[[Y]]) : (f64, f64) -> f64
//       CHECK: %[[V1:.+]] = arith.cmpf ogt, %[[X]], %[[Y]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.select %[[V1]], %[[XT]], %[[C0]] : f64
//       CHECK: %[[V3:.+]] = arith.select %[[V1]], %[[YT]], %[[C0]] : f64
//       CHECK: %[[V4:.+]] = arith.subf %[[V2]], %[[V3]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @fdim(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = sparsead.libm "fdim"(%x, %y) : (f64, f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @fdim
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @fmod.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "fmod"(%[[X]], %[[Y]]) : (f64, f64) -> f64
//       CHECK: %[[V1:.+]] = arith.subf %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.divf %[[V1]], %[[Y]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[YT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.addf %[[XT]], %[[V3]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @fmod(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = sparsead.libm "fmod"(%x, %y) : (f64, f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @fmod
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @hypot.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "hypot"(%[[X]], %[[Y]]) : (f64, f64) -> f64
//       CHECK: %[[V1:.+]] = arith.cmpf oeq, %[[V0]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.divf %[[X]], %[[V0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.select %[[V1]], %[[C0]], %[[V2]] : f64
//       CHECK: %[[V4:.+]] = arith.divf %[[Y]], %[[V0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.select %[[V1]], %[[C0]], %[[V4]] : f64
//       CHECK: %[[V6:.+]] = arith.mulf %[[V3]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V7:.+]] = arith.mulf %[[V5]], %[[YT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V8:.+]] = arith.addf %[[V6]], %[[V7]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V8]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @hypot(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = sparsead.libm "hypot"(%x, %y) : (f64, f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @hypot
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @j0.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "j0"(%[[X]]) : (f64) -> f64
//       CHECK: %[[V1:.+]] = sparsead.libm "j1"(%[[X]]) fastmath<reassoc,nsz,contract> : (f64) -> f64
//       CHECK: %[[V2:.+]] = arith.negf %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @j0(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = sparsead.libm "j0"(%x) : (f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @j0
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @j1.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 5.000000e-01 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "j1"(%[[X]]) : (f64) -> f64
//       CHECK: %[[V1:.+]] = sparsead.libm "j0"(%[[X]]) fastmath<reassoc,nsz,contract> : (f64) -> f64
//       CHECK: %[[V2:.+]] = arith.divf %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.subf %[[V1]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.cmpf oeq, %[[X]], %[[C1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.select %[[V4]], %[[C0]], %[[V3]] : f64
//       CHECK: %[[V6:.+]] = arith.mulf %[[V5]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V6]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @j1(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = sparsead.libm "j1"(%x) : (f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @j1
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @jn.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 3 : i32
//   CHECK-DAG: %[[C1:.+]] = arith.constant 1 : i32
//   CHECK-DAG: %[[C2:.+]] = arith.constant 5.000000e-01 : f64
//   CHECK-DAG: %[[C3:.+]] = arith.constant 2 : i32
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "jn"(%[[C3]], %[[X]]) : (i32, f64) -> f64
//       CHECK: %[[V1:.+]] = sparsead.libm "jn"(%[[C1]], %[[X]]) fastmath<reassoc,nsz,contract> : (i32, f64) -> f64
//       CHECK: %[[V2:.+]] = sparsead.libm "jn"(%[[C0]], %[[X]]) fastmath<reassoc,nsz,contract> : (i32, f64) -> f64
//       CHECK: %[[V3:.+]] = arith.subf %[[V1]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.mulf %[[V3]], %[[C2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.mulf %[[V4]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V5]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @jn(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %n = arith.constant 2 : i32
  %z = sparsead.libm "jn"(%n, %x) : (i32, f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @jn
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @ldexp.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 3 : i32
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "ldexp"(%[[X]], %[[C1]]) : (f64, i32) -> f64
//       CHECK: %[[V1:.+]] = sparsead.libm "ldexp"(%[[C0]], %[[C1]]) fastmath<reassoc,nsz,contract> : (f64, i32) -> f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @ldexp(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %n = arith.constant 3 : i32
  %z = sparsead.libm "ldexp"(%x, %n) : (f64, i32) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @ldexp
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @lgamma.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "lgamma"(%[[X]]) : (f64) -> f64
//       CHECK: %[[V1:.+]] = sparsead.libm "sparsead_rt_digamma"(%[[X]]) fastmath<reassoc,nsz,contract> : (f64) -> f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @lgamma(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = sparsead.libm "lgamma"(%x) : (f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @lgamma
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @nextafter.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "nextafter"(%[[X]], %[[Y]]) : (f64, f64) -> f64
//       CHECK: llvm.store %[[XT]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @nextafter(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = sparsead.libm "nextafter"(%x, %y) : (f64, f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @nextafter
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @remainder.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "remainder"(%[[X]], %[[Y]]) : (f64, f64) -> f64
//       CHECK: %[[V1:.+]] = arith.subf %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.divf %[[V1]], %[[Y]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[YT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.addf %[[XT]], %[[V3]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @remainder(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = sparsead.libm "remainder"(%x, %y) : (f64, f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @remainder
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @scalbln.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 3 : i64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "scalbln"(%[[X]], %[[C1]]) : (f64, i64) -> f64
//       CHECK: %[[V1:.+]] = sparsead.libm "scalbln"(%[[C0]], %[[C1]]) fastmath<reassoc,nsz,contract> : (f64, i64) -> f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @scalbln(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %n = arith.constant 3 : i64
  %z = sparsead.libm "scalbln"(%x, %n) : (f64, i64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @scalbln
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @scalbn.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 3 : i32
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "scalbn"(%[[X]], %[[C1]]) : (f64, i32) -> f64
//       CHECK: %[[V1:.+]] = sparsead.libm "scalbn"(%[[C0]], %[[C1]]) fastmath<reassoc,nsz,contract> : (f64, i32) -> f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @scalbn(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %n = arith.constant 3 : i32
  %z = sparsead.libm "scalbn"(%x, %n) : (f64, i32) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @scalbn
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @tgamma.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "tgamma"(%[[X]]) : (f64) -> f64
//       CHECK: %[[V1:.+]] = sparsead.libm "sparsead_rt_digamma"(%[[X]]) fastmath<reassoc,nsz,contract> : (f64) -> f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V0]], %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @tgamma(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = sparsead.libm "tgamma"(%x) : (f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @tgamma
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @y0.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "y0"(%[[X]]) : (f64) -> f64
//       CHECK: %[[V1:.+]] = sparsead.libm "y1"(%[[X]]) fastmath<reassoc,nsz,contract> : (f64) -> f64
//       CHECK: %[[V2:.+]] = arith.negf %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @y0(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = sparsead.libm "y0"(%x) : (f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @y0
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @y1.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "y1"(%[[X]]) : (f64) -> f64
//       CHECK: %[[V1:.+]] = sparsead.libm "y0"(%[[X]]) fastmath<reassoc,nsz,contract> : (f64) -> f64
//       CHECK: %[[V2:.+]] = arith.divf %[[V0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.subf %[[V1]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.mulf %[[V3]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @y1(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = sparsead.libm "y1"(%x) : (f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @y1
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @yn.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 3 : i32
//   CHECK-DAG: %[[C1:.+]] = arith.constant 1 : i32
//   CHECK-DAG: %[[C2:.+]] = arith.constant 5.000000e-01 : f64
//   CHECK-DAG: %[[C3:.+]] = arith.constant 2 : i32
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = sparsead.libm "yn"(%[[C3]], %[[X]]) : (i32, f64) -> f64
//       CHECK: %[[V1:.+]] = sparsead.libm "yn"(%[[C1]], %[[X]]) fastmath<reassoc,nsz,contract> : (i32, f64) -> f64
//       CHECK: %[[V2:.+]] = sparsead.libm "yn"(%[[C0]], %[[X]]) fastmath<reassoc,nsz,contract> : (i32, f64) -> f64
//       CHECK: %[[V3:.+]] = arith.subf %[[V1]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.mulf %[[V3]], %[[C2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.mulf %[[V4]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V5]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @yn(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %n = arith.constant 2 : i32
  %z = sparsead.libm "yn"(%n, %x) : (i32, f64) -> f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @yn
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>
