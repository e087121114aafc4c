// Plans of Hessians on disk: what is read gives the same numbers to the last bit, whatever the strategy; what is foreign
// is refused. And compared with finite differences.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O1 %s %sparsead_ldflags -o %t && timeout 60 %t %t.plan | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined %s %sparsead_ldflags -o %t.san && timeout 120 %t.san %t.plan | %FileCheck %s
#include <sparsead/rt/plan_file.hpp>
#include <sparsead/sparsead.hpp>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

// Local; products with compiled code by star colors, and by substitution; a record.
SPARSEAD_HESSIAN("return <- x[n]") SPARSEAD_JACOBIAN("return <- x[n]") double terms(int n, const double *x) {
  double f = 0;
  for (int i = 0; i + 1 < n; ++i)
    f += x[i] * x[i] * std::sin(x[i + 1]);
  return f;
}
#define CARRIED                                                                                                        \
  double s = 0.5, f = 0;                                                                                               \
  for (int i = 0; i < n; ++i) {                                                                                        \
    s = i % 5 == 0 ? x[i] : 0.5 * s * x[i];                                                                            \
    f += s * s;                                                                                                        \
  }                                                                                                                    \
  return f;
SPARSEAD_HESSIAN("return <- x[n]") double products(int n, const double *x) { CARRIED }
SPARSEAD_HESSIAN("return <- x[n]", "mode=forward") double recorded(int n, const double *x) { CARRIED }
// Neighbours in a grid of six columns, and in chains, through an array that grows: fewer colors by substitution.
SPARSEAD_HESSIAN("return <- x[n]") double grid(int n, const double *x) {
  std::vector<double> terms;
  for (int i = 0; i < n; ++i)
    for (const int step : {1, 6, 7})
      if (i + step < n)
        terms.push_back(x[i] * x[i + step] * x[i]);
  double f = 0;
  for (std::size_t k = 0; k < terms.size(); ++k)
    f += terms[k];
  return f;
}
SPARSEAD_HESSIAN("g[n] <- x[n]") void equations(int n, const double *x, double *g) {
  for (int i = 0; i < n; ++i)
    g[i] = x[i] * x[n - 1 - i] * x[i];
}

// Where the structure hangs on an array that changes.
SPARSEAD_HESSIAN("return <- x[n]") double elsewhere(int n, const int *where, const double *x) {
  double f = 0, s = 1;
  for (int i = 0; i < n; ++i) {
    s = i % 2 ? 0.5 * x[i] : x[where[i]];
    f += s * s * x[i];
  }
  return f;
}

