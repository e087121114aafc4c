// Optimal control with Ipopt: a heated plate, -Δy + y³ = u on a unit square (5-point differences, y = 0 on the
// boundary), is to reach a given temperature with little heating and 0 <= u <= u_max. The variables are the
// temperatures and the heating, 2 N² of them; the discretised equation is the constraint.
#include <IpIpoptApplication.hpp>
#include <IpSolveStatistics.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sparsead/ipopt.hpp>
#include <string>
#include <vector>

struct Plate {
  int N;
  double h, weight;
  std::vector<double> target;
  explicit Plate(int N) : N(N), h(1.0 / (N + 1)), weight(1e-3), target(std::size_t(N) * std::size_t(N)) {
    for (int i = 0; i < N; ++i)
      for (int j = 0; j < N; ++j)
        target[std::size_t(i * N + j)] = 1 + 2 * (i + 1) * h * (1 - (j + 1) * h);
  }
};

SPARSEAD_GRADIENT("return <- z[2 * plate.N * plate.N]")
SPARSEAD_HESSIAN("return <- z[2 * plate.N * plate.N]")
double cost(const Plate &plate, const double *z) {
  const int cells = plate.N * plate.N;
  const double *y = z, *u = z + cells;
  double f = 0;
  for (int c = 0; c < cells; ++c) {
    const double miss = y[c] - plate.target[std::size_t(c)];
    f += miss * miss + plate.weight * u[c] * u[c];
  }
  return 0.5 * plate.h * plate.h * f;
}

SPARSEAD_JACOBIAN("r[plate.N * plate.N] <- z[2 * plate.N * plate.N]")
SPARSEAD_HESSIAN("r[plate.N * plate.N] <- z[2 * plate.N * plate.N]")
void equation(const Plate &plate, const double *z, double *r) {
  const int N = plate.N;
  const double *y = z, *u = z + N * N, scale = 1 / (plate.h * plate.h);
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < N; ++j) {
      const double center = y[i * N + j];
      const double up = i > 0 ? y[(i - 1) * N + j] : 0, down = i < N - 1 ? y[(i + 1) * N + j] : 0;
      const double left = j > 0 ? y[i * N + j - 1] : 0, right = j < N - 1 ? y[i * N + j + 1] : 0;
      r[i * N + j] = scale * (4 * center - up - down - left - right) + center * center * center - u[i * N + j];
    }
}

int main(int argc, char **argv) {
  const Plate plate(argc > 1 ? std::atoi(argv[1]) : 100);
  const bool test = argc > 2 && std::string(argv[2]) == "test"; // Ipopt's own check of all derivatives
  using Problem = sparsead::ipopt::TNLP<&cost, &equation>;
  using sparsead::ipopt::g, sparsead::ipopt::x;
  Ipopt::SmartPtr<Problem> problem =
      new Problem(std::make_tuple(std::cref(plate), x), std::make_tuple(std::cref(plate), x, g));
  const std::size_t cells = plate.target.size();
  for (std::size_t c = 0; c < cells; ++c) {
    problem->x_lower[cells + c] = 0;
    problem->x_upper[cells + c] = 25;
  }

  Ipopt::SmartPtr<Ipopt::IpoptApplication> app = IpoptApplicationFactory();
  app->Options()->SetIntegerValue("print_level", test ? 4 : 0);
  if (test) {
    app->Options()->SetStringValue("derivative_test", "second-order");
    app->Options()->SetNumericValue("point_perturbation_radius", 0.1); // far away, differences are all rounding
  }
  if (app->Initialize() != Ipopt::Solve_Succeeded)
    return 1;
  const Ipopt::ApplicationReturnStatus status = app->OptimizeTNLP(GetRawPtr(problem));
  std::size_t full = 0;
  for (std::size_t c = 0; c < cells; ++c)
    full += problem->solution[cells + c] > 24.99;
  std::printf("n=%d: %d iterations, objective %.9f, heating at its limit in %zu of %zu cells\n",
              problem->num_variables(), app->Statistics()->IterationCount(), problem->objective, full, cells);
  std::printf("seconds: f %.3f, grad %.3f, g %.3f, Jacobian %.3f, Hessian %.3f; all of Ipopt %.3f\n",
              problem->time.f.seconds, problem->time.grad_f.seconds, problem->time.g.seconds,
              problem->time.jac_g.seconds, problem->time.h.seconds, app->Statistics()->TotalCPUTime());
  return status == Ipopt::Solve_Succeeded ? 0 : 1;
}
