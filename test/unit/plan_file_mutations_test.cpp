// Files of plans that were damaged, by chance or by someone who knows the format: refused, or a sound plan.
#include "plan_file_fixture.h"
#include <cstdlib>
#include <map>
#include <new>
#include <random>

namespace {
std::size_t largest = 0; // allocation, where `watching`
bool watching = false;
} // namespace
#define NOINLINE __attribute__((noinline))
NOINLINE void *operator new(std::size_t bytes) {
  if (watching && bytes > largest)
    largest = bytes;
  if (void *memory = std::malloc(bytes ? bytes : 1))
    return memory;
  throw std::bad_alloc();
}
NOINLINE void operator delete(void *memory) noexcept { std::free(memory); }
NOINLINE void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }

namespace {

class PlanFileMutations : public PlanFile {};

/// A plan that was accepted: its structure is one, and what it computes (or refuses to) is right.
template <class Plan> void expect_sound(const Plan &P, int n, const std::vector<double> &expected) {
  ASSERT_EQ(P.row_ptr().size(), static_cast<std::size_t>(P.rows()) + 1);
  ASSERT_EQ(P.row_ptr()[0], 0);
  ASSERT_EQ(P.row_ptr().back(), P.nnz());
  for (typename Plan::index_type i = 0; i < P.rows(); ++i) {
    auto k = P.row_ptr()[static_cast<std::size_t>(i)];
    const auto end = P.row_ptr()[static_cast<std::size_t>(i) + 1];
    ASSERT_LE(k, end);
    for (typename Plan::index_type after = 0; k < end; ++k) {
      ASSERT_GE(P.col_ind()[static_cast<std::size_t>(k)], after);
      after = P.col_ind()[static_cast<std::size_t>(k)] + 1;
      ASSERT_LE(after, P.cols());
    }
  }
  P.csc();
  P.spy();
  P.num_colors();
  const std::vector<double> u = ramp(n);
  std::vector<double> r(u.size()), v(static_cast<std::size_t>(P.nnz()));
  try {
    P.values(v, n, u.data(), r.data()); // checked: positions that are not those of the arguments are found
    EXPECT_EQ(v, expected);
  } catch (const sparsead::structure_changed &) {
  } catch (const std::invalid_argument &) { // other extents
  }
}

template <class J, class Index> void mutate(const std::string &path, int n, unsigned seed) {
  const auto P = J::template plan<Index>(n, nullptr, nullptr);
  P.save(path);
  const Bytes good = content(path);
  const std::vector<double> u = ramp(n);
  std::vector<double> r(u.size()), expected(static_cast<std::size_t>(P.nnz()));
  P.values(expected, n, u.data(), r.data());
  std::mt19937 random(seed);
  auto below = [&](std::size_t count) { return std::size_t(random()) % count; };
  auto load = [&](const Bytes &bytes) {
    put(path, bytes);
    largest = 0;
    watching = true;
    struct guard {
      ~guard() { watching = false; }
    } stop;
    return J::template load<Index, true>(path);
  };
  auto expect_refused = [&](const Bytes &bytes, const char *how) {
    try {
      load(bytes);
      ADD_FAILURE() << how << " accepted";
    } catch (const sparsead::plan_file_error &) {
    }
    EXPECT_LE(largest, 64 * good.size() + 65536) << how;
  };

  for (int repeat = 0; repeat < 500; ++repeat) {
    Bytes bytes = good;
    const std::size_t bit = below(8 * bytes.size());
    bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
    expect_refused(bytes, "a flipped bit");
    for (std::size_t more = 1 + below(4); more > 0; --more)
      bytes[below(bytes.size())] = static_cast<char>(random());
    if (bytes != good)
      expect_refused(bytes, "other bytes");
  }
  for (std::size_t length = 0; length < good.size(); length += 1 + below(7))
    expect_refused(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)), "a part");
  for (int repeat = 0; repeat < 20; ++repeat) {
    Bytes bytes = good;
    bytes.resize(good.size() + 1 + below(100), static_cast<char>(repeat));
    expect_refused(bytes, "something longer");
    bytes.resize(bytes.size() / 8 * 8 + 8);
    forge(bytes);
    expect_refused(bytes, "something longer with the right sums");
  }

  // Sums made again: what is accepted is a structure all the same.
  constexpr std::size_t header = sizeof(sparsead::rt::plan_file_header);
  const std::size_t words = (good.size() - header) / 8;
  auto word = [&](Bytes &bytes, std::size_t k) { return bytes.data() + header + 8 * k; };
  int accepted = 0;
  for (int repeat = 0; repeat < 2000; ++repeat) {
    Bytes bytes = good;
    const std::size_t a = below(words), b = below(words);
    switch (below(5)) {
    case 0:
      bytes[header + 8 * a + below(8)] ^= static_cast<char>(1 << b % 8);
      break;
    case 1: { // a number that is a likely one, or a very unlikely one
      std::int64_t value;
      std::memcpy(&value, word(bytes, a), 8);
      const std::int64_t choice[] = {0,         1,         -1,        INT64_MAX, INT64_MIN, INT32_MAX,
                                     1LL << 32, 1LL << 40, value ^ 1, value ^ 3, value ^ 6, value ^ (1LL << 32)};
      std::memcpy(word(bytes, a), &choice[below(std::size(choice))], 8);
      break;
    }
    case 2: { // two stretches change places
      const std::size_t length = 1 + below(std::min(std::max(a, b) - std::min(a, b) + 1, words - std::max(a, b)));
      if (length <= std::max(a, b) - std::min(a, b))
        std::swap_ranges(word(bytes, a), word(bytes, a) + 8 * length, word(bytes, b));
      break;
    }
    case 3: // a stretch goes away
      bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(header + 8 * std::min(a, b)),
                  bytes.begin() + static_cast<std::ptrdiff_t>(header + 8 * std::max(a, b)));
      break;
    default: { // a word comes twice
      char twice[8];
      std::memcpy(twice, word(bytes, a), 8);
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(header + 8 * b), twice, twice + 8);
    }
    }
    forge(bytes);
    try {
      const auto Q = load(bytes);
      ++accepted;
      expect_sound(Q, n, expected);
    } catch (const sparsead::plan_file_error &) {
    }
    EXPECT_LE(largest, 64 * good.size() + 65536);
    if (testing::Test::HasFailure())
      return;
  }
  EXPECT_LT(accepted, 1500);
}

