//===- Passes.td - passes of sparsead --------------------------*- tablegen -*-===//
//
// In the order in which the pipeline runs them.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_TRANSFORMS_PASSES_TD
#define SPARSEAD_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

//===----------------------------------------------------------------------===//
// From LLVM IR to the normal form
//===----------------------------------------------------------------------===//

def MemRefToPointers : Pass<"sparsead-memref-to-pointers", "::mlir::ModuleOp"> {
  let summary = "functions of memrefs to functions of pointers";
  let description = [{
    Precondition: functions of func, scf or cf, affine, arith, math and memref; a
    module without memrefs, indices and affine operations stays as it is. Memrefs
    become pointers with sizes, `index` becomes i64, and each access an address and
    an access of the LLVM dialect, the form of memory that all other passes
    know. Upstream's `expand-strided-metadata` (subview, collapse_shape, ...) and
    `lower-affine` run first, scf.parallel without reductions becomes scf.for.

    Between functions, a memref is passed as the parts of its descriptor that
    its type leaves open: base address, offset, sizes, strides (with
    identity layout: base address and dynamic sizes). Any rank, strided
    layouts, elements of float, integer and index type.

    A request for a function whose parameters are memrefs and numbers is moved to
    a new function, `@<function>.sparsead`, that takes the address of each
    parameter object and of the result. The object of a memref is its descriptor as in
    upstream's C interface, `{ allocated, aligned, offset, sizes[], strides[] }`;
    the path of an object in a memref therefore begins with `offset 8, deref`.

    Refused at the operation: unranked memrefs, memory spaces, layouts without
    strides, other element types, external functions that take memrefs,
    deallocation of what the function has not allocated, and operations that
    neither this pass nor the two of upstream know.

    ```mlir
    func.func @f(%u: memref<?xf64>, %i: index) -> f64 {
      %x = memref.load %u[%i] : memref<?xf64>
      return %x : f64
    }
    ```
    becomes
    ```mlir
    func.func @f(%u: !llvm.ptr, %n: i64, %i: i64) -> f64 {
      %p = llvm.getelementptr %u[%i] : (!llvm.ptr, i64) -> !llvm.ptr, f64
      %x = llvm.load %p : !llvm.ptr -> f64
      return %x : f64
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect", "::sparsead::SparseADDialect"
  ];
}

def RaiseLLVM : Pass<"sparsead-raise", "::mlir::ModuleOp"> {
  let summary = "LLVM-dialect functions and scalars to func, cf, arith and math";
  let description = [{
    Precondition: what the import of LLVM IR gives. Every `llvm.func` with a body
    becomes a `func.func`; branches become `cf`, integer and floating-point
    operations `arith` with their overflow and fast-math flags, intrinsics and
    the functions of `math.h` `math` or `sparsead.libm`. Memory (pointers, loads,
    stores, address arithmetic, globals) stays in the LLVM dialect, and so does
    whatever the pass does not know.

    A function whose address is taken stays an `llvm.func`, because
    `llvm.mlir.addressof` cannot name a `func.func`; if it is also called
    directly, the calls go to a raised copy. Variadic functions, vectors
    and results that are not scalars or plain structs of scalars are left alone.

    ```mlir
    llvm.func @f(%x: f64) -> f64 {
      %0 = llvm.fmul %x, %x : f64
      %1 = llvm.call @sin(%0) : (f64) -> f64
      llvm.return %1 : f64
    }
    ```
    becomes
    ```mlir
    func.func @f(%x: f64) -> f64 {
      %0 = arith.mulf %x, %x : f64
      %1 = math.sin %0 : f64
      return %1 : f64
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::math::MathDialect", "::mlir::ub::UBDialect",
    "::sparsead::SparseADDialect"
  ];
}

def NormalizeLoops : Pass<"sparsead-normalize-loops", "::mlir::func::FuncOp"> {
  let summary = "scf.while loops with a computable trip count to scf.for";
  let description = [{
    Precondition: structured control flow as `lift-cf-to-scf`, canonicalization
    and CSE leave it. Loops that count with a constant step towards an invariant
    bound become `scf.for`: conditions `< <= > >= !=`, signed and unsigned, on
    integers of every width and on pointers, tested before or after the body.
    Arithmetic and loads of the condition are hoisted where nothing in
    the loop can change them.

    The trip count is exact: where the loop could run for ever or wrap around,
    overflow flags or C++'s rule that a loop makes progress exclude it, or a
    `sparsead.trap_if` in front of the loop does (unsigned counters of less than
    64 bits in steps of more than one); otherwise the loop is left as it is.

    ```mlir
    %r = scf.while (%i = %n) : (i32) -> i32 {
      %c = arith.cmpi sgt, %i, %c0 : i32
      scf.condition(%c) %i : i32
    } do {
    ^bb0(%i: i32):
      "body"(%i) : (i32) -> ()
      %next = arith.addi %i, %cm1 overflow<nsw> : i32
      scf.yield %next : i32
    }
    ```
    becomes
    ```mlir
    scf.for %k = %c0 to %n step %c1 : i32 {
      %i = arith.subi %n, %k overflow<nsw> : i32
      "body"(%i) : (i32) -> ()
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::scf::SCFDialect", "::mlir::ub::UBDialect",
    "::sparsead::SparseADDialect"
  ];
}

def SinkStores : Pass<"sparsead-sink-stores", "::mlir::func::FuncOp"> {
  let summary = "one store behind a branch whose sides end with a store to one place";
  let description = [{
    Where every side of an `scf.if` or `scf.index_switch` that hangs on numbers
    ends with a store of the same kind to the same address, made from what
    stands outside, the branch yields what is stored, and one store stands
    behind it.

    ```mlir
    scf.if %c {
      llvm.store %a, %p : f64, !llvm.ptr
    } else {
      llvm.store %b, %p : f64, !llvm.ptr
    }
    ```
    becomes
    ```mlir
    %v = scf.if %c -> (f64) {
      scf.yield %a : f64
    } else {
      scf.yield %b : f64
    }
    llvm.store %v, %p : f64, !llvm.ptr
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect"];
}

def CheckpointLoops : Pass<"sparsead-checkpoint-loops", "::mlir::ModuleOp"> {
  let summary = "marks of SPARSEAD_CHECKPOINT become attributes of loops";
  let description = [{
    A call of `@__sparsead_checkpoint` with a constant becomes an attribute of the
    innermost `scf.for` or `scf.while` around it. Outside of loops (one was
    run once, and is none any more) it goes away.

    ```mlir
    scf.for %i = %lo to %hi step %st {
      func.call @__sparsead_checkpoint(%c10) : (i64) -> ()
      ...
    }
    ```
    becomes
    ```mlir
    scf.for %i = %lo to %hi step %st {
      ...
    } {sparsead.checkpoint = 10 : i64}
    ```
  }];
}

//===----------------------------------------------------------------------===//
// Derivatives
//===----------------------------------------------------------------------===//

def Dependence : Pass<"sparsead-dependence", "::mlir::ModuleOp"> {
  let summary = "which input elements each output element depends on, as a formula";
  let description = [{
    Precondition: the normal form. Requests get two attributes where all accesses
    to active memory are affine: `relation`, the dependence for all sizes
    (docs/design/relations.md), and `relation_sizes`, for each size that the
    arguments tell, the program (rt/abi.hpp) that computes it. Otherwise a remark
    names the accesses that are not, and the request stays as it is.

    ```mlir
    sparsead.jacobian @J of @f … : …
    ```
    becomes, for `r[i] = u[i] - u[i-1]` with i from 1 to n - 1,
    ```mlir
    sparsead.jacobian @J of @f … {
      relation = #sparsead.relation<"{ r[i] -> u[i - 1] : 1 <= i < n; r[i] -> u[i] : 1 <= i < n }">,
      relation_sizes = {n = array<i64: 2, 0, 9, 0>}} : …
    ```
  }];
}

def CheckActivity : Pass<"sparsead-check-activity", "::mlir::ModuleOp"> {
  let summary = "report what a request cannot differentiate";
  let description = [{
    Precondition: normal form. Runs the activity analysis for every request and
    reports, at the user's location, each construct through which active data
    passes and for which there is no derivative: hidden or indirect calls, inline
    assembly, active values stored in memory that the specification does not
    name, reinterpreted bits, volatile and atomic accesses. Changes nothing but marks
    of inactive pointers (`sparsead.inactive`), which it takes away; fails if anything
    was reported.

    ```mlir
    %y = func.call @hidden(%x) : (f64) -> f64
    ```
    with %x active gives `cannot differentiate a call to 'hidden': its body is
    not visible here`.
  }];
}

def Inspector : Pass<"sparsead-inspector", "::mlir::ModuleOp"> {
  let summary = "generate the program that computes a request's pattern";
  let description = [{
    Precondition: normal form, checked by `sparsead-check-activity`. For each
    request adds `@<function>.inspect` with the signature of the runtime's
    `inspect_function`. It runs the user's own program on data that is known when
    a plan is made and propagates marks: unknown values and the columns that they
    depend on. Active data is neither read nor written; branches and
    loops on unknown values run until their joined state is stable.

    ```mlir
    %x = llvm.load %p : !llvm.ptr -> f64       // active
    %y = arith.mulf %x, %x : f64
    llvm.store %y, %q : f64, !llvm.ptr
    ```
    becomes
    ```mlir
    %m = llvm.load %p_shadow : !llvm.ptr -> i32
    llvm.store %m, %q_shadow : i32, !llvm.ptr
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect"
  ];
}

def Interactions : Pass<"sparsead-interactions", "::mlir::ModuleOp"> {
  let summary = "generate the program that computes the pattern of a Hessian";
  let description = [{
    Precondition: normal form, checked by `sparsead-check-activity`. For each
    `sparsead.hessian` adds `@<function>.interactions`, the inspector of second order: as `@<function>.inspect`, but
    each nonlinear operation also adds the pairs of columns that occur together in the second derivatives of its result.

    ```mlir
    %z = arith.mulf %x, %y : f64
    ```
    becomes
    ```mlir
    %p = func.call @sparsead_rt_interact(%inspector, %mx, %my) : (!llvm.ptr, i32, i32) -> i32
    %mz = func.call @sparsead_rt_union(%inspector, %list, %three) : (!llvm.ptr, !llvm.ptr, i32) -> i32 // mx, my, p
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect"
  ];
}

def HessianAdjoint : Pass<"sparsead-hessian-adjoint", "::mlir::ModuleOp"> {
  let summary = "ask for Hessians as Jacobians of compiled adjoints";
  let description = [{
    Precondition: normal form, checked by `sparsead-check-activity`. For each
    `sparsead.hessian` makes `@<function>.reverse`, the function and its reverse sweep as one function in normal form,
    whose arguments are those of the function and then a shadow for each (docs/design/hessian.md), and a request
    for the Jacobian of the inputs' shadows by the inputs. Where a value would have to be kept for the reverse
    sweep, or where that Jacobian is not local, a remark names the line and the reason; values are then kept by numbered
    calls of `sparsead_rt_push` and `sparsead_rt_pop`, and the request has the attribute `products`: only tangents are
    made for it. The attribute `local` of the request makes that an error; under `forward` nothing is tried.

    ```mlir
    sparsead.hessian @H of @f objects = [#sparsead.object<"x", …>, …] inputs = [0] outputs = [1]
    ```
    adds
    ```mlir
    func.func @f.reverse(%n: !llvm.ptr, %x: !llvm.ptr, %result: !llvm.ptr,
                         %n_shadow: !llvm.ptr, %x_shadow: !llvm.ptr, %result_shadow: !llvm.ptr) { … }
    sparsead.jacobian @f.reverse.jacobian of @f.reverse
        objects = [#sparsead.object<"x", …>, …, #sparsead.object<"x (adjoint)", …>, …] inputs = [0] outputs = [2]
        {derived, …} : tensor<?x?xf64, #CSR>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect"
  ];
}

def Tangent : Pass<"sparsead-tangent", "::mlir::ModuleOp"> {
  let summary = "generate vector forward-mode kernels";
  let description = [{
    Precondition: normal form, checked by `sparsead-check-activity`. For each
    request and each of its widths W adds `@<function>.tangent.w<W>` with the
    signature of the runtime's `tangent_kernel`: the primal, with W tangents for
    every active float and a shadow pointer for every pointer to active memory.
    Only functions that active data reaches are cloned.

    ```mlir
    %y = arith.mulf %x, %x : f64
    ```
    becomes, for W = 4,
    ```mlir
    %y = arith.mulf %x, %x : f64
    %two_x = arith.addf %x, %x : f64
    %s = vector.broadcast %two_x : f64 to vector<4xf64>
    %y_t = arith.mulf %s, %x_t : vector<4xf64>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
    "::sparsead::SparseADDialect"
  ];
}

def Record : Pass<"sparsead-record", "::mlir::ModuleOp"> {
  let summary = "generate the program that records a tape";
  let description = [{
    Precondition: normal form, checked by `sparsead-check-activity`. For each
    request adds `@<function>.record`: the primal, with the number of a tape's node
    for every active float. Each operation with active operands appends one node
    (its partial derivatives and the operands' nodes); the runtime sweeps the
    tape backwards. This is the reverse mode for functions with few rows; loops
    cost memory proportional to the operations they run.

    ```mlir
    %y = arith.mulf %x, %x : f64
    ```
    becomes
    ```mlir
    %y = arith.mulf %x, %x : f64
    %y_node = call @sparsead_rt_record2(%tape, %x, %x_node, %x, %x_node)
            : (!llvm.ptr, f64, i32, f64, i32) -> i32
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::sparsead::SparseADDialect"
  ];
}

def Adjoint : Pass<"sparsead-adjoint", "::mlir::ModuleOp"> {
  let summary = "generate reverse mode, source to source";
  let description = [{
    Precondition: normal form, checked by `sparsead-check-activity`. For each
    request adds `@<function>.adjoint` (docs/design/adjoint.md): the primal, then the
    reverse sweep over the same structure, with adjoints of memory in its shadow.
    Values of the primal that the reverse sweep needs are computed again or kept on
    a stack; loops without carried dependences run once, each iteration forward and
    back. Remarks say how many bytes an iteration keeps. What has no reverse yet is
    left to `sparsead-record`, with a remark that names the line and the reason.

    ```mlir
    %y = arith.mulf %x, %x : f64
    llvm.store %y, %r : f64, !llvm.ptr
    ```
    becomes
    ```mlir
    %y = arith.mulf %x, %x : f64
    llvm.store %y, %r : f64, !llvm.ptr
    %d = llvm.load %r_shadow : !llvm.ptr -> f64
    llvm.store %zero, %r_shadow : f64, !llvm.ptr
    %two_x = arith.addf %x, %x : f64
    // what %x was loaded from: shadow += %two_x * %d
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::sparsead::SparseADDialect"
  ];
}

def LocalAccumulation : Pass<"sparsead-local", "::mlir::ModuleOp"> {
  let summary = "generate kernels that write values at known positions";
  let description = [{
    Precondition: normal form, checked by `sparsead-check-activity`. For each
    request whose dependences are local (docs/design/local.md) adds
    `@<function>.local`: the primal once and, at every store to an output, the
    partials of the stored value by the loads it depends on, by a reverse sweep in
    the body, added at positions that the plan gives. Innermost loops run their
    interior, where position decides nothing, in a version without its tests and
    with constant places in the rows. The attribute `sparsead.local` describes
    the sites to the runtime. A remark says why a function has no such kernel.

    ```mlir
    %y = arith.mulf %x, %x : f64
    llvm.store %y, %r : f64, !llvm.ptr
    ```
    becomes
    ```mlir
    %y = arith.mulf %x, %x : f64
    llvm.store %y, %r : f64, !llvm.ptr
    %d = arith.addf %x, %x : f64
    // values[position of (row of r, column of x)] += %d
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::sparsead::SparseADDialect"
  ];
}

#endif // SPARSEAD_TRANSFORMS_PASSES_TD
