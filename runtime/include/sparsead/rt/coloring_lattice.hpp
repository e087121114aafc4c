// Colorings by a formula: column [i, j] of a block has color (a·i + b·j + shift) mod k. No LLVM; the compiler uses
// find_lattice too.
#pragma once
#include "abi.hpp"
#include "coloring.hpp"
#include "layout.hpp"
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sparsead::rt {

/// Two columns that meet in a row: one of block a, one of block b, at that distance of indices.
struct lattice_conflict {
  std::int32_t a = 0, b = 0;
  std::vector<std::int64_t> difference;
};

/// color(block, index) = (sum of factors[d] * index[d] + shifts[block]) mod colors.
struct lattice {
  std::int64_t colors = 0;
  std::vector<std::int64_t> factors, shifts;
};

/// Do the colors keep all conflicting columns apart?
inline bool is_free(const lattice &candidate, const std::vector<lattice_conflict> &conflicts) {
  for (const lattice_conflict &c : conflicts) {
    std::int64_t sum =
        candidate.shifts[static_cast<std::size_t>(c.a)] - candidate.shifts[static_cast<std::size_t>(c.b)];
    for (std::size_t d = 0; d < c.difference.size(); ++d)
      sum += candidate.factors[d] * (c.difference[d] % candidate.colors);
    if (sum % candidate.colors == 0)
      return false;
  }
  return true;
}

/// The lattice with the fewest colors, from `fewest` up to `most`, that keeps conflicting columns apart; nullopt where
/// there is none, or where the search takes too long.
/// Cost      up to colors^(dims + blocks - 1) per number of colors, with a bound on the total.
inline std::optional<lattice> find_lattice(std::size_t dims, std::size_t blocks,
                                           const std::vector<lattice_conflict> &conflicts, std::int64_t fewest,
                                           std::int64_t most) {
  std::int64_t left = 4'000'000; // tests of a candidate against a conflict
  for (std::int64_t k = fewest; k <= most; ++k) {
    lattice candidate{k, std::vector<std::int64_t>(dims, 0), std::vector<std::int64_t>(blocks, 0)};
    std::vector<std::vector<std::int64_t>> reduced; // differences modulo k
    for (const lattice_conflict &c : conflicts) {
      std::vector<std::int64_t> &r = reduced.emplace_back();
      for (const std::int64_t v : c.difference)
        r.push_back(((v % k) + k) % k);
    }
    for (bool more = true; more;) {
      bool free = true;
      std::size_t n = 0;
      for (; n < conflicts.size() && free; ++n) {
        std::int64_t sum = candidate.shifts[static_cast<std::size_t>(conflicts[n].a)] -
                           candidate.shifts[static_cast<std::size_t>(conflicts[n].b)];
        for (std::size_t d = 0; d < dims; ++d)
          sum += candidate.factors[d] * reduced[n][d];
        free = sum % k != 0;
      }
      if (free)
        return candidate;
      if ((left -= static_cast<std::int64_t>(n)) < 0)
        return std::nullopt;
      // The next one; the first shift stays 0.
      more = false;
      for (std::size_t d = dims + blocks; d-- > 0 && !more;) {
        if (d == dims)
          continue;
        std::int64_t &digit = d < dims ? candidate.factors[d] : candidate.shifts[d - dims];
        more = ++digit < k;
        if (!more)
          digit = 0;
      }
    }
  }
  return std::nullopt;
}

/// A lattice at given sizes, ready to color.
struct lattice_block {
  std::int64_t first = 0, count = 0;  ///< columns
  std::int64_t number = 0;            ///< of the first column's element
  std::vector<std::int64_t> extents;  ///< of the second and further indices
  std::vector<std::int64_t> factors;  ///< per index; none: each column has its own color
  std::int64_t shift = 0, colors = 0; ///< colors from `base` on
  std::int64_t base = 0;
};
struct lattice_plan {
  std::vector<lattice_block> blocks; ///< empty: there is none
  std::int64_t num_colors = 0;
};

class object_map;

/// Chooses lattices for the sizes of a call: those of the compiler where their conditions hold, others where there are.
/// Throws nothing; a plan without blocks where no lattice is known.
lattice_plan plan_lattice(const abi::jacobian_descriptor &descriptor, const object_map &map, void *const *args);

/// Colors the columns by a lattice and checks the result against the pattern; nullopt where two columns of a row would
/// have one color, so that a wrong lattice is of no consequence. Columns without entries are uncolored, colors without
/// columns are left out.
/// Cost      O(columns + nnz).
template <class Index>
std::optional<coloring_result> color_by_lattice(const csr_pattern<Index> &pattern, const lattice_plan &plan);

} // namespace sparsead::rt
