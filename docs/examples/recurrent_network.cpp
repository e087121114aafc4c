// A recurrent network that learns to tell the parity of the last two bits of a sequence: the gradient of the loss by
// all weights, through time, and Adam's method.
#include <cmath>
#include <cstdio>
#include <random>
#include <sparsead/sparsead.hpp>
#include <vector>

struct network {
  int hidden, steps;
};

/// weights: recurrent (hidden*hidden), input (hidden), bias (hidden), output (hidden + 1).
/// state: (steps + 1) * hidden numbers on the way.
SPARSEAD_GRADIENT("return <- weights[c.hidden*c.hidden + 3*c.hidden + 1]; state[(c.steps + 1)*c.hidden]")
double loss(const network &c, const double *bits, const double *weights, double *state) {
  const int n = c.hidden;
  const double *recurrent = weights, *input = weights + n * n, *bias = input + n, *output = bias + n;
  for (int i = 0; i < n; ++i)
    state[i] = 0;
  double sum = 0;
  for (int t = 0; t < c.steps; ++t) {
    const double *old = state + t * n;
    double *now = state + (t + 1) * n;
    for (int i = 0; i < n; ++i) {
      double a = bias[i] + input[i] * bits[t];
      for (int j = 0; j < n; ++j)
        a += recurrent[i * n + j] * old[j];
      now[i] = std::tanh(a);
    }
    if (t == 0)
      continue;
    double guess = output[n];
    for (int i = 0; i < n; ++i)
      guess += output[i] * now[i];
    const double error = guess - bits[t] * bits[t - 1]; // bits are -1 and 1
    sum += error * error;
  }
  return sum / (c.steps - 1);
}

int main() {
  const network c{12, 60};
  const int n = c.hidden * c.hidden + 3 * c.hidden + 1;
  std::mt19937 random(1);
  std::normal_distribution<double> normal(0, 1);
  std::vector<double> weights(n), gradient(n), mean(n, 0), square(n, 0), bits(c.steps),
      state(std::size_t((c.steps + 1) * c.hidden));
  for (double &w : weights)
    w = 0.3 * normal(random);
  auto draw = [&] {
    for (double &b : bits)
      b = random() % 2 ? 1 : -1;
  };
  auto workspace = sparsead::gradient<&loss>::workspace();
  auto evaluate = [&] {
    return sparsead::gradient<&loss>::value_and_grad(workspace, gradient, c, bits.data(), weights.data(), state.data());
  };
  // One direction against a difference of the loss.
  draw();
  evaluate();
  double along = 0;
  std::vector<double> direction(n), kept(weights);
  for (int k = 0; k < n; ++k) {
    direction[k] = normal(random);
    along += gradient[k] * direction[k];
  }
  double sides[2];
  for (const int side : {0, 1}) {
    for (int k = 0; k < n; ++k)
      weights[k] = kept[k] + (side ? 1e-6 : -1e-6) * direction[k];
    sides[side] = loss(c, bits.data(), weights.data(), state.data());
  }
  weights = kept;
  const double difference = (sides[1] - sides[0]) / 2e-6, apart = std::fabs(difference - along) / std::fabs(along);

  double smooth = 1;
  for (int step = 1; step <= 3000; ++step) {
    draw();
    const double f = evaluate();
    smooth = step == 1 ? f : 0.98 * smooth + 0.02 * f;
    for (int k = 0; k < n; ++k) {
      mean[k] = 0.9 * mean[k] + 0.1 * gradient[k];
      square[k] = 0.999 * square[k] + 0.001 * gradient[k] * gradient[k];
      weights[k] -=
          0.01 * (mean[k] / (1 - std::pow(0.9, step))) / (std::sqrt(square[k] / (1 - std::pow(0.999, step))) + 1e-8);
    }
    if (step % 1000 == 0)
      std::printf("%d: loss %.5f\n", step, smooth);
  }
  std::printf("gradient and difference are %.0e apart\n", apart);
  const bool ok = apart < 1e-6 && smooth < 0.05;
  std::puts(ok ? "ok" : "NOT ok");
  return ok ? 0 : 1;
}
