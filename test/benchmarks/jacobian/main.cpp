// Sparse Jacobians against the techniques in use today, each problem in a process of its own.
//
//   bench_jacobian [--smoke] [--scale S] [--seconds T] [problem]...
#include "comparators.hpp"
#include "measure.hpp"
#include "sparsead/rt/binding.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/structure.hpp"
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <limits>
#include <sys/wait.h>
#include <unistd.h>

#ifndef BENCH_FLAGS
#define BENCH_FLAGS "unknown flags"
#endif

namespace {

struct options {
  double scale = 1, seconds = 4;
  int least = 7, most = 200;
};

/// What a child process sends to its parent.
struct result {
  int n, rounds, colors, frozen_colors;
  long nnz;
  bool same_pattern;
  double error;
  spread f, hand, ours, alone, dual, differences;                                                 // ms
  spread ours_f, ours_hand, alone_hand, ours_dual, ours_differences, dual_hand, differences_hand; // ratios
  spread plan, pattern, hand_pattern, pattern_ratio, plain_pattern, plain_ratio;
  double first_plan; // ms, memory not yet touched
  double pattern_mib, values_mib, plan_mib, workspace_mib, peak_mib;
};

/// The part of `plan` that finds the structure.
void find_pattern(const subject &s, int n) {
  const double *u = nullptr;
  double *r = nullptr;
  void *args[] = {&n, &u, &r, nullptr};
  const int read_only[] = {0, 1, 0, -1}; // of (int, const double *, double *)
  const sparsead::rt::object_map map(*s.descriptor, args, read_only, std::numeric_limits<std::int32_t>::max());
  sparsead::rt::binding bound;
  bound.lay_out(map);
  sparsead::rt::aligned_buffer nothing(64);
  bound.bind(map, args, nothing.data(), sparsead::rt::binding::purpose::plan);
  sparsead::rt::inspect<std::int32_t>(map, bound, nothing.data());
}

double largest_error(const Problem &P, const std::vector<double> &values) {
  std::vector<double> hand(P.nnz());
  P.hand(P.n, P.u.data(), hand.data());
  double scale = 0, error = 0;
  for (double x : hand)
    scale = std::fmax(scale, std::fabs(x));
  for (std::size_t k = 0; k < hand.size(); ++k) {
    const double e = std::fabs(hand[k] - values[k]) / (std::fabs(hand[k]) + 1e-3 * scale);
    if (!(e <= error))
      error = e;
  }
  return error;
}

result measure(const subject &s, const options &o) {
  result out{};
  Problem P = problem(s.name, o.scale);
  const int n = P.n;
  std::vector<double> r(n), ours(P.nnz()), other(P.nnz());

  reset_peak();
  const double before = resident();
  const double start = now();
  const plan_type plan = s.plan(n);
  out.first_plan = 1e3 * (now() - start);
  const double planned = resident();
  out.n = n;
  out.nnz = plan.nnz();
  out.colors = plan.num_colors();
  out.same_pattern = std::size_t(out.nnz) == P.nnz() && std::equal(P.rp.begin(), P.rp.end(), plan.row_ptr().begin()) &&
                     std::equal(P.ci.begin(), P.ci.end(), plan.col_ind().begin());
  if (!out.same_pattern)
    return out;
  sparsead::workspace workspace = plan.workspace();
  auto values = [&] { plan.values(workspace, ours.data(), n, P.u.data(), r.data()); };
  // As Ipopt asks for it: the function's own outputs are not wanted.
  auto alone = [&] { plan.values(workspace, ours.data(), n, P.u.data(), nullptr); };
  values();
  out.plan_mib = planned - before;
  out.workspace_mib = resident() - planned;
  out.peak_mib = peak_resident() - before;
  out.pattern_mib = 4.0 * double(plan.row_ptr().size() + plan.col_ind().size()) / 1048576;
  out.values_mib = 8.0 * double(out.nnz) / 1048576;
  out.error = largest_error(P, ours);

  const auto dual = dual_numbers(P, other, out.frozen_colors);
  std::vector<double> scratch(P.nnz());
  const auto differences = colored_differences(P, scratch);
  std::vector<double> hand(P.nnz());
  const auto t = interleaved({[&] { P.f(n, P.u.data(), r.data()); }, [&] { P.hand(n, P.u.data(), hand.data()); },
                              values, dual, differences, alone},
                             o.least, o.most, o.seconds);
  out.error = std::fmax(out.error, largest_error(P, ours));
  out.rounds = int(t[0].size());
  out.f = quartiles(t[0]);
  out.hand = quartiles(t[1]);
  out.ours = quartiles(t[2]);
  out.dual = quartiles(t[3]);
  out.differences = quartiles(t[4]);
  out.alone = quartiles(t[5]);
  out.alone_hand = quartiles(ratios(t[5], t[1]));
  out.ours_f = quartiles(ratios(t[2], t[0]));
  out.ours_hand = quartiles(ratios(t[2], t[1]));
  out.ours_dual = quartiles(ratios(t[2], t[3]));
  out.ours_differences = quartiles(ratios(t[2], t[4]));
  out.dual_hand = quartiles(ratios(t[3], t[1]));
  out.differences_hand = quartiles(ratios(t[4], t[1]));

  std::vector<work> setup{[&] { s.plan(n); }, [&] { find_pattern(s, n); }};
  const auto by_hand = hand_structure(P);
  if (by_hand)
    setup.push_back(by_hand);
  const auto plain = plain_structure(P);
  if (plain)
    setup.push_back(plain);
  const auto p = interleaved(setup, std::min(o.least, 5), 15, o.seconds);
  out.plan = quartiles(p[0]);
  out.pattern = quartiles(p[1]);
  if (by_hand) {
    out.hand_pattern = quartiles(p[2]);
    out.pattern_ratio = quartiles(ratios(p[1], p[2]));
  }
  if (plain) {
    out.plain_pattern = quartiles(p[3]);
    out.plain_ratio = quartiles(ratios(p[1], p[3]));
  }
  return out;
}

/// false: the child failed; it has said why.
bool measure_in_child(const subject &s, const options &o, result &out) {
  int ends[2];
  if (pipe(ends) != 0)
    return false;
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    int code = 1;
    try {
      const result measured = measure(s, o);
      code = write(ends[1], &measured, sizeof measured) == ssize_t(sizeof measured) ? 0 : 1;
    } catch (const std::exception &e) {
      std::fprintf(stderr, "%s: %s\n", s.name, e.what());
    }
    std::fflush(nullptr);
    _exit(code);
  }
  close(ends[1]);
  const bool complete = child > 0 && read(ends[0], &out, sizeof out) == ssize_t(sizeof out);
  close(ends[0]);
  int status = 1;
  if (child > 0)
    waitpid(child, &status, 0);
  if (complete && status == 0)
    return true;
  if (WIFSIGNALED(status))
    std::fprintf(stderr, "%s: signal %d\n", s.name, WTERMSIG(status));
  return false;
}

