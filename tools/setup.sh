#!/usr/bin/env bash
# Installs the packages that building and testing need, by name with apt, and only those that are missing.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

major=$(sed -n '1s/\..*//p' llvm-version.txt)
packages=(
  cmake ninja-build g++ python3 ccache
  "clang-$major" "lld-$major" "llvm-$major-dev" "llvm-$major-tools"
  "libmlir-$major-dev" "mlir-$major-tools" "libclang-$major-dev" "libclang-rt-$major-dev" "libomp-$major-dev"
  "clang-format-$major" "clang-tidy-$major"
  libeigen3-dev libgtest-dev libbenchmark-dev coinor-libipopt-dev
)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "setup: installing ${missing[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup: not root and no sudo; install by hand: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q)
"${apt[@]}" update
if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; then
  echo "setup: apt could not install: ${missing[*]}" >&2
  echo "setup: LLVM $(cat llvm-version.txt) must be among the packages of this machine's apt sources" >&2
  exit 1
fi
