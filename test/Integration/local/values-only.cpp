// A plain output given as a null pointer: the same values, from a kernel that stores no output where it can be done.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++17 -O0 %s %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -O2 %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -O2 -S -emit-llvm %s -o - | %FileCheck %s --check-prefix=IR
// CHECK: stencil local same 1
// CHECK: edges local same 1
// CHECK: sums local same 1
// CHECK: counted local same 1 returned 1
// Whoever reads what is stored has no such kernel.
// IR-DAG: define internal void @{{.*}}stencil{{.*}}.sparsead.values(
// IR-DAG: define internal void @{{.*}}edges{{.*}}.sparsead.values(
// IR-DAG: define internal void @{{.*}}sums{{.*}}.sparsead.values(
// IR-NOT: define internal void @{{.*}}counted{{.*}}.sparsead.values(
#include <cmath>
#include <cstdio>
#include <sparsead/sparsead.hpp>
#include <vector>

SPARSEAD_JACOBIAN("r[n] <- u[n]") void stencil(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[(i + 1) % n] + std::exp(u[(i + n - 1) % n]);
  r[0] = u[1];
}

SPARSEAD_JACOBIAN("r[n] <- u[n]") void edges(int n, const int *ends, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = 0;
  for (int e = 0; e < 2 * n; ++e) {
    const int a = ends[2 * e], b = ends[2 * e + 1];
    r[a] += u[a] * u[b];
    r[b] -= u[a] * u[b];
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n]") void sums(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    double s = 0;
    for (int j = 0; j <= i; ++j)
      s += (j + 1) * u[j] * u[j];
    r[i] = std::sqrt(1 + s);
  }
}

// How many are above a bound: the result needs the outputs.
SPARSEAD_JACOBIAN("r[n] <- u[n]") int counted(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * u[i];
  int count = 0;
  for (int i = 0; i < n; ++i)
    count += r[i] > 0.25;
  return count;
}

template <class J, class... A> auto compare(const char *name, double *r, A... args) {
  auto plan = J::plan(args..., r);
  std::vector<double> with(plan.nnz(), NAN), without(plan.nnz(), NAN);
  plan.values(with.data(), args..., r);
  auto again = [&] { return plan.values(without.data(), args..., static_cast<double *>(nullptr)); };
  std::printf("%s %s same ", name, to_string(plan.strategy()));
  if constexpr (std::is_void_v<decltype(again())>) {
    again();
    std::printf("%d\n", int(with == without));
  } else {
    const int result = again();
    std::printf("%d returned %d\n", int(with == without), int(result == plan.values(with.data(), args..., r)));
  }
}

int main() {
  const int n = 12;
  std::vector<double> u(n), r(n);
  std::vector<int> ends;
  for (int i = 0; i < n; ++i)
    u[i] = 0.1 + 0.07 * i;
  for (int e = 0; e < 2 * n; ++e) {
    ends.push_back(e % n);
    ends.push_back((e * 5 + 1) % n);
  }
  const double *x = u.data();
  compare<sparsead::jacobian<&stencil>>("stencil", r.data(), n, x);
  compare<sparsead::jacobian<&edges>>("edges", r.data(), n, static_cast<const int *>(ends.data()), x);
  compare<sparsead::jacobian<&sums>>("sums", r.data(), n, x);
  compare<sparsead::jacobian<&counted>>("counted", r.data(), n, x);
}
