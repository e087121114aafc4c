// Logistic regression on sparse data by rows: Newton's method whose steps come from conjugate gradients with products
// of the Hessian, which is never formed (it is dense where two features occur together in some row).
#include <cmath>
#include <cstdio>
#include <random>
#include <sparsead/sparsead.hpp>
#include <vector>

struct data_set {
  int rows, features;
  const int *row_ptr, *feature;
  const double *value, *label; ///< labels: -1 and 1
};

SPARSEAD_GRADIENT("return <- w[d.features]")
SPARSEAD_HESSIAN("return <- w[d.features]") double loss(const data_set &d, double ridge, const double *w) {
  double sum = 0;
  for (int i = 0; i < d.rows; ++i) {
    double margin = 0;
    for (int k = d.row_ptr[i]; k < d.row_ptr[i + 1]; ++k)
      margin += d.value[k] * w[d.feature[k]];
    sum += std::log1p(std::exp(-d.label[i] * margin));
  }
  for (int j = 0; j < d.features; ++j)
    sum += 0.5 * ridge * w[j] * w[j];
  return sum;
}

static double dot(const std::vector<double> &a, const std::vector<double> &b) {
  double s = 0;
  for (std::size_t k = 0; k < a.size(); ++k)
    s += a[k] * b[k];
  return s;
}

int main() {
  const int rows = 2000, features = 300;
  std::mt19937 random(7);
  std::normal_distribution<double> normal(0, 1);
  std::vector<int> row_ptr{0}, feature;
  std::vector<double> value, label, truth(features);
  for (double &t : truth)
    t = normal(random);
  for (int i = 0; i < rows; ++i) {
    double margin = 0;
    for (int k = 0; k < 10; ++k) {
      feature.push_back(int(random() % features));
      value.push_back(normal(random));
      margin += value.back() * truth[feature.back()];
    }
    row_ptr.push_back(int(feature.size()));
    label.push_back(margin + 0.5 * normal(random) > 0 ? 1 : -1);
  }
  const data_set d{rows, features, row_ptr.data(), feature.data(), value.data(), label.data()};
  const double ridge = 1;
  std::vector<double> w(features, 0), g(features), step, residual, direction, product(features);
  const auto plan = sparsead::hessian<&loss>::plan(d, ridge, nullptr);
  std::printf("%s\n", plan.summary().c_str());
  int newton = 0;
  double f = 0, norm = 1;
  for (; newton < 30 && norm > 1e-8; ++newton) {
    f = sparsead::gradient<&loss>::value_and_grad(g, d, ridge, w.data());
    norm = std::sqrt(dot(g, g));
    step.assign(features, 0);
    residual = direction = g;
    for (double square = dot(g, g), first = square; square > 1e-12 * first;) {
      plan.hvp(product, direction, d, ridge, w.data());
      const double a = square / dot(direction, product);
      for (int j = 0; j < features; ++j) {
        step[j] += a * direction[j];
        residual[j] -= a * product[j];
      }
      const double next = dot(residual, residual), b = next / square;
      square = next;
      for (int j = 0; j < features; ++j)
        direction[j] = residual[j] + b * direction[j];
    }
    for (int j = 0; j < features; ++j)
      w[j] -= step[j];
  }
  int right = 0;
  for (int i = 0; i < rows; ++i) {
    double margin = 0;
    for (int k = row_ptr[i]; k < row_ptr[i + 1]; ++k)
      margin += value[k] * w[feature[k]];
    right += margin * label[i] > 0;
  }
  std::printf("%d Newton steps: loss %.6f, gradient %.1e, %.1f%% of the rows right\n", newton, f, norm,
              100.0 * right / rows);
  const bool ok = norm <= 1e-8 && right > 0.9 * rows;
  std::puts(ok ? "ok" : "NOT ok");
  return ok ? 0 : 1;
}
