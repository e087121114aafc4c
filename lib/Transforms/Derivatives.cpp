//===- Derivatives.cpp - passes that make a request's functions -----------===//

#include "sparsead/Transforms/Passes.h"

#include "AdjointBuilder.h"
#include "InspectorBuilder.h"
#include "LocalBuilder.h"
#include "TangentBuilder.h"
#include "sparsead/Analysis/Activity.h"
#include "sparsead/Transforms/CheckpointLoops.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/StringExtras.h"

namespace sparsead {
#define GEN_PASS_DEF_ADJOINT
#define GEN_PASS_DEF_CHECKACTIVITY
#define GEN_PASS_DEF_INSPECTOR
#define GEN_PASS_DEF_INTERACTIONS
#define GEN_PASS_DEF_LOCALACCUMULATION
#define GEN_PASS_DEF_RECORD
#define GEN_PASS_DEF_TANGENT
#include "sparsead/Transforms/Passes.h.inc"
} // namespace sparsead

using namespace mlir;
using namespace sparsead;

/// All requests, or those of one kind.
template <typename Request> static SmallVector<Request> requestsOf(ModuleOp module) {
  SmallVector<Request> requests;
  module.walk([&](Request op) { requests.push_back(op); });
  return requests;
}

namespace {

struct CheckActivityPass : sparsead::impl::CheckActivityBase<CheckActivityPass> {
  void runOnOperation() override {
    for (RequestOpInterface request : requestsOf<RequestOpInterface>(getOperation())) {
      Activity activity(getOperation(), request);
      if (failed(activity.run()) || failed(activity.diagnose()))
        signalPassFailure();
    }
    // No active value is behind these.
    getOperation().walk([](InactiveOp op) {
      if (isa<LLVM::LLVMPointerType>(op.getType())) {
        op.replaceAllUsesWith(op.getValue());
        op.erase();
      }
    });
  }
};

struct InspectorPass : sparsead::impl::InspectorBase<InspectorPass> {
  void runOnOperation() override {
    for (JacobianOp request : requestsOf<JacobianOp>(getOperation())) {
      if (getOperation().lookupSymbol((request.getFunction() + ".inspect").str()) || request->hasAttr("products"))
        continue;
      Activity activity(getOperation(), request);
      if (failed(activity.run()))
        return signalPassFailure();
      LocalSites sites(activity);
      bool local = sites.run();
      InspectorBuilder(getOperation(), activity, local ? &sites : nullptr).build();
      if (local)
        InspectorBuilder(getOperation(), activity, &sites).buildStructure();
    }
  }
};

struct InteractionsPass : sparsead::impl::InteractionsBase<InteractionsPass> {
  void runOnOperation() override {
    for (HessianOp request : requestsOf<HessianOp>(getOperation())) {
      if (getOperation().lookupSymbol((request.getFunction() + ".interactions").str()))
        continue;
      Activity activity(getOperation(), request);
      if (failed(activity.run()))
        return signalPassFailure();
      InspectorBuilder(getOperation(), activity, /*sites=*/nullptr, /*secondOrder=*/true).build();
    }
  }
};

void remarkChains(const LoopChains &chains, const Activity &activity) {
  for (const LoopChain &chain : chains.all()) {
    unsigned loops = llvm::count_if(chain.members, [](const ChainMember &m) { return bool(m.loop); });
    size_t arrays = chain.windows.size();
    mlir::emitRemark(chain.last->getLoc())
        << loops << " loops take turns, the last one here"
        << (arrays == 0
                ? ""
                : ", and only a window is kept of " + std::to_string(arrays) + (arrays == 1 ? " array" : " arrays"));
  }
}

struct LocalAccumulationPass : sparsead::impl::LocalAccumulationBase<LocalAccumulationPass> {
  void runOnOperation() override {
    for (JacobianOp request : requestsOf<JacobianOp>(getOperation())) {
      if (getOperation().lookupSymbol((request.getFunction() + ".local").str()) || request->hasAttr("products"))
        continue;
      Activity activity(getOperation(), request);
      if (failed(activity.run()))
        return signalPassFailure();
      LocalSites sites(activity);
      if (sites.run()) {
        LoopChains chains(activity, sites);
        remarkChains(chains, activity);
        SharedPartials shared(sites);
        LocalBuilder(getOperation(), activity, sites, chains, shared).build();
        if (sites.outputsAreUnread())
          LocalBuilder(getOperation(), activity, sites, chains, shared, /*valuesOnly=*/true).build();
      } else if (request->hasAttr("local")) {
        mlir::emitError(sites.reasonLoc()) << "mode=local is not possible here: " << sites.reason();
        signalPassFailure();
      } else {
        mlir::emitRemark(sites.reasonLoc()) << "missed: not local: " << sites.reason();
      }
    }
  }
};

struct AdjointPass : sparsead::impl::AdjointBase<AdjointPass> {
  void runOnOperation() override {
    for (RequestOpInterface request : requestsOf<RequestOpInterface>(getOperation())) {
      std::string name = (request.getFunctionName() + ".adjoint").str();
      if (isa<HessianOp>(*request) || request->hasAttr("derived") || getOperation().lookupSymbol(name))
        continue;
      Activity activity(getOperation(), request);
      if (failed(activity.run()))
        return signalPassFailure();
      std::string reason;
      std::optional<Location> loc;
      func::FuncOp flat = flattenForAdjoint(getOperation(), activity, reason, loc);
      if (!flat) {
        SmallVector<Operation *> marked;
        for (func::FuncOp f : activity.functions())
          llvm::append_range(marked, markedLoops(f));
        if (failed(tape(*loc, reason, request, marked)))
          signalPassFailure();
        continue;
      }
      if (failed(buildFrom(flat, request, name)))
        signalPassFailure(); // others have errors of their own
    }
  }

