#!/usr/bin/env bash
# sparsead-config names files that exist, answers from a copy of the tree in another place, and refuses unknown options.
# usage: sparsead-config.sh BUILD_DIR LLVM_PREFIX WORK_DIR
set -euo pipefail
build=$1 work=$3

fail() { echo "FAIL: $*" >&2; exit 1; }
config=$build/bin/sparsead-config

include=$("$config" --includedir)
[ -d "$include/sparsead" ] || fail "no headers in $include"
case "$("$config" --cxxflags)" in
  "-fplugin=$build/lib/sparsead.so "*"$include") ;;
  *) fail "--cxxflags of the build tree: $("$config" --cxxflags)" ;;
esac
[ "$("$config" --ldflags)" = "-L$build/lib -lsparsead" ] || fail "--ldflags: $("$config" --ldflags)"
! "$config" --no-such-option 2>/dev/null || fail "an unknown option is accepted"

# Installed, then moved, and called through a symbolic link.
rm -rf "$work" && mkdir -p "$work/moved/bin" "$work/moved/lib" "$work/elsewhere"
cp "$build/install/sparsead-config" "$work/moved/bin/"
chmod +x "$work/moved/bin/sparsead-config"
ln -s "$work/moved/bin/sparsead-config" "$work/elsewhere/sparsead-config"
moved=$("$work/elsewhere/sparsead-config" --cxxflags)
real=$(readlink -f "$work/moved")
[ "$moved" = "-fplugin=$real/lib/sparsead.so -isystem$real/include" ] || fail "moved --cxxflags: $moved"
echo PASS
