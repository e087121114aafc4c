#!/usr/bin/env bash
# What the plugin adds to the compile time of a file with ten annotated functions and their handles in use: at most two
# seconds of processor time. Medians of five compiles with and five without the plugin, by turns. Flags are arguments;
# -O2 by default.
set -euo pipefail
here=$(cd "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
build=${SPARSEAD_BUILD_DIR:-$(cd "$here/../.." && pwd)/build}
config=$build/bin/sparsead-config
flags=("$@")
[ ${#flags[@]} -gt 0 ] || flags=(-O2)
limit=2.0 runs=5

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cxx=${CXX:-$("$config" --cxx)}
read -ra with <<<"$("$config" --cxxflags)"
without=("-isystem$("$config" --includedir)")

# Ten functions of the usual kinds, each with a helper of its own.
{
  cat <<'END'
#include <cmath>
#include <sparsead/sparsead.hpp>
#include <vector>
struct Grid { int nx, ny; double h; const int *from, *to; };
END
  for k in 0 1 2 3 4 5 6 7 8 9; do
    echo "static double helper$k(double a, double b) { double m = 0.5 * (a + b); return (1 + m * m) * (b - a) + $k; }"
    echo 'SPARSEAD_JACOBIAN("r[g.nx*g.ny] <- u[g.nx*g.ny]")'
    echo "void f$k(const Grid &g, const double *u, double *r) {"
    case $((k % 5)) in
      0) echo "  for (int i = 0; i < g.nx * g.ny; ++i) r[i] = helper$k(u[i], i ? u[i - 1] : 0.0) * std::exp(-u[i]);" ;;
      1) cat <<END
  for (int j = 0; j < g.ny; ++j)
    for (int i = 0; i < g.nx; ++i) {
      int k = j * g.nx + i, e = j * g.nx + (i + 1) % g.nx, n = (j + 1) % g.ny * g.nx + i;
      r[k] = helper$k(u[k], u[e]) + helper$k(u[k], u[n]) + std::sin(u[k]) / g.h;
    }
END
        ;;
      2) cat <<END
  double *f = new double[g.nx * g.ny + 1];
  f[0] = helper$k(0.0, u[0]);
  for (int i = 1; i < g.nx * g.ny; ++i) f[i] = helper$k(u[i - 1], u[i]);
  f[g.nx * g.ny] = helper$k(u[g.nx * g.ny - 1], 0.0);
  for (int i = 0; i < g.nx * g.ny; ++i) r[i] = f[i + 1] - f[i];
  delete[] f;
END
        ;;
      3) cat <<END
  for (int i = 0; i < g.nx * g.ny; ++i) r[i] = 0;
  for (int e = 0; e < g.nx; ++e) {
    double v = helper$k(u[g.from[e]], u[g.to[e]]);
    r[g.from[e]] += v;
    r[g.to[e]] -= v;
  }
END
        ;;
      4) cat <<END
  std::vector<double> t(g.nx * g.ny);
  for (int i = 0; i < g.nx * g.ny; ++i) {
    if (u[i] > 0.5) t[i] = std::sqrt(u[i]); else t[i] = std::pow(u[i], 3) + helper$k(u[i], g.h);
  }
  for (int i = 0; i < g.nx * g.ny; ++i) r[i] = t[i] * (i > 1 ? t[i - 2] : 1.0);
END
        ;;
    esac
    echo "}"
    echo "void use$k(const Grid &g, double *u, double *r, std::vector<double> &v) {"
    echo "  auto P = sparsead::jacobian<&f$k>::plan(g, u, r);"
    echo "  v.resize(P.nnz());"
    echo "  P.values(v, g, u, r);"
    echo "}"
  done
} >"$work/ten.cpp"

milliseconds() { # of processor time, of one compile: other processes of a busy machine do not count
  local TIMEFORMAT='%U %S'
  { time "$cxx" -std=c++17 "${flags[@]}" "$@" -c "$work/ten.cpp" -o "$work/ten.o" 2>"$work/messages"; } 2>&1 |
    awk '{ print int(1000 * ($1 + $2)) }'
  [ ! -s "$work/messages" ] || { cat "$work/messages" >&2; exit 1; }
}
median() { sort -n | sed -n "$((runs / 2 + 1))p"; }

milliseconds "${with[@]}" >/dev/null
milliseconds "${without[@]}" >/dev/null
for ((r = 0; r < runs; ++r)); do
  milliseconds "${with[@]}" >>"$work/with"
  milliseconds "${without[@]}" >>"$work/without"
done
a=$(median <"$work/with") b=$(median <"$work/without")
awk -v a="$a" -v b="$b" -v limit="$limit" -v flags="${flags[*]}" 'BEGIN {
  printf "ten annotated functions, %s: %.2f s with the plugin, %.2f s without: %.2f s more (limit %.1f s)\n",
    flags, a / 1000, b / 1000, (a - b) / 1000, limit
  exit !((a - b) / 1000 < limit)
}'
