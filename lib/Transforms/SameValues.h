//===- SameValues.h - what is the same up to sign and rounding --*- C++ -*-===//
//
// Internal to lib/Transforms. Value numbering for derivatives: products and sums are known by their factors and terms,
// in whichever order and however bracketed, signs apart; factors that all terms have stand before the sum. The mixed
// partials d(a)/dx(b) and d(b)/dx(a) of an element's gradient, which two sweeps have computed, are found to be one
// value.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_SAMEVALUES_H
#define SPARSEAD_LIB_TRANSFORMS_SAMEVALUES_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallVector.h"
#include <map>
#include <vector>

namespace sparsead {

class SameValues {
public:
  /// Takes apart what stands in the block; other values are known by themselves. `careful`: selections of products that
  /// are zero where a factor is, for the sake of infinite ones. They count as the products.
  SameValues(mlir::Block *block, const llvm::DenseSet<mlir::Value> &careful) : block(block), careful(careful) {}

  /// Values of one number are the same; of different signs, each other's negative. No value has number 0.
  struct Name {
    unsigned number = 0;
    bool negative = false;
  };
  /// Cost: linear in the operations behind the value, each of which is looked at once; sums and products of more than
  /// 32 operands are not taken apart.
  Name nameOf(mlir::Value v);

private:
  /// coefficient * product of factors (powers of numbers, ascending); a sum of terms with signs, ascending.
  struct Product {
    double coefficient = 1;
    std::vector<std::pair<unsigned, int>> factors;
  };
  struct Sum {
    std::vector<std::pair<unsigned, bool>> terms;
  };
  using Key = std::vector<uint64_t>;

  Name compute(mlir::Value v);
  Name operation(mlir::Value v);
  Name product(Name a, Name b, int exponent);
  Name sum(Name a, Name b);
  Name sumOf(std::vector<std::pair<unsigned, bool>> terms);
  Product productOf(Name a) const;
  Sum termsOf(Name a) const;
  unsigned numberOf(Product p);
  unsigned intern(Key key);
  static Name negated(Name n) { return {n.number, !n.negative}; }

  mlir::Block *block;
  const llvm::DenseSet<mlir::Value> &careful;
  llvm::DenseMap<mlir::Value, Name> names;
  std::map<Key, unsigned> numbers;
  llvm::DenseMap<unsigned, Product> products; // of numbers that are products
  llvm::DenseMap<unsigned, Sum> sums;
};

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_SAMEVALUES_H
