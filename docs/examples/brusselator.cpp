// The Brusselator with diffusion: two species on a periodic N × N grid. Shows the plan, the values against finite
// differences and against a Jacobian written by hand, what each costs, and implicit time steps with Eigen's sparse LU.
//
//   brusselator [N = 256 [N of the time steps = 64]]
#include <Eigen/SparseLU>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <sparsead/sparsead.hpp>
#include <vector>

constexpr double A = 3.4, B = 1.0;

// u[0 .. N*N) is the first species, u[N*N .. 2*N*N) the second.
SPARSEAD_JACOBIAN("f[2*N*N] <- u[2*N*N]")
void brusselator(int N, double diffusion, const double *u, double *f) {
  const int M = N * N;
  for (int j = 0; j < N; ++j) {
    for (int i = 0; i < N; ++i) {
      const int k = j * N + i;
      const int left = j * N + (i + N - 1) % N, right = j * N + (i + 1) % N;
      const int below = (j + N - 1) % N * N + i, above = (j + 1) % N * N + i;
      const double reaction = u[k] * u[k] * u[M + k];
      f[k] = B + reaction - (A + 1.0) * u[k] + diffusion * (u[left] + u[right] + u[below] + u[above] - 4.0 * u[k]);
      f[M + k] =
          A * u[k] - reaction + diffusion * (u[M + left] + u[M + right] + u[M + below] + u[M + above] - 4.0 * u[M + k]);
    }
  }
}

/// The same Jacobian by hand: six entries in each row, put in the order of their columns.
static void by_hand(int N, double diffusion, const double *u, int *col, double *value) {
  const int M = N * N;
  for (int s = 0; s < 2; ++s)
    for (int j = 0; j < N; ++j)
      for (int i = 0; i < N; ++i) {
        const int k = j * N + i, base = s * M;
        const double u2 = u[k] * u[k], uv = 2 * u[k] * u[M + k];
        const int c[6] = {base + k,
                          base + j * N + (i + N - 1) % N,
                          base + j * N + (i + 1) % N,
                          base + (j + N - 1) % N * N + i,
                          base + (j + 1) % N * N + i,
                          (1 - s) * M + k};
        const double own = s == 0 ? uv - (A + 1) : -u2, other = s == 0 ? u2 : A - uv;
        const double v[6] = {own - 4 * diffusion, diffusion, diffusion, diffusion, diffusion, other};
        for (int t = 0; t < 6; ++t) {
          int place = t;
          for (; place > 0 && col[place - 1] > c[t]; --place) {
            col[place] = col[place - 1];
            value[place] = value[place - 1];
          }
          col[place] = c[t];
          value[place] = v[t];
        }
        col += 6;
        value += 6;
      }
}

/// Forward differences, one evaluation per color of the plan.
class colored_differences {
public:
  template <class Plan>
  explicit colored_differences(const Plan &plan)
      : columns(static_cast<std::size_t>(plan.num_colors())), places(columns.size()) {
    for (int j = 0; j < plan.cols(); ++j)
      by_color(columns, plan.column_colors()[j]).push_back(j);
    for (int i = 0; i < plan.rows(); ++i)
      for (int p = plan.row_ptr()[i]; p < plan.row_ptr()[i + 1]; ++p)
        by_color(places, plan.column_colors()[plan.col_ind()[p]]).push_back({i, p});
  }
  template <class F> void operator()(F &&f, const std::vector<double> &u, double *value) {
    const double h = 1e-7;
    moved = u;
    f0.resize(u.size());
    f1.resize(u.size());
    f(moved.data(), f0.data());
    for (std::size_t c = 0; c < columns.size(); ++c) {
      for (const int j : columns[c])
        moved[j] = u[j] + h;
      f(moved.data(), f1.data());
      for (const int j : columns[c])
        moved[j] = u[j];
      for (const place &p : places[c])
        value[p.csr] = (f1[p.row] - f0[p.row]) / h;
    }
  }

private:
  struct place {
    int row, csr;
  };
  template <class List> static auto &by_color(List &list, int color) { return list[static_cast<std::size_t>(color)]; }
  std::vector<std::vector<int>> columns;
  std::vector<std::vector<place>> places;
  std::vector<double> moved, f0, f1;
};

/// Median of the times of some runs, in milliseconds.
template <class Work> static double milliseconds(Work &&work, int runs = 9) {
  std::vector<double> times;
  work();
  for (int r = 0; r < runs; ++r) {
    const auto start = std::chrono::steady_clock::now();
    work();
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + runs / 2, times.end());
  return times[static_cast<std::size_t>(runs / 2)];
}

static double largest_difference(const std::vector<double> &a, const std::vector<double> &b) {
  double largest = 0;
  for (std::size_t k = 0; k < a.size(); ++k)
    largest = std::fmax(largest, std::fabs(a[k] - b[k]));
  return largest;
}

static std::vector<double> initial(int N) {
  std::vector<double> u(static_cast<std::size_t>(2 * N) * N);
  for (int j = 0; j < N; ++j)
    for (int i = 0; i < N; ++i) {
      const double x = double(i) / N, y = double(j) / N;
      u[static_cast<std::size_t>(j * N + i)] = 22 * std::pow(y * (1 - y), 1.5);
      u[static_cast<std::size_t>(N * N + j * N + i)] = 27 * std::pow(x * (1 - x), 1.5);
    }
  return u;
}

