//===- Dependence.cpp - relations of requests -----------------------------===//

#include "sparsead/Analysis/DependenceRelation.h"
#include "sparsead/Transforms/Passes.h"

namespace sparsead {
#define GEN_PASS_DEF_DEPENDENCE
#include "sparsead/Transforms/Passes.h.inc"
} // namespace sparsead

using namespace mlir;
using namespace sparsead;

namespace {

struct DependencePass : sparsead::impl::DependenceBase<DependencePass> {
  void runOnOperation() override {
    getOperation().walk([&](JacobianOp request) {
      Activity activity(getOperation(), request);
      if (failed(activity.run()))
        return;
      DependenceRelation relation(activity);
      if (!relation.run()) {
        for (const DependenceRelation::Reason &reason : relation.missed())
          mlir::emitRemark(reason.loc) << "analysis: no dependence relation at compile time: " << reason.text;
        return;
      }
      for (const DependenceRelation::Reason &reason : relation.widened())
        mlir::emitRemark(reason.loc) << "analysis: the dependence relation may be too large: " << reason.text;
      for (const Assumption &assumption : relation.assumptions())
        mlir::emitRemark(assumption.loc) << "analysis: the dependence relation holds where " << assumption.text;
      Builder builder(request.getContext());
      request->setAttr("relation", RelationAttr::get(builder.getContext(), relation.formula().str()));
      if (relation.widened().empty())
        request->setAttr("relation_exact", builder.getUnitAttr());
      SmallVector<Attribute> chains;
      for (ArrayRef<Location> chain : relation.chains())
        chains.push_back(builder.getArrayAttr(SmallVector<Attribute>(chain.begin(), chain.end())));
      request->setAttr("relation_chains", builder.getArrayAttr(chains));
      SmallVector<NamedAttribute> sizes;
      for (const auto &[name, program] : relation.sizePrograms())
        sizes.push_back(builder.getNamedAttr(name, builder.getDenseI64ArrayAttr(program)));
      request->setAttr("relation_sizes", builder.getDictionaryAttr(sizes));
    });
    markAllAnalysesPreserved();
  }
};

} // namespace
