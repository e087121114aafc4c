//===- Report.cpp - what the compiler knows of a file's derivatives --------===//

#include "sparsead/Frontend/Report.h"
#include "sparsead/Analysis/DependenceRelation.h"
#include "sparsead/Analysis/DependenceReport.h"
#include "sparsead/Analysis/LocalSites.h"
#include "sparsead/Frontend/RelationTables.h"
#include "sparsead/IR/SparseAD.h"
#include "sparsead/Transforms/ShadowCloner.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace sparsead;

//===----------------------------------------------------------------------===//
// Facts
//===----------------------------------------------------------------------===//

Report::Cost Report::costOf(ModuleOp module, StringRef function, std::string what) {
  Cost cost;
  cost.what = std::move(what);
  llvm::SmallVector<func::FuncOp> pending;
  llvm::SmallPtrSet<Operation *, 8> seen;
  auto enter = [&](StringRef name) {
    auto f = module.lookupSymbol<func::FuncOp>(name);
    if (f && !f.isExternal() && seen.insert(f).second)
      pending.push_back(f);
  };
  enter(function);
  while (!pending.empty())
    pending.pop_back_val().walk([&](Operation *op) {
      auto isFloat = [&] { return op->getNumResults() == 1 && isa<FloatType>(getElementTypeOrSelf(op->getResult(0))); };
      if (auto call = dyn_cast<func::CallOp>(op))
        enter(call.getCallee());
      else if (isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::NegFOp, math::FmaOp, LLVM::FMulAddOp>(op))
        ++cost.additions;
      else if (isa<arith::DivFOp, math::SqrtOp, arith::RemFOp>(op))
        ++cost.divisions;
      else if ((op->getDialect() && isa<math::MathDialect>(op->getDialect()) && isFloat()) || isa<LibmOp>(op))
        ++cost.functions;
      else if (isa<LLVM::LoadOp>(op))
        ++cost.loads;
      else if (isa<LLVM::StoreOp>(op))
        ++cost.stores;
      else if (isa<LoopLikeOpInterface>(op))
        ++cost.loops;
      else if (isa<scf::IfOp, scf::IndexSwitchOp>(op))
        ++cost.branches;
    });
  return cost;
}

/// Entries at small sizes, and colors of their columns, greedily: an example, not a proof.
Report::Picture Report::draw(StringRef text) {
  Picture best;
  std::string error;
  size_t position = 0;
  std::optional<RelationFormula> relation = RelationFormula::parse(text, error, position);
  if (!relation)
    return best;
  std::vector<std::string> names = relation->sizes();
  for (int64_t base : {24, 16, 12, 8, 6, 5, 4, 3}) {
    Picture p;
    SizeValues sizes;
    for (auto [k, name] : llvm::enumerate(names)) {
      sizes[name] = base + int64_t(k);
      p.sizes.push_back({name, base + int64_t(k)});
    }
    // Blocks of several objects follow each other.
    llvm::MapVector<StringRef, int64_t> outs, ins;
    std::vector<std::tuple<size_t, int64_t, int64_t>> found;
    bool bounded = relation->enumerate(sizes, [&](size_t piece, int64_t row, int64_t col) {
      if (found.size() > 20000)
        return;
      const RelationPiece &at = relation->pieces[piece];
      int64_t &rows = outs[at.out], &cols = ins[at.in];
      rows = std::max(rows, row + 1);
      cols = std::max(cols, col + 1);
      found.push_back({piece, row, col});
    });
    auto place = [](llvm::MapVector<StringRef, int64_t> &blocks) {
      int64_t total = 0;
      for (auto &block : blocks) {
        int64_t size = block.second;
        block.second = total;
        total += size;
      }
      return total;
    };
    p.rows = place(outs);
    p.cols = place(ins);
    if (!bounded || found.size() > 20000 || p.rows > 80 || p.cols > 80)
      continue;
    for (auto [piece, row, col] : found)
      p.entries.push_back({outs[relation->pieces[piece].out] + row, ins[relation->pieces[piece].in] + col});
    llvm::sort(p.entries);
    p.entries.erase(llvm::unique(p.entries), p.entries.end());
    p.colors.assign(size_t(p.cols), -1);
    std::vector<llvm::SmallVector<int64_t>> inRow(size_t(p.rows)), inColumn(size_t(p.cols));
    for (auto [row, col] : p.entries) {
      inRow[size_t(row)].push_back(col);
      inColumn[size_t(col)].push_back(row);
    }
    for (size_t col = 0; col < inColumn.size(); ++col) {
      if (inColumn[col].empty())
        continue;
      llvm::SmallSet<int, 8> taken;
      for (int64_t row : inColumn[col])
        for (int64_t other : inRow[size_t(row)])
          taken.insert(p.colors[size_t(other)]);
      int color = 0;
      while (taken.contains(color))
        ++color;
      p.colors[col] = color;
      p.numColors = std::max(p.numColors, color + 1);
    }
    return p;
  }
  return best;
}

