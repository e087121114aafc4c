// Memory: temporaries, pointers, structures, copies.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && %t.O2 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -I%S/../Inputs %s %sparsead_ldflags -o %t.san && %t.san | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: done 0
#include <sparsead/sparsead.hpp>
#include "check.hpp"
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void temporaries(int n, const double *u, double *r) {
  std::vector<double> a(u, u + n), b;
  for (int i = 0; i < n; ++i)
    b.push_back(a[i] * a[i]);
  b.resize(n + 1, 1.0);
  for (int i = 0; i < n; ++i)
    r[i] = b[i] * b[i + 1];
}

SPARSEAD_JACOBIAN("x <- a, b")
void solve3(const double (&a)[3][3], const double (&b)[3], double (&x)[3]) {
  double m[3][4];
  for (int i = 0; i < 3; ++i) {
    std::copy(a[i], a[i] + 3, m[i]);
    m[i][3] = b[i];
  }
  for (int k = 0; k < 3; ++k) {
    int p = k;
    for (int i = k + 1; i < 3; ++i)
      if (std::fabs(m[i][k]) > std::fabs(m[p][k]))
        p = i;
    for (int j = 0; j < 4; ++j)
      std::swap(m[k][j], m[p][j]);
    for (int i = k + 1; i < 3; ++i) {
      double f = m[i][k] / m[k][k];
      for (int j = k; j < 4; ++j)
        m[i][j] -= f * m[k][j];
    }
  }
  for (int i = 2; i >= 0; --i) {
    double s = m[i][3];
    for (int j = i + 1; j < 3; ++j)
      s -= m[i][j] * x[j];
    x[i] = s / m[i][i];
  }
}

struct Node {
  double value;
  Node *next;
};
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void list(int n, const double *u, double *r) {
  Node *head = nullptr;
  for (int i = 0; i < n; ++i) {
    Node *node = static_cast<Node *>(std::malloc(sizeof(Node)));
    *node = {u[i] * u[i], head};
    head = node;
  }
  for (int i = 0; i < n; ++i) {
    r[i] = head->value;
    Node *next = head->next;
    std::free(head);
    head = next;
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void ping_pong(int n, int steps, const double *u, double *r) {
  std::vector<double> first(u, u + n), second(n);
  double *now = first.data(), *then = second.data();
  for (int s = 0; s < steps; ++s) {
    for (int i = 0; i < n; ++i)
      then[i] = now[i] + 0.1 * now[(i + 1) % n];
    std::swap(now, then);
  }
  std::memcpy(r, now, n * sizeof(double));
}

struct Particle {
  int id;
  double x, v;
  float mass;
  std::array<double, 2> force;
};
SPARSEAD_JACOBIAN("p[n].v <- p[n].x, p[n].v")
void kick(int n, Particle *p) {
  for (int i = 0; i < n; ++i)
    p[i].force = {0, double(p[i].id)};
  for (int i = 0; i + 1 < n; ++i)
    p[i].v += p[i].mass * (p[i + 1].x - p[i].x) * p[i].force[1];
}

SPARSEAD_JACOBIAN("y[m][n] <- x[m][n]")
void rows(int m, int n, double **x, double **y) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j)
      y[i][j] = x[i][j] * x[(i + 1) % m][j];
}

struct State {
  int n;
  double *u, *r;
  struct {
    double *data;
  } work;
};
SPARSEAD_JACOBIAN("s->r[s->n] <- s->u[s->n]; s->work.data[s->n]")
void members(State *s) {
  std::memset(s->work.data, 0, s->n * sizeof(double));
  for (int i = 0; i < s->n; i += 2)
    s->work.data[i] = std::exp(s->u[i]);
  for (int i = 0; i < s->n; ++i)
    s->r[i] = s->work.data[i];
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void big_local(int n, const double *u, double *r) {
  double t[2000] = {};
  for (int i = 0; i < n; ++i)
    t[100 * i] = u[i] * u[n - 1];
  for (int i = 0; i < n; ++i)
    r[i] = t[100 * i] + t[1999];
}

SPARSEAD_JACOBIAN("y[n] <- x[n], s")
void mixed(int n, const float *x, double s, float *y) {
  for (int i = 0; i < n; ++i) {
    double wide = x[i];
    y[i] = float(wide * wide * s) + (i ? x[i - 1] : 0.0f);
  }
}

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void aliases(int n, const double *u, double *r) {
  double *p = r;
  const double *const end = u + n;
  for (const double *q = u; q != end; q += 2)
    *p++ = *q;
  for (const double *q = u + 1; q < end; q += 2)
    *p++ = *q * *(q - 1);
}

int main() {
  using namespace check;
  int n = 6;
  std::vector<double> u = points(n), r(n);
  jacobian<&temporaries>("temporaries", 2 * n - 1, {of(u)}, {of(r)}, n, u.data(), r.data());
  {
    double a[3][3] = {{0.5, 1, 0.25}, {2, 0.75, 1}, {1, 1.5, 3}}, b[3] = {1, 2, 3}, x[3] = {};
    jacobian<&solve3>("solve3", 36, {of(&a[0][0], 9), of(b, 3)}, {of(x, 3)}, a, b, x);
  }
  jacobian<&list>("list", n, {of(u)}, {of(r)}, n, u.data(), r.data());
  jacobian<&ping_pong>("ping_pong", 4 * n, {of(u)}, {of(r)}, n, 3, u.data(), r.data());
  {
    std::vector<Particle> p(4);
    for (int i = 0; i < 4; ++i)
      p[i] = {i, 0.5 * i, 1.0 + i, 0.5f, {}};
    items x, v;
    for (Particle &q : p) {
      x.push_back(of(q.x));
      v.push_back(of(q.v));
    }
    items in = x;
    in.insert(in.end(), v.begin(), v.end());
    jacobian<&kick>("kick", 2 * 3 + 4, in, v, 4, p.data());
  }
  {
    std::vector<double> x = points(12), y(12);
    double *px[] = {&x[0], &x[4], &x[8]}, *py[] = {&y[0], &y[4], &y[8]};
    jacobian<&rows>("rows", 24, {of(x)}, {of(y)}, 3, 4, px, py);
  }
  {
    std::vector<double> work(n);
    State s{n, u.data(), r.data(), {work.data()}};
    jacobian<&members>("members", n / 2, {of(u)}, {of(r)}, &s);
  }
  jacobian<&big_local>("big_local", 2 * n - 1, {of(u)}, {of(r)}, n, u.data(), r.data());
  {
    std::vector<float> x = points<float>(5), y(5);
    double s = 0.75;
    jacobian<&mixed>("mixed", 5 + 4 + 5, {of(x), of(s)}, {of(y)}, 5, x.data(), s, y.data());
  }
  jacobian<&aliases>("aliases", n / 2 + n, {of(u)}, {of(r)}, n, u.data(), r.data());
  std::printf("done %d\n", failures);
}
