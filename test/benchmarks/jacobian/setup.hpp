// What planning costs, from small to large: time against a generator of the structure by hand, memory against the
// structure itself.
#pragma once
#include "measure.hpp"
#include "subjects.hpp"

struct setup {
  long nnz;
  bool same_pattern;
  spread plan, hand, plan_hand, marks; // ms, and a ratio
  double structure_mib, plan_mib, peak_mib;
};

/// `nnz`: about as many entries. Memory stays with the process: what is measured is warm.
setup measure_setup(const subject &s, double nnz, int least, double seconds);

/// The part of `plan` that finds the structure by sets of columns, as where neither addresses nor relations know it.
void find_pattern(const subject &s, int n);

void print_setup_head();
void print(const char *name, const setup &s);
