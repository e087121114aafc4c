// From what the import gives to LLVM dialect functions with the signatures of abi.hpp: inspect_function and
// tangent_kernel::function, five pointers each.
// RUN: %sparsead-opt %s --sparsead-pipeline | %FileCheck %s
// RUN: %sparsead-opt %s --sparsead-normal-form | %FileCheck %s --check-prefix=NORMAL
// RUN: %sparsead-opt %s --sparsead-normal-form --sparsead-derivatives | %FileCheck %s --check-prefix=DERIVED
// RUN: %sparsead-opt %s --sparsead-normal-form --sparsead-derivatives --sparsead-lowering | %FileCheck %s

// NORMAL: func.func @f.sparsead(
// NORMAL: scf.for
// NORMAL: math.sin
// NORMAL: sparsead.jacobian @J of @f.sparsead

// DERIVED-NOT: sparsead.jacobian
// DERIVED-DAG: func.func @f.sparsead.inspect(
// DERIVED-DAG: func.func @f.sparsead.tangent.w1(
// DERIVED-DAG: func.func @f.sparsead.tangent.w4(
// DERIVED-NOT: @f.sparsead(

// CHECK-NOT: func.func
// CHECK-NOT: sparsead.jacobian
// CHECK-DAG: llvm.func @f.sparsead.inspect(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) {
// CHECK-DAG: llvm.func @f.sparsead.tangent.w1(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) {
// CHECK-DAG: llvm.func @f.sparsead.tangent.w4(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr) {
// CHECK-NOT: unrealized_conversion_cast
#CSR = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>
llvm.func @sin(f64) -> f64
// for (i = 0; i < n; ++i) r[i] = sin(u[i]);
llvm.func @f.sparsead(%pn: !llvm.ptr, %pu: !llvm.ptr, %pr: !llvm.ptr) {
  %c0 = llvm.mlir.constant(0 : i32) : i32
  %c1 = llvm.mlir.constant(1 : i32) : i32
  %n = llvm.load %pn : !llvm.ptr -> i32
  %u = llvm.load %pu : !llvm.ptr -> !llvm.ptr
  %r = llvm.load %pr : !llvm.ptr -> !llvm.ptr
  llvm.br ^head(%c0 : i32)
^head(%i: i32):
  %more = llvm.icmp "slt" %i, %n : i32
  llvm.cond_br %more, ^body, ^exit
^body:
  %j = llvm.sext %i : i32 to i64
  %p = llvm.getelementptr inbounds %u[%j] : (!llvm.ptr, i64) -> !llvm.ptr, f64
  %x = llvm.load %p : !llvm.ptr -> f64
  %y = llvm.call @sin(%x) : (f64) -> f64
  %q = llvm.getelementptr inbounds %r[%j] : (!llvm.ptr, i64) -> !llvm.ptr, f64
  llvm.store %y, %q : f64, !llvm.ptr
  %next = llvm.add %i, %c1 overflow<nsw> : i32
  llvm.br ^head(%next : i32)
^exit:
  llvm.return
}
sparsead.jacobian @J of @f.sparsead
    objects = [#sparsead.object<"u", arg = 1, path = [deref, index 8], leaves = [0 : 8], roles = input>,
               #sparsead.object<"r", arg = 2, path = [deref, index 8], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1, 4>} : tensor<?x?xf64, #CSR>
