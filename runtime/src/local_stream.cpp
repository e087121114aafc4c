// From the record of sites to the stream of positions: one pass, in the record's own memory.
#include "sparsead/rt/abi.hpp"
#include "sparsead/rt/local_record.hpp"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace sparsead::rt {
namespace {

/// A bit per position.
class position_set {
public:
  explicit position_set(std::int64_t count) : words_(static_cast<std::size_t>((count + 63) / 64), 0), count_(count) {}
  void insert(std::int64_t k) { words_[static_cast<std::size_t>(k >> 6)] |= std::uint64_t(1) << (k & 63); }
  /// The first position from `from` on that is inside (outside); count where there is none.
  std::int64_t next(std::int64_t from, bool inside) const {
    while (from < count_) {
      const std::uint64_t word = words_[static_cast<std::size_t>(from >> 6)] ^ (inside ? 0 : ~std::uint64_t(0));
      const std::uint64_t rest = word >> (from & 63);
      if (rest)
        return std::min<std::int64_t>(count_, from + __builtin_ctzll(rest));
      from = (from | 63) + 1;
    }
    return count_;
  }

private:
  std::vector<std::uint64_t> words_;
  std::int64_t count_;
};

bool verifying() {
  const char *const value = std::getenv("SPARSEAD_VERIFY");
  return value && std::strcmp(value, "1") == 0;
}

} // namespace

