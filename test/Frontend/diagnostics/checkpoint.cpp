// Loops whose steps cannot be run again, and what stands in front of no loop.
// RUN: %sparsead_clang -std=c++20 -fsyntax-only -Xclang -verify %s
// clang-format off: expectations stand on the lines they are about
#include <sparsead/sparsead.hpp>

double marks(double x, int count) {
  SPARSEAD_CHECKPOINT(-1) for (int i = 0; i < 9; ++i) x *= x; // expected-error {{the number of snapshots of SPARSEAD_CHECKPOINT is an integer constant, 0 for the compiler's choice}}
  SPARSEAD_CHECKPOINT(count) for (int i = 0; i < 9; ++i) x *= x; // expected-error {{the number of snapshots of SPARSEAD_CHECKPOINT is an integer constant}}
  SPARSEAD_CHECKPOINT(count + 1) while (x < 9) x *= x; // expected-error {{the number of snapshots of SPARSEAD_CHECKPOINT is an integer constant}}
  SPARSEAD_CHECKPOINT("two") do x *= x; while (x < 9); // expected-error {{the number of snapshots of SPARSEAD_CHECKPOINT is an integer constant}}
  SPARSEAD_CHECKPOINT(unknown) for (int i = 0; i < 9; ++i) x *= x; // expected-error {{the number of snapshots of SPARSEAD_CHECKPOINT is an integer constant}}
  SPARSEAD_CHECKPOINT(1, 2) for (int i = 0; i < 9; ++i) x *= x; // expected-error {{SPARSEAD_CHECKPOINT takes the number of snapshots, or nothing}}
  SPARSEAD_CHECKPOINT(2) x *= x; // expected-error {{'sparsead::checkpoint' can only be written in front of a loop}}
  SPARSEAD_CHECKPOINT(2) if (x < 0) x *= x; // expected-error {{'sparsead::checkpoint' can only be written in front of a loop}}
  SPARSEAD_CHECKPOINT(2) double y = x; // expected-error {{'sparsead::checkpoint' can only be written in front of a loop}}
  [[checkpoint(2)]] for (int i = 0; i < 9; ++i) x *= x; // expected-warning {{unknown attribute 'checkpoint' ignored}}
  SPARSEAD_CHECKPOINT() for (int i = 0; i < 9; ++i) x *= x;
  SPARSEAD_CHECKPOINT(sizeof(int)) for (int i = 0; i < 9; ++i) x *= x;
  return x + y;
}
