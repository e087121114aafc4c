#include "setup.hpp"
#include "comparators.hpp"
#include "sparsead/rt/binding.hpp"
#include "sparsead/rt/object_map.hpp"
#include "sparsead/rt/structure.hpp"
#include <algorithm>
#include <cstdio>
#include <limits>
#include <malloc.h>

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

/// MiB that are allocated and not freed.
static double allocated() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd) / 1048576;
}

setup measure_setup(const subject &s, double nnz, int least, double seconds) {
  setup out{};
  // All problems grow with their scale.
  const double sample = 0.01;
  const Problem P = problem(s.name, sample * nnz / static_cast<double>(problem(s.name, sample).nnz()));
  reset_peak();
  const double before = allocated(), resident_before = resident();
  {
    const plan_type plan = s.plan(P.n);
    out.plan_mib = allocated() - before;
    out.peak_mib = peak_resident() - resident_before;
    out.nnz = plan.nnz();
    out.same_pattern = std::size_t(out.nnz) == P.nnz() &&
                       std::equal(P.rp.begin(), P.rp.end(), plan.row_ptr().begin()) &&
                       std::equal(P.ci.begin(), P.ci.end(), plan.col_ind().begin());
    out.structure_mib = 4.0 * double(plan.row_ptr().size() + plan.col_ind().size()) / 1048576;
  }
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  const auto t =
      interleaved({[&] { s.plan(P.n); }, hand_structure(P), [&] { find_pattern(s, P.n); }}, least, 15, seconds,
                  /*warm=*/true);
  out.plan = quartiles(t[0]);
  out.hand = quartiles(t[1]);
  out.plan_hand = quartiles(ratios(t[0], t[1]));
  out.marks = quartiles(t[2]);
  return out;
}

void print_setup_head() {
  std::printf(
      "\nplans, warm: ms and ns per entry; over a generator by hand; by sets of columns alone; memory in MiB (plan: "
      "what it keeps, over row pointers and columns alone; peak: most while planning)\n"
      "%-10s %9s %9s %7s %9s  %-22s %9s %7s %9s %6s %9s\n",
      "problem", "nnz", "plan", "ns/nnz", "hand", "plan/hand", "sets", "ns/nnz", "plan", "over", "peak");
}

void print(const char *name, const setup &s) {
  const double per_entry = 1e6 / static_cast<double>(s.nnz);
  std::printf("%-10s %9ld %9.3f %7.2f %9.3f  %6.2f [%5.2f %6.2f] %9.3f %7.2f %9.2f %6.2f %9.2f\n", name, s.nnz,
              s.plan.median, s.plan.median * per_entry, s.hand.median, s.plan_hand.median, s.plan_hand.low,
              s.plan_hand.high, s.marks.median, s.marks.median * per_entry, s.plan_mib, s.plan_mib / s.structure_mib,
              s.peak_mib);
}
