// A local plan used with other index arrays, lengths and switches than it was made with: nothing is written but its own
// memory, and sparsead::structure_changed says so wherever the number of partials, or what an interior relies on, differs.
// What the function has allocated stays allocated then, as where it throws.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O2 -fsanitize=address,undefined -fno-sanitize-recover=all %s -o %t %sparsead_ldflags
// RUN: env ASAN_OPTIONS=detect_leaks=0 %t | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O0 -fsanitize=address %s -o %t %sparsead_ldflags
// RUN: env ASAN_OPTIONS=detect_leaks=0 %t | %FileCheck %s
#include <sparsead/sparsead.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

struct mesh {
  int n, edges, low, high, shift, mode;
  const int *from, *to, *begin, *column;
};
#define LOCAL SPARSEAD_JACOBIAN("r[c.n] <- u[c.n]", "mode=local")

LOCAL void edge_list(const mesh &c, const double *u, double *r) {
  for (int i = 0; i < c.n; ++i)
    r[i] = 0;
  for (int e = 0; e < c.edges; ++e) {
    double flow = std::sin(u[c.from[e]] - u[c.to[e]]);
    r[c.from[e]] += flow;
    r[c.to[e]] -= flow;
  }
}
LOCAL void rows(const mesh &c, const double *u, double *r) { // a sum with terms of its own beside it
  for (int i = 0; i < c.n; ++i) {
    double s = u[i];
    for (int k = c.begin[i]; k < c.begin[i + 1]; ++k)
      s += u[c.column[k]] * u[i];
    r[i] = s;
  }
}
LOCAL void rows_of_rows(const mesh &c, const double *u, double *r) {
  for (int i = 0; i < c.n; ++i) {
    double s = 0;
    for (int k = c.begin[i]; k < c.begin[i + 1]; ++k) {
      double t = u[i];
      for (int l = c.begin[c.column[k]]; l < c.begin[c.column[k] + 1]; ++l)
        t += u[c.column[l]];
      s += u[c.column[k]] * std::cos(t);
    }
    r[i] = s;
  }
}
LOCAL void chosen(const mesh &c, const double *u, double *r) { // stores under a condition
  for (int i = 0; i < c.n; ++i) {
    r[i] = 0;
    if (c.column[i] > 2)
      r[i] += u[i] * u[c.column[i]];
  }
}
LOCAL void part(const mesh &c, const double *u, double *r) { // an interior inside of other bounds
  double *t = new double[c.high];
  for (int i = c.low; i < c.high; ++i)
    t[i] = 2.0 * i;
  for (int i = c.low; i < c.high; ++i)
    r[i] = u[i] * u[std::min(i + 1, c.n - 1)] * t[i];
  delete[] t;
}
LOCAL void turned(const mesh &c, const double *u, double *r) { // positions that a number shifts
  for (int i = 0; i < c.n; ++i)
    r[i] = u[i] * u[(i + c.shift) % c.n] + u[i + c.shift < c.n ? i + c.shift : 0];
}
LOCAL void repeated(const mesh &c, const double *u, double *r) { // a streamed loop, entered as often as it is told
  for (int k = 0; k < c.mode; ++k)
    for (int i = 0; i < c.n; ++i)
      r[i] = u[i] * u[(i + 1) % c.n];
}
LOCAL void stopped(const mesh &c, const double *u, double *r) { // a loop that counts by itself
  int k = 0;
  while (c.column[k] != 0) {
    r[k] = u[k] * u[k];
    ++k;
  }
}

LOCAL int refuses(const mesh &c, const double *u, double *r) { // an error code: the derivative is unspecified
  if (c.mode < 0)
    return -1;
  for (int i = 0; i < c.n; ++i)
    r[i] = u[i] * u[(i + 1) % c.n];
  return 0;
}

