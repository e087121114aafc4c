// Holds a Hessian against second differences of the function: exact number of entries (both triangles), values, products,
// the triangle against the full matrix, a plan that does not read active data. Include <sparsead/sparsead.hpp> first.
#pragma once
#include "check.hpp"

namespace check {

/// `nnz`: of the lower triangle. `weights`: empty for one output.
template <auto F, class Tag = void, class... A>
void hessian(const char *name, long nnz, const items &in, const items &out, const std::vector<double> &weights,
             A &&...args) {
  std::string why;
  auto fail = [&](const std::string &text) {
    if (why.empty())
      why = text;
  };
  using H = sparsead::hessian<F, Tag>;
  try {
    const auto lower = H::plan(args...), full = H::plan(sparsead::triangle::full, args...);
    const std::vector<double> at = gather(in);
    const std::size_t n = at.size();
    if (std::size_t(lower.rows()) != n || std::size_t(lower.cols()) != n)
      fail("size " + std::to_string(lower.rows()));
    if (long(lower.nnz()) != nnz)
      fail("nnz " + std::to_string(lower.nnz()) + ", not " + std::to_string(nnz));
    auto invoke = [&] {
      if constexpr (std::is_void_v<decltype(std::invoke(F, args...))>)
        std::invoke(F, args...);
      else
        result = double(std::invoke(F, args...));
    };
    const std::vector<double> before = gather(out);
    auto evaluate = [&](const std::vector<double> &point) {
      scatter(out, before);
      scatter(in, point);
      invoke();
      const std::vector<double> values = gather(out);
      double sum = 0;
      for (std::size_t i = 0; i < values.size(); ++i)
        sum += (weights.empty() ? 1.0 : weights[i]) * values[i];
      return sum;
    };
    auto restore = [&] {
      scatter(out, before);
      scatter(in, at);
    };
    std::vector<double> v(std::size_t(lower.nnz())), vf(std::size_t(full.nnz()));
    if (weights.empty()) {
      lower.values(v, args...);
      restore();
      full.values(vf, args...);
    } else {
      lower.values(v, weights, args...);
      restore();
      full.values(vf, weights, args...);
    }
    restore();
    std::vector<double> dense(n * n), dense_full(n * n);
    auto spread = [&](const auto &plan, const std::vector<double> &values, std::vector<double> &to) {
      for (std::size_t i = 0; i < n; ++i)
        for (auto k = plan.row_ptr()[i]; k < plan.row_ptr()[i + 1]; ++k) {
          if (k > plan.row_ptr()[i] && plan.col_ind()[k - 1] >= plan.col_ind()[k])
            fail("columns do not ascend");
          to[i * n + std::size_t(plan.col_ind()[k])] = values[std::size_t(k)];
        }
    };
    spread(lower, v, dense);
    spread(full, vf, dense_full);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < i; ++j) {
        if (dense[j * n + i] != 0)
          fail("an entry above the diagonal");
        dense[j * n + i] = dense[i * n + j];
      }
    for (std::size_t k = 0; k < n * n; ++k)
      if (std::fabs(dense[k] - dense_full[k]) > 1e-12 * (1 + std::fabs(dense[k])))
        fail("triangle and full matrix differ at " + std::to_string(k / n) + ", " + std::to_string(k % n));
    // Second differences.
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j <= i; ++j) {
        auto difference = [&](double scale) {
          const double hi = scale * std::fmax(std::fabs(at[i]), 0.1), hj = scale * std::fmax(std::fabs(at[j]), 0.1);
          auto moved = [&](double si, double sj) {
            std::vector<double> point = at;
            point[i] += si * hi;
            point[j] += sj * hj;
            return evaluate(point);
          };
          return (moved(1, 1) - moved(1, -1) - moved(-1, 1) + moved(-1, -1)) / (4 * hi * hj);
        };
        const double coarse = difference(4e-3), fine = difference(2e-3), best = fine + (fine - coarse) / 3;
        restore();
        const double tolerance = 2e-6 * (1 + std::fabs(best)) + 0.02 * std::fabs(coarse - fine);
        if (!(std::fabs(dense[i * n + j] - best) <= tolerance))
          fail("(" + std::to_string(i) + ", " + std::to_string(j) + ") is " + std::to_string(dense[i * n + j]) +
               ", differences give " + std::to_string(best));
      }
    // A product.
    std::vector<double> direction(n), w(n);
    for (std::size_t j = 0; j < n; ++j)
      direction[j] = 1.0 / double(j + 1) - 0.3;
    if (weights.empty())
      lower.hvp(w, direction, args...);
    else
      lower.hvp(w, direction, weights, args...);
    restore();
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0, size = 0;
      for (std::size_t j = 0; j < n; ++j) {
        sum += dense[i * n + j] * direction[j];
        size += std::fabs(dense[i * n + j] * direction[j]);
      }
      if (!(std::fabs(w[i] - sum) <= 1e-11 * (1 + size)))
        fail("product, row " + std::to_string(i));
    }
  } catch (const std::exception &e) {
    fail(e.what());
  }
  if (!why.empty()) {
    ++failures;
    std::printf("FAIL %s: %s\n", name, why.c_str());
  }
}

} // namespace check
