// Sparse Hessians against the function itself and against kernels written by hand, at three sizes:
//   bench_hessian [--seconds S] [--scale X] [--sizes] [problem...]
// One line each: n, nonzeros of the lower triangle, milliseconds of the function, the plan and the Hessian;
// Hessian/function, Hessian/hand (at most 1.3), with quartiles; the largest difference to the kernel by hand.
#include "../jacobian/measure.hpp"
#include "bench.hpp"
#include "functions.hpp"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace {

double seconds = 2, scale = 1;
bool sizes = false, fine = true;
std::vector<std::string> chosen;

std::vector<double> points(long n) {
  std::vector<double> x(static_cast<std::size_t>(n));
  for (long k = 0; k < n; ++k)
    x[std::size_t(k)] = 0.3 + 1.4 * std::fmod(0.618033988749895 * double(k + 1), 1.0);
  return x;
}

bool wanted(const char *name) {
  return chosen.empty() || std::find(chosen.begin(), chosen.end(), name) != chosen.end();
}

struct subject {
  std::function<double()> function;
  std::function<void()> plan;
  std::function<void(double *)> hessian, hand;
};

void run(const char *name, long n, long nnz, const std::string &summary, const subject &s) {
  std::vector<double> v(static_cast<std::size_t>(nnz)), want(v);
  volatile double sink = 0;
  const auto times =
      interleaved({[&] { sink = s.function(); }, [&] { s.hessian(v.data()); }, [&] { s.hand(want.data()); }, s.plan}, 5,
                  2000, seconds, true);
  double worst = 0, size = 0;
  for (std::size_t k = 0; k < v.size(); ++k) {
    worst = std::max(worst, std::fabs(v[k] - want[k]));
    size = std::max(size, std::fabs(want[k]));
  }
  const spread over_function = quartiles(ratios(times[1], times[0])), over_hand = quartiles(ratios(times[1], times[2]));
  std::printf("%-16s %8ld %9ld  f %8.3f ms  plan %8.2f ms  H %8.3f ms  H/f %6.2f [%.2f, %.2f]  H/hand %6.2f [%.2f, "
              "%.2f]  error %.1e  %s\n",
              name, n, nnz, quartiles(times[0]).median, quartiles(times[3]).median, quartiles(times[1]).median,
              over_function.median, over_function.low, over_function.high, over_hand.median, over_hand.low,
              over_hand.high, worst / size, summary.substr(summary.rfind(", ") + 2).c_str());
  std::fflush(stdout);
  if (!(worst <= 1e-10 * size))
    fine = false, std::printf("%s: WRONG\n", name);
}

template <auto F, class... A>
void measure(const char *name, long n, const std::function<double()> &f, const std::function<void(double *)> &hand,
             A... args) {
  const auto H = sparsead::hessian<F>::plan(args...);
  sparsead::workspace workspace;
  run(name, n, H.nnz(), H.summary(),
      {f, [&] { (void)sparsead::hessian<F>::plan(args...); }, [&](double *v) { (void)H.values(workspace, v, args...); },
       hand});
}

void all(double s) {
  if (wanted("rosenbrock")) {
    Problem p = make_problem("rosen", s);
    measure<&rosenbrock>(
        "rosenbrock", p.n, [&] { return rosenbrock(p.n, p.u.data()); }, [&](double *v) { p.hand(p.n, p.u.data(), v); },
        p.n, (const double *)p.u.data());
  }
  if (wanted("minimal_surface")) {
    Problem p = make_problem("msa", s);
    const int N = int(std::lround(std::sqrt(double(p.n))));
    measure<&minimal_surface>(
        "minimal_surface", p.n, [&] { return minimal_surface(N, p.u.data()); },
        [&](double *v) { p.hand(p.n, p.u.data(), v); }, N, (const double *)p.u.data());
  }
  if (wanted("springs")) {
    const int side = std::max(3, int(200 * std::sqrt(s))), n = side * side;
    std::vector<int> edges;
    for (int i = 0; i < side; ++i)
      for (int j = 0; j < side; ++j) {
        if (j + 1 < side)
          edges.insert(edges.end(), {i * side + j, i * side + j + 1});
        if (i + 1 < side)
          edges.insert(edges.end(), {i * side + j, (i + 1) * side + j});
      }
    const int m = int(edges.size() / 2);
    const auto x = points(3L * n), rest = points(m);
    const auto H = sparsead::hessian<&springs>::plan(n, m, edges.data(), rest.data(), x.data());
    const std::vector<int> place = spring_places(m, edges.data(), H.row_ptr().data(), H.col_ind().data());
    measure<&springs>(
        "springs", 3L * n, [&] { return springs(n, m, edges.data(), rest.data(), x.data()); },
        [&](double *v) { hand_springs(v, H.nnz(), m, edges.data(), place.data(), rest.data(), x.data()); }, n, m,
        (const int *)edges.data(), (const double *)rest.data(), (const double *)x.data());
  }
  if (wanted("least_squares")) {
    const int N = std::max(8, int(300 * std::sqrt(s)));
    const auto u = points(long(N) * N);
    measure<&least_squares>(
        "least_squares", long(N) * N, [&] { return least_squares(N, u.data()); },
        [&](double *v) { hand_least_squares(v, N, u.data()); }, N, (const double *)u.data());
  }
  if (wanted("equations")) {
    const int N = std::max(8, int(300 * std::sqrt(s)));
    const auto u = points(long(N) * N), weights = points(long(N) * N + 7);
    std::vector<double> g(u.size());
    const auto H = sparsead::hessian<&equations>::plan(N, u.data(), g.data());
    sparsead::workspace workspace;
    run("equations", long(N) * N, H.nnz(), H.summary(),
        {[&] { return equations(N, u.data(), g.data()), g[0]; },
         [&] { (void)sparsead::hessian<&equations>::plan(N, u.data(), g.data()); },
         [&](double *v) { H.values(workspace, v, weights.data(), N, u.data(), g.data()); },
         [&](double *v) { hand_equations(v, weights.data(), N, u.data()); }});
  }
}

} // namespace

int main(int count, char **arguments) {
  for (int k = 1; k < count; ++k) {
    if (!std::strcmp(arguments[k], "--seconds") && k + 1 < count)
      seconds = std::atof(arguments[++k]);
    else if (!std::strcmp(arguments[k], "--scale") && k + 1 < count)
      scale = std::atof(arguments[++k]);
    else if (!std::strcmp(arguments[k], "--sizes"))
      sizes = true;
    else
      chosen.push_back(arguments[k]);
  }
  for (const double part : {0.01, 0.1, 1.0})
    if (sizes || part == 1.0)
      all(part * scale);
  return fine ? 0 : 1;
}
