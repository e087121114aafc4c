// Problems beside the frozen ones (kernels_own.hpp), with what is written by hand for them.
#pragma once
#include "kernels_own.hpp"
#include <string>

bool is_own(const std::string &name);
Problem own_problem(const std::string &name, double scale);

/// Row pointers and columns, by hand.
void own_structure(const Problem &problem, int *rp, int *ci);
