#include "sparsead/rt/hessian_products.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/plan_core.hpp"
#include "sparsead/rt/workspace_state.hpp"
#include <utility>
#include <vector>

namespace sparsead::rt {

template <class Index>
hessian_products<Index>::hessian_products(const abi::jacobian_descriptor &gradient,
                                          std::unique_ptr<const object_map> map)
    : descriptor_(gradient), id_(next_plan_id()), map_(std::move(map)) {}

template <class Index> hessian_products<Index>::~hessian_products() = default;

template <class Index> double hessian_products<Index>::cost(std::int32_t colors) const {
  double cost = 0;
  if (colors > 0)
    for (const sweep &s : choose_sweeps(descriptor_, colors))
      cost += 1.0 + 0.25 * descriptor_.kernels[s.kernel].width;
  return cost;
}

template <class Index>
void hessian_products<Index>::read(const symmetric_recovery<Index> &read, const coloring_result &coloring) {
  // By rows of the products. A column of that color stands for all of them.
  std::vector<Index> column(static_cast<std::size_t>(coloring.num_colors));
  for (std::size_t j = 0; j < coloring.colors.size(); ++j)
    if (coloring.colors[j] >= 0)
      column[static_cast<std::size_t>(coloring.colors[j])] = static_cast<Index>(j);
  const auto size = static_cast<std::size_t>(map_->rows);
  csr_pattern<Index> places;
  places.rows = static_cast<Index>(size);
  places.cols = static_cast<Index>(map_->cols);
  places.row_ptr.assign(size + 1, 0);
  for (const Index row : read.row)
    ++places.row_ptr[static_cast<std::size_t>(row) + 1];
  for (std::size_t i = 0; i < size; ++i)
    places.row_ptr[i + 1] += places.row_ptr[i];
  std::vector<Index> next(places.row_ptr.begin(), places.row_ptr.end() - 1), where(read.row.size());
  places.col_ind.resize(where.size());
  for (std::size_t k = 0; k < where.size(); ++k) {
    const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(read.row[k])]++);
    places.col_ind[at] = column[static_cast<std::size_t>(read.color[k])];
    where[at] = static_cast<Index>(k);
  }
  schedule_ = std::make_unique<const forward_schedule<Index>>(*map_, places, coloring, std::move(where));
}

/// Everything that is neither an input nor its adjoint may be read before it is written: weights, adjoints of what the
/// function computes.
template <class Index>
shadow_tree &hessian_products<Index>::begin(workspace_state &workspace, const packed_call &gradient,
                                            std::int32_t kernel) const {
  workspace.prepare(*map_, id_);
  workspace.bound.bind(*map_, gradient.args, nullptr, binding::purpose::call);
  shadow_tree &tree = workspace.tree(*map_, kernel);
  tree.connect(*map_, workspace.bound);
  for (const object_layout &layout : map_->objects)
    if (!layout.is(abi::role_input))
      tree.clear(layout);
  return tree;
}

template <class Index>
void hessian_products<Index>::call(workspace_state &workspace, shadow_tree &tree, std::int32_t kernel) const {
  workspace.reverse.start();
  descriptor_.kernels[kernel].function(workspace.bound.args(), tree.roots(), nullptr, tree.result(),
                                       static_cast<tangent_pool *>(&workspace.reverse));
  workspace.reverse.finish();
}

template <class Index>
void hessian_products<Index>::run(workspace_state &workspace, const packed_call &gradient, std::size_t number,
                                  double *v) const {
  const std::int32_t kernel = schedule_->sweeps()[number].kernel;
  shadow_tree &tree = begin(workspace, gradient, kernel);
  schedule_->seed(*map_, tree, static_cast<std::int32_t>(number));
  call(workspace, tree, kernel);
  schedule_->decompress(tree, static_cast<std::int32_t>(number), v);
}

template <class Index>
void hessian_products<Index>::product(workspace_state &workspace, const packed_call &gradient, double *w,
                                      const double *direction) const {
  shadow_tree &tree = begin(workspace, gradient, 0);
  forward_schedule<Index>::seed_direction(*map_, tree, direction);
  call(workspace, tree, 0);
  forward_schedule<Index>::gather(*map_, tree, w);
}

template class hessian_products<std::int32_t>;
template class hessian_products<std::int64_t>;

} // namespace sparsead::rt
