// Hessians: as local Jacobians of gradients; by products, forward over reverse, of compiled code or of a record.
#include "sparsead/rt/array_checks.hpp"
#include "sparsead/rt/hessian_core.hpp"
#include "sparsead/rt/hessian_products.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/plan_core.hpp"
#include "sparsead/rt/reverse_sweep.hpp"
#include "sparsead/rt/spy.hpp"
#include "sparsead/rt/star_coloring.hpp"
#include "sparsead/rt/structure.hpp"
#include "sparsead/rt/workspace_state.hpp"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace sparsead::rt {
namespace {

constexpr std::size_t lanes = second_tape::lanes;
constexpr const char *way_out = "differentiate a part of the function at a time";

void require_matching(const abi::hessian_descriptor &d) {
  if (d.version != abi::version || d.size != sizeof(abi::hessian_descriptor))
    throw std::runtime_error("sparsead: the derivative was compiled by another version of sparsead than this runtime");
  if (!d.record || !d.inspect)
    throw std::runtime_error("sparsead: the Hessian of '" + std::string(d.function) + "' has no code");
}

/// Values that follow from each other by subtraction carry each other's rounding errors: up to so many.
constexpr std::int64_t deepest = 256;

ordering order_of(std::int32_t order) {
  return order == abi::order_natural            ? ordering::natural
         : order == abi::order_largest_first    ? ordering::largest_first
         : order == abi::order_smallest_last    ? ordering::smallest_last
         : order == abi::order_incidence_degree ? ordering::incidence_degree
                                                : ordering::best;
}

template <class Index> coloring_result color(const csr_pattern<Index> &full, std::int32_t order) {
  const ordering wanted = order_of(order);
  return color_star(full, &wanted);
}

std::size_t record_sweeps(std::int32_t colors) { return (static_cast<std::size_t>(colors) + lanes - 1) / lanes; }

} // namespace

namespace {

/// The addresses of the function's parameters and of its result (null: none), then those of their shadows.
void gather_arguments(const object_map &map, void *const *args, void *result, const shadow_tree &tree,
                      std::vector<void *> &all) {
  all.clear();
  const auto count = static_cast<std::size_t>(map.descriptor.num_arguments);
  all.insert(all.end(), args, args + count);
  all.push_back(result);
  all.insert(all.end(), tree.roots(), tree.roots() + count);
  all.push_back(tree.result());
}

/// What a plan for the gradient is made with: stand-ins for what is not read.
class gradient_arguments {
public:
  gradient_arguments(const object_map &map, void *const *args, const int *read_only)
      : result_(static_cast<std::size_t>(std::max<std::int64_t>(map.descriptor.result_size, 0)) + 64), tree_(map, 1) {
    bound.lay_out(map);
    bound.bind(map, args, result_.data(), binding::purpose::plan);
    tree_.connect(map, bound);
    gather_arguments(map, bound.args(), result_.data(), tree_, all);
    depth.resize(all.size(), 0);
    std::copy(read_only, read_only + map.descriptor.num_arguments, depth.begin());
  }
  void *result() const { return result_.data(); }

  binding bound;
  std::vector<void *> all;
  std::vector<int> depth;

private:
  aligned_buffer result_;
  shadow_tree tree_;
};

} // namespace

template <class Index>
hessian_core<Index>::hessian_core(const abi::hessian_descriptor &descriptor, const int *read_only, bool full)
    : descriptor_(descriptor), id_(next_plan_id()), full_(full) {
  require_matching(descriptor);
  read_only_.assign(read_only, read_only + descriptor.num_arguments);
}

template <class Index> hessian_core<Index>::~hessian_core() = default;

template <class Index>
std::shared_ptr<const hessian_core<Index>> hessian_core<Index>::make(const abi::hessian_descriptor &descriptor,
                                                                     void *const *args, const int *read_only,
                                                                     bool full) {
  std::shared_ptr<hessian_core> core(new hessian_core(descriptor, read_only, full));
  core->map_ = std::make_unique<const object_map>(descriptor, args, read_only, std::numeric_limits<Index>::max());
  if (core->make_local(args, read_only))
    return core;
  binding bound;
  bound.lay_out(*core->map_);
  aligned_buffer result(static_cast<std::size_t>(std::max<std::int64_t>(descriptor.result_size, 0)) + 64);
  bound.bind(*core->map_, args, result.data(), binding::purpose::plan);
  csr_pattern<Index> both = inspect_interactions<Index>(*core->map_, bound, result.data(), /*full=*/true);
  core->pattern_ = lower_triangle(both);
  if (full) {
    core->lower_ = std::move(core->pattern_);
    core->pattern_ = both_triangles(core->lower_, core->from_);
  }
  if (core->has_products()) {
    const gradient_arguments gradient(*core->map_, args, read_only);
    core->products_ = std::make_unique<hessian_products<Index>>(
        *descriptor.of_gradient,
        std::make_unique<const object_map>(*descriptor.of_gradient, gradient.all.data(), gradient.depth.data(),
                                           std::numeric_limits<Index>::max()));
  }
  core->make_compressed(both);
  return core;
}

