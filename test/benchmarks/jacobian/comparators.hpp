// What sparsead is compared with: the frozen techniques as closures that write the values in CSR order, and
// hand-written generators of the structure.
#pragma once
#include "subjects.hpp"
#include <functional>
#include <vector>

using work = std::function<void()>;

/// Templated vector dual numbers (the frozen Dual<W>) with the frozen coloring. colors receives its number of colors.
work dual_numbers(const Problem &problem, std::vector<double> &values, int &colors);

/// Forward differences with the frozen coloring.
work colored_differences(const Problem &problem, std::vector<double> &values);

/// Allocates, fills and frees row pointers and column indices; empty where there is no hand-written generator.
work hand_structure(const Problem &problem);

/// The same without tuning, for the Brusselator: the six columns of each row from the formulas of the kernel, sorted.
work plain_structure(const Problem &problem);
