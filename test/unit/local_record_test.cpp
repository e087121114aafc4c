// The recorder of the strategy `local`: hand-written sequences of hooks, and random programs whose stream a mock kernel
// consumes with known partials, held against a dense accumulation.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>

#include "sparsead/rt/inspector.hpp"
#include "sparsead/rt/local_gather.hpp"
#include "sparsead/rt/local_record.hpp"

using namespace sparsead::rt;
namespace rtabi = sparsead::abi;

namespace {

constexpr std::int32_t width = 2;

/// Sites as the compiler describes them.
const std::int32_t tridiagonal_offsets[] = {1, 0, 2}, doubled_offsets[] = {0, 1, 1}, half_offsets[] = {-1, 0, 1},
                   shared_lanes[] = {1, 0, 1}, negated[] = {-5, -3, -1}, symmetric[] = {0, 2, 3, 0};
enum number {
  add3,
  assign2,
  row2,
  add_temporary,
  tridiagonal,
  pair_even,
  pair_odd,
  in_loop_add,
  assign0,
  row_shared,
  add_negated,
  add_symmetric
};
const rtabi::local_site sites[] = {
    {rtabi::local_add, 3, -1, 0, nullptr},
    {rtabi::local_assign, 2, -1, 0, nullptr},
    {rtabi::local_row, 2, -1, 0, nullptr},
    {rtabi::local_add, 1 + width, -1, 0, nullptr},
    {rtabi::local_assign, 3, 0, 3, tridiagonal_offsets},
    {rtabi::local_assign, 3, 1, 4, doubled_offsets},
    {rtabi::local_assign, 3, 1, 4, half_offsets},
    {rtabi::local_add, 1, 2, 1, nullptr},
    {rtabi::local_assign, 0, 0 - 1, 0, nullptr},
    {rtabi::local_row, 3, -1, 0, shared_lanes},
    {rtabi::local_add, 3, -1, 0, nullptr, negated, 0},
    {rtabi::local_add, 4, -1, 0, nullptr, symmetric, 2},
};
constexpr std::int32_t num_sites = sizeof sites / sizeof *sites;
const rtabi::local_descriptor descriptor{width, 0, num_sites, 3, sites, nullptr};

/// An inspector of r[rows] <- u[cols]; work[8], with its recorder, and the pattern that the inspector's marks would
/// give.
class bench {
public:
  bench(int rows, int cols, bool sparse_rows = false)
      : stride(sparse_rows ? 2 : 1), r(std::size_t(rows * stride) + 1), work(8), state(cols),
        recorder(descriptor, rows, cols), rows_(rows), cols_(cols) {
    state.add_object("r", r.data(), std::int64_t(rows) * stride * 8, true, false);
    state.add_object("work", work.data(), 64, true, false);
    if (sparse_rows) {
      recorder.rows.add_sparse(r.data(), r.data() + rows * stride, 4);
      for (int i = 0; i < rows; ++i)
        recorder.rows.set(r.data() + i * stride, i);
    } else {
      recorder.rows.add_dense(r.data(), r.data() + rows, 3, 0);
    }
    state.recorder = &recorder;
  }
  void *handle() { return static_cast<sparsead_inspector_header *>(&state); }
  double *row(int i) { return r.data() + i * stride; }

  /// Columns; -1: absent.
  void site(int number, int i, const std::vector<int> &columns) {
    marks_.clear();
    for (const int j : columns)
      marks_.push_back(j < 0 ? j == -1 ? 0 : 1 : 2 + j);
    if (sites[number].kind == rtabi::local_assign)
      overwrite(i);
    entries.merge(terms_[number]);
    terms_[number].clear();
    for (const int j : columns)
      if (j >= 0)
        entries.insert({i, j});
    ASSERT_EQ(int(columns.size()), sites[number].num_slots);
    sparsead_rt_site(handle(), number, row(i), 0, marks_.data());
  }
  void part(int number, int group, int i, const std::vector<int> &columns) {
    marks_.clear();
    for (const int j : columns) {
      marks_.push_back(j < 0 ? 0 : 2 + j);
      if (j >= 0)
        terms_[number].insert({i, j});
    }
    sparsead_rt_site_part(handle(), number, group, marks_.data(), int(columns.size()));
  }

  void clear(int i, int count) {
    for (int k = 0; k < count; ++k)
      overwrite(i + k);
    sparsead_rt_site_clear(handle(), row(i), std::int64_t(count) * stride * 8, 0);
  }
  /// Branches: what both sides assign stays in the pattern.
  void branch() {
    ++depth_;
    sparsead_rt_branch_begin(handle());
  }
  void other() { sparsead_rt_branch_other(handle()); }
  void joined() {
    --depth_;
    sparsead_rt_branch_end(handle());
  }

  template <class Index = std::int32_t> csr_pattern<Index> pattern() const {
    csr_pattern<Index> p{Index(rows_), Index(cols_), {0}, {}};
    auto entry = entries.begin();
    for (int i = 0; i < rows_; ++i) {
      for (; entry != entries.end() && entry->first == i; ++entry)
        p.col_ind.push_back(Index(entry->second));
      p.row_ptr.push_back(Index(p.col_ind.size()));
    }
    return p;
  }
  int position(int i, int j) const { return int(std::distance(entries.begin(), entries.find({i, j}))); }
  bool convert() {
    state.finish();
    return recorder.convert(pattern(), program);
  }
  std::string refusal() {
    if (convert())
      return "local";
    return recorder.reason();
  }

  const int stride;
  std::vector<double> r, work;
  inspector state;
  local_recorder recorder;
  local_program program;
  std::set<std::pair<int, int>> entries;

private:
  void overwrite(int i) {
    if (depth_ == 0)
      entries.erase(entries.lower_bound({i, 0}), entries.lower_bound({i + 1, 0}));
  }

  int rows_, cols_, depth_ = 0;
  std::vector<sparsead_mark> marks_;
  std::map<int, std::set<std::pair<int, int>>> terms_; // of sums, by site
};

/// r[i] from u[i-1], u[i], u[i+1]: a streamed loop whose ends lack neighbours.
void record_tridiagonal(bench &b, int n) {
  sparsead_rt_stream_begin(b.handle(), 0, 1, n - 1);
  for (int i = 0; i < n; ++i) {
    sparsead_rt_stream_iteration(b.handle(), i);
    b.site(tridiagonal, i, {i, i > 0 ? i - 1 : -1, i + 1 < n ? i + 1 : -1});
  }
  sparsead_rt_stream_end(b.handle());
}

using words = std::vector<std::int32_t>;

TEST(LocalRecord, TridiagonalHasAFastInterior) {
  const int n = 1000;
  bench b(n, n);
  record_tridiagonal(b, n);
  ASSERT_TRUE(b.convert()) << b.recorder.reason();
  // The fast range; the base: what its first row's leftmost position is; then the words of the two ends.
  EXPECT_EQ(b.program.stream, (words{1, 0, n - 1, 0, 2, 0, 0, -1, 1, 3 * n - 3, 3 * n - 4, -1}));
  EXPECT_EQ(b.program.fast_slots, 3 * (n - 2));
  EXPECT_EQ(b.program.gaps, (std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 2}, {3 * n - 4, 3 * n - 2}}));
  EXPECT_LE(b.program.stream.capacity(), 16u);
}