const char *path;
bool good = true;
void expect(bool holds, const char *name, const char *what) {
  if (!holds)
    std::printf("FAIL %s: %s\n", name, what);
  good &= holds;
}
bool same(const std::vector<double> &a, const std::vector<double> &b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

template <class Handle, class Index, class... A> void run(const char *name, std::vector<double> &x, A... args) {
  for (const sparsead::triangle which : {sparsead::triangle::lower, sparsead::triangle::full}) {
    const auto P = Handle::template plan<Index>(which, args...);
    P.save(path);
    const auto Q = Handle::template load<Index>(path);
    expect(P.summary() == Q.summary() && P.strategy() == Q.strategy() && P.num_colors() == Q.num_colors(), name,
           "summary");
    expect(std::equal(P.colors().begin(), P.colors().end(), Q.colors().begin(), Q.colors().end()), name, "colors");
    expect(std::equal(P.row_ptr().begin(), P.row_ptr().end(), Q.row_ptr().begin(), Q.row_ptr().end()) &&
               std::equal(P.col_ind().begin(), P.col_ind().end(), Q.col_ind().begin(), Q.col_ind().end()),
           name, "structure");
    std::vector<double> v(P.nnz(), 1), w(P.nnz(), 2), direction(P.rows(), 0.5), a(P.rows(), 1), b(P.rows(), 2);
    for (int round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = 0.4 + 0.1 * double((i * 7 + round) % 9);
      const std::vector<double> before = x;
      if constexpr (std::is_void_v<decltype(P.values(v, args...))>) {
        std::vector<double> lambda(P.rows(), 0.75);
        P.values(v, lambda, args...);
        Q.values(w, lambda, args...);
        P.hvp(a, direction, lambda, args...);
        Q.hvp(b, direction, lambda, args...);
      } else {
        expect(P.values(v, args...) == Q.values(w, args...), name, "the function's value");
        P.hvp(a, direction, args...);
        Q.hvp(b, direction, args...);
      }
      expect(same(v, w), name, "values");
      expect(same(a, b), name, "products");
      const sparsead::check_report report = Q.check(args...);
      expect(report.ok, name, report.text.c_str());
      expect(same(x, before), name, "the arguments after check");
    }
    Q.save(path);
    Handle::template load<Index>(path);
    if (which == sparsead::triangle::lower && sizeof(Index) == 4 && !x.empty())
      std::printf("%s\n%s\n", P.summary().c_str(), Q.check(args...).text.c_str());
  }
}

template <class F> void refused(F make) {
  try {
    make();
    std::printf("not refused\n");
  } catch (const sparsead::plan_file_error &e) {
    std::string text = e.what();
    std::printf("%s\n", text.substr(text.find("': ") + 3).c_str());
  }
}

int main(int, char **argv) {
  path = argv[1];
  std::vector<double> x(37), g(37), none;
  const int n = 37;
  // CHECK: Hessian 37×37, nnz=73, {{.*}}, lower triangle, local
  // CHECK-NEXT: 'Hessian of terms': 109 entries agree with finite differences, largest error {{[0-9.e-]+}} at
  run<sparsead::hessian<&terms>, int>("terms", x, n, x.data());
  // CHECK-NEXT: Hessian 37×37, {{.*}}, lower triangle, forward, {{[0-9]}} colors
  // CHECK-NEXT: 'Hessian of products': {{.*}} entries agree
  run<sparsead::hessian<&products>, int>("products", x, n, x.data());
  // CHECK-NEXT: Hessian 37×37, {{.*}}, lower triangle, forward
  // CHECK-NEXT: 'Hessian of recorded': {{.*}} entries agree
  run<sparsead::hessian<&recorded>, int>("recorded", x, n, x.data());
  // CHECK-NEXT: Hessian 37×37, {{.*}}, lower triangle, forward
  // CHECK-NEXT: 'Hessian of grid': {{.*}} entries agree
  run<sparsead::hessian<&grid>, int>("grid", x, n, x.data());
  // CHECK-NEXT: Hessian 37×37, {{.*}}, lower triangle
  // CHECK-NEXT: 'Hessian of equations': {{.*}} entries agree
  run<sparsead::hessian<&equations>, int>("equations", x, n, x.data(), g.data());
  for (const int small : {0, 1, 2}) {
    std::vector<double> y(small), h(small);
    run<sparsead::hessian<&terms>, int>("few terms", none, small, y.data());
    run<sparsead::hessian<&products>, std::int64_t>("few products", none, small, y.data());
    if (small > 0)
      run<sparsead::hessian<&equations>, std::int64_t>("few equations", none, small, y.data(), h.data());
  }
  run<sparsead::hessian<&products>, std::int64_t>("long products", x, n, x.data());
  run<sparsead::hessian<&terms>, std::int64_t>("long terms", x, n, x.data());

  // CHECK-NEXT: is a plan of a Hessian, not of a Jacobian
  sparsead::hessian<&terms>::plan(n, x.data()).save(path);
  refused([&] { sparsead::jacobian<&terms>::load(path); });
  // CHECK-NEXT: is a plan of 'Hessian of terms', not of 'Hessian of products'
  refused([&] { sparsead::hessian<&products>::load(path); });
  // CHECK-NEXT: is a plan of a Jacobian, not of a Hessian
  sparsead::jacobian<&terms>::plan(n, x.data()).save(path);
  refused([&] { sparsead::hessian<&terms>::load(path); });
  // CHECK-NEXT: was saved with an index type of 64 bits
  sparsead::hessian<&products>::plan<std::int64_t>(n, x.data()).save(path);
  refused([&] { sparsead::hessian<&products>::load(path); });

  // Damaged by chance, and by somebody who makes the sums again: refused, or a plan.
  std::mt19937 random(3);
  int accepted = 0;
  auto mutate = [&](auto handle, auto... args) {
    using Handle = decltype(handle);
    Handle::plan(args...).save(path);
    std::ifstream in(path, std::ios::binary);
    const std::vector<char> whole(std::istreambuf_iterator<char>(in), {});
    for (int round = 0; round < 600; ++round) {
      std::vector<char> bytes = whole;
      if (round % 3 == 0) {
        bytes[random() % bytes.size()] ^= char(1 << random() % 8);
      } else {
        const std::size_t at = sizeof(sparsead::rt::plan_file_header) / 4 + random() % (bytes.size() / 4 - 14);
        const std::int32_t choice[] = {0, 1, -1, 2, 36, 37, 1 << 30};
        std::memcpy(bytes.data() + 4 * at, &choice[random() % 7], 4);
        sparsead::rt::plan_file_header header;
        std::memcpy(&header, bytes.data(), sizeof header);
        sparsead::rt::word_checksum content, sum;
        content.add(bytes.data() + sizeof header, bytes.size() - sizeof header);
        header.content = content.value();
        sum.add(&header, sizeof header - 8);
        header.header = sum.value();
        std::memcpy(bytes.data(), &header, sizeof header);
      }
      std::ofstream(path, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
      try {
        const auto Q = Handle::load(path);
        std::vector<double> v(Q.nnz());
        ++accepted;
        Q.values(v, args...);
      } catch (const sparsead::plan_file_error &) {
      } catch (const sparsead::structure_changed &) {
      } catch (const std::invalid_argument &) {
      }
    }
  };
  mutate(sparsead::hessian<&products>(), n, static_cast<const double *>(x.data()));
  mutate(sparsead::hessian<&grid>(), n, static_cast<const double *>(x.data()));
  mutate(sparsead::hessian<&recorded>(), n, static_cast<const double *>(x.data()));
  // CHECK-NEXT: mutated 1
  std::printf("mutated %d\n", accepted < 1200);

  // CHECK-NEXT: 'Hessian of elsewhere': entry ({{[0-9, ]+}}) is outside the pattern, but finite differences give
  std::vector<int> where(n, 3);
  const auto stale = sparsead::hessian<&elsewhere>::plan(n, where.data(), x.data());
  where.assign(n, 5);
  const sparsead::check_report report = stale.check(n, where.data(), x.data());
  std::printf("%s\n", report.ok ? "not found" : report.text.c_str());

  // CHECK-NEXT: Lagrangian 1
  auto L = sparsead::lagrangian_hessian<&products, &equations>::plan(std::forward_as_tuple(n, x.data()),
                                                                     std::forward_as_tuple(n, x.data(), g.data()));
  std::printf("Lagrangian %d\n", L.num_colors() > 0);
  // CHECK-NEXT: good
  std::printf("%s\n", good ? "good" : "BAD");
}
