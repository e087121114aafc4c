// Arrays of indices that are made large and written once.
#pragma once
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace sparsead::rt {

/// Elements that are made without a value have none: a pass over memory less.
template <class T> struct without_zeros : std::allocator<T> {
  template <class U> struct rebind {
    using other = without_zeros<U>;
  };
  without_zeros() = default;
  template <class U> without_zeros(const without_zeros<U> &) {}
  template <class U> void construct(U *place) { ::new (static_cast<void *>(place)) U; }
  template <class U, class... A> void construct(U *place, A &&...with) {
    ::new (static_cast<void *>(place)) U(std::forward<A>(with)...);
  }
};

/// A vector whose `resize(n)` leaves new elements as they are.
template <class T> using index_array = std::vector<T, without_zeros<T>>;

} // namespace sparsead::rt
