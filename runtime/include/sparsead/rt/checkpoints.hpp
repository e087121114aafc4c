// Snapshots of loops whose steps are run again on the way back.
#pragma once
#include "binding.hpp"
#include "revolve.hpp"
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sparsead::rt {

/// The executions of marked loops that have run and are to be reversed, last first. An execution is described (memory,
/// bytes of numbers that the loop carries), run, and reversed.
class checkpoints {
public:
  void clear() { depth_ = 0; }

  /// `steps`: their number, -1 where it is not known. `slots`: snapshots, 0 for the square root of twice the steps.
  /// `carried`: bytes of what the loop carries.
  void begin(std::int64_t steps, std::int64_t slots, std::int64_t carried);
  /// Memory that a step may change or that is changed later.
  void add(void *data, std::int64_t bytes);
  /// Step n is about to be run: where to put what the loop carries, if a snapshot is due.
  void *due(std::int64_t n);
  /// It was not known before.
  void counted(std::int64_t steps) { current().steps = steps; }

  /// Returns the number of steps.
  std::int64_t reverse();
  /// Memory becomes that of a state from which step n can be reached. Returns what the loop has carried there.
  void *restore(std::int64_t n);
  std::int64_t position() const { return executions_[depth_ - 1].schedule.held().back(); }
  /// Memory becomes what it was before reverse().
  void end();

  /// Bytes of all snapshots so far.
  std::size_t reserved() const;
  /// Most snapshots at a time of one execution since clear().
  std::size_t most_held() const { return most_held_; }

private:
  struct block {
    char *data;
    std::size_t bytes, offset;
  };
  struct execution {
    std::vector<block> blocks;
    std::int64_t steps = 0, slots = 0;
    std::size_t carried = 0, bytes = 0;
    revolve schedule;
    std::vector<aligned_buffer> snapshots;
    aligned_buffer last;
  };
  execution &current() { return executions_[depth_ - 1]; }
  static void save(const execution &e, aligned_buffer &to);
  static void load(const execution &e, const aligned_buffer &from);

  std::vector<execution> executions_; ///< those above depth_ are kept for their memory
  std::size_t depth_ = 0, most_held_ = 0;
};

} // namespace sparsead::rt
