#include "sparsead/workspace.hpp"
#include "sparsead/rt/plan_core.hpp"
#include "sparsead/rt/workspace_state.hpp"
#include <algorithm>
#include <utility>
#include <vector>

namespace sparsead {

workspace::workspace() : state_(std::make_unique<rt::workspace_state>()) {}
workspace::workspace(workspace &&) noexcept = default;
workspace &workspace::operator=(workspace &&) noexcept = default;
workspace::~workspace() = default;

namespace rt {

void workspace_state::prepare(const object_map &map, std::uint64_t plan) {
  if (plan_ == plan)
    return;
  plan_ = 0; // what follows may throw
  trees_.clear();
  nodes_.reset();
  adjoints_.reset();
  local_.reset();
  trees_.resize(static_cast<std::size_t>(map.descriptor.num_kernels));
  saved = aligned_buffer();
  bound.lay_out(map);
  plan_ = plan;
}

shadow_tree &workspace_state::tree(const object_map &map, std::int32_t kernel) {
  std::unique_ptr<shadow_tree> &tree = trees_[static_cast<std::size_t>(kernel)];
  if (!tree)
    tree = std::make_unique<shadow_tree>(map, map.descriptor.kernels[kernel].width);
  return *tree;
}

shadow_tree &workspace_state::local_tree(const object_map &map) {
  if (!local_)
    local_ = std::make_unique<shadow_tree>(map, map.descriptor.local->width);
  return *local_;
}

void *const *workspace_state::no_shadows(const object_map &map) {
  no_shadows_.resize(map.roots.size() + 1, nullptr);
  return no_shadows_.data();
}

shadow_tree &workspace_state::node_tree(const object_map &map) {
  if (!nodes_)
    nodes_ = std::make_unique<shadow_tree>(map, 1);
  return *nodes_;
}

shadow_tree &workspace_state::adjoint_tree(const object_map &map) {
  if (!adjoints_)
    adjoints_ = std::make_unique<shadow_tree>(map, 1);
  return *adjoints_;
}

namespace {
struct cached {
  std::weak_ptr<const void> plan;
  const void *address;
  std::shared_ptr<workspace_state> state; // use_count 1: no lease
};
// Most recently used last.
thread_local std::vector<cached> thread_cache;
} // namespace

thread_workspace::thread_workspace(std::shared_ptr<const void> plan) {
  std::vector<cached> &cache = thread_cache;
  for (std::size_t k = cache.size(); k-- > 0;)
    if (cache[k].address == plan.get() && !cache[k].plan.expired() && cache[k].state.use_count() == 1) {
      std::rotate(cache.begin() + static_cast<std::ptrdiff_t>(k), cache.begin() + static_cast<std::ptrdiff_t>(k) + 1,
                  cache.end());
      state_ = cache.back().state;
      return;
    }
  cache.erase(std::remove_if(cache.begin(), cache.end(), [](const cached &c) { return c.plan.expired(); }),
              cache.end());
  state_ = std::make_shared<workspace_state>();
  cache.push_back({plan, plan.get(), state_});
}

thread_workspace::~thread_workspace() = default;

} // namespace rt
} // namespace sparsead
