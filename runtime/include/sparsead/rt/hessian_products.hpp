// Products with the Hessian by compiled code: the tangent of the function and its reverse sweep.
#pragma once
#include "abi.hpp"
#include "coloring.hpp"
#include "forward_schedule.hpp"
#include "packed_call.hpp"
#include "star_coloring.hpp"
#include <cstddef>
#include <cstdint>
#include <memory>

namespace sparsead::rt {

class object_map;
class workspace_state;

/// For one plan of a Hessian whose gradient is compiled but not local.
template <class Index> class hessian_products {
public:
  /// The table of the gradient's Jacobian (abi::jacobian_descriptor::of_gradient), and where its objects lie.
  hessian_products(const abi::jacobian_descriptor &gradient, std::unique_ptr<const object_map> map);
  ~hessian_products();

  /// Expected calls of the gradient for so many colors, in units of one without tangents.
  double cost(std::int32_t colors) const;
  /// Value k is found in row read.row[k] of the product with color read.color[k].
  void read(const symmetric_recovery<Index> &read, const coloring_result &coloring);

  /// Runs of the function for all colors. Each finds the function's arguments as they were, and the weights in the
  /// shadows of the outputs, in `gradient`, the call of the gradient; it writes the values that it gives.
  std::size_t runs() const { return schedule_->sweeps().size(); }
  void run(workspace_state &workspace, const packed_call &gradient, std::size_t number, double *v) const;
  /// w = H direction.
  void product(workspace_state &workspace, const packed_call &gradient, double *w, const double *direction) const;

private:
  shadow_tree &begin(workspace_state &workspace, const packed_call &gradient, std::int32_t kernel) const;
  void call(workspace_state &workspace, shadow_tree &tree, std::int32_t kernel) const;

  const abi::jacobian_descriptor &descriptor_;
  std::uint64_t id_;
  std::unique_ptr<const object_map> map_;
  std::unique_ptr<const forward_schedule<Index>> schedule_;
};

extern template class hessian_products<std::int32_t>;
extern template class hessian_products<std::int64_t>;

} // namespace sparsead::rt
