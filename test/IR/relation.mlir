// RUN: %sparsead-opt %s --split-input-file --verify-diagnostics | %sparsead-opt --split-input-file | %FileCheck %s

// CHECK-LABEL: func.func private @band()
// CHECK-SAME: #sparsead.relation<"{ r[i] -> u[i - 1] : 1 <= i < n; r[i] -> u[i] : 0 <= i < n }">
func.func private @band() attributes {
  relation = #sparsead.relation<"{ r[i] -> u[i - 1] : 1 <= i < n; r[i] -> u[i] : 0 <= i < n }">}

// CHECK-LABEL: func.func private @shaped()
// CHECK-SAME: #sparsead.relation<"r[_, N, 2], u[_, N] : { r[i, j, k] -> u[i, p] : exists p : 2*p = j + k and 0 <= i < N*M }">
func.func private @shaped() attributes {
  relation = #sparsead.relation<"r[_, N, 2], u[_, N] : { r[i, j, k] -> u[i, p] : exists p : 2*p = j + k and 0 <= i < N*M }">}

// CHECK-LABEL: func.func private @nothing()
func.func private @nothing() attributes {relation = #sparsead.relation<"{ }">}

// -----

// expected-error @+1 {{formula, character 17: expected a name}}
func.func private @f() attributes {relation = #sparsead.relation<"{ r[i] -> u[i - ] }">}

// -----

// expected-error @+1 {{'u' has 1 index}}
func.func private @f() attributes {relation = #sparsead.relation<"{ r[i] -> u[i, j] }">}

// -----

// expected-error @+1 {{'r' has 2 indices}}
func.func private @f() attributes {relation = #sparsead.relation<"r[_, N] : { r[i] -> u[i] }">}

// -----

// expected-error @+1 {{'N*i' multiplies an index: only sizes are multiplied}}
func.func private @f() attributes {relation = #sparsead.relation<"{ r[i] -> u[N*i] }">}

// -----

// expected-error @+1 {{the indices of an output are distinct names}}
func.func private @f() attributes {relation = #sparsead.relation<"{ r[i + 1] -> u[i] }">}

// -----

// expected-error @+1 {{expected a comparison}}
func.func private @f() attributes {relation = #sparsead.relation<"{ r[i] -> u[i] : 0 }">}

// -----

// expected-error @+1 {{unexpected text after the formula}}
func.func private @f() attributes {relation = #sparsead.relation<"{ r[i] -> u[i] } x">}

// -----

// expected-error @+1 {{number out of range}}
func.func private @f() attributes {relation = #sparsead.relation<"{ r[i] -> u[i - 9223372036854775808] }">}
