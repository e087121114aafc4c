// Compressed reverse mode: the compiled adjoint once for each color of the rows, or one recorded call and a backward
// sweep for each few of them.
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/plan_core.hpp"
#include "sparsead/rt/repeated_call.hpp"
#include "sparsead/rt/reverse_schedule.hpp"
#include "sparsead/rt/reverse_sweep.hpp"
#include "sparsead/rt/tape.hpp"
#include "sparsead/rt/workspace_state.hpp"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <stdexcept>

namespace sparsead::rt {
namespace {

template <class Visit>
void for_each_node(const object_map &map, shadow_tree &tree, std::int32_t object, Visit &&visit) {
  const object_layout &layout = map.objects[static_cast<std::size_t>(object)];
  const block_family &family = map.families[static_cast<std::size_t>(layout.family)];
  for_each_leaf(
      map, layout, [&](std::int64_t instance) { return tree.at(object_map::shadow_of(family, instance, 0)); },
      [&](std::int64_t, char *address, std::int32_t) { visit(address); });
}

template <class Tape>
void record_into(Tape &recorded, const object_map &map, workspace_state &workspace, const packed_call &call,
                 const char *way_out) {
  const abi::jacobian_descriptor &d = map.descriptor;
  shadow_tree &tree = workspace.node_tree(map);
  tree.connect(map, workspace.bound);
  recorded.start(map.cols);
  const std::int32_t none = 0;
  for (std::int32_t k = 0; k < d.num_objects; ++k)
    for_each_node(map, tree, k, [&](char *address) { std::memcpy(address, &none, sizeof none); });
  std::int32_t node = 0;
  for (std::int32_t k = 0; k < d.num_inputs; ++k)
    for_each_node(map, tree, d.inputs[k], [&](char *address) {
      ++node;
      std::memcpy(address, &node, sizeof node);
    });
  d.record(workspace.bound.args(), tree.roots(), call.result, tree.result(), static_cast<tangent_pool *>(&recorded));
  if (recorded.overflow())
    throw std::length_error("'" + std::string(d.function) + "': too many operations for one tape; " + way_out);
  workspace.row_nodes.clear();
  for (std::int32_t k = 0; k < d.num_outputs; ++k)
    for_each_node(map, tree, d.outputs[k], [&](const char *address) {
      std::int32_t number;
      std::memcpy(&number, address, sizeof number);
      workspace.row_nodes.push_back(number);
    });
}

} // namespace

void record_call(const object_map &map, workspace_state &workspace, const packed_call &call, const char *way_out) {
  record_into(workspace.recorded, map, workspace, call, way_out);
}

void record_second_call(const object_map &map, workspace_state &workspace, const packed_call &call,
                        const char *way_out) {
  record_into(workspace.recorded_second, map, workspace, call, way_out);
}

namespace {

double read_adjoint(const char *address, std::int32_t bytes) {
  if (bytes == 4) {
    float value;
    std::memcpy(&value, address, sizeof value);
    return value;
  }
  double value;
  std::memcpy(&value, address, sizeof value);
  return value;
}

void write_adjoint(char *address, std::int32_t bytes, double value) {
  if (bytes == 4) {
    const float single = static_cast<float>(value);
    std::memcpy(address, &single, sizeof single);
  } else {
    std::memcpy(address, &value, sizeof value);
  }
}

/// visit(address, bytes, count) for runs of an item's adjoints.
template <class Visit> void for_each_run(const object_map &map, shadow_tree &tree, std::int32_t object, Visit &&visit) {
  const object_layout &layout = map.objects[static_cast<std::size_t>(object)];
  const block_family &family = map.families[static_cast<std::size_t>(layout.family)];
  if (layout.contiguous && layout.size > 0)
    return visit(tree.at(layout.runs[0].offset), 8, layout.size);
  for_each_leaf(
      map, layout, [&](std::int64_t instance) { return tree.at(object_map::shadow_of(family, instance, 0)); },
      [&](std::int64_t, char *address, std::int32_t bytes) { visit(address, bytes, std::int64_t(1)); });
}

} // namespace

void seed_adjoints(const object_map &map, shadow_tree &tree, const double *weights) {
  for (std::int32_t k = 0; k < map.descriptor.num_outputs; ++k)
    for_each_run(map, tree, map.descriptor.outputs[k], [&](char *address, std::int32_t bytes, std::int64_t count) {
      if (!weights)
        write_adjoint(address, bytes, 1);
      else if (count == 1)
        write_adjoint(address, bytes, *weights);
      else
        std::memcpy(address, weights, static_cast<std::size_t>(count) * sizeof(double));
      if (weights)
        weights += count;
    });
}

namespace {

/// By the compiled adjoint: seeds into the shadows of the outputs, results from those of the inputs.
void adjoint_product(const object_map &map, workspace_state &workspace, const packed_call &call, double *ubar,
                     const double *rbar) {
  const abi::jacobian_descriptor &d = map.descriptor;
  shadow_tree &tree = workspace.adjoint_tree(map);
  tree.connect(map, workspace.bound);
  for (const object_layout &layout : map.objects)
    tree.clear(layout);
  seed_adjoints(map, tree, rbar);
  workspace.reverse.start(&map, &workspace.bound);
  d.adjoint(workspace.bound.args(), tree.roots(), call.result, tree.result(),
            static_cast<tangent_pool *>(&workspace.reverse));
  workspace.reverse.finish();
  for (std::int32_t k = 0; k < d.num_inputs; ++k)
    for_each_run(map, tree, d.inputs[k], [&](const char *address, std::int32_t bytes, std::int64_t count) {
      if (count == 1)
        *ubar = read_adjoint(address, bytes);
      else
        std::memcpy(ubar, address, static_cast<std::size_t>(count) * sizeof(double));
      ubar += count;
    });
}

} // namespace

void transposed_product(const object_map &map, workspace_state &workspace, const packed_call &call, double *ubar,
                        const double *rbar, const char *way_out) {
  if (map.descriptor.adjoint)
    return adjoint_product(map, workspace, call, ubar, rbar);
  record_call(map, workspace, call, way_out);
  constexpr std::size_t lanes = tape::lanes;
  double *const bar = workspace.recorded.adjoints();
  for (std::size_t i = 0; i < workspace.row_nodes.size(); ++i)
    if (workspace.row_nodes[i])
      bar[static_cast<std::size_t>(workspace.row_nodes[i]) * lanes] += rbar[i];
  workspace.recorded.sweep();
  for (std::size_t j = 0; j < static_cast<std::size_t>(map.cols); ++j)
    ubar[j] = bar[(1 + j) * lanes];
}

template <class Index>
reverse_schedule<Index>::reverse_schedule(const coloring_result &coloring, std::vector<char> marks)
    : begin(static_cast<std::size_t>(coloring.num_colors) + 1, 0), from_rows(std::move(marks)) {
  for (const std::int32_t color : coloring.colors)
    if (color >= 0)
      ++begin[static_cast<std::size_t>(color) + 1];
  std::partial_sum(begin.begin(), begin.end(), begin.begin());
  rows.resize(begin.back());
  std::vector<std::size_t> next(begin.begin(), begin.end() - 1);
  for (std::size_t i = 0; i < coloring.colors.size(); ++i)
    if (coloring.colors[i] >= 0)
      rows[next[static_cast<std::size_t>(coloring.colors[i])]++] = static_cast<Index>(i);
}

namespace {

/// visit(place of the entry, its column) for what is read of a row.
template <class Index, class Visit>
void for_each_entry(const csr_pattern<Index> &pattern, const reverse_schedule<Index> &schedule, Index row,
                    Visit &&visit) {
  const auto i = static_cast<std::size_t>(row);
  for (auto k = static_cast<std::size_t>(pattern.row_ptr[i]); k < static_cast<std::size_t>(pattern.row_ptr[i + 1]); ++k)
    if (schedule.from_rows.empty() || schedule.from_rows[k])
      visit(k, static_cast<std::size_t>(pattern.col_ind[k]));
}

/// False: some entry is not finite.
template <class Index>
bool adjoint_sweeps(const object_map &map, const csr_pattern<Index> &pattern, const reverse_schedule<Index> &schedule,
                    workspace_state &workspace, const packed_call &call, repeated_call &runs, double *v) {
  workspace.adjoint_tree(map); // what may throw comes before anything is written
  workspace.direction.assign(static_cast<std::size_t>(map.rows), 0.0);
  workspace.adjoints.resize(static_cast<std::size_t>(map.cols));
  const double *const bar = workspace.adjoints.data();
  bool finite = true;
  for (std::size_t color = 0; color + 1 < schedule.begin.size(); ++color) {
    auto for_each_row = [&](auto &&visit) {
      for (std::size_t k = schedule.begin[color]; k < schedule.begin[color + 1]; ++k)
        visit(schedule.rows[k]);
    };
    auto seed = [&](double one) {
      for_each_row([&](Index row) { workspace.direction[static_cast<std::size_t>(row)] = one; });
    };
    runs.next();
    seed(1.0);
    adjoint_product(map, workspace, call, workspace.adjoints.data(), workspace.direction.data());
    seed(0.0);
    for_each_row([&](Index row) {
      for_each_entry(pattern, schedule, row, [&](std::size_t k, std::size_t column) {
        v[k] = bar[column];
        finite &= std::isfinite(v[k]);
      });
    });
  }
  return finite;
}

template <class Index>
void tape_sweeps(const object_map &map, const csr_pattern<Index> &pattern, const reverse_schedule<Index> &schedule,
                 workspace_state &workspace, const packed_call &call, repeated_call &runs, double *v) {
  runs.next();
  record_call(map, workspace, call, "ask for mode=forward");
  constexpr std::size_t lanes = tape::lanes;
  const std::size_t colors = schedule.begin.size() - 1;
  for (std::size_t first = 0; first < colors; first += lanes) {
    const std::size_t begin = schedule.begin[first], end = schedule.begin[std::min(first + lanes, colors)];
    auto for_each_row = [&](auto &&visit) {
      std::size_t color = first;
      for (std::size_t k = begin; k < end; ++k) {
        while (k >= schedule.begin[color + 1])
          ++color;
        visit(schedule.rows[k], color - first);
      }
    };
    double *const bar = workspace.recorded.adjoints();
    for_each_row([&](Index row, std::size_t lane) {
      if (const std::int32_t node = workspace.row_nodes[static_cast<std::size_t>(row)])
        bar[static_cast<std::size_t>(node) * lanes + lane] = 1;
    });
    workspace.recorded.sweep();
    for_each_row([&](Index row, std::size_t lane) {
      for_each_entry(pattern, schedule, row,
                     [&](std::size_t k, std::size_t column) { v[k] = bar[(1 + column) * lanes + lane]; });
    });
  }
}

} // namespace

/// Where an entry is infinite, an adjoint of many rows goes wrong as a whole; the record takes zero times infinity for
/// zero.
template <class Index>
void plan_core<Index>::reverse_all(workspace_state &workspace, const packed_call &call, repeated_call &runs,
                                   double *v) const {
  const reverse_schedule<Index> &schedule = *by_rows_;
  if (schedule.num_colors() == 0)
    return;
  if (reverse_cost::takes_adjoint(descriptor_, schedule.num_colors()) &&
      (adjoint_sweeps(*map_, pattern_, schedule, workspace, call, runs, v) || !descriptor_.record))
    return;
  tape_sweeps(*map_, pattern_, schedule, workspace, call, runs, v);
}

template struct reverse_schedule<std::int32_t>;
template struct reverse_schedule<std::int64_t>;
#define SPARSEAD_RT_INSTANTIATE(INDEX)                                                                                 \
  template void plan_core<INDEX>::reverse_all(workspace_state &, const packed_call &, repeated_call &, double *) const;
SPARSEAD_RT_INSTANTIATE(std::int32_t)
SPARSEAD_RT_INSTANTIATE(std::int64_t)
#undef SPARSEAD_RT_INSTANTIATE

} // namespace sparsead::rt
