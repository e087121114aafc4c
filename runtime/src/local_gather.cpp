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

local_gather::local_gather(const local_program &program) : ranges_(program.gaps) {
  // Gathered positions are numbered in order; interiors write the others.
  std::vector<std::int64_t> numbers;
  std::int64_t gathered = 0;
  for (const auto &[begin, end] : ranges_) {
    numbers.push_back(gathered);
    gathered += end - begin;
  }
  std::size_t near = 0;
  auto number_of = [&](std::int32_t position) -> std::int64_t {
    auto holds = [&] {
      return near < ranges_.size() && ranges_[near].first <= position && position < ranges_[near].second;
    };
    if (position < 0)
      return -1;
    if (!holds()) {
      near = static_cast<std::size_t>(std::upper_bound(ranges_.begin(), ranges_.end(), std::int64_t(position),
                                                       [](std::int64_t p, const auto &r) { return p < r.second; }) -
                                      ranges_.begin());
      if (!holds())
        return -1;
    }
    return numbers[near] + position - ranges_[near].first;
  };
  // Calls visit(number of the gathered position, where its partial is).
  auto for_each_partial = [&](auto &&visit) {
    std::size_t word = 0;
    std::int32_t partial = 0;
    auto one = [&](std::int32_t position, std::int32_t source) {
      if (const std::int64_t k = number_of(position); k >= 0)
        visit(static_cast<std::size_t>(k), source);
    };
    for (const auto &[begin, length] : program.headers) {
      for (; word < begin; ++word)
        one(program.stream[word], partial++);
      word = begin + length;
    }
    for (; word < program.stream.size(); ++word)
      one(program.stream[word], partial++);
    for (const auto &[at, source] : program.aliases)
      one(at, source);
  };
  for (const auto &[begin, length] : program.headers)
    stream_.insert(stream_.end(), program.stream.begin() + static_cast<std::ptrdiff_t>(begin),
                   program.stream.begin() + static_cast<std::ptrdiff_t>(begin + length));
  stream_.shrink_to_fit();
  size_ = static_cast<std::int64_t>(program.stream.size() - stream_.size());
  for (const auto &[at, source] : program.aliases)
    signs_ |= source < 0;
  std::vector<std::int32_t> count(static_cast<std::size_t>(gathered), 0);
  for_each_partial([&](std::size_t k, std::int32_t) { ++count[k]; });
  std::size_t several = 0;
  for (const std::int32_t partials : count)
    several += partials > 1;
  many_.reserve(several);
  begin_.reserve(several + 1);
  // Of a chunk, those with as many partials one after the other: the length of their sums is foreseen.
  std::vector<std::int32_t> which; // of many_, in count
  which.reserve(several);
  std::size_t first = 0;
  for_each_chunk(ranges_, [&](std::int64_t begin, std::int64_t end) {
    const std::size_t old = which.size();
    for (std::size_t k = first; k < first + static_cast<std::size_t>(end - begin); ++k)
      if (count[k] > 1)
        which.push_back(static_cast<std::int32_t>(k));
    std::sort(which.begin() + static_cast<std::ptrdiff_t>(old), which.end(), [&](std::int32_t a, std::int32_t b) {
      const std::int32_t x = count[static_cast<std::size_t>(a)], y = count[static_cast<std::size_t>(b)];
      return x != y ? x < y : a < b;
    });
    for (std::size_t k = old; k < which.size(); ++k)
      many_.push_back(static_cast<std::int32_t>(begin + which[k] - static_cast<std::int64_t>(first)));
    first += static_cast<std::size_t>(end - begin);
  });
  // From here on `count` is, for positions with several partials, -1 - their number in many_.
  std::int32_t next = 0;
  for (std::size_t k = 0; k < which.size(); ++k) {
    std::int32_t &partials = count[static_cast<std::size_t>(which[k])];
    begin_.push_back(next);
    next += partials - 1;
    partials = -1 - static_cast<std::int32_t>(k);
  }
  begin_.push_back(next);
  rest_.resize(static_cast<std::size_t>(next));
  std::vector<std::int32_t> place(begin_.begin(), begin_.end() - 1);
  const auto none = static_cast<std::int32_t>(size_);
  first_.assign(count.size(), none);
  for_each_partial([&](std::size_t k, std::int32_t source) {
    if (first_[k] == none)
      first_[k] = source;
    else
      rest_[static_cast<std::size_t>(place[static_cast<std::size_t>(-1 - count[k])]++)] = source;
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
