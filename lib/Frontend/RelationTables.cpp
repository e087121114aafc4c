//===- RelationTables.cpp - what plans know of their relation --------------===//

#include "sparsead/Frontend/RelationTables.h"
#include "sparsead/Analysis/LocalSites.h"
#include "sparsead/Frontend/StructureTables.h"
#include "sparsead/IR/RelationFormula.h"

#include "llvm/Support/Path.h"

using namespace mlir;
using namespace sparsead;

static FileLineColLoc fileLoc(Location loc) {
  if (auto at = dyn_cast<FileLineColLoc>(loc))
    return at;
  if (auto named = dyn_cast<NameLoc>(loc))
    return fileLoc(named.getChildLoc());
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return fileLoc(call.getCallee());
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location each : fused.getLocations())
      if (FileLineColLoc at = fileLoc(each))
        return at;
  return {};
}

unsigned sparsead::lineOf(Location loc) {
  FileLineColLoc at = fileLoc(loc);
  return at ? at.getLine() : 0;
}

std::string sparsead::placeOf(Location loc) {
  FileLineColLoc at = fileLoc(loc);
  return at ? (llvm::sys::path::filename(at.getFilename().getValue()) + ":" + Twine(at.getLine())).str()
            : std::string();
}

namespace {

using Relation = JacobianDescriptor::Relation;

/// Numbers of the items by the names that formulas give them; empty where two share one.
std::map<std::string, int32_t> itemsByName(JacobianOp request, ArrayRef<int64_t> objects) {
  std::map<std::string, int32_t> result;
  for (auto [k, object] : llvm::enumerate(objects))
    if (!result.emplace(relationName(request.getObject(object).getName()), int32_t(k)).second)
      return {};
  return result;
}

/// Formulas as rows of integers.
class FormulaTables {
public:
  FormulaTables(JacobianOp request, const RelationFormula &formula)
      : request(request), formula(formula), outputs(itemsByName(request, request.getOutputs())),
        inputs(itemsByName(request, request.getInputs())) {}

  std::optional<Relation> build(ArrayAttr chains) {
    for (const RelationPiece &piece : formula.pieces) {
      for (const std::vector<LinearForm> *forms : {&piece.inIndex, &piece.equal, &piece.atLeast})
        for (const LinearForm &form : *forms)
          noteSizes(form, &piece);
      for (const std::string *name : {&piece.out, &piece.in})
        for (const LinearForm &extent : extentsOf(*name))
          noteSizes(extent, nullptr);
    }
    for (auto &[name, number] : sizes) {
      number = result.sizes.size();
      result.sizes.push_back(sizeProgram(request, name));
      if (result.sizes.back().empty())
        return std::nullopt;
    }
    for (auto [k, piece] : llvm::enumerate(formula.pieces)) {
      auto out = outputs.find(piece.out), in = inputs.find(piece.in);
      if (out == outputs.end() || in == inputs.end())
        return std::nullopt;
      Relation::Piece &to = result.pieces.emplace_back();
      to = {out->second,
            in->second,
            int32_t(piece.outIndex.size()),
            int32_t(piece.inIndex.size()),
            int32_t(piece.quantified.size()),
            int32_t(piece.equal.size()),
            int32_t(piece.atLeast.size()),
            {},
            {},
            {},
            {}};
      for (const std::vector<LinearForm> *forms : {&piece.equal, &piece.atLeast, &piece.inIndex})
        for (const LinearForm &form : *forms)
          append(to.conditions, form, &piece);
      for (const LinearForm &extent : extentsOf(piece.out))
        append(to.extentsOut, extent, nullptr);
      for (const LinearForm &extent : extentsOf(piece.in))
        append(to.extentsIn, extent, nullptr);
      if (chains && k < chains.size())
        for (Attribute loc : cast<ArrayAttr>(chains[k]))
          if (std::string place = placeOf(cast<LocationAttr>(loc)); !place.empty())
            to.places.push_back(place);
    }
    return std::move(result);
  }

private:
  ArrayRef<LinearForm> extentsOf(const std::string &name) const {
    auto it = formula.shapes.find(name);
    return it == formula.shapes.end() ? ArrayRef<LinearForm>() : ArrayRef<LinearForm>(it->second);
  }
  void noteSizes(const LinearForm &form, const RelationPiece *piece) {
    for (const auto &[name, factor] : form.terms)
      if (!piece || !piece->isBound(name))
        sizes.emplace(name, 0);
  }
  void append(std::vector<int64_t> &row, const LinearForm &form, const RelationPiece *piece) {
    size_t at = row.size();
    size_t variables = piece ? piece->outIndex.size() + piece->quantified.size() : 0;
    row.resize(at + 1 + sizes.size() + variables, 0);
    row[at] = form.constant;
    for (const auto &[name, factor] : form.terms) {
      size_t place = 0;
      if (!piece || !piece->isBound(name)) {
        place = 1 + sizes[name];
      } else {
        auto out = llvm::find(piece->outIndex, name);
        place =
            1 + sizes.size() +
            (out != piece->outIndex.end()
                 ? size_t(out - piece->outIndex.begin())
                 : piece->outIndex.size() + size_t(llvm::find(piece->quantified, name) - piece->quantified.begin()));
      }
      row[at + place] = factor;
    }
  }

