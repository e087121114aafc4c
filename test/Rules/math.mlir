// Rules of elementary functions of the math dialect: what they add to the tangent.
// RUN: %sparsead-opt %s --split-input-file --sparsead-tangent --canonicalize --cse | %FileCheck %s

// CHECK-LABEL: func.func private @absf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.absf %[[X]] : f64
//       CHECK: %[[V1:.+]] = math.copysign %[[C0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @absf(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.absf %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @absf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @exp.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.exp %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[V0]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V1]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @exp(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.exp %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @exp
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @exp2.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.69314718055994529 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.exp2 %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[V0]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @exp2(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.exp2 %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @exp2
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @expm1.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.expm1 %[[X]] : f64
//       CHECK: %[[V1:.+]] = math.exp %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @expm1(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.expm1 %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @expm1
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @log.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.log %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.divf %[[C0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @log(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.log %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @log
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @log2.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.4426950408889634 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.log2 %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.divf %[[C0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @log2(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.log2 %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @log2
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @log10.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.43429448190325182 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.log10 %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.divf %[[C0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @log10(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.log10 %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @log10
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @log1p.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.log1p %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.addf %[[X]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.divf %[[C0]], %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @log1p(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.log1p %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @log1p
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @sin.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.sin %[[X]] : f64
//       CHECK: %[[V1:.+]] = math.cos %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @sin(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.sin %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @sin
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @cos.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.cos %[[X]] : f64
//       CHECK: %[[V1:.+]] = math.sin %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.negf %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @cos(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.cos %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @cos
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @tan.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.tan %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[V0]], %[[V0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.addf %[[V1]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @tan(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.tan %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @tan
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @asin.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.asin %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.subf %[[C1]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.addf %[[X]], %[[C1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V1]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = math.sqrt %[[V3]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.divf %[[C1]], %[[V4]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V6:.+]] = arith.mulf %[[V5]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V7:.+]] = arith.cmpf une, %[[XT]], %[[C0]] : f64
//       CHECK: %[[V8:.+]] = arith.select %[[V7]], %[[V6]], %[[C0]] : f64
//       CHECK: llvm.store %[[V8]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @asin(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.asin %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @asin
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @acos.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant -1.000000e+00 : f64
//   CHECK-DAG: %[[C2:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.acos %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.subf %[[C2]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.addf %[[X]], %[[C2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V1]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = math.sqrt %[[V3]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.divf %[[C1]], %[[V4]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V6:.+]] = arith.mulf %[[V5]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V7:.+]] = arith.cmpf une, %[[XT]], %[[C0]] : f64
//       CHECK: %[[V8:.+]] = arith.select %[[V7]], %[[V6]], %[[C0]] : f64
//       CHECK: llvm.store %[[V8]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @acos(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.acos %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @acos
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @atan.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.atan %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[X]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.addf %[[V1]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.divf %[[C0]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.mulf %[[V3]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @atan(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.atan %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @atan
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @sinh.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.sinh %[[X]] : f64
//       CHECK: %[[V1:.+]] = math.cosh %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @sinh(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.sinh %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @sinh
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @cosh.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.cosh %[[X]] : f64
//       CHECK: %[[V1:.+]] = math.sinh %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[V1]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V2]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @cosh(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.cosh %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @cosh
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @tanh.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.tanh %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[V0]], %[[V0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.subf %[[C0]], %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V2]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V3]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @tanh(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.tanh %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @tanh
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @asinh.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.asinh %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[X]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.addf %[[V1]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = math.sqrt %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.divf %[[C0]], %[[V3]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.mulf %[[V4]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V5]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @asinh(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.asinh %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @asinh
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @acosh.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.acosh %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.subf %[[X]], %[[C1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.addf %[[X]], %[[C1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V1]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = math.sqrt %[[V3]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.divf %[[C1]], %[[V4]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V6:.+]] = arith.mulf %[[V5]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V7:.+]] = arith.cmpf une, %[[XT]], %[[C0]] : f64
//       CHECK: %[[V8:.+]] = arith.select %[[V7]], %[[V6]], %[[C0]] : f64
//       CHECK: llvm.store %[[V8]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @acosh(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.acosh %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @acosh
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @atanh.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.atanh %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.subf %[[C0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.addf %[[X]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V1]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.divf %[[C0]], %[[V3]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.mulf %[[V4]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V5]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @atanh(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.atanh %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @atanh
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @erf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.1283791670955126 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.erf %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[X]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.negf %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = math.exp %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.mulf %[[V3]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.mulf %[[V4]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V5]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @erf(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.erf %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @erf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @erfc.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant -1.1283791670955126 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.erfc %[[X]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[X]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.negf %[[V1]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = math.exp %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.mulf %[[V3]], %[[C0]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.mulf %[[V4]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V5]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @erfc(%px: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %z = math.erfc %x : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @erfc
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @copysign.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.copysign %[[X]], %[[Y]] : f64
//       CHECK: %[[V1:.+]] = math.copysign %[[C0]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = math.copysign %[[C0]], %[[Y]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.mulf %[[V1]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.mulf %[[V3]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @copysign(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = math.copysign %x, %y : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @copysign
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @fma.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[PW:.+]]: !llvm.ptr, %[[SW:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[W:.+]] = llvm.load %[[PW]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[WT:.+]] = llvm.load %[[SW]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.fma %[[X]], %[[Y]], %[[W]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[Y]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[X]], %[[YT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.addf %[[V1]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.addf %[[V3]], %[[WT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V4]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @fma(%px: !llvm.ptr, %py: !llvm.ptr, %pw: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %w = llvm.load %pw : !llvm.ptr -> f64
  %z = math.fma %x, %y, %w : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @fma
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"w", arg = 2, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1, 2] outputs = [3] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @atan2.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//   CHECK-DAG: %[[C1:.+]] = arith.constant 1.000000e+00 : f64
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V0:.+]] = math.atan2 %[[X]], %[[Y]] : f64
//       CHECK: %[[V1:.+]] = arith.mulf %[[Y]], %[[Y]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V2:.+]] = arith.mulf %[[X]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.addf %[[V1]], %[[V2]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.divf %[[C1]], %[[V3]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V5:.+]] = arith.mulf %[[Y]], %[[V4]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V6:.+]] = arith.mulf %[[X]], %[[V4]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V7:.+]] = arith.negf %[[V6]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V8:.+]] = arith.mulf %[[V5]], %[[XT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V9:.+]] = arith.cmpf une, %[[XT]], %[[C0]] : f64
//       CHECK: %[[V10:.+]] = arith.select %[[V9]], %[[V8]], %[[C0]] : f64
//       CHECK: %[[V11:.+]] = arith.mulf %[[V7]], %[[YT]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V12:.+]] = arith.cmpf une, %[[YT]], %[[C0]] : f64
//       CHECK: %[[V13:.+]] = arith.select %[[V12]], %[[V11]], %[[C0]] : f64
//       CHECK: %[[V14:.+]] = arith.addf %[[V10]], %[[V13]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V14]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @atan2(%px: !llvm.ptr, %py: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %z = math.atan2 %x, %y : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @atan2
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1] outputs = [2] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>

// -----

// CHECK-LABEL: func.func private @clampf.tangent.w1.body
//  CHECK-SAME: (%[[PX:.+]]: !llvm.ptr, %[[SX:.+]]: !llvm.ptr, %[[PY:.+]]: !llvm.ptr, %[[SY:.+]]: !llvm.ptr, %[[PW:.+]]: !llvm.ptr, %[[SW:.+]]: !llvm.ptr, %[[R:.+]]: !llvm.ptr, %[[RT:.+]]: !llvm.ptr, %{{.+}}: !llvm.ptr)
//   CHECK-DAG: %[[C0:.+]] = arith.constant 0.000000e+00 : f64
//       CHECK: %[[V0:.+]] = arith.constant true
//   CHECK-DAG: %[[X:.+]] = llvm.load %[[PX]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[XT:.+]] = llvm.load %[[SX]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[Y:.+]] = llvm.load %[[PY]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[YT:.+]] = llvm.load %[[SY]]{{.*}} : !llvm.ptr -> f64
//   CHECK-DAG: %[[W:.+]] = llvm.load %[[PW]] : !llvm.ptr -> f64
//   CHECK-DAG: %[[WT:.+]] = llvm.load %[[SW]]{{.*}} : !llvm.ptr -> f64
//       CHECK: %[[V1:.+]] = math.clampf %[[X]] to [%[[Y]], %[[W]]] : f64
//       CHECK: %[[V2:.+]] = arith.cmpf oeq, %[[V1]], %[[X]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V3:.+]] = arith.cmpf oeq, %[[V1]], %[[Y]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V4:.+]] = arith.xori %[[V2]], %[[V0]] : i1
//       CHECK: %[[V5:.+]] = arith.andi %[[V4]], %[[V3]] : i1
//       CHECK: %[[V6:.+]] = arith.xori %[[V3]], %[[V0]] : i1
//       CHECK: %[[V7:.+]] = arith.andi %[[V4]], %[[V6]] : i1
//       CHECK: %[[V8:.+]] = arith.select %[[V2]], %[[XT]], %[[C0]] : f64
//       CHECK: %[[V9:.+]] = arith.select %[[V5]], %[[YT]], %[[C0]] : f64
//       CHECK: %[[V10:.+]] = arith.addf %[[V8]], %[[V9]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: %[[V11:.+]] = arith.select %[[V7]], %[[WT]], %[[C0]] : f64
//       CHECK: %[[V12:.+]] = arith.addf %[[V10]], %[[V11]] fastmath<reassoc,nsz,contract> : f64
//       CHECK: llvm.store %[[V12]], %[[RT]]{{.*}} : f64, !llvm.ptr
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
func.func @clampf(%px: !llvm.ptr, %py: !llvm.ptr, %pw: !llvm.ptr, %r: !llvm.ptr) {
  %x = llvm.load %px : !llvm.ptr -> f64
  %y = llvm.load %py : !llvm.ptr -> f64
  %w = llvm.load %pw : !llvm.ptr -> f64
  %z = math.clampf %x to [%y, %w] : f64
  llvm.store %z, %r : f64, !llvm.ptr
  return
}
sparsead.jacobian @J of @clampf
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"w", arg = 2, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"return", arg = result, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0, 1, 2] outputs = [3] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>
