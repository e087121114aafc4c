// Sparse Jacobians against the techniques in use today, each problem and size in a process of its own.
//
//   bench_jacobian [--smoke] [--values | --setup] [--sizes] [--scale S] [--seconds T] [problem]...
//
// --values: only what the values cost, against the kernels written by hand. --setup: only what plans cost, with 10^4 to
// 10^7 entries. --sizes: three sizes of each problem.
#include "comparators.hpp"
#include "report.hpp"
#include "setup.hpp"
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <sys/wait.h>
#include <unistd.h>

#ifndef BENCH_FLAGS
#define BENCH_FLAGS "unknown flags"
#endif

namespace {

struct options {
  double scale = 1, seconds = 4;
  int least = 7, most = 200;
  bool values_only = false, setup_only = false, sizes = false;
};

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

/// Doubles that each evaluation of the values has to touch: the values, the input, and the data of the edge mesh.
double least_traffic(const Problem &P) {
  return 8.0 * (double(P.nnz()) + P.n) + (P.name == "edges" ? 16.0 * ctx.ne : 0.0);
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
  out.strategy = int(plan.strategy());
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

  // Techniques that need colors; one for each entry of the longest row at least.
  long longest = 0;
  for (int i = 0; i < n; ++i)
    longest = std::max<long>(longest, P.rp[i + 1] - P.rp[i]);
  const bool colored = !o.values_only && double(longest) * n <= 2e7;
  std::vector<double> scratch(P.nnz()), hand(P.nnz()), second(P.nnz());
  out.bytes = least_traffic(P);
  std::vector<double> from(std::size_t(out.bytes / 16), 1.0), to(from.size());

  std::vector<work> all{[&] { P.f(n, P.u.data(), r.data()); }, [&] { P.hand(n, P.u.data(), hand.data()); }, values,
                        alone, [&] { std::memcpy(to.data(), from.data(), 8 * from.size()); }};
  const work by_hand_2 = second_hand(P, second);
  if (by_hand_2) {
    by_hand_2();
    out.error = std::fmax(out.error, largest_error(P, second));
    all.push_back(by_hand_2);
  }
  const std::size_t techniques = all.size();
  if (colored) {
    out.colors = plan.num_colors();
    const auto dual = dual_numbers(P, other, out.frozen_colors);
    dual();
    out.error = std::fmax(out.error, largest_error(P, other));
    all.push_back(dual);
    all.push_back(colored_differences(P, scratch));
  }
  const auto t = interleaved(all, o.least, o.most, o.seconds, /*warm=*/true);
  out.error = std::fmax(out.error, largest_error(P, ours));
  out.rounds = int(t[0].size());
  out.f = quartiles(t[0]);
  out.hand = quartiles(t[1]);
  out.ours = quartiles(t[2]);
  out.alone = quartiles(t[3]);
  out.copy = quartiles(t[4]);
  out.alone_hand = quartiles(ratios(t[3], t[1]));
  out.alone_f = quartiles(ratios(t[3], t[0]));
  out.alone_copy = quartiles(ratios(t[3], t[4]));
  out.hand_copy = quartiles(ratios(t[1], t[4]));
  out.ours_f = quartiles(ratios(t[2], t[0]));
  out.ours_hand = quartiles(ratios(t[2], t[1]));
  if (by_hand_2)
    out.alone_second = quartiles(ratios(t[3], t[5]));
  if (colored) {
    const auto &dual = t[techniques], &differences = t[techniques + 1];
    out.dual = quartiles(dual);
    out.differences = quartiles(differences);
    out.ours_dual = quartiles(ratios(t[2], dual));
    out.ours_differences = quartiles(ratios(t[2], differences));
    out.dual_hand = quartiles(ratios(dual, t[1]));
    out.differences_hand = quartiles(ratios(differences, t[1]));
  }
  if (o.values_only)
    return out;

  std::vector<work> setup{[&] { s.plan(n); }, [&] { find_pattern(s, n); }, hand_structure(P)};
  const auto plain = plain_structure(P);
  if (plain)
    setup.push_back(plain);
  const auto p = interleaved(setup, std::min(o.least, 5), 15, o.seconds, /*warm=*/false);
  out.plan = quartiles(p[0]);
  out.pattern = quartiles(p[1]);
  out.hand_pattern = quartiles(p[2]);
  out.pattern_ratio = quartiles(ratios(p[1], p[2]));
  out.plan_ratio = quartiles(ratios(p[0], p[2]));
  if (plain) {
    out.plain_pattern = quartiles(p[3]);
    out.plain_ratio = quartiles(ratios(p[1], p[3]));
  }
  return out;
}

/// false: the child failed; it has said why.
template <class Result, class Measure>
bool measure_in_child(const subject &s, const options &o, Result &out, Measure measure) {
  int ends[2];
  if (pipe(ends) != 0)
    return false;
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    int code = 1;
    try {
      const Result measured = measure(s, o);
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

} // namespace

int main(int argc, char **argv) {
  options o;
  std::vector<std::string> names;
  for (int i = 1; i < argc; ++i) {
    const std::string arg = argv[i];
    if (arg == "--smoke") {
      o.scale = 0.002;
      o.seconds = 0;
      o.least = o.most = 2;
    } else if (arg == "--values") {
      o.values_only = true;
    } else if (arg == "--setup") {
      o.setup_only = true;
    } else if (arg == "--sizes") {
      o.sizes = true;
    } else if (arg == "--scale" && i + 1 < argc) {
      o.scale = std::atof(argv[++i]);
    } else if (arg == "--seconds" && i + 1 < argc) {
      o.seconds = std::atof(argv[++i]);
    } else if (arg[0] != '-') {
      names.push_back(arg);
    } else {
      std::fprintf(stderr,
                   "usage: %s [--smoke] [--values | --setup] [--sizes] [--scale S] [--seconds T] [problem]...\n",
                   argv[0]);
      return 2;
    }
  }
  std::printf("%s\n", BENCH_FLAGS);

  int failed = 0;
  std::vector<measured> all;
  if (o.setup_only) {
    print_setup_head();
    for (const subject &s : subjects())
      if (names.empty() || std::find(names.begin(), names.end(), s.name) != names.end())
        for (const double nnz : {1e4, 1e5, 1e6, 1e7}) {
          setup of{};
          if (o.seconds == 0 && nnz > 1e4)
            continue; // a smoke test
          if (!measure_in_child(s, o, of,
                                [nnz](const subject &s, const options &o) {
                                  return measure_setup(s, nnz, std::min(o.least, 5), o.seconds);
                                }) ||
              !of.same_pattern) {
            std::printf("%-10s FAILED\n", s.name);
            ++failed;
            continue;
          }
          print(s.name, of);
          std::fflush(stdout);
        }
    return failed != 0;
  }
  for (const subject &s : subjects()) {
    if (!names.empty() && std::find(names.begin(), names.end(), s.name) == names.end())
      continue;
    struct size {
      const char *suffix;
      double scale;
    };
    std::vector<size> sizes{{"", o.scale}};
    if (o.sizes)
      sizes = {{".cache", s.in_cache}, {".middle", s.middle}, {".full", 1}};
    for (const size &its : sizes) {
      const std::string name = std::string(s.name) + its.suffix;
      options with = o;
      with.scale = its.scale;
      result r{};
      if (!measure_in_child(s, with, r, measure)) {
        std::printf("%-16s FAILED\n", name.c_str());
        ++failed;
      } else if (!r.same_pattern) {
        std::printf("%-16s FAILED: the pattern has %ld entries and is not the one written by hand\n", name.c_str(),
                    r.nnz);
        ++failed;
      } else if (!(r.error <= 1e-10)) {
        std::printf("%-16s FAILED: error %.1e against the values written by hand\n", name.c_str(), r.error);
        ++failed;
      } else {
        all.push_back({name, r});
      }
    }
  }
  print(all, o.values_only);
  std::printf("%d of %zu problems measured\n", int(all.size()), all.size() + std::size_t(failed));
  return failed != 0;
}
