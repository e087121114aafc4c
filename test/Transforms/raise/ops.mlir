// RUN: %sparsead-opt %s --sparsead-raise | %FileCheck %s --implicit-check-not='llvm.func @sin('

// The example of the pass's documentation.
// CHECK-LABEL: func.func @documented(
// CHECK-SAME: %[[X:.*]]: f64) -> f64
// CHECK-NEXT: %[[M:.*]] = arith.mulf %[[X]], %[[X]] : f64
// CHECK-NEXT: %[[S:.*]] = math.sin %[[M]] : f64
// CHECK-NEXT: return %[[S]]
llvm.func @sin(f64) -> f64
llvm.func @documented(%x: f64) -> f64 {
  %0 = llvm.fmul %x, %x : f64
  %1 = llvm.call @sin(%0) : (f64) -> f64
  llvm.return %1 : f64
}

// CHECK-LABEL: func.func @integers
// CHECK: arith.addi %{{.*}}, %{{.*}} overflow<nsw> : i32
// CHECK: arith.subi %{{.*}}, %{{.*}} overflow<nsw, nuw> : i32
// CHECK: arith.muli %{{.*}}, %{{.*}} : i32
// CHECK: arith.divsi %{{.*}}, %{{.*}} exact : i32
// CHECK: arith.remui
// CHECK: arith.shli %{{.*}}, %{{.*}} overflow<nuw>
// CHECK: arith.shrsi
// CHECK: arith.andi
// CHECK: arith.ori
// CHECK: arith.xori
// CHECK: arith.minui
// CHECK: arith.maxsi
// CHECK: math.absi
// CHECK: math.ctpop
// CHECK: arith.extsi %{{.*}} : i32 to i64
// CHECK: arith.trunci %{{.*}} overflow<nsw> : i64 to i8
// CHECK: arith.cmpi ult
// CHECK: arith.select
llvm.func @integers(%a: i32, %b: i32) -> i32 {
  %0 = llvm.add %a, %b overflow<nsw> : i32
  %1 = llvm.sub %0, %b overflow<nsw, nuw> : i32
  %2 = llvm.mul %1, %b : i32
  %3 = llvm.sdiv exact %2, %b : i32
  %4 = llvm.urem %3, %b : i32
  %5 = llvm.shl %4, %b overflow<nuw> : i32
  %6 = llvm.ashr %5, %b : i32
  %7 = llvm.and %6, %a : i32
  %8 = llvm.or %7, %b : i32
  %9 = llvm.xor %8, %a : i32
  %10 = llvm.intr.umin(%9, %b) : (i32, i32) -> i32
  %11 = llvm.intr.smax(%10, %b) : (i32, i32) -> i32
  %12 = "llvm.intr.abs"(%11) <{is_int_min_poison = false}> : (i32) -> i32
  %13 = llvm.intr.ctpop(%12) : (i32) -> i32
  %14 = llvm.sext %13 : i32 to i64
  %15 = llvm.trunc %14 overflow<nsw> : i64 to i8
  %16 = llvm.icmp "ult" %13, %b : i32
  %17 = llvm.select %16, %13, %b : i1, i32
  llvm.return %17 : i32
}