/// The plan of the gradient's Jacobian, if that is local.
template <class Index> bool hessian_core<Index>::make_local(void *const *args, const int *read_only) {
  const bool wanted = descriptor_.of_gradient && descriptor_.of_gradient->local;
  if (!wanted || descriptor_.mode == abi::mode_forward)
    return false;
  const gradient_arguments gradient(*map_, args, read_only);
  local_ = plan_core<Index>::make_lower(*descriptor_.of_gradient, gradient.all.data(), gradient.depth.data());
  if (!local_ && descriptor_.mode == abi::mode_local)
    throw std::invalid_argument(
        "Hessian of '" + std::string(descriptor_.function) +
        "': mode=local is not possible with these arguments; mode=auto chooses another strategy");
  if (!local_)
    return false;
  pattern_ = full_ ? both_triangles(local_->pattern(), from_) : local_->pattern();
  if (const char *const verify = std::getenv("SPARSEAD_VERIFY"); verify && std::strcmp(verify, "1") == 0) {
    const csr_pattern<Index> pairs = inspect_interactions<Index>(*map_, gradient.bound, gradient.result(), full_);
    if (pairs.row_ptr != pattern_.row_ptr || pairs.col_ind != pattern_.col_ind)
      throw std::logic_error("sparsead: the Hessian of '" + std::string(descriptor_.function) +
                             "' has another structure than its interacting pairs");
  }
  return true;
}

template <class Index> const coloring_result &hessian_core<Index>::coloring() const {
  if (local_)
    std::call_once(coloring_once_, [&] {
      std::vector<Index> from;
      coloring_ = color(full_ ? pattern_ : both_triangles(pattern_, from), descriptor_.order);
    });
  return coloring_;
}

/// A call of the gradient, with the weights in the shadows of the outputs. What else it finds in shadows is zero, but
/// where it is local those of the inputs, which it only adds to.
template <class Index>
packed_call hessian_core<Index>::gradient_call(workspace_state &workspace, const packed_call &call,
                                               const double *lambda) const {
  shadow_tree &tree = workspace.adjoint_tree(*map_);
  tree.connect(*map_, workspace.bound);
  for (const object_layout &layout : map_->objects)
    if (products_ || !layout.is(abi::role_input))
      tree.clear(layout);
  seed_adjoints(*map_, tree, lambda);
  if (!workspace.of_gradient)
    workspace.of_gradient = std::make_unique<workspace_state>();
  gather_arguments(*map_, workspace.bound.args(), call.result, tree, workspace.arguments);
  return {workspace.arguments.data(), nullptr, nullptr};
}

template <class Index> std::int64_t hessian_core<Index>::outputs() const { return map_->rows; }

template <class Index> const csr_pattern<Index> &hessian_core<Index>::lower() const {
  return local_ ? local_->pattern() : full_ ? lower_ : pattern_;
}

template <class Index> bool hessian_core<Index>::has_products() const {
  return descriptor_.of_gradient && !descriptor_.of_gradient->local && descriptor_.mode != abi::mode_forward;
}

/// Products with the colors of a star coloring, from which entries are read; or of an acyclic one, where that saves
/// runs and entries follow by few subtractions.
template <class Index> void hessian_core<Index>::make_compressed(const csr_pattern<Index> &full_pattern) {
  auto cost = [&](const coloring_result &c) {
    return products_ ? products_->cost(c.num_colors) : static_cast<double>(record_sweeps(c.num_colors));
  };
  const ordering wanted = order_of(descriptor_.order);
  coloring_ = color_star(full_pattern, &wanted);
  recovery_.read = recover_star(lower(), full_pattern, coloring_);
  if (record_sweeps(coloring_.num_colors) > 1) {
    const ordering one = wanted == ordering::best ? ordering::natural : wanted;
    coloring_result acyclic = color_acyclic(full_pattern, &one);
    if (cost(acyclic) < cost(coloring_)) {
      substitution<Index> by_substitution = substitute(lower(), full_pattern, acyclic);
      if (by_substitution.depth <= deepest) {
        coloring_ = std::move(acyclic);
        recovery_ = std::move(by_substitution);
      }
    }
  }
  use_recovery();
}