void cell(const spread &s) { std::printf("  %6.2f [%5.2f %6.2f]", s.median, s.low, s.high); }

void print(const std::vector<std::pair<const char *, result>> &all) {
  std::printf(
      "\nprocessor time, ms, medians of interleaved rounds\n%-10s %8s %8s %6s %6s %7s %9s %9s %9s %9s %9s %9s  %s\n",
      "problem", "n", "nnz", "colors", "frozen", "rounds", "F", "hand", "J and F", "J", "dual", "fd", "error");
  for (const auto &[name, r] : all)
    std::printf("%-10s %8d %8ld %6d %6d %7d %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f  %.0e\n", name, r.n, r.nnz, r.colors,
                r.frozen_colors, r.rounds, r.f.median, r.hand.median, r.ours.median, r.alone.median, r.dual.median,
                r.differences.median, r.error);
  std::printf("\nratios, median [quartiles]\n%-10s  %-22s  %-22s  %-22s  %-22s  %-22s  %-22s  %-22s\n", "problem",
              "J and F/F", "J and F/hand", "J/hand", "J and F/dual", "J and F/fd", "dual/hand", "fd/hand");
  for (const auto &[name, r] : all) {
    std::printf("%-10s", name);
    for (const spread &s :
         {r.ours_f, r.ours_hand, r.alone_hand, r.ours_dual, r.ours_differences, r.dual_hand, r.differences_hand})
      cell(s);
    std::printf("\n");
  }
  std::printf("\nset-up, ms (first: the first plan of the process; hand: the frozen generator of the structure)\n");
  std::printf("%-10s %9s %9s %9s %9s %9s  %9s  %s\n", "problem", "first", "plan", "pattern", "coloring", "plan/F",
              "hand", "pattern/hand");
  for (const auto &[name, r] : all) {
    std::printf("%-10s %9.2f %9.2f %9.2f %9.2f %9.1f", name, r.first_plan, r.plan.median, r.pattern.median,
                r.plan.median - r.pattern.median, r.plan.median / r.f.median);
    if (r.hand_pattern.median > 0) {
      std::printf("  %9.3f", r.hand_pattern.median);
      cell(r.pattern_ratio);
    }
    std::printf("\n");
    if (r.plain_pattern.median > 0)
      std::printf("%-10s the structure of %s by hand without tuning: %.2f ms; pattern over it: %.2f [%.2f %.2f]\n", "",
                  name, r.plain_pattern.median, r.plain_ratio.median, r.plain_ratio.low, r.plain_ratio.high);
  }
  std::printf(
      "\nmemory, MiB (pattern: row pointers and columns; workspace: after the first values; peak: most at any time "
      "of plan and values)\n");
  std::printf("%-10s %9s %9s %9s %9s %9s\n", "problem", "pattern", "values", "plan", "workspace", "peak");
  for (const auto &[name, r] : all)
    std::printf("%-10s %9.1f %9.1f %9.1f %9.1f %9.1f\n", name, r.pattern_mib, r.values_mib, r.plan_mib, r.workspace_mib,
                r.peak_mib);
}

} // namespace

