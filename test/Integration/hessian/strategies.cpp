// The local Hessian, the Jacobian of the compiled adjoint, against products by star colors on a record: the same
// structure, and the same values also where arguments are zero, meet, or stand at an end.
// REQUIRES: plugin
// RUN: %sparsead_clang -std=c++20 -O0 -I%S/../Inputs %s %sparsead_ldflags -o %t.O0 && env SPARSEAD_VERIFY=1 timeout 60 %t.O0 | %FileCheck %s
// RUN: %sparsead_clang -std=c++20 -O2 -I%S/../Inputs %s %sparsead_ldflags -o %t.O2 && env SPARSEAD_VERIFY=1 timeout 60 %t.O2 | %FileCheck %s
// CHECK-NOT: FAIL
// CHECK: chain local
// CHECK: ring local
// CHECK: cube local
// CHECK: springs local
// CHECK: arc local
// CHECK: surface local
// CHECK: porous local
// CHECK: volume local
// CHECK: assembled local
// CHECK: twice forward
// CHECK: own_memory local
// CHECK-NOT: FAIL
#include <sparsead/sparsead.hpp>
#include "compare_hessians.hpp"
#include <array>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <vector>

// Chains with neighbours to either side, and over two.
BOTH("return <- x[n]") double chain(int n, const double *x) {
  double f = 0;
  for (int i = 2; i + 1 < n; ++i)
    f += x[i - 2] * x[i + 1] * x[i] + std::sin(x[i - 1] * x[i]);
  return f;
}
// From the end to the beginning.
BOTH("return <- x[n]") double downwards(int n, const double *x) {
  double f = 0;
  for (int i = n - 1; i > 0; --i)
    f += std::pow(x[i] - x[i - 1], 4);
  return f;
}
// Every other element; records of two.
BOTH("return <- x[2*n]") double pairs(int n, const double *x) {
  double f = 0;
  for (int i = 0; i + 1 < n; ++i) {
    const double dx = x[2 * i + 2] - x[2 * i], dy = x[2 * i + 3] - x[2 * i + 1];
    f += dx * dx * dy + x[2 * i] * dy * dy;
  }
  return f;
}
// Two loops that add to the same elements; one over a part.
BOTH("return <- x[n]") double loops(int n, const double *x) {
  double f = 0;
  for (int i = 0; i + 1 < n; ++i)
    f += x[i] * x[i + 1];
  for (int i = 3; i < n - 2; ++i)
    f += x[i] * x[i] * x[i];
  return f + x[0] * x[n - 1];
}
// Periodic: subscripts by cases.
BOTH("return <- x[n]") double ring(int n, const double *x) {
  double f = 0;
  for (int i = 0; i < n; ++i)
    f += x[i] * std::exp(x[(i + 1) % n] - x[i == 0 ? n - 1 : i - 1]);
  return f;
}
// A grid with a boundary, rows before columns and the other way round.
BOTH("return <- u[m*n]") double grid(int m, int n, const double *u) {
  double f = 0;
  for (int j = 0; j < m; ++j)
    for (int i = 0; i < n; ++i) {
      const double here = u[j * n + i], east = i + 1 < n ? u[j * n + i + 1] : 0.25,
                   north = j < m - 1 ? u[(j + 1) * n + i] : 0;
      f += std::sqrt(1 + (east - here) * (east - here) + (north - here) * (north - here));
    }
  return f;
}
BOTH("return <- u[m*n]") double columns(int m, int n, const double *u) {
  double f = 0;
  for (int i = 1; i < n - 1; ++i)
    for (int j = 1; j < m; ++j)
      f += u[j * n + i] * u[(j - 1) * n + i + 1] * u[j * n + i - 1];
  return f;
}
// More columns are written than there are: rows meet at their ends.
BOTH("return <- u[m*n + 2]") double overlapping(int m, int n, const double *u) {
  double f = 0;
  for (int j = 0; j < m; ++j)
    for (int i = 0; i < n + 1; ++i)
      f += u[j * n + i] * u[j * n + i] * u[j * n + i + 1];
  return f;
}
BOTH("return <- u[a*b*c]") double cube(int a, int b, int c, const double *u) {
  double f = 0;
  for (int k = 0; k < a - 1; ++k)
    for (int j = 0; j < b - 1; ++j)
      for (int i = 0; i < c - 1; ++i) {
        const double *p = u + (k * b + j) * c + i;
        f += p[0] * p[1] * p[c] + p[b * c] * p[b * c + c + 1] * p[0];
      }
  return f;
}
// Conditions on data that is given, and on what is differentiated.
BOTH("return <- x[n]") double masked(int n, const int *mask, const double *x) {
  double f = 0;
  for (int i = 0; i + 1 < n; ++i)
    if (mask[i])
      f += x[i] * x[i] * x[i + 1];
  return f;
}
BOTH("return <- x[n]") double huber(int n, const double *x) {
  double f = 0;
  for (int i = 0; i + 1 < n; ++i) {
    const double d = x[i + 1] - x[i];
    f += std::fabs(d) < 0.5 ? d * d : std::fabs(d) - 0.25;
  }
  return f;
}
// Roots that may be at zero, of factors that may be zero.
BOTH("return <- x[3*n]") double springs(int n, int m, const int *edges, const double *rest, const double *x) {
  double f = 0;
  for (int e = 0; e < m; ++e) {
    const double *p = x + 3 * edges[2 * e], *q = x + 3 * edges[2 * e + 1];
    const double dx = p[0] - q[0], dy = p[1] - q[1], dz = p[2] - q[2];
    const double stretch = std::sqrt(dx * dx + dy * dy + dz * dz) - rest[e];
    f += 0.5 * stretch * stretch;
  }
  return f + 0.0 * n;
}
BOTH("return <- x[n]") double chosen_root(int n, const double *x) {
  double f = 0;
  for (int i = 0; i + 1 < n; ++i)
    f += (x[i] > 0 ? std::sqrt(x[i]) : 1 - x[i] * x[i]) * x[i + 1];
  return f;
}
BOTH("return <- x[n]") double polar(int n, const double *x) {
  double f = 0;
  for (int i = 0; i + 1 < n; i += 2)
    f += std::hypot(x[i], x[i + 1] + 2) * std::atan2(x[i] + 3, x[i + 1] + 4);
  return f;
}
// Terms that cost more than memory: they are kept for the elements.
BOTH("return <- x[2*n]") double arc(int n, const double *x) {
  double f = 0;
  for (int i = 0; i + 1 < n; ++i) {
    const double dx = x[2 * i + 2] - x[2 * i], dy = x[2 * i + 3] - x[2 * i + 1];
    f += std::sqrt(0.01 + dx * dx + dy * dy) * std::exp(-x[2 * i]);
  }
  return f;
}
BOTH("return <- x[N*M]") double surface(int N, int M, const double *x) {
  double area = 0;
  int corners = 0;
  for (int j = -1; j < N; ++j)
    for (int i = -1; i < M; ++i) {
      const double a = i >= 0 && j >= 0 ? x[j * M + i] : 0.1 * i, b = i < M - 1 && j >= 0 ? x[j * M + i + 1] : 0.2 * j;
      const double c = i >= 0 && j < N - 1 ? x[(j + 1) * M + i] : 0.3;
      const double d = i < M - 1 && j < N - 1 ? x[(j + 1) * M + i + 1] : 1 - 0.1 * j;
      corners += i < 0 && j < 0;
      area += std::sqrt(1.0 + (b - a) * (b - a) + (c - a) * (c - a)) + std::sqrt(1.0 + (d - c) * (d - c) + (d - b) * (d - b));
    }
  return area + corners;
}
// Down the columns, of which some are left out.
BOTH("return <- x[N*M]") double porous(int N, int M, const int *open, const double *x) {
  double f = 0;
  for (int i = 1; i + 1 < M; ++i)
    for (int j = 1; j + 1 < N; ++j) {
      if (!open[i])
        continue;
      const double here = x[j * M + i];
      const double flow = (x[j * M + i + 1] - here) / (2 + std::cos(here)) + std::tanh(x[(j + 1) * M + i - 1] * here);
      f += std::log(2 + flow * flow) + std::sqrt(1 + flow * flow);
    }
  return f;
}
BOTH("return <- x[L*M*N]") double volume(int L, int M, int N, const double *x) {
  double f = 0;
  for (int k = 0; k + 1 < L; ++k)
    for (int j = 0; j + 1 < M; ++j)
      for (int i = 0; i + 1 < N; ++i) {
        const double *p = x + (k * M + j) * N + i;
        const double dx = p[1] - p[0], dy = p[N] - p[0], dz = p[M * N] - p[0];
        f += std::sqrt(1 + dx * dx + dy * dy + dz * dz) / (2 + std::sin(p[0]));
      }
  return f;
}
// Several outputs with weights; each of them once, and all sums.
BOTH("g[n - 1] <- x[n]") void equations(int n, const double *x, double *g) {
  for (int i = 0; i + 1 < n; ++i)
    g[i] = x[i] * x[i] * x[i + 1] - std::cos(x[i + 1]);
}
BOTH("g[m*n] <- u[m*n]") void residual(int m, int n, const double *u, double *g) {
  for (int j = 0; j < m; ++j)
    for (int i = 0; i < n; ++i) {
      const double w = i > 0 ? u[j * n + i - 1] : 0, s = j > 0 ? u[(j - 1) * n + i] : 0;
      g[j * n + i] = u[j * n + i] * (w + s) + std::exp(u[j * n + i]);
    }
}
BOTH("g[n] <- x[n]") void assembled(int n, int m, const int *edges, const double *x, double *g) {
  for (int i = 0; i < n; ++i)
    g[i] = x[i] * x[i];
  for (int e = 0; e < m; ++e) {
    const int a = edges[2 * e], b = edges[2 * e + 1];
    const double flux = x[a] * x[b] * x[b];
    g[a] += flux;
    g[b] -= flux;
  }
}
// An output that is stored twice: only the last counts.
BOTH("g[n] <- x[n]") void twice(int n, const double *x, double *g) {
  for (int i = 0; i < n; ++i)
    g[i] = x[i] * x[i] * x[i];
  for (int i = 0; i < n / 2; ++i)
    g[2 * i] = x[i] * x[i + 1];
}
BOTH("g[n] <- x[n]") void same_place(int n, const int *where, const double *x, double *g) {
  for (int i = 0; i < n; ++i)
    g[i] = 0;
  for (int i = 0; i < n; ++i)
    g[where[i]] = x[i] * x[i];
}
// Terms that are dropped again leave nothing.
BOTH("return <- x[n]") double last(int n, const double *x) {
  double f = 0;
  for (int i = 0; i < n; ++i)
    f = x[i] * x[i];
  return f;
}
BOTH("return <- x[n]") double since(int n, const int *mask, const double *x) {
  double f = 0;
  for (int i = 0; i + 1 < n; ++i) {
    if (mask[i])
      f = 0;
    f += x[i] * x[i + 1];
  }
  return f;
}
BOTH("return <- x[n]") double decaying(int n, const double *x) {
  double f = 0;
  for (int i = 0; i < n; ++i)
    f = 0.5 * f + x[i] * x[i];
  return f;
}
// Powers whose second derivatives are infinite at zero, beside others.
BOTH("g[n] <- x[n]") void powers(int n, const double *x, double *g) {
  for (int i = 0; i < n; ++i)
    g[i] = std::pow(x[i], 1.5) + (i > 0 ? std::sqrt(x[i]) * x[i - 1] : 0);
}
// What loops carry beside their sums has an order, and so have other stores.
BOTH("return <- x[n], y[n]")
double last_index(int n, const int *mask, const double *c, const double *x, const double *y) {
  int last = 0;
  double f = 0, w = 0.25;
  for (int i = 1; i < n; ++i) {
    f += x[i] * x[i] * x[i - 1];
    if (mask[i])
      last = i;
    w = 0.5 * w + c[i];
  }
  for (int i = 0; i < n; ++i)
    f += c[last] * y[i] * y[i] * y[i];
  return f + w;
}
BOTH("return <- x[n], y[n]") double counted(int n, const int *mask, const double *x, const double *y) {
  int k = 0;
  double f = 0;
  for (int i = 1; i < n; ++i) {
    f += x[i] * x[i] * x[i - 1];
    k += mask[i];
  }
  for (int i = 1; i < n; ++i)
    if (i < k)
      f += y[i] * y[i] * y[i - 1];
  return f;
}
BOTH("return <- x[n]") double carried_over(int n, const double *c, const double *x) {
  double k = 1, f = 0;
  for (int j = 0; j < 3; ++j) {
    const double b = k;
    for (int i = 1; i < n; ++i) {
      f += x[i] * x[i] * x[i - 1];
      k = 0.5 * k + b * c[i];
    }
  }
  return f + k;
}
BOTH("return <- x[n]") double logged(int n, const int *where, const double *c, const double *x, double *log) {
  double f = 0, s = 0;
  for (int i = 1; i < n; ++i) {
    f += x[i] * x[i] * x[i - 1];
    s += c[i];
    log[where[i]] = s;
  }
  return f;
}
// Rows of ghost cells, of which there are fewer than none.
BOTH("return <- u[k*(n + 2*m) + 2]") double ghosts(int n, int m, int k, const double *u) {
  double f = 0;
  for (int j = 0; j < k; ++j)
    for (int i = -m; i < n; ++i)
      f += std::pow(u[j * (n + 2 * m) + i + m], 3);
  return f;
}
// An output that is only added to is added to once, also where a product takes another way (x = 0).
SPARSEAD_HESSIAN("g[n] <- x[n]") void added(int n, const double *x, double *g) {
  for (int i = 0; i < n; ++i)
    g[i] += std::pow(x[i], 1.5) + x[i];
}
// Through work arrays, and through memory of its own.
BOTH("return <- x[n]; w[n]") double work(int n, const double *x, double *w) {
  for (int i = 0; i < n; ++i)
    w[i] = x[i] * x[i];
  double f = 0;
  for (int i = 0; i + 1 < n; ++i)
    f += w[i] * x[i + 1] + std::sin(w[i + 1]);
  return f;
}
BOTH("return <- x[n]") double own_memory(int n, const double *x) {
  std::vector<double> w(n);
  for (int i = 0; i < n; ++i)
    w[i] = std::exp(x[i]) - 1;
  double f = 0;
  for (int i = 1; i < n; ++i)
    f += w[i] * w[i - 1];
  return f;
}
// Two inputs in two arrays; members of structures; arrays that know their size.
BOTH("return <- x[n], y[n]") double two(int n, const double *x, const double *y) {
  double f = 0;
  for (int i = 0; i + 1 < n; ++i)
    f += x[i] * y[i + 1] * y[i] + x[i + 1] * x[i + 1];
  return f;
}
struct node {
  double x, y;
  int tag;
};
BOTH("return <- c[n]") double nodes(int n, const node *c) {
  double f = 0;
  for (int i = 0; i + 1 < n; ++i)
    f += c[i].tag * c[i].x * c[i + 1].y * c[i].y;
  return f;
}
struct system_data {
  int n;
  std::vector<double> u;
};
BOTH("return <- s.u") double in_a_vector(const system_data &s) {
  double f = 0;
  for (int i = 0; i + 1 < s.n; ++i)
    f += s.u[i] * s.u[i] * s.u[i + 1];
  return f;
}
BOTH("return <- q") double fixed(const std::array<double, 6> &q) {
  double f = 0;
  for (std::size_t i = 0; i + 1 < q.size(); ++i)
    f += q[i] * std::exp(q[i + 1]);
  return f;
}

