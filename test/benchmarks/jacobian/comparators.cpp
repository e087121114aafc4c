#include "comparators.hpp"
#include "problems.hpp"
#include <algorithm>
#include <cmath>
#include <memory>

// The frozen programs, as they are, without their main.
#define main frozen_dual_main
#include "../frozen/t_dual.cpp"
#undef main
#undef OP
#undef FOR

// Of frozen/target/plan.cpp.
void hand_tri(int n, int *__restrict rp, int *__restrict ci);
void hand_br(int N, int *__restrict rp, int *__restrict ci);
void hand_bt(int N, int *__restrict rp, int *__restrict ci);
long hand_ed(int n, int ne, const int *__restrict ea, const int *__restrict eb, int *__restrict rp, int *__restrict ci,
             int *__restrict S2, int *__restrict D, int *__restrict tg);

// What the frozen dual numbers lack.
template <int W> inline double plain(const Dual<W> &a) { return a.v; }
template <int W> inline __attribute__((always_inline)) Dual<W> operator/(const Dual<W> &a, const Dual<W> &b) {
  Dual<W> r;
  const double inverse = 1.0 / b.v;
  r.v = a.v * inverse;
  for (int k = 0; k < W; ++k)
    r.d[k] = (a.d[k] - r.v * b.d[k]) * inverse;
  return r;
}

namespace {

// ---- edges with weights looked up per call

struct edge_rows {
  std::vector<int> edge, diagonal; // per entry, per row
};

__attribute__((noinline)) void h_edges_lookup(int n, const double *__restrict u, double *__restrict v,
                                              const int *__restrict rp, const int *__restrict ci,
                                              const int *__restrict edge, const int *__restrict diagonal) {
  const double *__restrict ew = ctx.ew;
  for (int i = 0; i < n; ++i) {
    double a = u[i], d = 0;
    const int kd = diagonal[i], k1 = rp[i + 1];
    auto entry = [&](int k) {
      double b = u[ci[k]], m = 0.5 * (a + b), c = 1.0 + m * m, t = m * (b - a), w = ew[edge[k]];
      d += w * (t - c);
      v[k] = w * (t + c);
    };
    for (int k = rp[i]; k < kd; ++k)
      entry(k);
    for (int k = kd + 1; k < k1; ++k)
      entry(k);
    v[kd] = d;
  }
}

// ---- dual numbers: the frozen evaluation, in chunks of W colors where W colors are not enough

template <int W> struct dual_state {
  std::unique_ptr<Dual<W>[]> x, y;
  std::vector<int> color, color_of_entry;
};

template <int W> work dual(const Problem &P, std::vector<double> &values, int &colors) {
  auto state = std::make_shared<dual_state<W>>();
  state->color = colour_columns(P.n, P.n, P.rp, P.ci, colors);
  for (int column : P.ci)
    state->color_of_entry.push_back(state->color[column]);
  state->x.reset(new Dual<W>[P.n]);
  state->y.reset(new Dual<W>[P.n]);
  const int chunks = (colors + W - 1) / W;
  for (int i = 0; i < P.n; ++i) {
    state->x[i] = Dual<W>(P.u[i]);
    if (chunks == 1)
      state->x[i].d[state->color[i]] = 1.0;
    state->y[i] = Dual<W>(0.0);
  }
  const Problem *problem = &P;
  double *val = values.data();
  return [=] {
    const int n = problem->n;
    Dual<W> *x = state->x.get(), *y = state->y.get();
    const Dual<W> *X = x;
    const int *rp = problem->rp.data(), *cc = state->color_of_entry.data();
    for (int c = 0; c < chunks; ++c) {
      if (chunks > 1)
        for (int i = 0; i < n; ++i)
          for (int k = 0; k < W; ++k)
            x[i].d[k] = state->color[i] == c * W + k;
      for (int i = 0; i < n; ++i)
        x[i].v = problem->u[i];
      if (problem->name == "burgers")
        K::burgers(n, X, y);
      else if (problem->name == "bruss")
        K::brusselator(n, X, y);
      else if (problem->name == "bratu")
        K::bratu3d(n, X, y);
      else if (problem->name == "flux")
        K::flux(n, X, y);
      else if (problem->name == "edges")
        K::edges(n, X, y);
      else if (problem->name == "stencil27")
        K::stencil27(n, X, y);
      else if (problem->name == "limiter")
        K::limiter(n, X, y);
      else
        K::arrowhead(n, X, y);
      if (chunks == 1) {
        for (int i = 0; i < n; ++i)
          for (int k = rp[i]; k < rp[i + 1]; ++k)
            val[k] = y[i].d[cc[k]];
      } else {
        for (int i = 0; i < n; ++i)
          for (int k = rp[i]; k < rp[i + 1]; ++k)
            if (cc[k] / W == c)
              val[k] = y[i].d[cc[k] - c * W];
      }
    }
  };
}

} // namespace

Problem problem(const std::string &name, double scale) {
  return is_own(name) ? own_problem(name, scale) : make_problem(name, scale);
}

