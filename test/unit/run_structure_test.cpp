// Structures from addresses: intervals of temporaries, and random programs of runs, lines and single executions, whose
// pattern and stream are held against an execution row by row.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "sparsead/rt/inspector.hpp"
#include "sparsead/rt/local_gather.hpp"
#include "sparsead/rt/run_record.hpp"

using namespace sparsead::rt;
namespace rtabi = sparsead::abi;

namespace {

constexpr std::int64_t present = std::int64_t(1) << 61, dead = INT64_MIN;
constexpr std::int32_t width = 2;
const std::int32_t offsets[] = {1, 0, 2};
enum number { assign2, add2, row1, stencil };
const rtabi::local_site sites[] = {{rtabi::local_assign, 2, -1, 0, nullptr},
                                   {rtabi::local_add, 2, -1, 0, nullptr},
                                   {rtabi::local_row, 2, -1, 0, nullptr},
                                   {rtabi::local_assign, 3, 0, 3, offsets}};
const rtabi::local_descriptor descriptor{width, 0, 4, 1, sites, nullptr, nullptr, nullptr};

/// r[n] <- u[n], with a work array t[n]; a program and what it means.
class program {
public:
  explicit program(int n, bool lower = false)
      : n(n), lower(lower), r(n + 1), u(n + 1), t(n + 1), state(n), recorder(descriptor, n, n, lower), lanes(n) {
    state.add_object("t", t.data(), 8 * n, true, false);
    recorder.rows.add(r.data(), 8, n, 0, 1);
    recorder.columns.add(u.data(), 8, n, 0, 1);
    state.runs = &recorder;
  }
  void *handle() { return static_cast<sparsead_inspector_header *>(&state); }
  static std::int64_t address(const void *p) { return reinterpret_cast<std::int64_t>(p); }

  /// What an iteration does: a site, the element stored to, what its slots read.
  struct slot {
    enum { input, temporary, none } of;
    std::int64_t index; ///< of a temporary: lane 0 and 1 follow each other
    bool off = false;
  };
  struct execution {
    int site;
    std::int64_t element;
    std::vector<slot> slots;
  };

  void loop(std::int64_t begin, std::int64_t end, bool affine, const std::function<execution(std::int64_t)> &body) {
    const std::int64_t rows = affine ? std::min<std::int64_t>(2, end - begin) : end - begin;
    if (end <= begin)
      return;
    const execution first = body(begin);
    std::vector<std::int64_t> table{1, 1 + std::int64_t(first.slots.size()), first.site};
    for (std::int64_t iv = begin; iv < begin + rows; ++iv) {
      const execution e = body(iv);
      const std::vector<std::int64_t> words = words_of(e);
      table.push_back(address((e.site == row1 ? t.data() : r.data()) + e.element));
      table.insert(table.end(), words.begin(), words.end());
    }
    sparsead_rt_run_piece(handle(), table.data(), begin, end, affine);
    for (std::int64_t iv = begin; iv < end; ++iv)
      mean(body(iv), iv);
  }
  void enter(std::int32_t stream, std::int64_t begin, std::int64_t end) {
    sparsead_rt_run_enter(handle(), stream, begin, end);
    ++entries;
  }
  void leave() { sparsead_rt_run_leave(handle()); }
  /// How many loops in pieces have been recorded as lines of others?
  std::int64_t lines() const { return recorder.repeated_lines(); }
  void single(const execution &e) {
    std::vector<std::int64_t> words = words_of(e);
    for (std::int64_t &w : words)
      if (const int lane = int(w >> 48 & 0xff); lane > 0) {
        std::int64_t both[2];
        sparsead_rt_run_lanes(handle(), reinterpret_cast<void *>(w & ((std::int64_t(1) << 48) - 1)), both, 2);
        w = both[lane - 1] == 0 ? 0 : both[lane - 1] | (w & dead);
      }
    sparsead_rt_run_site(handle(), e.site, (e.site == row1 ? t.data() : r.data()) + e.element, words.data());
    mean(e, -1);
  }
  void fill(std::int64_t begin, std::int64_t end) {
    sparsead_rt_run_clear(handle(), r.data() + begin, 8 * (end - begin));
    for (std::int64_t i = begin; i < end; ++i)
      forget(i);
  }
  void check(std::mt19937 &random);

