#include "report.hpp"
#include "sparsead/strategy.hpp"
#include <cstdio>

static void cell(const spread &s) {
  if (s.median > 0)
    std::printf("  %6.2f [%5.2f %6.2f]", s.median, s.low, s.high);
  else
    std::printf("  %22s", "-");
}

static void print_values(const std::vector<measured> &all) {
  std::printf("\nprocessor time, ms, medians of interleaved rounds (J: values, outputs not wanted)\n"
              "%-16s %-13s %8s %8s %7s %9s %9s %9s %9s  %s\n",
              "problem", "strategy", "n", "nnz", "rounds", "F", "hand", "J and F", "J", "error");
  for (const auto &[name, r] : all)
    std::printf("%-16s %-13s %8d %8ld %7d %9.4f %9.4f %9.4f %9.4f  %.0e\n", name.c_str(),
                to_string(static_cast<sparsead::strategy>(r.strategy)), r.n, r.nnz, r.rounds, r.f.median, r.hand.median,
                r.ours.median, r.alone.median, r.error);
  std::printf("\nratios, median [quartiles] (hand 2: weights looked up per call)\n"
              "%-16s  %-22s  %-22s  %-22s  %-22s  %-22s\n",
              "problem", "J/hand", "J/hand 2", "J and F/hand", "J/F", "J and F/F");
  for (const auto &[name, r] : all) {
    std::printf("%-16s", name.c_str());
    for (const spread &s : {r.alone_hand, r.alone_second, r.ours_hand, r.alone_f, r.ours_f})
      cell(s);
    std::printf("\n");
  }
  std::printf("\nbytes that the values have to touch (values, input, edges), and a copy that moves as many\n"
              "%-16s %9s %9s %9s %9s  %-22s  %-22s\n",
              "problem", "MiB", "GB/s", "hand", "copy", "J/copy", "hand/copy");
  for (const auto &[name, r] : all) {
    auto rate = [&, bytes = r.bytes](const spread &t) { return 1e-6 * bytes / t.median; };
    std::printf("%-16s %9.2f %9.1f %9.1f %9.1f", name.c_str(), r.bytes / 1048576, rate(r.alone), rate(r.hand),
                rate(r.copy));
    cell(r.alone_copy);
    cell(r.hand_copy);
    std::printf("\n");
  }
}

static void print_techniques(const std::vector<measured> &all) {
  std::printf("\nother techniques, ms and ratios (-: as many colors as columns)\n"
              "%-16s %6s %6s %9s %9s  %-22s  %-22s  %-22s  %-22s\n",
              "problem", "colors", "frozen", "dual", "fd", "J and F/dual", "J and F/fd", "dual/hand", "fd/hand");
  for (const auto &[name, r] : all) {
    std::printf("%-16s %6d %6d %9.3f %9.3f", name.c_str(), r.colors, r.frozen_colors, r.dual.median,
                r.differences.median);
    for (const spread &s : {r.ours_dual, r.ours_differences, r.dual_hand, r.differences_hand})
      cell(s);
    std::printf("\n");
  }
}

static void print_setup(const std::vector<measured> &all) {
  std::printf("\nset-up, ms (first: the first plan of the process; hand: a generator of the structure by hand)\n");
  std::printf("%-16s %9s %9s %9s %9s %9s %9s  %9s  %-22s  %s\n", "problem", "first", "plan", "ns/nnz", "pattern",
              "rest", "plan/F", "hand", "plan/hand", "pattern/hand");
  for (const auto &[name, r] : all) {
    std::printf("%-16s %9.2f %9.2f %9.2f %9.2f %9.2f %9.1f  %9.3f", name.c_str(), r.first_plan, r.plan.median,
                1e6 * r.plan.median / double(r.nnz), r.pattern.median, r.plan.median - r.pattern.median,
                r.plan.median / r.f.median, r.hand_pattern.median);
    cell(r.plan_ratio);
    cell(r.pattern_ratio);
    std::printf("\n");
    if (r.plain_pattern.median > 0)
      std::printf("%-16s the structure of %s by hand without tuning: %.2f ms; pattern over it: %.2f [%.2f %.2f]\n", "",
                  name.c_str(), r.plain_pattern.median, r.plain_ratio.median, r.plain_ratio.low, r.plain_ratio.high);
  }
  std::printf(
      "\nmemory, MiB (pattern: row pointers and columns; workspace: after the first values; peak: most at any time "
      "of plan and values)\n");
  std::printf("%-16s %9s %9s %9s %9s %9s\n", "problem", "pattern", "values", "plan", "workspace", "peak");
  for (const auto &[name, r] : all)
    std::printf("%-16s %9.1f %9.1f %9.1f %9.1f %9.1f\n", name.c_str(), r.pattern_mib, r.values_mib, r.plan_mib,
                r.workspace_mib, r.peak_mib);
}

void print(const std::vector<measured> &all, bool values_only) {
  print_values(all);
  if (values_only)
    return;
  print_techniques(all);
  print_setup(all);
}
