#!/usr/bin/env bash
# Builds sparsead, compiles docs/examples/brusselator.cpp with the plugin, and runs it.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

bash tools/setup.sh
bash tools/build.sh sparsead-plugin sparsead_rt

build=${SPARSEAD_BUILD_DIR:-build}
config="$build/bin/sparsead-config"
cxx=${CXX:-$("$config" --cxx)}
mkdir -p "$build/demo"
command=("$cxx" -std=c++17 -O3 -march=native $("$config" --cxxflags) -isystem/usr/include/eigen3
  docs/examples/brusselator.cpp -o "$build/demo/brusselator" $("$config" --ldflags))
echo "+ ${command[*]}"
"${command[@]}"
echo "+ $build/demo/brusselator"
"$build/demo/brusselator" "$@"
