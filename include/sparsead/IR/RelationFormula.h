//===- RelationFormula.h - dependence relations as text ---------*- C++ -*-===//
//
// What #sparsead.relation holds: a union of maps from elements of outputs to elements of inputs, with sizes by name.
//
//   r[_, N], u[_, N] : { r[i, j] -> u[i - 1, j] : 1 <= i < N and 0 <= j < N; r[i, j] -> u[i, j] : ... }
//
// In front of the colon stands how elements are numbered: element [i, j] of u is number i*N + j. Objects that are not
// listed have one index. docs/design/relations.md has the grammar.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_IR_RELATIONFORMULA_H
#define SPARSEAD_IR_RELATIONFORMULA_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sparsead {

/// Sum of integer multiples of names (sizes, indices, products of sizes: "M*N", factors in alphabetical order) and a
/// constant.
struct LinearForm {
  std::map<std::string, int64_t> terms; // none is zero
  int64_t constant = 0;

  static LinearForm name(std::string n) { return {{{std::move(n), 1}}, 0}; }
  static LinearForm number(int64_t c) { return {{}, c}; }
  void add(const LinearForm &other, int64_t times = 1);
  bool isConstant() const { return terms.empty(); }
  int64_t coefficient(const std::string &n) const {
    auto it = terms.find(n);
    return it == terms.end() ? 0 : it->second;
  }
  bool operator==(const LinearForm &o) const { return terms == o.terms && constant == o.constant; }
  bool operator<(const LinearForm &o) const { return terms != o.terms ? terms < o.terms : constant < o.constant; }
  std::string str() const;
};

/// { out[outIndex] -> in[inIndex] : exists quantified : equal == 0 and atLeast >= 0 }
struct RelationPiece {
  std::string out, in;
  std::vector<std::string> outIndex;
  std::vector<LinearForm> inIndex;
  std::vector<std::string> quantified;
  std::vector<LinearForm> equal, atLeast;

  /// Names that are bound: not sizes.
  bool isBound(llvm::StringRef name) const;
  std::string str() const;
};

/// An object's name as a formula spells it: letters, digits, '_' and '.'.
std::string relationName(llvm::StringRef name);

/// Values of sizes by name.
using SizeValues = std::map<std::string, int64_t>;

struct RelationFormula {
  /// Per object: the extents of its second and further indices. No entry: one index.
  std::map<std::string, std::vector<LinearForm>> shapes;
  std::vector<RelationPiece> pieces;

  /// nullopt, with a message and the position it is about, where the text is none.
  static std::optional<RelationFormula> parse(llvm::StringRef text, std::string &error, size_t &position);
  std::string str() const;
  /// All sizes it speaks of, in alphabetical order.
  std::vector<std::string> sizes() const;

  /// Value of a form whose names all have values (products of sizes are made from their factors).
  static std::optional<int64_t> evaluate(const LinearForm &form, const SizeValues &values);
  /// Calls visit(piece number, element of the output, element of the input), elements by number; the same pair may come
  /// several times. False where some index has no bounds at these sizes.
  bool enumerate(const SizeValues &sizes, llvm::function_ref<void(size_t, int64_t, int64_t)> visit) const;
};

} // namespace sparsead

#endif // SPARSEAD_IR_RELATIONFORMULA_H
