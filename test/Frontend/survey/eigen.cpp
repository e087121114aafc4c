// Eigen's dense and sparse modules: every function has a normal form; nothing crashes.
// REQUIRES: eigen
// RUN: %sparsead_clang %eigen -std=c++17 -O2 -fsyntax-only -fplugin-arg-sparsead-survey %s | %FileCheck %s
// CHECK: lowered {{[1-9][0-9][0-9]+}} of {{[0-9]+}} functions ({{9[0-9]|100}} %)
#include <Eigen/Dense>
#include <Eigen/Sparse>
using namespace Eigen;

double dense(const MatrixXd &a, const VectorXd &b) {
  VectorXd x = a.partialPivLu().solve(b);
  return (a * x - b).squaredNorm();
}
double fixed(const Matrix3d &a, const Vector3d &b) {
  return (a.inverse() * b).norm() + a.trace() + b.cross(a.col(0)).dot(b);
}
double sparse(const SparseMatrix<double> &a, const VectorXd &b) {
  SimplicialLDLT<SparseMatrix<double>> factor(a);
  VectorXd x = factor.solve(b);
  return (a * x).dot(b);
}
