// From addresses of shadow memory to the numbers of the elements there: rows of outputs, columns of inputs.
#pragma once
#include <cstdint>
#include <vector>

namespace sparsead::rt {

/// Elements at equal distances: element t of `count` stands at begin + t * stride and has number first + t * step.
struct leaf_span {
  std::uintptr_t begin, end;
  std::int64_t stride, count, first, step;
  int shift; ///< stride == 1 << shift; -1: no power of two

  /// Which element stands there? -1: none.
  std::int64_t element(std::uintptr_t address) const {
    if (address - begin >= end - begin)
      return -1;
    const std::uint64_t offset = address - begin;
    if (shift >= 0)
      return (offset & ((std::uint64_t(1) << shift) - 1)) ? -1 : static_cast<std::int64_t>(offset >> shift);
    return offset % static_cast<std::uint64_t>(stride)
               ? -1
               : static_cast<std::int64_t>(offset / static_cast<std::uint64_t>(stride));
  }
};

/// Spans may interleave (members of structures), not share elements.
class leaf_map {
public:
  void add(const void *begin, std::int64_t stride, std::int64_t count, std::int64_t first, std::int64_t step);
  /// The span of the element at the address, and which it is; null where there is none. Amortised constant for
  /// neighbours.
  const leaf_span *find(std::uintptr_t address, std::int64_t &element) {
    if (last_ < spans_.size() && (element = spans_[last_].element(address)) >= 0)
      return &spans_[last_];
    return search(address, element);
  }
  /// All spans, by address.
  const std::vector<leaf_span> &spans();

private:
  void sort();
  const leaf_span *search(std::uintptr_t address, std::int64_t &element);
  std::vector<leaf_span> spans_;
  std::vector<std::uintptr_t> reach_; ///< the highest end of a span and those before it
  bool sorted_ = true;
  std::size_t last_ = 0;
};

} // namespace sparsead::rt
