// Holds a gradient against central differences: values, the function's own result and outputs, inputs left alone, the
// same bits when it is asked again, nothing written beyond its end. Include <sparsead/sparsead.hpp> first.
#pragma once
#include "check.hpp"
#include <cstring>

namespace check {

/// `out`: the output element; check::returned() for the result. `more`: what else the function writes, such as work
/// arrays and arrays that it changes in place.
template <auto F, class Tag = void, class... A>
void gradient(const char *name, const items &in, const item &out, const items &more, A &&...args) {
  std::string why;
  auto fail = [&](const std::string &text) {
    if (why.empty())
      why = text;
  };
  const items output{out};
  const std::vector<double> x = gather(in), before = gather(output), others = gather(more);
  const long n = long(x.size());
  bool single = out.single;
  for (const item &i : in)
    single |= i.single;
  const double h = single ? 0x1p-6 : 0x1p-10, tolerance = single ? 2e-3 : 1e-7, exact = single ? 1e-6 : 1e-12;
  auto reset = [&](const std::vector<double> &at) {
    scatter(more, others);
    scatter(output, before);
    scatter(in, at);
  };
  auto call = [&](const std::vector<double> &at) {
    reset(at);
    if constexpr (std::is_convertible_v<std::invoke_result_t<decltype(F), A &...>, double>)
      result = double(std::invoke(F, args...));
    else
      std::invoke(F, args...);
    return out.get(0);
  };
  std::vector<double> differences;
  for (long j = 0; j < n; ++j) { // Richardson: an error of fourth order
    auto difference = [&](double step) {
      std::vector<double> at = x;
      at[j] = x[j] + step;
      const double up = call(at);
      at[j] = x[j] - step;
      return (up - call(at)) / (2 * step);
    };
    differences.push_back((4 * difference(h) - difference(2 * h)) / 3);
  }
  const double plain = call(x);
  const std::vector<double> plainIn = gather(in), plainMore = gather(more);

  try {
    const double guard = 7.25e77;
    std::vector<double> g(n + 1), again(n + 1, guard);
    sparsead::workspace workspace = sparsead::gradient<F, Tag>::workspace();
    for (int repeat = 0; repeat < 3; ++repeat) {
      std::vector<double> &to = repeat == 1 ? again : g;
      std::fill(to.begin(), to.end(), guard);
      reset(x);
      const double value = repeat == 2 ? sparsead::gradient<F, Tag>::value_and_grad(workspace, to.data(), args...)
                                       : sparsead::gradient<F, Tag>::value_and_grad(to.data(), args...);
      if (!(std::fabs(value - plain) <= exact * (1 + std::fabs(plain))))
        fail("value " + std::to_string(value) + ", the function gives " + std::to_string(plain));
      if (to[n] != guard)
        fail("wrote beyond the gradient's end");
      if (gather(in) != plainIn || gather(more) != plainMore)
        fail("arrays are not left as the function leaves them");
    }
    if (std::memcmp(g.data(), again.data(), g.size() * sizeof(double)) != 0)
      fail("asked twice, it differs");
    for (long j = 0; j < n; ++j)
      if (!(std::fabs(g[j] - differences[j]) <= tolerance * (1 + std::fabs(differences[j]))))
        fail("element " + std::to_string(j) + ": " + std::to_string(g[j]) + ", differences give " +
             std::to_string(differences[j]));
  } catch (const std::exception &e) {
    fail(e.what());
  }
  reset(x);
  failures += !why.empty();
  std::printf("%s %s%s\n", name, why.empty() ? "ok" : "FAIL: ", why.c_str());
  std::fflush(stdout);
}

} // namespace check