using handle = sparsead::jacobian<&brusselator>;

static bool jacobian(int N) {
  const double diffusion = 10.0;
  const std::vector<double> u = initial(N);
  std::vector<double> f(u.size());

  const auto plan = handle::plan(N, diffusion, nullptr, nullptr);
  const std::size_t nnz = static_cast<std::size_t>(plan.nnz());
  std::printf("%s\n%s", plan.summary().c_str(), plan.spy(60).c_str());
  std::printf("colors: %d\n", plan.num_colors());
  const sparsead::check_report report = plan.check(N, diffusion, u.data(), f.data());
  std::printf("check: %s, %s\n", report.ok ? "ok" : "WRONG", report.text.c_str());

  std::vector<double> values(nnz), hand(nnz), differences(nnz);
  std::vector<int> columns(nnz);
  plan.values(values, N, diffusion, u.data(), f.data());
  by_hand(N, diffusion, u.data(), columns.data(), hand.data());
  bool same = nnz == 6 * u.size() && std::equal(columns.begin(), columns.end(), plan.col_ind().begin());
  colored_differences difference(plan);
  auto function = [&](const double *at, double *result) { brusselator(N, diffusion, at, result); };
  difference(function, u, differences.data());
  std::printf("pattern as written by hand: %s\n", same ? "yes" : "NO");
  const double error = largest_difference(values, hand);
  std::printf("maximum difference to the Jacobian written by hand: %.3g\n", error);
  std::printf("maximum difference of finite differences to it:     %.3g\n\n", largest_difference(differences, hand));

  const double time_f = milliseconds([&] { brusselator(N, diffusion, u.data(), f.data()); }, 31);
  const double time_j = milliseconds([&] { plan.values(values, N, diffusion, u.data(), f.data()); }, 15);
  const double time_d = milliseconds([&] { difference(function, u, differences.data()); }, 15);
  const double time_p = milliseconds([&] { handle::plan(N, diffusion, nullptr, nullptr); }, 5);
  std::printf("F                          %8.3f ms\n", time_f);
  std::printf("J (plan.values)            %8.3f ms  %6.1f F\n", time_j, time_j / time_f);
  std::printf("colored finite differences %8.3f ms  %6.1f F\n", time_d, time_d / time_f);
  std::printf("plan, once                 %8.3f ms  %6.1f F\n\n", time_p, time_p / time_f);
  return same && report.ok && error <= 1e-12;
}

/// Backward Euler: G(w) = w - u - h F(w) = 0 by Newton's method, matrix I - h J.
static bool time_steps(int N) {
  const double diffusion = 0.01 * N * N, h = 0.1;
  const int n = 2 * N * N;
  std::vector<double> u = initial(N), w, f(u.size());
  const auto plan = handle::plan(N, diffusion, nullptr, nullptr);
  std::vector<double> values(static_cast<std::size_t>(plan.nnz())), matrix_values(values.size());

  // The columns that Eigen's LU reads; the matrix is a view of plan's structure and of matrix_values.
  const auto csc = plan.csc();
  const Eigen::Map<const Eigen::SparseMatrix<double>> matrix(n, n, plan.nnz(), csc.ptr.data(), csc.ind.data(),
                                                             matrix_values.data());
  Eigen::SparseLU<Eigen::SparseMatrix<double>> solver;
  solver.analyzePattern(matrix);

  std::printf("backward Euler, N = %d, %d unknowns, h = %g (explicit steps end at %.2g)\n", N, n, h,
              1 / (4 * diffusion));
  bool converged = true;
  for (int step = 1; step <= 4 && converged; ++step) {
    w = u;
    double norm = 0;
    std::printf("step %d, Newton's residuals:", step);
    for (int iteration = 0; iteration < 10; ++iteration) {
      plan.values(values, N, diffusion, w.data(), f.data()); // f receives F(w)
      Eigen::VectorXd g(n);
      for (int i = 0; i < n; ++i)
        g[i] = w[i] - u[i] - h * f[i];
      norm = g.lpNorm<Eigen::Infinity>();
      std::printf(" %.1e", norm);
      if (!(norm > 1e-10))
        break;
      for (int j = 0; j < n; ++j)
        for (int k = csc.ptr[j]; k < csc.ptr[j + 1]; ++k)
          matrix_values[k] = (csc.ind[k] == j ? 1.0 : 0.0) - h * values[csc.perm[k]];
      solver.factorize(matrix);
      const Eigen::VectorXd correction = solver.solve(g);
      for (int i = 0; i < n; ++i)
        w[i] -= correction[i];
    }
    std::printf("\n");
    converged = norm <= 1e-10;
    u = w;
  }
  double sum = 0;
  for (int k = 0; k < N * N; ++k)
    sum += u[static_cast<std::size_t>(k)];
  std::printf("mean of the first species at the end: %.6f\n", sum / (N * N));
  return converged;
}

int main(int argc, char **argv) {
  const int N = argc > 1 ? std::atoi(argv[1]) : 256, steps = argc > 2 ? std::atoi(argv[2]) : 64;
  if (N < 3 || steps < 3) {
    std::fprintf(stderr, "usage: brusselator [N [N of the time steps]], each at least 3\n");
    return 2;
  }
  const bool good = jacobian(N) && time_steps(steps);
  std::printf("%s\n", good ? "ok" : "wrong");
  return good ? 0 : 1;
}
