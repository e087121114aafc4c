//===- SharedPartials.h - partials that several slots have -----*- C++ -*--===//
//
// Internal to lib/Transforms. `r[a] += f; r[b] -= f;` has each partial of f twice, with two signs; the 36 second
// derivatives of a spring's energy are six numbers. The kernel writes each of them once per iteration, and the plan
// gathers it where it is wanted (abi::local_site::sources). Which ones are the same is found where the kernel is built
// first (SameValues), and kept for whatever is built of the same sites afterwards: a plan knows one buffer.
//
//===----------------------------------------------------------------------===//

#ifndef SPARSEAD_LIB_TRANSFORMS_SHAREDPARTIALS_H
#define SPARSEAD_LIB_TRANSFORMS_SHAREDPARTIALS_H

#include "SameValues.h"
#include "sparsead/Analysis/LocalSites.h"

namespace sparsead {

class SharedPartials {
public:
  explicit SharedPartials(const LocalSites &sites) : sites(sites) {}

  /// As in abi::local_site.
  struct Sources {
    llvm::SmallVector<int64_t> codes; // empty: each slot has its own
    int64_t written = 0;
    bool owns(size_t slot, int64_t next) const { return codes.empty() || codes[slot] == 2 * next; }
  };
  /// Of a site that was told before, or not at all.
  Sources of(const LocalSite &site) const;

  /// Sites of one block, one after the other, with nothing between them that writes partials.
  class Neighbors {
  public:
    explicit Neighbors(const llvm::DenseSet<mlir::Value> &careful) : careful(careful) {}
    /// What the site's slots have in common with each other and with sites before it in the block: told once for each
    /// site. A null value is zero.
    void note(SharedPartials &shared, const LocalSite &site, mlir::Block *block, llvm::ArrayRef<mlir::Value> slots);
    /// Something else writes partials.
    void end() { where = nullptr; }

  private:
    const llvm::DenseSet<mlir::Value> &careful;
    mlir::Block *where = nullptr;
    int64_t count = 0; // of partials from the first neighbor on
    llvm::DenseMap<unsigned, std::pair<int64_t, bool>> known;
    std::map<mlir::Block *, SameValues> values;
  };

private:
  bool mayShare(const LocalSite &site) const;

  const LocalSites &sites;
  llvm::DenseMap<unsigned, Sources> told;
};

} // namespace sparsead

#endif // SPARSEAD_LIB_TRANSFORMS_SHAREDPARTIALS_H
