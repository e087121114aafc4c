// Lattice colorings: at the sizes of a call, and of a pattern.
#include "sparsead/rt/coloring_lattice.hpp"
#include "sparsead/rt/evaluate.hpp"
#include "sparsead/rt/object_map.hpp"
#include <algorithm>
#include <exception>

namespace sparsead::rt {
namespace {

/// A block that no lattice fits gets a color for each of its columns, up to this many.
constexpr std::int64_t most_own_colors = 64;
constexpr std::int64_t most_colors = 96;

/// constant, then a factor for each size.
std::int64_t value_of(const std::int64_t *form, const std::vector<std::int64_t> &sizes) {
  std::int64_t sum = form[0];
  for (std::size_t k = 0; k < sizes.size(); ++k)
    sum = checked_sum(sum, checked_product(form[k + 1], sizes[k], "a size"), "a size");
  return sum;
}

/// The columns of an input, as one array of elements; false where they are none.
bool find_columns(const abi::jacobian_descriptor &d, const object_map &map, std::int32_t input, lattice_block &block) {
  for (std::int32_t k = 0; k <= input; ++k) {
    block.first += block.count;
    block.count = map.objects[static_cast<std::size_t>(d.inputs[k])].size;
  }
  const object_layout &layout = map.objects[static_cast<std::size_t>(d.inputs[input])];
  if (layout.dims.size() == 1)
    block.number = layout.dims[0].lower * layout.object->num_leaves;
  else if (std::any_of(layout.dims.begin(), layout.dims.end(), [](const dimension &dim) { return dim.lower != 0; }))
    return false;
  return true;
}

lattice_plan plan_groups(const abi::lattice_descriptor &l, const abi::jacobian_descriptor &descriptor,
                         const object_map &map, void *const *args) {
  lattice_plan plan;
  std::vector<std::int64_t> sizes;
  for (std::int32_t k = 0; k < l.num_sizes; ++k)
    sizes.push_back(evaluate(l.sizes[k], args, "a size", "a size"));
  const std::size_t words = sizes.size() + 1;
  for (std::int32_t g = 0; g < l.num_groups; ++g) {
    const abi::lattice_group &group = l.groups[g];
    const std::size_t dims = static_cast<std::size_t>(group.num_indices);
    lattice chosen;
    if (group.colors > 0) {
      std::vector<lattice_conflict> conflicts;
      for (std::int32_t k = 0; k < group.num_conflicts; ++k) {
        const abi::lattice_conflict &from = group.conflicts[k];
        lattice_conflict &c = conflicts.emplace_back();
        c.a = from.a;
        c.b = from.b;
        bool zero = c.a == c.b;
        for (std::size_t i = 0; i < dims; ++i) {
          c.difference.push_back(value_of(from.difference + i * words, sizes));
          zero = zero && c.difference.back() == 0;
        }
        if (zero) // at these sizes it is one column
          conflicts.pop_back();
      }
      chosen.colors = group.colors;
      chosen.factors.assign(group.factors, group.factors + dims);
      chosen.shifts.assign(group.shifts, group.shifts + group.num_blocks);
      if (!is_free(chosen, conflicts)) {
        auto other =
            find_lattice(dims, static_cast<std::size_t>(group.num_blocks), conflicts, group.colors, most_colors);
        if (!other)
          return {};
        chosen = *other;
      }
    }
    for (std::int32_t b = 0; b < group.num_blocks; ++b) {
      lattice_block block;
      if (!find_columns(descriptor, map, group.blocks[b], block))
        return {};
      block.base = plan.num_colors;
      block.colors = chosen.colors;
      if (chosen.colors > 0) {
        block.factors = chosen.factors;
        block.shift = chosen.shifts[static_cast<std::size_t>(b)];
        for (std::size_t i = 1; i < dims; ++i) {
          block.extents.push_back(
              value_of(group.extents + (static_cast<std::size_t>(b) * (dims - 1) + i - 1) * words, sizes));
          if (block.extents.back() <= 0)
            return {};
        }
      } else {
        block.colors = block.count;
        if (block.count > most_own_colors)
          return {};
      }
      plan.blocks.push_back(std::move(block));
    }
    plan.num_colors += plan.blocks.back().colors;
  }
  return plan;
}

/// Colors of the block's columns, index by index.
class filler {
public:
  filler(const lattice_block &block, std::int32_t *colors) : block_(block), out_(colors + block.first) {
    stride_.assign(block.factors.size(), 1);
    for (std::size_t d = block.factors.size(); d-- > 1;)
      stride_[d - 1] = stride_[d] * block.extents[d - 1];
  }
  void run() {
    if (block_.factors.empty()) {
      for (std::int64_t k = 0; k < block_.count; ++k)
        out_[k] = static_cast<std::int32_t>(block_.base + k);
      return;
    }
    fill(0, 0, block_.shift % block_.colors);
  }

private:
  /// Elements [begin, begin + stride of the index before) whose colors begin at `color`.
  void fill(std::size_t d, std::int64_t begin, std::int64_t color) {
    const std::int64_t end = block_.number + block_.count, stride = stride_[d], k = block_.colors;
    const std::int64_t limit = d == 0 ? end : std::min(end, begin + block_.extents[d - 1] * stride);
    const std::int64_t step = block_.factors[d] % k;
    if (d + 1 < stride_.size()) {
      for (std::int64_t at = begin; at < limit; at += stride) {
        if (at + stride > block_.number)
          fill(d + 1, at, color);
        color = color + step >= k ? color + step - k : color + step;
      }
      return;
    }
    if (begin < block_.number && begin < limit) {
      const std::int64_t skipped = std::min(block_.number, limit) - begin;
      color = (color + step * (skipped % k)) % k;
      begin += skipped;
    }
    for (std::int64_t at = begin; at < limit; ++at) {
      out_[at - block_.number] = static_cast<std::int32_t>(block_.base + color);
      color = color + step >= k ? color + step - k : color + step;
    }
  }

