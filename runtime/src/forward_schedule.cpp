#include "sparsead/rt/forward_schedule.hpp"
#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>

namespace sparsead::rt {
namespace {

constexpr std::int64_t segment_rows = 256;

/// Where the leaves of the rows (columns) stand in the shadow of width 1, and their sizes.
struct leaf_table {
  std::vector<std::int64_t> shadow;
  std::vector<std::int8_t> bytes;
};
leaf_table table_of(const object_map &map, const std::int32_t *numbers, std::int32_t count, std::int64_t size) {
  leaf_table table;
  table.shadow.resize(static_cast<std::size_t>(size));
  table.bytes.resize(static_cast<std::size_t>(size));
  std::int64_t first = 0;
  for (std::int32_t k = 0; k < count; ++k) {
    const object_layout &layout = map.objects[static_cast<std::size_t>(numbers[k])];
    for (const leaf_run &run : layout.runs)
      for (std::int64_t t = 0; t < run.count; ++t) {
        const std::size_t place = static_cast<std::size_t>(first + run.first + t * run.step);
        table.shadow[place] = run.offset + t * run.stride;
        table.bytes[place] = static_cast<std::int8_t>(run.bytes);
      }
    first += layout.size;
  }
  return table;
}

double read_tagged(const char *base, std::uint64_t place) {
  if (place & 1) {
    float value;
    std::memcpy(&value, base + (place >> 1), sizeof value);
    return value;
  }
  double value;
  std::memcpy(&value, base + (place >> 1), sizeof value);
  return value;
}

void write_tagged(char *base, std::uint64_t place, double number) {
  if (place & 1) {
    const float value = static_cast<float>(number);
    std::memcpy(base + (place >> 1), &value, sizeof value);
  } else {
    std::memcpy(base + (place >> 1), &number, sizeof number);
  }
}

} // namespace

std::vector<sweep> choose_sweeps(const abi::jacobian_descriptor &d, std::int32_t num_colors) {
  if (num_colors == 0)
    return {{0, 0, 0}};
  // cost[p]: of p colors; the kernel that ends the best sequence.
  std::vector<double> cost(static_cast<std::size_t>(num_colors) + 1, 0.0);
  std::vector<std::int32_t> last(cost.size(), 0);
  for (std::int32_t p = 1; p <= num_colors; ++p) {
    double best = std::numeric_limits<double>::infinity();
    for (std::int32_t k = 0; k < d.num_kernels; ++k) {
      const std::int32_t width = d.kernels[k].width;
      const double total = cost[static_cast<std::size_t>(std::max(0, p - width))] + 1.0 + 0.25 * width;
      if (total < best) {
        best = total;
        last[static_cast<std::size_t>(p)] = k;
      }
    }
    cost[static_cast<std::size_t>(p)] = best;
  }
  std::vector<std::int32_t> kernels;
  for (std::int32_t p = num_colors; p > 0; p -= d.kernels[kernels.back()].width)
    kernels.push_back(last[static_cast<std::size_t>(p)]);
  std::sort(kernels.begin(), kernels.end(), std::greater<std::int32_t>());
  std::vector<sweep> sweeps;
  std::int32_t color = 0;
  for (const std::int32_t kernel : kernels) {
    const std::int32_t count = std::min(d.kernels[kernel].width, num_colors - color);
    sweeps.push_back({kernel, color, count});
    color += count;
  }
  return sweeps;
}

template <class Index>
forward_schedule<Index>::forward_schedule(const object_map &map, const csr_pattern<Index> &pattern,
                                          const coloring_result &colors, std::vector<Index> where)
    : sweeps_(choose_sweeps(map.descriptor, colors.num_colors)) {
  std::int32_t widest = 1;
  sweep_of_.resize(static_cast<std::size_t>(colors.num_colors));
  for (std::size_t s = 0; s < sweeps_.size(); ++s) {
    widths_.push_back(map.descriptor.kernels[sweeps_[s].kernel].width);
    widest = std::max(widest, widths_.back());
    std::fill_n(sweep_of_.begin() + sweeps_[s].first_color, sweeps_[s].num_colors, static_cast<std::int32_t>(s));
  }
  small_ = map.regular && map.bytes / 8 < std::numeric_limits<std::uint32_t>::max() / widest;
  make_segments(map);
  make_seeds(map, colors);
  make_entries(map, pattern, colors);
  if (where.empty())
    return;
  if (position_.empty())
    position_ = std::move(where);
  else
    for (Index &place : position_)
      place = where[static_cast<std::size_t>(place)];
}

template <class Index> void forward_schedule<Index>::make_segments(const object_map &map) {
  const abi::jacobian_descriptor &d = map.descriptor;
  std::int64_t first = 0;
  for (std::int32_t k = 0; k < d.num_outputs; ++k) {
    const object_layout &layout = map.objects[static_cast<std::size_t>(d.outputs[k])];
    const bool zero = layout.contiguous && !layout.is(abi::role_input) && !layout.zero_first;
    for (std::int64_t row = 0; row < layout.size;) {
      const std::int64_t end = zero ? std::min(layout.size, row + segment_rows) : layout.size;
      segments_.push_back({static_cast<Index>(first + row), static_cast<Index>(first + end),
                           zero ? layout.runs[0].offset + 8 * row : -1});
      row = end;
    }
    first += layout.size;
  }
}

template <class Index>
void forward_schedule<Index>::put(places &where, std::size_t k, std::int64_t shadow, std::int32_t bytes,
                                  std::int32_t width, std::int32_t lane) const {
  if (small_)
    where.small[k] = static_cast<std::uint32_t>(width * (shadow / 8) + lane);
  else
    where.any[k] = (static_cast<std::uint64_t>(width * shadow + lane * bytes) << 1) | (bytes == 4 ? 1u : 0u);
}

template <class Index> void forward_schedule<Index>::make_seeds(const object_map &map, const coloring_result &colors) {
  const leaf_table table = table_of(map, map.descriptor.inputs, map.descriptor.num_inputs, map.cols);
  seed_ptr_.assign(sweeps_.size() + 1, 0);
  for (const std::int32_t color : colors.colors)
    if (color >= 0)
      ++seed_ptr_[static_cast<std::size_t>(sweep_of_[static_cast<std::size_t>(color)]) + 1];
  std::partial_sum(seed_ptr_.begin(), seed_ptr_.end(), seed_ptr_.begin());
  const std::size_t total = static_cast<std::size_t>(seed_ptr_.back());
  small_ ? seeds_.small.resize(total) : seeds_.any.resize(total);
  std::vector<std::int64_t> next(seed_ptr_.begin(), seed_ptr_.end() - 1);
  for (std::size_t j = 0; j < colors.colors.size(); ++j) {
    const std::int32_t color = colors.colors[j];
    if (color < 0)
      continue;
    const std::size_t s = static_cast<std::size_t>(sweep_of_[static_cast<std::size_t>(color)]);
    put(seeds_, static_cast<std::size_t>(next[s]++), table.shadow[j], table.bytes[j], widths_[s],
        color - sweeps_[s].first_color);
  }
}

template <class Index>
void forward_schedule<Index>::make_entries(const object_map &map, const csr_pattern<Index> &pattern,
                                           const coloring_result &colors) {
  const leaf_table table = table_of(map, map.descriptor.outputs, map.descriptor.num_outputs, map.rows);
  const std::size_t nnz = pattern.col_ind.size(), stride = segments_.size() + 1;
  small_ ? entries_.small.resize(nnz) : entries_.any.resize(nnz);
  auto color_of = [&](std::size_t k) { return colors.colors[static_cast<std::size_t>(pattern.col_ind[k])]; };
  auto put_entry = [&](std::size_t place, std::size_t row, std::size_t s, std::int32_t color) {
    put(entries_, place, table.shadow[row], table.bytes[row], widths_[s], color - sweeps_[s].first_color);
  };
  entry_ptr_.assign(sweeps_.size() * stride, 0);
  auto row_begin = [&](Index row) { return static_cast<std::size_t>(pattern.row_ptr[static_cast<std::size_t>(row)]); };
  if (sweeps_.size() == 1) {
    for (std::size_t g = 0; g < segments_.size(); ++g) {
      entry_ptr_[g + 1] = static_cast<std::int64_t>(row_begin(segments_[g].end));
      for (Index row = segments_[g].begin; row < segments_[g].end; ++row)
        for (std::size_t k = row_begin(row); k < row_begin(row + 1); ++k)
          put_entry(k, static_cast<std::size_t>(row), 0, color_of(k));
    }
    return;
  }
  // Count per sweep and segment, then place in row order.
  auto sweep_at = [&](std::int32_t color) {
    return static_cast<std::size_t>(sweep_of_[static_cast<std::size_t>(color)]);
  };
  position_.resize(nnz);
  for (std::size_t g = 0; g < segments_.size(); ++g)
    for (std::size_t k = row_begin(segments_[g].begin); k < row_begin(segments_[g].end); ++k)
      ++entry_ptr_[sweep_at(color_of(k)) * stride + g + 1];
  std::int64_t sum = 0;
  std::vector<std::int64_t> next;
  for (std::size_t s = 0; s < sweeps_.size(); ++s) {
    next.push_back(sum);
    for (std::size_t g = 0; g < stride; ++g)
      entry_ptr_[s * stride + g] = sum += entry_ptr_[s * stride + g];
  }
  for (std::size_t row = 0; row < static_cast<std::size_t>(pattern.rows); ++row)
    for (std::size_t k = row_begin(static_cast<Index>(row)); k < row_begin(static_cast<Index>(row + 1)); ++k) {
      const std::int32_t color = color_of(k);
      const std::size_t s = sweep_at(color);
      const std::size_t place = static_cast<std::size_t>(next[s]++);
      position_[place] = static_cast<Index>(k);
      put_entry(place, row, s, color);
    }
}

template <class Index>
void forward_schedule<Index>::set_ones(const shadow_tree &tree, std::int32_t s, double value) const {
  const std::int64_t begin = seed_ptr_[static_cast<std::size_t>(s)], end = seed_ptr_[static_cast<std::size_t>(s) + 1];
  char *const base = tree.at(0);
  if (small_) {
    double *const tangents = reinterpret_cast<double *>(base);
    for (std::int64_t k = begin; k < end; ++k)
      tangents[seeds_.small[static_cast<std::size_t>(k)]] = value;
  } else {
    for (std::int64_t k = begin; k < end; ++k)
      write_tagged(base, seeds_.any[static_cast<std::size_t>(k)], value);
  }
}

template <class Index>
void forward_schedule<Index>::seed(const object_map &map, shadow_tree &tree, std::int32_t s) const {
  if (tree.seeds >= 0 && tree.seeded_by != this) // a plan of some entries has a schedule for all of them, too
    tree.seeds = shadow_tree::arbitrary;
  tree.seeded_by = this;
  bool again = tree.seeds != s;
  if (again && tree.seeds >= 0)
    set_ones(tree, tree.seeds, 0.0);
  for (const object_layout &layout : map.objects) {
    const bool stale = layout.is(abi::role_input) && tree.seeds == shadow_tree::arbitrary;
    if (stale || layout.reseed || layout.zero_first)
      tree.clear(layout);
    else if (!tree.clean && layout.is(abi::role_output))
      tree.clear(layout);
    again |= layout.reseed;
  }
  if (again)
    set_ones(tree, s, 1.0);
  tree.seeds = s;
  tree.clean = false;
}

template <class Index>
void forward_schedule<Index>::seed_direction(const object_map &map, shadow_tree &tree, const double *direction) {
  for (const object_layout &layout : map.objects)
    if (layout.zero_first || (!tree.clean && layout.is(abi::role_output)))
      tree.clear(layout);
  for (std::int32_t k = 0; k < map.descriptor.num_inputs; ++k) {
    const object_layout &layout = map.objects[static_cast<std::size_t>(map.descriptor.inputs[k])];
    for (const leaf_run &run : layout.runs) {
      const double *source = direction + run.first;
      if (run.bytes == 8 && run.stride == 8 && run.step == 1) {
        std::memcpy(tree.at(run.offset), source, static_cast<std::size_t>(run.count) * 8);
        continue;
      }
      for (std::int64_t t = 0; t < run.count; ++t)
        write_tagged(tree.at(run.offset + t * run.stride), run.bytes == 4 ? 1u : 0u, source[t * run.step]);
    }
    direction += layout.size;
  }
  tree.seeds = shadow_tree::arbitrary;
  tree.clean = false;
}

template <class Index>
void forward_schedule<Index>::decompress(shadow_tree &tree, std::int32_t s, double *__restrict v) const {
  const std::size_t stride = segments_.size() + 1;
  const std::int64_t *const bounds = entry_ptr_.data() + static_cast<std::size_t>(s) * stride;
  const std::uint32_t *const small = entries_.small.data();
  const std::uint64_t *const any = entries_.any.data();
  const Index *const position = position_.data();
  char *const base = tree.at(0);
  const double *const __restrict tangents = reinterpret_cast<const double *>(base);
  for (std::size_t g = 0; g < segments_.size(); ++g) {
    const std::int64_t begin = bounds[g], end = bounds[g + 1];
    if (small_ && position_.empty())
      for (std::int64_t k = begin; k < end; ++k)
        v[k] = tangents[small[k]];
    else if (small_)
      for (std::int64_t k = begin; k < end; ++k)
        v[position[k]] = tangents[small[k]];
    else if (position_.empty())
      for (std::int64_t k = begin; k < end; ++k)
        v[k] = read_tagged(base, any[k]);
    else
      for (std::int64_t k = begin; k < end; ++k)
        v[position[k]] = read_tagged(base, any[k]);
    if (segments_[g].shadow >= 0)
      std::memset(tree.at(segments_[g].shadow), 0,
                  static_cast<std::size_t>(segments_[g].end - segments_[g].begin) * 8 *
                      static_cast<std::size_t>(tree.width()));
  }
  tree.clean = true;
}

template <class Index> void forward_schedule<Index>::gather(const object_map &map, shadow_tree &tree, double *w) {
  for (std::int32_t k = 0; k < map.descriptor.num_outputs; ++k) {
    const object_layout &layout = map.objects[static_cast<std::size_t>(map.descriptor.outputs[k])];
    for (const leaf_run &run : layout.runs)
      for (std::int64_t t = 0; t < run.count; ++t)
        w[run.first + t * run.step] = read_tagged(tree.at(run.offset + t * run.stride), run.bytes == 4 ? 1u : 0u);
    if (!layout.is(abi::role_input))
      tree.clear(layout);
    w += layout.size;
  }
  tree.clean = true;
}

template class forward_schedule<std::int32_t>;
template class forward_schedule<std::int64_t>;

} // namespace sparsead::rt
