// A gradient behind the typed entry points: there is no plan; what depends on the extents is kept in the workspace and
// made again where they change.
#pragma once
#include "abi.hpp"
#include "packed_call.hpp"
#include "plan_core.hpp"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sparsead::rt {

/// Immutable; may be used from many threads, each with its own workspace.
class gradient_core {
public:
  /// read_only: per argument, through how many pointers its type allows reading only (signature.hpp).
  gradient_core(const abi::gradient_descriptor &descriptor, const int *read_only);

  /// g = the derivative of the output by all inputs, in their order; returns the output. `size` of g: -1 not known.
  /// Throws  std::invalid_argument (extents, null arrays, overlaps, a length that is not the number of inputs);
  /// std::length_error (counts); std::bad_alloc. Nothing is written then.
  double value_and_grad(workspace_state &workspace, const packed_call &call, double *g, std::ptrdiff_t size) const;

private:
  const abi::gradient_descriptor &descriptor_;
  std::vector<int> read_only_; // per argument
  std::uint64_t id_;
};

} // namespace sparsead::rt
