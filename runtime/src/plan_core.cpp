#include "sparsead/rt/plan_core.hpp"
#include "sparsead/rt/evaluate.hpp"
#include "sparsead/rt/explain.hpp"
#include "sparsead/rt/forward_schedule.hpp"
#include "sparsead/rt/local_gather.hpp"
#include "sparsead/rt/local_record.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/reverse_schedule.hpp"
#include "sparsead/rt/spy.hpp"
#include "sparsead/rt/workspace_state.hpp"
#include <algorithm>
#include <atomic>
#include <limits>
#include <stdexcept>

namespace sparsead::rt {

std::uint64_t next_plan_id() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

namespace {

void require_matching(const abi::jacobian_descriptor &d) {
  if (d.version != abi::version || d.size != sizeof(abi::jacobian_descriptor))
    throw std::runtime_error("sparsead: the derivative was compiled by another version of sparsead than this runtime");
  if (d.num_kernels < 1 || d.kernels[0].width != 1 || !d.inspect)
    throw std::runtime_error("sparsead: the derivative of '" + std::string(d.function) + "' has no kernel of width 1");
}

} // namespace

template <class Index>
plan_core<Index>::plan_core(const abi::jacobian_descriptor &descriptor, primal_function primal, const int *read_only)
    : descriptor_(descriptor), primal_(primal), id_(next_plan_id()) {
  require_matching(descriptor);
  read_only_.assign(read_only, read_only + descriptor.num_arguments);
}

template <class Index> plan_core<Index>::~plan_core() = default;

template <class Index>
std::shared_ptr<const plan_core<Index>>
plan_core<Index>::make(const abi::jacobian_descriptor &descriptor, primal_function primal, void *const *args,
                       const int *read_only, const given_structure<Index> *given) {
  std::shared_ptr<plan_core> core(new plan_core(descriptor, primal, read_only));
  core->inspect_at(args);
  if (given)
    core->selection_ =
        std::make_unique<const selection<Index>>(make_selection(descriptor.function, *given, core->pattern_));
  if (core->chosen_ == strategy::local)
    return core;
  core->choose();
  core->make_schedules();
  return core;
}

template <class Index> void plan_core<Index>::inspect_at(void *const *args) {
  map_ = std::make_unique<const object_map>(descriptor_, args, read_only_.data(), std::numeric_limits<Index>::max());
  if (descriptor_.relation)
    relation_sizes_ = relation_sizes(*descriptor_.relation, args);
  binding bound;
  bound.lay_out(*map_);
  aligned_buffer result(static_cast<std::size_t>(std::max<std::int64_t>(descriptor_.result_size, 0)) + 64);
  bound.bind(*map_, args, result.data(), binding::purpose::plan);
  lattice_ = plan_lattice(descriptor_, *map_, args);
  inspect_first(bound, result.data());
}

template <class Index>
std::shared_ptr<const plan_core<Index>> plan_core<Index>::make_lower(const abi::jacobian_descriptor &descriptor,
                                                                     void *const *args, const int *read_only) {
  std::shared_ptr<plan_core> core(new plan_core(descriptor, nullptr, read_only));
  core->lower_ = true;
  core->inspect_at(args);
  return core->chosen_ == strategy::local ? core : nullptr;
}

template <class Index> std::string plan_core<Index>::summary() const {
  const std::int32_t colors = chosen() == strategy::local ? 0 : num_colors(); // not named, so not computed
  return rt::summary(static_cast<std::int64_t>(pattern_.rows), static_cast<std::int64_t>(pattern_.cols),
                     static_cast<std::int64_t>(pattern().col_ind.size()), to_string(chosen()), colors);
}

template <class Index> std::string plan_core<Index>::explain(std::int64_t row, std::int64_t col) const {
  if (row < 0 || row >= map_->rows || col < 0 || col >= map_->cols)
    throw std::out_of_range("entry (" + std::to_string(row) + ", " + std::to_string(col) + ") of a matrix of " +
                            std::to_string(map_->rows) + " by " + std::to_string(map_->cols));
  auto element = [&](const std::int32_t *items, std::int64_t number) {
    std::int32_t item = 0;
    while (number >= map_->objects[static_cast<std::size_t>(items[item])].size)
      number -= map_->objects[static_cast<std::size_t>(items[item++])].size;
    const object_layout &layout = map_->objects[static_cast<std::size_t>(items[item])];
    const std::string name = layout.object->name;
    return item_element{item, number, layout.size == 1 ? name : name + "[" + std::to_string(number) + "]"};
  };
  const auto begin =
      pattern_.col_ind.begin() + static_cast<std::ptrdiff_t>(pattern_.row_ptr[static_cast<std::size_t>(row)]);
  const auto end =
      pattern_.col_ind.begin() + static_cast<std::ptrdiff_t>(pattern_.row_ptr[static_cast<std::size_t>(row) + 1]);
  return rt::explain(descriptor_, relation_sizes_, element(descriptor_.outputs, row), element(descriptor_.inputs, col),
                     row, col, std::binary_search(begin, end, static_cast<Index>(col)));
}

template class plan_core<std::int32_t>;
template class plan_core<std::int64_t>;

} // namespace sparsead::rt
