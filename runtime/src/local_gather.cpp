// From positions in the order of the sites to lists of partials in the order of the values.
#include "sparsead/rt/local_gather.hpp"
#include "sparsead/rt/local_record.hpp"
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <tuple>

namespace sparsead::rt {
namespace {

/// Values that are gathered together: they stay in the first cache between the two passes.
constexpr std::int64_t chunk = 1024;
constexpr std::int32_t few = 64; ///< partials beside a first one

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

local_gather::local_gather(const local_program &program) {
  gather_builder builder(program.gaps);
  index_array<std::int32_t> headers;
  std::size_t word = 0;
  std::int32_t partial = 0;
  auto words_to = [&](std::size_t end) {
    for (; word < end; ++word, ++partial)
      if (program.stream[word] >= 0)
        builder.add(program.stream[word], partial);
  };
  for (const auto &[begin, length] : program.headers) {
    words_to(begin);
    word = begin + length;
    headers.insert(headers.end(), program.stream.begin() + static_cast<std::ptrdiff_t>(begin),
                   program.stream.begin() + static_cast<std::ptrdiff_t>(word));
  }
  words_to(program.stream.size());
  for (const auto &[at, source] : program.aliases)
    builder.add(at, source);
  headers.shrink_to_fit();
  *this = builder.finish(std::move(headers), partial);
}

gather_builder::gather_builder(ranges gathered) {
  std::int64_t count = 0;
  numbers_.reserve(gathered.size());
  for (const auto &[begin, end] : gathered) {
    numbers_.push_back(count);
    count += end - begin;
  }
  made_.ranges_ = std::move(gathered);
  count_ = count;
}

/// Finds the range of the position.
bool gather_builder::look_up(std::int64_t position) {
  const ranges &all = made_.ranges_;
  auto holds = [&](std::size_t k) { return k < all.size() && all[k].first <= position && position < all[k].second; };
  if (!holds(++near_))
    near_ = static_cast<std::size_t>(
        std::upper_bound(all.begin(), all.end(), position, [](std::int64_t p, const auto &r) { return p < r.second; }) -
        all.begin());
  if (!holds(near_))
    return false;
  if (made_.first_.empty())
    made_.first_.assign(static_cast<std::size_t>(count_), none);
  std::tie(low_, high_) = all[near_];
  number_ = numbers_[near_] - low_;
  return true;
}

bool gather_builder::take_all(index_array<std::int32_t> &firsts, index_array<placed_partial> &rest) {
  if (made_.ranges_.size() != 1 || made_.ranges_[0].first != 0 || !made_.first_.empty() ||
      count_ != static_cast<std::int64_t>(firsts.size()))
    return false;
  made_.first_ = std::move(firsts);
  made_.first_.shrink_to_fit();
  rest_ = std::move(rest);
  std::int32_t signs = 0;
  for (const std::int32_t source : made_.first_)
    signs |= source;
  for (const placed_partial &p : rest_)
    signs |= p.source;
  made_.signs_ = signs < 0;
  return true;
}

/// The partials beside the first ones. Of a chunk, positions with as many stand one after the other: the length of
/// their sums is foreseen.
void gather_builder::list_rest() {
  std::vector<std::int32_t> count(made_.first_.size(), 0);
  for (const placed_partial &p : rest_)
    ++count[static_cast<std::size_t>(p.number)];
  const std::size_t most = std::min(rest_.size(), count.size());
  made_.many_.resize(most);
  made_.begin_.resize(most + 1);
  std::int32_t *many = made_.many_.data(), *places = made_.begin_.data(), next = 0;
  std::size_t first = 0;
  made_.rest_.resize(rest_.size());
  std::vector<std::int32_t> which(chunk), sorted(chunk);
  for_each_chunk(made_.ranges_, [&](std::int64_t begin, std::int64_t end) {
    const auto size = static_cast<std::size_t>(end - begin);
    std::int32_t *const counts = count.data() + first;
    std::size_t found = 0;
    std::int32_t highest = 0;
    for (std::size_t k = 0; k < size; ++k) {
      which[found] = static_cast<std::int32_t>(k);
      found += counts[k] > 0;
      highest = std::max(highest, counts[k]);
    }
    if (highest <= few) {
      std::size_t starts[few + 2] = {};
      for (std::size_t k = 0; k < found; ++k)
        ++starts[counts[which[k]] + 1];
      for (std::int32_t n = 0; n <= highest; ++n)
        starts[n + 1] += starts[n];
      for (std::size_t k = 0; k < found; ++k)
        sorted[starts[counts[which[k]]]++] = which[k];
    } else {
      std::copy_n(which.begin(), found, sorted.begin());
      std::stable_sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(found),
                       [&](std::int32_t a, std::int32_t b) { return counts[a] < counts[b]; });
    }
    for (std::size_t k = 0; k < found; ++k) {
      std::int32_t &partials = counts[sorted[k]];
      *many++ = static_cast<std::int32_t>(begin) + sorted[k];
      *places++ = next;
      next += partials;
      partials = next - partials; // from here on: where its next one goes
    }
    first += size;
  });
  made_.many_.resize(static_cast<std::size_t>(many - made_.many_.data()));
  made_.begin_.resize(static_cast<std::size_t>(places - made_.begin_.data()));
  for (const placed_partial &p : rest_)
    made_.rest_[static_cast<std::size_t>(count[static_cast<std::size_t>(p.number)]++)] = p.source;
}

local_gather gather_builder::finish(index_array<std::int32_t> stream, std::int64_t partials) {
  made_.stream_ = std::move(stream);
  made_.size_ = partials;
  const auto nothing = static_cast<std::int32_t>(partials);
  if (made_.first_.empty())
    made_.first_.assign(static_cast<std::size_t>(count_), nothing);
  for (std::int32_t &first : made_.first_)
    first = first == none ? nothing : first;
  if (!rest_.empty())
    list_rest();
  made_.begin_.push_back(static_cast<std::int32_t>(rest_.size()));
  made_.many_.shrink_to_fit();
  made_.begin_.shrink_to_fit();
  return std::move(made_);
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
