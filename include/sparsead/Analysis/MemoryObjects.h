//===- MemoryObjects.h - abstract memory of one derivative request -*- C++ -*-//
//
// Abstract objects and points-to sets of the functions reached from a request's
// entry. Field-sensitive by residue classes (offset modulo stride), flow- and
// context-insensitive; every join only grows.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_ANALYSIS_MEMORYOBJECTS_H
#define SPARSEAD_ANALYSIS_MEMORYOBJECTS_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace sparsead {

using ObjectId = unsigned;

/// The addresses { object + offset + k * modulus }; modulus 0: one address.
struct Target {
  ObjectId object;
  int64_t offset;
  int64_t modulus;
  bool operator==(const Target &o) const { return object == o.object && offset == o.offset && modulus == o.modulus; }
  bool isConstant() const { return modulus == 0; }
};

/// What a pointer may point to: at most one residue class per object.
class PointerSet {
public:
  llvm::ArrayRef<Target> targets() const { return list; }
  bool empty() const { return list.empty(); }
  /// Returns true if the set grew.
  bool insert(Target t);
  bool join(const PointerSet &other);
  PointerSet shifted(int64_t offset, int64_t modulus) const;

private:
  llvm::SmallVector<Target, 2> list; // sorted by object
};

/// An active member of a specified block: addresses offset + k * period.
struct LeafClass {
  int64_t offset;
  int64_t period; // 0: a single address
  int64_t bytes;
};

struct MemoryObject {
  enum Kind {
    Unknown,  // the target of an integer turned into a pointer
    Argument, // the block behind an argument of the entry function
    Pointee,  // reached through a pointer that the specification names
    External, // user memory that the specification does not name
    Stack,    // llvm.alloca
    Heap,     // malloc, operator new
    Global,
    Result
  };
  Kind kind = External;
  std::string name;
  mlir::Operation *origin = nullptr;
  ObjectId parent = 0;
  unsigned depth = 0;

  /// On the path of a specified item: it has a shadow at run time.
  bool specified = false;
  /// Every float of the block is an active element of the specification.
  bool dense = false;
  unsigned roles = 0;
  llvm::SmallVector<LeafClass, 1> leaves;
  /// Where local memory has been seen to hold floats.
  llvm::SmallVector<LeafClass, 2> floats;

  /// Some float in it may depend on an active input.
  bool active = false;
  /// Values of that kind in it may be unknown while planning.
  bool taintedFloat = false, taintedInt = false, taintedPtr = false;
  /// Written through pointers that may also reach the user's unnamed memory: a
  /// shadow tells the two apart while planning.
  bool mixed = false;
  /// Read before written is possible: some load exists.
  bool loaded = false;
  bool constant = false;

  std::map<int64_t, PointerSet> cells; // pointers at constant offsets
  PointerSet anyCell;                  // pointers at varying offsets

  bool isLocal() const { return kind == Stack || kind == Heap; }
  /// May a float access in this residue class be one of the leaves? Must it?
  bool mayBeLeaf(Target t) const;
  /// May a float stand there? Of what the function itself has accessed.
  bool mayHoldFloat(Target t) const;
  /// Returns true if the class is new.
  bool noteFloat(Target t, int64_t bytes);
  bool mustBeLeaf(Target t) const;
};

} // namespace sparsead

#endif // SPARSEAD_ANALYSIS_MEMORYOBJECTS_H
