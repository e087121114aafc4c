//===- SubscriptClass.h - integers and addresses by cases -------*- C++ -*-===//
//
// What an integer of the normal form is, as a polynomial of loop positions and sizes, by cases: (i+1) % N is i + 1
// where i + 1 < N, and i + 1 - N where it is N. Addresses likewise, as object and bytes. Everything else is named:
// indirect (an index that is loaded from inactive data) or opaque, with a reason and a place.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_ANALYSIS_SUBSCRIPTCLASS_H
#define SPARSEAD_ANALYSIS_SUBSCRIPTCLASS_H

#include "sparsead/Analysis/Activity.h"
#include "sparsead/Analysis/Polynomial.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include <map>
#include <string>
#include <vector>

namespace sparsead {

/// Why something has no polynomial.
struct Unclear {
  enum Kind { Indirect, Opaque } kind = Opaque;
  std::string reason;
  std::optional<mlir::Location> loc;
};

/// In the case `when`, the value is `value`, or nothing is known.
struct IntCase {
  Conjunction when;
  Polynomial value;
  std::optional<Unclear> unclear;
};
using IntCases = llvm::SmallVector<IntCase, 1>;

/// In the case `when`, the pointer is that many bytes into the object.
struct AddressCase {
  Conjunction when;
  ObjectId object = 0;
  Polynomial bytes;
  std::optional<Unclear> unclear;
};

/// Alternatives, of which at least one holds.
using Alternatives = llvm::SmallVector<Conjunction, 1>;

/// What the relation relies on and the language does not promise: arithmetic that may wrap.
struct Assumption {
  mlir::Location loc;
  std::string text;
};

class Subscripts {
public:
  explicit Subscripts(const Activity &activity);

  struct AtomInfo {
    enum Kind { Position, Size, Local } kind;
    std::string name;
    /// Sizes: a program of rt/abi.hpp that computes it from the function's arguments; empty: none.
    std::vector<int64_t> program;
  };
  const AtomInfo &info(Atom a) const { return atoms[a]; }
  Atom count() const { return atoms.size(); }
  bool isSize(Atom a) const { return atoms[a].kind == AtomInfo::Size; }
  Atom fresh(AtomInfo::Kind kind, std::string name);
  /// Sizes only.
  bool isInvariant(const Polynomial &p) const;
  /// Each term is a position by itself, or holds sizes only.
  bool isLinear(const Polynomial &p) const;

  const IntCases &valueOf(mlir::Value v);
  Alternatives conditionOf(mlir::Value v, bool truth);
  llvm::SmallVector<AddressCase, 1> addressOf(mlir::Value pointer);
  /// What is known where the operation runs; `outer`: only about operations inside of it.
  Alternatives contextOf(mlir::Operation *op, mlir::Operation *outer = nullptr);
  /// The loop's own condition: its position is in range.
  Alternatives rangeOf(mlir::scf::ForOp loop);
  Atom positionOf(mlir::scf::ForOp loop);
  /// The integer that a program of rt/abi.hpp computes; nullopt where it is no polynomial of loads.
  std::optional<Polynomial> valueOfProgram(llvm::ArrayRef<int64_t> program);
  const std::vector<Assumption> &assumptions() const { return assumed; }

  /// More cases than that of one value, condition or address: it is given up.
  static constexpr size_t maxCases = 24;

  static Alternatives both(const Alternatives &a, const Alternatives &b);

private:
  IntCases compute(mlir::Value v);
  IntCases arithmetic(mlir::Operation *op);
  IntCases remainder(mlir::Operation *op);
  IntCases extreme(mlir::Operation *op, bool isMax);
  IntCases choice(mlir::Value condition, mlir::Value yes, mlir::Value no);
  IntCases size(mlir::Value v);
  Alternatives compare(mlir::arith::CmpIPredicate p, mlir::Value l, mlir::Value r);
  std::optional<Atom> sizeAtom(mlir::Value v);
  Atom atomOfProgram(std::vector<int64_t> words, llvm::StringRef name);
  std::string argumentName(unsigned number) const;
  bool programFor(mlir::Value v, std::vector<int64_t> &words, std::string &name);
  bool pointerProgram(mlir::Value v, std::vector<int64_t> &words, std::string &name, bool &direct);
  bool isConstantMemory(mlir::Value pointer) const;
  void assumeNoWrap(mlir::Operation *op);

  const Activity &activity;
  std::vector<AtomInfo> atoms;
  std::map<std::vector<int64_t>, Atom> sizeOfProgram;
  llvm::DenseMap<mlir::Value, Atom> sizeOfValue;
  llvm::DenseMap<mlir::Operation *, Atom> positions;
  std::map<void *, IntCases> known;
  llvm::DenseSet<ObjectId> written;
  llvm::DenseSet<mlir::Operation *> assumedAt;
  std::vector<Assumption> assumed;
  std::map<std::string, unsigned> names;
};

} // namespace sparsead

#endif // SPARSEAD_ANALYSIS_SUBSCRIPTCLASS_H