template <class Index> void hessian_core<Index>::use_recovery() {
  if (products_)
    products_->read(recovery_.read, coloring_);
  else
    make_record_reads(recovery_.read);
}

template <class Index> void hessian_core<Index>::make_record_reads(const symmetric_recovery<Index> &recovery) const {
  const std::size_t sweeps = record_sweeps(coloring_.num_colors);
  sweep_ptr_.assign(sweeps + 1, 0);
  for (const std::int32_t c : recovery.color)
    ++sweep_ptr_[static_cast<std::size_t>(c) / lanes + 1];
  for (std::size_t s = 0; s < sweeps; ++s)
    sweep_ptr_[s + 1] += sweep_ptr_[s];
  entries_.resize(recovery.color.size());
  std::vector<std::size_t> next = sweep_ptr_;
  for (std::size_t k = 0; k < recovery.color.size(); ++k) {
    const auto c = static_cast<std::size_t>(recovery.color[k]);
    entries_[next[c / lanes]++] = {
        static_cast<Index>(k),
        static_cast<std::int64_t>((1 + static_cast<std::size_t>(recovery.row[k])) * lanes + c % lanes)};
  }
  seeds_.resize(static_cast<std::size_t>(coloring_.num_colors));
  for (std::size_t j = 0; j < coloring_.colors.size(); ++j)
    if (coloring_.colors[j] >= 0)
      seeds_[static_cast<std::size_t>(coloring_.colors[j])].push_back(static_cast<Index>(j));
}

template <class Index> std::string hessian_core<Index>::summary() const {
  return rt::summary(inputs(), inputs(), static_cast<std::int64_t>(pattern_.col_ind.size()),
                     (full_ ? "" : "lower triangle, ") + std::string(to_string(chosen())),
                     local_ ? 0 : coloring_.num_colors, "Hessian");
}

/// Checks everything, and binds the arguments.
template <class Index>
void hessian_core<Index>::begin(workspace_state &workspace, const packed_call &call, const char *result, double *v,
                                std::int64_t count, const double *lambda, std::ptrdiff_t lambda_size,
                                bool has_lambda) const {
  if (has_lambda)
    require_array("weights", lambda, lambda_size, outputs());
  else if (outputs() != 1)
    throw std::invalid_argument("Hessian of '" + std::string(descriptor_.function) + "': the function has " +
                                std::to_string(outputs()) + " outputs; give a weight for each of them");
  map_->require_same_extents(call.args);
  workspace.prepare(*map_, id_);
  workspace.bound.bind(*map_, call.args, call.result, binding::purpose::call);
  workspace.bound.require_disjoint(*map_);
  workspace.bound.require_apart(*map_, result, v, count);
}

/// The record of a call, with the adjoints of the weighted sum.
template <class Index>
void hessian_core<Index>::record(workspace_state &workspace, const packed_call &call, const double *lambda) const {
  record_second_call(*map_, workspace, call, way_out);
  second_tape &tape = workspace.recorded_second;
  double *const bar = tape.adjoints();
  for (std::size_t i = 0; i < workspace.row_nodes.size(); ++i)
    if (workspace.row_nodes[i])
      bar[workspace.row_nodes[i]] += lambda ? lambda[i] : 1.0;
  tape.reverse();
}

template <class Index>
void hessian_core<Index>::values(workspace_state &workspace, const packed_call &call, double *v, std::ptrdiff_t size,
                                 const double *lambda, std::ptrdiff_t lambda_size, bool has_lambda) const {
  const auto count = static_cast<std::int64_t>(pattern_.col_ind.size());
  require_array("values", v, size, count);
  begin(workspace, call, "array of values", v, count, lambda, lambda_size, has_lambda);
  double *lower = v;
  if (full_) {
    workspace.whole.resize(this->lower().col_ind.size());
    lower = workspace.whole.data();
  }
  if (local_) {
    const packed_call gradient = gradient_call(workspace, call, lambda);
    local_->values(*workspace.of_gradient, gradient, lower, -1, false);
  } else if (!products_) {
    record_values(workspace, call, lower, lambda);
  } else if (!product_values(workspace, call, lower, lambda)) {
    begin(workspace, call, "array of values", v, count, lambda, lambda_size, has_lambda);
    std::call_once(record_once_, [&] { make_record_reads(recovery_.read); });
    record_values(workspace, call, lower, lambda);
  }
  for (std::size_t k = 0; k < from_.size(); ++k)
    v[k] = lower[static_cast<std::size_t>(from_[k])];
}