template <class Index> class stream_builder {
public:
  stream_builder(local_recorder &recorder, const csr_pattern<Index> &pattern, local_program &program)
      : recorder_(recorder), pattern_(pattern), program_(program),
        nnz_(static_cast<std::int64_t>(pattern.col_ind.size())), covered_(nnz_), fast_(nnz_),
        hints_(recorder.hints_, 0) {}

  bool build() {
    std::int32_t *const log = recorder_.log_.data();
    const std::size_t size = recorder_.log_.size();
    constexpr std::size_t nowhere = std::numeric_limits<std::size_t>::max();
    std::size_t read = 0, instance = 0, skip_from = nowhere, skip_to = 0;
    while (true) {
      if (read == skip_from) { // the interior of a fast instance
        read = skip_to;
        skip_from = nowhere;
      }
      if (read >= size)
        break;
      if (log[read] == local_recorder::streamed) {
        const local_recorder::instance &entered = recorder_.instances_[instance++];
        const std::size_t bases = 2 * sites_of(entered).size();
        const bool fast = verify(entered);
        read += 1 + bases;
        write_bases(entered, fast);
        if (fast) {
          cover(entered);
          skip_from = entered.begin;
          skip_to = entered.end;
        }
        continue;
      }
      if (!convert_site(log, read))
        return false;
    }
    if (const std::int64_t missing = first_uncovered(); missing < nnz_)
      return disagree("entry " + place_of(missing) + " of the pattern comes from no store that was recorded");
    if (write_ > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
      recorder_.refuse("its positions do not fit a stream of 2^31 words");
      return false;
    }
    program_.stream.assign(log, log + write_);
    make_clear_list();
    return true;
  }

private:
  const std::vector<std::int32_t> &sites_of(const local_recorder::instance &entered) const {
    return recorder_.loop_sites_[static_cast<std::size_t>(entered.loop)];
  }
  const abi::local_site &site(std::int32_t number) const { return recorder_.descriptor_.sites[number]; }
  std::int64_t row_begin(std::int64_t row) const {
    return static_cast<std::int64_t>(pattern_.row_ptr[static_cast<std::size_t>(row)]);
  }

  /// -1: not in the pattern. `hint`: where in its row the last one was, which is often where this one is, or one
  /// before.
  std::int64_t find(std::int32_t row, std::int32_t column, std::int32_t &hint) const {
    const std::int64_t begin = row_begin(row), end = row_begin(std::int64_t(row) + 1);
    const Index wanted = static_cast<Index>(column);
    const Index *const columns = pattern_.col_ind.data();
    for (std::int64_t k = begin + hint; k < end && k < begin + hint + 2; ++k)
      if (columns[k] == wanted) {
        hint = static_cast<std::int32_t>(k - begin);
        return k;
      }
    const Index *const found = std::lower_bound(columns + begin, columns + end, wanted);
    if (found == columns + end || *found != wanted)
      return -1;
    hint = static_cast<std::int32_t>(found - columns - begin);
    return found - columns;
  }

  /// One execution of a site: its words at `read`, which moves on.
  bool convert_site(const std::int32_t *log, std::size_t &read) {
    const bool parted = log[read] < 0;
    const std::int32_t number = parted ? ~log[read] : log[read];
    const std::int32_t row = log[read + 1], parts = parted ? log[read + 2] : 0;
    read += parted ? 3 : 2;
    const std::int32_t slots = site(number).num_slots;
    std::int32_t *const hints = hints_.data() + recorder_.sites_[static_cast<std::size_t>(number)].first_hint;
    std::int32_t *const out = recorder_.log_.data();
    for (std::int32_t k = -parts; k < slots; ++k) {
      const std::int32_t column = log[read++];
      if (column < 0) {
        out[write_++] = -1;
        continue;
      }
      const std::int64_t position = find(row, column, hints[k < 0 ? slots : k]);
      if (position < 0)
        return disagree("entry (" + std::to_string(row) + ", " + std::to_string(column) +
                        ") of a store is not in the pattern");
      covered_.insert(position);
      out[write_++] = static_cast<std::int32_t>(position);
    }
    return true;
  }

  /// Are all positions of the interior where the compiler has guessed? Leaves the bases.
  bool verify(const local_recorder::instance &entered) {
    if (!entered.fast || entered.iterations == 0)
      return false;
    const std::vector<std::int32_t> &sites = sites_of(entered);
    const Index *const columns = pattern_.col_ind.data();
    bases_.assign(sites.size(), -1);
    const std::int32_t *word = recorder_.log_.data() + entered.begin;
    for (std::int64_t m = 0; m < entered.iterations; ++m)
      for (std::size_t s = 0; s < sites.size(); ++s) {
        const abi::local_site &of = site(sites[s]);
        const std::int32_t row = word[1];
        word += 2;
        if (recorder_.touched_[static_cast<std::size_t>(row)] & 1)
          return false;
        const std::int64_t begin = row_begin(row), end = row_begin(std::int64_t(row) + 1);
        for (std::int32_t k = 0; k < of.num_slots; ++k) {
          const std::int32_t column = word[k], offset = of.offsets ? of.offsets[k] : -1;
          if ((column < 0) != (offset < 0))
            return false;
          if (offset < 0)
            continue;
          if (bases_[s] < 0) {
            std::int32_t hint = 0;
            bases_[s] = find(row, column, hint) - offset;
            if (bases_[s] < 0)
              return false;
          }
          const std::int64_t position = bases_[s] + m * of.stride + offset;
          if (position < begin || position >= end || columns[position] != static_cast<Index>(column))
            return false;
        }
        word += of.num_slots;
      }
    for (std::int64_t &base : bases_) // of sites without slots
      base = std::max<std::int64_t>(base, 0);
    return true;
  }

  void write_bases(const local_recorder::instance &entered, bool fast) {
    std::int32_t *const out = recorder_.log_.data();
    for (std::size_t s = 0; s < sites_of(entered).size(); ++s) {
      const std::uint64_t base = static_cast<std::uint64_t>(fast ? bases_[s] : -1);
      out[write_++] = static_cast<std::int32_t>(static_cast<std::uint32_t>(base));
      out[write_++] = static_cast<std::int32_t>(static_cast<std::uint32_t>(base >> 32));
    }
  }

  void cover(const local_recorder::instance &entered) {
    const std::vector<std::int32_t> &sites = sites_of(entered);
    for (std::size_t s = 0; s < sites.size(); ++s) {
      const abi::local_site &of = site(sites[s]);
      for (std::int32_t k = 0; k < of.num_slots; ++k) {
        if (!of.offsets || of.offsets[k] < 0)
          continue;
        program_.fast_slots += entered.iterations;
        std::int64_t position = bases_[s] + of.offsets[k];
        for (std::int64_t m = 0; m < entered.iterations; ++m, position += of.stride)
          fast_.insert(position);
      }
    }
  }

  std::int64_t first_uncovered() const {
    std::int64_t k = 0;
    for (;;) {
      const std::int64_t a = covered_.next(k, false), b = fast_.next(a, false);
      if (a == b)
        return a;
      k = b;
    }
  }

  /// Ranges that lie close together become one: what is zeroed in vain is written afterwards.
  void make_clear_list() {
    constexpr std::int64_t close = 32;
    program_.clear.clear();
    for (std::int64_t begin = fast_.next(0, false); begin < nnz_;) {
      const std::int64_t end = fast_.next(begin, true);
      if (!program_.clear.empty() && begin - program_.clear.back().second < close)
        program_.clear.back().second = end;
      else
        program_.clear.push_back({begin, end});
      begin = fast_.next(end, false);
    }
    program_.clear.shrink_to_fit();
  }

  std::string place_of(std::int64_t position) const {
    const auto after = std::upper_bound(pattern_.row_ptr.begin(), pattern_.row_ptr.end(), static_cast<Index>(position));
    return "(" + std::to_string(after - pattern_.row_ptr.begin() - 1) + ", " +
           std::to_string(pattern_.col_ind[static_cast<std::size_t>(position)]) + ")";
  }

  bool disagree(const std::string &text) {
    recorder_.refuse(text);
    if (verifying())
      throw std::logic_error("sparsead: the record of the local strategy contradicts the structure: " + text);
    return false;
  }

  local_recorder &recorder_;
  const csr_pattern<Index> &pattern_;
  local_program &program_;
  std::int64_t nnz_;
  position_set covered_, fast_; // by words of the stream; by fast interiors
  std::vector<std::int32_t> hints_;
  std::vector<std::int64_t> bases_;
  std::size_t write_ = 0;
};

template <class Index> bool local_recorder::convert(const csr_pattern<Index> &pattern, local_program &program) {
  program = {};
  if (!active_ || parts_left())
    return false;
  if (in_stream_) {
    refuse("a loop that is streamed is not left");
    return false;
  }
  if (pattern.col_ind.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    refuse("it has more entries than 32 bits count");
    return false;
  }
  const bool done = stream_builder<Index>(*this, pattern, program).build();
  log_.clear();
  return done;
}

template bool local_recorder::convert(const csr_pattern<std::int32_t> &, local_program &);
template bool local_recorder::convert(const csr_pattern<std::int64_t> &, local_program &);

} // namespace sparsead::rt