  const int n;
  const bool lower; ///< entries above the diagonal are left out

private:
  std::vector<std::int64_t> words_of(const execution &e) const {
    std::vector<std::int64_t> words;
    int lane = 0;
    for (const slot &s : e.slots) {
      lane = s.of == slot::temporary && !words.empty() && lane == 0 ? 1 : 0;
      words.push_back(s.of == slot::none    ? 0
                      : s.of == slot::input ? address(u.data() + s.index) | present
                                            : address(t.data() + s.index) | present | std::int64_t(lane + 1) << 48);
      if (s.off && words.back())
        words.back() |= dead;
    }
    return words;
  }
  struct entry {
    std::int64_t iv;
    int site, row;
    std::vector<int> columns; ///< -1: absent; below: -2 - c, if the row has it
    bool alive = true;
    int entered = 0; ///< loops in pieces
  };
  void forget(std::int64_t row) {
    for (entry &e : record)
      if (e.row == row)
        e.alive = false;
  }
  void mean(const execution &e, std::int64_t iv) {
    entry made{iv, e.site, int(e.element), {}, true, entries};
    int lane = 0;
    for (const slot &s : e.slots) {
      lane = s.of == slot::temporary && !made.columns.empty() && lane == 0 ? 1 : 0;
      int column = s.of == slot::none ? -1 : s.of == slot::input ? int(s.index) : lanes[std::size_t(s.index)][lane];
      if (lower && e.site != row1 && column > e.element)
        column = -1;
      if (s.off && column >= 0)
        column = -2 - column;
      made.columns.push_back(column);
    }
    if (e.site == row1) {
      lanes[std::size_t(e.element)] = {made.columns[0], made.columns[1]};
      return;
    }
    if (sites[e.site].kind == rtabi::local_assign)
      forget(e.element);
    record.push_back(made);
  }

