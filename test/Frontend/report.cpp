// A page and a JSON file for each compiled file.
// REQUIRES: plugin
// RUN: rm -rf %t && %sparsead_clang -std=c++17 -O2 -fplugin-arg-sparsead-report=%t/made/here -c %s -o %t.o
// RUN: %python -m json.tool %t/made/here/report.cpp.json > %t.json
// RUN: %FileCheck %s --check-prefix=JSON --input-file %t.json
// RUN: %FileCheck %s --check-prefix=HTML --input-file %t/made/here/report.cpp.html
// RUN: %python -c "import sys, xml.dom.minidom as m; t = open(sys.argv[1], encoding='utf-8').read(); m.parseString(t[t.index('<svg'):t.index('</svg>') + 6])" %t/made/here/report.cpp.html
// The same compile gives the same report; and where it cannot be written, that is an error, and nothing is left.
// RUN: %sparsead_clang -std=c++17 -O2 -fplugin-arg-sparsead-report=%t/again -c %s -o %t.o && diff -r %t/made/here %t/again
// RUN: not %sparsead_clang -std=c++17 -O2 -fplugin-arg-sparsead-report=%t.o -c %s -o %t.other.o 2>&1 | %FileCheck %s --check-prefix=ERROR
// ERROR: error: cannot {{make the directory|write}} '{{.*}}'
#include <sparsead/sparsead.hpp>

SPARSEAD_JACOBIAN("r[n] <- u[n]")
void diffusion(int n, const double *u, double *r) {
  for (int i = 1; i < n - 1; ++i)
    r[i] = u[i] * (u[i - 1] - 2 * u[i] + u[i + 1]);
}
// JSON: "coloring": "{{.*}}mod 3
// JSON: "costs": [
// JSON: "code": "the function"
// JSON: "code": "local values{{.*}}"
// JSON: "derivative": {
// JSON: "text": "func.func
// JSON: "function": "diffusion"
// JSON: "kind": "Jacobian"
// JSON: "line": 14
// JSON: "picture": {
// JSON: "sizes": {
// JSON-NEXT: "n": {{[0-9]+}}
// JSON: "relation": {
// JSON: "bandwidth": "1"
// JSON: "formula": "{ r[i] -> u[i] : 1 <= i < n - 1; r[i] -> u[i - 1] : 1 <= i < n - 1; r[i] -> u[i + 1] : 1 <= i < n - 1 }"
// JSON: "nonzeros": "3*n - 6"
// JSON: "specification": "r[n] <- u[n]"
// JSON: "strategy": {
// JSON-NEXT: "name": "local"

// Why not, and where.
SPARSEAD_JACOBIAN("r[n] <- u[n]")
void recurrence(int n, const double *u, double *r) {
  double carried = 0;
  for (int i = 0; i < n; ++i) {
    carried = carried * u[i] + 1;
    r[i] = carried;
  }
}
// JSON: "function": "recurrence"

SPARSEAD_GRADIENT("return <- x[n]")
double energy(int n, const double *x) {
  double f = 0;
  for (int i = 0; i < n; ++i)
    f += x[i] * x[i];
  return f;
}
// JSON: "function": "energy"
// JSON: "kind": "gradient"

// HTML: <!doctype html>
// HTML: <h1>Derivatives of <code>{{.*}}report.cpp</code></h1>
// HTML: <h2 id="r0">Jacobian of <code>diffusion</code></h2>
// HTML: <b>local</b>
// HTML: <b>3*n - 6</b>
// HTML: r[i] -&gt; u[i - 1]
// HTML: <svg
// HTML-SAME: <title>row 1, column 0, color 0</title>
// HTML: Operations in the code
// HTML: class="marked"><td>17</td>
// HTML: <details><summary>The generated derivative
// HTML: <h2 id="r1">Jacobian of <code>recurrence</code></h2>
// HTML: <h2 id="r2">gradient of <code>energy</code></h2>
// HTML-NOT: <script