TEST(LocalRecord, WideIndicesGiveTheSame) {
  bench a(40, 40), b(40, 40, true);
  record_tridiagonal(a, 40);
  record_tridiagonal(b, 40);
  ASSERT_TRUE(a.convert());
  local_program wide;
  b.state.finish();
  ASSERT_TRUE(b.recorder.convert(b.pattern<std::int64_t>(), wide));
  EXPECT_EQ(a.program.stream, wide.stream);
  EXPECT_TRUE(a.program == wide);
}

TEST(LocalRecord, EmptyInteriorsAndEmptyLoops) {
  bench b(4, 4);
  sparsead_rt_stream_begin(b.handle(), 0, 1, 0);
  sparsead_rt_stream_end(b.handle());
  sparsead_rt_stream_begin(b.handle(), 0, 5, 2); // all boundary
  for (int i = 0; i < 2; ++i) {
    sparsead_rt_stream_iteration(b.handle(), i);
    b.site(tridiagonal, i, {i, -1, i + 1});
  }
  sparsead_rt_stream_end(b.handle());
  ASSERT_TRUE(b.convert()) << b.recorder.reason();
  EXPECT_EQ(b.program.stream, (words{1, 0, 1, 0, -1, -1, 5, 0, 5, 0, -1, -1, 0, -1, 1, 2, -1, 3}));
  EXPECT_EQ(b.program.gaps, (std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 4}}));
}

TEST(LocalRecord, InteriorsOfSeveralSitesWithEqualAndAbsentPositions) {
  const int n = 50;
  bench b(2 * n, n + 1);
  sparsead_rt_stream_begin(b.handle(), 1, 0, n);
  for (int i = 0; i < n; ++i) {
    sparsead_rt_stream_iteration(b.handle(), i);
    b.site(pair_even, 2 * i, {i, i + 1, i + 1});
    b.site(pair_odd, 2 * i + 1, {-1, i, i + 1});
  }
  sparsead_rt_stream_end(b.handle());
  ASSERT_TRUE(b.convert());
  EXPECT_EQ(b.program.stream, (words{0, 0, n, 0, 0, 0, 2, 0}));
  EXPECT_EQ(b.program.fast_slots, 5 * n);
  EXPECT_TRUE(b.program.gaps.empty());
}

/// What ends a run of fast iterations: the longest one is left, and the words of all other iterations are in the
/// stream.
TEST(LocalRecord, DisturbedInteriors) {
  const int n = 20;
  // first, last, words.
  auto disturbed = [&](auto &&disturb) {
    bench b(n + 2, n);
    sparsead_rt_stream_begin(b.handle(), 0, 1, n - 1);
    for (int i = 0; i < n; ++i) {
      sparsead_rt_stream_iteration(b.handle(), i);
      disturb(b, i, [&] { b.site(tridiagonal, i, {i, i > 0 ? i - 1 : -1, i + 1 < n ? i + 1 : -1}); });
    }
    sparsead_rt_stream_end(b.handle());
    disturb(b, n, [] {});
    EXPECT_TRUE(b.convert()) << b.recorder.reason();
    const words &stream = b.program.stream;
    EXPECT_EQ(stream.at(1) + stream.at(3), 0);
    EXPECT_EQ(b.program.fast_slots, 3 * (stream[2] - stream[0]));
    const int base = stream[2] > stream[0] ? b.position(stream[0], stream[0] - 1) : -1;
    EXPECT_EQ(stream.at(4), base);
    EXPECT_EQ(stream.at(5), base < 0 ? -1 : 0);
    return words{stream[0], stream[2], int(stream.size())};
  };
  const int entry = 6;
  auto expected = [&](int first, int last, int more = 0) {
    return words{first, last, entry + 3 * (n - last + first) + more};
  };
  // Another store adds to an interior row: afterwards, inside (to a row that is stored to later, too: the loop
  // assigns).
  EXPECT_EQ(disturbed([&](bench &b, int i, auto go) {
              go();
              if (i == n)
                b.site(add3, 7, {3, -1, -1});
            }),
            expected(8, n - 1, 3));
  EXPECT_EQ(disturbed([&](bench &b, int i, auto go) {
              if (i == 0)
                b.site(add3, 7, {3, -1, -1});
              go();
            }),
            expected(1, n - 1, 3));
  // Another site in an iteration; a site that is skipped once; executed twice (for another row); terms of a sum; a
  // branch.
  EXPECT_EQ(disturbed([](bench &b, int i, auto go) {
              go();
              if (i == 9)
                b.site(add3, 21, {3, -1, -1});
            }),
            expected(10, n - 1, 3));
  EXPECT_EQ(disturbed([](bench &, int i, auto go) {
              if (i != 10)
                go();
            }),
            expected(1, 10, -3));
  EXPECT_EQ(disturbed([](bench &b, int i, auto go) {
              go();
              if (i == 10)
                b.site(tridiagonal, 20, {4, 3, 5});
            }),
            expected(1, 10, 3));
  EXPECT_EQ(disturbed([](bench &b, int i, auto go) {
              if (i == 8)
                b.part(tridiagonal, 0, 8, {3});
              go();
            }),
            expected(9, n - 1, 1));
  EXPECT_EQ(disturbed([](bench &b, int i, auto go) {
              if (i == 10)
                b.branch();
              go();
              if (i == 10) {
                b.other();
                b.joined();
              }
            }),
            expected(1, 10));
  // Columns that are not where they were guessed; an absent one; rows out of order.
  EXPECT_EQ(disturbed([](bench &b, int i, auto go) {
              if (i == 10)
                b.site(tridiagonal, 10, {9, 10, 11});
              else
                go();
            }),
            expected(1, 10));
  EXPECT_EQ(disturbed([](bench &b, int i, auto go) {
              if (i == 8)
                b.site(tridiagonal, 8, {8, -1, 9});
              else
                go();
            }),
            expected(9, n - 1));
  EXPECT_EQ(disturbed([](bench &b, int i, auto go) {
              if (i == 10 || i == 11)
                b.site(tridiagonal, 21 - i, {i, i - 1, i + 1});
              else
                go();
            }),
            expected(1, 10));
  // Rows that are overwritten: at the ends, in the middle, by nothing, by a sum, all.
  for (const int number : {int(assign2), int(assign0)})
    EXPECT_EQ(disturbed([&](bench &b, int i, auto go) {
                go();
                for (const int row : {0, 1, 2, 12, n - 2})
                  if (i == n)
                    b.site(number, row, std::vector<int>(std::size_t(sites[number].num_slots), 4));
              }),
              expected(3, 12, 5 * sites[number].num_slots));
  EXPECT_EQ(disturbed([&](bench &b, int i, auto go) {
              go();
              if (i == n) {
                b.part(assign2, 0, 3, {1, 2});
                b.site(assign2, 3, {5, -1});
              }
            }),
            expected(4, n - 1, 4));
  EXPECT_EQ(disturbed([](bench &b, int i, auto go) {
              go();
              if (i == n)
                b.clear(3, n - 6);
            }),
            expected(1, 1));
  // Three iterations are not worth it, four are.
  for (const int length : {3, 4})
    EXPECT_EQ(disturbed([&](bench &, int i, auto go) {
                if (i <= length || i % 4 == 3)
                  go();
              }),
              length == 3 ? expected(1, 1, -3 * 12) : expected(1, 5, -3 * 11));
}