/// Words of a file, by the names of what they hold. Its index type is std::int64_t: one word each.
class Forgery {
public:
  explicit Forgery(Bytes bytes) : bytes_(std::move(bytes)) {
    for (const char *name : {"function", "specification"})
      text(name);
    for (const char *name : {"fingerprint", "tables", "strategy", "rows", "cols", "bytes", "instances"})
      places_[name] = at_++;
    array("extents");
    array("row_ptr");
    array("col_ind");
    for (const char *name : {"column colors", "row colors"}) {
      places_[name + std::string(", number")] = at_++;
      const std::size_t count = number(at_);
      places_[name] = at_ + 1; // of 32 bits
      at_ += 1 + (count + 1) / 2;
    }
    places_["has program"] = at_++;
    halves("stream");
    places_["partials"] = at_++;
    array("ranges");
    for (const char *name : {"first", "many", "begin", "rest"})
      halves(name);
    places_["signs"] = at_++;
    places_["shown"] = at_++;
    array("shown row_ptr");
    array("shown col_ind");
    array("sizes");
    EXPECT_EQ(header + 8 * at_, bytes_.size());
  }
  Bytes with(const std::string &name, std::size_t offset, std::int64_t value) const {
    Bytes bytes = bytes_;
    std::memcpy(bytes.data() + header + 8 * (places_.at(name) + offset), &value, 8);
    forge(bytes);
    return bytes;
  }

private:
  static constexpr std::size_t header = sizeof(sparsead::rt::plan_file_header);
  std::size_t number(std::size_t at) const {
    std::size_t value;
    std::memcpy(&value, bytes_.data() + header + 8 * at, 8);
    return value;
  }
  /// An array of 32-bit words.
  void halves(const std::string &name) {
    const std::size_t count = number(at_);
    places_[name] = at_ + 1;
    at_ += 1 + (count + 1) / 2;
  }
  void array(const char *name) {
    const std::size_t count = number(at_);
    places_[name] = at_ + 1;
    at_ += 1 + count;
  }
  void text(const char *name) {
    const std::size_t count = number(at_);
    places_[name] = at_ + 1;
    at_ += 1 + (count + 7) / 8;
  }

