#!/usr/bin/env bash
# Builds and runs the benchmarks of Jacobians: -O3 -march=native -fno-math-errno, then plain -O2, then the compile time.
# Arguments go to bench_jacobian (see jacobian/main.cpp): run.sh --seconds 10 burgers edges
set -euo pipefail
here=$(cd "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${SPARSEAD_BUILD_DIR:-$root/build}

[ -f "$build/CMakeCache.txt" ] || { echo "run.sh: $build is not configured; run tools/build.sh first" >&2; exit 1; }
cmake --build "$build" --target bench_jacobian bench_jacobian_O2 >&2
status=0
"$build/bin/bench_jacobian" "$@" || status=1
echo
"$build/bin/bench_jacobian_O2" "$@" || status=1
echo
bash "$here/compile_time.sh" || status=1
exit $status