template <auto F, class Change> void run(const char *name, Change change) {
  const int n = 40;
  std::vector<int> from(n), to(n), begin(n + 1), column(3 * n);
  for (int i = 0; i < n; ++i)
    from[i] = i, to[i] = (i + 1) % n, begin[i + 1] = begin[i] + i % 3;
  for (int k = 0; k < 3 * n; ++k)
    column[k] = (k * 7) % n;
  column[n - 1] = 0;
  mesh c{n, n, 3, n - 3, 1, 2, from.data(), to.data(), begin.data(), column.data()};
  double *u = new double[n], *r = new double[n]; // of their own: an address beyond them is an error
  std::fill_n(u, n, 0.5);
  auto plan = sparsead::jacobian<F>::plan(c, u, r);
  double *v = new double[plan.nnz()], *again = new double[plan.nnz()];
  plan.values(v, c, u, r);
  mesh other = c;
  std::vector<int> a(3 * n), b(3 * n), p(begin), q(column);
  std::copy(from.begin(), from.end(), a.begin()), std::copy(to.begin(), to.end(), b.begin());
  other.from = a.data(), other.to = b.data(), other.begin = p.data(), other.column = q.data();
  change(other, p, q);
  std::string text = "no exception";
  try {
    plan.values(again, other, u, r);
  } catch (const sparsead::structure_changed &e) {
    text = e.what();
  }
  plan.values(again, c, u, r); // of use as before
  std::printf("%s %s%s\n", name, text.c_str(), std::equal(v, v + plan.nnz(), again) ? "" : " VALUES");
  delete[] u, delete[] r, delete[] v, delete[] again;
}

using I = std::vector<int>;
int main() {
  // CHECK: more edges Jacobian of 'edge_list': the structure is not what was planned; inactive data that it depends on has changed{{$}}
  run<&edge_list>("more edges", [](mesh &c, I &, I &) { c.edges = 3 * c.n; });
  // CHECK: fewer edges {{.*}} not what was planned; inactive data that it depends on has changed{{$}}
  run<&edge_list>("fewer edges", [](mesh &c, I &, I &) { c.edges = 3; });
  // CHECK: longer rows {{.*}} not what was planned
  run<&rows>("longer rows", [](mesh &, I &p, I &) { for (int &x : p) x += 50 * (&x > &p[20]); });
  // CHECK: shorter rows {{.*}} not what was planned
  run<&rows>("shorter rows", [](mesh &, I &p, I &) { for (int &x : p) x /= 2; });
  // CHECK: rows of longer rows {{.*}} not what was planned
  run<&rows_of_rows>("rows of longer rows", [](mesh &, I &p, I &) { for (int &x : p) x += 70 * (&x > &p[5]); });
  // CHECK: other conditions {{.*}} not what was planned
  run<&chosen>("other conditions", [](mesh &, I &, I &q) { for (int &x : q) x = 7; });
  // CHECK: no conditions {{.*}} not what was planned
  run<&chosen>("no conditions", [](mesh &, I &, I &q) { for (int &x : q) x = 1; });
  // CHECK: a shorter range {{.*}} not what was planned
  run<&part>("a shorter range", [](mesh &c, I &, I &) { c.high = 9; });
  // CHECK: an empty range {{.*}} not what was planned
  run<&part>("an empty range", [](mesh &c, I &, I &) { c.low = c.high = 5; });
  // CHECK: a longer range {{.*}} not what was planned
  run<&part>("a longer range", [](mesh &c, I &, I &) { c.low = 0, c.high = c.n; });
  // As many partials, in other places: values of another matrix, as the documents say, where no interior relies on it.
  // CHECK: turned further {{.*}}
  run<&turned>("turned further", [](mesh &c, I &, I &) { c.shift = 20; });
  // CHECK: once more {{.*}} not what was planned
  run<&repeated>("once more", [](mesh &c, I &, I &) { c.mode = 3; });
  // CHECK: once less {{.*}} not what was planned
  run<&repeated>("once less", [](mesh &c, I &, I &) { c.mode = 1; });
  // CHECK: a later end {{.*}} not what was planned
  run<&stopped>("a later end", [](mesh &, I &, I &q) { q[0] = 1; });
  // CHECK: an error code no exception
  run<&refuses>("an error code", [](mesh &c, I &, I &) { c.mode = -1; });
}