TEST(LocalRecord, FastRangesHaveNoGaps) {
  const int n = 20;
  bench b(n, n);
  sparsead_rt_stream_begin(b.handle(), 0, 1, n - 1);
  for (int i = 1; i < n - 1; ++i) {
    sparsead_rt_stream_iteration(b.handle(), i < 8 ? i : i + 1);
    b.site(tridiagonal, i, {i, i - 1, i + 1});
  }
  sparsead_rt_stream_end(b.handle());
  ASSERT_TRUE(b.convert()) << b.recorder.reason();
  EXPECT_EQ(b.program.stream[0], 9);
  EXPECT_EQ(b.program.stream[2], n - 1);
  EXPECT_EQ(b.program.stream[4], b.position(8, 7));
}

TEST(LocalRecord, OverwrittenEntriesAreAbsent) {
  bench b(4, 6);
  b.site(assign2, 0, {0, 1});
  b.site(add3, 1, {0, 1, 2});
  b.branch();
  b.site(assign2, 2, {3, 4});
  b.other();
  b.part(add3, 0, 2, {1});
  b.site(add3, 2, {0, 0, 0});
  b.joined();
  b.site(assign2, 3, {1, 2});
  b.site(assign2, 0, {2, 3}); // and again
  b.site(add3, 0, {5, -1, 2});
  b.clear(1, 1);
  b.site(assign0, 3, {});
  b.site(assign2, 2, {1, 0}); // also what came from branches
  b.branch();
  b.site(assign2, 3, {2, 4}); // a row without entries again
  b.other();
  b.joined();
  ASSERT_TRUE(b.convert()) << b.recorder.reason();
  auto p = [&](int i, int j) { return b.position(i, j); };
  EXPECT_EQ(b.entries.size(), 7u);
  EXPECT_EQ(b.program.stream,
            (words{-1, -1, -1,      -1,      -1,      -1, -1,      -1,      -1,      -1,      -1,
                   -1, -1, p(0, 2), p(0, 3), p(0, 5), -1, p(0, 2), p(2, 1), p(2, 0), p(3, 2), p(3, 4)}));
}

/// What is dead does not vouch for an entry of the pattern.
TEST(LocalRecord, OverwrittenEntriesAreNoSource) {
  bench b(2, 2);
  b.site(assign2, 0, {0, 1});
  b.site(assign2, 0, {1, 1});
  b.entries.insert({0, 0});
  EXPECT_NE(b.refusal().find("entry (0, 0) of the pattern comes from no store"), std::string::npos);
}

TEST(LocalRecord, ALoopOverwritesAnother) {
  const int n = 30;
  bench b(n, n);
  record_tridiagonal(b, n);
  record_tridiagonal(b, n);
  ASSERT_TRUE(b.convert()) << b.recorder.reason();
  words expected{1, 0, 1, 0, -1, -1};
  expected.insert(expected.end(), 3 * n, -1);
  for (const int word : {1, 0, n - 1, 0, 2, 0, 0, -1, 1, 3 * n - 3, 3 * n - 4, -1})
    expected.push_back(word);
  EXPECT_EQ(b.program.stream, expected);
}

TEST(LocalRecord, FastRowsMayBeZeroedBefore) {
  const int n = 20;
  bench b(n, n);
  for (int i = 0; i < n; ++i)
    b.site(assign0, i, {});
  sparsead_rt_site_clear(b.handle(), b.row(0), n * 8, 0);
  record_tridiagonal(b, n);
  ASSERT_TRUE(b.convert()) << b.recorder.reason();
  EXPECT_EQ(b.program.fast_slots, 3 * (n - 2));
}

TEST(LocalRecord, EdgesAccumulate) {
  // Each edge adds to both of its nodes; duplicates inside one execution stay two words.
  bench b(5, 5);
  const int edges[][2] = {{0, 3}, {3, 1}, {4, 3}, {2, 2}};
  for (auto [x, y] : edges) {
    b.site(add3, x, {x, y, -1});
    b.site(add3, y, {y, x, -2});
  }
  ASSERT_TRUE(b.convert());
  words expected;
  for (auto [x, y] : edges)
    for (auto [i, j] : {std::pair(x, y), std::pair(y, x)})
      expected.insert(expected.end(), {b.position(i, i), b.position(i, j), -1});
  EXPECT_EQ(b.program.stream, expected);
}

TEST(LocalRecord, TermsOfSumsByGroups) {
  bench b(2, 9);
  b.part(add3, 0, 0, {0, 1});
  b.part(add3, 2, 0, {2});
  b.part(add3, 0, 0, {3, -1});
  b.part(add3, 2, 0, {4});
  b.part(assign2, 0, 1, {5}); // of another site
  b.site(add3, 0, {8, 7, 6});
  b.site(assign2, 1, {1, 2});
  b.part(add3, 1, 1, {1}); // of the next execution
  b.site(add3, 1, {-1, -1, 3});
  ASSERT_TRUE(b.convert()) << b.recorder.reason();
  auto p = [&](int i, int j) { return b.position(i, j); };
  EXPECT_EQ(b.program.stream, (words{p(0, 2), p(0, 4), p(0, 0), p(0, 1), p(0, 3), -1, p(0, 8), p(0, 7), p(0, 6),
                                     p(1, 5), p(1, 1), p(1, 2), p(1, 1), -1, -1, p(1, 3)}));
}

