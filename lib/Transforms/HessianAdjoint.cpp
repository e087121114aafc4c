//===- HessianAdjoint.cpp - Hessians as Jacobians of compiled adjoints ----===//
//
// The gradient of the weighted outputs is a program of loads and additions to shadows. Where it is local, a Hessian is
// its Jacobian, computed as any other (docs/design/hessian.md).
//
//===----------------------------------------------------------------------===//

#include "AdjointBuilder.h"
#include "GatherRows.h"
#include "HoistPositions.h"
#include "sparsead/Analysis/LocalSites.h"
#include "sparsead/Analysis/LoopChains.h"
#include "sparsead/Transforms/Passes.h"
#include "sparsead/Transforms/ShadowCloner.h"
#include "sparsead/rt/abi.hpp"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SparseTensor/IR/SparseTensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/ScopeExit.h"

namespace sparsead {
#define GEN_PASS_DEF_HESSIANADJOINT
#include "sparsead/Transforms/Passes.h.inc"
} // namespace sparsead

using namespace mlir;
using namespace sparsead;

namespace {

struct HessianAdjointPass : sparsead::impl::HessianAdjointBase<HessianAdjointPass> {
  void runOnOperation() override {
    SmallVector<HessianOp> requests;
    getOperation().walk([&](HessianOp op) { requests.push_back(op); });
    for (HessianOp request : requests) {
      if (getOperation().lookupSymbol((request.getFunction() + ".reverse").str()))
        continue;
      std::string reason;
      std::optional<Location> loc;
      if (failed(make(request, reason, loc)))
        return signalPassFailure();
      if (reason.empty())
        continue;
      if (request->hasAttr("local")) {
        InFlightDiagnostic d = mlir::emitError(*loc) << "mode=local is not possible here: " << reason;
        d.attachNote() << "leave the option out: mode=auto then takes products by the colors of a star coloring";
        d.report();
        return signalPassFailure();
      }
      mlir::emitRemark(*loc) << "missed: the Hessian is not local: " << reason;
    }
  }

  LogicalResult make(HessianOp request, std::string &reason, std::optional<Location> &loc);
  LogicalResult makeLocal(HessianOp request, const AdjointAnalysis &analysis, const Activity &activity,
                          std::string &reason, std::optional<Location> &loc);
  LogicalResult makeProducts(HessianOp request, const AdjointAnalysis &analysis, const Activity &activity);
  JacobianOp jacobianOf(HessianOp request, func::FuncOp gradient, const AdjointAnalysis &analysis,
                        const Activity &activity);
};

} // namespace

/// May the function read elements of the item but to add to them?
static bool isRead(const Activity &activity, const AdjointAnalysis &analysis, ObjectAttr item) {
  bool read = false;
  auto isItem = [&](Value pointer) {
    return llvm::any_of(activity.pointsTo(pointer).targets(), [&](const Target &t) {
      const MemoryObject &object = activity.object(t.object);
      return object.specified && object.name == item.getName();
    });
  };
  activity.entry().walk([&](Operation *op) {
    MemoryAccess a = memoryAccessOf(op);
    if (a.kind == MemoryAccess::Load && isa<FloatType>(a.type) && isItem(a.pointer))
      read |= !analysis.isAccumulationLoad(op) || !op->hasOneUse();
    if ((a.kind == MemoryAccess::Copy || a.kind == MemoryAccess::Move) && a.source)
      read |= isItem(a.source);
  });
  return read;
}

