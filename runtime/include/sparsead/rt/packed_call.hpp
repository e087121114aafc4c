// A call of the function behind a handle, without its types.
#pragma once

namespace sparsead::rt {

/// The addresses of the parameters, memory for the result, and how to destroy a result before the next sweep makes
/// another (null: nothing to do).
struct packed_call {
  void *const *args;
  void *result;
  void (*destroy_result)(void *);
};

} // namespace sparsead::rt