  JacobianOp request;
  const RelationFormula &formula;
  std::map<std::string, int32_t> outputs, inputs;
  std::map<std::string, size_t> sizes;
  Relation result;
};

/// Which items a pointer may point into: ordinals among `list`.
SmallVector<int32_t> itemsBehind(const Activity &activity, JacobianOp request, Value pointer, ArrayRef<int64_t> list) {
  SmallVector<int32_t> result;
  for (const Target &t : activity.pointsTo(pointer).targets()) {
    StringRef name = activity.object(t.object).name;
    for (auto [k, item] : llvm::enumerate(list))
      if (request.getObject(item).getName() == name && !llvm::is_contained(result, int32_t(k)))
        result.push_back(int32_t(k));
  }
  return result;
}

/// Statements that may make entries, where there is no formula.
std::optional<Relation> candidates(ModuleOp module, JacobianOp request) {
  Activity activity(module, request);
  if (failed(activity.run()))
    return std::nullopt;
  LocalSites sites(activity);
  if (!sites.run())
    return std::nullopt;
  Relation relation;
  relation.exact = false;
  std::set<std::tuple<int32_t, int32_t, std::string, std::string>> seen;
  for (const LocalSite &site : sites.sites()) {
    SmallVector<Operation *> loads;
    for (const LocalSlot &slot : site.slots)
      loads.push_back(slot.load);
    for (const auto &reduction : site.reductions)
      for (const LocalReduction *r = reduction.get(); r; r = r->inner.get())
        for (const LocalSlot &slot : r->slots)
          loads.push_back(slot.load);
    for (int32_t output : itemsBehind(activity, request, site.store.getAddr(), request.getOutputs()))
      for (Operation *load : loads)
        for (int32_t input : itemsBehind(activity, request, cast<LLVM::LoadOp>(load).getAddr(), request.getInputs())) {
          std::string at = placeOf(site.store.getLoc()), from = placeOf(load->getLoc());
          if (seen.insert({output, input, at, from}).second)
            relation.pieces.push_back({output, input, 0, 0, 0, 0, 0, {}, {}, {}, {at, from}});
        }
  }
  if (relation.pieces.empty())
    return std::nullopt;
  return relation;
}

} // namespace

std::optional<Relation> sparsead::relationTables(ModuleOp module, JacobianOp request) {
  if (auto relation = request->getAttrOfType<RelationAttr>("relation")) {
    RelationFormula formula = relation.getFormula();
    if (auto tables = FormulaTables(request, formula).build(request->getAttrOfType<ArrayAttr>("relation_chains")))
      return tables;
  }
  return candidates(module, request);
}
