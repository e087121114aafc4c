#!/usr/bin/env bash
# Formats the tree's C++ with clang-format; with --check, only reports. (Not the lit tests: their lines are data.)
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

major=$(sed -n '1s/\..*//p' llvm-version.txt)
mode=(-i)
[ "${1:-}" != --check ] || mode=(--dry-run -Werror)

roots=()
for root in include lib runtime tools test/unit test/benchmarks docs/examples; do
  [ ! -d "$root" ] || roots+=("$root")
done
find "${roots[@]}" \( -name '*.cpp' -o -name '*.hpp' -o -name '*.h' -o -name '*.inc' \) -print0 |
  sort -z | xargs -0 -r "clang-format-$major" "${mode[@]}"
