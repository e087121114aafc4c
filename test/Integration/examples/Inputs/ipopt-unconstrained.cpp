// Without constraints; and constraints that return an error code where they are not defined.
#include <IpIpoptApplication.hpp>
#include <cmath>
#include <cstdio>
#include <sparsead/ipopt.hpp>

SPARSEAD_GRADIENT("return <- x[2]") SPARSEAD_HESSIAN("return <- x[2]")
double beale(const double *x) {
  const double a = 1.5 - x[0] * (1 - x[1]), b = 2.25 - x[0] * (1 - x[1] * x[1]);
  const double c = 2.625 - x[0] * (1 - x[1] * x[1] * x[1]);
  return a * a + b * b + c * c;
}

SPARSEAD_GRADIENT("return <- x[1]") SPARSEAD_HESSIAN("return <- x[1]")
double square(const double *x) { return x[0] * x[0]; }

static int refused = 0;
SPARSEAD_JACOBIAN("g[1] <- x[1]") SPARSEAD_HESSIAN("g[1] <- x[1]")
int logarithm(int *count, const double *x, double *g) {
  if (!(x[0] > 0)) {
    ++*count;
    return 1;
  }
  g[0] = std::log(x[0]);
  return 0;
}

template <class Problem> Ipopt::ApplicationReturnStatus solve(Problem &problem) {
  Ipopt::SmartPtr<Ipopt::IpoptApplication> app = IpoptApplicationFactory();
  app->Options()->SetIntegerValue("print_level", 0);
  app->Options()->SetStringValue("sb", "yes");
  app->Initialize();
  return app->OptimizeTNLP(GetRawPtr(problem));
}

int main() {
  using Free = sparsead::ipopt::TNLP<&beale>;
  Ipopt::SmartPtr<Free> problem = new Free(std::make_tuple(sparsead::ipopt::x));
  problem->x_start = {1, 1};
  if (solve(problem) != Ipopt::Solve_Succeeded)
    return 1;
  // log x = -2 from x = 3: Newton's first step goes below zero.
  using Coded = sparsead::ipopt::TNLP<&square, &logarithm>;
  Ipopt::SmartPtr<Coded> coded = new Coded(std::make_tuple(sparsead::ipopt::x),
                                           std::make_tuple(&refused, sparsead::ipopt::x, sparsead::ipopt::g));
  coded->x_start = {3};
  coded->g_lower = coded->g_upper = {-2};
  if (solve(coded) != Ipopt::Solve_Succeeded || std::fabs(coded->solution[0] - std::exp(-2)) > 1e-6)
    return 2;
  std::printf("minimum at %f %f, error code %s\n", problem->solution[0], problem->solution[1],
              refused > 0 ? "seen" : "not seen");
}
