#!/usr/bin/env bash
# Runs clang-tidy (.clang-tidy) on the runtime and on the compiler files that are cheap to read; with --all, on all.
# Needs a configured and built tree in $SPARSEAD_BUILD_DIR (build/ by default).
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

major=$(sed -n '1s/\..*//p' llvm-version.txt)
build=${SPARSEAD_BUILD_DIR:-build}
[ -f "$build/compile_commands.json" ] || { echo "tidy: no compile_commands.json in $build" >&2; exit 1; }

shopt -s nullglob globstar
if [ "${1:-}" = --all ]; then
  files=(runtime/src/**/*.cpp lib/**/*.cpp tools/**/*.cpp)
else
  files=(runtime/src/**/*.cpp lib/Frontend/Specification*.cpp lib/IR/SparseADDialect.cpp lib/IR/SparseADAttrs.cpp)
fi
[ ${#files[@]} -gt 0 ] || { echo "tidy: no files to check" >&2; exit 1; }
printf '%s\0' "${files[@]}" |
  xargs -0 -n 1 -P "${SPARSEAD_JOBS:-2}" "clang-tidy-$major" -p "$build" --quiet
