// Interleaved timing, medians with quartiles, and memory of this process.
#pragma once
#include <functional>
#include <vector>

struct spread {
  double median, low, high; // quartiles
};

spread quartiles(std::vector<double> samples);

/// Milliseconds of the thread's processor time (other processes of a busy machine do not count) of each closure in each
/// round: all run once in a round, one after the other. At least `least` rounds, then until `seconds` are over, at most
/// `most`. warm: each timed run follows one of the same closure that is not timed, so that what a closure finds in the
/// caches is its own, and not what another has left; else one round is not counted.
std::vector<std::vector<double>> interleaved(const std::vector<std::function<void()>> &all, int least, int most,
                                             double seconds, bool warm);

/// Round by round, a over b.
std::vector<double> ratios(const std::vector<double> &a, const std::vector<double> &b);

/// MiB. The peak counts from the last reset; where the system cannot reset it, from the start of the process.
double resident();
double peak_resident();
void reset_peak();
