// Compressed forward mode: which kernel sweeps over which colors, where the ones of the seeds stand, and where each
// value is found afterwards.
#pragma once
#include "abi.hpp"
#include "coloring.hpp"
#include "layout.hpp"
#include "object_map.hpp"
#include "shadow_tree.hpp"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sparsead::rt {

/// Colors first_color … of one call of one kernel.
struct sweep {
  std::int32_t kernel;
  std::int32_t first_color, num_colors;
};

/// Fewest expected nanoseconds: a sweep costs as much as a call of the function, and a quarter of that per tangent.
std::vector<sweep> choose_sweeps(const abi::jacobian_descriptor &descriptor, std::int32_t num_colors);

/// J(i,j) = tangent of row i, lane color[j] - first_color of the sweep that has color[j], for (i,j) in the pattern.
/// Source    Curtis, Powell and Reid, 1974.
template <class Index> class forward_schedule {
public:
  /// where: of each entry of the pattern its place in the values; empty: its own.
  /// Requires  in each row of the pattern the colors differ, from each other and from those of columns that have an
  ///           entry of the function there.
  /// Cost      O(nnz + cols + sweeps * rows / 256).
  forward_schedule(const object_map &map, const csr_pattern<Index> &pattern, const coloring_result &colors,
                   std::vector<Index> where = {});

  const std::vector<sweep> &sweeps() const { return sweeps_; }

  /// Seeds of sweep s. Cost O(columns of the sweep and of the one before, and items updated in place).
  void seed(const object_map &map, shadow_tree &tree, std::int32_t s) const;
  /// Seeds of a direction, width 1; needs no colors.
  static void seed_direction(const object_map &map, shadow_tree &tree, const double *direction);
  /// v of the entries of sweep s; leaves contiguous plain outputs of the tree zero.
  void decompress(shadow_tree &tree, std::int32_t s, double *v) const;
  /// w = tangents of the rows, width 1.
  static void gather(const object_map &map, shadow_tree &tree, double *w);

private:
  /// Where tangents stand: numbers of doubles from the start of the tree, or, for trees that hold floats as well or are
  /// too large, 2*bytes + (1 for a float).
  struct places {
    std::vector<std::uint32_t> small;
    std::vector<std::uint64_t> any;
  };
  struct segment {
    Index begin, end;    // rows
    std::int64_t shadow; // where their tangents are zeroed after reading; -1 nowhere
  };
  void make_segments(const object_map &map);
  void make_seeds(const object_map &map, const coloring_result &colors);
  void make_entries(const object_map &map, const csr_pattern<Index> &pattern, const coloring_result &colors);
  void put(places &where, std::size_t k, std::int64_t shadow, std::int32_t bytes, std::int32_t width,
           std::int32_t lane) const;
  void set_ones(const shadow_tree &tree, std::int32_t s, double value) const;

  std::vector<sweep> sweeps_;
  std::vector<std::int32_t> widths_;   // of each sweep
  std::vector<std::int32_t> sweep_of_; // of each color
  bool small_ = false;
  std::vector<segment> segments_;
  std::vector<std::int64_t> seed_ptr_; // per sweep
  places seeds_;
  // Entries by sweep and row. One sweep, in CSR order: position_ is empty unless some are left out.
  std::vector<std::int64_t> entry_ptr_; // sweeps × (segments + 1)
  std::vector<Index> position_;
  places entries_;
};

extern template class forward_schedule<std::int32_t>;
extern template class forward_schedule<std::int64_t>;

} // namespace sparsead::rt
