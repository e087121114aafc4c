// Functions whose Hessians are measured, and kernels that a person would write for them (those of the first two are
// frozen/hand.cpp's).
#pragma once
#include <sparsead/sparsead.hpp>
#include <vector>

SPARSEAD_HESSIAN("return <- x[n]") double rosenbrock(int n, const double *x);
/// The area of a piecewise linear surface over N*N interior points; a given boundary.
SPARSEAD_HESSIAN("return <- x[N*N]") double minimal_surface(int N, const double *x);
/// x[3*n]: positions; edges: 2*m node numbers; rest lengths.
SPARSEAD_HESSIAN("return <- x[3*n]")
double springs(int n, int m, const int *edges, const double *rest, const double *x);
/// The squared residual of a semilinear equation on a grid with 5 points, as a least-squares code has it.
SPARSEAD_HESSIAN("return <- u[N*N]") double least_squares(int N, const double *u);
/// Equations of that kind; their Hessian is summed with weights.
SPARSEAD_HESSIAN("g[N*N] <- u[N*N]") void equations(int N, const double *u, double *g);

/// Lower triangles in CSR order. `place`: for each edge the 21 positions of the lower triangle of its 6 by 6 block.
std::vector<int> spring_places(int m, const int *edges, const int *row_ptr, const int *col_ind);
void hand_springs(double *v, long nnz, int m, const int *edges, const int *place, const double *rest, const double *x);
void hand_least_squares(double *v, int N, const double *u);
void hand_equations(double *v, const double *weights, int N, const double *u);
