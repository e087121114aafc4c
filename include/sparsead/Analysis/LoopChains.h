//===- LoopChains.h - loops that hand temporaries on ------------*- C++ -*-===//
//
// Loops that stand one after the other, each of them reading what earlier ones have left in work arrays, can take
// turns: a few iterations of the last one, after as many of the others as these need. The work arrays then stay in the
// cache, and where nobody else looks at them only a window of each is ever kept (docs/design/local.md).
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_ANALYSIS_LOOPCHAINS_H
#define SPARSEAD_ANALYSIS_LOOPCHAINS_H

#include "sparsead/Analysis/LocalSites.h"
#include "sparsead/Analysis/Polynomial.h"

namespace sparsead {

/// The addresses that accesses of a member go to: base + bytes + constant, of constants from `lowest`, up to `highest`
/// exclusive.
struct ChainAccess {
  ObjectId object = 0;
  bool writes = false;
  mlir::Value base;
  Polynomial stride; // per iteration of the member's loop
  Polynomial bytes;  // of the invariants
  /// Loops inside the member's: how far each of their iterations moves, and their bounds.
  struct Inner {
    Polynomial move, lower, upper;
    bool operator==(const Inner &o) const { return move == o.move && lower == o.lower && upper == o.upper; }
  };
  std::vector<Inner> inner;
  int64_t lowest = 0, highest = 0;
};

struct ChainMember {
  mutable mlir::scf::ForOp loop;                // null: what stands between loops
  llvm::SmallVector<mlir::Operation *> segment; // in order
  std::vector<ChainAccess> accesses;            // to what several members access, and some of them writes
};

struct LoopChain {
  mlir::Operation *first = nullptr, *last = nullptr; // operations of one block
  llvm::SmallVector<mlir::Operation *> hoisted;      // may be executed before all members, in order
  std::deque<ChainMember> members;                   // in order; the last one is a loop
  llvm::SmallVector<ObjectId> windows;               // of these only a window needs to be kept
};

class LoopChains {
public:
  LoopChains(const Activity &activity, const LocalSites &sites);

  const std::deque<LoopChain> &all() const { return chains; }
  /// The chain that begins with the operation.
  const LoopChain *chainAt(mlir::Operation *first) const;

  /// What an atom of the polynomials stands for: an integer that is known where the chain begins, to be extended with
  /// its sign or with zeros.
  std::pair<mlir::Value, bool> valueOf(Atom a) const { return atoms[a]; }

private:
  struct Access {
    mlir::Operation *op;
    mlir::Value pointer;
    int64_t size;
    bool writes;
  };

  void findIn(mlir::Block &block);
  bool build(mlir::Operation *begin, mlir::Operation *firstLoop, LoopChain &chain);
  bool isMember(mlir::scf::ForOp loop) const;
  bool writesRowsOnly(mlir::Operation *op) const;
  bool endSegment(ChainMember &segment) const;
  bool usesResults(mlir::scf::ForOp loop, const LoopChain &chain) const;
  bool fits(LoopChain &chain);
  bool describe(const Access &access, const ChainMember &member, ObjectId object, ChainAccess &result);
  llvm::SmallVector<Access> accessesOf(const ChainMember &member) const;
  void findWindows(LoopChain &chain);
  bool isWorthwhile(const LoopChain &chain) const;
  bool isAvailable(mlir::Value v) const;
  Atom atomOf(mlir::Value v, bool isUnsigned);
  std::optional<Polynomial> polynomialOf(mlir::Value v, bool isUnsigned, mlir::scf::ForOp within);

  const Activity &activity;
  const LocalSites &sites;
  std::deque<LoopChain> chains;
  llvm::DenseMap<mlir::Operation *, unsigned> chainNumbers;
  std::vector<std::pair<mlir::Value, bool>> atoms;
  llvm::DenseMap<std::pair<mlir::Value, unsigned>, Atom> atomNumbers;
  // Of the chain that is being made.
  mlir::Operation *spanBegin = nullptr;
  llvm::DenseSet<mlir::Operation *> early;
};

} // namespace sparsead

#endif // SPARSEAD_ANALYSIS_LOOPCHAINS_H
