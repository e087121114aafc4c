// Plans with the caller's structure: one that holds the derivative's, and a part of it.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++17 -O0 %s %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 %t.plan | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -O2 %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 %t.plan | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

// Two species on a line, all of which couple with both neighbours.
#define BODY                                                                                                           \
  for (int i = 0; i < n; ++i)                                                                                          \
    for (int s = 0; s < 2; ++s) {                                                                                      \
      double sum = u[2 * i] * u[2 * i + 1] * (s + 1);                                                                  \
      if (i > 0)                                                                                                       \
        sum += u[2 * i - 2] * u[2 * i - 1];                                                                            \
      if (i < n - 1)                                                                                                   \
        sum -= u[2 * i + 2] * u[2 * i + 3];                                                                            \
      r[2 * i + s] = sum;                                                                                              \
    }
SPARSEAD_JACOBIAN("r[2*n] <- u[2*n]") void automatic(int n, const double *u, double *r) { BODY }
SPARSEAD_JACOBIAN("r[2*n] <- u[2*n]", "mode=forward") void forward(int n, const double *u, double *r) { BODY }
SPARSEAD_JACOBIAN("r[2*n] <- u[2*n]", "mode=reverse") void reverse(int n, const double *u, double *r) { BODY }

// Few colors for the whole and for a part: one kernel, and one tree of tangents, for both.
SPARSEAD_JACOBIAN("s[1] <- u[n]", "mode=forward") void row(int n, const double *u, double *s) {
  s[0] = 0;
  for (int i = 0; i < n; ++i)
    s[0] += u[i] * u[i];
}

constexpr int n = 9;
std::vector<double> u(2 * n), r(2 * n);
const char *path;

using dense = std::map<std::pair<int, int>, double>;

template <class Plan> dense values(const Plan &plan) {
  std::vector<double> v(static_cast<std::size_t>(plan.nnz()), 99.0);
  plan.values(v, n, u.data(), r.data());
  dense result;
  for (int i = 0; i < int(plan.rows()); ++i)
    for (auto k = plan.row_ptr()[i]; k < plan.row_ptr()[i + 1]; ++k)
      result[{i, int(plan.col_ind()[k])}] = v[k];
  return result;
}

// Blocks of `size` on the diagonal and `reach` blocks to both sides.
template <class Index> struct blocks {
  std::vector<Index> row_ptr{0}, col_ind;
  blocks(int size, int reach) {
    for (int i = 0; i < 2 * n; ++i) {
      for (int j = 0; j < 2 * n; ++j)
        if (std::abs(i / size - j / size) <= reach)
          col_ind.push_back(j);
      row_ptr.push_back(Index(col_ind.size()));
    }
  }
};

// v of `plan` is the derivative where `whole` has it and zero elsewhere.
template <class Plan> bool agrees(const Plan &plan, const dense &whole) {
  for (const auto &[at, value] : values(plan)) {
    const auto found = whole.find(at);
    if (std::fabs(value - (found == whole.end() ? 0.0 : found->second)) > 1e-14)
      return false;
  }
  return true;
}

template <class Plan> bool multiplies(const Plan &plan, const dense &whole) {
  std::vector<double> x(2 * n), y(2 * n), z(2 * n), expected(2 * n), transposed(2 * n);
  for (int j = 0; j < 2 * n; ++j)
    x[j] = 1.0 / (j + 2);
  for (const auto &[at, value] : whole) {
    expected[at.first] += value * x[at.second];
    transposed[at.second] += value * x[at.first];
  }
  plan.jvp(y, x, n, u.data(), r.data());
  plan.vjp(z, x, n, u.data(), r.data());
  for (int j = 0; j < 2 * n; ++j)
    if (std::fabs(y[j] - expected[j]) > 1e-13 || std::fabs(z[j] - transposed[j]) > 1e-13)
      return false;
  return true;
}

