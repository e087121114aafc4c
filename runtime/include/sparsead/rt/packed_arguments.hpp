// The arguments of one call as compiled code takes them.
#pragma once
#include "packed_call.hpp"
#include "signature.hpp"

namespace sparsead::rt {

template <class R, class... A> struct packed_arguments {
  explicit packed_arguments(A &...args) : addresses{parameter<A>::address(args)..., nullptr} {
    call = {addresses, result.address(), result_slot<R>::destructor};
  }
  packed_arguments(const packed_arguments &) = delete;
  packed_arguments &operator=(const packed_arguments &) = delete;

  void *addresses[sizeof...(A) + 1];
  result_slot<R> result;
  packed_call call;
};

} // namespace sparsead::rt
