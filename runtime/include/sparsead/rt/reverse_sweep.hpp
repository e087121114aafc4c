// One reverse sweep: what Jacobians in reverse mode and gradients share.
#pragma once
#include "object_map.hpp"
#include "packed_call.hpp"

namespace sparsead::rt {

class shadow_tree;
class workspace_state;

/// Runs the function once, leaves a tape and the nodes of the rows in the workspace, whose arguments are bound.
/// Throws  std::length_error where the tape has more nodes than 32-bit numbers can count; `way_out` ends its text.
void record_call(const object_map &map, workspace_state &workspace, const packed_call &call, const char *way_out);

/// The same into the tape of second order.
void record_second_call(const object_map &map, workspace_state &workspace, const packed_call &call,
                        const char *way_out);

/// Writes the weights of the outputs, in the order of the rows, into their shadows of width 1; null: one.
void seed_adjoints(const object_map &map, shadow_tree &tree, const double *weights);

/// ubar = transpose(J) rbar. The function's results are left as a call leaves them.
void transposed_product(const object_map &map, workspace_state &workspace, const packed_call &call, double *ubar,
                        const double *rbar, const char *way_out);

} // namespace sparsead::rt
