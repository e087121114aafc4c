#include "measure.hpp"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <malloc.h>

spread quartiles(std::vector<double> s) {
  std::sort(s.begin(), s.end());
  if (s.empty())
    return {0, 0, 0};
  return {s[s.size() / 2], s[s.size() / 4], s[s.size() - 1 - s.size() / 4]};
}

std::vector<std::vector<double>> interleaved(const std::vector<std::function<void()>> &all, int least, int most,
                                             double seconds, bool warm) {
  using clock = std::chrono::steady_clock;
  auto cpu = [] {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return 1e3 * static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_nsec);
  };
  std::vector<std::vector<double>> times(all.size());
  if (!warm)
    for (const auto &work : all)
      work();
  const auto start = clock::now();
  for (int round = 0; round < most; ++round) {
    if (round >= least && std::chrono::duration<double>(clock::now() - start).count() > seconds)
      break;
    for (std::size_t k = 0; k < all.size(); ++k) {
      if (warm)
        all[k]();
      const double before = cpu();
      all[k]();
      times[k].push_back(cpu() - before);
    }
  }
  return times;
}

std::vector<double> ratios(const std::vector<double> &a, const std::vector<double> &b) {
  std::vector<double> result;
  for (std::size_t k = 0; k < std::min(a.size(), b.size()); ++k)
    result.push_back(a[k] / b[k]);
  return result;
}

static double status_line(const char *format) {
  double kib = 0;
  if (FILE *file = std::fopen("/proc/self/status", "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, file))
      if (std::sscanf(line, format, &kib) == 1)
        break;
    std::fclose(file);
  }
  return kib / 1024;
}

double resident() { return status_line("VmRSS: %lf kB"); }
double peak_resident() { return status_line("VmHWM: %lf kB"); }

void reset_peak() {
  malloc_trim(0);
  if (FILE *file = std::fopen("/proc/self/clear_refs", "w")) {
    std::fputs("5", file);
    std::fclose(file);
  }
}
