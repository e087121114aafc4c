// From positions in the order of the sites to lists of partials in the order of the values.
#include "sparsead/rt/local_gather.hpp"
#include "sparsead/rt/local_record.hpp"
#include <algorithm>
#include <cstddef>
#include <cstring>

namespace sparsead::rt {
namespace {

/// Values that are gathered together: they stay in the first cache between the two passes.
constexpr std::int64_t chunk = 1024;

template <class Ranges, class Visit> void for_each_chunk(const Ranges &ranges, Visit &&visit) {
  for (const auto &[begin, end] : ranges)
    for (std::int64_t p = begin; p < end; p += chunk)
      visit(p, end - p < chunk ? end : p + chunk);
}

/// Sources below zero are complements: the partial is taken with the other sign.
template <bool Signs> inline double take(const double *buffer, std::int32_t source) {
  if (!Signs)
    return buffer[source];
  std::uint64_t bits;
  std::memcpy(&bits, buffer + (source ^ (source >> 31)), sizeof bits);
  bits ^= std::uint64_t(static_cast<std::uint32_t>(source) & 0x80000000u) << 32;
  double value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

} // namespace

local_gather::local_gather(const local_program &program, std::int64_t nnz) : ranges_(program.gaps) {
  // Number of each gathered position; interiors write the others.
  const std::size_t positions = static_cast<std::size_t>(nnz);
  std::vector<std::int32_t> count(positions, 0);
  auto for_each_word = [&](auto &&header, auto &&position) {
    std::size_t word = 0;
    std::int32_t partial = 0;
    for (const auto &[begin, length] : program.headers) {
      for (; word < begin; ++word)
        position(program.stream[word], partial++);
      for (; word < begin + length; ++word)
        header(program.stream[word]);
    }
    for (; word < program.stream.size(); ++word)
      position(program.stream[word], partial++);
    for (const auto &[at, source] : program.aliases)
      position(at, source);
  };
  auto no_header = [](std::int32_t) {};
  std::size_t headers = 0;
  for (const auto &[begin, length] : program.headers)
    headers += length;
  stream_.reserve(headers);
  size_ = static_cast<std::int64_t>(program.stream.size() - headers);
  for_each_word([&](std::int32_t word) { stream_.push_back(word); },
                [&](std::int32_t position, std::int32_t source) {
                  signs_ |= source < 0;
                  if (position >= 0)
                    ++count[static_cast<std::size_t>(position)];
                });
  std::size_t gathered = 0, several = 0, rest = 0;
  for (const auto &[begin, end] : ranges_)
    for (std::int64_t p = begin; p < end; ++p) {
      const std::int32_t partials = count[static_cast<std::size_t>(p)];
      ++gathered;
      several += partials > 1;
      rest += partials > 1 ? static_cast<std::size_t>(partials - 1) : 0;
    }
  first_.reserve(gathered);
  many_.reserve(several);
  begin_.reserve(several + 1);
  rest_.resize(rest);
  // Of a chunk, those with as many partials one after the other: the length of their sums is foreseen.
  for_each_chunk(ranges_, [&](std::int64_t begin, std::int64_t end) {
    const std::size_t old = many_.size();
    for (std::int64_t p = begin; p < end; ++p)
      if (count[static_cast<std::size_t>(p)] > 1)
        many_.push_back(static_cast<std::int32_t>(p));
    std::sort(many_.begin() + static_cast<std::ptrdiff_t>(old), many_.end(), [&](std::int32_t a, std::int32_t b) {
      const std::int32_t x = count[static_cast<std::size_t>(a)], y = count[static_cast<std::size_t>(b)];
      return x != y ? x < y : a < b;
    });
  });
  std::int32_t next = 0;
  for (const std::int32_t p : many_) {
    begin_.push_back(next);
    next += count[static_cast<std::size_t>(p)] - 1;
  }
  begin_.push_back(next);
  // From here on `count` is -1 - k where the position's first partial goes to first_[k], later 0.
  for (const auto &[begin, end] : ranges_)
    for (std::int64_t p = begin; p < end; ++p) {
      count[static_cast<std::size_t>(p)] = -1 - static_cast<std::int32_t>(first_.size());
      first_.push_back(static_cast<std::int32_t>(size_));
    }
  std::vector<std::int32_t> place(begin_.begin(), begin_.end() - 1);
  for_each_word(no_header, [&](std::int32_t position, std::int32_t source) {
    if (position < 0 || count[static_cast<std::size_t>(position)] >= 0)
      return;
    std::int32_t &state = count[static_cast<std::size_t>(position)];
    first_[static_cast<std::size_t>(-1 - state)] = source;
    state = 0;
  });
  // A second pass gives the rest its places: positions with several partials, by number.
  for (std::size_t k = 0; k < many_.size(); ++k)
    count[static_cast<std::size_t>(many_[k])] = -1 - static_cast<std::int32_t>(k);
  std::vector<char> seen(many_.size(), 0);
  for_each_word(no_header, [&](std::int32_t position, std::int32_t source) {
    if (position < 0 || count[static_cast<std::size_t>(position)] >= 0)
      return;
    const std::size_t k = static_cast<std::size_t>(-1 - count[static_cast<std::size_t>(position)]);
    if (!seen[k]) {
      seen[k] = 1;
      return;
    }
    rest_[static_cast<std::size_t>(place[k]++)] = source;
  });
}

template <bool Signs> void local_gather::run_all(const double *buffer, double *values) const {
  const std::int32_t *source = first_.data();
  const std::int32_t *const rest = rest_.data();
  std::size_t k = 0;
  for_each_chunk(ranges_, [&](std::int64_t begin, std::int64_t end) {
    double *const out = values + begin;
    const std::int64_t n = end - begin;
    for (std::int64_t t = 0; t < n; ++t)
      out[t] = take<Signs>(buffer, source[t]);
    source += n;
    for (; k < many_.size() && many_[k] < end; ++k) {
      double sum = values[many_[k]];
      for (std::int32_t t = begin_[k]; t < begin_[k + 1]; ++t)
        sum += take<Signs>(buffer, rest[t]);
      values[many_[k]] = sum;
    }
  });
}

void local_gather::run(double *buffer, double *values) const {
  buffer[size_] = 0;
  if (signs_)
    run_all<true>(buffer, values);
  else
    run_all<false>(buffer, values);
}

bool local_gather::consistent(std::int64_t nnz) const {
  if (size_ < 0 || (signs_ != 0 && signs_ != 1) || begin_.size() != many_.size() + 1 || begin_.front() != 0)
    return false;
  std::int64_t at = 0, gathered = 0;
  for (const auto &[begin, end] : ranges_) {
    if (begin < at || end <= begin || end > nnz)
      return false;
    gathered += end - begin;
    at = end;
  }
  if (gathered != static_cast<std::int64_t>(first_.size()))
    return false;
  auto inside = [&](std::int32_t source, std::int64_t end) {
    return source < 0 ? signs_ != 0 && ~source < end : source < end;
  };
  for (const std::int32_t source : first_)
    if (!inside(source, size_ + 1))
      return false;
  for (const std::int32_t source : rest_)
    if (!inside(source, size_))
      return false;
  for (std::size_t k = 0; k < many_.size(); ++k)
    if (many_[k] < 0 || many_[k] >= nnz || begin_[k + 1] < begin_[k])
      return false;
  return static_cast<std::size_t>(begin_.back()) == rest_.size();
}

} // namespace sparsead::rt
