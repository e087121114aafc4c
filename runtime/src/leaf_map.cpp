#include "sparsead/rt/leaf_map.hpp"
#include <algorithm>

namespace sparsead::rt {

void leaf_map::add(const void *begin, std::int64_t stride, std::int64_t count, std::int64_t first, std::int64_t step) {
  if (count <= 0)
    return;
  leaf_span s{};
  s.begin = reinterpret_cast<std::uintptr_t>(begin);
  s.stride = count == 1 ? 1 : stride;
  s.count = count;
  s.first = first;
  s.step = step;
  s.end = s.begin + static_cast<std::uintptr_t>((count - 1) * s.stride) + 1;
  const auto bits = static_cast<std::uint64_t>(s.stride);
  s.shift = (bits & (bits - 1)) == 0 ? __builtin_ctzll(bits) : -1;
  spans_.push_back(s);
  sorted_ = false;
}

void leaf_map::sort() {
  sorted_ = true;
  last_ = 0;
  std::sort(spans_.begin(), spans_.end(), [](const leaf_span &a, const leaf_span &b) { return a.begin < b.begin; });
  reach_.clear();
  std::uintptr_t reach = 0;
  for (const leaf_span &s : spans_)
    reach_.push_back(reach = std::max(reach, s.end));
}

const std::vector<leaf_span> &leaf_map::spans() {
  if (!sorted_)
    sort();
  return spans_;
}

const leaf_span *leaf_map::search(std::uintptr_t address, std::int64_t &element) {
  if (!sorted_)
    sort();
  auto next =
      static_cast<std::size_t>(std::upper_bound(spans_.begin(), spans_.end(), address,
                                                [](std::uintptr_t a, const leaf_span &s) { return a < s.begin; }) -
                               spans_.begin());
  while (next-- > 0 && reach_[next] > address)
    if ((element = spans_[next].element(address)) >= 0) {
      last_ = next;
      return &spans_[next];
    }
  return nullptr;
}

} // namespace sparsead::rt
