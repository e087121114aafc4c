// Parameter type for results and directions: a raw pointer, or anything with data() and size(), whose length is
// checked.
#pragma once
#include <cstddef>
#include <type_traits>
#include <utility>

namespace sparsead::rt {

template <class T> class array_argument {
public:
  array_argument(std::nullptr_t) {}
  array_argument(T *data) : data_(data) {}
  template <class Container,
            class = std::enable_if_t<std::is_convertible_v<decltype(std::declval<Container &>().data()), T *> &&
                                     std::is_convertible_v<decltype(std::declval<Container &>().size()), std::size_t>>>
  array_argument(Container &&container)
      : data_(container.data()), size_(static_cast<std::ptrdiff_t>(container.size())) {}

  T *data() const { return data_; }
  std::ptrdiff_t size() const { return size_; } ///< -1: not known

private:
  T *data_ = nullptr;
  std::ptrdiff_t size_ = -1;
};

} // namespace sparsead::rt
