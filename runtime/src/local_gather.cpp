// From positions in the order of the sites to lists of partials in the order of the values.
#include "sparsead/rt/local_gather.hpp"
#include "sparsead/rt/local_record.hpp"
#include <cstddef>

namespace sparsead::rt {

local_gather::local_gather(const local_program &program, std::int64_t nnz) : ranges_(program.gaps) {
  // Number of each gathered position; interiors write the others.
  const std::size_t positions = static_cast<std::size_t>(nnz);
  std::vector<std::int32_t> count(positions, 0);
  auto for_each_word = [&](auto &&header, auto &&position) {
    std::size_t word = 0;
    for (const auto &[begin, length] : program.headers) {
      for (; word < begin; ++word)
        position(program.stream[word]);
      for (; word < begin + length; ++word)
        header(program.stream[word]);
    }
    for (; word < program.stream.size(); ++word)
      position(program.stream[word]);
  };
  std::size_t headers = 0;
  for (const auto &[begin, length] : program.headers)
    headers += length;
  stream_.reserve(headers);
  for_each_word([&](std::int32_t word) { stream_.push_back(word); },
                [&](std::int32_t position) {
                  ++size_;
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
  // From here on `count` is -1 - k where the position's first partial goes to first_[k], later 0.
  std::int32_t next = 0;
  for (const auto &[begin, end] : ranges_)
    for (std::int64_t p = begin; p < end; ++p) {
      std::int32_t &partials = count[static_cast<std::size_t>(p)];
      if (partials > 1) {
        many_.push_back(static_cast<std::int32_t>(p));
        begin_.push_back(next);
        next += partials - 1;
      }
      partials = -1 - static_cast<std::int32_t>(first_.size());
      first_.push_back(static_cast<std::int32_t>(size_));
    }
  begin_.push_back(next);
  std::vector<std::int32_t> place(begin_.begin(), begin_.end() - 1);
  std::int32_t partial = 0;
  for_each_word([](std::int32_t) {},
                [&](std::int32_t position) {
                  const std::int32_t source = partial++;
                  if (position < 0 || count[static_cast<std::size_t>(position)] >= 0)
                    return;
                  std::int32_t &state = count[static_cast<std::size_t>(position)];
                  first_[static_cast<std::size_t>(-1 - state)] = source;
                  state = 0;
                });
  // A second pass gives the rest its places: positions with several partials, by number.
  for (std::size_t k = 0; k < many_.size(); ++k)
    count[static_cast<std::size_t>(many_[k])] = -1 - static_cast<std::int32_t>(k);
  partial = 0;
  std::vector<char> seen(many_.size(), 0);
  for_each_word([](std::int32_t) {},
                [&](std::int32_t position) {
                  const std::int32_t source = partial++;
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

void local_gather::run(double *buffer, double *values) const {
  buffer[size_] = 0;
  const std::int32_t *source = first_.data();
  for (const auto &[begin, end] : ranges_) {
    double *const out = values + begin;
    const std::int64_t n = end - begin;
    for (std::int64_t k = 0; k < n; ++k)
      out[k] = buffer[source[k]];
    source += n;
  }
  const std::int32_t *const rest = rest_.data();
  for (std::size_t k = 0; k < many_.size(); ++k) {
    double sum = values[many_[k]];
    for (std::int32_t t = begin_[k]; t < begin_[k + 1]; ++t)
      sum += buffer[rest[t]];
    values[many_[k]] = sum;
  }
}

bool local_gather::consistent(std::int64_t nnz) const {
  if (size_ < 0 || begin_.size() != many_.size() + 1 || begin_.front() != 0)
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
  for (const std::int32_t source : first_)
    if (source < 0 || source > size_)
      return false;
  for (const std::int32_t source : rest_)
    if (source < 0 || source >= size_)
      return false;
  for (std::size_t k = 0; k < many_.size(); ++k)
    if (many_[k] < 0 || many_[k] >= nnz || begin_[k + 1] < begin_[k])
      return false;
  return static_cast<std::size_t>(begin_.back()) == rest_.size();
}

} // namespace sparsead::rt