  const lattice_block &block_;
  std::int32_t *out_;
  std::vector<std::int64_t> stride_;
};

} // namespace

lattice_plan plan_lattice(const abi::jacobian_descriptor &descriptor, const object_map &map, void *const *args) {
  if (!descriptor.lattice)
    return {};
  try {
    return plan_groups(*descriptor.lattice, descriptor, map, args);
  } catch (const std::exception &) { // sizes beyond 64 bits, or that cannot be read
    return {};
  }
}

template <class Index>
std::optional<coloring_result> color_by_lattice(const csr_pattern<Index> &pattern, const lattice_plan &plan) {
  if (plan.blocks.empty() || plan.num_colors > most_colors + most_own_colors)
    return std::nullopt;
  std::vector<std::int32_t> all(static_cast<std::size_t>(pattern.cols), -1);
  for (const lattice_block &block : plan.blocks)
    filler(block, all.data()).run();
  coloring_result result;
  result.colors.assign(all.size(), -1);
  std::vector<Index> row_of(static_cast<std::size_t>(plan.num_colors), -1);
  for (Index i = 0; i < pattern.rows; ++i) {
    const auto begin = static_cast<std::size_t>(pattern.row_ptr[static_cast<std::size_t>(i)]);
    const auto end = static_cast<std::size_t>(pattern.row_ptr[static_cast<std::size_t>(i) + 1]);
    for (std::size_t k = begin; k < end; ++k) {
      const auto column = static_cast<std::size_t>(pattern.col_ind[k]);
      const std::int32_t color = all[column];
      if (color < 0 || row_of[static_cast<std::size_t>(color)] == i)
        return std::nullopt;
      row_of[static_cast<std::size_t>(color)] = i;
      result.colors[column] = color;
    }
  }
  std::vector<std::int32_t> number(row_of.size(), -1);
  bool gaps = false;
  for (std::size_t c = 0; c < row_of.size(); ++c) {
    if (row_of[c] >= 0)
      number[c] = result.num_colors++;
    else
      gaps = true;
  }
  if (gaps)
    for (std::int32_t &color : result.colors)
      if (color >= 0)
        color = number[static_cast<std::size_t>(color)];
  return result;
}

template std::optional<coloring_result> color_by_lattice(const csr_pattern<std::int32_t> &, const lattice_plan &);
template std::optional<coloring_result> color_by_lattice(const csr_pattern<std::int64_t> &, const lattice_plan &);

} // namespace sparsead::rt
