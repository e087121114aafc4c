// Memory that evaluations of a plan reuse.
#pragma once
#include <memory>

namespace sparsead {
namespace rt {
class workspace_state;
} // namespace rt

/// One per thread and plan, made by `plan.workspace()`; it grows at its first use and is reused afterwards. Used with
/// another plan it is laid out anew. Not to be used by two evaluations at a time.
class workspace {
public:
  workspace();
  workspace(workspace &&) noexcept;
  workspace &operator=(workspace &&) noexcept;
  ~workspace();

  rt::workspace_state &state() { return *state_; }

private:
  std::unique_ptr<rt::workspace_state> state_;
};

} // namespace sparsead
