// Files of plans. A header, then numbers, texts and arrays, each in whole words of 64 bits; a checksum over all of it.
// A file is written beside its place and renamed; while it is read, every length is held against what is left of it.
//
// Header, 7 words:
//   0  89 'S' 'A' 'D' 0d 0a 1a 0a: not text, and damaged by what converts line ends or cuts off the eighth bit
//   1  byte order (32 bits, 01020304), version of the format (32 bits)
//   2  version of the derivative's tables (abi.hpp; 32 bits), bytes of a pointer (16 bits), of an index (16 bits)
//   3  bytes of the file
//   4  checksum of what follows the header
//   5  kind of the plan
//   6  checksum of words 0 to 5
// A text or an array: the number of its elements, then they, then zeros up to a whole word.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace sparsead::rt {

/// What is in the file, or its meaning, changes: this changes.
inline constexpr std::uint32_t plan_file_version = 4;

/// Of a sequence of words. Steps are one-to-one in state and word: any change of one word is found for sure, others
/// with probability 1 - 2^-64. It finds damage, not malice.
class word_checksum {
public:
  void add(const void *words, std::size_t bytes) { // a multiple of 8
    const char *at = static_cast<const char *>(words);
    for (const char *const end = at + bytes; at != end; at += 8) {
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      add(word);
    }
  }
  void add(std::uint64_t word) {
    state_ = ((state_ << 29 | state_ >> 35) ^ word) * 0x9E3779B97F4A7C15u;
    ++count_;
  }
  std::uint64_t value() const {
    const std::uint64_t mixed = (state_ ^ count_) * 0xD6E8FEB86659FD93u;
    return mixed ^ mixed >> 32;
  }

private:
  std::uint64_t state_ = 0x53504152u, count_ = 0;
};

/// Of what a plan is.
enum class plan_kind : std::uint64_t { jacobian = 0, hessian = 1 };

struct plan_file_header {
  unsigned char magic[8];
  std::uint32_t byte_order, format;
  std::uint32_t abi;
  std::uint16_t pointer_bytes, index_bytes;
  std::uint64_t file_bytes, content, kind, header;
};
static_assert(sizeof(plan_file_header) == 56);

/// Writes a file; until `commit` there is another beside it, which goes away when something fails.
class plan_file_writer {
public:
  /// Throws  plan_file_error, as all members.
  plan_file_writer(const std::string &path, std::size_t index_bytes, plan_kind kind = plan_kind::jacobian);
  plan_file_writer(const plan_file_writer &) = delete;
  plan_file_writer &operator=(const plan_file_writer &) = delete;
  ~plan_file_writer();

  void number(std::uint64_t value) { raw(&value, sizeof value); }
  void text(const std::string &value) {
    number(value.size());
    raw(value.data(), value.size());
  }
  template <class T, class A> void array(const std::vector<T, A> &values) {
    static_assert(std::is_integral_v<T>);
    number(values.size());
    raw(values.data(), values.size() * sizeof(T));
  }
  void commit();

private:
  void raw(const void *data, std::size_t bytes);
  void flush();
  void write_at(const void *data, std::size_t bytes, std::uint64_t offset);
  [[noreturn]] void fail(const char *what, int error);

  std::string path_, target_, temporary_;
  int file_ = -1;
  plan_file_header header_{};
  std::uint64_t written_ = 0;
  word_checksum sum_;
  std::vector<char> buffer_;
};

/// Reads a file in the order in which it was written.
class plan_file_reader {
public:
  /// Opens it and reads the header. Throws  plan_file_error, as all members: not to be read, not a plan, of another
  /// kind, version, machine or index type, damaged.
  plan_file_reader(const std::string &path, std::size_t index_bytes, plan_kind kind = plan_kind::jacobian);
  plan_file_reader(const plan_file_reader &) = delete;
  plan_file_reader &operator=(const plan_file_reader &) = delete;
  ~plan_file_reader();

  std::uint64_t number();
  std::string text() {
    std::string value(count_of(1), '\0');
    raw(value.data(), value.size());
    return value;
  }
  template <class T, class List = std::vector<T>> List array() {
    static_assert(std::is_integral_v<T>);
    List values(count_of(sizeof(T)));
    raw(values.data(), values.size() * sizeof(T));
    return values;
  }
  /// Everything has been read, and the checksum is right.
  void finish();

  [[noreturn]] void refuse(const std::string &reason) const;
  [[noreturn]] void damaged(const char *what) const;

private:
  /// Of a text or an array: no more than there is.
  std::size_t count_of(std::size_t element);
  void raw(void *data, std::size_t bytes);
  void take(void *data, std::size_t bytes);
  void read_header(std::size_t index_bytes, plan_kind kind, std::uint64_t bytes);

  std::string path_;
  int file_ = -1;
  std::uint64_t left_ = 0; // bytes
  plan_file_header header_{};
  word_checksum sum_;
};

} // namespace sparsead::rt
