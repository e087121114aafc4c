// Functions whose gradients are measured, and adjoints that a person would write for them.
#pragma once
#include <sparsead/sparsead.hpp>

SPARSEAD_GRADIENT("return <- x[n]") double rosenbrock(int n, const double *x);
SPARSEAD_GRADIENT("return <- x[n*n]") double minimal_surface(int n, const double *x);
/// x[3*n]: positions; edges 2*m node numbers; rest lengths.
SPARSEAD_GRADIENT("return <- x[3*n]")
double springs(int n, int m, const int *edges, const double *rest, const double *x);
/// The mean square of a solution of a nonlinear diffusion after `steps`, by its initial state.
SPARSEAD_GRADIENT("return <- u0[n]; u[n], v[n]")
double diffusion(int n, int steps, const double *u0, double *u, double *v);

double hand_rosenbrock(double *g, int n, const double *x);
double hand_minimal_surface(double *g, int n, const double *x);
double hand_springs(double *g, int n, int m, const int *edges, const double *rest, const double *x);
/// states: (steps + 1) * n.
double hand_diffusion(double *g, int n, int steps, const double *u0, double *states, double *bar, double *next);
