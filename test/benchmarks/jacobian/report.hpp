// What is measured of one problem at one size, and the tables of it.
#pragma once
#include "measure.hpp"
#include <string>
#include <vector>

/// What a child process sends to its parent.
struct result {
  int n, rounds, colors, frozen_colors, strategy;
  long nnz;
  bool same_pattern;
  double error, bytes;
  spread f, hand, ours, alone, dual, differences, copy;                               // ms
  spread ours_f, ours_hand, alone_hand, alone_second, alone_f, alone_copy, hand_copy; // ratios
  spread ours_dual, ours_differences, dual_hand, differences_hand;
  spread plan, pattern, hand_pattern, pattern_ratio, plan_ratio, plain_pattern, plain_ratio;
  double first_plan; // ms, memory not yet touched
  double pattern_mib, values_mib, plan_mib, workspace_mib, peak_mib;
};

struct measured {
  std::string name;
  result r;
};

void print(const std::vector<measured> &all, bool values_only);