static void add_once() {
  const double x[3] = {0, 1, 4}, lambda[3] = {1, 1, 1}, direction[3] = {1, 1, 1};
  double g[3] = {1, 1, 1}, w[3];
  const auto H = sparsead::hessian<&added>::plan(3, x, g);
  H.hvp(w, direction, lambda, 3, x, g);
  const bool right = g[0] == 1 && g[1] == 3 && g[2] == 13 && w[1] == 0.75 && w[2] == 0.375;
  if (!right)
    std::printf("FAIL added: %g %g %g, product %g %g %g\n", g[0], g[1], g[2], w[0], w[1], w[2]), ++failures;
}

int main() {
  add_once();
  for (const int n : {12, 3, 2, 40}) {
    std::vector<double> x(n), y(n), x2(2 * n), x3(3 * n), grid_points(n * 7), wide(n * 7 + 2);
    std::vector<double> g(n * 7), w(n);
    std::vector<int> mask(n), edges, where(n);
    for (int i = 0; i < n; ++i) {
      mask[i] = i % 3 != 1;
      where[i] = (i * i) % n;
      edges.insert(edges.end(), {i, (i * 5 + 1) % n == i ? (i + 1) % n : (i * 5 + 1) % n});
    }
    std::vector<double> rest(n, 0.5);
    compare<&chain>("chain", x, 1, n, x.data());
    compare<&downwards>("downwards", x, 1, n, x.data());
    compare<&pairs>("pairs", x2, 1, n, x2.data());
    compare<&loops>("loops", x, 1, n, x.data());
    compare<&ring>("ring", x, 1, n, x.data());
    compare<&grid>("grid", grid_points, 1, 7, n, grid_points.data());
    compare<&columns>("columns", grid_points, 1, n, 7, grid_points.data());
    compare<&overlapping>("overlapping", wide, 1, 7, n, wide.data());
    std::vector<double> block(n * 12);
    compare<&cube>("cube", block, 1, 3, n, 4, block.data());
    compare<&masked>("masked", x, 1, n, mask.data(), x.data());
    compare<&huber>("huber", x, 1, n, x.data());
    compare<&springs>("springs", x3, 1, n, n, edges.data(), rest.data(), x3.data());
    compare<&chosen_root>("chosen_root", x, 1, n, x.data());
    compare<&polar>("polar", x, 1, n, x.data());
    compare<&arc>("arc", x2, 1, n, x2.data());
    compare<&surface>("surface", grid_points, 1, 7, n, grid_points.data());
    compare<&porous>("porous", grid_points, 1, 7, n, mask.data(), grid_points.data());
    compare<&volume>("volume", block, 1, 3, n, 4, block.data());
    compare<&equations>("equations", x, n - 1, n, x.data(), g.data());
    compare<&residual>("residual", grid_points, 7 * n, 7, n, grid_points.data(), g.data());
    compare<&assembled>("assembled", x, n, n, n, edges.data(), x.data(), g.data());
    compare<&twice>("twice", x, n, n, x.data(), g.data());
    compare<&same_place>("same_place", x, n, n, where.data(), x.data(), g.data());
    compare<&last>("last", x, 1, n, x.data());
    compare<&since>("since", x, 1, n, mask.data(), x.data());
    compare<&decaying>("decaying", x, 1, n, x.data());
    compare<&powers>("powers", x, n, n, x.data(), g.data());
    std::vector<double> c2(n), log(n), plain(n);
    for (int i = 0; i < n; ++i) {
      c2[i] = 0.5 + 0.25 * double(i % 3);
      y[i] = 1 + 0.2 * double(i % 4);
    }
    compare<&last_index>("last_index", x, 1, n, mask.data(), c2.data(), x.data(), y.data());
    compare<&counted>("counted", x, 1, n, mask.data(), x.data(), y.data());
    compare<&carried_over>("carried_over", x, 1, n, c2.data(), x.data());
    compare<&logged>("logged", x, 1, n, where.data(), c2.data(), x.data(), log.data());
    std::vector<double> v(sparsead::hessian<&logged>::plan(n, where.data(), c2.data(), x.data(), log.data()).nnz());
    sparsead::hessian<&logged>::plan(n, where.data(), c2.data(), x.data(), log.data())
        .values(v, n, where.data(), c2.data(), x.data(), log.data());
    logged(n, where.data(), c2.data(), x.data(), plain.data());
    if (log != plain)
      std::printf("FAIL logged: other values are left\n"), ++failures;
    std::vector<double> ghost(3 * 38);
    compare<&ghosts>("ghosts", ghost, 1, 9, -1, 3, ghost.data());
    compare<&work>("work", x, 1, n, x.data(), w.data());
    compare<&own_memory>("own_memory", x, 1, n, x.data());
    for (int i = 0; i < n; ++i)
      y[i] = 1 + 0.2 * double(i % 4);
    compare<&two>("two", x, 1, n, x.data(), y.data());
    std::vector<node> c(n);
    for (int i = 0; i < n; ++i)
      c[i] = {0.3 * double(i % 5), 1 - 0.1 * i, i};
    std::vector<double> none;
    compare<&nodes>("nodes", none, 1, n, c.data());
    compare<&in_a_vector>("in_a_vector", none, 1, system_data{n, y});
    compare<&fixed>("fixed", none, 1, std::array<double, 6>{1, 0, 2, 0.5, 0, -1});
  }
  std::printf("done %d\n", failures);
}
// CHECK: done 0