void Report::addStructure(ModuleOp module, ArrayRef<ReportedRequest> requests,
                          function_ref<std::string(StringRef)> coloring) {
  for (const ReportedRequest &request : requests) {
    Entry &entry = entries.emplace_back();
    entry.request = request;
    entry.costs.push_back(costOf(module, request.thunk, "the function"));
    auto op = module.lookupSymbol<RequestOpInterface>(request.symbol);
    if (!op)
      continue;
    Activity activity(module, op);
    if (failed(activity.run()))
      continue;
    if (!isa<JacobianOp>(*op)) {
      entry.strategy = isa<HessianOp>(*op) ? "forward over reverse, star coloring" : "reverse";
      continue;
    }
    DependenceRelation relation(activity);
    if (relation.run()) {
      entry.relation = relation.formula().str();
      for (auto [piece, chain] : llvm::zip(relation.formula().pieces, relation.chains())) {
        Piece &to = entry.pieces.emplace_back();
        to.formula = piece.str();
        for (Location loc : chain)
          to.lines.push_back(lineOf(loc));
      }
      for (const DependenceRelation::Reason &reason : relation.widened())
        entry.notes.push_back({lineOf(reason.loc), "may be larger than the dependence: " + reason.text});
      DependenceReport numbers = reportOf(relation.formula());
      if (numbers.nnz)
        entry.nonzeros = numbers.nnz->str();
      if (numbers.bandwidth)
        entry.bandwidth = numbers.bandwidth->str();
      entry.coloring = coloring(request.thunk);
      entry.picture = draw(entry.relation);
    } else {
      for (const DependenceRelation::Reason &reason : relation.missed())
        entry.notes.push_back({lineOf(reason.loc), "no relation at compile time: " + reason.text});
    }
    LocalSites sites(activity);
    if (sites.run()) {
      entry.strategy = "local";
      entry.reason = {0, "each output element is stored by a statement that depends on few loads"};
      for (const LocalSite &site : sites.sites()) {
        Site &to = entry.sites.emplace_back();
        to.line = lineOf(site.store.getLoc());
        to.kind = site.kind == LocalSite::Assign ? "assignment" : site.kind == LocalSite::Add ? "sum" : "temporary";
        for (const LocalSlot &slot : site.slots)
          to.loads.push_back(lineOf(slot.load.getLoc()));
      }
    } else {
      entry.strategy = "forward or reverse, by the number of colors";
      entry.reason = {lineOf(sites.reasonLoc()), "not local: " + sites.reason().str()};
    }
  }
}

