// From the type of a function to the parameters of its entry points, and from those to the addresses that compiled
// code takes.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace sparsead::rt {

template <class... Parameters> struct parameter_list {};

/// The object of a member function: an object, a pointer or a smart pointer to one, or a reference wrapper.
/// `Object` is const for const members. `Rvalue`: the member is &&-qualified.
template <class Object, bool Rvalue = false> class object_argument {
public:
  object_argument(Object &object) : object_(std::addressof(object)) {}
  object_argument(std::remove_const_t<Object> &&object) : object_(std::addressof(object)) {}
  object_argument(Object *object) : object_(object) { require(); }
  template <class T> object_argument(std::reference_wrapper<T> object) : object_(std::addressof(object.get())) {}
  template <class Pointer,
            class = std::enable_if_t<!std::is_base_of_v<std::remove_const_t<Object>, std::decay_t<Pointer>> &&
                                     !std::is_pointer_v<std::decay_t<Pointer>> &&
                                     std::is_convertible_v<decltype(*std::declval<Pointer &>()), Object &>>>
  object_argument(Pointer &&pointer) : object_(pointer ? std::addressof(static_cast<Object &>(*pointer)) : nullptr) {
    require();
  }
  Object *object() const { return object_; }

private:
  void require() const {
    if (!object_)
      throw std::invalid_argument("'this' is a null pointer");
  }
  Object *object_;
};

/// In place of the parameters of what has none: keeps the one message below from being followed by others.
struct no_parameters {};
template <class> inline constexpr bool is_function = false;

template <class Function> struct signature {
  using result = void;
  using parameters = no_parameters;
  static_assert(is_function<Function>,
                "a handle, such as sparsead::jacobian<&f> or sparsead::gradient<&f>, takes the address of a function "
                "that is annotated (SPARSEAD_JACOBIAN, SPARSEAD_GRADIENT), not of anything else");
};
template <class R, class... A> struct signature<R (*)(A..., ...)> {
  using result = void;
  using parameters = no_parameters;
  static_assert(
      is_function<R (*)(A..., ...)>,
      "functions with a variable number of arguments cannot be differentiated; annotate an ordinary function");
};
template <class R, class... A> struct signature<R (*)(A...)> {
  using result = R;
  using parameters = parameter_list<A...>;
};
template <class R, class... A> struct signature<R (*)(A...) noexcept> : signature<R (*)(A...)> {};

#define SPARSEAD_RT_MEMBER(QUALIFIERS, OBJECT, RVALUE)                                                                 \
  template <class R, class C, class... A> struct signature<R (C::*)(A...) QUALIFIERS> {                                \
    using result = R;                                                                                                  \
    using parameters = parameter_list<object_argument<OBJECT, RVALUE>, A...>;                                          \
  };
SPARSEAD_RT_MEMBER(, C, false)
SPARSEAD_RT_MEMBER(const, const C, false)
SPARSEAD_RT_MEMBER(&, C, false)
SPARSEAD_RT_MEMBER(const &, const C, false)
SPARSEAD_RT_MEMBER(&&, C, true)
SPARSEAD_RT_MEMBER(const &&, const C, true)
SPARSEAD_RT_MEMBER(noexcept, C, false)
SPARSEAD_RT_MEMBER(const noexcept, const C, false)
SPARSEAD_RT_MEMBER(& noexcept, C, false)
SPARSEAD_RT_MEMBER(const & noexcept, const C, false)
SPARSEAD_RT_MEMBER(&& noexcept, C, true)
SPARSEAD_RT_MEMBER(const && noexcept, const C, true)
#undef SPARSEAD_RT_MEMBER

/// address: what compiled code is given for a parameter (the parameter object, or the referent of a reference).
/// get: the way back, to call the function itself.
template <class P> struct parameter {
  static void *address(P &value) {
    return const_cast<void *>(static_cast<const volatile void *>(std::addressof(value)));
  }
  static decltype(auto) get(void *address) {
    if constexpr (std::is_copy_constructible_v<P>)
      return P(*static_cast<P *>(address));
    else
      return std::move(*static_cast<P *>(address));
  }
};
template <class P> struct parameter<P &> {
  static void *address(P &value) {
    if constexpr (std::is_function_v<P>)
      return reinterpret_cast<void *>(&value);
    else
      return const_cast<void *>(static_cast<const volatile void *>(std::addressof(value)));
  }
  static P &get(void *address) {
    if constexpr (std::is_function_v<P>)
      return *reinterpret_cast<P *>(address);
    else
      return *static_cast<P *>(address);
  }
};
template <class P> struct parameter<P &&> {
  static void *address(P &value) {
    return const_cast<void *>(static_cast<const volatile void *>(std::addressof(value)));
  }
  static P &&get(void *address) { return static_cast<P &&>(*static_cast<P *>(address)); }
};
template <class Object, bool Rvalue> struct parameter<object_argument<Object, Rvalue>> {
  static void *address(const object_argument<Object, Rvalue> &value) {
    return const_cast<void *>(static_cast<const volatile void *>(value.object()));
  }
  static decltype(auto) get(void *address) {
    if constexpr (Rvalue)
      return static_cast<Object &&>(*static_cast<Object *>(address));
    else
      return static_cast<Object &>(*static_cast<Object *>(address));
  }
};

