// A function that runs several times for one evaluation.
#pragma once
#include "packed_call.hpp"
#include "workspace_state.hpp"

namespace sparsead::rt {

/// Before each run but the first, what the function found is put back, and its result is destroyed: afterwards all is
/// as one call leaves it. Requires  bound arguments.
class repeated_call {
public:
  repeated_call(const object_map &map, workspace_state &workspace, const packed_call &call, bool several)
      : map_(map), workspace_(workspace), call_(call) {
    if (several)
      workspace.bound.save(map, workspace.saved, false);
  }
  void next() {
    if (!first_) {
      workspace_.bound.restore(map_, workspace_.saved, false);
      if (call_.destroy_result)
        call_.destroy_result(call_.result);
    }
    first_ = false;
  }

private:
  const object_map &map_;
  workspace_state &workspace_;
  const packed_call &call_;
  bool first_ = true;
};

} // namespace sparsead::rt
