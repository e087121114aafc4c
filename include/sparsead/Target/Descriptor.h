//===- Descriptor.h - the runtime's view of a derivative --------*- C++ -*-===//
//
// What rt/abi.hpp calls jacobian_descriptor, before it becomes a constant of an LLVM module.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_TARGET_DESCRIPTOR_H
#define SPARSEAD_TARGET_DESCRIPTOR_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace llvm {
class Module;
} // namespace llvm

namespace sparsead {

struct JacobianDescriptor {
  struct Step {
    int32_t kind;
    int64_t bytes;
    std::vector<int64_t> lower, upper; ///< programs of abi.hpp; empty: null
    std::string text;
  };
  struct Object {
    std::string name;
    int32_t roles, argument, flags;
    std::vector<Step> steps;
    std::vector<std::pair<int64_t, int32_t>> leaves; ///< offset, bytes
  };
  struct Argument {
    std::string name;
    int64_t size;
  };
  /// The strategy `local`: local_descriptor of abi.hpp.
  struct Local {
    struct Site {
      int32_t kind, slots, loop, stride;
      std::vector<int32_t> offsets; ///< as many as slots, or none
      std::vector<int32_t> sources; ///< as many as slots, or none
      int32_t partials = 0;
    };
    int32_t width = 0;
    bool shadows = false;
    std::vector<Site> sites;
    int32_t loops = 0;
    std::string function;   ///< symbol
    std::string valuesOnly; ///< symbol; empty: none
    std::string structure;  ///< symbol; empty: none
  };

  /// Colorings by a formula: lattice_descriptor of abi.hpp.
  struct Lattice {
    struct Conflict {
      int32_t a, b;
      std::vector<int64_t> difference; ///< forms, one after the other
    };
    struct Group {
      std::vector<int32_t> blocks;
      int32_t indices, colors;
      std::vector<int64_t> factors, shifts, extents;
      std::vector<Conflict> conflicts;
    };
    std::vector<std::vector<int64_t>> sizes; ///< programs
    std::vector<Group> groups;
  };

  /// What is known at compile time of the dependence: relation_table of abi.hpp.
  struct Relation {
    struct Piece {
      int32_t output, input, indicesOut, indicesIn, unknowns, equal, atLeast;
      std::vector<int64_t> conditions, extentsOut, extentsIn;
      std::vector<std::string> places;
    };
    bool exact = true;
    std::vector<std::vector<int64_t>> sizes; ///< programs
    std::vector<Piece> pieces;
  };

  /// Names under which the constant is defined, and how.
  std::vector<std::string> symbols;
  enum Linkage { External, LinkOnce, Internal } linkage = External;
  /// Symbol of the function that is differentiated, for its target and sanitizer attributes.
  std::string primal;

  std::string function, specification;
  uint64_t fingerprint = 0;
  std::vector<Object> objects;
  std::vector<int32_t> inputs, outputs;
  std::vector<Argument> arguments;
  int64_t resultSize = 0;
  int32_t mode = 0, order = 0;
  bool patternLocal = false;

  std::string inspector;                                ///< symbol of the inspect_function
  std::string recorder;                                 ///< symbol of the record_function
  std::string adjoint;                                  ///< symbol of the adjoint_function; empty: none
  std::vector<std::pair<int32_t, std::string>> kernels; ///< width, symbol; ascending
  std::optional<Local> local;
  std::optional<Lattice> lattice;
  std::optional<Relation> relation;
  /// Of a Hessian: the Jacobian of the gradient, or none; it has no symbols.
  std::shared_ptr<const JacobianDescriptor> ofGradient;
};

/// Defines the descriptor's constants in `module`, which must contain the functions it names. They are external; who
/// links the module gives them their linkage.
void emitDescriptor(llvm::Module &module, const JacobianDescriptor &descriptor);

} // namespace sparsead

#endif // SPARSEAD_TARGET_DESCRIPTOR_H
