// Gradients against the function itself and against adjoints written by hand:
//   bench_gradient [--seconds S] [--scale X] [problem...]
// One line each: n, milliseconds of the function, of the gradient; gradient/function (at most 4), gradient/hand (at
// most 1.3), with quartiles; MiB that the workspace keeps between the two sweeps; the largest difference to the
// hand-written one.
#include "../jacobian/measure.hpp"
#include "functions.hpp"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <sparsead/rt/workspace_state.hpp>
#include <string>
#include <vector>

namespace {

double seconds = 2, scale = 1;
std::vector<std::string> chosen;
bool fine = true;

std::vector<double> points(long n) {
  std::vector<double> x(static_cast<std::size_t>(n));
  for (long k = 0; k < n; ++k)
    x[std::size_t(k)] = 0.3 + 1.4 * std::fmod(0.618033988749895 * double(k + 1), 1.0);
  return x;
}

void run(const char *name, long n, const std::function<double()> &function,
         const std::function<double(sparsead::workspace &, double *)> &gradient,
         const std::function<double(double *)> &hand) {
  if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), name) == chosen.end())
    return;
  std::vector<double> g(static_cast<std::size_t>(n)), want(g);
  sparsead::workspace workspace;
  volatile double sink = 0;
  const auto times = interleaved(
      {[&] { sink = function(); }, [&] { sink = gradient(workspace, g.data()); }, [&] { sink = hand(want.data()); }}, 5,
      2000, seconds, true);
  double worst = 0, size = 0;
  for (std::size_t k = 0; k < g.size(); ++k) {
    worst = std::max(worst, std::fabs(g[k] - want[k]));
    size = std::max(size, std::fabs(want[k]));
  }
  const spread overFunction = quartiles(ratios(times[1], times[0])), overHand = quartiles(ratios(times[1], times[2]));
  const double kept = double(workspace.state().reverse.reserved()) / (1 << 20);
  std::printf(
      "%-16s %8ld  f %8.3f ms  grad %8.3f ms  grad/f %5.2f [%.2f, %.2f]  grad/hand %5.2f [%.2f, %.2f]  kept %7.2f "
      "MiB  error %.1e\n",
      name, n, quartiles(times[0]).median, quartiles(times[1]).median, overFunction.median, overFunction.low,
      overFunction.high, overHand.median, overHand.low, overHand.high, kept, worst / size);
  std::fflush(stdout);
  if (!(worst <= 1e-10 * size))
    fine = false, std::printf("%s: WRONG\n", name);
}

} // namespace

int main(int count, char **arguments) {
  for (int k = 1; k < count; ++k) {
    if (!std::strcmp(arguments[k], "--seconds") && k + 1 < count)
      seconds = std::atof(arguments[++k]);
    else if (!std::strcmp(arguments[k], "--scale") && k + 1 < count)
      scale = std::atof(arguments[++k]);
    else
      chosen.push_back(arguments[k]);
  }
  {
    const int n = std::max(4, int(1e5 * scale));
    const auto x = points(n);
    run(
        "rosenbrock", n, [&] { return rosenbrock(n, x.data()); },
        [&](auto &w, double *g) { return sparsead::gradient<&rosenbrock>::value_and_grad(w, g, n, x.data()); },
        [&](double *g) { return hand_rosenbrock(g, n, x.data()); });
  }
  {
    const int n = std::max(4, int(256 * std::sqrt(scale)));
    const auto x = points(long(n) * n);
    run(
        "minimal_surface", long(n) * n, [&] { return minimal_surface(n, x.data()); },
        [&](auto &w, double *g) { return sparsead::gradient<&minimal_surface>::value_and_grad(w, g, n, x.data()); },
        [&](double *g) { return hand_minimal_surface(g, n, x.data()); });
  }
  {
    const int side = std::max(3, int(200 * std::sqrt(scale))), n = side * side;
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
    run(
        "springs", 3L * n, [&] { return springs(n, m, edges.data(), rest.data(), x.data()); },
        [&](auto &w, double *g) {
          return sparsead::gradient<&springs>::value_and_grad(w, g, n, m, edges.data(), rest.data(), x.data());
        },
        [&](double *g) { return hand_springs(g, n, m, edges.data(), rest.data(), x.data()); });
  }
  {
    const int n = std::max(8, int(10000 * scale)), steps = 100;
    const auto x = points(n);
    std::vector<double> u(x.size()), v(x.size()), states(x.size() * (steps + 1)), bar(x.size()), next(x.size());
    run(
        "diffusion", n, [&] { return diffusion(n, steps, x.data(), u.data(), v.data()); },
        [&](auto &w, double *g) {
          return sparsead::gradient<&diffusion>::value_and_grad(w, g, n, steps, x.data(), u.data(), v.data());
        },
        [&](double *g) { return hand_diffusion(g, n, steps, x.data(), states.data(), bar.data(), next.data()); });
  }
  return fine ? 0 : 1;
}
