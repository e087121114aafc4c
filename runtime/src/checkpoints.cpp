#include "sparsead/rt/checkpoints.hpp"
#include "sparsead/rt/abi.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/reverse_memory.hpp"
#include <algorithm>
#include <cmath>
#include <cstring>

namespace sparsead::rt {
namespace {

/// So many that no step is run more than twice beside its reversal: (s + 1) (s + 2) >= 2 steps.
std::int64_t root_of(std::int64_t steps) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(std::sqrt(2 * static_cast<double>(steps)))));
}

} // namespace

void checkpoints::begin(std::int64_t steps, std::int64_t slots, std::int64_t carried) {
  if (depth_ == executions_.size())
    executions_.emplace_back();
  if (depth_ == 0)
    most_held_ = 0;
  execution &e = executions_[depth_++];
  e.blocks.clear();
  e.steps = steps;
  e.slots = slots;
  e.carried = (static_cast<std::size_t>(carried) + 7) / 8 * 8;
  e.bytes = e.carried;
  // What follows the loop is the last step, for which nothing is run again; where the number is not known, the first
  // state is enough until it is.
  e.schedule.start(steps < 0 ? 1 : slots > 0 ? slots : root_of(steps));
  e.schedule.aim(std::max<std::int64_t>(0, steps));
}

void checkpoints::add(void *data, std::int64_t bytes) {
  execution &e = current();
  if (!data || bytes <= 0)
    return;
  e.blocks.push_back({static_cast<char *>(data), static_cast<std::size_t>(bytes), e.bytes});
  e.bytes += (static_cast<std::size_t>(bytes) + 7) / 8 * 8;
}

void checkpoints::save(const execution &e, aligned_buffer &to) {
  if (to.size() < e.bytes)
    to = aligned_buffer(e.bytes);
  for (const block &b : e.blocks)
    std::memcpy(to.data() + b.offset, b.data, b.bytes);
}

void checkpoints::load(const execution &e, const aligned_buffer &from) {
  for (const block &b : e.blocks)
    std::memcpy(b.data, from.data() + b.offset, b.bytes);
}

void *checkpoints::due(std::int64_t n) {
  execution &e = current();
  if (!e.schedule.is_due(n))
    return nullptr;
  const std::size_t number = e.schedule.held().size();
  most_held_ = std::max(most_held_, number);
  if (e.snapshots.size() < number)
    e.snapshots.resize(number);
  aligned_buffer &to = e.snapshots[number - 1];
  if (to.size() == 0) // never null
    to = aligned_buffer(std::max<std::size_t>(8, e.bytes));
  save(e, to);
  return to.data();
}

std::int64_t checkpoints::reverse() {
  execution &e = current();
  if (e.schedule.held().size() == 1) { // perhaps the number of steps was not known
    const std::int64_t slots = e.slots > 0 ? e.slots : root_of(e.steps);
    e.schedule.start(slots);
    e.schedule.aim(std::max<std::int64_t>(0, e.steps - 1));
    e.schedule.is_due(0);
  }
  save(e, e.last);
  return e.steps;
}

void *checkpoints::restore(std::int64_t n) {
  execution &e = current();
  e.schedule.aim(n);
  const aligned_buffer &from = e.snapshots[e.schedule.held().size() - 1];
  load(e, from);
  return from.data();
}

void checkpoints::end() {
  load(current(), current().last);
  --depth_;
}

std::size_t checkpoints::reserved() const {
  std::size_t bytes = 0;
  for (const execution &e : executions_) {
    bytes += e.last.size();
    for (const aligned_buffer &b : e.snapshots)
      bytes += b.size();
  }
  return bytes;
}

namespace {

reverse_memory &memory(void *workspace) {
  return *static_cast<reverse_memory *>(static_cast<tangent_pool *>(workspace));
}

} // namespace
} // namespace sparsead::rt

extern "C" void sparsead_rt_checkpoint_begin(void *workspace, std::int64_t steps, std::int64_t slots,
                                             std::int64_t carried) {
  sparsead::rt::memory(workspace).snapshots.begin(steps, slots, carried);
}
extern "C" void sparsead_rt_checkpoint_block(void *workspace, void *data, std::int64_t bytes) {
  sparsead::rt::memory(workspace).snapshots.add(data, bytes);
}
extern "C" void sparsead_rt_checkpoint_argument(void *workspace, std::int32_t argument) {
  sparsead::rt::memory(workspace).add_argument(argument);
}
extern "C" void sparsead_rt_checkpoint_site(void *workspace, std::int64_t site, std::int32_t with_shadow) {
  sparsead::rt::memory(workspace).add_site(site, with_shadow != 0);
}
extern "C" void *sparsead_rt_checkpoint_due(void *workspace, std::int64_t n) {
  return sparsead::rt::memory(workspace).snapshots.due(n);
}
extern "C" void sparsead_rt_checkpoint_counted(void *workspace, std::int64_t steps) {
  sparsead::rt::memory(workspace).snapshots.counted(steps);
}
extern "C" std::int64_t sparsead_rt_checkpoint_reverse(void *workspace) {
  return sparsead::rt::memory(workspace).snapshots.reverse();
}
extern "C" void *sparsead_rt_checkpoint_restore(void *workspace, std::int64_t n) {
  return sparsead::rt::memory(workspace).snapshots.restore(n);
}
extern "C" std::int64_t sparsead_rt_checkpoint_position(void *workspace) {
  return sparsead::rt::memory(workspace).snapshots.position();
}
extern "C" void sparsead_rt_checkpoint_end(void *workspace) { sparsead::rt::memory(workspace).snapshots.end(); }
extern "C" void sparsead_rt_step_begin(void *workspace) { sparsead::rt::memory(workspace).step_begin(); }
extern "C" void sparsead_rt_step_end(void *workspace) { sparsead::rt::memory(workspace).step_end(); }
extern "C" void sparsead_rt_allocated(void *workspace, std::int64_t site, void *data, void *shadow,
                                      std::int64_t bytes) {
  sparsead::rt::memory(workspace).allocated(site, data, shadow, bytes);
}
