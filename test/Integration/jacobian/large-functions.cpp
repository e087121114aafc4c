// Thousands of statements, branches and loops in one function, as generators write them: right, and compiled in time and
// memory that grow with the source (quadratic, it would not end within the limits below).
// REQUIRES: plugin
// RUN: bash -c 'ulimit -v 6000000; timeout 400 %sparsead_clang -std=c++17 -O1 -I%S/../Inputs %s %sparsead_ldflags -o %t'
// RUN: timeout 60 %t | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>

#include "check.hpp"

#define TEN(M, k) M(k##0) M(k##1) M(k##2) M(k##3) M(k##4) M(k##5) M(k##6) M(k##7) M(k##8) M(k##9)
#define HUNDRED(M, k) \
  TEN(M, k##0) TEN(M, k##1) TEN(M, k##2) TEN(M, k##3) TEN(M, k##4) TEN(M, k##5) TEN(M, k##6) TEN(M, k##7) \
  TEN(M, k##8) TEN(M, k##9)
// The numbers 1000 to 1999.
#define THOUSAND(M) \
  HUNDRED(M, 10) HUNDRED(M, 11) HUNDRED(M, 12) HUNDRED(M, 13) HUNDRED(M, 14) HUNDRED(M, 15) HUNDRED(M, 16) \
  HUNDRED(M, 17) HUNDRED(M, 18) HUNDRED(M, 19)

#define STATEMENT(i) r[i - 1000] = u[i - 1000] * u[i - 999] + std::sin(u[i - 1000]);
SPARSEAD_JACOBIAN("r[1000] <- u[1001]")
void straight(const double *u, double *r) { THOUSAND(STATEMENT) }

#define BRANCH(i) \
  if (u[i - 1000] > 0) \
    r[i - 1000] += u[i - 1000] * u[k]; \
  else \
    r[i - 1000] += 2 * u[i - 1000];
SPARSEAD_JACOBIAN("r[1000] <- u[1000]")
void branches(int n, const double *u, double *r) {
  for (int i = 0; i < 1000; ++i)
    r[i] = 0;
  for (int k = 0; k < n; ++k) {
    THOUSAND(BRANCH)
  }
}

#define LOOP(i) \
  for (int k = 0; k < n - i % 5; ++k) \
    r[k] += u[k] * u[k + i % 5] * i;
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void loops(int n, const double *u, double *r) {
  for (int k = 0; k < n; ++k)
    r[k] = 0;
  HUNDRED(LOOP, 1)
}

int main() {
  int failures = 0;
  auto expect = [&](const char *name, long nnz, const auto &report, const auto &plan) {
    if (!report.ok || plan.nnz() != nnz) {
      std::printf("FAIL %s: %ld entries, %s\n", name, long(plan.nnz()), report.text.c_str());
      ++failures;
    }
  };
  std::vector<double> u(1001), r(1001);
  for (int i = 0; i <= 1000; ++i)
    u[i] = (i % 3 ? 0.4 : -0.6) + i * 1e-4;
  auto a = sparsead::jacobian<&straight>::plan(u.data(), r.data());
  expect("straight", 2000, a.check(u.data(), r.data()), a);
  int n = 3;
  auto b = sparsead::jacobian<&branches>::plan(n, u.data(), r.data());
  expect("branches", 3 * 3 + 4 * 997, b.check(n, u.data(), r.data()), b);
  n = 40;
  auto c = sparsead::jacobian<&loops>::plan(n, u.data(), r.data());
  expect("loops", 40 + 39 + 38 + 37 + 36, c.check(n, u.data(), r.data()), c);
  std::printf("done %d\n", failures);
}