  struct two {
    int lane[2] = {-1, -1};
    int &operator[](int k) { return lane[k]; }
  };
  std::vector<double> r, u, t;
  inspector state;
  run_recorder recorder;
  std::vector<two> lanes;
  std::vector<entry> record;
  int entries = 0;
};

/// The pattern, and what a kernel would make of the stream, with random partials.
void program::check(std::mt19937 &random) {
  csr_pattern<std::int32_t> pattern;
  local_layout made;
  ASSERT_TRUE(recorder.build(pattern, made)) << recorder.reason();
  std::vector<std::set<int>> rows(n);
  for (const entry &e : record)
    for (const int c : e.columns)
      if (e.alive && c >= 0)
        rows[std::size_t(e.row)].insert(c);
  ASSERT_EQ(pattern.row_ptr.size(), std::size_t(n) + 1);
  for (int i = 0; i < n; ++i) {
    const std::vector<int> got(pattern.col_ind.begin() + pattern.row_ptr[i],
                               pattern.col_ind.begin() + pattern.row_ptr[i + 1]);
    ASSERT_EQ(got, std::vector<int>(rows[i].begin(), rows[i].end())) << "row " << i;
  }
  std::map<std::pair<int, int>, double> wanted;
  std::vector<double> values(pattern.col_ind.size() + 1, -1), buffer;
  const local_gather &gather = made.gather;
  const std::int32_t *stream = gather.stream();
  auto wide = [&] {
    const std::uint64_t low = std::uint32_t(*stream++), high = std::uint32_t(*stream++);
    return std::int64_t(high << 32 | low);
  };
  int entered = 0;
  std::int64_t first = 0, last = 0, base = 0;
  std::uniform_real_distribution<double> any(0.5, 1.5);
  for (const entry &e : record) {
    if (e.site == stencil && e.entered != entered) {
      entered = e.entered;
      first = wide();
      last = wide();
      base = wide();
    }
    const bool fast = e.site == stencil && e.iv >= first && e.iv < last;
    for (std::size_t k = 0; k < e.columns.size(); ++k) {
      const int column = e.columns[k] < -1 ? -2 - e.columns[k] : e.columns[k];
      const double partial = e.columns[k] < -1 ? 0 : any(random); // a side that is not taken adds nothing
      if (e.alive && column >= 0)
        wanted[{e.row, column}] += partial;
      if (fast)
        values[std::size_t(base + (e.iv - first) * 3 + offsets[k])] = partial;
      else
        buffer.push_back(partial);
    }
  }
  buffer.push_back(0);
  ASSERT_EQ(std::int64_t(buffer.size()), gather.buffer_size());
  gather.run(buffer.data(), values.data());
  for (int i = 0; i < n; ++i)
    for (int k = pattern.row_ptr[i]; k < pattern.row_ptr[i + 1]; ++k)
      ASSERT_NEAR(values[k], (wanted[{i, pattern.col_ind[k]}]), 1e-12) << "entry " << i << ", " << pattern.col_ind[k];
  EXPECT_EQ(values.back(), -1);
}

using slot = program::slot;

TEST(RunStructure, RandomPrograms) {
  std::mt19937 random(5);
  auto below = [&](std::int64_t k) { return std::int64_t(random() % std::uint64_t(std::max<std::int64_t>(k, 1))); };
  for (int round = 0; round < 600 && !::testing::Test::HasFatalFailure(); ++round) {
    SCOPED_TRACE(round);
    const int n = 3 + int(below(40));
    program p(n);
    bool streamed = false;
    for (int steps = 1 + int(below(5)); steps > 0; --steps) {
      // An affine function of the iteration with values in [0, n).
      const std::int64_t count = 1 + below(n), begin = below(9);
      auto line = [&]() -> std::pair<std::int64_t, std::int64_t> {
        const std::int64_t most = count > 1 ? (n - 1) / (count - 1) : 3, step = below(2 * most + 1) - most;
        const std::int64_t reach = step * (count - 1), low = reach < 0 ? -reach : 0, room = n - std::abs(reach);
        return {low + below(room), step};
      };
      auto at = [begin](std::pair<std::int64_t, std::int64_t> l, std::int64_t iv) {
        return l.first + (iv - begin) * l.second;
      };
      const auto to = line(), a = line(), c = line(), d = line();
      const bool off = below(6) == 0, affine = below(4) != 0, with = below(3) == 0;
      switch (below(7)) {
      case 0:
      case 1: {
        const int site = below(2) ? assign2 : add2;
        p.loop(begin, begin + count, affine, [&](std::int64_t iv) {
          return program::execution{site, at(to, iv), {{slot::input, at(a, iv)}, {slot::input, at(c, iv), off}}};
        });
        break;
      }
      case 2:
        p.loop(begin, begin + count, affine, [&](std::int64_t iv) {
          return program::execution{
              row1, at(to, iv), {{slot::input, at(a, iv)}, {with ? slot::none : slot::input, at(c, iv)}}};
        });
        break;
      case 3:
        p.loop(begin, begin + count, affine, [&](std::int64_t iv) {
          return program::execution{assign2, at(to, iv), {{slot::temporary, at(d, iv)}, {slot::temporary, at(d, iv)}}};
        });
        break;
      case 4: {
        const bool temporary = below(2);
        p.single({below(2) ? assign2 : add2,
                  below(n),
                  {{temporary ? slot::temporary : slot::input, temporary ? d.first : below(n)},
                   {temporary ? slot::temporary : slot::input, temporary ? d.first : below(n)}}});
        break;
      }
      case 5: {
        const std::int64_t from = below(n);
        p.fill(from, from + 1 + below(n - from));
        break;
      }
      default:
        if (streamed || n < 6)
          break;
        streamed = true;
        p.enter(0, 1, n - 1);
        auto body = [&](std::int64_t iv) {
          return program::execution{stencil,
                                    iv,
                                    {{slot::input, iv},
                                     {iv > 0 ? slot::input : slot::none, iv - 1},
                                     {iv + 1 < n ? slot::input : slot::none, iv + 1}}};
        };
        p.loop(0, 1, affine, body);
        p.loop(1, n - 1, affine, body);
        p.loop(n - 1, n, affine, body);
        p.leave();
      }
    }
    p.check(random);
  }
}

/// Grids of lines: each of them a few pieces, some of which change on the way; and what comes between and after them.
TEST(RunStructure, Lines) {
  std::mt19937 random(7);
  auto below = [&](std::int64_t k) { return std::int64_t(random() % std::uint64_t(std::max<std::int64_t>(k, 1))); };
  std::int64_t lines = 0;
  for (int round = 0; round < 600 && !::testing::Test::HasFatalFailure(); ++round) {
    SCOPED_TRACE(round);
    const std::int64_t columns = 1 + below(12), height = 1 + below(12), margin = below(4);
    const int n = int(columns * height + 2 * margin);
    program p(n);
    for (int steps = 1 + int(below(3)); steps > 0; --steps) {
      const bool streamed = below(2), back = below(5) == 0, add = below(2), holes = below(4) == 0, off = below(5) == 0;
      const std::int64_t far = columns * (below(3) - 1) + below(3) - 1, special = below(4) ? -1 : below(height),
                         still = below(5) == 0 ? below(n) : -1, between = below(12) ? -1 : below(height);
      const std::int64_t from = below(3) ? 0 : below(columns),
                         to = below(3) ? columns : from + below(columns - from) + 1;
      for (std::int64_t line = 0; line < height; ++line) {
        const std::int64_t at = back ? height - 1 - line : line;
        auto body = [&](std::int64_t iv) -> program::execution {
          const std::int64_t k = margin + at * columns + iv;
          auto read = [&](std::int64_t j) -> slot {
            return {j >= 0 && j < n && !(holes && iv == from) ? slot::input : slot::none, j, false};
          };
          if (streamed)
            return {stencil, k, {read(k), read(k - 1), read(k + 1)}};
          slot second = read(still >= 0 ? still : line == special ? k : k + far);
          second.off = off;
          return {add ? add2 : assign2, k, {read(k), second}};
        };
        p.enter(streamed ? 0 : -1, from + 1, to - 1);
        // Pieces end where something changes.
        auto shape = [&](std::int64_t iv) {
          std::vector<int> kinds;
          for (const slot &s : body(iv).slots)
            kinds.push_back(s.of);
          return kinds;
        };
        for (std::int64_t begin = from; begin < to;) {
          std::int64_t end = begin + 1;
          while (end < to && shape(end) == shape(begin) && end != from + 1 && end != to - 1)
            ++end;
          p.loop(begin, end, true, body);
          begin = end;
        }
        p.leave();
        if (line == between)
          p.single({assign2, below(n), {{slot::input, below(n)}, {slot::input, below(n)}}});
      }
    }
    lines += p.lines();
    p.check(random);
  }
  EXPECT_GT(lines, 1000);
}

/// Entries change from one side of the diagonal to the other on the way.
TEST(RunStructure, LinesOfALowerTriangle) {
  std::mt19937 random(3);
  std::int64_t lines = 0;
  for (const int side : {5, 8, 9})
    for (int form = 0; form < 4; ++form) {
      program p(side * side, /*lower=*/true);
      for (std::int64_t line = 0; line < side; ++line) {
        p.enter(-1, 0, side);
        p.loop(0, side, true, [&](std::int64_t iv) -> program::execution {
          const std::int64_t k = line * side + iv, back = side * side - 1 - k;
          return {add2,
                  form == 3 ? back : k,
                  {{slot::input, form == 1 ? side * side / 2 : k},
                   {slot::input, form == 2   ? iv * side + line
                                 : form == 3 ? k
                                             : 3}}};
        });
        p.leave();
      }
      lines += p.lines();
      p.check(random);
    }
  EXPECT_GT(lines, 20);
}

/// Lines whose columns meet or change their order are no lines of one group.
TEST(RunStructure, LinesWithColumnsThatMeet) {
  for (const int hop : {0, 1, 2, 3}) {
    program p(120);
    for (std::int64_t line = 0; line < 10; ++line) {
      p.enter(-1, 0, 10);
      p.loop(0, 10, true, [&](std::int64_t iv) -> program::execution {
        return {add2, 10 * line + iv, {{slot::input, 10 + line * hop + iv}, {slot::input, 15 + line + iv}}};
      });
      p.leave();
    }
    std::mt19937 random(3);
    EXPECT_EQ(p.lines(), hop < 2 ? 9 : hop == 2 ? 4 + 3 : 2 + 6);
    p.check(random);
  }
}

TEST(RunStructure, OddAddressesEndIt) {
  program p(8);
  p.single({assign2, 1, {{slot::input, 2}, {slot::input, 3}}});
  const std::int64_t words[] = {program::address(&p) | present, 0};
  double r = 0;
  sparsead_rt_run_site(p.handle(), assign2, &r, words);
  std::int64_t table[] = {1, 3, assign2, program::address(&r), 0, 0};
  EXPECT_EQ(sparsead_rt_run_piece(p.handle(), table, 0, 1, 1), 0);
}

TEST(RunRows, IntervalsAgainstElements) {
  std::mt19937 random(11);
  for (int round = 0; round < 200; ++round) {
    const std::int64_t n = 1 + std::int64_t(random() % 60);
    const std::uintptr_t begin = 4096;
    run_rows rows;
    rows.reset(begin, begin + std::uintptr_t(8 * n), 1);
    std::vector<std::int64_t> wanted(std::size_t(n), -1);
    for (int k = 0; k < 30; ++k) {
      const std::int64_t from = std::int64_t(random() % std::uint64_t(n)),
                         count = 1 + std::int64_t(random() % std::uint64_t(n - from));
      if (random() % 5 == 0) {
        rows.clear(begin + std::uintptr_t(8 * from), begin + std::uintptr_t(8 * (from + count)));
        std::fill_n(wanted.begin() + from, count, -1);
        continue;
      }
      const bool back = random() % 3 == 0;
      const std::int64_t hop = random() % 9 == 0 && count > 1 ? 2 : 1, some = (count + hop - 1) / hop;
      run_column c{std::int64_t(1000 + random() % 100), std::int64_t(random() % 5) - 2, false};
      rows.store(begin + std::uintptr_t(8 * (back ? from + (some - 1) * hop : from)), back ? -8 * hop : 8 * hop, some,
                 &c);
      for (std::int64_t t = 0; t < some; ++t)
        wanted[std::size_t(back ? from + (some - 1 - t) * hop : from + t * hop)] = c.at(t);
      const std::int64_t step = std::int64_t(random() % 5) - 2, start = std::int64_t(random() % std::uint64_t(n));
      const std::int64_t most = step > 0 ? (n - 1 - start) / step + 1 : step < 0 ? start / -step + 1 : 7;
      for (std::int64_t t = 0; t < most;) {
        std::int64_t valid = most - t;
        run_column got;
        ASSERT_TRUE(rows.load(begin + std::uintptr_t(8 * (start + t * step)), 8 * step, 0, got, valid));
        ASSERT_GE(valid, 1);
        for (std::int64_t q = 0; q < valid; ++q)
          ASSERT_EQ(got.at(q), wanted[std::size_t(start + (t + q) * step)]) << round;
        t += valid;
      }
    }
  }
}

} // namespace
