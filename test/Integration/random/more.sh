#!/usr/bin/env bash
# Random functions, for as long as one likes: more.sh BUILD FIRST_SEED LAST_SEED [COUNT [compiler flags…]]
# Each seed is a file of COUNT functions (16), compiled, run and reported in one line; programs that fail stay in the
# temporary directory that is named at the end. -fsanitize=address,undefined is as good a flag as -O1; and
# '-DMODE="mode=reverse"' holds another strategy against forward mode.
set -uo pipefail
build=$1 first=$2 last=$3 count=${4:-16}
shift $(($# < 4 ? $# : 4))
here=$(cd "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
read -ra compile <<<"$("$build/bin/sparsead-config" --cxxflags)"
read -ra link <<<"$("$build/bin/sparsead-config" --ldflags)"
dir=$(mktemp -d) failed=0
for ((seed = first; seed <= last; ++seed)); do
  file=$dir/seed$seed
  python3 "$here/Inputs/generate.py" "$seed" "$count" >"$file.cpp"
  if ! "${CXX:-clang++-22}" -std=c++20 -w -I"$here/Inputs" "${compile[@]}" "$@" "$file.cpp" -o "$file" "${link[@]}" \
    >"$file.log" 2>&1; then
    echo "$seed: does not compile: $(grep -m1 -E 'error|Assertion|LLVM ERROR' "$file.log")"
    failed=1
  elif timeout 300 env SPARSEAD_VERIFY=1 "$file" >"$file.log" 2>&1; then
    echo "$seed: $(tail -1 "$file.log")"
    rm "$file" "$file.cpp" "$file.log"
  else
    echo "$seed: fails ($?): $(grep -E -m2 'FAIL|ERROR|runtime error' "$file.log")"
    failed=1
  fi
done
[ "$failed" = 0 ] && rmdir "$dir" || echo "see $dir"
exit "$failed"
