// Luksan and Vlcek's problem 5.1 with Ipopt: a chained Rosenbrock function under trigonometric-exponential constraints.
// Two annotated functions are all that is written by hand.
#include <IpIpoptApplication.hpp>
#include <IpSolveStatistics.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sparsead/ipopt.hpp>
#include <string>

SPARSEAD_GRADIENT("return <- x[n]")
SPARSEAD_HESSIAN("return <- x[n]")
double objective(int n, const double *x) {
  double f = 0;
  for (int i = 0; i < n - 1; ++i) {
    const double a = x[i] * x[i] - x[i + 1], b = x[i] - 1;
    f += 100 * a * a + b * b;
  }
  return f;
}

SPARSEAD_JACOBIAN("g[n - 2] <- x[n]")
SPARSEAD_HESSIAN("g[n - 2] <- x[n]")
void constraints(int n, const double *x, double *g) {
  for (int i = 0; i < n - 2; ++i)
    g[i] = 3 * std::pow(x[i + 1], 3) + 2 * x[i + 2] - 5 +
           std::sin(x[i + 1] - x[i + 2]) * std::sin(x[i + 1] + x[i + 2]) + 4 * x[i + 1] -
           x[i] * std::exp(x[i] - x[i + 1]) - 3;
}

int main(int argc, char **argv) {
  const int n = argc > 1 ? std::atoi(argv[1]) : 100000;
  const bool test = argc > 2 && std::string(argv[2]) == "test"; // Ipopt's own check of all derivatives
  using Problem = sparsead::ipopt::TNLP<&objective, &constraints>;
  using sparsead::ipopt::g, sparsead::ipopt::x;
  Ipopt::SmartPtr<Problem> problem = new Problem(std::make_tuple(n, x), std::make_tuple(n, x, g));
  for (int i = 0; i < n; ++i)
    problem->x_start[std::size_t(i)] = i % 2 == 0 ? -1.2 : 1.0;

  Ipopt::SmartPtr<Ipopt::IpoptApplication> app = IpoptApplicationFactory();
  app->Options()->SetIntegerValue("print_level", test ? 4 : 0);
  if (test) {
    app->Options()->SetStringValue("derivative_test", "second-order");
    app->Options()->SetNumericValue("point_perturbation_radius", 0.1); // far away, differences are all rounding
  }
  if (app->Initialize() != Ipopt::Solve_Succeeded)
    return 1;
  const Ipopt::ApplicationReturnStatus status = app->OptimizeTNLP(GetRawPtr(problem));
  const double cpu = app->Statistics()->TotalCPUTime();
  std::printf("n=%d: %d iterations, objective %.9f\n", n, app->Statistics()->IterationCount(), problem->objective);
  std::printf("seconds: f %.3f, grad %.3f, g %.3f, Jacobian %.3f, Hessian %.3f; all of Ipopt %.3f\n",
              problem->time.f.seconds, problem->time.grad_f.seconds, problem->time.g.seconds,
              problem->time.jac_g.seconds, problem->time.h.seconds, cpu);
  return status == Ipopt::Solve_Succeeded ? 0 : 1;
}