std::vector<int> loaded(bench &b, const void *shadow) {
  sparsead_mark marks[width] = {-7, -7};
  sparsead_rt_row_load(b.handle(), shadow, 0, marks, width);
  return {marks[0], marks[1]};
}

TEST(LocalRecord, TemporariesCarryMarks) {
  bench b(2, 9);
  double primal[6] = {};
  const std::int64_t token = sparsead_rt_scope_begin(b.handle());
  auto *t = static_cast<double *>(sparsead_rt_local(b.handle(), primal, sizeof primal));
  EXPECT_EQ(loaded(b, t), (std::vector<int>{0, 0}));
  const sparsead_mark first[] = {5, 1}, second[] = {3, 4};
  sparsead_rt_site(b.handle(), row2, t + 1, 0, first);
  sparsead_rt_site(b.handle(), row2, t + 2, 0, first);
  EXPECT_EQ(loaded(b, t + 1), (std::vector<int>{5, 0}));
  sparsead_rt_site(b.handle(), row2, t + 1, 0, second);
  EXPECT_EQ(loaded(b, t + 1), (std::vector<int>{3, 4}));
  EXPECT_EQ(loaded(b, t + 2), (std::vector<int>{5, 0}));
  sparsead_rt_site_clear(b.handle(), t + 2, 16, 0);
  EXPECT_EQ(loaded(b, t + 1), (std::vector<int>{3, 4}));
  EXPECT_EQ(loaded(b, t + 2), (std::vector<int>{0, 0}));
  sparsead_rt_scope_end(b.handle(), token);
  // The same memory again is another array; heap and specified arrays work alike.
  auto *again = static_cast<double *>(sparsead_rt_local(b.handle(), primal, sizeof primal));
  EXPECT_EQ(again, t);
  EXPECT_EQ(loaded(b, again + 1), (std::vector<int>{0, 0}));
  sparsead_rt_site(b.handle(), row2, b.work.data() + 7, 0, second);
  EXPECT_EQ(loaded(b, b.work.data() + 7), (std::vector<int>{3, 4}));
  auto *heap = static_cast<float *>(sparsead_rt_heap(b.handle(), primal, 24));
  sparsead_rt_site(b.handle(), row2, heap + 1, 0, second);
  EXPECT_EQ(loaded(b, heap + 1), (std::vector<int>{3, 4}));
  EXPECT_EQ(loaded(b, heap), (std::vector<int>{0, 0}));
  sparsead_rt_release(b.handle(), heap, nullptr, 0);
  EXPECT_TRUE(b.convert());
  EXPECT_TRUE(b.program.stream.empty()); // temporaries have no words
}

TEST(LocalRecord, SlotsShareLanes) {
  const std::vector<std::vector<sparsead_mark>> marks = {{6, 4, 6},  {0, 4, 6},  {6, 1, 0},
                                                         {~6, 4, 6}, {6, 0, ~6}, {~6, 0, ~6}};
  const std::vector<std::vector<int>> kept = {{4, 6}, {4, 6}, {0, 6}, {4, 6}, {0, 6}, {0, ~6}};
  for (std::size_t k = 0; k < marks.size(); ++k) {
    bench b(2, 9);
    sparsead_rt_site(b.handle(), row_shared, b.work.data() + 1, 0, marks[k].data());
    EXPECT_EQ(loaded(b, b.work.data() + 1), kept[k]) << k;
    EXPECT_TRUE(b.convert());
  }
  bench b(2, 9);
  const sparsead_mark different[] = {6, 4, 7};
  sparsead_rt_site(b.handle(), row_shared, b.work.data() + 1, 0, different);
  EXPECT_FALSE(b.convert());
  EXPECT_NE(b.recorder.reason().find("in one place"), std::string::npos) << b.recorder.reason();
}

TEST(LocalRecord, PartialsAreSharedWithSigns) {
  bench b(3, 4);
  b.site(assign2, 0, {0, 1});
  b.site(add3, 1, {0, -1, 2});
  b.site(add_negated, 2, {0, -1, 2});
  b.site(add3, 1, {3, 2, 2});
  b.site(add_negated, 1, {3, 2, 2});
  ASSERT_TRUE(b.convert()) << b.recorder.reason();
  auto p = [&](int i, int j) { return b.position(i, j); };
  EXPECT_EQ(b.program.stream, (words{p(0, 0), p(0, 1), p(1, 0), -1, p(1, 2), p(1, 3), p(1, 2), p(1, 2)}));
  EXPECT_EQ(b.program.aliases, (std::vector<std::pair<std::int32_t, std::int32_t>>{
                                   {p(2, 0), ~2}, {p(2, 2), ~4}, {p(1, 3), ~5}, {p(1, 2), ~6}, {p(1, 2), ~7}}));
  const local_gather gather(b.program);
  EXPECT_TRUE(gather.consistent(7));
  std::vector<double> buffer(std::size_t(gather.buffer_size())), values(7, -1);
  for (int k = 0; k < 8; ++k)
    buffer[std::size_t(k)] = 1 << k;
  gather.run(buffer.data(), values.data());
  EXPECT_EQ(values, (std::vector<double>{1, 2, 4, 16, 0, -4, -16}));

  bench first(3, 4);
  first.site(add_negated, 2, {0, -1, 2}); // of nothing
  EXPECT_FALSE(first.convert());
}

TEST(LocalRecord, PartialsAreSharedInsideOfASite) {
  bench b(2, 4);
  b.site(assign2, 0, {0, 1});
  b.site(add_symmetric, 1, {0, 1, 2, 3});
  b.site(assign2, 0, {2, 3});
  ASSERT_TRUE(b.convert()) << b.recorder.reason();
  auto p = [&](int i, int j) { return b.position(i, j); };
  EXPECT_EQ(b.program.stream, (words{-1, -1, p(1, 0), p(1, 1), p(0, 2), p(0, 3)}));
  EXPECT_EQ(b.program.aliases, (std::vector<std::pair<std::int32_t, std::int32_t>>{{p(1, 2), ~3}, {p(1, 3), 2}}));
}

TEST(LocalRecord, BranchesRecordBothSides) {
  bench b(3, 4);
  b.site(assign0, 0, {});
  b.branch();
  b.site(assign2, 0, {0, 1});
  b.site(add3, 0, {2, -1, -1});
  b.other();
  b.branch();
  b.site(assign2, 0, {3, 0});
  b.other();
  b.site(assign2, 0, {1, 1});
  b.joined();
  b.joined();
  b.site(add3, 0, {3, -1, -1});
  ASSERT_TRUE(b.convert()) << b.recorder.reason();
  EXPECT_EQ(b.program.stream, (words{0, 1, 2, -1, -1, 3, 0, 1, 1, 3, -1, -1}));
}

