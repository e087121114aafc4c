// For (vertex, color): what is known of the vertex's edges to neighbours of that color.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sparsead::rt {

/// A hash table with one number for each pair of a vertex and a color of its neighbours.
class edges_by_color {
public:
  /// Room for the edges of a graph, each counted from both ends.
  explicit edges_by_color(std::size_t edges) {
    std::size_t size = 16;
    while (size < 2 * edges + 2)
      size *= 2;
    slots_.resize(size);
  }
  /// Null: no neighbour of that color.
  std::int32_t *find(std::size_t vertex, std::int32_t color) {
    slot &s = place(key_of(vertex, color));
    return s.key < 0 ? nullptr : &s.number;
  }
  /// Keeps what is there: false.
  bool insert(std::size_t vertex, std::int32_t color, std::int32_t number) {
    const std::int64_t key = key_of(vertex, color);
    slot &s = place(key);
    if (s.key >= 0)
      return false;
    s = {key, number};
    return true;
  }

private:
  struct slot {
    std::int64_t key = -1;
    std::int32_t number = -1;
  };
  static std::int64_t key_of(std::size_t vertex, std::int32_t color) {
    return static_cast<std::int64_t>(vertex << 31 | static_cast<std::size_t>(color));
  }
  slot &place(std::int64_t key) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = static_cast<std::size_t>(static_cast<std::uint64_t>(key) * 0x9E3779B97F4A7C15u >> 24);
    while (slots_[at & mask].key >= 0 && slots_[at & mask].key != key)
      ++at;
    return slots_[at & mask];
  }
  std::vector<slot> slots_;
};

} // namespace sparsead::rt
