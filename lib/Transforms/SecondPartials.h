//===- SecondPartials.h - partials of partials -----------------*- C++ -*-----//
//
// The rules state first partial derivatives as IR; second ones are the
// derivatives of that IR, by the same rules.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_SECONDPARTIALS_H
#define SPARSEAD_LIB_TRANSFORMS_SECONDPARTIALS_H

#include "sparsead/Interfaces/DifferentiableOpInterface.h"

#include "llvm/ADT/DenseMap.h"

namespace sparsead {

/// First and second partials of an operation by the distinct values among its operands: of x * x by x.
class SecondPartials {
public:
  /// `op` stands in the code under construction; IR is built at the insertion point of `b`. `active`: by operand.
  /// All numbers are f64 values; null: zero.
  SecondPartials(mlir::OpBuilder &b, mlir::Operation *op, llvm::ArrayRef<bool> active);

  /// Operands with some partial, each once, and the number of an operand that it is.
  unsigned size() const { return unsigned(variables.size()); }
  unsigned operand(unsigned i) const { return variables[i].operand; }
  mlir::Value first(unsigned i) const { return variables[i].partial; }
  mlir::Value second(unsigned i, unsigned j);
  /// An operation among the first partials that has no rule itself, so that second ones are not known; null: none.
  mlir::Operation *withoutRule() const { return unknown; }

private:
  struct Variable {
    mlir::Value value;
    unsigned operand;
    llvm::SmallVector<unsigned, 2> positions;
    mlir::Value partial;   // f64
    mlir::Value inResult;  // of the result's type
    bool constant = false; // a mask, ±1: no second derivatives
  };
  mlir::Value asDouble(mlir::Value v);
  mlir::Value derivative(mlir::Value v, const Variable &by);
  mlir::Value computeDerivative(mlir::Value v, const Variable &by);

  mlir::OpBuilder &b;
  mlir::Operation *op;
  mlir::Operation *unknown = nullptr;
  llvm::SmallVector<Variable, 3> variables;
  llvm::DenseMap<std::pair<mlir::Value, mlir::Value>, mlir::Value> known;
};

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_SECONDPARTIALS_H
