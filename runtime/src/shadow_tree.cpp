#include "sparsead/rt/shadow_tree.hpp"
#include "sparsead/rt/evaluate.hpp"
#include <cstring>

namespace sparsead::rt {

shadow_tree::shadow_tree(const object_map &map, std::int32_t width)
    : width_(width), buffer_(static_cast<std::size_t>(checked_sum(
                         checked_product(map.bytes, width, map.descriptor.function), 64, map.descriptor.function))),
      roots_(map.roots.size() + 1, nullptr) {
  for (std::size_t k = 0; k < map.roots.size(); ++k)
    if (map.roots[k] >= 0) {
      const block_family &family = map.families[static_cast<std::size_t>(map.roots[k])];
      roots_[k] = at(object_map::shadow_of(family, 0, 0));
    }
  if (map.result_root >= 0)
    result_ = at(object_map::shadow_of(map.families[static_cast<std::size_t>(map.result_root)], 0, 0));
}

void shadow_tree::connect(const object_map &map, const binding &bound) {
  connect_shadows(map, bound, [&](std::size_t family, std::int64_t instance, std::int64_t offset) {
    return at(object_map::shadow_of(map.families[family], instance, offset));
  });
}

void shadow_tree::clear(const object_layout &layout) {
  for (const leaf_run &run : layout.runs) {
    if (run.stride == run.bytes) {
      std::memset(at(run.offset), 0, static_cast<std::size_t>(run.count * run.stride * width_));
      continue;
    }
    for (std::int64_t t = 0; t < run.count; ++t)
      std::memset(at(run.offset + t * run.stride), 0,
                  static_cast<std::size_t>(run.bytes) * static_cast<std::size_t>(width_));
  }
}

} // namespace sparsead::rt