/// The request for the Jacobian of the gradient by the inputs. The objects are those of the function, in which outputs
/// are work, and their shadows, of which those of the inputs are outputs.
JacobianOp HessianAdjointPass::jacobianOf(HessianOp request, func::FuncOp gradient, const AdjointAnalysis &analysis,
                                          const Activity &activity) {
  MLIRContext *context = &getContext();
  OpBuilder b(request);
  int64_t count = static_cast<int64_t>(gradient.getNumArguments() / 2);
  SmallVector<Attribute> objects, names;
  SmallVector<int64_t> unread, outputs;
  SmallVector<Attribute> extents;
  auto given = request->getAttrOfType<ArrayAttr>("extents");
  auto argumentOf = [&](ObjectAttr o) { return o.isResult() ? count - 1 : o.getArgument(); };
  for (auto [k, attribute] : llvm::enumerate(request.getObjects())) {
    auto o = cast<ObjectAttr>(attribute);
    bool input = o.getRoles() & abi::role_input;
    objects.push_back(ObjectAttr::get(context, o.getName(), argumentOf(o), o.getPath(), o.getLeaves(),
                                      input ? abi::role_input : abi::role_work));
    if ((o.getRoles() & abi::role_output) && !isRead(activity, analysis, o))
      unread.push_back(static_cast<int64_t>(k));
  }
  for (Attribute attribute : request.getObjects()) {
    auto o = cast<ObjectAttr>(attribute);
    bool input = o.getRoles() & abi::role_input;
    objects.push_back(ObjectAttr::get(context, b.getStringAttr(o.getName() + " (adjoint)").getValue(),
                                      argumentOf(o) + count, o.getPath(), o.getLeaves(),
                                      input ? abi::role_output : abi::role_work));
  }
  for (int64_t k : request.getInputs())
    outputs.push_back(k + static_cast<int64_t>(request.getObjects().size()));
  if (given) {
    llvm::append_range(extents, given);
    llvm::append_range(extents, given);
  }
  if (auto own = request->getAttrOfType<ArrayAttr>("argument_names"))
    llvm::append_range(names, own);
  while (static_cast<int64_t>(names.size()) < count)
    names.push_back(b.getStringAttr("the result"));
  for (int64_t k = 0; k < count; ++k)
    names.push_back(b.getStringAttr(cast<StringAttr>(names[static_cast<size_t>(k)]).getValue() + " (adjoint)"));

  using namespace mlir::sparse_tensor;
  auto identity = AffineMap::getMultiDimIdentityMap(2, context);
  auto csr = SparseTensorEncodingAttr::get(context, {LevelType(LevelFormat::Dense), LevelType(LevelFormat::Compressed)},
                                           identity, identity, 0, 0);
  int64_t dynamic[] = {ShapedType::kDynamic, ShapedType::kDynamic};
  auto type = RankedTensorType::get(dynamic, b.getF64Type(), csr);
  auto op = JacobianOp::create(b, request.getLoc(), b.getStringAttr(gradient.getName() + ".jacobian"),
                               FlatSymbolRefAttr::get(gradient), b.getArrayAttr(objects),
                               b.getDenseI64ArrayAttr(request.getInputs()), b.getDenseI64ArrayAttr(outputs),
                               TypeAttr::get(type), b.getDenseI64ArrayAttr({1}), StringAttr());
  op->setAttr("argument_names", b.getArrayAttr(names));
  op->setAttr("derived", b.getUnitAttr());
  op->setAttr("lower", b.getUnitAttr());
  if (given)
    op->setAttr("extents", b.getArrayAttr(extents));
  if (auto words = request->getAttrOfType<ArrayAttr>("extent_pointers")) {
    SmallVector<Attribute> all(words.getValue());
    for (Attribute attribute : words) {
      SmallVector<int64_t> word(cast<DenseI64ArrayAttr>(attribute).asArrayRef());
      if (word.size() < 2)
        continue;
      word[0] += static_cast<int64_t>(request.getObjects().size());
      word[1] += count;
      all.push_back(b.getDenseI64ArrayAttr(word));
    }
    op->setAttr("extent_pointers", b.getArrayAttr(all));
  }
  if (!unread.empty())
    op->setAttr("unread", b.getDenseI64ArrayAttr(unread));
  return op;
}

LogicalResult HessianAdjointPass::make(HessianOp request, std::string &reason, std::optional<Location> &loc) {
  loc = request.getLoc();
  if (request->hasAttr("forward"))
    return success();
  for (Attribute attribute : request.getObjects()) {
    auto o = cast<ObjectAttr>(attribute);
    if ((o.getRoles() & abi::role_input) && (o.getRoles() & abi::role_output)) {
      reason = ("'" + o.getName() + "' is updated in place").str();
      return success();
    }
  }
  Activity first(getOperation(), request);
  if (failed(first.run()))
    return failure();
  func::FuncOp flat = flattenForAdjoint(getOperation(), first, reason, loc);
  if (!flat)
    return success();
  auto flatRequest = cast<HessianOp>(request->clone());
  getOperation().push_back(flatRequest);
  flatRequest.setFunctionAttr(FlatSymbolRefAttr::get(flat));
  llvm::scope_exit drop([&] {
    flatRequest.erase();
    flat.erase();
  });
  Activity activity(getOperation(), flatRequest);
  if (failed(activity.run()))
    return failure();
  AdjointAnalysis analysis(getOperation(), activity);
  if (!analysis.unsupported().empty()) {
    reason = analysis.unsupported().str();
    loc = analysis.unsupportedLoc();
    return success();
  }
  if (failed(makeLocal(request, analysis, activity, reason, loc)))
    return failure();
  if (reason.empty() || request->hasAttr("local"))
    return success();
  return makeProducts(request, analysis, activity);
}

