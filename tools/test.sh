#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. Ends with ctest's summary and its exit status.
# Arguments go to ctest: `bash tools/test.sh -R lit` runs the lit suites alone.
set -euo pipefail
cd "$(dirname -- "${BASH_SOURCE[0]}")/.."

bash tools/setup.sh
bash tools/build.sh
exec ctest --test-dir "${SPARSEAD_BUILD_DIR:-build}" --output-on-failure --no-tests=error --timeout 900 "$@"
