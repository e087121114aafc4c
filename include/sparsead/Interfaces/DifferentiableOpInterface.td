//===- DifferentiableOpInterface.td - one rule per operation ---*- tablegen -*-===//
//
// What tangents, adjoints, Jacobian patterns and Hessian patterns derive from.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_INTERFACES_DIFFERENTIABLEOPINTERFACE_TD
#define SPARSEAD_INTERFACES_DIFFERENTIABLEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::sparsead";
  let description = [{
    The derivative rule of an operation with one result of floating-point type
    (operations whose result is no float have rules too: no dependence).

    The three statements of a rule agree: `dependence(i)` is `None` exactly where
    `partials` gives `Zero` for operand i, and `Nonlinear` exactly where
    `interacts(i, j)` holds for some j. A constant operand that the rule makes use
    of (an exponent, a divisor) has no dependence.
  }];

  let methods = [
    InterfaceMethod<[{
      How the result depends on an operand, as a formula: `None` where the
      partial derivative is zero almost everywhere (`floor`, conditions,
      integers), `Linear` where it is constant almost everywhere (`x + y`, `fmax`,
      `fabs`), else `Nonlinear` (both operands of a product).
    }], "::sparsead::Dependence", "dependence", (ins "unsigned":$operand)>,

    InterfaceMethod<[{
      Whether the second derivative by operands i and j is not identically zero.
      Symmetric.
    }], "bool", "interacts", (ins "unsigned":$i, "unsigned":$j)>,

    InterfaceMethod<[{
      The partial derivatives, one entry per operand. IR is built at the insertion
      point of `b`, which must be dominated by the operation, and only for
      operands with `needed` set; the entries of others are `Zero`. New operations
      have the location of this one.
    }], "::llvm::SmallVector<::sparsead::Partial>", "partials",
    (ins "::mlir::OpBuilder &":$b, "::llvm::ArrayRef<bool>":$needed)>,

    InterfaceMethod<[{
      False for an operation that stands for a family (calls of the C library by
      name) where this member has no rule. `dependence` is then `Nonlinear`, and
      `partials` must not be asked.
    }], "bool", "isDifferentiable", (ins), "", [{ return true; }]>
  ];
}

#endif // SPARSEAD_INTERFACES_DIFFERENTIABLEOPINTERFACE_TD
