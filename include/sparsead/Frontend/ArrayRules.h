//===- ArrayRules.h - SPARSEAD_RULE for functions of arrays ----*- C++ -*-===//

#ifndef SPARSEAD_FRONTEND_ARRAYRULES_H
#define SPARSEAD_FRONTEND_ARRAYRULES_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace llvm {
class Function;
} // namespace llvm

namespace sparsead {

/// A rule as the code carries it. Items in the order in which derivatives take them: inputs and outputs by parameter,
/// the result first among the outputs.
struct ArrayRule {
  struct Item {
    bool output = false;
    int argument = -1;            ///< -1: the result
    bool byValue = false;         ///< a number; else behind a pointer
    std::vector<int64_t> program; ///< of abi.hpp: how many; empty: one
  };
  std::string jvp, vjp; ///< symbols; empty: none
  llvm::SmallVector<Item, 4> items;

  std::string text() const;
  static std::optional<ArrayRule> parse(llvm::StringRef text);
};

/// Can the program be computed from the arguments of a call, that is, from integers among them?
bool isOfArguments(llvm::ArrayRef<int64_t> program, llvm::function_ref<bool(unsigned)> isInteger);

/// Calls of the function go to a model of it from then on: it calls the function and the user's derivatives, which lose
/// their bodies, on memory of its own, and gives the outputs their derivatives element by element.
void defineArrayRule(llvm::Function &function, const ArrayRule &rule);

} // namespace sparsead

#endif // SPARSEAD_FRONTEND_ARRAYRULES_H
