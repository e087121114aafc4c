// What a workspace holds for one plan: bound arguments, shadow trees, saved content, results on the way.
#pragma once
#include "binding.hpp"
#include "object_map.hpp"
#include "reverse_memory.hpp"
#include "second_tape.hpp"
#include "shadow_tree.hpp"
#include "tape.hpp"
#include <cstdint>
#include <memory>
#include <vector>

namespace sparsead::rt {

class workspace_state {
public:
  /// Lays it out for the plan with this number, unless it already is.
  void prepare(const object_map &map, std::uint64_t plan);
  /// The tree for one kernel of the descriptor, made on first use.
  shadow_tree &tree(const object_map &map, std::int32_t kernel);

  /// The tree of partials for the local kernel, and what is passed instead where it needs none.
  shadow_tree &local_tree(const object_map &map);
  void *const *no_shadows(const object_map &map);
  /// The tree that holds nodes of the tape.
  shadow_tree &node_tree(const object_map &map);
  /// The tree that holds adjoints.
  shadow_tree &adjoint_tree(const object_map &map);

  /// Of a gradient, which has no plan: its number, the map of the extents that it was last called with, and the number
  /// under which the workspace is laid out for that map.
  std::uint64_t owner = 0, own_number = 0;
  std::unique_ptr<const object_map> own_map;

  binding bound;
  tape recorded;
  second_tape recorded_second;         ///< of Hessians
  std::vector<std::int32_t> row_nodes; ///< of the last recorded call
  tangent_pool pool;
  reverse_memory reverse;
  aligned_buffer saved;
  std::vector<double> buffer;    ///< values on the way to a product
  std::vector<double> direction; ///< of a product, where the result takes its place
  std::vector<double> adjoints;  ///< of the inputs, after a reverse sweep of several rows
  std::vector<double> partials;  ///< what the local kernel leaves to be gathered
  std::vector<double> whole;     ///< of a Hessian with both triangles: the lower one
  std::vector<void *> arguments; ///< of the gradient as a function of its own, and where its plan works
  std::unique_ptr<workspace_state> of_gradient;

private:
  std::uint64_t plan_ = 0;
  std::vector<std::unique_ptr<shadow_tree>> trees_; // per kernel
  std::unique_ptr<shadow_tree> nodes_, adjoints_, local_;
  std::vector<void *> no_shadows_;
};

} // namespace sparsead::rt