int main(int argc, char **argv) {
  options o;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--smoke")
      o = {0.002, 0, 2, 2};
    else if (arg == "--scale" && i + 1 < argc)
      o.scale = std::atof(argv[++i]);
    else if (arg == "--seconds" && i + 1 < argc)
      o.seconds = std::atof(argv[++i]);
    else if (arg[0] != '-')
      names.push_back(arg);
    else {
      std::fprintf(stderr, "usage: %s [--smoke] [--scale S] [--seconds T] [problem]...\n", argv[0]);
      return 2;
    }
  }
  std::printf("%s\n", BENCH_FLAGS);

  int failed = 0;
  std::vector<std::pair<const char *, result>> all;
  for (const subject &s : subjects()) {
    if (!names.empty() && std::find(names.begin(), names.end(), s.name) == names.end())
      continue;
    result r{};
    if (!measure_in_child(s, o, r)) {
      std::printf("%-10s FAILED\n", s.name);
      ++failed;
    } else if (!r.same_pattern) {
      std::printf("%-10s FAILED: the pattern has %ld entries and is not the one written by hand\n", s.name, r.nnz);
      ++failed;
    } else if (!(r.error <= 1e-10)) {
      std::printf("%-10s FAILED: error %.1e against the values written by hand\n", s.name, r.error);
      ++failed;
    } else {
      all.emplace_back(s.name, r);
    }
  }
  print(all);
  std::printf("%d of %zu problems measured\n", int(all.size()), all.size() + std::size_t(failed));
  return failed != 0;
}