/// Every reason for refusal, by a word of it; each after something legal, and followed by hooks that must do no harm.
TEST(LocalRecord, Refusals) {
  auto refused = [](auto &&disturb) {
    bench b(6, 6);
    b.site(assign2, 0, {0, 1});
    disturb(b);
    b.site(add3, 1, {2, 3, 4});
    sparsead_rt_stream_begin(b.handle(), 0, 0, 1);
    sparsead_rt_stream_iteration(b.handle(), 0);
    sparsead_rt_stream_end(b.handle());
    sparsead_mark marks[width] = {9, 9};
    sparsead_rt_row_load(b.handle(), b.work.data(), 0, marks, width);
    EXPECT_EQ(marks[0] + marks[1], 0);
    return b.refusal();
  };
#define REFUSED(word, ...)                                                                                             \
  EXPECT_NE(refused([](bench & b) __VA_ARGS__).find(word), std::string::npos) << refused([](bench & b) __VA_ARGS__)
  const sparsead_mark marks[] = {2, 3, 4};
  (void)marks;
  EXPECT_EQ(refused([](bench &) {}), "local");
  // Branches: on the same side; before and after; in a side of a later branch; beside an entry from before.
  REFUSED("row 0 is assigned again under a condition", {
    sparsead_rt_branch_begin(b.handle());
    b.site(assign0, 0, {});
  });
  REFUSED("row 2 is assigned again", {
    sparsead_rt_branch_begin(b.handle());
    b.site(assign2, 2, {0, -1});
    b.site(assign2, 2, {1, -1});
  });
  REFUSED("row 2 is assigned again", {
    sparsead_rt_branch_begin(b.handle());
    sparsead_rt_branch_begin(b.handle());
    b.site(assign2, 2, {0, -1});
    sparsead_rt_branch_other(b.handle());
    sparsead_rt_branch_end(b.handle());
    b.site(assign2, 2, {1, -1});
  });
  REFUSED("row 2 is assigned again", {
    sparsead_rt_branch_begin(b.handle());
    b.site(assign2, 2, {0, -1});
    sparsead_rt_branch_other(b.handle());
    b.site(assign2, 2, {1, -1});
    b.site(assign2, 2, {1, -1});
  });
  REFUSED("row 2 is assigned again", {
    sparsead_rt_branch_begin(b.handle());
    b.site(assign2, 2, {0, -1});
    sparsead_rt_branch_other(b.handle());
    sparsead_rt_branch_end(b.handle());
    sparsead_rt_branch_begin(b.handle());
    sparsead_rt_branch_other(b.handle());
    b.site(assign2, 2, {1, -1});
  });
  REFUSED("row 0 is assigned again", {
    sparsead_rt_branch_begin(b.handle());
    b.site(assign2, 0, {0, -1});
  });
  // The entry that stays in mind must be the one that is hardest to exclude: an assignment on both levels.
  REFUSED("row 2 is assigned again", {
    sparsead_rt_branch_begin(b.handle());
    b.site(assign2, 2, {0, -1});
    sparsead_rt_branch_begin(b.handle());
    b.site(add3, 2, {0, -1, -1});
    sparsead_rt_branch_other(b.handle());
    b.site(assign2, 2, {0, -1});
  });
  REFUSED("depends on several inputs", {
    const sparsead_mark set = sparsead_rt_union2(b.handle(), 2, 3), list[] = {0, set, 0};
    sparsead_rt_site(b.handle(), add3, b.row(3), 0, list);
  });
  REFUSED("depends on several inputs", {
    const sparsead_mark set = sparsead_rt_union2(b.handle(), 2, 3);
    sparsead_rt_site_part(b.handle(), add3, 0, &set, 1);
  });
  REFUSED("depends on several inputs", {
    const sparsead_mark list[] = {sparsead_rt_union2(b.handle(), 2, 3), 0};
    sparsead_rt_site(b.handle(), row2, b.work.data(), 0, list);
  });
  REFUSED("address of a store", {
    const sparsead_mark list[] = {0, 2, 0};
    sparsead_rt_site(b.handle(), add3, b.row(3), 8, list);
  });
  REFUSED("address of a store", {
    const sparsead_mark list[] = {0, 2, 0};
    sparsead_rt_site(b.handle(), add3, nullptr, 0, list);
  });
  REFUSED("hits something else", {
    const sparsead_mark list[] = {0, 2, 0};
    sparsead_rt_site(b.handle(), add3, b.work.data(), 0, list);
  });
  REFUSED("hits something else", {
    const sparsead_mark list[] = {0, 2, 0};
    sparsead_rt_site(b.handle(), add3, reinterpret_cast<char *>(b.row(3)) + 4, 0, list);
  });
  REFUSED("hits something else", {
    const sparsead_mark list[] = {2, 0};
    double elsewhere;
    sparsead_rt_site(b.handle(), row2, &elsewhere, 0, list);
  });
  REFUSED("table of sites", {
    const sparsead_mark list[] = {2, 0};
    sparsead_rt_site(b.handle(), num_sites, b.row(3), 0, list);
  });
  REFUSED("read at an address", {
    sparsead_mark list[] = {2, 3};
    sparsead_rt_row_load(b.handle(), b.work.data(), -1, list, width);
    EXPECT_EQ(list[0] + list[1], 0);
  });
  REFUSED("filled is not known", { sparsead_rt_site_clear(b.handle(), b.work.data(), 8, 8); });
  REFUSED("filled under a condition", {
    sparsead_rt_branch_begin(b.handle());
    sparsead_rt_site_clear(b.handle(), b.work.data(), 8, 0);
  });
  REFUSED("temporary array is written under a condition", {
    const sparsead_mark list[] = {2, 0};
    sparsead_rt_branch_begin(b.handle());
    sparsead_rt_site(b.handle(), row2, b.work.data(), 0, list);
  });
  REFUSED("loop whose end depends", {
    sparsead_rt_loop_begin(b.handle());
    b.site(add3, 3, {1, 2, 3});
    sparsead_rt_loop_end(b.handle());
  });
  REFUSED("loop whose end depends", {
    sparsead_rt_loop_begin(b.handle());
    sparsead_rt_stream_begin(b.handle(), 0, 0, 0);
  });
  REFUSED("from within another", {
    sparsead_rt_stream_begin(b.handle(), 0, 0, 0);
    sparsead_rt_stream_begin(b.handle(), 1, 0, 0);
  });
  {
    bench b(2, 2);
    sparsead_rt_stream_begin(b.handle(), 0, 0, 0);
    EXPECT_NE(b.refusal().find("is not left"), std::string::npos);
  }
  REFUSED("not stored in each case", { b.part(assign2, 0, 3, {}), b.part(assign2, 0, 3, {1}); });
  REFUSED("not stored in each case", {
    sparsead_rt_stream_begin(b.handle(), 2, 0, 0);
    for (int i = 0; i < 3; ++i) {
      sparsead_rt_stream_iteration(b.handle(), i);
      b.part(in_loop_add, 0, i, {1});
      if (i != 1)
        b.site(in_loop_add, i, {1});
    }
    sparsead_rt_stream_end(b.handle());
  });
  REFUSED("(3, 5) of a store is not in the pattern", {
    b.site(add3, 3, {5, -1, -1});
    b.entries.erase({3, 5});
  });
  REFUSED("entry (4, 2) of the pattern", { b.entries.insert({4, 2}); });
#undef REFUSED
}

