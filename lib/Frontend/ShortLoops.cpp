//===- ShortLoops.cpp - loops over neighbors and components ---------------===//

#include "sparsead/Frontend/ShortLoops.h"

#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/IR/Dominators.h"
#include "llvm/Transforms/Utils/LoopSimplify.h"
#include "llvm/Transforms/Utils/LoopUtils.h"
#include "llvm/Transforms/Utils/UnrollLoop.h"

using namespace llvm;
using namespace sparsead;

namespace {

/// Neighbors in space along one axis, components of a vector, nodes of a brick.
constexpr unsigned maxTrips = 8;
/// Instructions of a nest after unrolling, and of all nests of a function.
constexpr uint64_t maxSize = 4096, maxTotal = 12288;

class ShortLoops {
public:
  ShortLoops(Function &f, FunctionAnalysisManager &analyses)
      : loops(analyses.getResult<LoopAnalysis>(f)), evolution(analyses.getResult<ScalarEvolutionAnalysis>(f)),
        dominators(analyses.getResult<DominatorTreeAnalysis>(f)),
        assumptions(analyses.getResult<AssumptionAnalysis>(f)), target(analyses.getResult<TargetIRAnalysis>(f)) {}

  bool run() {
    SmallVector<Loop *> nests;
    for (Loop *loop : loops)
      choose(*loop, nests);
    bool changed = false;
    for (Loop *nest : nests) {
      simplifyLoop(nest, &dominators, &loops, &evolution, &assumptions, nullptr, /*PreserveLCSSA=*/false);
      formLCSSARecursively(*outermost(nest), dominators, &loops, &evolution);
      changed |= unroll(*nest);
    }
    return changed;
  }

private:
  static Loop *outermost(Loop *loop) {
    while (Loop *parent = loop->getParentLoop())
      loop = parent;
    return loop;
  }

  /// The outermost loops that can be unrolled with all that they hold.
  void choose(Loop &loop, SmallVectorImpl<Loop *> &nests) {
    std::optional<uint64_t> size = unrolledSize(loop);
    if (size && *size <= maxSize && total + *size <= maxTotal) {
      total += *size;
      nests.push_back(&loop);
      return;
    }
    for (Loop *inner : loop)
      choose(*inner, nests);
  }

  std::optional<uint64_t> unrolledSize(Loop &loop) {
    unsigned trips = evolution.getSmallConstantTripCount(&loop);
    if (trips == 0 || trips > maxTrips || !loop.isSafeToClone())
      return std::nullopt;
    uint64_t size = 0;
    for (Loop *inner : loop) {
      std::optional<uint64_t> its = unrolledSize(*inner);
      if (!its)
        return std::nullopt;
      size += *its;
    }
    for (BasicBlock *block : loop.blocks())
      if (loops.getLoopFor(block) == &loop)
        size += block->size();
    return size * trips;
  }

  bool unroll(Loop &loop) {
    bool changed = false;
    for (Loop *inner : SmallVector<Loop *>(loop.begin(), loop.end()))
      changed |= unroll(*inner);
    UnrollLoopOptions options{};
    options.Count = evolution.getSmallConstantTripCount(&loop);
    options.Force = true;
    options.ForgetAllSCEV = true;
    if (options.Count == 0)
      return changed;
    LoopUnrollResult result = UnrollLoop(&loop, options, &loops, &evolution, &dominators, &assumptions, &target,
                                         /*ORE=*/nullptr, /*PreserveLCSSA=*/true);
    return changed || result != LoopUnrollResult::Unmodified;
  }

  LoopInfo &loops;
  ScalarEvolution &evolution;
  DominatorTree &dominators;
  AssumptionCache &assumptions;
  TargetTransformInfo &target;
  uint64_t total = 0;
};

} // namespace

bool sparsead::unrollShortLoops(Function &f, FunctionAnalysisManager &analyses) {
  return ShortLoops(f, analyses).run();
}
