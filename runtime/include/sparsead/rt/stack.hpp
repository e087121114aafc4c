// How much of the thread's stack is left: recursion of the user's function needs more of it in a derivative.
#pragma once

namespace sparsead::rt {

/// Whether less is left than frames of ordinary size need. False on stacks that are not the thread's own (fibers).
bool stack_is_low() noexcept;

} // namespace sparsead::rt
