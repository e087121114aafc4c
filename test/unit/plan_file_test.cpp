// Plans on disk: what is loaded is what was saved; what is foreign is refused.
#include "plan_file_fixture.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

namespace {

template <class T> std::vector<T> copy(sparsead::span<const T> s) { return {s.begin(), s.end()}; }

/// Everything that a plan gives is the same to the last bit.
template <class Plan> void expect_same(const Plan &P, const Plan &Q, int n) {
  EXPECT_EQ(Q.rows(), P.rows());
  EXPECT_EQ(Q.cols(), P.cols());
  EXPECT_EQ(Q.nnz(), P.nnz());
  EXPECT_EQ(copy(Q.row_ptr()), copy(P.row_ptr()));
  EXPECT_EQ(copy(Q.col_ind()), copy(P.col_ind()));
  EXPECT_EQ(Q.strategy(), P.strategy());
  EXPECT_EQ(Q.summary(), P.summary());
  EXPECT_EQ(Q.spy(), P.spy());
  EXPECT_EQ(Q.num_colors(), P.num_colors());
  EXPECT_EQ(copy(Q.colors()), copy(P.colors()));
  EXPECT_EQ(copy(Q.column_colors()), copy(P.column_colors()));
  EXPECT_EQ(copy(Q.row_colors()), copy(P.row_colors()));
  EXPECT_EQ(Q.csc().perm, P.csc().perm);
  EXPECT_EQ(Q.coo().row, P.coo().row);
  EXPECT_EQ(Q.bsr(1).perm, P.bsr(1).perm);

  const std::vector<double> u = ramp(n), weights = ramp(n + 1);
  const std::size_t size = static_cast<std::size_t>(n), nnz = static_cast<std::size_t>(P.nnz());
  std::vector<double> r(size), s(size), v(nnz, 1.0), w(nnz, 2.0), a(size), b(size);
  for (int repeat = 0; repeat < 2; ++repeat) {
    P.values(v, n, u.data(), r.data());
    Q.values(w, n, u.data(), s.data());
    EXPECT_EQ(v, w);
    EXPECT_EQ(r, s);
    P.jvp(a, weights.data(), n, u.data(), r.data());
    Q.jvp(b, weights.data(), n, u.data(), r.data());
    EXPECT_EQ(a, b);
    P.vjp(a, weights.data(), n, u.data(), r.data());
    Q.vjp(b, weights.data(), n, u.data(), r.data());
    EXPECT_EQ(a, b);
  }
  const auto report = Q.check(n, u.data(), r.data());
  EXPECT_TRUE(report.ok) << report.text;
  EXPECT_EQ(report.text, P.check(n, u.data(), r.data()).text);
}

TEST_F(PlanFile, IsWhatWasSaved) {
  auto all = [&](auto handle, auto index, sparsead::strategy strategy, int largest = 20000) {
    using J = decltype(handle);
    using Index = decltype(index);
    for (const int n : {0, 1, 2, 9, 500, 20000}) {
      if (n > largest)
        continue;
      const auto P = J::template plan<Index>(n, nullptr, nullptr);
      EXPECT_EQ(P.strategy(), strategy);
      P.save(path);
      EXPECT_EQ(files(), 1u);
      const auto Q = J::template load<Index>(path);
      expect_same(P, Q, n);
      const Bytes once = content(path);
      Q.save(path); // a loaded plan is a plan
      EXPECT_EQ(content(path), once);
    }
  };
  all(Of<Forward>(), std::int32_t(), sparsead::strategy::forward);
  all(Of<Forward>(), std::int64_t(), sparsead::strategy::forward);
  all(Of<Reverse>(), std::int32_t(), sparsead::strategy::reverse);
  all(Of<Reverse>(), std::int64_t(), sparsead::strategy::reverse);
  all(Of<Both>(), std::int32_t(), sparsead::strategy::bidirectional);
  all(Of<Both>(), std::int64_t(), sparsead::strategy::bidirectional);
  all(sparsead::jacobian<&arrow>(), std::int32_t(), sparsead::strategy::bidirectional, 500); // a row is full
  all(sparsead::jacobian<&arrow>(), std::int64_t(), sparsead::strategy::bidirectional, 500);
  all(Of<Local>(), std::int32_t(), sparsead::strategy::local);
  all(Of<Local>(), std::int64_t(), sparsead::strategy::local);
}

TEST_F(PlanFile, KnowsItsExtents) {
  Of<Local>::plan(7, nullptr, nullptr).save(path);
  const auto P = Of<Local>::load(path);
  std::vector<double> u = ramp(8), r(8), v(static_cast<std::size_t>(P.nnz()));
  try {
    P.values(v, 8, u.data(), r.data());
    FAIL();
  } catch (const std::invalid_argument &e) {
    EXPECT_STREQ(e.what(), "'u': extent 'n' is 8, but the plan was made for 7");
  }
  P.values(v, 7, u.data(), r.data());
}

TEST_F(PlanFile, OfAnotherFunctionIsRefused) {
  Of<Local>::plan(5, nullptr, nullptr).save(path);
  expect_error([&] { Of<Renamed>::load(path); }, "is a plan of 'stencil', not of 'stencils'");
  expect_error([&] { Of<Respecified>::load(path); },
               "is a plan of 'stencil' with the specification 'r[n] <- u[n]', which is 'r[n] <- u[n+0]' now");
  expect_error([&] { Of<Edited>::load(path); }, "'stencil' has changed since the plan was saved");
  expect_error([&] { Of<OtherExtent>::load(path); }, "was compiled differently");
  expect_error([&] { Of<OtherSites>::load(path); }, "was compiled differently");
  expect_error([&] { Of<Forward>::load(path); }, "was compiled differently");
  expect_error([&] { Of<Local>::load<std::int64_t>(path); },
               "was saved with an index type of 32 bits; use load<std::int32_t>(path)");
  Of<Local>::plan<std::int64_t>(5, nullptr, nullptr).save(path);
  expect_error([&] { Of<Local>::load(path); }, "use load<std::int64_t>(path)");
}

TEST_F(PlanFile, OfAnotherVersionOrMachineIsRefused) {
  Of<Local>::plan(5, nullptr, nullptr).save(path);
  const Bytes good = content(path);
  auto with = [&](auto change) {
    Bytes bytes = good;
    sparsead::rt::plan_file_header header;
    std::memcpy(&header, bytes.data(), sizeof header);
    change(header);
    std::memcpy(bytes.data(), &header, sizeof header);
    forge(bytes);
    put(path, bytes);
    return [&] { Of<Local>::load(path); };
  };
  using H = sparsead::rt::plan_file_header;
  expect_error(with([](H &h) { h.byte_order = 0x04030201; }), "another byte order");
  expect_error(with([](H &h) { h.format += 1; }), "saved by another version of sparsead (format 5, here 4)");
  expect_error(with([](H &h) { h.abi += 1; }), "saved by another version of sparsead (derivatives");
  expect_error(with([](H &h) { h.pointer_bytes = 4; }), "pointers of 4 bytes");
  expect_error(with([](H &h) { h.magic[1] = 's'; }), "is not a plan");
  put(path, {});
  expect_error([&] { Of<Local>::load(path); }, "is not a plan");
  put(path, Bytes(good.begin(), good.end() - 8));
  expect_error([&] { Of<Local>::load(path); }, "is damaged: it ends early");
  put(path, Bytes(5000, 'x'));
  expect_error([&] { Of<Local>::load(path); }, "is not a plan");
}

TEST_F(PlanFile, ThatCannotBeRead) {
  expect_error([&] { Of<Local>::load(path); }, "cannot be read: No such file");
  fs::create_directory(path);
  expect_error([&] { Of<Local>::load(path); }, "is a directory");
  fs::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  expect_error([&] { Of<Local>::load(path); }, "is not a regular file"); // and does not wait for a writer
  EXPECT_NE(message([&] { Of<Local>::load(""); }).find("the path is empty"), std::string::npos);
}

TEST_F(PlanFile, ThatCannotBeWrittenStaysAsItWas) {
  const auto P = Of<Forward>::plan(3000, nullptr, nullptr);
  const std::string elsewhere = (directory / "none" / "plan").string();
  EXPECT_NE(message([&] { P.save(elsewhere); }).find("cannot be written: No such file"), std::string::npos);
  EXPECT_NE(message([&] { P.save(directory.string()); }).find("Is a directory"), std::string::npos);
  EXPECT_NE(message([&] { P.save("/dev/null"); }).find("not a regular file"), std::string::npos);
  EXPECT_NE(message([&] { P.save(std::string("a\0b", 3)); }).find("null character"), std::string::npos);
  EXPECT_EQ(files(), 0u);

  // No room: a limit on the size of files, which the plan exceeds.
  Of<Forward>::plan(5, nullptr, nullptr).save(path);
  const Bytes before = content(path);
  rlimit old;
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  auto *const handler = ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string text = message([&] { P.save(path); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  ::signal(SIGXFSZ, handler);
  EXPECT_NE(text.find("'" + path + "': cannot be written: File too large"), std::string::npos) << text;
  EXPECT_EQ(content(path), before);
  EXPECT_EQ(files(), 1u);
  EXPECT_EQ(Of<Forward>::load(path).rows(), 5);
}

TEST_F(PlanFile, BehindALink) {
  const fs::path link = directory / "link";
  fs::create_symlink("plan", link);
  const auto P = Of<Forward>::plan(4, nullptr, nullptr);
  put(path, Bytes(10, 'x'));
  P.save(link.string());
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(Of<Forward>::load(path).nnz(), P.nnz());
}

TEST_F(PlanFile, IsAlwaysWhole) {
  const auto P = Of<Local>::plan(2000, nullptr, nullptr), Q = Of<Local>::plan(3000, nullptr, nullptr);
  P.save(path);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int repeat = 0; repeat < 10; ++repeat) {
        (t % 2 ? P : Q).save(path);
        EXPECT_EQ(Of<Local>::load(path).rows() % 1000, 0);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(files(), 1u);
}

} // namespace
