// What sparsead is compared with: the frozen techniques as closures that write the values in CSR order, and
// hand-written generators of the structure.
#pragma once
#include "subjects.hpp"
#include <functional>
#include <vector>

using work = std::function<void()>;

/// A second kernel by hand, under rules closer to those of generated code; empty where there is none. For the edge
/// mesh: the row gather of the frozen kernel has its weights permuted before it is timed, this one looks them up by
/// edge in each call, as code must that may not assume that data stays the same (as in frozen/target).
work second_hand(const Problem &problem, std::vector<double> &values);

/// Templated vector dual numbers (the frozen Dual<W>) with the frozen coloring. colors receives its number of colors.
work dual_numbers(const Problem &problem, std::vector<double> &values, int &colors);

/// Forward differences with the frozen coloring.
work colored_differences(const Problem &problem, std::vector<double> &values);

/// Allocates, fills and frees row pointers and column indices; empty where there is no hand-written generator.
work hand_structure(const Problem &problem);

/// The same without tuning, for the Brusselator: the six columns of each row from the formulas of the kernel, sorted.
work plain_structure(const Problem &problem);
