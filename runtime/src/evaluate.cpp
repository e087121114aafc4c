#include "sparsead/rt/evaluate.hpp"
#include "sparsead/rt/abi.hpp"
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

namespace sparsead::rt {
namespace {

struct names {
  const char *item, *extent;
  std::string text() const { return "'" + std::string(item) + "': extent '" + (extent ? extent : "?") + "'"; }
};

[[noreturn]] void overflow(const names &at) { throw std::length_error(at.text() + " does not fit 64 bits"); }

template <class T> std::int64_t load(std::int64_t address, const names &at) {
  // The first page is never mapped: a member of an object behind a null pointer.
  if (address >= 0 && address < 4096)
    throw std::invalid_argument(at.text() + " reads through a null pointer");
  T value;
  std::memcpy(&value, reinterpret_cast<const void *>(address), sizeof value);
  if constexpr (sizeof(T) == 8 && !std::numeric_limits<T>::is_signed)
    if (value > static_cast<T>(std::numeric_limits<std::int64_t>::max()))
      overflow(at);
  return static_cast<std::int64_t>(value);
}

std::int64_t divide(std::int64_t op, std::int64_t a, std::int64_t b, const names &at) {
  if (b == 0)
    throw std::invalid_argument(at.text() + " divides by zero");
  if (b == -1 && a == std::numeric_limits<std::int64_t>::min()) {
    if (op == abi::op_mod)
      return 0;
    overflow(at);
  }
  return op == abi::op_div ? a / b : a % b;
}

} // namespace

std::int64_t evaluate(const std::int64_t *program, void *const *args, const char *item, const char *extent) {
  if (!program)
    return 0;
  const names at{item, extent};
  constexpr int depth = 64;
  std::int64_t stack[depth];
  int size = 0;
  auto need = [&](int operands) {
    if (size < operands)
      throw std::logic_error(at.text() + ": malformed program");
  };
  auto push = [&](std::int64_t value) {
    if (size == depth)
      throw std::length_error(at.text() + " is nested too deeply");
    stack[size++] = value;
  };
  for (;;) {
    const std::int64_t op = *program++;
    switch (op) {
    case abi::op_end:
      need(1);
      return stack[size - 1];
    case abi::op_const:
      push(*program++);
      continue;
    case abi::op_argument:
      push(reinterpret_cast<std::int64_t>(args[*program++]));
      continue;
    default:
      break;
    }
    need(1);
    std::int64_t &top = stack[size - 1];
    switch (op) {
    case abi::op_offset:
      top += *program++;
      break;
    case abi::op_load_ptr:
    case abi::op_load_i64:
      top = load<std::int64_t>(top, at);
      break;
    case abi::op_load_u64:
      top = load<std::uint64_t>(top, at);
      break;
    case abi::op_load_i32:
      top = load<std::int32_t>(top, at);
      break;
    case abi::op_load_u32:
      top = load<std::uint32_t>(top, at);
      break;
    case abi::op_load_i16:
      top = load<std::int16_t>(top, at);
      break;
    case abi::op_load_u16:
      top = load<std::uint16_t>(top, at);
      break;
    case abi::op_load_i8:
      top = load<std::int8_t>(top, at);
      break;
    case abi::op_load_u8:
      top = load<std::uint8_t>(top, at);
      break;
    case abi::op_neg:
      if (__builtin_sub_overflow(std::int64_t(0), top, &top))
        overflow(at);
      break;
    case abi::op_add:
    case abi::op_sub:
    case abi::op_mul:
    case abi::op_div:
    case abi::op_mod: {
      need(2);
      const std::int64_t b = stack[--size];
      std::int64_t &a = stack[size - 1];
      if (op == abi::op_div || op == abi::op_mod)
        a = divide(op, a, b, at);
      else if (op == abi::op_add   ? __builtin_add_overflow(a, b, &a)
               : op == abi::op_sub ? __builtin_sub_overflow(a, b, &a)
                                   : __builtin_mul_overflow(a, b, &a))
        overflow(at);
      break;
    }
    default:
      throw std::logic_error(at.text() + ": unknown operation in its program");
    }
  }
}

std::int64_t checked_product(std::int64_t a, std::int64_t b, const char *item) {
  std::int64_t result;
  if (__builtin_mul_overflow(a, b, &result))
    throw std::length_error("'" + std::string(item) + "': its size does not fit 64 bits");
  return result;
}

std::int64_t checked_sum(std::int64_t a, std::int64_t b, const char *item) {
  std::int64_t result;
  if (__builtin_add_overflow(a, b, &result))
    throw std::length_error("'" + std::string(item) + "': its size does not fit 64 bits");
  return result;
}

} // namespace sparsead::rt