/// Through how many pointers from an object the function's types allow reading only: 0 for `const double`, 1 behind a
/// `const double *`, 2 behind a `const double *const *`; -1: the object itself may be written.
template <class T, class = void> struct elements_of {
  using type = void;
};
template <class T> struct elements_of<T, std::void_t<decltype(*std::declval<T &>().data())>> {
  using type = std::remove_reference_t<decltype(*std::declval<T &>().data())>;
};
template <class T> constexpr int read_only_depth() {
  using value = std::remove_cv_t<T>;
  if constexpr (std::is_pointer_v<value>) {
    using pointee = std::remove_pointer_t<value>;
    if constexpr (std::is_function_v<pointee> || std::is_void_v<pointee>)
      return std::is_const_v<T> ? 0 : -1;
    else
      return !std::is_const_v<T> ? -1 : 1 + read_only_depth<pointee>();
  } else if constexpr (std::is_class_v<value>) {
    if constexpr (std::is_const_v<typename elements_of<T>::type>)
      return 1;
    else
      return std::is_const_v<T> ? 0 : -1;
  } else {
    return std::is_const_v<T> ? 0 : -1;
  }
}
template <class P> struct read_only {
  static constexpr int depth = read_only_depth<const P>(); // a copy
};
template <class P> struct read_only<P &> {
  static constexpr int depth = read_only_depth<P>();
};
template <class P> struct read_only<P &&> : read_only<P &> {};
template <class Object, bool Rvalue> struct read_only<object_argument<Object, Rvalue>> : read_only<Object &> {};

/// Memory for the function's result.
template <class R> class result_slot {
  static_assert(std::is_move_constructible_v<R>, "the result of the function must be movable");
  using value = std::remove_cv_t<R>;

public:
  void *address() { return bytes_; }
  static void destroy(void *address) { static_cast<value *>(address)->~value(); }
  static constexpr void (*destructor)(void *) = std::is_trivially_destructible_v<value> ? nullptr : &destroy;
  R take() {
    value *result = std::launder(reinterpret_cast<value *>(bytes_));
    struct guard {
      value *result;
      ~guard() { result->~value(); }
    } destroy_at_exit{result};
    return std::move(*result);
  }
  template <class Call> static void store(void *address, Call &&call) { ::new (address) value(call()); }

private:
  alignas(value) unsigned char bytes_[sizeof(value)];
};
template <class R> class result_slot<R &> {
public:
  void *address() { return &pointer_; }
  static constexpr void (*destructor)(void *) = nullptr;
  R &take() { return *pointer_; }
  template <class Call> static void store(void *address, Call &&call) {
    *static_cast<std::remove_cv_t<R> **>(address) = const_cast<std::remove_cv_t<R> *>(std::addressof(call()));
  }

private:
  R *pointer_ = nullptr;
};
template <class R> class result_slot<R &&> {
public:
  void *address() { return &pointer_; }
  static constexpr void (*destructor)(void *) = nullptr;
  R &&take() { return static_cast<R &&>(*pointer_); }
  template <class Call> static void store(void *address, Call &&call) {
    R &&result = call();
    *static_cast<std::remove_cv_t<R> **>(address) = const_cast<std::remove_cv_t<R> *>(std::addressof(result));
  }

private:
  R *pointer_ = nullptr;
};
template <> class result_slot<void> {
public:
  void *address() { return nullptr; }
  static constexpr void (*destructor)(void *) = nullptr;
  void take() {}
  template <class Call> static void store(void *, Call &&call) { call(); }
};

/// The user's function behind the addresses of its parameters.
template <auto F, class R, class Parameters> struct primal;
template <auto F, class R, class... A> struct primal<F, R, parameter_list<A...>> {
  static void call(void *const *args, void *result) { call(args, result, std::index_sequence_for<A...>()); }

private:
  template <std::size_t... K>
  static void call([[maybe_unused]] void *const *args, void *result, std::index_sequence<K...>) {
    result_slot<R>::store(result, [&]() -> R { return std::invoke(F, parameter<A>::get(args[K])...); });
  }
};

} // namespace sparsead::rt