/// False: some entry is not finite, and others may be wrong; what the function has found is put back.
template <class Index>
bool hessian_core<Index>::product_values(workspace_state &workspace, const packed_call &call, double *v,
                                         const double *lambda) const {
  workspace.bound.save(*map_, workspace.saved, false);
  auto put_back = [&] {
    workspace.bound.restore(*map_, workspace.saved, false);
    if (call.destroy_result)
      call.destroy_result(call.result);
  };
  for (std::size_t s = 0; s < products_->runs(); ++s) {
    if (s > 0)
      put_back();
    const packed_call gradient = gradient_call(workspace, call, lambda);
    products_->run(*workspace.of_gradient, gradient, s, v);
  }
  const std::size_t count = recovery_.read.row.size();
  if (!std::all_of(v, v + count, [](double value) { return std::isfinite(value); })) {
    put_back();
    return false;
  }
  recovery_.run(v);
  return true;
}

template <class Index>
void hessian_core<Index>::record_values(workspace_state &workspace, const packed_call &call, double *v,
                                        const double *lambda) const {
  record(workspace, call, lambda);
  second_tape &tape = workspace.recorded_second;
  for (std::size_t s = 0; s + 1 < sweep_ptr_.size(); ++s) {
    double *const dot = tape.tangents();
    for (std::size_t lane = 0; lane < lanes && s * lanes + lane < seeds_.size(); ++lane)
      for (const Index j : seeds_[s * lanes + lane])
        dot[(1 + static_cast<std::size_t>(j)) * lanes + lane] = 1;
    const double *const product = tape.second();
    for (std::size_t k = sweep_ptr_[s]; k < sweep_ptr_[s + 1]; ++k)
      v[entries_[k].position] = product[entries_[k].place];
  }
  recovery_.run(v);
}

template <class Index>
void hessian_core<Index>::hvp(workspace_state &workspace, const packed_call &call, double *w, std::ptrdiff_t size,
                              const double *direction, std::ptrdiff_t direction_size, const double *lambda,
                              std::ptrdiff_t lambda_size, bool has_lambda) const {
  require_array("result", w, size, inputs());
  require_array("direction", direction, direction_size, inputs());
  begin(workspace, call, "result", w, inputs(), lambda, lambda_size, has_lambda);
  if (local_ || products_) {
    workspace.bound.save(*map_, workspace.saved, false);
    const packed_call gradient = gradient_call(workspace, call, lambda); // makes the workspace of the gradient
    if (local_)
      local_->jvp(*workspace.of_gradient, gradient, w, inputs(), direction, inputs());
    else
      products_->product(*workspace.of_gradient, gradient, w, direction);
    // Where an entry is infinite a tangent goes wrong as a whole; the record takes zero times infinity for zero.
    if (std::all_of(w, w + inputs(), [](double value) { return std::isfinite(value); }))
      return;
    workspace.bound.restore(*map_, workspace.saved, false); // the function runs once more
    begin(workspace, call, "result", w, inputs(), lambda, lambda_size, has_lambda);
  }
  record(workspace, call, lambda);
  second_tape &tape = workspace.recorded_second;
  double *const dot = tape.tangents();
  const auto count = static_cast<std::size_t>(inputs());
  for (std::size_t j = 0; j < count; ++j)
    dot[(1 + j) * lanes] = direction[j];
  const double *const product = tape.second();
  for (std::size_t j = 0; j < count; ++j)
    w[j] = product[(1 + j) * lanes];
}

// --- sigma f + sum lambda_i g_i --------------------------------------------------------------------------------------

