//===- DifferentiableOpInterface.h - one rule per operation -----*- C++ -*-===//

#ifndef SPARSEAD_INTERFACES_DIFFERENTIABLEOPINTERFACE_H
#define SPARSEAD_INTERFACES_DIFFERENTIABLEOPINTERFACE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/OpDefinition.h"

namespace sparsead {

/// How a result depends on an operand; see DifferentiableOpInterface.
enum class Dependence { None, Linear, Nonlinear };

/// ∂result/∂operand. What it adds to the result's tangent, for a tangent t of the operand:
///   Zero       nothing
///   One        t
///   MinusOne   -t
///   Scale      value * t      value: of the result's type
///   Mask       value ? t : 0  value: i1; no product, so that an infinite t on the other side does no harm
///   NegMask    value ? -t : 0
/// Where t is of another floating-point type than the result (extf, truncf), t is converted first.
struct Partial {
  enum Kind { Zero, One, MinusOne, Scale, Mask, NegMask };

  Kind kind = Zero;
  mlir::Value value;
  /// The value may be infinite or NaN where the operation's result is finite (sqrt at 0). A user who multiplies by
  /// several tangents at once should then give 0 where t is 0, so that other inputs' derivatives stay what they are.
  bool singular = false;
  /// Scale: where the value is zero, the product is, though the other factor be infinite.
  bool annihilates = false;

  static Partial zero() { return {}; }
  static Partial one() { return {One, {}}; }
  static Partial minusOne() { return {MinusOne, {}}; }
  static Partial scale(mlir::Value value, bool singular = false) { return {Scale, value, singular}; }
  static Partial mask(mlir::Value condition) { return {Mask, condition}; }
  static Partial negMask(mlir::Value condition) { return {NegMask, condition}; }
};

} // namespace sparsead

#include "sparsead/Interfaces/DifferentiableOpInterface.h.inc"

#endif // SPARSEAD_INTERFACES_DIFFERENTIABLEOPINTERFACE_H
