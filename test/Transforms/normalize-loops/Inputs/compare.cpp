// Runs every form as clang compiles it and as the normalised loop.
#include "forms.hpp"
#include <cstdio>
#include <cstdlib>
#include <cstring>
using function = double(int, int, const double *, double *, const Context *, const int *, const int *,
                        const std::vector<double> &);
#define FORM(name, ...) extern "C" function native_##name, normal_##name;
#include "forms.inc"
#undef FORM
// What the check of a counter that wraps around calls.
extern "C" void sparsead_rt_fail(const char *) { std::abort(); }
int failures = 0;
int main() {
  double u[64], w[64], out[64];
  for (int i = 0; i < 64; ++i) u[i] = 1.0 / (i + 3), w[i] = i * 0.25 + 1;
  for (int n = 0; n <= 24; ++n)
    for (int m = 1; m <= 6; ++m) {
      Context c{n, w, u + n};
      int rp[] = {m, n, n + 1, n + m}, p = n;
      std::vector<double> v(w, w + n);
#define FORM(name, ...)                                                                                                \
  if (n > 0 || std::strncmp(#name, "do_", 3) != 0) {                                                                 \
    double a = native_##name(n, m, u, out, &c, &p, rp, v), b = normal_##name(n, m, u, out, &c, &p, rp, v);             \
    if (a != b) std::printf("%s(%d, %d): %.17g, normalised %.17g\n", #name, n, m, a, b), ++failures;                   \
  }
#include "forms.inc"
    }
  std::printf("%d failures\n", failures);
  return failures != 0;
}
