//===- DependenceReport.h - what a relation says about a matrix -*- C++ -*-===//
//
// Numbers of nonzeros, bandwidth and growth as formulas of the sizes.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_ANALYSIS_DEPENDENCEREPORT_H
#define SPARSEAD_ANALYSIS_DEPENDENCEREPORT_H

#include "sparsead/IR/RelationFormula.h"

namespace sparsead {

/// A sum of rational multiples of products of sizes.
struct SizePolynomial {
  /// Factors, sorted, to numerator; all over `denominator`.
  std::map<std::vector<std::string>, int64_t> terms;
  int64_t denominator = 1;

  unsigned degree() const;
  /// nullopt where a size has no value, or the result is no integer of 64 bits.
  std::optional<int64_t> evaluate(const SizeValues &sizes) const;
  /// "5*N*N - 4*N", "(n*n + n)/2"
  std::string str() const;
};

struct DependenceReport {
  /// Entries of the Jacobian; nullopt where there is no closed form.
  std::optional<SizePolynomial> nnz;
  /// The formula holds for sizes from here on.
  int64_t nnzFrom = 1;
  /// Of each piece by itself, beside the relation's.
  std::vector<std::optional<SizePolynomial>> pieces;
  /// Largest distance of an entry from the diagonal, where rows and columns have the same numbering.
  std::optional<SizePolynomial> bandwidth;
  /// Pieces with more entries than a constant number per row and column.
  std::vector<size_t> quadratic;

  /// "nnz = 3*n - 4 for sizes of at least 2, bandwidth 1"
  std::string str() const;
};

DependenceReport reportOf(const RelationFormula &relation);

/// DependenceReport::quadratic alone, which is soon found.
std::vector<size_t> quadraticPieces(const RelationFormula &relation);

} // namespace sparsead

#endif // SPARSEAD_ANALYSIS_DEPENDENCEREPORT_H