static OpPassManager simplifications() {
  OpPassManager simplify("func.func");
  simplify.addPass(createCanonicalizerPass());
  simplify.addPass(createCSEPass());
  simplify.addPass(createLoopInvariantCodeMotionPass());
  simplify.addPass(createCanonicalizerPass());
  simplify.addPass(createSinkStores());
  return simplify;
}

/// Only its products are wanted: values may be kept, and need not be local.
LogicalResult HessianAdjointPass::makeProducts(HessianOp request, const AdjointAnalysis &analysis,
                                               const Activity &activity) {
  AdjointBuilder builder(getOperation(), activity, analysis);
  func::FuncOp gradient = builder.buildKeeping((request.getFunction() + ".reverse").str());
  if (!gradient) {
    mlir::emitRemark(builder.failureLoc()) << "missed: Hessian by a record of the call: " << builder.failure();
    return success();
  }
  OpPassManager simplify = simplifications();
  if (failed(runPipeline(simplify, gradient)))
    return request.emitError("the gradient of this function cannot be simplified; please report it");
  JacobianOp jacobian = jacobianOf(request, gradient, analysis, activity);
  OpBuilder b(jacobian);
  jacobian->setAttr("products", b.getUnitAttr());
  jacobian.setWidths(ArrayRef<int64_t>{1, 4});
  return success();
}

LogicalResult HessianAdjointPass::makeLocal(HessianOp request, const AdjointAnalysis &analysis,
                                            const Activity &activity, std::string &reason,
                                            std::optional<Location> &loc) {
  AdjointBuilder builder(getOperation(), activity, analysis);
  func::FuncOp gradient = builder.buildPlain((request.getFunction() + ".reverse").str());
  if (!gradient) {
    reason = builder.failure().str();
    loc = builder.failureLoc();
    return success();
  }
  OpPassManager simplify = simplifications();
  OpPassManager merge("func.func");
  merge.addPass(createCSEPass());
  auto tidy = [&] {
    if (failed(runPipeline(simplify, gradient)))
      return failure();
    hoistPositions(gradient); // the same one may come from several branches
    return runPipeline(merge, gradient);
  };
  if (failed(tidy()))
    return request.emitError("the gradient of this function cannot be simplified; please report it");
  JacobianOp jacobian = jacobianOf(request, gradient, analysis, activity);
  auto isLocal = [&](std::string *why, bool inTurns = false) {
    Activity again(getOperation(), jacobian);
    LocalSites sites(again);
    if (succeeded(again.run()) && sites.run())
      return !inTurns || llvm::any_of(LoopChains(again, sites).all(), [](const auto &c) { return !c.windows.empty(); });
    if (why) {
      *why = sites.reason().str();
      loc = sites.reasonLoc();
    }
    return false;
  };
  // The loops over elements first; where they do not come out, those over terms are as they were.
  // Terms that are kept must pay: the loops take turns.
  for (bool keep : {true, false}) {
    func::FuncOp terms = gradient.clone();
    Activity again(getOperation(), jacobian);
    if (failed(again.run()))
      return failure();
    GatheredRows gathered = gatherRows(gradient, again, keep);
    bool wanted = keep ? gathered.kept > 0 : gathered.nests > 0;
    if (wanted && failed(tidy()))
      return request.emitError("the gradient of this function cannot be simplified; please report it");
    if (wanted && isLocal(nullptr, keep)) {
      terms.erase();
      return success();
    }
    gradient.getBody().takeBody(terms.getBody());
    terms.erase();
  }
  if (isLocal(&reason))
    return success();
  jacobian.erase();
  gradient.erase();
  return success();
}
