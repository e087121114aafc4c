//===- LatticeColoring.cpp - colorings by a formula -----------------------===//

#include "sparsead/Coloring/LatticeColoring.h"

#include "sparsead/rt/coloring_lattice.hpp"

#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <set>

using namespace sparsead;

/// Lattices with more colors are not looked for.
static constexpr int64_t maxColors = 64;

std::optional<LatticeColoring> sparsead::latticeOf(const RelationFormula &relation) {
  auto conflicts = conflictsOf(relation);
  if (!conflicts)
    return std::nullopt;
  size_t count = conflicts->blocks.size();
  std::vector<bool> own(count, false); // blocks without a lattice
  for (auto [a, b] : conflicts->unbounded)
    if (a == b)
      own[a] = true;
  // Blocks that meet at known distances are colored together.
  llvm::EquivalenceClasses<unsigned> classes;
  for (unsigned k = 0; k < count; ++k)
    classes.insert(k);
  auto sameShape = [&](unsigned a, unsigned b) {
    auto shape = [&](unsigned k) {
      auto it = relation.shapes.find(conflicts->blocks[k]);
      return it == relation.shapes.end() ? std::vector<LinearForm>() : it->second;
    };
    return shape(a) == shape(b);
  };
  for (const ColumnConflict &c : conflicts->conflicts)
    if (c.a != c.b && !own[c.a] && !own[c.b] && sameShape(c.a, c.b) &&
        !llvm::is_contained(conflicts->unbounded, std::make_pair(c.a, c.b)) &&
        !llvm::is_contained(conflicts->unbounded, std::make_pair(c.b, c.a)))
      classes.unionSets(c.a, c.b);
  LatticeColoring result;
  result.blocks = conflicts->blocks;
  bool any = false;
  std::set<unsigned> done;
  for (unsigned first = 0; first < count; ++first) {
    if (done.count(first))
      continue;
    LatticeGroup group;
    group.indices = conflicts->indices[first];
    for (unsigned k = first; k < count; ++k)
      if (classes.isEquivalent(first, k)) {
        group.blocks.push_back(k);
        done.insert(k);
      }
    if (!own[first]) {
      std::vector<rt::lattice_conflict> known;
      std::set<std::string> sizes;
      bool possible = true;
      for (const ColumnConflict &c : conflicts->conflicts) {
        auto a = llvm::find(group.blocks, c.a), b = llvm::find(group.blocks, c.b);
        if (a == group.blocks.end() || b == group.blocks.end())
          continue;
        group.conflicts.push_back(
            {unsigned(a - group.blocks.begin()), unsigned(b - group.blocks.begin()), c.difference});
        // With sizes that are multiples of the number of colors only constants are left.
        rt::lattice_conflict numbers;
        numbers.a = group.conflicts.back().a;
        numbers.b = group.conflicts.back().b;
        for (const LinearForm &form : c.difference) {
          numbers.difference.push_back(form.constant);
          for (const auto &[n, k] : form.terms)
            sizes.insert(n);
        }
        possible &= numbers.a != numbers.b || llvm::any_of(numbers.difference, [](int64_t v) { return v != 0; });
        known.push_back(std::move(numbers));
      }
      // Two blocks that meet inside one group but at distances that are unknown would need colors apart.
      for (auto [a, b] : conflicts->unbounded)
        possible &= a == b || !llvm::is_contained(group.blocks, a) || !llvm::is_contained(group.blocks, b);
      auto found = possible ? rt::find_lattice(group.indices, group.blocks.size(), known, 1, maxColors) : std::nullopt;
      if (!found)
        return std::nullopt;
      group.colors = found->colors;
      group.factors = found->factors;
      group.shifts = found->shifts;
      if (group.colors > 1)
        group.multiples.assign(sizes.begin(), sizes.end());
      any = true;
    }
    result.groups.push_back(std::move(group));
  }
  return any ? std::optional<LatticeColoring>(std::move(result)) : std::nullopt;
}

std::string LatticeColoring::str() const {
  std::string text;
  for (const LatticeGroup &group : groups)
    for (auto [number, block] : llvm::enumerate(group.blocks)) {
      if (!text.empty())
        text += "; ";
      if (group.colors == 0) {
        text += blocks[block] + ": one color each";
        continue;
      }
      std::vector<std::string> names;
      for (unsigned d = 0; d < group.indices; ++d)
        names.push_back(d < 4 ? std::string(1, "ijkl"[d]) : "i" + std::to_string(d));
      text += blocks[block] + "[" + llvm::join(names, ", ") + "]: ";
      LinearForm sum;
      for (unsigned d = 0; d < group.indices; ++d)
        if (group.factors[d] != 0)
          sum.terms[names[d]] = group.factors[d];
      sum.constant = group.shifts[number];
      std::string inner = sum.str();
      text += (sum.terms.size() + (sum.constant != 0) > 1 ? "(" + inner + ")" : inner) + " mod " +
              std::to_string(group.colors);
      if (!group.multiples.empty()) {
        text += " where " + std::to_string(group.colors) + " divides " + llvm::join(group.multiples, " and ");
      }
    }
  return text;
}
