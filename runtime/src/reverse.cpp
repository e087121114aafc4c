// Compressed reverse mode: one recorded call, then a backward sweep for each few colors of rows.
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/plan_core.hpp"
#include "sparsead/rt/reverse_sweep.hpp"
#include "sparsead/rt/tape.hpp"
#include "sparsead/rt/workspace_state.hpp"
#include <algorithm>
#include <cstring>
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
  workspace.reverse.start();
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
void plan_core<Index>::reverse_all(workspace_state &workspace, const packed_call &call, double *v) const {
  record_call(*map_, workspace, call, "ask for mode=forward");
  const coloring_result &colors = rows();
  constexpr int lanes = tape::lanes;
  for (std::int32_t first = 0; first < colors.num_colors; first += lanes) {
    double *const bar = workspace.recorded.adjoints();
    auto lane_of = [&](std::size_t row) { return colors.colors[row] - first; };
    auto in_sweep = [&](std::size_t row) { return colors.colors[row] >= first && lane_of(row) < lanes; };
    const std::size_t rows_count = workspace.row_nodes.size();
    for (std::size_t i = 0; i < rows_count; ++i)
      if (in_sweep(i) && workspace.row_nodes[i])
        bar[static_cast<std::size_t>(workspace.row_nodes[i]) * lanes + static_cast<std::size_t>(lane_of(i))] = 1;
    workspace.recorded.sweep();
    for (std::size_t i = 0; i < rows_count; ++i) {
      if (!in_sweep(i))
        continue;
      const std::size_t lane = static_cast<std::size_t>(lane_of(i));
      for (auto k = static_cast<std::size_t>(pattern_.row_ptr[i]);
           k < static_cast<std::size_t>(pattern_.row_ptr[i + 1]); ++k)
        v[k] = bar[(1 + static_cast<std::size_t>(pattern_.col_ind[k])) * lanes + lane];
    }
  }
}

#define SPARSEAD_RT_INSTANTIATE(INDEX)                                                                                 \
  template void plan_core<INDEX>::reverse_all(workspace_state &, const packed_call &, double *) const;
SPARSEAD_RT_INSTANTIATE(std::int32_t)
SPARSEAD_RT_INSTANTIATE(std::int64_t)
#undef SPARSEAD_RT_INSTANTIATE

} // namespace sparsead::rt