  static SmallVector<Operation *> markedLoops(func::FuncOp f) {
    SmallVector<Operation *> loops;
    f.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (op->hasAttr(checkpointAttr))
        loops.push_back(op);
    });
    return loops;
  }

  /// Snapshots are a promise of a gradient about its memory; products of Jacobians may do without.
  LogicalResult tape(Location loc, StringRef reason, RequestOpInterface request, ArrayRef<Operation *> marked) {
    if (marked.empty() || !isa<GradientOp>(*request)) {
      mlir::emitRemark(loc) << "missed: reverse mode records a tape: " << reason;
      for (Operation *loop : marked)
        mlir::emitRemark(loop->getLoc()) << "missed: no snapshots are taken: " << reason;
      return success();
    }
    InFlightDiagnostic error = mlir::emitError(marked.front()->getLoc())
                               << "the steps of this loop cannot be run again: " << reason;
    error.attachNote(loc) << "here";
    return failure();
  }

  /// The same request for the function without calls; both are gone afterwards.
  LogicalResult buildFrom(func::FuncOp flat, RequestOpInterface request, StringRef name) {
    Operation *copy = request->clone();
    getOperation().push_back(copy);
    auto its = cast<RequestOpInterface>(copy);
    its.setFunctionAttr(FlatSymbolRefAttr::get(flat));
    Activity activity(getOperation(), its);
    LogicalResult result = activity.run();
    if (succeeded(result))
      result = buildFrom(activity, markedLoops(flat), request, name);
    copy->erase();
    flat.erase();
    return result;
  }

  LogicalResult buildFrom(const Activity &activity, ArrayRef<Operation *> marked, RequestOpInterface request,
                          StringRef name) {
    AdjointAnalysis analysis(getOperation(), activity);
    if (!analysis.unsupported().empty())
      return tape(analysis.unsupportedLoc(), analysis.unsupported(), request, marked);
    llvm::MapVector<Operation *, CheckpointState> states;
    for (Operation *loop : marked) {
      CheckpointState state = analysis.checkpointState(loop);
      if (!state.reason.empty())
        return tape(*state.reasonLoc, state.reason, request, loop);
      states.insert({loop, std::move(state)});
    }
    AdjointBuilder builder(getOperation(), activity, analysis);
    builder.setCheckpoints(states);
    if (!builder.build(name))
      return tape(builder.failureLoc(), builder.failure(), request, marked);
    for (auto [loc, bytes] : builder.kept())
      mlir::emitRemark(loc) << "reverse mode keeps " << bytes << " bytes in each iteration (or execution) here";
    for (const auto &[loop, state] : states)
      remarkSnapshots(loop, state, activity, builder.takesSnapshots(loop));
    return success();
  }

  static void remarkSnapshots(Operation *loop, const CheckpointState &state, const Activity &activity, bool taken) {
    if (!taken) {
      mlir::emitRemark(loop->getLoc()) << "missed: no snapshots are taken: the loop keeps nothing for the way back";
      return;
    }
    SmallVector<std::string> parts;
    func::FuncOp entry = activity.entry();
    for (unsigned k : state.arguments)
      for (const Target &t : activity.pointsTo(entry.getArgument(k)).targets())
        parts.push_back("what is reached from '" + activity.object(t.object).name + "'");
    for (ObjectId id : state.globals)
      parts.push_back("'" + activity.object(id).name + "'");
    if (!state.sites.empty())
      parts.push_back(std::to_string(state.sites.size()) + (state.sites.size() == 1 ? " array" : " arrays") +
                      " of its own");
    if (!state.places.empty())
      parts.push_back(std::to_string(state.places.size()) + (state.places.size() == 1 ? " variable" : " variables"));
    mlir::emitRemark(loop->getLoc()) << "reverse mode runs steps of this loop again, from at most "
                                     << (state.slots ? std::to_string(state.slots)
                                                     : std::string("the square root of twice the number of steps"))
                                     << (state.slots == 1 ? " snapshot" : " snapshots") << " of what it carries"
                                     << (parts.empty() ? "" : " and of " + llvm::join(parts, ", "));
  }
};

struct RecordPass : sparsead::impl::RecordBase<RecordPass> {
  void runOnOperation() override {
    for (RequestOpInterface request : requestsOf<RequestOpInterface>(getOperation())) {
      if (request->hasAttr("derived"))
        continue;
      bool second = isa<HessianOp>(*request);
      if (getOperation().lookupSymbol((request.getFunctionName() + (second ? ".record2" : ".record")).str()))
        continue;
      // A gradient takes one sweep; Jacobians by rows take several from one recorded call.
      if (isa<GradientOp>(*request) && getOperation().lookupSymbol((request.getFunctionName() + ".adjoint").str()))
        continue;
      Activity activity(getOperation(), request);
      if (failed(activity.run()))
        return signalPassFailure();
      auto mode = second ? TangentBuilder::Mode::RecordSecond : TangentBuilder::Mode::Record;
      TangentBuilder(getOperation(), activity, 1, mode).build();
    }
  }
};

struct TangentPass : sparsead::impl::TangentBase<TangentPass> {
  void runOnOperation() override {
    for (JacobianOp request : requestsOf<JacobianOp>(getOperation())) {
      Activity activity(getOperation(), request);
      if (failed(activity.run()))
        return signalPassFailure();
      SmallVector<int64_t> widths{1};
      if (auto chosen = request.getWidths())
        widths.assign(chosen->begin(), chosen->end());
      for (int64_t width : widths) {
        std::string name = (request.getFunction() + ".tangent.w" + Twine(width)).str();
        if (!getOperation().lookupSymbol(name))
          TangentBuilder(getOperation(), activity, width).build();
      }
    }
  }
};

} // namespace