TEST(LocalRecord, LoopsWithoutSitesAreFine) {
  bench b(2, 2);
  sparsead_rt_loop_begin(b.handle());
  sparsead_rt_loop_exit(b.handle());
  while (sparsead_rt_loop_iterate(b.handle(), 0, 1))
    ;
  sparsead_rt_loop_end(b.handle());
  b.site(assign2, 0, {0, 1});
  EXPECT_TRUE(b.convert());
}

TEST(LocalRecord, ContradictionsThrowWhereAsked) {
  ::setenv("SPARSEAD_VERIFY", "1", 1);
  bench b(2, 2);
  b.site(assign2, 0, {0, 1});
  b.entries.erase({0, 1});
  EXPECT_THROW(b.convert(), std::logic_error);
  ::unsetenv("SPARSEAD_VERIFY");
}

TEST(LocalRecord, NothingIsRecordedWithoutARecorder) {
  inspector state(3);
  void *const handle = static_cast<sparsead_inspector_header *>(&state);
  sparsead_mark marks[] = {2, 3, 4};
  double x[4] = {};
  sparsead_rt_site(handle, 0, x, 0, marks);
  sparsead_rt_site_part(handle, 0, 0, marks, 3);
  sparsead_rt_row_load(handle, x, 0, marks, width);
  sparsead_rt_site_clear(handle, x, 8, 0);
  sparsead_rt_stream_begin(handle, 0, 0, 1);
  sparsead_rt_stream_iteration(handle, 0);
  sparsead_rt_stream_end(handle);
  sparsead_rt_branch_begin(handle);
  sparsead_rt_branch_other(handle);
  sparsead_rt_branch_end(handle);
  EXPECT_EQ(marks[2], 4);
  state.finish();
}

//===-- Random programs -------------------------------------------------------------------------------------------===//

/// One thing that a program does. Partials are numbers of the program, so that the oracle and the kernel agree on them.
struct slot {
  int column; // -1: absent
  double partial;
};
struct operation {
  enum kind { site, row_store, stream, iteration, end, branch, clear } what;
  int number = 0, row = 0, element = 0;
  std::vector<slot> slots;
  std::vector<std::pair<int, std::vector<slot>>> parts; // group, terms
  std::int64_t begin = 0, upper = 0;                    // of the interior; iteration: iv
  bool taken = true;                                    // the first side of a branch
  std::vector<operation> first, second;
};
using operations = std::vector<operation>;

class generator {
public:
  generator(unsigned seed, int rows, int cols) : random_(seed), rows_(rows), cols_(cols) {}

  operations program() {
    operations list;
    while (next_row_ < rows_)
      add(list, outside);
    for (int k = up_to(3); k > 0; --k)
      add(list, outside);
    return list;
  }

private:
  int up_to(int n) { return int(random_() % unsigned(n)); }
  slot some() { return {up_to(4) ? up_to(cols_) : -1, 0.5 + up_to(100)}; }
  std::vector<slot> some(int n) {
    std::vector<slot> list;
    for (int k = 0; k < n; ++k)
      list.push_back(some());
    return list;
  }
  int old_row() { return up_to(next_row_); }

  /// Where: in a branch, in a streamed loop, or neither.
  enum place { outside, in_branch, in_stream };
  void add(operations &list, place where, int depth = 0) {
    operation o{};
    switch (up_to(where == outside ? 10 : where == in_branch ? 6 : 5)) {
    case 0:
      o.number = add3;
      o.row = old_row();
      o.slots = some(3);
      break;
    case 1:
      o.number = assign2;
      if (next_row_ >= rows_)
        return;
      o.row = next_row_++;
      o.slots = some(2);
      break;
    case 2: { // sums of two groups, mixed
      o.number = add3;
      o.row = old_row();
      for (int k = up_to(6); k > 0; --k)
        o.parts.push_back({up_to(2), some(1 + up_to(2))});
      o.slots = some(3);
      break;
    }
    case 3: // reads a temporary
      o.number = add_temporary;
      o.row = old_row();
      o.element = up_to(8);
      o.slots = some(1 + width);
      break;
    case 4: // not in branches: a row that may have entries is assigned, perhaps a sum
      if (where == in_branch)
        return;
      o.number = up_to(3) ? assign2 : assign0;
      o.row = old_row();
      if (o.number == assign2)
        for (int k = up_to(4); k > 2; --k)
          o.parts.push_back({up_to(2), some(1 + up_to(2))});
      o.slots = some(sites[o.number].num_slots);
      break;
    case 5: {
      if (depth > 2)
        return;
      o.what = operation::branch;
      o.taken = up_to(2) != 0;
      const int row = next_row_ < rows_ ? next_row_++ : -1; // both sides assign it
      for (operations *side : {&o.first, &o.second}) {
        if (row >= 0 && up_to(3)) {
          operation assign{};
          assign.number = assign2;
          assign.row = row;
          assign.slots = some(2);
          side->push_back(assign);
        }
        for (int k = up_to(3); k > 0; --k)
          add(*side, in_branch, depth + 1);
      }
      break;
    }
    case 6:
    case 7:
      stream_of_rows(list);
      return;
    case 8:
      o.what = operation::row_store;
      o.number = row2;
      o.element = up_to(8);
      o.slots = some(width);
      break;
    default:
      o.what = operation::clear;
      if (up_to(2)) {
        o.row = up_to(rows_);
        o.number = 1 + up_to(std::min(4, rows_ - o.row)); // rows
      } else {
        o.element = up_to(8);
      }
    }
    list.push_back(o);
  }