  Bytes bytes_;
  std::size_t at_ = 0;
  std::map<std::string, std::size_t> places_;
};

TEST_F(PlanFileMutations, EachPartIsChecked) {
  auto check = [&](auto handle, const Forgery &from, const char *name, std::size_t offset, std::int64_t value,
                   const char *reason) {
    put(path, from.with(name, offset, value));
    expect_error([&] { decltype(handle)::template load<std::int64_t>(path); }, reason);
  };
  const auto P = Of<Local>::plan<std::int64_t>(5, nullptr, nullptr);
  P.save(path);
  const Forgery local(content(path));
  auto expect_local = [&](const char *name, std::size_t offset, std::int64_t value, const char *reason) {
    check(Of<Local>(), local, name, offset, value, reason);
  };
  expect_local("extents", 0, 6, "its extents are not those of the specification");
  expect_local("extents", 1, 6, "its extents do not give its size");
  expect_local("extents", 0, INT64_MIN, "its extents are not those of the specification");
  expect_local("extents", 3, INT64_MAX, "its extents do not give its size");
  for (const char *name : {"rows", "cols", "bytes", "instances"})
    expect_local(name, 0, 77, "its extents do not give its size");
  expect_local("extents", std::size_t(-1), 3, "is damaged");
  expect_local("row_ptr", std::size_t(-1), INT64_MAX, "a length in it goes beyond its end");
  expect_local("row_ptr", 0, 1, "its structure has another number of entries");
  expect_local("row_ptr", 5, 14, "its structure has another number of entries");
  expect_local("row_ptr", 1, 6, "its rows overlap");
  expect_local("row_ptr", 4, 14, "its rows overlap");
  expect_local("row_ptr", 1, -1, "its rows overlap");
  expect_local("col_ind", 0, -1, "out of order or out of range");
  expect_local("col_ind", 1, 0, "out of order or out of range");
  expect_local("col_ind", 12, 5, "out of order or out of range");
  expect_local("strategy", 0, 1, "its positions and its strategy do not belong together");
  expect_local("strategy", 0, 3, "its positions and its strategy do not belong together");
  expect_local("strategy", 0, 4, "its strategy is none");
  expect_local("has program", 0, 0, "its positions and its strategy do not belong together");
  const char *const places = "its positions are out of order or out of range";
  expect_local("ranges", 0, -1, places);
  expect_local("ranges", 0, 14, places);
  expect_local("ranges", 1, 14, places);
  expect_local("partials", 0, -1, places);
  expect_local("partials", 0, 3, places);
  expect_local("first", 0, -1, places);
  expect_local("first", 0, 1000, places);
  expect_local("signs", 0, 2, places);

  Of<Forward>::plan<std::int64_t>(6, nullptr, nullptr).save(path);
  const Forgery swept(content(path));
  auto expect_swept = [&](const char *name, std::size_t offset, std::int64_t value, const char *reason) {
    check(Of<Forward>(), swept, name, offset, value, reason);
  };
  auto colors = [](std::int64_t a, std::int64_t b) { return b * (1LL << 32) + a; };
  expect_swept("column colors", 0, colors(0, 0), "its colors do not fit its structure");
  expect_swept("column colors", 0, colors(0, -1), "its colors do not fit its structure");
  expect_swept("column colors", 0, colors(3, 1), "its colors do not fit its structure");
  expect_swept("column colors, number", 0, 4, "its colors do not fit its structure");
  expect_swept("column colors, number", 0, 2, "its colors do not fit its structure");
  expect_swept("column colors, number", 0, INT64_MAX, "its colors do not fit its structure");
  expect_swept("has program", 0, 1, "its positions and its strategy do not belong together");
  expect_swept("partials", 0, 7, "it has positions without a use");

  expect_swept("strategy", 0, 2, "its colors do not fit its structure");
  expect_swept("strategy", 0, 3, "its colors do not fit its structure");

  using Arrow = sparsead::jacobian<&arrow>;
  Arrow::plan<std::int64_t>(6, nullptr, nullptr).save(path);
  const Forgery both(content(path));
  auto expect_both = [&](const char *name, std::size_t offset, std::int64_t value, const char *reason) {
    check(Arrow(), both, name, offset, value, reason);
  };
  expect_both("column colors", 0, colors(1, 1), "its colors do not fit its structure");
  expect_both("column colors", 0, colors(0, -1), "its colors do not fit its structure"); // nobody has (1, 1)
  expect_both("column colors, number", 0, 3, "its colors do not fit its structure");
  expect_both("row colors", 0, colors(-1, 0), "its colors do not fit its structure"); // nor (0, 2)
  expect_both("row colors", 0, colors(0, 1), "its colors do not fit its structure");
  expect_both("row colors", 0, colors(-2, -1), "its colors do not fit its structure");
  expect_both("row colors, number", 0, INT64_MAX, "its colors do not fit its structure");
  expect_both("strategy", 0, 1, "its colors do not fit its structure");
  expect_both("strategy", 0, 2, "its colors do not fit its structure");

  Of<ForwardOnly>::plan<std::int64_t>(6, nullptr, nullptr).save(path);
  check(Of<ForwardOnly>(), Forgery(content(path)), "strategy", 0, 2, "the function has no derivative for its strategy");

  const char *const nothing = "what it shows of its structure is nothing known";
  const char *const misfit = "what it shows of its structure does not fit it";
  expect_swept("shown", 0, 3, nothing);
  expect_swept("shown", 0, 1, misfit);
  {
    const std::vector<std::int64_t> row_ptr{0, 1, 1, 2, 2, 2, 3}, col_ind{0, 2, 5};
    Of<Forward>::plan_subset<std::int64_t>({row_ptr, col_ind}, 6, nullptr, nullptr).save(path);
    const Forgery part(content(path));
    auto expect_part = [&](const char *name, std::size_t offset, std::int64_t value, const char *reason) {
      check(Of<Forward>(), part, name, offset, value, reason);
    };
    expect_part("shown", 0, 0, nothing);
    expect_part("shown", 0, 3, nothing);
    expect_part("shown", 0, 1, misfit); // not all entries are there
    expect_part("shown row_ptr", 1, 2, misfit);
    expect_part("shown row_ptr", 1, -1, misfit);
    expect_part("shown row_ptr", 6, 4, misfit);
    expect_part("shown col_ind", 0, 6, misfit);
    expect_part("shown col_ind", 2, -1, misfit);
    expect_part("shown row_ptr", std::size_t(-1), INT64_MAX, "a length in it goes beyond its end");
  }

  put(path, swept.with("strategy", 0, 1)); // as it was
  Bytes longer = content(path);
  longer.resize(longer.size() + 8);
  forge(longer);
  put(path, longer);
  expect_error([&] { Of<Forward>::load<std::int64_t>(path); }, "something follows its content");
}

TEST_F(PlanFileMutations, Forward) { mutate<Of<Forward>, std::int32_t>(path, 12, 1); }
TEST_F(PlanFileMutations, ForwardLong) { mutate<Of<Forward>, std::int64_t>(path, 9, 2); }
TEST_F(PlanFileMutations, Reverse) { mutate<Of<Reverse>, std::int32_t>(path, 10, 3); }
TEST_F(PlanFileMutations, Bidirectional) { mutate<sparsead::jacobian<&arrow>, std::int32_t>(path, 10, 7); }
TEST_F(PlanFileMutations, Local) { mutate<Of<Local>, std::int32_t>(path, 11, 4); }
TEST_F(PlanFileMutations, LocalLong) { mutate<Of<Local>, std::int64_t>(path, 6, 5); }
TEST_F(PlanFileMutations, Empty) { mutate<Of<Local>, std::int32_t>(path, 0, 6); }

} // namespace
