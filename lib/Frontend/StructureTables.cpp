//===- StructureTables.cpp - relations and colorings for the runtime and the user ---===//

#include "sparsead/Frontend/StructureTables.h"

#include "sparsead/Analysis/DependenceReport.h"
#include "sparsead/rt/abi.hpp"

#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"

using namespace sparsead;

std::vector<int64_t> sparsead::sizeProgram(JacobianOp op, llvm::StringRef name) {
  auto programs = op->getAttrOfType<mlir::DictionaryAttr>("relation_sizes");
  std::vector<int64_t> words;
  llvm::SmallVector<llvm::StringRef> factors;
  name.split(factors, '*');
  for (auto [position, factor] : llvm::enumerate(factors)) {
    auto program = programs ? programs.getAs<mlir::DenseI64ArrayAttr>(factor) : nullptr;
    if (!program)
      return {};
    llvm::append_range(words, program.asArrayRef().drop_back());
    if (position > 0)
      words.push_back(abi::op_mul);
  }
  words.push_back(abi::op_end);
  return words;
}

std::optional<JacobianDescriptor::Lattice> sparsead::latticeTables(JacobianOp op, const RelationFormula &relation,
                                                                   const LatticeColoring &coloring) {
  JacobianDescriptor::Lattice tables;
  // Sizes, and products of sizes, that the forms speak of.
  std::map<std::string, size_t> number;
  auto note = [&](const LinearForm &form) {
    for (const auto &[name, factor] : form.terms)
      number.try_emplace(name, 0);
  };
  auto extentsOf = [&](unsigned block) -> llvm::ArrayRef<LinearForm> {
    auto it = relation.shapes.find(coloring.blocks[block]);
    return it == relation.shapes.end() ? llvm::ArrayRef<LinearForm>() : llvm::ArrayRef(it->second);
  };
  for (const LatticeGroup &group : coloring.groups) {
    for (const ColumnConflict &c : group.conflicts)
      llvm::for_each(c.difference, note);
    for (unsigned block : group.blocks)
      llvm::for_each(extentsOf(block), note);
  }
  for (auto &[name, k] : number) {
    k = tables.sizes.size();
    tables.sizes.push_back(sizeProgram(op, name));
    if (tables.sizes.back().empty())
      return std::nullopt;
  }
  auto append = [&](std::vector<int64_t> &list, const LinearForm &form) {
    size_t at = list.size();
    list.resize(at + 1 + number.size(), 0);
    list[at] = form.constant;
    for (const auto &[name, factor] : form.terms)
      list[at + 1 + number.at(name)] = factor;
  };
  for (const LatticeGroup &group : coloring.groups) {
    JacobianDescriptor::Lattice::Group &to = tables.groups.emplace_back();
    for (unsigned block : group.blocks) {
      for (auto [k, input] : llvm::enumerate(op.getInputs()))
        if (relationName(op.getObject(input).getName()) == coloring.blocks[block])
          to.blocks.push_back(k);
      for (const LinearForm &extent : extentsOf(block))
        append(to.extents, extent);
    }
    if (to.blocks.size() != group.blocks.size())
      return std::nullopt; // two inputs of one name
    to.indices = group.indices;
    to.colors = group.colors;
    to.factors = group.factors;
    to.shifts = group.shifts;
    if (group.colors == 0)
      continue;
    for (const ColumnConflict &c : group.conflicts) {
      to.conflicts.push_back({int32_t(c.a), int32_t(c.b), {}});
      for (const LinearForm &form : c.difference)
        append(to.conflicts.back().difference, form);
    }
  }
  return tables;
}

void sparsead::warnOfGrowth(JacobianOp op, const RelationFormula &relation) {
  auto chains = op->getAttrOfType<mlir::ArrayAttr>("relation_chains");
  if (!op->hasAttr("relation_exact") || !chains || chains.size() != relation.pieces.size())
    return;
  for (size_t piece : quadraticPieces(relation)) {
    auto chain = llvm::cast<mlir::ArrayAttr>(chains[piece]).getValue();
    if (!chain.empty())
      mlir::emitWarning(llvm::cast<mlir::LocationAttr>(chain.front()))
          << "the Jacobian is not sparse: its entries grow with the product of rows and columns because of this: "
          << relation.pieces[piece].str();
  }
}

void sparsead::remarkStructure(JacobianOp op, const RelationFormula &relation) {
  DependenceReport report = reportOf(relation);
  mlir::emitRemark(op.getLoc()) << "analysis: structure: " << report.str();
  auto chains = op->getAttrOfType<mlir::ArrayAttr>("relation_chains");
  if (!chains || chains.size() != relation.pieces.size())
    return;
  auto chainOf = [&](size_t piece) { return llvm::cast<mlir::ArrayAttr>(chains[piece]).getValue(); };
  // Stores on the way from an input to an output: each makes wider rows of those that it reads.
  llvm::MapVector<mlir::Attribute, unsigned> through;
  for (size_t piece = 0; piece < relation.pieces.size(); ++piece)
    if (chainOf(piece).size() > 2)
      for (mlir::Attribute place : chainOf(piece).drop_front().drop_back())
        ++through[place];
  for (auto [place, count] : through)
    mlir::emitRemark(llvm::cast<mlir::LocationAttr>(place))
        << "analysis: fill-in: " << count << " of the " << relation.pieces.size() << " pieces of the dependence of '"
        << relation.pieces.front().out << "' go through this";
}