template <class Index>
std::shared_ptr<const lagrangian_core<Index>>
lagrangian_core<Index>::make(std::shared_ptr<const hessian_core<Index>> f,
                             std::shared_ptr<const hessian_core<Index>> g) {
  auto fail = [&](const std::string &what) {
    throw std::invalid_argument("Lagrangian of '" + std::string(f->function()) + "' and '" + g->function() +
                                "': " + what);
  };
  if (f->outputs() != 1)
    fail("the objective has " + std::to_string(f->outputs()) + " outputs, not one");
  if (f->inputs() != g->inputs())
    fail("the functions have " + std::to_string(f->inputs()) + " and " + std::to_string(g->inputs()) + " inputs");
  auto core = std::make_shared<lagrangian_core>();
  const csr_pattern<Index> &a = f->pattern(), &b = g->pattern();
  csr_pattern<Index> &both = core->pattern_;
  both.rows = a.rows;
  both.cols = a.cols;
  both.row_ptr.push_back(0);
  core->of_f_.resize(a.col_ind.size());
  core->of_g_.resize(b.col_ind.size());
  for (std::size_t i = 0; i < static_cast<std::size_t>(a.rows); ++i) {
    auto k = static_cast<std::size_t>(a.row_ptr[i]), l = static_cast<std::size_t>(b.row_ptr[i]);
    const auto k_end = static_cast<std::size_t>(a.row_ptr[i + 1]), l_end = static_cast<std::size_t>(b.row_ptr[i + 1]);
    while (k < k_end || l < l_end) {
      if (both.col_ind.size() == static_cast<std::size_t>(std::numeric_limits<Index>::max()))
        throw std::length_error("Lagrangian of '" + std::string(f->function()) +
                                "': the nonzeros do not fit the index type; use plan<std::int64_t>");
      const bool of_f = k < k_end && (l == l_end || a.col_ind[k] <= b.col_ind[l]);
      const bool of_g = l < l_end && (k == k_end || b.col_ind[l] <= a.col_ind[k]);
      const auto place = static_cast<Index>(both.col_ind.size());
      both.col_ind.push_back(of_f ? a.col_ind[k] : b.col_ind[l]);
      if (of_f)
        core->of_f_[k++] = place;
      if (of_g)
        core->of_g_[l++] = place;
    }
    both.row_ptr.push_back(static_cast<Index>(both.col_ind.size()));
  }
  both.col_ind.shrink_to_fit();
  core->f_ = std::move(f);
  core->g_ = std::move(g);
  return core;
}

template <class Index> std::string lagrangian_core<Index>::summary() const {
  return rt::summary(f_->inputs(), f_->inputs(), static_cast<std::int64_t>(pattern_.col_ind.size()),
                     f_->full() ? "forward" : "lower triangle, forward",
                     std::max(f_->coloring().num_colors, g_->coloring().num_colors), "Hessian");
}

template <class Index>
void lagrangian_core<Index>::values(workspace_state &of_f, workspace_state &of_g, const packed_call &f,
                                    const packed_call &g, double *v, std::ptrdiff_t size, double sigma,
                                    const double *lambda, std::ptrdiff_t lambda_size) const {
  require_array("values", v, size, static_cast<std::int64_t>(pattern_.col_ind.size()));
  of_f.buffer.resize(of_f_.size());
  of_g.buffer.resize(of_g_.size());
  f_->values(of_f, f, of_f.buffer.data(), -1, &sigma, 1, true);
  g_->values(of_g, g, of_g.buffer.data(), -1, lambda, lambda_size, true);
  std::fill_n(v, pattern_.col_ind.size(), 0.0);
  for (std::size_t k = 0; k < of_f_.size(); ++k)
    v[of_f_[k]] = of_f.buffer[k];
  for (std::size_t k = 0; k < of_g_.size(); ++k)
    v[of_g_[k]] += of_g.buffer[k];
}

template <class Index>
void lagrangian_core<Index>::hvp(workspace_state &of_f, workspace_state &of_g, const packed_call &f,
                                 const packed_call &g, double *w, std::ptrdiff_t size, const double *direction,
                                 std::ptrdiff_t direction_size, double sigma, const double *lambda,
                                 std::ptrdiff_t lambda_size) const {
  require_array("result", w, size, f_->inputs());
  of_f.buffer.resize(static_cast<std::size_t>(f_->inputs()));
  of_g.buffer.resize(static_cast<std::size_t>(f_->inputs()));
  f_->hvp(of_f, f, of_f.buffer.data(), -1, direction, direction_size, &sigma, 1, true);
  g_->hvp(of_g, g, of_g.buffer.data(), -1, direction, direction_size, lambda, lambda_size, true);
  for (std::size_t j = 0; j < of_f.buffer.size(); ++j)
    w[j] = of_f.buffer[j] + of_g.buffer[j];
}

template class hessian_core<std::int32_t>;
template class hessian_core<std::int64_t>;
template class lagrangian_core<std::int32_t>;
template class lagrangian_core<std::int64_t>;

} // namespace sparsead::rt
