// A view of contiguous elements for C++17; converts to std::span in C++20.
#pragma once
#include <cstddef>
#include <iterator>
#include <type_traits>
#if defined(__cpp_lib_ranges)
#include <ranges>
#endif

namespace sparsead {

template <class T> class span {
public:
  using element_type = T;
  using value_type = std::remove_cv_t<T>;
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using pointer = T *;
  using reference = T &;
  using iterator = T *;
  using reverse_iterator = std::reverse_iterator<T *>;

  constexpr span() noexcept = default;
  constexpr span(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
  template <class Container,
            class = std::enable_if_t<!std::is_same_v<std::decay_t<Container>, span> &&
                                     std::is_convertible_v<decltype(std::declval<Container &>().data()), T *> &&
                                     std::is_convertible_v<decltype(std::declval<Container &>().size()), std::size_t>>>
  constexpr span(Container &&container) : data_(container.data()), size_(container.size()) {}

  constexpr T *data() const noexcept { return data_; }
  constexpr std::size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr T *begin() const noexcept { return data_; }
  constexpr T *end() const noexcept { return data_ + size_; }
  constexpr reverse_iterator rbegin() const noexcept { return reverse_iterator(end()); }
  constexpr reverse_iterator rend() const noexcept { return reverse_iterator(begin()); }
  constexpr T &operator[](std::size_t i) const { return data_[i]; }
  constexpr T &front() const { return data_[0]; }
  constexpr T &back() const { return data_[size_ - 1]; }
  constexpr span subspan(std::size_t offset, std::size_t count) const { return {data_ + offset, count}; }

private:
  T *data_ = nullptr;
  std::size_t size_ = 0;
};

} // namespace sparsead

#if defined(__cpp_lib_ranges)
template <class T> inline constexpr bool std::ranges::enable_borrowed_range<sparsead::span<T>> = true;
template <class T> inline constexpr bool std::ranges::enable_view<sparsead::span<T>> = true;
#endif
