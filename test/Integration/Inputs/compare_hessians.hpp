// A function's Hessian by the strategy that is chosen, and from a record: structure, values, products, both triangles.
#pragma once
#include <cmath>
#include <cstdio>
#include <iostream>
#include <sparsead/sparsead.hpp>
#include <type_traits>
#include <vector>

#define BOTH(spec) SPARSEAD_HESSIAN(spec) SPARSEAD_HESSIAN(spec, "mode=forward", "tag=Record")
struct Record;

inline int failures = 0;

template <auto F, class... A>
void compare(const char *name, std::vector<double> &x, long outputs, A... args) {
  auto local = sparsead::hessian<F>::plan(args...);
  auto record = sparsead::hessian<F, Record>::plan(args...);
  auto both = sparsead::hessian<F>::plan(sparsead::triangle::full, args...);
  bool same = local.nnz() == record.nnz();
  for (int k = 0; same && k < local.nnz(); ++k)
    same = local.col_ind()[k] == record.col_ind()[k];
  for (int i = 0; same && i <= local.rows(); ++i)
    same = local.row_ptr()[i] == record.row_ptr()[i];
  double worst = 0;
  std::vector<double> v(local.nnz(), 7), w(v), full(both.nnz(), 7), weights(outputs);
  for (long i = 0; i < outputs; ++i)
    weights[i] = 0.5 + 0.3 * double(i % 7);
  std::vector<double> direction(local.cols()), product(direction), other(direction);
  for (std::size_t j = 0; j < direction.size(); ++j)
    direction[j] = 1 - 0.4 * double(j % 5);
  for (int round = 0; same && round < 4; ++round) {
    for (std::size_t i = 0; i < x.size(); ++i) // in general position; with zeros; with equal neighbours; all zero
      x[i] = round == 0   ? 0.3 + 0.17 * double((7 * i) % 11)
             : round == 1 ? (i % 3 == 0 ? 0.0 : 0.4 * double(i % 4))
             : round == 2 ? 0.5 * double((i / 2) % 2)
                          : 0.0;
    if constexpr (std::is_void_v<decltype(local.values(v, args...))>) {
      local.values(v, weights, args...);
      record.values(w, weights, args...);
      both.values(full, weights, args...);
      local.hvp(product, direction, weights, args...);
      record.hvp(other, direction, weights, args...);
    } else {
      const double f = local.values(v, args...), g = record.values(w, args...);
      both.values(full, args...);
      worst = std::max(worst, std::fabs(f - g));
      local.hvp(product, direction, args...);
      record.hvp(other, direction, args...);
    }
    auto differ = [&](double a, double b) {
      const bool equal = a == b || (std::isnan(a) && std::isnan(b)) || std::fabs(a - b) <= 1e-12 * (1 + std::fabs(b));
      if (!equal)
        worst = std::max(worst, std::isfinite(a - b) ? std::fabs(a - b) : 1e300);
      if (!equal && failures++ < 20)
        std::printf("FAIL %s round %d: %.17g instead of %.17g\n", name, round, a, b);
    };
    for (std::size_t k = 0; k < v.size(); ++k)
      if (std::isfinite(w[k])) // a norm has no derivative at zero
        differ(v[k], w[k]);
    for (std::size_t j = 0; j < product.size(); ++j)
      if (std::isfinite(other[j]))
        differ(product[j], other[j]);
    std::size_t at = 0;
    for (int i = 0; i < both.rows(); ++i)
      for (int k = both.row_ptr()[i]; k < both.row_ptr()[i + 1]; ++k)
        if (both.col_ind()[k] <= i) {
          if (std::isfinite(v[at]))
            differ(full[k], v[at]);
          ++at;
        }
  }
  if (!same)
    std::printf("FAIL %s: another structure\n", name), ++failures;
  std::cout << name << " " << local.strategy() << "\n";
}