work second_hand(const Problem &P, std::vector<double> &values) {
  if (P.name != "edges")
    return {};
  auto rows = std::make_shared<edge_rows>();
  rows->edge.resize(P.nnz());
  auto entry = [&](int row, int column) {
    return std::lower_bound(P.ci.begin() + P.rp[row], P.ci.begin() + P.rp[row + 1], column) - P.ci.begin();
  };
  for (int i = 0; i < P.n; ++i)
    rows->diagonal.push_back(static_cast<int>(entry(i, i)));
  for (int e = 0; e < ctx.ne; ++e)
    rows->edge[entry(ctx.ea[e], ctx.eb[e])] = rows->edge[entry(ctx.eb[e], ctx.ea[e])] = e;
  const Problem *problem = &P;
  double *val = values.data();
  return [=] {
    h_edges_lookup(problem->n, problem->u.data(), val, problem->rp.data(), problem->ci.data(), rows->edge.data(),
                   rows->diagonal.data());
  };
}

// The widths are those of frozen/t_dual.cpp.
work dual_numbers(const Problem &problem, std::vector<double> &values, int &colors) {
  if (problem.name == "burgers" || problem.name == "flux")
    return dual<3>(problem, values, colors);
  if (problem.name == "bruss")
    return dual<12>(problem, values, colors);
  if (is_own(problem.name))
    return dual<16>(problem, values, colors);
  return dual<14>(problem, values, colors);
}

// The evaluation of frozen/t_fd.cpp.
work colored_differences(const Problem &P, std::vector<double> &values) {
  struct state {
    std::vector<std::vector<int>> rows, slot, cols;
    std::vector<double> u, r0, r1;
  };
  auto s = std::make_shared<state>();
  int nc = 0;
  const std::vector<int> col = colour_columns(P.n, P.n, P.rp, P.ci, nc);
  s->rows.resize(nc);
  s->slot.resize(nc);
  s->cols.resize(nc);
  for (int j = 0; j < P.n; ++j)
    s->cols[col[j]].push_back(j);
  for (int i = 0; i < P.n; ++i)
    for (int k = P.rp[i]; k < P.rp[i + 1]; ++k) {
      s->rows[col[P.ci[k]]].push_back(i);
      s->slot[col[P.ci[k]]].push_back(k);
    }
  s->u = P.u;
  s->r0.resize(P.n);
  s->r1.resize(P.n);
  const Problem *problem = &P;
  double *val = values.data();
  return [=] {
    const double h = 1e-7;
    const int n = problem->n;
    problem->f(n, s->u.data(), s->r0.data());
    for (int c = 0; c < nc; ++c) {
      for (int j : s->cols[c])
        s->u[j] = problem->u[j] + h;
      problem->f(n, s->u.data(), s->r1.data());
      for (int j : s->cols[c])
        s->u[j] = problem->u[j];
      const int *R = s->rows[c].data(), *S = s->slot[c].data();
      const std::size_t count = s->rows[c].size();
      for (std::size_t k = 0; k < count; ++k)
        val[S[k]] = (s->r1[R[k]] - s->r0[R[k]]) * (1.0 / h);
    }
  };
}

work hand_structure(const Problem &P) {
  const Problem *problem = &P;
  return [=] {
    const int n = problem->n;
    const std::size_t nnz = problem->nnz();
    std::unique_ptr<int[]> rp(new int[n + 16]), ci(new int[nnz + 16]);
    if (problem->name == "bruss")
      hand_br(ctx.N, rp.get(), ci.get());
    else if (problem->name == "bratu")
      hand_bt(ctx.N, rp.get(), ci.get());
    else if (problem->name == "edges") {
      std::unique_ptr<int[]> slots(new int[2 * ctx.ne]), diagonal(new int[n + 1]), tags(new int[nnz + 16]);
      hand_ed(n, ctx.ne, ctx.ea, ctx.eb, rp.get(), ci.get(), slots.get(), diagonal.get(), tags.get());
    } else if (is_own(problem->name))
      own_structure(*problem, rp.get(), ci.get());
    else
      hand_tri(n, rp.get(), ci.get());
    // The result is used: nothing may be left out.
    volatile int sink = rp[n] + ci[nnz - 1];
    (void)sink;
  };
}

work plain_structure(const Problem &P) {
  if (P.name != "bruss")
    return {};
  const int n = P.n, N = ctx.N;
  return [=] {
    std::vector<int> row_ptr, col_ind;
    row_ptr.reserve(n + 1);
    col_ind.reserve(6 * static_cast<std::size_t>(n));
    row_ptr.push_back(0);
    const int M = N * N;
    for (int s = 0; s < 2; ++s)
      for (int j = 0; j < N; ++j)
        for (int i = 0; i < N; ++i) {
          const int k = j * N + i, base = s * M;
          int c[6] = {base + k,
                      base + (j + N - 1) % N * N + i,
                      base + (j + 1) % N * N + i,
                      base + j * N + (i + N - 1) % N,
                      base + j * N + (i + 1) % N,
                      (1 - s) * M + k};
          std::sort(c, c + 6);
          col_ind.insert(col_ind.end(), c, std::unique(c, c + 6));
          row_ptr.push_back(static_cast<int>(col_ind.size()));
        }
    volatile int sink = row_ptr.back() + col_ind.back();
    (void)sink;
  };
}
