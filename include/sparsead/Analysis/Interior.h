//===- Interior.h - the iterations where position decides nothing -*- C++ -*--//
//
// Most iterations of a stencil's loop take the same side of every test of the
// loop's position, `i == 0 ? n - 1 : i - 1`, `(i + 1) % n`, `i > 0 ? u[i-1] : 0`.
// The analysis guesses that side at a sample iteration and says, exactly, for
// which iterations the guess holds: a range of the induction variable.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_ANALYSIS_INTERIOR_H
#define SPARSEAD_ANALYSIS_INTERIOR_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace sparsead {

/// coefficient * induction variable + sum of loop invariants + constant, in
/// 64-bit arithmetic.
struct AffineForm {
  struct Term {
    int64_t factor;
    mlir::Value value;
    bool isUnsigned;
  };
  int64_t coefficient = 0, constant = 0;
  llvm::SmallVector<Term, 4> terms;
};

class Interior {
public:
  /// What an operation of the body is in the interior.
  struct Decision {
    std::optional<bool> truth;    // a comparison
    std::optional<int64_t> times; // x % n: x - times * n
    unsigned operand = 0;         // a minimum or maximum: this operand
    /// An index that is made wide after it was computed in a narrow type, as
    /// C's int is for an address: computed in 64 bits from the beginning. Signed
    /// arithmetic that may have lost its promise not to wrap would keep LLVM from
    /// seeing that addresses move evenly.
    std::optional<AffineForm> wide;
  };

  /// Decides what can be decided in the body of the loop (step 1, signed).
  /// `mayUse` says which invariants are known when the range is computed.
  void build(mlir::scf::ForOp loop, llvm::function_ref<bool(mlir::Value)> mayUse);

  const llvm::MapVector<mlir::Operation *, Decision> &decisions() const { return decided; }
  /// Is anything decided that the position chooses?
  bool isChoice() const {
    return !required.empty() ||
           llvm::any_of(decided, [](const std::pair<mlir::Operation *, Decision> &d) { return !d.second.wide; });
  }
  /// Conditions from outside the loop that choose the structure of its body,
  /// and the side of the interior.
  llvm::ArrayRef<std::pair<mlir::Value, bool>> guards() const { return required; }

  /// The form as i64 IR; the loop's position is `position`.
  static mlir::Value emit(mlir::OpBuilder &b, mlir::Location loc, const AffineForm &form, mlir::Value position,
                          llvm::function_ref<mlir::Value(mlir::Value)> lookup);

  /// [begin, end) as i64 IR, inside the loop's own range, possibly empty.
  /// `lookup` maps the primal's values.
  std::pair<mlir::Value, mlir::Value> emit(mlir::OpBuilder &b, mlir::scf::ForOp loop,
                                           llvm::function_ref<mlir::Value(mlir::Value)> lookup) const;

  /// The loop in pieces (docs/design/structure.md): between two neighbouring
  /// cuts no test that is decided changes its side, as long as the iterations
  /// lie in [begin, end), where all forms are exact. i64 IR.
  struct Pieces {
    mlir::Value begin, end;
    llvm::SmallVector<mlir::Value> cuts;
  };
  /// `limits`: more forms that must not be negative in the range.
  Pieces emitPieces(mlir::OpBuilder &b, mlir::scf::ForOp loop, llvm::ArrayRef<AffineForm> limits,
                    llvm::function_ref<mlir::Value(mlir::Value)> lookup) const;
  /// A value of the loop as an exact form, as long as the forms added to
  /// `nonnegative` are not negative.
  static std::optional<AffineForm> formOf(mlir::Value v, bool isUnsigned, mlir::scf::ForOp loop,
                                          llvm::function_ref<bool(mlir::Value)> mayUse,
                                          llvm::SmallVectorImpl<AffineForm> &nonnegative);
  /// Forms with which ranges can be computed.
  static bool isUsable(const AffineForm &f) { return f.coefficient >= -1 && f.coefficient <= 1; }

private:
  enum class Bound { AtLeastZero, LessThanZero, NotZero };
  struct Constraint {
    Bound bound;
    AffineForm form; // coefficient 1 or -1
  };
  llvm::SmallVector<Constraint> constraints;
  llvm::SmallVector<Constraint> sides;  // tests whose other side is as good for a piece
  llvm::SmallVector<Constraint> limits; // what must hold for decisions on either side
  llvm::MapVector<mlir::Operation *, Decision> decided;
  llvm::SmallVector<std::pair<mlir::Value, bool>> required;
};

/// Concrete values of integers and addresses at a sample point in general
/// position: sizes are large, outer loops in the middle of their range.
class Sample {
public:
  using Number = __int128;
  Sample(mlir::Value inductionVariable, int64_t at) : variable(inductionVariable), at(at) {}
  std::optional<Number> evaluate(mlir::Value v);
  /// The position of another loop; before anything is evaluated.
  void assume(mlir::Value v, Number n) { known[v] = n; }

private:
  std::optional<Number> compute(mlir::Value v);
  mlir::Value variable;
  int64_t at;
  llvm::DenseMap<mlir::Value, std::optional<Number>> known;
};

constexpr int64_t samplePosition = 517;

} // namespace sparsead

#endif // SPARSEAD_ANALYSIS_INTERIOR_H
