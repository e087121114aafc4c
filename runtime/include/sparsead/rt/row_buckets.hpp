// Single executions, sorted by the part of the rows that they concern while they are recorded: what is found out about
// a part later stays in a cache.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

namespace sparsead::rt {

/// For each part of the rows, records of executions in their order. Records of one loop are alike, or say what they
/// are:
///
///   alike        row, source, [site], columns
///   self-telling row, source, four times the number of columns, 1 more for an assignment, 2 for shared sources; then
///                the time, in two halves, where it is the former, and the site, where it is the latter; columns
///
/// A source is the number of the first column's partial, among all, and those of the others follow; ~: they are
/// negated. Where the sources are shared in another way, the site says how: they count from the first partial that the
/// execution writes. A column -1 is absent, -2 - c is c if the row has it.
///
/// Memory    4 bytes per word, at most 32 KiB more per part; freed part by part.
class row_buckets {
public:
  static constexpr std::int32_t self_telling = -1;
  /// Neighbouring records of a bucket: so many words, each record with so many columns or telling.
  struct stretch {
    std::int64_t time;  ///< when the first of them was executed, or before
    std::int64_t begin; ///< words of the bucket before it
    std::int32_t columns;
    bool shares; ///< does each record say of which site it is?
  };

private:
  struct chunk {
    std::unique_ptr<std::int32_t[]> words;
    std::int64_t used;
  };
  struct bucket {
    std::int32_t *next = nullptr, *end = nullptr; ///< in the last chunk
    std::int64_t time = -1;                       ///< of the last stretch
    std::int64_t before = 0;                      ///< words in other chunks
    std::vector<stretch> stretches;
    std::vector<chunk> chunks;
    std::int64_t words() const { return chunks.empty() ? 0 : before + (next - chunks.back().words.get()); }
  };

public:
  explicit row_buckets(std::int64_t rows) {
    while (rows >> shift_ >= most_parts)
      ++shift_;
    buckets_.resize(static_cast<std::size_t>(rows >> shift_) + 1);
  }
  std::size_t parts() const { return buckets_.size(); }
  std::size_t part_of(std::int64_t row) const { return static_cast<std::size_t>(row >> shift_); }
  std::int64_t first_row(std::size_t part) const { return static_cast<std::int64_t>(part) << shift_; }

  /// Room for a record of so many words, in the bucket of the row; those of one time are alike, or all tell. Throws
  /// std::bad_alloc.
  __attribute__((always_inline)) std::int32_t *append(std::int64_t row, std::int64_t words, std::int32_t columns,
                                                      bool shares, std::int64_t time) {
    bucket &b = buckets_[part_of(row)];
    if (b.end - b.next < words || b.time != time)
      prepare(b, words, {time, 0, columns, shares});
    std::int32_t *const to = b.next;
    b.next += words;
    return to;
  }
  /// Of all buckets.
  std::int64_t words() const {
    std::int64_t count = 0;
    for (const bucket &b : buckets_)
      count += b.words();
    return count;
  }
  const std::vector<stretch> &stretches(std::size_t part) const { return buckets_[part].stretches; }
  /// Of the stretch number k.
  std::int64_t words(std::size_t part, std::size_t k) const {
    const bucket &b = buckets_[part];
    return (k + 1 < b.stretches.size() ? b.stretches[k + 1].begin : b.words()) - b.stretches[k].begin;
  }
  /// Calls visit(first word, end) for pieces of the stretches of a part, in order; a record is in one of them.
  class reader {
  public:
    explicit reader(const row_buckets &of, std::size_t part) : bucket_(of.buckets_[part]) {}
    template <class Visit> void next(std::int64_t words, Visit &&visit) {
      while (words > 0) {
        const auto &chunk = bucket_.chunks[chunk_];
        const std::int64_t here = used(chunk_) - at_, count = here < words ? here : words;
        visit(chunk.words.get() + at_, chunk.words.get() + at_ + count);
        words -= count;
        at_ += count;
        if (count == here) {
          ++chunk_;
          at_ = 0;
        }
      }
    }

  private:
    std::int64_t used(std::size_t k) const {
      return k + 1 < bucket_.chunks.size() ? bucket_.chunks[k].used : bucket_.next - bucket_.chunks[k].words.get();
    }
    const bucket &bucket_;
    std::size_t chunk_ = 0;
    std::int64_t at_ = 0;
  };
  void clear(std::size_t part) { buckets_[part] = {}; }

private:
  static constexpr std::int64_t most_parts = 256;
  static void prepare(bucket &b, std::int64_t words, stretch to);
  int shift_ = 10;
  std::vector<bucket> buckets_;
};

} // namespace sparsead::rt
