// The problems beside the frozen ones: patterns, and values and structures written by hand, as an expert would:
// interiors without a branch, one store per entry in ascending order, temporaries in short lines.
#include "problems.hpp"
#include <algorithm>
#include <cmath>
#include <random>

#define NOINLINE __attribute__((noinline))

namespace {

void ascending(Problem &P, int rows, std::vector<int> (*columns)(int)) {
  P.n = rows;
  P.rp.push_back(0);
  for (int i = 0; i < rows; ++i) {
    const std::vector<int> row = columns(i);
    P.ci.insert(P.ci.end(), row.begin(), row.end());
    P.rp.push_back(static_cast<int>(P.ci.size()));
  }
}

// ---- arrowhead

NOINLINE void f_arrowhead(int n, const double *__restrict u, double *__restrict r) { K::arrowhead<double>(n, u, r); }

NOINLINE void h_arrowhead(int n, const double *__restrict u, double *__restrict v) {
  for (int i = 0; i < n; ++i)
    v[i] = 2 * u[i];
  for (int i = 1; i < n; ++i) {
    v[n + 2 * (i - 1)] = u[i];
    v[n + 2 * (i - 1) + 1] = u[0] - std::exp(-u[i]);
  }
}

NOINLINE void s_arrowhead(int n, int *__restrict rp, int *__restrict ci) {
  rp[0] = 0;
  rp[1] = n;
  for (int i = 0; i < n; ++i)
    ci[i] = i;
  for (int i = 1; i < n; ++i) {
    ci[n + 2 * (i - 1)] = 0;
    ci[n + 2 * (i - 1) + 1] = i;
    rp[i + 1] = n + 2 * i;
  }
}

void make_arrowhead(Problem &P, double scale) {
  P.n = std::max(16, static_cast<int>(std::lround(1e6 * scale)));
  P.f = f_arrowhead;
  P.hand = h_arrowhead;
  P.rp.resize(P.n + 1);
  P.ci.resize(3 * static_cast<std::size_t>(P.n) - 2);
  s_arrowhead(P.n, P.rp.data(), P.ci.data());
  for (int i = 0; i < P.n; ++i)
    P.u.push_back(0.2 + 0.5 * (i % 7));
}

// ---- stencil27

NOINLINE void f_stencil27(int n, const double *__restrict u, double *__restrict r) { K::stencil27<double>(n, u, r); }

/// Derivatives of hflux(c, b) by c and b.
inline void flux_partials(double c, double b, double &by_c, double &by_b) {
  const double m = 0.5 * (c + b), k = 1.0 + m * m, t = m * (b - c);
  by_c = t - k;
  by_b = t + k;
}

constexpr double weight[4] = {0.0, 0.6, 0.25, 0.1};

NOINLINE void h_stencil27(int, const double *__restrict u, double *__restrict val) {
  const int N = ctx.N, N2 = N * N;
  double *p = val;
  auto slow = [&](int x, int y, int z) {
    const int k = z * N2 + y * N + x;
    double diagonal = 0, *here = nullptr;
    for (int dz = -1; dz <= 1; ++dz)
      for (int dy = -1; dy <= 1; ++dy)
        for (int dx = -1; dx <= 1; ++dx) {
          const int distance = std::abs(dx) + std::abs(dy) + std::abs(dz);
          const bool inside =
              unsigned(x + dx) < unsigned(N) && unsigned(y + dy) < unsigned(N) && unsigned(z + dz) < unsigned(N);
          double by_c, by_b;
          if (distance == 0) {
            here = p++;
            continue;
          }
          flux_partials(u[k], inside ? u[k + dz * N2 + dy * N + dx] : 0.0, by_c, by_b);
          diagonal += weight[distance] * by_c;
          if (inside)
            *p++ = weight[distance] * by_b;
        }
    *here = diagonal;
  };
  for (int z = 0; z < N; ++z)
    for (int y = 0; y < N; ++y) {
      if (y == 0 || y == N - 1 || z == 0 || z == N - 1) {
        for (int x = 0; x < N; ++x)
          slow(x, y, z);
        continue;
      }
      slow(0, y, z);
      const double *__restrict c = u + z * N2 + y * N;
      double *__restrict q = p;
      for (int x = 1; x < N - 1; ++x) {
        double diagonal = 0, by_c, by_b;
        double *w = q + 27 * (x - 1);
#define POINT(SLOT, DZ, DY, DX)                                                                                        \
  flux_partials(c[x], c[x + DZ * N2 + DY * N + DX], by_c, by_b);                                                       \
  diagonal += weight[DZ * DZ + DY * DY + DX * DX] * by_c;                                                              \
  w[SLOT] = weight[DZ * DZ + DY * DY + DX * DX] * by_b;
#define LINE(SLOT, DZ, DY) POINT(SLOT, DZ, DY, -1) POINT(SLOT + 1, DZ, DY, 0) POINT(SLOT + 2, DZ, DY, 1)
        LINE(0, -1, -1)
        LINE(3, -1, 0)
        LINE(6, -1, 1)
        LINE(9, 0, -1)
        POINT(12, 0, 0, -1)
        POINT(14, 0, 0, 1)
        LINE(15, 0, 1)
        LINE(18, 1, -1)
        LINE(21, 1, 0)
        LINE(24, 1, 1)
#undef LINE
#undef POINT
        w[13] = diagonal;
      }
      p += 27 * (N - 2);
      slow(N - 1, y, z);
    }
}

NOINLINE void s_stencil27(int N, int *__restrict rp, int *__restrict ci) {
  const int N2 = N * N;
  int *p = ci;
  rp[0] = 0;
  for (int z = 0; z < N; ++z)
    for (int y = 0; y < N; ++y)
      for (int x = 0; x < N; ++x) {
        const int k = z * N2 + y * N + x;
        const int x0 = x > 0 ? k - 1 : k, x1 = x < N - 1 ? k + 1 : k;
        for (int dz = z > 0 ? -1 : 0; dz <= (z < N - 1); ++dz)
          for (int dy = y > 0 ? -1 : 0; dy <= (y < N - 1); ++dy) {
            const int move = dz * N2 + dy * N;
            if (x1 - x0 == 2) {
              p[0] = k - 1 + move;
              p[1] = k + move;
              p[2] = k + 1 + move;
              p += 3;
            } else {
              for (int c = x0; c <= x1; ++c)
                *p++ = c + move;
            }
          }
        rp[k + 1] = static_cast<int>(p - ci);
      }
}

void make_stencil27(Problem &P, double scale) {
  const int N = std::max(3, static_cast<int>(std::lround(64 * std::cbrt(scale))));
  ctx.N = N;
  P.f = f_stencil27;
  P.hand = h_stencil27;
  ascending(P, N * N * N, [](int k) {
    const int N = ctx.N, x = k % N, y = k / N % N, z = k / N / N;
    std::vector<int> row;
    for (int c = std::max(z - 1, 0); c <= std::min(z + 1, N - 1); ++c)
      for (int b = std::max(y - 1, 0); b <= std::min(y + 1, N - 1); ++b)
        for (int a = std::max(x - 1, 0); a <= std::min(x + 1, N - 1); ++a)
          row.push_back((c * N + b) * N + a);
    return row;
  });
  std::mt19937 random(3);
  std::uniform_real_distribution<double> d(0.2, 1.2);
  for (int i = 0; i < P.n; ++i)
    P.u.push_back(d(random));
}

// ---- limiter

NOINLINE void f_limiter(int n, const double *__restrict u, double *__restrict r) { K::limiter<double>(n, u, r); }

/// minmod(b - a, c - b) for a line; a, b and c are its cells' neighbors.
void minmod_line(int n, const double *__restrict a, const double *__restrict b, const double *__restrict c,
                 double *__restrict value, double *__restrict before, double *__restrict here,
                 double *__restrict after) {
  for (int i = 0; i < n; ++i) {
    const double l = b[i] - a[i], r = c[i] - b[i];
    const double on = l * r <= 0.0 ? 0.0 : 1.0, first = std::fabs(l) < std::fabs(r) ? on : 0.0, second = on - first;
    value[i] = first * l + second * r;
    before[i] = -first;
    here[i] = first - second;
    after[i] = second;
  }
}

void van_leer_line(int n, const double *__restrict a, const double *__restrict b, const double *__restrict c,
                   double *__restrict value, double *__restrict before, double *__restrict here,
                   double *__restrict after) {
  for (int i = 0; i < n; ++i) {
    const double l = b[i] - a[i], r = c[i] - b[i];
    const bool off = l * r <= 0.0;
    const double inverse = 1.0 / (off ? 1.0 : l + r), p = off ? 0.0 : l * inverse, q = off ? 0.0 : r * inverse;
    const double by_l = 2.0 * q * q, by_r = 2.0 * p * p;
    value[i] = 2.0 * p * r;
    before[i] = -by_l;
    here[i] = by_l - by_r;
    after[i] = by_r;
  }
}

/// Fluxes between the cells u and v of two lines with their slopes.
void flux_line(int n, const double *__restrict u, const double *__restrict v, const double *__restrict us,
               const double *__restrict ub, const double *__restrict uh, const double *__restrict ua,
               const double *__restrict vs, const double *__restrict vb, const double *__restrict vh,
               const double *__restrict va, double *__restrict f0, double *__restrict f1, double *__restrict f2,
               double *__restrict f3) {
  for (int i = 0; i < n; ++i) {
    const double left = u[i] + 0.5 * us[i], right = v[i] - 0.5 * vs[i];
    const double l = std::fabs(left), r = std::fabs(right), jump = right - left;
    const double speed = l < r ? r : l;
    const double by_l = l < r ? 0.0 : (left < 0.0 ? -1.0 : 1.0), by_r = l < r ? (right < 0.0 ? -1.0 : 1.0) : 0.0;
    const double dl = 0.5 * (left + speed - jump * by_l), dr = 0.5 * (right - speed - jump * by_r);
    const double hl = 0.5 * dl, hr = 0.5 * dr;
    f0[i] = hl * ub[i];
    f1[i] = dl + hl * uh[i] - hr * vb[i];
    f2[i] = hl * ua[i] + dr - hr * vh[i];
    f3[i] = -hr * va[i];
  }
}

NOINLINE void h_limiter(int, const double *__restrict u, double *__restrict val) {
  const int N = ctx.N;
  static thread_local std::vector<double> lines;
  // x: slopes 4, fluxes 4 (one more face); y: slopes 2 x 4, fluxes 2 x 4.
  const std::size_t L = static_cast<std::size_t>(N) + 8;
  lines.resize(24 * L);
  double *const base = lines.data();
  auto line = [&](int k) { return base + static_cast<std::size_t>(k) * L; };
  double *xs[4], *xf[4], *ys[2][4], *yf[2][4];
  for (int k = 0; k < 4; ++k) {
    xs[k] = line(k);
    xf[k] = line(4 + k);
    for (int h = 0; h < 2; ++h) {
      ys[h][k] = line(8 + 4 * h + k);
      yf[h][k] = line(16 + 4 * h + k);
    }
    xs[k][0] = xs[k][N - 1] = 0; // no slope in the outermost cells
  }
  auto y_slopes = [&](int j, double **s) {
    if (j == 0 || j == N - 1) {
      for (int k = 0; k < 4; ++k)
        std::fill(s[k], s[k] + N, 0.0);
    } else {
      const double *b = u + j * N;
      van_leer_line(N, b - N, b, b + N, s[0], s[1], s[2], s[3]);
    }
  };
  // Below row 0 its own flux.
  double **below = yf[0], **above = yf[1], **here = ys[0], **next = ys[1];
  for (int i = 0; i < N; ++i) {
    below[0][i] = below[1][i] = below[3][i] = 0;
    below[2][i] = u[i];
  }
  y_slopes(0, here);
  double *p = val;
  for (int j = 0; j < N; ++j) {
    const double *row = u + j * N;
    // Fluxes above the row.
    if (j == N - 1) {
      for (int i = 0; i < N; ++i) {
        above[0][i] = above[2][i] = above[3][i] = 0;
        above[1][i] = row[i];
      }
    } else {
      y_slopes(j + 1, next);
      flux_line(N, row, row + N, here[0], here[1], here[2], here[3], next[0], next[1], next[2], next[3], above[0],
                above[1], above[2], above[3]);
    }
    // Face i is left of cell i.
    minmod_line(N - 2, row, row + 1, row + 2, xs[0] + 1, xs[1] + 1, xs[2] + 1, xs[3] + 1);
    flux_line(N - 1, row, row + 1, xs[0], xs[1], xs[2], xs[3], xs[0] + 1, xs[1] + 1, xs[2] + 1, xs[3] + 1, xf[0] + 1,
              xf[1] + 1, xf[2] + 1, xf[3] + 1);
    xf[0][0] = xf[1][0] = xf[3][0] = xf[0][N] = xf[2][N] = xf[3][N] = 0;
    xf[2][0] = row[0];
    xf[1][N] = row[N - 1];

    const double *__restrict x0 = xf[0], *__restrict x1 = xf[1], *__restrict x2 = xf[2], *__restrict x3 = xf[3];
    const double *__restrict b0 = below[0], *__restrict b1 = below[1], *__restrict b2 = below[2],
                             *__restrict b3 = below[3];
    const double *__restrict a0 = above[0], *__restrict a1 = above[1], *__restrict a2 = above[2],
                             *__restrict a3 = above[3];
    auto slow = [&](int i) {
      if (j > 1)
        *p++ = -b0[i];
      if (j > 0)
        *p++ = a0[i] - b1[i];
      if (i > 1)
        *p++ = -x0[i];
      if (i > 0)
        *p++ = x0[i + 1] - x1[i];
      *p++ = x1[i + 1] - x2[i] + a1[i] - b2[i];
      if (i < N - 1)
        *p++ = x2[i + 1] - x3[i];
      if (i < N - 2)
        *p++ = x3[i + 1];
      if (j < N - 1)
        *p++ = a2[i] - b3[i];
      if (j < N - 2)
        *p++ = a3[i];
    };
    if (j < 2 || j >= N - 2) {
      for (int i = 0; i < N; ++i)
        slow(i);
    } else {
      slow(0);
      slow(1);
      double *__restrict q = p;
      for (int i = 2; i < N - 2; ++i) {
        double *w = q + 9 * (i - 2);
        w[0] = -b0[i];
        w[1] = a0[i] - b1[i];
        w[2] = -x0[i];
        w[3] = x0[i + 1] - x1[i];
        w[4] = x1[i + 1] - x2[i] + a1[i] - b2[i];
        w[5] = x2[i + 1] - x3[i];
        w[6] = x3[i + 1];
        w[7] = a2[i] - b3[i];
        w[8] = a3[i];
      }
      p += 9 * (N - 4);
      slow(N - 2);
      slow(N - 1);
    }
    std::swap(below, above);
    std::swap(here, next);
  }
}

NOINLINE void s_limiter(int N, int *__restrict rp, int *__restrict ci) {
  int *p = ci;
  rp[0] = 0;
  for (int j = 0; j < N; ++j)
    for (int i = 0; i < N; ++i) {
      const int k = j * N + i;
      if (j > 1 && j < N - 2 && i > 1 && i < N - 2) {
        p[0] = k - 2 * N;
        p[1] = k - N;
        p[2] = k - 2;
        p[3] = k - 1;
        p[4] = k;
        p[5] = k + 1;
        p[6] = k + 2;
        p[7] = k + N;
        p[8] = k + 2 * N;
        p += 9;
      } else {
        for (int b = std::max(j - 2, 0); b < j; ++b)
          *p++ = b * N + i;
        for (int a = std::max(i - 2, 0); a <= std::min(i + 2, N - 1); ++a)
          *p++ = j * N + a;
        for (int b = j + 1; b <= std::min(j + 2, N - 1); ++b)
          *p++ = b * N + i;
      }
      rp[k + 1] = static_cast<int>(p - ci);
    }
}

void make_limiter(Problem &P, double scale) {
  const int N = std::max(5, static_cast<int>(std::lround(512 * std::sqrt(scale))));
  ctx.N = N;
  P.f = f_limiter;
  P.hand = h_limiter;
  ascending(P, N * N, [](int k) {
    const int N = ctx.N, i = k % N, j = k / N;
    std::vector<int> row;
    for (int b = std::max(j - 2, 0); b <= std::min(j + 2, N - 1); ++b)
      for (int a = std::max(i - 2, 0); a <= std::min(i + 2, N - 1); ++a)
        if (a == i || b == j)
          row.push_back(b * N + a);
    return row;
  });
  // Waves with ripples: slopes of all kinds, and both signs.
  std::mt19937 random(3);
  std::uniform_real_distribution<double> d(-0.02, 0.02);
  for (int j = 0; j < N; ++j)
    for (int i = 0; i < N; ++i)
      P.u.push_back(std::sin(12.0 * i / N + 0.3) * std::cos(9.0 * j / N) + d(random));
}

} // namespace

bool is_own(const std::string &name) { return name == "arrowhead" || name == "stencil27" || name == "limiter"; }

Problem own_problem(const std::string &name, double scale) {
  Problem P;
  P.name = name;
  if (name == "arrowhead")
    make_arrowhead(P, scale);
  else if (name == "stencil27")
    make_stencil27(P, scale);
  else
    make_limiter(P, scale);
  return P;
}

void own_structure(const Problem &P, int *rp, int *ci) {
  if (P.name == "arrowhead")
    s_arrowhead(P.n, rp, ci);
  else if (P.name == "stencil27")
    s_stencil27(ctx.N, rp, ci);
  else
    s_limiter(ctx.N, rp, ci);
}
