#include "functions.hpp"
#include <algorithm>
#include <cmath>
#include <cstring>

namespace {
/// Rows and columns of a spring's block, in the order of the nodes' numbers.
void block_of(const int *edge, int (&index)[6]) {
  const int low = std::min(edge[0], edge[1]), high = std::max(edge[0], edge[1]);
  for (int k = 0; k < 3; ++k) {
    index[k] = 3 * low + k;
    index[3 + k] = 3 * high + k;
  }
}
} // namespace

std::vector<int> spring_places(int m, const int *edges, const int *row_ptr, const int *col_ind) {
  std::vector<int> place;
  for (int e = 0; e < m; ++e) {
    int index[6];
    block_of(edges + 2 * e, index);
    for (int r = 0; r < 6; ++r)
      for (int c = 0; c <= r; ++c)
        place.push_back(
            int(std::lower_bound(col_ind + row_ptr[index[r]], col_ind + row_ptr[index[r] + 1], index[c]) - col_ind));
  }
  return place;
}

void hand_springs(double *v, long nnz, int m, const int *edges, const int *place, const double *rest, const double *x) {
  std::memset(v, 0, sizeof(double) * std::size_t(nnz));
  for (int e = 0; e < m; ++e, place += 21) {
    const double *p = x + 3 * edges[2 * e], *q = x + 3 * edges[2 * e + 1];
    const double d[3] = {p[0] - q[0], p[1] - q[1], p[2] - q[2]};
    const double square = d[0] * d[0] + d[1] * d[1] + d[2] * d[2], inverse = 1 / std::sqrt(square);
    const double a = 1 - rest[e] * inverse, b = rest[e] * inverse / square;
    double block[3][3];
    for (int r = 0; r < 3; ++r)
      for (int c = 0; c <= r; ++c)
        block[r][c] = block[c][r] = b * d[r] * d[c] + (r == c ? a : 0);
    for (int r = 0; r < 3; ++r)
      for (int c = 0; c <= r; ++c) {
        v[place[r * (r + 1) / 2 + c]] += block[r][c];
        v[place[(r + 3) * (r + 4) / 2 + c + 3]] += block[r][c];
      }
    for (int r = 0; r < 3; ++r)
      for (int c = 0; c < 3; ++c)
        v[place[(r + 3) * (r + 4) / 2 + c]] -= block[r][c];
  }
}

// Rows one after the other. An entry is the sum over the residuals r of dr/di dr/dj (+ r d2r/di2 on the diagonal).
void hand_least_squares(double *v, int N, const double *u) {
  auto inner = [&](int i, int j) { return i > 0 && j > 0 && i < N - 1 && j < N - 1; };
  auto own = [&](int k) { return 4 + 0.3 * u[k] * u[k]; };
  auto diagonal = [&](int k) {
    const double r = 4 * u[k] - u[k - 1] - u[k + 1] - u[k - N] - u[k + N] + 0.1 * u[k] * u[k] * u[k];
    return own(k) * own(k) + 0.6 * r * u[k];
  };
  for (int j = 0; j < N; ++j)
    for (int i = 0; i < N; ++i) {
      const int k = j * N + i;
      if (i > 2 && j > 2 && i < N - 3 && j < N - 3) {
        v[0] = 1;
        v[1] = 2;
        v[2] = -own(k) - own(k - N);
        v[3] = 2;
        v[4] = 1;
        v[5] = -own(k) - own(k - 1);
        v[6] = diagonal(k) + 4;
        v += 7;
        continue;
      }
      // In the order of the columns: where the residual's center may lie for the pair.
      static const int pairs[7][2] = {{0, -2}, {-1, -1}, {0, -1}, {1, -1}, {-2, 0}, {-1, 0}, {0, 0}};
      for (const auto &pair : pairs) {
        const int oi = i + pair[0], oj = j + pair[1];
        if (oi < 0 || oj < 0 || oi >= N || oj >= N)
          continue;
        double sum = 0;
        bool any = false;
        for (int cj = j - 1; cj <= j + 1; ++cj)
          for (int ci = i - 1; ci <= i + 1; ++ci) {
            const int near = std::abs(ci - i) + std::abs(cj - j), other = std::abs(ci - oi) + std::abs(cj - oj);
            if (near > 1 || other > 1 || !inner(ci, cj))
              continue;
            any = true;
            const int c = cj * N + ci;
            sum += near == 0 && other == 0 ? diagonal(c) : (near == 0 ? own(c) : -1) * (other == 0 ? own(c) : -1);
          }
        if (any)
          *v++ = sum;
      }
    }
}

void hand_equations(double *v, const double *weights, int N, const double *u) {
  for (int j = 0; j < N; ++j)
    for (int i = 0; i < N; ++i) {
      const int k = j * N + i;
      if (i > 0)
        *v++ = weights[k - 1] - weights[k];
      *v++ = weights[k] * std::exp(u[k]);
    }
}
