// Local arrays, structures, heap memory, containers, swapped buffers.
// RUN: %sparsead_clang -std=c++17 -O0 %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++17 -O2 %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
#include "Inputs/show.hpp"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

// CHECK: new_delete 5x5 9 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void new_delete(int n, const double *u, double *r) {
  double *t = new double[n];
  for (int i = 0; i < n; ++i)
    t[i] = u[i] * u[i];
  for (int i = 0; i < n; ++i)
    r[i] = t[i] + t[n - 1 - i];
  delete[] t;
}

// CHECK: malloc_free 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void malloc_free(int n, const double *u, double *r) {
  double *t = (double *)malloc(n * sizeof(double));
  memcpy(t, u, n * sizeof(double));
  for (int i = 0; i < n; ++i)
    r[i] = t[i] * t[i];
  free(t);
}

// CHECK: unique_pointer 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void unique_pointer(int n, const double *u, double *r) {
  auto t = std::make_unique<double[]>(n);
  for (int i = 0; i < n; ++i)
    t[i] = u[i] * u[i];
  for (int i = 0; i < n; ++i)
    r[i] = t[i];
}

// CHECK: push_back_reserved 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void push_back_reserved(int n, const double *u, double *r) {
  std::vector<double> t;
  t.reserve(n);
  for (int i = 0; i < n; ++i)
    t.push_back(u[i] * 2);
  for (int i = 0; i < n; ++i)
    r[i] = t[i] * t[i];
}

// CHECK: push_back 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void push_back(int n, const double *u, double *r) {
  std::vector<double> t;
  for (int i = 0; i < n; ++i)
    t.push_back(u[i] * 2);
  for (int i = 0; i < n; ++i)
    r[i] = t[i] * t[i];
}

// CHECK: algorithms 5x5 9 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void algorithms(int n, const double *u, double *r) {
  std::vector<double> t(u, u + n);
  std::transform(t.begin(), t.end(), t.begin(), [](double x) { return x * x; });
  std::copy(t.begin(), t.end(), r);
  std::swap(r[0], r[1]);
  r[2] = std::accumulate(t.begin(), t.end(), 0.0);
}

// CHECK: local_array 5x5 10 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void local_array(int n, const double *u, double *r) {
  for (int i = 0; i < n; ++i) {
    double t[3] = {u[i], u[(i + 1) % n], 1};
    double s = 0;
    for (int k = 0; k < 3; ++k)
      s += t[k] * t[k];
    r[i] = s;
  }
}

// CHECK: swapped_buffers 5x5 20 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void swapped_buffers(int n, const double *u, double *r) {
  std::vector<double> A(u, u + n), B(n);
  double *p = A.data(), *q = B.data();
  for (int s = 0; s < 3; ++s) {
    for (int i = 0; i < n; ++i)
      q[i] = 0.5 * (p[i] + p[(i + 1) % n]);
    std::swap(p, q);
  }
  for (int i = 0; i < n; ++i)
    r[i] = p[i];
}

// CHECK: walking_pointers 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void walking_pointers(int n, const double *u, double *r) {
  const double *e = u + n;
  while (u != e)
    *r++ = *u * *u++;
}

// CHECK: static_tables 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void static_tables(int n, const double *u, double *r) {
  static int calls = 0;
  static const double w[] = {0.25, 0.5, 0.25};
  ++calls;
  for (int i = 0; i < n; ++i)
    r[i] = w[i % 3] * u[i];
}

// CHECK: strings 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void strings(int n, const double *u, double *r) {
  std::string s = "abc";
  s += "def";
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * s.size();
}

// CHECK: map 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void map(int n, const double *u, double *r) {
  std::map<int, double> m;
  for (int i = 0; i < n; ++i)
    m[i] = 2;
  for (int i = 0; i < n; ++i)
    r[i] = u[i] * m[i];
}

// CHECK: variable_length_array 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void variable_length_array(int n, const double *u, double *r) {
  double t[n];
  for (int i = 0; i < n; ++i)
    t[i] = u[i] * u[i];
  for (int i = 0; i < n; ++i)
    r[i] = t[i];
}

// CHECK: sorted_indices 5x5 5 ok
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void sorted_indices(int n, const double *u, double *r) {
  std::vector<int> idx(n);
  std::iota(idx.begin(), idx.end(), 0);
  std::sort(idx.begin(), idx.end(), [n](int a, int b) { return (a * 7) % n < (b * 7) % n; });
  for (int i = 0; i < n; ++i)
    r[i] = u[idx[i]];
}

int main() {
  const int n = 5;
  double u[5] = {0.3, 0.7, 0.65, 0.95, 0.2}, r[5] = {};
  SHOW(new_delete);
  SHOW(malloc_free);
  SHOW(unique_pointer);
  SHOW(push_back_reserved);
  SHOW(push_back);
  SHOW(algorithms);
  SHOW(local_array);
  SHOW(swapped_buffers);
  SHOW(walking_pointers);
  SHOW(static_tables);
  SHOW(strings);
  SHOW(map);
  SHOW(variable_length_array);
  SHOW(sorted_indices);
}