  void stream_of_rows(operations &list) {
    const int loop = up_to(2), per = loop == 0 ? 1 : 2;
    int row = up_to(4) ? next_row_ : old_row(); // or once more
    const int n = std::min(1 + up_to(20), (rows_ - row) / per);
    operation o{};
    o.what = operation::stream;
    o.number = loop;
    o.begin = up_to(3);
    o.upper = n - up_to(2);
    list.push_back(o);
    const bool disturbed = up_to(2) == 0;
    const int shift = up_to(cols_);
    for (int i = 0; i < n; ++i) {
      operation it{};
      it.what = operation::iteration;
      it.begin = i;
      list.push_back(it);
      const int c = 1 + (shift + i) % (cols_ - 2);
      const bool interior = o.begin <= i && i < o.upper;
      auto put = [&](int number, std::vector<int> columns) {
        if (row >= rows_ || (disturbed && up_to(20) == 0))
          return;
        operation site{};
        site.number = number;
        site.row = row++;
        next_row_ = std::max(row, next_row_);
        for (int &j : columns) {
          if ((!interior && up_to(3) == 0) || (disturbed && up_to(30) == 0))
            j = up_to(cols_ + 1) - 1;
          site.slots.push_back({j, 0.5 + up_to(100)});
        }
        list.push_back(site);
      };
      if (loop == 0) {
        put(tridiagonal, {c, c - 1, c + 1});
      } else {
        put(pair_even, {c - 1, c, c});
        put(pair_odd, {-1, c, c + 1});
      }
      if (disturbed && up_to(10) == 0)
        add(list, in_stream);
    }
    o.what = operation::end;
    list.push_back(o);
  }

  std::mt19937 random_;
  int rows_, cols_, next_row_ = 1; // those from there on are not stored to yet; row 0 is added to without
};

/// What a temporary's element depends on.
using temporaries = std::map<int, std::vector<slot>>;

/// Slots of a site as they are in a call: those of a temporary are its own, scaled.
std::vector<slot> actual(const operation &o, const temporaries &held) {
  std::vector<slot> list = o.slots;
  if (o.number == add_temporary)
    for (int k = 0; k < width; ++k) {
      const auto found = held.find(o.element);
      list[std::size_t(1 + k)] = found == held.end() ? slot{-1, 0.0} : found->second[std::size_t(k)];
      list[std::size_t(1 + k)].partial *= o.slots[0].partial;
    }
  return list;
}

class random_run {
public:
  random_run(unsigned seed, int rows, int cols)
      : b_(rows, cols, seed % 2 != 0), list_(generator(seed, rows, cols).program()), dense_(std::size_t(rows * cols)),
        cols_(cols) {}

  void run() {
    record(list_);
    ASSERT_TRUE(b_.convert()) << b_.recorder.reason();
    pattern_ = b_.pattern();
    values_.assign(pattern_.col_ind.size(), NAN);
    for (auto [begin, end] : b_.program.gaps)
      std::fill(values_.begin() + begin, values_.begin() + end, 0.0);
    held_.clear();
    word_ = 0;
    kernel(list_);
    EXPECT_EQ(word_, b_.program.stream.size());
    for (int i = 0; i < pattern_.rows; ++i)
      for (int k = pattern_.row_ptr[i]; k < pattern_.row_ptr[i + 1]; ++k)
        EXPECT_DOUBLE_EQ(values_[k], dense_[i * cols_ + pattern_.col_ind[k]]) << i << " " << pattern_.col_ind[k];
    EXPECT_EQ(fast_slots_, b_.program.fast_slots);
  }
  bool fast() const { return fast_slots_ > 0; }
  bool partly() const { return partly_ > 0; }

private:
  static std::vector<int> columns(const std::vector<slot> &slots) {
    std::vector<int> list;
    for (const slot &s : slots)
      list.push_back(s.column);
    return list;
  }

  void record(const operations &list) {
    void *const h = b_.handle();
    for (const operation &o : list)
      switch (o.what) {
      case operation::site: {
        for (const auto &[group, terms] : o.parts)
          b_.part(o.number, group, o.row, columns(terms));
        std::vector<int> from = columns(actual(o, held_));
        if (o.number == add_temporary) { // by the recorder's own account
          sparsead_mark marks[width];
          sparsead_rt_row_load(h, &b_.work[std::size_t(o.element)], 0, marks, width);
          for (int k = 0; k < width; ++k)
            EXPECT_EQ(from[std::size_t(1 + k)], marks[k] - 2 < 0 ? -1 : marks[k] - 2);
        }
        b_.site(o.number, o.row, from);
        note(o, from);
        break;
      }
      case operation::row_store: {
        std::vector<sparsead_mark> marks;
        for (const slot &s : o.slots)
          marks.push_back(s.column < 0 ? 0 : 2 + s.column);
        sparsead_rt_site(h, o.number, &b_.work[std::size_t(o.element)], 0, marks.data());
        held_[o.element] = o.slots;
        break;
      }
      case operation::stream:
        sparsead_rt_stream_begin(h, o.number, o.begin, o.upper);
        streams_.push_back({o.number, o.begin, {}});
        iteration_ = nullptr;
        break;
      case operation::iteration:
        sparsead_rt_stream_iteration(h, o.begin);
        iteration_ = nullptr;
        if (stream &of = streams_.back(); of.begin <= o.begin && o.begin < streamed_upper(list, o))
          iteration_ = &of.iterations.emplace_back();
        break;
      case operation::end:
        sparsead_rt_stream_end(h);
        iteration_ = nullptr;
        break;
      case operation::branch:
        ++depth_;
        b_.branch();
        record(o.first);
        b_.other();
        record(o.second);
        b_.joined();
        --depth_;
        break;
      case operation::clear:
        if (o.number > 0) {
          b_.clear(o.row, o.number);
          for (int k = 0; k < o.number; ++k)
            live_[o.row + k].clear();
        } else
          sparsead_rt_site_clear(h, &b_.work[std::size_t(o.element)], 8, 0), held_.erase(o.element);
        break;
      }
  }

  /// The interior's end of the stream that the iteration belongs to.
  static std::int64_t streamed_upper(const operations &list, const operation &iteration) {
    const operation *at = &iteration;
    while (at > list.data() && at->what != operation::stream)
      --at;
    return at->upper;
  }

  // A second account of what is fast.
  struct execution {
    int number, row, id;
    std::vector<int> columns;
    bool simple;
  };
  struct stream {
    int loop;
    std::int64_t begin;
    std::vector<std::vector<execution>> iterations; // of the interior
  };
  void note(const operation &o, const std::vector<int> &columns) {
    const int id = ++executions_;
    bool any = false;
    for (const int j : columns)
      any |= j >= 0;
    for (const auto &[group, terms] : o.parts)
      for (const slot &s : terms)
        any |= s.column >= 0;
    if (sites[o.number].kind == rtabi::local_assign && depth_ == 0)
      live_[o.row].clear();
    if (any)
      live_[o.row].push_back(id);
    if (iteration_)
      iteration_->push_back({o.number, o.row, id, columns, o.parts.empty() && depth_ == 0});
  }

