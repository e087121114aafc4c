// Work arrays that are read and added to in one loop: elements gather inputs, whatever the subscripts look like.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && timeout 60 %t.O2 | %FileCheck %s
// RUN: env SPARSEAD_VERIFY=1 timeout 60 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"

#define WORK(extent) SPARSEAD_JACOBIAN("r[n] <- u[n]; b[" extent "]") void
WORK("n") halves(int n, const double *u, double *b, double *r) {
  for (int i = 0; i < n; ++i)
    b[i] = 0;
  for (int i = 0; i < n; ++i) {
    b[i / 2] += u[i];
    r[i] = b[i / 2];
  }
}
WORK("3") thirds(int n, const double *u, double *b, double *r) {
  for (int i = 0; i < 3; ++i)
    b[i] = 0;
  for (int i = 0; i < n; ++i) {
    b[i % 3] += u[i] * u[i];
    r[i] = b[i % 3];
  }
}
WORK("1") running(int n, const double *u, double *b, double *r) {
  b[0] = 0;
  for (int i = 0; i < n; ++i) {
    b[0] += u[i];
    r[i] = b[0];
  }
}
WORK("3 * n") rows(int n, const double *u, double *b, double *r) {
  for (int i = 0; i < 3 * n; ++i)
    b[i] = 0;
  for (int i = 0; i < n; ++i) {
    int s = (i % 3) * n;
    for (int j = 0; j < n; ++j)
      b[s + j] += u[j] * u[i];
    r[i] = b[s + i];
  }
}
WORK("n") dense(int n, const double *u, double *b, double *r) {
  for (int i = 0; i < n; ++i)
    b[i] = 0;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j)
      b[j] += u[j] * u[i];
    r[i] = b[i];
  }
}
WORK("3") delayed(int n, const double *u, double *b, double *r) {
  for (int i = 0; i < 3; ++i)
    b[i] = 0;
  for (int i = 0; i < n; ++i) {
    r[i] = b[i % 3] * u[i];
    b[i % 3] = u[i];
  }
}
SPARSEAD_JACOBIAN("r[n] <- u[n]") void local_array(int n, const double *u, double *r) {
  double b[3] = {};
  for (int i = 0; i < n; ++i) {
    b[i % 3] = b[i % 3] * u[i] + u[i];
    r[i] = b[i % 3];
  }
}
WORK("n") relaxed(int n, const double *u, double *b, double *r) {
  for (int i = 0; i < n; ++i)
    b[i] = u[i];
  for (int i = 1; i < n; ++i)
    b[i] = b[i] + b[i - 1] * 0.5;
  for (int i = 0; i < n; ++i)
    r[i] = b[i];
}

int main() {
  using check::items;
  using check::of;
  for (int n : {1, 4, 7}) {
    std::vector<double> u(21), b(64), r(21);
    for (int i = 0; i < 21; ++i)
      u[std::size_t(i)] = 0.3 + 0.11 * ((5 * i) % 7);
    const items in{of(u.data(), n)}, out{of(r.data(), n)};
    long below2 = 0, below3 = 0;
    for (int i = 0; i < n; ++i) {
      below2 += i % 2 + 1;
      below3 += i / 3 + 1;
    }
    check::jacobian<&halves>("halves", below2, in, out, n, u.data(), b.data(), r.data());
    check::jacobian<&thirds>("thirds", below3, in, out, n, u.data(), b.data(), r.data());
    check::jacobian<&running>("running", n * (n + 1) / 2, in, out, n, u.data(), b.data(), r.data());
    check::jacobian<&rows>("rows", below3, in, out, n, u.data(), b.data(), r.data());
    check::jacobian<&dense>("dense", n * (n + 1) / 2, in, out, n, u.data(), b.data(), r.data());
    check::jacobian<&delayed>("delayed", n + (n > 3 ? n - 3 : 0), in, out, n, u.data(), b.data(), r.data());
    check::jacobian<&local_array>("local_array", below3, in, out, n, u.data(), r.data());
    check::jacobian<&relaxed>("relaxed", n * (n + 1) / 2, in, out, n, u.data(), b.data(), r.data());
  }
  std::printf("done %d\n", check::failures);
}
