// SPARSEAD_INACTIVE and SPARSEAD_RULE from LLVM IR: functions that the front end has marked become operations, these get
// derivatives, and become calls.
// RUN: %sparsead-opt --sparsead-raise %s | %FileCheck %s --check-prefix=RAISED
// RUN: %sparsead-opt --sparsead-normal-form --sparsead-derivatives %s | %FileCheck %s --check-prefix=TANGENT
// RUN: %sparsead-opt --sparsead-pipeline %s | %FileCheck %s --check-prefix=LOWERED
#CSR = #sparse_tensor.encoding<{ map = (i, j) -> (i : dense, j : compressed) }>

llvm.func @table(f64, i32) -> f64 attributes {passthrough = [["sparsead-rule", "0\0Atable_jvp\0A"]]}
llvm.func @watch(!llvm.ptr {llvm.readonly}, !llvm.ptr) -> i32 attributes {passthrough = ["sparsead-inactive"]}
llvm.func @__sparsead_inactive.double(f64) -> f64

// RAISED-LABEL: func.func @f
// RAISED: llvm.call @watch({{.*}}sparsead.inactive = array<i1: false, true>
// RAISED: sparsead.rule "table"({{.*}}) active [0] jvp "table_jvp" : (f64, i32) -> f64
// RAISED: sparsead.inactive {{.*}} : f64
// TANGENT-LABEL: func.func private @f.tangent.w1.body
// TANGENT: llvm.call @watch
// TANGENT: %[[D:.*]] = sparsead.rule_partials "table"({{.*}}) active [0] jvp "table_jvp" : (f64, i32) -> f64
// TANGENT: arith.mulf %[[D]]
// LOWERED-LABEL: llvm.func {{.*}}@f.tangent.w1(
// LOWERED: llvm.call @table_jvp({{.*}}) : (f64, i32, f64) -> f64
llvm.func @f(%x: !llvm.ptr, %y: !llvm.ptr) {
  %two = llvm.mlir.constant(2 : i32) : i32
  %one = llvm.mlir.constant(1 : i64) : i64
  %place = llvm.alloca %one x f64 : (i64) -> !llvm.ptr
  %k = llvm.call @watch(%x, %place) : (!llvm.ptr, !llvm.ptr) -> i32
  %0 = llvm.load %x : !llvm.ptr -> f64
  %1 = llvm.call @table(%0, %two) : (f64, i32) -> f64
  %2 = llvm.call @__sparsead_inactive.double(%0) : (f64) -> f64
  %3 = llvm.fmul %1, %2 : f64
  llvm.store %3, %y : f64, !llvm.ptr
  llvm.return
}
sparsead.jacobian @J of @f
    objects = [#sparsead.object<"x", arg = 0, path = [], leaves = [0 : 8], roles = input>,
               #sparsead.object<"y", arg = 1, path = [], leaves = [0 : 8], roles = output>]
    inputs = [0] outputs = [1] {widths = array<i64: 1>} : tensor<?x?xf64, #CSR>