// CHECK-LABEL: func.func @floats
// CHECK: arith.addf %{{.*}}, %{{.*}} fastmath<contract> : f64
// CHECK: llvm.intr.fmuladd
// CHECK: arith.negf
// CHECK: arith.cmpf olt, %{{.*}}, %{{.*}} fastmath<nnan>
// CHECK: arith.maxnumf
// CHECK: arith.minimumf
// CHECK: math.absf
// CHECK: math.sqrt
// CHECK: math.powf
// CHECK: math.fpowi
// CHECK: math.fma
// CHECK: math.floor
// CHECK: math.copysign
// CHECK: sparsead.libm "rintf"(%{{.*}}) : (f32) -> f32
// CHECK: arith.extf
// CHECK: arith.sitofp
llvm.func @floats(%a: f64, %b: f64, %n: i32, %s: f32) -> f64 {
  %0 = llvm.fadd %a, %b {fastmathFlags = #llvm.fastmath<contract>} : f64
  %1 = llvm.intr.fmuladd(%0, %a, %b) : (f64, f64, f64) -> f64
  %2 = llvm.fneg %1 : f64
  %3 = llvm.fcmp "olt" %2, %b {fastmathFlags = #llvm.fastmath<nnan>} : f64
  %4 = llvm.select %3, %a, %2 : i1, f64
  %5 = llvm.intr.maxnum(%4, %b) : (f64, f64) -> f64
  %6 = llvm.intr.minimum(%5, %b) : (f64, f64) -> f64
  %7 = llvm.intr.fabs(%6) : (f64) -> f64
  %8 = llvm.intr.sqrt(%7) : (f64) -> f64
  %9 = llvm.intr.pow(%8, %b) : (f64, f64) -> f64
  %10 = llvm.intr.powi(%9, %n) : (f64, i32) -> f64
  %11 = llvm.intr.fma(%10, %a, %b) : (f64, f64, f64) -> f64
  %12 = llvm.intr.floor(%11) : (f64) -> f64
  %13 = llvm.intr.copysign(%12, %b) : (f64, f64) -> f64
  %14 = llvm.intr.rint(%s) : (f32) -> f32
  %15 = llvm.fpext %14 : f32 to f64
  %16 = llvm.sitofp %n : i32 to f64
  %17 = llvm.fadd %15, %16 : f64
  %18 = llvm.fadd %13, %17 : f64
  llvm.return %18 : f64
}

// Names of math.h: by name and type. A name with other types, or with a body, is an ordinary call.
llvm.func @lgamma(f64) -> f64
llvm.func @hypotf(f32, f32) -> f32
llvm.func @ldexp(f64, i32) -> f64
llvm.func @erff(f32) -> f32
llvm.func @fmin(f64, f64) -> f64
llvm.func @cbrt(f64, f64) -> f64
// CHECK-LABEL: func.func @tan(
llvm.func @tan(%x: f64) -> f64 {
  llvm.return %x : f64
}
// CHECK-LABEL: func.func @names
// CHECK: sparsead.libm "lgamma"(%{{.*}}) fastmath<afn> : (f64) -> f64
// CHECK: sparsead.libm "ldexp"(%{{.*}}, %{{.*}}) : (f64, i32) -> f64
// CHECK: sparsead.libm "hypotf"(%{{.*}}, %{{.*}}) : (f32, f32) -> f32
// CHECK: math.erf %{{.*}} : f32
// CHECK: arith.minnumf
// CHECK: llvm.call @cbrt(
// CHECK: call @tan(
llvm.func @names(%x: f64, %n: i32, %s: f32) -> f64 {
  %0 = llvm.call @lgamma(%x) {fastmathFlags = #llvm.fastmath<afn>} : (f64) -> f64
  %1 = llvm.call @ldexp(%0, %n) : (f64, i32) -> f64
  %2 = llvm.call @hypotf(%s, %s) : (f32, f32) -> f32
  %3 = llvm.call @erff(%2) : (f32) -> f32
  %4 = llvm.fpext %3 : f32 to f64
  %5 = llvm.call @fmin(%1, %4) : (f64, f64) -> f64
  %6 = llvm.call @cbrt(%5, %5) : (f64, f64) -> f64
  %7 = llvm.call @tan(%6) : (f64) -> f64
  llvm.return %7 : f64
}

// Memory stays; hints go; undefined scalars are poison.
// CHECK-LABEL: func.func @memory(
// CHECK-SAME: %[[P:.*]]: !llvm.ptr {llvm.noalias}
// CHECK-NEXT: %[[U:.*]] = ub.poison : f64
// CHECK-NEXT: %[[Q:.*]] = llvm.getelementptr %[[P]][1]
// CHECK-NEXT: llvm.store %[[U]], %[[Q]]
// CHECK-NEXT: %[[C:.*]] = llvm.icmp "eq" %[[P]], %[[Q]]
// CHECK-NEXT: return %[[C]]
llvm.func @memory(%p: !llvm.ptr {llvm.noalias}) -> i1 {
  %0 = llvm.mlir.undef : f64
  %1 = llvm.getelementptr %p[1] : (!llvm.ptr) -> !llvm.ptr, f64
  llvm.store %0, %1 : f64, !llvm.ptr
  %2 = llvm.icmp "eq" %p, %1 : !llvm.ptr
  llvm.intr.assume %2 : i1
  %3 = llvm.freeze %2 : i1
  llvm.return %3 : i1
}
