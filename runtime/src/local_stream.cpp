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
    std::size_t read = 0;
    while (true) {
      if (longest_.last > longest_.first && read == longest_.begin) {
        read = longest_.end;
        longest_.last = longest_.first;
      }
      if (read >= size)
        break;
      if (log[read] != local_recorder::streamed) {
        if (!convert_site(log, read))
          return false;
        continue;
      }
      std::int64_t begin;
      std::memcpy(&begin, log + read + 1, sizeof begin);
      const std::vector<std::int32_t> &sites = recorder_.loop_sites_[static_cast<std::size_t>(log[read + 3])];
      find_longest_run(sites, log[read + 4], begin);
      read += local_recorder::entry_words + 2 * sites.size();
      write_entry();
      cover(sites);
    }
    if (const std::int64_t missing = first_uncovered(); missing < nnz_)
      return disagree("entry " + place_of(missing) + " of the pattern comes from no store that was recorded");
    if (write_ > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
      recorder_.refuse("its positions do not fit a stream of 2^31 words");
      return false;
    }
    program_.stream.assign(log, log + write_);
    list_gaps();
    return true;
  }

private:
  /// Iterations [first, last) of a streamed loop, words [begin, end) of the record, whose positions are where the
  /// compiler has guessed: from `bases` on in iteration `first`.
  struct run {
    std::int64_t first = 0, last = 0;
    std::size_t begin = 0, end = 0;
    std::vector<std::int64_t> bases;
  };

  static std::int32_t column_of(std::int32_t word) { return word < -1 ? -2 - word : word; }
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
    const bool dead = recorder_.dead(row, read);
    read += parted ? 3 : 2;
    const abi::local_site &of = site(number);
    const std::int32_t slots = of.num_slots;
    const std::int64_t first = partials_ + parts;
    partials_ = first + partials_of(of);
    std::int64_t next = first; // of those that it writes
    for (std::int32_t k = 0; of.sources && k < slots; ++k)
      if (first + partial_of(of, k) < 0)
        return disagree("a store repeats the partials of another one that was not executed");
    std::int32_t *const hints = hints_.data() + recorder_.sites_[static_cast<std::size_t>(number)].first_hint;
    std::int32_t *const out = recorder_.log_.data();
    auto write = [&](std::int32_t k, std::int32_t position) {
      const std::int64_t source = k < 0 ? next : source_of(of, first, k);
      if (k < 0 || source == next) {
        out[write_++] = position;
        next += k < 0 ? 0 : 1;
      } else if (position >= 0) {
        program_.aliases.push_back({position, static_cast<std::int32_t>(source)});
      }
    };
    for (std::int32_t k = -parts; k < slots; ++k) {
      const std::int32_t word = log[read++], column = column_of(word);
      if (column < 0 || dead) {
        write(k, -1);
        continue;
      }
      const std::int64_t position = find(row, column, hints[k < 0 ? slots : k]);
      if (position < 0 && word < 0) { // optional
        write(k, -1);
        continue;
      }
      if (position < 0)
        return disagree("entry (" + std::to_string(row) + ", " + std::to_string(column) +
                        ") of a store is not in the pattern");
      covered_.insert(position);
      write(k, static_cast<std::int32_t>(position));
    }
    return true;
  }

  /// Is the iteration at `at` in the record where the compiler has guessed, `steps` iterations after one with these
  /// bases? A base of -1 is not known yet.
  bool matches(const std::vector<std::int32_t> &sites, std::size_t at, std::int64_t steps,
               std::vector<std::int64_t> &bases) const {
    const std::int32_t *const log = recorder_.log_.data();
    const Index *const columns = pattern_.col_ind.data();
    for (std::size_t s = 0; s < sites.size(); ++s) {
      const abi::local_site &of = site(sites[s]);
      const std::int32_t row = log[at + 1], *const word = log + at + 2;
      if ((recorder_.touched_[static_cast<std::size_t>(row)] & 1) || recorder_.dead(row, at))
        return false;
      at += 2 + static_cast<std::size_t>(of.num_slots);
      const std::int64_t begin = row_begin(row), end = row_begin(std::int64_t(row) + 1);
      for (std::int32_t k = 0; k < of.num_slots; ++k) {
        const std::int32_t column = column_of(word[k]), offset = of.offsets ? of.offsets[k] : -1;
        if ((column < 0) != (offset < 0))
          return false;
        if (offset < 0)
          continue;
        if (bases[s] < 0) {
          std::int32_t hint = 0;
          bases[s] = find(row, column, hint) - offset;
          if (bases[s] < 0)
            return false;
        }
        const std::int64_t position = bases[s] + steps * of.stride + offset;
        if (position < begin || position >= end || columns[position] != static_cast<Index>(column))
          return false;
      }
    }
    return true;
  }

  /// Of the next segments of the record. None: an empty one at `begin`.
  void find_longest_run(const std::vector<std::int32_t> &sites, std::int32_t segments, std::int64_t begin) {
    run &longest = longest_, &open = open_;
    longest.first = longest.last = begin;
    longest.bases.assign(sites.size(), -1);
    std::size_t words = 0; // of an iteration
    for (const std::int32_t s : sites)
      words += 2 + static_cast<std::size_t>(site(s).num_slots);
    for (; segments > 0; --segments) {
      const local_recorder::segment &of = recorder_.segments_[segment_++];
      open.first = open.last = of.first;
      auto close = [&](std::int64_t next) {
        const std::int64_t least = std::max(longest.last - longest.first + 1, local_recorder::shortest_run);
        if (open.last - open.first >= least)
          longest = open;
        open.first = open.last = next;
      };
      for (std::int64_t m = 0; m < of.iterations; ++m) {
        const std::int64_t iv = of.first + m;
        const std::size_t at = of.begin + static_cast<std::size_t>(m) * words;
        if (open.last > open.first) {
          if (matches(sites, at, iv - open.first, open.bases)) {
            ++open.last;
            continue;
          }
          close(iv);
        }
        open.bases.assign(sites.size(), -1);
        open.begin = at;
        open.first = iv;
        open.last = iv + (matches(sites, at, 0, open.bases) ? 1 : 0);
      }
      close(0);
    }
    if (longest.last > longest.first) {
      longest.end = longest.begin + static_cast<std::size_t>(longest.last - longest.first) * words;
      for (std::int64_t &base : longest.bases) // of sites without slots
        base = std::max<std::int64_t>(base, 0);
    }
  }

  void write_entry() {
    std::int32_t *const out = recorder_.log_.data();
    auto write = [&](std::int64_t value) {
      const auto bits = static_cast<std::uint64_t>(value);
      out[write_++] = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits));
      out[write_++] = static_cast<std::int32_t>(static_cast<std::uint32_t>(bits >> 32));
    };
    const std::size_t start = write_;
    write(longest_.first);
    write(longest_.last);
    for (const std::int64_t base : longest_.bases)
      write(base);
    if (!program_.headers.empty() && program_.headers.back().first + program_.headers.back().second == start)
      program_.headers.back().second += write_ - start;
    else
      program_.headers.push_back({start, write_ - start});
  }

  void cover(const std::vector<std::int32_t> &sites) {
    const std::int64_t iterations = longest_.last - longest_.first;
    for (std::size_t s = 0; s < sites.size(); ++s) {
      const abi::local_site &of = site(sites[s]);
      for (std::int32_t k = 0; k < of.num_slots; ++k) {
        if (!of.offsets || of.offsets[k] < 0)
          continue;
        program_.fast_slots += iterations;
        std::int64_t position = longest_.bases[s] + of.offsets[k];
        for (std::int64_t m = 0; m < iterations; ++m, position += of.stride)
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

  void list_gaps() {
    for (std::int64_t begin = fast_.next(0, false); begin < nnz_;) {
      const std::int64_t end = fast_.next(begin, true);
      program_.gaps.push_back({begin, end});
      begin = fast_.next(end, false);
    }
    program_.gaps.shrink_to_fit();
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
  run longest_, open_; // of the streamed loop that was entered last
  std::size_t segment_ = 0, write_ = 0;
  std::int64_t partials_ = 0;
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
