//===- GatherNest.h - a nest of loops that adds to elements -----*- C++ -*-===//
//
// Internal to GatherRows.cpp (rewriting) and GatherMatch.cpp (what can be rewritten).
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_GATHERNEST_H
#define SPARSEAD_LIB_TRANSFORMS_GATHERNEST_H

#include "sparsead/Analysis/SubscriptClass.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

namespace sparsead::gather {

/// A store of what was loaded from there and `added`.
struct Site {
  mutable mlir::LLVM::StoreOp store;
  mlir::LLVM::LoadOp load;
  mlir::Value added;
  llvm::SmallVector<std::pair<mlir::scf::IfOp, bool>> guards; // outer ones first
  ObjectId object = 0;
  Polynomial bytes;
  unsigned group = 0;
  llvm::SmallVector<int64_t>
      shift; // iteration iv reaches the element of iteration iv + shift of the group's first site
};

/// Loops around one body, outer ones first, that run over a box.
class Nest {
public:
  Nest(mlir::func::FuncOp f, const Activity &activity, Subscripts &subscripts)
      : function(f), activity(activity), subscripts(subscripts), loc(f.getLoc()) {}

  bool match(mlir::scf::ForOp outer) {
    return matchLoops(outer) && matchBody() && matchCarried() && matchOwned() && matchSites() && matchShifts() &&
           isInjective();
  }
  void rewrite();
  /// Would single terms be computed several times that cost more than a way through the cache?
  bool hasDearTerms();
  /// The terms are kept by the loop as it was.
  void keepTerms() { keeps = true; }

private:
  // Matching.
  bool matchLoops(mlir::scf::ForOp outer);
  bool matchBody();
  bool isSite(mlir::LLVM::StoreOp store, Site &site) const;
  bool matchSites();
  bool matchCarried();
  bool matchOwned();
  bool isSumOf(mlir::OpOperand &operand, mlir::Value start, llvm::DenseSet<mlir::OpOperand *> &ways) const;
  bool matchShifts();
  bool makeGroup(llvm::ArrayRef<unsigned> members);
  bool isInjective();
  bool usesCarried(mlir::Value v, llvm::DenseSet<mlir::Value> &seen) const;
  struct Limit { // position >= bound + plus, or < bound + plus; no bound: zero
    size_t loop;
    mlir::Value bound;
    int64_t plus;
    bool lower;
  };
  struct Place { // position of a loop, or an invariant, or nothing; plus a number
    std::optional<size_t> loop;
    mlir::Value invariant;
    int64_t plus = 0;
  };
  std::optional<Place> placeOf(mlir::Value v) const;
  bool requireSide(mlir::Value condition, bool side);
  bool isInvariant(mlir::Value v) const { return loops.front().isDefinedOutsideOfLoop(v); }

  // Rewriting.
  using Values = llvm::SmallVector<mlir::Value>;
  mlir::Value integer(int64_t v, mlir::Type type) {
    return mlir::arith::ConstantOp::create(b, loc, type, b.getIntegerAttr(type, v));
  }
  mlir::Value plus(mlir::Value v, int64_t c) {
    if (c == 0)
      return v;
    return mlir::arith::AddIOp::create(b, loc, v, integer(c, v.getType()), mlir::arith::IntegerOverflowFlags::nsw);
  }
  mlir::Value smaller(mlir::Value x, mlir::Value y) { return mlir::arith::MinSIOp::create(b, loc, x, y); }
  mlir::Value greater(mlir::Value x, mlir::Value y) { return mlir::arith::MaxSIOp::create(b, loc, x, y); }
  mlir::Value isLess(mlir::Value x, mlir::Value y) {
    return mlir::arith::CmpIOp::create(b, loc, mlir::arith::CmpIPredicate::slt, x, y);
  }
  mlir::Value both(mlir::Value x, mlir::Value y) {
    return x ? mlir::arith::AndIOp::create(b, loc, x, y).getResult() : y;
  }
  mlir::IRMapping mapFor(llvm::ArrayRef<mlir::Value> position, llvm::ArrayRef<int64_t> shift);
  mlir::Value movedBy(mlir::Operation *op, mlir::IRMapping &map);
  mlir::Value clone(mlir::Value v, mlir::IRMapping &map);
  mlir::Value contribution(const Site &site, mlir::IRMapping map, size_t depth);
  void addition(const Site &site, mlir::IRMapping map, size_t depth);
  Values effects(mlir::ValueRange carried, mlir::IRMapping map);
  void relaxSums(mlir::ValueRange carried, Values &next);
  void makeTerms();
  void storeTerms();
  void releaseTerms();
  mlir::Value termAddress(const Site &site, llvm::ArrayRef<mlir::Value> position, llvm::ArrayRef<int64_t> shift);
  mlir::Value wide(mlir::Value v) {
    mlir::Type i64 = b.getI64Type();
    return v.getType() == i64 ? v : mlir::arith::ExtSIOp::create(b, loc, i64, v).getResult();
  }
  mlir::Value inRange(llvm::ArrayRef<mlir::Value> position, llvm::ArrayRef<int64_t> shift);
  Values clean(size_t depth, Values &position, mlir::ValueRange carried);
  Values boundary(size_t depth, Values &position, mlir::Value inside, mlir::ValueRange carried);
  /// A loop; `make` fills it, given its position and what it carries, and says what it carries on.
  Values makeLoop(mlir::Value begin, mlir::Value end, mlir::ValueRange carried,
                  llvm::function_ref<Values(mlir::Value, mlir::ValueRange)> make);

  mlir::func::FuncOp function;
  const Activity &activity;
  Subscripts &subscripts;
  mutable llvm::SmallVector<mlir::scf::ForOp> loops;
  std::vector<Site> sites;
  llvm::DenseSet<mlir::Operation *> siteOps;    // their stores and the loads before
  llvm::SmallVector<mlir::LLVM::StoreOp> owned; // other stores of the body
  /// Per group: its site whose guards are understood, and the factors of the positions.
  struct Group {
    unsigned reference;
    llvm::SmallVector<Polynomial> factors;
  };
  std::vector<Group> groups;
  llvm::SmallVector<int64_t> least, most; // of the shifts, per loop
  llvm::SmallVector<Limit> limits;
  llvm::SmallVector<std::pair<mlir::Value, bool>> conditions; // invariant ones

  bool keeps = false;
  llvm::DenseMap<const Site *, mlir::Value> terms; // arrays, by the iterations of the box
  Values iterations;                               // of each loop, in 64 bits

  mlir::OpBuilder b{static_cast<mlir::MLIRContext *>(nullptr)};
  mlir::Location loc;
  Values low, high, from, to;
};

} // namespace sparsead::gather

#endif // SPARSEAD_LIB_TRANSFORMS_GATHERNEST_H