void Report::addDerivatives(ModuleOp module) {
  for (Entry &entry : entries) {
    const std::string &thunk = entry.request.thunk;
    std::string shown;
    for (auto [suffix, what] : {std::pair{".values", "local values, no outputs"},
                                {".local", "local values"},
                                {".tangent.w1", "one tangent"},
                                {".tangent.w4", "four tangents"},
                                {".adjoint", "adjoint"},
                                {".record", "record for reverse sweeps"},
                                {".record2", "record of second order"}}) {
      std::string name = thunk + suffix;
      if (!module.lookupSymbol(name))
        continue;
      entry.costs.push_back(costOf(module, name, what));
      if (shown.empty())
        shown = name;
    }
    auto f = module.lookupSymbol<func::FuncOp>(shown);
    // An entry that only unpacks its arguments: the function that it calls.
    if (f)
      f.walk([&](func::CallOp call) {
        if (call.getCallee().starts_with(thunk))
          shown = call.getCallee().str();
      });
    f = module.lookupSymbol<func::FuncOp>(shown);
    if (!f)
      continue;
    entry.derivativeName = shown;
    OwningOpRef<func::FuncOp> copy = f.clone();
    for (NamedAttribute attribute : llvm::to_vector(copy.get()->getDiscardableAttrs()))
      copy.get()->removeDiscardableAttr(attribute.getName());
    llvm::raw_string_ostream os(entry.derivative);
    copy->print(os);
  }
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

llvm::json::Value Report::json() const {
  using llvm::json::Array;
  using llvm::json::Object;
  auto lines = [](ArrayRef<unsigned> list) {
    Array result;
    for (unsigned line : list)
      result.push_back(int64_t(line));
    return result;
  };
  Array requests;
  for (const Entry &entry : entries) {
    Object relation;
    if (!entry.relation.empty()) {
      Array pieces;
      for (const Piece &piece : entry.pieces)
        pieces.push_back(Object{{"formula", piece.formula}, {"lines", lines(piece.lines)}});
      relation["formula"] = entry.relation;
      relation["pieces"] = std::move(pieces);
      if (!entry.nonzeros.empty())
        relation["nonzeros"] = entry.nonzeros;
      if (!entry.bandwidth.empty())
        relation["bandwidth"] = entry.bandwidth;
    }
    Array notes, sites, costs;
    for (const Line &note : entry.notes)
      notes.push_back(Object{{"line", int64_t(note.line)}, {"text", note.text}});
    for (const Site &site : entry.sites)
      sites.push_back(Object{{"line", int64_t(site.line)}, {"kind", site.kind}, {"loads", lines(site.loads)}});
    for (const Cost &cost : entry.costs)
      costs.push_back(Object{{"code", cost.what},
                             {"additions and multiplications", int64_t(cost.additions)},
                             {"divisions and roots", int64_t(cost.divisions)},
                             {"elementary functions", int64_t(cost.functions)},
                             {"loads", int64_t(cost.loads)},
                             {"stores", int64_t(cost.stores)},
                             {"loops", int64_t(cost.loops)},
                             {"branches", int64_t(cost.branches)}});
    Object picture;
    if (!entry.picture.entries.empty()) {
      Object sizes;
      for (const auto &[name, value] : entry.picture.sizes)
        sizes[name] = value;
      Array cells, colors;
      for (auto [row, col] : entry.picture.entries)
        cells.push_back(Array{row, col});
      for (int color : entry.picture.colors)
        colors.push_back(color);
      picture = Object{{"sizes", std::move(sizes)},
                       {"rows", entry.picture.rows},
                       {"cols", entry.picture.cols},
                       {"entries", std::move(cells)},
                       {"colors", std::move(colors)}};
    }
    Object reason{{"text", entry.reason.text}};
    if (entry.reason.line)
      reason["line"] = int64_t(entry.reason.line);
    requests.push_back(Object{{"function", entry.request.function},
                              {"kind", entry.request.kind},
                              {"specification", entry.request.specification},
                              {"line", int64_t(entry.request.line)},
                              {"relation", std::move(relation)},
                              {"coloring", entry.coloring},
                              {"notes", std::move(notes)},
                              {"strategy", Object{{"name", entry.strategy}, {"reason", std::move(reason)}}},
                              {"sites", std::move(sites)},
                              {"costs", std::move(costs)},
                              {"picture", std::move(picture)},
                              {"derivative", Object{{"name", entry.derivativeName}, {"text", entry.derivative}}}});
  }
  return Object{{"file", file}, {"sparsead", SPARSEAD_VERSION}, {"requests", std::move(requests)}};
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

llvm::Error Report::write(StringRef directory) const {
  if (std::error_code error = llvm::sys::fs::create_directories(directory))
    return llvm::createStringError(error, "cannot make the directory '" + directory + "': " + error.message());
  llvm::SmallString<256> path(directory);
  llvm::sys::path::append(path, llvm::sys::path::filename(file));
  auto put = [&](StringRef suffix, const std::string &content) {
    std::string name = (path + suffix).str();
    llvm::Error error = llvm::writeToOutput(name, [&](llvm::raw_ostream &os) {
      os << content;
      return llvm::Error::success();
    });
    return error ? llvm::createStringError("cannot write '" + name + "': " + llvm::toString(std::move(error)))
                 : llvm::Error::success();
  };
  std::string text;
  llvm::raw_string_ostream(text) << llvm::formatv("{0:2}", json()) << "\n";
  if (llvm::Error error = put(".json", text))
    return error;
  return put(".html", html());
}