template <class J, class Index> void run(const char *name) {
  const auto whole = J::template plan<Index>(n, u.data(), r.data());
  const dense all = values(whole);
  bool good = true;
  auto expect = [&](bool holds, const char *what) {
    if (!holds)
      std::printf("%s: %s\n", name, what);
    good &= holds;
  };

  const blocks<Index> wide(4, 1);
  const auto prescribed = J::template plan_with<Index>({wide.row_ptr, wide.col_ind}, n, u.data(), r.data());
  expect(prescribed.nnz() == Index(wide.col_ind.size()) && prescribed.nnz() > whole.nnz(), "size of a structure");
  expect(agrees(prescribed, all) && multiplies(prescribed, all), "values in a structure");
  expect(prescribed.check(n, u.data(), r.data()).ok, "check in a structure");
  const auto same = J::template plan_with<Index>(whole.structure(), n, u.data(), r.data());
  expect(values(same) == all, "its own structure");

  const blocks<Index> diagonal(2, 0);
  const auto part = J::template plan_subset<Index>({diagonal.row_ptr, diagonal.col_ind}, n, u.data(), r.data());
  expect(part.nnz() == 4 * n && agrees(part, all) && multiplies(part, all), "values of a part");
  expect(part.check(n, u.data(), r.data()).ok, "check of a part");
  // What one evaluation leaves in the workspace does not disturb the next.
  for (int round = 0; round < 2; ++round) {
    const dense before = values(part);
    expect(part.check(n, u.data(), r.data()).ok, "check after values");
    expect(values(part) == before && agrees(part, all), "values after check");
    expect(multiplies(part, all), "products after values");
    expect(values(part) == before, "values after products");
  }
  if (part.strategy() == sparsead::strategy::forward)
    expect(part.num_colors() < whole.num_colors(), "fewer colors for a part");
  // Entries that the derivative has not are zero in a part, too.
  const auto beyond = J::template plan_subset<Index>({wide.row_ptr, wide.col_ind}, n, u.data(), r.data());
  expect(agrees(beyond, all) && multiplies(beyond, all), "a part with zeros");
  const std::vector<Index> none(2 * n + 1);
  const auto empty = J::template plan_subset<Index>({none, std::vector<Index>()}, n, u.data(), r.data());
  expect(empty.nnz() == 0 && values(empty).empty() && multiplies(empty, all), "no entries");

  for (const auto &plan : {prescribed, part, beyond, empty}) {
    plan.save(path);
    const auto again = J::template load<Index>(path);
    expect(values(again) == values(plan) && again.num_colors() == plan.num_colors() && multiplies(again, all),
           "read again");
  }
  std::printf("%s %s\n", name, good ? "good" : "BAD");
}

template <class F> void refuse(F make) {
  try {
    make();
    std::printf("not refused\n");
  } catch (const std::invalid_argument &e) {
    std::printf("%s\n", e.what());
  }
}

int main(int, char **argv) {
  path = argv[1];
  for (int j = 0; j < 2 * n; ++j)
    u[j] = 1.0 + 0.1 * ((7 * j) % 11);
  // CHECK: automatic good
  run<sparsead::jacobian<&automatic>, std::int32_t>("automatic");
  // CHECK-NEXT: automatic64 good
  run<sparsead::jacobian<&automatic>, std::int64_t>("automatic64");
  // CHECK-NEXT: forward good
  run<sparsead::jacobian<&forward>, std::int32_t>("forward");
  // CHECK-NEXT: reverse good
  run<sparsead::jacobian<&reverse>, std::int32_t>("reverse");

  const double x[] = {1, 2, 3};
  const std::vector<int> two{0, 2};
  bool good = true;
  for (int order = 0; order < 2; ++order) {
    double s, v[2], ubar[3];
    const double one = 1;
    const auto part = sparsead::jacobian<&row>::plan_subset({two, two}, 3, x, &s);
    for (int round = 0; round < 3; ++round) {
      if (order == 1) {
        good &= part.check(3, x, &s).ok;
        part.vjp(ubar, &one, 3, x, &s);
        good &= ubar[0] == 2 && ubar[1] == 4 && ubar[2] == 6;
      }
      part.values(v, 3, x, &s);
      good &= v[0] == 2 && v[1] == 6;
      good &= part.check(3, x, &s).ok;
    }
  }
  // CHECK-NEXT: one tree good
  std::printf("one tree %s\n", good ? "good" : "BAD");

  using J = sparsead::jacobian<&automatic>;
  auto with = [&](const std::vector<int> &row_ptr, const std::vector<int> &col_ind) {
    refuse([&] { J::plan_with({row_ptr, col_ind}, n, u.data(), r.data()); });
  };
  const blocks<int> diagonal(2, 0);
  // CHECK-NEXT: Jacobian of 'automatic': the given structure has no entry (0, 2), but the derivative has; plan_subset leaves entries out
  with(diagonal.row_ptr, diagonal.col_ind);
  // CHECK-NEXT: the given structure: 3 row pointers are given, 19 wanted (rows + 1)
  with({0, 1, 2}, {0, 1});
  std::vector<int> bad = diagonal.col_ind;
  std::swap(bad[4], bad[5]);
  // CHECK-NEXT: the given structure: the columns of row 2 do not ascend at 2
  with(diagonal.row_ptr, bad);
  bad = diagonal.col_ind;
  bad[35] = 18;
  // CHECK-NEXT: the given structure: column 18 of row 17 is not below 18
  with(diagonal.row_ptr, bad);
  std::vector<int> pointers = diagonal.row_ptr;
  pointers[3] = 99;
  // CHECK-NEXT: the given structure: row pointers descend at row 3
  with(pointers, diagonal.col_ind);
  pointers = diagonal.row_ptr;
  bad.push_back(0);
  // CHECK-NEXT: the given structure: row pointers end at 36, but there are 37 columns
  with(pointers, bad);
  // CHECK-NEXT: the given structure: an array is a null pointer
  refuse([&] { J::plan_subset({{pointers.data(), pointers.size()}, {nullptr, 36}}, n, u.data(), r.data()); });
}
