// Cameras and points from where the points are seen: residuals with a sparse Jacobian, and the Gauss-Newton method with
// a shift (Levenberg and Marquardt). The data are made up, with a little noise.
#include <Eigen/SparseCholesky>
#include <cmath>
#include <cstdio>
#include <random>
#include <sparsead/sparsead.hpp>
#include <vector>

struct sight { // point `point` is seen by camera `camera` at (u, v)
  int camera, point;
  double u, v;
};

/// Rotates p about the axis w by its length (Rodrigues).
static void rotate(const double *w, const double *p, double *q) {
  const double square = w[0] * w[0] + w[1] * w[1] + w[2] * w[2];
  const double angle = std::sqrt(square + 1e-30), c = std::cos(angle), s = std::sin(angle) / angle;
  const double dot = (w[0] * p[0] + w[1] * p[1] + w[2] * p[2]) * (1 - c) / (square + 1e-30);
  q[0] = c * p[0] + s * (w[1] * p[2] - w[2] * p[1]) + dot * w[0];
  q[1] = c * p[1] + s * (w[2] * p[0] - w[0] * p[2]) + dot * w[1];
  q[2] = c * p[2] + s * (w[0] * p[1] - w[1] * p[0]) + dot * w[2];
}

/// A camera: rotation (3), translation (3), focal length, distortion.
static void project(const double *camera, const double *point, double &u, double &v) {
  double q[3];
  rotate(camera, point, q);
  const double x = (q[0] + camera[3]) / (q[2] + camera[5]), y = (q[1] + camera[4]) / (q[2] + camera[5]);
  const double scale = camera[6] * (1 + camera[7] * (x * x + y * y));
  u = scale * x;
  v = scale * y;
}

SPARSEAD_JACOBIAN("r[2*m] <- cameras[8*c], points[3*p]")
void residual(int m, int c, int p, const sight *sights, const double *cameras, const double *points, double *r) {
  (void)c, (void)p;
  for (int k = 0; k < m; ++k) {
    double u, v;
    project(cameras + 8 * sights[k].camera, points + 3 * sights[k].point, u, v);
    r[2 * k] = u - sights[k].u;
    r[2 * k + 1] = v - sights[k].v;
  }
}

int main() {
  const int c = 8, p = 60;
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0, 1);
  std::vector<double> cameras(8 * c), points(3 * p);
  for (int i = 0; i < c; ++i) {
    const double truth[8] = {0.1 * noise(random),
                             0.1 * noise(random),
                             0.1 * noise(random),
                             0.3 * i - 1,
                             0.2 * noise(random),
                             8.0,
                             500.0,
                             0.02};
    std::copy(truth, truth + 8, cameras.begin() + 8 * i);
  }
  for (double &x : points)
    x = noise(random);
  std::vector<sight> sights;
  for (int i = 0; i < c; ++i)
    for (int j = 0; j < p; ++j)
      if ((i + j) % 3 != 0) {
        sight s{i, j, 0, 0};
        project(&cameras[8 * i], &points[3 * j], s.u, s.v);
        s.u += 0.1 * noise(random);
        s.v += 0.1 * noise(random);
        sights.push_back(s);
      }
  const int m = int(sights.size()), n = 8 * c + 3 * p;
  for (int i = 0; i < c; ++i)
    for (int k = 0; k < 6; ++k)
      cameras[8 * i + k] += 0.02 * noise(random);
  for (double &x : points)
    x += 0.05 * noise(random);

  const auto plan = sparsead::jacobian<&residual>::plan(m, c, p, sights.data(), nullptr, nullptr, nullptr);
  std::printf("%s\n", plan.summary().c_str());
  Eigen::VectorXd r(2 * m), other(2 * m);
  std::vector<double> values(plan.nnz());
  const Eigen::Map<const Eigen::SparseMatrix<double, Eigen::RowMajor>> J(2 * m, n, plan.nnz(), plan.row_ptr().data(),
                                                                         plan.col_ind().data(), values.data());
  double shift = 1e-3, first = 0, rms = 0;
  for (int step = 0; step < 30; ++step) {
    plan.values(values, m, c, p, sights.data(), cameras.data(), points.data(), r.data());
    rms = std::sqrt(r.squaredNorm() / m);
    if (step == 0)
      first = rms;
    Eigen::SparseMatrix<double> normal = J.transpose() * J;
    normal.diagonal() *= 1 + shift;
    for (int i = 0; i < n; ++i) // the whole may be moved, turned and scaled freely
      normal.coeffRef(i, i) += 1e-9;
    Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> solver(normal);
    const Eigen::VectorXd d = solver.solve(J.transpose() * r);
    std::vector<double> nextCameras(cameras), nextPoints(points);
    for (int k = 0; k < 8 * c; ++k)
      nextCameras[k] -= d[k];
    for (int k = 0; k < 3 * p; ++k)
      nextPoints[k] -= d[8 * c + k];
    residual(m, c, p, sights.data(), nextCameras.data(), nextPoints.data(), other.data());
    const bool better = other.squaredNorm() < r.squaredNorm();
    if (better) {
      cameras = nextCameras;
      points = nextPoints;
    }
    shift = better ? shift / 5 : shift * 10;
  }
  std::printf("root mean square %.2f at first, %.4f at the end\n", first, rms);
  const bool ok = first > 2 && rms < 0.14; // the noise has 0.1 in each direction
  std::puts(ok ? "ok" : "NOT ok");
  return ok ? 0 : 1;
}
