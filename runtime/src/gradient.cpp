// Gradients: one reverse sweep for the one output.
#include "sparsead/rt/array_checks.hpp"
#include "sparsead/rt/gradient_core.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/reverse_sweep.hpp"
#include "sparsead/rt/workspace_state.hpp"
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

namespace sparsead::rt {
namespace {

void require_matching(const abi::gradient_descriptor &d) {
  if (d.version != abi::version || d.size != sizeof(abi::gradient_descriptor))
    throw std::runtime_error("sparsead: the derivative was compiled by another version of sparsead than this runtime");
  if ((!d.record && !d.adjoint) || d.num_outputs != 1)
    throw std::runtime_error("sparsead: the gradient of '" + std::string(d.function) + "' has no reverse sweep");
}

/// The one element of the one output, as the call has left it.
double value_of(const object_map &map, const binding &bound) {
  const object_layout &layout = map.objects[static_cast<std::size_t>(map.descriptor.outputs[0])];
  const block_family &family = map.families[static_cast<std::size_t>(layout.family)];
  double value = 0;
  for_each_leaf(
      map, layout, [&](std::int64_t i) { return bound.base(family, i); },
      [&](std::int64_t, const char *address, std::int32_t bytes) {
        if (bytes == 4) {
          float single;
          std::memcpy(&single, address, sizeof single);
          value = single;
        } else {
          std::memcpy(&value, address, sizeof value);
        }
      });
  return value;
}

} // namespace

gradient_core::gradient_core(const abi::gradient_descriptor &descriptor, const int *read_only)
    : descriptor_(descriptor), id_(next_plan_id()) {
  require_matching(descriptor);
  read_only_.assign(read_only, read_only + descriptor.num_arguments);
}

double gradient_core::value_and_grad(workspace_state &workspace, const packed_call &call, double *g,
                                     std::ptrdiff_t size) const {
  if (workspace.owner != id_ || !workspace.own_map->has_extents(call.args)) {
    workspace.owner = 0; // what follows may throw
    workspace.own_map = std::make_unique<const object_map>(descriptor_, call.args, read_only_.data(),
                                                           std::numeric_limits<std::int64_t>::max());
    workspace.own_number = next_plan_id();
    workspace.owner = id_;
  }
  const object_map &map = *workspace.own_map;
  require_array("gradient", g, size, map.cols);
  workspace.prepare(map, workspace.own_number);
  workspace.bound.bind(map, call.args, call.result, binding::purpose::call);
  workspace.bound.require_disjoint(map);
  workspace.bound.require_apart(map, "gradient", g, map.cols);
  const double one = 1;
  transposed_product(map, workspace, call, g, &one, "differentiate a part of the function at a time");
  return value_of(map, workspace.bound);
}

} // namespace sparsead::rt