  /// The longest range by trying all: the bases of iteration `from`, and each later one beside them.
  std::pair<std::int64_t, std::int64_t> longest_run(const stream &of) const {
    std::vector<int> expected;
    for (int s = 0; s < num_sites; ++s)
      if (sites[s].loop == of.loop)
        expected.push_back(s);
    const int count = int(of.iterations.size());
    // Bases as each iteration has them; empty: none.
    std::vector<std::vector<int>> bases(of.iterations.size());
    for (int m = 0; m < count; ++m) {
      const std::vector<execution> &its = of.iterations[std::size_t(m)];
      bool good = its.size() == expected.size();
      std::vector<int> found;
      for (std::size_t k = 0; good && k < its.size(); ++k) {
        const rtabi::local_site &site = sites[its[k].number];
        good &= its[k].number == expected[k] && its[k].simple && live_.at(its[k].row) == std::vector<int>{its[k].id};
        int base = -1;
        for (int l = 0; good && l < site.num_slots; ++l) {
          const int column = its[k].columns[std::size_t(l)], offset = site.offsets[l];
          good &= (column < 0) == (offset < 0);
          if (!good || column < 0)
            continue;
          const int own = b_.position(its[k].row, column) - offset;
          good &= base < 0 || own == base;
          base = own;
          good &= base >= 0;
        }
        found.push_back(base);
      }
      if (good)
        bases[std::size_t(m)] = found;
    }
    std::pair<std::int64_t, std::int64_t> longest{of.begin, of.begin};
    for (int from = 0; from < count; ++from)
      for (int to = from; to < count && !bases[std::size_t(to)].empty(); ++to) {
        bool good = true;
        for (std::size_t k = 0; k < expected.size(); ++k)
          good &= bases[std::size_t(to)][k] == bases[std::size_t(from)][k] + (to - from) * sites[expected[k]].stride;
        if (!good)
          break;
        if (to - from + 1 >= std::max<std::int64_t>(4, longest.second - longest.first + 1))
          longest = {of.begin + from, of.begin + to + 1};
      }
    return longest;
  }

  static std::size_t words_of(const operations &list) {
    std::size_t count = 0;
    for (const operation &o : list) {
      if (o.what == operation::site) {
        count += o.slots.size();
        for (const auto &[group, terms] : o.parts)
          count += terms.size();
      }
      count += words_of(o.first) + words_of(o.second);
    }
    return count;
  }

  void forget(int row) { std::fill_n(dense_.begin() + std::ptrdiff_t(row) * cols_, cols_, 0.0); }
  std::int64_t wide() {
    const std::uint32_t low = std::uint32_t(b_.program.stream.at(word_++));
    return std::int64_t(std::uint64_t(std::uint32_t(b_.program.stream.at(word_++))) << 32 | low);
  }

  void consume(int row, const std::vector<slot> &slots) {
    for (const slot &s : slots) {
      const std::int32_t position = b_.program.stream.at(word_++);
      if (s.column < 0) {
        ASSERT_EQ(position, -1);
        continue;
      }
      dense_[row * cols_ + s.column] += s.partial;
      if (position == -1)
        continue; // overwritten later, or it will be missed
      ASSERT_EQ(pattern_.col_ind.at(std::size_t(position)), s.column);
      ASSERT_GE(position, pattern_.row_ptr[row]);
      ASSERT_LT(position, pattern_.row_ptr[row + 1]);
      values_[position] += s.partial;
    }
  }

  /// As compiled code reads the stream; the oracle runs beside it.
  void kernel(const operations &list) {
    for (const operation &o : list)
      switch (o.what) {
      case operation::site: {
        const std::vector<slot> slots = actual(o, held_);
        if (sites[o.number].kind == rtabi::local_assign)
          forget(o.row);
        if (fast_) {
          const std::size_t s = site_++;
          std::map<std::int64_t, double> sums;
          for (std::size_t k = 0; k < slots.size(); ++k) {
            const std::int32_t offset = sites[o.number].offsets[k];
            ASSERT_EQ(offset < 0, slots[k].column < 0);
            if (offset < 0)
              continue;
            sums[bases_[s] + m_ * sites[o.number].stride + offset] += slots[k].partial;
            dense_[o.row * cols_ + slots[k].column] += slots[k].partial;
            ++fast_slots_;
          }
          for (auto [position, sum] : sums)
            values_.at(std::size_t(position)) = sum;
          break;
        }
        for (int group = 5; group >= 0; --group)
          for (const auto &[of, terms] : o.parts)
            if (of == group)
              consume(o.row, terms);
        consume(o.row, slots);
        break;
      }
      case operation::row_store:
        held_[o.element] = o.slots;
        break;
      case operation::stream: {
        const auto [first, last] = longest_run(streams_.at(stream_++));
        first_ = wide();
        last_ = wide();
        EXPECT_EQ(first_, first);
        EXPECT_EQ(last_, last);
        partly_ += last_ > first_ && (first_ > o.begin || last_ < o.upper);
        bases_.clear();
        for (const rtabi::local_site &site : sites)
          if (site.loop == o.number) {
            bases_.push_back(wide());
            EXPECT_EQ(bases_.back() >= 0, last_ > first_);
          }
        break;
      }
      case operation::iteration:
        m_ = o.begin - first_;
        fast_ = m_ >= 0 && o.begin < last_;
        site_ = 0;
        break;
      case operation::end:
        fast_ = false;
        break;
      case operation::branch:
        if (!o.taken)
          word_ += words_of(o.first);
        kernel(o.taken ? o.first : o.second);
        if (o.taken)
          word_ += words_of(o.second);
        break;
      case operation::clear:
        if (o.number == 0)
          held_.erase(o.element);
        for (int k = 0; k < o.number; ++k)
          forget(o.row + k);
        break;
      }
  }

  bench b_;
  operations list_;
  std::vector<double> dense_, values_;
  int cols_;
  csr_pattern<std::int32_t> pattern_;
  temporaries held_;
  int depth_ = 0, executions_ = 0, partly_ = 0;
  std::map<int, std::vector<int>> live_; // executions with entries, by row
  std::vector<stream> streams_;
  std::vector<execution> *iteration_ = nullptr; // of an interior, while recording
  std::size_t word_ = 0, site_ = 0, stream_ = 0;
  std::vector<std::int64_t> bases_;
  std::int64_t m_ = 0, first_ = 0, last_ = 0, fast_slots_ = 0;
  bool fast_ = false;
};

TEST(LocalRecord, RandomProgramsAgainstADenseAccumulation) {
  int fast = 0, partly = 0;
  for (unsigned seed = 0; seed < 3000 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    random_run run(seed, 1 + int(seed % 60), 3 + int(seed % 17));
    run.run();
    fast += run.fast();
    partly += run.partly();
  }
  EXPECT_GT(fast, 300);
  EXPECT_GT(partly, 100);
}

} // namespace
