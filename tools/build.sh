#!/usr/bin/env bash
# Configures and builds into $SPARSEAD_BUILD_DIR (build/ by default). Arguments are build targets; none means everything.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

major=$(sed -n '1s/\..*//p' llvm-version.txt)
build=${SPARSEAD_BUILD_DIR:-build}
if [ -z "${CXX:-}" ] && command -v "clang++-$major" >/dev/null; then
  export CXX="clang++-$major"
fi

start=$SECONDS
cmake -S . -B "$build" -G Ninja >"${TMPDIR:-/tmp}/sparsead-configure.$$" 2>&1 || {
  cat "${TMPDIR:-/tmp}/sparsead-configure.$$"
  exit 1
}
rm -f "${TMPDIR:-/tmp}/sparsead-configure.$$"
cmake --build "$build" -- ${SPARSEAD_JOBS:+-j "$SPARSEAD_JOBS"} "$@"
echo "build: $((SECONDS - start)) s"
